"""What softmax makes of logits: a bar and a number for each class, and sliders for the logits of the penguins' species."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets
from matplotlib.axes import Axes

from mlp_tutorial.live.controls import float_slider, long
from mlp_tutorial.plots.style import CLASS_COLOURS, TRAINING_COLOUR, VALIDATION_COLOUR, Picture

#: The penguins' species, in the order of their class numbers.
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
TRUE_COLOUR, ANSWER_COLOUR, OTHER_COLOUR = TRAINING_COLOUR, VALIDATION_COLOUR, "#B5BDC3"


def logit_sliders(logits: Sequence[float], reach: float) -> dict[str, widgets.Widget]:
    """Return a slider for the logit of each of `SPECIES`, by its name in small letters."""
    if len(logits) != len(SPECIES):
        raise ValueError(f"Give three logits, for {', '.join(SPECIES)}; there are {len(logits)}.")
    pairs = zip(SPECIES, logits, strict=True)
    return {name.lower(): long(float_slider(f"logit {name}", logit, -reach, reach)) for name, logit in pairs}


class ProbabilityBars(Picture):
    """Probabilities as bars, a class a row, each with its number behind it, or ending where `numbers_at` says."""

    def __init__(
        self,
        axes: Axes,
        class_names: Sequence[str],
        *,
        height: float = 0.5,
        gap: float = 0.02,
        numbers_at: float | None = None,
    ) -> None:
        rows = range(len(class_names))
        axes.set_yticks(rows, class_names)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        self.bars = axes.barh(rows, [0] * len(rows), height=height, color=CLASS_COLOURS[: len(rows)])
        self._gap, self._numbers_at, side = gap, numbers_at, "left" if numbers_at is None else "right"
        self.numbers = [axes.text(numbers_at or 0, row, "", fontsize=8, va="center", ha=side) for row in rows]
        self.moving = [*self.bars, *self.numbers]

    def update(self, probabilities: Sequence[float], words: Sequence[str] = ()) -> bool:
        """Show probabilities, each with a word behind its number; what is no number has no bar."""
        words = words or [""] * len(probabilities)
        for bar, number, share, word in zip(self.bars, self.numbers, probabilities, words, strict=True):
            width = min(max(share, 0.0), 1.0) if share == share else 0.0
            bar.set_width(width)
            number.set_text(f"{share:.2f}{word}")
            if self._numbers_at is None:
                number.set_x(width + self._gap)
        return False

    def update_answer(self, probabilities: Sequence[float], true: int | None = None) -> bool:
        """Show probabilities in the colours of the answer and of the true class, None where none is known."""
        words, colours = [""] * len(probabilities), [OTHER_COLOUR] * len(probabilities)
        answer = max(range(len(probabilities)), key=probabilities.__getitem__)
        colours[answer] = ANSWER_COLOUR
        if true is not None:
            words[answer] = " wrong"
            words[true], colours[true] = " right" if answer == true else " true", TRUE_COLOUR
        for bar, colour in zip(self.bars, colours, strict=True):
            bar.set_facecolor(colour)
        return self.update(probabilities, words)
