"""The picture of lesson 10's convolution: digits that move sideways, and how many of them networks still know."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.plots.style import class_style, new_figure
from mlp_tutorial.training.evaluation import predict

MOST = 2  # pixels to both sides


def moved(pictures: torch.Tensor, pixels: int) -> torch.Tensor:
    """Move pictures of shape (..., height, width) to the right, or left if negative; what leaves them is lost."""
    return nn.functional.pad(pictures, (pixels, -pixels))


def plot_moved(models: Mapping[str, nn.Module], pictures: torch.Tensor, y: torch.Tensor) -> Figure:
    """Draw how many digits each network answers right when all move sideways.

    Parameters
    ----------
    models : mapping of str to nn.Module
        Networks by name: pictures in, logits out.
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
            axes.imshow(moved(pictures[0, 0], pixels).numpy(), cmap="gray_r", vmin=0, vmax=1)
            axes.set(xticks=[], yticks=[])
        axes = figure.add_subplot(grid[1, :])
        for number, (name, model) in enumerate(models.items()):
            right = [(predict(model, moved(pictures, pixels)) == y).sum().item() for pixels in shifts]
            style = class_style(number)
            axes.plot(shifts, right, color=style["color"], marker=style["marker"], label=name)
            for pixels, count in zip(shifts, right, strict=True):
                place = {"textcoords": "offset points", "xytext": (0, 7 if number else -15), "ha": "center"}
                axes.annotate(str(count), (pixels, count), color=style["color"], **place)
        limits = {"xlim": (-MOST - 0.5, MOST + 0.5), "ylim": (0, 1.15 * len(y))}
        axes.set(xticks=shifts, xlabel="pixels to the right", ylabel=f"right answers of {len(y)}", **limits)
        axes.legend(loc="center", bbox_to_anchor=(0.5, 0.25))
    return figure
