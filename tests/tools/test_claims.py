"""The numbers that the lessons state are those that the package measures."""

import pytest

from tools.claims import CLAIMS, Claim, missing_phrase, problems, wrong_value
from tools.claims.__main__ import main


@pytest.mark.parametrize("found", CLAIMS, ids=lambda found: f"{found.lesson}-{found.phrase}")
def test_the_lesson_states_it(found):
    assert missing_phrase(found) == []


@pytest.mark.parametrize(
    "found", [found for found in CLAIMS if not found.slow], ids=lambda found: f"{found.lesson}-{found.phrase}"
)
def test_the_number_is_the_one_that_is_measured(found):
    assert wrong_value(found) == []


def made(phrase="The **error** is prediction minus target", expected=2.0, within=0.0, value=2.0):
    return Claim("07", phrase, expected, within, False, lambda: value)


def test_a_claim_holds_where_phrase_and_number_do():
    assert problems(made()) == []
    assert problems(made(within=0.1, value=2.1)) == []
    assert problems(made(expected=(2, 10), value=[2, 10])) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"phrase": "The error is a mystery"},
            "07_losses.ipynb no longer says: 'The error is a mystery'. If the sentence",
        ),
        ({"value": 2.1}, "expected 2.0, measured [2.1]"),
        ({"within": 0.1, "value": 2.3}, "expected 2.0, measured [2.3]"),
        ({"expected": (2, 10), "value": (2, 9)}, "expected (2, 10), measured [2, 9]"),
        ({"expected": (2, 10), "value": (2,)}, "measured [2]"),
        ({"value": float("nan")}, "measured [nan]"),
    ],
)
def test_what_does_not_hold_is_named(settings, sentence):
    (found,) = problems(made(**settings))
    assert sentence in found


def test_the_command_names_what_does_not_hold(monkeypatch, capsys):
    monkeypatch.setattr(
        "tools.claims.__main__.CLAIMS", [made(), made(value=3.0)._replace(lesson="08"), made()._replace(slow=True)]
    )
    assert main(["07", "--fast"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main([]) == 1
    assert "measured [3.0]" in capsys.readouterr().out
