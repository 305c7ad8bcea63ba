"""What holds for every explorer, whatever it shows."""

import pytest
from ipywidgets import Checkbox, Dropdown, SelectionSlider

from mlp_tutorial.lessons.activations.activation_explorer import explore_activation
from mlp_tutorial.lessons.activations.gradient_explorer import explore_gradients
from mlp_tutorial.lessons.backpropagation.backward_stepper import explore_backward
from mlp_tutorial.lessons.building_blocks.architecture_explorer import explore_architecture
from mlp_tutorial.lessons.forward_pass.forward_stepper import explore_forward
from mlp_tutorial.lessons.forward_pass.softmax_explorer import explore_softmax
from mlp_tutorial.lessons.losses.confidence_explorer import explore_confidence
from mlp_tutorial.lessons.losses.loss_explorer import explore_loss
from mlp_tutorial.lessons.losses.outlier_explorer import explore_outlier
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.neurons.neuron_explorer import explore_neuron
from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.optimizers.sweep_explorer import explore_sweep
from mlp_tutorial.lessons.putting_it_together.error_explorer import explore_errors
from mlp_tutorial.lessons.shared.race import explore_race
from mlp_tutorial.lessons.shared.trainer import explore_training

EXPLORERS = {
    "neuron": explore_neuron,
    "architecture": lambda: explore_architecture(2, [4, 4], 2),
    "model": lambda: explore_model(hidden_sizes=[4, 4]),
    "forward": explore_forward,
    "softmax": explore_softmax,
    "backward": explore_backward,
    "training": lambda: explore_training("moons", [4], num_epochs=20),
    "training on four features": lambda: explore_training("penguins", [4], num_epochs=20),
    "activation": explore_activation,
    "gradients": lambda: explore_gradients(hidden_sizes=[4, 4]),
    "race": lambda: explore_race("moons", [4], activation=["relu", "tanh"], num_epochs=20),
    "loss": explore_loss,
    "outlier": explore_outlier,
    "confidence": explore_confidence,
    "descent": lambda: explore_descent("ravine", ["sgd", "momentum"], learning_rate=0.02, num_steps=20),
    "sweep": lambda: explore_sweep("moons", hidden_sizes=[4], num_epochs=10),
    "errors": explore_errors,
}


def moves(control):
    """Return values to which a control can be moved: both ends of a slider, every option of a menu."""
    if isinstance(control, (Dropdown, SelectionSlider)):
        options = [value for _, value in control._options_full]
        return options if isinstance(control, Dropdown) else [options[0], options[-1]]
    if isinstance(control, Checkbox):
        return [not control.value, control.value]
    return [control.min, control.max]


@pytest.mark.parametrize("name", EXPLORERS)
def test_nothing_of_an_old_picture_is_left_behind(name):
    explorer = EXPLORERS[name]()
    for control_name, control in explorer.controls.items():
        for value in (*moves(control), control.value):
            control.value = value
            kept = explorer.canvas.draw()
            assert kept == explorer.canvas.draw(background_changed=True), (control_name, value)
