"""The likelihood explorer of lesson 07: targets under the curve of an assumed noise, and the loss that it leads to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from matplotlib.collections import LineCollection

from mlp_tutorial.lessons.losses.own_loss import LOSSES
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, long, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.utils.errors import check_known
from mlp_tutorial.utils.wording import number, small_number

TARGETS = (1.0, 1.5, 2.0, 2.5, 6.0)
#: Predictions that the sliders reach, and what the picture shows of them; the highest loss that it shows.
LOWEST, HIGHEST, MARGIN, HIGHEST_LOSS = 0.0, 8.0, 1.5, 6.0


class Noise(NamedTuple):
    """A density of the targets around the prediction, and the loss that it leads to."""

    height: Callable[[torch.Tensor], torch.Tensor]  # of the curve, at an error
    formula: str  # the same as a line of a program
    loss: str  # a name from `LOSSES`
    as_loss: str  # what the mean of -log(height) is
    best: Callable[[torch.Tensor], torch.Tensor]  # the most likely prediction
    best_name: str


NOISES = {
    "Gaussian": Noise(
        lambda error: (-error.square() / 2).exp() / math.sqrt(2 * math.pi),
        "(-(y - prediction) ** 2 / 2).exp() / (2 * torch.pi) ** 0.5",
        "MSE",
        "MSE / 2 + 0.92",
        torch.mean,
        "mean",
    ),
    "Laplace": Noise(
        lambda error: (-error.abs()).exp() / 2,
        "(-(y - prediction).abs()).exp() / 2",
        "MAE",
        "MAE + 0.69",
        torch.median,
        "median",
    ),
}


def explore_likelihood(
    noise: str = "Gaussian", *, prediction: float = 4.0, targets: Sequence[float] = TARGETS
) -> LikelihoodExplorer:
    """Move one prediction for several targets, and see how likely it makes them.

    Parameters
    ----------
    noise : {"Gaussian", "Laplace"}, default "Gaussian"
        How the targets are assumed to scatter around the prediction; the width is 1.
    prediction : float, default 4.0
        The middle of the curve.
    targets : sequence of float, default (1, 1.5, 2, 2.5, 6)
        What was measured; the last one has a slider.

    Returns
    -------
    LikelihoodExplorer
        Shown by JupyterLab as sliders above the picture. `heights` holds the density at each target, `loss` the mean of
        −log of them.

    Raises
    ------
    ValueError
        If the noise is unknown or there are no targets.

    Examples
    --------
    >>> explorer = explore_likelihood("Laplace", prediction=2.0, targets=[1.0, 2.0])
    >>> [round(height, 3) for height in explorer.heights.tolist()]
    [0.184, 0.5]
    """
    check_known("noise", noise, NOISES)
    if not len(targets):
        raise ValueError("targets are the numbers that were measured, such as (1.0, 2.0, 6.0); there are none.")
    return LikelihoodExplorer(noise, prediction, targets).shown()


class LikelihoodPicture(Picture):
    """On the left the curve of the noise with a line up to it at every target, on the right the mean of −log(height)."""

    def __init__(self, canvas: Canvas) -> None:
        self.points = torch.linspace(LOWEST - MARGIN, HIGHEST + MARGIN, 221)
        with canvas.drawing() as figure:
            left, right = figure.subplots(1, 2)
            figure.subplots_adjust(left=0.085, right=0.98, bottom=0.16, top=0.9, wspace=0.2)
            limits = (LOWEST - MARGIN, HIGHEST + MARGIN)
            left.set(xlim=limits, ylim=(0, 0.56), xlabel="target", ylabel="density", title="height at each target")
            right.set(xlim=limits, ylim=(1, HIGHEST_LOSS), xlabel="prediction", ylabel="mean of −log(height)")
            (self.curve,) = left.plot([], [])
            self.stems = left.add_collection(LineCollection([], colors="black", linewidths=1.2))
            (self.tops,) = left.plot([], [], "o", color="black", markersize=5)
            self._middle = left.axvline(0, color="#555555", linewidth=1, linestyle=(0, (2, 2)))
            self.losses = {}
            for name, noise in NOISES.items():
                colour, style = LOSSES[noise.loss]
                label = f"{name}: {noise.as_loss}"
                self.losses[name] = right.plot([], [], color=colour, linestyle=style, label=label)[0]
            (self.point,) = right.plot([], [], "o", color="black", markersize=6)
            self._title = right.set_title(" ")
            right.legend(loc="lower right")
        curves = [*self.losses.values(), self.point, self._title]
        self.moving = [self._middle, self.curve, self.stems, self.tops, *curves]
        canvas.set_moving(self.moving)

    def update(
        self,
        chosen: str,
        prediction: float,
        targets: torch.Tensor,
        heights: torch.Tensor,
        losses: Mapping[str, torch.Tensor],
        loss: float,
    ) -> bool:
        """Show targets with their heights, and for each noise the losses of all `points`."""
        colour, style = LOSSES[NOISES[chosen].loss]
        self.curve.set(
            data=(self.points, NOISES[chosen].height(self.points - prediction)), color=colour, linestyle=style
        )
        self.stems.set_segments([[(y, 0), (y, height)] for y, height in zip(targets, heights, strict=True)])
        self.tops.set_data(targets, heights)
        self._middle.set_xdata([prediction, prediction])
        for name, line in self.losses.items():
            line.set(data=(self.points, losses[name]), linewidth=3 if name == chosen else 1)
        beyond = loss > HIGHEST_LOSS  # an arrow at the edge
        self.point.set(data=([prediction], [min(loss, HIGHEST_LOSS - 0.12)]), marker="^" if beyond else "o")
        self._title.set_text(f"the loss: {number(loss, 2)}")
        return False


class LikelihoodExplorer(Explorer):
    """What `explore_likelihood` returns: the `heights` at the targets, and the `loss`, the mean of −log of them."""

    def __init__(self, noise: str, prediction: float, targets: Sequence[float]) -> None:
        self._others = [float(target) for target in targets[:-1]]
        canvas = Canvas(640, 280)
        self.picture = LikelihoodPicture(canvas)
        controls = {
            "prediction": long(float_slider("prediction", prediction, LOWEST, HIGHEST)),
            "target": long(float_slider("last target", targets[-1], LOWEST, HIGHEST)),
            "noise": menu("noise", noise, list(NOISES)),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def work(self) -> None:
        """Compute the heights for the sliders' values."""
        self.prediction, last, self.noise = self.values().values()
        self.targets = torch.tensor([*self._others, last])
        self.heights = NOISES[self.noise].height(self.targets - self.prediction)
        self.loss = -self.heights.log().mean().item()
        errors = self.targets - self.picture.points.unsqueeze(1)  # (points, targets)
        self._losses = {name: -noise.height(errors).log().mean(1) for name, noise in NOISES.items()}

    def draw(self) -> bool:
        """Draw the curve, the heights and the losses."""
        return self.picture.update(self.noise, self.prediction, self.targets, self.heights, self._losses, self.loss)

    def status(self) -> tuple[list[str], str]:
        """Return the product of the heights and the loss; below, whether another prediction is more likely."""
        heights = " × ".join(
            f"{height:.3f}" if height > 0.001 else small_number(height) for height in self.heights.tolist()
        )
        parts = [f"heights {heights} = {small_number(self.heights.prod().item())}"]
        noise = NOISES[self.noise]
        best = noise.best(self.targets).item()
        if abs(best - self.prediction) < 0.05:
            note = f"This is the {noise.best_name} of the targets: no other prediction makes them more likely."
        else:
            side = "left" if best < self.prediction else "right"
            note = f"Farther {side} the product grows, and the loss falls."
        return [*parts, f"mean of −log(height) {number(self.loss, 2)}"], note

    def sentence(self) -> str:
        """Return targets, heights and loss."""
        targets = ", ".join(f"{target:g}" for target in self.targets.tolist())
        parts, note = self.status()
        return f"{self.noise} noise around the prediction {self.prediction:g}, targets {targets}: {'; '.join(parts)}. {note}"

    def program(self) -> str:
        """Return the plain PyTorch program that prints these heights and the loss."""
        return f"""\
import torch

y = torch.tensor({[round(target, 2) for target in self.targets.tolist()]})
prediction = {self.prediction}
heights = {NOISES[self.noise].formula}
print("heights", [round(height, 4) for height in heights.tolist()])
print("mean of -log", round(-heights.log().mean().item(), 4))
"""
