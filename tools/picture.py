"""Make the moving picture in README.md: the playground, driven in JupyterLab by mouse, frame by frame.

python -m tools.picture      writes docs/images/playground.gif
"""

import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tools.browser import ROOT, jupyter_lab, launched_browser, write_notebook
from tools.notebook_page import Explorer, Notebook
from tools.notebooks import MAX_BYTES

PICTURE = ROOT / "docs" / "images" / "playground.gif"
FRAME = 0.2  # seconds
STILL = 1.6  # seconds that a result stays
PLAYGROUND = """from mlp_tutorial.lessons.playground import explore_playground
explorer = explore_playground()
explorer"""
SOLVED = 140  # epochs


def frames(explorer: Explorer) -> Iterator[tuple[Image.Image, float]]:
    """Yield pictures of the explorer, each with the seconds that it is to be seen."""
    yield _frame(explorer), STILL / 2
    explorer.click("play")  # at the speed chosen below
    while explorer.epoch() < SOLVED:
        yield from _live(explorer)
    explorer.click("pause")
    explorer.settle()
    yield _frame(explorer), STILL
    neuron = explorer.root.locator("button.mlp-click[title^='neuron 2 of layer 1']")
    neuron.click()
    explorer.settle()
    yield _frame(explorer), STILL / 2
    yield from _dragged(explorer, "from x1", [0.45, 0.4, 0.35, 0.3])
    neuron.click()
    explorer.settle()
    explorer.click("play")
    for _ in range(12):
        yield from _live(explorer)
    explorer.click("pause")
    explorer.notebook.evaluate("explorer.controls['see'].set_trait('value', 2)")
    explorer.notebook.evaluate("explorer.controls['bend'].set_trait('value', 0.0)")
    explorer.settle()
    yield _frame(explorer), STILL / 2
    for step in range(1, 21):
        explorer.notebook.evaluate(f"explorer.controls['bend'].set_trait('value', {step / 10})")
        yield from _live(explorer)
    explorer.settle()
    yield _frame(explorer), STILL


def _dragged(explorer: Explorer, label: str, positions: list[float]) -> Iterator[tuple[Image.Image, float]]:
    explorer.grab(label)
    for position in positions:
        explorer.drag_on(label, position)
        yield from _live(explorer)
        yield from _live(explorer)
    explorer.page.mouse.up()
    for _ in range(4):
        yield from _live(explorer)
    explorer.settle()
    yield _frame(explorer), STILL


def _live(explorer: Explorer) -> Iterator[tuple[Image.Image, float]]:
    began = time.monotonic()
    yield _frame(explorer), FRAME
    explorer.page.wait_for_timeout(1000 * max(0.0, FRAME - (time.monotonic() - began)))


def _frame(explorer: Explorer) -> Image.Image:
    return Image.open(io.BytesIO(explorer.root.screenshot())).convert("RGB")


def main() -> None:
    """Drive the playground and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        write_notebook(Path(folder) / "picture.ipynb", PLAYGROUND)
        with jupyter_lab(Path(folder)) as address, launched_browser() as browser:
            notebook = Notebook(browser, address, "picture.ipynb")
            notebook.run_all()
            explorer = notebook.explorer("explore_playground(")
            explorer.settle()
            notebook.evaluate("explorer.controls['speed'].set_trait('value', 20.0)")
            pictures, seconds = zip(*frames(explorer), strict=True)
            notebook.close()
    palette = pictures[-1].quantize(96, dither=Image.Dither.NONE)  # one for all: unchanged places cost nothing
    coloured = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    coloured[0].save(
        PICTURE,
        save_all=True,
        append_images=coloured[1:],
        duration=[round(1000 * second) for second in seconds],
        loop=0,
        optimize=True,
    )
    size = PICTURE.stat().st_size
    print(f"{PICTURE.name}: {len(pictures)} frames, {size:,} bytes")
    if size > MAX_BYTES:
        raise SystemExit(f"Allowed are {MAX_BYTES:,} bytes.")


if __name__ == "__main__":
    main()
