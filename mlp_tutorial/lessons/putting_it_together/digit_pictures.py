"""The stills of lesson 09: digits as images, a model's mistakes among them, and its confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, new_figure
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.utils.wording import percent

#: Side of a digit's image in pixels, the ink of its darkest one, and images side by side.
SIDE, MOST_INK, IMAGES_A_ROW = 8, 16, 7


def misclassified(probabilities: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the numbers of the rows whose likeliest class is not the true one, the surest mistake first."""
    highest, answers = probabilities.max(1)  # (rows,)
    rows = (answers != y).nonzero()[:, 0]
    return rows[highest[rows].argsort(descending=True, stable=True)]


#: How ink is drawn: dark on white paper.
INK = {"cmap": "gray_r", "vmin": 0, "vmax": MOST_INK}


def draw_digit(axes: Axes, pixels: torch.Tensor, look: Mapping[str, object] = INK) -> AxesImage:
    """Draw one digit, 64 pixels, on given axes."""
    axes.set(xticks=[], yticks=[])
    for edge in axes.spines.values():
        edge.set_color("#CCCCCC")  # where the paper ends
    return axes.imshow(pixels.reshape(SIDE, SIDE).numpy(), **look)


def plot_digits(pixels: torch.Tensor, titles: Sequence[object], *, look: Mapping[str, object] = INK) -> Figure:
    """Draw digits as images, seven a row, each with a title.

    Parameters
    ----------
    pixels : Tensor of shape (images, 64)
        Ink of every pixel, 0 to 16, row by row from the top.
    titles : sequence
        What stands above each image.
    look : mapping, default `INK`
        Colours and their range, as matplotlib's `imshow` takes them.

    Returns
    -------
    matplotlib Figure
        Its axes are the images, in their order.
    """
    num_rows = max(-(-len(pixels) // IMAGES_A_ROW), 1)
    lines = max((str(title).count("\n") + 1 for title in titles), default=1)
    with new_figure(6.4, num_rows * (0.85 + 0.17 * lines)) as figure:
        panels = figure.subplots(num_rows, IMAGES_A_ROW, squeeze=False).ravel()
        for axes, digit, title in zip(panels[: len(pixels)], pixels, titles, strict=True):
            draw_digit(axes, digit, look)
            axes.set_title(drawable(title))
        for axes in panels[len(pixels) :]:
            axes.remove()
    return figure


def plot_errors(model: nn.Module, digits: Dataset, *, most: int = 14) -> Figure:
    """Draw the validation digits that a model answers wrong, the surest mistake first.

    Parameters
    ----------
    model : nn.Module
        Standardised pixels in, logits out.
    digits : Dataset
        As `load_dataset("digits")` returns it.
    most : int, default 14
        Images, at most.

    Returns
    -------
    matplotlib Figure
        Above each image stands what is true, and what the model answered with which probability.
    """
    X, y = digits.X_validation, digits.y_validation
    probabilities = predict(model, X, probabilities=True)  # (rows, 10)
    rows = misclassified(probabilities, y)[:most]
    shares, answers = probabilities[rows].max(1)
    titles = [
        f"true {digits.class_names[true]}\n{digits.class_names[answer]}: {percent(share)}"
        for true, answer, share in zip(y[rows].tolist(), answers.tolist(), shares.tolist(), strict=True)
    ]
    return plot_digits(digits.unstandardise(X[rows]), titles)


def plot_first_layer(model: nn.Module, *, most: int = 14) -> Figure:
    """Draw the weights of a model's first layer as images: one neuron each, orange above zero, blue below.

    Parameters
    ----------
    model : nn.Module
        Its first linear layer takes 64 pixels.
    most : int, default 14
        Neurons, at most.

    Returns
    -------
    matplotlib Figure
        One range of colours for all; white is zero.
    """
    weights = next(module for module in model.modules() if isinstance(module, nn.Linear)).weight.detach()[:most]
    reach = weights.abs().quantile(0.98).item()  # the few that go beyond have the strongest colour
    look = {"cmap": BELOW_AND_ABOVE_ZERO, "vmin": -reach, "vmax": reach}
    return plot_digits(weights, range(len(weights)), look=look)


def plot_confusion(model: nn.Module, dataset: Dataset, *, part: str = "validation") -> Figure:
    """Draw how often each class is answered with each class: scikit-learn's `ConfusionMatrixDisplay`, zeros left blank.

    Parameters
    ----------
    model : nn.Module
        Standardised features in, logits out.
    dataset : Dataset
        Of a classification.
    part : {"validation", "test", "train"}, default "validation"
        What to measure on.

    Returns
    -------
    matplotlib Figure
        One row a true class, one column an answer; what is right stands on the diagonal.
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    X, y = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
    names = [drawable(name, f"class {number}") for number, name in enumerate(dataset.class_names)]
    with new_figure(4.6, 4.2) as figure, matplotlib.rc_context({"axes.grid": False}):
        display = ConfusionMatrixDisplay.from_predictions(
            y.numpy(),
            predict(model, X).numpy(),
            labels=range(len(names)),
            display_labels=names,
            cmap="Blues",
            colorbar=False,
            ax=figure.subplots(),
        )
        for text in display.text_[display.confusion_matrix == 0]:
            text.set_text("")
        display.ax_.set(
            xlabel="answer of the network",
            ylabel=f"true {drawable(dataset.target_name, 'class')}",
            title=f"{len(y)} {part} rows: how often each is taken for each",
        )
    return figure
