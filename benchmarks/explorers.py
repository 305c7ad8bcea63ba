"""The explorers of the lessons in JupyterLab in Chromium: how many pictures a second they show."""

from __future__ import annotations

from tools.notebook_page import Explorer, Notebook

from .page import FORGET, in_the_browser, watched
from .table import Row, at_least

#: A key that is held down repeats every 33 ms.
NUM_MOVES, SECONDS_BETWEEN_MOVES = 100, 0.033
SECONDS_OF_TRAINING = 4.0

IMPORTS = """\
from mlp_tutorial.lessons.activations.activation_explorer import explore_activation
from mlp_tutorial.lessons.backpropagation.backward_stepper import explore_backward
from mlp_tutorial.lessons.building_blocks.architecture_explorer import explore_architecture
from mlp_tutorial.lessons.conclusion.moved_digit_explorer import explore_moved_digit
from mlp_tutorial.lessons.forward_pass.forward_stepper import explore_forward
from mlp_tutorial.lessons.forward_pass.softmax_explorer import explore_softmax
from mlp_tutorial.lessons.losses.confidence_explorer import explore_confidence
from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.activations.gradient_explorer import explore_gradients
from mlp_tutorial.lessons.losses.loss_explorer import explore_loss
from mlp_tutorial.lessons.losses.outlier_explorer import explore_outlier
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.neurons.drawn_neuron_explorer import explore_drawn_neuron
from mlp_tutorial.lessons.neurons.neuron_explorer import explore_neuron
from mlp_tutorial.lessons.shared.race import explore_race
from mlp_tutorial.lessons.optimizers.sweep_explorer import explore_sweep
from mlp_tutorial.lessons.putting_it_together.error_explorer import explore_errors
"""
#: Each explorer, with the slider that gives it the most to do.
MOVED = {
    "01, drawn neuron": ("explore_drawn_neuron()", "weight w1"),
    "01, neuron": ("explore_neuron()", "weight w1"),
    "02, architecture, 6 layers of 16": ("explore_architecture(2, [16] * 6, 3)", "width"),
    "03, model": ("explore_model(hidden_sizes=[8, 8, 8])", "width"),
    "04, forward": ("explore_forward()", "bill length"),
    "04, softmax": ("explore_softmax(added=0)", "added to all"),
    "05, backward": ("explore_backward()", "input x"),
    "06, activation": ("explore_activation('sigmoid')", "z"),
    "06, gradients, 6 layers of 8": ("explore_gradients(activation='sigmoid')", "hidden layers"),
    "06, gradients, histograms": ("explore_gradients(activation='relu', view='histograms')", "hidden layers"),
    "06, gradients, with ReLU": ("explore_gradients(activation='relu')", "width"),
    "07, loss": ("explore_loss()", "prediction"),
    "07, outlier": ("explore_outlier()", "mass (kg)"),
    "07, confidence": ("explore_confidence()", "logit Adelie"),
    "08, Rosenbrock, 6 optimizers": (
        "explore_descent('rosenbrock', ['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam', 'adamw'], "
        "learning_rate=0.001, num_steps=300)",
        "learning rate",
    ),
    "08, a network's slice, 4 optimizers": (
        "explore_descent('network', ['sgd', 'momentum', 'rmsprop', 'adam'], learning_rate=0.1, num_steps=300)",
        "learning rate",
    ),
    "09, errors": ("explore_errors()", "ink"),
    "10, moved digit": ("explore_moved_digit()", "digit"),
}
RACE = """\
activations = ['relu', 'silu', 'tanh', 'sigmoid']
race = explore_race('spiral', [16, 16], 0.01, activation=activations, optimizer='adam', num_epochs=200)
race.controls['num_epochs'].max = 10_000  # it shall not end while it is measured
race"""
SWEEP = "explore_sweep()"
UNDER_THE_HAND = 14  # pictures a second


def rows() -> list[Row]:
    """Measure the pictures a second while a slider moves, and while networks train."""
    cells = [IMPORTS, *[source for source, _ in MOVED.values()], RACE, SWEEP]
    return in_the_browser(cells, _while_sliders_move, _of_a_race, _of_a_sweep)


def _while_sliders_move(notebook: Notebook) -> list[Row]:
    rows = []
    for name, (cell, label) in MOVED.items():
        pictures = _under_the_hand(watched(notebook, cell), label)
        rows.append(at_least(f"{name}: pictures while ‘{label}’ moves", pictures, UNDER_THE_HAND, "per second", 1))
    return rows


def _of_a_race(notebook: Notebook) -> list[Row]:
    """Move the rate of a race; then let it train for long."""
    race = watched(notebook, RACE)
    moved = _under_the_hand(race, "learning rate")
    race.press("epochs", "End")
    race.button("pause").wait_for()
    race.page.evaluate(FORGET)
    race.page.wait_for_timeout(1000 * SECONDS_OF_TRAINING)
    pictures = race.page.evaluate("marks.repaints")
    if not race.button("pause").count():
        raise RuntimeError("The race ended before the measurement: let it train for more epochs.")
    race.click("reset")
    race.settle()
    what = "06, race of 4 activations on the spiral, [16, 16]"
    return [
        at_least(f"{what}: pictures while ‘learning rate’ moves", moved, UNDER_THE_HAND, "per second", 1),
        at_least(f"{what}: pictures while it trains", _rate_of(pictures), 10, "per second", 1),
    ]


def _of_a_sweep(notebook: Notebook) -> list[Row]:
    """Let 16 rates train from 5 seeds each, for long; then move the width, so that they train anew all the time."""
    sweep = watched(notebook, SWEEP)
    sweep.press("epochs", "End")
    sweep.settle()  # the longer axis has been drawn
    sweep.page.evaluate(FORGET)
    sweep.press("width", "ArrowRight")
    sweep.button("pause").wait_for()
    sweep.button("play").wait_for()  # all epochs are done
    while_training = _rate_of(sweep.page.evaluate("marks.repaints"))
    moved = _under_the_hand(sweep, "width")
    what = "08, sweep, 16 rates × 5 seeds, [8, 8]"
    return [
        at_least(f"{what}: pictures while it trains", while_training, 5, "per second", 1),
        at_least(f"{what}: pictures while ‘width’ moves", moved, UNDER_THE_HAND, "per second", 1),
    ]


def _under_the_hand(explorer: Explorer, label: str) -> float:
    """Move a slider to and fro with a key held down; return the pictures a second."""
    explorer.settle()
    explorer.handle(label).focus()
    explorer.page.evaluate(FORGET)
    for number in range(NUM_MOVES):
        explorer.page.keyboard.press("ArrowRight" if number // 5 % 2 else "ArrowLeft")
        explorer.page.wait_for_timeout(1000 * SECONDS_BETWEEN_MOVES)
    pictures = _rate_of(explorer.page.evaluate("marks.repaints"))
    explorer.settle()
    return pictures


def _rate_of(times: list[float]) -> float:
    """Return how many events a second there were, from their times in milliseconds."""
    return 1000 * (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
