"""The drawn network: every number in it, every link and the dot on the map are the model's own."""

import numpy as np
import pytest
import torch

from mlp_tutorial.lessons.forward_pass.network_explorer import explore_network
from mlp_tutorial.lessons.forward_pass.network_picture import NEGATIVE, POSITIVE, WAITING
from mlp_tutorial.lessons.forward_pass.stages import penguin_network
from mlp_tutorial.utils.wording import short_number


@pytest.fixture(scope="module")
def explorer():
    return explore_network(3)


def numbers_in(explorer):
    return [text.get_text() for text in explorer.picture.neurons.texts if text.get_visible()]


def test_every_number_and_link_is_the_models_own(explorer):
    model, penguins = penguin_network()
    for length, depth in ((47.0, 17.1), (36.4, 17.1)):
        explorer.controls["bill_length"].value, explorer.controls["bill_depth"].value = length, depth
        x = penguins.standardise([length, depth])
        traces = model.trace(x)
        columns = [x, *(trace.activation for trace in traces)]
        drawn = [short_number(value) for column in columns for value in column.tolist()]
        assert numbers_in(explorer) == [f"{length:.1f} mm", f"{depth:.1f} mm", *drawn]
        carried = [
            (layer.weight * column).flatten()
            for (_, layer), column in zip(model.linear_layers(), columns[:-1], strict=True)
        ]
        carried = torch.cat(carried).detach().numpy()
        expected = [POSITIVE if value > 0 else NEGATIVE for value in carried]
        assert np.allclose(explorer.picture.links.get_colors(), expected)
        order = np.argsort(np.abs(carried))
        assert (np.diff(np.array(explorer.picture.links.get_linewidths())[order]) >= -1e-6).all()
        probabilities = traces[-1].activation.softmax(0)
        assert [bar.get_width() for bar in explorer.picture.bars.bars] == pytest.approx(probabilities.tolist())
        winner = int(probabilities.argmax())
        assert [text.get_text().endswith("◀") for text in explorer.picture.bars.numbers].index(True) == winner
        assert penguins.class_names[winner] in explorer.status_line.text
        assert [value[0] for value in explorer.picture.dot.get_data()] == [length, depth]


def test_the_penguin_travels_layer_by_layer(explorer):
    explorer.buttons["reset"].click()
    lit, waiting = [], []
    for _ in range(explorer.end() + 1):
        lit.append(len(numbers_in(explorer)) - 2)
        colours = explorer.picture.links.get_colors()
        waiting.append(sum(bool(np.allclose(colour, WAITING)) for colour in colours))
        assert explorer.picture.bars.bars[0].get_visible() == (explorer.done() == explorer.end())
        explorer.buttons["step"].click()
    assert lit == [0, 2, 6, 9, 12, 12] and waiting == [29, 29, 21, 9, 0, 0]
    assert explorer.done() == explorer.end() == 5


def test_another_penguin_brings_its_own_bill(explorer):
    explorer.controls["penguin"].value = 4
    assert explorer.raw == [39.1, 18.7]
    with pytest.raises(ValueError, match="0 to 205; it is 206"):
        explore_network(206)
