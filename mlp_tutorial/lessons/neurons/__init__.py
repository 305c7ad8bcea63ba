"""What lesson 01 imports: its data, its explorer, its plot, and the checks of its exercises."""

from mlp_tutorial.lessons.neurons.drawn_neuron_explorer import explore_drawn_neuron
from mlp_tutorial.lessons.neurons.exercises import (
    check_advice,
    check_hand_training,
    check_layer,
    check_neuron,
    plot_layer,
)
from mlp_tutorial.lessons.neurons.neuron_explorer import explore_neuron
from mlp_tutorial.lessons.neurons.one_neuron import load_two_species
