"""The live picture of lesson 10: a sheet with a digit that moves, and beside it what two networks answer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.patches import Rectangle

from mlp_tutorial.lessons.shared.probability_bars import ProbabilityBars
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import Picture

REACH = 1.85  # of the axis of probabilities: a word has room behind the longest bar


class MovedDigitPicture(Picture):
    """A sheet of `side` × `side` pixels, a frame inside its `margin`, and the probabilities that each network gives."""

    def __init__(
        self, canvas: Canvas, networks: Sequence[str], class_names: Sequence[str], *, side: int, margin: int
    ) -> None:
        with canvas.drawing() as figure:
            self.paper = figure.add_axes((0.01, 0.08, 0.4, 0.82))
            self.paper.set(xticks=[], yticks=[], title="the digit, and where it was written")
            self.paper.grid(False)
            self.image = self.paper.imshow(torch.zeros(side, side).numpy(), cmap="gray_r", vmin=0, vmax=1)
            inner = side - 2 * margin
            self.frame = Rectangle([margin - 0.5] * 2, inner, inner, fill=False, linestyle="--", edgecolor="#888888")
            self.paper.add_patch(self.frame)
            self.bars, self.titles = [], []
            for number, _ in enumerate(networks):
                axes = figure.add_axes((0.49 + 0.265 * number, 0.15, 0.235, 0.75))
                axes.set(xlim=(0, REACH), ylim=(len(class_names) - 0.4, -0.6))
                self.bars.append(ProbabilityBars(axes, class_names, height=0.7, gap=0.03))
                axes.set_xticks([0, 0.5, 1])
                axes.set_xlabel("probability", x=0.5 / REACH)
                self.titles.append(axes.set_title("", loc="left"))
        self._networks, self._class_names = networks, class_names
        edges = self.paper.spines.values()
        bars = [artist for bars in self.bars for artist in bars.moving]
        self.moving = [self.image, self.frame, *edges, *self.titles, *bars]
        canvas.set_moving(self.moving)

    def update(self, sheet: torch.Tensor, shares: Sequence[torch.Tensor], true: int) -> bool:
        """Show a sheet, shape (side, side), the probabilities that each network gives, and the class that is right."""
        self.image.set_data(sheet.numpy())
        for name, title, bars, probabilities in zip(self._networks, self.titles, self.bars, shares, strict=True):
            title.set_text(f"{name}: {self._class_names[int(probabilities.argmax())]}")
            bars.update_answer(probabilities.tolist(), true)
        return False
