"""What lesson 02 imports: its explorers, its data, its plot, and the checks of its exercises."""

from mlp_tutorial.lessons.building_blocks.architecture_explorer import explore_architecture
from mlp_tutorial.lessons.building_blocks.exercises import (
    check_count_parameters,
    check_hat,
    check_outputs,
    check_smallest,
    load_three_questions,
    plot_hats,
)
from mlp_tutorial.lessons.building_blocks.pieces_explorer import explore_pieces
from mlp_tutorial.lessons.building_blocks.random_functions import random_bends
from mlp_tutorial.lessons.shared.trainer import explore_training
