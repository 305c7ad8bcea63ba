"""The figures: loss curves, decision regions, races."""

from .curves import CurvePlot, plot_losses
from .race import RacePlot
from .regions import DecisionRegions, plot_decision_regions

__all__ = ["CurvePlot", "DecisionRegions", "RacePlot", "plot_decision_regions", "plot_losses"]
