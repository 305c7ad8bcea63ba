"""The forward stepper of lesson 04: one penguin on its way through a network, number by number."""

from __future__ import annotations

from mlp_tutorial.lessons.forward_pass.forward_picture import ForwardPicture
from mlp_tutorial.lessons.forward_pass.stages import (
    computed,
    forward_program,
    forward_stages,
    measured,
    penguin_network,
)
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, long
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.utils.wording import architecture_in_words, percent, short_number


def explore_forward(
    penguin: int = 3, *, step: int = 3, bill_length: float | None = None, bill_depth: float | None = None
) -> ForwardExplorer:
    """Follow one penguin through a trained network 2 → 4 → 3 → 3, one number a step.

    Parameters
    ----------
    penguin : int, default 3
        A row of the training part, 0 to 205.
    step : int, default 3
        How many of the 22 numbers have been computed, 1 to 22.
    bill_length, bill_depth : float, optional
        In mm; by default as measured on that penguin.

    Returns
    -------
    ForwardExplorer
        Shown by JupyterLab as sliders above the picture. `stages` holds the numbers.

    Raises
    ------
    ValueError
        If there is no such penguin or step.

    Examples
    --------
    >>> explorer = explore_forward(3, step=22)
    >>> print(explorer.equation())
    p[2] = e^(−4.10) / (e^4.58 + e^(−2.46) + e^(−4.10)) = 0.02 / 97.3 = 0.00
    """
    return ForwardExplorer(penguin, step, bill_length, bill_depth).shown()


class ForwardExplorer(Explorer):
    """What `explore_forward` returns: `stages` holds the numbers, `equation()` the sum behind the newest one."""

    def __init__(self, penguin: int, step: int, *bill: float | None) -> None:
        self.model, self.dataset = penguin_network()
        last_row = len(self.dataset.X_train) - 1
        if not 0 <= penguin <= last_row:
            raise ValueError(f"penguin is a row of the training part, 0 to {last_row}; it is {penguin}.")
        of_penguin = measured(self.dataset, penguin)
        stages = forward_stages(self.model, self.dataset, of_penguin)
        self._num_steps = sum(len(stage.values) for stage in stages)
        if not 1 <= step <= self._num_steps:
            raise ValueError(f"step counts the numbers computed, 1 to {self._num_steps}; it is {step}.")
        length, depth = (value if own is None else own for own, value in zip(bill, of_penguin, strict=True))
        canvas = Canvas(612, 350)
        self.picture = ForwardPicture(canvas)
        controls = {
            "penguin": long(int_slider("penguin (row)", penguin, 0, last_row)),
            "step": int_slider("step", step, 1, self._num_steps),
            "bill_length": long(float_slider("bill length", length, 32, 60)),
            "bill_depth": float_slider("bill depth", depth, 13, 22),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def on_change(self, name: str) -> None:
        """Compute anew; another penguin first brings its own measurements."""
        if name == "penguin":
            length, depth = measured(self.dataset, self.controls["penguin"].value)
            self.controls["bill_length"].value, self.controls["bill_depth"].value = length, depth
        self.runner.start(self.work)

    def work(self) -> None:
        """Run the forward pass for the sliders' values."""
        self._penguin, self._step, *self.raw = self.values().values()
        self.stages = forward_stages(self.model, self.dataset, self.raw)
        self.computed = computed(self.stages, self._step)
        self.stage = sum(count > 0 for count in self.computed) - 1
        self.unit = self.computed[self.stage] - 1

    def draw(self) -> bool:
        """Draw the pass so far."""
        whose = f"penguin {self._penguin}" if self._is_measured() else "edited"
        return self.picture.update(self.stages, self.computed, whose)

    def _is_measured(self) -> bool:
        return self.raw == measured(self.dataset, self._penguin)

    def equation(self) -> str:
        """Return how the newest number is computed, with all its numbers, such as "a[1] = max(0, −0.16) = 0.00"."""
        return self.stages[self.stage].equation(self.unit)

    def status(self) -> tuple[list[str], str]:
        """Return where the newest number stands; below, what it means."""
        stage, unit = self.stages[self.stage], self.unit
        newest = f"{stage.symbol}[{unit}] = {stage.shown(unit)}"
        parts = [f"step {self._step} of {self._num_steps}", stage.where(unit), newest]
        return [*parts, self._answer()] if self._step == self._num_steps else parts, stage.meaning(unit)

    def _answer(self) -> str:
        best = int(self.stages[-1].values.argmax())
        share = percent(self.stages[-1].values[best])
        names, truth = self.dataset.class_names, self.dataset.y_train[self._penguin]
        return f"answer: {names[best]}, {share}" + (f" (truly {names[truth]})" if self._is_measured() else "")

    def sentence(self) -> str:
        """Return the numbers computed so far, and how the newest one came about."""
        length, depth = self.raw
        shown = [
            f"{stage.place} {stage.symbol} = [{', '.join(map(short_number, stage.values[:count].tolist()))}]"
            for stage, count in zip(self.stages, self.computed, strict=True)
            if count
        ]
        whose = f"Penguin {self._penguin}" if self._is_measured() else "An edited penguin"
        answer = f" The {self._answer()}." if self._step == self._num_steps else ""
        architecture = architecture_in_words(self.model.input_size, self.model.hidden_sizes, self.model.output_size)
        return (
            f"{whose}, bill {length:.1f} mm long and {depth:.1f} mm deep, in a network {architecture}, "
            f"step {self._step} of {self._num_steps}: {self.equation()}. So far: {'; '.join(shown)}.{answer}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints these numbers."""
        return forward_program(self.model, self.dataset, self.raw)
