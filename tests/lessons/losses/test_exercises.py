"""Wrong answers to the exercises of lesson 07 are refused, each with a sentence that helps; right ones pass in any form."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.lessons.losses.exercises import check_cross_entropy, check_huber, check_weighted_cross_entropy
from mlp_tutorial.lessons.losses.own_loss_exercise import check_own_loss
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
from tests.lesson_helpers import refuses

LESSON = "07_losses.ipynb"
CHECKS = {
    "huber": check_huber,
    "cross_entropy": check_cross_entropy,
    "weighted_cross_entropy": check_weighted_cross_entropy,
    "own_loss": check_own_loss,
}


def rows(y):
    return torch.arange(len(y))


# Exercise 1 -----------------------------------------------------------------------------------------------------


def huber(near=lambda d: d**2 / 2, far=lambda d, delta: delta * (d - delta / 2), *, end=torch.mean):
    """Return a Huber loss with the given pieces."""

    def loss(outputs, y, delta=1.0):
        distance = (outputs - y).abs()
        return end(torch.where(distance <= delta, near(distance), far(distance, delta)))

    return loss


def huber_of_the_error(outputs, y, delta=1.0):
    error = outputs - y
    return torch.where(error <= delta, error**2 / 2, delta * (error - delta / 2)).mean()


def huber_with_the_sign(outputs, y, delta=1.0):
    error = outputs - y
    return torch.where(error.abs() <= delta, error**2 / 2, delta * (error - delta / 2)).mean()


def huber_without_delta(outputs, y, delta=1.0):
    return F.huber_loss(outputs, y)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (huber(near=lambda d: d**2), "near the target it is half the squared error"),
        (huber(far=lambda d, delta: delta * d), "the two pieces do not meet at delta"),
        (huber(far=lambda d, delta: d), "it is delta × (distance − delta / 2), not the distance"),
        (huber(far=lambda d, delta: delta * (d - delta)), "subtract delta / 2, not delta"),
        (huber(far=lambda d, delta: d - delta / 2), "the factor delta is missing beyond delta"),
        (huber(end=torch.sum), "it is the sum over the batch"),
        (huber(end=lambda losses: losses), "the mean over the batch is missing"),
        (huber(end=lambda losses: losses.mean().item()), "Leave .item() out"),
        (huber(end=lambda losses: losses.mean().detach()), "no gradient comes back"),
        (huber(end=lambda losses: None), "Does it return its result?"),
        (huber_of_the_error, "compared with delta where its distance from 0 should be"),
        (huber_with_the_sign, "an error below 0 counts as much as one above"),
        (huber_without_delta, "delta is not used"),
        (lambda outputs, y, delta=1.0: (outputs - y).square().mean(), "this is the mean squared error"),
        (lambda outputs, y, delta=1.0: (outputs - y).abs().mean(), "this is the mean absolute error"),
        (lambda outputs, y, delta=1.0: F.smooth_l1_loss(outputs, y, beta=delta), "nn.SmoothL1Loss"),
        (lambda outputs, y, delta=1.0: huber()(y, outputs.detach(), delta), "no gradient comes back"),
        (lambda outputs, y: (outputs - y).mean(), "Your code raised TypeError"),
    ],
)
def test_wrong_huber_losses_are_refused(wrong, sentence):
    refuses(check_huber(wrong), sentence)


def huber_by_clamping(outputs, y, delta=1.0):
    distance = (outputs - y).abs()
    near = distance.clamp(max=delta)
    return (near * (distance - near / 2)).mean()


def huber_by_masks(outputs, y, delta=1.0):
    error = outputs - y
    far = error.abs() > delta
    return (~far * error**2 / 2 + far * delta * (error.abs() - delta / 2)).sum() / error.numel()


@pytest.mark.parametrize("right", [huber_by_clamping, huber_by_masks])
def test_huber_losses_written_another_way_pass(right):
    assert check_huber(right).passed


# Exercise 2 -----------------------------------------------------------------------------------------------------


def probabilities(logits):
    powers = logits.exp()
    return powers / powers.sum(1, keepdim=True)


def stable(logits):
    return probabilities(logits - logits.amax(1, keepdim=True))


def forgets_the_largest(logits, y):
    z = logits - logits.amax(1, keepdim=True)
    return (z.exp().sum(1).log() - logits[rows(y), y]).mean()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda logits, y: -probabilities(logits)[rows(y), y].log().mean(), "e^1000 is infinite"),
        (lambda logits, y: -stable(logits)[rows(y), y].log().mean(), "write log(e^z) as z"),
        (lambda logits, y: -(stable(logits)[rows(y), y] + 1e-12).log().mean(), "keeps the logarithm finite"),
        (lambda logits, y: -stable(logits)[rows(y), y].clamp(min=1e-30).log().mean(), "or a clamp"),
        (lambda logits, y: -logits.log_softmax(1)[rows(y), y], "the mean over the batch is missing"),
        (lambda logits, y: -logits.log_softmax(1)[rows(y), y].sum(), "it is the sum over the batch"),
        (lambda logits, y: logits.log_softmax(1)[rows(y), y].mean(), "the sign"),
        (lambda logits, y: -logits.log_softmax(0)[rows(y), y].mean(), "the softmax runs over the batch"),
        (lambda logits, y: -(F.one_hot(y, logits.shape[1]) * logits.log_softmax(1)).mean(), "samples and classes"),
        (lambda logits, y: -logits[rows(y), y].mean(), "the logarithm of the sum of e^logit is missing"),
        (lambda logits, y: logits.logsumexp(1).mean(), "the logit of the right class is missing"),
        (lambda logits, y: -logits.softmax(1)[rows(y), y].mean(), "without its logarithm"),
        (lambda logits, y: 1 - logits.softmax(1)[rows(y), y].mean(), "it is 1 − p; cross-entropy is −log p"),
        (lambda logits, y: -logits.log_softmax(1).amax(1).mean(), "it takes the likeliest class"),
        (lambda logits, y: -logits.log_softmax(1).mean(), "it averages over all classes"),
        (lambda logits, y: -logits.log_softmax(1)[:, y].mean(), "takes every row for every target"),
        (lambda logits, y: F.cross_entropy(logits.softmax(1), y), "there are two softmaxes"),
        (lambda logits, y: F.cross_entropy(logits, y).item(), "Leave .item() out"),
        (lambda logits, y: F.cross_entropy(logits.detach(), y), "no gradient comes back"),
        (forgets_the_largest, "take z in both places"),
    ],
)
def test_wrong_cross_entropies_are_refused(wrong, sentence):
    refuses(check_cross_entropy(wrong), sentence)


def one_hot_product(logits, y):
    return -(F.one_hot(y, logits.shape[1]) * logits.log_softmax(1)).sum(1).mean()


def by_gather(logits, y):
    return (logits.logsumexp(1) - logits.gather(1, y.unsqueeze(1)).squeeze(1)).mean()


def by_a_loop(logits, y):
    total = 0.0
    for row, right_class in zip(logits, y, strict=True):
        z = row - row.max()
        total = total + z.exp().sum().log() - z[right_class]
    return total / len(y)


@pytest.mark.parametrize("right", [one_hot_product, by_gather, by_a_loop])
def test_cross_entropies_written_another_way_pass(right):
    assert check_cross_entropy(right).passed


def test_a_loss_that_drifts_from_call_to_call_is_refused():
    calls = []

    def tired(logits, y):
        calls.append(None)
        return one_hot_product(logits, y) * len(calls)

    refuses(check_cross_entropy(tired), "keeps something between its calls")


def test_pytorchs_own_cross_entropy_is_not_written_by_the_learner():
    refuses(check_cross_entropy(F.cross_entropy), "Write it yourself")
    refuses(check_cross_entropy(nn.CrossEntropyLoss()), "Write it yourself")


# Exercise 3 -----------------------------------------------------------------------------------------------------


def weighted(combine):
    """Return a weighted loss that combines the samples' losses, their weights and the classes' weights."""

    def loss(logits, y, weights):
        return combine(F.cross_entropy(logits, y, reduction="none"), weights[y], weights)

    return loss


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (weighted(lambda losses, w, weights: (w * losses).mean()), "divided by the number of samples"),
        (weighted(lambda losses, w, weights: (w * losses).sum() / weights.sum()), "sum of the classes' weights"),
        (weighted(lambda losses, w, weights: (w * losses).sum()), "not divided by the sum"),
        (weighted(lambda losses, w, weights: w * losses / w.sum()), "the sum over the samples is missing"),
        (weighted(lambda losses, w, weights: losses.mean()), "the weights are not used"),
        (weighted(lambda losses, w, weights: (losses / w).sum() / (1 / w).sum()), "it is divided by the weights"),
        (lambda logits, y, weights: F.cross_entropy(logits * weights, y), "the weights multiply the logits"),
        (lambda logits, y, weights: F.cross_entropy(logits.detach(), y, weight=weights), "no gradient"),
        (lambda logits, y, weights: F.cross_entropy(logits, y, reduction="none") * weights, "expected shape ()"),
    ],
)
def test_wrong_weighted_losses_are_refused(wrong, sentence):
    refuses(check_weighted_cross_entropy(wrong), sentence)


def by_one_hot(logits, y, weights):
    shares = F.one_hot(y, len(weights)) * weights
    return -(shares * logits.log_softmax(1)).sum() / shares.sum()


def by_torch(logits, y, weights):
    return nn.CrossEntropyLoss(weight=weights)(logits, y)


@pytest.mark.parametrize("right", [by_one_hot, by_torch])
def test_weighted_losses_written_another_way_pass(right):
    assert check_weighted_cross_entropy(right).passed


# Exercise 4 -----------------------------------------------------------------------------------------------------


def brier(logits, y):
    return (logits.softmax(1) - F.one_hot(y, 3)).square().sum(1).mean()


def focal(logits, y):
    log_p = logits.log_softmax(1)[rows(y), y]
    return -((1 - log_p.exp()) ** 2 * log_p).mean()


def margin(logits, y):
    right = logits[rows(y), y].unsqueeze(1)
    return (1 - right + logits - F.one_hot(y, 3)).relu().sum(1).mean()


@pytest.mark.parametrize("right", [focal, margin])
def test_losses_of_many_kinds_pass(right):
    assert check_own_loss(right).passed


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda logits, y: (logits.argmax(1) != y).float().mean(), "Something cuts the graph: argmax"),
        (lambda logits, y: (logits.round() - F.one_hot(y, 3)).abs().mean(), "The gradient is 0 everywhere"),
        (lambda logits, y: brier(logits, y) * len(y), "take the mean over the batch"),
        (lambda logits, y: -brier(logits, y), "turn the sign"),
        (lambda logits, y: logits.square().mean(), "it does not look at y"),
        (F.cross_entropy, "This is cross-entropy as it stands"),
        (lambda logits, y: brier(logits, y).item(), "Leave .item() out"),
        (lambda logits, y: (logits.softmax(1) - F.one_hot(y, 3)).square().sum(1), "must return one number"),
        (lambda logits, y: brier(logits, y) / 0, "must be a finite number"),
        (lambda logits, y: brier(logits, y) / 1000, "not yet a good one"),
    ],
)
def test_losses_that_teach_nothing_are_refused(wrong, sentence):
    refuses(check_own_loss(wrong), sentence)


def test_the_trainer_runs_on_the_own_loss_and_a_stub_leaves_cross_entropy(stubs):
    assert usable_or(brier, nn.CrossEntropyLoss()).function is brier
    assert isinstance(usable_or(stubs["own_loss"], nn.CrossEntropyLoss()).function, nn.CrossEntropyLoss)
    explorer = explore_training(criterion=usable_or(brier, nn.CrossEntropyLoss()), num_epochs=30)
    penguins = load_dataset("penguins")
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = train(model, penguins, brier, optimizer, num_epochs=30)
    assert explorer.history.training_loss == history.training_loss
    assert "loss brier" in explorer.sentence()


def test_what_the_lesson_says_about_the_brier_score():
    below = equal = 0
    penguins = load_dataset("penguins")
    for seed in range(10):
        accuracies = []
        for criterion, rate in ((nn.CrossEntropyLoss(), 0.1), (brier, 0.1), (brier, 1.0)):
            with SeededRandomness(seed):
                model = NeuralNetworkModel(2, [8, 8], 3)
            optimizer = torch.optim.SGD(model.parameters(), lr=rate)
            accuracies.append(train(model, penguins, criterion, optimizer, num_epochs=100).metric[-1])
        below += accuracies[1] < accuracies[0]
        equal += accuracies[1] == accuracies[0]
        assert accuracies[2] > 0.955
    assert below >= 7 and below + equal >= 9


# All ------------------------------------------------------------------------------------------------------------


def test_right_answers_pass_whatever_problem_is_drawn_and_leave_random_numbers_alone(solutions):
    state = torch.get_rng_state()
    for name, check in CHECKS.items():
        for _ in range(1 if check is check_own_loss else 5):
            feedback = check(solutions[name])
            assert feedback.passed, feedback
    assert torch.equal(torch.get_rng_state(), state)


def test_stubs_are_not_attempted_yet(stubs):
    for name, check in CHECKS.items():
        assert check(stubs[name]).status == "not attempted"
