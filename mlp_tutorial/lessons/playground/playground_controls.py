"""The controls of the playground."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace

import ipywidgets as widgets

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.playground.playground_settings import INITIALISATIONS, PENALTIES, Live, Start
from mlp_tutorial.lessons.shared.live_training import DATASETS, SPEEDS, activation_menu, batch_size_menu
from mlp_tutorial.live.controls import BUTTONS as TRAINING_BUTTONS
from mlp_tutorial.live.controls import float_slider, int_slider, log_slider, menu, own_menu, switch
from mlp_tutorial.model import NeuralNetworkModel

BUTTONS = {
    **{name: TRAINING_BUTTONS[name] for name in ("play", "step", "reset")},
    "new weights": "Other initial weights, by the next seed",
    **{name: TRAINING_BUTTONS[name] for name in ("pin", "unpin", "show code")},
    "copy call": "The call that makes what you see",
}
#: Settings that are changed while a run goes on.
LIVE = tuple(field.name for field in fields(Live))
RATES = {"0": 0.0, **{str(rate): rate for rate in (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)}}


def playground_controls(start: Start, live: Live, look: Mapping[str, bool]) -> dict[str, widgets.Widget]:
    """Return the controls: the three for the top first, then those under "More"."""
    names = ("disc", "xor", "gaussians", "spiral", "plane", "hills")
    others = [name for name in DATASETS if name not in names]
    dataset_name = start.dataset if isinstance(start.dataset, str) else start.dataset.name
    rates, decays = (
        dict(sorted({**RATES, f"{own:g}": own}.items(), key=lambda item: item[1]))
        for own in (live.penalty_rate, live.weight_decay)
    )
    del rates["0"]
    controls = {
        "dataset": own_menu("data set", start.dataset, [*names, *others], dataset_name),
        "learning_rate": log_slider("learning rate", live.learning_rate, 1e-5, 10),
        "activation": activation_menu(start.activation),
        "batch_size": batch_size_menu(live.batch_size, (1, 5, 10, 20, 30, 64)),
        "optimizer": own_menu("optimizer", live.optimizer, OPTIMIZERS, "optimizer"),
        "penalty": menu("penalty", live.penalty, list(PENALTIES)),
        "penalty_rate": menu("penalty rate", live.penalty_rate, rates),
        "weight_decay": menu("weight decay", live.weight_decay, decays),
        "dropout": float_slider("dropout", live.dropout, 0, 0.9, 0.05),
        "initialisation": menu("initialisation", start.initialisation, list(INITIALISATIONS)),
        "noise": float_slider("noise", start.noise, 0, 0.5, 0.05),
        "num_points": int_slider("points", start.num_points, 50, 1500, 50),
        "training_share": int_slider("training %", round(100 * start.training_share), 10, 90, 10),
        "data_seed": int_slider("data seed", start.data_seed, 0, 20),
        "seed": int_slider("seed", start.seed, 0, 20),
        "output_map": menu("output map", -1, {"all classes": -1}),
        "see": menu("what is seen", 0, {"the output": 0}),
        "bend": float_slider("bend", 0.0, 0, 1, 0.05),
        "speed": menu("speed of play", math.inf, SPEEDS),
        "discretize": switch("discretize", look["discretize"]),
        "held_out": switch("held-out points", look["held_out"]),
        "log_scale": switch("log scale", look["log_scale"]),
    }
    if start.model is not NeuralNetworkModel:
        del controls["activation"], controls["initialisation"]
    return controls


def start_now(values: Mapping[str, object], before: Start) -> Start:
    """Return what a run is to begin with: what the controls say, and from `before` what none of them can."""
    names = ("dataset", "activation", "initialisation", "noise", "num_points", "data_seed", "seed")
    chosen = {name: values[name] for name in names if name in values}
    if values["training_share"] != round(100 * before.training_share):
        chosen["training_share"] = values["training_share"] / 100
    return replace(before, **chosen)


def live_now(values: Mapping[str, object]) -> Live:
    """Return the settings that can be changed while a run goes on, as the controls have them."""
    return Live(**{name: values[name] for name in LIVE})


def set_options(control: widgets.Dropdown, options: dict[str, object]) -> None:
    """Give a menu other options; what was chosen stays, where it is still there."""
    if control.options != tuple(options.items()):
        value = control.value
        control.options = tuple(options.items())
        control.value = value if value in options.values() else next(iter(options.values()))
