"""The playground: every click and every control, what it changes and what it keeps."""

import asyncio
import random
from dataclasses import fields

import numpy as np
import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, load_dataset
from mlp_tutorial.lessons.playground import explore_playground
from mlp_tutorial.lessons.playground.input_features import FEATURES
from mlp_tutorial.lessons.playground.playground_settings import Live
from mlp_tutorial.lessons.playground.selection import switched_off
from mlp_tutorial.lessons.shared.live_training import ENDLESS
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.utils.randomness import SeededRandomness
from tests.lesson_helpers import kept_widgets, settled
from tests.lessons.playground.helpers import (
    Fails,
    WithFunctions,
    hooks_on,
    one_logit_loss,
    own_modules,
    same,
    small,
    weights_of,
)
from tests.lessons.shared.helpers import Fussy

FAILED = "cannot work"


def losses(explorer):
    return list(explorer.history.training_loss), list(explorer.history.validation_loss)


def assert_shown(explorer):
    """Assert that the status line tells the losses of the network of now."""
    measured = explorer.run.measure()
    for name, one in measured.items():
        assert f"{name} loss {one.loss:.3f}" in explorer.status_line.text
    assert explorer.status_line.text.startswith(f"epoch {len(explorer.history)} ")


def initial(explorer):
    """Return the weights that the settings of now begin with."""
    start = explorer.run.start
    with SeededRandomness(start.seed):
        return weights_of(start.build())


# Controls.

LIVE = {
    "learning_rate": 0.3,
    "batch_size": 0,
    "optimizer": "adam",
    "penalty": "L1",
    "penalty_rate": 0.1,
    "weight_decay": 0.1,
    "dropout": 0.4,
}
RESTART = {
    "dataset": "spiral",
    "activation": "relu",
    "initialisation": "He",
    "noise": 0.25,
    "num_points": 100,
    "training_share": 70,
    "data_seed": 2,
    "seed": 3,
}
DRAWN = {"output_map": 1, "see": 1, "bend": 0.5, "speed": 20.0, "discretize": True, "held_out": True, "log_scale": True}


def test_every_control_is_tried():
    assert set(LIVE) | set(RESTART) | set(DRAWN) == set(small().controls)
    assert set(LIVE) == {field.name for field in fields(Live)}


@pytest.mark.parametrize("name", LIVE)
def test_live_controls_keep_weights_and_epochs(name):
    explorer = small(num_epochs=2)
    weights, curves, run = weights_of(explorer.model), losses(explorer), explorer.run
    explorer.controls[name].value = LIVE[name]
    assert explorer.run is run and same(weights_of(explorer.model), weights) and losses(explorer) == curves
    assert getattr(explorer.run.live, name) == LIVE[name] and FAILED not in explorer.status_line.text
    explorer.buttons["step"].click()
    assert len(explorer.history) == 3 and losses(explorer)[0][:2] == curves[0]
    assert_shown(explorer)


@pytest.mark.parametrize("name", RESTART)
def test_other_controls_begin_anew_with_the_initial_weights(name):
    explorer = small("xor", num_epochs=2, features=["x1", "x2", "x1²"])
    explorer.clicks.click(("neuron", 1, 0))
    explorer.selection.widget.children[0].value = 3.0
    explorer.controls[name].value = RESTART[name]
    expected = 0.7 if name == "training_share" else RESTART[name]
    assert getattr(explorer.run.start, name) == expected and FAILED not in explorer.status_line.text
    assert len(explorer.history) == 0 and same(weights_of(explorer.model), initial(explorer))
    assert explorer.run.start.features == ("x1", "x2", "x1²") and explorer.run.start.hidden_sizes == (4, 2)
    assert_shown(explorer)
    explorer.buttons["step"].click()
    assert len(explorer.history) == 1


@pytest.mark.parametrize("name", DRAWN)
def test_the_rest_changes_the_picture_alone(name):
    explorer = small("xor", num_epochs=2, learning_rate=0.3)
    if name == "bend":
        explorer.controls["see"].value = 2
    weights, curves, picture = weights_of(explorer.model), losses(explorer), explorer.canvas.image.value
    explorer.controls[name].value = DRAWN[name]
    assert same(weights_of(explorer.model), weights) and losses(explorer) == curves
    assert (explorer.canvas.image.value != picture) == (name != "speed")


@pytest.mark.parametrize("name", ["dataset", "activation", "optimizer", "initialisation", "penalty", "batch_size"])
def test_every_choice_of_a_menu_works(name):
    explorer = small(batch_size=None)
    for label, value in explorer.controls[name]._options_full:
        explorer.controls[name].value = value
        explorer.buttons["step"].click()
        assert FAILED not in explorer.status_line.text, (label, explorer.status_line.note)
        assert len(explorer.history) >= 1 or explorer.history.diverged
        assert_shown(explorer)


def test_a_setting_that_the_data_do_not_have_is_said():
    explorer = small("penguins")
    explorer.controls["noise"].value = 0.2
    assert "measured data" in explorer.status_line.note


# Buttons.


def test_step_reset_and_new_weights():
    explorer = small(seed=4)
    begun = weights_of(explorer.model)
    with SeededRandomness(4):
        assert same(begun, weights_of(NeuralNetworkModel(2, [4, 2], 2, "tanh")))
    for epochs in (1, 2, 3):
        explorer.buttons["step"].click()
        assert len(explorer.history) == epochs
    curves = losses(explorer)
    explorer.buttons["reset"].click()
    assert len(explorer.history) == 0 and same(weights_of(explorer.model), begun)
    explorer.go_to(3)
    assert losses(explorer) == curves
    explorer.buttons["new weights"].click()
    assert len(explorer.history) == 0 and explorer.run.start.seed == 5 and not same(weights_of(explorer.model), begun)


def test_reset_takes_edits_back():
    explorer = small()
    begun = weights_of(explorer.model)
    explorer.clicks.click(("neuron", 1, 0))
    for part in explorer.selection.widget.children:
        part.value = False if part.description == "switched on" else 2.0
    assert not same(weights_of(explorer.model), begun)
    explorer.buttons["reset"].click()
    assert same(weights_of(explorer.model), begun) and not explorer.run.changes and not hooks_on(explorer.model)
    assert_shown(explorer)


def test_reset_goes_back_to_the_weights_of_the_call():
    weights = {name: (0.1 * value).tolist() for name, value in weights_of(small().model).items()}
    explorer = small(weights=weights, num_epochs=2)
    explorer.buttons["reset"].click()
    for name, value in explorer.model.state_dict().items():
        assert torch.equal(value, torch.tensor(weights[name]))


def test_reset_of_an_own_module_and_other_weights_of_it():
    torch.manual_seed(0)
    own = WithFunctions()
    explorer = small(model=own, num_epochs=2)
    assert not same(weights_of(explorer.model), weights_of(own))
    explorer.buttons["reset"].click()
    assert same(weights_of(explorer.model), weights_of(own))
    explorer.buttons["new weights"].click()
    assert not same(weights_of(explorer.model), weights_of(own))


def test_pins_are_kept_drawn_and_removed():
    explorer = small()
    explorer.buttons["pin"].click()
    assert not explorer.pinned and "nothing to pin" in explorer.status_line.note
    for number in range(4):
        explorer.controls["seed"].value = number + 1
        explorer.go_to(2)
        curves = losses(explorer)
        explorer.buttons["pin"].click()
        assert len(explorer.pinned) == number + 1 and "Pinned" in explorer.status_line.note
        assert explorer.pinned[-1][-1].training_loss == curves[0]
    explorer.buttons["pin"].click()
    assert len(explorer.pinned) == 4 and "pinned already" in explorer.status_line.note
    explorer.controls["seed"].value = 9
    explorer.go_to(1)
    explorer.buttons["pin"].click()
    assert len(explorer.pinned) == 4 and "the most" in explorer.status_line.note
    assert len(explorer._ghosts()) == 4
    own_data = explorer.controls["dataset"].value
    explorer.controls["dataset"].value = "xor"
    assert not explorer._ghosts() and "Runs pinned on other data are hidden" in explorer.status_line.note
    explorer.controls["dataset"].value = own_data
    assert len(explorer._ghosts()) == 4 and "hidden" not in explorer.status_line.note
    picture = explorer.canvas.image.value
    explorer.buttons["unpin"].click()
    assert not explorer.pinned and explorer.canvas.image.value != picture


def test_the_code_is_shown_kept_up_to_date_and_hidden():
    explorer = small()
    explorer.buttons["show code"].click()
    assert explorer.code_panel.visible and explorer.code_panel.program == explorer.program()
    explorer.go_to(2)
    assert "range(2)" in explorer.code_panel.program
    explorer.buttons["show code"].click()
    assert not explorer.code_panel.visible


def test_the_call_is_shown_and_hidden():
    explorer = small()
    explorer.buttons["copy call"].click()
    assert explorer.code_panel.visible and explorer.code_panel.program == explorer.call()
    explorer.buttons["copy call"].click()
    assert not explorer.code_panel.visible


# Clicks.


def test_features_are_switched_on_and_off_and_the_others_keep_their_weights():
    explorer = small("xor", num_epochs=2)
    weight = explorer.model.input_layer.weight.detach().clone()
    deeper = weights_of(explorer.model.hidden_layers)
    explorer.clicks.click(("feature", "x1·x2"))
    assert explorer.run.start.features == ("x1", "x2", "x1·x2") and len(explorer.history) == 0
    assert torch.equal(explorer.model.input_layer.weight[:, :2], weight)
    explorer.clicks.click(("feature", "x1"))
    assert explorer.run.start.features == ("x2", "x1·x2")
    assert torch.equal(explorer.model.input_layer.weight[:, 0], weight[:, 1])
    assert same(weights_of(explorer.model.hidden_layers), deeper)
    explorer.clicks.click(("feature", "x2"))
    explorer.clicks.click(("feature", "x1·x2"))
    assert explorer.run.start.features == ("x1·x2",) and "at least one feature" in explorer.status_line.note
    assert_shown(explorer)


def test_every_feature_can_be_clicked():
    explorer = small(features=["x1", "x2", "sin x2"])
    for name in FEATURES:
        before = name in explorer.run.start.features
        explorer.clicks.click(("feature", name))
        assert (name in explorer.run.start.features) != before
        explorer.go_to(1)
        assert len(explorer.history) == 1 and FAILED not in explorer.status_line.text


def test_features_of_other_data_cannot_be_switched():
    for explorer in (small("wine"), small(model=nn.Linear(2, 2))):
        run, name = explorer.run, explorer.places.features[0]
        explorer.clicks.click(("feature", name))
        assert explorer.run is run and "These features are what the data set has" in explorer.status_line.note


def test_widths_change_by_one_and_the_others_keep_their_weights():
    explorer = small(num_epochs=2)
    explorer.run.switch(1, 1, False)
    weight = explorer.model.input_layer.weight.detach().clone()
    output = weights_of(explorer.model.output_layer)
    explorer.clicks.click(("width", 1, 1))
    assert explorer.model.hidden_sizes == [5, 2] and len(explorer.history) == 0
    assert torch.equal(explorer.model.input_layer.weight[:4], weight)
    assert same(weights_of(explorer.model.output_layer), output)
    assert switched_off(explorer.run, explorer._columns) == [(1, 1)]
    for _ in range(3):
        explorer.clicks.click(("width", 1, -1))
    assert explorer.model.hidden_sizes == [2, 2] and torch.equal(explorer.model.input_layer.weight, weight[:2])
    assert explorer.run.on[1].tolist() == [1, 0]
    for _ in range(3):
        explorer.clicks.click(("width", 2, -1))
    assert explorer.model.hidden_sizes == [2, 1] and "1 to 8 neurons" in explorer.status_line.note
    assert_shown(explorer)
    wide = small(hidden_sizes=[8])
    wide.clicks.click(("width", 1, 1))
    assert wide.model.hidden_sizes == [8] and "1 to 8 neurons" in wide.status_line.note


def test_layers_are_added_and_removed():
    explorer = small(num_epochs=1)
    first = weights_of(explorer.model.input_layer)
    for sizes in ([4, 2, 2], [4, 2, 2, 2], [4, 2, 2, 2, 2], [4, 2, 2, 2, 2, 2]):
        explorer.clicks.click(("layers", 1))
        assert explorer.model.hidden_sizes == sizes and same(weights_of(explorer.model.input_layer), first)
    explorer.clicks.click(("layers", 1))
    assert len(explorer.model.hidden_sizes) == 6 and "0 to 6 hidden layers" in explorer.status_line.note
    for count in (5, 4, 3, 2, 1, 0):
        explorer.clicks.click(("layers", -1))
        assert len(explorer.model.hidden_sizes) == count
    explorer.clicks.click(("layers", -1))
    assert explorer.model.hidden_sizes == [] and "0 to 6 hidden layers" in explorer.status_line.note
    explorer.go_to(1)
    assert_shown(explorer)
    explorer.clicks.click(("layers", 1))
    assert explorer.model.hidden_sizes == [2]


def test_a_neuron_is_selected_changed_and_left_again():
    explorer = small("xor", num_epochs=2)
    curves, picture = losses(explorer), explorer.canvas.image.value
    explorer.clicks.click(("neuron", 1, 2))
    assert explorer.selection.key == ("neuron", 1, 2) and "Neuron 3 of layer 1" in explorer.status_line.note
    assert explorer.canvas.image.value != picture
    before = explorer.run.measure()["training"].loss
    explorer.selection.widget.children[0].value = -3.5
    assert explorer.model.input_layer.weight[2, 0] == -3.5 and losses(explorer) == curves
    assert explorer.run.measure()["training"].loss != before
    assert_shown(explorer)
    explorer.clicks.click(("neuron", 1, 0))
    assert explorer.selection.key == ("neuron", 1, 0)
    explorer.clicks.click(("neuron", 1, 0))
    assert explorer.selection.key is None and not explorer.selection.widget.children
    explorer.go_to(3)
    assert losses(explorer)[0][:2] == curves[0]


def test_a_link_is_selected_and_its_weight_is_changed():
    explorer = small()
    explorer.clicks.click(("link", 2, 1, 3))
    assert "weight from neuron 4 of layer 1 to neuron 2 of layer 2" in explorer.status_line.note
    (slider,) = explorer.selection.widget.children
    slider.value = 1.25
    assert explorer.model.hidden_layers[0].weight[1, 3] == 1.25
    assert_shown(explorer)
    explorer.clicks.click(("link", 2, 1, 3))
    assert explorer.selection.key is None


def test_a_neuron_is_switched_off_and_on():
    explorer = small("xor")
    before = explorer.run.measure()["training"].loss
    explorer.clicks.click(("neuron", 1, 3))
    box = explorer.selection.widget.children[-1]
    box.value = False
    assert switched_off(explorer.run, explorer._columns) == [(1, 3)]
    assert explorer.run.measure()["training"].loss != before
    assert_shown(explorer)
    box.value = True
    assert explorer.run.measure()["training"].loss == pytest.approx(before) and not hooks_on(explorer.model)


def test_what_is_selected_stays_while_it_is_there():
    explorer = small(selected=("neuron", 2, 1), num_epochs=1)
    explorer.clicks.click(("width", 1, 1))
    assert explorer.selection.key == ("neuron", 2, 1)
    assert [part.description for part in explorer.selection.widget.children][:5] == [
        f"from neuron {n}" for n in range(1, 6)
    ]
    explorer.clicks.click(("width", 2, -1))
    assert explorer.selection.key is None and not explorer.selection.widget.children


def test_a_layer_that_is_seen_can_be_removed():
    explorer = small(see=3, num_epochs=5)
    explorer.clicks.click(("layers", -1))
    assert explorer.controls["see"].value == 0 and len(explorer.history) == 0
    assert_shown(explorer)


# The call.

PRESETS = [
    {"dataset": "spiral", "hidden_sizes": [8, 8], "features": ["x1", "x2", "sin x1", "sin x2"], "num_epochs": 2},
    {"selected": ("neuron", 1, 2), "off": [(1, 0), (2, 1)], "num_epochs": 2},
    {"selected": ("link", 2, 1, 3), "discretize": True, "held_out": True, "log_scale": True},
    {"see": 2, "bend": 0.0},
    {"see": 2, "bend": 1.25, "features": ["x1", "x1·x2"]},
    {"see": 1},
    {"dataset": "penguins", "batch_size": None, "optimizer": "adam", "learning_rate": 0.0123, "num_epochs": 1},
    {"dataset": "hills", "activation": "relu", "initialisation": "He", "noise": 0.15, "num_points": 120, "seed": 30},
    {"penalty": "L2", "penalty_rate": 0.02, "weight_decay": 0.005, "dropout": 0.15, "num_epochs": 1},
    {"training_share": 0.333, "batch_size": 17, "num_epochs": 1},
    {"hidden_sizes": []},
]


def seen(explorer):
    """Return all that is seen, but for the picture."""
    spread = {name: control.value for name, control in explorer.controls.items()}
    return {**spread, "off": switched_off(explorer.run, explorer._columns), "selected": explorer.selection.key}


def again(explorer, **names):
    line = explorer.call().splitlines()[-1]
    return eval(line, {"explore_playground": explore_playground, **names})


def assert_same(one, other):
    assert seen(one) == seen(other)
    assert one.run.start == other.run.start and one.run.live == other.run.live
    for name, value in one.model.state_dict().items():
        assert torch.allclose(value, other.model.state_dict()[name], atol=1e-6), name
    for part, measured in one.run.measure().items():
        assert measured.loss == pytest.approx(other.run.measure()[part].loss, rel=1e-5)


@pytest.mark.parametrize("settings", PRESETS)
def test_a_call_is_a_preset_and_the_copied_call_makes_what_is_seen(settings):
    explorer = small(**settings)
    for name, value in settings.items():
        if name in ("selected", "off"):
            assert seen(explorer)[name] == value
        elif name == "num_epochs":
            assert len(explorer.history) == value
        elif name in ("features", "hidden_sizes"):
            assert getattr(explorer.run.start, name) == tuple(value)
        elif name in ("see", "bend", "discretize", "held_out", "log_scale"):
            assert explorer.controls[name].value == value
        elif name == "batch_size":
            assert explorer.run.live.batch_size == (value or 0)
        else:
            holder = explorer.run.live if name in LIVE else explorer.run.start
            assert getattr(holder, name) == value
    copy = again(explorer)
    assert_same(explorer, copy)
    assert bytes(copy.canvas.image.value) == bytes(explorer.canvas.image.value)


def test_the_copied_call_after_all_that_can_be_done():
    explorer = small("xor", learning_rate=0.1)
    explorer.go_to(2)
    explorer.controls["optimizer"].value = "adam"
    explorer.controls["batch_size"].value = 20
    explorer.clicks.click(("feature", "x1·x2"))
    explorer.clicks.click(("layers", 1))
    explorer.clicks.click(("width", 1, -1))
    explorer.go_to(2)
    explorer.clicks.click(("neuron", 1, 1))
    explorer.selection.widget.children[0].value = 2.5
    explorer.selection.widget.children[-1].value = False
    explorer.controls["dropout"].value = 0.1
    explorer.go_to(3)
    explorer.controls["held_out"].value = True
    copy = again(explorer)
    assert_same(explorer, copy)


def test_one_class_alone_is_in_the_call():
    explorer = small("penguins", num_epochs=1)
    explorer.controls["output_map"].value = 2
    assert again(explorer).controls["output_map"].value == 2


# What is wrong.

WRONG = [
    ({"dataset": "dics"}, ValueError, "Unknown data set 'dics'. Did you mean 'disc'"),
    ({"dataset": 7}, TypeError, "dataset must be"),
    ({"dataset": None}, TypeError, "dataset must be"),
    ({"hidden_sizes": 4}, TypeError, "hidden_sizes must be a list of widths"),
    ({"hidden_sizes": [4, 0]}, ValueError, "hidden_sizes.* must be at least 1"),
    ({"hidden_sizes": ["4"]}, TypeError, "hidden_sizes.* must be a whole number"),
    ({"features": ["x3"]}, ValueError, "Unknown feature 'x3'"),
    ({"features": []}, ValueError, "at least one feature"),
    ({"optimizer": "adm"}, ValueError, "Unknown optimizer 'adm'. Did you mean 'adam'"),
    ({"optimizer": 3}, TypeError, "optimizer must be"),
    ({"penalty": "L3"}, ValueError, "Unknown penalty 'L3'"),
    ({"penalty": None}, ValueError, "Unknown penalty None"),
    ({"initialisation": "Xaver"}, ValueError, "Unknown initialisation 'Xaver'. Did you mean 'Xavier'"),
    ({"activation": "rleu"}, ValueError, "Unknown activation 'rleu'. Did you mean 'relu'"),
    ({"activation": 3}, TypeError, "activation must be"),
    ({"learning_rate": 0}, ValueError, "learning_rate"),
    ({"learning_rate": "fast"}, TypeError, "learning_rate must be a number"),
    ({"batch_size": "ten"}, TypeError, "batch_size must be"),
    ({"batch_size": 2.5}, TypeError, "batch_size must be"),
    ({"batch_size": -1}, ValueError, "batch_size"),
    ({"dropout": 1.0}, ValueError, "dropout"),
    ({"dropout": "much"}, TypeError, "dropout must be a number"),
    ({"weight_decay": -0.1}, ValueError, "weight_decay"),
    ({"penalty_rate": None}, TypeError, "penalty_rate must be a number"),
    ({"training_share": 1.5}, ValueError, "training_share must be from 0.1 to 0.9"),
    ({"training_share": "half"}, TypeError, "training_share must be a number"),
    ({"noise": "some"}, TypeError, "noise must be"),
    ({"noise": -1}, ValueError, "noise"),
    ({"num_points": 1.5}, TypeError, "num_points must be"),
    ({"num_points": 3}, ValueError, "num_points"),
    ({"seed": "one"}, TypeError, "seed must be a whole number"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
    ({"num_epochs": "many"}, TypeError, "num_epochs must be a whole number"),
    ({"num_epochs": -1}, ValueError, "num_epochs"),
    ({"criterion": "MSE"}, TypeError, "criterion must be"),
    ({"model": "mine"}, TypeError, "model must be"),
    ({"model": nn.Linear(3, 2)}, (ValueError, RuntimeError), "2 features|2 numbers|in_features|3"),
    ({"model": nn.Linear(2, 1)}, ValueError, "one output"),
    ({"model": nn.Tanh()}, ValueError, "parameter"),
    ({"output_map": 2}, ValueError, "output_map must be the number of a class"),
    ({"output_map": "disc"}, ValueError, "output_map must be the number of a class"),
    ({"weights": {"a": 1}}, ValueError, "weights must hold the numbers of"),
    ({"weights": 3}, (TypeError, ValueError), "weights must hold the numbers of"),
    ({"selected": ("neuron", 7, 0)}, ValueError, "there is no such neuron"),
    ({"selected": ("neuron",)}, (TypeError, ValueError), "selected"),
    ({"selected": 3}, (TypeError, ValueError), "selected"),
    ({"off": [(3, 0)]}, ValueError, "there is no hidden neuron"),
    ({"off": [(1, 9)]}, ValueError, "there is no hidden neuron"),
    ({"off": [1]}, (TypeError, ValueError), "off"),
    ({"off": 1}, (TypeError, ValueError), "off"),
    ({"see": 9}, ValueError, "see must be a column from 1 to 3"),
    ({"see": "all"}, (TypeError, ValueError), "see must be a column"),
    ({"see": 1, "bend": "far"}, TypeError, "bend must be a number"),
]


@pytest.mark.parametrize(("settings", "error", "sentence"), WRONG, ids=[str(settings)[:50] for settings, *_ in WRONG])
def test_what_is_wrong_is_said_in_a_sentence(settings, error, sentence):
    with pytest.raises(error, match=sentence):
        small(**settings)


def test_a_module_that_fails_at_the_start_raises_in_the_cell():
    model = Fails()
    model.failing = True
    with pytest.raises(RuntimeError, match="the second layer is missing"):
        small(model=model)


def test_a_module_that_fails_later_is_explained_and_goes_on_when_it_is_fixed():
    explorer = small(model=Fails(), num_epochs=2)
    picture = explorer.canvas.image.value
    explorer.model.failing = True
    explorer.buttons["play"].description = "pause"  # as while it trains
    explorer.buttons["step"].click()
    assert FAILED in explorer.status_line.text and "the second layer is missing" in explorer.status_line.note
    assert explorer.buttons["play"].description == "play"
    assert explorer.canvas.image.value == picture
    explorer.controls["learning_rate"].value = 0.1
    assert FAILED in explorer.status_line.text
    explorer.model.failing = False
    explorer.buttons["step"].click()
    assert len(explorer.history) >= 3 and explorer.run.live.learning_rate == 0.1
    assert_shown(explorer)


def test_a_class_that_refuses_a_depth_is_explained_and_the_run_before_stays():
    explorer = small(model=Fussy, num_epochs=1)
    run = explorer.run
    explorer.clicks.click(("layers", 1))
    assert FAILED in explorer.status_line.text and "at most two" in explorer.status_line.note
    assert explorer.run is run
    explorer.clicks.click(("width", 1, 1))
    assert explorer.model.hidden_sizes == [5, 2] and FAILED not in explorer.status_line.text


def test_batches_of_one_with_a_batch_norm_are_explained():
    model, *_ = own_modules()["batch norm"]
    explorer = small(model=model)
    explorer.controls["batch_size"].value = 1
    explorer.buttons["step"].click()
    assert FAILED in explorer.status_line.text and "atch" in explorer.status_line.note
    explorer.controls["batch_size"].value = 20
    explorer.buttons["step"].click()
    assert len(explorer.history) >= 1 and FAILED not in explorer.status_line.text


# Own things, and other numbers.


@pytest.mark.parametrize("name", own_modules())
def test_modules_of_ones_own_train_and_can_be_clicked(name):
    model, widths, _ = own_modules()[name]
    explorer = small("xor", model=model, num_epochs=1)
    for column in range(1, len(widths)):
        explorer.clicks.click(("neuron", column, 0))
        for part in explorer.selection.widget.children[-1:]:  # the switch, or of the output the bias
            part.value = False if part.description == "switched on" else 1.5
        assert FAILED not in explorer.status_line.text, explorer.status_line.note
    for column in range(1, len(widths)):
        explorer.controls["see"].value = column
        assert FAILED not in explorer.status_line.text, explorer.status_line.note
    explorer.controls["dropout"].value = 0.2
    explorer.go_to(2)
    assert len(explorer.history) == 2
    assert_shown(explorer)
    assert type(model).__name__ in explorer.sentence()


def test_a_single_logit_is_trained():
    explorer = small("xor", model=nn.Linear(2, 1), criterion=one_logit_loss, num_epochs=2)
    assert_shown(explorer)


def test_the_learners_own_are_taken_as_they_are():
    dataset = load_dataset("moons", num_points=60)
    explorer = small(dataset, activation=torch.sin, criterion=nn.CrossEntropyLoss(label_smoothing=0.1), num_epochs=1)
    assert explorer.run.dataset is dataset and explorer.model.activation is torch.sin
    assert explorer.controls["dataset"].label == f"your {dataset.name}"
    explorer.controls["dataset"].value = "disc"
    explorer.controls["dataset"].value = dataset
    assert explorer.run.dataset is dataset and FAILED not in explorer.status_line.text


def test_double_precision_as_the_default_gets_a_sentence(float64):
    with pytest.raises(TypeError, match=r"weights are torch\.float64, its input is torch\.float32"):
        small("xor")


def test_an_explorer_survives_double_precision_set_later(float64):
    torch.set_default_dtype(torch.float32)
    explorer = small("xor", num_epochs=1)
    torch.set_default_dtype(torch.float64)
    explorer.clicks.click(("neuron", 1, 0))
    explorer.selection.widget.children[0].value = 1.0
    explorer.controls["see"].value = 2
    explorer.go_to(2)
    assert FAILED not in explorer.status_line.text, explorer.status_line.note
    assert_shown(explorer)


def test_a_module_in_double_precision_gets_a_sentence():
    with pytest.raises((TypeError, ValueError, RuntimeError), match=r"float64|double|Double"):
        small(model=nn.Linear(2, 2).double())


def test_the_random_numbers_of_the_notebook_stay_as_they_were():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    explorer = small("xor", dropout=0.2, num_epochs=1)
    explorer.clicks.click(("width", 1, 1))
    explorer.clicks.click(("feature", "x1²"))
    explorer.buttons["new weights"].click()
    explorer.go_to(1)
    explorer.program(), explorer.call()
    assert torch.equal(torch.get_rng_state(), before)


# With an event loop, as in a notebook: events come while it trains.


def in_a_notebook(events, **settings):
    """Let `events(explorer)`, a coroutine, happen to a playground on an event loop; return the explorer at rest."""

    async def run():
        explorer = small(**{"num_points": 600, "batch_size": 1, **settings})
        await settled(explorer)
        await events(explorer)
        await settled(explorer)
        return explorer

    return asyncio.run(run())


async def trained_some(explorer):
    """Press play, and wait until an epoch is under way."""
    explorer.buttons["play"].click()
    while len(explorer.history) < 1 or not explorer.run.mid_epoch:
        await asyncio.sleep(0.001)


def test_quick_clicks_add_up():
    async def events(explorer):
        await trained_some(explorer)
        for _ in range(2):
            explorer.clicks.click(("width", 1, 1))
        explorer.clicks.click(("feature", "x1²"))
        explorer.clicks.click(("feature", "sin x1"))
        explorer.clicks.click(("layers", 1))
        explorer.controls["learning_rate"].value = 0.001
        explorer.controls["seed"].value = 5
        explorer.buttons["play"].click()

    explorer = in_a_notebook(events)
    assert explorer.model.hidden_sizes == [6, 2, 2]
    assert explorer.run.start.features == ("x1", "x2", "x1²", "sin x1") and explorer.run.start.seed == 5
    assert explorer.run.live.learning_rate == 0.001


def test_a_pause_after_a_click_is_a_pause():
    async def events(explorer):
        await trained_some(explorer)
        explorer.clicks.click(("width", 1, 1))
        explorer.buttons["play"].click()

    explorer = in_a_notebook(events)
    assert explorer.model.hidden_sizes == [5, 2] and explorer.target < 100
    assert explorer.buttons["play"].description == "play"


def test_it_trains_on_after_a_click_and_a_control():
    async def events(explorer):
        await trained_some(explorer)
        for act in (
            lambda: explorer.clicks.click(("feature", "x1²")),
            lambda: setattr(explorer.controls["seed"], "value", 2),
            lambda: setattr(explorer.controls["batch_size"], "value", 20),
            lambda: explorer.clicks.click(("neuron", 1, 0)),
        ):
            act()
            await asyncio.sleep(0.05)
            assert explorer.target == ENDLESS
            while not len(explorer.history):
                await asyncio.sleep(0.001)
        explorer.buttons["play"].click()

    explorer = in_a_notebook(events)
    assert len(explorer.history) >= 1 and explorer.selection.key == ("neuron", 1, 0)


def test_the_last_place_of_a_dragged_slider_counts_and_lies_between_two_epochs():
    async def events(explorer):
        explorer.clicks.click(("neuron", 1, 0))
        await settled(explorer)
        await trained_some(explorer)
        slider = explorer.selection.widget.children[0]
        for value in (1.0, 2.0, 3.0):
            slider.value = value
        explorer.controls["learning_rate"].value = 1e-5
        explorer.buttons["play"].click()

    explorer = in_a_notebook(events)
    assert explorer.model.input_layer.weight[0, 0].item() == pytest.approx(3.0, abs=0.1)
    lines = [line for _, about, line in explorer.run.changes if about == (0, 0, 0)]
    assert lines == ["linears[0].weight.data[0, 0] = 3.0"]


def test_reset_while_it_trains_goes_back_to_the_start():
    async def events(explorer):
        await trained_some(explorer)
        explorer.buttons["reset"].click()

    explorer = in_a_notebook(events)
    assert len(explorer.history) == 0 and same(weights_of(explorer.model), initial(explorer))


# A thousand actions.


def num_buttons():
    """Return how many buttons were made to lie over pictures."""
    return sum("mlp-click" in getattr(widget, "_dom_classes", ()) for widget in kept_widgets())


def size_of(explorer):
    """Return how much there is of all that must not grow."""
    return {
        "axes": len(explorer.canvas.figure.axes),
        "artists": len(explorer.canvas.figure.findobj()),
        "moving": len(explorer.canvas._moving),
        "widgets": len(kept_widgets()) - 3 * num_buttons(),  # each with layout and style
        "buttons": num_buttons(),
        "observers": sum(
            len(found)
            for c in explorer.controls.values()
            for kind in c._trait_notifiers.values()
            for found in kind.values()
        ),
        "hooks": hooks_on(explorer.model),
        "pending": len(explorer._pending),
    }


def test_a_thousand_actions(monkeypatch):
    """Nothing fails, nothing grows, and in the end all is as it was asked for last."""
    drawn, draw = [], Canvas.draw

    def sometimes(canvas, **how):
        drawn.append(how)
        return draw(canvas, **how) if len(drawn) % 25 == 0 else b""  # packing pictures takes most of the time

    explorer, begun = small("xor", num_points=40, batch_size=20), {"dataset": "xor", "num_points": 50}
    monkeypatch.setattr(Canvas, "draw", sometimes)
    moves = {
        "dataset": ["disc", "xor", "plane", "gaussians"],
        "learning_rate": [0.01, 0.1, 1.0],
        "activation": ["tanh", "relu"],
        "batch_size": [0, 10, 20],
        "optimizer": ["sgd", "adam", "momentum"],
        "penalty": ["none", "L1", "L2"],
        "penalty_rate": [0.001, 0.01],
        "weight_decay": [0.0, 0.01],
        "dropout": [0.0, 0.2],
        "initialisation": ["He", "zero", "PyTorch's default"],
        "noise": [0.0, 0.2],
        "num_points": [50, 100],
        "training_share": [30, 50],
        "data_seed": [0, 1],
        "seed": [0, 1, 2],
        "output_map": [-1],
        "see": [0],
        "bend": [0.0, 0.5, 1.0],
        "speed": [5.0, 20.0],
        **{name: [True, False] for name in ("discretize", "held_out", "log_scale")},
    }
    assert set(moves) == set(explorer.controls)
    chance = random.Random(0)

    def start_anew():
        """Put everything back to how it began, and return how much there is."""
        explorer.buttons["unpin"].click()
        explorer.code_panel.hide()
        for name, value in {**first, **begun}.items():
            explorer.controls[name].value = value
        for name in set(explorer.run.start.features) ^ {"x1", "x2"}:
            explorer.clicks.click(("feature", name))
        while explorer.model.hidden_sizes:
            explorer.clicks.click(("layers", -1))
        for _ in range(2):
            explorer.clicks.click(("layers", 1))
        explorer.select(None)
        explorer.buttons["reset"].click()
        explorer.clicks.set(explorer.clicks.areas)
        return size_of(explorer)

    def act():
        kind = chance.choices(["click", "control", "button", "epochs", "part", "layer"], [8, 6, 2, 2, 4, 1])[0]
        if kind == "click":
            kinds = {area.key[0]: [] for area in explorer.clicks.areas}
            for area in explorer.clicks.areas:
                kinds[area.key[0]].append(area.key)
            often = [{"neuron": 8, "link": 6}.get(kind, 1) for kind in kinds]
            explorer.clicks.click(chance.choice(kinds[chance.choices(list(kinds), often)[0]]))
        elif kind == "control":
            name = chance.choices(list(moves), [1 if name in RESTART else 5 for name in moves])[0]
            explorer.controls[name].value = wanted[name] = chance.choice(moves[name])
        elif kind == "button":
            explorer.buttons[chance.choice([n for n in explorer.buttons if n != "play"])].click()
        elif kind == "epochs":
            explorer.go_to(explorer.done() + chance.randint(0, 2))
        elif kind == "layer":
            explorer.controls["see"].value = chance.choice([value for _, value in explorer.controls["see"].options])
        elif explorer.selection.widget.children:
            part = chance.choice(explorer.selection.widget.children)
            part.value = not part.value if part.description == "switched on" else round(chance.uniform(-3, 3), 2)

    first = {name: control.value for name, control in explorer.controls.items()}
    wanted, sizes = dict(first), []
    explorer.code_panel.show("")
    for _ in range(4):
        for _ in range(250):
            act()
            assert FAILED not in explorer.status_line.text, explorer.status_line.note
        live, start = explorer.run.live, explorer.run.start
        values = explorer.values()
        for name in LIVE:
            assert getattr(live, name) == values[name] == wanted[name], name
        for name in set(RESTART) - {"seed", "training_share"}:
            assert getattr(start, name) == values[name] == wanted[name], name
        assert start.seed == values["seed"] and start.training_share == values["training_share"] / 100
        measured = explorer.run.measure()["training"].loss
        assert f"training loss {measured:.3f}" in explorer.status_line.text
        if np.isfinite(measured) and switched_off(explorer.run, explorer._columns) == []:
            assert explorer.program() and explorer.call()
        sizes.append(start_anew())
        wanted |= {name: control.value for name, control in explorer.controls.items()}
    pool = [size.pop("buttons") for size in sizes]
    assert max(pool) <= 7 + 6 * 8 + 3 + 80 + 14  # as many as the largest network has places
    assert sizes[1:] == sizes[:1] * 3


def test_a_rate_changed_on_the_way_is_marked_on_the_curve():
    explorer = explore_playground("xor", num_points=40, num_epochs=3)
    assert not explorer.picture.curves.marks
    explorer.controls["learning_rate"].value = 0.1
    explorer.go_to(6)
    line, word = explorer.picture.curves.marks
    assert list(line.get_xdata()) == [3, 3] and word.get_text() == "rate 0.1"
    explorer.on_reset()
    assert not explorer.picture.curves.marks
