"""The first explorer of lesson 01: a neuron drawn and alive, on a penguin's bill that can be chosen."""

from __future__ import annotations

from mlp_tutorial.lessons.neurons.drawn_neuron_picture import HEIGHT, WIDTH, DrawnNeuronPicture
from mlp_tutorial.lessons.neurons.neuron_explorer import NEURON_ACTIVATIONS, NUMBERS
from mlp_tutorial.lessons.neurons.one_neuron import load_two_species, measure, neuron_with, tensors
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, long, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS
from mlp_tutorial.programs import ACTIVATION_CODE, Program
from mlp_tutorial.utils.errors import check_known
from mlp_tutorial.utils.wording import bracketed, number, percent


def explore_drawn_neuron(
    w1: float = 1.0, w2: float = 0.0, b: float = 0.0, *, penguin: int = 1, activation: str = "sigmoid"
) -> DrawnNeuronExplorer:
    """See one neuron at work: Adelie or Chinstrap, by bill length and depth?

    Parameters
    ----------
    w1, w2 : float, default 1.0 and 0.0
        Weights of bill length and bill depth, both standardised.
    b : float, default 0.0
        The bias.
    penguin : int, default 1
        Whose bill goes through the neuron: a row of the training part, counted from 1.
    activation : {"sigmoid", "tanh", "relu", "identity"}, default "sigmoid"
        What the weighted sum is passed through.

    Returns
    -------
    DrawnNeuronExplorer
        Shown by JupyterLab as sliders above the picture. `z` and `output` hold its numbers.

    Raises
    ------
    ValueError
        If the activation is unknown, or there is no such penguin.

    Examples
    --------
    >>> explorer = explore_drawn_neuron(w1=2.0, w2=-1.0)
    >>> round(explorer.z, 2), round(explorer.output, 2)
    (-1.21, 0.23)
    """
    check_known("activation", activation, NEURON_ACTIVATIONS)
    return DrawnNeuronExplorer({"w1": w1, "w2": w2, "b": b}, penguin, activation).shown()


class DrawnNeuronExplorer(Explorer):
    """What `explore_drawn_neuron` returns: `z` and `output` are those of the chosen bill."""

    def __init__(self, numbers: dict[str, float], penguin: int, activation: str) -> None:
        self.dataset = load_two_species()
        num_penguins = len(self.dataset.X_train)
        if not 1 <= penguin <= num_penguins:
            raise ValueError(f"penguin is a number from 1 to {num_penguins}; it is {penguin}.")
        canvas = Canvas(WIDTH, HEIGHT)
        self.picture = DrawnNeuronPicture(canvas, self.dataset)
        controls = {name: long(float_slider(label, float(numbers[name]), -8, 8)) for name, label in NUMBERS.items()}
        controls["penguin"] = int_slider("penguin", penguin, 1, num_penguins)
        controls["activation"] = menu("activation", activation, NEURON_ACTIVATIONS)
        super().__init__(canvas, controls, top=(*NUMBERS, "penguin"), buttons=("show code",))

    def work(self) -> None:
        """Send the chosen bill, and all others, through the neuron."""
        self._chosen = self.values()
        w, b = tensors(self._chosen)
        row = self._chosen["penguin"] - 1
        self.x, self.true = self.dataset.X_train[row], int(self.dataset.y_train[row])
        self._bend = ACTIVATIONS[self._chosen["activation"]]
        self.z = (self.x @ w + b).item()
        self.output = neuron_with(self._chosen["activation"])(self.x, w, b).item()
        self.accuracy = measure(neuron_with(self._chosen["activation"]), w, b, self.dataset).accuracy

    def draw(self) -> bool:
        """Draw the neuron, the plane and the bend."""
        return self.picture.update(self._chosen, self.x.tolist(), self.z, self._bend)

    def status(self) -> tuple[list[str], str]:
        """Return the penguin, what the neuron says about it and the accuracy; below, the sum written out."""
        first, second = self.dataset.class_names
        says = second if self.output > 0.5 else first
        is_right = "right" if says == (first, second)[self.true] else "wrong"
        parts = [
            f"penguin {self._chosen['penguin']}, truly {(first, second)[self.true]}",
            f"output {number(self.output, 2)}: {says}, {is_right}",
            f"accuracy {percent(self.accuracy)}",
        ]
        w1, w2, b, x1, x2 = (
            bracketed(number(value, 2)) for value in (*(self._chosen[name] for name in NUMBERS), *self.x.tolist())
        )
        return parts, f"z = {w1} × {x1} + {w2} × {x2} + {b} = {number(self.z, 2)}"

    def sentence(self) -> str:
        """Return the neuron, the bill and the answer."""
        parts, note = self.status()
        return f"One neuron with {self._chosen['activation']} and a bill: {', '.join(parts)}. {note}."

    def program(self) -> str:
        """Return the plain PyTorch program that computes sum and output."""
        w1, w2, b, penguin, activation = self._chosen.values()
        bent = ACTIVATION_CODE[activation][1].format("z")
        return Program(
            imports=("import torch", "from mlp_tutorial.lessons.neurons import load_two_species"),
            data=f"x = load_two_species().X_train[{penguin - 1}]  # (2,)",
            model=f"w, b = torch.tensor([{w1!r}, {w2!r}]), {b!r}\nz = x @ w + b",
            report=f'print(f"z {{z:.6f}}, output {{{bent}:.6f}}")',
        ).text()
