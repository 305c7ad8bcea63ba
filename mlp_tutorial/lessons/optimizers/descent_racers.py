"""The optimizers of a race on a surface: real `torch.optim` classes, each stepping on two numbers of its own."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.optimizers.schedules import Schedule, constant
from mlp_tutorial.lessons.optimizers.surfaces import Surface, load_surface
from mlp_tutorial.programs import Code, Program, code_of

#: The setting that each of `OPTIMIZERS` takes, beside the weight decay that all of them take.
TAKEN = {"momentum": "momentum", "nesterov": "momentum", "adam": "betas", "adamw": "betas"}
#: A coordinate beyond this has left every map.
FAR_AWAY = 1e6

#: One of these names, or a class of the learner's own.
Optimizer = str | type[torch.optim.Optimizer]


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
    schedule: Schedule


def name_of(optimizer: Optimizer) -> str:
    """Return what an optimizer is called in the legend."""
    return optimizer if isinstance(optimizer, str) else optimizer.__name__


def options_of(optimizer: Optimizer) -> set[str]:
    """Return the names of the settings that an optimizer takes."""
    optimizer = getattr(optimizer, "stands_for", optimizer)  # in the place of a learner's stub
    if isinstance(optimizer, str):
        return {"weight_decay", TAKEN[optimizer]} if optimizer in TAKEN else {"weight_decay"}
    return {*(getattr(optimizer, "options", None) or inspect.signature(optimizer).parameters)}


def _class_and_options(
    optimizer: Optimizer, settings: Settings
) -> tuple[type[torch.optim.Optimizer], dict[str, object]]:
    """Return an optimizer's class, and the keyword arguments with which it is made: the settings that it takes."""
    s, taken = settings, options_of(optimizer)
    optimizer = getattr(optimizer, "stands_for", optimizer)
    offered = {name: getattr(s, name) for name in ("momentum", "beta1", "beta2")}
    offered |= {"betas": (s.beta1, s.beta2), "weight_decay": s.weight_decay}
    optimizer_class = OPTIMIZERS[optimizer][0] if isinstance(optimizer, str) else optimizer
    if isinstance(optimizer, str) and optimizer != "adamw" and not s.weight_decay:
        taken -= {"weight_decay"}  # as the others have it by default
    options = {"lr": s.learning_rate, **{name: value for name, value in offered.items() if name in taken}}
    if optimizer == "nesterov" and s.momentum:
        options["nesterov"] = True  # without momentum its step is the plain one, and PyTorch refuses the option
    return optimizer_class, options


class Racer:
    """One optimizer on its way down: its `trail` of places and the `losses` there, the start first."""

    def __init__(self, optimizer: Optimizer, surface: Surface, settings: Settings) -> None:
        self.name, self._surface, self._settings = name_of(optimizer), surface, settings
        self._point = torch.tensor(settings.start, requires_grad=True)
        optimizer_class, options = _class_and_options(optimizer, settings)
        self.optimizer = optimizer_class([self._point], **options)
        self._scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: float(settings.schedule(step, settings.num_steps))
        )
        # All optimizers feel the same noise.
        self._noise = torch.Generator().manual_seed(settings.seed)
        self.trail = [settings.start]
        self._loss = surface.loss(*self._point)
        self.losses = [self._loss.item()]
        self.diverged = False

    def at(self, step: int) -> tuple[tuple[float, float], float]:
        """Return the place after a step, or where it left the map before that, and the loss there."""
        step = min(step, len(self.trail) - 1)
        return self.trail[step], self.losses[step]

    def step(self) -> None:
        """Take one step, unless the optimizer has left the map for good."""
        if self.diverged:
            return
        with torch.enable_grad():
            self.optimizer.zero_grad()
            self._loss.backward()
            if self._settings.noise:
                self._point.grad += self._settings.noise * torch.randn(2, generator=self._noise)
            self.optimizer.step()
            self._scheduler.step()
            self._loss = self._surface.loss(*self._point)
        x, y = self._point.tolist()
        self.trail.append((x, y))
        self.losses.append(self._loss.item())
        self.diverged = not (math.isfinite(self.losses[-1]) and max(abs(x), abs(y)) < FAR_AWAY)


def program(optimizers: Sequence[Optimizer], surface: Surface, settings: Settings, num_steps: int) -> str:
    """Return a race as a plain PyTorch program, which prints where each optimizer ends."""
    s, sources, made = settings, [], []
    for number, optimizer in enumerate(optimizers, 1):
        optimizer_class, options = _class_and_options(optimizer, s)
        rule = getattr(optimizer, "made_from", None)
        code = code_of(rule or optimizer_class, f"own_optimizer_{number}")
        maker = f"optimizer_with({code.expression})" if rule else code.expression
        arguments = "".join(f", {key}={value!r}" for key, value in options.items())
        made.append(f'    "{name_of(optimizer)}": lambda point: {maker}([point]{arguments}),')
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
    set_up = ["optimizer = make(point)"]
    if s.noise:
        set_up.append(f"noise = torch.Generator().manual_seed({s.seed})")
        steps.insert(-1, f"    point.grad += {s.noise!r} * torch.randn(2, generator=noise)")
    if s.schedule is not constant:
        schedule = code_of(s.schedule, "own_schedule")
        sources.append(schedule)
        factor = f"lambda step: {schedule.expression}(step, {s.num_steps})"
        set_up.append(f"scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, {factor})")
        steps.append("    scheduler.step()")
    run = Program(
        imports=("import torch",),
        sources=(loss, *sources),
        data="\n".join([f"loss_at = {loss.expression}", "optimizers = {", *made, "}"]),
        model=f"point = torch.tensor({list(s.start)!r}, requires_grad=True)",
        optimizer="\n".join(set_up),
        loop="\n".join(steps),
        report='x, y = point.tolist()\nprint(f"{name}: x {x:.6g}, y {y:.6g}, loss {loss_at(*point).item():.6g}")',
    )
    return run.repeated("for name, make in optimizers.items():").text()
