"""Answers to every exercise: the solutions of the notebooks, changed in ways that must pass and in ways that must not.

Each change is a function of a right answer. What a change of the second kind leads to is the word that the feedback holds.
"""

from __future__ import annotations

import ast
import functools
import sys
import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch

from mlp_tutorial import load_dataset, train
from mlp_tutorial.lessons import (
    activations,
    backpropagation,
    building_blocks,
    conclusion,
    forward_pass,
    losses,
    model_class,
    neurons,
    optimizers,
    putting_it_together,
)
from mlp_tutorial.model import NeuralNetworkModel
from tests.solutions import NOTEBOOKS, defined_by, exercises, read

#: The check of each answer that is a function, by the answer's name; of the lesson in front.
FUNCTIONS = {
    "01_neurons": {"neuron": neurons.check_neuron, "layer": neurons.check_layer, "advice": neurons.check_advice},
    "02_building_blocks": {
        "count_parameters": building_blocks.check_count_parameters,
        "hat": building_blocks.check_hat,
    },
    "03_model_class": {"rebuild": model_class.check_rebuild},
    "04_forward_pass": {
        "forward": forward_pass.check_forward,
        "softmax": forward_pass.check_softmax,
        "fixed": forward_pass.check_fixed,
        "seconds": forward_pass.check_seconds,
    },
    "05_backpropagation": {
        "linear_gradient": backpropagation.check_linear_gradient,
        "training_step": backpropagation.check_training_step,
        "fit": backpropagation.check_fit,
        "logits_gradient": backpropagation.check_logits_gradient,
    },
    "06_activations": {
        "collapse": activations.check_collapse,
        "leaky_relu": activations.check_leaky_relu,
        "tanh_derivative": activations.check_tanh_derivative,
        "revive": activations.check_revive,
        "my_activation": activations.check_activation,
    },
    "07_losses": {
        "huber": losses.check_huber,
        "cross_entropy": losses.check_cross_entropy,
        "weighted_cross_entropy": losses.check_weighted_cross_entropy,
        "own_loss": losses.check_own_loss,
    },
    "08_optimizers": {
        "momentum_step": optimizers.check_momentum_step,
        "adam_step": optimizers.check_adam_step,
        "adamw_step": optimizers.check_adamw_step,
        "warm_up_cosine": optimizers.check_warm_up_cosine,
    },
    "09_putting_it_together": {
        "build": putting_it_together.check_build,
        "probabilities": putting_it_together.check_probabilities,
    },
    "10_conclusion": {
        "training_bytes": conclusion.check_training_bytes,
        "combine": conclusion.check_combine,
        "attention": conclusion.check_attention,
    },
}
CLASSES = {
    "03_model_class": {
        "MyModel": model_class.check_model_class,
        "ActivationModel": model_class.check_activation_model,
        "DropoutModel": model_class.check_dropout_model,
    },
    "10_conclusion": {"MySkipModel": conclusion.check_skip_model},
}
VALUES = {
    "01_neurons": {"by_hand": neurons.check_hand_training},
    "02_building_blocks": {
        "smallest": building_blocks.check_smallest,
        ("output_sizes", "losses"): building_blocks.check_outputs,
    },
    "05_backpropagation": {"faults": backpropagation.check_faults},
    "08_optimizers": {"rate": optimizers.check_rate},
    "09_putting_it_together": {
        "leaks": putting_it_together.check_leaks,
        "own_dataset": putting_it_together.check_own_table,
        "turned": putting_it_together.check_flip,
    },
}
CHECKS = {
    name: check for table in (FUNCTIONS, CLASSES, VALUES) for checks in table.values() for name, check in checks.items()
}
#: Answers that are there to change what they are handed.
CHANGE_INPUTS = {"momentum_step", "adam_step", "adamw_step"}
#: Answers that are called once: they train, draw or time.
ONCE = {"seconds", "training_step", "fit", "revive", "build", "probabilities"}
#: Answers through which training goes back.
TRAINED = {"leaky_relu", "my_activation", "huber", "cross_entropy", "weighted_cross_entropy", "own_loss"}
#: Answers that return nothing, or a model.
NO_NUMBERS = {"revive", "rebuild", "build"}


@functools.cache
def code(lesson: str) -> dict[str, str]:
    """Return the code of a lesson's solutions by the names that it defines."""
    codes = {}
    for exercise in exercises(read(NOTEBOOKS / f"{lesson}.ipynb")):
        for node in ast.parse(exercise.code).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                codes[node.name] = exercise.code
    return codes


@functools.cache
def solutions(lesson: str) -> dict[str, object]:
    """Return a lesson's solutions by name."""
    return defined_by(exercise.code for exercise in exercises(read(NOTEBOOKS / f"{lesson}.ipynb")))


def edited(lesson: str, name: str, *edits: tuple[str, str]) -> object:
    """Return a solution with pieces of its code replaced."""
    source = code(lesson)[name]
    for old, new in edits:
        assert old in source, (old, source)
        source = source.replace(old, new)
    namespace = defined_by([*code(lesson).values()])
    namespace["Unscaled"] = Unscaled
    exec(source, namespace)
    return namespace[name]


# Right answers in another form ------------------------------------------------------------------------------------


def each(result, change):
    """Change every tensor and number of a result."""
    if isinstance(result, (tuple, list)):
        return type(result)(each(part, change) for part in result)
    return change(result) if isinstance(result, (torch.Tensor, int, float)) else result


def decorated(right):
    @functools.wraps(right)
    def answer(*arguments, **options):
        return right(*arguments, **options)

    return answer


def decorated_without_wraps(right):
    return lambda *arguments: right(*arguments)  # noqa: PLW0108


def partial(right):
    return functools.partial(right)


class Callable:
    def __init__(self, right):
        self.right = right

    def __call__(self, *arguments, **options):
        return self.right(*arguments, **options)


def a_method(right):
    class Answers:
        def answer(self, *arguments):
            return right(*arguments)

    return Answers().answer


def lists_for_tuples(right):
    def answer(*arguments):
        result = right(*arguments)
        return list(result) if isinstance(result, tuple) else result

    return answer


def tuples_for_lists(right):
    def answer(*arguments):
        result = right(*arguments)
        return tuple(result) if isinstance(result, list) else result

    return answer


def numpy_numbers(right):
    def number(value):
        return np.float64(value) if isinstance(value, float) else np.int64(value) if isinstance(value, int) else value

    return lambda *arguments: each(right(*arguments), number)


def numpy_arrays(right):
    return lambda *arguments: each(
        right(*arguments), lambda t: t.detach().numpy() if isinstance(t, torch.Tensor) else t
    )


def double_precision(right):
    return lambda *arguments: each(right(*arguments), lambda t: t.double() if isinstance(t, torch.Tensor) else t)


def draws_on_the_side(right):
    def answer(*arguments):
        torch.rand(3), np.random.rand(), torch.nn.Linear(2, 2)  # noqa: NPY002
        print(end="")
        return right(*arguments)

    return answer


#: Answers of several parts; that are a number, or hold some; that are tensors through which no training goes back.
TUPLES = {"advice", "seconds", "linear_gradient", "collapse", "momentum_step", "adam_step", "adamw_step", "build"}
NUMBERS = {"count_parameters", "seconds", "training_step", "fit", "warm_up_cosine", "training_bytes"}
TENSORS = {
    *("neuron", "layer", "hat", "forward", "softmax", "fixed", "linear_gradient", "logits_gradient", "collapse"),
    *("tanh_derivative", "momentum_step", "adam_step", "adamw_step", "probabilities", "combine", "attention"),
}
EVERY = {name for checks in FUNCTIONS.values() for name in checks}
#: Of each form the change, and the exercises in which it changes something.
RIGHT = {
    "as it stands": (lambda right: right, EVERY),
    "decorated": (decorated, EVERY),
    "decorated without wraps": (decorated_without_wraps, EVERY),
    "partial": (partial, EVERY),
    "an object that can be called": (Callable, EVERY),
    "a method": (a_method, EVERY),
    "a list for a tuple": (lists_for_tuples, TUPLES),
    "a tuple for a list": (tuples_for_lists, {"fit"}),
    "numbers of NumPy": (numpy_numbers, NUMBERS),
    "arrays of NumPy": (numpy_arrays, TENSORS),
    "double precision": (double_precision, TENSORS | TRAINED),
    "draws random numbers on the side and prints": (draws_on_the_side, EVERY),
}


# Wrong answers ----------------------------------------------------------------------------------------------------


def nothing(right):
    def answer(*arguments):
        right(*arguments)

    return answer


def raises(right):
    def answer(*arguments):
        raise ValueError("no idea")

    return answer


def dots(right):
    return lambda *arguments: ...


def text(right):
    return lambda *arguments: "0.5"


def constant(right):
    kept = []

    def answer(*arguments):
        kept.append(right(*arguments))
        return kept[0]

    return answer


def kept_by_shape(right):
    kept = {}

    def answer(*arguments):
        shapes = str([getattr(one, "shape", one) for one in arguments])
        return kept.setdefault(shapes, right(*arguments))

    return answer


def kept_by_tensor(right):
    kept = {}

    def answer(*arguments):
        return kept.setdefault(tuple(map(id, arguments)), (arguments, right(*arguments)))[1]

    return answer


def asks_for_gradients(right):
    def answer(*arguments):
        result = right(*arguments)
        first_tensor(arguments).requires_grad_()
        return each(result, lambda value: value.detach() if isinstance(value, torch.Tensor) else value)

    return answer


def counting(right):
    calls = []

    def answer(*arguments):
        calls.append(None)
        return each(right(*arguments), lambda value: value + 0.01 * len(calls))

    return answer


def noisy(right):
    return lambda *arguments: each(right(*arguments), lambda value: value + torch.rand(()) * 0.1)


def off(right):
    return lambda *arguments: each(right(*arguments), lambda value: value * 1.01 + 0.01)


def nan(right):
    return lambda *arguments: each(right(*arguments), lambda value: value * float("nan"))


def another_shape(right):
    return lambda *arguments: each(right(*arguments), lambda value: torch.stack([torch.as_tensor(value)] * 2))


def first_tensor(arguments):
    """Return the first tensor of decimal numbers, or list, among a call's arguments."""
    for argument in (list(one.values()) if isinstance(one, dict) else one for one in arguments):
        if isinstance(argument, (list, tuple)) and argument and not isinstance(argument[0], (int, float)):
            return first_tensor(argument)
        if isinstance(argument, torch.Tensor) and argument.is_floating_point():
            return argument
    return None


def in_place(right):
    def answer(*arguments):
        result = right(*arguments)
        with torch.no_grad():
            first_tensor(arguments).add_(1.0)
        return result

    return answer


def gradients_off(right):
    def answer(*arguments):
        result = right(*arguments)
        torch.set_grad_enabled(False)
        return result

    return answer


def another_dtype(right):
    def answer(*arguments):
        result = right(*arguments)
        torch.set_default_dtype(torch.float64)
        return result

    return answer


def without_gradient(right):
    def answer(*arguments):
        with torch.no_grad():
            return right(*arguments)

    return answer


def detached(right):
    return lambda *arguments: right(*arguments).detach()


def through_numpy(right):
    return lambda *arguments: torch.tensor(right(*arguments).detach().numpy())


def through_item(right):
    return lambda *arguments: torch.tensor(right(*arguments).tolist())


def without_torch(right):
    source = "def answer(*arguments):\n    return torch.exp(arguments[0])"
    namespace = {}
    exec(source, namespace)
    return namespace["answer"]


def misspelt(right):
    namespace = {"torch": torch, "right": right}
    exec("def answer(*arguments):\n    result = right(*arguments)\n    return reslt", namespace)
    return namespace["answer"]


#: Answers whose checks hand over no tensors, or never the same ones twice.
NO_TENSORS_TWICE = (
    {"advice", "count_parameters", "my_activation", "own_loss", "warm_up_cosine", "training_bytes", "combine"}
    | NO_NUMBERS
    | ONCE
    | CHANGE_INPUTS
)
#: Of each wrong answer the change, the word that the feedback holds, and the exercises in which it is no mistake.
WRONG = {
    "returns nothing": (nothing, "None", {"revive"}),
    "raises": (raises, "raised ValueError: no idea", set()),
    "a text": (text, "", {"revive"}),
    "the first result for ever": (constant, "", NO_NUMBERS | ONCE),
    "one result for each shape": (kept_by_shape, "", NO_TENSORS_TWICE - {"my_activation"}),
    "one result for each tensor": (kept_by_tensor, "", NO_TENSORS_TWICE | {"forward", "fixed"}),  # of layers in a list
    "asks for gradients": (asks_for_gradients, "has requires_grad=True", NO_TENSORS_TWICE - {"my_activation"}),
    "counts its calls": (counting, "keeps something between its calls", NO_NUMBERS | ONCE | {"advice"}),
    "noise": (noisy, "random", NO_NUMBERS | ONCE | {"advice"}),
    "a little off": (off, "", NO_NUMBERS | {"advice", "seconds", "my_activation", "own_loss"}),
    "nan": (nan, "nan", NO_NUMBERS | {"advice", "seconds"}),
    "another shape": (another_shape, "", NO_NUMBERS | {"advice"}),
    "changes its argument": (
        in_place,
        "has changed",
        CHANGE_INPUTS
        | {"advice", "count_parameters", "build", "revive", "warm_up_cosine", "training_bytes", "seconds"},
    ),
    "switches gradients off": (gradients_off, "switched off for good", set()),
    "another default dtype": (another_dtype, "default dtype", set()),
    "a cell above has not run": (without_torch, "Run All Above Selected Cell", {"build"}),
    "a misspelt name": (misspelt, "a name that does not exist", set()),
}
#: Of answers that training goes back through.
UNTRAINABLE = {
    "no_grad": (without_gradient, "torch.no_grad()"),
    "detach": (detached, ".detach()"),
    "through NumPy": (through_numpy, "NumPy"),
    "through numbers": (through_item, ".tolist()"),
}


# Classes ----------------------------------------------------------------------------------------------------------


def forward_of(change):
    """Return a change of a class: what its forward does is what `change` makes of it."""

    def changed(right):
        class Changed(right):
            def forward(self, x):
                return change(super().forward, x)

        Changed.__name__ = right.__name__
        return Changed

    return changed


def built(change):
    """Return a change of a class: `change` is called with every new model."""

    def changed(right):
        class Changed(right):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, **options)
                change(self)

        Changed.__name__ = right.__name__
        return Changed

    return changed


def frozen_head(model):
    model.output_layer.requires_grad_(False)


def without_grad(forward, x):
    with torch.no_grad():
        return forward(x)


def x_in_place(forward, x):
    logits = forward(x)
    x.add_(1.0)
    return logits


def weights_in_place(right):
    class Changed(right):
        def forward(self, x):
            logits = super().forward(x)
            with torch.no_grad():
                self.output_layer.bias.add_(1.0)
            return logits

    return Changed


def grad_off(forward, x):
    logits = forward(x)
    torch.set_grad_enabled(False)
    return logits


def seeded(right):
    class Changed(right):
        def __init__(self, *arguments, **options):
            torch.manual_seed(42)
            super().__init__(*arguments, **options)

    return Changed


def first_of_each_shape(right):
    """Return a class whose models remember the input of each shape that they were given first."""

    class Changed(right):
        def forward(self, x):
            self.__dict__.setdefault("inputs", {}).setdefault(x.shape, x)
            return super().forward(self.inputs[x.shape])

    Changed.__name__ = right.__name__
    return Changed


def first_of_each_tensor(right):
    """Return a class whose models remember the logits of each tensor that they were given."""

    class Changed(right):
        def forward(self, x):
            kept = self.__dict__.setdefault("kept", {})
            return kept.setdefault(id(x), (x, super().forward(x)))[1]

    Changed.__name__ = right.__name__
    return Changed


def other_in_evaluation(right):
    class Changed(right):
        def forward(self, x):
            logits = super().forward(x)
            return logits if self.training else logits + 1

    return Changed


def empties_its_sizes(right):
    class Changed(right):
        def __init__(self, input_size, hidden_sizes, *rest, **options):
            super().__init__(input_size, list(hidden_sizes), *rest, **options)
            hidden_sizes.clear()

    return Changed


RIGHT_CLASSES = {
    "as it stands": lambda right: right,
    "a subclass": built(lambda model: None),
    "a forward of its own": forward_of(lambda forward, x: forward(x)),
    "draws on the side": forward_of(lambda forward, x: (forward(x), torch.rand(1))[0]),
    "more arguments": lambda right: type(right.__name__, (right,), {"extra": 1}),
}
WRONG_CLASSES = {
    "forward under no_grad": (forward_of(without_grad), "torch.no_grad()"),
    "detached": (forward_of(lambda forward, x: forward(x).detach()), ".detach()"),
    "through NumPy": (forward_of(lambda forward, x: torch.tensor(forward(x).detach().numpy())), "NumPy"),
    "frozen": (built(lambda model: model.requires_grad_(False)), "requires_grad=False"),
    "a frozen head": (built(frozen_head), "requires_grad=False"),
    "returns nothing": (forward_of(lambda forward, x: None), "None"),
    "returns a text": (forward_of(lambda forward, x: "0.5"), "a str"),
    "nan": (forward_of(lambda forward, x: forward(x) * float("nan")), "nan"),
    "a little off": (forward_of(lambda forward, x: forward(x) * 1.01), "logits"),
    "transposed": (forward_of(lambda forward, x: forward(x).T), ""),
    "raises": (forward_of(lambda forward, x: forward(x, x)), "Your code raised TypeError"),
    "remembers inputs": (first_of_each_shape, ""),
    "remembers logits": (first_of_each_tensor, ""),
    "another in evaluation mode": (other_in_evaluation, "in evaluation mode"),
    "empties its sizes": (empties_its_sizes, "hidden_sizes has changed"),
    "another default dtype when made": (built(lambda model: torch.set_default_dtype(torch.float64)), "default dtype"),
    "switches gradients off when made": (built(lambda model: torch.set_grad_enabled(False)), "switched off for good"),
    "no forward": (lambda right: type("Bare", (right,), {"forward": torch.nn.Module.forward}), "of the name forward"),
    "writes into x": (forward_of(x_in_place), "x has changed"),
    "writes into its weights": (weights_in_place, "The weights of the model have changed"),
    "switches gradients off": (forward_of(grad_off), "switched off for good"),
    "an instance": (lambda right: right(2, [3, 3], 2), "Hand over the class itself"),
    "no class": (lambda right: len, "inherits from nn.Module"),
}


# Answers of one exercise ------------------------------------------------------------------------------------------


def changed(right, **entries):
    return {**right, **entries}


BY_HAND = {"w1": 4.0, "w2": -1.5, "b": -2.0}
SIZES = {"spam": 1, "digit": 10, "film": 5, "house": 2}
LOSSES = {"spam": "BCEWithLogitsLoss", "digit": "CrossEntropyLoss", "film": "BCEWithLogitsLoss", "house": "MSELoss"}
FAULTS = solutions("05_backpropagation")["faults"]
LEAKS = solutions("09_putting_it_together")["leaks"]


def loops(model, X):
    for row in X:
        model(row)
    return model(X)


def timed(factor=1.0, form=tuple, order=1):
    """Return a right answer to the exercise on seconds, in another unit, order or form."""

    def seconds(model, X):
        return form([factor * value for value in solutions("04_forward_pass")["seconds"](model, X)][::order])

    return seconds


def with_notebooks_rows(model, X):
    return solutions("04_forward_pass")["seconds"](model, torch.cat([X] * 20))


def restores_the_mode(model, X):
    was_training = model.training
    times = solutions("04_forward_pass")["seconds"](model.eval(), X)
    model.train(was_training)
    return times


def keyword_only_momentum(weight, gradient, velocity, *, learning_rate, momentum=0.9):
    velocity = momentum * velocity + gradient
    return weight - learning_rate * velocity, velocity


def momentum_in_a_global(weight, gradient, velocity, learning_rate, momentum=0.9, kept={}):  # noqa: B006
    kept["v"] = momentum * kept.get("v", 0.0) + gradient
    return weight - learning_rate * kept["v"], kept["v"]


def adam_of_default_type(weight, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
    first, second = (1 - torch.tensor(beta) ** t for beta in (beta1, beta2))
    return weight - learning_rate * (m / first) / ((v / second).sqrt() + epsilon), m, v


def recursive_forward(X, layers):
    W, b = layers[0]
    Z = X @ W.T + b
    return Z if len(layers) == 1 else recursive_forward(Z.relu(), layers[1:])


def pops_layers(X, layers):
    W, b = layers.pop()
    for weights, bias in layers:
        X = (X @ weights.T + bias).relu()
    return X @ W.T + b


def shares(logits, shift):
    powers = (logits - shift(logits)).exp()
    return powers / powers.sum(1, keepdim=True)


def named_softmax(logits):
    softmax = (logits - logits.amax(1, keepdim=True)).exp()
    softmax = softmax / softmax.sum(1, keepdim=True)
    return softmax


def by_a_helper(logits):
    helper = torch.nn.functional.softmax
    return helper(logits, dim=1)


def three_layers(relu1=True, relu2=True, last=False):
    def fixed(X, layers):
        (W1, b1), (W2, b2), (W3, b3) = layers
        A1, A2 = X @ W1.T + b1, None
        A1 = A1.relu() if relu1 else A1
        A2 = A1 @ W2.T + b2
        A2 = A2.relu() if relu2 else A2
        logits = A2 @ W3.T + b3
        return (logits.relu() if last else logits).softmax(1)

    return fixed


def fit_with(*edits):
    return edited("05_backpropagation", "fit", *edits)


def step_with(*edits):
    return edited("05_backpropagation", "training_step", *edits)


def revives(change):
    """Return a right rescue with something done to the layer beside."""

    def revive(layer, dead):
        solutions("06_activations")["revive"](layer, dead)
        change(layer)

    return revive


def new_parameter(layer):
    layer.weight = torch.nn.Parameter(layer.weight.detach().clone())


@torch.no_grad()
def revive_decorated(layer, dead):
    rows = dead.nonzero()[:, 0]
    fresh = torch.randn(len(rows), layer.in_features) * (2 / layer.in_features) ** 0.5
    layer.weight.index_copy_(0, rows, fresh)
    layer.bias.index_fill_(0, rows, 0.0)


def brier(logits, y):
    return (logits.softmax(1) - torch.nn.functional.one_hot(y, 3)).square().sum(1).mean()


def one_maximum(logits, y):
    z = logits - logits.max()
    return (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).mean()


def one_hot_without_classes(logits, y, weights):
    shares = torch.nn.functional.one_hot(y) * weights
    return -(shares * logits.log_softmax(1)).sum() / shares.sum()


def huber_by_rows(outputs, y, delta=1.0):
    d = (outputs - y).abs()
    return torch.where(d <= delta, d**2 / 2, delta * (d - delta / 2)).mean(0).sum()


def adds_into_the_first(gradients, counts):
    total = gradients[0]
    total *= counts[0]
    for gradient, count in zip(gradients[1:], counts[1:], strict=True):
        total += gradient * count
    return total / sum(counts)


def standardises_in_place(model, dataset, raw_X):
    raw_X -= dataset.feature_mean
    raw_X /= dataset.feature_std
    model.eval()
    with torch.no_grad():
        return model(raw_X).softmax(1)


def freezes(model, dataset, raw_X):
    model.requires_grad_(False)
    return model.eval()(dataset.standardise(raw_X)).softmax(1)


def trained_already():
    digits = load_dataset("digits")
    model = NeuralNetworkModel(64, [32], 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    data = (digits.X_validation, digits.y_validation)
    train(model, data, torch.nn.CrossEntropyLoss(), optimizer, num_epochs=100, progress=False)
    return model, optimizer


def layers_in_a_dictionary(hidden_sizes):
    return torch.nn.ModuleDict({f"layer{i}": torch.nn.Linear(a, b) for i, (a, b) in enumerate(pairwise(hidden_sizes))})


class DictionaryModel(NeuralNetworkModel):
    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__(input_size, hidden_sizes, output_size)
        self.hidden_layers = layers_in_a_dictionary(hidden_sizes)


def timed_best_of_three(model, X):
    times = [solutions("04_forward_pass")["seconds"](model, X) for _ in range(3)]
    return tuple(map(min, zip(*times, strict=True)))


def timed_call_by_call(model, X):
    times = []
    for rows in (*X, X):
        start = time.perf_counter()
        model(rows)
        times.append(time.perf_counter() - start)
    return sum(times[:-1]), times[-1]


class ReLUsInTheList(NeuralNetworkModel):
    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__(input_size, hidden_sizes, output_size)
        layers = [module for layer in self.hidden_layers for module in (layer, torch.nn.ReLU())]
        self.hidden_layers = torch.nn.ModuleList(layers)


class WithoutSuper(torch.nn.Module):
    def __init__(self, input_size, hidden_sizes, output_size):
        self.input_layer = torch.nn.Linear(input_size, hidden_sizes[0])

    def forward(self, x):
        return self.input_layer(x)


def calls_the_activation(right):
    class Changed(right):
        def __init__(self, input_size, hidden_sizes, output_size, activation=torch.nn.ReLU):
            super().__init__(input_size, hidden_sizes, output_size, activation())

    return Changed


def dropping(module):
    """Return the solution with another module for nn.Dropout."""
    return edited("03_model_class", "DropoutModel", ("nn.Dropout(dropout)", module))


def optimizer_of_another():
    model, other = (NeuralNetworkModel(64, [32], 10) for _ in range(2))
    return model, torch.optim.Adam(other.parameters())


def calls_a_helper_wrongly(x, w, b):
    def helper(total):
        return torch.sigmoid(total)

    return helper(x @ w, b)


class Unscaled(torch.nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        return x * (torch.rand_like(x) > self.p) if self.training else x


def probabilities_then_training(model, dataset, raw_X):
    found = solutions("09_putting_it_together")["probabilities"](model, dataset, raw_X)
    model.train()
    return found


def yields(x, w, b):
    yield torch.sigmoid(x @ w + b)


def step_by_closure(model, X, y, criterion, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = criterion(model(X), y)
        loss.backward()
        return loss

    return optimizer.step(closure).item()


def clips(model, X, y, criterion, optimizer):
    loss = criterion(model(X), y)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def steps_on_its_own(model, X, y, criterion, optimizer):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    return solutions("05_backpropagation")["training_step"](model, X, y, criterion, optimizer)


def every_row(logits, y):
    p = logits.softmax(1)
    p[:, y] -= 1
    return p / len(y)


def fixed_decay(weight, gradient, m, v, t, learning_rate, weight_decay=0.01):
    return solutions("08_optimizers")["adam_step"](
        weight * (1 - 0.01 * learning_rate), gradient, m, v, t, learning_rate
    )


def without_dropout(model, dataset, raw_X):
    for module in model.modules():
        module.p = 0.0
    return solutions("09_putting_it_together")["probabilities"](model, dataset, raw_X)


class SeedsEachCall(solutions("03_model_class")["DropoutModel"]):
    def forward(self, x):
        torch.manual_seed(0)
        return super().forward(x)


def momentum_of_stars(*given, momentum=0.9):
    weight, gradient, velocity, rate, *others = given
    return solutions("08_optimizers")["momentum_step"](weight, gradient, velocity, rate, *(others or [momentum]))


def changes_the_device(x, w, b):
    torch.set_default_device("meta")
    return solutions("01_neurons")["neuron"](x, w, b)


def in_one_buffer(x, w, b, kept={}):  # noqa: B006
    result = solutions("01_neurons")["neuron"](x, w, b)
    return kept.setdefault(result.shape, torch.zeros_like(result)).copy_(result)


def kept_by_counts(gradients, counts, kept={}):  # noqa: B006
    result = solutions("10_conclusion")["combine"](gradients, counts)
    return kept.setdefault(tuple(counts), result)


def five_rows(X, W, b):
    return torch.sigmoid(X[:5] @ W.T + b)


def in_double(lesson, name):
    """Return a class of a lesson whose models compute in double precision, and hand back what others do."""

    class Changed(solutions(lesson)[name]):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.double()

        def forward(self, x):
            return super().forward(x.double()).float()

    return Changed


def times_for_ever(model, X):
    for rows in (*X, X):
        model(rows)
    return 0.0035 * len(X), 0.0035


def sleeps_between(model, X):
    start = time.perf_counter()
    for row in X:
        model(row)
        time.sleep(0.002)
    middle = time.perf_counter()
    model(X)
    return middle - start, time.perf_counter() - middle


def another_activation(state_dict):
    model = solutions("03_model_class")["rebuild"](state_dict)
    twin = NeuralNetworkModel(model.input_size, model.hidden_sizes, model.output_size, activation="tanh")
    twin.load_state_dict(state_dict)
    return twin


def doubles_the_model(model, dataset, raw_X):
    model.double().eval()
    with torch.no_grad():
        return model(dataset.standardise(raw_X).double()).softmax(1)


#: The exercise, what is special, the answer or answers.
ACCEPTED = [
    ("momentum_step", "arguments behind a star", momentum_of_stars),
    ("turned", "whole decimals", np.array([(5.0, 3.0), (5.0, 5.0)])),
    ("advice", "NumPy's words", lambda g: tuple(map(np.str_, solutions("01_neurons")["advice"](g)))),
    ("neuron", "NumPy", lambda x, w, b: 1 / (1 + np.exp(-(x.numpy() @ w.numpy() + b.numpy())))),
    ("neuron", "annotated", lambda x, w, b: torch.special.expit(b + w @ x.T)),
    ("layer", "nn.Linear", lambda X, W, b: torch.sigmoid(torch.nn.functional.linear(X, W, b))),
    ("layer", "sparse", lambda X, W, b: torch.sigmoid(X @ W.T + b).to_sparse()),
    ("layer", "einsum", lambda X, W, b: torch.sigmoid(torch.einsum("pi,ni->pn", X, W) + b)),
    ("by_hand", "NumPy", {key: np.float32(value) for key, value in BY_HAND.items()}),
    ("by_hand", "whole numbers", {"w1": 6, "w2": -2.5, "b": -3}),
    (
        "count_parameters",
        "NumPy",
        lambda n, hidden, m: np.sum([a * b + b for a, b in pairwise([n, *hidden, m])], dtype=int),
    ),
    ("hat", "by the distance", lambda x: (1 - x.abs()).clamp(min=0)),
    (("output_sizes", "losses"), "NumPy", {key: np.int64(value) for key, value in SIZES.items()}, LOSSES),
    (("output_sizes", "losses"), "two outputs for spam", {**SIZES, "spam": 2}, {**LOSSES, "spam": "CrossEntropyLoss"}),
    ("smallest", "a tuple", (3,)),
    ("smallest", "NumPy", np.array([3])),
    (("output_sizes", "losses"), "full names", SIZES, {key: f"torch.nn.{loss}()" for key, loss in LOSSES.items()}),
    ("forward", "recursive", recursive_forward),
    ("softmax", "its result is called softmax", named_softmax),
    ("seconds", "a list", timed(form=list)),
    ("seconds", "NumPy", timed(form=lambda pair: tuple(map(np.float64, pair)))),
    ("seconds", "restores the mode", restores_the_mode),
    ("seconds", "the best of three", timed_best_of_three),
    ("seconds", "call by call", timed_call_by_call),
    ("fit", "model.forward", fit_with(("model(X[batch])", "model.forward(X[batch])"))),
    ("own_loss", "at another temperature", lambda z, y: torch.nn.functional.cross_entropy(2 * z, y)),
    ("revive", "decorated with no_grad", revive_decorated),
    ("my_activation", "nn.PReLU", torch.nn.PReLU()),
    ("my_activation", "torch.sin", torch.sin),
    ("my_activation", "a thousandth of tanh", lambda z: torch.tanh(z) / 1000),
    ("seconds", "rounded to milliseconds", timed(form=lambda pair: [round(value, 3) for value in pair])),
    ("own_loss", "the logits' squared distance", lambda z, y: (z - torch.nn.functional.one_hot(y, 3)).square().mean()),
    (
        "own_loss",
        "a loop",
        lambda z, y: sum((1 - row.softmax(0)[c]) ** 2 for row, c in zip(z, y, strict=True)) / len(y),
    ),
    ("training_step", "a closure", step_by_closure),
    ("turned", "a set", {(5, 3), (5, 5)}),
    ("count_parameters", "decimals", lambda n, hidden, m: float(sum(a * b + b for a, b in pairwise([n, *hidden, m])))),
    ("leaky_relu", "a partial of PyTorch's", functools.partial(torch.nn.functional.leaky_relu)),
    (
        "huber",
        "keyword for delta",
        lambda outputs, y, delta=1.0: torch.nn.functional.huber_loss(outputs, y, delta=delta),
    ),
    ("momentum_step", "keyword only", keyword_only_momentum),
    ("adam_step", "the power as a tensor of the default type", adam_of_default_type),
    ("rate", "NumPy's single float", np.float32(0.3)),
    ("rate", "a tensor", torch.tensor(0.3)),
    ("training_bytes", "NumPy", lambda n, name: np.int64(n) * {"sgd": 8, "momentum": 12, "adam": 16}[name]),
    ("turned", "lists in a list", [[5, 3], [5, 5]]),
    ("turned", "numbers of NumPy", np.array([(5, 2), (5, 5)])),
    ("turned", "another pair", ((7, 6), (5, 3))),
]
ACCEPTED += [
    (name, "the solution", *[solutions(lesson)[one] for one in (name if isinstance(name, tuple) else (name,))])
    for lesson, checks in VALUES.items()
    for name in checks
]
#: The exercise, what is wrong, the answer or answers, the words that the feedback holds.
REFUSED = [
    ("neuron", "another default device", changes_the_device, "sets another default device"),
    ("neuron", "ends the program", lambda x, w, b: sys.exit(), "ends the whole program"),
    ("neuron", "half precision", lambda x, w, b: torch.sigmoid(x @ w + b).half(), "float16 keeps two or three digits"),
    ("neuron", "the same tensor for every result", in_one_buffer, "the very same tensor"),
    ("combine", "one result for all of the same counts", kept_by_counts, "the very same tensor"),
    ("layer", "five rows", five_rows, "expected shape (40, 2), got shape (5, 2)"),
    ("by_hand", "more than a float32 holds", changed(BY_HAND, w1=1e300), "must be a finite number"),
    ("advice", "an array", lambda gradient: ("w1", np.array(["raise", "lower"])), "The name must be"),
    ("MyModel", "in double precision", in_double("03_model_class", "MyModel"), "made of torch.float64 numbers"),
    ("MySkipModel", "in double precision", in_double("10_conclusion", "MySkipModel"), "made of torch.float64 numbers"),
    ("rebuild", "another activation", another_activation, "the weights are right, but the logits"),
    ("seconds", "two numbers for ever", times_for_ever, ""),
    ("seconds", "sleeps between the calls", sleeps_between, "go by with something else"),
    ("probabilities", "casts the model", doubles_the_model, "made of torch.float64 numbers after the call"),
    ("own_dataset", "other moons of the package", load_dataset("moons", seed=3), "drawn by the package"),
    (
        "fit",
        "a list made once",
        fit_with(("num_epochs, batch_size):", "num_epochs, batch_size, losses=[]):"), ("    losses = []\n", "")),
        "made anew",
    ),
    ("neuron", "changes x in place", lambda x, w, b: torch.sigmoid(x.mul_(w).sum(-1) + b), "x has changed"),
    ("neuron", "cut to 0 and 1", lambda x, w, b: (x @ w + b > 0).float(), "cut to 0 or 1"),
    ("neuron", "the sign of the bias", lambda x, w, b: torch.sigmoid(x @ w - b), "the bias is subtracted"),
    ("neuron", "another slope", lambda x, w, b: torch.sigmoid(2 * (x @ w + b)), "Here x = [1, 2], w = [1, -1], b = -1"),
    ("neuron", "a class that can be called", Callable, "with brackets: Callable()"),
    ("neuron", "a class that cannot", type("Neuron", (), {}), "Write it with def"),
    ("neuron", "yields", yields, "write return, not yield"),
    ("neuron", "a column", lambda x, w, b: torch.sigmoid(x @ w + b)[..., None], "only their shape is another"),
    ("layer", "a list of rows", lambda X, W, b: torch.sigmoid(X @ W.T + b).tolist(), "torch.tensor make a tensor"),
    ("layer", "off by 1e-4", lambda X, W, b: torch.sigmoid(X @ W.T + b) + 1e-4, "right shape, wrong values"),
    ("MyModel", "__init__ misspelt", type("MyModel", (torch.nn.Module,), {"forward": len}), "two underscores"),
    ("DropoutModel", "a seed of its own", SeedsEachCall, "drops the same numbers"),
    ("forward", "turns the list over", lambda X, layers: (layers.reverse(), X)[1], "wrote into the list"),
    ("softmax", "float64 alone", lambda z: shares(z.double(), lambda z: 0), "overflows too"),
    ("training_step", "clips the gradients", clips, "the weights after one step"),
    ("training_step", "an optimizer of its own", steps_on_its_own, "not by the optimizer that is handed in"),
    ("logits_gradient", "[:, y]", every_row, "index with both"),
    ("my_activation", "complex", lambda z: torch.sqrt(z + 0j), "complex numbers"),
    ("my_activation", "one result for each shape", kept_by_shape(torch.tanh), "keeps something between its calls"),
    ("adamw_step", "a fixed decay", fixed_decay, "weight_decay is fixed at 0.01"),
    ("rate", "a function", len, "it is the function len"),
    ("probabilities", "switches dropout off for good", without_dropout, "had (p=0.5"),
    ("turned", "pairs that are used up", zip((5, 5), (3, 5), strict=True), "used up at the first look"),
    ("own_dataset", "the moons of the package", replace(load_dataset("moons"), name="mine"), "under another name"),
    ("neuron", "complex", lambda x, w, b: torch.sigmoid(x @ w + b) + 1j, "got complex ones"),
    ("layer", "turns W over in place", lambda X, W, b: torch.sigmoid(X @ W.t_() + b), "W has changed"),
    (
        "layer",
        "three neurons for ever",
        lambda X, W, b: torch.stack([torch.sigmoid(X @ W[k] + b[k]) for k in range(3)], 1),
        "",
    ),
    ("by_hand", "zeros", {"w1": 0, "w2": 0, "b": 0}, "With both weights at 0"),
    ("by_hand", "infinite", changed(BY_HAND, w1=float("inf")), "finite number"),
    (
        "by_hand",
        "a hundred times too large",
        {k: 300 * v for k, v in {"w1": 1.0, "w2": 1.0, "b": 1.0}.items()},
        "too large",
    ),
    ("by_hand", "a list", [4.0, -1.5, -2.0], "Give a dictionary"),
    ("advice", "a text", lambda gradient: "w1 lower", "Return a name and a word"),
    ("hat", "changes x in place", lambda x: x.abs_().neg_().add_(1).clamp_(min=0), "x has changed"),
    ("smallest", "a list in a list", [[3]], "whole number of at least 1"),
    ("smallest", "a decimal", [3.0], "whole number of at least 1"),
    ("smallest", "far too large", [128, 128], "many more than it takes"),
    ("smallest", "too small", [2], "two neurons enclose nothing"),
    (("output_sizes", "losses"), "one of four", {**SIZES, "digit": 9}, LOSSES, "count them"),
    ("MyModel", "a seed of its own", seeded(solutions("03_model_class")["MyModel"]), "no seed of its own"),
    ("MyModel", "ReLUs among the layers", ReLUsInTheList, "Only the layers belong into hidden_layers"),
    ("MyModel", "no super", WithoutSuper, "super().__init__()"),
    (
        "ActivationModel",
        "calls the activation",
        calls_the_activation(solutions("03_model_class")["ActivationModel"]),
        'missing 1 required positional arguments: "input"',
    ),
    ("DropoutModel", "the share that stays", dropping("nn.Dropout(1 - dropout)"), "not the share that stays"),
    ("DropoutModel", "asleep from the start", dropping("nn.Dropout(dropout).eval()"), "leave eval() out of __init__"),
    (
        "DropoutModel",
        "another usual share",
        edited("03_model_class", "DropoutModel", ("dropout=0.5", "dropout=0.2")),
        "expected 0.50",
    ),
    ("DropoutModel", "a fixed share", dropping("nn.Dropout(0.5)"), "not passed on"),
    ("DropoutModel", "twice", dropping("nn.Sequential(nn.Dropout(dropout), nn.Dropout(dropout))"), "dropped twice"),
    ("DropoutModel", "whole samples", dropping("nn.Dropout1d(dropout)"), "all units of a sample"),
    ("MyModel", "a dictionary of layers", DictionaryModel, "hidden_layers.layer0.weight instead"),
    (
        "ActivationModel",
        "stored as act",
        edited("03_model_class", "ActivationModel", ("self.activation", "self.act")),
        "as act.weight",
    ),
    (
        "DropoutModel",
        "not scaled up",
        edited("03_model_class", "DropoutModel", ("nn.Dropout(dropout)", "Unscaled(dropout)")),
        "divided by 1 − dropout",
    ),
    (
        "rebuild",
        "nan",
        edited(
            "03_model_class",
            "rebuild",
            (
                "    return model",
                "    torch.nn.init.constant_(model.output_layer.weight, float('nan'))\n    return model",
            ),
        ),
        "nan",
    ),
    (
        "rebuild",
        "another type of numbers",
        edited("03_model_class", "rebuild", ("    return model", "    return model.double()")),
        "torch.float64 in your model",
    ),
    (
        "rebuild",
        "a size too many",
        edited("03_model_class", "rebuild", ("hidden_sizes, output_size)\n", "[*hidden_sizes, 3], output_size)\n")),
        "load_state_dict refuses",
    ),
    ("forward", "pops the last layer", pops_layers, "layers has changed: the function wrote into the list"),
    ("softmax", "subtracts the first logit", lambda z: shares(z, lambda z: z[:, :1]), "each row's first logit"),
    ("softmax", "subtracts the mean", lambda z: shares(z, lambda z: z.mean(1, keepdim=True)), "each row's mean"),
    (
        "softmax",
        "subtracts the median",
        lambda z: shares(z, lambda z: z.median(1, keepdim=True).values),
        "each row's median",
    ),
    ("softmax", "subtracts one maximum", lambda z: shares(z, lambda z: z.max()), "each row needs its own"),
    ("softmax", "softmin", lambda z: torch.nn.functional.softmin(-z, 1), "Write it yourself"),
    ("softmax", "torch.special", lambda z: torch.special.softmax(z, 1), "Write it yourself"),
    ("softmax", "nn.Softmax", torch.nn.Softmax(1), "Write it yourself"),
    ("softmax", "PyTorch's by a helper", by_a_helper, "Write it yourself"),
    ("fixed", "ReLU on the logits", three_layers(last=True), "a ReLU is applied to the logits"),
    ("fixed", "the second ReLU is lost", three_layers(relu2=False), "the ReLU of the second layer is lost"),
    ("fixed", "the first ReLU is lost", three_layers(relu1=False), "the ReLU of the first layer is lost"),
    ("seconds", "milliseconds", timed(1000.0), "These are milliseconds"),
    ("seconds", "start minus end", timed(-1.0), "below 0"),
    ("seconds", "swapped", timed(order=-1), "The two are swapped"),
    ("seconds", "texts", timed(form=lambda pair: tuple(map(str, pair))), "one of them is"),
    ("linear_gradient", "no d_X", lambda X, W, u: (u.T @ X, u.sum(0), None), "d_X: expected a tensor, got None."),
    (
        "training_step",
        "step first",
        step_with(
            (
                "    loss.backward()\n    optimizer.step()",
                "    optimizer.step()\n    optimizer.zero_grad()\n    loss.backward()",
            )
        ),
        "step stands before backward",
    ),
    (
        "training_step",
        "evaluation mode for good",
        step_with(("    loss = ", "    model.eval()\n    loss = ")),
        "evaluation mode",
    ),
    (
        "training_step",
        "softmax before the criterion",
        step_with(("criterion(model(X), y)", "criterion(model(X).softmax(1), y)")),
        "a softmax is applied before",
    ),
    (
        "training_step",
        "a loss of its own",
        step_with(("criterion(model(X), y)", "nn.functional.cross_entropy(model(X), y)")),
        "the loss returned",
    ),
    (
        "training_step",
        "its own update",
        step_with(("    optimizer.step()", "    for p in model.parameters():\n        p.data -= 0.5 * p.grad")),
        "not by the optimizer that is handed in",
    ),
    (
        "fit",
        "a loss of its own",
        fit_with(("criterion(model(X[batch]), y[batch])", "nn.functional.cross_entropy(model(X[batch]), y[batch])")),
        "not the criterion's",
    ),
    (
        "fit",
        "shuffles X in place",
        fit_with(
            ("        total_loss = 0.0\n", "        total_loss = 0.0\n        X[:] = X[torch.randperm(len(X))]\n")
        ),
        "X has changed",
    ),
    (
        "fit",
        "shuffles X alone",
        fit_with(("        total_loss = 0.0\n", "        total_loss = 0.0\n        X = X[torch.randperm(len(X))]\n")),
        "do not belong together",
    ),
    (
        "fit",
        "the whole data",
        fit_with(("model(X[batch]), y[batch]", "model(X), y")),
        "Every batch holds all 10 samples",
    ),
    ("fit", "batches of 32", fit_with(("split(batch_size)", "split(32)")), "batch_size is not used"),
    (
        "fit",
        "evaluation mode for good",
        fit_with(("    losses = []\n", "    losses = []\n    model.eval()\n")),
        "evaluation mode",
    ),
    (
        "fit",
        "losses as text",
        fit_with(("losses.append(total_loss / len(X))", "losses.append(f'{total_loss / len(X):.3f}')")),
        "got a str",
    ),
    (
        "fit",
        "losses with their graphs",
        fit_with(("loss.item() * len(batch)", "loss * len(batch)")),
        "computation graph alive",
    ),
    (
        "fit",
        "the total is never reset",
        fit_with(
            (
                "    for epoch in range(num_epochs):\n        total_loss = 0.0\n",
                "    total_loss = 0.0\n    for epoch in range(num_epochs):\n",
            )
        ),
        "never set back to 0",
    ),
    (
        "fit",
        "zero_grad once an epoch",
        fit_with(
            ("            optimizer.zero_grad()\n", ""),
            ("        total_loss = 0.0\n", "        total_loss = 0.0\n        optimizer.zero_grad()\n"),
        ),
        "once an epoch",
    ),
    (
        "fit",
        "a second forward",
        fit_with(("loss.item() * len(batch)", "criterion(model(X[batch]), y[batch]).item() * len(batch)")),
        "needs no second call",
    ),
    ("fit", "no return", fit_with(("    return losses\n", "")), "does the function return its result?"),
    ("logits_gradient", "three classes", lambda z, y: (z.softmax(1) - torch.nn.functional.one_hot(y, 3)) / len(y), ""),
    (
        "collapse",
        "a ReLU in between",
        lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1.relu() + b2),
        "there is a ReLU in between",
    ),
    ("collapse", "turns W1 over in place", lambda W1, b1, W2, b2: ((W1.t_() @ W2.T).T, W2 @ b1 + b2), "W1 has changed"),
    ("collapse", "swapped factors", lambda W1, b1, W2, b2: (W1 @ W2, W2 @ b1 + b2), ""),
    ("revive", "a new parameter", revives(new_parameter), "another parameter now"),
    ("revive", "frozen for good", revives(lambda layer: layer.requires_grad_(False)), "requires_grad=False"),
    ("revive", "gradients off for good", revives(lambda layer: torch.set_grad_enabled(False)), "switched off for good"),
    ("my_activation", "dropout on a ReLU", lambda z: torch.nn.functional.dropout(z.relu()), "It is random"),
    ("my_activation", "noise", lambda z: z * torch.rand_like(z), "It is random"),
    ("my_activation", "a jump on a slope", lambda z: z + (z > 0), "It jumps near z = 0"),
    ("my_activation", "a remainder", lambda z: z % 1, "It jumps near"),
    ("my_activation", "a class", torch.nn.SiLU, "with brackets: SiLU()"),
    ("my_activation", "the tangent", torch.tan, "It has no bound near z"),
    ("my_activation", "whole numbers", lambda z: z.int(), ".int()"),
    ("my_activation", "a running sum", lambda z: z.cumsum(-1), "It mixes numbers"),
    ("my_activation", "far too steep", lambda z: (z**2).exp(), "one step along it"),
    ("my_activation", "one over z", lambda z: 1 / z, "inf or nan"),
    ("my_activation", "in place", lambda z: z.clamp_(min=0), "z has changed"),
    ("huber", "the mean over the rows alone", huber_by_rows, "the sum over the columns"),
    ("cross_entropy", "one maximum", one_maximum, "One maximum of the whole batch"),
    ("cross_entropy", "nn.CrossEntropyLoss", torch.nn.CrossEntropyLoss(), "Write it yourself"),
    ("weighted_cross_entropy", "one_hot without classes", one_hot_without_classes, "Your code raised RuntimeError"),
    (
        "own_loss",
        "twice cross-entropy",
        lambda z, y: 2 * torch.nn.functional.cross_entropy(z, y),
        "cross-entropy times 2",
    ),
    (
        "own_loss",
        "times the spread of the batch",
        lambda z, y: torch.nn.functional.multi_margin_loss(z, y) * z.std(0).mean(),
        "what each sample brings by itself",
    ),
    ("own_loss", "cross-entropy plus 1", lambda z, y: torch.nn.functional.cross_entropy(z, y) + 1, "plus a number"),
    ("own_loss", "its logarithm", lambda z, y: torch.nn.functional.cross_entropy(z, y).log(), "in another form"),
    (
        "own_loss",
        "one_hot without classes",
        lambda z, y: (z.softmax(1) - torch.nn.functional.one_hot(y)).square().mean(),
        "Your code raised",
    ),
    ("momentum_step", "keeps its velocity", momentum_in_a_global, "keeps something between its calls"),
    (
        "momentum_step",
        "a row of the weights",
        lambda w, g, v, rate, momentum=0.9: (w[0], v),
        "the shape of weight: expected",
    ),
    (
        "momentum_step",
        "nothing for the velocity",
        lambda w, g, v, rate, momentum=0.9: (w, None),
        "velocity: expected a tensor, got None.",
    ),
    (
        "momentum_step",
        "swapped",
        lambda w, g, v, rate, momentum=0.9: solutions("08_optimizers")["momentum_step"](w, g, v, rate, momentum)[::-1],
        "in the other order",
    ),
    (
        "momentum_step",
        "another usual momentum",
        edited("08_optimizers", "momentum_step", ("momentum=0.9", "momentum=0.8")),
        "keep the defaults",
    ),
    ("adam_step", "the power t − 1", edited("08_optimizers", "adam_step", ("**t)", "**(t - 1))")), "1 − beta**(t − 1)"),
    ("rate", "a text", "0.3", "Give one number"),
    (
        "warm_up_cosine",
        "warm-up fixed at 10",
        edited(
            "08_optimizers",
            "warm_up_cosine",
            ("epoch < warm_up", "epoch < 10"),
            ("(epoch + 1) / warm_up", "(epoch + 1) / 10"),
            ("(epoch - warm_up) / (num_epochs - warm_up)", "(epoch - 10) / (num_epochs - 10)"),
        ),
        "factors",
    ),
    (
        "warm_up_cosine",
        "// for /",
        edited(
            "08_optimizers",
            "warm_up_cosine",
            ("(epoch + 1) / warm_up", "(epoch + 1) // warm_up"),
            ("(epoch - warm_up) /", "(epoch - warm_up) //"),
        ),
        "// cuts off",
    ),
    ("build", "the optimizer of another", optimizer_of_another, "The optimizer holds none"),
    ("build", "learns the validation part", trained_already, "right before the check trains it"),
    ("probabilities", "standardises in place", standardises_in_place, "raw_X has changed"),
    ("probabilities", "training mode for good", probabilities_then_training, "left in training mode"),
    ("probabilities", "freezes the model", freezes, "requires_grad=False"),
    ("leaks", "one of four wrong", changed(LEAKS, A="no leak"), "3 of 4 are right"),
    ("faults", "two of four wrong", changed(FAULTS, A="overfitting", B="overfitting"), "2 of 4 are right"),
    ("own_dataset", "a name", "penguins", "This is a name"),
    ("own_dataset", "the wine of the package", replace(load_dataset("wine"), name="my wine"), "under another name"),
    ("neuron", "a class", torch.nn.Sigmoid, "it is the class Sigmoid"),
    ("neuron", "nothing", None, "neuron must be a function; it is None"),
    (
        "MyModel",
        "a bias of its own",
        built(lambda model: torch.nn.init.zeros_(model.output_layer.bias))(solutions("03_model_class")["MyModel"]),
        "another output_layer.bias",
    ),
    ("fit", "no backward", fit_with(("            loss.backward()\n", "")), "call loss.backward()"),
    ("my_activation", "a module that works in place", torch.nn.ReLU(inplace=True), "argument 1 has changed"),
    ("adam_step", "no epsilon", edited("08_optimizers", "adam_step", (" + epsilon)", ")")), "or missing"),
    ("turned", "nothing", [], "With 0 pixels turned over the answer is still 3"),
    ("turned", "one of the two", [(5, 3)], "With 1 pixel turned over the answer is still 3"),
    ("turned", "one too many", [(5, 3), (5, 5), (6, 1)], "2 are enough"),
    ("turned", "a pixel of the edge", [(2, 0)], "(2, 0) lies in an outer column"),
    ("turned", "twice the same", [(5, 3), (5, 3)], "Give each pixel once"),
    ("turned", "no pairs", [43, 45], "a list of pairs (row, column)"),
    ("turned", "halves", [(5.5, 3), (5, 5)], "a list of pairs (row, column)"),
    ("turned", "outside", [(5, 3), (8, 5)], "each number from 0 to 7"),
    (
        "training_bytes",
        "the values that the check shows",
        lambda n, name: {"sgd": 8000, "momentum": 12000, "adam": 16000}[name],
        "",
    ),
    ("training_bytes", "half precision", lambda n, name: 2 * n * {"sgd": 2, "momentum": 3, "adam": 4}[name], "not 2"),
    ("training_bytes", "weights alone", lambda n, name: 4 * n, "these are the weights alone"),
    ("combine", "sorts the counts", lambda g, counts: (counts.sort(reverse=True), g[0])[1], "wrote into the list"),
    ("combine", "adds into the first gradient", adds_into_the_first, "gradients has changed"),
    ("MySkipModel", "no skip", NeuralNetworkModel, "nothing is added yet"),
    (
        "attention",
        "the root of the keys",
        lambda Q, K, V: (Q @ K.T / len(K) ** 0.5).softmax(1) @ V,
        "not of the number of keys",
    ),
    (
        "attention",
        "shares of the keys",
        lambda Q, K, V: (Q @ K.T / Q.shape[1] ** 0.5).softmax(1) @ K,
        "weigh the values, V",
    ),
]
#: The exercise, the answer, and its points.
PARTS = [
    ("advice", lambda gradient: (max(gradient, key=lambda k: abs(gradient[k])), "raise"), 1),
    ("count_parameters", lambda n, hidden, m: sum(a * b + b for a, b in pairwise([n, *hidden, m])) if hidden else 0, 1),
    (("output_sizes", "losses"), {**SIZES, "digit": 9}, LOSSES, 3),
    ("smallest", [8], 1),
    ("MyModel", edited("03_model_class", "MyModel", ("torch.relu(layer(x))", "layer(x)")), 1),
    ("rebuild", edited("03_model_class", "rebuild", ("    model.load_state_dict(state_dict)\n", "")), 1),
    ("softmax", lambda z: z.exp() / z.exp().sum(1, keepdim=True), 1),
    ("linear_gradient", lambda X, W, u: (u.T @ X, u.mean(0), u @ W), 2),
    ("linear_gradient", lambda X, W, u: (-u.T @ X, u.mean(0), u @ W), 1),
    ("fit", fit_with(("losses.append(total_loss / len(X))", "losses.append(total_loss)")), 1),
    ("collapse", lambda W1, b1, W2, b2: (W2 @ W1, b2), 1),
    ("leaks", changed(LEAKS, A="no leak"), 3),
    ("training_bytes", lambda n, name: 8 * n, 1),
]
