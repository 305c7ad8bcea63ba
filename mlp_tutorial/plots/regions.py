"""Decision regions: what a network answers at each point of the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import torch

from ..training.evaluation import modes_restored
from ..utils.wording import with_unit
from .names import drawable
from .style import CLASS_COLOURS, STYLE, Picture, class_style, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import nn

    from ..data.dataset import Dataset

#: Letters that have room above the axes, when a marker counts as four.
ROOM_FOR_NAMES = 48


class DecisionRegions(Picture):
    """The plane of two features, coloured by what a model answers there, with the data on top.

    Every colour is mixed from the class colours in proportion to the predicted probabilities, so that an
    unsure model looks pale. For regression the colour is the predicted value.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    dataset : Dataset
        With two features.
    resolution : int, default 64
        Number of grid points along each axis.
    name_classes : bool, default False
        Name the classes above the axes.

    Attributes
    ----------
    points : list of matplotlib Line2D
        The training data, a line of markers for each class.
    spines : list of matplotlib Spine
        The frame, which is drawn over the picture.
    """

    def __init__(self, axes: Axes, dataset: Dataset, resolution: int = 64, *, name_classes: bool = False) -> None:
        if dataset.input_size != 2:
            raise ValueError(
                f"Decision regions need a data set with 2 features; {dataset.name!r} has {dataset.input_size}."
            )
        self.axes, self.dataset = axes, dataset
        everything = torch.cat([dataset.X_train, dataset.X_validation])
        low, high = everything.min(0).values, everything.max(0).values
        low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
        corners = dataset.unstandardise(torch.stack([low, high]))  # (2 corners, 2 features), in the data's units
        first, second = (torch.linspace(low[i], high[i], resolution) for i in range(2))
        self.grid = torch.cartesian_prod(second, first).flip(1)  # (resolution², 2), rows from the bottom up
        self.resolution = resolution
        self._pale = np.array([_paled(colour) for colour in CLASS_COLOURS])
        # With the opacity, which matplotlib would otherwise add at every drawing, in double precision: half the time.
        self._colours = np.ones((resolution, resolution, 4), np.float32)
        self.image = axes.imshow(
            self._colours,
            extent=(*corners[:, 0].tolist(), *corners[:, 1].tolist()),
            origin="lower",
            aspect="auto",
            interpolation="bilinear",
        )
        axes.grid(False)
        for number, set_label in enumerate((axes.set_xlabel, axes.set_ylabel)):
            name = with_unit(dataset.feature_names[number], dataset.feature_units[number])
            set_label(drawable(name, f"feature {number}"))
        self.points = self._draw_points()
        if name_classes and dataset.class_names:
            self._name_classes()
        self.spines = list(axes.spines.values())
        self.moving = [self.image, *self.points, *self.spines]

    def update(self, model: nn.Module) -> bool:
        """Show what the model answers now. Only moving artists change, so this returns False."""
        with modes_restored(model), torch.no_grad():
            model.eval()
            outputs = model(self.grid)  # (resolution², outputs)
        if self.dataset.task == "classification":
            probabilities = (
                outputs.softmax(1) if outputs.shape[1] > 1 else torch.cat([1 - outputs.sigmoid(), outputs.sigmoid()], 1)
            )
            num_classes = probabilities.shape[1]
            colours = (
                probabilities.nan_to_num(1 / num_classes).numpy() @ self._pale[np.arange(num_classes) % len(self._pale)]
            )
        else:
            colours = self._value_colours(outputs.flatten())
        self._colours[..., :3] = colours.reshape(self.resolution, self.resolution, 3).clip(0, 1)
        self.image.set_data(self._colours)
        return False

    def _value_colours(self, values: torch.Tensor) -> np.ndarray:
        low, high = self.dataset.y_train.min(), self.dataset.y_train.max()
        return matplotlib.colormaps["cividis"](((values - low) / (high - low)).nan_to_num(0.5).clamp(0, 1).numpy())[
            :, :3
        ]

    def _draw_points(self) -> list:
        dataset = self.dataset
        raw = dataset.unstandardise(dataset.X_train).numpy()  # (samples, 2)
        style = {"linestyle": "none", "markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.5}
        if dataset.task == "regression":
            # Ten groups of equal width: one line of markers a group is drawn fast.
            values = dataset.y_train.flatten()
            groups = ((values - values.min()) / (values.max() - values.min()) * 9.999).long()
            middles = values.min() + (torch.arange(10) + 0.5) / 10 * (values.max() - values.min())
            colours = self._value_colours(middles)
            return [
                self.axes.plot(*raw[(groups == group).numpy()].T, marker="o", color=colours[group], **style)[0]
                for group in range(10)
            ]
        points = []
        for number, name in enumerate(dataset.class_names):
            mine = (dataset.y_train == number).numpy()
            label = drawable(name, f"class {number}")
            points += self.axes.plot(*raw[mine].T, label=label, **class_style(number), **style)
        return points

    def _name_classes(self) -> None:
        """Name the classes above the axes in one row, as many as have room there."""
        letters = np.cumsum([4 + len(line.get_label()) for line in self.points])
        handles = self.points
        if letters[-1] > ROOM_FOR_NAMES:
            handles = self.points[: max(1, (letters <= ROOM_FOR_NAMES - 14).sum())]
            rest = f"and {len(self.points) - len(handles)} more"
            handles = [*handles, *self.axes.plot([], [], " ", label=rest)]
        style = {"ncols": len(handles), "frameon": False, "handletextpad": 0.2, "columnspacing": 1.0}
        self.axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), **style)


def plot_decision_regions(model: nn.Module, dataset: Dataset, axes: Axes | None = None, *, title: str = "") -> Axes:
    """Draw what a model answers over the plane of a data set's two features, with the training data.

    Parameters
    ----------
    model : nn.Module
        The model: 2 standardised features in, logits (or one value) out.
    dataset : Dataset
        With two features.
    axes : matplotlib Axes, optional
        Where to draw; by default in a figure of its own.
    title : str, default ""
        The title of the axes.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.

    Raises
    ------
    ValueError
        If the data set does not have two features.
    """
    axes = new_axes() if axes is None else axes
    with matplotlib.rc_context(STYLE):
        DecisionRegions(axes, dataset, resolution=160, name_classes=True).update(model)
        axes.set_title(drawable(title), pad=20 if dataset.class_names else None)  # above the names of the classes
    return axes


def _paled(colour: str, strength: float = 0.55) -> np.ndarray:
    return 1 - strength * (1 - np.array(matplotlib.colors.to_rgb(colour)))
