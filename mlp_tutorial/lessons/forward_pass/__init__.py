"""What lesson 04 imports: its explorers, its plot, and the checks of its exercises."""

from mlp_tutorial.lessons.forward_pass.exercises import check_fixed, check_forward, check_softmax, plot_regions
from mlp_tutorial.lessons.forward_pass.forward_stepper import explore_forward
from mlp_tutorial.lessons.forward_pass.network_explorer import explore_network
from mlp_tutorial.lessons.forward_pass.softmax_explorer import explore_softmax
from mlp_tutorial.lessons.forward_pass.stages import penguin_network
from mlp_tutorial.lessons.forward_pass.timing_exercise import check_seconds
