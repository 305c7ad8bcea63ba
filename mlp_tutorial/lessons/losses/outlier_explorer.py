"""The second explorer of lesson 07: a straight line through thirty penguins, one of them written down wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.losses.own_loss import LOSSES, OWN_STYLE, Criterion, criterion_named, own_name
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, long
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.programs import Program, code_of
from mlp_tutorial.utils.errors import check_positive
from mlp_tutorial.utils.wording import number

NUM_PENGUINS = 30
#: Steps of gradient descent, the first one's learning rate, and what it is multiplied by after each: the steps have to
#: shrink, for the gradient of the absolute error does not.
NUM_STEPS, LEARNING_RATE, DECAY = 200, 0.5, 0.97
#: Steps between two looks at whether a slider has moved.
STRETCH = 20
#: Flipper lengths, in mm, between which lines are drawn.
LENGTHS_DRAWN = torch.tensor([180.0, 236.0])
#: Heavier penguins are drawn at the upper edge, in kg.
HIGHEST_DRAWN = 8.5


class Line(NamedTuple):
    """A fitted line: mass = weight · standardised flipper length + bias, in kg."""

    weight: float
    bias: float
    loss: float  # what the criterion gives for it


def load_flippers() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, int]:
    """Load thirty training penguins.

    Returns
    -------
    flipper_length, x, mass : Tensors of shape (30,)
        Flipper length in mm, the same standardised, and body mass in kg.
    outlier : int
        The row of the penguin with the longest flippers.

    Examples
    --------
    >>> flipper_length, x, mass, outlier = load_flippers()
    >>> flipper_length[outlier].item(), round(mass[outlier].item(), 2)
    (230.0, 5.55)
    """
    penguins = load_dataset("penguins_body_mass")
    X = penguins.X_train[:NUM_PENGUINS]
    mass = penguins.target_in_units(penguins.y_train[:NUM_PENGUINS])[:, 0] / 1000
    return penguins.unstandardise(X)[:, 0], X[:, 0], mass, int(X[:, 0].argmax())


def fit_steps(x: torch.Tensor, mass: torch.Tensor, criterion: Criterion) -> Iterator[Line]:
    """Fit a line by gradient descent with shrinking steps; yields the line after each step."""
    X = torch.stack([x, torch.ones_like(x)], dim=1)  # (penguins, 2): for the weight and for the bias
    line = torch.zeros(2, requires_grad=True)
    for step in range(NUM_STEPS):
        with torch.enable_grad():
            loss = criterion(X @ line, mass)
            (gradient,) = torch.autograd.grad(loss, line)
        with torch.no_grad():
            line -= LEARNING_RATE * DECAY**step * gradient
        yield Line(*line.tolist(), loss.item())


def explore_outlier(mass: float = 5.55, *, delta: float = 0.5, own_loss: Criterion | None = None) -> OutlierExplorer:
    """Write down one penguin's mass wrongly, and see which lines follow it: flipper length → body mass.

    Parameters
    ----------
    mass : float, default 5.55
        What is written down for the penguin with the longest flippers, in kg; 5.55 is its true mass.
    delta : float, default 0.5
        The error, in kg, from which on the Huber loss is a straight line.
    own_loss : callable, optional
        A loss of your own, `own_loss(outputs, y)`: a fourth line. Where it would stop the notebook, it is left out.

    Returns
    -------
    OutlierExplorer
        Shown by JupyterLab as sliders above the picture. `lines` holds the fitted lines by the names of their losses.

    Raises
    ------
    ValueError
        If delta is not greater than 0.

    Examples
    --------
    >>> lines = explore_outlier(mass=12.0).lines
    >>> {name: round(line.weight, 2) for name, line in lines.items()}
    {'MSE': 1.24, 'MAE': 0.84, 'Huber': 0.87}
    """
    check_positive("delta", delta)
    return OutlierExplorer(mass, delta, own_loss).shown()


class OutlierPicture(Picture):
    """The penguins as they were measured, in mm and kg, and the line that each of the named losses fits to them."""

    def __init__(
        self, canvas: Canvas, flipper_length: torch.Tensor, mass: torch.Tensor, outlier: int, names: Sequence[str]
    ) -> None:
        with canvas.drawing() as figure:
            axes = figure.subplots()
            figure.subplots_adjust(left=0.075, right=0.98, bottom=0.15, top=0.91)
            axes.set(xlim=LENGTHS_DRAWN.tolist(), ylim=(-0.3, HIGHEST_DRAWN + 0.3))
            axes.set(xlabel="flipper length (mm)", ylabel="body mass (kg)")
            others, grey = torch.arange(NUM_PENGUINS) != outlier, {"color": "#888888", "markersize": 4.5}
            axes.plot(flipper_length[others], mass[others], "o", label="29 penguins", **grey)
            self.fits = {}
            for name in names:
                colour, style = LOSSES.get(name, OWN_STYLE)
                look = {"color": colour, "linestyle": style, "linewidth": 2.2, "label": drawable(name)}
                self.fits[name] = axes.plot([], [], **look)[0]
            place, dot = [flipper_length[outlier]], {"color": "black", "markerfacecolor": "white", "markersize": 6}
            (true_dot,) = axes.plot(place, [mass[outlier]], "o", **dot)
            (self.noted,) = axes.plot(place, [0], "X", color="black", markersize=9, label="the one you move")
            self.title = axes.set_title(" ")
            axes.legend(loc="upper left", ncols=2)
        canvas.set_moving([*self.fits.values(), true_dot, self.noted, self.title])

    def update(self, masses: Mapping[str, torch.Tensor], noted: float) -> bool:
        """Draw the lines, by the masses at both ends of `LENGTHS_DRAWN`, and the penguin."""
        for name, ends in masses.items():
            self.fits[name].set_data(LENGTHS_DRAWN, ends)
        self.noted.set_ydata([min(noted, HIGHEST_DRAWN)])
        self.noted.set_marker("X" if noted <= HIGHEST_DRAWN else "^")
        above = ", above the picture" if noted > HIGHEST_DRAWN else ""
        self.title.set_text(f"the penguin with the longest flippers, noted with {number(noted, 2)} kg{above}")
        return False


class OutlierExplorer(Explorer):
    """What `explore_outlier` returns: `lines`, by the names of the losses, and `slopes` in g for each mm of flipper."""

    def __init__(self, mass: float, delta: float, own_loss: Criterion | None) -> None:
        self._flipper_length, self._x, self._true_mass, self._outlier = load_flippers()
        self._millimetre = (self._x[1] - self._x[0]) / (self._flipper_length[1] - self._flipper_length[0])
        trial = self._x.clone().requires_grad_(), self._true_mass
        self._why = "" if own_loss is None else stand_in(own_loss, F.mse_loss, trial, noun="loss").why
        self._own = None if self._why else own_loss
        self._names = [*LOSSES, *([own_name(own_loss)] if self._own else [])]
        self.lines: dict[str, Line] = dict.fromkeys(self._names, Line(0.0, 0.0, 0.0))
        self._fitted_for: dict[str, tuple] = {}
        canvas = Canvas(640, 320)
        self.picture = OutlierPicture(canvas, self._flipper_length, self._true_mass, self._outlier, self._names)
        controls = {
            "mass": long(float_slider("mass (kg)", mass, 0, 20, 0.05)),
            "delta": long(float_slider("delta (kg)", delta, 0.1, 4)),
        }
        super().__init__(canvas, controls, top=("mass",), buttons=("show code",))

    @property
    def slopes(self) -> dict[str, float]:
        """The slopes of the lines, in g for each mm of flipper."""
        return {name: 1000 * line.weight * float(self._millimetre) for name, line in self.lines.items()}

    def work(self) -> Iterator[bool]:
        """Fit a line under each loss, a stretch of steps at a time."""
        mass, delta = self.values().values()
        noted = self._true_mass.clone()
        noted[self._outlier] = mass
        self._shown = mass, delta
        for name in self._names:
            fitted_for = (name, mass, delta if name == "Huber" else None)
            if fitted_for == self._fitted_for.get(name):
                continue
            for step, line in enumerate(fit_steps(self._x, noted, self._criterion(name)), start=1):
                self.lines[name] = line
                if step % STRETCH == 0:
                    yield False
            self._fitted_for[name] = fitted_for

    def _criterion(self, name: str) -> Criterion:
        return criterion_named(name, self._shown[1]) if name in LOSSES else self._own

    def draw(self) -> bool:
        """Draw the lines and the penguin."""
        ends = (LENGTHS_DRAWN - self._flipper_length[0]) * self._millimetre + self._x[0]  # standardised
        masses = {name: line.weight * ends + line.bias for name, line in self.lines.items()}
        return self.picture.update(masses, self._shown[0])

    def status(self) -> tuple[list[str], str]:
        """Return the slopes; below, how far off the noted mass is."""
        mass, true = self._shown[0], self._true_mass[self._outlier].item()
        slopes = " · ".join(f"{name} {number(slope, 0)}" for name, slope in self.slopes.items())
        parts = [f"mass noted {number(mass, 2)} kg", f"slope in g for each mm of flipper: {slopes}"]
        if self._why:
            return parts, f"Your loss {self._why}: its line is left out."
        if abs(mass - true) < 0.01:
            return parts, "This is the penguin's true mass."
        return parts, f"Its true mass is {number(true, 2)} kg (white dot): one of 30 numbers is wrong."

    def sentence(self) -> str:
        """Return the settings and the fitted lines."""
        (mass, delta), true = self._shown, self._true_mass[self._outlier].item()
        slopes = ", ".join(f"{name} {number(slope, 0)}" for name, slope in self.slopes.items())
        noted = "all noted rightly"
        if abs(mass - true) >= 0.01:
            noted = f"one of them noted with {number(mass, 2)} kg instead of {number(true, 2)} kg"
        return (
            f"Body mass by flipper length for {NUM_PENGUINS} penguins, {noted}; Huber's delta {delta:g} kg. "
            f"Slope of the fitted line, in g for each mm: {slopes}."
        )

    def program(self) -> str:
        """Return the plain PyTorch program that fits these lines."""
        mass, _ = self._shown
        criteria = {name: code_of(self._criterion(name), "own_criterion") for name in self._names}
        table = "\n".join(f'    "{name}": {code.expression},' for name, code in criteria.items())
        return Program(
            imports=("import torch", "from torch import nn", "from mlp_tutorial import load_dataset"),
            sources=tuple(criteria.values()),
            data=f"""\
penguins = load_dataset("penguins_body_mass")
x = penguins.X_train[:{NUM_PENGUINS}, 0]  # flipper lengths, standardised
y = penguins.target_in_units(penguins.y_train[:{NUM_PENGUINS}])[:, 0] / 1000  # masses in kg
y[x.argmax()] = {mass}
X = torch.stack([x, torch.ones_like(x)], dim=1)  # ({NUM_PENGUINS}, 2)
criteria = {{
{table}
}}""",
            loop=f"""\
for name, criterion in criteria.items():
    line = torch.zeros(2, requires_grad=True)  # weight and bias
    for step in range({NUM_STEPS}):
        loss = criterion(X @ line, y)
        (gradient,) = torch.autograd.grad(loss, line)
        with torch.no_grad():
            line -= {LEARNING_RATE} * {DECAY}**step * gradient
    print(f"{{name}}: mass = {{line[0]:.5f}} * x + {{line[1]:.5f}}, loss {{loss:.5f}}, "
          f"{{1000 * line[0] / penguins.feature_std[0]:.2f}} g for each mm")""",
        ).text()
