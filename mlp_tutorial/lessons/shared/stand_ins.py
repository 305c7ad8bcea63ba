"""Whether a learner's answer can serve in a later cell, or the package's stands in for it, and the words that say why."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from numbers import Real

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.shared.feedback import Blank
from mlp_tutorial.lessons.shared.unwritten import is_blank, watched
from mlp_tutorial.lessons.shared.values import copied
from mlp_tutorial.model import ACTIVATIONS, activation_name
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.utils.randomness import SeededRandomness

UNWRITTEN = "is not written yet"


@dataclass(frozen=True)
class StandIn:
    """A learner's answer, or what stands in for it."""

    function: object  # what serves
    name: str  # whose it is: "your neuron" or "the package's neuron"
    noun: str
    why: str = ""  # as it follows "yours", such as "returned None"; "" where the learner's serves
    result: object = None  # what `use` made of the function

    def title(self, before: str, after: str = "") -> str:
        """Return a plot's title with whose answer it shows; a long one in several lines."""
        if self.why in ("", UNWRITTEN):
            reason = self.why and f" (yours {self.why})"
            return drawable(f"{before} {self.name}{reason}{after}")
        return drawable(textwrap.fill(f"{before} {self.name} (yours {self.why}: see the check above){after}", 66))

    @property
    def note(self) -> str:
        """The sentence for an explorer's note, "" where the learner's answer serves."""
        see = "" if self.why == UNWRITTEN else " (see the check above)"
        return self.why and f"Your {self.noun} {self.why}{see}: {self.name} stands in."


def stand_in(
    own: object,
    package: object,
    *trials: Sequence[object],
    noun: str,
    called: str = "",
    trial: Callable | None = None,
    use: Callable | None = None,
) -> StandIn:
    """Return a learner's function if it can serve, and the package's where it would stop the notebook.

    The learner's may compute what it likes. But it has to be written, to raise nothing, and to return what the package's
    returns: the same kind, shape and type of number, no nan or infinity, and a gradient where there is one. Its arguments
    are copies, the notebook's random numbers stay as they were, and what it prints is not shown.

    Each of `trials` holds the arguments of one call, made as `trial(function, *arguments)` if that is given. `called` is
    what the package's is called. `use(function)` does all that depends on the function and is kept as `result`; where it
    raises with the learner's, the package's stands in.

    Examples
    --------
    >>> z = torch.tensor([-1.0, 2.0])
    >>> stand_in(torch.tanh, torch.relu, (z,), noun="activation").title("Trained with")
    'Trained with your tanh'
    >>> stand_in(lambda z: z.sum(), torch.relu, (z,), noun="activation").note
    "Your activation returned shape (), expected (2,) (see the check above): the package's activation stands in."
    """
    why = _why_not(own, package, trials, trial or (lambda function, *arguments: function(*arguments)))
    if not why:
        try:
            with _guarded():
                return StandIn(own, f"your {_name(own, noun)}", noun, result=use and use(own))
        except Exception as error:
            why = _raised(error)
    return StandIn(package, called or f"the package's {noun}", noun, why, use and use(package))


def usable_or(own: object, package: str | Dataset | type[nn.Module] | Callable) -> StandIn:
    """Return a learner's answer if an explorer can use it, or else the package's: for what an explorer is handed.

    Parameters
    ----------
    own : object
        A learner's activation, model class, loss of three logits, or data set.
    package : str, model class, loss or Dataset
        What stands in: for an activation its name, such as "silu".

    Examples
    --------
    >>> usable_or(lambda z: ..., "silu").note
    "Your activation is not written yet: PyTorch's silu stands in."
    """
    if isinstance(package, Dataset):
        if isinstance(own, Dataset):
            return StandIn(own, f"your {own.name}", "data set")
        return StandIn(package, package.name, "data set", UNWRITTEN if own is ... else f"is {_kind(own)}")
    called, trial = activation_name(package), None
    if isinstance(package, str):
        noun, trials = "activation", [(torch.linspace(-6, 6, 481).requires_grad_(),), (torch.ones(3, 4),)]
        called, package = f"PyTorch's {package}", ACTIVATIONS[package]
    elif isinstance(package, type):
        noun, trials, trial = "class", [(2, [8, 8], 3), (2, [8] * 6, 3)], _outputs
    else:
        logits = torch.linspace(-2, 2, 12).reshape(4, 3).requires_grad_()
        noun, trials = "loss", [(logits, torch.tensor([0, 2, 1, 1]))]
    return stand_in(own, package, *trials, noun=_name(own, noun), called=called, trial=trial)


def unwrapped(*given: object) -> tuple[list[object], str]:
    """Return what an explorer was handed, without the `StandIn` around it, and the notes of those that stand in."""
    notes: list[str] = []

    def bare(item: object) -> object:
        if isinstance(item, list):
            return [bare(one) for one in item]
        if not isinstance(item, StandIn):
            return item
        notes.append(item.note)
        return item.function

    return [bare(item) for item in given], " ".join(filter(None, notes))


def _why_not(own: object, package: object, trials: Sequence[Sequence[object]], trial: Callable) -> str:
    """Return why a learner's answer would stop the notebook, as it follows "yours"; "" where it would not."""
    if is_blank(own):
        return UNWRITTEN
    if not callable(own):
        return f"is {_kind(own)}"
    for arguments in trials:
        expected = _tried(package, arguments, trial)
        try:
            answer = _tried(watched(own), arguments, trial)
        except Blank:
            return UNWRITTEN
        except Exception as error:
            return _raised(error)
        if why := UNWRITTEN if is_blank(answer) else _unlike(answer, expected):
            return why
    return ""


def _tried(function: Callable, arguments: Sequence[object], trial: Callable) -> object:
    """Call a function with copies; where its answer has a gradient, go back through it."""
    arguments = [copied(argument) for argument in arguments]
    with _guarded():
        answer = trial(function, *arguments)
        leaves = [one for one in arguments if isinstance(one, torch.Tensor) and one.requires_grad]
        if leaves and isinstance(answer, torch.Tensor) and answer.requires_grad:
            torch.autograd.grad(answer.sum(), leaves, allow_unused=True)
    return answer


@contextmanager
def _guarded() -> Iterator[None]:
    with SeededRandomness(0), torch.enable_grad(), redirect_stdout(io.StringIO()):
        yield


def _outputs(model_class: type[nn.Module], *sizes: object) -> torch.Tensor:
    """Return a new model's outputs for a batch of 4, having gone back through them to its parameters."""
    model = model_class(*sizes)
    outputs = model(torch.ones(4, sizes[0]))
    if isinstance(outputs, torch.Tensor) and outputs.requires_grad:
        torch.autograd.grad(outputs.sum(), list(model.parameters()), retain_graph=True, allow_unused=True)
    return outputs


def _unlike(answer: object, expected: object) -> str:
    """Return in what an answer differs from what is expected, apart from its numbers; "" where in nothing."""
    if isinstance(expected, torch.Tensor):
        if not isinstance(answer, torch.Tensor):
            return _another_kind(answer, "a tensor")
        if answer.shape != expected.shape and (answer.numel(), expected.numel()) != (1, 1):
            return f"returned shape {tuple(answer.shape)}, expected {tuple(expected.shape)}"
        if answer.dtype != expected.dtype:
            return f"returned {answer.dtype}, expected {expected.dtype}"
        if expected.requires_grad and not answer.requires_grad:
            return "returned no gradient"
        return "" if answer.isfinite().all() else f"returned {'nan' if answer.isnan().any() else 'infinity'}"
    if isinstance(expected, (tuple, list)):
        if not isinstance(answer, (tuple, list)) or len(answer) != len(expected):
            return _another_kind(answer, f"a {type(expected).__name__} of {len(expected)}")
        whys = (_unlike(part, wanted) for part, wanted in zip(answer, expected, strict=True))
        return next((f"{why}, as number {place}" for place, why in enumerate(whys, 1) if why), "")
    if isinstance(answer, torch.Tensor) and answer.numel() == 1:
        answer = answer.item()
    if not isinstance(answer, Real):
        return _another_kind(answer, "a number")
    return "" if math.isfinite(answer) else f"returned {float(answer)}"


def _another_kind(answer: object, expected: str) -> str:
    length = f" of {len(answer)}" if isinstance(answer, (tuple, list)) else ""
    return "returned None" if answer is None else f"returned {_kind(answer)}{length}, expected {expected}"


def _raised(error: Exception) -> str:
    if "ellipsis" in str(error).lower():
        return UNWRITTEN  # it computes with the stub's dots
    return textwrap.shorten(f"raised {type(error).__name__}: {error}", 80, placeholder=" …")


def _name(own: object, noun: str) -> str:
    name = getattr(own, "__name__", noun)
    return noun if name == "<lambda>" else name


def _kind(answer: object) -> str:
    return "None" if answer is None else f"a {type(answer).__name__}"
