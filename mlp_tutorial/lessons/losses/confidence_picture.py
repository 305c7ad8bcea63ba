"""How sure an answer is, in bars and numbers, and the loss against the probability of the true species."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from mlp_tutorial.lessons.shared.probability_bars import SPECIES, ProbabilityBars
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import CLASS_COLOURS, Picture
from mlp_tutorial.utils.wording import number

#: The highest loss that the picture has room for.
HIGHEST_LOSS = 8.0
#: The columns of numbers, each with the place of its right edge.
COLUMNS = {"p": 1.3, "target": 1.64, "gradient": 2.09}


class ConfidencePicture(Picture):
    """Probabilities, targets and gradients on the left; on the right the loss, as a point on its curve."""

    def __init__(self, canvas: Canvas, whose: str) -> None:
        rows = range(len(SPECIES))
        with canvas.drawing() as figure:
            left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.1, 1]})
            figure.subplots_adjust(left=0.115, right=0.98, bottom=0.18, top=0.88, wspace=0.17)
            left.set(xlim=(0, 2.12), ylim=(2.6, -0.75), xlabel="probability")
            left.grid(False)
            left.axvline(1, color="#dddddd", linewidth=0.8)
            for name, place in COLUMNS.items():
                left.text(place, -0.5, name, ha="right", va="center", fontsize=8)
            left.text(0.02, -0.5, "black mark: target", va="center", fontsize=8)
            self.bars = ProbabilityBars(left, SPECIES, numbers_at=COLUMNS["p"])
            self.targets, self.gradients = (
                [left.text(COLUMNS[name], row, "", fontsize=8, va="center", ha="right") for row in rows]
                for name in ("target", "gradient")
            )
            black = {"color": "black", "linewidth": 3}
            self.marks = [left.plot([0, 0], [row - 0.34, row + 0.34], **black)[0] for row in rows]
            right.set(xlim=(0, 1), ylim=(0, HIGHEST_LOSS), xlabel="probability of the true species", ylabel="loss")
            squared = torch.linspace(0, 1, 50)
            thin = {"color": "#777777", "linewidth": 1.1}
            right.plot(squared, (1 - squared) ** 2, linestyle=(0, (1.5, 1.2)), label="(1 − p)²", **thin)
            surer = torch.linspace(0.0002, 1, 400)
            right.plot(surer, -surer.log(), linestyle=(0, (5, 2)), label="−log p", **thin)
            (self.curve,) = right.plot([], [], color=CLASS_COLOURS[9], linewidth=2.4, label=drawable(whose))
            right.legend(loc="upper right")
            (self.point,) = right.plot([0], [0], "o", color="black", markersize=7, clip_on=False, zorder=5)
            self.titles = [axes.set_title(" ") for axes in (left, right)]
        texts = [*self.targets, *self.gradients, *self.titles]
        self.moving = [*self.bars.moving, *self.marks, self.curve, self.point, *texts]
        canvas.set_moving(self.moving)

    def update(self, right: int, loss: float, curve: Sequence[torch.Tensor], *numbers: Sequence[float]) -> bool:
        """Show the true species' number, the loss on its curve, and of each species three numbers as in `COLUMNS`."""
        probabilities, targets, gradient = numbers
        self.bars.update(probabilities)
        for row, (target, slope) in enumerate(zip(targets, gradient, strict=True)):
            self.targets[row].set_text(f"{target:.2f}")
            self.gradients[row].set_text(finite(slope))
            self.marks[row].set_xdata([target, target])
        self.curve.set_data(*curve)
        inside = math.isfinite(loss) and loss <= HIGHEST_LOSS
        self.point.set_data([probabilities[right]], [loss if inside else HIGHEST_LOSS])
        self.point.set(marker="o" if inside else "^", visible=not math.isnan(loss))
        article = "an" if SPECIES[right][0] in "AEIOU" else "a"
        self.titles[0].set_text(f"the penguin is {article} {SPECIES[right]}")
        self.titles[1].set_text(f"loss {finite(loss)}")
        return False


def finite(value: float) -> str:
    """Return a number with two decimals, or the word for one that is not finite."""
    return number(value, 2) if math.isfinite(value) else str(value)
