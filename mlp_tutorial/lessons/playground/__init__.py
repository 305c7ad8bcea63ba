"""What the playground's notebook imports: the playground, and the checks of its tasks."""

from mlp_tutorial.lessons.playground.playground_call import explore_playground
from mlp_tutorial.lessons.playground.tasks import (
    check_broken_network,
    check_by_hand,
    check_dead_layer,
    check_disc,
    check_hills,
    check_learning_rate,
    check_overfitting,
    check_own_table,
    check_spiral,
    check_xor,
)
