"""The figures: loss curves, decision regions, races."""

from .curves import CurvePlot, DecisionRegions, plot_decision_regions, plot_losses
from .race import RacePlot

__all__ = [
    "CurvePlot",
    "DecisionRegions",
    "RacePlot",
    "plot_decision_regions",
    "plot_losses",
]
