"""Draw a digit, in lesson 09: click its pixels, and see the probabilities of all ten answers move."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mlp_tutorial.lessons.putting_it_together.answer_picture import AnswerPicture
from mlp_tutorial.lessons.putting_it_together.digit_network import RECIPE, digit_network
from mlp_tutorial.lessons.putting_it_together.digit_pictures import MOST_INK, SIDE
from mlp_tutorial.lessons.putting_it_together.turned_pixels import pixel_numbers, right_rows, turned_over
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.click_areas import Area, ClickAreas
from mlp_tutorial.live.controls import BUTTONS, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.utils.errors import unknown_name
from mlp_tutorial.utils.wording import percent

PAPER = "empty paper"
MOST_NAMED = 8  # turned pixels are named up to so many


def explore_drawing(start: int | str = 3, turned: Sequence[tuple[int, int]] = ()) -> DrawingExplorer:
    """Draw on 8 × 8 pixels by clicks, and see what the lesson's network answers.

    Parameters
    ----------
    start : int or "empty paper", default 3
        What to draw on: the first validation digit of a class, 0 to 9, that the network answers right, or nothing.
    turned : sequence of (row, column), default ()
        Pixels that are turned over, both numbers from 0 to 7: where there is ink there is paper, and the other way round.

    Returns
    -------
    DrawingExplorer
        Shown by JupyterLab as a picture whose pixels can be clicked. `shares` holds the ten probabilities.

    Raises
    ------
    ValueError
        If there is no such start or pixel.

    Examples
    --------
    >>> explorer = explore_drawing(3)
    >>> explorer.click(0, 7)
    >>> explorer.turned
    [(0, 7)]
    """
    return DrawingExplorer(start, turned).shown()


class DrawingExplorer(Explorer):
    """What `explore_drawing` returns: `turned` holds the pixels turned over, `pixels` the ink, `shares` the answers."""

    def __init__(self, start: int | str, turned: Sequence[tuple[int, int]]) -> None:
        self.model, self.digits, self._best_epoch = digit_network()
        self._rows = right_rows(self.model, self.digits)
        starts = {PAPER: PAPER, **{f"a {digit}": digit for digit in range(len(self._rows))}}
        if start not in starts.values():
            raise ValueError(unknown_name("start", start, map(str, starts.values())))
        pixel_numbers(turned)  # refuses what is no pixel
        self.turned = [(int(row), int(column)) for row, column in turned]
        self._before = ""
        canvas = Canvas(640, 300)
        names = self.digits.class_names
        self.picture = AnswerPicture(canvas, names, "probability", numbered=True)
        self._clicks = ClickAreas(canvas, lambda pixel: self.runner.answer(self._guarded, self.on_click, pixel))
        buttons = {"reset": "Turn all pixels back", "show code": BUTTONS["show code"]}
        super().__init__(canvas, {"start": menu("start from", start, starts)}, top=("start",), buttons=buttons)

    def click(self, row: int, column: int) -> None:
        """Click a pixel, as a hand would."""
        self._clicks.click((row, column))

    def on_click(self, pixel: tuple[int, int]) -> None:
        """Turn a pixel over; clicked again, it is as it was."""
        self._before = f" (before: {self._answer_in_words()})"
        self.turned = [other for other in self.turned if other != pixel] + [pixel] * (pixel not in self.turned)
        self.runner.start(self.work)

    def on_reset(self) -> None:
        """Turn all pixels back."""
        self.turned, self._before = [], ""
        self.runner.start(self.work)

    def on_change(self, name: str) -> None:
        """Begin with another digit, or an empty paper."""
        self.on_reset()

    def work(self) -> None:
        """Ask the network about the picture as it is now."""
        self.start = self.controls["start"].value
        pixels = torch.zeros(SIDE * SIDE)
        if self.start != PAPER:
            pixels = self.digits.unstandardise(self.digits.X_validation[self._rows[self.start]]).round()
        self.pixels = turned_over(pixels, [pixel_numbers(self.turned)])[0]
        self.shares = predict(self.model, self.digits.standardise(self.pixels[None]), probabilities=True)[0]

    def draw(self) -> bool:
        """Draw the picture and the ten probabilities; what lies under a click says its ink."""
        changed = self.picture.update("click a pixel to turn it over", self.pixels, self.shares)
        self._clicks.set(self._areas())
        return changed

    def _areas(self) -> list[Area]:
        paper, canvas = self.picture.paper, self.canvas
        paper.apply_aspect()
        place = paper.get_position()
        width, height = place.width * canvas.width / SIDE, place.height * canvas.height / SIDE
        left, top = place.x0 * canvas.width, (1 - place.y1) * canvas.height
        return [
            Area(
                (row, column),
                left + column * width,
                top + row * height,
                width,
                height,
                f"row {row}, column {column}: {int(self.pixels[SIDE * row + column])} of {MOST_INK} ink",
            )
            for row in range(SIDE)
            for column in range(SIDE)
        ]

    def _answer_in_words(self) -> str:
        share, answer = self.shares.max(0)
        return f"{self.digits.class_names[answer]}, {percent(share.item())}"

    def status(self) -> tuple[list[str], str]:
        """Return the two likeliest answers and the pixels that are turned; below, where the drawing began."""
        second = self.shares.argsort(descending=True)[1]
        parts = [
            f"answer {self._answer_in_words()}{self._before}",
            f"then {self.digits.class_names[second]}, {percent(self.shares[second].item())}",
            f"{len(self.turned)} pixel{'' if len(self.turned) == 1 else 's'} turned",
        ]
        if 0 < len(self.turned) <= MOST_NAMED:
            parts[-1] += f": {self.turned}"
        if self.start == PAPER:
            return parts, "Begun on empty paper."
        return parts, f"Begun with the {self.start} of validation row {self._rows[self.start]}."

    def sentence(self) -> str:
        """Return where the drawing began, the turned pixels and the answers."""
        (answer, *others), note = self.status()
        return f"A digit to draw on: {answer.removesuffix(self._before)}, {', '.join(others)}. {note}"

    def program(self) -> str:
        """Return the plain PyTorch program that trains the network and prints these probabilities."""
        program = RECIPE.program(self._best_epoch)
        raw = f"torch.zeros({SIDE * SIDE})"
        if self.start != PAPER:
            raw = f"dataset.unstandardise(dataset.X_validation[{self._rows[self.start]}]).round()"
        lines = [
            program.report,
            "",
            f"raw = {raw}  # ({SIDE * SIDE},), 0 to {MOST_INK}",
            f"for row, column in {self.turned}:",
            f"    pixel = {SIDE} * row + column",
            f"    raw[pixel] = 0 if raw[pixel] >= {MOST_INK // 2} else {MOST_INK}",
            "with torch.no_grad():",
            "    shares = model(dataset.standardise(raw[None])).softmax(1)[0]  # (10,)",
            'print("probabilities", [round(share, 4) for share in shares.tolist()])',
        ]
        return program._replace(report="\n".join(lines)).text()
