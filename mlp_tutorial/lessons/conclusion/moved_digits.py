"""Lesson 10's digits that move on a sheet, and the two networks that read them: one source for text, picture and program."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.plots.style import class_style, new_figure
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.threads import one_thread

MOST = 2  # pixels by which a digit moves at most: the margin of its sheet
LEARNING_RATE, BATCH_SIZE, NUM_EPOCHS = 0.02, 64, 10  # of both networks, with Adam


def on_sheet(pictures: torch.Tensor, right: int = 0, down: int = 0) -> torch.Tensor:
    """Lay pictures of 8 × 8 pixels on sheets of 12 × 12: in the middle, or moved by up to two pixels; no ink is lost."""
    return nn.functional.pad(pictures, (MOST + right, MOST - right, MOST + down, MOST - down))


def linear_layers() -> nn.Sequential:
    """Return the network of lesson 09, for 12 × 12 pixels: every weight belongs to one place."""
    return nn.Sequential(
        nn.Flatten(),  # (batch, 144)
        nn.Linear(144, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def convolution() -> nn.Sequential:
    """Return a network whose first weights are the same at every place."""
    return nn.Sequential(
        nn.Conv2d(1, 24, kernel_size=5, padding=4),  # 24 neurons, 5 × 5 weights each, at 16 × 16 places
        nn.ReLU(),
        nn.MaxPool2d(16),  # of all 16 × 16 places the largest
        nn.Flatten(),  # (batch, 24)
        nn.Linear(24, 10),
    )


NETWORKS = {"linear layers": linear_layers, "convolution": convolution}


def digits_of(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the digits of one part: pictures of shape (digits, 1, 8, 8), ink from 0 to 1, and their classes."""
    digits = cached_dataset("digits")
    ink = digits.unstandardise(getattr(digits, f"X_{part}")) / 16
    return ink.reshape(-1, 1, 8, 8), getattr(digits, f"y_{part}")


def trained_networks(seed: int = 0) -> dict[str, nn.Module]:
    """Return both networks by name, trained on digits in the middle of the sheet; new copies at every call.

    Parameters
    ----------
    seed : int, default 0
        For the first weights and the order of the batches.

    Returns
    -------
    dict of nn.Module
        Sheets of shape (batch, 1, 12, 12) in, logits of shape (batch, 10) out.
    """
    return deepcopy(_trained(seed))


@lru_cache(maxsize=1)
def _trained(seed: int) -> dict[str, nn.Module]:
    pictures, y = digits_of("train")
    networks = {}
    for name, make in NETWORKS.items():
        with SeededRandomness(seed), one_thread():
            network = networks[name] = make()
            optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
            options = {"num_epochs": NUM_EPOCHS, "batch_size": BATCH_SIZE, "seed": seed, "progress": False}
            train(network, (on_sheet(pictures), y), nn.CrossEntropyLoss(), optimizer, **options)
    return networks


def plot_moved(networks: Mapping[str, nn.Module], pictures: torch.Tensor, y: torch.Tensor) -> Figure:
    """Draw how many digits each network answers right when all move sideways.

    Parameters
    ----------
    networks : mapping of str to nn.Module
        By name: sheets in, logits out.
    pictures : Tensor of shape (digits, 1, 8, 8)
        Ink from 0 to 1.
    y : Tensor of shape (digits,)
        The true classes.

    Returns
    -------
    matplotlib Figure
        The first digit, moved by −2 to 2 pixels, above the numbers of right answers.
    """
    shifts = range(-MOST, MOST + 1)
    with new_figure(6, 4) as figure:
        grid = figure.add_gridspec(2, len(shifts), height_ratios=(1, 2.6))
        for column, pixels in enumerate(shifts):
            axes = figure.add_subplot(grid[0, column])
            axes.imshow(on_sheet(pictures[0, 0], pixels).numpy(), cmap="gray_r", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
        axes = figure.add_subplot(grid[1, :])
        for number, (name, network) in enumerate(networks.items()):
            right = [(predict(network, on_sheet(pictures, pixels)) == y).sum().item() for pixels in shifts]
            style = class_style(number)
            axes.plot(shifts, right, color=style["color"], marker=style["marker"], label=name)
            for pixels, count in zip(shifts, right, strict=True):
                place = {"textcoords": "offset points", "xytext": (0, 7 if number else -15), "ha": "center"}
                axes.annotate(str(count), (pixels, count), color=style["color"], **place)
        limits = {"xlim": (-MOST - 0.5, MOST + 0.5), "ylim": (0, 1.15 * len(y))}
        axes.set(xticks=shifts, xlabel="pixels to the right", ylabel=f"right answers of {len(y)}", **limits)
        axes.legend(loc="center", bbox_to_anchor=(0.5, 0.25))
    return figure
