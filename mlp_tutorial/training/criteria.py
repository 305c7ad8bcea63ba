"""What a criterion computes: the loss function of PyTorch within it, however it is wrapped, and what reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

#: The functions that PyTorch's losses call, and the names that they have as classes.
LOSSES = {
    F.cross_entropy: "CrossEntropyLoss",
    F.nll_loss: "NLLLoss",
    F.binary_cross_entropy: "BCELoss",
    F.binary_cross_entropy_with_logits: "BCEWithLogitsLoss",
    F.mse_loss: "MSELoss",
    F.l1_loss: "L1Loss",
    F.smooth_l1_loss: "SmoothL1Loss",
    F.huber_loss: "HuberLoss",
    F.kl_div: "KLDivLoss",
}

#: Losses of labels 0 and 1: the output from which on the answer is 1.
OF_LABELS = {"BCEWithLogitsLoss": 0.0, "BCELoss": 0.5}
#: Losses of values, each compared with a target of its own.
OF_VALUES = "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"


class LossCall(NamedTuple):
    """A call of one of PyTorch's losses: `name` as a class, and what the function was given."""

    name: str
    outputs: torch.Tensor
    targets: torch.Tensor
    options: dict[str, object]

    @property
    def of_classes(self) -> bool:
        """Whether each target is a class number."""
        return self.name in ("CrossEntropyLoss", "NLLLoss") and not self.targets.is_floating_point()

    def kept(self) -> torch.Tensor:
        """Return which class numbers count: those that are not the loss's `ignore_index`."""
        return self.targets != self.options.get("ignore_index", -100)

    def is_weighted(self, all_targets: torch.Tensor | None) -> bool:
        """Return whether batches as large may count differently; `all_targets` are those of all, where known."""
        if not self.of_classes:
            return False
        ignored = all_targets is None or bool((all_targets == self.options.get("ignore_index")).any())
        return ignored or self.options.get("weight") is not None

    def weight(self) -> float:
        """Return what the mean is over: the samples, or the sum of their class weights, ignored ones left out."""
        if not self.of_classes:
            return len(self.targets)
        classes, weights = self.targets[self.kept()].long(), self.options.get("weight")
        return len(classes) if weights is None else weights[classes].sum().item()


class WatchedLoss(TorchFunctionMode):
    """Within this block, the first call of one of PyTorch's losses is noted in `call`, and handed to `check` before."""

    def __init__(self, check: Callable[[LossCall], object] | None = None) -> None:
        super().__init__()
        self.check, self.call = check, None

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function in LOSSES and self.call is None:
            options = dict(kwargs or {})
            given = [*args, *(options.pop(name) for name in ("input", "target") if name in options)]
            self.call = LossCall(LOSSES[function], *given[:2], options)
            if self.check is not None:
                self.check(self.call)
        return function(*args, **(kwargs or {}))


def watched_loss(
    outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable
) -> tuple[torch.Tensor, LossCall | None]:
    """Return a batch's loss, and the call of PyTorch's loss that the criterion makes; None where it has none in it."""
    with WatchedLoss() as watched:
        loss = criterion(outputs, targets)
    return loss, watched.call


def squashed_by(call: LossCall) -> str:
    """Return what squashes outputs that the loss squashes too, or that are squashed already: "" where nothing does.

    A softmax written by hand shows in its values. A log-softmax before cross-entropy changes nothing, and is not counted.
    """
    of_loss = {"CrossEntropyLoss": ["log_softmax"], "BCEWithLogitsLoss": ["sigmoid"]}.get(call.name, [])
    chain = [*of_loss, *squashing_functions(call.outputs, of_loss)]
    if len(chain) > 1:
        return chain[1]
    values = call.outputs.detach()
    within = len(values) > 0 and values.min() >= 0 and values.max() <= 1
    if within and call.name == "CrossEntropyLoss" and (values.sum(1) - 1).abs().max() < 1e-3:
        return "softmax"
    return "sigmoid" if within and call.name == "BCEWithLogitsLoss" and not is_linear(call.outputs) else ""


def squashing_functions(outputs: torch.Tensor, after: Sequence[str] = ()) -> list[str]:
    """Return "softmax", "log_softmax" and "sigmoid" at the end of what made the outputs, last first.

    Followed along the graph of the gradients, so under any name; `after` are those that come behind them.
    """
    chain, logged = [*after], False
    for name in last_functions(outputs):
        if name in _SQUASHING:
            squashing = "log_softmax" if logged and name == "Softmax" else _SQUASHING[name]
            if not (squashing == "log_softmax" and chain and chain[-1].endswith("softmax")):
                chain.append(squashing)
        elif name != "Log":
            break
        logged = name == "Log"
    return chain[len(after) :]


def last_functions(outputs: torch.Tensor) -> Iterator[str]:
    """Yield the names of the functions that outputs come from, as the graph of the gradients has them, last first."""
    node = outputs.grad_fn
    while node is not None:
        name = node.name().rstrip("0123456789").removesuffix("Backward")
        if name not in _PASSED_THROUGH:
            yield name
        node = node.next_functions[0][0] if node.next_functions else None


def is_linear(outputs: torch.Tensor) -> bool:
    """Return whether outputs are a linear layer's own; unknown without gradients, and then False."""
    return next(last_functions(outputs), "") in ("Addmm", "Mm")


_SQUASHING = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Sigmoid": "sigmoid"}
#: Steps of the graph that change the shape or type of values, and not the values.
_PASSED_THROUGH = {
    "View", "UnsafeView", "ReshapeAlias", "Squeeze", "Unsqueeze", "Select", "Slice", "T", "Transpose", "Permute",
    "Clone", "Alias", "ToCopy", "Expand",
}  # fmt: skip
