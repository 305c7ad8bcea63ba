"""The checks of lesson 09's exercises, apart from that of the learner's own table."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.lessons.putting_it_together.digit_network import digit_network
from mlp_tutorial.lessons.putting_it_together.digit_pictures import SIDE
from mlp_tutorial.lessons.putting_it_together.turned_pixels import (
    fewest_that_flip,
    pixel_numbers,
    right_rows,
    turned_over,
)
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import as_parts, as_tensor, compare_choices
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, problem_seed
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.lessons.shared.values import kind
from mlp_tutorial.training.evaluation import evaluate, predict
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import training_steps
from mlp_tutorial.training.progress_bar import ProgressBar
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent, with_article

#: Exercise 1: what a model may cost, what it must reach, and how it is trained.
BUDGET, GOAL = 2_500, 0.962
BUILD_SEEDS, BUILD_EPOCHS, BUILD_BATCH_SIZE = range(5), 40, 32
#: Seconds of computing after which the check gives up.
BUILD_SECONDS = 5.0
#: Validation accuracy above which a model has been trained before it is returned.
MOST_UNTRAINED = 0.6
#: Exercise 3: the digit whose answer is to flip, and below how many pixels all choices are tried.
FLIPPED_DIGIT, MOST_TRIED = 3, 3
#: What may be wrong with a pipeline of exercise 4: what is wrong with A to D, in their order, and none.
LEAKS = (
    "standardised before the split",
    "features chosen before the split",
    "the answer is among the features",
    "chosen on the test part",
    "no leak",
)


@check(repeatable=False)
def check_build(build: Callable) -> str:
    """Train what `build()` returns on the digits, from five seeds, and measure it on the validation part."""
    digits, criterion = cached_dataset("digits"), nn.CrossEntropyLoss()
    options = {"num_epochs": BUILD_EPOCHS, "batch_size": BUILD_BATCH_SIZE, "pause_every": math.inf}
    models, accuracies, losses = [], [], []
    started, bar = time.process_time(), ProgressBar(len(BUILD_SEEDS) * BUILD_EPOCHS, True, after=0.8)
    for seed in BUILD_SEEDS:
        with SeededRandomness(seed):
            answer = build()
        model, optimizer = _model_and_optimizer(answer, digits)
        if any(model is other for other in models):
            raise NotYet("The same model came twice: make a new one inside build(), at every call.")
        if (already := evaluate(model, digits, criterion).metric) > MOST_UNTRAINED:
            raise NotYet(
                f"The model has {percent(already)} right before the check trains it: return one that is untrained."
            )
        models.append(model)
        data, history = (digits.X_train, digits.y_train), History()
        try:
            for _ in training_steps(model, data, criterion, optimizer, seed=seed, history=history, **options):
                bar.update(BUILD_EPOCHS * (len(models) - 1) + len(history))
                if time.process_time() - started > BUILD_SECONDS:
                    raise NotYet(
                        f"After {BUILD_SECONDS:.0f} seconds the training is not done: build a simpler network."
                    )
        except (TypeError, ValueError) as error:  # the loop says what it cannot train with
            raise NotYet(str(error)) from None
        if history.diverged:
            raise NotYet(f"With seed {seed} the training diverged: {history.stop_reason}")
        accuracies.append(evaluate(model, digits, criterion).metric)
        losses.append(history.training_loss[-1])
    bar.close()
    mean = statistics.fmean(accuracies)
    result = (
        f"{percent(mean, 1)} of the validation digits on average over {len(accuracies)} seeds "
        f"({percent(min(accuracies), 1)} to {percent(max(accuracies), 1)}), with {_count(models[0]):,} parameters"
    )
    if mean < GOAL:
        raise NotYet(
            f"{result}; {percent(GOAL, 1)} are asked for. {_why_short(statistics.fmean(losses), model, optimizer)}"
        )
    return f"{result}. A linear model has 95.3%."


def _model_and_optimizer(answer: object, digits: Dataset) -> tuple[nn.Module, torch.optim.Optimizer]:
    model, optimizer = as_parts(answer, ("model", "optimizer"), "things")
    if isinstance(model, torch.optim.Optimizer):
        raise NotYet("The two are swapped: return model, optimizer.")
    if not isinstance(model, nn.Module):
        raise NotYet(f"The model must be an nn.Module, such as NeuralNetworkModel(…); it is {kind(model)}.")
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise NotYet(
            f"The second must be an optimizer, such as torch.optim.Adam(model.parameters()); it is {kind(optimizer)}."
        )
    trained = _trained_by(optimizer)
    strangers = {*trained} - {*model.parameters()}
    if 0 < len(strangers) < len(trained):  # one that trains nothing of the model is refused by the loop
        raise NotYet(
            f"The optimizer trains {_numbers(strangers):,} numbers that are no parameters of the model, and so not counted: "
            "layers belong into attributes of the model, or an nn.ModuleList."
        )
    if _count(model) > BUDGET:
        raise NotYet(
            f"The model has {_count(model):,} parameters, the budget is {BUDGET:,}. One hidden layer of width w costs "
            "64·w + w for its weights and biases, and w·10 + 10 for the output layer."
        )
    with torch.no_grad():
        outputs = own_code(model, digits.X_train[:2])
    if not isinstance(outputs, torch.Tensor):
        raise NotYet(f"The model must return logits of shape (2, 10); it returned {kind(outputs)}.")
    shape = tuple(outputs.shape)
    if shape != (2, digits.output_size):
        raise NotYet(f"For 2 digits the model must return logits of shape (2, 10); it returned shape {shape}.")
    if (outputs >= 0).all() and torch.allclose(outputs.sum(1), torch.ones(2), atol=1e-4):
        raise NotYet("The model ends in a softmax, but the loss applies its own to the logits: leave the softmax out.")
    return model, optimizer


def _trained_by(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [one for group in optimizer.param_groups for one in group["params"] if one.requires_grad]


def _numbers(parameters: Iterable[torch.Tensor]) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _count(model: nn.Module) -> int:
    return _numbers(model.parameters())


def _why_short(training_loss: float, model: nn.Module, optimizer: torch.optim.Optimizer) -> str:
    if (trained := _numbers(_trained_by(optimizer))) < _count(model):
        return f"The optimizer trains {trained:,} of its numbers alone: hand it model.parameters(), and freeze none."
    if training_loss > 0.1:
        return (
            f"The training loss still stands at {training_loss:.2f} after {BUILD_EPOCHS} epochs: it learns too slowly, "
            "or the network is too small. Try a larger learning rate, Adam, or more of the budget."
        )
    if sum(isinstance(module, nn.Linear) for module in model.modules()) > 2:
        return "It has learned its training digits. Try one wide hidden layer in place of several narrow ones."
    return (
        f"It has learned its training digits (loss {training_loss:.2f}), so the gap is in what it makes of new ones: try "
        "more of the budget, Adam with a rate around 0.003, or another activation."
    )


@check(changes=("mode",), repeatable=False)
def check_probabilities(probabilities: Callable) -> str:
    """Compare `probabilities(model, dataset, raw_X)` with the right ones, for networks with dropout and two data sets."""
    runs, draw = [], generator()
    for name, number in (("penguins", 7), ("digits", 3), ("penguins", 1)):
        dataset = cached_dataset(name)
        with SeededRandomness(problem_seed(number)):
            layers = nn.Linear(dataset.input_size, 32), nn.Tanh(), nn.Dropout(0.5), nn.Linear(32, dataset.output_size)
            model = nn.Sequential(*layers)
        rows = torch.randperm(len(dataset.X_validation), generator=draw)[:number]
        runs.append((model, dataset, dataset.unstandardise(dataset.X_validation[rows])))
    answers = []
    for model, dataset, raw_X in runs:
        pair = [probabilities(model.train(mode), dataset, raw_X.clone()) for mode in (True, False)]
        first, second = (as_tensor("the probabilities", answer, raw_X) for answer in pair)
        if first.shape == second.shape and not torch.allclose(first, second, atol=1e-6, equal_nan=True):
            raise NotYet(
                "Two calls on the same rows gave different answers: dropout is at work. Call model.eval() first."
            )
        answers.append(pair[0])
        model.eval()
    cases = [("the probabilities", dict(zip(("model", "dataset", "raw_X"), run, strict=True))) for run in runs]
    with torch.no_grad():
        compare_calls(probabilities, _right_probabilities, cases, _WRONG_PROBABILITIES, shorthand=_logits)
    if any(isinstance(answer, torch.Tensor) and answer.requires_grad for answer in answers):
        raise NotYet("The values are right, but they carry a computation graph: put the call under torch.no_grad().")
    return "Raw measurements in, probabilities out, the same at every call."


def _logits(model: nn.Module, dataset: Dataset, raw_X: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"logits": model(dataset.standardise(raw_X))}


def _right_probabilities(model: nn.Module, dataset: Dataset, raw_X: torch.Tensor) -> torch.Tensor:
    return model(dataset.standardise(raw_X)).softmax(1)  # (rows, classes)


_WRONG_PROBABILITIES = """
    model(raw_X).softmax(1)  # the measurements are not standardised; the model was trained on standardised ones
    model((raw_X - raw_X.mean(0)) / raw_X.std(0, correction=0)).softmax(1)
        # it is standardised with the new rows' own mean and deviation; take the training part's
    model((raw_X - raw_X.mean(0)) / raw_X.std(0)).softmax(1)
        # it is standardised with the new rows' own mean and deviation; take the training part's
    model(dataset.unstandardise(raw_X)).softmax(1)  # unstandardise is the way back; call standardise
    model(raw_X / dataset.feature_std).softmax(1)  # the mean is not subtracted: dataset.standardise does both
    model(raw_X - dataset.feature_mean).softmax(1)  # it is not divided by the deviation: dataset.standardise does both
    logits  # these are the logits: a softmax is missing
    logits.softmax(0)  # the softmax runs over the rows: each row, dimension 1, must sum to 1
    logits.sigmoid()  # that is a sigmoid of each logit; the classes exclude each other, so take a softmax
    logits.argmax(1)  # these are the likeliest classes; the probabilities of all of them are asked for
    right.max(1).values  # this is the highest probability alone; return a column for every class
    right.softmax(1)  # the softmax is applied twice
    right.log()  # that is the logarithm of the probabilities
"""


_LOOK_AGAIN = {
    "A": "a leak need not show in the number. Which rows do the mean and the standard deviation come from?",
    "B": "which rows decide that these ten features are the best?",
    "C": "when the answer is still unknown, what stands in the last column?",
    "D": "what is the largest of forty accuracies an estimate of?",
}


@check
def check_flip(turned: Sequence[tuple[int, int]]) -> str:
    """Turn pixels of the 3 that `explore_drawing` begins with, and look whether so few flip the network's answer."""
    model, digits, _ = digit_network()
    pixels = digits.unstandardise(digits.X_validation[right_rows(model, digits)[FLIPPED_DIGIT]]).round()
    if isinstance(turned, Iterator):
        raise NotYet(
            f"{with_article(type(turned).__name__).capitalize()} is used up at the first look: list(…) makes a list of it."
        )
    try:
        numbers = pixel_numbers(turned)
    except ValueError as error:
        raise NotYet(str(error)) from None
    among = [number for number in range(SIDE * SIDE) if 0 < number % SIDE < SIDE - 1]
    if outside := [divmod(number, SIDE) for number in numbers if number not in among]:
        raise NotYet(f"{outside[0]} lies in an outer column; there one can be enough. Take columns 1 to {SIDE - 2}.")
    copy = turned_over(pixels, [numbers])
    share, answer = predict(model, digits.standardise(copy), probabilities=True)[0].max(0)
    count = f"{len(numbers)} pixel{'' if len(numbers) == 1 else 's'}"
    if answer == FLIPPED_DIGIT:
        raise NotYet(f"With {count} turned over the answer is still {FLIPPED_DIGIT}, with {percent(share.item())}.")
    fewest = fewest_that_flip(model, digits, pixels, among, most=min(len(numbers), MOST_TRIED))
    if len(numbers) > fewest:
        raise NotYet(f"{count.capitalize()} make the answer {answer}, but fewer can: {fewest} are enough.")
    return f"{count.capitalize()} make a {FLIPPED_DIGIT} a {answer}, with {percent(share.item())}; no fewer can."


@check(parts=4)
def check_leaks(leaks: Mapping[str, str]) -> str:
    """Compare the four answers, and for a wrong one say where to look again."""
    compare_choices(leaks, dict(zip("ABCD", LEAKS, strict=False)), LEAKS, _LOOK_AGAIN)
    return "All four. Each let the test rows take part in a decision that was to be tested on them."
