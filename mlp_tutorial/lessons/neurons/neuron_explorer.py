"""The explorer of lesson 01: one neuron, trained by hand and by gradient descent, with the loss as a valley."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from mlp_tutorial.lessons.neurons.neuron_picture import HEIGHT, WIDTH, NeuronPicture
from mlp_tutorial.lessons.neurons.neuron_program import neuron_program
from mlp_tutorial.lessons.neurons.one_neuron import Measurement, Neuron, load_two_species, measure, neuron_with, tensors
from mlp_tutorial.lessons.neurons.shared_slider import SharedSlider
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, log_slider, long, menu, value_of
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.utils.errors import check_known
from mlp_tutorial.utils.wording import number, percent

NEURON_ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")
NUMBERS = {"w1": "weight w1", "w2": "weight w2", "b": "bias b"}
STEPS_A_CLICK, STEPS_A_SECOND = 100, 30.0  # of gradient descent, after a click on "descend"
#: Seconds after a picture without a further value after which a slider has been let go: a drag sends many, and is one move.
RELEASE = 0.7
BUTTONS = {
    "descend": "Follow the gradient downhill from here; press again to pause",
    "step": "Take one step of gradient descent",
    "reset": "Back to the first weights, with the trail so far in grey",
    "show code": "The plain PyTorch program that arrives at these weights",
}
HIGHEST_LOSS = 1000.0  # a higher one is on its way to infinity
FLAT = 0.001  # smaller gradients show no direction worth following


def explore_neuron(
    w1: float = 1.0,
    w2: float = 0.0,
    b: float = 0.0,
    *,
    activation: str = "sigmoid",
    learning_rate: float = 1.0,
    goal: float | None = None,
    neuron: Neuron | None = None,
    gradient: bool = True,
    against: NeuronExplorer | None = None,
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
    gradient : bool, default True
        Whether tangents, gradients and gradient descent are there; without, only a hand trains the neuron.
    against : NeuronExplorer, optional
        Another one, whose trail is drawn in grey until there is one before a reset.

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
    check_known("activation", activation, NEURON_ACTIVATIONS)
    start = {"w1": w1, "w2": w2, "b": b}
    return NeuronExplorer(start, activation, learning_rate, goal, neuron, gradient, against).shown()


class NeuronExplorer(Playback):
    """What `explore_neuron` returns: `weights`, `measured` and `trail` hold the numbers of the picture."""

    play_word = "descend"

    def __init__(
        self,
        start: dict[str, float],
        activation: str,
        learning_rate: float,
        goal: float | None,
        neuron: Neuron | None,
        gradient: bool,
        against: NeuronExplorer | None,
    ) -> None:
        self.dataset = load_two_species()
        self._start = {name: float(value) for name, value in start.items()}
        self._own = None
        if neuron is not None:
            w, b = tensors(self._start)
            trials = [(X, w, b) for X in (self.dataset.X_train, self.dataset.X_train[:1])]
            measured = partial(measure, w=w, b=b, dataset=self.dataset)
            chosen = stand_in(neuron, neuron_with("sigmoid"), *trials, noun="neuron", use=measured)
            self._own, self.remark = None if chosen.why else neuron, chosen.note
        # The events below only write down what is wanted; `work` makes it so, and none of them is lost.
        self._moved = dict(self._start)
        self._new_trail: str | None = "reset"
        self.num_steps = 0  # of gradient descent, since the last reset
        self.trail, self.trail_before = [], []  # who moved, and the loss after it
        self._goal, self._with_gradient, self._against = goal, gradient, against
        canvas = Canvas(WIDTH, HEIGHT)
        self.picture = NeuronPicture(canvas, self.dataset, goal, gradient)
        controls = {name: long(float_slider(label, self._start[name], -8, 8, 0.05)) for name, label in NUMBERS.items()}
        if neuron is None:
            controls["activation"] = menu("activation", activation, NEURON_ACTIVATIONS)
        controls["learning_rate"] = log_slider("learning rate", learning_rate, 0.01, 100)
        self._sliders = {name: SharedSlider(controls[name]) for name in NUMBERS}
        self._in_hand, self._moved_at, self._new_move = "", 0.0, True
        super().__init__(canvas, controls, top=NUMBERS, buttons=BUTTONS)
        if not gradient:
            for widget in (self.buttons["descend"], self.buttons["step"], self.children[-1]):  # the last is "More"
                widget.layout.display = "none"

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

    def work(self) -> Iterator[bool]:
        """Put the neuron where the sliders say, then take the steps of gradient descent that were asked for."""
        self.restart = False  # `_moved` and `_new_trail` say where a run begins
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
        while self.num_steps < self.target and self.loss < HIGHEST_LOSS:
            self._step()
            yield True

    def _move_to(self, weights: dict[str, float]) -> None:
        w, b = tensors(weights)
        self.measured: Measurement = measure(self.neuron, w, b, self.dataset)
        self._w, self._b = w, b
        self._origin, self._steps_from_origin = self.weights, 0  # where the program begins

    def _step(self) -> None:
        """Move every number against its gradient."""
        learning_rate, (d_w, d_b) = value_of(self.controls["learning_rate"]), tensors(self.gradient)
        self._w, self._b = self._w - learning_rate * d_w, self._b - learning_rate * d_b
        self.measured = measure(self.neuron, self._w, self._b, self.dataset)
        self.num_steps += 1
        self._steps_from_origin += 1
        self.trail.append(("descent", self.loss))

    def _activation(self) -> str:
        return self.controls["activation"].value if "activation" in self.controls else "sigmoid"

    def on_change(self, name: str) -> None:
        """Answer a hand on a slider; what a browser sends back of the explorer's own moves is let go."""
        if name == "learning_rate":
            value_of(self.controls[name])  # or says what is wrong with it
            self._origin, self._steps_from_origin = self.weights, 0
            return self.go()
        if name == "activation":
            self._new_trail, self._moved, self.num_steps = "activation", {**self.weights, **self._moved}, 0
            return self.go_to(0)
        value, now = self._sliders[name].moved_by_hand(), time.monotonic()
        if value is None:
            return None if self.runner.running else self._put_on_sliders()
        self._new_move |= name != self._in_hand or now - self._moved_at > RELEASE
        self._in_hand, self._moved_at = name, now
        self._moved[name] = value
        return self.go_to(self.num_steps)  # a hand on a slider ends the descent

    def on_reset(self) -> None:
        """Go back to the first weights, and keep the trail so far in grey."""
        self._new_trail, self._moved, self.num_steps, self._in_hand = "reset", dict(self._start), 0, ""
        self.go_to(0)

    on_descend = Playback.on_play

    def draw(self) -> bool:
        """Bring picture and sliders up to date."""
        self._put_on_sliders()
        to_come = max(self.target - self.num_steps, 0)
        other = self._against.trail if self._against else []
        before = self.trail_before or (other if len(other) > 1 else [])
        return self.picture.update(self.neuron, self.weights, self.measured, self.trail, before, to_come)

    def _paint(self, finished: bool, lasting: bool) -> None:
        super()._paint(finished, lasting)
        if not lasting:  # a drag's next value waits until the picture of the last one is painted
            self._moved_at = time.monotonic()

    def _put_on_sliders(self) -> None:
        for name, value in self.weights.items():
            if name not in self._moved:
                self._sliders[name].follow(value)

    def status(self) -> tuple[list[str], str]:
        """Return loss, accuracy and weights; below, what the gradient says."""
        change = f" (before {number(self.trail[-2][1])})" if len(self.trail) > 1 else ""
        weights = ", ".join(f"{name} {number(value, 2)}" for name, value in self.weights.items())
        parts = [f"loss {number(self.loss)}{change}", self._accuracy(), weights]
        if self.num_steps:
            parts.append(f"{self.num_steps} step{'s' * (self.num_steps != 1)} of descent")
        if (moves := self.moves_to_goal()) is not None:
            parts.append(f"goal {self._goal:g} reached after {moves} move{'s' * (moves != 1)}")
        return parts, self._advice()

    def moves_to_goal(self) -> int | None:
        """Return after how many moves since the last reset the loss was first below the goal; None if it never was."""
        return next((move for move, (_, loss) in enumerate(self.trail) if loss < (self._goal or 0.0)), None)

    def _accuracy(self) -> str:
        return f"accuracy {percent(self.measured.accuracy)}"

    def _advice(self) -> str:
        """Return in words which way each number should go."""
        if not self.loss < HIGHEST_LOSS:  # or it is nan
            return "The loss has left all bounds: every step was too long. Lower the learning rate, press reset."
        if not self._with_gradient:
            return ""
        steep = [(name, slope) for name, slope in self.gradient.items() if abs(slope) >= FLAT]
        if not steep:
            return "All three gradients are almost 0: whichever number you move a little, the loss stays the same."
        steep.sort(key=lambda item: -abs(item[1]))
        words = [f"{'lower' if slope > 0 else 'raise'} {name} (gradient {number(slope)})" for name, slope in steep]
        return f"Downhill, strongest first: {', '.join(words)}."

    def sentence(self) -> str:
        """Return the neuron, its results and its gradient."""
        first, second = self.dataset.class_names
        own = "a neuron of your own" if self._own else f"one neuron with {self._activation()}"
        weights = ", ".join(f"{name} = {number(value, 2)}" for name, value in self.weights.items())
        return (
            f"{first} (0) or {second} (1) by bill length and bill depth, {own}: {weights}. "
            f"Loss {number(self.loss)}, {self._accuracy()}. {self._advice()}".rstrip()
        )

    def program(self) -> str:
        """Return the plain PyTorch program that arrives at these weights, and prints loss and gradient."""
        own, steps = self._own or self._activation(), self._steps_from_origin
        return neuron_program(own, self._origin, value_of(self.controls["learning_rate"]), steps)
