"""The settings of one run: what they build, what they refuse, and how they are told apart in words."""

import pytest
import torch
from torch import nn

from mlp_tutorial import load_dataset
from mlp_tutorial.experiment import OPTIMIZERS, Experiment, default_criterion, differences
from mlp_tutorial.model import ACTIVATIONS
from mlp_tutorial.programs import ACTIVATION_LAYERS, expression


def experiment(**settings):
    return Experiment(**{"dataset": "moons", "hidden_sizes": [4, 3], "learning_rate": 0.1, **settings})


def test_every_activation_has_a_layer_that_computes_the_same():
    x = torch.linspace(-3, 3, 61)
    assert set(ACTIVATION_LAYERS) == set(ACTIVATIONS)
    for name, layer in ACTIVATION_LAYERS.items():
        assert torch.equal(eval(layer, {"nn": nn})(x), ACTIVATIONS[name](x)), name


def test_build_follows_the_settings():
    model, criterion, optimizer = experiment(optimizer="momentum", learning_rate=0.3, activation="tanh").build()
    assert model.hidden_sizes == [4, 3] and model.activation is torch.tanh
    assert isinstance(criterion, nn.CrossEntropyLoss) and isinstance(optimizer, torch.optim.SGD)
    assert optimizer.param_groups[0]["lr"] == 0.3 and optimizer.param_groups[0]["momentum"] == 0.9


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, again, other = (experiment(seed=seed).build()[0].output_layer.weight for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_unknown_or_impossible_settings_are_refused():
    with pytest.raises(ValueError, match=r"Unknown optimizer 'adm'. Did you mean 'adam'"):
        experiment(optimizer="adm")
    with pytest.raises(ValueError, match="learning_rate must be greater than 0; it is 0"):
        experiment(learning_rate=0)
    with pytest.raises(ValueError, match="Did you mean 'tanh'"):
        experiment(activation="tahn").build()
    with pytest.raises(ValueError, match="moons"):
        experiment(dataset="mons").load()


def test_differences_name_only_what_differs():
    runs = [experiment(), experiment(learning_rate=1.0), experiment(learning_rate=1.0, batch_size=8)]
    assert differences(runs) == ["rate 0.1, full batch", "rate 1, full batch", "rate 1, batch 8"]
    assert differences([experiment()]) == [""]


def test_default_criteria():
    assert isinstance(default_criterion("classification"), nn.CrossEntropyLoss)
    assert isinstance(default_criterion("regression"), nn.MSELoss)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 64, 10_000])
def test_programs_run_and_end_where_the_steps_end(optimizer, batch_size):
    from mlp_tutorial import History

    run = experiment(optimizer=optimizer, batch_size=batch_size, learning_rate=0.01, seed=2)
    history = History()
    for _ in run.steps(*run.build(), 8, history):
        pass
    state = torch.get_rng_state()
    namespace = {}
    exec(run.program(8), namespace)
    torch.set_rng_state(state)
    assert namespace["training_loss"] == pytest.approx(history.training_loss[-1], abs=1e-6)
    assert namespace["validation_loss"] == pytest.approx(history.validation_loss[-1], abs=1e-6)


def test_a_dataset_of_ones_own_is_named_in_the_program():
    own = load_dataset("moons", seed=3)
    assert "your own Dataset, 'moons'" in experiment(dataset=own).program(3)


def test_ones_own_function_comes_with_its_source_and_what_cannot_is_named():
    def bent(x):
        return torch.where(x > 0, x, 0.3 * x)

    class Bend:
        def __call__(self, x):
            return bent(x)

    program = experiment(activation=bent).program(3)
    assert "def bent(x):\n    return torch.where" in program and "activation=bent" in program
    assert "# Bend: your own, as you defined it" in experiment(activation=Bend()).program(3)


def test_what_a_function_of_the_package_made_is_named_and_not_copied():
    from mlp_tutorial.lessons.backpropagation.own_gradients import model_with

    program = experiment(
        model_class=model_with(lambda X, W, upstream: (upstream.T @ X, upstream.sum(0), upstream @ W))
    ).program(3)
    assert "your own, as you defined it" in program and "class " not in program


def test_a_loss_is_written_with_the_options_that_it_has():
    weights = torch.tensor([1.0, 5.0])
    losses = [
        nn.CrossEntropyLoss(weight=weights, label_smoothing=0.1),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0])),
        nn.HuberLoss(delta=0.5),
        nn.SmoothL1Loss(beta=0.3),
        nn.MSELoss(),
    ]
    outputs = torch.linspace(-3, 3, 6)
    for loss in losses:
        again = eval(expression(loss), {"nn": nn, "torch": torch})
        pair = (outputs.reshape(3, 2), torch.tensor([0, 1, 1])) if isinstance(loss, nn.CrossEntropyLoss) else (
            outputs, (outputs > 0).float()
        )  # fmt: skip
        assert type(again) is type(loss)
        assert torch.equal(again(*pair), loss(*pair))
    assert expression(nn.MSELoss()) == "nn.MSELoss()"
