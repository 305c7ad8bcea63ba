"""The playground in JupyterLab in Chromium: how smoothly it moves, how soon it answers a click."""

from __future__ import annotations

import random

from tools.notebook_page import Notebook

from .page import FORGET, in_the_browser, watched
from .table import Row, at_least, at_most, percentile

NUM_MOVES, SECONDS_OF_TRAINING = 30, 4.0
IMPORTS = "import time\nfrom mlp_tutorial.lessons.playground import explore_playground"
SMALL = "explorer = explore_playground(hidden_sizes=[4, 2])\nexplorer"
LARGE = "explorer = explore_playground('spiral', hidden_sizes=[8] * 6)\nexplorer"
#: Trains the same network for a second without a picture, and says how many steps that were: what the machine gives.
STEPS_ALONE = "steps_alone(explorer.run)"
ALONE = """\
def steps_alone(run, seconds=1.0):
    end, before = time.perf_counter() + seconds, run.history.num_steps
    for _ in run.train_to(10**9):
        if time.perf_counter() > end:
            return (run.history.num_steps - before) / seconds"""
#: For each network its name and its cell, then the pictures a second and the traffic in MB/s to reach.
NETWORKS = (("[4, 2]", SMALL, 20, 0.3), ("[8] × 6", LARGE, 10, 0.6))


def rows() -> list[Row]:
    """Measure the playground."""
    return in_the_browser([f"{IMPORTS}\n{ALONE}", SMALL, LARGE], _training, _answers)


def _training(notebook: Notebook) -> list[Row]:
    """Let it train: pictures, traffic and steps a second."""
    found = []
    for name, cell, pictures, megabytes in NETWORKS:
        explorer = watched(notebook, cell)
        explorer.click("play")
        explorer.button("pause").wait_for()
        explorer.page.wait_for_timeout(500)
        before, received = notebook.evaluate("explorer.history.num_steps, time.perf_counter()"), notebook.bytes_received
        explorer.page.evaluate(FORGET)
        explorer.page.wait_for_timeout(1000 * SECONDS_OF_TRAINING)
        repaints, received = len(explorer.page.evaluate("marks.repaints")), notebook.bytes_received - received
        steps, duration = (
            after - begin
            for begin, after in zip(
                before, notebook.evaluate("explorer.history.num_steps, time.perf_counter()"), strict=True
            )
        )
        explorer.click("pause")
        explorer.settle()
        found += [
            at_least(f"playground, {name}: pictures while it trains", repaints / duration, pictures, "per second", 1),
            at_most(f"playground, {name}: traffic while it trains", received / 1e6 / duration, megabytes, "MB/s", 2),
        ]
        if cell == SMALL:
            what = f"playground, {name}: steps while it trains (250 points, batch 10, SGD)"
            without = f"without pictures {notebook.evaluate(STEPS_ALONE):,.0f}"
            found.append(at_least(what, steps / duration, 4000, "per second", 0, without))
    return found


def _answers(notebook: Notebook) -> list[Row]:
    """Click neurons, and drag the weights of one: when does the picture change? The first two of each warm up."""
    found = []
    for name, cell, *_ in NETWORKS:
        explorer = watched(notebook, cell)
        moves, clicked, dragged = random.Random(0), [], []
        for _ in range(NUM_MOVES):
            name_of_one = f"neuron {moves.randint(1, 2)} of layer {moves.randint(1, 2)}"
            neuron = explorer.root.locator(f"button.mlp-click[title^='{name_of_one}']")
            explorer.page.evaluate(FORGET)
            neuron.first.click()
            explorer.settle()
            clicked.append(_first_change(explorer.page.evaluate("marks"), "releases"))
            if not explorer.root.locator(".widget-hslider", has_text="bias").count():
                continue  # clicked again: the output is back
            explorer.page.evaluate(FORGET)
            explorer.grab("bias")
            explorer.drag_on("bias", moves.uniform(0.1, 0.9))
            explorer.page.wait_for_timeout(300)
            explorer.page.mouse.up()
            explorer.settle()
            dragged.append(_first_change(explorer.page.evaluate("marks"), "moves"))
        for what, times in (("neuron clicked", clicked[2:]), ("weight's slider moved", dragged[2:])):
            found.append(
                at_most(
                    f"playground, {name}: {what} → changed picture, p95",
                    percentile(times, 95),
                    75,
                    "ms",
                    0,
                    f"p50 {percentile(times, 50):.0f} ms",
                )
            )
    return found


def _first_change(marks: dict[str, list[float]], begin: str) -> float:
    """Return the milliseconds from the last move or release before a repaint to that repaint."""
    first = min(time for time in marks["repaints"] if time > marks[begin][0])
    return first - max(time for time in marks[begin] if time < first)
