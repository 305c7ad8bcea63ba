"""The third explorer of lesson 07: how sure an answer is, and what cross-entropy charges for it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons.losses.confidence_picture import ConfidencePicture, finite
from mlp_tutorial.lessons.losses.own_loss import Criterion, gradient_of, one_number, own_name
from mlp_tutorial.lessons.shared.probability_bars import SPECIES, logit_sliders
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, log_slider, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.programs import Program, code_of
from mlp_tutorial.utils.errors import check_known, check_positive
from mlp_tutorial.utils.wording import number

#: Logarithms of the odds p / (1 − p) for which the curve is computed.
LOG_ODDS = torch.linspace(-9, 9, 145)


def explore_confidence(
    cross_entropy: Criterion | None = None,
    *,
    logits: Sequence[float] = (2.0, 0.0, -1.0),
    right: str = "Adelie",
    smoothing: float = 0.0,
    scale: float = 1.0,
) -> ConfidenceExplorer:
    """Make an answer surer or less sure, right or wrong, and see what cross-entropy charges.

    Parameters
    ----------
    cross_entropy : callable, optional
        A loss of your own, `cross_entropy(logits, y)`, with logits of shape (batch, 3) and class numbers of shape (batch,),
        in place of PyTorch's. Where it would stop the notebook, PyTorch's
        stands in.
    logits : sequence of three floats, default (2.0, 0.0, -1.0)
        For Adelie, Chinstrap and Gentoo.
    right : {"Adelie", "Chinstrap", "Gentoo"}, default "Adelie"
        The penguin's true species.
    smoothing : float, default 0.0
        Label smoothing, from 0 to 1; a loss of your own has none.
    scale : float, default 1.0
        A number that all three logits are multiplied by.

    Returns
    -------
    ConfidenceExplorer
        Shown by JupyterLab as sliders above the picture. `loss`, `probabilities` and `gradient` hold its numbers.

    Raises
    ------
    TypeError, ValueError
        If there are not three logits, the class is unknown, the smoothing is not between 0 and 1, or the loss does not
        return one number.

    References
    ----------
    C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens and Z. Wojna, "Rethinking the Inception architecture for computer
    vision", CVPR 2016 (label smoothing).

    Examples
    --------
    >>> explorer = explore_confidence(logits=(0.0, 0.0, 0.0))
    >>> round(explorer.loss, 3), [round(slope, 2) for slope in explorer.gradient]
    (1.099, [-0.67, 0.33, 0.33])
    """
    check_known("class", right, SPECIES)
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must be between 0 and 1; it is {smoothing!r}.")
    check_positive("scale", scale)
    return ConfidenceExplorer(cross_entropy, logits, right, smoothing, scale).shown()


class ConfidenceExplorer(Explorer):
    """What `explore_confidence` returns: `loss`, `probabilities` and `gradient` for the logits shown."""

    def __init__(
        self, cross_entropy: Criterion | None, logits: Sequence[float], right: str, smoothing: float, scale: float
    ) -> None:
        self._own, self._stand_in = None, ""
        if cross_entropy is not None:
            trial = torch.tensor([logits]).float().requires_grad_(), torch.tensor([SPECIES.index(right)])
            chosen = stand_in(cross_entropy, F.cross_entropy, trial, noun="loss", called="PyTorch's")
            self._own, self._stand_in = None if chosen.why else cross_entropy, chosen.note
        self._whose = own_name(self._own) if self._own else "cross-entropy"
        controls = logit_sliders(logits, 5)
        if cross_entropy is None:
            controls["smoothing"] = float_slider("smoothing", smoothing, 0, 0.5, 0.05)
        controls["scale"] = log_slider("all logits ×", scale, 0.1, 1000)
        controls["right"] = menu("true species", right, SPECIES)
        canvas = Canvas(640, 260)
        self.picture = ConfidencePicture(canvas, self._whose)
        super().__init__(canvas, controls, top=tuple(controls)[:4], buttons=("show code",))

    def _measure(self, logits: torch.Tensor, right: int, smoothing: float) -> torch.Tensor:
        y = torch.tensor([right])
        return one_number(self._own(logits, y) if self._own else F.cross_entropy(logits, y, label_smoothing=smoothing))

    def work(self) -> None:
        """Compute probabilities, loss and gradient for the sliders' logits."""
        *values, scale, name = self.values().values()
        smoothing, right = values.pop() if "smoothing" in self.controls else 0.0, SPECIES.index(name)
        logits = (torch.tensor([values]) * scale).requires_grad_()  # (1, 3)
        with torch.enable_grad():
            loss = self._measure(logits, right, smoothing)
            gradient = gradient_of(loss, logits)
        self.curve = LOG_ODDS.sigmoid(), self._losses_along(logits.detach(), right, smoothing)
        self._shown = values, right, smoothing, scale
        self.loss, self.gradient = loss.item(), gradient[0].tolist()
        self.probabilities = logits.detach().softmax(1)[0].tolist()
        self.targets = [smoothing / len(SPECIES) + (1 - smoothing) * (k == right) for k in range(len(SPECIES))]
        self.answer = max(range(len(SPECIES)), key=self.probabilities.__getitem__)

    def draw(self) -> bool:
        """Draw probabilities, loss and gradient."""
        _, right, *_ = self._shown
        return self.picture.update(right, self.loss, self.curve, self.probabilities, self.targets, self.gradient)

    def _losses_along(self, logits: torch.Tensor, right: int, smoothing: float) -> torch.Tensor:
        """Return the losses when the logit of the true class alone is moved, for all of `LOG_ODDS`."""
        others = logits[0, torch.arange(len(SPECIES)) != right]
        moved = logits.repeat(len(LOG_ODDS), 1)  # (points, 3)
        moved[:, right] = others.logsumexp(0) + LOG_ODDS
        return torch.stack([self._measure(row, right, smoothing) for row in moved.split(1)]).detach()

    def status(self) -> tuple[list[str], str]:
        """Return probability, loss and answer; below, what to make of them."""
        _, right, *_ = self._shown
        p = self.probabilities[right]
        share = f"{p:.2f}" if p >= 0.005 or p == 0 else f"{p:.1g}"
        answer = f"answer {SPECIES[self.answer]}: {'right' if self.answer == right else 'wrong'}"
        parts = [f"probability of the true species {share}", f"loss {finite(self.loss)}", answer]
        return parts, self._in_words()

    def _in_words(self) -> str:
        _, right, smoothing, _ = self._shown
        p = self.probabilities[right]
        if self._stand_in:
            return self._stand_in
        if not math.isfinite(self.loss):
            return f"The loss is {self.loss}: e^logit became infinite, or a probability 0, in float32."
        if smoothing and p > self.targets[right] + 0.005:
            return f"Surer than the target {self.targets[right]:.2f}: with label smoothing, that costs again."
        if self._own:
            return "By autograd, from your own function."
        if self.answer != right and p < 0.1:
            return "Sure and wrong: the loss grows without limit, and the gradient is almost as large as it can be."
        return "The gradient of a logit is its probability minus its target."

    def sentence(self) -> str:
        """Return logits, probabilities and loss."""
        values, right, smoothing, scale = self._shown
        logits = ", ".join(f"{name} {number(z, 1)}" for name, z in zip(SPECIES, values, strict=True))
        shares = ", ".join(f"{p:.2f}" for p in self.probabilities)
        slopes = ", ".join(finite(slope) for slope in self.gradient)
        return (
            f"Logits: {logits}{f', all × {scale:g}' if scale != 1 else ''}; probabilities {shares}; true species "
            f"{SPECIES[right]}{f', label smoothing {smoothing:g}' if smoothing else ''}. Loss by {self._whose} "
            f"{finite(self.loss)}, gradient of the logits {slopes}. {self._in_words()}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints this loss and its gradient."""
        values, right, smoothing, scale = self._shown
        criterion = code_of(self._own or nn.CrossEntropyLoss(label_smoothing=smoothing), "own_criterion")
        return Program(
            sources=(criterion,),
            data=f"""\
logits = torch.tensor([{values}]) * {scale}  # (1, 3)
logits.requires_grad_()
y = torch.tensor([{right}])  # {SPECIES[right]}""",
            criterion=f"criterion = {criterion.expression}",
            report="""\
loss = criterion(logits, y)
loss.backward()
print(f"loss {loss.item():.6f}")
print("gradient", logits.grad[0].tolist())""",
        ).text()
