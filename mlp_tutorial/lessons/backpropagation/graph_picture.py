"""A computation graph as boxes with their values, and the edges walked so far with their gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from mlp_tutorial.lessons.backpropagation.computation_graph import CHAIN, Edge, Graph
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.utils.wording import short_number

BACKWARD_COLOUR, FORWARD_COLOUR = "#B34700", "#777777"
#: Middles of the columns and of the two rows of boxes, and the sizes of the boxes, in pixels.
COLUMN = {name: 46 + 91.3 * number for number, name in enumerate(CHAIN.chain)}
CHAIN_ROW, INPUT_ROW = 202, 112
WIDTH, CHAIN_HEIGHT, INPUT_HEIGHT = 66, 58, 40
PLACE = {name: (column, CHAIN_ROW) for name, column in COLUMN.items()}
PLACE |= {name: (COLUMN[child], INPUT_ROW) for name, child in CHAIN.enters.items()}
#: Heights of the picture without and with a way around the chain: an edge whose ends are no neighbours; and of that way.
HEIGHT, TALLER = 330, 364
AROUND = 316


class GraphPicture(Picture):
    """The graph in pixels: grey arrows forwards, orange ones backwards along the edges walked so far."""

    def __init__(self, canvas: Canvas, graph: Graph) -> None:
        centred = {"ha": "center", "va": "center"}
        with canvas.drawing() as figure:
            axes = figure.add_axes((0, 0, 1, 1), xlim=(0, canvas.width), ylim=(0, canvas.height))
            axes.axis("off")
            self.boxes, self.values = {}, {}
            for name in (*graph.chain, *graph.enters):
                column, row = PLACE[name]
                corner = (column - WIDTH / 2, row - _height(name) / 2)
                box = FancyBboxPatch(corner, WIDTH, _height(name), boxstyle="round,pad=0")
                self.boxes[name] = axes.add_patch(box)
                top, bottom = (18, -17) if name in COLUMN else (9, -9)
                axes.text(column, row + top, name, fontsize=9, weight="bold", **centred)
                if formula := graph.chain.get(name):
                    axes.text(column, row, f"= {formula}", fontsize=8, **centred)
                self.values[name] = axes.text(column, row + bottom, "", fontsize=10, **centred)
            ends = [edge[:2] for edge in graph.edges]
            for child, parent in (*ends, ("L", "y")):
                _arrow(axes, parent, child, FORWARD_COLOUR, shift=-7)
            self.title = axes.text(320, canvas.height - 17, "", fontsize=10, weight="bold", **centred)
            self.relu = axes.text(COLUMN["a"], 150, "", fontsize=8, **centred)
            axes.text(10, 10, "grey: forwards, the values", color=FORWARD_COLOUR, fontsize=8, va="center")
            legend = "orange: backwards, local derivative × upstream gradient = gradient"
            axes.text(630, 10, legend, color=BACKWARD_COLOUR, fontsize=8, va="center", ha="right")
            self.arrows = [_arrow(axes, *edge, BACKWARD_COLOUR, shift=7) for edge in ends]
            look = {"fontsize": 9, "linespacing": 1.25, "color": BACKWARD_COLOUR, **centred}
            self.gradients = [axes.text(*_middle(*edge), "", **look) for edge in ends]
            self.sum = axes.text(COLUMN["x"], 132, "", weight="bold", **look)
        self.moving = [*self.arrows, *self.values.values(), self.title, self.relu, *self.gradients, self.sum]
        canvas.set_moving(self.moving)

    def update(self, values: Mapping[str, float], walked: Sequence[Edge]) -> bool:
        """Show the values, and the edges walked so far, the newest one highlighted."""
        newest = walked[-1] if walked else None
        ends = (newest.child, newest.parent) if newest else ()
        for name, text in self.values.items():
            text.set_text(short_number(values[name]))
            active = name in ends
            self.boxes[name].set(
                facecolor="#FFE3CC" if active else "#EAF3FA" if name in COLUMN else "#F3F3F3",
                edgecolor=BACKWARD_COLOUR if active else "#9AA7B0",
            )
        self.title.set_text(_equation(newest) if newest else "The forward pass: every value, from x to the loss L")
        on = values["z"] > 0
        words, colour = ("z > 0: ReLU is on\nslope 1", "#222222") if on else ("z ≤ 0: ReLU is off\nslope 0", "#B3003C")
        self.relu.set(text=words, color=colour)
        for artist in (*self.arrows, *self.gradients):
            artist.set_visible(False)
        for edge, arrow, text in zip(walked, self.arrows, self.gradients, strict=False):
            colour, width, weight = ("#FFE3CC", 2.6, "bold") if edge is newest else ("white", 1.4, "normal")
            numbers = map(short_number, (edge.local, edge.upstream, edge.gradient))
            words = "{} × {} = {}" if _is_around(edge.child, edge.parent) else "{}\n× {}\n= {}"
            text.set(text=words.format(*numbers), weight=weight, visible=True)
            text.set_bbox({"facecolor": colour, "edgecolor": "none", "pad": 2})
            dashed_for_nothing = "-" if edge.gradient else (0, (2, 1.5))
            arrow.set(linewidth=width, linestyle=dashed_for_nothing, visible=True)
        total = newest.total if newest and newest.total != newest.gradient else None
        self.sum.set_text("" if total is None else f"both ways:\n{short_number(total)}")
        return self.changed(len(walked))


def _middle(child: str, parent: str) -> tuple[float, float]:
    """Return where an edge's gradient stands: above the chain, or below an input."""
    column = PLACE[parent][0]
    height = AROUND if _is_around(child, parent) else 263
    return ((column + PLACE[child][0]) / 2, height) if parent in COLUMN else (column, 61)


def _is_around(child: str, parent: str) -> bool:
    return abs(PLACE[child][0] - PLACE[parent][0]) > 2 * WIDTH


def _height(name: str) -> float:
    return CHAIN_HEIGHT if name in COLUMN else INPUT_HEIGHT


def _arrow(axes: Axes, start: str, end: str, colour: str, shift: float) -> FancyArrowPatch:
    """Draw an arrow between two boxes; `shift` keeps the two directions apart."""
    (x0, y0), (x1, y1) = PLACE[start], PLACE[end]
    style = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 1, "shrinkB": 1, "color": colour, "linewidth": 1.0}
    if _is_around(start, end):
        x0, x1 = (x0 - shift, x1 + shift) if x0 < x1 else (x0 + shift, x1 - shift)
        top, way = y0 + _height(start) / 2, AROUND + 0.7 * shift
        corners = Path([(x0, top), (x0, way), (x1, way), (x1, top)])
        return axes.add_patch(FancyArrowPatch(path=corners, **style | {"fill": False}))
    if y0 == y1:
        half = WIDTH / 2 if x1 > x0 else -WIDTH / 2
        ends = (x0 + half, y0 + shift), (x1 - half, y1 + shift)
    else:
        up = 1 if y1 > y0 else -1
        ends = (x0 + shift, y0 + up * _height(start) / 2), (x1 + shift, y1 - up * _height(end) / 2)
    return axes.add_patch(FancyArrowPatch(*ends, **style))


def _equation(edge: Edge) -> str:
    local, upstream = f"∂{edge.child}/∂{edge.parent}", f"∂L/∂{edge.child}"
    slope = short_number(edge.local)
    if edge.child == "L":
        return f"{local} = {edge.formula} = {slope}, the first gradient: nothing is upstream of L but 1"
    numbers = f"{slope} × {short_number(edge.upstream)} = {short_number(edge.gradient)}"
    if edge.total != edge.gradient:
        before = short_number(edge.total - edge.gradient)
        return f"∂L/∂{edge.parent}: {numbers} comes this way, {before} came the other way"
    return f"∂L/∂{edge.parent} = {local} × {upstream} = {numbers},   where {local} = {edge.formula}"
