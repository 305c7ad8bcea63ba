"""What lesson 05 imports: its two explorers, its plots, and the checks of its exercises."""

from mlp_tutorial.lessons.backpropagation.backward_stepper import explore_backward
from mlp_tutorial.lessons.backpropagation.exercises import check_linear_gradient, check_logits_gradient
from mlp_tutorial.lessons.backpropagation.faulty_runs import check_faults, plot_faults
from mlp_tutorial.lessons.backpropagation.own_gradients import cross_entropy_with, model_with
from mlp_tutorial.lessons.backpropagation.shape_picture import plot_weight_gradient
from mlp_tutorial.lessons.backpropagation.training_exercises import check_fit, check_training_step, plot_batch_sizes
from mlp_tutorial.lessons.shared.trainer import explore_training
