"""Numbers that are drawn layer by layer: as PyTorch's in size, and the same where other sizes change."""

import pytest
import torch

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.shared.initialisation import draw_by_layer


def drawn(*sizes, seed=0):
    model = NeuralNetworkModel(*sizes)
    state = torch.get_rng_state()
    draw_by_layer(model, seed)
    assert torch.equal(torch.get_rng_state(), state)
    return model.state_dict()


def test_a_layer_keeps_its_numbers_where_others_come_or_grow():
    one, deeper, wider = drawn(2, [4], 3), drawn(2, [4, 5], 3), drawn(2, [9], 3)
    assert torch.equal(one["input_layer.weight"], deeper["input_layer.weight"])
    assert torch.equal(one["input_layer.weight"], wider["input_layer.weight"][:4])
    assert torch.equal(one["output_layer.bias"] * 2, wider["output_layer.bias"] * 3)  # √inputs
    assert torch.allclose(one["output_layer.weight"] * 2, wider["output_layer.weight"][:, :4] * 3)


@pytest.mark.parametrize("inputs", [1, 16, 100])
def test_numbers_are_as_large_as_pytorchs_and_follow_the_seed(inputs):
    numbers = drawn(inputs, [60], 1)["input_layer.weight"]
    assert 0.9 < numbers.abs().max() * inputs**0.5 <= 1 and abs(numbers.mean()) * inputs**0.5 < 0.2
    assert not torch.equal(numbers, drawn(inputs, [60], 1, seed=1)["input_layer.weight"])
