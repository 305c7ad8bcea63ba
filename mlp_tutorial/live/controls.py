"""Sliders, menus and buttons: one look and one order for every explorer."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

import ipywidgets as widgets

from ..display import pixels, scale

#: Every button that an explorer may have, in the order in which they stand, with its tooltip.
BUTTONS: dict[str, str] = {
    "play": "Train on from here; from the start if the training is complete",
    "descend": "Follow the gradient downhill from here; press again to pause",
    "step": "Train for one epoch",
    "reset": "Back to the initial weights",
    "pin": "Keep the curves of this run behind the next ones (at most four)",
    "unpin": "Remove the pinned runs",
    "show code": "The plain PyTorch program for these settings",
}

# A light background of its own, so that a dark theme cannot make the text unreadable.
_STYLE = """<style>
.mlp-explorer { background: #fff; color: #222; padding: 6px 8px; max-width: 672px; box-sizing: border-box;
  container-type: inline-size; color-scheme: light;
  --jp-layout-color0: #fff; --jp-ui-font-color0: #000; --jp-ui-font-color2: #444;
  --jp-widgets-label-color: #222; --jp-widgets-readout-color: #222; --jp-ui-font-color1: #222;
  --jp-widgets-input-color: #222; --jp-widgets-input-background-color: #fff; --jp-layout-color1: #fff;
  --jp-layout-color2: #eee; --jp-content-font-color1: #222; --jp-border-color1: #bbb;
  --jp-widgets-slider-track-color: #ccc; }
.mlp-explorer img { max-width: 100%; height: auto !important; }
.mlp-explorer .widget-readout, .mlp-status { font-variant-numeric: tabular-nums; }
.mlp-status { color: #222; line-height: 1.35; font-size: 13px; }
.mlp-status .note { color: #7a3300; }
.mlp-code { background: #f6f6f6; color: #222; padding: 8px; font-size: 12px; line-height: 1.35; overflow-x: auto; }
</style>"""


# Lengths of JupyterLab's own style, in pixels at scale 1.
_LENGTHS = {
    "--jp-widgets-font-size": 13,
    "--jp-widgets-inline-height": 28,
    "--jp-widgets-inline-width": 300,
    "--jp-widgets-slider-handle-size": 20,
    "--jp-widgets-slider-track-thickness": 4,
    "--jp-widgets-radio-item-height": 24,
    "max-width": 672,
}
#: Height of the status line, in pixels at scale 1, where the explorer is no wider than so.
_STATUS_HEIGHTS = {480: 112, 320: 148}


def int_slider(label: str, value: int, low: int, high: int, step: int = 1) -> widgets.IntSlider:
    """Return a slider for whole numbers; its range grows where the value lies outside it."""
    return widgets.IntSlider(
        value=value, min=min(low, value), max=max(high, value), step=step, description=label, **_sizes()
    )


def float_slider(label: str, value: float, low: float, high: float, step: float = 0.1) -> widgets.FloatSlider:
    """Return a slider for numbers; its range grows where the value lies outside it."""
    return widgets.FloatSlider(
        value=value,
        min=min(low, value),
        max=max(high, value),
        step=step,
        readout_format=".2f",
        description=label,
        **_sizes(),
    )


def log_slider(label: str, value: float, low: float, high: float) -> widgets.SelectionSlider:
    """Return a slider over round numbers, eight a decade from `low` to `high`, and the value itself.

    Unlike `FloatLogSlider` it stops at numbers that can be read and typed, and shows the number that is used.
    """
    decades = range(math.floor(math.log10(min(low, value))), math.ceil(math.log10(max(high, value))) + 1)
    numbers = {float(f"{step}e{decade}") for decade in decades for step in (1, 1.5, 2, 3, 4, 5, 6, 8)}
    shown = sorted({value, *(number for number in numbers if min(low, value) <= number <= max(high, value))})
    return choice_slider(label, value, shown)


def choice_slider(label: str, value: float, numbers: Sequence[float]) -> widgets.SelectionSlider:
    """Return a slider that stops at the given numbers and at no others; the value is one of them."""
    return widgets.SelectionSlider(
        options=[(f"{number:g}", number) for number in numbers], value=value, description=label, **_sizes()
    )


def resized(hidden_sizes: Sequence[int], moved: str, controls: Mapping[str, widgets.Widget]) -> list[int]:
    """Return the hidden sizes after a slider was moved: a new layer is as wide as the last, a moved width is that of all.

    Parameters
    ----------
    hidden_sizes : sequence of int
        The sizes before.
    moved : str
        The name of the control; any but "num_layers" and "width" leaves the sizes as they are.
    controls : mapping from str to widget
        With the sliders "num_layers" and "width".
    """
    if moved == "num_layers":
        num_layers = controls["num_layers"].value
        last = hidden_sizes[-1] if hidden_sizes else controls["width"].value
        return [*hidden_sizes, *[last] * num_layers][:num_layers]
    if moved == "width":
        return [controls["width"].value] * len(hidden_sizes)
    return list(hidden_sizes)


def menu(label: str, value: object, options: Sequence[object] | Mapping[str, object]) -> widgets.Dropdown:
    """Return a menu of options, given as a list, or as a mapping from what is shown to what it stands for."""
    options = list(options.items()) if isinstance(options, Mapping) else list(options)
    return widgets.Dropdown(options=options, value=value, description=label, **_sizes(248, 92))


def switch(label: str, value: bool) -> widgets.Checkbox:
    """Return a box to tick."""
    return widgets.Checkbox(
        value=value,
        description=label,
        indent=False,
        layout=widgets.Layout(width=pixels(150), margin="2px 6px"),
    )


def button(label: str) -> widgets.Button:
    """Return one of `BUTTONS`."""
    return widgets.Button(
        description=label, tooltip=BUTTONS[label], layout=widgets.Layout(width=pixels(84), padding="0 4px")
    )


def row(children: Sequence[widgets.Widget]) -> widgets.HBox:
    """Return a row that wraps."""
    return widgets.HBox(list(children), layout=widgets.Layout(flex_flow="row wrap", width="100%"))


def folded(title: str, children: Sequence[widgets.Widget]) -> widgets.Accordion:
    """Return a row behind a title that has to be clicked."""
    accordion = widgets.Accordion(children=[row(children)], selected_index=None)
    accordion.set_title(0, title)
    return accordion


class StatusLine:
    """A line of text in words, and below it a note; two lines each at most.

    No text changes its height, so that nothing moves; where the page is narrow it has room for more lines.
    """

    def __init__(self) -> None:
        self.widget = widgets.HTML(
            layout=widgets.Layout(width="100%", height=pixels(76), margin="2px 0", overflow="hidden")
        )
        self.widget.add_class("mlp-status-room")
        self.text = self.note = ""

    def show(self, parts: Sequence[str], note: str = "") -> None:
        """Show the parts of the line, separated by dots, and a note, all given as plain text."""
        text = " · ".join(parts)
        if (text, note) == (self.text, self.note):
            return
        self.text, self.note = text, note
        self.widget.value = (
            f'<div class="mlp-status" role="status"><div>{html.escape(text)}</div>'
            f'<div class="note">{html.escape(note)}</div></div>'
        )


class CodePanel:
    """A program, shown and hidden by a button."""

    def __init__(self) -> None:
        self.widget = widgets.HTML(layout=widgets.Layout(width="100%", display="none"))
        self.visible = False
        self.program = ""

    def show(self, program: str) -> None:
        """Show a program, given as plain text."""
        self.program, self.visible = program, True
        self.widget.value = f'<pre class="mlp-code">{html.escape(program)}</pre>'
        self.widget.layout.display = ""

    def hide(self) -> None:
        """Hide the program."""
        self.visible = False
        self.widget.layout.display = "none"


def scale_class() -> str:
    """Return the CSS class of an explorer at the scale chosen now; explorers of several scales may share a page."""
    return f"mlp-scale-{round(100 * scale())}"


def style_sheet() -> widgets.HTML:
    """Return the widget that brings the explorers' style sheet into the page."""
    own = f".{scale_class()}"
    lengths = "".join(f"{name}: {pixels(length)}; " for name, length in _LENGTHS.items())
    larger = f"""\
{own} {{ {lengths}}}
{own} .mlp-status, {own} .lm-Collapse-header, {own} .jupyter-widget-Collapse-header {{ font-size: {pixels(13)}; }}
{own} .mlp-code {{ font-size: {pixels(12)}; }}
"""
    narrow = "".join(
        f"@container (max-width: {pixels(width)}) "
        f"{{ {own} .mlp-status-room {{ height: {pixels(height)} !important; }} }}\n"
        for width, height in _STATUS_HEIGHTS.items()
    )
    rules = f"<style>\n{narrow if scale() == 1 else larger + narrow}</style>"
    return widgets.HTML(_STYLE + rules, layout=widgets.Layout(display="none"))


def _sizes(width: int = 268, description_width: int = 100) -> dict[str, object]:
    return {
        "style": {"description_width": pixels(description_width)},
        # Two stand side by side in a narrow cell; in a wide one they grow.
        "layout": widgets.Layout(
            flex=f"1 1 {pixels(width)}", width="auto", max_width=pixels(320), margin="1px 2px"
        ),
    }
