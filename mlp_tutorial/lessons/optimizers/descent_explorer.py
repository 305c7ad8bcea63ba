"""The first explorer of lesson 08: optimizers race down a surface, each from the same start, by the same rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import ipywidgets as widgets
import torch

from mlp_tutorial.lessons.optimizers.descent_picture import DescentPicture
from mlp_tutorial.lessons.optimizers.descent_racers import NAMES, Contender, Racer, Settings, name_of, program
from mlp_tutorial.lessons.optimizers.schedules import Schedule, cosine, usable_schedule
from mlp_tutorial.lessons.optimizers.surfaces import SURFACES, load_surface
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, log_slider, menu, switch
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.utils.errors import unknown_name

#: Steps a second at which a race is played.
STEPS_A_SECOND = 25.0


BUTTONS = {
    "play": "Show the race step by step; from the start if it is over",
    "step": "Let each take one step",
    "reset": "Back to the start",
    "show code": "The plain PyTorch program of this race",
}
SCHEDULES = {"constant": None, "cosine": cosine}


def explore_descent(
    surface: str = "ravine",
    optimizers: Sequence[Contender] = ("sgd",),
    learning_rate: float = 0.02,
    *,
    momentum: float = 0.9,
    betas: tuple[float, float] = (0.9, 0.999),
    start: tuple[float, float] | None = None,
    num_steps: int = 100,
    noise: float = 0.0,
    weight_decay: float = 0.0,
    schedule: str | Schedule = "constant",
    seed: int = 0,
) -> DescentExplorer:
    """Let optimizers race down a surface under your hand.

    Parameters
    ----------
    surface : {"bowl", "ravine", "saddle", "rosenbrock", "network"}, default "ravine"
        What to descend. "network" is a slice through the loss of a network on the penguins.
    optimizers : sequence of str or optimizer classes, default ("sgd",)
        Names out of "sgd", "momentum", "nesterov", "rmsprop", "adam" and "adamw", and classes of your own.
    learning_rate : float, default 0.02
        The same for all.
    momentum : float, default 0.9
        Of momentum and Nesterov.
    betas : pair of float, default (0.9, 0.999)
        Of Adam and AdamW. (RMSprop keeps PyTorch's default `alpha=0.99`.)
    start : pair of float, optional
        Where all begin; by default a place that suits the surface.
    num_steps : int, default 100
        Where a race ends.
    noise : float, default 0.0
        Standard deviation of random numbers that are added to the gradient, as small batches do.
    weight_decay : float, default 0.0
        The option of that name, of all optimizers.
    schedule : {"constant", "cosine"} or callable, default "constant"
        Factor of the learning rate at each step; your own is called with the step (from 0) and the number of steps.
    seed : int, default 0
        For the noise.

    Returns
    -------
    DescentExplorer
        Shown by JupyterLab as sliders above the picture. `racers` hold every trail and its losses.

    Raises
    ------
    TypeError, ValueError
        If a surface, an optimizer or a schedule is unknown, or a setting cannot work.

    References
    ----------
    Y. Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)", 1983.
    T. Tieleman and G. Hinton, "Lecture 6.5: RMSprop", Neural Networks for Machine Learning, 2012.
    Those of momentum, Adam and AdamW stand at their checks in `update_rules`.

    Examples
    --------
    >>> explorer = explore_descent("bowl", ["sgd"], learning_rate=1.0, num_steps=1)
    >>> explorer.racers[0].trail[-1]
    (0.0, 0.0)
    """
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be greater than 0; it is {learning_rate!r}.")
    contenders = [optimizers] if isinstance(optimizers, (str, type)) else list(optimizers)
    for contender in contenders:
        if isinstance(contender, str) and contender not in NAMES:
            raise ValueError(unknown_name("optimizer", contender, NAMES))
        if not isinstance(contender, str) and not (
            isinstance(contender, type) and issubclass(contender, torch.optim.Optimizer)
        ):
            raise TypeError(
                "An optimizer is a name or a class, such as torch.optim.Adam or optimizer_with(your_step); "
                f"it is {contender!r}."
            )
    if not callable(schedule) and schedule not in SCHEDULES:
        raise ValueError(unknown_name("schedule", schedule, SCHEDULES))
    remark = ""
    if callable(schedule):
        chosen = usable_schedule(schedule, num_steps)
        schedule, remark = chosen.function, chosen.note
    start = load_surface(surface).start if start is None else start
    values = {
        "learning_rate": learning_rate,
        "momentum": momentum,
        "beta1": betas[0],
        "beta2": betas[1],
        "x": float(start[0]),
        "y": float(start[1]),
        "num_steps": num_steps,
        "noise": noise,
        "weight_decay": weight_decay,
        "seed": seed,
    }
    explorer = DescentExplorer(surface, contenders, values, schedule)
    explorer.remark = remark
    return explorer.shown()


class DescentExplorer(Playback):
    """What `explore_descent` returns: `racers` hold the trails and losses shown."""

    def __init__(
        self, surface: str, contenders: list[Contender], values: dict[str, float], schedule: str | Schedule
    ) -> None:
        self._own = [contender for contender in contenders if not isinstance(contender, str)]
        self.racers: list[Racer] = []
        self.num_steps = 0  # taken by every racer that has not left the map
        self.target = int(values["num_steps"])
        canvas = Canvas(640, 340)
        self.picture = DescentPicture(canvas)
        schedules = {name: name for name in SCHEDULES}
        if callable(schedule):
            schedules[_schedule_name(schedule)] = schedule
        controls: dict[str, widgets.Widget] = {
            "learning_rate": log_slider("learning rate", values["learning_rate"], 1e-4, 10),
            "momentum": float_slider("momentum", values["momentum"], 0, 0.99, 0.01),
            "beta1": float_slider("beta1", values["beta1"], 0, 0.99, 0.01),
            "beta2": float_slider("beta2", values["beta2"], 0, 0.999, 0.001),
            "surface": menu("surface", surface, list(SURFACES)),
            **_start_sliders(surface, values["x"], values["y"]),
            "num_steps": int_slider("steps", int(values["num_steps"]), 10, 300, 10),
            "noise": float_slider("noise", values["noise"], 0, 5, 0.1),
            "weight_decay": float_slider("weight decay", values["weight_decay"], 0, 1, 0.01),
            "schedule": menu("schedule", schedule, schedules),
            "seed": int_slider("seed", values["seed"], 0, 20),
            **{f"race_{name}": switch(name, name in contenders) for name in NAMES},
        }
        controls["beta2"].readout_format = ".3f"
        adaptive = any(name in contenders for name in ("adam", "adamw")) or len(self._own) > 0
        top = ("learning_rate", "momentum", "beta1", "beta2") if adaptive else ("learning_rate", "momentum", "x", "y")
        super().__init__(canvas, controls, top=top, buttons=BUTTONS)

    @property
    def contenders(self) -> list[Contender]:
        """The optimizers that race now."""
        return [*(name for name in NAMES if self.controls[f"race_{name}"].value), *self._own]

    def done(self) -> int:
        """Return how many steps have been taken."""
        return self.num_steps

    def end(self) -> int:
        """Return the step where a race ends."""
        return self.controls["num_steps"].value

    def pace(self) -> float:
        """Return how many steps a second are played."""
        return STEPS_A_SECOND

    def work(self) -> Iterator[bool]:
        """Let every racer take its steps, up to the one that is wanted."""
        if self.restart:
            self._begin()
        while self.num_steps < self.target:
            for racer in self.racers:
                racer.step()
            self.num_steps += 1
            yield True

    def _begin(self) -> None:
        surface, settings = load_surface(self.controls["surface"].value), self._settings()
        racers = [Racer(contender, surface, settings) for contender in self.contenders]
        self.surface, self.settings, self.racers = surface, settings, racers
        self.num_steps, self.restart = 0, False

    def _settings(self) -> Settings:
        value = self.values()
        schedule = value["schedule"]
        names = ("learning_rate", "momentum", "beta1", "beta2", "weight_decay", "noise", "seed", "num_steps")
        return Settings(
            **{name: value[name] for name in names},
            start=(value["x"], value["y"]),
            schedule=schedule if callable(schedule) else SCHEDULES[schedule],
        )

    # Events ----------------------------------------------------------------------------------------------------

    def on_change(self, name: str) -> None:
        """Run the race anew."""
        if name == "surface":
            self._move_start()
        self.go_to(self.end(), restart=True)

    def _move_start(self) -> None:
        """Give the sliders of the start the range of another map."""
        surface = load_surface(self.controls["surface"].value)
        for name, (low, high), value in zip("xy", _ranges(surface.name), surface.start, strict=True):
            slider = self.controls[name]
            # One assignment at a time, and never a range without the value in it.
            slider.min, slider.max = min(slider.min, low), max(slider.max, high)
            slider.value = value
            slider.min, slider.max = low, high

    # What is seen ----------------------------------------------------------------------------------------------

    def draw(self) -> bool:
        """Bring map and curves up to date."""
        return self.picture.update(self.surface, self.racers, max(self.end(), self.num_steps))

    def status(self) -> tuple[list[str], str]:
        """Return the step and every loss; below, who is lowest and who is lost."""
        losses = ", ".join(f"{racer.name} {_loss(racer.losses[-1])}" for racer in self.racers)
        parts = [f"step {self.num_steps} of {max(self.controls['num_steps'].value, self.num_steps)}"]
        if not self.racers:
            return parts, 'Nobody races: tick an optimizer under "More".'
        return [*parts, f"loss: {losses}"], self._note()

    def _note(self) -> str:
        if self.num_steps == 0:
            return "At the start."
        left, right, bottom, top = self.surface.limits
        gone = [
            racer.name
            for racer in self.racers
            if racer.lost or not (left <= racer.trail[-1][0] <= right and bottom <= racer.trail[-1][1] <= top)
        ]
        notes = [f"Off the map: {', '.join(gone)}."] if gone else []
        if len(self.racers) > 1 and len(gone) < len(self.racers):
            lowest = min((racer for racer in self.racers if racer.name not in gone), key=lambda one: one.losses[-1])
            notes.append(f"Lowest: {lowest.name}.")
        return " ".join(notes)

    def sentence(self) -> str:
        """Return settings and results."""
        s = self.settings
        words = [f"learning rate {s.learning_rate:g}"]
        running = {name_of(contender) for contender in self.contenders}
        if running - {"sgd", "rmsprop", "adam", "adamw"}:
            words.append(f"momentum {s.momentum:g}")
        if running - {"sgd", "momentum", "nesterov", "rmsprop"}:
            words.append(f"betas {s.beta1:g} and {s.beta2:g}")
        words += [
            f"{name} {value:g}" for name, value in (("noise", s.noise), ("weight decay", s.weight_decay)) if value
        ]
        if s.schedule is not None:
            words.append(f"schedule {_schedule_name(s.schedule)}")
        text, note = self.status()
        where = f"({s.start[0]:g}, {s.start[1]:g})".replace("-", "−")
        return f"Race on the surface {self.surface.name} from {where}, {', '.join(words)}. {'; '.join(text)}. {note}".strip()

    def program(self) -> str:
        """Return the plain PyTorch program of the race shown."""
        return program(self.contenders, self.surface, self.settings, self.num_steps)


def _start_sliders(surface: str, x: float, y: float) -> dict[str, widgets.Widget]:
    ranges = _ranges(surface)
    return {
        name: float_slider(f"start {name}", value, low, high, 0.01)
        for name, value, (low, high) in zip("xy", (x, y), ranges, strict=True)
    }


def _ranges(surface: str) -> tuple[tuple[float, float], tuple[float, float]]:
    left, right, bottom, top = load_surface(surface).limits
    return (left, right), (bottom, top)


def _schedule_name(schedule: Callable) -> str:
    return getattr(schedule, "__name__", type(schedule).__name__)


def _loss(loss: float) -> str:
    """Return a loss with two digits that count."""
    if not math.isfinite(loss) or loss > 9e5:
        return "beyond bounds"
    if loss < 1e-6:
        return "below 0.000001"
    rounded = f"{loss:.2g}"
    return f"{float(rounded):,.0f}" if loss >= 100 else f"{float(rounded):.6f}".rstrip("0").rstrip(".")
