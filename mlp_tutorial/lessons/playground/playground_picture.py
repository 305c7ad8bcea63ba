"""The network as it is: a map for every neuron, links between them, the output over the plane, and the losses."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from itertools import groupby

import matplotlib
import numpy as np
import torch
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from mlp_tutorial.lessons.playground.layer_space import LayerSpace
from mlp_tutorial.lessons.playground.network_columns import Column
from mlp_tutorial.lessons.playground.network_places import ROOM, TOP, NetworkPlaces, Tile
from mlp_tutorial.lessons.playground.plane import Plane
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.curves import LossCurves
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, STYLE, Picture, class_style
from mlp_tutorial.training.history import History

WIDTH, HEIGHT = 860, 430
NEGATIVE, POSITIVE = to_rgba("#0072B2"), to_rgba("#D55E00")
LEVELS = 24  # steps of colour from -1 to 1: fewer bytes, and a map that small shows no more
_COLOURS = (255 * BELOW_AND_ABOVE_ZERO(np.linspace(0, 1, LEVELS + 1))).round().astype(np.uint8)  # (levels, 4)
_COLOURS = np.concatenate([_COLOURS, [[255, 255, 255, 255]]]).astype(np.uint8)  # the last for "no data here"


class PlaygroundPicture(Picture):
    """Draws a network at its places: maps of what its neurons answer over a plane, and links as wide as their weights."""

    def __init__(self, canvas: Canvas, plane: Plane, places: NetworkPlaces) -> None:
        self.plane, self.places = plane, places
        self._link_groups = [
            (number, *np.array([link[1:] for link in links]).T)
            for number, links in groupby(places.links, key=lambda link: link[0])
        ]
        with canvas.drawing() as figure:
            self._stage = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(HEIGHT, 0))
            self._stage.set_axis_off()
            self._output_axes = figure.add_axes(_box(608, 50, 840, 270))
            self.regions = DecisionRegions(self._output_axes, plane.dataset, plane.size, name_classes=True)
            for number, axis in enumerate((self._output_axes.xaxis, self._output_axes.yaxis), 1):
                name = axis.get_label_text()  # which of the measurements is which feature
                own = f"x{number}: {name}" if places.features[number - 1 : number] == [f"x{number}"] != [name] else name
                axis.set_label_text(own, fontsize=7.5)
                axis.labelpad = 1
            self._output_axes.tick_params(labelsize=7.5, length=2, pad=1)
            plane_shown = self._output_axes.axis()
            self._held_out = self._draw_held_out()
            self._output_axes.axis(plane_shown)  # points of the test part may lie outside it
            self.space = LayerSpace(
                figure.add_axes(_box(608, 50, 840, 270)), plane.dataset, with_grid=plane.grid is not None
            )
            self.curves = LossCurves(figure.add_axes(_box(608, 308, 840, 388)))
            self._colour_bar(figure)
        ends = [places.link_ends(*link) for link in places.links]
        self.links = self._stage.add_collection(LineCollection(ends, capstyle="round"))
        self._selected = self._stage.plot([], [], color="#000000", linewidth=2.5)[0]
        self.title = self._stage.text(724, 16, "", ha="center", va="center", fontsize=8.5)
        self._fixed: list = []
        self._canvas = canvas
        self._maps: list[np.ndarray] = []
        canvas.paste = self._paste
        self._show_space = False
        self._set_moving()

    def smooth(self, smooth: bool) -> None:
        """Draw the links with soft edges, or while they move with hard ones: half the bytes."""
        self.links.set_antialiased(smooth)

    def update(
        self,
        columns: Sequence[Column],
        history: History,
        *,
        num_epochs: int,
        pinned: Sequence[tuple[str, History]] = (),
        marks: Sequence[tuple[int, str]] = (),
        log_scale: bool = False,
        selected: tuple[int, int] | None = None,
        off: Collection[tuple[int, int]] = (),
        output: int | None = None,
        discretize: bool = False,
        held_out: bool = False,
        space: tuple[float, Sequence[Column], Sequence[Column]] | None = None,
        title: str = "",
    ) -> bool:
        """Show what each column hands on at the points of the plane.

        `selected` is a neuron (column, unit) to show large in place of the output, `off` holds those that are switched off,
        `output` is a class whose probability alone is shown. `space` is how far the plane is bent, and what the columns
        hand on for the plane and for the data; `title` names it.
        """
        changed = self.curves.update(history, num_epochs=num_epochs, pinned=pinned, marks=marks, log_scale=log_scale)
        spread = [self.plane.spread(column.values) for column in columns]
        self._maps = [
            levels
            for number, maps in enumerate(spread)
            for levels in self._levels(maps[self.places.shown_units(number)], own_scale=number == 0)
        ]
        self._update_links(columns)
        if space is not None:
            self.space.update(*space)
        elif selected is not None:
            values = spread[selected[0]][selected[1]]
            largest = float(values[torch.isfinite(values)].abs().max()) if torch.isfinite(values).any() else 1.0
            shares = (0.5 + 0.5 * values / (largest or 1.0)).nan_to_num(0.5).clamp(0, 1)
            self.regions.show_colours(BELOW_AND_ABOVE_ZERO(shares.flatten().numpy())[:, :3])
        else:
            outputs = spread[-1].flatten(1).T  # (points, outputs)
            if output is not None and output < outputs.shape[1] > 1:
                self.regions.show_share(outputs.softmax(1)[:, output], output)
            else:
                self.regions.show(outputs, discretize=discretize)
        self._show_selected(selected, output if space is None else None, title)
        if self.changed((frozenset(off), space is not None, held_out)):
            changed = True
            self._mark(off, space is not None, held_out)
        return changed

    def _show_selected(self, selected: tuple[int, int] | None, output: int | None, title: str) -> None:
        """Frame a neuron, and say what is shown large: moving artists, so that a click is answered at once."""
        tile = None if selected is None else self.places.tile(*selected)
        self._selected.set_data(*(_square(tile) if tile else ([], [])))
        title = title if selected is None else self.places.neuron_in_words(*selected)
        if output is not None and selected is None:
            title = f"probability of {self.plane.dataset.class_names[output]}"
        self.title.set_text(drawable(title))

    def _levels(self, maps: torch.Tensor, *, own_scale: bool) -> np.ndarray:
        """Return the number of a colour for each point of small maps; features have scales of their own."""
        step = max(1, self.plane.size // 21)
        if own_scale:
            largest = maps.nan_to_num(0).abs().flatten(1).amax(1)
            maps = maps / torch.where(largest > 0, largest, 1.0)[:, None, None]
        levels = ((maps[:, ::step, ::step].flip(1).clamp(-1, 1) + 1) * (LEVELS / 2)).round().nan_to_num(LEVELS + 1)
        return levels.to(torch.uint8).numpy()

    def _update_links(self, columns: Sequence[Column]) -> None:
        numbers = np.concatenate(
            [
                columns[number].linear.weight.detach().numpy()[units, sources]
                for number, units, sources in self._link_groups
            ]
            or [np.zeros(1)]
        )
        numbers = np.nan_to_num(numbers)
        self.links.set_linewidths(0.25 + 4.5 * np.tanh(np.abs(numbers) / 2))
        self.links.set_colors(np.where(numbers[:, None] > 0, POSITIVE, NEGATIVE))

    def _paste(self, pixels: np.ndarray) -> None:
        """Put the small maps into the picture: many artists would take ten times as long."""
        scale = self._canvas.figure.dpi / 100
        places = self.places
        tiles = [
            places.tile(number, unit) for number in range(len(places.widths)) for unit in places.shown_units(number)
        ]
        for tile, levels in zip(tiles, self._maps, strict=True):
            left, top = round((tile.x - tile.size / 2) * scale), round((tile.y - tile.size / 2) * scale)
            side = round(tile.size * scale)
            places = np.arange(side) * len(levels) // side
            pixels[top : top + side, left : left + side] = _COLOURS[levels[places][:, places]]

    def _set_moving(self) -> None:
        large = self.space.moving if self._show_space else [*self.regions.moving, *self._held_out]
        self._canvas.set_moving([self.links, self._selected, self.title, *large, *self.curves.moving])

    def _mark(self, off: Collection, in_space: bool, held_out: bool) -> None:
        """Draw what stays: frames, names and signs."""
        for artist in self._fixed:
            artist.remove()
        with matplotlib.rc_context(STYLE):
            self._fixed = [*self._frames(off), *self._words()]
        self._output_axes.set_visible(not in_space)
        self.space.axes.set_visible(in_space)
        for line in self._held_out:
            line.set_visible(held_out)
        self._show_space = in_space
        self._set_moving()

    def _frames(self, off: Collection) -> list:
        edges, colours, dashes = [], [], []
        chosen = {self.places.features.index(name) for name in self.places.chosen}
        for number, tiles in enumerate(self.places.tiles):
            for row, tile in enumerate(tiles):
                is_off = row not in chosen if number == 0 else (number, row) in off
                edges.append(np.transpose(_square(tile)))
                colours.append("#BBBBBB" if is_off else "#666666")
                dashes.append((0, (2, 2)) if is_off and number else "-")  # dashes cost bytes: none for the features
        return [self._stage.add_collection(LineCollection(edges, colors=colours, linewidths=1.0, linestyles=dashes))]

    def _words(self) -> list:
        texts = []

        def write(x: float, y: float, words: str, **style: object) -> None:
            texts.append(self._stage.text(x, y, words, **{"ha": "center", "va": "center", "fontsize": 8, **style}))

        places, names = self.places, self.plane.dataset.class_names
        last = len(places.widths) - 1
        for number, tiles in enumerate(places.tiles):
            x, count = tiles[0].x, places.widths[number] if number else len(places.features)
            name = "features" if number == 0 else "output" if number == last else f"{count}"
            write(x, 44, name, fontsize=8 if number in (0, last) else 9)
            if len(tiles) < count:
                write(x, TOP + ROOM + 4, f"+ {count - len(tiles)}", fontsize=7.5)
        labels = [drawable(feature) for feature in places.features] if len(places.features) <= 7 else []
        above = [(tile, label) for tile, label in zip(places.tiles[0], labels, strict=False) if len(label) <= 6]
        if len(names) == places.widths[last]:
            labels = [drawable(textwrap.shorten(name, 12, placeholder="…")) for name in names]
            above += zip(places.tiles[last], labels, strict=False)
        tiles = places.tiles[0] if len(places.tiles[0]) > 1 else places.tiles[last]
        has_room = len(tiles) < 2 or tiles[1].y - tiles[0].y - tiles[0].size >= 11  # tooltips name those of others
        for tile, label in above if has_room else ():
            write(tile.x, tile.y - tile.size / 2 - 7, label, fontsize=7.5)
        if places.can_resize:
            write(183, 14, "hidden layers", fontsize=8.5)
        for x, y, words, _ in places.signs():
            write(x, y, words, fontsize=11, fontweight="bold")
        return texts

    def _draw_held_out(self) -> list:
        dataset, lines = self.plane.dataset, []
        style = {"linestyle": "none", "markersize": 4.5, "markerfacecolor": "none", "markeredgewidth": 0.9}
        for part, marker in (("validation", "o"), ("test", "s")):
            X, y = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
            raw = dataset.unstandardise(X).numpy()
            classes = range(len(dataset.class_names)) if dataset.class_names else (None,)
            for number in classes:
                mine = raw if number is None else raw[(y == number).numpy()]
                colour = "#333333" if number is None else class_style(number)["color"]
                look = {"markeredgecolor": colour, "marker": marker, "visible": False}
                lines += self._output_axes.plot(*mine.T, **style, **look)
        return lines

    def _colour_bar(self, figure: matplotlib.figure.Figure) -> None:
        dataset = self.plane.dataset
        if dataset.task != "regression":
            return
        axes = figure.add_axes(_box(843, 50, 850, 270))
        low, high = (
            dataset.target_mean + dataset.target_std * float(end)
            for end in (dataset.y_train.min(), dataset.y_train.max())
        )
        axes.imshow(np.linspace(1, 0, 64)[:, None], aspect="auto", cmap="cividis", extent=(0, 1, low, high))
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
        for value, y in ((high, 46), (low, 288)):
            words = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
            self._stage.text(858, y, words.replace("-", "−"), fontsize=7.5, ha="right", va="center")


def _square(tile: Tile) -> tuple[list[float], list[float]]:
    """Return the frame of a tile, as the places along both axes."""
    half = tile.size / 2 + 1
    xs, ys = (
        [middle + sign * half for sign in signs]
        for middle, signs in ((tile.x, (-1, 1, 1, -1, -1)), (tile.y, (-1, -1, 1, 1, -1)))
    )
    return xs, ys


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """Return the place of axes, given in pixels from the top left corner."""
    return left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT
