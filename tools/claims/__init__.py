"""Recompute the numbers that the lessons state, and see whether the lessons still state them.

    python -m tools.claims              every claim
    python -m tools.claims 06 08        those of some lessons
    python -m tools.claims --fast       those that the tests hold up as well

A claim names the lesson, a phrase that must stand in the lesson's text, and the value that a function must return.
`@claim` above the function lists it; where one function serves many claims, so does the call `claim(…)(function)`.
So a lesson cannot keep a sentence whose number has changed, nor lose a sentence whose number is still kept here.
"""

from tools.claims import (
    activations,
    backpropagation,
    building_blocks,
    conclusion,
    forward_pass,
    losses,
    model_class,
    neurons,
    optimizers,
    playground,
    putting_it_together,
)
from tools.claims.frame import CLAIMS, Claim, missing_phrase, problems, wrong_value

__all__ = ["CLAIMS", "Claim", "missing_phrase", "problems", "wrong_value"]
