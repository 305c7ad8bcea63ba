"""Moved digits: the pictures move, and the numbers drawn are those of the networks."""

import torch
from torch import nn

from mlp_tutorial.lessons.conclusion.moved_digits import moved, plot_moved


def test_ink_moves_sideways_and_what_leaves_the_picture_is_lost():
    picture = torch.tensor([[[[1.0, 2, 3], [4, 5, 6]]]])
    assert moved(picture, 1).tolist() == [[[[0, 1, 2], [0, 4, 5]]]]
    assert moved(picture, -2).tolist() == [[[[3, 0, 0], [6, 0, 0]]]]
    assert torch.equal(moved(picture, 0), picture)


def test_the_numbers_drawn_are_those_of_right_answers():
    pictures = torch.zeros(3, 1, 8, 8)
    pictures[0, 0, :, 0] = pictures[1, 0, :, 4] = pictures[2, 0, :, 7] = 1  # a stroke, in three places
    anywhere = nn.Sequential(nn.MaxPool2d(8), nn.Flatten(), nn.Linear(1, 2))
    here = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with torch.no_grad():
        for model in (anywhere, here):
            model[-1].weight.zero_()
            model[-1].bias.copy_(torch.tensor([0.5, 0.0]))
        anywhere[-1].weight[1] = 1
        here[-1].weight[1, 4::8] = 1  # it looks at column 4 alone
    y = torch.tensor([1, 1, 1])
    *images, axes = plot_moved({"anywhere": anywhere, "here": here}, pictures, y).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[2, 2, 3, 2, 2], [0, 0, 1, 0, 0]]
    assert [text.get_text() for text in axes.texts] == [*"22322", *"00100"]
    assert [image.images[0].get_array()[0].argmax() for image in images] == [0, 0, 0, 1, 2]
