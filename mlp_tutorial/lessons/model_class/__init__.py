"""What lesson 03 imports: its explorer, its drawing, and the checks of its exercises."""

from mlp_tutorial.lessons.model_class.exercises import (
    check_activation_model,
    check_dropout_model,
    check_model_class,
    check_rebuild,
)
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.model_class.model_picture import plot_model
from mlp_tutorial.lessons.shared.stand_ins import usable_or
