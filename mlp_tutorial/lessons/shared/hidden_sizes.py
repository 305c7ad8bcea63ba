"""The widths of a network's hidden layers, and the two sliders that change them."""

from __future__ import annotations

from collections.abc import Sequence

from mlp_tutorial.live.controls import int_slider


class HiddenSizes:
    """Sliders for the number of hidden layers and for their width, and the `sizes` that they stand for.

    A new layer is as wide as the last one, and a moved width is that of all; `width` is that of the first one of all.
    """

    def __init__(
        self, sizes: Sequence[int], *, fewest: int = 0, most: int = 6, widest: int = 16, width: int = 8
    ) -> None:
        self.sizes = list(sizes)
        self.controls = {
            "num_layers": int_slider("hidden layers", len(self.sizes), fewest, most),
            "width": int_slider("width", max(self.sizes, default=width), 1, widest),
        }
        self.controls["num_layers"].observe(self._add_or_remove, "value")
        self.controls["width"].observe(self._widen, "value")

    def _add_or_remove(self, moved: dict) -> None:
        last = self.sizes[-1] if self.sizes else self.controls["width"].value
        self.sizes = [*self.sizes, *[last] * moved["new"]][: moved["new"]]

    def _widen(self, moved: dict) -> None:
        self.sizes = [moved["new"]] * len(self.sizes)
