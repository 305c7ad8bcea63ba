"""Axes and data that tests of several pictures use."""

import pandas as pd
from matplotlib.figure import Figure

from mlp_tutorial import Dataset


def classes_named(names, features=("a", "b")):
    rows = [(number + place % 5, place, name) for number, name in enumerate(names) for place in range(20)]
    return Dataset.from_frame(pd.DataFrame(rows, columns=[*features, "y"]), target="y")


def axes():
    return Figure().subplots()
