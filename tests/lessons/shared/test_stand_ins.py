import math

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, load_dataset
from mlp_tutorial.lessons.shared.stand_ins import StandIn, stand_in, unwrapped, usable_or

Z = torch.tensor([[-1.0, 0.5, 2.0]])


def raises(z):
    raise ValueError("no idea " * 40)


def in_place(z):
    z.exp_()
    return z


@pytest.mark.parametrize(
    ("own", "why"),
    [
        (lambda z: ..., "is not written yet"),
        (lambda z: torch.tanh(...), "is not written yet"),
        (lambda z: (..., z), "is not written yet"),
        (..., "is not written yet"),
        (None, "is None"),
        ("tanh", "is a str"),
        (lambda z: print(end=""), "returned None"),
        (lambda z: z.tolist(), "returned a list of 1, expected a tensor"),
        (lambda z: z.T, "returned shape (3, 1), expected (1, 3)"),
        (lambda z: z.double(), "returned torch.float64, expected torch.float32"),
        (lambda z: z.detach(), "returned no gradient"),
        (lambda z: z * math.nan, "returned nan"),
        (lambda z: 1 / z.relu(), "returned infinity"),
        (lambda z: z.exp().mul_(2).exp().exp() * 0 + (e := z.exp(), e.add_(1))[0], "raised RuntimeError: one of the"),
        (in_place, "raised RuntimeError: a leaf Variable that requires grad"),
        (raises, "raised ValueError: no idea no idea"),
    ],
)
def test_what_would_stop_a_notebook_is_replaced_and_the_reason_said(own, why):
    chosen = stand_in(own, torch.tanh, (Z.clone().requires_grad_(),), noun="activation")
    assert chosen.function is torch.tanh and chosen.name == "the package's activation"
    assert chosen.why.startswith(why) and len(chosen.why) <= 80
    title = chosen.title("By").replace("\n", " ")
    assert ("see the check above" in title) == ("see the check above" in chosen.note) == ("yet" not in why)


def test_wrong_numbers_are_the_learners_own():
    chosen = stand_in(torch.sigmoid, torch.tanh, (Z,), noun="activation")
    assert (chosen.function, chosen.why, chosen.note) == (torch.sigmoid, "", "")
    assert chosen.title("Trained by", ", 3 seeds") == "Trained by your sigmoid, 3 seeds"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([Z, 2], ""),
        (Z, "returned a Tensor, expected a tuple of 2"),
        ((Z,), "returned a tuple of 1, expected a tuple of 2"),
        ((Z, "2"), "returned a str, expected a number, as number 2"),
        ((Z, torch.tensor([math.inf])), "returned inf, as number 2"),
    ],
)
def test_parts_are_looked_at_one_by_one(answer, why):
    assert stand_in(lambda z: answer, lambda z: (z, 1.0), (Z,), noun="pair").why == why


def test_a_trial_leaves_arguments_random_numbers_and_output_alone(capsys):
    z, layers = Z.clone(), [(Z.clone(), 1)]

    def careless(z, layers):
        print("here I am")
        torch.set_grad_enabled(False)
        z += torch.rand(3)
        layers[0][0].zero_()
        return z

    before = torch.get_rng_state()
    assert not stand_in(careless, lambda z, layers: z, (z, layers), noun="layer").why
    assert torch.equal(z, Z) and torch.equal(layers[0][0], Z)
    assert torch.equal(torch.get_rng_state(), before) and torch.is_grad_enabled()
    assert capsys.readouterr().out == ""


def test_what_fails_in_use_is_replaced():
    def thrice(z, calls=[]):  # noqa: B006
        calls.append(z)
        return z if len(calls) < 3 else raises(z)

    chosen = stand_in(thrice, torch.tanh, (Z,), noun="activation", use=lambda function: [function(Z) for _ in range(5)])
    assert chosen.function is torch.tanh and len(chosen.result) == 5
    assert chosen.why.startswith("raised ValueError")


def test_an_explorer_is_handed_what_can_be_trained():
    class NoReturn(nn.Module):
        def __init__(self, *sizes):
            super().__init__()

        def forward(self, x):
            torch.relu(x)

    wine = load_dataset("wine")
    given = [
        usable_or(NoReturn, NeuralNetworkModel),
        usable_or(lambda logits, y: logits.argmax(1).float().mean(), nn.CrossEntropyLoss()),
        usable_or("wine", wine),
        ["relu", usable_or(torch.tanh, "silu")],
        0.1,
    ]
    (model_class, criterion, dataset, activations, rate), note = unwrapped(*given)
    assert model_class is NeuralNetworkModel and dataset is wine and activations == ["relu", torch.tanh] and rate == 0.1
    assert isinstance(criterion, nn.CrossEntropyLoss)
    assert note == (
        "Your NoReturn returned None (see the check above): NeuralNetworkModel stands in. "
        "Your loss returned no gradient (see the check above): CrossEntropyLoss stands in. "
        "Your data set is a str (see the check above): wine stands in."
    )
    assert isinstance(given[0], StandIn)
