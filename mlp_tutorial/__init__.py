"""A multilayer perceptron in PyTorch, its training, and the moving pictures of the lessons.

Importing this package loads torch and nothing heavier; the rest comes in where it is first used.
"""

from .data import Dataset, load_dataset
from .evaluation import evaluate, predict
from .history import History
from .model import ACTIVATIONS, NeuralNetworkModel
from .randomness import SeededRandomness
from .training import train, training_steps

__all__ = [
    "ACTIVATIONS",
    "Dataset",
    "History",
    "NeuralNetworkModel",
    "SeededRandomness",
    "evaluate",
    "load_dataset",
    "predict",
    "train",
    "training_steps",
]
