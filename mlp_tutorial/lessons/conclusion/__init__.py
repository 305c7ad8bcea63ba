"""What lesson 10 imports: its explorer and pictures, and the checks of its exercises."""

from mlp_tutorial.lessons.conclusion.exercises import check_combine, check_training_bytes, plot_shares
from mlp_tutorial.lessons.conclusion.moved_digit_explorer import explore_moved_digit
from mlp_tutorial.lessons.conclusion.moved_digits import convolution, digits_of, plot_moved, trained_networks
from mlp_tutorial.lessons.conclusion.training_step_picture import plot_training_step
from mlp_tutorial.lessons.conclusion.what_comes_next import SkipModel, check_attention, check_skip_model, plot_attention
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
