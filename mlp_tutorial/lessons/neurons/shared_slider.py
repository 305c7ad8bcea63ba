"""A slider that the learner's hand and gradient descent both move: whose move each of its events is."""

from __future__ import annotations

import math
import time
from collections import deque

import ipywidgets as widgets

from mlp_tutorial.live.controls import value_of

#: Seconds within which a browser sends back, rounded, where the explorer has put a slider.
ECHO = 0.5


class SharedSlider:
    """The slider of a number; made before the explorer listens to it."""

    def __init__(self, slider: widgets.FloatSlider) -> None:
        self._slider, self._range = slider, (slider.min, slider.max)
        self._place = slider.value  # where it stands, as far as the explorer knows
        self._sent: list[tuple[float, float]] = []  # when the explorer put it, and where
        self._old_ends: set[float] = set()  # of its range, before that grew
        self._arrived: deque[float] = deque()  # a value for each event to come
        slider.observe(lambda change: self._arrived.append(value_of(change["owner"])), "value")

    def moved_by_hand(self) -> float | None:
        """Return where a hand moved the slider in this event; None for what a browser sends back of the explorer's moves."""
        value, now = self._arrived.popleft(), time.monotonic()
        if abs(value - self._place) < 1e-6:
            return None
        self._sent = [(when, place) for when, place in self._sent if now - when < ECHO]
        if value in self._old_ends:  # a busy browser sends it back late, and a hand hardly stops just there
            return None
        for number, (_, place) in enumerate(self._sent):
            if abs(value - place) < 1e-6:
                del self._sent[: number + 1]  # they come in order, and each once: what comes here again is a hand
                return None
        self._place = value
        return value

    def follow(self, value: float) -> None:
        """Put the slider where its number is, in one message to the browser; its range grows as far as it must."""
        if self._arrived:
            return  # moved by a hand, perhaps
        step = self._slider.step
        if math.isfinite(value) and abs(value - self._place) > 0.501 * step:
            self._place = round(round(value / step) * step, 2)
        if abs(self._slider.value - self._place) > 1e-6:
            # Where the range grows, a browser first sends back the place nearest to it in the range before.
            nearest = min(max(self._place, self._slider.min), self._slider.max)
            self._old_ends = {*self._old_ends, nearest} if nearest != self._place else self._old_ends
            self._sent.append((time.monotonic(), self._place))
            with self._slider.hold_sync(), self._slider.hold_trait_notifications():
                self._slider.min = min(self._range[0], math.floor(self._place))
                self._slider.max = max(self._range[1], math.ceil(self._place))
                self._slider.value = self._place
            if (self._slider.min, self._slider.max) == self._range:
                # Now they are its ends again, where a hand may go.
                self._sent += [(time.monotonic(), end) for end in self._old_ends]
                self._old_ends = set()
