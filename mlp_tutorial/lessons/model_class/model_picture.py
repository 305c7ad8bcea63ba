"""A model drawn as a network under the names of its layers, and its `state_dict` as a table to be read at any width."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from itertools import pairwise

import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.lessons.model_class.anatomy import Anatomy, SeenLayer, anatomy, registered
from mlp_tutorial.lessons.shared.network_diagram import EDGE, NetworkDiagram
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, Picture, new_figure
from mlp_tutorial.utils.wording import short_number

#: What picture and table have room for.
MOST_LAYERS, MOST_DRAWN_LAYERS, MOST_TENSORS, MOST_VALUES = 4, 6, 12, 6
CHANGED = "#B34700"
WIDTH, HEIGHT = 640, 250
TABLE_STYLE = """<style>.mlp-table { border-collapse: collapse; font-size: 12px; line-height: 1.35; margin: 2px 0;
  font-variant-numeric: tabular-nums; }
.mlp-table th, .mlp-table td { padding: 1px 5px; text-align: right; white-space: nowrap; color: #222; }
.mlp-table th { text-align: left; font-weight: normal; }
.mlp-table tr:first-child th { font-weight: bold; border-bottom: 1px solid #bbb; }
.mlp-table code { background: none; color: inherit; }
@container (max-width: 600px) { .mlp-table tr > :nth-child(n+6) { display: none; } .mlp-table th { white-space: normal; } }
</style>"""


class ModelPicture(Picture):
    """The network that a model computes, in pixels: above its columns a batch's shapes, below its gaps the layers' names."""

    def __init__(self, canvas: Canvas) -> None:
        with canvas.drawing() as figure:
            self.diagram = NetworkDiagram(figure.add_axes((0, 0, 1, 1)), WIDTH, HEIGHT)
        canvas.set_moving(self.diagram.moving)

    def update(self, seen: Anatomy, changed: Collection[str], activation: str | None) -> bool:
        """Show a model, the layers in whose tensors something has changed highlighted."""
        return _draw(self.diagram, seen, changed, activation)


def plot_model(model: nn.Module, x: torch.Tensor | None = None) -> Figure:
    """Draw a model's layers; with a batch, joined as `forward` joins them.

    Parameters
    ----------
    model : nn.Module
        Made of linear layers; up to six are drawn.
    x : Tensor of shape (batch, inputs), optional
        A batch to send through. Without one, the registered layers are drawn beside each other.

    Returns
    -------
    matplotlib Figure
        A layer that is used without being registered is drawn in broken grey lines.

    Raises
    ------
    ValueError
        If there is no linear layer, or if one layer is not as wide as the next one expects.
    """
    with new_figure(WIDTH / 100, HEIGHT / 100, layout=None) as figure:
        if x is not None:
            _draw(NetworkDiagram(figure.add_axes((0, 0, 1, 1)), WIDTH, HEIGHT), anatomy(model, x))
            return figure
        layers = registered(model)[:MOST_DRAWN_LAYERS]
        for number, layer in enumerate(layers):
            axes = figure.add_axes((number / len(layers), 0, 1 / len(layers), 1))
            heads = [
                f"{size} numbers\n{way}" for size, way in zip(layer.weight.shape[::-1], ("in", "out"), strict=True)
            ]
            NetworkDiagram(axes, WIDTH // len(layers), HEIGHT).update([layer[1:3]], heads, [_foot(layer)])
    return figure


def _draw(diagram: NetworkDiagram, seen: Anatomy, changed: Collection[str] = (), activation: str | None = None) -> bool:
    layers = seen.layers[:MOST_DRAWN_LAYERS]
    if not layers:
        raise ValueError("The model uses no nn.Linear, so there is nothing to draw. Try one with linear layers.")
    for before, after in pairwise(layers):
        if len(before.bias) != after.weight.shape[1]:
            raise ValueError(
                f"Only layers that follow one another can be drawn; {before.name or 'a layer'} hands on "
                f"{len(before.bias)} numbers, and {after.name or 'the next'} takes {after.weight.shape[1]}."
            )
    then = f", {activation}" if activation else ""
    names = ["input", *(f"hidden {number}{then}" for number in range(1, len(layers))), "output"]
    shapes = [seen.input_shape, *(layer.output_shape for layer in layers)]
    heads = [f"{name}\n{shape}" for name, shape in zip(names, shapes, strict=True)]
    unregistered = [number for number, layer in enumerate(layers) if layer.name is None]
    return diagram.update(
        [layer[1:3] for layer in layers], heads, [_foot(layer, changed) for layer in layers], unregistered
    )


def _foot(layer: SeenLayer, changed: Collection[str] = ()) -> tuple[str, str]:
    marked = layer.name is None or {f"{layer.name}.weight", f"{layer.name}.bias"} & {*changed}
    shapes = f"weight {tuple(layer.weight.shape)}\nbias {tuple(layer.bias.shape)}"
    return f"{layer.name or 'not registered'}\n{shapes}", CHANGED if marked else EDGE


def state_dict_table(tensors: dict[str, torch.Tensor], changed: Sequence[str]) -> str:
    """Return a `state_dict` as an HTML table of names, shapes and first values, the tensors in `changed` highlighted."""
    scale = max((tensor.abs().max().item() for tensor in tensors.values() if tensor.numel()), default=0.0) or 1.0
    rows = [_row(name, tensor, scale, name in changed) for name, tensor in [*tensors.items()][:MOST_TENSORS]]
    rest = len(tensors) - len(rows)
    more = f'<tr><td colspan="{3 + MOST_VALUES}">and {rest} more tensors</td></tr>' if rest > 0 else ""
    heads = "".join(f'<th scope="col">{word}</th>' for word in ("state_dict", "shape", "parameters"))
    first = f'<th scope="col" colspan="{MOST_VALUES}">first values (blue below 0)</th>'
    # Who has no mouse gets to the table by Tab, and scrolls it by the arrow keys where the page is narrow.
    return f'{TABLE_STYLE}<table class="mlp-table" tabindex="0"><tr>{heads}{first}</tr>{"".join(rows)}{more}</table>'


def _row(name: str, tensor: torch.Tensor, scale: float, changed: bool) -> str:
    product = f"{' × '.join(map(str, tensor.shape))} = {tensor.numel():,}" if tensor.ndim > 1 else f"{tensor.numel():,}"
    values = tensor.flatten()[:MOST_VALUES].tolist()
    colours = [to_hex(BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / scale)) for value in values]
    cells = "".join(
        f'<td style="background: {colour}">{short_number(value)}</td>'
        for value, colour in zip(values, colours, strict=True)
    )
    look = f' style="color: {CHANGED}; font-weight: bold"' if changed else ""
    texts = f"<td>{tuple(tensor.shape)}</td><td>{product}</td>"
    return f'<tr><th scope="row"{look}><code>{html.escape(name)}</code></th>{texts}{cells}</tr>'
