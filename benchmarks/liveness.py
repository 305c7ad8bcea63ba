"""The live trainer in JupyterLab in Chromium: how soon and how smoothly the picture follows the hand."""

from __future__ import annotations

import random
import statistics
from functools import partial

from mlp_tutorial.lessons.shared.trainer import explore_training
from tools.notebook_page import Notebook

from .page import FORGET, in_the_browser, watched
from .table import Row, at_least, at_most, percentile
from .timing import ratio_of_pairs, seconds

NUM_MOVES, NUM_RANDOM_MOVES, NUM_SUPERSEDED = 40, 1000, 20
SECONDS_OF_TRAINING = 4.0
#: Learning rates with which every run goes on to its last epoch, as positions of the slider.
POSITIONS = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]

IMPORTS = """\
import asyncio, gc, threading, time
import ipywidgets
from matplotlib.figure import Figure
from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.shared.trainer import explore_training

circles = load_dataset("circles", num_points=416)  # 250 of them to train on
long_run = dict(dataset=circles, hidden_sizes=[4, 2], batch_size=10, num_epochs=10)
moved, stopped = [], []


def growing():
    figures = sum(isinstance(item, Figure) for item in gc.get_objects())
    return figures, threading.active_count(), len(asyncio.all_tasks()), len(ipywidgets.Widget.widgets)


def watch(explorer):
    # When a slider was moved, and when the run under way then let go.
    def work(own=explorer.work):
        try:
            yield from own()
        finally:
            stopped.append(time.perf_counter())

    explorer.work = work
    explorer.controls["learning_rate"].observe(lambda _: moved.append(time.perf_counter()), names="value")
"""
SHORT_ALONE = "explorer = explore_training(hidden_sizes=[4, 2], regions=False)\nexplorer"
SHORT_REGIONS = "explorer = explore_training(hidden_sizes=[4, 2])\nexplorer"
LONGER = "explorer.controls['num_epochs'].max = 10_000  # no run shall end while it is measured\n"
LONG_ALONE = f"explorer = explore_training(**long_run, regions=False)\n{LONGER}explorer"
LONG_REGIONS = f"explorer = explore_training(**long_run)\n{LONGER}explorer"
NOTEBOOK = [IMPORTS, SHORT_ALONE, SHORT_REGIONS, LONG_ALONE, LONG_REGIONS]


def pictures() -> list[Row]:
    """Measure how soon a moved slider is answered."""
    return in_the_browser(NOTEBOOK, _first_and_last_pictures, _superseded_runs)


def running() -> list[Row]:
    """Measure what the page gets while a network trains."""
    return in_the_browser(NOTEBOOK, _long_runs)


def endurance() -> list[Row]:
    """Measure what many epochs and many moves do."""
    return [_long_history(), *in_the_browser(NOTEBOOK, _random_moves)]


def _first_and_last_pictures(notebook: Notebook) -> list[Row]:
    """Move a slider that is at rest: when does the first new picture come, when the last one, the one that stays?"""
    found = []
    for name, cell, target in (("loss alone", SHORT_ALONE, 60), ("with regions", SHORT_REGIONS, 65)):
        explorer = watched(notebook, cell)
        first, last, moves = [], [], random.Random(0)
        position = 0.6
        for _ in range(NUM_MOVES + 2):
            position = moves.choice([other for other in POSITIONS if other != position])
            explorer.grab("learning rate")
            explorer.page.evaluate(FORGET)
            explorer.drag_on("learning rate", position)
            explorer.page.mouse.up()
            explorer.page.wait_for_timeout(300)
            explorer.settle()
            marks = explorer.page.evaluate("marks")
            first.append(min(t for t in marks["repaints"] if t > marks["moves"][0]) - marks["moves"][0])
            # After a rest the same comes once more, twice as fine.
            last.append(marks["repaints"][-2] - marks["releases"][0])
        first, last = first[2:], last[2:]  # the first two warm up
        median = f"p50 {percentile(first, 50):.0f} ms"
        found.append(
            at_most(
                f"slider moved → first changed picture, p95, {name}", percentile(first, 95), target, "ms", 0, median
            )
        )
        found.append(
            at_most(
                f"slider released → finished 300-step curve, median, {name}",
                statistics.median(last),
                250,
                "ms",
                0,
                f"p95 {percentile(last, 95):.0f} ms",
            )
        )
    return found


def _superseded_runs(notebook: Notebook) -> list[Row]:
    """Move the slider again and again while a long run is under way."""
    explorer = watched(notebook, LONG_REGIONS)
    explorer.press("epochs", "End")
    notebook.evaluate("watch(explorer)")
    explorer.press("learning rate", "ArrowLeft")  # the first run that is watched
    for number in range(NUM_SUPERSEDED):
        explorer.page.wait_for_timeout(150)
        explorer.press("learning rate", "ArrowRight" if number % 2 else "ArrowLeft")
    explorer.page.wait_for_timeout(300)
    moved, stopped = notebook.evaluate("moved, stopped")
    explorer.click("reset")
    explorer.settle()
    taken = [1000 * (end - max(begin for begin in moved if begin < end)) for end in stopped]
    median = f"p50 {percentile(taken, 50):.0f} ms"
    return [at_most("a superseded run stops, p95", percentile(taken, 95), 40, "ms", 0, median)]


def _long_runs(notebook: Notebook) -> list[Row]:
    """Let a long run go on: frames, traffic, steps, and the share of drawing."""
    frames, shares, traffic, speeds = {}, {}, {}, {}
    look = (
        "explorer.history.num_steps, time.perf_counter(), "
        "explorer.runner.drawing_seconds, explorer.runner.working_seconds"
    )
    for name, cell in (("loss alone", LONG_ALONE), ("with regions", LONG_REGIONS)):
        explorer = watched(notebook, cell)
        explorer.press("epochs", "End")
        explorer.button("pause").wait_for()
        before, received = notebook.evaluate(look), notebook.bytes_received
        explorer.page.evaluate(FORGET)
        explorer.page.wait_for_timeout(1000 * SECONDS_OF_TRAINING)
        repaints, received = len(explorer.page.evaluate("marks.repaints")), notebook.bytes_received - received
        after = notebook.evaluate(look)
        if not explorer.button("pause").count():
            raise RuntimeError("The run ended before the measurement: let it train for more epochs.")
        steps, duration, drawing, working = (end - begin for begin, end in zip(before, after, strict=True))
        frames[name], traffic[name] = repaints / duration, received / 1e6 / duration
        shares[name], speeds[name] = 100 * drawing / (drawing + working), steps / duration
        explorer.click("reset")
        explorer.settle()
    alone, regions = "loss alone", "with regions"
    return [
        at_least(f"frames while training, {alone}", frames[alone], 24, "per second"),
        at_least(f"frames while training, {regions}", frames[regions], 15, "per second"),
        at_most(
            f"share of the time spent drawing, {alone}", shares[alone], 20, "%", 0, f"{shares[regions]:.0f} % {regions}"
        ),
        at_most("traffic while training", max(traffic.values()), 0.25, "MB/s", 3, "the greater of both"),
        at_least(
            f"steps with the display on ([4, 2], 250 points, batch 10, SGD), {alone}", speeds[alone], 6000, "per second"
        ),
        at_least(f"the same, {regions}", speeds[regions], 6000, "per second"),
    ]


def _long_history() -> Row:
    """Draw frames of a short and of a long run in turns. No event loop runs here, so the call trains to the end."""
    short, long = (explore_training(hidden_sizes=[4, 2], num_epochs=n, regions=False) for n in (100, 10_000))
    frame = lambda explorer: explorer.canvas.paint(background_changed=explorer.draw())  # noqa: E731
    ratio, took = ratio_of_pairs(partial(seconds, partial(frame, long)), partial(seconds, partial(frame, short)), 60)
    return at_most("time of a frame after 10,000 epochs against 100", ratio, 1.2, "×", 2, f"{1000 * took:.1f} ms")


def _random_moves(notebook: Notebook) -> list[Row]:
    """Move three sliders at random, as fast as the page takes it; then look for what was lost or left behind."""
    explorer = watched(notebook, SHORT_REGIONS)
    explorer.press("learning rate", "ArrowLeft")
    explorer.settle()
    before = notebook.evaluate("(gc.collect(), growing())[1]")
    explorer.page.evaluate(FORGET)
    moves = random.Random(0)
    for _ in range(NUM_RANDOM_MOVES // 10):
        explorer.handle(moves.choice(["hidden layers", "width", "learning rate"])).focus()
        for _ in range(10):
            explorer.page.keyboard.press(moves.choice(["ArrowLeft", "ArrowRight", "PageUp", "PageDown"]))
    explorer.settle()
    after = notebook.evaluate("(gc.collect(), growing())[1]")
    places = set(explorer.page.evaluate("marks.places"))
    layers, rate = notebook.evaluate("len(explorer.experiment.hidden_sizes), explorer.experiment.learning_rate")
    problems = list(notebook.errors())
    if "cannot work" in explorer.status():
        problems.append(explorer.note())
    if (str(layers), f"{rate:.3g}") != (
        explorer.readout("hidden layers"),
        f"{float(explorer.readout('learning rate')):.3g}",
    ):
        problems.append("the last value was lost")
    names = ("figures", "threads", "tasks", "widgets")
    problems += [f"{b - a} more {name}" for name, a, b in zip(names, before, after, strict=True) if b > a]
    if len(places) > 1:
        problems.append(f"the picture jumped: {places}")
    measured = "; ".join(problems) or "none of these"
    target = "no error, lost value, growth or jump"
    return [Row(f"{NUM_RANDOM_MOVES:,} random slider moves", measured, target, not problems)]
