"""The controls of the playground."""

from __future__ import annotations

import math
from collections.abc import Mapping

import ipywidgets as widgets

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.playground.playground_settings import INITIALISATIONS, PENALTIES, Live, Start
from mlp_tutorial.lessons.shared.live_training import DATASETS, SPEEDS, activation_menu
from mlp_tutorial.live.controls import float_slider, int_slider, log_slider, menu, own_menu, switch
from mlp_tutorial.model import NeuralNetworkModel

RATES = {"0": 0.0, **{str(rate): rate for rate in (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)}}


def playground_controls(start: Start, live: Live, look: Mapping[str, bool]) -> dict[str, widgets.Widget]:
    """Return the controls: the three for the top first, then those under "More"."""
    names = ("disc", "xor", "gaussians", "spiral", "plane", "hills")
    others = [name for name in DATASETS if name not in names]
    batch_sizes = {
        "all (full batch)": 0,
        **{str(size): size for size in sorted({1, 5, 10, 20, 30, 64, live.batch_size} - {0})},
    }
    dataset_name = start.dataset if isinstance(start.dataset, str) else start.dataset.name
    rates = dict(sorted({**RATES, f"{live.penalty_rate:g}": live.penalty_rate}.items(), key=lambda item: item[1]))
    decays = dict(sorted({**RATES, f"{live.weight_decay:g}": live.weight_decay}.items(), key=lambda item: item[1]))
    del rates["0"]
    controls = {
        "dataset": own_menu("data set", start.dataset, [*names, *others], dataset_name),
        "learning_rate": log_slider("learning rate", live.learning_rate, 1e-5, 10),
        "activation": activation_menu(start.activation),
        "batch_size": menu("batch size", live.batch_size, batch_sizes),
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
        **{
            name: switch(label, look[name])
            for name, label in (
                ("discretize", "discretize"),
                ("held_out", "held-out points"),
                ("log_scale", "log scale"),
            )
        },
    }
    if start.model is not NeuralNetworkModel:
        del controls["activation"], controls["initialisation"]
    return controls


def set_options(control: widgets.Dropdown, options: dict[str, object]) -> None:
    """Give a menu other options; what was chosen stays, where it is still there."""
    if control.options != tuple(options.items()):
        value = control.value
        control.options = tuple(options.items())
        control.value = value if value in options.values() else next(iter(options.values()))
