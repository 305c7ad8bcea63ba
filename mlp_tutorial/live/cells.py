"""Texts and table cells that a picture keeps ready, in layers: the background, and what moves over it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from ..plots.names import drawable
from ..plots.style import BELOW_AND_ABOVE_ZERO
from ..utils.wording import short_number

#: Size of a cell, distances of two columns and of two rows, and the height of the top row, in pixels.
CELL, PITCH, ROW, TOP_ROW = (40, 19), 42, 23, 112
#: Edges of the newest number's cell, of its terms', and of all others'; and how thick they are.
NEWEST, SOURCE, REST = "#000000", "#B34700", "#B5BDC3"
WIDTHS = {NEWEST: 2.2, SOURCE: 1.5, REST: 0.8}


def cell_colour(value: float) -> tuple[float, ...]:
    """Return the colour of a number: squashed, so that 0.3 and 3 both have one."""
    return BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / (abs(value) + 1.5))


class Layer:
    """Shapes and, over them, texts in one style: `clear`, write what is to be seen, and `show` it.

    Every text costs a millisecond, a collection of shapes little more, so both are made once and moved.
    """

    def __init__(self, axes: Axes, most_texts: int, **style: object) -> None:
        self._style = style
        self.shapes = axes.add_collection(PolyCollection([]))
        self.texts = [axes.text(0, 0, "") for _ in range(most_texts)]
        self.artists: list[Artist] = [self.shapes, *self.texts]  # from back to front
        self.clear()

    def clear(self) -> None:
        """Begin anew, with nothing written."""
        self._used = 0
        self._drawn: list[tuple] = []

    def write(self, x: float, y: float, words: str, **style: object) -> None:
        """Write a text at a place."""
        self.texts[self._used].set(position=(x, y), text=drawable(words), visible=True, **self._style | style)
        self._used += 1

    def shape(self, corners: Sequence, face: object, edge: str = "#FFFFFF", width: float = 1.0) -> None:
        """Draw a shape; its width is that of the edge, in points."""
        self._drawn.append((corners, face, edge, width))

    def box(self, x: float, y: float, size: tuple[float, float], *look: object) -> None:
        """Draw a rectangle around a point."""
        w, h = size[0] / 2, size[1] / 2
        self.shape([(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)], *look)

    def show(self) -> None:
        """Show what was written since `clear`, and nothing else."""
        for text in self.texts[self._used :]:
            text.set_visible(False)
        # Lists: Matplotlib 3.8 takes a tuple of two for a colour and its alpha.
        corners, faces, edges, widths = map(list, zip(*self._drawn, strict=True)) if self._drawn else [()] * 4
        self.shapes.set(verts=corners, facecolors=faces, edgecolors=edges, linewidths=widths)


class CellColumns:
    """Columns of cells and texts in two layers: what is `kept` lies in the background, the rest moves over it."""

    def __init__(self, axes: Axes, **style: object) -> None:
        self.background, self.moving = Layer(axes, 64, **style), Layer(axes, 48, **style)

    def clear(self) -> None:
        """Begin anew, with nothing written."""
        self.background.clear()
        self.moving.clear()

    def show(self) -> None:
        """Show what was written since `clear`."""
        self.background.show()
        self.moving.show()

    def height(self, row: int, top: float = TOP_ROW) -> float:
        """Return the middle of a row, counted from the top one."""
        return top - ROW * row

    def write(self, x: float, y: float, words: str, *, kept: bool = True, **style: object) -> None:
        """Write a text at a place."""
        (self.background if kept else self.moving).write(x, y, words, **style)

    def label(self, x: float, row: int, words: str, *, kept: bool = True, **style: object) -> None:
        """Write a text in a row."""
        self.write(x, self.height(row), words, kept=kept, **style)

    def labels(self, x: float, words: Sequence[str], *, top: float = TOP_ROW, ha: str = "right") -> None:
        """Write a text beside each row."""
        for row, word in enumerate(words):
            self.write(x, self.height(row, top), word, ha=ha)

    def column(
        self,
        x: float,
        values: Sequence[float | None],
        sources: Collection[int] = (),
        newest: int | None = None,
        *,
        title: str = "",
        top: float = TOP_ROW,
        plain: bool = False,
        kept: bool = False,
    ) -> None:
        """Draw a column of cells: `sources` framed as what the newest number is computed from."""
        if title:
            self.write(x, top + 24, title)
        for row, value in enumerate(values):
            edge = NEWEST if row == newest else SOURCE if row in sources else REST
            self.cell(x, self.height(row, top), value, edge, plain, kept)

    def cell(self, x: float, y: float, value: float | None, edge: str, plain: bool = False, kept: bool = False) -> None:
        """Draw a cell with its number; None is a number not computed yet, and plain cells have no colour."""
        face = "#FFFFFF"
        if value is not None:
            face = "#F0F0F0" if plain else cell_colour(value)
            self.write(x, y, short_number(value), kept=kept)
        (self.background if kept else self.moving).box(x, y, CELL, face, edge, WIDTHS[edge])
