"""Decision regions: what a network answers at each point of the plane."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import torch
from matplotlib.image import AxesImage
from PIL import Image
from torch import nn

from ..training.modes import modes_restored
from ..utils.wording import with_unit
from .names import drawable
from .style import CLASS_COLOURS, STYLE, Picture, class_style, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..data.dataset import Dataset

#: Letters that have room above the axes, when a marker counts as four.
ROOM_FOR_NAMES = 48


def plane_limits(dataset: Dataset) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the lower left and the upper right corner of what is shown of two features, each of shape (2,)."""
    everything = torch.cat([dataset.X_train, dataset.X_validation])
    low, high = everything.min(0).values, everything.max(0).values
    return low - 0.08 * (high - low), high + 0.08 * (high - low)


def plane_grid(dataset: Dataset, resolution: int) -> torch.Tensor:
    """Return the points of a grid between these corners, of shape (resolution², 2), rows from the bottom up."""
    low, high = plane_limits(dataset)
    first, second = (torch.linspace(low[i], high[i], resolution, dtype=low.dtype) for i in range(2))
    return torch.cartesian_prod(second, first).flip(1)


class EnlargedImage(AxesImage):
    """A small picture that fills its axes: Pillow enlarges it in a fifth of the time, with the same colours to a level."""

    def make_image(self, renderer: object, magnification: float = 1.0, unsampled: bool = False) -> tuple:
        """Return the picture as it is drawn, (rows, columns, 4) of uint8, and where its lower left corner stands."""
        (left, right), (bottom, top) = (magnification * self.axes.bbox.get_points()).T
        left, right = (math.floor(edge + 0.5) for edge in (left, right))  # as matplotlib rounds them
        bottom, top = (math.ceil(edge - 0.5 - 1e-8) for edge in (bottom, top))
        colours = (255 * self.get_array()[..., :3] + 0.5).astype(np.uint8)
        enlarged = Image.fromarray(colours).resize((right - left, top - bottom), Image.Resampling.BILINEAR)
        return np.array(enlarged.convert("RGBA")), left / magnification, bottom / magnification, None


class DecisionRegions(Picture):
    """The plane of two features, coloured by what a model answers there, with the data on top.

    Every colour is mixed from the class colours in proportion to the predicted probabilities, so that an unsure model looks
    pale. For regression the colour is the predicted value. `resolution` counts the grid points along each axis.
    """

    def __init__(self, axes: Axes, dataset: Dataset, resolution: int = 64, *, name_classes: bool = False) -> None:
        if dataset.input_size != 2:
            raise ValueError(
                f"Decision regions need a data set with 2 features; {dataset.name!r} has {dataset.input_size}."
            )
        self.axes, self.dataset = axes, dataset
        corners = dataset.unstandardise(torch.stack(plane_limits(dataset)))  # (2 corners, 2 features), in their units
        self.grid = plane_grid(dataset, resolution)
        self.resolution = resolution
        self._pale = 1 - 0.55 * (1 - matplotlib.colors.to_rgba_array(CLASS_COLOURS)[:, :3])
        # With the opacity, which matplotlib would otherwise add at every drawing, in double precision: half the time.
        self._colours = np.ones((resolution, resolution, 4), np.float32)
        self.image = axes.add_image(EnlargedImage(axes, extent=corners.T.flatten().tolist(), origin="lower"))
        self.image.set_data(self._colours)
        axes.grid(False)
        names = map(with_unit, dataset.feature_names, dataset.feature_units)
        across, up = (drawable(name, f"feature {number}") for number, name in enumerate(names))
        axes.set(xlabel=across, ylabel=up)
        self.points = self._draw_points()  # the training data, a line of markers for each class
        (self.lines,) = axes.plot([], [], color="#222222", linewidth=1.0, linestyle=(0, (5, 2)))  # see `show_lines`
        axes.set(xlim=corners[:, 0].tolist(), ylim=corners[:, 1].tolist())
        if name_classes and dataset.class_names:
            self._name_classes()
        self.spines = list(axes.spines.values())  # the frame, which is drawn over the picture
        self.moving = [self.image, self.lines, *self.points, *self.spines]

    def update(self, model: nn.Module) -> bool:
        """Show what the model answers now. Only moving artists change, so this returns False."""
        with modes_restored(model), torch.no_grad():
            model.eval()
            self.show(model(self.grid))
        return False

    def show(self, outputs: torch.Tensor, *, discretize: bool = False) -> None:
        """Show outputs for the points of the grid, of shape (resolution², outputs), or only the likeliest class of each."""
        if self.dataset.task == "regression":
            colours = self._value_colours(outputs.flatten())
        else:
            second = outputs.sigmoid()  # of two classes, where there is one output for both
            shares = torch.cat([1 - second, second], 1) if outputs.shape[1] == 1 else outputs.softmax(1)
            num_classes = shares.shape[1]
            if discretize:
                shares = nn.functional.one_hot(shares.argmax(1), num_classes).float()
            colours = shares.nan_to_num(1 / num_classes).numpy() @ np.resize(self._pale, (num_classes, 3))
        self.show_colours(colours)

    def show_lines(self, layer: nn.Linear | None) -> None:
        """Draw for each neuron of a first layer the line on which its weighted sum is 0; without a layer, none."""
        ends = torch.zeros(0, 2)
        if layer is not None:
            weight, bias = layer.weight.detach(), layer.bias.detach()[:, None]
            size = weight.norm(dim=1, keepdim=True).clamp(min=1e-9)
            nearest, along = -bias * weight / size**2, weight.flip(1) * torch.tensor([-100.0, 100.0]) / size
            ends = torch.stack([nearest - along, nearest + along, torch.full_like(along, torch.nan)], 1).flatten(0, 1)
        self.lines.set_data(*self.dataset.unstandardise(ends).T.numpy())

    def show_share(self, shares: torch.Tensor, number: int) -> None:
        """Show the probability of one class at each point of the grid: white for 0, its colour for 1."""
        colour = self._pale[number % len(self._pale)]
        self.show_colours(1 - shares.nan_to_num(0.0).unsqueeze(1).numpy() * (1 - colour))

    def show_colours(self, colours: np.ndarray) -> None:
        """Show a colour at each point of the grid, of shape (resolution², 3)."""
        self._colours[..., :3] = colours.reshape(self.resolution, self.resolution, 3).clip(0, 1)
        self.image.set_data(self._colours)

    def _value_colours(self, values: torch.Tensor) -> np.ndarray:
        low, high = self.dataset.y_train.min(), self.dataset.y_train.max()
        shares = ((values - low) / (high - low)).nan_to_num(0.5).clamp(0, 1)
        return matplotlib.colormaps["cividis"](shares.numpy())[:, :3]

    def _draw_points(self) -> list:
        dataset = self.dataset
        raw = dataset.unstandardise(dataset.X_train).numpy()  # (samples, 2)
        style = {"linestyle": "none", "markersize": 4, "markeredgecolor": "white", "markeredgewidth": 0.5}
        if dataset.task == "regression":
            # Ten groups of equal width: one line of markers per group is drawn fast.
            values = dataset.y_train.flatten()
            low, width = values.min(), values.max() - values.min()
            groups = ((values - low) / width * 9.999).long()
            colours = self._value_colours(low + (torch.arange(10) + 0.5) / 10 * width)
            looks = [{"marker": "o", "color": colour} for colour in colours]
        else:
            groups, names = dataset.y_train, enumerate(dataset.class_names)
            looks = [{"label": drawable(name, f"class {number}"), **class_style(number)} for number, name in names]
        points = [raw[(groups == number).numpy()] for number in range(len(looks))]
        return [self.axes.plot(*mine.T, **look, **style)[0] for mine, look in zip(points, looks, strict=True)]

    def _name_classes(self) -> None:
        """Name the classes above the axes in one row, as many as have room there."""
        letters = np.cumsum([4 + len(line.get_label()) for line in self.points])
        handles = self.points
        if letters[-1] > ROOM_FOR_NAMES:
            handles = self.points[: max(1, (letters <= ROOM_FOR_NAMES - 20).sum())]
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
