"""A network taken apart: each column holds what its neurons hand on, whatever the module does in between."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.playground.network_columns import columns_of
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.model import ACTIVATIONS
from tests.lessons.playground.helpers import OwnWeights, handed_on, hooks_on, own_modules, same, weights_of

X = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))


def assert_as_hooks_tell(model, X, linked):
    """Assert that every layer's column holds what its neurons hand on, and stands after what the layer is given."""
    columns = columns_of(model, X)
    given, outputs = handed_on(model, X)
    assert torch.equal(columns[0].values, X)
    assert torch.equal(columns[-1].values, outputs)
    with_layer = [(number, column) for number, column in enumerate(columns) if column.linear is not None]
    assert [column.linear for _, column in with_layer] == [layer for layer, _ in given]
    assert [number for number, column in enumerate(columns) if column.linked] == linked
    for (number, column), (_, inputs) in zip(with_layer, given, strict=True):
        if column.linked:
            assert torch.equal(columns[number - 1].values, inputs), column.name
    return columns


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_of_the_packages_class(activation):
    model = NeuralNetworkModel(2, [5, 3], 3, activation)
    columns = assert_as_hooks_tell(model, X, [1, 2, 3])
    assert [column.name for column in columns] == ["", "input_layer", "hidden_layers.0", "output_layer"]
    first = ACTIVATIONS[activation](model.input_layer(X)).detach()
    assert torch.allclose(columns[1].values, first, atol=1e-6)


@pytest.mark.parametrize("name", own_modules())
def test_modules_of_ones_own(name):
    model, widths, linked = own_modules()[name]
    columns = assert_as_hooks_tell(model, X, linked)
    assert [column.values.shape[1] for column in columns] == widths
    names = dict(model.named_modules())
    assert all(names[column.name] is column.linear for column in columns if column.linear is not None)


@pytest.mark.parametrize("name", own_modules())
def test_the_columns_stay_the_same_ones_where_neurons_are_off_and_dropout_is_on(name):
    model, widths, linked = own_modules()[name]
    run = PlaygroundRun(Start("disc", (), num_points=60, model=model), Live(dropout=0.4))
    columns = columns_of(run.model, X)
    for number in range(1, len(columns) - 1):
        if columns[number + 1].linked:
            run.switch(run.linears.index(columns[number + 1].linear), 1, False)
    columns = assert_as_hooks_tell(run.model, X, linked)
    assert [column.values.shape[1] for column in columns] == widths
    for number in range(1, len(columns) - 1):
        if columns[number + 1].linked:
            assert not columns[number].values[:, 1].any(), number


def test_a_column_between_two_holds_what_was_computed_there():
    model, *_ = own_modules()["concatenation"]
    between = columns_of(model, X)[2]
    assert between.name == "computed in between"
    assert torch.equal(between.values, torch.cat([torch.relu(model.first(X)), X], 1))


def test_a_batch_norm_is_a_column_without_a_layer():
    model, *_ = own_modules()["batch norm"]
    columns = columns_of(model.train(), X)
    sums = model[0](X)
    normal = (sums - model[1].running_mean) / (model[1].running_var + model[1].eps).sqrt()
    assert torch.equal(columns[1].values, sums.detach()) and columns[2].linear is None
    assert torch.allclose(columns[2].values, normal.relu(), atol=1e-5)


def test_the_model_and_its_inputs_are_left_as_they_were():
    for model, *_ in own_modules().values():
        model.train()
        before = weights_of(model)
        columns_of(model, X)
        assert model.training and same(weights_of(model), before) and not hooks_on(model)


def test_a_model_that_fails_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 2)).train()
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        columns_of(model, X)
    assert model.training and not hooks_on(model)


def test_matrices_of_ones_own_are_one_column():
    model = OwnWeights()
    features, output = columns_of(model, X)
    assert torch.equal(output.values, model(X).detach()) and output.linear is None and not features.linked
