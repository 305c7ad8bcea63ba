"""Lesson 05's table of diagnoses and `diagnose` agree row by row: what the note says, and what to try."""

import re
from pathlib import Path

import nbformat
import pytest

from mlp_tutorial.experiment import Experiment
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.diagnosis import diagnose
from mlp_tutorial.training.history import History

LESSON = Path(__file__).parents[3] / "notebooks" / "05_backpropagation.ipynb"


class WithSoftmax(NeuralNetworkModel):
    """The mistake of lesson 03."""

    def forward(self, x):
        return super().forward(x).softmax(1)


#: A run for each row, and what its suggestion says where the table says something in other words.
RUNS = {
    "learning rate too low": (Experiment("penguins", (8, 8), 0.01), 300),
    "learning rate too high": (Experiment("penguins", (8, 8), 10, activation="tanh"), 100),
    "dead ReLUs": (Experiment("penguins", (8, 8), 5), 300),
    "overfitting": (Experiment("penguins", (8, 8), 1), 300),
    "no gradient arrives": (Experiment("penguins", (8,) * 6, 0.1), 300),
    "baseline not beaten": (Experiment("xor", (), 0.1), 200),
    "underfitting": (Experiment("circles", (2,), 0.05, optimizer="adam"), 300),
    "a softmax too many": (Experiment("penguins", (8, 8), 0.1, model_class=WithSoftmax), 300),
}
WORDS = {
    "dead ReLUs": "Start anew",
    "overfitting": "smaller network",
    "no gradient arrives": "ewer hidden layers",
    "baseline not beaten": "hidden layers with relu",
    "underfitting": "wider hidden layers",
    "a softmax too many": "Leave it out",
}
FACTORS = {"3 to 10 times": (3, 10), "a tenth to a third": (0.1, 1 / 3), "a tenth of the rate": (0.1, 0.1)}


def table():
    """Return the rows: {what the note says: what to try}."""
    (text,) = [cell.source for cell in nbformat.read(LESSON, 4).cells if "### Reading a curve" in cell.source]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")][2:]
    return {name.strip(): advice.strip() for _, name, advice in rows}


def test_every_row_has_a_run():
    assert list(table()) == list(RUNS)


@pytest.mark.parametrize("name", RUNS)
def test_the_note_says_what_the_table_says(name):
    experiment, num_epochs = RUNS[name]
    model, criterion, optimizer = experiment.build()
    history = History()
    for _ in experiment.steps(model, criterion, optimizer, num_epochs, history, pause_every=60.0):
        pass
    finding = diagnose(history, model, experiment.load(), criterion)[0]
    assert finding.name == name
    assert WORDS.get(name, "") in finding.suggestion
    advice = table()[name]
    for words, (least, most) in FACTORS.items():
        if words in advice:
            rate = float(re.search(r"\d[\d.]*", finding.suggestion).group())
            assert 0.95 * least <= rate / experiment.learning_rate <= 1.05 * most
            break
    else:
        assert name in WORDS
