"""The neuron's picture: its line and its arrows."""

import numpy as np
import torch

from mlp_tutorial.lessons.neurons.neuron_explorer import explore_neuron
from mlp_tutorial.lessons.neurons.one_neuron import neuron_with


def test_the_line_is_where_the_output_is_a_half():
    explorer = explore_neuron(w1=2.0, w2=-1.0, b=0.5)
    line = np.array(explorer.picture.line.get_data()).T
    points = torch.tensor(line[np.isfinite(line).all(1)])
    outputs = neuron_with("sigmoid")(explorer.dataset.standardise(points), torch.tensor([2.0, -1.0]), torch.tensor(0.5))
    assert len(points) > 10
    np.testing.assert_allclose(outputs, 0.5, atol=1e-3)
    far = explore_neuron(w1=0.1, w2=0.0, b=8.0)
    assert not np.isfinite(far.picture.line.get_data()[0]).any()


def test_arrows_point_against_the_gradient_and_grow_with_it():
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0)
    lengths = {}
    for name, arrow in explorer.picture.arrows.items():
        (start, _), (end, _) = arrow._posA_posB
        lengths[name] = end - start
        assert np.sign(end - start) == -np.sign(explorer.gradient[name])
    assert sorted(lengths, key=lambda name: abs(lengths[name])) == ["w2", "b", "w1"]
    assert "raise w1 (gradient −0.186), lower b (gradient 0.081)" in explorer.status_line.note
