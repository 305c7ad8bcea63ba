"""The softmax explorer of lesson 04: three logits, their exponentials, and what a softmax makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch

from mlp_tutorial.lessons.shared.probability_bars import SPECIES, ProbabilityBars, logit_sliders
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, long
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import CLASS_COLOURS, CLASS_MARKERS, Picture

#: Beyond these logits exp is infinite, or 0, in float32.
OVERFLOW, UNDERFLOW = 88.72, -103.97
#: PyTorch's softmax over the classes.
TORCH_SOFTMAX = partial(torch.softmax, dim=1)


def explore_softmax(
    softmax: Callable[[torch.Tensor], torch.Tensor] = TORCH_SOFTMAX,
    *,
    logits: Sequence[float] = (2.0, 1.0, 0.0),
    added: float | None = None,
) -> SoftmaxExplorer:
    """Turn three logits into probabilities, with a softmax of your own or PyTorch's.

    Parameters
    ----------
    softmax : callable, default PyTorch's
        Takes logits of shape (1, 3), returns probabilities of the same shape. Where it would stop
        the notebook, PyTorch's is shown.
    logits : sequence of three floats, default (2.0, 1.0, 0.0)
        For Adelie, Chinstrap and Gentoo.
    added : float, optional
        A number that is added to all three; where it is given, it has a slider, and the picture reaches to where float32
        gives up. By default the picture shows logits from −8 to 8.

    Returns
    -------
    SoftmaxExplorer
        Shown by JupyterLab as sliders above the picture. `probabilities` holds the result.

    Raises
    ------
    ValueError
        If there are not three logits.

    Examples
    --------
    >>> explore_softmax(logits=(1.0, 1.0, 1.0)).status_line.text
    'probabilities: Adelie 0.333, Chinstrap 0.333, Gentoo 0.333 · sum 1.00'
    """
    return SoftmaxExplorer(softmax, logits, added).shown()


class SoftmaxPicture(Picture):
    """The logits with their exponentials on the left, the probabilities as bars on the right."""

    def __init__(self, canvas: Canvas, whose: str, reach: float) -> None:
        with canvas.drawing() as figure:
            left, right = figure.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": [1.15, 1]})
            figure.subplots_adjust(left=0.12, right=0.975, bottom=0.2, top=0.88, wspace=0.08)
            left.set(xlim=(-1.08 * reach, 1.08 * reach), ylim=(2.6, -0.6), xlabel="logit", title="logits, and e^logit")
            if reach > OVERFLOW:
                left.set(xlabel="logit, with what is added to all", title="logits, and e^logit in float32")
                left.axvspan(OVERFLOW, 130, color="#F6D5D5", linewidth=0)
                left.axvspan(-130, UNDERFLOW, color="#E3E3E3", linewidth=0)
                left.text(109, 2.45, "inf", ha="center", fontsize=8, color="#8A1C1C")
                left.text(-117, 2.45, "0", ha="center", fontsize=8, color="#444444")
            right.set(xlim=(0, 1.19), xlabel="probability", title=drawable(f"by {whose}"))
            right.tick_params(labelleft=False)
            self.bars = ProbabilityBars(right, SPECIES)
            self.points, self.powers, self._reach = [], [], 0.7 * reach
            for row in range(len(SPECIES)):
                look = {"color": CLASS_COLOURS[row], "markersize": 7, "clip_on": False}
                self.points += left.plot([0], [row], CLASS_MARKERS[row], **look)
                self.powers.append(left.text(0, row - 0.22, "", fontsize=8, ha="center"))
        self.moving = [*self.points, *self.powers, *self.bars.moving]
        canvas.set_moving(self.moving)

    def update(self, logits: torch.Tensor, probabilities: torch.Tensor) -> bool:
        """Show three logits, and what a softmax has made of them."""
        for point, power, logit in zip(self.points, self.powers, logits, strict=True):
            point.set_xdata([logit.item()])
            power.set(text=f"e^logit = {logit.exp().item():.3g}", x=logit.clamp(-self._reach, self._reach).item())
        return self.bars.update(probabilities.tolist())


class SoftmaxExplorer(Explorer):
    """What `explore_softmax` returns: the sliders' `logits`, and `probabilities`, the softmax of them."""

    def __init__(
        self, softmax: Callable[[torch.Tensor], torch.Tensor], logits: Sequence[float], added: float | None
    ) -> None:
        first = torch.tensor([logits]).float()  # (1, 3)
        chosen = stand_in(
            softmax,
            TORCH_SOFTMAX,
            (first,),
            noun="softmax",
            called="torch.softmax",
            use=lambda own: own(first + (added or 0)),
        )
        self._softmax, self.remark = chosen.function, chosen.note
        self._whose = "torch.softmax" if self._softmax is TORCH_SOFTMAX else chosen.name
        controls = logit_sliders(logits, 8)
        if added is not None:
            controls["added"] = long(float_slider("added to all", added, -120, 120, 1.0))
        canvas = Canvas(612, 220)
        self.picture = SoftmaxPicture(canvas, self._whose, max(8, *map(abs, logits)) if added is None else 120)
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def work(self) -> None:
        """Compute the probabilities of the sliders' logits."""
        *values, added = self._logits_and_added()
        logits = torch.tensor([values]) + added  # (1, 3)
        self.logits, self.probabilities = logits, self._softmax(logits.clone()).detach()[0]

    def _logits_and_added(self) -> list[float]:
        values = {"added": 0.0, **self.values()}
        return [*(float(values[name.lower()]) for name in SPECIES), float(values["added"])]

    def draw(self) -> bool:
        """Draw logits and probabilities."""
        return self.picture.update(self.logits[0], self.probabilities)

    def status(self) -> tuple[list[str], str]:
        """Return the probabilities and their sum; below, what went wrong where something did."""
        shares = ", ".join(f"{name} {p:.3f}" for name, p in zip(SPECIES, self.probabilities.tolist(), strict=True))
        parts = [f"probabilities: {shares}", f"sum {self.probabilities.sum().item():.2f}"]
        powers = self.logits.exp()
        if self.probabilities.isfinite().all():
            if powers.isfinite().all() and powers.sum().isinf() and not self.probabilities.any():
                return parts, "Each e^logit is finite, but their sum is infinite in float32, and a number / inf is 0."
            off = (self.probabilities - self.logits[0].softmax(0)).abs().max() > 0.0005
            tiny = powers.max() < torch.finfo(torch.float32).tiny
            return parts, "float32 has few digits left for an e^logit as small as these." if off and tiny else ""
        if powers.isinf().any():
            return parts, "e^logit is infinite in float32, and inf / inf is no number: nan."
        return parts, "Every e^logit is 0 in float32, and 0 / 0 is no number: nan."

    def sentence(self) -> str:
        """Return logits and probabilities."""
        logits = ", ".join(f"{name} {z:.1f}" for name, z in zip(SPECIES, self.logits[0].tolist(), strict=True))
        text, note = self.status()
        return f"Logits: {logits}; {'; '.join(text)}, by {self._whose}. {note}".strip()

    def program(self) -> str:
        """Return the plain PyTorch program that prints these probabilities."""
        *logits, added = self._logits_and_added()
        return f"""\
import torch

logits = torch.tensor([{logits}]) + {added}  # (1, 3)
powers = logits.exp()
print("by the formula", (powers / powers.sum(1, keepdim=True)).tolist())
print("by torch.softmax", logits.softmax(1).tolist())
"""
