"""Training and what it needs: the loop, batches, history, evaluation, diagnosis."""

from .diagnosis import Finding, diagnose
from .evaluation import Evaluation, evaluate, predict
from .history import History
from .loop import train, training_steps

__all__ = ["Evaluation", "Finding", "History", "diagnose", "evaluate", "predict", "train", "training_steps"]
