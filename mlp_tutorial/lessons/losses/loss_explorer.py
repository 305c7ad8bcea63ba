"""The first explorer of lesson 07: a loss and its gradient, against the prediction."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import torch
import torch.nn.functional as F

from mlp_tutorial.lessons.losses.loss_picture import LossPicture
from mlp_tutorial.lessons.losses.own_loss import LOSSES, Criterion, criterion_named, gradient_of, one_number, own_name
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, long, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.programs import Program, code_of
from mlp_tutorial.utils.errors import check_positive, unknown_name
from mlp_tutorial.utils.wording import number

#: Predictions for which the curves are computed.
LOWEST, HIGHEST = -4.0, 4.0
POINTS = torch.linspace(LOWEST, HIGHEST, 161)


def loss_and_gradient(criterion: Criterion, prediction: torch.Tensor, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Measure a loss, and by autograd its gradient, for each prediction alone; both of shape (points,).

    Examples
    --------
    >>> from torch import nn
    >>> losses, gradients = loss_and_gradient(nn.MSELoss(), torch.tensor([3.0]), 1.0)
    >>> losses.tolist(), gradients.tolist()
    ([4.0], [4.0])
    """
    prediction = prediction.detach().clone().requires_grad_()
    y = torch.full((1,), target, dtype=prediction.dtype)
    with torch.enable_grad():
        losses = torch.stack([one_number(criterion(output, y)) for output in prediction.split(1)])
        gradients = gradient_of(losses.sum(), prediction)
    return losses.detach().numpy(), gradients.numpy()


def explore_loss(
    loss: str | Criterion = "MSE", *, prediction: float = 2.0, target: float = 0.0, delta: float = 1.0
) -> LossExplorer:
    """Move a prediction past its target, and watch the loss and its gradient.

    Parameters
    ----------
    loss : {"MSE", "MAE", "Huber"} or callable, default "MSE"
        The loss drawn strongly; or one of your own, `loss(outputs, y)`, which may take a third argument `delta`. Where
        that would stop the notebook, PyTorch's Huber loss stands in.
    prediction : float, default 2.0
        What the network says.
    target : float, default 0.0
        What it should have said.
    delta : float, default 1.0
        The error from which on the Huber loss is a straight line.

    Returns
    -------
    LossExplorer
        Shown by JupyterLab as sliders above the picture. `loss` and `gradient` hold its numbers.

    Raises
    ------
    TypeError, ValueError
        If the loss is unknown or does not return one number, or delta is not greater than 0.

    Examples
    --------
    >>> explorer = explore_loss("MAE", prediction=2.0, target=-1.0)
    >>> explorer.loss, explorer.gradient
    (3.0, 1.0)
    """
    if isinstance(loss, str) and loss not in LOSSES:
        raise ValueError(unknown_name("loss", loss, LOSSES))
    check_positive("delta", delta)
    return LossExplorer(loss, prediction, target, delta).shown()


class LossExplorer(Explorer):
    """What `explore_loss` returns: `loss` and `gradient` at the prediction shown."""

    def __init__(self, loss: str | Criterion, prediction: float, target: float, delta: float) -> None:
        self._own, self._stand_in = None, ""
        if not isinstance(loss, str):
            trial = torch.tensor([prediction]).requires_grad_(), torch.tensor([target])

            def measured(criterion: Criterion, *pair: torch.Tensor) -> torch.Tensor:
                return criterion(*pair, delta=delta) if _takes_delta(criterion) else criterion(*pair)

            pytorchs = "PyTorch's Huber loss"
            chosen = stand_in(loss, F.huber_loss, trial, noun="loss", called=pytorchs, trial=measured)
            self._own, self._stand_in = None if chosen.why else loss, chosen.note
            loss = "Huber" if chosen.why else loss
        self._own_name = own_name(self._own)
        self._takes_delta = self._own is not None and _takes_delta(self._own)
        self._names = names = [*LOSSES, *([self._own_name] if self._own else [])]
        self._curves_of: tuple = ()
        canvas = Canvas(640, 290)
        self.picture = LossPicture(canvas, POINTS, names)
        controls = {
            "prediction": long(float_slider("prediction", prediction, LOWEST, HIGHEST)),
            "target": float_slider("target", target, -2, 2),
            "delta": float_slider("delta", delta, 0.1, 4),
            "loss": menu("loss", self._own_name if self._own else loss, names),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def _criterion(self, name: str, delta: float) -> Criterion:
        if name in LOSSES:
            return criterion_named(name, delta)
        return functools.partial(self._own, delta=delta) if self._takes_delta else self._own

    def work(self) -> None:
        """Compute the losses for the sliders' values."""
        shown = prediction, target, delta, chosen = tuple(self.values().values())
        loss, gradient = loss_and_gradient(self._criterion(chosen, delta), torch.tensor([prediction]), target)
        if (target, delta) != self._curves_of:
            criteria = {name: self._criterion(name, delta) for name in self._names}
            self.curves = {name: loss_and_gradient(one, POINTS, target) for name, one in criteria.items()}
            self._curves_of = target, delta
        self._shown, self.loss, self.gradient = shown, float(loss[0]), float(gradient[0])

    def draw(self) -> bool:
        """Draw the losses."""
        prediction, target, _, chosen = self._shown
        return self.picture.update(self.curves, chosen, target, (prediction, self.loss, self.gradient))

    def status(self) -> tuple[list[str], str]:
        """Return loss and gradient; below, what pulls how hard."""
        prediction, target, _, chosen = self._shown
        loss, gradient, error = (number(value, 2) for value in (self.loss, self.gradient, prediction - target))
        parts = [f"{chosen}: loss {loss}", f"gradient {gradient}", f"error (prediction − target) {error}"]
        return parts, self._in_words()

    def _in_words(self) -> str:
        prediction, target, delta, chosen = self._shown
        error = prediction - target
        if self._stand_in:
            return self._stand_in
        if chosen == "MSE":
            return "The gradient is twice the error: the farther off, the harder the pull."
        if chosen == "MAE" and abs(error) < 1e-6:
            return "At the corner there is no slope; PyTorch says 0."
        if chosen == "MAE":
            return "The gradient is 1 above the target and −1 below it: being farther off pulls no harder."
        if chosen == "Huber" and abs(error) <= delta:
            return "Within delta the gradient is the error itself, as for half the squared error."
        if chosen == "Huber":
            return f"Beyond delta the gradient stays at {number(np.sign(error) * delta, 2)}, however far off."
        if self.gradient == 0 and abs(error) > 1e-6:
            return "No gradient here: training would not move this prediction."
        return "By autograd, from your own function."

    def sentence(self) -> str:
        """Return the settings, the loss and its gradient."""
        prediction, target, delta, chosen = self._shown
        width = f", delta {delta:g}" if chosen == "Huber" or self._takes_delta else ""
        return (
            f"{chosen} of the prediction {number(prediction, 2)} for the target {number(target, 2)}{width}: loss "
            f"{number(self.loss, 2)}, gradient {number(self.gradient, 2)}. {self._in_words()}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints this loss and its gradient."""
        prediction, target, delta, chosen = self._shown
        is_own = chosen not in LOSSES
        criterion = code_of(self._own if is_own else criterion_named(chosen, delta), "own_criterion")
        options = f", delta={delta}" if is_own and self._takes_delta else ""
        return Program(
            sources=(criterion,),
            criterion=f"criterion = {criterion.expression}",
            data=f"prediction = torch.tensor([{prediction}], requires_grad=True)\ntarget = torch.tensor([{target}])",
            report=f"""\
loss = criterion(prediction, target{options})
loss.backward()
print(f"loss {{loss.item():.6f}}, gradient {{prediction.grad.item():.6f}}")""",
        ).text()


def _takes_delta(criterion: Criterion) -> bool:
    try:
        return "delta" in inspect.signature(criterion).parameters
    except (TypeError, ValueError):  # some callables keep their signature to themselves
        return False
