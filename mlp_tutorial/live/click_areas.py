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
        self.buttons: list[widgets.Button] = []
        self.widget = widgets.Box([canvas.image])
        self.widget.add_class("mlp-clickable")
        canvas.widget = self.widget

    def set(self, areas: Sequence[Area]) -> None:
        """Let these places, and no others, be clicked."""
        while len(self.buttons) < len(areas):
            self.buttons.append(self._new_button(len(self.buttons)))
        for area, before, button in zip(areas, [*self.areas, *[None] * len(areas)], self.buttons, strict=False):
            if before is None or area[1:5] != before[1:5]:
                for side, length, whole in zip(
                    ("left", "top", "width", "height"),
                    area[1:5],
                    (self._canvas.width, self._canvas.height) * 2,
                    strict=True,
                ):
                    setattr(button.layout, side, f"{100 * length / whole:.3f}%")
            if button.tooltip != area.tooltip:
                button.tooltip = area.tooltip
        if len(areas) != len(self.areas):
            self.widget.children = [self._canvas.image, *self.buttons[: len(areas)]]
        self.areas = list(areas)

    def click(self, key: Hashable) -> None:
        """Click the place with this key, as a hand would."""
        number = next(number for number, area in enumerate(self.areas) if area.key == key)
        self.buttons[number].click()

    def _new_button(self, number: int) -> widgets.Button:
        button = widgets.Button(layout=widgets.Layout())
        button.add_class("mlp-click")
        button.on_click(lambda _: self._clicked(self.areas[number].key))
        return button
