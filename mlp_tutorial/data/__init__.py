"""The data sets: those that come with the package, toy sets, and tables of your own."""

from .bundled import PENGUINS_FILE
from .dataset import Dataset
from .load import load_dataset
