"""The third explorer of lesson 07: how sure an answer is, and what cross-entropy charges for it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons.losses.own_loss import Criterion, is_stub, own_name
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, log_slider, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import CLASS_COLOURS, STYLE
from mlp_tutorial.programs import Program, code_of
from mlp_tutorial.utils.errors import unknown_name
from mlp_tutorial.utils.wording import number

#: The three classes, in the order of the penguins' class numbers.
CLASSES = ("Adelie", "Chinstrap", "Gentoo")
#: The highest loss that the picture has room for.
HIGHEST_LOSS = 8.0
#: The columns of numbers, each with the place of its right edge.
COLUMNS = {"p": 1.3, "target": 1.64, "gradient": 2.09}
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
        in place of PyTorch's. While it is still a stub, PyTorch's stands in.
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
    if len(logits) != len(CLASSES):
        raise ValueError(f"Give three logits, for {', '.join(CLASSES)}; there are {len(logits)}.")
    if right not in CLASSES:
        raise ValueError(unknown_name("class", right, CLASSES))
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must be between 0 and 1; it is {smoothing!r}.")
    if not scale > 0:
        raise ValueError(f"scale must be greater than 0; it is {scale!r}.")
    return ConfidenceExplorer(cross_entropy, logits, right, smoothing, scale).shown()


class ConfidenceExplorer(Explorer):
    """What `explore_confidence` returns: `loss`, `probabilities` and `gradient` for the logits shown."""

    def __init__(
        self, cross_entropy: Criterion | None, logits: Sequence[float], right: str, smoothing: float, scale: float
    ) -> None:
        self._stub = cross_entropy is not None and is_stub(
            cross_entropy, torch.zeros(1, len(CLASSES)), torch.zeros(1, dtype=torch.int64)
        )
        self._own = None if self._stub else cross_entropy
        self._whose = own_name(self._own) if self._own else "cross-entropy"
        self._curve_of: tuple = ()
        canvas = Canvas(640, 260)
        with matplotlib.rc_context(STYLE):
            self._lay_out(canvas)
        controls = {
            name.lower(): float_slider(f"logit {name}", value, -5, 5)
            for name, value in zip(CLASSES, logits, strict=True)
        }
        controls["smoothing"] = float_slider("smoothing", smoothing, 0, 0.5, 0.05)
        controls["scale"] = log_slider("all logits ×", scale, 0.1, 1000)
        controls["right"] = menu("true species", right, list(CLASSES))
        if cross_entropy is not None:
            del controls["smoothing"]
        fourth = "smoothing" if "smoothing" in controls else "scale"
        top = (*(name.lower() for name in CLASSES), fourth)
        super().__init__(canvas, controls, top=top, buttons=("show code",))

    def _lay_out(self, canvas: Canvas) -> None:
        left, right = canvas.figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.1, 1]})
        canvas.figure.subplots_adjust(left=0.115, right=0.98, bottom=0.18, top=0.88, wspace=0.17)
        rows = range(len(CLASSES))
        left.set(xlim=(0, 2.12), ylim=(2.6, -0.75), xlabel="probability")
        left.set_xticks([0, 0.25, 0.5, 0.75, 1])
        left.set_yticks(rows, CLASSES)
        left.grid(False)
        left.axvline(1, color="#dddddd", linewidth=0.8)
        for name, place in COLUMNS.items():
            left.text(place, -0.5, name, ha="right", va="center", fontsize=8)
        left.text(0.02, -0.5, "black mark: target", va="center", fontsize=8)
        self._bars = left.barh(rows, [0] * len(CLASSES), height=0.5, color=CLASS_COLOURS[: len(CLASSES)])
        self._numbers = [
            [left.text(place, row, "", fontsize=8, va="center", ha="right") for place in COLUMNS.values()]
            for row in rows
        ]
        self._marks = [left.plot([0, 0], [row - 0.34, row + 0.34], color="black", linewidth=3)[0] for row in rows]
        right.set(xlim=(0, 1), ylim=(0, HIGHEST_LOSS), xlabel="probability of the true species", ylabel="loss")
        squared = torch.linspace(0, 1, 50)
        thin = {"color": "#777777", "linewidth": 1.1}
        right.plot(squared, (1 - squared) ** 2, linestyle=(0, (1.5, 1.2)), label="(1 − p)²", **thin)
        surer = torch.linspace(0.0002, 1, 400)
        right.plot(surer, -surer.log(), linestyle=(0, (5, 2)), label="−log p", **thin)
        (self._curve,) = right.plot([], [], color=CLASS_COLOURS[9], linewidth=2.4, label=drawable(self._whose))
        right.legend(loc="upper right")
        (self._dot,) = right.plot([0], [0], "o", color="black", markersize=7, clip_on=False, zorder=5)
        self._titles = [axes.set_title(" ") for axes in (left, right)]
        canvas.set_moving(
            [
                *self._bars,
                *self._marks,
                *(text for row in self._numbers for text in row),
                self._curve,
                self._dot,
                *self._titles,
            ]
        )

    def _settings(self) -> tuple[list[float], int, float, float]:
        """Return logits, number of the true class, smoothing and scale; a slider in the page sends 0.7999… for 0.8."""
        logits = [round(self.controls[name.lower()].value, 9) for name in CLASSES]
        smoothing = round(self.controls["smoothing"].value, 9) if "smoothing" in self.controls else 0.0
        return logits, CLASSES.index(self.controls["right"].value), smoothing, self.controls["scale"].value

    def _measure(self, logits: torch.Tensor, right: int, smoothing: float) -> torch.Tensor:
        y = torch.tensor([right])
        loss = self._own(logits, y) if self._own else F.cross_entropy(logits, y, label_smoothing=smoothing)
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
            kind = f"shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else f"a {type(loss).__name__}"
            raise ValueError(f"The loss must return one number, as a tensor; it returned {kind}. Try .mean().")
        return loss.reshape(())

    def draw(self) -> bool:
        """Compute probabilities, loss and gradient for the sliders' logits, and draw them."""
        values, right, smoothing, scale = self._settings()
        if not 0 <= smoothing <= 1:
            raise ValueError(f"smoothing must be between 0 and 1; it is {smoothing!r}.")
        logits = (torch.tensor([values]) * scale).requires_grad_()  # (1, 3)
        with torch.enable_grad():
            loss = self._measure(logits, right, smoothing)
            gradient = torch.zeros_like(logits)
            if loss.requires_grad:
                (gradient,) = torch.autograd.grad(loss, logits, allow_unused=True, materialize_grads=True)
        curve = self._losses_along(logits.detach(), right, smoothing)
        self._shown = values, right, smoothing, scale
        self.loss, self.gradient = loss.item(), gradient[0].tolist()
        self.probabilities = logits.detach().softmax(1)[0].tolist()
        self.targets = [smoothing / len(CLASSES) + (1 - smoothing) * (k == right) for k in range(len(CLASSES))]
        for row, (share, target, slope) in enumerate(zip(self.probabilities, self.targets, self.gradient, strict=True)):
            self._bars[row].set_width(share)
            texts = (f"{share:.2f}", f"{target:.2f}", _finite(slope))
            for shown, text in zip(self._numbers[row], texts, strict=True):
                shown.set_text(text)
            self._marks[row].set_xdata([target, target])
        self._curve.set_data(LOG_ODDS.sigmoid(), curve)
        inside = math.isfinite(self.loss) and self.loss <= HIGHEST_LOSS
        self._dot.set_data([self.probabilities[right]], [self.loss if inside else HIGHEST_LOSS])
        self._dot.set_marker("o" if inside else "^")
        self._dot.set_visible(not math.isnan(self.loss))
        self._titles[0].set_text(f"the penguin is {_with_article(CLASSES[right])}")
        self._titles[1].set_text(f"loss {_finite(self.loss)}")
        return False

    def _losses_along(self, logits: torch.Tensor, right: int, smoothing: float) -> torch.Tensor:
        """Return the losses when the logit of the true class alone is moved, for all of `LOG_ODDS`."""
        others = torch.cat([logits[0, :right], logits[0, right + 1 :]])
        key = (tuple(others.tolist()), right, smoothing)
        if key != self._curve_of:
            rest = others.logsumexp(0)
            losses = []
            for log_odds in LOG_ODDS:
                moved = logits.clone()
                moved[0, right] = rest + log_odds
                losses.append(self._measure(moved, right, smoothing))
            self._curve_of, self._curve_losses = key, torch.stack(losses).detach()
        return self._curve_losses

    def status(self) -> tuple[list[str], str]:
        """Return probability, loss and answer; below, what to make of them."""
        _, right, *_ = self._shown
        p = self.probabilities[right]
        parts = [
            f"probability of the true species {_share(p)}",
            f"loss {_finite(self.loss)}",
            f"answer {CLASSES[self._answer()]}: {'right' if self._answer() == right else 'wrong'}",
        ]
        return parts, self._in_words()

    def _answer(self) -> int:
        return max(range(len(CLASSES)), key=self.probabilities.__getitem__)

    def _in_words(self) -> str:
        _, right, smoothing, _ = self._shown
        p = self.probabilities[right]
        if self._stub:
            return "Your loss is not written yet: PyTorch's stands in."
        if not math.isfinite(self.loss):
            return f"The loss is {self.loss}: e^logit became infinite, or a probability 0, in float32."
        if smoothing and p > self.targets[right] + 0.005:
            return f"Surer than the target {self.targets[right]:.2f}: with label smoothing, that costs again."
        if self._own:
            return "By autograd, from your own function."
        if self._answer() != right and p < 0.1:
            return "Sure and wrong: the loss grows without limit, and the gradient is almost as large as it can be."
        return "The gradient of a logit is its probability minus its target."

    def sentence(self) -> str:
        """Return logits, probabilities and loss."""
        values, right, smoothing, scale = self._shown
        logits = ", ".join(f"{name} {number(z, 1)}" for name, z in zip(CLASSES, values, strict=True))
        shares = ", ".join(f"{p:.2f}" for p in self.probabilities)
        slopes = ", ".join(_finite(slope) for slope in self.gradient)
        return (
            f"Logits: {logits}{f', all × {scale:g}' if scale != 1 else ''}; probabilities {shares}; true species "
            f"{CLASSES[right]}{f', label smoothing {smoothing:g}' if smoothing else ''}. Loss by {self._whose} "
            f"{_finite(self.loss)}, gradient of the logits {slopes}. "
            f"{self._in_words()}"
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
y = torch.tensor([{right}])  # {CLASSES[right]}""",
            criterion=f"criterion = {criterion.expression}",
            report="""\
loss = criterion(logits, y)
loss.backward()
print(f"loss {loss.item():.6f}")
print("gradient", logits.grad[0].tolist())""",
        ).text()


def _finite(value: float) -> str:
    return number(value, 2) if math.isfinite(value) else str(value)


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIOU" else f"a {name}"


def _share(p: float) -> str:
    return f"{p:.2f}" if p >= 0.005 or p == 0 else f"{p:.1g}"
