"""The widths of the hidden layers follow the two sliders."""

import pytest

from mlp_tutorial.lessons.shared.hidden_sizes import HiddenSizes
from mlp_tutorial.live.controls import int_slider


@pytest.mark.parametrize(
    ("before", "moved", "value", "after"),
    [
        ([3, 5], "num_layers", 4, [3, 5, 5, 5]),
        ([3, 5], "num_layers", 1, [3]),
        ([], "num_layers", 2, [8, 8]),
        ([3, 5], "width", 7, [7, 7]),
    ],
)
def test_moved_sliders_resize_the_hidden_layers(before, moved, value, after):
    controls = {"num_layers": int_slider("hidden layers", len(before), 0, 6), "width": int_slider("width", 8, 1, 16)}
    widths = HiddenSizes(before, controls)
    assert widths.sizes == before
    controls[moved].value = value
    assert widths.sizes == after
