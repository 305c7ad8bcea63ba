"""The drawn network shows every weight's sign and size, and stays legible from no hidden layer to six of sixteen neurons."""

import matplotlib.colors
import numpy as np
import pytest
import torch

from mlp_tutorial import NeuralNetworkModel, SeededRandomness
from mlp_tutorial.lessons.shared.network_diagram import LEFT_OUT, MOST_DRAWN, NEGATIVE, POSITIVE, NetworkDiagram
from mlp_tutorial.live.canvas import Canvas

WIDTH, HEIGHT = 424, 330


def drawn(layers):
    """Return a diagram of pairs (weight, bias), and its canvas."""
    canvas = Canvas(640, HEIGHT)
    diagram = NetworkDiagram(canvas.figure.add_axes((0, 0, WIDTH / 640, 1)), WIDTH, HEIGHT)
    canvas.set_moving(diagram.moving)
    diagram.update(layers)
    canvas.draw()
    return diagram, canvas


def layers_of(*sizes):
    with SeededRandomness(0):
        model = NeuralNetworkModel(*sizes)
    return [(layer.weight, layer.bias) for _, layer in model.linear_layers()]


def lines(diagram):
    """Return starts, ends, colours and widths of the lines drawn."""
    segments = np.array(diagram.lines.get_segments())
    return segments[:, 0], segments[:, 1], diagram.lines.get_colors(), diagram.lines.get_linewidths()


def words_of(diagram):
    return [text.get_text() for text in diagram.layer.texts if text.get_visible()]


def test_every_weight_is_a_line_with_its_sign_as_colour_and_its_size_as_width():
    weight = torch.tensor([[0.5, -1.0], [0.25, 0.0], [-0.1, 2.0]])  # 2 inputs, 3 neurons
    diagram, _ = drawn([(weight, torch.zeros(3)), (torch.tensor([[1.0, -2.0, 3.0]]), torch.zeros(1))])
    starts, ends, colours, widths = lines(diagram)
    assert len(starts) == 9
    first = [n for n in range(9) if starts[n][0] == starts[:, 0].min()]
    found = {}
    rows_in = sorted({starts[n][1] for n in first}, reverse=True)
    rows_out = sorted({ends[n][1] for n in first}, reverse=True)
    for n in first:
        found[rows_out.index(ends[n][1]), rows_in.index(starts[n][1])] = (colours[n][:3], widths[n])
    for (row, column), (colour, _) in found.items():
        assert tuple(colour) == (NEGATIVE if weight[row, column] < 0 else POSITIVE)
    by_width = sorted(found, key=lambda place: found[place][1])
    assert by_width == sorted(found, key=lambda place: abs(weight[place].item()))
    assert found[2, 1][1] > 6 * found[1, 1][1]  # a weight of 2 against one of 0


def test_the_colours_are_those_of_below_and_above_zero_and_dark_enough_for_thin_lines():
    for colour in (NEGATIVE, POSITIVE):
        red, green, blue = colour
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.55  # luminance, of white: 1
    assert NEGATIVE[2] > NEGATIVE[0] and POSITIVE[0] > POSITIVE[2]


def test_a_crowded_layer_leaves_out_the_weights_below_half_of_its_largest():
    layers = layers_of(16, [16] * 6, 10)
    diagram, _ = drawn(layers)
    expected = sum(int((weight.abs() >= LEFT_OUT * weight.abs().max()).sum()) for weight, _ in layers)
    assert len(lines(diagram)[0]) == expected


def test_circles_are_filled_with_the_sign_of_their_bias_and_inputs_are_squares():
    diagram, _ = drawn([(torch.ones(3, 2), torch.tensor([-1.0, 0.0, 1.0]))])
    shapes = diagram.layer.shapes
    faces, corners = shapes.get_facecolor(), [len(path.vertices) for path in shapes.get_paths()]
    assert corners[:2] == [5, 5] and min(corners[2:]) > 12
    below, zero, above = (matplotlib.colors.to_rgb(face) for face in faces[2:])
    assert below[2] > below[0] and min(zero) > 0.99 and above[0] > above[2]


@pytest.mark.parametrize(
    "sizes", [(1, [], 1), (1, [1], 1), (16, [16] * 6, 10), (16, [], 10), (64, [32, 16], 10), (300, [100], 2)]
)
def test_texts_do_not_overlap_and_everything_stays_inside(sizes):
    diagram, _ = drawn(layers_of(*sizes))
    texts = [text for text in diagram.layer.texts if text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 8
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        where = texts[number].get_text()
        assert min(box.x0, box.y0) >= 0 and box.x1 <= WIDTH and box.y1 <= HEIGHT, where
        for other in range(number):
            assert not box.overlaps(boxes[other]), (where, texts[other].get_text())
    corners = np.concatenate([path.vertices for path in diagram.layer.shapes.get_paths()])
    assert corners.min() >= 0 and corners[:, 0].max() <= WIDTH
    assert corners[:, 1].min() >= diagram.BELOW - 8 and corners[:, 1].max() <= HEIGHT - diagram.ABOVE + 8


@pytest.mark.parametrize("sizes", [(2, [8, 8], 3), (16, [16] * 6, 10)])
def test_neurons_of_a_column_do_not_touch(sizes):
    diagram, _ = drawn(layers_of(*sizes))
    middles = np.array([path.vertices[:-1].mean(0) for path in diagram.layer.shapes.get_paths()])
    for column in np.unique(middles[:, 0].round(1)):
        heights = np.sort(middles[middles[:, 0].round(1) == column, 1])
        assert (np.diff(heights) > 11).all()


def test_of_a_wide_layer_the_first_and_the_last_neurons_are_drawn_and_the_gap_is_marked():
    weight = torch.zeros(1, 40)
    weight[0, 0], weight[0, 39], weight[0, 20] = 1.0, -1.0, 5.0
    diagram, _ = drawn([(weight, torch.zeros(1))])
    starts, _, colours, widths = lines(diagram)
    assert len(starts) == MOST_DRAWN
    strong = {tuple(colours[n][:3]): starts[n][1] for n in range(MOST_DRAWN) if widths[n] > 0.5}
    assert strong == {POSITIVE: starts[:, 1].max(), NEGATIVE: starts[:, 1].min()}
    assert "⋮" in words_of(diagram)


def test_shapes_and_parameters_stand_below_each_gap():
    diagram, _ = drawn(layers_of(2, [8], 3))
    words = words_of(diagram)
    assert "(8, 2)\n(8,)\n24" in words and "(3, 8)\n(3,)\n27" in words
    assert {"input\n2", "hidden 1\n8", "output\n3"} <= set(words)


def test_other_words_stand_in_their_places_and_layers_that_are_not_registered_are_grey():
    diagram, canvas = drawn(layers_of(2, [3], 1))
    heads, feet = ["a", "b", "c"], [("first", "#333333"), ("second", "#B34700")]
    diagram.update(layers_of(2, [3], 1), heads, feet, unregistered=[1])
    assert words_of(diagram) == [*heads, "first", "second"]
    starts, _, colours, _ = lines(diagram)
    grey = (np.abs(colours[:, :3] - colours[:, :1]) < 1e-9).all(1)
    assert (grey == (starts[:, 0] > starts[:, 0].min())).all() and grey.sum() == 3
    canvas.draw()


def test_weights_of_zero_and_nan_are_drawn_without_an_error():
    drawn([(torch.zeros(3, 2), torch.zeros(3))])
    drawn([(torch.full((3, 2), torch.nan), torch.zeros(3))])
