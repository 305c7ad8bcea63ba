"""What lesson 07 imports: its explorers, its plot, and the checks of its exercises."""

from mlp_tutorial.lessons.losses.confidence_explorer import explore_confidence
from mlp_tutorial.lessons.losses.exercises import check_cross_entropy, check_huber, check_weighted_cross_entropy
from mlp_tutorial.lessons.losses.likelihood_explorer import explore_likelihood
from mlp_tutorial.lessons.losses.loss_explorer import explore_loss
from mlp_tutorial.lessons.losses.outlier_explorer import explore_outlier, load_flippers
from mlp_tutorial.lessons.losses.own_loss_exercise import check_own_loss
from mlp_tutorial.lessons.losses.rare_class import load_rare_class, plot_rare_class, recall_and_accuracy, train_weighted
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
