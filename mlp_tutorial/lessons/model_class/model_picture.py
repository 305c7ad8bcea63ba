"""A model as it is printed, the shapes of a batch on its way through it, and its `state_dict` as a table."""

from __future__ import annotations

from collections.abc import Sequence

from mlp_tutorial.lessons.model_class.anatomy import Anatomy
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.cells import Layer
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, OTHER_FONTS, Picture
from mlp_tutorial.utils.wording import short_number

#: What the picture has room for.
MOST_LAYERS, MOST_TENSORS, MOST_LINES, MOST_VALUES = 4, 10, 9, 7
MONOSPACE = ["monospace", *OTHER_FONTS]
CHANGED, PLAIN, QUIET = "#B34700", "#222222", "#555555"
#: Heights of the printed model, the shapes and the table, and the height of a row of the table, in pixels.
TOP, SHAPES, TABLE, ROW = 344, 205, 156, 14.4
#: Left edges of the names and of the values.
LEFT, VALUES = 10, 342


class ModelPicture(Picture):
    """The printed model, below it the shapes of a batch, and the `state_dict` as a table; in pixels, 640 × 360."""

    def __init__(self, canvas: Canvas) -> None:
        with canvas.drawing() as figure:
            axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 640), ylim=(0, 360))
            axes.axis("off")
            for height in (234, 165):
                axes.axhline(height, color="#D5DADD", linewidth=1)
            # Every text costs a millisecond, so a row of the table is two texts, not ten: a letter's width places the cells.
            sample = axes.text(0, 0, "0" * 60, family=MONOSPACE, fontsize=8)
            self._cell = sample.get_window_extent(figure.canvas.get_renderer()).width / 10
            sample.remove()
            bold = {"weight": "bold", "va": "center", "fontsize": 8}
            axes.text(LEFT, TABLE, _row("state_dict: name", "shape", "parameters"), family=MONOSPACE, **bold)
            axes.text(VALUES, TABLE, " first values (blue below 0)", family=MONOSPACE, **bold)
            axes.text(LEFT, SHAPES + 18, "shapes of a batch, layer by layer", color=PLAIN, **bold)
            plain = {"ha": "left", "va": "center", "color": PLAIN, "weight": "normal", "fontsize": 8}
            sans_serif = ["sans-serif", *OTHER_FONTS]
            self.background = Layer(axes, MOST_LINES + 2 * MOST_TENSORS + 1, family=sans_serif, **plain)
            self.shapes = Layer(axes, 4 * MOST_LAYERS + 8, **plain | {"ha": "center"})
        canvas.set_moving(self.shapes.artists)

    def update(self, seen: Anatomy, changed: Sequence[str], activation: str | None) -> bool:
        """Show a model, the tensors in `changed` highlighted."""
        self._draw_shapes(seen, activation)
        scale = max((tensor.abs().max().item() for tensor in seen.tensors.values() if tensor.numel()), default=1.0)
        rows = [
            (name, tuple(tensor.shape), tensor.numel(), tensor.flatten()[:MOST_VALUES].tolist())
            for name, tensor in seen.tensors.items()
        ]
        if not self.changed((seen.printed, rows, changed, scale)):
            return False
        self.background.clear()
        lines = [line if len(line) <= 72 else f"{line[:71]}…" for line in seen.printed]
        if len(lines) > MOST_LINES:
            lines = [*lines[: MOST_LINES - 1], "  …"]
        for number, line in enumerate(lines):
            self.background.write(LEFT, TOP - 13 * number, line, va="baseline", family=MONOSPACE)
        for number, row in enumerate(rows[:MOST_TENSORS], start=1):
            style = {"color": CHANGED, "weight": "bold"} if row[0] in changed else {}
            self._draw_row(TABLE - ROW * number, *row, scale, **style)
        if len(rows) > MOST_TENSORS:
            self.background.write(630, TABLE, f"{MOST_TENSORS} of {len(rows)} tensors", ha="right")
        self.background.show()
        return True

    def _draw_shapes(self, seen: Anatomy, activation: str | None) -> None:
        outputs = seen.outputs[: MOST_LAYERS + 1]
        pitch = 640 / (len(outputs) + 1)
        write = self.shapes.write
        self.shapes.clear()
        write(pitch / 2, SHAPES, str(seen.input_shape), weight="bold")
        write(pitch / 2, SHAPES - 19, "the batch x", color=QUIET)
        for index, (name, shape) in enumerate(outputs, start=1):
            middle = pitch * (index + 0.5)
            write(pitch * index, SHAPES, "→", fontsize=11)
            write(middle, SHAPES, str(shape), weight="bold")
            write(middle, SHAPES - 19, name or "not registered", color=QUIET if name else CHANGED)
            if activation:
                after = f"then {activation}" if index < len(outputs) else "raw logits"
                write(middle, SHAPES - 31, after, color=QUIET)
        self.shapes.show()

    def _draw_row(
        self, height: float, name: str, shape: tuple, count: int, values: list[float], scale: float, **style: str
    ) -> None:
        product = f"{' × '.join(map(str, shape))} = {count:,}" if len(shape) > 1 else f"{count:,}"
        line = _row(name if len(name) <= 22 else f"{name[:21]}…", str(shape), product)
        self.background.write(LEFT, height, line, family=MONOSPACE, **style)
        line = "".join(f"{short_number(value):>5} " for value in values)
        self.background.write(VALUES, height, line, family=MONOSPACE)
        for column, value in enumerate(values):
            face = BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / scale if scale else 0.5)
            self.background.box(VALUES + self._cell * (column + 0.5), height, (self._cell, ROW), face)


def _row(name: str, shape: str, count: str) -> str:
    return f"{name:<22} {shape:<8}  {count}"
