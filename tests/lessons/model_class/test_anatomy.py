"""What is found inside a model: layers, shapes, and layers that are not registered."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.model_class.anatomy import anatomy
from mlp_tutorial.lessons.model_class.model_explorer import explore_model


class PlainList(nn.Module):
    """Four linear layers, two of them where `nn.Module` does not look."""

    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.input_layer = nn.Linear(input_size, hidden_sizes[0])
        self.hidden_layers = [nn.Linear(before, after) for before, after in pairwise(hidden_sizes)]
        self.output_layer = nn.Linear(hidden_sizes[-1], output_size)

    def forward(self, x):
        x = self.input_layer(x)
        for layer in self.hidden_layers:
            x = layer(x)
        return self.output_layer(x)


@pytest.mark.parametrize("hidden_sizes", [[1], [8, 8], [3, 16, 5, 2]])
def test_anatomy_follows_from_the_sizes(hidden_sizes):
    seen = explore_model(4, hidden_sizes, 3, batch_size=7).anatomy
    widths = [4, *hidden_sizes, 3]
    assert [layer.output_shape for layer in seen.layers] == [(7, width) for width in widths[1:]]
    names = ["input_layer", *(f"hidden_layers.{i}" for i in range(len(hidden_sizes) - 1)), "output_layer"]
    assert [layer.name for layer in seen.layers] == names
    shapes = {name: tuple(tensor.shape) for name, tensor in seen.tensors.items()}
    expected = {}
    for name, (before, after) in zip(names, pairwise(widths), strict=True):
        expected |= {f"{name}.weight": (after, before), f"{name}.bias": (after,)}
    assert shapes == expected


def test_layers_that_are_not_registered_are_seen_at_work():
    seen = anatomy(PlainList(2, [8, 8, 8], 3), torch.zeros(5, 2))
    assert [layer.name for layer in seen.layers] == ["input_layer", None, None, "output_layer"]
    explorer = explore_model(hidden_sizes=[8, 8, 8], model_class=PlainList)
    assert "51 parameters" in explorer.status_line.text
    assert "2 layers that it computes with" in explorer.status_line.note
    assert "2 layers that it computes with" in explorer.sentence()
    assert "activation" not in explorer.controls
    explorer.controls["num_layers"].value = 1
    assert "computes with" not in explorer.status_line.note + explorer.sentence()


def test_no_hook_is_left_behind():
    explore_model()

    class Fails(NeuralNetworkModel):
        def forward(self, x):
            raise RuntimeError("it fails")

    with pytest.raises(RuntimeError, match="it fails"):
        explore_model(model_class=Fails)
    assert not torch.nn.modules.module._global_forward_hooks
