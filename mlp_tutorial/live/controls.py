"""Sliders, menus and buttons: one look and one order for every explorer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import ipywidgets as widgets

from ..display import pixels

#: Every button that an explorer may have, in the order in which they stand, with its tooltip.
BUTTONS: dict[str, str] = {
    "play": "Train on from here; from the start if the training is complete",
    "step": "Train for one epoch",
    "reset": "Back to the initial weights",
    "pin": "Keep the curves of this run behind the next ones (at most four)",
    "unpin": "Remove the pinned runs",
    "show code": "The plain PyTorch program for these settings",
}


def value_of(control: widgets.Widget) -> object:
    """Return the value that a control stands for: a slider in the page sends 0.8 back as 0.7999999999999998."""
    return round(control.value, 9) if isinstance(control, widgets.FloatSlider) else control.value


def int_slider(label: str, value: int, low: int, high: int, step: int = 1) -> widgets.IntSlider:
    """Return a slider for whole numbers.

    Parameters
    ----------
    label : str
        In full words, before the slider.
    value : int
        Where it stands at first.
    low, high : int
        Both ends; the range grows where the value lies outside it.
    step : int, default 1
        Between two stops.
    """
    return widgets.IntSlider(value, min(low, value), max(high, value), step, description=label, **_sizes())


def float_slider(label: str, value: float, low: float, high: float, step: float = 0.1) -> widgets.FloatSlider:
    """Return a slider for numbers, shown with two decimals; read it with `value_of`.

    Parameters
    ----------
    label : str
        In full words, before the slider, with the unit where there is one.
    value : float
        Where it stands at first.
    low, high : float
        Both ends; the range grows where the value lies outside it.
    step : float, default 0.1
        Between two stops.
    """
    shown = {"description": label, "readout_format": ".2f", **_sizes()}
    return widgets.FloatSlider(value=value, min=min(low, value), max=max(high, value), step=step, **shown)


def log_slider(label: str, value: float, low: float, high: float) -> widgets.SelectionSlider:
    """Return a slider over round numbers, eight a decade, and the value itself.

    Parameters
    ----------
    label : str
        In full words, before the slider.
    value : float
        Where it stands at first; greater than 0.
    low, high : float
        Both ends, greater than 0; the range grows where the value lies outside it.

    See Also
    --------
    ipywidgets.FloatLogSlider : shows 0.0316 where 0.03 is meant; this one shows the number that is used.
    """
    decades = range(math.floor(math.log10(min(low, value))), math.ceil(math.log10(max(high, value))) + 1)
    numbers = {float(f"{step}e{decade}") for decade in decades for step in (1, 1.5, 2, 3, 4, 5, 6, 8)}
    shown = sorted({value, *(number for number in numbers if min(low, value) <= number <= max(high, value))})
    return choice_slider(label, value, shown)


def choice_slider(label: str, value: float, numbers: Sequence[float]) -> widgets.SelectionSlider:
    """Return a slider that stops at the given numbers and at no others.

    Parameters
    ----------
    label : str
        In full words, before the slider.
    value : float
        Where it stands at first; one of the numbers.
    numbers : sequence of float
        Ascending.
    """
    options = [(f"{number:g}", number) for number in numbers]
    return widgets.SelectionSlider(options=options, value=value, description=label, **_sizes())


def menu(label: str, value: object, options: Sequence[object] | Mapping[str, object]) -> widgets.Dropdown:
    """Return a menu.

    Parameters
    ----------
    label : str
        In full words, before the menu.
    value : object
        What is chosen at first.
    options : sequence, or mapping from str
        What can be chosen, or what is shown for each thing that can be chosen.
    """
    options = list(options.items()) if isinstance(options, Mapping) else list(options)
    return widgets.Dropdown(options=options, value=value, description=label, **_sizes(248, 92))


def own_menu(label: str, value: object, names: Iterable[str], own_name: str) -> widgets.Dropdown:
    """Return a menu of names; a value that is none of them, one of the learner's own, stands first."""
    options: dict[str, object] = {name: name for name in names}
    if not (isinstance(value, str) and value in options):
        options = {f"your {own_name}": value, **options}
    return menu(label, value, options)


def switch(label: str, value: bool) -> widgets.Checkbox:
    """Return a box to tick."""
    layout = widgets.Layout(width=pixels(150), margin="2px 6px")
    return widgets.Checkbox(value=value, description=label, indent=False, layout=layout)


def button(label: str, tooltip: str) -> widgets.Button:
    """Return a button with a word and a tooltip."""
    width = pixels(max(84, 8 * len(label) + 12))
    return widgets.Button(description=label, tooltip=tooltip, layout=widgets.Layout(width=width, padding="0 4px"))


def row(children: Sequence[widgets.Widget]) -> widgets.HBox:
    """Return a row that wraps."""
    return widgets.HBox(list(children), layout=widgets.Layout(flex_flow="row wrap", width="100%"))


def folded(title: str, children: Sequence[widgets.Widget]) -> widgets.Accordion:
    """Return a row behind a title that has to be clicked."""
    accordion = widgets.Accordion(children=[row(children)], selected_index=None)
    accordion.set_title(0, title)
    return accordion


def _sizes(width: int = 268, description_width: int = 100) -> dict[str, object]:
    # Two stand side by side in a narrow cell; in a wide one they grow.
    layout = widgets.Layout(flex=f"1 1 {pixels(width)}", width="auto", max_width=pixels(320), margin="1px 2px")
    return {"style": {"description_width": pixels(description_width)}, "layout": layout}
