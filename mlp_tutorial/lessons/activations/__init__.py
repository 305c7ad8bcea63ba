"""What lesson 06 imports: its explorers, its plots, and the checks of its exercises."""

from mlp_tutorial.lessons.activations.activation_explorer import explore_activation
from mlp_tutorial.lessons.activations.exercises import (
    check_activation,
    check_collapse,
    check_leaky_relu,
    check_tanh_derivative,
    plot_collapse,
)
from mlp_tutorial.lessons.activations.gradient_explorer import explore_gradients
from mlp_tutorial.lessons.activations.revival import check_revive, dead_shares, plot_revival
from mlp_tutorial.lessons.shared.race import explore_race
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
