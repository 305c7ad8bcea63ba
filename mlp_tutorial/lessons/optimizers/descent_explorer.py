"""The first explorer of lesson 08: optimizers race down a surface, each from the same start, by the same rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import ipywidgets as widgets
import torch

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.optimizers.descent_picture import DescentPicture
from mlp_tutorial.lessons.optimizers.descent_racers import Optimizer, Racer, Settings, options_of, program
from mlp_tutorial.lessons.optimizers.schedules import Schedule, constant, cosine, usable_schedule
from mlp_tutorial.lessons.optimizers.start_sliders import StartSliders
from mlp_tutorial.lessons.optimizers.surfaces import SURFACES, load_surface
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, log_slider, long, menu, switch
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.utils.errors import check_known, check_positive

BUTTONS = {
    "play": "Show the race step by step; from the start if it is over",
    "step": "Let each take one step",
    "reset": "Back to the start",
    "show code": "The plain PyTorch program of this race",
}
SCHEDULES = {"constant": constant, "cosine": cosine}


def explore_descent(
    surface: str = "ravine",
    optimizers: Sequence[Optimizer] = ("sgd",),
    learning_rate: float = 0.02,
    *,
    rates: tuple[float, float] = (1e-4, 10.0),
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
    rates : pair of float, default (0.0001, 10)
        Both ends of the slider of the learning rate: the nearer they are, the finer it is.
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
        Shown by JupyterLab as sliders above the picture, at the start of the race: it is there to be played. `racers` hold
        every trail and its losses to the end.

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
    check_positive("learning_rate", learning_rate)
    if not 0 < rates[0] < rates[1]:
        raise ValueError(
            f"rates are the lowest and the highest of the slider, such as (0.01, 0.1); they are {rates!r}."
        )
    optimizers = [optimizers] if isinstance(optimizers, (str, type)) else list(optimizers)
    for one in optimizers:
        if isinstance(one, str):
            check_known("optimizer", one, OPTIMIZERS)
        elif not (isinstance(one, type) and issubclass(one, torch.optim.Optimizer)):
            raise TypeError(
                "An optimizer is a name or a class, such as torch.optim.Adam or optimizer_with(your_step); "
                f"it is {one!r}."
            )
    remark = ""
    if callable(schedule):
        chosen = usable_schedule(schedule, num_steps)
        schedule, remark = chosen.function, chosen.note
    else:
        check_known("schedule", schedule, SCHEDULES)
        schedule = SCHEDULES[schedule]
    x, y = load_surface(surface).start if start is None else map(float, start)
    settings = Settings(learning_rate, momentum, *betas, weight_decay, noise, seed, num_steps, (x, y), schedule)
    explorer = DescentExplorer(surface, optimizers, settings, rates)
    explorer.remark = remark
    return explorer.shown()


class DescentExplorer(Playback):
    """What `explore_descent` returns: `racers` hold the trails and losses shown."""

    def __init__(
        self, surface: str, optimizers: list[Optimizer], settings: Settings, rates: tuple[float, float]
    ) -> None:
        self._own = [optimizer for optimizer in optimizers if not isinstance(optimizer, str)]
        self.racers: list[Racer] = []
        self.num_steps = self._computed = 0  # shown, and taken by every optimizer that has not left the map
        self.target = int(settings.num_steps)
        canvas = Canvas(640, 340)
        self.picture = DescentPicture(canvas)
        schedules = {**SCHEDULES, _schedule_name(settings.schedule): settings.schedule}
        self._start = StartSliders(load_surface(surface), settings.start)
        controls: dict[str, widgets.Widget] = {
            "learning_rate": long(log_slider("learning rate", settings.learning_rate, *rates)),
            "momentum": long(float_slider("momentum", settings.momentum, 0, 0.99, 0.01)),
            "beta1": float_slider("beta1", settings.beta1, 0, 0.99, 0.01),
            "beta2": float_slider("beta2", settings.beta2, 0, 0.999, 0.001),
            "surface": menu("surface", surface, SURFACES),
            **self._start.controls,
            "num_steps": int_slider("steps", self.target, 10, 300, 10),
            "noise": float_slider("noise", settings.noise, 0, 5, 0.1),
            "weight_decay": float_slider("weight decay", settings.weight_decay, 0, 1, 0.01),
            "schedule": menu("schedule", settings.schedule, schedules),
            "seed": int_slider("seed", settings.seed, 0, 20),
            **{f"race_{name}": switch(name, name in optimizers) for name in OPTIMIZERS},
        }
        controls["beta2"].readout_format = ".3f"
        super().__init__(canvas, controls, top=("learning_rate", "momentum"), buttons=BUTTONS)

    def shown(self) -> DescentExplorer:
        """Draw the start of a race that is run already."""
        super().shown()
        self._show(0)
        return self

    def _show(self, step: int) -> None:
        self.num_steps = self.target = step
        self._paint(True, True)

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that race now."""
        return [*(name for name in OPTIMIZERS if self.controls[f"race_{name}"].value), *self._own]

    def done(self) -> int:
        """Return how many steps have been taken."""
        return self.num_steps

    def end(self) -> int:
        """Return the step where a race ends."""
        return self.controls["num_steps"].value

    def pace(self) -> float:
        """Return how many steps a second are played."""
        return 25.0

    def work(self) -> Iterator[bool]:
        """Let every optimizer take its steps, up to the one that is wanted."""
        if self.restart:
            self._begin()
        while self.num_steps < self.target:
            if self.num_steps == self._computed:
                for racer in self.racers:
                    racer.step()
                self._computed += 1
            self.num_steps += 1
            yield True

    def _begin(self) -> None:
        self._raced_with = self.values()
        values = {name: value for name, value in self._raced_with.items() if not name.startswith("race_")}
        surface = load_surface(values.pop("surface"))
        settings = Settings(start=(values.pop("x"), values.pop("y")), **values)
        racers = [Racer(optimizer, surface, settings) for optimizer in self.optimizers]
        self.surface, self.settings, self.racers = surface, settings, racers
        self.num_steps, self._computed, self.restart = 0, 0, False
        acting = {"seed"} if settings.noise else set()
        acting = acting.union(*map(options_of, self.optimizers))
        if "betas" in acting:
            acting |= {"beta1", "beta2"}
        for name in ("momentum", "beta1", "beta2", "weight_decay", "seed"):
            self.controls[name].layout.display = "" if name in acting else "none"  # what moves nothing is not there

    def on_change(self, name: str) -> None:
        """Run the race anew; what a page sends back as it was, up to its rounding, is no move."""
        if self.values() == self._raced_with:
            return
        if name == "surface":
            self._start.move_to(load_surface(self.controls["surface"].value))
        elif self._start.takes_back(name):
            return
        self.go_to(self.end(), restart=True)

    def draw(self) -> bool:
        """Bring map and curves up to date."""
        return self.picture.update(self.surface, self.racers, self.num_steps, max(self.end(), self.num_steps))

    def status(self) -> tuple[list[str], str]:
        """Return the step and every loss; below, which optimizer is lowest and which have left the map."""
        losses = ", ".join(f"{racer.name} {_loss(racer.at(self.num_steps)[1])}" for racer in self.racers)
        parts = [f"step {self.num_steps} of {max(self.end(), self.num_steps)}"]
        if not self.racers:
            return parts, 'No optimizer is chosen: tick one under "More".'
        return [*parts, f"loss: {losses}"], self._note()

    def _note(self) -> str:
        if self.num_steps == 0:
            return "At the start: press play."
        left, right, bottom, top = self.surface.limits
        on_map, gone = [], []
        for racer in self.racers:
            (x, y), loss = racer.at(self.num_steps)
            if left <= x <= right and bottom <= y <= top:
                on_map.append((loss, racer.name))
            else:
                gone.append(racer.name)
        notes = [f"Off the map: {', '.join(gone)}."] if gone else []
        if len({_loss(loss) for loss, _ in on_map}) > 1:
            notes.append(f"Lowest: {min(on_map, key=lambda one: one[0])[1]}.")
        return " ".join(notes)

    def sentence(self) -> str:
        """Return settings and results."""
        s = self.settings
        words = [f"learning rate {s.learning_rate:g}"]
        options = set().union(*map(options_of, self.optimizers))
        if "momentum" in options:
            words.append(f"momentum {s.momentum:g}")
        if options & {"betas", "beta1", "beta2"}:
            words.append(f"betas {s.beta1:g} and {s.beta2:g}")
        words += [
            f"{name} {value:g}" for name, value in {"noise": s.noise, "weight decay": s.weight_decay}.items() if value
        ]
        if s.schedule is not constant:
            words.append(f"schedule {_schedule_name(s.schedule)}")
        text, note = self.status()
        where = f"({s.start[0]:g}, {s.start[1]:g})".replace("-", "−")
        return f"Race on the surface {self.surface.name} from {where}, {', '.join(words)}. {'; '.join(text)}. {note}".strip()

    def program(self) -> str:
        """Return the plain PyTorch program of the race as far as it is shown; at its start, of the whole race."""
        return program(self.optimizers, self.surface, self.settings, self.num_steps or self.end())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        if self.num_steps:
            return super()._repr_mimebundle_()
        self._show(self.end())  # a still cannot be played: it shows the end
        bundle = super()._repr_mimebundle_()
        self._show(0)
        return bundle


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
