"""What a model's units and gradients show while data go through it."""

import copy
import math

import pytest
import torch
from torch import nn

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.diagnosis import diagnose
from mlp_tutorial.training.examination import examine
from mlp_tutorial.training.history import History


def test_the_share_of_dead_relus_is_counted_layer_by_layer():
    model = NeuralNetworkModel(2, [4, 10], 2)
    with torch.no_grad():
        model.input_layer.bias[:1] = -100
        model.hidden_layers[0].bias[:] = torch.tensor([-100.0] * 8 + [10.0] * 2)
        model.input_layer.bias[1:] = 10
        model.hidden_layers[0].weight.fill_(0.1)
    data = (torch.randn(30, 2), torch.arange(30) % 2)
    (finding,) = diagnose(History(), model, data)
    assert finding.name == "dead ReLUs" and "80 % of the units in hidden layer 2" in finding.evidence
    model.activation = nn.functional.leaky_relu
    assert diagnose(History(), model, data) == []


@pytest.mark.parametrize(("activation", "flat", "not_quite"), [("tanh", 3.2, 2.7), ("sigmoid", 6.2, 5.4)])
def test_saturated_means_a_slope_below_a_hundredth_of_the_steepest(activation, flat, not_quite):
    function = getattr(math, activation, lambda x: 1 / (1 + math.exp(-x)))

    def slope(x):
        return (function(x + 1e-4) - function(x - 1e-4)) / 2e-4

    assert 0.005 < slope(flat) / slope(0) < 0.01 < slope(not_quite) / slope(0) < 0.02
    model = NeuralNetworkModel(2, [6], 2, activation=activation)
    with torch.no_grad():
        model.input_layer.weight.zero_()
        model.input_layer.bias[:] = torch.tensor([flat, -flat, flat, flat, flat, not_quite])
        data = (torch.randn(30, 2), torch.arange(30) % 2)
        (finding,) = diagnose(History(), model, data)
        assert finding.name == "saturation" and "83 % of the values in hidden layer 1" in finding.evidence
        model.input_layer.bias[0] = -not_quite
        assert diagnose(History(), model, data) == []


def test_the_share_of_the_gradient_that_comes_back_equals_a_finite_difference():
    torch.manual_seed(0)
    model = NeuralNetworkModel(2, [5] * 6, 2, activation="sigmoid").double()
    X, y = torch.randn(1, 2).double(), torch.tensor([1])
    (finding,) = diagnose(History(), model, (X, y), nn.CrossEntropyLoss())

    def length_at(layer):  # a layer's bias shifts its pre-activation: of one sample, both have the same gradient
        slopes = []
        for index in range(len(layer.bias)):
            losses = []
            for step in (1e-3, -1e-3):
                shifted = copy.deepcopy(layer.bias.data)
                layer.bias.data[index] += step
                losses.append(nn.functional.cross_entropy(model(X), y).item())
                layer.bias.data.copy_(shifted)
            slopes.append((losses[0] - losses[1]) / 2e-3)
        return math.hypot(*slopes)

    share = length_at(model.input_layer) / length_at(model.output_layer)
    assert finding.name == "no gradient arrives" and f"a share of {share:.1g} comes back to input_layer" in str(finding)


def test_an_error_of_the_model_leaves_no_hooks_behind():
    model = NeuralNetworkModel(2, [4], 2)
    with pytest.raises(ValueError, match="expects 2 features"):
        diagnose(History(), model, (torch.randn(5, 3), torch.zeros(5, dtype=torch.int64)))
    assert not any(module._forward_hooks for module in model.modules())


def test_large_data_are_sampled_from_all_their_rows_and_their_targets_counted_whole():
    seen = []

    class Watched(nn.Linear):
        def forward(self, x):
            seen.append(x[:, 0].detach())
            return super().forward(x)

    X = torch.arange(10_000.0).unsqueeze(1)  # (10000, 1)
    y = (torch.arange(10_000) % 40 == 0).long()  # sampling every 40th would see one class alone
    history = History(training_loss=[0.2] * 30, learning_rate=[0.1] * 30, num_steps=200)
    (finding,) = diagnose(history, Watched(1, 2), (X / 10_000, y))
    (rows,) = seen
    assert 200 <= len(rows) <= 250 and rows[0] == 0 and rows[-1] > 0.99
    entropy = -(0.025 * math.log(0.025) + 0.975 * math.log(0.975))
    assert (
        finding.name == "baseline not beaten" and f"one answer for all samples gives {entropy:.3f}" in finding.evidence
    )


def test_several_labels_are_scored_label_by_label():
    torch.manual_seed(0)
    X = torch.randn(60, 2)
    y = torch.stack([X[:, 0] > 0, torch.rand(60) > 0.2], 1).float()  # the second label has nothing to do with X
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
        model.bias.copy_(torch.tensor([0.0, 1.0]))
    found = examine(model, (X, y), nn.BCEWithLogitsLoss(), {})
    shares = y.mean(0).tolist()
    assert found.score_name == "accuracy"
    assert found.score == pytest.approx((1 + shares[1]) / 2)  # all of the first label, and every 1 of the second
    assert found.constant_score == pytest.approx(sum(max(share, 1 - share) for share in shares) / 2)
    assert found.constant_score < found.neighbours_score < 1


def test_neighbours_are_found_among_large_numbers():
    torch.manual_seed(0)
    X = 1e7 + torch.arange(200.0).unsqueeze(1) * 4
    y = ((X - 1e7) / 400).round()
    found = examine(nn.Sequential(nn.Linear(1, 1)), (X, y), nn.MSELoss(), {})
    assert found.score_name == "R²" and found.neighbours_score > 0.95
