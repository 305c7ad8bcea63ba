"""Every call that docs/teaching.md names works in the lesson that it stands under."""

import importlib
import re
from itertools import pairwise

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.live.explorer import Explorer
from tools.lesson import ROOT, lessons

PAGE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
MODULES = {
    "playground": "playground",
    "01": "neurons",
    "02": "building_blocks",
    "03": "model_class",
    "04": "forward_pass",
    "05": "backpropagation",
    "06": "activations",
    "07": "losses",
    "08": "optimizers",
    "09": "putting_it_together",
    "10": "conclusion",
}
LESSONS = {lesson.number: lesson for lesson in lessons()}
SECTIONS = dict(re.findall(r"^### (\d\d) · .*?\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE))
PLAYGROUND = re.search(r"^## The playground on the wall\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE)[1]
CALLS = [
    (number, call)
    for number, section in [("playground", PLAYGROUND), *SECTIONS.items()]
    for call in re.findall(r"`(explore_\w+\([^`]*\))`", section)
]


def test_every_lesson_has_misconceptions():
    assert list(SECTIONS) == list(LESSONS)
    assert all(section.count("\n| ") >= 4 for section in SECTIONS.values())


@pytest.mark.parametrize("number, call", CALLS, ids=[f"{number}-{call[:60]}" for number, call in CALLS])
def test_the_call_works(number, call, short_runs):
    names = dict(vars(importlib.import_module(f"mlp_tutorial.lessons.{MODULES[number]}")))
    names |= {"nn": nn, "pairwise": pairwise, "torch": torch, "NeuralNetworkModel": NeuralNetworkModel}
    if "PlainList" in call:  # the lesson's own class
        exec(next(code for code in LESSONS[number].code() if code.startswith("class PlainList")), names)
    explorer = eval(call, names)
    assert isinstance(explorer, Explorer) and len(explorer.sentence().split()) >= 5
