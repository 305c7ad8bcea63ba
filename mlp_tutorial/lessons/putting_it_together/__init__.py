"""What lesson 09 imports: its explorers, its pictures, and the checks of its exercises."""

from mlp_tutorial.lessons.putting_it_together.digit_pictures import (
    plot_confusion,
    plot_digits,
    plot_errors,
    plot_first_layer,
)
from mlp_tutorial.lessons.putting_it_together.drawing_explorer import explore_drawing
from mlp_tutorial.lessons.putting_it_together.error_explorer import explore_errors
from mlp_tutorial.lessons.putting_it_together.exercises import check_build, check_flip, check_leaks, check_probabilities
from mlp_tutorial.lessons.putting_it_together.own_table import check_own_table
from mlp_tutorial.lessons.putting_it_together.pipelines import show_pipelines
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
