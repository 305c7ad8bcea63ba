"""Places of a picture that can be clicked: transparent buttons laid over it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import ipywidgets as widgets

from .canvas import Canvas


class Area(NamedTuple):
    """A place that can be clicked; lengths are in the canvas's pixels at scale 1, from its top left corner."""

    key: Hashable  # what the click is told as
    left: float
    top: float
    width: float
    height: float
    tooltip: str  # what it is, and what a click does: also its name for who hears the page


class ClickAreas:
    """Lays buttons over a canvas's picture and calls `clicked(key)`; Tab and Enter reach them as a mouse does.

    Core widgets know no click on an image. Places and sizes are shares of the picture, so they stay right where a narrow
    page makes it smaller. Buttons are made once and used again, since each costs the page some milliseconds.
    """

    def __init__(self, canvas: Canvas, clicked: Callable[[Hashable], None]) -> None:
        self._canvas, self._clicked = canvas, clicked
        self.areas: list[Area] = []
        #: By its place's key: a click that is under way when the places change is still that of the place that was hit.
        self.buttons: dict[Hashable, widgets.Button] = {}
        self._keys: dict[widgets.Button, Hashable] = {}
        self._free: list[widgets.Button] = []
        self.widget = widgets.Box([canvas.image])
        self.widget.add_class("mlp-clickable")
        canvas.widget = self.widget

    def set(self, areas: Sequence[Area]) -> None:
        """Let these places, and no others, be clicked; Tab goes through them in their order."""
        before = {area.key: area for area in self.areas}
        for key in before.keys() - {area.key for area in areas}:
            self._free.append(self.buttons.pop(key))
        for area in areas:
            button = self.buttons.get(area.key) or self._button_for(area.key)
            if area.key not in before or area[1:5] != before[area.key][1:5]:
                self._place(button, area)
            if button.tooltip != area.tooltip:
                button.tooltip = area.tooltip
        shown = (self._canvas.image, *(self.buttons[area.key] for area in areas))
        if self.widget.children != shown:
            self.widget.children = shown
        self.areas = list(areas)

    def click(self, key: Hashable) -> None:
        """Click the place with this key, as a hand would."""
        self.buttons[key].click()

    def _place(self, button: widgets.Button, area: Area) -> None:
        width, height = self._canvas.width, self._canvas.height
        sides = zip(("left", "top", "width", "height"), area[1:5], (width, height, width, height), strict=True)
        with button.layout.hold_sync():
            for side, length, whole in sides:
                setattr(button.layout, side, f"{100 * length / whole:.3f}%")

    def _button_for(self, key: Hashable) -> widgets.Button:
        if self._free:
            button = self._free.pop()
        else:
            button = widgets.Button(layout=widgets.Layout())
            button.add_class("mlp-click")
            button.on_click(lambda button: self._clicked(self._keys[button]))
        self.buttons[key], self._keys[button] = button, key
        return button
