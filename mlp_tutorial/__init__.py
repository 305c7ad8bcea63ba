"""A multilayer perceptron in PyTorch, its training, and the moving pictures of the lessons.

Importing this package loads torch and nothing heavier; the rest comes in where it is first used.
"""

import sys

__version__ = "0.1.0"

try:
    from .data.dataset import Dataset, load_dataset
    from .model import ACTIVATIONS, NeuralNetworkModel
    from .saving import ModelFileError, SavedModel, load_model, save_model
    from .training.diagnosis import Finding, diagnose
    from .training.evaluation import evaluate, predict
    from .training.history import History
    from .training.loop import train, training_steps
    from .utils.randomness import SeededRandomness
except (ImportError, OSError):  # torch is missing, or its libraries are
    # `python -m mlp_tutorial.check` runs all the same: it says what is wrong. Meanwhile sys.argv is still ["-m", ...].
    if sys.argv[:1] != ["-m"]:
        raise

__all__ = [
    "ACTIVATIONS",
    "Dataset",
    "Finding",
    "History",
    "ModelFileError",
    "NeuralNetworkModel",
    "SavedModel",
    "SeededRandomness",
    "diagnose",
    "evaluate",
    "load_dataset",
    "load_model",
    "predict",
    "save_model",
    "train",
    "training_steps",
]
