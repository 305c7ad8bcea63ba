"""The live trainer: what it shows is what `train` gives, whatever was moved."""

import asyncio

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, load_dataset, train
from mlp_tutorial.lessons.conclusion import SkipModel
from mlp_tutorial.lessons.shared.trainer import explore_training
from mlp_tutorial.utils.randomness import SeededRandomness
from tests.lesson_helpers import printed_by, settled
from tests.lessons.shared.helpers import Fussy, OwnLinear
from tests.lessons.shared.helpers import short_training as short

FAILED = "These settings cannot work"


def test_the_first_run_equals_train():
    explorer = explore_training("penguins", [5, 3], 0.2, num_epochs=30, batch_size=16, seed=4, optimizer="momentum")
    dataset = load_dataset("penguins")
    with SeededRandomness(4):
        model = NeuralNetworkModel(2, [5, 3], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
    history = train(model, dataset, nn.CrossEntropyLoss(), optimizer, num_epochs=30, batch_size=16, seed=4)
    assert explorer.history.training_loss == history.training_loss
    assert explorer.history.validation_loss == history.validation_loss


def test_the_lines_of_the_first_layer_come_and_go_without_training_anew():
    explorer = short(first_lines=True)
    lines = explorer.picture.beside.lines
    assert len(lines.get_xdata()) == 3 * 4  # two ends and a gap for each neuron
    model = explorer.model
    explorer.controls["first_lines"].value = False
    assert len(lines.get_xdata()) == 0 and explorer.model is model


def test_reset_restores_the_initial_weights_and_step_trains_one_epoch():
    explorer = short(seed=3)
    explorer.buttons["reset"].click()
    assert len(explorer.history) == 0 and "epoch 0 of 12" in explorer.status_line.text
    with SeededRandomness(3):
        fresh = NeuralNetworkModel(2, [4], 3)
    for name, value in fresh.state_dict().items():
        assert torch.equal(explorer.model.state_dict()[name], value)
    for expected in (1, 2, 3):
        explorer.buttons["step"].click()
        assert len(explorer.history) == expected
    explorer.buttons["play"].click()
    assert len(explorer.history) == 12
    explorer.buttons["step"].click()
    assert len(explorer.history) == 13


def test_play_pause_and_slider_moves_on_a_running_loop():
    async def scenario():
        explorer = short(num_epochs=200)
        explorer.controls["speed"].value = 20.0
        explorer.buttons["play"].click()
        await asyncio.sleep(0.4)
        assert explorer.runner.running and explorer.buttons["play"].description == "pause"
        explorer.buttons["play"].click()
        await settled(explorer)
        paused_at = len(explorer.history)
        assert 0 < paused_at < 150 and explorer.buttons["play"].description == "play"
        await asyncio.sleep(0.15)
        assert len(explorer.history) == paused_at
        explorer.buttons["step"].click()
        await settled(explorer)
        assert len(explorer.history) == paused_at + 1
        explorer.controls["num_epochs"].value = 50
        for value in (0.2, 1.0, 0.5, 0.05, 0.3):
            explorer.controls["learning_rate"].value = value
        # A click that comes before the slider's run has begun must not lose the slider's value.
        explorer.buttons["pin"].click()
        await settled(explorer)
        assert explorer.experiment.learning_rate == 0.3 and len(explorer.history) == 50
        assert explorer.history.training_loss == short(num_epochs=50, learning_rate=0.3).history.training_loss

    asyncio.run(scenario())


def test_steps_clicked_quickly_are_all_taken():
    async def scenario():
        explorer = short()
        explorer.buttons["reset"].click()
        for _ in range(4):
            explorer.buttons["step"].click()
        await settled(explorer)
        assert len(explorer.history) == 4

    asyncio.run(scenario())


def test_pinned_runs_stay_behind_the_next_ones_with_a_legend_of_what_differs():
    explorer = short()
    axes = explorer.picture.curves.axes
    for number, rate in enumerate((0.1, 0.2, 0.3, 0.4), start=1):
        explorer.controls["learning_rate"].value = rate
        explorer.buttons["pin"].click()
        assert len(explorer.pinned) == number
    explorer.buttons["pin"].click()
    assert "pinned already" in explorer.status_line.note
    explorer.controls["learning_rate"].value = 0.5
    labels = axes.get_legend_handles_labels()[1]
    assert labels == ["training", "validation", "rate 0.1", "rate 0.2", "rate 0.3", "rate 0.4"]
    assert axes.get_title() == "now: rate 0.5"
    explorer.buttons["pin"].click()
    assert len(explorer.pinned) == 4 and "unpin" in explorer.status_line.note
    explorer.buttons["unpin"].click()
    assert explorer.pinned == [] and axes.get_legend_handles_labels()[1] == ["training", "validation"]


def test_pins_on_other_data_are_hidden_with_a_word_and_come_back():
    explorer = short()
    explorer.buttons["pin"].click()
    explorer.controls["learning_rate"].value = 0.3
    assert "(before: " in explorer.status_line.text
    explorer.controls["dataset"].value = "moons"
    assert explorer.picture.curves.axes.get_legend_handles_labels()[1] == ["training", "validation"]
    assert "hidden" in explorer.status_line.note and "come back" in explorer.status_line.note
    assert "before" not in explorer.status_line.text, "a loss on other data"
    explorer.controls["learning_rate"].value = 0.5
    assert "(before: " in explorer.status_line.text
    explorer.controls["dataset"].value = "penguins"
    assert "rate 0.1" in explorer.picture.curves.axes.get_legend_handles_labels()[1]
    assert "hidden" not in explorer.status_line.note and "before" not in explorer.status_line.text


def test_the_band_is_the_range_over_ten_seeds():
    explorer = short(band=True, dataset="moons")
    low, high = explorer.band
    runs = [short(dataset="moons", seed=seed).history.training_loss for seed in range(10)]
    for epoch in range(12):
        assert low[epoch] == pytest.approx(min(run[epoch] for run in runs), abs=1e-5)
        assert high[epoch] == pytest.approx(max(run[epoch] for run in runs), abs=1e-5)
    explorer.controls["optimizer"].value = "rmsprop"
    assert "band" in explorer.status_line.note.lower()


def test_the_learners_own_activation_loss_and_class_are_trained():
    def bent(x):
        return torch.where(x > 0, x, 0.3 * x)

    def half(outputs, targets):
        return 0.5 * nn.functional.cross_entropy(outputs, targets)

    assert short(activation=bent).model.activation is bent
    assert short(criterion=half).history.training_loss[0] == pytest.approx(0.5 * short().history.training_loss[0])
    explorer = short(model_class=OwnLinear)
    assert isinstance(explorer.model, OwnLinear) and "activation" not in explorer.controls
    own = short(dataset=load_dataset("moons", seed=5))
    assert own.experiment.load() is own.experiment.dataset and len(own.history) == 12


def test_a_failing_setting_is_explained_and_the_run_before_stays():
    explorer = short(model_class=Fussy)
    before = explorer.history
    explorer.controls["num_layers"].value = 3
    assert FAILED in explorer.status_line.text and "at most two" in explorer.status_line.note
    assert explorer.history is before
    explorer.controls["num_layers"].value = 2
    assert len(explorer.history) == 12 and FAILED not in explorer.status_line.text
    with pytest.raises(ValueError, match="penguins"):
        explore_training("pengins")


def test_divergence_is_named_with_its_epoch():
    explorer = short(dataset="penguins_body_mass", learning_rate=10.0, num_epochs=200)
    assert explorer.history.diverged
    assert "epoch" in explorer.status_line.note and "Diverged" in explorer.status_line.note


def test_the_sentence_states_settings_and_results():
    sentence = short().sentence()
    assert "penguins" in sentence and "2 → 4 → 3" in sentence and "learning rate 0.1" in sentence
    assert "After 12 epochs: training loss" in sentence and "accuracy" in sentence


PROGRAMS = [
    {},
    {"batch_size": 16, "optimizer": "adam", "learning_rate": 0.02, "hidden_sizes": [6, 5], "activation": "gelu"},
    {"dataset": "penguins_body_mass", "optimizer": "rmsprop", "learning_rate": 0.003, "hidden_sizes": []},
    {"dataset": "moons", "batch_size": 32, "optimizer": "momentum", "activation": nn.Softplus(), "seed": 5},
    {"dataset": "wine", "optimizer": "adamw", "learning_rate": 0.01, "criterion": nn.MultiMarginLoss()},
]


def test_the_program_shown_ends_at_the_same_losses_in_a_fresh_interpreter():
    explorers = [short(**{"num_epochs": 40, **settings}) for settings in PROGRAMS]
    last_line = 'print(f"{training_loss!r} {validation_loss!r}")\n'
    printed = printed_by(*[explorer.program() + last_line for explorer in explorers])
    for explorer, lines in zip(explorers, printed, strict=True):
        training_loss, validation_loss = lines[-1].split()
        assert float(training_loss) == pytest.approx(explorer.history.training_loss[-1], abs=1e-6)
        assert float(validation_loss) == pytest.approx(explorer.history.validation_loss[-1], abs=1e-6)


def test_the_program_brings_the_learners_own_function_along():
    def bent(x):
        return torch.where(x > 0, x, 0.3 * x)

    program = short(activation=bent).program()
    assert "def bent(x):" in program and "activation=bent" in program


def paused(explorer, epoch):
    """Bring a run from its start to an epoch, as `play` and `pause` do."""
    explorer.buttons["reset"].click()
    explorer.target = epoch
    explorer.go()
    assert explorer.done() == epoch
    return explorer


@pytest.mark.parametrize("settings", [{}, {"batch_size": 16, "optimizer": "momentum"}])
def test_a_rate_changed_during_a_run_is_marked_and_its_program_ends_at_the_same_losses(settings):
    explorer = short(**settings)
    explorer.controls["live_rate"].value = True
    paused(explorer, 5)
    explorer.controls["learning_rate"].value = 0.5
    assert explorer.done() == 5 and "The run goes on at this rate" in explorer.status_line.note
    explorer.controls["learning_rate"].value = 0.02  # changed once more before the run goes on
    explorer.buttons["play"].click()
    assert explorer.history.learning_rate == [0.1] * 5 + [0.02] * 7
    assert explorer.experiment.rates == ((5, 0.02),)
    _, text = explorer.picture.curves.marks
    assert (text.get_position()[0], text.get_text()) == (5, "rate 0.02")
    assert "rate 0.02 after epoch 5" in explorer.sentence()
    [[printed]] = printed_by(explorer.program())
    losses = explorer.history.training_loss[-1], explorer.history.validation_loss[-1]
    assert printed == "training loss {:.6f}, validation loss {:.6f}".format(*losses)


def test_a_complete_run_starts_anew_and_so_does_every_run_without_the_switch():
    explorer = short()
    explorer.controls["live_rate"].value = True
    paused(explorer, 5)
    explorer.controls["learning_rate"].value = 0.02
    explorer.buttons["play"].click()
    explorer.buttons["pin"].click()
    explorer.controls["learning_rate"].value = 0.3
    assert explorer.history.learning_rate == [0.3] * 12 and explorer.experiment.rates == ()
    assert explorer.picture.curves.marks == []
    names = [line.get_label() for line in explorer.picture.curves.pinned]
    assert "rate 0.1, rate 0.02 after epoch 5" in names
    explorer.controls["live_rate"].value = False
    paused(explorer, 5)
    explorer.controls["learning_rate"].value = 0.4
    assert explorer.history.learning_rate == [0.4] * 12


def test_a_band_of_a_run_with_two_rates_is_refused():
    explorer = short()
    explorer.controls["live_rate"].value = True
    paused(explorer, 5)
    explorer.controls["learning_rate"].value = 0.02
    explorer.controls["band"].value = True
    assert "one learning rate for the whole run" in explorer.status_line.note


def test_unequal_widths_stand_in_the_status_line():
    assert "2 → 5 → 3 → 3" in explore_training("penguins", [5, 3], num_epochs=10).status_line.text
    assert "→" not in explore_training("penguins", [5, 5], num_epochs=10).status_line.text


def test_a_class_of_ones_own_keeps_its_first_hidden_layer():
    explorer = short(model_class=SkipModel)
    explorer.controls["num_layers"].value = 0
    assert explorer.experiment.hidden_sizes and FAILED not in explorer.status_line.text
    assert short().controls["num_layers"].min == 0
