"""Runs and races short enough for tests, and classes of the learner's own."""

from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.shared.race import explore_race
from mlp_tutorial.lessons.shared.trainer import explore_training


def short_race(**settings):
    racing = {} if any(isinstance(value, list) for value in settings.values()) else {"activation": ["relu", "tanh"]}
    return explore_race(**{"hidden_sizes": (4,), "num_epochs": 12, **racing, **settings})


class OwnLinear(nn.Module):
    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.only = nn.Linear(input_size, output_size)

    def forward(self, x):
        return self.only(x)


class Fussy(NeuralNetworkModel):
    """Refuses a third hidden layer."""

    def __init__(self, input_size, hidden_sizes, output_size):
        if len(hidden_sizes) > 2:
            raise ValueError("at most two hidden layers, please")
        super().__init__(input_size, hidden_sizes, output_size)


def short_training(**settings):
    return explore_training(**{"hidden_sizes": [4], "num_epochs": 12, **settings})
