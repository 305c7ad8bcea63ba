"""The smallest explorer that plays: play, pause, step and reset, and no click is lost."""

import asyncio
import math
import sys
import time
import types

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.playback import Playback
from tests.lesson_helpers import settled


class Counter(Playback):
    """The smallest explorer that plays: it counts, and draws how far it has come."""

    def __init__(self, length, *, seconds=0.0, stops_at=math.inf, pace=math.inf):
        canvas = Canvas(200, 100)
        (self.line,) = canvas.figure.subplots().plot([0, 0], [0, 1])
        canvas.set_moving([self.line])
        super().__init__(canvas, {}, top=(), buttons=("play", "step", "reset"))
        self.length, self.seconds, self.stops_at, self.units_a_second = length, seconds, stops_at, pace
        self.count, self.num_starts, self.target = 0, 0, length

    def done(self):
        return self.count

    def end(self):
        return self.length

    def stopped(self):
        return self.count >= self.stops_at

    def pace(self):
        return self.units_a_second

    def work(self):
        if self.restart:
            self.count, self.restart = 0, False
            self.num_starts += 1
        while self.count < self.target and not self.stopped():
            time.sleep(self.seconds)
            self.count += 1
            yield True

    def draw(self):
        self.line.set_xdata([self.count, self.count])
        return False

    def status(self):
        return [f"{self.count} of {self.length}"], self.message

    def sentence(self):
        return f"Counted to {self.count}."


def test_the_first_picture_is_that_of_a_complete_run_and_play_starts_another():
    explorer = Counter(5).shown()
    assert explorer.status_line.text == "5 of 5" and explorer.num_starts == 1
    explorer.buttons["play"].click()
    assert explorer.count == 5 and explorer.num_starts == 2


def test_reset_goes_to_the_start_each_step_one_further_and_play_to_the_end():
    explorer = Counter(5).shown()
    explorer.buttons["reset"].click()
    assert explorer.status_line.text == "0 of 5" and explorer.num_starts == 2
    for count in (1, 2, 3):
        explorer.buttons["step"].click()
        assert explorer.count == count
    explorer.buttons["play"].click()
    explorer.buttons["step"].click()  # beyond the end
    assert explorer.count == 6 and explorer.num_starts == 2


def test_a_run_that_stopped_by_itself_starts_anew():
    explorer = Counter(10, stops_at=4).shown()
    assert explorer.count == 4
    explorer.buttons["play"].click()
    assert explorer.count == 4 and explorer.num_starts == 2


def test_play_pause_and_quick_steps_on_a_running_loop():
    async def scenario():
        explorer = Counter(3).shown()
        explorer.length, explorer.seconds = 10_000, 0.001
        play, step, reset = explorer.buttons.values()
        play.click()
        await asyncio.sleep(0.2)
        assert explorer.runner.running and play.description == "pause"
        play.click()
        await settled(explorer)
        paused_at = explorer.count
        assert 3 < paused_at < 10_000 and play.description == "play"
        step.click()
        step.click()
        await settled(explorer)
        assert explorer.count == paused_at + 2
        play.click()
        await asyncio.sleep(0.2)
        step.click()  # ends the run
        await settled(explorer)
        assert paused_at + 2 < explorer.count < 10_000 and play.description == "play"
        assert explorer.num_starts == 1
        play.click()
        reset.click()
        await settled(explorer)
        assert explorer.count == 0 and explorer.num_starts == 2

    asyncio.run(scenario())


def test_only_play_keeps_the_pace():
    async def scenario():
        explorer = Counter(3, pace=10.0).shown()
        explorer.length = 1000
        explorer.buttons["play"].click()
        await asyncio.sleep(0.4)
        assert explorer.runner.running and 3 < explorer.count < 100
        explorer.go_to(500)
        await settled(explorer)
        assert explorer.count == 500

    asyncio.run(scenario())


def test_what_is_said_stays_until_the_next_event():
    explorer = Counter(2).shown()
    explorer.go("Counted before.")
    assert explorer.status_line.note == "Counted before."
    explorer.buttons["step"].click()
    assert explorer.status_line.note == ""


def test_a_run_out_of_time_says_how_to_go_on(monkeypatch):
    explorer = Counter(2).shown()
    explorer.length, explorer.seconds = 10_000, 0.001
    monkeypatch.setattr("mlp_tutorial.live.runner.COLAB_TIME_LIMIT", 0.05)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    explorer.buttons["play"].click()
    assert 2 < explorer.count < 10_000
    assert explorer.status_line.note == "Paused, so that the sliders stay within reach: press play to go on."
