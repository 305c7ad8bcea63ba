"""Clipped lines and their sum: every number drawn is the neurons', and the sliders are those of the neuron chosen."""

import pytest
import torch

from mlp_tutorial.lessons.building_blocks.pieces_explorer import explore_pieces
from mlp_tutorial.lessons.building_blocks.random_functions import find_bends


def drawn(line):
    return torch.as_tensor(line.get_ydata())


def test_lines_pieces_and_sum_are_drawn_as_the_neurons_compute_them():
    neurons = [(1.0, 1.0, 1.0), (-2.0, 0.5, -1.5), (0.0, 2.0, 0.5)]
    explorer = explore_pieces(neurons)
    x, picture = explorer.x, explorer.picture
    for number, (w, b, v) in enumerate(neurons):
        assert torch.allclose(drawn(picture.lines[number]), w * x + b)
        assert torch.allclose(drawn(picture.clipped[number]), (w * x + b).relu())
        assert torch.allclose(drawn(picture.pieces[number]), v * (w * x + b).relu())
    assert torch.allclose(drawn(picture.sum), sum(v * (w * x + b).relu() for w, b, v in neurons))


def test_every_bend_of_the_sum_has_a_dot_and_nothing_else_has():
    explorer = explore_pieces([(1.0, 1.0, 1.0), (2.0, 0.0, -1.0), (1.0, -1.5, 2.0), (1.0, 5.0, 1.0)])
    assert explorer.bends == [(-1.0, 4.0), (0.0, 6.0), (1.5, 6.0)]  # the fourth bends outside the picture
    assert [explorer.x[place].item() for place in find_bends(explorer.sums)] == pytest.approx([-1.0, 0.0, 1.5])
    assert explorer.picture.dots.get_xydata().tolist() == [list(bend) for bend in explorer.bends]
    assert explore_pieces([(1, 1, 1), (1, 1, -1)]).status_line.note == "The sum is straight between −3 and 3."


def test_the_sliders_belong_to_the_neuron_chosen():
    explorer = explore_pieces()
    explorer.controls["neuron"].value = 2
    assert [explorer.controls[name].value for name in ("weight", "bias", "output_weight")] == explorer.neurons[1]
    explorer.controls["bias"].value = 1.0
    assert explorer.neurons == [[1.0, 1.0, 1.0], [2.0, 1.0, -1.0], [1.0, -1.5, 2.0]]
    assert explorer.status_line.text == "neuron 2: (−1.00) · ReLU(2.00 · x + 1.00) · bends at x = −0.50"
    explorer.controls["neuron"].value = 1
    assert explorer.neurons[1] == [2.0, 1.0, -1.0] and explorer.controls["bias"].value == 1.0
    assert "neuron" not in explore_pieces([(1, 0, 1)]).controls


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([],), "one to 4 triples"),
        (([(1, 2)],), r"triples \(w, b, v\); they are \[\(1, 2\)\]"),
        (([(1, 1, 1)] * 5,), "one to 4 triples"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        explore_pieces(*arguments)
    with pytest.raises(ValueError, match="neuron must be 1 to 3; it is 4"):
        explore_pieces(neuron=4)
