"""The figures: loss curves, decision regions, races."""

from .curves import plot_losses
from .regions import plot_decision_regions
