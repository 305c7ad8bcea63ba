"""Where the neurons and links of a network stand in the playground's picture, and what each is called."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from mlp_tutorial.lessons.playground.network_columns import Column

#: Middles of the first and the last column, top of the tiles, room for them below it, and the largest tile, in pixels.
FIRST_COLUMN, LAST_COLUMN, TOP, ROOM, TILE = 40, 540, 62, 360, 36
MOST_ROWS = 16  # neurons that a column shows; of a wider one the first
#: Links are drawn one by one up to so many; beyond, those that matter least would only make it dark.
MOST_LINKS = 1200


class Tile(NamedTuple):
    """Where a neuron's map stands: its middle and its size, in pixels from the top left corner."""

    x: float
    y: float
    size: float


class NetworkPlaces:
    """Places for columns of neurons. `features` are those that can be chosen, `chosen` those that are.

    Attributes
    ----------
    tiles : list of list of Tile
        Of each column; the first holds all features that can be chosen.
    links : list of tuple (column, unit, source)
        The links that are drawn: `source` is the neuron in the column before.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        features: Sequence[str],
        chosen: Sequence[str],
        class_names: Sequence[str],
        *,
        can_resize: bool,
    ) -> None:
        self.features, self.chosen, self.can_resize = list(features), list(chosen), can_resize
        self._class_names = class_names
        self.widths = [column.values.shape[1] for column in columns]
        self.tiles = self._columns_of_tiles()
        self.links = [
            (number, unit, source)
            for number, column in enumerate(columns)
            if column.linked
            for unit in self.shown_units(number)
            for source in self.shown_units(number - 1)
        ][:MOST_LINKS]

    def _columns_of_tiles(self) -> list[list[Tile]]:
        middles = np.linspace(FIRST_COLUMN, LAST_COLUMN, len(self.widths))
        rows = [min(width, MOST_ROWS) for width in self.widths]
        rows[0] = min(len(self.features), MOST_ROWS)
        pitch = min(48.0, ROOM / max(rows))
        size = min(TILE, 0.72 * pitch, 0.62 * (middles[1] - middles[0]))
        return [
            [Tile(x, TOP + pitch * (row + 0.5), size) for row in range(count)]
            for x, count in zip(middles, rows, strict=True)
        ]

    def tile(self, column: int, unit: int) -> Tile | None:
        """Return where a neuron stands, None where its column shows the first ones only."""
        row = self.features.index(self.chosen[unit]) if column == 0 else unit
        return self.tiles[column][row] if row < len(self.tiles[column]) else None

    def feature_tile(self, name: str) -> Tile | None:
        """Return where a feature stands, whether it is chosen or not."""
        row = self.features.index(name)
        return self.tiles[0][row] if row < len(self.tiles[0]) else None

    def link_height(self, column: int) -> float:
        """Return how far apart the links end that come together in a neuron."""
        return 0.8 * self.tiles[column][0].size / len(self.shown_units(column - 1))

    def shown_units(self, column: int) -> list[int]:
        """Return the numbers of the neurons that a column shows."""
        return [unit for unit in range(self.widths[column]) if self.tile(column, unit) is not None]

    def link_ends(self, column: int, unit: int, source: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return where a link begins and ends; those that come together in a neuron end one below the other."""
        begin, end = self.tile(column - 1, source), self.tile(column, unit)
        sources = self.shown_units(column - 1)
        share = (sources.index(source) + 0.5) / len(sources) - 0.5
        return (begin.x + begin.size / 2, begin.y), (end.x - end.size / 2, end.y + 0.8 * share * end.size)

    def signs(self) -> list[tuple[float, float, str, Hashable]]:
        """Return the plus and minus signs: where each stands, what it is, and what it does."""
        if not self.can_resize:
            return []
        signs = [(132, 14, "−", ("layers", -1)), (234, 14, "+", ("layers", 1))]
        for number in range(1, len(self.widths) - 1):
            x = self.tiles[number][0].x
            signs += [(x - 17, 44, "−", ("width", number, -1)), (x + 17, 44, "+", ("width", number, 1))]
        return signs

    def neuron_in_words(self, column: int, unit: int) -> str:
        """Return what a neuron is called."""
        if column == 0:
            return f"feature {self.chosen[unit]}"
        if column == len(self.widths) - 1:
            names = self._class_names
            return f"output {names[unit]}" if len(names) == self.widths[-1] else "output"
        return f"neuron {unit + 1} of layer {column}"

    def selected_in_words(self, key: tuple) -> str:
        """Return what is selected, ("neuron", column, unit) or ("link", column, unit, source), in a sentence."""
        kind, column, unit, *source = key
        name = self.neuron_in_words(column, unit)
        if kind == "link":
            return f"The weight from {self.neuron_in_words(column - 1, source[0])} to {name}."
        colours = "orange where it answers above 0, blue below"
        return f"{name[0].upper()}{name[1:]}, shown large: {colours}. Click it again to go back."
