"""The picture of learning rate and momentum: a map of the losses at the end, and the curve of one cell beside it."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from mlp_tutorial.lessons.optimizers.sweep_picture import MARKED_COLOUR, TOO_HIGH_COLOUR
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import TRAINING_COLOUR, Picture
from mlp_tutorial.training.evaluation import NOTHING_LEARNED

#: Dark where the loss is low, pale where it is nearly the baseline, and what learns nothing in no blue at all.
LOSSES = matplotlib.colormaps["Blues_r"].with_extremes(over=TOO_HIGH_COLOUR, bad="#FFFFFF")
LOWEST = 0.02  # of the baseline: what is below is as dark as this


class MomentumPicture(Picture):
    """Left a cell for each rate and momentum, right the losses of the cell that is framed, a line per seed."""

    def __init__(self, canvas: Canvas, learning_rates: Sequence[float], momenta: Sequence[float]) -> None:
        self._canvas, self._rates, self._momenta = canvas, learning_rates, momenta

    def update(self, losses: np.ndarray, *, marked: tuple[int, int], num_epochs: int, baseline: float) -> bool:
        """Show losses of shape (momentum, rate, seed, epoch), NaN where a run has diverged, and frame a cell."""
        changed = self.changed((num_epochs, baseline))
        if changed:
            with self._canvas.drawing() as figure:
                self._lay_out(figure, num_epochs, baseline)
            self._canvas.set_moving(self.moving)
        losses = np.nan_to_num(losses, nan=1e6, posinf=1e6).clip(1e-6, 1e6)
        num_trained = losses.shape[-1]
        shown = np.median(losses[..., -1], -1) if num_trained else np.full(losses.shape[:2], np.nan)
        self.map.set_data(shown)
        self._frame.set_xy((marked[1] - 0.5, marked[0] - 0.5))
        epochs = np.arange(1, num_trained + 1)
        self._seeds.set_segments([np.column_stack([epochs, curve]) for curve in losses[marked]])
        self._median.set_data(epochs, np.median(losses[marked], 0))
        return changed

    def _lay_out(self, figure: Figure, num_epochs: int, baseline: float) -> None:
        places = ((0.085, 0.37), (0.465, 0.016), (0.63, 0.35))  # left edge and width
        left, bar, right = (figure.add_axes((edge, 0.145, width, 0.755)) for edge, width in places)
        top = NOTHING_LEARNED * baseline
        look = {"cmap": LOSSES, "norm": LogNorm(LOWEST * baseline, top), "origin": "lower", "aspect": "auto"}
        self.map = left.imshow(np.ones((len(self._momenta), len(self._rates))), interpolation="nearest", **look)
        whole = [number for number, rate in enumerate(self._rates) if round(np.log10(rate), 9) % 1 == 0]
        left.set_xticks(whole, [f"{self._rates[number]:g}" for number in whole])
        left.set_yticks(range(len(self._momenta)), [f"{momentum:g}" for momentum in self._momenta])
        left.set(xlabel="learning rate", ylabel="momentum")
        left.grid(False)
        self._frame = left.add_patch(Rectangle((0, 0), 1, 1, fill=False, edgecolor=MARKED_COLOUR, linewidth=2.4))
        left.set_title("median loss at the end; pink learns nothing")
        figure.colorbar(self.map, cax=bar)
        ticks = [tick for tick in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100) if LOWEST * baseline <= tick <= top]
        self._seeds = right.add_collection(LineCollection([], colors=TRAINING_COLOUR, linewidths=0.7), autolim=False)
        (self._median,) = right.plot([], [], color=MARKED_COLOUR, linewidth=2.2)
        baseline_line = right.axhline(baseline, color="#666666", linewidth=1, linestyle=(0, (1, 2)))
        right.set(yscale="log", xlim=(0, num_epochs), ylim=(LOWEST * baseline / 2, 8 * baseline), xlabel="epoch")
        right.set_title("loss of the framed cell")
        for axes in (bar, right):
            axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        right.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        handles = [self._median, self._seeds, baseline_line]
        right.legend(handles, ["median", "seeds", "baseline"], loc="upper right")
        spines = [spine for axes in (left, right) for spine in axes.spines.values()]
        self.moving = [self.map, self._frame, self._seeds, self._median, baseline_line, *spines]
