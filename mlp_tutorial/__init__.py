"""A multilayer perceptron in PyTorch, its training, and the moving pictures of the lessons.

Each public name is imported when it is first used, so that `import mlp_tutorial` alone loads nothing, not even torch.
"""

from importlib import import_module

from .version import __version__ as __version__

#: Where each public name is defined.
_HOMES = {
    "ACTIVATIONS": "model",
    "Dataset": "data",
    "Finding": "training",
    "History": "training",
    "ModelFileError": "saving",
    "NeuralNetworkModel": "model",
    "SavedModel": "saving",
    "SeededRandomness": "utils.randomness",
    "diagnose": "training",
    "evaluate": "training",
    "load_dataset": "data",
    "load_model": "saving",
    "predict": "training",
    "save_model": "saving",
    "set_controls": "display",
    "set_scale": "display",
    "train": "training",
    "train_epoch": "training",
    "training_loop": "training",
    "training_steps": "training",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    """Import a public name on its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
