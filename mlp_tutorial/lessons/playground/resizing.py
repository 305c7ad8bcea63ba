"""What a click on a feature, a plus or a minus makes of a network's settings."""

from __future__ import annotations

from dataclasses import replace

from mlp_tutorial.lessons.playground.playground_settings import Start

MOST_LAYERS, MOST_NEURONS = 6, 8  # that clicks can make; a call may ask for more


def with_feature_switched(start: Start, name: str) -> Start:
    """Return the settings with one feature more or less; a ValueError says why there cannot be."""
    if start.load().input_size != 2 or start.is_own_module:
        raise ValueError("These features are what the data set has; of data with two more can be computed.")
    chosen = set(start.features) ^ {name}
    if not chosen:
        raise ValueError("A network needs at least one feature.")
    return replace(start, features=tuple(chosen))


def with_neurons(start: Start, layer: int, by: int) -> Start:
    """Return the settings with one neuron more or less in a hidden layer, counted from 1."""
    sizes = list(start.hidden_sizes)
    sizes[layer - 1] += by
    if sizes[layer - 1] < 1 or (by > 0 and sizes[layer - 1] > MOST_NEURONS):
        raise ValueError(f"A click makes layers of 1 to {MOST_NEURONS} neurons; a call may ask for more.")
    return replace(start, hidden_sizes=tuple(sizes))


def with_layers(start: Start, by: int) -> Start:
    """Return the settings with one hidden layer more, as wide as the last, or one less."""
    sizes = list(start.hidden_sizes)
    if (by < 0 and not sizes) or (by > 0 and len(sizes) >= MOST_LAYERS):
        raise ValueError(f"A click makes networks of 0 to {MOST_LAYERS} hidden layers; a call may ask for more.")
    return replace(start, hidden_sizes=tuple([*sizes, sizes[-1] if sizes else 2] if by > 0 else sizes[:-1]))
