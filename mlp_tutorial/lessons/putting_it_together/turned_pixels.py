"""Digits with some pixels turned over, and how few of them flip an answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from operator import index

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.putting_it_together.digit_pictures import MOST_INK, SIDE
from mlp_tutorial.lessons.shared.values import shown
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.utils.errors import is_number


def pixel_numbers(places: Sequence[Sequence[int]]) -> list[int]:
    """Return the numbers, 0 to 63, of pixels given as (row, column), both from 0 to 7."""
    try:
        pairs = [(_whole(row), _whole(column)) for row, column in places]
    except (TypeError, ValueError, OverflowError):  # no pairs, or no whole numbers
        pairs = [(SIDE, SIDE)]
    if not all(0 <= number < SIDE for pair in pairs for number in pair):
        raise ValueError(
            f"Give the pixels as a list of pairs (row, column), each number from 0 to {SIDE - 1}. Given: {shown(places)}"
        )
    if len(set(pairs)) < len(pairs):
        raise ValueError(f"Give each pixel once: turned over twice, it is as it was. Given: {shown(places)}")
    return [SIDE * row + column for row, column in pairs]


def _whole(number: object) -> int:
    return int(number) if is_number(number) and number == int(number) else index(number)


def turned_over(pixels: torch.Tensor, numbers: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return copies of one digit, shape (64,), a row for each list of pixels: there ink becomes paper, and paper ink."""
    other = torch.where(pixels >= MOST_INK / 2, 0.0, float(MOST_INK))
    where = torch.tensor(numbers, dtype=torch.long).reshape(len(numbers), -1)
    return pixels.repeat(len(numbers), 1).scatter(1, where, other[where])  # (lists, 64)


def right_rows(model: nn.Module, digits: Dataset) -> list[int]:
    """Return for each class the first validation row that is answered right."""
    right = predict(model, digits.X_validation) == digits.y_validation
    return [int((right & (digits.y_validation == digit)).nonzero()[0]) for digit in range(digits.output_size)]


def fewest_that_flip(model: nn.Module, digits: Dataset, pixels: torch.Tensor, among: Sequence[int], most: int) -> int:
    """Return how few of some pixels flip the answer to a digit when they are turned over, trying all; at the most `most`."""
    answer = predict(model, digits.standardise(pixels[None]))
    for count in range(1, most):
        copies = turned_over(pixels, list(combinations(among, count)))
        if (predict(model, digits.standardise(copies)) != answer).any():
            return count
    return most
