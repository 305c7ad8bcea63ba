"""Move a digit, in lesson 10: linear layers lose it, a convolution does not notice."""

from __future__ import annotations

import torch

from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.lessons.conclusion.moved_digit_picture import MovedDigitPicture
from mlp_tutorial.lessons.conclusion.moved_digits import (
    BATCH_SIZE,
    LEARNING_RATE,
    MOST,
    NETWORKS,
    NUM_EPOCHS,
    digits_of,
    on_sheet,
    trained_networks,
)
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import int_slider
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.programs import MINI_BATCH_LOOP, Code, Program, code_of
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.utils.errors import check_known
from mlp_tutorial.utils.wording import percent


def explore_moved_digit(digit: int = 6, right: int = 0, down: int = 0) -> MovedDigitExplorer:
    """Move a digit on its sheet, and see what two networks answer that were trained on digits in its middle.

    Parameters
    ----------
    digit : int, default 6
        0 to 9: the first validation digit of this class that both networks read in the middle.
    right, down : int, default 0
        Pixels by which it is moved, −2 to 2.

    Returns
    -------
    MovedDigitExplorer
        Shown by JupyterLab as sliders above a picture. `shares` holds the probabilities that each network gives, `counts`
        how many of all validation digits each answers right when they are moved alike.

    Raises
    ------
    ValueError
        If there is no such digit, or it would leave the sheet.

    Examples
    --------
    >>> explorer = explore_moved_digit(6, right=1)
    >>> [int(shares.argmax()) for shares in explorer.shares]
    [1, 6]
    """
    return MovedDigitExplorer(digit, right, down).shown()


class MovedDigitExplorer(Explorer):
    """What `explore_moved_digit` returns: `sheet` holds the moved digit, `shares` the answers of `networks` by name."""

    def __init__(self, digit: int, right: int, down: int) -> None:
        names = cached_dataset("digits").class_names
        check_known("digit", str(digit), names)
        for name, pixels in (("right", right), ("down", down)):
            check_known(f"number of pixels for {name}", str(pixels), list(map(str, range(-MOST, MOST + 1))))
        self.networks = trained_networks()
        self._pictures, self._y = digits_of("validation")
        read = [predict(network, on_sheet(self._pictures)) == self._y for network in self.networks.values()]
        both = torch.stack(read).all(0)  # (digits,)
        self._rows = [int((both & (self._y == number)).nonzero()[0]) for number in range(len(names))]
        canvas = Canvas(640, 310)
        self.picture = MovedDigitPicture(canvas, list(self.networks), names, side=8 + 2 * MOST, margin=MOST)
        controls = {
            "digit": int_slider("digit", digit, 0, len(names) - 1),
            "right": int_slider("right", right, -MOST, MOST),
            "down": int_slider("down", down, -MOST, MOST),
        }
        super().__init__(canvas, controls, top=("right", "down", "digit"), buttons=("show code",))

    def work(self) -> None:
        """Ask both networks about the moved digit, and about all others moved alike."""
        self.digit, *self.moved = self.values().values()
        sheets = on_sheet(self._pictures, *self.moved)  # (digits, 1, 12, 12)
        self.sheet = sheets[self._rows[self.digit], 0]  # (12, 12)
        self.shares, self.counts = [], []
        for network in self.networks.values():
            probabilities = predict(network, sheets, probabilities=True)  # (digits, 10)
            self.shares.append(probabilities[self._rows[self.digit]])
            self.counts.append(int((probabilities.argmax(1) == self._y).sum()))

    def draw(self) -> bool:
        """Draw the sheet and the bars of both networks."""
        return self.picture.update(self.sheet, self.shares, self.digit)

    def status(self) -> tuple[list[str], str]:
        """Return both answers, and how many of all digits are right; below, which digit it is and how it is moved."""
        parts = [
            f"{name}: {int(shares.argmax())}, {percent(shares.max().item())}"
            for name, shares in zip(self.networks, self.shares, strict=True)
        ]
        linear, convolution = self.counts
        parts.append(f"of all {len(self._y)} digits, moved alike: {linear} and {convolution} right")
        ways = zip(self.moved, (("left", "right"), ("up", "down")), strict=True)
        moves = [f"{abs(pixels)} {words[pixels > 0]}" for pixels, words in ways if pixels]
        place = f"moved {' and '.join(moves)}" if moves else "where it was written"
        return parts, f"The {self.digit} of validation row {self._rows[self.digit]}, {place}."

    def sentence(self) -> str:
        """Return the digit, its place and both answers; how many of all are right depends a little on the processor."""
        parts, note = self.status()
        return f"{note} {', '.join(parts[: len(self.networks)])}."

    def program(self) -> str:
        """Return the plain PyTorch program that trains both networks and prints these probabilities."""
        right, down = self.moved
        data = f"""\
digits = load_dataset("digits")
ink = [digits.unstandardise(X).reshape(-1, 1, 8, 8) / 16 for X in (digits.X_train, digits.X_validation)]
X, y = on_sheet(ink[0]), digits.y_train
sheet = on_sheet(ink[1][[{self._rows[self.digit]}]], right={right}, down={down})  # (1, 1, 12, 12)"""
        report = """\
with torch.no_grad():
    shares = model(sheet).softmax(1)[0]  # (10,)
print("probabilities", [round(share, 4) for share in shares.tolist()])"""
        functions = (code_of(function, "") for function in (on_sheet, *NETWORKS.values()))
        program = Program(
            sources=(Code("", imports=("from mlp_tutorial import load_dataset",)), *functions),
            data=data,
            model="torch.manual_seed(0)\nmodel = make()",
            criterion="criterion = nn.CrossEntropyLoss()",
            optimizer=f"optimizer = torch.optim.Adam(model.parameters(), lr={LEARNING_RATE})",
            loop=MINI_BATCH_LOOP.format(num_epochs=NUM_EPOCHS, batch_size=BATCH_SIZE, seed=0, change=""),
            report=report,
        )
        return program.repeated(f"for make in ({', '.join(make.__name__ for make in NETWORKS.values())}):").text()
