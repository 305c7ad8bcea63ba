"""Figures that can stand still or move: each class draws on given axes and keeps its artists.

`plot_losses` and `plot_decision_regions` draw a still; the live explorers hold on to the same classes and call
`update` again and again. `update` returns True when something outside the `moving` artists has changed (an axis, a
legend), so that a live picture knows when its background has to be drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from ..display import DOTS_PER_INCH, scale, scale_stills
from ..training.evaluation import modes_restored
from ..training.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import nn

    from ..data.dataset import Dataset

#: The one style sheet: matplotlib settings that every figure is made with.
STYLE: dict[str, object] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 7.5,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.borderaxespad": 0.3,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "lines.linewidth": 1.8,
}
#: Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), and a marker a class as a second cue.
CLASS_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#000000",
    "#7F6000",
    "#999999",
    "#882255",
)
CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
#: Blue below zero, white at zero, orange above: pale enough for dark text, and apart for colour-blind readers.
BELOW_AND_ABOVE_ZERO = LinearSegmentedColormap.from_list(
    "below and above zero", ["#7DB4DC", "#FFFFFF", "#F3A35C"]
)
TRAINING_COLOUR, VALIDATION_COLOUR = "#0072B2", "#D55E00"
#: Stretches of epochs into which a long curve is divided for drawing: about one for each pixel or two.
MOST_STRETCHES = 250
PINNED_COLOURS = ("#009E73", "#CC79A7", "#7F6000", "#56B4E9")

if scale() != 1:  # the environment asks for another one
    scale_stills()


class CurvePlot:
    """Curves against the epoch: the losses of a run, or its metric, with other runs pinned behind it.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    quantity : {"loss", "metric"}, default "loss"
        What to draw of a `History`.
    """

    def __init__(self, axes: Axes, quantity: str = "loss") -> None:
        self.axes, self.quantity = axes, quantity
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_ylabel("loss")
        self.training = self.validation = None
        if quantity == "loss":
            (self.training,) = axes.plot([], [], color=TRAINING_COLOUR, label="training")
        (self.validation,) = axes.plot(
            [], [], color=VALIDATION_COLOUR, linestyle=(0, (4, 1.5)), label="validation"
        )
        self.moving = [line for line in (self.training, self.validation) if line is not None]
        self._growing = GrowingArray(), GrowingArray()
        self.pinned: list = []
        self.band = None
        self._drawn_as: tuple = ()

    def update(
        self,
        history: History,
        *,
        num_epochs: int | None = None,
        log_scale: bool = False,
        pinned: Sequence[tuple[str, History]] = (),
        band: tuple[Sequence[float], Sequence[float]] | None = None,
        title: str = "",
    ) -> bool:
        """Show a history.

        Parameters
        ----------
        history : History
            The run to draw.
        num_epochs : int, optional
            Where the epoch axis ends; by default at the last epoch of the run.
        log_scale : bool, default False
            Draw the loss on a logarithmic axis.
        pinned : sequence of (label, History)
            Runs to draw thin behind it, at most four.
        band : pair of sequences of float, optional
            Lowest and highest training loss of every epoch over several seeds.
        title : str, default ""
            The title of the axes.

        Returns
        -------
        bool
            Whether anything but the moving artists has changed.
        """
        first, second = self._growing
        if self.training is not None:
            self.training.set_data(*curve_points(first.follow(history.training_loss)))
            self.validation.set_data(*curve_points(second.follow(history.validation_loss)))
        else:
            self.validation.set_data(*curve_points(first.follow(history.metric)))
        limits = self._limits([history, *(run for _, run in pinned)], log_scale, band)
        drawn_as = (
            num_epochs or max(len(history), 1),
            log_scale,
            limits,
            history.metric_name,
            tuple((label, id(run), len(run)) for label, run in pinned),
            None if band is None else (id(band), len(band[0])),
            bool(history.validation_loss),
            title,
        )
        if drawn_as == self._drawn_as:
            return False
        self._drawn_as = drawn_as
        with matplotlib.rc_context(STYLE):
            self._draw_background(drawn_as[0], log_scale, limits, history, pinned, band, title)
        return True

    def _draw_background(
        self,
        num_epochs: int,
        log_scale: bool,
        limits: tuple[float, float],
        history: History,
        pinned: Sequence[tuple[str, History]],
        band: tuple[Sequence[float], Sequence[float]] | None,
        title: str,
    ) -> None:
        self.axes.set_xlim(0, num_epochs)
        self.axes.set_yscale("log" if log_scale and self.quantity == "loss" else "linear")
        self.axes.set_ylim(*limits)
        self.axes.set_title(title)
        if self.quantity == "metric":
            self.axes.set_ylabel(
                f"validation {history.metric_name}" if history.validation_loss else history.metric_name
            )
        self._draw_pinned(pinned)
        self._draw_band(band)
        self._draw_legend(bool(history.validation_loss))

    def _limits(self, runs: list[History], log_scale: bool, band: tuple | None) -> tuple[float, float]:
        """Return limits that seldom change while a run goes on: round numbers around what is seen."""
        if self.quantity == "metric":
            lowest = min((min(run.metric, default=0.0) for run in runs), default=0.0)
            return (0.0 if lowest >= 0 else max(math.floor(lowest * 2) / 2, -1.0)), 1.02
        first = [run.training_loss[0] for run in runs if len(run)] + (
            [band[1][0]] if band is not None else []
        )
        seen = [v for run in runs for v in (*run.training_loss, *run.validation_loss)] if log_scale else []
        return loss_limits(first, seen, log_scale)

    def _draw_pinned(self, pinned: Sequence[tuple[str, History]]) -> None:
        for line in self.pinned:
            line.remove()
        self.pinned = []
        for (label, run), colour in zip(pinned, PINNED_COLOURS, strict=False):
            first, second = (
                (run.training_loss, run.validation_loss) if self.training is not None else (run.metric, [])
            )
            style = {"color": colour, "linewidth": 1.1, "zorder": 1.5}
            self.pinned += self.axes.plot(*curve_points(first), label=label, **style)
            if second:
                self.pinned += self.axes.plot(*curve_points(second), linestyle=(0, (4, 1.5)), **style)

    def _draw_band(self, band: tuple[Sequence[float], Sequence[float]] | None) -> None:
        if self.band is not None:
            self.band.remove()
            self.band = None
        if band is not None and self.training is not None:
            low, high = band
            self.band = self.axes.fill_between(
                range(1, len(low) + 1),
                low,
                high,
                color=TRAINING_COLOUR,
                alpha=0.18,
                linewidth=0,
                zorder=1,
                label="over seeds",
            )

    def _draw_legend(self, has_validation: bool) -> None:
        handles, labels = self.axes.get_legend_handles_labels()
        shown = [
            (handle, label)
            for handle, label in zip(handles, labels, strict=True)
            if has_validation or handle is not self.validation
        ]
        if self.quantity == "loss" and shown:
            self.axes.legend(*zip(*shown, strict=True), loc="upper right")


class DecisionRegions:
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
    """

    def __init__(
        self, axes: Axes, dataset: Dataset, resolution: int = 64, *, name_classes: bool = False
    ) -> None:
        if dataset.input_size != 2:
            raise ValueError(
                f"Decision regions need a data set with 2 features; {dataset.name!r} has {dataset.input_size}."
            )
        self.axes, self.dataset = axes, dataset
        everything = torch.cat([dataset.X_train, dataset.X_validation])
        low, high = everything.min(0).values, everything.max(0).values
        low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
        corners = dataset.unstandardise(
            torch.stack([low, high])
        )  # (2 corners, 2 features), in the data's units
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
        axes.set_xlabel(_with_unit(dataset.feature_names[0], dataset.feature_units[0]))
        axes.set_ylabel(_with_unit(dataset.feature_names[1], dataset.feature_units[1]))
        self.points = self._draw_points()
        if name_classes and dataset.class_names:
            axes.legend(
                loc="lower center",
                bbox_to_anchor=(0.5, 1.0),
                ncols=4,
                frameon=False,
                handletextpad=0.2,
                columnspacing=1.0,
            )
        self.moving = [self.image, *self.points, *axes.spines.values()]

    def update(self, model: nn.Module) -> bool:
        """Show what the model answers now. Only moving artists change, so this returns False."""
        with modes_restored(model), torch.no_grad():
            model.eval()
            outputs = model(self.grid)  # (resolution², outputs)
        if self.dataset.task == "classification":
            probabilities = (
                outputs.softmax(1)
                if outputs.shape[1] > 1
                else torch.cat([1 - outputs.sigmoid(), outputs.sigmoid()], 1)
            )
            num_classes = probabilities.shape[1]
            colours = probabilities.nan_to_num(1 / num_classes).numpy() @ self._pale[:num_classes]
        else:
            colours = self._value_colours(outputs.flatten())
        self._colours[..., :3] = colours.reshape(self.resolution, self.resolution, 3).clip(0, 1)
        self.image.set_data(self._colours)
        return False

    def _value_colours(self, values: torch.Tensor) -> np.ndarray:
        low, high = self.dataset.y_train.min(), self.dataset.y_train.max()
        return matplotlib.colormaps["cividis"](
            ((values - low) / (high - low)).nan_to_num(0.5).clamp(0, 1).numpy()
        )[:, :3]

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
                self.axes.plot(*raw[(groups == group).numpy()].T, marker="o", color=colours[group], **style)[
                    0
                ]
                for group in range(10)
            ]
        points = []
        for number, name in enumerate(dataset.class_names):
            mine = (dataset.y_train == number).numpy()
            points += self.axes.plot(
                *raw[mine].T, marker=CLASS_MARKERS[number], color=CLASS_COLOURS[number], label=name, **style
            )
        return points


def plot_losses(
    history: History, axes: Axes | None = None, *, log_scale: bool = False, title: str = ""
) -> Axes:
    """Draw training and validation loss against the epoch.

    Parameters
    ----------
    history : History
        As `train` returned it.
    axes : matplotlib Axes, optional
        Where to draw; by default in a figure of its own.
    log_scale : bool, default False
        Draw the loss on a logarithmic axis.
    title : str, default ""
        The title of the axes.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    axes = _new_axes() if axes is None else axes
    CurvePlot(axes).update(history, log_scale=log_scale, title=title)
    return axes


def plot_decision_regions(
    model: nn.Module, dataset: Dataset, axes: Axes | None = None, *, title: str = ""
) -> Axes:
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
    axes = _new_axes() if axes is None else axes
    with matplotlib.rc_context(STYLE):
        DecisionRegions(axes, dataset, resolution=160, name_classes=True).update(model)
        axes.set_title(title, pad=20 if dataset.class_names else None)  # above the names of the classes
    return axes


def new_figure(width: float, height: float, *, layout: str | None = "constrained") -> Figure:
    """Return a figure of pyplot, which a notebook shows below the cell that made it.

    Call it outside `STYLE`'s context: the first figure of a notebook switches its display on, and at its end the context,
    which puts all settings back, would switch it off again.

    Parameters
    ----------
    width, height : float
        In inches, of a hundred pixels each.
    layout : str or None, default "constrained"
        Matplotlib's way to place axes.
    """
    from matplotlib import pyplot

    return pyplot.figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout=layout, facecolor="white")


def _new_axes() -> Axes:
    figure = new_figure(5, 3.2)
    with matplotlib.rc_context(STYLE):
        return figure.subplots()


class GrowingArray:
    """A list that only grows, as an array: of a long run each picture then turns the new values alone into numbers."""

    def __init__(self) -> None:
        self._list: Sequence[float] = []
        self._array, self._length = np.empty(0), 0

    def follow(self, values: Sequence[float]) -> np.ndarray:
        """Return the list as an array; another list, or one that has shrunk, is read anew."""
        if values is not self._list or len(values) < self._length:
            self._list, self._length = values, 0
        if len(values) > len(self._array):
            self._array = np.concatenate([self._array[: self._length], np.empty(len(values))])
        self._array[self._length : len(values)] = values[self._length :]
        self._length = len(values)
        return self._array[: self._length]


def curve_points(values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs and values to draw: of a long run the lowest and the highest value of every stretch of epochs.

    A line of ten thousand points takes ten times as long to draw as one of a thousand, and looks the same.
    """
    values = np.asarray(values, dtype=float)
    values = np.where(np.isfinite(values), values, np.nan)
    epochs = np.arange(1, len(values) + 1)
    stretch = len(values) // MOST_STRETCHES
    if stretch < 4:
        return epochs, values
    whole = len(values) - len(values) % stretch
    rows = np.nan_to_num(values[:whole].reshape(-1, stretch), nan=np.inf)
    starts = np.arange(0, whole, stretch)
    kept = np.stack([rows.argmin(1), rows.argmax(1)], 1) + starts[:, None]
    kept = np.concatenate([np.sort(kept, 1).ravel(), np.arange(whole, len(values))])
    return epochs[kept], values[kept]


def loss_limits(first: Sequence[float], seen: Sequence[float], log_scale: bool) -> tuple[float, float]:
    """Return limits of a loss axis that seldom change while runs go on: round numbers around what is seen.

    Parameters
    ----------
    first : sequence of float
        The losses that the runs start from; a run that climbs far beyond them leaves the picture.
    seen : sequence of float
        All losses; only a logarithmic axis looks at them.
    log_scale : bool
        Whether the axis is logarithmic.

    Examples
    --------
    >>> loss_limits([1.1, 0.9], [], log_scale=False)
    (0.0, 1.5)
    """
    top = rounded_up(1.15 * max([value for value in first if math.isfinite(value)], default=1.0))
    if not log_scale:
        return 0.0, top
    lowest = min((value for value in seen if 0 < value < math.inf), default=0.1)
    return 10 ** math.floor(math.log10(max(lowest, 1e-8))), 10 ** math.ceil(math.log10(top))


def rounded_up(value: float) -> float:
    """Return the next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-12)))
    return next(
        step * power
        for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
        if step * power >= value * (1 - 1e-9)
    )


def _paled(colour: str, strength: float = 0.55) -> np.ndarray:
    return 1 - strength * (1 - np.array(matplotlib.colors.to_rgb(colour)))


def _with_unit(name: str, unit: str) -> str:
    name = name.removesuffix(f"_{unit}").replace("_", " ")
    return f"{name} ({unit})" if unit else name
