"""Make the moving picture in README.md: the live trainer, driven in JupyterLab by mouse, frame by frame.

python -m tools.picture      writes docs/images/trainer.gif
"""

import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from tools.browser import ROOT, Explorer, Notebook, jupyter_lab, launched_browser, write_notebook
from tools.notebooks import MAX_BYTES

PICTURE = ROOT / "docs" / "images" / "trainer.gif"
FRAME = 0.16  # seconds
STILL = 1.6  # seconds that a result stays
TRAINER = """from mlp_tutorial.lessons.shared.trainer import explore_training
explorer = explore_training(num_epochs=200, learning_rate=0.1)
explorer"""


def frames(explorer: Explorer) -> Iterator[tuple[Image.Image, float]]:
    """Yield pictures of the explorer, each with the seconds that it is to be seen."""
    explorer.click("reset")
    explorer.settle()
    yield _frame(explorer), STILL / 2
    explorer.click("play")  # at the speed chosen below
    while explorer.epoch() < 200:
        yield from _live(explorer)
    explorer.settle()
    yield _frame(explorer), STILL
    explorer.click("pin")
    explorer.settle()
    yield _frame(explorer), STILL / 2
    yield from _dragged(explorer, "learning rate", [0.62, 0.66, 0.7, 0.75, 0.8])
    yield from _dragged(explorer, "hidden layers", [0.45, 0.5, 0.55, 0.66])
    yield from _dragged(explorer, "width", [0.3, 0.42])


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
    """Drive the trainer and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        write_notebook(Path(folder) / "picture.ipynb", TRAINER)
        with jupyter_lab(Path(folder)) as address, launched_browser() as browser:
            notebook = Notebook(browser, address, "picture.ipynb")
            notebook.run_all()
            explorer = notebook.explorer()
            explorer.settle()
            notebook.evaluate("explorer.controls['speed'].set_trait('value', 60.0)")
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
