"""Wrong answers to the exercises of lesson 03 are refused, each with the sentence that helps."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, load_dataset
from mlp_tutorial.lessons.model_class.exercises import (
    check_activation_model,
    check_dropout_model,
    check_model_class,
    check_rebuild,
)
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.shared import problems
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from mlp_tutorial.lessons.shared.trainer import explore_training
from tests.lesson_helpers import refuses
from tests.solutions import NOTEBOOKS, defined_by, exercises, read

LESSON = "03_model_class.ipynb"


CHECKS = {
    "MyModel": check_model_class,
    "ActivationModel": check_activation_model,
    "DropoutModel": check_dropout_model,
    "rebuild": check_rebuild,
}


@pytest.mark.parametrize("name", CHECKS)
def test_stubs_are_not_attempted_and_solutions_pass(name, stubs, solutions):
    assert CHECKS[name](stubs[name]).status == "not attempted"
    state = torch.get_rng_state()
    feedback = CHECKS[name](solutions[name])
    assert feedback.passed, feedback
    assert torch.equal(torch.get_rng_state(), state)


def edited(name, *edits):
    """Return a solution with pieces of its code replaced."""
    code = next(
        e.code for e in exercises(read(NOTEBOOKS / LESSON)) if f"class {name}(" in e.code or f"def {name}(" in e.code
    )
    for old, new in edits:
        assert old in code, old
        code = code.replace(old, new)
    return defined_by([code])[name]


FIRST = "        self.input_layer = nn.Linear(input_size, hidden_sizes[0])\n"
LAST = "        self.output_layer = nn.Linear(hidden_sizes[-1], output_size)\n"
END = "return self.output_layer(x)"


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("        super().__init__()\n", "")], "cannot assign module before Module.__init__() call"),
        ([("(nn.Module)", "")], "inherits from nn.Module"),
        ([("nn.ModuleList([", "list([")], "hidden_layers is a plain list"),
        ([(END, "return torch.relu(self.output_layer(x))")], "an activation is applied to the logits"),
        ([(END, "return self.output_layer(x).softmax(1)")], "softmax is applied to the logits; the loss does that"),
        ([(FIRST, ""), (LAST, LAST + FIRST)], "the layers are created in another order"),
        ([("torch.relu(self.input_layer(x))", "self.input_layer(x)")], "the activation after input_layer is missing"),
        ([("torch.relu(layer(x))", "layer(x)")], "the activation after the hidden layers is missing"),
        ([("torch.relu(", "(")], "no activation is applied"),
        ([("pairwise(hidden_sizes)", "pairwise([input_size, *hidden_sizes])")], "is one too many"),
        ([("pairwise(hidden_sizes)", "pairwise(hidden_sizes[:-1])")], "hidden_layers.0.weight is missing"),
        ([("nn.Linear(before, after)", "nn.Linear(after, before)")], "expected (4, 5): (outputs, inputs)"),
        ([("output_layer", "last_layer")], "output_layer.weight is not in the state_dict"),
        ([(LAST, LAST + "        self.spare = nn.Linear(1, 1)\n")], "spare.weight is in the state_dict"),
        ([("hidden_sizes[-1], output_size", "7, output_size")], "output_layer.weight has the shape (2, 7)"),
        ([(END, "self.output_layer(x)")], "the logits: expected a tensor, got None"),
    ],
)
def test_wrong_model_classes_are_refused(edits, sentence):
    refuses(check_model_class(edited("MyModel", *edits)), sentence)


def test_an_instance_is_no_class():
    refuses(check_model_class(NeuralNetworkModel(2, [3], 1)), "Hand over the class itself")


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        (
            [("self.activation(layer(x))", "torch.relu(layer(x))")],
            "with activation=torch.tanh, the logits: right shape, wrong values",
        ),
        ([("self.activation(layer(x))", "torch.relu(layer(x))")], "the argument is ignored somewhere"),
        ([("self.activation = activation", "self.activation = torch.relu")], "the argument is ignored somewhere"),
        ([(END, "return self.activation(self.output_layer(x))")], "an activation is applied to the logits"),
        ([("activation=torch.relu", "activation=torch.tanh")], "with no activation given, the logits"),
        ([("activation=torch.relu", "activation")], "missing 1 required positional argument"),
        (
            [("self.activation = activation", "self.activation = lambda x: activation(x)")],
            "your model does not know it",
        ),
        ([("nn.ModuleList([", "list([")], "hidden_layers is a plain list"),
    ],
)
def test_wrong_activation_models_are_refused(edits, sentence):
    refuses(check_activation_model(edited("ActivationModel", *edits)), sentence)


class WithAppend(nn.Module):
    """The class of exercise 1 written another way; its ReLU is a module, which has nothing to learn."""

    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.input_layer = nn.Linear(input_size, hidden_sizes[0])
        self.hidden_layers = nn.ModuleList()
        for number in range(len(hidden_sizes) - 1):
            self.hidden_layers.append(nn.Linear(hidden_sizes[number], hidden_sizes[number + 1]))
        self.output_layer = nn.Linear(hidden_sizes[-1], output_size)
        self.relu = nn.ReLU()

    def forward(self, x):
        for layer in (self.input_layer, *self.hidden_layers):
            x = self.relu(layer(x))
        return self.output_layer(x)


class ByInheritance(NeuralNetworkModel):
    """The class of exercise 2 written another way."""

    def __init__(self, input_size, hidden_sizes, output_size, activation=torch.relu):
        super().__init__(input_size, hidden_sizes, output_size)
        self.activation = activation


def rebuilt_by_weights(state_dict):
    """Read the sizes from the weights in place of the biases."""
    shapes = [tensor.shape for name, tensor in state_dict.items() if name.endswith("weight")]
    model = NeuralNetworkModel(shapes[0][1], [shape[0] for shape in shapes[:-1]], shapes[-1][0])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(state_dict[name])
    return model


def test_right_answers_written_another_way_pass():
    assert check_model_class(WithAppend).passed
    assert check_activation_model(ByInheritance).passed
    assert check_rebuild(rebuilt_by_weights).passed


DROPPED_LOGITS = "return self.dropout(self.output_layer(x))"


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("self.dropout(torch.relu", "(torch.relu")], "In training mode nothing is dropped: use self.dropout"),
        ([(END, DROPPED_LOGITS)], "The logits are dropped"),
        ([("self.input_layer(x)", "self.input_layer(self.dropout(x))")], "The features are dropped"),
        (
            [("self.dropout(torch.relu(layer(x)))", "torch.relu(layer(x))")],
            "no activation becomes 0 between hidden_layers.0 and output_layer",
        ),
        (
            [("self.dropout(torch.relu(self.input_layer(x)))", "torch.relu(self.input_layer(x))")],
            "no activation becomes 0 between input_layer and hidden_layers.0",
        ),
        ([("self.dropout(torch", "nn.functional.dropout(torch")], "does not know the mode"),
        ([("nn.Dropout(dropout)", "nn.Dropout(0.5)")], "is dropped after input_layer: expected 0.20"),
        (
            [("self.dropout(torch.relu(layer(x)))", "self.dropout(self.dropout(torch.relu(layer(x))))")],
            "expected 0.50, once per layer",
        ),
        ([("nn.Dropout(dropout)", "nn.Sequential(nn.Dropout(dropout), nn.PReLU())")], "the names stay as they were"),
        (
            [(END, "return torch.relu(self.output_layer(x))")],
            "in evaluation mode, the logits: right shape, wrong values",
        ),
    ],
)
def test_wrong_dropout_models_are_refused(edits, sentence):
    refuses(check_dropout_model(edited("DropoutModel", *edits)), sentence)


def test_dropout_by_function_with_the_mode_handed_on_is_right():
    by_function = (
        "self.dropout(torch.relu",
        "nn.functional.dropout(training=self.training, p=self.p, input=torch.relu",
    )
    kept = ("self.dropout = nn.Dropout(dropout)", "self.p = dropout")
    assert check_dropout_model(edited("DropoutModel", by_function, kept)).passed


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("    model.load_state_dict(state_dict)\n", "")], "model.load_state_dict(state_dict) loads them"),
        ([(".shape[1]", ".shape[0]")], "load_state_dict refuses: size mismatch for input_layer.weight"),
        (
            [("    model.load_state_dict(state_dict)\n", ""), (".shape[1]", ".shape[0]")],
            "input_size: expected 3, got 5",
        ),
        ([("[len(tensor)", "[8, *hidden]\n    x = [len(tensor)")], "uses hidden, a name that does not exist."),
        ([('endswith("bias")]', 'endswith("bias")][1:]')], "load_state_dict refuses"),
        ([("    return model\n", "")], "Return the model; got None"),
        ([("return model", "return state_dict")], "Return the model; got a dict"),
        ([("return model", "return nn.Linear(2, 3)")], "Build a NeuralNetworkModel; got a Linear"),
    ],
)
def test_wrong_rebuilding_is_refused(edits, sentence):
    refuses(check_rebuild(edited("rebuild", *edits)), sentence)


# What the lesson says -------------------------------------------------------------------------------------------


def test_the_class_written_drives_the_trainer_and_the_package_stands_in(solutions, stubs):
    assert usable_or(stubs["MyModel"], NeuralNetworkModel).function is NeuralNetworkModel
    assert usable_or(solutions["MyModel"], NeuralNetworkModel).function is solutions["MyModel"]
    own = explore_training(num_epochs=10, model_class=solutions["MyModel"])
    package = explore_training(num_epochs=10)
    assert own.history.training_loss == package.history.training_loss
    assert own.controls["num_layers"].min == 1  # a class of one's own counts on a first hidden layer


def test_a_wrong_class_still_drives_the_trainer():
    plain_list = edited("MyModel", ("nn.ModuleList([", "list(["))
    assert usable_or(plain_list, NeuralNetworkModel).function is plain_list
    assert type(explore_model(model_class=plain_list).model) is plain_list


def test_no_training_gets_below_the_floor_of_a_relu_on_the_output():
    y = load_dataset("penguins_body_mass").y_train
    floor = y[y < 0].square().sum() / len(y)
    assert 0.415 < floor < 0.425
    assert 0.565 < (y < 0).float().mean() < 0.575
    answer = y.clone().relu()  # the best that a network of answers above 0 can do
    assert torch.isclose((answer - y).square().mean(), floor)


@pytest.mark.parametrize("seed", [478_942, 524_861, 528_769])
def test_units_that_are_dropped_together_by_chance_are_no_mistake(seed, solutions):
    problems.draw_fresh_problems(seed)  # with these, few units were above 0
    try:
        feedback = check_dropout_model(solutions["DropoutModel"])
    finally:
        problems.draw_fresh_problems(0)
    assert feedback.passed, feedback
