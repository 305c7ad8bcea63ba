"""The checks of lesson 09's exercises, apart from that of the learner's own table."""

from __future__ import annotations

import math
import re
import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, compare_choices, fresh_generator
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import training_steps
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent

#: Exercise 1: what a model may cost, what it must reach, and how it is trained.
BUDGET, GOAL = 2_500, 0.962
BUILD_SEEDS, BUILD_EPOCHS, BUILD_BATCH_SIZE = range(5), 40, 32
#: Seconds of computing after which the check gives up.
BUILD_SECONDS = 5.0
#: What may be wrong with a pipeline of exercise 3: what is wrong with A to D, in their order, and none.
LEAKS = (
    "standardised before the split",
    "features chosen before the split",
    "the answer is among the features",
    "chosen on the test part",
    "no leak",
)


@check
def check_build(build: Callable) -> str:
    """Train what `build()` returns on the digits, from five seeds, and measure it on the validation part."""
    digits, criterion = cached_dataset("digits"), nn.CrossEntropyLoss()
    options = {"num_epochs": BUILD_EPOCHS, "batch_size": BUILD_BATCH_SIZE, "pause_every": math.inf}
    models, accuracies, losses = [], [], []
    started = time.process_time()
    for seed in BUILD_SEEDS:
        with SeededRandomness(seed):
            answer = build()
        model, optimizer = _model_and_optimizer(answer, digits)
        if any(model is other for other in models):
            raise NotYet("The same model came twice: make a new one inside build(), at every call.")
        models.append(model)
        data, history = (digits.X_train, digits.y_train), History()
        for _ in training_steps(model, data, criterion, optimizer, seed=seed, history=history, **options):
            if time.process_time() - started > BUILD_SECONDS:
                raise NotYet(f"After {BUILD_SECONDS:.0f} seconds the training is not done: build a simpler network.")
        if history.diverged:
            raise NotYet(f"With seed {seed} the training diverged: {history.stop_reason}")
        accuracies.append(evaluate(model, digits, criterion).metric)
        losses.append(history.training_loss[-1])
    mean = statistics.fmean(accuracies)
    result = (
        f"{percent(mean, 1)} of the validation digits on average over {len(accuracies)} seeds "
        f"({percent(min(accuracies), 1)} to {percent(max(accuracies), 1)}), with {_count(models[0]):,} parameters"
    )
    if mean < GOAL:
        raise NotYet(f"{result}; {percent(GOAL, 1)} are asked for. {_why_short(statistics.fmean(losses), models[0])}")
    return f"{result}. A linear model has 95.3%."


def _model_and_optimizer(answer: object, digits: Dataset) -> tuple[nn.Module, torch.optim.Optimizer]:
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise NotYet("Return two things, in this order: return model, optimizer.")
    model, optimizer = answer
    if isinstance(model, torch.optim.Optimizer):
        raise NotYet("The two are swapped: return model, optimizer.")
    if not isinstance(model, nn.Module):
        raise NotYet(f"The model must be an nn.Module, such as NeuralNetworkModel(…); it is a {type(model).__name__}.")
    if _count(model) > BUDGET:
        raise NotYet(
            f"The model has {_count(model):,} parameters, the budget is {BUDGET:,}. One hidden layer of width w costs "
            "64·w + w for its weights and biases, and w·10 + 10 for the output layer."
        )
    with torch.no_grad():
        outputs = model(digits.X_train[:2])
    shape = tuple(outputs.shape)
    if shape != (2, digits.output_size):
        raise NotYet(f"For 2 digits the model must return logits of shape (2, 10); it returned shape {shape}.")
    if (outputs >= 0).all() and torch.allclose(outputs.sum(1), torch.ones(2), atol=1e-4):
        raise NotYet("The model ends in a softmax, but the loss applies its own to the logits: leave the softmax out.")
    return model, optimizer


def _count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def _why_short(training_loss: float, model: nn.Module) -> str:
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


@check
def check_probabilities(probabilities: Callable) -> str:
    """Compare `probabilities(model, dataset, raw_X)` with the right ones, for a network with dropout."""
    penguins = cached_dataset("penguins")
    with SeededRandomness(int(torch.randint(10**6, (), generator=fresh_generator()))):
        model = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Dropout(0.5), nn.Linear(32, 3))
    raw_X = penguins.unstandardise(penguins.X_validation[:7])  # (7, 2)
    answers = []
    for _ in range(2):
        model.train()
        with SeededRandomness(len(answers)):
            answers.append(probabilities(model, penguins, raw_X.clone()))
    model.eval()
    first, second = answers
    alike = all(isinstance(answer, torch.Tensor) for answer in answers) and first.shape == second.shape
    if alike and not torch.allclose(first, second, atol=1e-6):
        raise NotYet("Two calls on the same rows gave different answers: dropout is at work. Call model.eval() first.")
    with torch.no_grad():
        right = model(penguins.standardise(raw_X)).softmax(1)  # (7, 3)
        compare("the probabilities", first, right, causes=_probability_mistakes(model, penguins, raw_X))
    if first.requires_grad:
        raise NotYet("The values are right, but they carry a computation graph: put the call under torch.no_grad().")
    return "Raw measurements in, probabilities out, the same at every call."


def _probability_mistakes(model: nn.Module, dataset: Dataset, raw_X: torch.Tensor) -> list[tuple[torch.Tensor, str]]:
    logits, centred = model(dataset.standardise(raw_X)), raw_X - raw_X.mean(0)
    raw = "the measurements are not standardised; the model was trained on standardised ones"
    own = "it is standardised with the new rows' own mean and deviation; take the training part's"
    return [
        (model(raw_X).softmax(1), raw),
        (model(centred / raw_X.std(0, correction=0)).softmax(1), own),
        (model(centred / raw_X.std(0)).softmax(1), own),
        (model(dataset.unstandardise(raw_X)).softmax(1), "unstandardise is the way back; call standardise"),
        (logits, "these are the logits: a softmax is missing"),
        (logits.softmax(0), "the softmax runs over the rows: each row, dimension 1, must sum to 1"),
        (logits.sigmoid(), "that is a sigmoid of each logit; the classes exclude each other, so take a softmax"),
        (logits.argmax(1), "these are the likeliest classes; the probabilities of all of them are asked for"),
        (logits.softmax(1).max(1).values, "this is the highest probability alone; return a column for every class"),
        (logits.softmax(1).softmax(1), "the softmax is applied twice"),
    ]


_LOOK_AGAIN = {
    "A": "a leak need not show in the number. Which rows do the mean and the standard deviation come from?",
    "B": "which rows decide that these ten features are the best?",
    "C": "when the answer is still unknown, what stands in the last column?",
    "D": "what is the largest of forty accuracies an estimate of?",
}


@check
def check_leaks(leaks: Mapping[str, str]) -> str:
    """Compare the four answers, and for a wrong one say where to look again."""
    compare_choices(leaks, dict(zip("ABCD", LEAKS, strict=False)), LEAKS, _LOOK_AGAIN)
    return "All four. Each let the test rows take part in a decision that was to be tested on them."


#: What each line of a model card must hold, as a pattern, and what to say where it does not.
_CARD_RULES = (
    (
        "Task",
        r"\S+\s+\S+\s+\S+",
        "say what goes in and what comes out, such as “8 × 8 pixels of a digit → which digit”.",
    ),
    ("Data", r"\d", "say how many rows there were; a result on 50 rows is another one than on 50,000."),
    ("Result", r"\d", "give the number, with its measure, such as an accuracy."),
    (
        "Result",
        r"test|unseen|held",
        "say on which part it was measured. Training and validation took part in making the model; only the test part "
        "did not.",
    ),
    ("Baseline", r"\d", "give the number that a simpler method reaches. Without it nobody can judge the result."),
    (
        "Limits",
        r"^(?!none\b|no limits\b|nothing\b)\S+(\s+\S+){3}",
        "every model has some. Say in a few words for which input it was not made, or where you saw it fail.",
    ),
)


@check
def check_model_card(card: Mapping[str, str]) -> str:
    """Look whether each of the five lines says what a stranger needs; their wording is free."""
    entries = list(dict.fromkeys(entry for entry, _, _ in _CARD_RULES))
    if not isinstance(card, Mapping):
        raise NotYet(f"Give a dictionary with the five keys {', '.join(entries)}.")
    lines = {entry: str(card.get(entry) or "").strip() for entry in entries}
    if missing := [entry for entry, line in lines.items() if not line]:
        raise NotYet(f"These lines are missing or empty: {', '.join(missing)}.")
    if len(set(lines.values())) < len(lines):
        raise NotYet("Two lines are the same: each answers a question of its own.")
    for entry, pattern, what_is_missing in _CARD_RULES:
        if not re.search(pattern, lines[entry], re.IGNORECASE):
            raise NotYet(f"{entry}: {what_is_missing}")
    return "Five lines that a stranger can judge the model by."
