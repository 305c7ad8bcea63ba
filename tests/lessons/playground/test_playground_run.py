"""A run that is changed on the way: what it trains, what each change does, and what neurons keep."""

import time
from dataclasses import fields, replace
from itertools import pairwise

import pandas as pd
import pytest
import torch
from torch import nn

from mlp_tutorial import Dataset, NeuralNetworkModel, load_dataset, train
from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.training.loop import training_steps
from mlp_tutorial.utils.randomness import SeededRandomness
from tests.lessons.playground.helpers import Backwards, Skip, WithFunctions, hooks_on, same, weights_of


def start(**settings):
    return Start(**{"dataset": "disc", "hidden_sizes": (4, 2), "num_points": 60, **settings})


def trained(run, epochs):
    """Train to an epoch, and return the run."""
    for _ in run.train_to(epochs):
        pass
    return run


# What is trained.


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_is_what_train_gives(optimizer):
    run = trained(PlaygroundRun(start(seed=3), Live(optimizer=optimizer, weight_decay=0.01)), 6)
    dataset = load_dataset("disc", num_points=60, noise=0.0, standardise=False, validation_size=0.25, test_size=0.25)
    with SeededRandomness(3):
        model = NeuralNetworkModel(2, [4, 2], 2, "tanh")
    optimizer_class, options = OPTIMIZERS[optimizer]
    optimizer = optimizer_class(model.parameters(), **{"lr": 0.03, **options, "weight_decay": 0.01})
    criterion = nn.CrossEntropyLoss()
    history = train(model, dataset, criterion, optimizer, num_epochs=6, batch_size=10, seed=3, progress=False)
    assert run.history.training_loss == history.training_loss
    assert run.history.validation_loss == history.validation_loss
    assert same(weights_of(run.model), weights_of(model))


@pytest.mark.parametrize("penalty", ["L1", "L2"])
def test_a_penalty_is_added_to_the_loss(penalty):
    run = PlaygroundRun(start(), Live(penalty=penalty, penalty_rate=0.1, batch_size=0, learning_rate=0.1))
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [4, 2], 2, "tanh")
    optimizer, criterion = torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    for _ in range(5):
        sizes = [
            weight.abs() if penalty == "L1" else weight**2 / 2
            for n, weight in model.named_parameters()
            if "weight" in n
        ]
        loss = criterion(model(run.dataset.X_train), run.dataset.y_train) + 0.1 * sum(size.sum() for size in sizes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    trained(run, 5)
    for name, value in model.state_dict().items():
        assert torch.allclose(run.model.state_dict()[name], value, atol=1e-6), name


def test_dropout_is_between_the_layers_and_only_while_it_trains():
    torch.manual_seed(0)
    for model in (Backwards(), WithFunctions()):
        seen = {}
        run = PlaygroundRun(start(model=model), Live(dropout=0.5))
        for name in ("first", "second", "last"):
            layer = getattr(run.model, name)
            layer.register_forward_pre_hook(
                lambda _, given, name=name, seen=seen: seen.setdefault(name, given[0].detach())
            )
        run.model.train()(run.dataset.X_train)
        shares = {name: (given == 0).float().mean().item() for name, given in seen.items()}
        assert shares["first"] == 0 and 0.35 < shares["last"] < 0.65
        seen.clear()
        run.model.eval()(run.dataset.X_train)
        assert (seen["last"] != 0).all()


@pytest.mark.parametrize("initialisation", ["Xavier", "He", "zero"])
def test_initialisations(initialisation):
    weights = PlaygroundRun(start(hidden_sizes=(200, 200), initialisation=initialisation), Live()).model
    inner = weights.hidden_layers[0]
    assert not inner.bias.any()
    assert inner.weight.std().item() == pytest.approx(
        {"Xavier": 0.0707, "He": 0.1, "zero": 0.0}[initialisation], rel=0.03
    )


def test_the_data_are_split_by_the_share():
    run = PlaygroundRun(start(num_points=100, training_share=0.7), Live())
    dataset = run.dataset
    assert [len(part) for part in (dataset.y_train, dataset.y_validation, dataset.y_test)] == [70, 15, 15]


def test_the_learners_own_module_stays_as_it_was():
    torch.manual_seed(0)
    own = WithFunctions()
    before = weights_of(own)
    run = PlaygroundRun(start(model=own), Live())
    assert same(weights_of(run.model), before)
    trained(run, 3)
    assert same(weights_of(own), before) and not same(weights_of(run.model), before)


def test_with_another_seed_an_own_module_draws_new_weights():
    torch.manual_seed(0)
    own = Skip()
    other = PlaygroundRun(replace(start(model=own), seed=1), Live())
    assert not same(weights_of(other.model), weights_of(own))
    again = PlaygroundRun(replace(start(model=own), seed=1), Live())
    assert same(weights_of(other.model), weights_of(again.model))


def test_an_activation_with_weights_begins_anew_with_each_run():
    settings = start(activation=nn.PReLU())
    first = PlaygroundRun(settings, Live(learning_rate=0.3))
    before = weights_of(first.model)
    trained(first, 5)
    assert not same(weights_of(first.model), before)
    assert same(weights_of(PlaygroundRun(settings, Live()).model), before)


def test_the_notebooks_random_numbers_stay_as_they_were():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    run = trained(PlaygroundRun(start(), Live(dropout=0.3)), 2)
    run.resized(start(hidden_sizes=(5, 2)))
    assert torch.equal(torch.get_rng_state(), before)


# What is changed on the way.

CHANGES = {
    "learning_rate": 0.3,
    "batch_size": 0,
    "optimizer": "adam",
    "penalty": "L1",
    "penalty_rate": 0.1,
    "weight_decay": 0.1,
    "dropout": 0.4,
}


def test_every_live_setting_is_tried():
    assert set(CHANGES) == {field.name for field in fields(Live)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_keeps_weights_and_epochs_and_acts_from_then_on(name):
    before = Live(penalty="L2") if name == "penalty_rate" else Live()
    run, unchanged = (trained(PlaygroundRun(start(), before), 3) for _ in range(2))
    weights, losses = weights_of(run.model), list(run.history.training_loss)
    run.change(replace(before, **{name: CHANGES[name]}))
    assert same(weights_of(run.model), weights) and run.history.training_loss == losses
    trained(run, 5)
    trained(unchanged, 5)
    assert len(run.history) == 5 and run.history.training_loss[:3] == losses
    assert run.history.validation_loss[:3] == unchanged.history.validation_loss[:3]
    assert run.history.validation_loss[3:] != unchanged.history.validation_loss[3:]


def test_a_change_there_and_back_is_none():
    run, unchanged = (trained(PlaygroundRun(start(), Live()), 2) for _ in range(2))
    for name in CHANGES:
        if name != "optimizer":  # a new one has no memory, but SGD has none either
            run.change(replace(run.live, **{name: CHANGES[name]}))
            run.change(replace(run.live, **{name: getattr(Live(), name)}))
    assert trained(run, 5).history.training_loss == trained(unchanged, 5).history.training_loss


def test_an_edit_adds_no_point_to_the_curve_and_the_loss_is_that_of_now():
    run = trained(PlaygroundRun(start(), Live()), 3)
    losses = list(run.history.training_loss), list(run.history.validation_loss)
    before = run.measure()
    run.set_number(0, 1, 0, 3.5)
    run.set_number(2, 1, None, -2.0)
    run.switch(1, 2, False)
    assert (run.history.training_loss, run.history.validation_loss) == losses
    assert run.model.input_layer.weight[1, 0] == 3.5 and run.model.output_layer.bias[1] == -2.0
    X, y = run.dataset.X_train, run.dataset.y_train
    with torch.no_grad():
        h = run.model.input_layer(X).tanh() * torch.tensor([1.0, 1.0, 0.0, 1.0])
        logits = run.model.output_layer(run.model.hidden_layers[0](h).tanh())
    after = run.measure()
    assert after["training"].loss == pytest.approx(nn.functional.cross_entropy(logits, y).item(), abs=1e-6)
    assert after["training"].loss != before["training"].loss


def test_a_neuron_switched_off_learns_nothing_and_comes_back():
    run = PlaygroundRun(start(), Live())
    run.switch(1, 0, False)
    into, out = run.model.input_layer.weight[0].clone(), run.model.hidden_layers[0].weight[:, 0].clone()
    trained(run, 3)
    assert torch.equal(run.model.input_layer.weight[0], into)
    assert torch.equal(run.model.hidden_layers[0].weight[:, 0], out)
    before = run.measure()["training"].loss
    run.switch(1, 0, True)
    assert run.measure()["training"].loss != before and not hooks_on(run.model)


def test_switches_work_in_a_module_that_registers_its_layers_backwards():
    torch.manual_seed(0)
    run = PlaygroundRun(start(model=Backwards()), Live())
    for layer, width in (("second", 4), ("last", 3)):
        for source in range(width):
            before = run.measure()["training"].loss
            run.switch(run.linears.index(getattr(run.model, layer)), source, False)
            assert run.measure()["training"].loss != before, (layer, source)


def test_it_is_between_epochs_only_when_one_is_complete():
    run = PlaygroundRun(start(num_points=1000), Live(batch_size=1))
    states = [(not run.mid_epoch, len(run.history)) for _ in run.train_to(1)]
    assert states[-1] == (True, 1) and len(states) > 1
    assert states[:-1] == [(False, 0)] * (len(states) - 1)


class FailsOnce(WithFunctions):
    failing = False

    def forward(self, x):
        if self.failing and self.training:
            raise RuntimeError("not today")
        return super().forward(x)


@pytest.mark.parametrize("steps_before", [0, 3])
def test_after_a_failure_in_the_midst_training_goes_on(steps_before):
    run = PlaygroundRun(start(num_points=400, model=FailsOnce()), Live(batch_size=1))
    trained(run, 1)
    steps = run.train_to(2)
    for _ in range(steps_before):
        next(steps)
    run.model.failing = True
    with pytest.raises(RuntimeError, match="not today"):
        list(steps)
    run.model.failing = False
    assert len(trained(run, 4).history) == 4 and not run.mid_epoch


def test_a_run_that_has_diverged_can_be_changed():
    run = trained(PlaygroundRun(start(dataset="plane", hidden_sizes=()), Live(learning_rate=1e6)), 50)
    assert run.history.diverged
    run.change(replace(run.live, learning_rate=0.01, batch_size=5))
    run.set_number(0, 0, 0, 1.0)
    trained(run, 60)
    run.measure()


# What neurons keep.

RESIZES = {
    "wider first layer": {"hidden_sizes": (6, 2)},
    "narrower first layer": {"hidden_sizes": (3, 2)},
    "wider second layer": {"hidden_sizes": (4, 5)},
    "narrower second layer": {"hidden_sizes": (4, 1)},
    "one layer more": {"hidden_sizes": (4, 2, 2)},
    "one layer less": {"hidden_sizes": (4,)},
    "no layer": {"hidden_sizes": ()},
    "a feature more": {"features": ("x1", "x2", "x1·x2")},
    "a feature less": {"features": ("x2",)},
    "other features": {"features": ("x2", "sin x1")},
    "a feature before": {"features": ("x1", "x2", "x1²")},
}


@pytest.mark.parametrize("name", RESIZES)
def test_neurons_that_stay_keep_their_weights(name):
    old = trained(PlaygroundRun(start(), Live(learning_rate=0.1)), 3)
    old.switch(1, 0, False)
    old.switch(1, 3, False)
    old.switch(2, 1, False)
    new_start = start(**RESIZES[name])
    new = old.resized(new_start)
    assert [layer.out_features for layer in new.linears] == [*new_start.hidden_sizes, 2]
    both = {feature: place for place, feature in enumerate(new_start.features) if feature in old.start.features}
    hidden = min(len(old.linears), len(new.linears)) - 1
    for number in range(hidden + (len(old.linears) == len(new.linears))):
        before, after = old.linears[number], new.linears[number]
        units = min(before.out_features, after.out_features)
        sources = {s: s for s in range(min(before.in_features, after.in_features))}
        if number == 0:
            sources = {old.start.features.index(feature): place for feature, place in both.items()}
        assert torch.equal(before.bias[:units], after.bias[:units])
        for source, place in sources.items():
            assert torch.equal(before.weight[:units, source], after.weight[:units, place]), (number, source)
    for layer in range(1, len(new.linears)):
        # What is switched off is a neuron of a hidden layer, whatever layer comes after it.
        off = {(1, 0), (1, 3), (2, 1)}
        assert new.on[layer].tolist() == [float((layer, unit) not in off) for unit in range(len(new.on[layer]))]
    assert len(new.history) == 0 and new.live == old.live
    assert same(new.weights, weights_of(new.model))


def test_a_feature_that_stays_keeps_its_weights_where_one_comes_before_it():
    old = trained(PlaygroundRun(start(features=("x2",)), Live()), 1)
    new = old.resized(start(features=("x1", "x2")))
    assert torch.equal(new.linears[0].weight[:, 1], old.linears[0].weight[:, 0])


def test_no_layer_and_one_more_answer_as_the_seed_says():
    old = trained(PlaygroundRun(start(hidden_sizes=()), Live()), 2)
    new = old.resized(start(hidden_sizes=(2,)))
    fresh = PlaygroundRun(start(hidden_sizes=(2,)), Live())
    assert same(weights_of(new.model), weights_of(fresh.model))


def test_a_class_without_biases_can_be_resized():
    class NoBias(nn.Module):
        def __init__(self, input_size, hidden_sizes, output_size):
            super().__init__()
            widths = [input_size, *hidden_sizes, output_size]
            self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairwise(widths))

        def forward(self, x):
            for layer in self.layers:
                x = torch.tanh(layer(x))
            return x

    old = PlaygroundRun(start(model=NoBias), Live())
    new = old.resized(start(model=NoBias, hidden_sizes=(5, 2)))
    assert torch.equal(new.linears[0].weight[:4], old.linears[0].weight)


# What a call may give.


def test_weights_may_be_lists_or_tensors():
    weights = weights_of(PlaygroundRun(start(seed=8), Live()).model)
    lists = {name: value.tolist() for name, value in weights.items()}
    for given in (weights, lists):
        assert same(weights_of(PlaygroundRun(start(), Live(), given).model), weights)


WRONG_WEIGHTS = [
    ({}, "weights must hold the numbers of input_layer.weight"),
    ({"input_layer.weight": [[1.0]]}, "given were"),
    ([1, 2], "given were"),
    ({"output_layer.bias": [1.0, 2.0, 3.0]}, r"'output_layer.bias'\] must have shape \(2,\); it has \(3,\)"),
    ({"output_layer.bias": "many"}, r"'output_layer.bias'\] must"),
    ({"output_layer.bias": [[1.0], [2.0, 3.0]]}, r"'output_layer.bias'\] must"),
]


@pytest.mark.parametrize(("weights", "sentence"), WRONG_WEIGHTS)
def test_other_weights_get_a_sentence(weights, sentence):
    if isinstance(weights, dict) and "output_layer.bias" in weights:
        weights = {**weights_of(PlaygroundRun(start(), Live()).model), **weights}
    with pytest.raises((TypeError, ValueError), match=sentence):
        PlaygroundRun(start(), Live(), weights)


# How fast it is.


def test_what_the_playground_adds_to_a_step_is_little():
    settings = {"num_points": 500, "hidden_sizes": (4, 2)}
    epochs, shares = 12, []
    for _ in range(7):
        run = PlaygroundRun(start(**settings), Live())
        with SeededRandomness(0):
            model = NeuralNetworkModel(2, [4, 2], 2, "tanh")
        optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
        data = run.dataset.X_train, run.dataset.y_train
        validation = run.dataset.X_validation, run.dataset.y_validation
        options = {"num_epochs": epochs, "batch_size": 10, "validation_data": validation, "pause_every": 0.004}
        began = time.perf_counter()
        for _ in training_steps(model, data, nn.CrossEntropyLoss(), optimizer, **options):
            pass
        alone = time.perf_counter() - began
        began = time.perf_counter()
        trained(run, epochs)
        shares.append(alone / (time.perf_counter() - began))
    assert max(shares) >= 0.9, shares


def test_data_of_one_feature_and_a_module_without_parameters_are_refused_in_a_sentence():
    table = pd.DataFrame({"length": [float(row) for row in range(30)], "kind": ["a", "b"] * 15})
    with pytest.raises(ValueError, match="two features or more; 'table' has one"):
        PlaygroundRun(Start(Dataset.from_frame(table, target="kind"), (2,)), Live())
    with pytest.raises(ValueError, match="The module ReLU has no parameters to train"):
        PlaygroundRun(Start("disc", (2,), model=nn.ReLU()), Live())
