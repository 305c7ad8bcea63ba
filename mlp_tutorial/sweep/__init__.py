"""Many runs trained at once."""

from .arguments import Run
from .result import Sweep
from .runs import sweep, sweep_steps
from .stacked_optimizer import SWEEP_OPTIMIZERS
