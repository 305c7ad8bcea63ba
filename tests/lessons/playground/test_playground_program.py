"""The program of a run, alone in a fresh Python, ends at the losses shown, whatever was changed on the way."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.playground import explore_playground
from mlp_tutorial.lessons.playground.playground_program import call_of, program_of
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel
from mlp_tutorial.training.evaluation import evaluate
from tests.lesson_helpers import printed_by
from tests.lessons.playground.helpers import Bent, WithFunctions, one_logit_loss, own_modules


def run_of(live=None, weights=None, **settings):
    start = Start(**{"dataset": "disc", "hidden_sizes": (4, 2), "num_points": 60, **settings})
    return PlaygroundRun(start, live or Live(), weights)


def changed(run, *changes):
    """Train a run three epochs after each change; a change is new live settings, or a function of the run."""
    epochs = len(run.history)
    for change in changes:
        if callable(change):
            change(run)
        elif change:
            run.change(replace(run.live, **change))
        epochs += 3
        for _ in run.train_to(epochs):
            pass
    return run


def edit(*numbers):
    return lambda run: run.set_number(*numbers)


def switch(*arguments):
    return lambda run: run.switch(*arguments)


def bent(z):
    return torch.where(z > 0, z, 0.3 * z)


def own_loss(logits, y):
    return (1 - logits.softmax(1)[torch.arange(len(y)), y]).mean()


CLAMPED = [lambda z: z.clamp(-1, 1)]


class OwnClass(nn.Module):
    """A class of one's own, called with three sizes, that draws random numbers while it trains."""

    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.first = nn.Linear(input_size, hidden_sizes[0])
        self.dropout = nn.Dropout(0.3)
        self.last = nn.Linear(hidden_sizes[0], output_size)

    def forward(self, x):
        return self.last(self.dropout(torch.relu(self.first(x))))


class OwnOptimizer(torch.optim.SGD):
    """An optimizer of one's own."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr=2 * lr)


def resized(**settings):
    def resize(run):
        changed(run, {})
        run.switch(1, 1, False)
        return run.resized(replace(run.start, **settings))

    return resize


SEVERAL = [
    {"learning_rate": 0.1},
    {"optimizer": "adam", "learning_rate": 0.01},
    {"penalty": "L2", "batch_size": 7},
    {"dropout": 0.3},
    edit(0, 1, 1, 0.75),
    {"optimizer": "momentum", "weight_decay": 0.01, "penalty": "none"},
]

RUNS = {
    "just begun": run_of,
    "plain": lambda: changed(run_of(), {}, {}),
    "another seed": lambda: changed(run_of(seed=7), {}),
    "learning rate": lambda: changed(run_of(), {}, {"learning_rate": 0.3}, {"learning_rate": 0.001}),
    "batch size": lambda: changed(run_of(), {}, {"batch_size": 1}, {"batch_size": 20}),
    "full batch and back": lambda: changed(run_of(), {}, {"batch_size": 0}, {"batch_size": 10}),
    "from full batch": lambda: changed(run_of(Live(batch_size=0)), {}, {"batch_size": 5}, {"batch_size": 0}),
    "a batch that takes all": lambda: changed(run_of(Live(batch_size=64)), {}, {"batch_size": 5}),
    "a batch of just all": lambda: changed(run_of(Live(batch_size=30)), {}, {"batch_size": 5}, {"batch_size": 64}),
    "optimizers": lambda: changed(
        run_of(), {}, *({"optimizer": name} for name in ("momentum", "nesterov", "rmsprop", "adam", "adamw", "sgd"))
    ),
    "rate and optimizer": lambda: changed(
        run_of(), {}, lambda run: [run.change(replace(run.live, **one)) for one in SEVERAL[:2]], {"learning_rate": 0.2}
    ),
    "L1": lambda: changed(run_of(), {}, {"penalty": "L1"}, {"penalty_rate": 0.1}, {"penalty": "none"}),
    "L2": lambda: changed(run_of(Live(penalty="L2", penalty_rate=0.1)), {}, {"penalty": "L1"}),
    "weight decay": lambda: changed(run_of(), {}, {"weight_decay": 0.1}, {"optimizer": "adamw"}, {"weight_decay": 0.0}),
    "dropout": lambda: changed(run_of(), {}, {"dropout": 0.4}, {"dropout": 0.0}),
    "dropout from the start": lambda: changed(run_of(Live(dropout=0.4)), {}, {"dropout": 0.1}),
    "edited mid-run": lambda: changed(run_of(), {}, edit(0, 1, 0, 2.5), edit(2, 0, None, -1.0)),
    "edited at the end": lambda: (lambda run: (run.set_number(1, 0, 3, -2.0), run)[1])(changed(run_of(), {})),
    "edited at the start": lambda: changed(run_of(), edit(0, 0, 0, 0.1)),
    "edited twice in an epoch": lambda: changed(
        run_of(), lambda run: (edit(0, 0, 0, 1.0)(run), edit(0, 0, 0, 2.0)(run))
    ),
    "off": lambda: changed(run_of(), switch(1, 2, False), {}),
    "off and on": lambda: changed(run_of(), {}, switch(1, 2, False), switch(2, 0, False), switch(1, 2, True)),
    "off and dropout": lambda: changed(run_of(), switch(1, 2, False), {"dropout": 0.3}),
    "several": lambda: changed(run_of(), {}, *SEVERAL),
    "resized": lambda: changed(resized(hidden_sizes=(6, 2))(run_of()), {}, {"learning_rate": 0.1}),
    "a layer more": lambda: changed(resized(hidden_sizes=(4, 2, 2))(run_of()), {}),
    "other features after": lambda: changed(resized(features=("x1", "x1·x2"))(run_of()), {}),
    "features": lambda: changed(run_of(features=("x2", "x1²", "x2²", "x1·x2", "sin x1", "sin x2")), {}),
    "no hidden layer": lambda: changed(run_of(hidden_sizes=()), {}, {"dropout": 0.5}, {"penalty": "L1"}),
    **{
        f"initialisation {name}": (lambda name=name: changed(run_of(initialisation=name), {}))
        for name in ("Xavier", "He", "zero")
    },
    **{f"activation {name}": (lambda name=name: changed(run_of(activation=name), {})) for name in ACTIVATIONS},
    "noise and share": lambda: changed(run_of(dataset="spiral", noise=0.2, training_share=0.7), {}),
    "a share of tenths": lambda: changed(run_of(training_share=0.3), {}),
    "penguins": lambda: changed(run_of(dataset="penguins"), {}, edit(0, 0, 0, 1.5)),
    "four features": lambda: changed(run_of(dataset="wine"), {}),
    "regression": lambda: changed(run_of(dataset="hills"), {}, {"penalty": "L2"}),
    "weights of the call": lambda: changed(run_of(weights=changed(run_of(seed=9), {}).model.state_dict()), {}),
    "a loss of PyTorch's": lambda: changed(run_of(criterion=nn.CrossEntropyLoss(label_smoothing=0.2)), {}),
}


def losses(lines):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", lines[-1])]


def shown(run):
    return [one.loss for one in run.measure().values()]


def assert_programs_end_at_the_losses_shown(runs, before=None):
    """Assert it, with lines `before` each program that define what it says has to be defined."""
    before = before or {}
    printed = printed_by(*[before.get(name, "") + program_of(run) for name, run in runs.items()])
    for (name, run), lines in zip(runs.items(), printed, strict=True):
        assert losses(lines) == pytest.approx(shown(run), rel=1e-5, abs=2e-6), name


def test_the_program_ends_at_the_losses_shown():
    assert_programs_end_at_the_losses_shown({name: make() for name, make in RUNS.items()})


FROM_HERE = "from tests.lessons.playground.test_playground_program import *\n"
OWN = {
    "function": (lambda: run_of(activation=bent), "NeuralNetworkModel"),
    "lambda": (lambda: run_of(activation=CLAMPED[0]), "NeuralNetworkModel"),
    "loss": (lambda: run_of(criterion=own_loss), "criterion = own_loss"),
    "class": (lambda: run_of(model=OwnClass), "OwnClass(2, [4, 2], 2)"),
    "optimizer": (lambda: run_of(Live(optimizer=OwnOptimizer)), "OwnOptimizer(model.parameters(), lr=0.03)"),
}


def test_what_the_learner_has_written_comes_along():
    runs = {name: changed(make(), {}, {}) for name, (make, _) in OWN.items()}
    for name, run in runs.items():
        assert OWN[name][1] in program_of(run) and "# Define" not in program_of(run), name
    assert_programs_end_at_the_losses_shown(runs)


def test_what_cannot_come_along_is_named_in_the_first_line():
    modules = {name: module for name, (module, *_) in own_modules().items() if name != "matrices of its own"}
    dataset = load_dataset("moons", num_points=60, seed=4)
    first = {f"module, {name}": run_of(model=module, hidden_sizes=()) for name, module in modules.items()}
    names = {f"module, {name}": f"own_model (your {type(module).__name__})" for name, module in modules.items()}
    before = {f"module, {name}": f"{FROM_HERE}own_model = own_modules()[{name!r}][0]\n" for name in modules}
    runs = {name: changed(run, {}, {"dropout": 0.2}, {"penalty": "L1"}) for name, run in first.items()}

    names["module and seed"], before["module and seed"] = names["module, skip"], before["module, skip"]
    runs["module and seed"] = changed(run_of(model=modules["skip"], seed=2, first_seed=0, hidden_sizes=()), {})

    runs["data set"] = changed(run_of(dataset=dataset, features=("x1", "x2²")), {})
    names["data set"] = "dataset (your Dataset 'moons')"
    before["data set"] = f"{FROM_HERE}dataset = load_dataset('moons', num_points=60, seed=4)\n"

    runs["activation with weights"] = changed(run_of(activation=nn.PReLU()), {}, {})
    names["activation with weights"] = "own_activation (your PReLU)"
    before["activation with weights"] = f"{FROM_HERE}own_activation = nn.PReLU()\n"

    one_logit = nn.Linear(2, 1)
    runs["one logit"] = changed(run_of(model=one_logit, criterion=one_logit_loss, hidden_sizes=()), {})
    names["one logit"] = "own_model (your Linear)"
    state = {name: value.tolist() for name, value in one_logit.state_dict().items()}
    before["one logit"] = (
        f"{FROM_HERE}own_model = nn.Linear(2, 1)\n"
        f"own_model.load_state_dict({{name: torch.tensor(value) for name, value in {state}.items()}})\n"
    )

    for name, run in runs.items():
        first_line = program_of(run).splitlines()[0]
        assert first_line == f"# Define these names first: {names[name]}.", name
    assert_programs_end_at_the_losses_shown(runs, before)


def test_a_setting_changed_again_in_the_same_epoch_stands_once():
    run = changed(run_of(), {})
    for rate in (0.1, 0.2, 0.3):
        run.change(replace(run.live, learning_rate=rate))
    for value in (1.0, 2.0, 3.0):
        run.set_number(0, 0, 1, value)
    program = program_of(run)
    assert program.count('param_groups[0]["lr"]') == 1 and "= 0.3" in program
    assert program.count("weight.data[0, 1]") == 1 and "= 3.0" in program


def test_a_plain_run_has_a_plain_program():
    program = program_of(changed(run_of(), {}))
    for word in ("linears", "hook", "l1", "weights = ", "arange", "features("):
        assert word not in program, word


# The call that makes it.


def called(run, **look):
    """Return the explorer that the call of a run makes."""
    scope = {
        "explore_playground": explore_playground,
        "torch": torch,
        "nn": nn,
        "bent": bent,
        "own_loss": own_loss,
        "OwnClass": OwnClass,
    }
    scope |= {"Bent": Bent, "OwnOptimizer": OwnOptimizer, "NeuralNetworkModel": NeuralNetworkModel}
    call = call_of(run, look)
    lines = call.splitlines()
    assert lines[-1].startswith("explore_playground(") and len(lines) <= 2
    return eval(lines[-1], scope)


CALLS = [
    *("just begun", "plain", "another seed", "full batch and back", "optimizers", "several", "L2", "dropout"),
    *("dropout from the start", "edited at the end", "off and on", "resized", "features", "no hidden layer"),
    *("initialisation zero", "activation relu", "noise and share", "penguins", "regression", "weights of the call"),
    *("a loss of PyTorch's", "weight decay"),
]


@pytest.mark.parametrize("name", CALLS)
def test_the_call_makes_the_same_network(name):
    run = RUNS[name]()
    again = called(
        run, off=[(layer, unit) for layer, on in enumerate(run.on) if layer for unit, one in enumerate(on) if not one]
    )
    assert shown(again.run) == pytest.approx(shown(run), rel=1e-5)
    assert again.run.live == run.live
    for name, value in run.model.state_dict().items():
        assert torch.allclose(again.model.state_dict()[name], value, atol=1e-6), name


@pytest.mark.parametrize("name", OWN)
def test_the_call_names_what_the_learner_has_written(name):
    if name == "lambda":
        return
    run = changed(OWN[name][0](), {})
    assert called(run).run.measure()["training"] == run.measure()["training"]
    assert call_of(run, {}).startswith("# Define these names first: ")


def test_the_call_of_a_module_with_new_weights_makes_these_weights():
    torch.manual_seed(0)
    own = WithFunctions()
    run = changed(run_of(model=own, seed=1, first_seed=0, hidden_sizes=()), {})
    again = eval(call_of(run, {}).splitlines()[-1], {"explore_playground": explore_playground, "own_model": own})
    assert shown(again.run) == pytest.approx(shown(run), rel=1e-5)


def test_the_call_of_a_diverged_run_can_be_run():
    run = changed(run_of(), {})
    for number, value in enumerate((float("nan"), float("inf"), float("-inf"))):
        run.set_number(0, number, 0, value)
    again = called(run)
    for name, value in run.model.state_dict().items():
        assert torch.allclose(again.model.state_dict()[name], value, equal_nan=True), name


def test_the_numbers_of_a_call_are_short():
    run = run_of()
    run.set_number(0, 0, 0, 0.1)
    call = call_of(run, {})
    assert "[[0.1, " in call and "0.10000000" not in call
    assert evaluate(called(run).model, (run.dataset.X_train, run.dataset.y_train), run.criterion).loss > 0
