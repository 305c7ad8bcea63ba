"""Photograph the wall, show by show, and measure how soon its page stands and what a visitor costs.

python -m tools.wall      pictures of 1920 × 1080 into build/screenshots, one of them into docs/images/wall.png
"""

import io
import time
from contextlib import suppress

import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Browser, Page

from mlp_tutorial.teaching.wall import SHOWS
from tools.browser import ROOT, launched_browser, wall

STORED = "trainer"
ROUNDS = 3  # visits to each show that are timed
_SEEN = "() => document.querySelector('.mlp-explorer img.widget-image')?.naturalWidth > 1000"
_ASKED = "name => document.querySelector('select')?.selectedOptions[0].innerText === name"


def visited(browser: Browser, address: str, show: str) -> tuple[Page, float]:
    """Open a show as a new visitor; return the page and the seconds until its picture was seen."""
    page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    began = time.perf_counter()
    page.goto(f"{address}?show={show}", wait_until="commit")
    page.wait_for_function(_SEEN, timeout=90_000)
    page.wait_for_function(_ASKED, arg=show)
    return page, time.perf_counter() - began


def kernels() -> list[psutil.Process]:
    """Wait until no kernel works, so that those for the next visitors are warm, and return them all."""
    spent: dict[psutil.Process, float] = {}
    while True:
        before, spent = spent, {}
        for one in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # a kernel whose visitor has gone
                if "ipykernel_launcher" in one.cmdline():
                    spent[one] = sum(one.cpu_times()[:2])
        if len(spent) >= 2 and all(now - before.get(one, 0) < 0.2 for one, now in spent.items()):
            return list(spent)
        time.sleep(3)


def main() -> None:
    """Visit every show, store the pictures, print the measurements."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    seconds = []
    with wall() as address, launched_browser() as browser:
        for show in [show for show in SHOWS for _ in range(ROUNDS)]:
            kernels()
            page, took = visited(browser, address, show)
            seconds.append(took)
            print(f"{show}: {took:.1f} s", flush=True)
            page.wait_for_timeout(1000)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(256, dither=Image.Dither.NONE)
            picture.save(folder / f"wall-{show}.png", optimize=True)
            if show == STORED:
                picture.save(ROOT / "docs" / "images" / "wall.png", optimize=True)
            memory = [one.memory_full_info().uss / 1e6 for one in kernels()]
            page.close()  # Voilà ends its kernel
    median, p95 = np.percentile(seconds, [50, 95])
    print(f"{len(seconds)} visits, request to picture: median {median:.1f} s, p95 {p95:.1f} s")
    print(f"A kernel's own memory: {np.median(memory):.0f} MB; {len(memory)} run for one visitor and two to come.")


if __name__ == "__main__":
    main()
