"""The explorer of lesson 01: one neuron, trained by hand and by gradient descent, with an arrow for each gradient."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator

import ipywidgets as widgets
import torch

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.neurons.neuron_picture import NeuronPicture
from mlp_tutorial.lessons.neurons.one_neuron import Measurement, Neuron, load_two_species, measure, neuron_with
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, log_slider, menu
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.programs import ACTIVATION_CODE, Code, Program, code_of
from mlp_tutorial.utils.errors import unknown_name
from mlp_tutorial.utils.wording import number

#: The activations to choose from.
NEURON_ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")
NUMBERS = {"w1": "weight w1", "w2": "weight w2", "b": "bias b"}
#: Steps of gradient descent that one click on "descend" asks for, and how many are shown in a second.
STEPS_A_CLICK, STEPS_A_SECOND = 100, 30.0
SLIDER_STEP = 0.05
#: Seconds without a further value after which a slider has been let go: a drag sends many values and is one move.
RELEASE = 0.4
#: Seconds within which a browser sends back, rounded, where the explorer has put a slider.
ECHO = 0.5
BUTTONS = {
    "descend": "Follow the gradient downhill from here; press again to pause",
    "step": "Take one step of gradient descent",
    "reset": "Back to the first weights, with the trail so far in grey",
    "show code": "The plain PyTorch program that arrives at these weights",
}
#: A loss above this is on its way to infinity.
HIGHEST_LOSS = 1000.0
#: Gradients smaller than this show no direction worth following.
FLAT = 0.001


def explore_neuron(
    w1: float = 1.0,
    w2: float = 0.0,
    b: float = 0.0,
    *,
    activation: str = "sigmoid",
    learning_rate: float = 1.0,
    goal: float | None = None,
    neuron: Neuron | None = None,
) -> NeuronExplorer:
    """Train one neuron by hand, or watch gradient descent do it: Adelie or Chinstrap, by bill length and depth?

    Parameters
    ----------
    w1, w2 : float, default 1.0 and 0.0
        Weights of bill length and bill depth, both standardised.
    b : float, default 0.0
        The bias.
    activation : {"sigmoid", "tanh", "relu", "identity"}, default "sigmoid"
        What the weighted sum is passed through.
    learning_rate : float, default 1.0
        How far a step of gradient descent goes: learning rate × gradient.
    goal : float, optional
        A loss to reach, drawn as a line.
    neuron : callable, optional
        A neuron of your own, `neuron(x, w, b)`, in place of the activations. Where it would stop the
        notebook, the sigmoid neuron stands in.

    Returns
    -------
    NeuronExplorer
        Shown by JupyterLab as sliders above the picture. `weights`, `loss` and `gradient` hold its numbers.

    Raises
    ------
    TypeError, ValueError
        If the activation is unknown, or the neuron does not return one output a penguin.

    Examples
    --------
    >>> explorer = explore_neuron(w1=4.0, w2=-1.5, b=-2.0)
    >>> round(explorer.loss, 3)
    0.02
    """
    if activation not in NEURON_ACTIVATIONS:
        raise ValueError(unknown_name("activation", activation, NEURON_ACTIVATIONS))
    return NeuronExplorer({"w1": w1, "w2": w2, "b": b}, activation, learning_rate, goal, neuron).shown()


class NeuronExplorer(Playback):
    """What `explore_neuron` returns: `weights`, `measured` and `trail` hold the numbers of the picture."""

    play_word = "descend"

    def __init__(
        self, start: dict[str, float], activation: str, learning_rate: float, goal: float | None, neuron: Neuron | None
    ) -> None:
        self.dataset: Dataset = load_two_species()
        self._start = {name: float(value) for name, value in start.items()}
        self._own = None
        if neuron is not None:
            w, b = torch.tensor([self._start["w1"], self._start["w2"]]), torch.tensor(self._start["b"])
            trials = [(X, w, b) for X in (self.dataset.X_train, self.dataset.X_train[:1])]
            options = {"noun": "neuron", "use": lambda neuron: measure(neuron, w, b, self.dataset)}
            chosen = stand_in(neuron, neuron_with("sigmoid"), *trials, **options)
            self._own, self.remark = None if chosen.why else neuron, chosen.note
        # The events below only write down what is wanted; `work` makes it so, and none of them is lost.
        self._moved = dict(self._start)
        self._new_trail: str | None = "reset"
        self.num_steps = 0  # of gradient descent, since the last reset
        self.trail: list[tuple[str, float]] = []  # who moved, and the loss after it
        self.trail_before: list[tuple[str, float]] = []
        self._goal = goal
        canvas = Canvas(640, 360)
        self.picture = NeuronPicture(canvas, self.dataset, goal)
        controls: dict[str, widgets.Widget] = {
            name: float_slider(label, self._start[name], -8, 8, SLIDER_STEP) for name, label in NUMBERS.items()
        }
        if neuron is None:
            controls["activation"] = menu("activation", activation, NEURON_ACTIVATIONS)
        controls["learning_rate"] = log_slider("learning rate", learning_rate, 0.01, 100)
        self._shown = dict(self._start)  # where the sliders stand, as far as the explorer knows
        self._sent: dict[str, list[tuple[float, float]]] = {name: [] for name in NUMBERS}  # when it put them, and where
        self._arrived: dict[str, deque[float]] = {name: deque() for name in NUMBERS}  # a value for each event to come
        for name in NUMBERS:
            controls[name].observe(lambda change, values=self._arrived[name]: values.append(change["new"]), "value")
        self._ranges = {name: (controls[name].min, controls[name].max) for name in NUMBERS}
        self._in_hand, self._moved_at, self._new_move = "", 0.0, True
        super().__init__(canvas, controls, top=NUMBERS, buttons=BUTTONS)

    @property
    def weights(self) -> dict[str, float]:
        """The numbers of the neuron: "w1", "w2" and "b"."""
        w1, w2 = self._w.tolist()
        return {"w1": w1, "w2": w2, "b": self._b.item()}

    @property
    def loss(self) -> float:
        """The loss now."""
        return self.measured.loss

    @property
    def gradient(self) -> dict[str, float]:
        """The slope of the loss along "w1", "w2" and "b"."""
        return self.measured.gradient

    @property
    def neuron(self) -> Neuron:
        """The neuron shown: the learner's own, or the one with the chosen activation."""
        return self._own or neuron_with(self._activation())

    def done(self) -> int:
        """Return how many steps of gradient descent have been taken since the last reset."""
        return self.num_steps

    def end(self) -> int:
        """Return how many will have been taken after a click on "descend"."""
        return self.num_steps + STEPS_A_CLICK

    def pace(self) -> float:
        """Return how many steps are shown in a second."""
        return STEPS_A_SECOND

    # Moves -----------------------------------------------------------------------------------------------------

    def work(self) -> Iterator[bool]:
        """Put the neuron where the sliders say, then take the steps of gradient descent that were asked for."""
        new_trail, self._new_trail = self._new_trail, None
        moved, self._moved = self._moved, {}
        if new_trail == "activation":
            self.trail = self.trail_before = []  # losses of another neuron cannot be compared
        elif new_trail == "reset":
            self.trail_before = self.trail if len(self.trail) > 1 else self.trail_before
            self.trail = []
        if moved:
            self._move_to({**(self.weights if len(moved) < 3 else {}), **moved})
            goes_on = not self._new_move and self.trail and self.trail[-1][0] == "hand"
            before, self._new_move = self.trail[:-1] if goes_on else self.trail, False
            self.trail = [*before, ("hand" if before else "start", self.loss)]
        while self.num_steps < self.target and self._on_the_map():
            self._step()
            yield True

    def _move_to(self, weights: dict[str, float]) -> None:
        w, b = torch.tensor([weights["w1"], weights["w2"]]), torch.tensor(weights["b"])
        self.measured: Measurement = measure(self.neuron, w, b, self.dataset)
        self._w, self._b = w, b
        self._origin, self._steps_from_origin = self.weights, 0  # where the program begins

    def _step(self) -> None:
        """Move every number against its gradient."""
        learning_rate, slope = self.controls["learning_rate"].value, self.gradient
        self._w = self._w - learning_rate * torch.tensor([slope["w1"], slope["w2"]])
        self._b = self._b - learning_rate * torch.tensor(slope["b"])
        self.measured = measure(self.neuron, self._w, self._b, self.dataset)
        self.num_steps += 1
        self._steps_from_origin += 1
        self.trail.append(("descent", self.loss))

    def _on_the_map(self) -> bool:
        return math.isfinite(self.loss) and self.loss < HIGHEST_LOSS

    def _activation(self) -> str:
        return self.controls["activation"].value if "activation" in self.controls else "sigmoid"

    # Events ----------------------------------------------------------------------------------------------------

    def on_change(self, name: str) -> None:
        """Answer a hand on a slider; what a browser sends back of the explorer's own moves is let go."""
        if name == "learning_rate":
            self._origin, self._steps_from_origin = self.weights, 0
            return self.go()
        if name == "activation":
            self._new_trail, self._moved = "activation", {**self.weights, **self._moved}
            self.num_steps = 0
            return self.go_to(0)
        value, now = self._arrived[name].popleft(), time.monotonic()
        if abs(value - self._shown[name]) < 1e-6:
            return None
        if self._sent_back(name, value):
            return None if self.runner.running else self._put_on_sliders()
        self._new_move |= name != self._in_hand or now - self._moved_at > RELEASE
        self._in_hand, self._moved_at = name, now
        self._shown[name] = self._moved[name] = value
        return self.go_to(self.num_steps)  # a hand on a slider ends the descent

    def on_reset(self) -> None:
        """Go back to the first weights, and keep the trail so far in grey."""
        self._new_trail, self._moved, self._in_hand = "reset", dict(self._start), ""
        self.num_steps = 0
        self.go_to(0)

    def on_descend(self) -> None:
        """Take a hundred steps of gradient descent, or pause."""
        self.on_play()

    def _sent_back(self, name: str, value: float) -> bool:
        """Return whether a browser sends back an earlier place where the explorer has put a slider."""
        now = time.monotonic()
        self._sent[name] = sent = [(when, put) for when, put in self._sent[name] if now - when < ECHO]
        places = [abs(value - put) < 1e-6 for _, put in sent]
        if True in places:
            del sent[: places.index(True) + 1]  # they come in order, and each once: what comes here again is a hand
        return True in places

    def _put(self, name: str, value: float) -> None:
        """Put a slider somewhere, in one message to the browser; its range grows as far as it must."""
        slider, (low, high) = self.controls[name], self._ranges[name]
        self._shown[name] = value
        self._sent[name].append((time.monotonic(), value))
        with slider.hold_sync(), slider.hold_trait_notifications():
            slider.min, slider.max = min(low, math.floor(value)), max(high, math.ceil(value))
            slider.value = value

    # What is seen ----------------------------------------------------------------------------------------------

    def draw(self) -> bool:
        """Bring picture and sliders up to date."""
        self._put_on_sliders()
        return self.picture.update(
            self.neuron,
            self._w,
            self._b,
            self.measured,
            trail=self.trail,
            trail_before=self.trail_before,
            moves_to_come=max(self.target - self.num_steps, 0),
        )

    def _put_on_sliders(self) -> None:
        for name, value in self.weights.items():
            if name in self._moved or self._arrived[name]:
                continue  # moved by a hand, perhaps
            place = self._shown[name]
            if math.isfinite(value) and abs(value - place) > 0.501 * SLIDER_STEP:
                place = round(round(value / SLIDER_STEP) * SLIDER_STEP, 2)
            if abs(self.controls[name].value - place) > 1e-6:
                self._put(name, place)

    def status(self) -> tuple[list[str], str]:
        """Return loss, accuracy and weights; below, what the gradient says."""
        change = f" (before {number(self.trail[-2][1])})" if len(self.trail) > 1 else ""
        weights = ", ".join(f"{name} {number(value, 2)}" for name, value in self.weights.items())
        parts = [f"loss {number(self.loss)}{change}", self._accuracy(), weights]
        if self.num_steps:
            parts.append(f"{self.num_steps} steps of descent")
        if (moves := self.moves_to_goal()) is not None:
            parts.append(f"goal {self._goal:g} reached after {moves} move{'s' * (moves != 1)}")
        return parts, self._advice()

    def moves_to_goal(self) -> int | None:
        """Return after how many moves since the last reset the loss was first below the goal; None if it never was."""
        below = (move for move, (_, loss) in enumerate(self.trail) if loss < (self._goal or 0.0))
        return next(below, None)

    def _accuracy(self) -> str:
        return f"accuracy {100 * self.measured.accuracy:.0f} %"

    def _advice(self) -> str:
        """Return in words which way each number should go."""
        if not self._on_the_map():
            return "The loss has left all bounds: every step was too long. Lower the learning rate, press reset."
        slopes = sorted(self.gradient.items(), key=lambda item: -abs(item[1]))
        if abs(slopes[0][1]) < FLAT:
            return "All three gradients are almost 0: whichever number you move a little, the loss stays the same."
        words = [
            f"{'lower' if slope > 0 else 'raise'} {name} (gradient {number(slope)})"
            for name, slope in slopes
            if abs(slope) >= FLAT
        ]
        return f"Downhill, strongest first: {', '.join(words)}."

    def sentence(self) -> str:
        """Return the neuron, its results and its gradient."""
        first, second = self.dataset.class_names
        own = "a neuron of your own" if self._own else f"one neuron with {self._activation()}"
        weights = ", ".join(f"{name} = {number(value, 2)}" for name, value in self.weights.items())
        return (
            f"{first} (0) or {second} (1) by bill length and bill depth, {own}: {weights}. "
            f"Loss {number(self.loss)}, {self._accuracy()}. {self._advice()}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that arrives at these weights, and prints loss and gradient."""
        own = Code(ACTIVATION_CODE[self._activation()][1].format("X @ w + b"))
        if self._own:
            own = code_of(self._own, "own_neuron")
            own = own._replace(expression=f"{own.expression}(X, w, b)")
        w1, w2, b = self._origin.values()
        learning_rate, num_steps = self.controls["learning_rate"].value, self._steps_from_origin
        descent = f"""\
for _ in range({num_steps}):
    _, d_w, d_b = loss_and_gradient()
    with torch.no_grad():
        w -= {learning_rate!r} * d_w
        b -= {learning_rate!r} * d_b
"""
        return Program(
            imports=("import torch", "from mlp_tutorial.lessons.neurons import load_two_species"),
            sources=(own,),
            data=f"""\
penguins = load_two_species()
X, y = penguins.X_train, penguins.y_train  # (132, 2) and (132,)
w = torch.tensor([{w1!r}, {w2!r}], requires_grad=True)
b = torch.tensor({b!r}, requires_grad=True)
""",
            criterion=f"""\
def loss_and_gradient():
    outputs = {own.expression}
    loss = (outputs - y).square().mean()
    return loss, *torch.autograd.grad(loss, [w, b])
""",
            report=f"""\
{descent if num_steps else ""}loss, d_w, d_b = loss_and_gradient()
print(f"w1 {{w[0]:.6f}}, w2 {{w[1]:.6f}}, b {{b:.6f}}, loss {{loss:.6f}}")
print(f"gradient: w1 {{d_w[0]:.6f}}, w2 {{d_w[1]:.6f}}, b {{d_b:.6f}}")""",
        ).text()
