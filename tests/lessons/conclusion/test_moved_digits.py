"""Moved digits: the sheets move, the definitions do what they say, and the numbers drawn are those of the networks."""

import torch
from torch import nn

from mlp_tutorial.lessons.conclusion.moved_digits import convolution, on_sheet, plot_moved, trained_networks


def test_ink_moves_on_its_sheet_and_none_is_lost():
    picture = torch.arange(64.0).reshape(1, 8, 8)
    for right in (-2, 0, 1):
        for down in (-1, 0, 2):
            sheet = on_sheet(picture, right, down)
            assert sheet.shape == (1, 12, 12) and sheet.sum() == picture.sum()
            assert torch.equal(sheet[:, 2 + down : 10 + down, 2 + right : 10 + right], picture)


def test_a_convolution_answers_the_same_wherever_the_digit_stands():
    torch.manual_seed(0)
    network, pictures = convolution(), torch.rand(5, 1, 8, 8)
    with torch.no_grad():
        answers = [network(on_sheet(pictures, right, down)) for right in range(-2, 3) for down in range(-2, 3)]
    for answer in answers[1:]:
        torch.testing.assert_close(answer, answers[0])


def test_what_a_learner_does_to_the_networks_does_not_stay():
    networks = trained_networks()
    before = networks["convolution"][0].bias.clone()
    with torch.no_grad():
        networks["convolution"][0].bias.zero_()
    assert torch.equal(trained_networks()["convolution"][0].bias, before)


def test_the_numbers_drawn_are_those_of_right_answers():
    pictures = torch.zeros(3, 1, 8, 8)
    pictures[0, 0, :, 0] = pictures[1, 0, :, 4] = pictures[2, 0, :, 7] = 1  # a stroke, in three places
    anywhere = nn.Sequential(nn.MaxPool2d(12), nn.Flatten(), nn.Linear(1, 2))
    here = nn.Sequential(nn.Flatten(), nn.Linear(144, 2))
    with torch.no_grad():
        for model in (anywhere, here):
            model[-1].weight.zero_()
            model[-1].bias.copy_(torch.tensor([0.5, 0.0]))
        anywhere[-1].weight[1] = 1
        here[-1].weight[1, 6::12] = 1  # it looks at column 4 of the middle alone
    y = torch.tensor([1, 1, 1])
    *images, axes = plot_moved({"anywhere": anywhere, "here": here}, pictures, y).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[3, 3, 3, 3, 3], [0, 0, 1, 0, 0]]
    assert [text.get_text() for text in axes.texts] == [*"33333", *"00100"]
    assert [image.images[0].get_array()[2].argmax() for image in images] == [0, 1, 2, 3, 4]
