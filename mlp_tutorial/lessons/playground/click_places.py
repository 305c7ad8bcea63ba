"""What can be clicked in the picture of a network, and what is said of it."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from mlp_tutorial.lessons.playground.network_columns import Column
from mlp_tutorial.lessons.playground.network_places import NetworkPlaces
from mlp_tutorial.live.click_areas import Area
from mlp_tutorial.utils.wording import number

#: Links are clicked one by one up to so many; of a larger network a click on a neuron brings its links.
MOST_LINK_BUTTONS = 80
LEAST_HEIGHT = 3  # pixels


def click_places(
    places: NetworkPlaces, columns: Sequence[Column], selected: tuple | None, off: Collection[tuple[int, int]]
) -> list[Area]:
    """Return what can be clicked, and what is said of it; first what stays when the network changes, and keeps its focus."""
    areas = []
    for name in places.features:
        tile = places.feature_tile(name)
        if tile is not None:
            state = "on: click to switch it off" if name in places.chosen else "off: click to switch it on"
            areas.append(_square(("feature", name), tile, f"feature {name}, {state}"))
    for x, y, sign, key in places.signs():
        what = "hidden layers" if key[0] == "layers" else f"neurons in layer {key[1]}"
        areas.append(Area(key, x - 11, y - 11, 22, 22, f"{'more' if sign == '+' else 'fewer'} {what}"))
    for column in range(1, len(columns)):
        for unit in places.shown_units(column):
            key = ("neuron", column, unit)
            linear = columns[column].linear
            bias = (
                f", bias {number(linear.bias[unit].item())}" if linear is not None and linear.bias is not None else ""
            )
            bias += ", switched off" if (column, unit) in off else ""
            action = "click to go back" if key == selected else "click to enlarge it and change its weights"
            areas.append(
                _square(key, places.tile(column, unit), f"{places.neuron_in_words(column, unit)}{bias}: {action}")
            )
    links = places.links
    if len(links) > MOST_LINK_BUTTONS:
        links = [link for link in links if selected is not None and link[:2] == tuple(selected[1:3])]
    for column, unit, source in links:
        (_, _), (x, y) = places.link_ends(column, unit, source)
        weight = columns[column].linear.weight[unit, source].item()
        height = places.link_height(column)
        if height < LEAST_HEIGHT:
            continue  # no hand could hit it: a click on the neuron brings it
        names = places.neuron_in_words(column - 1, source), places.neuron_in_words(column, unit)
        words = f"weight {number(weight)} from {names[0]} to {names[1]}: click to change it"
        areas.append(Area(("link", column, unit, source), x - 16, y - height / 2, 14, height, words))
    return areas


def _square(key: Hashable, tile: tuple[float, float, float], tooltip: str) -> Area:
    x, y, size = tile
    return Area(key, x - size / 2, y - size / 2, size, size, tooltip)
