"""Training and what it needs: the loop, batches, history, evaluation, diagnosis."""

from ..utils.without_compiler import leave_out_compiler
from .diagnosis import Finding, diagnose
from .evaluation import Evaluation, evaluate, predict
from .history import History
from .loop import train, train_epoch, training_loop, training_steps

leave_out_compiler()

__all__ = [
    "Evaluation", "Finding", "History", "diagnose", "evaluate", "predict", "train", "train_epoch", "training_loop",
    "training_steps",
]  # fmt: skip
