"""A picture of a class: a row for each notebook, a column for each exercise, darker where more of it is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.colors import ListedColormap

from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import new_figure


def draw_map(rows: list[dict], path: Path) -> None:
    """Draw exercise × learner into a PNG.

    Parameters
    ----------
    rows : list of dict
        As `grade` returns them, each with exercises.
    path : Path
        Of the PNG.
    """
    names = {row["lesson"]: [exercise["name"] for exercise in row["exercises"]] for row in rows}
    columns = [(lesson, name) for lesson in sorted(names) for name in names[lesson]]
    learners = sorted({row["learner"] for row in rows})
    shares = np.full((len(learners), len(columns)), np.nan)
    for row in rows:
        for exercise in row["exercises"]:
            place = learners.index(row["learner"]), columns.index((row["lesson"], exercise["name"]))
            shares[place] = np.nanmax([shares[place], exercise["points"] / exercise["of"]])
    blues = ListedColormap(["#f3d9c9", "#d7e6ff", "#a9c9ff", "#7fadff", "#3f78e0"])  # a quarter each, and all of it
    blues.set_bad("white")
    with new_figure(2.5 + 0.35 * len(columns), 1.8 + 0.22 * len(learners)) as figure:
        axes = figure.add_subplot()
        axes.pcolormesh(shares, cmap=blues, vmin=0, vmax=1.25, edgecolors="white", linewidth=0.5)
        axes.invert_yaxis()
        axes.set_xticks(
            np.arange(len(columns)) + 0.5, [f"{lesson[:2]} {name}" for lesson, name in columns], rotation=90
        )
        axes.set_yticks(np.arange(len(learners)) + 0.5, list(map(drawable, learners)))
        solved = int((shares == 1).sum())
        axes.set_title(
            f"{solved} of {np.isfinite(shares).sum()} answers right (dark), others in part (pale)", loc="left"
        )
        figure.savefig(path, bbox_inches="tight")
