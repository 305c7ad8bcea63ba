"""The live picture of lesson 09: a digit, and beside it the probabilities of the ten answers."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mlp_tutorial.lessons.putting_it_together.digit_pictures import SIDE, draw_digit
from mlp_tutorial.lessons.shared.probability_bars import ProbabilityBars
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import Picture


class AnswerPicture(Picture):
    """A digit on the left, the probabilities of its ten classes on the right; where it is drawn on, pixels are numbered."""

    def __init__(self, canvas: Canvas, names: Sequence[str], label: str, *, numbered: bool = False) -> None:
        self._names = names
        with canvas.drawing() as figure:
            self.paper, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1, 1.35]})
            left_edge = 0.05 if numbered else 0.02
            figure.subplots_adjust(left=left_edge, right=0.975, bottom=0.17, top=0.9, wspace=0.34)
            self.image, self.title = draw_digit(self.paper, torch.zeros(SIDE * SIDE)), self.paper.set_title("")
            if numbered:
                self.paper.set(xticks=range(SIDE), yticks=range(SIDE), xlabel="column", ylabel="row")
                self.paper.tick_params(length=0)
            self.paper.grid(False)
            right.set(xlim=(0, 1.3), ylim=(9.6, -0.6), xlabel=drawable(label), ylabel="answer")
            self.bars = ProbabilityBars(right, names, height=0.7, gap=0.015)
        self.moving = [self.image, *self.paper.spines.values(), self.title, *self.bars.moving]
        canvas.set_moving(self.moving)

    def update(self, title: str, pixels: torch.Tensor, shares: torch.Tensor, true: int | None = None) -> bool:
        """Show a digit and what a network says about it; true is the class that is right, None where none is known."""
        self.image.set_data(pixels.reshape(SIDE, SIDE).numpy())
        self.title.set_text(title)
        return self.bars.update_answer(shares.tolist(), true)
