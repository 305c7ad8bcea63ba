"""The optimizers of a race on a surface: real `torch.optim` classes, each stepping on two numbers of its own."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from mlp_tutorial.lessons.optimizers.surfaces import Surface, load_surface
from mlp_tutorial.programs import Code, Program, code_of

#: The optimizers that can be asked for by name, in the order of the lesson.
NAMES = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
CLASSES = {
    "sgd": torch.optim.SGD,
    "momentum": torch.optim.SGD,
    "nesterov": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
#: A coordinate beyond this has left every map.
FAR_AWAY = 1e6

Contender = str | type[torch.optim.Optimizer]


@dataclass(frozen=True)
class Settings:
    """What all optimizers of a race share."""

    learning_rate: float
    momentum: float
    beta1: float
    beta2: float
    weight_decay: float
    noise: float
    seed: int
    num_steps: int
    start: tuple[float, float]
    schedule: Callable[[int, int], float] | None


def name_of(contender: Contender) -> str:
    """Return what a contender is called in the legend."""
    return contender if isinstance(contender, str) else contender.__name__


def _known(contender: Contender) -> Contender:
    """Return the name of the optimizer that stands in for a learner's stub; any other contender as it is."""
    return getattr(contender, "stands_for", contender)


def _class_of(contender: Contender) -> type[torch.optim.Optimizer]:
    contender = _known(contender)
    return CLASSES[contender] if isinstance(contender, str) else contender


def options_of(contender: Contender, settings: Settings) -> dict[str, object]:
    """Return the keyword arguments with which an optimizer is made: those of the settings that it takes."""
    s, contender = settings, _known(contender)
    decay = {"weight_decay": s.weight_decay} if s.weight_decay or contender == "adamw" else {}
    if not isinstance(contender, str):
        taken = getattr(contender, "options", None) or tuple(inspect.signature(contender).parameters)
        offered = {
            "momentum": s.momentum,
            "beta1": s.beta1,
            "beta2": s.beta2,
            "betas": (s.beta1, s.beta2),
            "weight_decay": s.weight_decay,
        }
        return {"lr": s.learning_rate, **{name: offered[name] for name in offered if name in taken}}
    # Nesterov's step without momentum is the plain one, and PyTorch refuses to take it for another.
    nesterov = {"momentum": s.momentum, **({"nesterov": True} if s.momentum else {})}
    own = {
        "sgd": {},
        "momentum": {"momentum": s.momentum},
        "nesterov": nesterov,
        "rmsprop": {},
        "adam": {"betas": (s.beta1, s.beta2)},
        "adamw": {"betas": (s.beta1, s.beta2)},
    }[contender]
    return {"lr": s.learning_rate, **own, **decay}


class Racer:
    """One optimizer on its way down: its `trail` of places and the `losses` there, the start first.

    Parameters
    ----------
    contender : str or optimizer class
        A name out of `NAMES`, or a class of your own.
    surface : Surface
        What to descend.
    settings : Settings
        Shared by the whole race.
    """

    def __init__(self, contender: Contender, surface: Surface, settings: Settings) -> None:
        self.contender, self.name = contender, name_of(contender)
        self._surface, self._settings = surface, settings
        self._point = torch.tensor(settings.start, requires_grad=True)
        self.optimizer = _class_of(contender)([self._point], **options_of(contender, settings))
        self._scheduler = None
        if settings.schedule is not None:
            factor = settings.schedule
            self._scheduler = torch.optim.lr_scheduler.LambdaLR(
                self.optimizer, lambda step: float(factor(step, settings.num_steps))
            )
        # All racers feel the same noise.
        self._noise = torch.Generator().manual_seed(settings.seed)
        self.trail = [settings.start]
        self._loss = surface.loss(*self._point)
        self.losses = [self._loss.item()]
        self.lost = False

    def step(self) -> None:
        """Take one step, unless the racer has left the map for good."""
        if self.lost:
            return
        with torch.enable_grad():
            self.optimizer.zero_grad()
            self._loss.backward()
            if self._settings.noise:
                self._point.grad += self._settings.noise * torch.randn(2, generator=self._noise)
            self.optimizer.step()
            if self._scheduler is not None:
                self._scheduler.step()
            self._loss = self._surface.loss(*self._point)
        x, y = self._point.tolist()
        self.trail.append((x, y))
        self.losses.append(self._loss.item())
        self.lost = not (math.isfinite(self.losses[-1]) and max(abs(x), abs(y)) < FAR_AWAY)


def program(contenders: Sequence[Contender], surface: Surface, settings: Settings, num_steps: int) -> str:
    """Return a race as a plain PyTorch program, which prints where everyone ends."""
    s, sources, made = settings, [], []
    for number, contender in enumerate(contenders, 1):
        rule = getattr(contender, "made_from", None)
        code = code_of(rule or _class_of(contender), f"own_optimizer_{number}")
        optimizer = f"optimizer_with({code.expression})" if rule else code.expression
        arguments = "".join(f", {key}={value!r}" for key, value in options_of(contender, s).items())
        made.append(f'    "{name_of(contender)}": lambda point: {optimizer}([point]{arguments}),')
        with_rule = ("from mlp_tutorial.lessons.optimizers.own_optimizer import optimizer_with",) if rule else ()
        sources.append(code._replace(imports=(*with_rule, *code.imports)))
    if surface.name == "network":
        loss = Code('load_surface("network").loss', imports=(f"from {load_surface.__module__} import load_surface",))
    else:
        loss = code_of(surface.loss, "loss_at")
    steps = [
        f"for step in range({num_steps}):",
        "    optimizer.zero_grad()",
        "    loss_at(*point).backward()",
        "    optimizer.step()",
    ]
    optimizer = ["optimizer = make(point)"]
    if s.noise:
        optimizer.append(f"noise = torch.Generator().manual_seed({s.seed})")
        steps.insert(-1, f"    point.grad += {s.noise!r} * torch.randn(2, generator=noise)")
    if s.schedule is not None:
        schedule = code_of(s.schedule, "own_schedule")
        sources.append(schedule)
        factor = f"lambda step: {schedule.expression}(step, {s.num_steps})"
        optimizer.append(f"scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, {factor})")
        steps.append("    scheduler.step()")
    return (
        Program(
            imports=("import torch",),
            sources=(loss, *sources),
            data="\n".join([f"loss_at = {loss.expression}", "optimizers = {", *made, "}"]),
            model=f"point = torch.tensor({list(s.start)!r}, requires_grad=True)",
            optimizer="\n".join(optimizer),
            loop="\n".join(steps),
            report='x, y = point.tolist()\nprint(f"{name}: x {x:.6g}, y {y:.6g}, loss {loss_at(*point).item():.6g}")',
        )
        .repeated("for name, make in optimizers.items():")
        .text()
    )
