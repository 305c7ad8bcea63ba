"""Liveness, in JupyterLab in Chromium: how soon and how smoothly the picture follows the hand."""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from mlp_tutorial.lessons.trainer import explore_training
from tools.browser import (
    HOW_TO_INSTALL,
    Explorer,
    Notebook,
    chromium,
    jupyter_lab,
    launched_browser,
    write_notebook,
)

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
from mlp_tutorial.lessons.descent_explorer import explore_descent
from mlp_tutorial.lessons.sweep_explorer import explore_sweep
from mlp_tutorial.lessons.trainer import explore_training

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
SWEEP = "explorer = explore_sweep()\nexplorer"
SURFACES = {
    "Rosenbrock, 6 optimizers": (
        "surface_race = explore_descent('rosenbrock', optimizers=['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam', "
        "'adamw'], learning_rate=0.001, num_steps=300)\nsurface_race"
    ),
    "a network's slice, 4 optimizers": (
        "slice_race = explore_descent('network', optimizers=['sgd', 'momentum', 'rmsprop', 'adam'], "
        "learning_rate=0.1, num_steps=300)\nslice_race"
    ),
}

WATCH = """root => {
    const image = root.querySelector('img.widget-image');
    const marks = window.marks = {moves: [], releases: [], repaints: [], places: []};
    for (const [event, list] of [['pointermove', marks.moves], ['pointerup', marks.releases]])
        window.addEventListener(event, () => list.push(performance.now()), true);
    new MutationObserver(() => {
        const place = root.getBoundingClientRect();
        marks.repaints.push(performance.now());
        marks.places.push([place.top, place.height].map(Math.round).join());
    }).observe(image, {attributes: true, attributeFilter: ['src']}); }"""
FORGET = "() => { for (const list of Object.values(marks)) list.length = 0; }"


def pictures() -> list[Row]:
    """Measure how soon a moved slider is answered."""
    return _in_the_browser(_first_and_last_pictures, _superseded_runs)


def running() -> list[Row]:
    """Measure what the page gets while a network trains."""
    return _in_the_browser(_long_runs)


def optimizers() -> list[Row]:
    """Measure how often the pictures of lesson 08 change while a hand moves a slider."""
    return _in_the_browser(_pictures_of_a_sweep, _pictures_of_surface_races)


def endurance() -> list[Row]:
    """Measure what many epochs and many moves do."""
    return [_long_history(), *_in_the_browser(_random_moves)]


def _in_the_browser(*measurements: Callable[[Notebook], list[Row]]) -> list[Row]:
    if chromium() is None:
        return [Row("liveness in a browser", f"not measured: {HOW_TO_INSTALL}")]
    with _notebook() as notebook:
        return [row for measurement in measurements for row in measurement(notebook)]


@contextmanager
def _notebook() -> Iterator[Notebook]:
    with tempfile.TemporaryDirectory() as folder:
        write_notebook(
            Path(folder) / "live.ipynb",
            *(IMPORTS, SHORT_ALONE, SHORT_REGIONS, LONG_ALONE, LONG_REGIONS, SWEEP, *SURFACES.values()),
        )
        with jupyter_lab(Path(folder)) as address, launched_browser() as browser:
            notebook = Notebook(browser, address, "live.ipynb")
            notebook.run_cell(0)
            yield notebook
            notebook.close()


def _watched(notebook: Notebook, cell: str) -> Explorer:
    notebook.run_cell(cell)
    explorer = notebook.explorer(cell)
    explorer.settle()
    explorer.root.evaluate(WATCH)
    return explorer


def _first_and_last_pictures(notebook: Notebook) -> list[Row]:
    """Move a slider that is at rest: when does the first new picture come, when the last one, the one that stays?"""
    found = []
    for name, cell, target in (("loss alone", SHORT_ALONE, 75), ("with regions", SHORT_REGIONS, 110)):
        explorer = _watched(notebook, cell)
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
            last.append(max(marks["repaints"]) - marks["releases"][0])
        first, last = first[2:], last[2:]  # the first two warm up
        median = f"p50 {percentile(first, 50):.0f} ms"
        found.append(
            at_most(
                f"slider moved → first changed picture, p95, {name}",
                percentile(first, 95),
                target,
                "ms",
                0,
                median,
            )
        )
        found.append(
            at_most(
                f"slider released → finished 300-step curve, median, {name}",
                statistics.median(last),
                300,
                "ms",
                0,
                f"p95 {percentile(last, 95):.0f} ms",
            )
        )
    return found


def _superseded_runs(notebook: Notebook) -> list[Row]:
    """Move the slider again and again while a long run is under way."""
    explorer = _watched(notebook, LONG_REGIONS)
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
    return [at_most("a superseded run stops, p95", percentile(taken, 95), 50, "ms", 0, median)]


def _long_runs(notebook: Notebook) -> list[Row]:
    """Let a long run go on: frames, traffic, steps, and the share of drawing."""
    frames, shares, traffic, speeds = {}, {}, {}, {}
    look = (
        "explorer.history.num_steps, time.perf_counter(), "
        "explorer.runner.drawing_seconds, explorer.runner.working_seconds"
    )
    for name, cell in (("loss alone", LONG_ALONE), ("with regions", LONG_REGIONS)):
        explorer = _watched(notebook, cell)
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
        at_least(f"frames while training, {alone}", frames[alone], 20, "per second"),
        at_least(f"frames while training, {regions}", frames[regions], 10, "per second"),
        at_most(
            f"share of the time spent drawing, {alone}",
            shares[alone],
            20,
            "%",
            0,
            f"{shares[regions]:.0f} % {regions}",
        ),
        at_most("traffic while training", max(traffic.values()), 0.25, "MB/s", 3, "the greater of both"),
        at_least(
            f"steps with the display on ([4, 2], 250 points, batch 10, SGD), {alone}",
            speeds[alone],
            2500,
            "per second",
        ),
        at_least(f"the same, {regions}", speeds[regions], 2500, "per second"),
    ]


def _pictures_of_a_sweep(notebook: Notebook) -> list[Row]:
    """Let 16 rates train from 5 seeds each, for long; then move the width, so that they train anew all the time."""
    explorer = _watched(notebook, SWEEP)
    explorer.press("epochs", "End")
    explorer.settle()  # the longer axis has been drawn
    explorer.page.evaluate(FORGET)
    explorer.press("width", "ArrowRight")
    explorer.button("pause").wait_for()
    explorer.button("play").wait_for()  # all epochs are done
    while_training = _rate_of(explorer.page.evaluate("marks.repaints"))
    moved = _pictures_under_the_hand(explorer, "width")
    what = "pictures of a sweep (16 rates × 5 seeds, [8, 8])"
    return [
        at_least(f"{what} while it trains", while_training, 5, "per second"),
        at_least(f"{what} while the width moves", moved, 5, "per second"),
    ]


def _pictures_of_surface_races(notebook: Notebook) -> list[Row]:
    """Move the learning rate of races on surfaces."""
    rows = []
    for name, cell in SURFACES.items():
        moved = _pictures_under_the_hand(_watched(notebook, cell), "learning rate")
        rows.append(at_least(f"pictures of a race while the rate moves ({name})", moved, 10, "per second"))
    return rows


def _pictures_under_the_hand(explorer: Explorer, label: str) -> float:
    """Move a slider to and fro with the keyboard, as fast as a hand does; return the pictures a second."""
    explorer.settle()
    explorer.handle(label).focus()
    explorer.page.evaluate(FORGET)
    for number in range(NUM_MOVES):
        explorer.page.keyboard.press("ArrowRight" if number // 5 % 2 else "ArrowLeft")
        explorer.page.wait_for_timeout(1000 * SECONDS_OF_TRAINING / NUM_MOVES)
    pictures = _rate_of(explorer.page.evaluate("marks.repaints"))
    explorer.settle()
    return pictures


def _rate_of(times: list[float]) -> float:
    """Return how many events a second there were, from their times in milliseconds."""
    return 1000 * (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0


def _long_history() -> Row:
    """Draw frames of a short and of a long run in turns. No event loop runs here, so the call trains to the end."""
    short, long = (explore_training(hidden_sizes=[4, 2], num_epochs=n, regions=False) for n in (100, 10_000))
    frame = lambda explorer: explorer.canvas.paint(background_changed=explorer.draw())  # noqa: E731
    ratio, took = ratio_of_pairs(
        partial(seconds, partial(frame, long)), partial(seconds, partial(frame, short)), 60
    )
    return at_most(
        "time of a frame after 10,000 epochs against 100", ratio, 1.2, "×", 2, f"{1000 * took:.1f} ms"
    )


def _random_moves(notebook: Notebook) -> list[Row]:
    """Move three sliders at random, as fast as the page takes it; then look for what was lost or left behind."""
    explorer = _watched(notebook, SHORT_REGIONS)
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
    layers, rate = notebook.evaluate(
        "len(explorer.experiment.hidden_sizes), explorer.experiment.learning_rate"
    )
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
