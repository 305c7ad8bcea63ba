"""The first explorer of lesson 04: a penguin travels through the drawn network, which lights up."""

from __future__ import annotations

from collections.abc import Iterator

from mlp_tutorial.lessons.forward_pass.network_picture import HEIGHT, WIDTH, NetworkPicture
from mlp_tutorial.lessons.forward_pass.stages import forward_program, forward_stages, measured, penguin_network
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, long
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.utils.wording import percent, short_number

BUTTONS = {
    "play": "Send the penguin through the network, layer by layer",
    "step": "Go one layer further",
    "reset": "Back to the beginning",
    "show code": "The plain PyTorch program that prints these numbers",
}


def explore_network(penguin: int = 3) -> NetworkExplorer:
    """Send a penguin through a trained network 2 → 4 → 3 → 3, and see it light up.

    Parameters
    ----------
    penguin : int, default 3
        A row of the training part, 0 to 205.

    Returns
    -------
    NetworkExplorer
        Shown by JupyterLab as sliders above the picture. `columns` and `probabilities` hold the numbers.

    Raises
    ------
    ValueError
        If there is no such penguin.

    Examples
    --------
    >>> explore_network(3).status_line.text
    'bill 36.4 mm long and 17.1 mm deep · answer: Adelie, 100 %'
    """
    return NetworkExplorer(penguin).shown()


class NetworkExplorer(Playback):
    """What `explore_network` returns: `columns` hold what inputs, layers and logits are, `probabilities` the answer."""

    def __init__(self, penguin: int) -> None:
        self.model, self.dataset = penguin_network()
        last_row = len(self.dataset.X_train) - 1
        if not 0 <= penguin <= last_row:
            raise ValueError(f"penguin is a row of the training part, 0 to {last_row}; it is {penguin}.")
        length, depth = measured(self.dataset, penguin)
        controls = {
            "bill_length": long(float_slider("bill length", length, 32, 60)),
            "bill_depth": long(float_slider("bill depth", depth, 13, 22)),
            "penguin": long(int_slider("penguin (row)", penguin, 0, last_row)),
        }
        canvas = Canvas(WIDTH, HEIGHT)
        self.picture = NetworkPicture(canvas, self.model, self.dataset)
        self._reached = 0  # columns that the penguin has come through; one more for the answer
        super().__init__(canvas, controls, top=("bill_length", "bill_depth"), buttons=BUTTONS)
        self.target = self.end()

    def done(self) -> int:
        """Return how many columns have been reached."""
        return self._reached

    def end(self) -> int:
        """Return the number of columns, and one for the answer."""
        return len(self.model.hidden_sizes) + 3

    def pace(self) -> float:
        """Return how many columns a second are played."""
        return 1.5

    def on_change(self, name: str) -> None:
        """Compute anew; another penguin first brings its own measurements."""
        if name == "penguin":
            row = self.controls["penguin"].value
            self.controls["bill_length"].value, self.controls["bill_depth"].value = measured(self.dataset, row)
        self.go_to(self.end())

    def work(self) -> Iterator[bool]:
        """Run the forward pass, and go on to the column that is wanted."""
        if self.restart:
            self._reached, self.restart = 0, False
        values = self.values()
        self.raw = [values["bill_length"], values["bill_depth"]]
        stages = forward_stages(self.model, self.dataset, self.raw)
        self.columns = [stage.values for stage in stages if stage.symbol in ("x", "a", "logits")]
        self.probabilities = stages[-1].values
        while self._reached < min(self.target, self.end()):
            self._reached += 1
            yield True

    def draw(self) -> bool:
        """Light the network as far as the penguin has come."""
        return self.picture.update(self.raw, self.columns, self.probabilities, self._reached)

    def status(self) -> tuple[list[str], str]:
        """Return the bill and the answer; below, where the penguin is and what the last layer hands on."""
        length, depth = self.raw
        parts = [f"bill {length:.1f} mm long and {depth:.1f} mm deep"]
        if self._reached == self.end():
            best = int(self.probabilities.argmax())
            return [*parts, f"answer: {self.dataset.class_names[best]}, {percent(self.probabilities[best])}"], ""
        if not self._reached:
            return parts, "At the beginning: press play."
        places = ["The inputs, standardised", *(f"Layer {n} hands on" for n in range(1, self.end() - 2)), "The logits"]
        numbers = ", ".join(map(short_number, self.columns[self._reached - 1].tolist()))
        return parts, f"{places[self._reached - 1]}: {numbers}."

    def sentence(self) -> str:
        """Return the numbers of every column that is lit, and the answer."""
        parts, note = self.status()
        lit = "; ".join(
            f"[{', '.join(map(short_number, column.tolist()))}]" for column in self.columns[: self._reached]
        )
        return f"A penguin in a drawn network 2 → 4 → 3 → 3, {', '.join(parts)}. Its columns: {lit}. {note}".strip()

    def program(self) -> str:
        """Return the plain PyTorch program that prints these numbers."""
        return forward_program(self.model, self.dataset, self.raw)
