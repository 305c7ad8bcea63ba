"""Listening to which of torch's functions an answer calls: what it leaves to others, and what cuts its gradients off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch.overrides import TorchFunctionMode


class Listener(TorchFunctionMode):
    """Within a `with` block, keeps in `names` which of torch's functions are called, but where all are `deaf`."""

    _hears = True

    @classmethod
    @contextmanager
    def deaf(cls) -> Iterator[None]:
        """Let no listener note what is called within the block."""
        before, cls._hears = cls._hears, False
        try:
            yield
        finally:
            cls._hears = before

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(self, function, types, arguments=(), options=None):
        if Listener._hears:
            is_data = getattr(function, "__self__", None) is torch.Tensor.data
            self.names.add("data" if is_data else getattr(function, "__name__", ""))
        return function(*arguments, **(options or {}))


#: What cuts the way back of the gradients, by the name that the `Listener` hears.
_CUTS = {
    "detach": ".detach()",
    "data": ".data",
    "item": ".item()",
    "tolist": ".tolist()",
    "numpy": "NumPy",
    "__array__": "NumPy",
    "_set_grad_enabled": "torch.no_grad()",
    "argmax": "argmax",
    "tensor": "torch.tensor(…)",
    **{name: name for name in ("round", "floor", "ceil", "trunc", "sign")},
    **{name: f".{name}()" for name in ("int", "long", "bool")},
}


def what_cuts(function: Callable, *arguments: object) -> str:
    """Return what may keep a function's gradients from coming back, in words."""
    with Listener() as heard:
        function(*arguments)
    found = [words for name, words in _CUTS.items() if name in heard.names]
    return (
        " and ".join(dict.fromkeys(found)) or "argmax, a comparison, .item(), .detach(), torch.tensor(…) or no_grad()"
    )
