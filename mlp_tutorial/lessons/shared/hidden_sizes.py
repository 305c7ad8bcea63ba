"""The widths of a network's hidden layers, as two sliders change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets as widgets


class HiddenSizes:
    """The `sizes` that the sliders `num_layers` and `width` stand for.

    A new layer is as wide as the last one, or where there is none, as the slider says; a moved width is that of all.
    """

    def __init__(self, sizes: Sequence[int], controls: Mapping[str, widgets.Widget]) -> None:
        self.sizes, self._width = list(sizes), controls["width"]
        controls["num_layers"].observe(self._add_or_remove, "value")
        self._width.observe(self._widen, "value")

    def _add_or_remove(self, moved: dict) -> None:
        last = self.sizes[-1] if self.sizes else self._width.value
        self.sizes = [*self.sizes, *[last] * moved["new"]][: moved["new"]]

    def _widen(self, moved: dict) -> None:
        self.sizes = [moved["new"]] * len(self.sizes)
