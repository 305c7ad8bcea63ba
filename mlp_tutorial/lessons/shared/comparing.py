"""How the checks compare values of a learner's with the right ones.

What differs is raised as `NotYet`, with its cause where that is certain, and with arguments small enough to compute with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from numbers import Real

import numpy as np
import torch

from mlp_tutorial.lessons.shared.checks import part
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.values import in_words, kind, shown, two_numbers, where_they_differ_most


def compare(
    name: str,
    answer: object,
    expected: object,
    *,
    tolerance: float = 1e-5,
    causes: dict[object, str] | Iterable[tuple[object, str]] = (),
    on: Mapping[str, object] | None = None,
    reshaped: bool = True,
) -> None:
    """Compare a tensor or number with the expected one: kind, then shape, then values; raise `NotYet` with what differs.

    `causes` are known wrong answers, computed on the spot, each with what leads to it. `tolerance` is absolute and relative.
    `on` are the arguments, by name, that led to the answer: shown where they are short. `reshaped` is False where other
    answers of the same function show that it has not only the shape wrong.
    """
    answer = as_tensor(name, answer, expected)
    expected = torch.as_tensor(expected).detach()
    causes = list(causes.items() if isinstance(causes, dict) else causes)
    likely = [cause for wrong, cause in causes if close(answer, torch.as_tensor(wrong).detach(), tolerance)]
    if not likely and answer.dtype in (torch.float16, torch.bfloat16) and close(answer, expected, 1e-2):
        likely = [f"{answer.dtype} keeps two or three digits; leave out what made it of float32"]
    because = f" The likely cause: {likely[0]}." if likely else ""
    if on and (inputs := in_words(on)):
        because += f" Here {inputs}."
    if answer.shape != expected.shape:
        if (
            reshaped
            and not likely
            and answer.numel() == expected.numel()
            and close(answer.reshape(expected.shape), expected, tolerance)
        ):
            because = f" The numbers are right, and only their shape is another.{because}"
        raise NotYet(f"{name}: expected shape {tuple(expected.shape)}, got shape {tuple(answer.shape)}.{because}")
    if close(answer, expected, tolerance):
        return
    if expected.numel() == 1:
        raise NotYet("{}: expected {}, got {}.{}".format(name, *two_numbers(expected.item(), answer.item()), because))
    place = where_they_differ_most(answer, expected)
    wanted, got = two_numbers(expected[place].item(), answer[place].item())
    raise NotYet(f"{name}: right shape, wrong values: at {list(place)} expected {wanted}, got {got}.{because}")


def as_tensor(name: str, answer: object, expected: object) -> torch.Tensor:
    """Return an answer's numbers, of whatever library they are; raise `NotYet` where it holds none."""
    if isinstance(answer, (np.generic, np.ndarray)) and answer.dtype.kind in "biuf":
        answer = torch.from_numpy(np.array(answer))
    if not isinstance(answer, (torch.Tensor, Real)):
        wanted = "a tensor" if isinstance(expected, torch.Tensor) else "a number"
        made = " (torch.stack and torch.tensor make a tensor of one)" if isinstance(answer, list) else ""
        raise NotYet(f"{name}: expected {wanted}, got {kind(answer)}{made if wanted == 'a tensor' else ''}.")
    tensor = torch.as_tensor(answer if isinstance(answer, (torch.Tensor, int)) else float(answer)).detach().to_dense()
    if tensor.is_complex():
        raise NotYet(f"{name}: expected real numbers, got complex ones.")
    return tensor


def as_parts(answer: object, names: Sequence[str], nouns: str = "tensors") -> list[object]:
    """Return the parts of an answer that consists of several, in a tuple or a list; raise `NotYet` where it does not."""
    if isinstance(answer, (tuple, list)) and len(answer) == len(names):
        return list(answer)
    count = {2: "two", 3: "three"}[len(names)]
    if answer is None:
        came = "The function returns None: it ends without return"
    else:
        length = f" of {len(answer)}" if isinstance(answer, (tuple, list)) else ""
        came = f"The function returned {kind(answer)}{length}"
    raise NotYet(f"Return {count} {nouns}, in this order: return {', '.join(names)}. {came}.")


def compare_choices(
    answers: object, right: Mapping[str, str], choices: Collection[str], look_again: Mapping[str, str]
) -> None:
    """Compare answers chosen from a list, one a letter, each a `part`; say for the first wrong one what to look at."""
    if not isinstance(answers, Mapping) or set(answers) != set(right):
        *most, last = (f'"{letter}"' for letter in right)
        raise NotYet(f"Give a dictionary with the keys {', '.join(most)} and {last}.")
    count = f"{sum(answers[letter] == right[letter] for letter in right)} of {len(right)}"
    for letter in right:
        if not isinstance(answers[letter], str) or answers[letter] not in choices:
            raise NotYet(f"{letter}: {shown(answers[letter])} is none of those to choose from: {', '.join(choices)}.")
    for letter in right:
        with part():
            if answers[letter] != right[letter]:
                raise NotYet(f"{count} are right. Look again at {letter}: {look_again[letter]}")


def close(answer: torch.Tensor, expected: torch.Tensor, tolerance: float) -> bool:
    values = answer.double(), expected.double()
    return answer.shape == expected.shape and torch.allclose(*values, rtol=tolerance, atol=tolerance, equal_nan=True)
