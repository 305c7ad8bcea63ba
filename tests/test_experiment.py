"""The settings of one run: what they build, what they refuse, and how they are told apart in words."""

import pytest
import torch
from torch import nn

from mlp_tutorial.experiment import OPTIMIZERS, Experiment, default_criterion, differences


def experiment(**settings):
    return Experiment(**{"dataset": "moons", "hidden_sizes": [4, 3], "learning_rate": 0.1, **settings})


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
    exec(run.program(8).text(), namespace)
    torch.set_rng_state(state)
    assert namespace["training_loss"] == pytest.approx(history.training_loss[-1], abs=1e-6)
    assert namespace["validation_loss"] == pytest.approx(history.validation_loss[-1], abs=1e-6)


def test_what_a_function_of_the_package_made_is_named_and_not_copied():
    from mlp_tutorial.lessons.backpropagation.own_gradients import model_with

    own = model_with(lambda X, W, upstream: (upstream.T @ X, upstream.sum(0), upstream @ W)).function
    program = experiment(model_class=own).program(3).text()
    assert program.startswith("# Define these names first: own_model_class (your ModelWithYourGradients).\n")
    assert "nn.Module" not in program
