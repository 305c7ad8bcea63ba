"""Lesson 10: right answers pass in any form, typical wrong ones are refused with the sentence that helps."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness
from mlp_tutorial.lessons.conclusion.exercises import check_combine, check_training_bytes, plot_shares
from mlp_tutorial.lessons.conclusion.training_step_picture import plot_training_step
from mlp_tutorial.lessons.conclusion.what_comes_next import SkipModel, check_attention, check_skip_model, plot_attention
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
from tests.lesson_helpers import refuses

LESSON = "10_conclusion.ipynb"


def curves(axes):
    return [line.get_ydata() for line in axes.get_lines()]


# Exercise 1: bytes ---------------------------------------------------------------------------------------------


def test_training_bytes(solutions, stubs):
    assert check_training_bytes(solutions["training_bytes"]).passed
    assert check_training_bytes(stubs["training_bytes"]).status == "not attempted"

    def another_way(num_parameters, optimizer):
        return num_parameters * {"sgd": 8, "momentum": 12, "adam": 16}[optimizer]

    assert check_training_bytes(another_way).passed
    assert "112 GB" in check_training_bytes(another_way).message
    assert 7e9 * another_way(1, "adam") == 112e9


@pytest.mark.parametrize(
    "per_parameter, sentence",
    [
        ({"sgd": 2, "momentum": 3, "adam": 4}, "a float32 number has 4 bytes"),
        ({"sgd": 4, "momentum": 8, "adam": 12}, "one set of numbers is missing"),
        ({"sgd": 8, "momentum": 12, "adam": 12}, "one set of numbers is missing"),
        ({"sgd": 8, "momentum": 8, "adam": 8}, "one set of numbers is missing"),
        ({"sgd": 12, "momentum": 12, "adam": 16}, "one set of numbers too many"),
    ],
)
def test_wrong_bytes_are_refused(per_parameter, sentence):
    refuses(check_training_bytes(lambda number, optimizer: number * per_parameter[optimizer]), sentence)


# Exercise 2: putting gradients together ------------------------------------------------------------------------


def test_combine(solutions, stubs):
    assert check_combine(solutions["combine"]).passed
    assert check_combine(stubs["combine"]).status == "not attempted"

    def another_way(gradients, counts):
        shares = torch.tensor(counts) / sum(counts)
        return shares @ torch.stack(gradients)

    assert check_combine(another_way).passed


@pytest.mark.parametrize(
    "combine, sentence",
    [
        (lambda gradients, counts: sum(gradients) / len(gradients), "every process counts the same"),
        (lambda gradients, counts: sum(gradients), "added up, not averaged"),
        (
            lambda gradients, counts: sum(g * c for g, c in zip(gradients, counts, strict=True)),
            "not divided by the number of all samples",
        ),
        (
            lambda gradients, counts: sum(g * c for g, c in zip(gradients, counts, strict=True)) / len(counts),
            "not by the number of processes",
        ),
    ],
)
def test_wrong_combinations_are_refused(combine, sentence):
    refuses(check_combine(combine), sentence)


def test_the_right_combination_draws_the_curve_of_one_process(solutions, stubs):
    whole, shared = curves(plot_shares(solutions["combine"]))
    assert shared == pytest.approx(whole, abs=1e-3)
    assert curves(plot_shares(stubs["combine"]))[1] == pytest.approx(shared)
    _, averaged = curves(plot_shares(lambda gradients, counts: sum(gradients) / len(gradients)))
    assert max(abs(averaged - whole)) > 0.03


# Exercise 3: skip connections ----------------------------------------------------------------------------------


def test_skip_model(solutions, stubs):
    assert check_skip_model(solutions["MySkipModel"]).passed
    assert check_skip_model(stubs["MySkipModel"]).status == "not attempted"
    assert usable_or(stubs["MySkipModel"], SkipModel).function is SkipModel
    assert usable_or(solutions["MySkipModel"], SkipModel).function is solutions["MySkipModel"]

    class AnotherWay(NeuralNetworkModel):
        def forward(self, x):
            x = self.input_layer(x).clamp(min=0)
            for layer in self.hidden_layers:
                x = layer(x).clamp(min=0) + x
            return self.output_layer(x)

    assert check_skip_model(AnotherWay).passed


def skipping(rule):
    class Wrong(NeuralNetworkModel):
        def forward(self, x):
            x = first = torch.relu(self.input_layer(x))
            for layer in self.hidden_layers:
                x = rule(layer, x, first)
            return self.output_layer(x)

    return Wrong


@pytest.mark.parametrize(
    "rule, sentence",
    [
        (lambda layer, x, first: torch.relu(layer(x)), "nothing is added yet"),
        (lambda layer, x, first: torch.relu(x + layer(x)), "the ReLU comes first"),
        (lambda layer, x, first: x + layer(x), "the ReLU of the hidden layers is missing"),
        (lambda layer, x, first: first + torch.relu(layer(x)), "not what the first one returned"),
    ],
)
def test_wrong_skips_are_refused(rule, sentence):
    refuses(check_skip_model(skipping(rule)), sentence)


def test_a_class_with_layers_of_its_own_is_refused():
    class Own(nn.Module):
        def __init__(self, input_size, hidden_sizes, output_size):
            super().__init__()
            self.only = nn.Linear(input_size, output_size)

        def forward(self, x):
            return self.only(x)

    refuses(check_skip_model(Own), "inherit them")


def test_six_layers_train_with_skips_and_not_without():
    """What the lesson says of the ten seeds, at their last epoch."""
    ends = {}
    for model_class in (SkipModel, NeuralNetworkModel):
        runs = [
            explore_training(hidden_sizes=[8] * 6, model_class=model_class, seed=seed, regions=False)
            for seed in range(10)
        ]
        ends[model_class] = [run.history.training_loss[-1] for run in runs]
    assert all(loss < 0.055 for loss in ends[SkipModel])
    assert sum(loss < 0.1 for loss in ends[NeuralNetworkModel]) <= 3
    assert sum(loss > 0.9 for loss in ends[NeuralNetworkModel]) >= 6


def test_the_explorer_trains_the_class_of_the_learner(solutions):
    explorer = explore_training(hidden_sizes=[8, 8], num_epochs=5, model_class=solutions["MySkipModel"])
    assert type(explorer.model).__name__ == "MySkipModel"
    explorer.controls["num_layers"].value = 0
    assert "AttributeError" in explorer.status_line.note or "TypeError" in explorer.status_line.note


# Exercise 4: attention -----------------------------------------------------------------------------------------


def test_attention(solutions, stubs):
    assert check_attention(solutions["attention"]).passed
    assert check_attention(stubs["attention"]).status == "not attempted"

    def another_way(Q, K, V):
        powers = torch.einsum("qd,kd->qk", Q, K).div(K.shape[1] ** 0.5).exp()
        return (powers / powers.sum(1, keepdim=True)) @ V

    assert check_attention(another_way).passed


@pytest.mark.parametrize(
    "attention, sentence",
    [
        (lambda Q, K, V: (Q @ K.T).softmax(1) @ V, "not divided by the square root"),
        (lambda Q, K, V: (Q @ K.T / Q.shape[1]).softmax(1) @ V, "not by the number"),
        (lambda Q, K, V: (Q @ K.T / Q.shape[1] ** 0.5).softmax(0) @ V, "softmax(1)"),
        (lambda Q, K, V: Q @ K.T / Q.shape[1] ** 0.5 @ V, "the softmax is missing"),
        (lambda Q, K, V: (Q @ K.T / Q.shape[1] ** 0.5).softmax(1), "values have still to be weighed"),
        (lambda Q, K, V: (Q @ K / Q.shape[1] ** 0.5).softmax(1) @ V, "Your code raised RuntimeError"),
    ],
)
def test_wrong_attention_is_refused(attention, sentence):
    refuses(check_attention(attention), sentence)


def test_attention_answers_for_the_plane(solutions, stubs):
    for attention in (solutions["attention"], stubs["attention"]):
        title = plot_attention(attention).get_title()
        assert "93 % right" in title
    assert "yours is not written yet" in title


# The picture ---------------------------------------------------------------------------------------------------


def test_the_picture_of_a_step_names_every_lesson():
    text = " ".join(text.get_text() for text in plot_training_step().axes[0].texts)
    assert all(number in text for number in ("01–04", "05", "06", "07", "08", "09"))


def test_weights_of_one_seed_are_those_of_the_plain_class():
    with SeededRandomness(4):
        skip = SkipModel(2, [5, 5], 3)
    with SeededRandomness(4):
        plain = NeuralNetworkModel(2, [5, 5], 3)
    assert all(torch.equal(a, b) for a, b in zip(skip.parameters(), plain.parameters(), strict=True))
