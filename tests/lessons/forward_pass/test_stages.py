"""The network of lesson 04, and the stages of its forward pass in double precision."""

import torch

from mlp_tutorial import evaluate
from mlp_tutorial.lessons.forward_pass.stages import forward_stages, penguin_network


def test_the_network_is_good_at_penguins_and_uses_all_its_units():
    model, penguins = penguin_network()
    assert not model.training
    assert evaluate(model, penguins, torch.nn.CrossEntropyLoss()).metric > 0.95
    for parameter in model.parameters():
        assert torch.equal(parameter, (parameter * 100).round() / 100)
    for trace in model.trace(penguins.X_train)[:-1]:
        on = (trace.activation > 0).float().mean(0)
        assert on.min() > 0.2 and on.max() < 0.9


def test_every_caller_gets_a_network_of_its_own():
    first, _ = penguin_network()
    with torch.no_grad():
        first.input_layer.weight.zero_()
    assert penguin_network()[0].input_layer.weight.any()


def test_the_stages_are_the_layers_in_double_precision():
    model, penguins = penguin_network()
    for row in range(0, 206, 25):
        x = penguins.X_train[row]
        stages = forward_stages(model, penguins, penguins.unstandardise(x).tolist())
        expected, a = [x.double()], x.double()
        for _, layer in model.linear_layers():
            z = layer.weight.double() @ a + layer.bias.double()
            a = z.clamp(min=0)
            expected += [z, a]
        expected[-1] = z.exp() / z.exp().sum()
        assert [stage.symbol for stage in stages] == ["x", "z", "a", "z", "a", "logits", "p"]
        for stage, vector in zip(stages, expected, strict=True):
            assert torch.allclose(stage.values.double(), vector, atol=1e-5), stage
