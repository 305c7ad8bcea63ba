"""Dead ReLU units, and the exercise that revives them."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import TRAINING_COLOUR, VALIDATION_COLOUR, new_figure
from mlp_tutorial.training.examination import dead_units
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent


def dead_shares(model: NeuralNetworkModel, X: torch.Tensor) -> list[float]:
    """Return for each hidden layer the share of ReLUs that are off for every sample.

    Parameters
    ----------
    model : NeuralNetworkModel
        With ReLU as its activation.
    X : Tensor of shape (samples, input_size)
        The samples.

    Examples
    --------
    >>> model = NeuralNetworkModel(2, [4, 4], 3)
    >>> _ = nn.init.constant_(model.input_layer.bias, -100)
    >>> dead_shares(model, torch.zeros(5, 2))[0]
    1.0
    """
    with torch.no_grad():
        return [dead_units(trace.pre_activation).float().mean().item() for trace in model.trace(X)[:-1]]


@check(changes=("weights",), repeatable=False)
def check_revive(revive: Callable) -> str:
    """Let `revive(layer, dead)` loose on layers of which some units are dead, none, or all."""
    inputs, outputs = 64, 200  # numbers that keep the likely mistakes apart
    dead = torch.randperm(outputs, generator=generator()) < 80
    layer = _revived(revive, inputs, outputs, dead)
    _check_he_spread(layer.weight[dead].detach(), inputs, outputs)
    for others in (
        torch.zeros(outputs, dtype=torch.bool),
        torch.ones(outputs, dtype=torch.bool),
        torch.arange(outputs) == 3,
    ):
        _revived(revive, inputs, outputs, others)
    return "Dead units start afresh as He proposes, living ones keep what they have learned."


def _revived(revive: Callable, inputs: int, outputs: int, dead: torch.Tensor) -> nn.Linear:
    """Return a layer with its dead units revived; raise `NotYet` where others are, or the same weights come twice."""
    layer = nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.bias[dead] = -50.0
    weight, bias = layer.weight.detach().clone(), layer.bias.detach().clone()
    try:
        revive(layer, dead.clone())
    except RuntimeError as error:
        if "in-place" in str(error) or "leaf" in str(error):
            raise NotYet(
                "PyTorch does not let a parameter be changed while it keeps a graph: "
                "put the changes into `with torch.no_grad():`."
            ) from None
        raise
    new_weight, new_bias = layer.weight.detach(), layer.bias.detach()
    if new_weight.shape != weight.shape or new_bias.shape != bias.shape:
        raise NotYet(f"The shapes must stay {tuple(weight.shape)} and {tuple(bias.shape)}.")
    if dead.any() and torch.equal(new_weight, weight) and torch.equal(new_bias, bias):
        raise NotYet(
            "Nothing has changed. Assign to layer.weight[dead] and layer.bias[dead]; "
            "a copy (or the result of nn.init on layer.weight[dead]) is not the layer."
        )
    if not (torch.equal(new_weight[~dead], weight[~dead]) and torch.equal(new_bias[~dead], bias[~dead])):
        if dead.any() and torch.equal(new_weight[dead], weight[dead]) and torch.equal(new_bias[dead], bias[dead]):
            raise NotYet("The living units were changed and the dead ones left: dead is True where a unit is dead.")
        raise NotYet("Living units were changed, and lost what they had learned: change the rows of dead ones alone.")
    if new_bias[dead].any():
        raise NotYet("The biases of dead units must be 0 again: it is they that hold the units under 0.")
    fresh = new_weight[dead]
    if dead.any() and torch.equal(fresh, weight[dead]):
        raise NotYet("The dead units keep their old weights: draw new ones.")
    if not fresh.isfinite().all():
        raise NotYet("Some of the new weights are inf or nan.")
    if len(fresh.unique(dim=0)) < len(fresh):
        raise NotYet("Several units got the same weights: they would stay the same for ever. Draw each its own.")
    return layer


def _check_he_spread(fresh: torch.Tensor, inputs: int, outputs: int) -> None:
    spread, expected = fresh.std().item(), (2 / inputs) ** 0.5
    if 0.93 < spread / expected < 1.07 and abs(fresh.mean().item()) < 0.1 * expected:
        return
    wrong = {
        2 / inputs: "that is the variance; its square root is the standard deviation",
        (2 / outputs) ** 0.5: "2 is divided by the number of outputs; He counts the inputs, layer.in_features",
        (2 / len(fresh)) ** 0.5: "2 is divided by the number of dead units; He counts the inputs, layer.in_features",
        (1 / inputs) ** 0.5: "the 2 is missing: ReLU lets only half through",
        (2 / (inputs + outputs)) ** 0.5: "that is Xavier's",
        (1 / (3 * inputs)) ** 0.5: "that is PyTorch's default",
        1.0: "randn alone has standard deviation 1: multiply it",
    }
    because = next((f" The likely cause: {why}." for value, why in wrong.items() if 0.95 < spread / value < 1.05), "")
    raise NotYet(
        f"The new weights: expected standard deviation √(2/{inputs}) = {expected:.3f} around 0, "
        f"got {spread:.3f} around {fresh.mean().item():.3f}.{because}"
    )


def _revive_like_he(layer: nn.Linear, dead: torch.Tensor) -> None:
    with torch.no_grad():
        layer.weight[dead] = torch.randn(int(dead.sum()), layer.in_features) * (2 / layer.in_features) ** 0.5
        layer.bias[dead] = 0.0


def plot_revival(revive: Callable) -> Axes:
    """Train the penguins' network, kill it, train on, let a learner's `revive` loose on it, and train on.

    Parameters
    ----------
    revive : callable
        `revive(layer, dead)` gives dead units fresh weights. Where it would stop the notebook, the package's own is used.

    Returns
    -------
    matplotlib Axes
        The loss against the epoch, with the share of dead units under it.
    """
    dataset = load_dataset("penguins")
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 3)
    *hidden, _ = (layer for _, layer in model.linear_layers())
    losses, shares = [], []

    def train_on() -> None:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        history = train(model, dataset, nn.CrossEntropyLoss(), optimizer, num_epochs=100, progress=False)
        losses.extend(history.training_loss)
        shares.append(max(dead_shares(model, dataset.X_train)))

    train_on()
    with torch.no_grad():
        for layer in hidden:
            layer.bias.fill_(-10.0)
    train_on()

    def revived(revive: Callable) -> list[torch.Tensor]:
        network = copy.deepcopy(model)
        with SeededRandomness(1):
            for number, (_, layer) in enumerate(list(network.linear_layers())[:-1]):
                # What is dead further on shows only after the layer before is revived.
                revive(layer, dead_units(network.trace(dataset.X_train)[number].pre_activation))
        return [parameter.detach() for parameter in network.parameters()]

    chosen = stand_in(revive, _revive_like_he, (), noun="revive", trial=revived, use=revived)
    nn.utils.vector_to_parameters(nn.utils.parameters_to_vector(chosen.result), model.parameters())
    train_on()
    with new_figure(6, 3) as figure:
        axes = figure.subplots()
        axes.plot(range(1, len(losses) + 1), losses, color=TRAINING_COLOUR)
        axes.set(xlabel="epoch", ylabel="training loss", ylim=(0, max(losses) * 1.15), xlim=(0, len(losses)))
        axes.set_title(chosen.title("A dead network, revived by"))
        for epoch in (100, 200):
            axes.axvline(epoch, color=VALIDATION_COLOUR, linestyle=(0, (4, 1.5)), linewidth=1.2)
        texts = ("healthy", "all biases set to −10", "revived")
        for number, (text, share) in enumerate(zip(texts, shares, strict=True)):
            label = f"{text}\nworst layer: {percent(share)} dead"
            axes.text(100 * number + 50, max(losses) * 1.12, label, ha="center", va="top", fontsize=8)
    return axes
