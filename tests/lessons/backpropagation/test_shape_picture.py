"""The product that is a weight's gradient, as boxes: its cells, numbers and shapes are those of the tensors."""

import pytest
import torch

from mlp_tutorial.lessons.backpropagation.shape_picture import MOST_SAMPLES, plot_weight_gradient


def words_of(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_visible()]


@pytest.mark.parametrize("batch", [1, 7, 206])
def test_the_boxes_have_the_shapes_of_the_tensors_and_the_last_shows_the_gradient(batch):
    upstream, X = torch.randn(batch, 4), torch.randn(batch, 2)
    figure = plot_weight_gradient(upstream, X)
    words = words_of(figure)
    assert {f"d_Z.T  (4, {batch})", f"X  ({batch}, 2)", "d_W  (4, 2)", "@", "="} <= set(words)
    samples = min(batch, MOST_SAMPLES)
    (cells,) = figure.axes[0].collections
    assert len(cells.get_paths()) == 4 * samples + 2 * samples + 8 + 2  # and two orange sides
    layer = torch.nn.Linear(2, 4)
    layer(X).backward(upstream)
    numbers = [float(word.replace("−", "-")) for word in words if word.replace("−", "").replace(".", "").isdigit()]
    assert numbers[-8:] == pytest.approx(layer.weight.grad.flatten().tolist(), abs=0.06)
    assert (f"and {batch - MOST_SAMPLES} more" in words) == (batch > MOST_SAMPLES)
