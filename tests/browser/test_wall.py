"""The wall in Voilà: it stands at once, is led by keys and buttons, and two visitors do not see each other's moves."""

import time

import pytest

from tools.browser import wall
from tools.wall import kernels

LARGE = """() => { const image = document.querySelector(".mlp-explorer img.widget-image");
    return image?.naturalWidth > 1000 && Math.abs(image.naturalWidth - image.getBoundingClientRect().width) < 2; }"""


@pytest.fixture(scope="module")
def visit(lab):
    """A function that opens the wall for a visitor, and returns the page when its picture is seen."""
    with wall() as address:
        kernels()  # those that wait for visitors are warm

        def opened(query=""):
            page = lab.browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
            page.goto(address + query, wait_until="commit")
            page.wait_for_function(LARGE, timeout=90_000)
            return page

        yield opened


def test_keys_buttons_and_addresses_for_two_visitors(visit, screenshots):
    first = visit()
    playground = first.locator(".mlp-status").inner_text()
    assert playground.startswith("epoch 0")
    first.locator("select").first.focus()
    first.keyboard.press("ArrowDown")
    first.get_by_text("epoch 300 of 300").wait_for()
    first.get_by_role("button", name="ten times the rate").click()
    rate = first.locator(".mlp-number-slider input")
    first.wait_for_function("() => document.querySelector('.mlp-number-slider input').value === '1'")
    first.screenshot(path=screenshots / "wall-trainer.png")
    status = first.locator(".mlp-status").inner_text()

    began = time.monotonic()
    second = visit("?show=trainer&preset=six")
    took = time.monotonic() - began
    print(f"The second page stood in {took:.1f} s.")
    assert took < 12  # the target is 3; a kernel for the next visitor starts at the same time
    second.wait_for_function("() => document.querySelector('.widget-hslider .widget-readout').innerText === '6'")
    assert second.locator(".mlp-number-slider input").input_value() == "0.1"
    second.keyboard.press("Tab")
    second.keyboard.press("p")
    second.get_by_role("button", name="bend the plane").wait_for()
    assert rate.input_value() == "1" and first.locator(".mlp-status").inner_text() == status
    for page in (first, second):
        assert page.locator(".mlp-explorer").count() == 1
        assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
