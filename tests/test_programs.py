"""Programs made of parts: they run alone, and give the numbers of the package."""

import functools
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial import Dataset, History, NeuralNetworkModel, evaluate, load_dataset
from mlp_tutorial.experiment import Experiment
from mlp_tutorial.lessons.shared.race_program import race_program
from mlp_tutorial.model import ACTIVATIONS
from mlp_tutorial.programs import ACTIVATION_CODE, Code, Program, code_of, network
from tests.lesson_helpers import printed_by

SLOPE = 0.3


def bent(x, slope=SLOPE):
    return torch.where(x > 0, x, slope * x)


def wave(x):
    return np.float32(math.pi) * F.softsign(bent(x))


def leaky(slope):
    def leak(x):
        return torch.where(x > 0, x, slope * x)

    return leak


class OwnNet(nn.Module):
    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.layers = NeuralNetworkModel(input_size, hidden_sizes, output_size)

    def forward(self, x):
        return self.layers(x) + SLOPE


class Bend(nn.Module):
    def forward(self, x):
        return bent(x)


def experiment(**settings):
    return Experiment(**{"dataset": "moons", "hidden_sizes": [4, 3], "learning_rate": 0.1, **settings})


def losses(run, num_epochs=8):
    history = History()
    for _ in run.steps(*run.build(), num_epochs, history):
        pass
    return history.training_loss[-1], history.validation_loss[-1]


def losses_printed(line):
    return [float(part.rsplit(" ", 1)[1]) for part in line.split(", ")]


def test_every_activation_is_written_as_a_layer_and_as_a_call_that_compute_the_same():
    x = torch.linspace(-3, 3, 61)
    assert ACTIVATION_CODE.keys() == ACTIVATIONS.keys()
    for name, (layer, call) in ACTIVATION_CODE.items():
        assert torch.equal(eval(layer)(x), ACTIVATIONS[name](x)), name
        assert torch.equal(eval(call.format("x")), ACTIVATIONS[name](x)), name


def test_a_program_is_its_parts_in_their_order():
    program = Program(
        ("import a",), (Code("f", "def f(): ...", ("import b",)),), *["data", "model", "criterion", "loss"]
    )
    assert program.text() == "import a\nimport b\n\n\ndef f(): ...\n\n\ndata\n\nmodel\ncriterion\nloss\n"
    first = Program(sources=(Code("f", before=("f (your own)",)), Code("f", before=("f (your own)", "g (for f)"))))
    assert first.text().startswith("# Define these names first: f (your own), g (for f).\nimport torch\n")


OWN = {
    "a function with a default from the notebook": {"activation": bent},
    "a lambda": {"activation": lambda x: x.clamp(-1, 1)},
    "a function of PyTorch's": {"activation": torch.tanh},
    "a function of PyTorch's that has no name here": {"activation": F.softplus},
    "a layer of PyTorch's": {"activation": nn.Hardtanh(-2.0, 2.0), "batch_size": 64},
    "a class": {"model_class": OwnNet},
    "a loss with weights": {"criterion": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0]), label_smoothing=0.1)},
    "a loss with another option": {"criterion": nn.MultiMarginLoss(margin=2.0)},
    "a loss as a function": {"criterion": F.cross_entropy},
}


def test_a_program_with_the_learners_own_runs_alone_and_ends_at_the_same_losses():
    runs = [experiment(**settings) for settings in OWN.values()]
    programs = [run.program(8).text() for run in runs]
    assert not [program for program in programs if program.startswith("#")]
    for name, run, lines in zip(OWN, runs, printed_by(*programs), strict=True):
        assert losses_printed(lines[-1]) == pytest.approx(losses(run), abs=2e-6), name


def own_table():
    table = pd.DataFrame(
        {"length": np.linspace(0, 1, 40), "width": np.linspace(1, 0, 40) ** 2, "kind": ["a", "b"] * 20}
    )
    return Dataset.from_frame(table, target="kind", name="my table")


class Callable:
    def __call__(self, x):
        return bent(x)


@pytest.mark.parametrize(
    ("settings", "before", "given"),
    [
        ({"dataset": own_table()}, "dataset (your Dataset 'my table')", lambda run: {"dataset": run.dataset}),
        ({"activation": wave}, "bent (for wave)", lambda run: {"bent": bent}),
        (
            {"model_class": functools.partial(NeuralNetworkModel, activation="tanh")},
            "own_model_class (your partial)",
            {},
        ),
        ({"criterion": functools.partial(F.cross_entropy, label_smoothing=0.1)}, "own_criterion (your partial)", {}),
        ({"activation": functools.partial(bent, slope=0.5)}, "own_activation (your partial)", {}),
        ({"activation": leaky(0.2)}, "own_activation (your leak)", {}),
        ({"activation": Callable()}, "own_activation (your Callable)", {}),
        ({"activation": Bend()}, "own_activation (your Bend)", {}),
        ({"activation": nn.Sequential(nn.Tanh(), nn.ReLU())}, "own_activation (your Sequential)", {}),
    ],
)
def test_a_program_says_in_its_first_line_what_it_cannot_define_and_runs_after_that(settings, before, given, capsys):
    run = experiment(**settings)
    program = run.program(8).text()
    assert program.startswith(f"# Define these names first: {before}.\n")
    setting = next(iter(settings))
    exec(program, given(run) if given else {f"own_{setting}": settings[setting]})
    assert losses_printed(capsys.readouterr().out.strip()) == pytest.approx(losses(run), abs=2e-6)


def test_code_that_was_never_in_a_file_is_named():
    namespace = {"__name__": "__main__"}
    exec("class Net:\n    def forward(self, x): ...\n\ndef wavy(x): ...", namespace)
    assert (
        experiment(model_class=namespace["Net"])
        .program(3)
        .text()
        .startswith("# Define these names first: Net (your own)")
    )
    assert code_of(namespace["wavy"], "own") == Code("wavy", before=("wavy (your own)",))


def test_two_functions_of_one_name_and_two_lambdas_stay_apart_in_a_race():
    first = bent

    def later():
        def bent(x):
            return x.sin()

        return bent

    three = [first, later(), lambda x: x.cos()]
    runs = [experiment(activation=activation) for activation in [*three, nn.Softplus(), "relu"]]
    (lines,) = printed_by(race_program(runs, list("abcde"), 8))
    assert [line[0] for line in lines] == list("abcde")
    for run, line in zip(runs, lines, strict=True):
        assert losses_printed(line[3:]) == pytest.approx(losses(run), abs=2e-6)


CELLS = """
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for cell in (
    "import torch\\nfrom torch import nn\\nimport torch.nn.functional as F\\nWIDTH = 5",
    '''!true
class Net(nn.Module):
    "A network of one's own."

    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.hidden, self.out = nn.Linear(input_size, WIDTH), nn.Linear(WIDTH, output_size)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x)))
''',
    "from mlp_tutorial.experiment import Experiment\\nprogram = Experiment('moons', [], 0.1, model_class=Net).program(5)",
):
    shell.run_cell(cell).raise_error()
print(shell.user_ns["program"].text())
"""


def test_a_class_from_a_notebook_comes_with_its_source_and_what_it_uses():
    run = subprocess.run([sys.executable, "-c", CELLS], capture_output=True, encoding="utf-8", check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    program = run.stdout
    assert "import torch.nn.functional as F\n" in program and "WIDTH = 5\n" in program and "# Define" not in program
    namespace = {}
    exec(program, namespace)
    assert namespace["training_loss"] > 0


def test_a_loss_is_written_with_the_options_that_it_has():
    outputs = torch.linspace(-3, 3, 6)
    for loss in (
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0]), label_smoothing=0.1),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0])),
        nn.HuberLoss(delta=0.5),
        nn.SmoothL1Loss(beta=0.3),
        nn.MSELoss(reduction="sum"),
        nn.MSELoss(),
    ):
        again = eval(code_of(loss, "own").expression)
        pair = (outputs, (outputs > 0).float())
        if isinstance(loss, nn.CrossEntropyLoss):
            pair = (outputs.reshape(3, 2), torch.tensor([0, 1, 1]))
        assert type(again) is type(loss) and torch.equal(again(*pair), loss(*pair))
    assert code_of(nn.MSELoss(), "own").expression == "nn.MSELoss()"


def test_what_an_own_function_takes_from_the_package_is_imported():
    def judged(outputs, y):
        return evaluate(outputs, y)

    assert code_of(judged, "own").imports == ("from mlp_tutorial import evaluate",)


@pytest.mark.parametrize("hidden_sizes", [[], [5], [6, 4]])
def test_a_network_of_layers_is_the_packages_class(hidden_sizes):
    torch.manual_seed(1)
    layers = eval(network(2, hidden_sizes, 3, code_of("gelu", "own")).expression)
    torch.manual_seed(1)
    x = torch.randn(7, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(layers(x), NeuralNetworkModel(2, hidden_sizes, 3, activation="gelu")(x))


def test_a_data_set_with_a_name_is_loaded():
    assert "dataset = load_dataset('moons')\n" in experiment().program(3).data
    assert experiment(dataset=load_dataset("moons")).program(3).data.startswith("X, y = ")
