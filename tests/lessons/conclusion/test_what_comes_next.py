"""Skip connections and attention: wrong ones are refused, right ones train."""

import pytest
import torch

from mlp_tutorial import NeuralNetworkModel, SeededRandomness
from mlp_tutorial.lessons.conclusion.what_comes_next import SkipModel, check_attention, check_skip_model, plot_attention
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
from tests.lesson_helpers import refuses
from tests.lessons.shared.helpers import OwnLinear

LESSON = "10_conclusion.ipynb"


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
    refuses(check_skip_model(OwnLinear), "inherit them")


@pytest.mark.usefixtures("nothing_painted")
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
    assert explorer.controls["num_layers"].min == 1  # there is something to skip


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


def test_weights_of_one_seed_are_those_of_the_plain_class():
    with SeededRandomness(4):
        skip = SkipModel(2, [5, 5], 3)
    with SeededRandomness(4):
        plain = NeuralNetworkModel(2, [5, 5], 3)
    assert all(torch.equal(a, b) for a, b in zip(skip.parameters(), plain.parameters(), strict=True))
