"""Many runs trained at once."""

from .arguments import Run
from .runs import Sweep, sweep, sweep_steps
from .stacked_optimizer import SWEEP_OPTIMIZERS
