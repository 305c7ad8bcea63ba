"""Play, pause, step and reset: one machine for every explorer whose picture is a run that goes on in time."""

from __future__ import annotations

import math

from .explorer import Explorer


class Playback(Explorer):
    """Base of the explorers that play: every event only writes down what is wanted, and `work` makes it so.

    What is wanted is `target`, the unit (an epoch, a step) to go on to, and `restart`, whether to begin anew. Whichever
    event comes last, none of the earlier ones is lost. A subclass defines `work`, `done` and `end`, calls `go` after its
    own events, and sets `restart` back when it has begun.
    """

    play_word = "play"  # on the button
    target, restart = 0, True
    message = ""  # said below the picture until the next event
    _playing = _stepping = False

    def done(self) -> int:
        """Return how many units the run shown has gone."""
        raise NotImplementedError

    def end(self) -> int:
        """Return where a run ends."""
        raise NotImplementedError

    def stopped(self) -> bool:
        """Return whether the run has ended by itself, so that it cannot go on."""
        return False

    def pace(self) -> float:
        """Return how many units a second are played; infinite for as many as can be."""
        return math.inf

    def go(self, message: str = "") -> None:
        """Let `work` do what is wanted now."""
        self.message = message
        pace = self.pace() if self._playing else math.inf
        self.runner.start(self.work, pace=None if math.isinf(pace) else pace)

    def go_to(self, target: int, *, restart: bool = False) -> None:
        """Go on to a unit as fast as can be, from the start if that is asked for."""
        self.restart |= restart
        self.target, self._playing, self._stepping = target, False, False
        self.go()

    def on_play(self) -> None:
        """Pause a run under way; go on with a paused one; start a complete one again."""
        self._stepping = False
        if self.runner.running:
            self.target = 0 if self.restart else self.done()
        else:
            self.restart |= self.done() >= self.end() or self.stopped()
            self.target, self._playing = self.end(), True
        self.go()

    def on_step(self) -> None:
        """Go one unit further."""
        if self.runner.running and not self._stepping:
            self.target = 0 if self.restart else self.done()  # a run under way ends here
        elif not self.restart:
            self.target = max(self.target, self.done())  # where the last unit was finished before it paused
        self.target += 1  # and each of several quick clicks counts
        self._playing, self._stepping = False, True
        self.go()

    def on_reset(self) -> None:
        """Go back to the start."""
        self.go_to(0, restart=True)

    def _paint(self, finished: bool, lasting: bool) -> None:
        self.buttons[self.play_word].description = "pause" if self.runner.running else self.play_word
        super()._paint(finished, lasting)

    def _show_error(self, error: Exception) -> None:
        self.buttons[self.play_word].description = self.play_word  # nothing runs any longer
        super()._show_error(error)

    def _out_of_time(self) -> str:
        return f"Paused, so that the sliders stay within reach: press {self.play_word} to go on."
