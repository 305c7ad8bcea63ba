"""A sweep short enough for tests."""

from mlp_tutorial.lessons.optimizers.sweep_explorer import explore_sweep


def short_sweep(**settings):
    return explore_sweep(**{"hidden_sizes": [4], "num_epochs": 10, "num_seeds": 2, **settings})
