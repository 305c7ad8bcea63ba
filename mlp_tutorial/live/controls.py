"""Sliders, menus and buttons: one look and one order for every explorer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import ipywidgets as widgets
import traitlets

from ..display import has_fields, pixels

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
    """Return the number that a control shows: a page sends 0.8 back as 0.7999999999999998, and 2.345 shown as 2.35."""
    if isinstance(control, widgets.FloatSlider):
        return round(control.value, int(control.readout_format[1]))
    if isinstance(control, NumberSlider) and not control.value > 0:
        raise ValueError(f"{label_of(control)} must be greater than 0; it is {control.value:g}.")
    return control.value


def label_of(control: widgets.Widget) -> str:
    """Return the words before a control."""
    return control.field.description if isinstance(control, NumberSlider) else control.description


class NumberSlider(widgets.HBox):
    """A slider that stops at some numbers, and beside it a field with the number in use, for any other to be typed.

    `SelectionSlider` has a readout of its own, but what is typed there never reaches the kernel; so it is switched off.
    After a number between two stops the handle stands at the nearer one; where there are `only_stops`, the number too.
    Where there are fields instead of sliders, the field stands alone, behind its own label.
    """

    value = traitlets.Float()

    def __init__(self, label: str, value: float, numbers: Sequence[float], *, only_stops: bool) -> None:
        self._numbers, self._only_stops = list(numbers), only_stops
        stops = [(f"{number:g}", number) for number in numbers]
        layout = widgets.Layout(flex="1 1 0", width="auto", min_width="0")
        self.slider = widgets.SelectionSlider(options=stops, value=value, readout=False, layout=layout)
        if has_fields():
            layout = widgets.Layout(flex="1 1 auto", width="auto", min_width="0", margin="0")
            self.field = widgets.Text(
                continuous_update=False, description=label, style=_sizes()["style"], layout=layout
            )
            super().__init__([self.field], layout=_sizes()["layout"])
        else:
            layout = widgets.Layout(width=pixels(100), margin="0 4px 0 0", justify_content="flex-end")
            words = widgets.Label(label, layout=layout)
            # The field's own label has no width; it is there for who hears the page.
            hidden, layout = {"description_width": "0px"}, widgets.Layout(width=pixels(70), margin="1px 0")
            self.field = widgets.Text(continuous_update=False, description=label, style=hidden, layout=layout)
            super().__init__([words, self.slider, self.field], layout=_sizes()["layout"])
        self.add_class("mlp-number-slider")
        self.observe(self._show, "value")
        self.value = value
        self.slider.observe(self._dragged, "index")
        self.field.observe(self._typed, "value")

    def _dragged(self, _: object) -> None:
        if self.slider.index != self._nearest(self.value):
            self.value = self.slider.value

    def _typed(self, change: dict) -> None:
        with suppress(ValueError):  # what is no number goes back to what it was
            typed = float(f"{float(change['new'].replace(',', '.')):g}")  # as it will be shown
            if math.isfinite(typed):
                self.value = self._numbers[self._nearest(typed)] if self._only_stops else typed
        self._show()

    def _show(self, _: object = None) -> None:
        self.field.value, self.slider.index = f"{self.value:g}", self._nearest(self.value)

    def _nearest(self, value: float) -> int:
        distances = [abs(math.log(number / max(value, self._numbers[0]))) for number in self._numbers]
        return distances.index(min(distances))


def int_slider(
    label: str, value: int, low: int, high: int, step: int = 1
) -> widgets.IntSlider | widgets.BoundedIntText:
    """Return a slider for whole numbers, or a field.

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
    kind = widgets.BoundedIntText if has_fields() else widgets.IntSlider
    low, high = min(low, value), max(high, value)
    return kind(value=value, min=low, max=high, step=step, description=label, **_sizes())


def float_slider(
    label: str, value: float, low: float, high: float, step: float = 0.1
) -> widgets.FloatSlider | widgets.BoundedFloatText:
    """Return a slider for numbers, shown with two decimals, or a field; read it with `value_of`.

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
    shown = {"value": value, "min": min(low, value), "max": max(high, value), "step": step, "description": label}
    if has_fields():
        return widgets.BoundedFloatText(**shown, **_sizes())
    return widgets.FloatSlider(readout_format=".2f", **shown, **_sizes())


def log_slider(label: str, value: float, low: float, high: float) -> NumberSlider:
    """Return a slider over round numbers and the value itself; any other number can be typed.

    There are eight numbers a decade, and where the range is no longer than a decade or so, all with two digits.

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
    digits = [tenth / 10 for tenth in range(10, 100)] if high <= 20 * low else (1, 1.5, 2, 3, 4, 5, 6, 8)
    numbers = {float(f"{step}e{decade}") for decade in decades for step in digits}
    shown = sorted({value, *(number for number in numbers if min(low, value) <= number <= max(high, value))})
    return NumberSlider(label, value, shown, only_stops=False)


def choice_slider(label: str, value: float, numbers: Sequence[float]) -> NumberSlider | widgets.Dropdown:
    """Return a slider that stops at the given numbers and at no others, or a menu; what is typed moves to the nearest.

    Parameters
    ----------
    label : str
        In full words, before the slider.
    value : float
        Where it stands at first; one of the numbers.
    numbers : sequence of float
        Ascending, greater than 0.
    """
    if has_fields():
        return menu(label, value, {f"{number:g}": number for number in numbers})
    return NumberSlider(label, value, numbers, only_stops=True)


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


def long(control: widgets.Widget) -> widgets.Widget:
    """Return a slider with a row of its own, as wide as the explorer."""
    control.layout.flex, control.layout.max_width = "1 1 100%", "100%"
    return control


def button(label: str, tooltip: str) -> widgets.Button:
    """Return a button with a word and a tooltip."""
    width = pixels(max(84, 8 * len(label) + 12))
    return widgets.Button(description=label, tooltip=tooltip, layout=widgets.Layout(width=width, padding="0 4px"))


def row(children: Sequence[widgets.Widget]) -> widgets.HBox:
    """Return a row that wraps."""
    return widgets.HBox(list(children), layout=widgets.Layout(flex_flow="row wrap", width="100%"))


def close(*parts: widgets.Widget) -> None:
    """Close widgets and all that is in them: the kernel keeps what is not closed."""
    for part in parts:
        inner = [getattr(part, name, None) for name in ("layout", "style")]
        close(*getattr(part, "children", ()), *filter(None, inner))
        part.close()


def folded(title: str, children: Sequence[widgets.Widget]) -> widgets.Accordion:
    """Return a row behind a title that has to be clicked."""
    accordion = widgets.Accordion(children=[row(children)], selected_index=None)
    accordion.set_title(0, title)
    return accordion


def _sizes(width: int = 268, description_width: int = 100) -> dict[str, object]:
    # Two stand side by side in a narrow cell; in a wide one they grow.
    layout = widgets.Layout(flex=f"1 1 {pixels(width)}", width="auto", max_width=pixels(320), margin="1px 2px")
    return {"style": {"description_width": pixels(description_width)}, "layout": layout}
