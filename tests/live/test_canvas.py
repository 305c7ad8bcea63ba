"""Moving artists over a kept background look like a full drawing, and are sent small."""

import io
import re

import numpy as np
from matplotlib import pyplot
from PIL import Image

from mlp_tutorial.live.canvas import PICTURES_A_PALETTE, Canvas


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def make_canvas():
    canvas = Canvas(320, 200)
    axes = canvas.figure.subplots()
    (line,) = axes.plot([0, 1], [0, 1], color="#0072B2")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    canvas.set_moving([line])
    return canvas, axes, line


def test_the_picture_has_its_size_and_the_widget_keeps_it():
    canvas, _, _ = make_canvas()
    canvas.paint()
    assert pixels(canvas.image.value).shape == (200, 320, 3)
    assert "320px" in canvas.image.layout.width and "200px" in canvas.image.layout.height


def test_a_moved_line_over_the_kept_background_equals_a_full_drawing():
    canvas, _, line = make_canvas()
    canvas.draw()
    line.set_data([0, 1], [1, 0])
    moved = canvas.draw(lasting=True)
    assert np.array_equal(pixels(moved), pixels(canvas.draw(background_changed=True, lasting=True)))
    line.set_data([0, 1], [0, 1])
    assert not np.array_equal(pixels(canvas.draw(lasting=True)), pixels(moved))


def test_the_background_is_drawn_anew_only_when_asked_for():
    canvas, axes, _ = make_canvas()
    before = pixels(canvas.draw())
    axes.set_title("new title")
    assert np.array_equal(pixels(canvas.draw()), before)
    assert not np.array_equal(pixels(canvas.draw(background_changed=True)), before)


def test_colours_survive_the_palette():
    canvas, axes, _line = make_canvas()
    colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F6000", "#56B4E9"]
    for number, colour in enumerate(colours):
        axes.axhspan(number / 6, (number + 1) / 6, color=colour)
    for lasting in (False, True):
        picture = pixels(canvas.draw(background_changed=True, lasting=lasting)).reshape(-1, 3).astype(int)
        for colour in colours:
            wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
            assert np.abs(picture - wanted).max(1).min() <= 4, colour


def test_a_new_colour_is_seen_at_once_after_a_rest_and_soon_while_the_picture_moves():
    canvas, _, line = make_canvas()

    def shows(colour):
        line.set_color(colour)
        picture = pixels(canvas.draw()).reshape(-1, 3).astype(int)
        return np.abs(picture - [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).max(1).min() <= 4

    assert shows("#0072B2")
    pictures = [shows("#D55E00") for _ in range(PICTURES_A_PALETTE)]
    assert not pictures[0] and pictures[-1]
    canvas.draw(lasting=True)
    assert shows("#009E73")


def test_a_lasting_picture_keeps_its_colours_and_a_still_the_best_256():
    canvas = Canvas(320, 200)
    axes = canvas.figure.add_axes((0, 0, 1, 1))
    shades = np.linspace(0, 1, 320)
    smooth = np.broadcast_to(np.stack([0.3 + 0.5 * shades, 0.7 - 0.1 * shades, 0.8 - 0.4 * shades], -1), (200, 320, 3))
    axes.imshow(smooth, aspect="auto")
    axes.axis("off")

    def error(png):
        return np.abs(pixels(png) / 255 - smooth).mean()

    moving = error(canvas.draw())
    canvas.paint(lasting=True)
    assert error(canvas.image.value) < 0.5 / 255  # rounding alone
    still = canvas.still("words")
    assert np.abs(pixels(still)[:200] / 255 - smooth).mean() < 0.5 * moving
    assert Image.open(io.BytesIO(still)).mode == "P"


def test_a_moving_picture_is_packed_tightly():
    canvas, axes, _ = make_canvas()
    axes.set_title("words and a grid, as in every picture")
    moving = canvas.draw(background_changed=True)
    loosely = io.BytesIO()
    Image.open(io.BytesIO(moving)).save(loosely, "png", compress_level=1)
    assert len(moving) < 0.85 * len(loosely.getvalue())


def test_a_fine_picture_has_two_dots_for_a_pixel_and_the_next_one_is_as_before(monkeypatch):
    canvas, axes, _ = make_canvas()
    canvas.paint(background_changed=True, lasting=True)
    before, size = canvas.png, Image.open(io.BytesIO(canvas.png)).size
    canvas.paint(lasting=True, fine=True)
    fine = Image.open(io.BytesIO(canvas.image.value)).convert("RGB")
    assert fine.size == (2 * size[0], 2 * size[1])
    coarse = np.asarray(fine.resize(size, Image.Resampling.BOX), int)
    assert np.abs(coarse - pixels(before)).mean() < 6, "another picture"
    still = Image.open(io.BytesIO(canvas.still("words")))
    assert still.size == (size[0], size[1] + 20)
    drawn = []
    monkeypatch.setattr(type(axes), "draw", lambda *_: drawn.append("the background"))
    canvas.paint(lasting=True)
    assert canvas.png == before and not drawn


def test_a_large_picture_is_fine_already(monkeypatch):
    canvas, _, _ = make_canvas()
    canvas.enlarge(2.5)
    canvas.paint(lasting=True)
    before = canvas.png
    canvas.paint(lasting=True, fine=True)
    assert canvas.png == before


def test_painting_makes_no_pyplot_figures():
    before = pyplot.get_fignums()
    canvas, _, _ = make_canvas()
    for _ in range(20):
        canvas.paint()
    assert pyplot.get_fignums() == before


def test_a_picture_is_cut_between_its_panels_and_where_it_cannot_be_it_stays_whole():
    canvas = Canvas(600, 200)
    left, right = canvas.figure.subplots(1, 2)
    canvas.figure.subplots_adjust(left=0.1, right=0.98, wspace=0.35)
    right.set_ylabel("loss", labelpad=12)
    whole = canvas.parts()
    parts = whole.children

    def widths():
        return [float(re.search(r"([\d.]+)px", part.layout.width)[1]) for part in parts]

    canvas.paint(lasting=True)
    assert [part.children for part in parts] == [(canvas.image,)] * 2 and sum(widths()) == 600
    assert "mlp-whole" not in whole._dom_classes
    assert left.get_tightbbox().x1 < widths()[0] < right.get_tightbbox().x0  # not between a panel and its label
    right.text(-0.35, 0.5, "a text that reaches far into the panel on the left", transform=right.transAxes, ha="center")
    canvas.paint(background_changed=True, lasting=True)
    assert "mlp-whole" in whole._dom_classes


def test_a_picture_too_wide_for_two_parts_has_one():
    assert len(Canvas(704, 200).parts().children) == 2 and len(Canvas(705, 200).parts().children) == 1
