"""The claims of lesson 06."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median

import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset
from mlp_tutorial.lessons.activations import dead_shares, explore_training
from mlp_tutorial.lessons.activations.gradient_flow import fresh_network, measure_flow
from mlp_tutorial.lessons.shared.initialisation import initialise
from mlp_tutorial.sweep import sweep
from tools.claims.frame import claims_of
from tools.claims.runs import SEEDS, below, count, final_losses, trained

claim, facts = claims_of("06")

DEFAULT = "PyTorch's default"


def share_of_gradient(
    activation: str, scheme: str = DEFAULT, layers: int = 6, width: int = 8, scale: float = 1.0
) -> float:
    """Median over the seeds of what arrives at the sums of layer 1, as a share of the last layer's gradient."""
    penguins, sizes = load_dataset("penguins"), [width] * layers
    flows = [
        measure_flow(*fresh_network(penguins, sizes, activation, scheme, seed=seed, scale=scale)) for seed in SEEDS
    ]
    return median(flow.gradients[0] / flow.gradients[-1] for flow in flows)


for phrase, expected, settings in (
    ("With sigmoid, 3.2·10⁻⁶ of the last layer's gradient arrives", 3.2e-6, {"activation": "sigmoid"}),
    ("With ReLU the share is 0.0018", 0.0018, {"activation": "relu"}),
    ("with 12 layers 3.2·10⁻⁶", 3.2e-6, {"activation": "relu", "layers": 12}),
    ("with 20 layers 7.4·10⁻¹⁰", 7.4e-10, {"activation": "relu", "layers": 20}),
    ("A width of 32 does not help: 0.0014", 0.0014, {"activation": "relu", "width": 32}),
    ("With ReLU and He, 0.33 of the last layer's gradient", 0.33, {"activation": "relu", "scheme": "He"}),
    ("too small for ReLU: 0.068", 0.068, {"activation": "relu", "scheme": "Xavier"}),
    ("With tanh, Xavier's share is 0.32", 0.32, {"activation": "tanh", "scheme": "Xavier"}),
    ("and He's 0.59", 0.59, {"activation": "tanh", "scheme": "He"}),
    ("even with He its share is 4.1·10⁻⁴", 4.1e-4, {"activation": "sigmoid", "scheme": "He"}),
    ("He's variance, and its share is 0.53", 0.53, {"activation": "relu", "scale": 2.45}),
    ("layer 1 has about 5,000 times the gradient", 5000, {"activation": "relu", "scheme": "He", "scale": 5.0}),
):
    claim(phrase, expected, within=0.03)(partial(share_of_gradient, **settings))


@claim("In section 3 it was a little less, 0.37", 0.37, within=0.03)
def factor_of_a_hidden_layer() -> float:
    """What each of the five steps from hidden layer 6 to hidden layer 1 leaves of a gradient."""
    flows = [
        measure_flow(*fresh_network(load_dataset("penguins"), [8] * 6, "relu", DEFAULT, seed=seed)) for seed in SEEDS
    ]
    return median((flow.gradients[0] / flow.gradients[5]) ** (1 / 5) for flow in flows)


def six_layers(width: int = 8, learning_rate: float = 0.1, num_epochs: int = 300, **options) -> int:
    """In how many of ten seeds PyTorch's default brings the loss of six layers below 0.2."""
    options |= {"learning_rate": learning_rate, "num_epochs": num_epochs}
    return below(0.2, final_losses("penguins", [width] * 6, **options))


for phrase, expected, settings in (
    ("| ReLU, default | 2 of 10 |", 2, {}),
    ("| ReLU, default, width 32 | 9 of 10 |", 9, {"width": 32}),
    ("| tanh, default | 7 of 10 |", 7, {"activation": "tanh"}),
    ("| sigmoid, default, Xavier or He | 0 of 10 |", 0, {"activation": "sigmoid"}),
    ("At 0.3 the default brings seven of ten seeds below 0.2", 7, {"learning_rate": 0.3}),
):
    claim(phrase, expected)(partial(six_layers, **settings))


def as_tanh(model: NeuralNetworkModel) -> None:
    """Let a sigmoid network with Xavier's weights compute what a tanh network does: tanh z = 2 sigmoid(2z) - 1."""
    first, *later = [layer for _, layer in model.linear_layers()]
    with torch.no_grad():
        for layer in later:
            layer.bias.copy_(-layer.weight.sum(1))
            layer.weight.mul_(2)
        for layer in (first, *later[:-1]):
            layer.weight.mul_(2)
            layer.bias.mul_(2)


def six_layers_started(
    activation: str, scheme: str, learning_rate: float = 0.1, then: Callable[[NeuralNetworkModel], None] | None = None
) -> int:
    """In how many of ten seeds six layers with other first weights end below 0.2."""
    losses = []
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8] * 6, 3, activation)
            initialise(model, scheme)
        if then:
            then(model)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        losses.append(trained(model, load_dataset("penguins"), optimizer, num_epochs=300)[-1])
    return below(0.2, losses)


for phrase, expected, arguments in (
    ("| ReLU, He | 10 of 10 |", 10, ("relu", "He")),
    ("| tanh, Xavier | 10 of 10 |", 10, ("tanh", "Xavier")),
    ("| sigmoid, default, Xavier or He | 0 of 10 |", 0, ("sigmoid", "He")),
    ("At rate 0.5 it then trained from all ten seeds", 10, ("sigmoid", "Xavier", 0.5, as_tanh)),
):
    claim(phrase, expected, slow=True)(partial(six_layers_started, *arguments))


@claim("In the first hidden layer it stays off for good", (0, True, 0), slow=True)
def dead_units_that_come_back() -> tuple[float, ...]:
    """Units of [8, 8] at rate 2 that are dead and later are not: in layer 1, whether any in layer 2, whole layers."""
    penguins, back, layers_back = load_dataset("penguins"), [0, 0], 0
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
        before = [torch.zeros(8, dtype=torch.bool)] * 2
        for _ in range(300):
            trained(model, penguins, optimizer, num_epochs=1)
            traces = model.trace(penguins.X_train)
            now = [(trace.pre_activation <= 0).all(0) for trace in traces[:2]]
            for layer in (0, 1):
                back[layer] += int((before[layer] & ~now[layer]).sum())
                layers_back += bool(before[layer].all() and not now[layer].all())
            before = now
    return back[0], back[1] > 0, layers_back


@claim("The order was the same for all ten seeds that were tried.", 10, slow=True)
def order_of_the_race_on_the_spiral() -> int:
    """In how many seeds ReLU halves its first loss before SiLU, that before tanh, and sigmoid not at all."""
    options = {"learning_rates": [0.01], "optimizers": ["adam"], "seeds": SEEDS, "num_epochs": 200}
    halved = []
    for activation in ("relu", "silu", "tanh", "sigmoid"):
        losses = sweep(load_dataset("spiral"), [16, 16], activation=activation, **options).training_loss
        reached = losses < losses[:, :1] / 2
        halved.append(torch.where(reached.any(1), reached.int().argmax(1), 200).tolist())
    return sum(relu < silu < tanh < sigmoid == 200 for relu, silu, tanh, sigmoid in zip(*halved, strict=True))


facts(
    ("leave 0.25⁶, or 2.4·10⁻⁴ of a gradient", 2.44e-4, lambda: 0.25**6),
    ("Beyond ±5 the slope is below 0.01", True, lambda: slope(torch.sigmoid, 5.0) < 0.01),
    ("The sigmoid's slope is 0.25 at best", 0.25, lambda: max(slope(torch.sigmoid, z / 10) for z in range(-50, 51))),
    ("tanh saturates too, but has slope 1 at 0", 1.0, lambda: slope(torch.tanh, 0.0)),
    (
        "a little gradient still passes, with its sign turned",
        True,
        lambda: all(-0.2 < slope(one, -2.0) < 0 for one in (nn.functional.gelu, nn.functional.silu)),
    ),
    ("of 114 and of 6 parameters", (114, 6), lambda: [count(2, [8, 8], 2), count(2, [], 2)]),
    ("should leave $\\sqrt{1/6} = 0.41$ of the signal", 0.408, lambda: (1 / 6) ** 0.5),
    ("2.45, which is $\\sqrt 6$", 2.45, lambda: 6**0.5),
    ("1.05 is the loss of one answer for all", 1.05, lambda: all_alike(0.0)[0]),
    (
        "The gradients of the other two now **explode**",
        True,
        lambda: min(share_of_gradient("relu", scheme, scale=2.45) for scheme in ("Xavier", "He")) > 10,
    ),
    ("From 0.5, all units of a layer get the same gradient and stay equal", 0.0, lambda: round(all_alike(0.5)[1], 3)),
)


def slope(function: Callable, z: float) -> float:
    """Return an activation's slope by autograd."""
    z = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(function(z), z)[0].item()


def all_alike(start: float) -> tuple[float, float]:
    """Train from weights that are all the same: the loss, and how far two units of layer 1 are apart."""
    model = NeuralNetworkModel(2, [8, 8], 3)
    for _, layer in model.linear_layers():
        nn.init.constant_(layer.weight, start)
        nn.init.zeros_(layer.bias)
    losses = trained(model, load_dataset("penguins"), torch.optim.SGD(model.parameters(), lr=0.1), num_epochs=300)
    units = model.input_layer.weight.detach()
    return losses[-1], (units - units[0]).abs().max().item()


@claim(
    "ReLU ended with a dead layer in eight; leaky ReLU learned in nine (one diverged), tanh in all ten",
    (8, 9, 10),
    slow=True,
)
def survivors_of_rate_5() -> tuple[int, int, int]:
    """Of ten seeds: a whole layer dead with ReLU, and better than 0.3 with leaky ReLU and with tanh."""
    penguins, dead = load_dataset("penguins"), 0
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        trained(model, penguins, torch.optim.SGD(model.parameters(), lr=5.0), num_epochs=300)
        dead += max(dead_shares(model, penguins.X_train)) == 1
    leaky, tanh = (
        final_losses("penguins", [8, 8], learning_rate=5.0, num_epochs=300, activation=name)
        for name in ("leaky_relu", "tanh")
    )
    return dead, below(0.3, leaky), below(0.3, tanh)


@claim("At 0.03, sigmoid follows after 200 to 300 epochs", 10, slow=True)
def sigmoid_at_a_higher_rate() -> int:
    """In how many of ten seeds sigmoid halves its first loss between epochs 190 and 310."""
    options = {"learning_rates": [0.03], "optimizers": ["adam"], "seeds": SEEDS, "num_epochs": 400}
    losses = sweep(load_dataset("spiral"), [16, 16], activation="sigmoid", **options).training_loss
    halved = (losses < losses[:, :1] / 2).int().argmax(1)
    return int(((halved > 190) & (halved < 310)).sum())


facts(
    ("the loss lies flat at 1.05", 1.05, lambda: rate_five("relu")),
    ("the loss comes back, and ends at 0.05", 0.05, lambda: round(rate_five("leaky_relu"), 2)),
    ("tanh survives it too, and ends at 0.01", 0.01, lambda: round(rate_five("tanh"), 2)),
    ("Of both, the note says that the loss leapt", True, lambda: all(map(leaps, ("leaky_relu", "tanh")))),
    ("The note finds a hidden layer with 100 % dead units", True, lambda: "100 % of the units" in note_at_five("relu")),
    ("the default brought the loss below 0.2 in two", 2, six_layers),
)
claim("in two, and He in all ten", 10, slow=True)(partial(six_layers_started, "relu", "He"))


def note_at_five(activation: str) -> str:
    """Return what section 5's explorer says below its picture."""
    return explore_training("penguins", learning_rate=5.0, seed=1, activation=activation).status_line.note


def leaps(activation: str) -> bool:
    """Whether it says that the loss leapt."""
    return "the loss leapt" in note_at_five(activation)


def rate_five(activation: str) -> float:
    """Return the last loss of section 5's explorer, from seed 1 at rate 5."""
    return final_losses("penguins", [8, 8], learning_rate=5.0, num_epochs=300, activation=activation, seeds=[1])[0]
