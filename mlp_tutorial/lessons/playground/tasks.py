"""The tasks of the playground: each check looks at an explorer as it stands, and says what is missing."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakSet

import torch
from torch.nn.utils import parameters_to_vector

from mlp_tutorial.data.bundled import BUNDLED_DATA
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.toy import TOY_DATA
from mlp_tutorial.experiment import default_criterion
from mlp_tutorial.lessons.playground.network_columns import columns_of
from mlp_tutorial.lessons.playground.playground_explorer import PlaygroundExplorer
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.task_conditions import (
    NEW_POINTS,
    RATE_EPOCHS,
    counted,
    first_and_last_loss,
    moves_still,
    neurons_switched_off,
    new_points_right,
    num_neurons,
    other_features,
    refuse,
    right_with_another_weight,
    run_of,
    too_few_right,
    too_many_neurons,
    trained,
)
from mlp_tutorial.lessons.shared.bundled_copies import bundled_under_another_name
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.training.evaluation import NOTHING_LEARNED, baseline_loss, evaluate
from mlp_tutorial.utils.wording import percent

NEARLY = 1.25  # a rate nearly bursts if this many times the rate does
OVERFITTING_EPOCHS = 200
OVERFITTED = 1.3  # the validation loss at the end, as a multiple of the lowest
TAMED = 1.1  # the same with brakes, as a multiple of the lowest without
NOISY_DISC = {"noise": 0.3, "num_points": 100, "training_share": 0.5, "data_seed": 0}
_SEEN_DEAD: WeakSet[PlaygroundRun] = WeakSet()


@check
def check_xor(explorer: PlaygroundExplorer) -> str:
    """Ask for 95 % on "xor" without a hidden layer, from at most one feature more than x1 and x2."""
    run = run_of(explorer, "xor")
    layers, features = len(run.linears) - 1, run.start.input_names()
    refuse(
        layers and f"{counted(layers, 'hidden layer')} there: take away all.",
        len(features) > 3 and f"It is given {len(features)} features: x1, x2 and one more are enough.",
        too_few_right(run, 0.95),
    )
    return "One feature that fits the question is worth a hidden layer."


@check
def check_disc(explorer: PlaygroundExplorer) -> str:
    """Ask for 95 % on "disc" from x1 and x2, with at most 3 hidden neurons."""
    run = run_of(explorer, "disc")
    refuse(other_features(run), too_many_neurons(run, 3), too_few_right(run, 0.95))
    if num_neurons(run) < 3:
        return f"It takes no more than {num_neurons(run)}: nobody needs fewer."
    triangle = "Three lines make a triangle, and that is round enough. " * (run.start.hidden_sizes == (3,))
    return f'{triangle}With the activation "silu" two neurons can do it.'


@check
def check_spiral(explorer: PlaygroundExplorer) -> str:
    """Ask for 95 % on "spiral" with at most 12 hidden neurons, from any features."""
    run = run_of(explorer, "spiral")
    refuse(too_many_neurons(run, 12), too_few_right(run, 0.95))
    return f"{num_neurons(run)} neurons, {len(run.start.features)} features. Can you do with fewer?"


@check
def check_broken_network(explorer: PlaygroundExplorer) -> str:
    """Ask for a network at 60 % or below on "disc" that gets 90 % as soon as one of its weights is another."""
    run = run_of(explorer, "disc")
    refuse(neurons_switched_off(run))
    right = new_points_right(run)
    healed = max(right_with_another_weight(run))
    if right > 0.6:
        trained = "" if healed >= 0.9 else " And it is not trained well enough before: 90 % are needed."
        raise NotYet(f"It still gets {percent(right)} of new points right: break it to 60 % or less.{trained}")
    if healed < 0.9:
        raise NotYet(
            f"It gets only {percent(right)} right, but no single weight brings it back: with the best other value of one it "
            f"gets {percent(healed)}. Train it first, to 90 %, and then change one weight alone."
        )
    return (
        f"{percent(right)}; with another value of one weight {percent(healed)}. What it knew stood in that number too."
    )


@check
def check_learning_rate(explorer: PlaygroundExplorer) -> str:
    """Ask for a learning rate on "plane" at which a run learns, and at 1.25 times which it bursts."""
    run = run_of(explorer, "plane")
    rate, higher = run.live.learning_rate, run.live.learning_rate * NEARLY
    start, end = first_and_last_loss(run, rate)
    if not end < start:
        raise NotYet(f"At {rate:g} it bursts: in {RATE_EPOCHS} epochs the loss goes from {start:.2f} to {end:.3g}.")
    if first_and_last_loss(run, higher)[1] < start:
        raise NotYet(f"At {rate:g} it learns, and at {higher:.3g} it does so too: go higher.")
    loss = run.measure()["training"].loss
    if len(run.history) < RATE_EPOCHS or not loss < start:
        raise NotYet(
            f"At {higher:.3g} it would burst, and {rate:g} is just below that. Now reset, and train {RATE_EPOCHS} epochs "
            f"at this rate; you have {len(run.history)}, and a loss of {loss:.3g}."
        )
    return f"At {rate:g} it learns, at {higher:.3g} it bursts."


@check
def check_overfitting(explorer: PlaygroundExplorer) -> str:
    """Ask for a network that overfits the noisy disc without brakes, and with them ends as well as it ever was without."""
    run = run_of(explorer, "disc")
    changed = [f"{name}={value}" for name, value in NOISY_DISC.items() if getattr(run.start, name) != value]
    if changed:
        raise NotYet(f"Other data would be easier. Go back to {', '.join(changed)}.")
    epochs = len(run.history)
    if epochs < OVERFITTING_EPOCHS:
        raise NotYet(f"Train for at least {OVERFITTING_EPOCHS} epochs, without stopping early; these are {epochs}.")
    brakes = run.live.penalty != "none" or run.live.weight_decay or run.live.dropout
    free = replace(run.live, penalty="none", weight_decay=0.0, dropout=0.0)
    losses = trained(run, free, OVERFITTING_EPOCHS).history.validation_loss
    lowest, last = min(losses), losses[-1]
    without = (
        f"its validation loss is lowest after {losses.index(lowest) + 1} epochs, {lowest:.3f}, and ends at {last:.3f}"
    )
    if not last > OVERFITTED * lowest:
        raise NotYet(
            f"Without brakes it hardly overfits: {without}. It must end {percent(OVERFITTED - 1)} above its lowest: give it "
            "more neurons, or a higher rate."
        )
    if not brakes:
        raise NotYet(f"Half is done, it overfits: {without}. Now tame it: with a penalty, weight decay or dropout.")
    reached, goal = run.measure()["validation"].loss, TAMED * lowest
    if not reached <= goal:
        raise NotYet(f"Without brakes {without}. With yours it ends at {reached:.3f}: {goal:.3f} or less is needed.")
    return f"Without brakes {without}. With yours it ends at {reached:.3f}, and nobody had to stop it in time."


@check
def check_dead_layer(explorer: PlaygroundExplorer) -> str:
    """Look at a network twice: once with a layer that answers 0 to every point, and once when it has learned again."""
    run = run_of(explorer, "gaussians")
    columns = columns_of(run.model, run.start.inputs(run.dataset.X_train))[1:-1]
    if not columns:
        raise NotYet("It has no hidden layer: add one.")
    refuse(neurons_switched_off(run))
    right = new_points_right(run)
    if dead := [number for number, column in enumerate(columns, 1) if not column.values.any()]:
        refuse(
            moves_still(run, dead[0])
            and f"Layer {dead[0]} answers 0 to every point, yet a gradient reaches its weights: it is not dead. A ReLU is "
            "flat where it answers 0: choose it, and make its sums negative."
        )
        _SEEN_DEAD.add(run)
        raise NotYet(
            f"Half is done: layer {dead[0]} answers 0 to every point, and training moves none of its weights. "
            "Now revive it, train on, and run this cell again."
        )
    if run not in _SEEN_DEAD:
        awake = min(int(column.values.any(0).sum()) for column in columns)
        raise NotYet(
            "No layer of this network was dead when this cell looked: in its quietest layer "
            f"{counted(awake, 'neuron')} awake. Make a layer answer 0 to every point, and run this cell then."
        )
    refuse(right < 0.95 and f"The layer is awake again. {too_few_right(run, 0.95)} Train on.")
    return f"Dead and alive again: {percent(right)} right."


@check
def check_hills(explorer: PlaygroundExplorer) -> str:
    """Ask for an R² of 0.4 on "hills" from x1 and x2, with at most 6 hidden neurons."""
    run = run_of(explorer, "hills")
    r_squared = new_points_right(run)
    given = f"{r_squared:.2f}" if r_squared > -100 else "far below 0"
    too_low = r_squared < 0.4 and f"R² on {NEW_POINTS:,} new points is {given}: 0.40 is needed."
    refuse(other_features(run), too_many_neurons(run, 6), too_low)
    neurons = counted(num_neurons(run), "neuron", verb=False)
    return f"R² {r_squared:.2f} with {neurons}. Now take one less than your neighbour."


@check
def check_by_hand(explorer: PlaygroundExplorer) -> str:
    """Ask for 75 % on "xor" from x1 and x2 by weights with at most two decimals, without an epoch of training."""
    run = run_of(explorer, "xor")
    numbers, drawn = (
        parameters_to_vector(model.parameters()).detach()
        for model in (run.model, PlaygroundRun(run.start, run.live).model)
    )
    long = ((numbers != drawn) & ((numbers - numbers.round(decimals=2)).abs() > 1e-5)).sum().item()
    epochs = len(run.history)
    refuse(
        other_features(run),
        not num_neurons(run) and "Without a hidden layer it draws one line: add neurons.",
        epochs and f"It was trained for {counted(epochs, 'epoch', verb=False)}: reset, and use the sliders alone.",
        not epochs
        and long
        and f"{counted(long, 'number')} neither those it began with nor round: set them by hand, with two decimals at most.",
        too_few_right(run, 0.75),
    )
    return f"{percent(new_points_right(run))} right, and no gradient was computed."


@check
def check_own_table(explorer: PlaygroundExplorer) -> str:
    """Ask for a network that has learned something from a data set that is none of the package's."""
    run = run_of(explorer)
    data, rows = run.dataset, sum(map(len, (run.dataset.X_train, run.dataset.X_validation, run.dataset.X_test)))
    if not isinstance(run.start.dataset, Dataset) or data.name in TOY_DATA | BUNDLED_DATA:
        raise NotYet(f"{data.name!r} is a data set of the package: make one of your table, with Dataset.from_csv.")
    if name := bundled_under_another_name(data):
        raise NotYet(f"This is the set {name!r} of the package under another name: make one of your table.")
    if rows < 30:
        raise NotYet(f"The table has {rows} rows that can be used: 30 are needed, to tell luck from learning.")
    X, y = run.start.inputs(data.X_validation), data.y_validation
    criterion = default_criterion(data.task)
    measured = evaluate(run.model, (X, y), criterion)
    constant = baseline_loss(torch.zeros(len(X), data.output_size), y, criterion)
    if not measured.loss < NOTHING_LEARNED * constant:
        raise NotYet(
            f"The validation loss is {measured.loss:.3f}, and one answer for all rows has {constant:.3f}: come below "
            f"{NOTHING_LEARNED * constant:.3f}. Train longer, or with another rate; or the table does not tell."
        )
    return f"{rows} rows: the validation loss is {measured.loss:.3f}, and one answer for all rows has {constant:.3f}."
