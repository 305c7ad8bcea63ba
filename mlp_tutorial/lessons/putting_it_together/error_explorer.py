"""The explorer of mistakes in lesson 09: a digit, what a learner's own function makes of it, and what moving it does."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.putting_it_together.answer_picture import AnswerPicture
from mlp_tutorial.lessons.putting_it_together.digit_network import RECIPE, digit_network
from mlp_tutorial.lessons.putting_it_together.digit_pictures import MOST_INK, SIDE, misclassified
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.programs import code_of
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.utils.wording import percent

Probabilities = Callable[[nn.Module, Dataset, torch.Tensor], torch.Tensor]
FURTHEST_SHIFT = 3


def package_probabilities(model: nn.Module, dataset: Dataset, raw_X: torch.Tensor) -> torch.Tensor:
    """Return the probability of every class for features in their units, shape (rows, classes)."""
    return predict(model, dataset.standardise(raw_X), probabilities=True)


def explore_errors(
    probabilities: Probabilities = package_probabilities,
    *,
    mistake: int = 1,
    shift_right: int = 0,
    shift_down: int = 0,
    ink: float = 1.0,
) -> ErrorExplorer:
    """Look at the digits that the lesson's network answers wrong, one by one, and change them.

    Parameters
    ----------
    probabilities : callable
        `probabilities(model, dataset, raw_X)` takes pixels as they were measured, shape (rows, 64), and returns
        probabilities, shape (rows, 10). Where it would stop the notebook, the package's own is used.
    mistake : int, default 1
        Which one, the surest first. (Where nothing is wrong, all digits can be looked at.)
    shift_right, shift_down : int, default 0
        Pixels by which the digits are moved, −3 to 3.
    ink : float, default 1.0
        Factor for the ink of every pixel.

    Returns
    -------
    ErrorExplorer
        Shown by JupyterLab as sliders above the picture. `rows` holds the validation rows answered wrong.

    Raises
    ------
    ValueError
        If a setting is out of range, or the function returns another shape.

    Examples
    --------
    >>> explorer = explore_errors(mistake=2)
    >>> explorer.controls["mistake"].max == len(explorer.rows)
    True
    """
    return ErrorExplorer(probabilities, mistake, shift_right, shift_down, ink).shown()


def edited(pixels: torch.Tensor, shift_right: int, shift_down: int, ink: float) -> torch.Tensor:
    """Move digits and change their ink; what leaves the image is lost, and paper comes in."""
    borders = (shift_right, -shift_right, shift_down, -shift_down)  # a negative one cuts off
    moved = F.pad(pixels.reshape(-1, SIDE, SIDE), borders)
    return (moved * ink).clamp(0, MOST_INK).flatten(1)  # (rows, 64)


class ErrorExplorer(Explorer):
    """What `explore_errors` returns: `rows` holds the rows answered wrong, `shares` the probabilities shown."""

    def __init__(
        self, probabilities: Probabilities, mistake: int, shift_right: int, shift_down: int, ink: float
    ) -> None:
        for name, shift in {"shift_right": shift_right, "shift_down": shift_down}.items():
            if not -FURTHEST_SHIFT <= shift <= FURTHEST_SHIFT:
                raise ValueError(f"{name} is at most {FURTHEST_SHIFT} pixels either way; it is {shift}.")
        if not ink > 0:
            raise ValueError(f"ink is a factor above 0; it is {ink}.")
        self.model, self.digits, self._best_epoch = digit_network()
        self._pixels = self.digits.unstandardise(self.digits.X_validation)  # (rows, 64)
        self._y = self.digits.y_validation
        chosen = stand_in(
            probabilities,
            package_probabilities,
            *[(self._pixels[:2],), (self._pixels,)],
            noun="function",
            called="the package's predict",
            trial=lambda function, pixels: function(copy.deepcopy(self.model), self.digits, pixels),
        )
        self._probabilities, self.remark = chosen.function, chosen.note
        is_own = self._probabilities is not package_probabilities
        self._whose = chosen.name if is_own else "the package's predict"
        wrong = misclassified(self._answers(self._pixels), self._y).tolist()
        self._what, self.rows = ("mistake", wrong) if wrong else ("digit", list(range(len(self._y))))
        if not 1 <= mistake <= len(self.rows):
            raise ValueError(f"mistake is a number from 1 to {len(self.rows)}; it is {mistake}.")
        canvas = Canvas(612, 270)
        self.picture = AnswerPicture(canvas, self.digits.class_names, f"probability, by {self._whose}")
        controls = {
            "mistake": int_slider("mistake", mistake, 1, len(self.rows)),
            "shift_right": int_slider("shift right", shift_right, -FURTHEST_SHIFT, FURTHEST_SHIFT),
            "shift_down": int_slider("shift down", shift_down, -FURTHEST_SHIFT, FURTHEST_SHIFT),
            "ink": float_slider("ink", ink, 0.1, 2.0),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def _answers(self, pixels: torch.Tensor) -> torch.Tensor:
        answers = self._probabilities(self.model, self.digits, pixels.clone())
        shape, expected = tuple(getattr(answers, "shape", ())), (len(pixels), self.digits.output_size)
        if shape != expected:
            what = f"shape {shape}" if shape else f"a {type(answers).__name__}"
            raise ValueError(f"The function must return probabilities of shape {expected} here; it returned {what}.")
        return answers.detach()

    def work(self) -> None:
        """Ask the function about all digits, edited alike."""
        mistake, *edits = self.values().values()
        pixels = edited(self._pixels, *edits)
        answers = self._answers(pixels)
        self._mistake, self._edits = mistake, edits
        self.confidence = answers.max(1).values.mean().item()
        self.num_right = int((answers.argmax(1) == self._y).sum())
        self.row = self.rows[mistake - 1]
        self.pixels, self.shares, self.true = pixels[self.row], answers[self.row], int(self._y[self.row])
        self.answer = int(self.shares.argmax())

    def draw(self) -> bool:
        """Draw the chosen digit."""
        title = f"validation row {self.row}, truly {self.digits.class_names[self.true]}"
        return self.picture.update(title, self.pixels, self.shares, self.true)

    def status(self) -> tuple[list[str], str]:
        """Return the digit, its true class and the answer; below, how all digits fare when they are edited alike."""
        name, right = self.digits.class_names, " (right)" if self.answer == self.true else ""
        parts = [
            f"{self._what} {self._mistake} of {len(self.rows)}",
            f"truly {name[self.true]}",
            f"answer {name[self.answer]}, {percent(self.shares[self.answer].item())}{right}",
        ]
        total = self.shares.sum().item()
        if not abs(total - 1) < 0.01:
            return parts, f"These ten numbers sum to {total:.2f}: they are no probabilities."
        how = "As they were written" if self._edits == [0, 0, 1.0] else "Edited like this one"
        return parts, (
            f"{how}, {self.num_right} of all {len(self._y)} validation digits are answered right; "
            f"the answers have a mean probability of {percent(self.confidence)}."
        )

    def sentence(self) -> str:
        """Return the digit, the edits, the answer and how all digits fare."""
        parts, note = self.status()
        edits = "shift right {}, shift down {}, ink {:g}".format(*self._edits).replace("-", "−")
        what, *rest = parts
        return f"{what.capitalize()}, by {self._whose}: {', '.join(rest)}; {edits}. {note}"

    def program(self) -> str:
        """Return the plain PyTorch program that trains the network and prints these probabilities."""
        right, down, ink = self._edits
        program = RECIPE.program(self._best_epoch)
        lines = [
            program.report,
            "",
            f"raw = dataset.unstandardise(dataset.X_validation[{self.row}])  # (64,), 0 to {MOST_INK}",
            f"image = nn.functional.pad(raw.reshape({SIDE}, {SIDE}), ({right}, {-right}, {down}, {-down}))",
            f"raw_X = (image * {ink}).clamp(0, {MOST_INK}).reshape(1, {SIDE * SIDE})",
        ]
        sources = program.sources
        if self._probabilities is package_probabilities:
            lines += ["with torch.no_grad():", "    shares = model(dataset.standardise(raw_X)).softmax(1)[0]  # (10,)"]
        else:
            own = code_of(self._probabilities, "own_probabilities")
            sources += (own,)
            lines.append(f"shares = {own.expression}(model, dataset, raw_X)[0]  # (10,)")
        lines.append('print("probabilities", [round(share, 4) for share in shares.tolist()])')
        return program._replace(sources=sources, report="\n".join(lines)).text()
