"""The smallest explorer: its first picture, its still, its errors in words."""

import asyncio
import base64
import io
import time

import nbformat
import pytest
from bs4 import BeautifulSoup
from ipywidgets import HBox
from nbconvert import HTMLExporter
from PIL import Image, ImageChops

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, value_of
from mlp_tutorial.live.explorer import Explorer


class Doubler(Explorer):
    """The smallest explorer: draws a line to twice the value of its slider."""

    def __init__(self, value=1):
        canvas = Canvas(200, 100)
        (self.line,) = canvas.figure.subplots().plot([0, 1], [0, 0])
        canvas.set_moving([self.line])
        super().__init__(canvas, {"value": int_slider("value", value, 0, 10)}, top=("value",), buttons=("show code",))

    def work(self):
        if self.controls["value"].value == 7:
            raise ValueError("expected anything but 7, got 7; try 8")
        yield True

    def draw(self):
        self.line.set_data([0, 1], [0, 2 * self.controls["value"].value])
        return False

    def status(self):
        return [f"twice is {2 * self.controls['value'].value}"], ""

    def sentence(self):
        return f"A line to {2 * self.controls['value'].value}."

    def program(self):
        return f"print(2 * {self.controls['value'].value})"


def text_of(widget):
    return BeautifulSoup(widget.value, "html.parser").text


def every_widget(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every_widget(child)


def test_the_first_picture_is_complete_when_the_constructor_returns():
    explorer = Doubler(3).shown()
    assert bytes(explorer.canvas.image.value).startswith(b"\x89PNG")
    assert explorer.status_line.text == "twice is 6"


def test_a_moved_slider_changes_picture_and_status():
    explorer = Doubler(1).shown()
    before = explorer.canvas.image.value
    explorer.controls["value"].value = 0
    assert explorer.canvas.image.value != before and explorer.status_line.text == "twice is 0"


def test_the_mime_bundle_carries_the_widget_a_still_and_a_sentence():
    explorer = Doubler(2).shown()
    bundle = explorer._repr_mimebundle_()
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == explorer.model_id
    still = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))).convert("RGB")
    shown = Image.open(io.BytesIO(explorer.canvas.png)).convert("RGB")
    assert still.size == (200, 120) and still.getpixel((199, 119)) == (238,) * 3  # over the line that says what it is
    assert not ImageChops.difference(still.crop((0, 0, 200, 100)), shown).getbbox()
    assert bundle["text/plain"] == "A line to 4."


def test_an_export_shows_the_picture_with_the_sentence_as_its_alternative_text():
    explorer = Doubler(2).shown()
    explorer.remark = 'So "is" <it>.'
    bundle = explorer._repr_mimebundle_()
    result = nbformat.v4.new_output("execute_result", bundle, execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("explorer", outputs=[result])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    [image] = BeautifulSoup(page, "html.parser").select("img")
    assert image["alt"] == 'A line to 4. So "is" <it>.'
    assert image["src"] == f"data:image/png;base64,{bundle['image/png']}"


def test_where_a_loop_runs_the_picture_is_fine_after_a_rest():
    async def scenario():
        explorer = Doubler(3).shown()

        async def until(size):
            deadline = time.perf_counter() + 10
            while shown_size(explorer) != size:
                assert time.perf_counter() < deadline, f"no picture of {size}"
                await asyncio.sleep(0.001)

        assert shown_size(explorer) == (200, 100)
        await until((400, 200))
        explorer.controls["value"].value = 4
        await until((200, 100))
        await until((400, 200))
        assert explorer.status_line.text == "twice is 8"

    asyncio.run(scenario())


def test_bad_settings_are_explained_and_the_last_picture_stays():
    explorer = Doubler(1).shown()
    before = explorer.canvas.image.value
    explorer.controls["value"].value = 7
    assert "expected anything but 7" in explorer.status_line.note
    assert explorer.canvas.image.value == before
    explorer.controls["value"].value = 4
    assert explorer.status_line.text == "twice is 8" and explorer.status_line.note == ""


def test_bad_settings_in_the_call_raise_where_the_caller_sees_it():
    with pytest.raises(ValueError, match="anything but 7"):
        Doubler(7).shown()


def test_show_code_shows_the_current_program_and_hides_it_again():
    explorer = Doubler(1).shown()
    explorer.buttons["show code"].click()
    assert explorer.code_panel.visible and explorer.code_panel.program == "print(2 * 1)"
    explorer.controls["value"].value = 5
    assert explorer.code_panel.program == "print(2 * 5)"
    explorer.buttons["show code"].click()
    assert not explorer.code_panel.visible


def test_it_can_be_enlarged_and_its_picture_stays_sharp():
    explorer = Doubler(3).shown()
    usual = shown_size(explorer)
    assert explorer.enlarge(2) is explorer
    assert usual == (200, 100) and shown_size(explorer) == (400, 200)
    assert "mlp-200-200" in explorer._dom_classes and "mlp-200-100" not in explorer._dom_classes
    explorer.controls["value"].value = 4
    assert shown_size(explorer) == (400, 200) and explorer.status_line.text == "twice is 8"
    with pytest.raises(ValueError, match=r"must be a number between 0\.5 and 3, such as 1\.5; it is 9"):
        explorer.enlarge(9)


def test_full_screen_is_as_large_as_the_screen_and_can_be_left():
    explorer = Doubler(3).shown().fullscreen(1920, 600)
    assert shown_size(explorer)[0] == pytest.approx(436, abs=2)  # 600 of 275 pixels: 100 of them are the picture's
    assert "mlp-full" in explorer._dom_classes
    assert Doubler(3).shown().fullscreen(1008, 1080).canvas.figure.dpi == 150
    leave = explorer._button_row.children[-1]
    assert leave.description == "leave"
    leave.click()
    assert "mlp-full" not in explorer._dom_classes and shown_size(explorer) == (200, 100)
    assert [one.description for one in explorer._button_row.children] == ["show code"]


def shown_size(explorer):
    return Image.open(io.BytesIO(explorer.canvas.image.value)).size


def test_only_core_widgets_are_used():
    modules = {widget._model_module for widget in every_widget(Doubler())}
    assert modules <= {"@jupyter-widgets/controls", "@jupyter-widgets/base"}


def test_two_explorers_stand_side_by_side_in_a_box():
    both = HBox([Doubler(1).shown(), Doubler(2).shown()])
    assert [child.status_line.text for child in both.children] == ["twice is 2", "twice is 4"]


def test_what_a_dragged_slider_sends_back_is_rounded_once():
    slider = float_slider("z", 0.0, -1, 1)
    slider.value = 0.7999999999999998
    assert value_of(slider) == 0.8


def test_the_sentence_stands_on_the_page_for_those_who_hear_it():
    explorer = Doubler(1).shown()
    assert explorer.spoken in explorer.children and text_of(explorer.spoken.words) == "A line to 2."
    explorer.controls["value"].value = 3
    assert text_of(explorer.spoken.words) == "A line to 6."
    region, words = (BeautifulSoup(part.value, "html.parser") for part in explorer.spoken.children)
    assert region.div["role"] == "status" and region.div["aria-owns"] == words.span["id"]


def test_with_fields_the_picture_has_the_sentence_and_the_status_line_is_said(with_fields):
    explorer = Doubler(1).shown()
    (label,) = explorer._top
    assert type(label).__name__ == "BoundedIntText" and label.description == "value"
    label.value = 3
    picture = BeautifulSoup(explorer.canvas.image.value, "html.parser").img
    assert picture["alt"] == "A line to 6."
    assert picture["src"] == f"data:image/png;base64,{base64.b64encode(explorer.canvas.png).decode()}"
    assert text_of(explorer.spoken.words) == "twice is 6."
    label.value = 7
    assert "cannot work" in text_of(explorer.spoken.words) and "expected anything but 7" in text_of(
        explorer.spoken.words
    )
