"""Why a loss is NaN or infinite, in a sentence: the data, the weights, a function, a gradient, or steps too long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from .batches import Pair
from .criteria import watched_loss
from .history import History

LARGE_WEIGHT = 1e6  # no network that learns has one
LARGE_VALUE = 1e4  # of what a function is given: below it, the function is at fault and not the size
STANDARD_UNITS = 10.0  # mean and standard deviation beyond it: not in standard units

#: Functions with an infinite slope or none at 0 (or at 1), as the graph of the gradients names them.
STEEP = {
    "Sqrt": "a square root has an infinite slope at 0. Add a small number inside it: (x + 1e-8).sqrt()",
    "Pow": "a power below 1 has an infinite slope at 0. Add a small number to its base",
    "Rsqrt": "a square root has an infinite slope at 0. Add a small number inside it",
    "Log": "a logarithm has an infinite slope at 0. Add a small number inside it: (x + 1e-8).log()",
    "Reciprocal": "a division has an infinite slope at 0. Add a small number to the divisor",
    "Div": "a division has an infinite slope at 0. Add a small number to the divisor",
    "Acos": "an arccosine has an infinite slope at 1. Clamp its argument to less",
    "Asin": "an arcsine has an infinite slope at 1. Clamp its argument to less",
}


def why_not_finite(
    history: History,
    batches: Iterable[Pair],
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    criterion: Callable,
    untrained: bool,
) -> str:
    """Return the end of the sentence that says why a loss is not finite."""
    units = ""
    for inputs, targets in batches:
        for name, tensor in (("inputs", inputs), ("targets", targets)):
            if tensor.is_floating_point() and (count := int((~tensor.isfinite()).sum())):
                return f" because the {name} hold {count} values that are NaN or infinite. Clean the data first."
        units = units or _not_in_standard_units(inputs, targets)
    parameters = list(model.parameters())
    largest = torch.stack([parameter.detach().abs().max() for parameter in parameters]).max().item()
    if untrained and not largest < LARGE_WEIGHT:  # NaN is not less either
        return (
            f" because the model's weights have diverged already, up to {largest:.3g}. Make model and optimizer anew."
        )
    with torch.enable_grad():
        if largest < LARGE_WEIGHT:
            with _FirstNotFinite() as first:
                outputs = model(inputs)
                _, call = watched_loss(outputs, targets, criterion)
                if call is not None and call.of_classes and not call.kept().any():
                    return " because every target of a batch is the criterion's ignore_index. Try larger batches."
                if call is not None and not call.weight():
                    return " because the classes of a batch all have the weight 0. Give some of them another."
                criterion(outputs, targets)
            if first.sentence:
                return first.sentence
        elif reason := _lost_gradient(parameters, criterion(model(inputs), targets)):
            return reason
    if units:
        return units
    if untrained:
        return " before the first step. Are inputs and targets standardised, and is the criterion right for them?"
    last = f" (the training loss of epoch {len(history)} was {history.training_loss[-1]:.3g})" if len(history) else ""
    rate = optimizer.param_groups[0]["lr"]
    return f"{last}: the weights have grown too large. Try a learning rate smaller than {float(rate) / 10:g}."


def _not_in_standard_units(inputs: torch.Tensor, targets: torch.Tensor) -> str:
    for name, values, letter in (("inputs", inputs, "X"), ("targets", targets, "y")):
        if values.is_floating_point():
            means, spreads = values.mean(0), values.std(0, correction=0)
            if max(means.abs().max(), spreads.max()) > STANDARD_UNITS:
                return (
                    f" because the {name} are not in standard units: they go from {values.min():.3g} to "
                    f"{values.max():.3g}. Try ({letter} - {letter}.mean(0)) / {letter}.std(0)."
                )
    return ""


class _FirstNotFinite(TorchFunctionMode):
    """Within this block, `sentence` notes the first function that returns NaN or infinity for values of usual size."""

    sentence = ""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if not self.sentence and isinstance(result, torch.Tensor) and result.is_floating_point():
            given = [value for value in args if isinstance(value, torch.Tensor) and value.is_floating_point()]
            wrong = ~result.detach().isfinite()
            if given and wrong.any() and all((value.detach().abs() < LARGE_VALUE).all() for value in given):
                name = function.__name__.strip("_")
                at = [value.detach()[wrong] for value in given if value.shape == result.shape]
                values = ", ".join(f"{float(value[0]):.3g}" for value in at)
                advice = (
                    "Subtract the largest value first" if name == "exp" else "Add a small number to what it is given"
                )
                self.sentence = (
                    f" because {name}({values or '…'}) is {float(result.detach()[wrong][0])}. {advice}, or clamp it."
                )
        return result


def _lost_gradient(parameters: list[nn.Parameter], loss: torch.Tensor) -> str:
    """Return what made the gradient NaN while weights and loss were finite; nothing where the weights just grew."""
    gradients = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
    weights = torch.cat([p.detach().flatten() for p in parameters])
    grown = weights.isinf().any() or (weights.nan_to_num().abs() > LARGE_WEIGHT).any()
    if grown or gradients.isinf().any() or not gradients.isnan().any():
        return ""
    names = set(_functions(loss))
    for name, reason in STEEP.items():
        if name in names:
            return f" because the gradient became NaN while the loss was finite: {reason}."
    return ""


def _functions(loss: torch.Tensor) -> Iterator[str]:
    """Yield the names of all functions in the graph of a loss; of powers, only those below 1."""
    nodes, seen = [loss.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        name = node.name().rstrip("0123456789").removesuffix("Backward")
        if name != "Pow" or node._saved_exponent < 1:
            yield name
        nodes += [following for following, _ in node.next_functions]
