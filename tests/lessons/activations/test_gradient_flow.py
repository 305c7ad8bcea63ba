"""The schemes of initialisation, and the flow of gradients that they leave."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial import NeuralNetworkModel, load_dataset
from mlp_tutorial.lessons.activations.gradient_flow import measure_flow
from mlp_tutorial.lessons.shared.initialisation import initialise
from mlp_tutorial.utils.randomness import SeededRandomness

DEFAULT = "PyTorch's default"


@pytest.mark.parametrize(("scheme", "expected"), [(DEFAULT, 1 / 3), ("Xavier", 4 / 3), ("He", 2.0)])
def test_the_schemes_have_the_variances_that_the_lesson_names(scheme, expected):
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [600], 300)
        initialise(model, scheme)
    layer = model.output_layer  # 600 inputs, 300 outputs
    assert 600 * layer.weight.var().item() == pytest.approx(expected, rel=0.02)
    assert layer.weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert bool(layer.bias.any()) is (scheme == DEFAULT)


def test_scale_multiplies_the_weights_and_an_unknown_scheme_is_named():
    models = []
    for scale in (1.0, 3.0):
        with SeededRandomness(0):
            models.append(NeuralNetworkModel(2, [5], 3))
            initialise(models[-1], "He", scale=scale)
    assert torch.allclose(3 * models[0].input_layer.weight, models[1].input_layer.weight)
    with pytest.raises(ValueError, match="Did you mean 'Xavier'"):
        initialise(models[0], "xaver")


def test_the_flow_is_what_backward_leaves_at_the_sums_and_the_weights():
    dataset = load_dataset("penguins")
    model = NeuralNetworkModel(2, [6, 5], 3, "tanh")
    flow = measure_flow(model, dataset)
    assert all(parameter.grad is None for parameter in model.parameters())
    z, inputs = [model.input_layer(dataset.X_train)], [dataset.X_train]
    for layer in (model.hidden_layers[0], model.output_layer):
        inputs.append(torch.tanh(z[-1]))
        z.append(layer(inputs[-1]))
    for sums in z:
        sums.retain_grad()
    F.cross_entropy(z[-1], dataset.y_train).backward()
    for number, (_, layer) in enumerate(model.linear_layers()):
        assert flow.gradients[number] == pytest.approx((z[number].grad.numpy() ** 2).mean() ** 0.5, rel=1e-5)
        assert flow.weight_gradients[number] == pytest.approx((layer.weight.grad.numpy() ** 2).mean() ** 0.5, rel=1e-5)
        product = z[number].grad.T @ inputs[number]  # a weight's gradient is upstream × input, over all samples
        assert torch.allclose(layer.weight.grad, product, atol=1e-7)
    hidden = inputs[1]
    variances = hidden.detach().numpy().var(0, ddof=1)
    assert flow.spreads[0] == pytest.approx(variances.mean() ** 0.5, rel=1e-5)


def final_loss(scheme, activation, seed, num_epochs=300):
    dataset = load_dataset("penguins")
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, [8] * 6, 3, activation)
        for _, layer in model.linear_layers():
            if scheme == "He":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(num_epochs):
        loss = F.cross_entropy(model(dataset.X_train), dataset.y_train)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def test_six_layers_of_relu_train_with_he_and_mostly_not_with_the_default():
    assert sum(final_loss("He", "relu", seed) < 0.2 for seed in range(10)) == 10
    assert sum(final_loss("default", "relu", seed) < 0.2 for seed in range(10)) in (1, 2, 3)
