"""The two sliders of where a descent begins: their range is that of the map, which can be another one."""

from __future__ import annotations

import time

import ipywidgets as widgets

from mlp_tutorial.lessons.optimizers.surfaces import Surface
from mlp_tutorial.live.controls import float_slider, value_of

#: Seconds within which a page sends back what the range before has made of a slider's value.
ECHO = 3.0


class StartSliders:
    """Sliders for the coordinates x and y of the start, in `controls` by these names."""

    def __init__(self, surface: Surface, start: tuple[float, float]) -> None:
        ranges = zip("xy", start, _ranges(surface), strict=True)
        self.controls: dict[str, widgets.FloatSlider] = {
            name: float_slider(f"start {name}", value, low, high, 0.01) for name, value, (low, high) in ranges
        }
        self._echoes: set[tuple[str, float]] = set()

    def move_to(self, surface: Surface) -> None:
        """Give the sliders the range and the start of another map."""
        self._starts, self._echoes_until = dict(zip("xy", surface.start, strict=True)), time.monotonic() + ECHO
        self._echoes = set()
        for name, (low, high), value in zip("xy", _ranges(surface), surface.start, strict=True):
            slider = self.controls[name]
            self._echoes |= {(name, old := value_of(slider)), (name, min(max(old, low), high))} - {(name, value)}
            # One assignment at a time, and never a range without the value in it.
            slider.min, slider.max = min(slider.min, low), max(slider.max, high)
            slider.value = value
            slider.min, slider.max = low, high

    def takes_back(self, name: str) -> bool:
        """Put a slider right that a page has sent back as it was in the range before; return whether it was that."""
        slider = self.controls.get(name)
        if slider is None or (name, value_of(slider)) not in self._echoes or time.monotonic() >= self._echoes_until:
            return False
        slider.value = self._starts[name]
        return True


def _ranges(surface: Surface) -> tuple[tuple[float, float], tuple[float, float]]:
    left, right, bottom, top = surface.limits
    return (left, right), (bottom, top)
