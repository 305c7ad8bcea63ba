"""What lesson 03 imports: its explorers, and the checks of its exercises."""

from mlp_tutorial.lessons.model_class.exercises import (
    check_activation_model,
    check_dropout_model,
    check_model_class,
    check_rebuild,
)
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
