"""The activation explorer of lesson 06: a function, its slope, and a point that moves along both."""

from __future__ import annotations

from collections.abc import Callable

import torch

from mlp_tutorial.lessons.activations.activation_picture import ActivationPicture
from mlp_tutorial.lessons.shared.stand_ins import stand_in, unwrapped
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, long, own_menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS, activation_name
from mlp_tutorial.programs import Program, code_of
from mlp_tutorial.utils.errors import unknown_name
from mlp_tutorial.utils.wording import number, small_number

Function = Callable[[torch.Tensor], torch.Tensor]

#: The range of z that is drawn.
LOW, HIGH = -6.0, 6.0
#: Below this slope a function is called flat.
FLAT = 0.01


def explore_activation(
    activation: str | Function = "relu", *, z: float = 1.0, layers: int = 6, derivative: Function | None = None
) -> ActivationExplorer:
    """Move a point along an activation function and along its derivative.

    Parameters
    ----------
    activation : str or callable, default "relu"
        A name from `ACTIVATIONS`, or a function of your own; autograd supplies its derivative.
    z : float, default 1.0
        The pre-activation at which the point stands, −6 to 6.
    layers : int, default 6
        Through how many layers a gradient is followed: if each has this slope, slope to that power is left of it.
    derivative : callable, optional
        Your own derivative of `activation`, drawn over autograd's, unless it would stop the notebook.

    Returns
    -------
    ActivationExplorer
        Shown by JupyterLab as sliders above the picture. `value` and `slope` are those at the point.

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, or a function of your own does not return one number for each it is given.

    Examples
    --------
    >>> explorer = explore_activation("sigmoid", z=0.0)
    >>> explorer.value, explorer.slope
    (0.5, 0.25)
    """
    (activation,), remark = unwrapped(activation)
    if isinstance(activation, str) and activation not in ACTIVATIONS:
        raise ValueError(unknown_name("activation", activation, ACTIVATIONS))
    if not LOW <= z <= HIGH:
        raise ValueError(f"z is drawn from {LOW:g} to {HIGH:g}; it is {z!r}.")
    explorer = ActivationExplorer(activation, z, layers, derivative)
    explorer.remark = remark
    return explorer.shown()


def values_and_slopes(function: Function, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a function's values at z and, by autograd, its slopes; refuse one that does not return the shape of z."""
    with torch.enable_grad():
        z = z.clone().requires_grad_()
        values = function(z)
        if not isinstance(values, torch.Tensor):
            raise TypeError(f"An activation returns a tensor; yours returned a {type(values).__name__}.")
        if values.shape != z.shape:
            shapes = f"expected shape {tuple(z.shape)}, got {tuple(values.shape)}"
            raise ValueError(f"An activation returns one number for each it is given: {shapes}.")
        slopes = torch.zeros_like(z)  # of a function that autograd cannot follow, such as a step
        if values.requires_grad:
            (slopes,) = torch.autograd.grad(values.sum(), z)
    return values.detach(), slopes


class ActivationExplorer(Explorer):
    """What `explore_activation` returns: `value` and `slope` are those at the point."""

    def __init__(self, activation: str | Function, z: float, layers: int, derivative: Function | None) -> None:
        name = activation_name(activation)
        if ACTIVATIONS.get(name) is activation:
            activation = name
        self._grid, self._own, self._of, self._why = torch.linspace(LOW, HIGH, 481), None, activation, ""
        if derivative is not None:
            use = {"use": lambda own: own(self._grid.clone()).detach()}
            tried = stand_in(derivative, torch.relu, (self._grid,), noun="derivative", **use)
            self._why, self._own = tried.why, None if tried.why else tried.result
        canvas = Canvas(640, 280)
        self.picture = ActivationPicture(canvas, self._grid, self._own is not None)
        controls = {
            "z": long(float_slider("z", z, LOW, HIGH, 0.05)),
            "layers": int_slider("layers", layers, 1, 20),
            "activation": own_menu("activation", activation, ACTIVATIONS, name),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def work(self) -> None:
        """Compute value and slope at the point, and the curves of both."""
        z, _, chosen = shown = tuple(self.values().values())
        function = ACTIVATIONS.get(chosen, chosen) if isinstance(chosen, str) else chosen
        value, slope = values_and_slopes(function, torch.tensor([z]))
        self.curves = values_and_slopes(function, self._grid)
        self.own = self._own if chosen == self._of else None
        self._shown, self.name, self.value, self.slope = shown, activation_name(function), value.item(), slope.item()

    def draw(self) -> bool:
        """Draw the curves and the point."""
        z, layers, _ = self._shown
        return self.picture.update(self.name, self.curves, self.own, (z, self.value, self.slope), layers)

    def status(self) -> tuple[list[str], str]:
        """Return value and slope at the point; below, what they mean for a gradient."""
        z, layers, _ = self._shown
        parts = [
            f"z = {number(z, 2)}",
            f"{self.name}(z) = {number(self.value)}",
            f"slope {number(self.slope)}",
            f"of a gradient, {layers} layer{'s' * (layers > 1)} of this slope leave{'s' * (layers == 1)} "
            f"{small_number(self.slope**layers)}",
        ]
        return parts, f"{self._about_slope()} {self._about_own()}".strip()

    def _about_slope(self) -> str:
        if self.slope == 0:
            return f"Off: {self.name} is flat here, and no gradient passes."
        if round(abs(self.slope), 6) < FLAT:  # 0.01 in float32 is a little less
            return f"Saturated: {self.name} is almost flat here."
        steepest, ends = self.curves[1].abs().max().item(), f"{number(LOW, 0)} and {number(HIGH, 0)}"
        return f"The steepest slope of {self.name} between {ends} is {number(steepest)}."

    def _about_own(self) -> str:
        if self._why:
            return f"Your derivative {self._why}."
        if self.own is None:
            return ""
        gap = (self.own - self.curves[1]).abs().max().item()
        return f"Your derivative {'lies on' if gap < 1e-4 else f'is up to {number(gap, 2)} away from'} autograd's."

    def sentence(self) -> str:
        """Return function, point and slope."""
        parts, note = self.status()
        return f"{', '.join(parts)}. {note}"

    def program(self) -> str:
        """Return the plain PyTorch program that prints value and slope at the point."""
        z, layers, chosen = self._shown
        activation = code_of(chosen, "own_activation")
        return Program(
            sources=(activation,),
            report=f"""\
activation = {activation.expression}
z = torch.tensor({float(z)!r}, requires_grad=True)
a = activation(z)
a.backward()
print(f"activation {{a.item():.6f}}, slope {{z.grad.item():.6f}}")
print(f"{layers} layers leave {{z.grad.item() ** {layers}:.3g}}")""",
        ).text()
