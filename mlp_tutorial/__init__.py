"""A multilayer perceptron in PyTorch, its training, and the moving pictures of the lessons.

Each public name is imported when it is first used, so that `import mlp_tutorial` alone loads nothing, not even torch.
"""

from importlib import import_module

from .version import __version__ as __version__

#: The public names, by the module that each is defined in.
_NAMES = {
    "data": ("Dataset", "load_dataset"),
    "display": ("set_controls", "set_scale"),
    "model": ("ACTIVATIONS", "NeuralNetworkModel"),
    "saving": ("ModelFileError", "SavedModel", "load_model", "save_model"),
    "training": (
        *("Finding", "History", "diagnose", "evaluate", "predict"),
        *("train", "train_epoch", "training_loop", "training_steps"),
    ),
    "utils.randomness": ("SeededRandomness",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}
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
