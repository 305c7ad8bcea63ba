"""What holds for every explorer, whatever it shows."""

import math
import re
from itertools import combinations, pairwise

import pytest
import torch
from ipywidgets import Checkbox, Dropdown, FloatSlider, HBox
from torch import nn

from mlp_tutorial.lessons.activations.activation_explorer import explore_activation
from mlp_tutorial.lessons.activations.gradient_explorer import explore_gradients
from mlp_tutorial.lessons.backpropagation.backward_stepper import explore_backward
from mlp_tutorial.lessons.building_blocks.architecture_explorer import explore_architecture
from mlp_tutorial.lessons.building_blocks.pieces_explorer import explore_pieces
from mlp_tutorial.lessons.conclusion.moved_digit_explorer import explore_moved_digit
from mlp_tutorial.lessons.forward_pass.forward_stepper import explore_forward
from mlp_tutorial.lessons.forward_pass.network_explorer import explore_network
from mlp_tutorial.lessons.forward_pass.softmax_explorer import explore_softmax
from mlp_tutorial.lessons.losses.confidence_explorer import explore_confidence
from mlp_tutorial.lessons.losses.likelihood_explorer import explore_likelihood
from mlp_tutorial.lessons.losses.loss_explorer import explore_loss
from mlp_tutorial.lessons.losses.outlier_explorer import explore_outlier
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.neurons.drawn_neuron_explorer import explore_drawn_neuron
from mlp_tutorial.lessons.neurons.exercises import GOAL
from mlp_tutorial.lessons.neurons.neuron_explorer import explore_neuron
from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.optimizers.momentum_explorer import explore_momentum
from mlp_tutorial.lessons.optimizers.sweep_explorer import explore_sweep
from mlp_tutorial.lessons.playground.playground_call import explore_playground
from mlp_tutorial.lessons.putting_it_together.drawing_explorer import explore_drawing
from mlp_tutorial.lessons.putting_it_together.error_explorer import explore_errors, package_probabilities
from mlp_tutorial.lessons.shared.live_training import LiveTraining
from mlp_tutorial.lessons.shared.race import explore_race
from mlp_tutorial.lessons.shared.trainer import explore_training
from mlp_tutorial.live.controls import NumberSlider
from mlp_tutorial.model import NeuralNetworkModel
from tests.lesson_helpers import printed_by

EXPLORERS = {
    "drawn neuron": explore_drawn_neuron,
    "neuron": explore_neuron,
    "pieces": explore_pieces,
    "architecture": lambda: explore_architecture(2, [4, 4], 2),
    "model": lambda: explore_model(hidden_sizes=[4, 4]),
    "forward": explore_forward,
    "network": explore_network,
    "softmax": explore_softmax,
    "softmax that overflows": lambda: explore_softmax(added=95.0),
    "backward": explore_backward,
    "backward, x used twice": lambda: explore_backward(twice=True),
    "training": lambda: explore_training("moons", [4], num_epochs=5),
    "training on four features": lambda: explore_training("penguins", [4], num_epochs=5),
    "activation": explore_activation,
    "gradients": lambda: explore_gradients(hidden_sizes=[4, 4]),
    "gradients, histograms": lambda: explore_gradients(hidden_sizes=[4, 4], view="histograms"),
    "race": lambda: explore_race("moons", [4], activation=["relu", "tanh"], num_epochs=5),
    "loss": explore_loss,
    "outlier": explore_outlier,
    "likelihood": explore_likelihood,
    "confidence": explore_confidence,
    "descent": lambda: explore_descent(
        "ravine", ["sgd", "momentum", "adam"], learning_rate=0.02, num_steps=20, noise=0.5
    ),
    "sweep": lambda: explore_sweep("moons", hidden_sizes=[4], num_epochs=4),
    "momentum": lambda: explore_momentum("moons", hidden_sizes=[4], num_epochs=4, num_seeds=1),
    "errors": explore_errors,
    "drawing": explore_drawing,
    "moved digit": explore_moved_digit,
    "playground": lambda: explore_playground("xor", num_points=60, penalty="L2"),
}
#: Settings with long numbers and many things to draw: only their texts are looked at.
CROWDED = {
    "drawn neuron, wide numbers": lambda: explore_drawn_neuron(-8.0, 8.0, -8.0, activation="identity"),
    "neuron, wide numbers": lambda: explore_neuron(w1=-8.0, w2=8.0, b=-8.0, activation="identity", goal=GOAL),
    "architecture, wide": lambda: explore_architecture(64, [32, 16], 12),
    "architecture, deep": lambda: explore_architecture(16, [16] * 6, 10, weight_scale=5.0),
    "model, deep": lambda: explore_model(16, [16, 12, 10, 14], 10, activation="leaky_relu", batch_size=128),
    "model, not registered": lambda: explore_model(2, [8, 8, 8], 3, model_class=PlainList),
    "forward, at one end": lambda: explore_forward(bill_length=32.0, bill_depth=22.0),
    "forward, at the other": lambda: explore_forward(bill_length=60.0, bill_depth=13.0),
    "softmax, infinite": lambda: explore_softmax(by_formula, logits=(8, -8, 0)),
    "backward, large numbers": lambda: explore_backward(-3, -3, 3, -3, -3, -3),
    "backward, large numbers, x used twice": lambda: explore_backward(-3, -3, 3, -3, target=-3, step=10, twice=True),
    "loss of one's own": lambda: explore_loss(with_delta, prediction=-4.0, target=2.0),
    "race of long names": lambda: explore_race(
        "penguins", [4], model_class=[NeuralNetworkModel, LongNameOfANetwork], num_epochs=5
    ),
    "confidence, sure and wrong": lambda: explore_confidence(logits=(-5, 5, -5), smoothing=0.5),
}


class PlainList(nn.Module):
    """A model whose hidden layers stand in a list where `nn.Module` does not look."""

    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        sizes = [input_size, *hidden_sizes, output_size]
        self.layers = [nn.Linear(before, after) for before, after in pairwise(sizes)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class LongNameOfANetwork(NeuralNetworkModel):
    """A class with a name as long as the package's."""


def by_formula(logits):
    powers = logits.exp()
    return powers / powers.sum(1, keepdim=True)


def with_delta(outputs, y, delta=1.0):
    return (delta * (outputs - y)).cosh().log().mean()


def own_cross_entropy(logits, y):
    return -logits.log_softmax(1)[torch.arange(len(y)), y].mean()


def bent(z):
    return torch.where(z > 0, z, 0.3 * z)


def raw_probabilities(model, dataset, raw_X):
    return model(raw_X).softmax(1)  # forgets to standardise


def moves(name, control):
    """Return values to which a control can be moved: both ends of a slider, every step, every option of a menu."""
    if name == "step":
        return range(control.min, control.max + 1)
    if isinstance(control, Dropdown):
        return [value for _, value in control._options_full]
    if isinstance(control, NumberSlider):
        return [control.slider.options[0][1], control.slider.options[-1][1]]
    if isinstance(control, Checkbox):
        return [not control.value, control.value]
    return [control.min, control.max]


def every_move(explorer):
    """Move every control to its ends and back; yield each time which it was, and where it is now."""
    for name, control in explorer.controls.items():
        for value in (*moves(name, control), control.value):
            control.value = value
            yield name, value


def obeyed(explorer, name, value):
    """Return whether an explorer that trains has trained what its controls ask for, to its end."""
    shown = explorer.experiments[0] if hasattr(explorer, "experiments") else explorer.experiment
    settings = {"learning_rate", "optimizer", "activation", "seed", "dataset"} - {*explorer.only_drawn}
    at_its_end = explorer.stopped() or explorer.done() == explorer.end()
    return at_its_end and (name not in settings or getattr(shown, name) == value)


def texts_of(figure):
    """Return every text that can be read in a figure: its words, its size and its box."""
    texts = []
    for axes in (axes for axes in figure.axes if axes.get_visible()):
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            places, labels = axis.get_majorticklocs(), axis.get_ticklabels()
            if axes.axison:
                inside = [min(low, high) <= place <= max(low, high) for place in places]
                texts += [axis.label, *(label for label, is_in in zip(labels, inside, strict=False) if is_in)]
        texts += [*axes.texts, axes.title]
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    return [
        (text.get_text(), text.get_fontsize(), text.get_window_extent())
        for text in texts
        if text.get_visible() and text.get_text().strip()
    ]


@pytest.fixture(scope="module", params=EXPLORERS)
def tour(request):
    """An explorer after a move of every control, the first picture, and those that were seen on the way."""
    state = torch.get_rng_state()
    explorer = EXPLORERS[request.param]()
    first = explorer.canvas.image.value
    canvas, seen, said, draw, changed = explorer.canvas, [], {}, explorer.draw, []
    explorer.draw = lambda: changed.append(draw()) or changed[-1]
    for where in every_move(explorer):
        assert "cannot work" not in explorer.status_line.text, (where, explorer.status_line.note)
        assert not isinstance(explorer, LiveTraining) or obeyed(explorer, *where), where
        said.setdefault(where[0], set()).add((canvas.image.value, explorer.status_line.text, explorer.program()))
        kept = canvas.draw(lasting=True)
        # What the last painting drew anew would only be drawn the same way once more, which takes most of the time.
        is_new = changed and changed.pop()
        anew = kept if is_new else canvas.draw(background_changed=True, lasting=True)
        seen.append((where, kept, anew, texts_of(canvas.figure)))
        changed.clear()
    untouched = torch.equal(torch.get_rng_state(), state)
    unheard = [name for name, pictures in said.items() if len(pictures) == 1]
    return EXPLORERS[request.param], explorer, first, seen, untouched, unheard


def assert_legible(seen, width, height):
    """Assert that the texts are large enough, stay inside the picture, and lie on no other."""
    for where, texts in seen:
        for words, size, box in texts:
            assert size >= 7.5, (where, words)
            # A box has room for what reaches above and below a line, more than its letters need.
            assert min(box.x0, box.y0) >= -2 and box.x1 <= width + 2 and box.y1 <= height + 2, (where, words)
        for (words, _, box), (others, _, other) in combinations(texts, 2):
            beside = min(box.x1, other.x1) - max(box.x0, other.x0)
            shared = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert beside <= 1 or shared < 3, (where, words, others)  # a box has room for descenders


def test_nothing_of_an_old_picture_is_left_behind(tour):
    _, _, _, seen, *_ = tour
    for where, kept, drawn_anew, _ in seen:
        assert kept == drawn_anew, where


def test_every_control_changes_picture_status_or_program(tour):
    *_, unheard = tour
    # A neuron's rate is that of its next step, a run's may change only then; the plane bends only where a layer is seen.
    assert set(unheard) <= {"speed", "learning_rate", "live_rate", "bend"}


def test_texts_stay_inside_and_do_not_overlap(tour):
    _, explorer, _, seen, *_ = tour
    assert_legible([(where, texts) for where, _, _, texts in seen], *explorer.canvas.figure.bbox.size)


@pytest.mark.parametrize("name", CROWDED)
def test_texts_stay_inside_and_do_not_overlap_where_there_are_many(name):
    explorer = CROWDED[name]()
    figure = explorer.canvas.figure
    assert_legible([(where, texts_of(figure)) for where in every_move(explorer)], *figure.bbox.size)


def test_the_random_numbers_of_the_notebook_stay_as_they_were(tour):
    *_, untouched, _ = tour
    assert untouched


def test_two_stand_side_by_side_and_share_nothing(tour):
    make, explorer, first, *_ = tour
    both = HBox([explorer, make()])
    assert both.children[0] is explorer and bytes(both.children[1].canvas.image.value) == bytes(first)


def test_the_still_is_the_picture_and_the_sentence(tour):
    _, explorer, *_ = tour
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.sentence() and "image/png" in bundle


def test_what_the_page_sends_back_is_used_as_it_was_meant(tour):
    _, explorer, *_ = tour
    for name, control in explorer.controls.items():
        if isinstance(control, FloatSlider):
            meant = round(control.min + 0.3 * (control.max - control.min), 2)
            control.value = meant - 2 * math.ulp(meant)
            assert explorer.values()[name] == meant != control.value, name
            said = explorer.sentence() + explorer.status_line.text + explorer.status_line.note
            assert repr(control.value) not in said + explorer.program(), name


#: Explorers whose program prints the numbers that are shown: settings, and the numbers in their order.
PROGRAMS = {
    "pieces": (lambda: explore_pieces([(1.5, -0.5, 2.0), (-0.7, 0.2, -1.1)], neuron=2), lambda e: e.sums[::60]),
    "architecture": (
        lambda: explore_architecture(2, [5, 3], 2, activation="elu", seed=3, num_samples=2, weight_scale=1.7),
        lambda e: [3, *e.curves[0][::100], 4, *e.curves[1][::100], e.model.count_parameters()],
    ),
    "architecture without layers": (
        lambda: explore_architecture(1, [], 1, num_samples=1),
        lambda e: [0, *e.curves[0][::100], 2],
    ),
    "forward": (
        lambda: explore_forward(7, step=22, bill_depth=15.0),
        lambda e: [value for stage in e.stages if stage.symbol != "a" for value in stage.values],
    ),
    "softmax": (
        lambda: explore_softmax(by_formula, logits=(1.2, -0.3, 2.5), added=40.0),
        lambda e: [*e.probabilities, *e.probabilities],
    ),
    "backward": (
        lambda: explore_backward(x=-1.2, w1=-0.7, b1=0.3, w2=1.1, b2=-0.4, target=0.6),
        lambda e: [e.nodes["L"], *(edge.gradient for edge in e.edges)],
    ),
    "backward, x used twice": (
        lambda: explore_backward(x=-1.2, w1=-0.7, b1=0.3, w2=1.1, target=0.6, twice=True),
        lambda e: [edge.total for edge in e.edges[2:]],
    ),
}
for own, z in (("gelu", -0.7), (bent, -2.0), (nn.Softplus(), 1.0)):
    PROGRAMS[f"activation {own}"] = (
        lambda own=own, z=z: explore_activation(own, z=z, layers=2),
        lambda e: [e.value, e.slope, 2, e.slope**2],
    )
for own in ("MSE", "MAE", "Huber", with_delta, nn.SmoothL1Loss(beta=0.5)):
    PROGRAMS[f"loss {own}"] = (
        lambda own=own: explore_loss(own, prediction=-1.7, target=0.6, delta=0.8),
        lambda e: [e.loss, e.gradient],
    )
weighted = nn.CrossEntropyLoss(label_smoothing=0.3, weight=torch.tensor([1.0, 2.0, 0.5]))
for own, options in ((None, {"smoothing": 0.1}), (own_cross_entropy, {"scale": 2.0}), (weighted, {})):
    PROGRAMS[f"confidence {own}"] = (
        lambda own=own, options=options: explore_confidence(own, logits=(1.2, -0.3, 2.5), right="Chinstrap", **options),
        lambda e: [e.loss, *e.gradient],
    )
for own in (package_probabilities, raw_probabilities):
    PROGRAMS[f"errors {own}"] = (
        lambda own=own: explore_errors(own, mistake=2, shift_down=1, ink=0.8),
        lambda e: [*e.shares],
    )
PROGRAMS["drawn neuron"] = (lambda: explore_drawn_neuron(2.0, -1.5, 0.5, penguin=7), lambda e: [e.z, e.output])
PROGRAMS["moved digit"] = (
    lambda: explore_moved_digit(8, right=1, down=-1),
    lambda e: [float(share) for shares in e.shares for share in shares],
)
PROGRAMS["drawing"] = (lambda: explore_drawing(3, [(5, 3), (5, 5)]), lambda e: [*e.shares])


def test_the_programs_print_the_numbers_shown():
    explorers = {name: make() for name, (make, _) in PROGRAMS.items()}
    printed = printed_by(*(explorer.program() for explorer in explorers.values()))
    for (name, explorer), lines in zip(explorers.items(), printed, strict=True):
        shown = [float(value) for value in PROGRAMS[name][1](explorer)]
        numbers = [float(word) for word in re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e-?\d+)?", " ".join(lines))]
        rounded = 2e-3 if name.startswith(("errors", "drawing", "moved")) else 2e-4
        assert numbers[-len(shown) :] == pytest.approx(shown, rel=2e-3, abs=rounded), name
