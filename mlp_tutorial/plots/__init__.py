"""The figures: loss curves, decision regions, races."""

from .curves import LossCurves, MetricCurve, plot_losses
from .race import RacePlot
from .regions import DecisionRegions, plot_decision_regions
