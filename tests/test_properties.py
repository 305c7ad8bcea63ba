"""Whatever a learner may legally ask for: shapes right, losses finite or explained, repeatable, nothing else touched."""

import random
from itertools import pairwise

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel
from mlp_tutorial.training.batches import as_batches
from mlp_tutorial.training.diagnosis import diagnose
from mlp_tutorial.training.evaluation import evaluate, predict
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness

#: A busy machine is slow: time is no part of these properties.
modest = settings(max_examples=80, deadline=None)

sizes = st.integers(1, 9)
architectures = st.fixed_dictionaries(
    {
        "input_size": sizes,
        "hidden_sizes": st.lists(sizes, max_size=4),
        "output_size": sizes,
        "activation": st.sampled_from(sorted(ACTIVATIONS)),
    }
)
seeds = st.integers(0, 2**32 - 1)
OPTIMIZERS = {
    "SGD": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
    "momentum": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
    "Nesterov": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.9, nesterov=True),
    "RMSprop": lambda parameters, rate: torch.optim.RMSprop(parameters, lr=rate),
    "Adam": lambda parameters, rate: torch.optim.Adam(parameters, lr=rate),
    "AdamW": lambda parameters, rate: torch.optim.AdamW(parameters, lr=rate),
}
LOSSES = {
    "classes": nn.CrossEntropyLoss(),
    "values": nn.MSELoss(),
    "labels": nn.BCEWithLogitsLoss(),
    "probabilities": nn.CrossEntropyLoss(),
    "absolute": nn.L1Loss(),
}


def new_model(architecture, seed):
    with SeededRandomness(seed):
        return NeuralNetworkModel(**architecture)


def new_data(task, architecture, count, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    X = scale * torch.randn(count, architecture["input_size"], generator=generator)
    values = torch.randn(count, architecture["output_size"], generator=generator)
    targets = {"classes": values.argmax(1), "labels": (values > 0).float(), "probabilities": values.softmax(1)}
    return X, targets.get(task, scale * values)


def global_state():
    return (
        torch.get_rng_state().tolist(),
        random.getstate(),
        np.random.get_state()[1].tolist(),  # noqa: NPY002 (the global state is what is watched)
        torch.get_num_threads(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
    )


@modest
@given(architecture=architectures, count=st.integers(0, 7), seed=seeds)
def test_any_architecture_has_the_right_shapes(architecture, count, seed):
    before = global_state()
    model = new_model(architecture, seed)
    X = torch.zeros(count, architecture["input_size"])
    widths = [architecture["input_size"], *architecture["hidden_sizes"], architecture["output_size"]]
    assert model(X).shape == (count, widths[-1])
    assert [trace.activation.shape for trace in model.trace(X)] == [(count, width) for width in widths[1:]]
    assert model.count_parameters() == sum((a + 1) * b for a, b in pairwise(widths))
    assert repr(model).count("\n") == len(widths)
    again = new_model(architecture, seed)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    assert global_state() == before


@modest
@given(count=st.integers(1, 50), batch_size=st.none() | st.integers(1, 60), seed=seeds)
def test_any_batch_size_hands_out_every_sample_once(count, batch_size, seed):
    X = torch.arange(count).unsqueeze(1)
    batches = as_batches((X, X), batch_size=batch_size, shuffle=torch.Generator().manual_seed(seed))
    for _ in range(2):
        inputs, targets = zip(*batches, strict=True)
        assert torch.cat(inputs).flatten().sort().values.tolist() == list(range(count))
        assert torch.equal(torch.cat(inputs), torch.cat(targets))
        assert max(map(len, inputs)) == batches.largest_batch()
        assert all(len(batch) == batches.largest_batch() for batch in inputs[:-1])


@modest
@given(
    architecture=architectures,
    task=st.sampled_from(sorted(LOSSES)),
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    exponent=st.floats(-4, 4),
    count=st.integers(1, 40),
    scale=st.sampled_from([0.0, 1e-3, 1.0, 1e3]),
    batch_size=st.none() | st.integers(1, 50),
    in_loader=st.booleans(),
    validated=st.booleans(),
    max_gradient_norm=st.none() | st.just(1.0),
    seed=seeds,
)
def test_any_run_is_repeatable_explained_and_touches_nothing_else(
    architecture, task, optimizer, exponent, count, scale, batch_size, in_loader, validated, max_gradient_norm, seed
):
    if task in ("classes", "probabilities"):  # one output and cross-entropy are refused
        architecture = {**architecture, "output_size": architecture["output_size"] + 1}
    X, y = new_data(task, architecture, count, scale, seed)
    held_out = new_data(task, architecture, 5, scale, seed + 1)
    copies = X.clone(), y.clone(), *(part.clone() for part in held_out)
    before, histories, models = global_state(), [], []
    for _ in range(2):
        data, options = (X, y), {"batch_size": batch_size}
        if in_loader:
            data, options = DataLoader(TensorDataset(X, y), batch_size=batch_size or count, shuffle=True), {}
        model = new_model(architecture, seed)
        model.eval() if in_loader else model.train()
        histories.append(
            train(
                model,
                data,
                LOSSES[task],
                OPTIMIZERS[optimizer](model.parameters(), 10**exponent),
                num_epochs=3,
                seed=seed,
                validation_data=held_out if validated else None,
                max_gradient_norm=max_gradient_norm,
                progress=False,
                **options,
            )
        )
        models.append(model)
        assert model.training != in_loader

    history, again = histories
    assert global_state() == before
    assert all(torch.equal(a, b) for a, b in zip((X, y, *held_out), copies, strict=True))
    assert X.grad is None and all(p.isfinite().all() or history.diverged for p in models[0].parameters())

    for name in ("training_loss", "validation_loss", "gradient_norm", "learning_rate"):
        assert_same(getattr(history, name), getattr(again, name))
    assert history.stop_reason == again.stop_reason and history.num_steps == again.num_steps

    assert torch.tensor(history.training_loss).isfinite().all()
    assert history.diverged == bool(history.stop_reason) and (history.diverged or len(history) == 3)
    if history.diverged:
        assert history.stop_reason.startswith("Stopped ") and " epoch " in history.stop_reason
        (finding,) = diagnose(history, models[0], (X, y), LOSSES[task])
        assert finding.name == "diverged" and finding.evidence and finding.suggestion
    else:
        assert torch.tensor(history.validation_loss).isfinite().all()
        assert evaluate(models[0], (X, y), LOSSES[task]).loss < float("inf")
        assert predict(models[0], X, task="regression").shape == (count, architecture["output_size"])
    lengths = {len(getattr(history, name)) for name in ("metric", "gradient_norm", "learning_rate", "seconds")}
    assert lengths == {len(history)} and len(history.validation_loss) == validated * len(history)
    assert all(norm >= 0 or history.diverged for norm in history.gradient_norm)


def assert_same(values, others):
    assert torch.equal(torch.tensor(values).nan_to_num(-1), torch.tensor(others).nan_to_num(-1))


@settings(max_examples=15, deadline=None)
@given(
    architecture=architectures,
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    batch_size=st.none() | st.integers(1, 30),
    epochs=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    seed=seeds,
)
def test_any_run_goes_on_from_its_saved_state_as_if_it_had_not_stopped(
    architecture, optimizer, batch_size, epochs, seed
):
    data = new_data("values", architecture, 20, 1.0, seed)

    def go_on(model, optimizer, num_epochs, history):
        return train(
            model,
            data,
            nn.MSELoss(),
            optimizer,
            num_epochs=num_epochs,
            batch_size=batch_size,
            seed=seed,
            history=history,
            progress=False,
        )

    def start():
        model = new_model(architecture, seed)
        return model, OPTIMIZERS[optimizer](model.parameters(), 0.01)

    whole = go_on(*start(), sum(epochs), History())
    model, first_optimizer = start()
    history = go_on(model, first_optimizer, epochs[0], History())
    other, second_optimizer = start()
    other.load_state_dict(model.state_dict())
    second_optimizer.load_state_dict(first_optimizer.state_dict())
    resumed = go_on(other, second_optimizer, epochs[1], History.from_state_dict(history.state_dict()))
    assert resumed.training_loss == whole.training_loss and len(history) == epochs[0]
