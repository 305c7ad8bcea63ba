"""What lesson 08 imports: its explorers, its plots, and the checks of its exercises."""

from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.optimizers.exercises import check_rate, check_warm_up_cosine, plot_range_test, plot_schedule
from mlp_tutorial.lessons.optimizers.momentum_explorer import explore_momentum
from mlp_tutorial.lessons.optimizers.own_optimizer import optimizer_with
from mlp_tutorial.lessons.optimizers.sweep_explorer import explore_sweep
from mlp_tutorial.lessons.optimizers.update_rules import check_adam_step, check_adamw_step, check_momentum_step
