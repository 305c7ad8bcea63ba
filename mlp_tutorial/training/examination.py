"""What one pass through a model, forward and backward, shows about its layers: the ground that `diagnose` stands on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.func import functional_call
from torch.overrides import TorchFunctionMode

from ..utils.threads import is_small_work, one_thread
from .batches import Data, as_batches
from .criteria import OF_LABELS, OF_VALUES, LossCall, last_functions, squashed_by, watched_loss
from .evaluation import baseline_loss, most_likely, r_squared
from .modes import modes_restored

MOST_SAMPLES = 250  # sent through the model: enough for a share, few enough for a live display
MOST_NEIGHBOURS = 600  # samples among which nearest neighbours are looked for
FLAT_SLOPE = 0.01  # a saturated activation: the slope there, as a share of the function's steepest

#: The values of functions that a model may end in, and how far a target may lie outside.
ENDS = {"Sigmoid": (0.0, 1.0), "Softmax": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Relu": (0.0, math.inf)}
TOLERANCE = 0.01

#: Which of an activation's values, given as pre-activations (samples, units), let no gradient through.
BLOCKED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": lambda x: dead_units(x).to(x),
    "tanh": lambda x: (1 - x.tanh() ** 2 < FLAT_SLOPE).to(x),
    "sigmoid": lambda x: (4 * x.sigmoid() * x.neg().sigmoid() < FLAT_SLOPE).to(x),
}


def dead_units(pre_activations: torch.Tensor) -> torch.Tensor:
    """Return which ReLUs are off for every sample: pre-activations (samples, units) to a bool Tensor (units,)."""
    return (pre_activations <= 0).all(0)


@dataclass
class Examination:
    """What a model's layers do with the data, and how its answers compare with simpler ones."""

    activation: str = ""  # "relu", "tanh" or "sigmoid"; empty where the hidden layers have another one, or several
    blocked: list[float] = field(default_factory=list)  # of each hidden layer: share of dead units, or saturated values
    blocked_at_start: list[float] = field(default_factory=list)  # the same with the weights before the first step
    loss_at_start: float = 0.0
    signals: dict[str, float] = field(default_factory=dict)  # of each linear layer: gradient of its pre-activations
    gradient_norm: float | None = None  # of all parameters together
    baseline: float = math.inf  # the loss of the best answer that does not look at the inputs
    squashed: str = ""  # a softmax or sigmoid before the loss's own
    out_of_reach: str = ""  # values among the targets that the function at the model's end cannot take
    loss_name: str = ""
    score_name: str = ""  # "accuracy" or "R²"
    score: float = math.nan  # the model's; the two below are those of simpler answers
    neighbours_score: float = math.nan  # each sample answered by its five nearest neighbours
    constant_score: float = math.nan

    def worst_at_start(self) -> float:
        """Return the share before the first step in the hidden layer that has the largest now."""
        return self.blocked_at_start[self.blocked.index(max(self.blocked))]

    def share_that_comes_back(self) -> float:
        """Return the gradient at the first linear layer as a share of that at the last; 1 where there is none."""
        signals = list(self.signals.values())
        return signals[0] / signals[-1] if signals and signals[-1] else 1.0


class _Activations(TorchFunctionMode):
    """Within this block, what ReLU, tanh and sigmoid are given is noted, whoever calls them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, torch.Tensor, torch.Tensor]] = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        name, given = function.__name__.rstrip("_"), args[0] if args else None
        if name in BLOCKED and isinstance(given, torch.Tensor) and given.ndim == 2:
            given = given.detach().clone()
            result = function(*args, **(kwargs or {}))
            self.calls.append((name, given, result))
            return result
        return function(*args, **(kwargs or {}))

    def of_hidden_layers(self, outputs: torch.Tensor) -> tuple[str, list[float]]:
        calls = [(name, given) for name, given, result in self.calls if result is not outputs]
        if len({name for name, _ in calls}) != 1:
            return "", []
        return calls[0][0], [BLOCKED[name](given).mean().item() for name, given in calls]


def examine(
    model: nn.Module, data: Data, criterion: Callable | None, initial_weights: dict[str, torch.Tensor]
) -> Examination:
    """Send at most 250 samples through a model in eval mode, forward and backward; the model is left as it was."""
    with one_thread(is_small_work(model, MOST_SAMPLES)), modes_restored(model), torch.enable_grad():
        model.eval()
        device = next((parameter.device for parameter in model.parameters()), None)
        every_x, every_y = next(iter(as_batches(data, device=device).whole()))
        stride = math.ceil(len(every_x) / MOST_SAMPLES)
        X, y = every_x[::stride].detach(), every_y[::stride]
        if criterion is None:
            criterion = nn.MSELoss() if y.is_floating_point() else nn.CrossEntropyLoss()
        pre_activations: dict[str, torch.Tensor] = {}
        hooks = [
            layer.register_forward_hook(lambda layer, given, output, name=name: pre_activations.update({name: output}))
            for name, layer in model.named_modules()
            if isinstance(layer, nn.Linear)
        ]
        try:
            with _Activations() as activations:
                # An input that asks for gradients lets even frozen layers be examined.
                outputs = model(X.clone().requires_grad_(X.is_floating_point()))
        finally:
            for hook in hooks:
                hook.remove()
        loss, call = watched_loss(outputs, y, criterion)
        parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        gradients = torch.autograd.grad(loss, [*pre_activations.values(), *parameters], allow_unused=True)
        norms = [0.0 if gradient is None else gradient.norm().item() for gradient in gradients]  # .grad is left alone
        found = Examination(*activations.of_hidden_layers(outputs))
        found.blocked_at_start = found.blocked
        if initial_weights:
            with torch.no_grad(), _Activations() as activations:
                outputs_at_start = functional_call(model, initial_weights, (X,))
            _, found.blocked_at_start = activations.of_hidden_layers(outputs_at_start)
            found.loss_at_start = criterion(outputs_at_start, y).item()
        found.signals = dict(zip(pre_activations, norms, strict=False))
        found.gradient_norm = math.hypot(*norms[len(pre_activations) :])
        outputs = outputs.detach()
        found.baseline = baseline_loss(outputs[:1].expand(len(every_y), *outputs.shape[1:]), every_y, criterion)
        if call is not None:
            found.squashed, found.loss_name = squashed_by(call), call.name
            found.out_of_reach = _out_of_reach(call)
        _score(found, outputs, y, every_x, every_y)
    return found


def _out_of_reach(call: LossCall) -> str:
    end = next(last_functions(call.outputs), "")
    if call.name not in OF_VALUES or end not in ENDS:
        return ""
    (low, high), lowest, highest = ENDS[end], call.targets.min().item(), call.targets.max().item()
    if low - TOLERANCE <= lowest and highest <= high + TOLERANCE:
        return ""
    values = "not below 0" if high == math.inf else f"from {low:g} to {high:g}"
    return f"the model ends in a {end.lower()}, with values {values}; the targets go from {lowest:.3g} to {highest:.3g}"


def _score(
    found: Examination, outputs: torch.Tensor, y: torch.Tensor, every_x: torch.Tensor, every_y: torch.Tensor
) -> None:
    """Score the model, a constant answer and the five nearest neighbours, where samples are rows of numbers."""
    values = y.is_floating_point() and y.shape == outputs.shape
    classes = y.ndim == 1 and not y.is_floating_point() and outputs.ndim == 2 and int(y.min()) >= 0
    if not (every_x.ndim == 2 and every_x.is_floating_point() and len(every_x) > 20):
        return
    stride = math.ceil(len(every_x) / MOST_NEIGHBOURS)
    X, targets = every_x[::stride], every_y[::stride]
    exact = "donot_use_mm_for_euclid_dist"  # large numbers close to one another keep their distances
    nearest = (
        torch.cdist(X, X, compute_mode=exact).fill_diagonal_(math.inf).topk(5, largest=False).indices
    )  # (samples, 5)
    if classes:
        found.score_name = "accuracy"
        found.score = (most_likely(outputs) == y).float().mean().item()
        found.constant_score = (targets.bincount().max() / len(targets)).item()
        found.neighbours_score = (targets[nearest].mode(1).values == targets).float().mean().item()
    elif values and found.loss_name in OF_LABELS:  # a share of all single labels
        found.score_name, ones = "accuracy", targets > 0.5
        found.score = ((outputs > OF_LABELS[found.loss_name]) == (y > 0.5)).float().mean().item()
        found.constant_score = (0.5 + (ones.float().mean(0) - 0.5).abs()).mean().item()
        found.neighbours_score = ((ones[nearest].float().mean(1) > 0.5) == ones).float().mean().item()
    elif values:
        found.score_name, found.constant_score = "R²", 0.0
        found.score = r_squared(outputs, y)
        found.neighbours_score = r_squared(targets[nearest].double().mean(1), targets)
