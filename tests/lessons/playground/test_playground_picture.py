"""The picture of a network: every map is what its neuron answers, every link its weight."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from mlp_tutorial.display import set_scale
from mlp_tutorial.lessons.playground.input_features import FEATURES
from mlp_tutorial.lessons.playground.network_places import MOST_ROWS
from mlp_tutorial.lessons.playground.playground_picture import LEVELS, NEGATIVE, POSITIVE
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO
from tests.lessons.playground.helpers import handed_on, one_logit_loss, own_modules, small
from tests.lessons.test_every_explorer import assert_legible, texts_of


def maps_of(explorer):
    """Return the small maps drawn, by column and neuron: level 0 for −1, the last for 1, rows from the top down."""
    places = explorer.places
    shown = [(column, unit) for column in range(len(places.widths)) for unit in places.shown_units(column)]
    return dict(zip(shown, explorer.picture._maps, strict=True))


def expected_map(values, scale=1.0):
    """Return the levels of values (points,) on the grid, by NumPy alone."""
    rows = values.numpy().astype(np.float64).reshape(64, 64)[::3, ::3][::-1]
    return np.round((np.clip(rows / scale, -1, 1) + 1) * LEVELS / 2)


def assert_map(found, values, scale=1.0):
    assert np.abs(found.astype(int) - expected_map(values, scale)).max() <= 1  # a level may be rounded either way
    assert (found == expected_map(values, scale)).mean() > 0.99


def assert_links(explorer, columns):
    """Assert that each link is as wide as its weight is large, and has the colour of its sign; return how many."""
    picture, links = explorer.picture, {}
    colours = [tuple(np.round(colour[:3], 3)) for colour in picture.links.get_colors()]
    for link, width, colour in zip(explorer.places.links, picture.links.get_linewidths(), colours, strict=True):
        links[link] = width, colour
    for (column, unit, source), (width, colour) in links.items():
        weight = columns[column].weight[unit, source].item()
        assert width == pytest.approx(0.25 + 4.5 * np.tanh(abs(weight) / 2), abs=1e-4)
        expected = POSITIVE if weight > 0 else NEGATIVE
        assert colour == tuple(np.round(expected[:3], 3))
    return len(links)


MODULES = {name: entry for name, entry in own_modules().items() if name != "matrices of its own"}


@pytest.mark.parametrize("name", MODULES)
def test_every_map_and_link_of_modules_of_ones_own(name):
    model, widths, linked = MODULES[name]
    explorer = small("xor", model=model, num_epochs=2)
    model, inputs = explorer.model, explorer.plane.inputs
    given, outputs = handed_on(model, inputs)
    found, layers = maps_of(explorer), [column.linear for column in explorer._columns]
    assert layers.count(None) + len(given) == len(widths)
    for (layer, x), number in zip(given, [n for n, one in enumerate(layers) if one is not None], strict=True):
        assert layers[number] is layer
        if number in linked:
            for unit in range(widths[number - 1]):
                scale = x.abs().max().item() if number == 1 else 1.0
                assert_map(
                    found[number - 1, unit], x[:, unit], scale if number > 1 else inputs.abs().amax(0)[unit].item()
                )
    for unit in range(widths[-1]):
        assert_map(found[len(widths) - 1, unit], outputs[:, unit])
    assert len(found) == sum(widths)
    count = assert_links(explorer, layers)
    assert count == sum(widths[number] * widths[number - 1] for number in linked)


def test_features_are_shown_as_they_are_given():
    explorer = small("xor", features=list(FEATURES))
    found = maps_of(explorer)
    x1, x2 = explorer.plane.grid.T
    expected = [x1, x2, x1**2, x2**2, x1 * x2, x1.sin(), x2.sin()]
    for number, values in enumerate(expected):
        assert_map(found[0, number], values, values.abs().max().item())


def test_a_neuron_that_is_off_is_white_everywhere():
    explorer = small("xor", off=[(1, 2), (2, 0)])
    found = maps_of(explorer)
    for place in ((1, 2), (2, 0)):
        assert (found[place] == LEVELS // 2).all()
    assert not (found[1, 1] == LEVELS // 2).all()


@pytest.mark.parametrize("scale", [1, 1.5])
def test_the_maps_stand_in_the_picture_where_the_places_are(usual_scale, scale):
    set_scale(scale)
    explorer = small("xor", features=["x1", "x2", "x1·x2"])
    explorer.go()
    pixels = np.asarray(Image.open(io.BytesIO(bytes(explorer.canvas.image.value))).convert("RGB")).astype(int)
    assert pixels.shape[:2] == (430 * scale, 860 * scale)
    for (column, unit), levels in maps_of(explorer).items():
        tile = explorer.places.tile(column, unit)
        for row, across in ((0.15, 0.2), (0.5, 0.5), (0.85, 0.3), (0.3, 0.8)):
            x, y = (tile.x + (across - 0.5) * tile.size) * scale, (tile.y + (row - 0.5) * tile.size) * scale
            level = levels[int(row * len(levels)), int(across * len(levels))] / LEVELS
            nearby = pixels[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3].reshape(-1, 3)
            colour = 255 * np.array(BELOW_AND_ABOVE_ZERO(level)[:3])
            assert np.abs(nearby - colour).max(1).min() < 14, (column, unit, row)  # a picture has 256 colours


def shown_colours(explorer):
    """Return the colours of the large map, (64, 64, 3), rows from the bottom up."""
    return np.asarray(explorer.picture.regions.image.get_array())[..., :3]


def class_colours(explorer):
    return explorer.picture.regions._pale


def outputs_of(explorer):
    with torch.no_grad():
        return explorer.model.eval()(explorer.plane.inputs)


@pytest.mark.parametrize("dataset", ["xor", "penguins"])
def test_the_large_map_mixes_the_classes_by_their_probabilities(dataset):
    explorer = small(dataset, num_epochs=3, learning_rate=0.3)
    shares = outputs_of(explorer).softmax(1)
    expected = shares.numpy() @ class_colours(explorer)[: shares.shape[1]]
    assert shown_colours(explorer).reshape(-1, 3) == pytest.approx(expected, abs=1e-5)
    explorer.controls["discretize"].value = True
    likeliest = class_colours(explorer)[shares.argmax(1).numpy()]
    assert shown_colours(explorer).reshape(-1, 3) == pytest.approx(likeliest, abs=1e-6)


def test_one_class_alone_is_shown_by_its_probability():
    explorer = small("penguins", num_epochs=3, learning_rate=0.3)
    for number, name in enumerate(explorer.run.dataset.class_names):
        explorer.controls["output_map"].value = number
        share = outputs_of(explorer).softmax(1)[:, number : number + 1].numpy()
        expected = 1 - share * (1 - class_colours(explorer)[number])
        assert shown_colours(explorer).reshape(-1, 3) == pytest.approx(expected, abs=1e-5)
        assert explorer.picture.title.get_text() == f"probability of {name}"


def test_a_single_logit_is_shown_as_two_classes():
    explorer = small("xor", model=nn.Linear(2, 1), criterion=one_logit_loss, num_epochs=2)
    second = outputs_of(explorer).sigmoid().numpy()
    expected = np.concatenate([1 - second, second], 1) @ class_colours(explorer)[:2]
    assert shown_colours(explorer).reshape(-1, 3) == pytest.approx(expected, abs=1e-5)
    assert [label for label, _ in explorer.controls["output_map"].options] == ["all classes"]


def test_regression_is_shown_by_its_value_with_a_bar():
    explorer = small("hills", num_epochs=2)
    colours = shown_colours(explorer)
    by_value = outputs_of(explorer).flatten().argsort()
    brightness = colours.reshape(-1, 3).mean(1)[by_value]
    assert (np.diff(brightness) > -0.02).all()  # cividis grows brighter
    dataset = explorer.run.dataset
    low, high = (
        dataset.target_mean + dataset.target_std * float(y) for y in (dataset.y_train.min(), dataset.y_train.max())
    )
    texts = [text.get_text() for text in explorer.picture._stage.texts]
    assert f"{low:.3g}".replace("-", "−") in texts and f"{high:.3g}" in texts


def test_a_neuron_that_is_clicked_is_shown_large():
    explorer = small("xor", selected=("neuron", 1, 2))
    values = torch.tanh(explorer.model.input_layer(explorer.plane.inputs))[:, 2].detach()
    shares = 0.5 + 0.5 * values / values.abs().max()
    expected = BELOW_AND_ABOVE_ZERO(shares.numpy())[:, :3]
    assert shown_colours(explorer).reshape(-1, 3) == pytest.approx(expected, abs=1e-5)
    assert explorer.picture.title.get_text() == "neuron 3 of layer 1"


def test_held_out_points_are_those_of_the_other_parts():
    explorer = small("xor", held_out=True)
    dataset = explorer.run.dataset
    drawn = np.concatenate([line.get_xydata() for line in explorer.picture._held_out if line.get_visible()])
    expected = dataset.unstandardise(torch.cat([dataset.X_validation, dataset.X_test])).numpy()
    assert np.array(sorted(drawn.tolist())) == pytest.approx(np.array(sorted(expected.tolist())), abs=1e-5)
    explorer.controls["held_out"].value = False
    assert not any(line.get_visible() for line in explorer.picture._held_out)


def test_more_features_are_shown_cell_by_cell():
    explorer = small("wine", hidden_sizes=[3])
    found, plane = maps_of(explorer), explorer.plane
    assert len(found) == 13 + 3 + 3
    given, _ = handed_on(explorer.model, plane.inputs)
    hidden = plane.spread(given[1][1])
    empty = hidden[0].isnan().numpy()[::-1]
    assert ((found[1, 0] == LEVELS + 1) == empty).all()
    assert (
        np.abs(found[1, 0][~empty] - np.round((hidden[0].numpy()[::-1][~empty].clip(-1, 1) + 1) * LEVELS / 2)).max()
        <= 1
    )


def test_of_a_wide_layer_the_first_neurons_are_shown_and_the_rest_is_counted():
    explorer = small("xor", hidden_sizes=[40])
    assert explorer.places.shown_units(1) == list(range(MOST_ROWS))
    assert any(text.get_text() == "+ 24" for text in explorer.picture._stage.texts)
    assert explorer.places.tile(1, MOST_ROWS) is None
    assert small("xor", hidden_sizes=[40], selected=("neuron", 1, 30)).selection.key == ("neuron", 1, 30)


@pytest.mark.parametrize(
    "settings",
    [
        {"features": list(FEATURES), "hidden_sizes": [8] * 6},
        {"dataset": "hills", "selected": ("neuron", 1, 0)},
        {"dataset": "digits", "hidden_sizes": [16]},
        {"dataset": "breast_cancer", "hidden_sizes": [20, 3]},
        {"dataset": "penguins", "num_epochs": 3, "log_scale": True},
        {"see": 2, "num_epochs": 3},
    ],
)
def test_texts_can_be_read(settings):
    explorer = small(**settings)
    assert_legible([(settings, texts_of(explorer.canvas.figure))], *explorer.canvas.figure.bbox.size)


def test_a_diverged_network_is_drawn():
    explorer = small("xor", num_epochs=1)
    with torch.no_grad():
        explorer.model.input_layer.weight[1, 0] = float("nan")
        explorer.model.output_layer.weight[0, 1] = float("inf")
    for selected in (None, ("neuron", 1, 1), ("neuron", 3, 0)):
        explorer.select(selected)
        assert "cannot work" not in explorer.status_line.text, explorer.status_line.note
    assert (maps_of(explorer)[1, 1] == LEVELS + 1).all()
