"""The activation explorer of lesson 06: a function, its slope, and a point that moves along both."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib
import torch

from mlp_tutorial.lessons.shared.checks import is_unwritten
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS, activation_name
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import STYLE
from mlp_tutorial.programs import Program, code_of
from mlp_tutorial.utils.errors import unknown_name
from mlp_tutorial.utils.wording import number, small_number

Function = Callable[[torch.Tensor], torch.Tensor]

#: The range of z that is drawn.
LOW, HIGH = -6.0, 6.0
#: Below this slope a function is called flat.
FLAT = 0.01
FUNCTION_COLOUR, SLOPE_COLOUR, POINT_COLOUR, OWN_COLOUR = "#0072B2", "#0072B2", "#D55E00", "#009E73"


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
        Your own derivative of `activation`, drawn over autograd's.

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
    if isinstance(activation, str) and activation not in ACTIVATIONS:
        raise ValueError(unknown_name("activation", activation, ACTIVATIONS))
    if not LOW <= z <= HIGH:
        raise ValueError(f"z is drawn from {LOW:g} to {HIGH:g}; it is {z!r}.")
    return ActivationExplorer(activation, z, layers, derivative).shown()


def values_and_slopes(function: Function, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a function's values and, by autograd, its slopes.

    Parameters
    ----------
    function : callable
        Of one tensor; its result has the same shape.
    z : Tensor
        Where to look.

    Raises
    ------
    TypeError, ValueError
        If the function does not return a tensor of the shape of `z`.

    Examples
    --------
    >>> values_and_slopes(torch.square, torch.tensor([3.0]))
    (tensor([9.]), tensor([6.]))
    """
    with torch.enable_grad():
        z = z.clone().requires_grad_()
        values = function(z)
        if not isinstance(values, torch.Tensor):
            raise TypeError(f"An activation returns a tensor; yours returned a {type(values).__name__}.")
        if values.shape != z.shape:
            raise ValueError(
                f"An activation returns one number for each it is given: expected shape {tuple(z.shape)}, "
                f"got {tuple(values.shape)}."
            )
        slopes = torch.zeros_like(z)  # of a function that autograd cannot follow, such as a step
        if values.requires_grad:
            (slopes,) = torch.autograd.grad(values.sum(), z)
    return values.detach(), slopes


class ActivationExplorer(Explorer):
    """What `explore_activation` returns: `value` and `slope` are those at the point."""

    def __init__(self, activation: str | Function, z: float, layers: int, derivative: Function | None) -> None:
        activations: dict[str, str | Function] = {name: name for name in ACTIVATIONS}
        if not isinstance(activation, str) and (name := activation_name(activation)) in ACTIVATIONS:
            activation = name if ACTIVATIONS[name] is activation else activation
        if not isinstance(activation, str):
            activations = {f"your {activation_name(activation)}": activation, **activations}
        self._own_derivative, self._of = derivative, activation
        self._unwritten = derivative is not None and is_unwritten(derivative, torch.zeros(1))
        self._grid = torch.linspace(LOW, HIGH, 481)
        self._shown: object = None
        canvas = Canvas(640, 280)
        with matplotlib.rc_context(STYLE):
            self._lay_out(canvas)
        controls = {
            "z": float_slider("z", z, LOW, HIGH, 0.05),
            "layers": int_slider("layers", layers, 1, 20),
            "activation": menu("activation", activation, activations),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def _lay_out(self, canvas: Canvas) -> None:
        self._left, self._right = canvas.figure.subplots(1, 2)
        canvas.figure.subplots_adjust(left=0.07, right=0.985, bottom=0.17, top=0.9, wspace=0.18)
        for axes in (self._left, self._right):
            axes.axhline(0, color="#888888", linewidth=0.8)
            axes.axvline(0, color="#888888", linewidth=0.8)
            axes.set(xlim=(LOW, HIGH), xlabel="pre-activation z")
        (self._curve,) = self._left.plot([], [], color=FUNCTION_COLOUR)
        (self._tangent,) = self._left.plot([], [], color=POINT_COLOUR, linestyle=(0, (4, 1.5)), linewidth=1.3)
        (self._point,) = self._left.plot([], [], "o", color=POINT_COLOUR, markersize=7, clip_on=False)
        (self._slopes,) = self._right.plot([], [], color=SLOPE_COLOUR, label="slope")
        (self._powers,) = self._right.plot(
            [], [], color="#555555", linestyle=(0, (1.5, 1.2)), linewidth=1.4, label="slope to the power of layers"
        )
        (self._own,) = self._right.plot([], [], color=OWN_COLOUR, linestyle=(0, (4, 3)), label="your derivative")
        (self._slope_point,) = self._right.plot([], [], "o", color=POINT_COLOUR, markersize=7, clip_on=False)
        self._own.set_visible(self._own_derivative is not None and not self._unwritten)
        canvas.set_moving([self._powers, self._tangent, self._point, self._slope_point])

    def _function(self) -> Function:
        activation = self.controls["activation"].value
        return ACTIVATIONS.get(activation, activation) if isinstance(activation, str) else activation

    def _name(self) -> str:
        return activation_name(self._function())

    def draw(self) -> bool:
        """Compute value and slope at the point, and draw both."""
        chosen = self.controls["activation"].value
        changed = self._shown is None or self._shown != chosen
        z, layers = self.controls["z"].value, self.controls["layers"].value
        value, slope = values_and_slopes(self._function(), torch.tensor([z]))
        values, slopes = values_and_slopes(self._function(), self._grid)
        if changed:
            self._draw_curves(values, slopes)
            self._shown = chosen
        self.value, self.slope = value.item(), slope.item()
        self._steepest = slopes.abs().max().item()
        self._tangent.set_data([z - 1.6, z + 1.6], [self.value - 1.6 * self.slope, self.value + 1.6 * self.slope])
        self._point.set_data([z], [self.value])
        self._slope_point.set_data([z], [self.slope])
        self._powers.set_data(self._grid, slopes**layers)
        return changed

    def _draw_curves(self, values: torch.Tensor, slopes: torch.Tensor) -> None:
        self._curve.set_data(self._grid, values)
        self._slopes.set_data(self._grid, slopes)
        if self._own.get_visible():
            shown = self.controls["activation"].value == self._of
            own = self._own_derivative(self._grid.clone()).detach() if shown else slopes * torch.nan
            if own.shape != self._grid.shape:
                raise ValueError(
                    f"The derivative returns one number for each z: expected shape {tuple(self._grid.shape)}, "
                    f"got {tuple(own.shape)}."
                )
            self._own.set_data(self._grid, own)
            self._gap = (own - slopes).abs().max().item()
        # Above the slopes there is room for the legend.
        for axes, drawn, least, room in ((self._left, values, 0.4, 0.1), (self._right, slopes, 1.0, 0.55)):
            finite = drawn[drawn.isfinite()]
            low, high = min(finite.min().item(), 0.0), max(finite.max().item(), least)
            axes.set_ylim(low - 0.08 * (high - low), high + room * (high - low))
        with matplotlib.rc_context(STYLE):
            self._left.set_title(drawable(f"{self._name()}(z), and its tangent at the point"))
            self._right.set_title(drawable(f"slope of {self._name()}"))
            lines = [self._slopes, self._powers] + [self._own] * self._own.get_visible()
            self._right.legend(handles=lines, loc="upper left")

    def status(self) -> tuple[list[str], str]:
        """Return value and slope at the point; below, what they mean for a gradient."""
        z, layers = self.controls["z"].value, self.controls["layers"].value
        name = self._name()
        left = self.slope**layers
        parts = [
            f"z = {number(z, 2)}",
            f"{name}(z) = {number(self.value)}",
            f"slope {number(self.slope)}",
            f"of a gradient, {layers} layers of this slope leave {small_number(left)}",
        ]
        return parts, " ".join([*self._about_slope(name), *self._about_own(name)])

    def _about_slope(self, name: str) -> list[str]:
        if self.slope == 0:
            return [f"Off: {name} is flat here, and no gradient passes."]
        if abs(self.slope) < FLAT:
            return [f"Saturated: {name} is almost flat here."]
        return [
            f"The steepest slope of {name} between {number(LOW, 0)} and {number(HIGH, 0)} is {number(self._steepest)}."
        ]

    def _about_own(self, name: str) -> list[str]:
        if self._own_derivative is None:
            return []
        if self._unwritten:
            return ["Your derivative is not written yet."]
        if self.controls["activation"].value != self._of:
            return []
        if self._gap < 1e-4:
            return ["Your derivative lies on autograd's."]
        return [f"Your derivative is up to {number(self._gap, 2)} away from autograd's."]

    def sentence(self) -> str:
        """Return function, point and slope."""
        parts, note = self.status()
        return f"{', '.join(parts)}. {note}"

    def program(self) -> str:
        """Return the plain PyTorch program that prints value and slope at the point."""
        activation = code_of(self.controls["activation"].value, "own_activation")
        layers = self.controls["layers"].value
        return Program(
            sources=(activation,),
            report=f"""\
activation = {activation.expression}
z = torch.tensor({float(self.values()["z"])!r}, requires_grad=True)
a = activation(z)
a.backward()
print(f"activation {{a.item():.6f}}, slope {{z.grad.item():.6f}}")
print(f"{layers} layers leave {{z.grad.item() ** {layers}:.3g}}")""",
        ).text()
