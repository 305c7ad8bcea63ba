"""One sample on its way through a network: the whole pass above, and below it the newest number with its terms."""

from __future__ import annotations

from collections.abc import Sequence

from mlp_tutorial.lessons.forward_pass.rules import Stage
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.cells import CellColumns
from mlp_tutorial.plots.style import Picture

#: Middle of the first column of the pass, distance of two columns, and height of the top row, in pixels.
FIRST, PITCH, TOP = 64, 67, 288
#: How far right of its column the name of a layer stands: a hidden layer's over two columns, z and a.
NAME_SHIFTS = {"z": PITCH / 2, "logits": -5, "p": 0}


class ForwardPicture(Picture):
    """The whole pass as columns of cells, and below it the newest number with its terms, in pixels, 612 × 350.

    What a step leaves as it is (labels, weights) lies in the background; the numbers of the pass move over it.
    """

    def __init__(self, canvas: Canvas) -> None:
        centred = {"ha": "center", "va": "center", "fontsize": 8}
        with canvas.drawing() as figure:
            axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 612), ylim=(0, 350))
            axes.axis("off")
            axes.axhline(187, color="#D5DADD", linewidth=1)
            symbols = "x: standardised input    z: pre-activations    a: activations    p: probabilities"
            colours = "blue: below 0    orange: above 0    empty: not computed yet"
            legend = f"{colours}    black frame: this step    brown: its inputs"
            for height, words in ((197, symbols), (9, legend)):
                axes.text(306, height, words, color="#555555", **centred)
            self.cells = CellColumns(axes, weight="normal", **centred)
        self.moving = self.cells.moving.artists
        canvas.set_moving(self.moving)

    def update(self, stages: Sequence[Stage], counts: Sequence[int], whose: str) -> bool:
        """Show the numbers computed so far, so many of each stage, and how the newest one comes about."""
        current = sum(count > 0 for count in counts) - 1
        newest_stage, unit = stages[current], counts[current] - 1
        sources = newest_stage.sources(unit)
        columns = [FIRST + PITCH * index for index in range(len(stages) + 1)]
        self.cells.clear()
        self.cells.write((columns[0] + columns[1]) / 2, 338, whose, kept=False, weight="bold")
        self.cells.write(columns[0], 312, "in mm")
        raw = stages[0].before.tolist()
        self.cells.column(columns[0], raw, sources if current == 0 else (), plain=True, top=TOP)
        self.cells.labels(FIRST - 25, ("length", "depth"), top=TOP)
        self.cells.labels(columns[-1] + 25, stages[-1].names, top=TOP, ha="left")
        for index, (stage, count, column) in enumerate(zip(stages, counts, columns[1:], strict=True)):
            if stage.symbol in NAME_SHIFTS:
                self.cells.write(column + NAME_SHIFTS[stage.symbol], 338, stage.place, weight="bold")
            self.cells.write(column, 312, f"{stage.symbol} ({len(stage.values)},)")
            newest = unit if index == current else None
            self.cells.column(column, stage.first(count), sources if index == current - 1 else (), newest, top=TOP)
        newest_stage.draw(self.cells, unit)
        self.cells.write(306, 171, newest_stage.equation(unit), kept=False, weight="bold", fontsize=8.5)
        self.cells.show()
        return self.changed((current, unit))
