"""Runs made to show each fault are named by it, over several seeds; healthy runs are left in peace over ten."""

import copy
import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.diagnosis import Finding, diagnose
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_steps
from mlp_tutorial.utils.randomness import SeededRandomness

OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


class Run:
    """A model trained with the given settings, and what `diagnose` takes."""

    def __init__(
        self, dataset, hidden_sizes, activation, optimizer, learning_rate, batch_size=None, *, seed=0, change=None
    ):
        self.data = load_dataset(dataset)
        self.criterion = nn.CrossEntropyLoss() if self.data.class_names else nn.MSELoss()
        with SeededRandomness(seed):
            self.model = NeuralNetworkModel(
                self.data.input_size, hidden_sizes, self.data.output_size, activation=activation
            )
        if change is not None:
            with torch.no_grad():
                change(self.model)
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters(), lr=learning_rate)
        self.options = {"batch_size": batch_size, "seed": seed, "progress": False}
        self.history = History()

    def train(self, num_epochs):
        train(
            self.model,
            self.data,
            self.criterion,
            self.optimizer,
            num_epochs=num_epochs,
            history=self.history,
            **self.options,
        )
        return self

    def findings(self):
        return diagnose(self.history, self.model, self.data, self.criterion)


def bias_of_hidden_layers(value):
    def change(model):
        for _, layer in list(model.linear_layers())[:-1]:
            layer.bias.fill_(value)

    return change


def times(factor):
    def change(model):
        for parameter in model.parameters():
            parameter.mul_(factor)

    return change


HEALTHY = [
    (("penguins", [8, 8], "relu", "sgd", 0.1), 120),
    (("penguins", [4], "tanh", "sgd", 0.5), 100),
    (("penguins", [8, 8], "relu", "adam", 0.01, 32), 24),
    (("moons", [16, 16], "relu", "sgd", 0.5), 100),
    (("moons", [16, 16], "tanh", "adam", 0.01), 120),
    (("moons", [8], "gelu", "sgd", 0.1, 32), 24),
    (("gaussians", [], "relu", "sgd", 0.1), 100),
    (("gaussians", [16, 16, 16, 16], "relu", "adam", 0.01, 32), 20),
    (("wine", [32], "sigmoid", "adam", 0.01), 100),
    (("wine", [8, 8], "tanh", "sgd", 0.1, 16), 24),
    (("penguins_body_mass", [16, 16, 16], "relu", "sgd", 0.1), 120),
    (("penguins_body_mass", [8, 8], "tanh", "adam", 0.01, 32), 24),
    (("diabetes", [], "relu", "sgd", 0.1), 100),
]


@pytest.mark.parametrize(("settings", "num_epochs"), HEALTHY, ids=str)
def test_healthy_runs_are_left_in_peace_before_in_and_after_training(settings, num_epochs):
    found = {}
    for seed in range(10):
        run = Run(*settings, seed=seed)
        for stage in range(3):
            if stage:
                run.train(num_epochs // 2)
            if findings := run.findings() + diagnose(run.history):
                found[seed, len(run.history)] = [str(finding) for finding in findings]
    assert found == {}


FAULTS = {
    "diverged": [
        (("penguins_body_mass", [16, 16], "relu", "sgd", 5), 60, None),
        (("penguins_body_mass", [8], "identity", "sgd", 3, 32), 60, None),
        (("diabetes", [8], "tanh", "sgd", 5), 60, None),
    ],
    "learning rate too high": [
        (("penguins", [8, 8], "tanh", "sgd", 10, 32), 40, None),
        (("penguins_body_mass", [32], "tanh", "adam", 1.0), 60, None),
        (("moons", [16, 16], "tanh", "adam", 1.0, 32), 30, None),
    ],
    "learning rate too low": [
        (("penguins", [8, 8], "relu", "sgd", 1e-3), 100, None),
        (("penguins", [8, 8], "relu", "adam", 1e-6, 32), 25, None),
        (("penguins_body_mass", [16], "tanh", "sgd", 1e-5), 50, None),
        (("moons", [8], "relu", "sgd", 1e-6, 32), 20, None),
    ],
    "baseline not beaten": [
        (("xor", [], "relu", "sgd", 0.1), 200, None),
        (("circles", [8], "identity", "sgd", 0.1), 200, None),
        (("circles", [], "relu", "adam", 0.01, 32), 30, None),
    ],
    "dead ReLUs": [
        (("moons", [8, 8], "relu", "sgd", 0.1), 30, bias_of_hidden_layers(-10.0)),
        (("penguins", [16], "relu", "adam", 0.01, 32), 5, bias_of_hidden_layers(-8.0)),
    ],
    "saturation": [
        (("moons", [16, 16], "tanh", "sgd", 0.1), 40, times(30)),
        (("penguins", [16, 16], "sigmoid", "adam", 0.01), 40, times(50)),
    ],
    "no gradient arrives": [
        (("moons", [16] * 6, "sigmoid", "sgd", 0.1), 60, None),
        (("penguins", [8] * 8, "sigmoid", "adam", 0.001, 32), 10, None),
        (("penguins", [8] * 8, "tanh", "sgd", 0.1), 30, times(0.3)),
    ],
    "exploding gradients": [
        (("penguins", [16] * 6, "relu", "sgd", 1e-9), 30, times(8)),
        (("moons", [16] * 8, "relu", "sgd", 1e-8), 30, times(8)),
    ],
    "overfitting": [
        (("diabetes", [64, 64], "relu", "adam", 0.01), 100, None),
        (("moons", [64, 64], "relu", "adam", 0.02, 32), 80, None),
    ],
}


@pytest.mark.parametrize(
    ("name", "settings", "num_epochs", "change"),
    [(name, *case) for name, cases in FAULTS.items() for case in cases],
    ids=lambda value: str(value) if isinstance(value, (str, tuple)) else "",
)
def test_a_fault_is_named_first_in_a_short_sentence(name, settings, num_epochs, change):
    first = {}
    for seed in range(4):
        findings = Run(*settings, seed=seed, change=change).train(num_epochs).findings()
        first[seed] = findings[0].name if findings else None
        for sentence in map(str, findings):
            assert len(sentence) <= 160 and sentence.endswith(".") and not sentence.endswith("..")
    assert first == dict.fromkeys(range(4), name)


@pytest.mark.parametrize(("activation", "name"), [("relu", "dead ReLUs"), ("tanh", "saturation")])
def test_a_fault_of_the_first_steps_is_named_before_an_epoch_has_ended(activation, name):
    run = Run("moons", [8, 8], activation, "sgd", 10.0, seed=2)
    steps = training_steps(run.model, run.data, run.criterion, run.optimizer, history=run.history, batch_size=20)
    for _ in range(2):
        next(steps)
    assert (len(run.history), run.history.num_steps) == (0, 2)
    (finding,) = run.findings()
    assert finding.name == name and finding.suggestion.startswith("Start anew with a lower learning rate")


def test_a_finding_reads_as_two_sentences():
    assert str(Finding("dead ReLUs", "all 8 are dead", "Start anew")) == "Dead ReLUs: all 8 are dead. Start anew."


def test_a_plateau_is_measured_against_the_best_constant_answer():
    y = torch.tensor([0] * 70 + [1] * 30)
    model = NeuralNetworkModel(2, [], 2)
    history = History(training_loss=[0.9] * 30, learning_rate=[0.1] * 30, num_steps=200)
    (finding,) = diagnose(history, model, (torch.randn(100, 2), y))
    entropy = -(0.7 * math.log(0.7) + 0.3 * math.log(0.3))
    assert finding.name == "baseline not beaten" and f"{entropy:.3f}" in finding.evidence
    targets = torch.linspace(0, 1, 100).unsqueeze(1)
    (finding,) = diagnose(history, NeuralNetworkModel(2, [], 1), (torch.randn(100, 2), targets))
    assert f"{targets.var(correction=0).item():.3f}" in finding.evidence
    binary = y.float().unsqueeze(1)
    (finding,) = diagnose(history, NeuralNetworkModel(2, [], 1), (torch.randn(100, 2), binary), nn.BCEWithLogitsLoss())
    assert f"{entropy:.3f}" in finding.evidence


@pytest.mark.parametrize(
    ("loss", "num_steps", "name"),
    [
        ([1 + epoch for epoch in range(30)], 200, "diverged"),
        ([0.5 + 0.1 * (epoch % 2) for epoch in range(30)], 20, "learning rate too high"),
        ([1 - 0.003 * epoch for epoch in range(30)], 100, "learning rate too low"),
        ([1 - 0.003 * epoch for epoch in range(30)], 99, None),
        ([1 - 0.0001 * epoch for epoch in range(30)], 20, "learning rate too low"),
        ([1.0] * 30, 20, "baseline not beaten"),
        ([math.exp(-epoch) for epoch in range(30)], 200, None),
    ],
)
def test_losses_alone_show_their_course_from_twenty_epochs_on(loss, num_steps, name):
    def names(epochs):
        return [
            finding.name
            for finding in diagnose(
                History(training_loss=loss[:epochs], learning_rate=[0.1] * epochs, num_steps=num_steps)
            )
        ]

    assert names(30) == names(20) == ([name] if name else [])
    assert names(19) == names(0) == []


def test_the_noise_of_batches_is_not_taken_for_a_saw():
    noisy = History(training_loss=[1.0, *([0.5, 0.6] * 15)], learning_rate=[0.1] * 31, num_steps=31 * 7)
    assert diagnose(noisy) == []
    noisy.num_steps = 31
    assert [finding.name for finding in diagnose(noisy)] == ["learning rate too high"]


@pytest.mark.parametrize(
    ("norms", "last_loss", "explodes"),
    [((500, 200), 0.1, True), ((500, 2), 0.1, False), ((500, 2), 0.95, True), ((2, 500), 0.95, False)],
)
def test_gradients_explode_if_they_were_long_from_the_start_and_it_did_harm(norms, last_loss, explodes):
    history = History(training_loss=[1.0, last_loss], gradient_norm=list(norms), learning_rate=[0.1] * 2)
    assert [finding.name for finding in diagnose(history)] == ["exploding gradients"] * explodes


def test_overfitting_names_the_best_epoch():
    history = History(
        training_loss=[1 / epoch for epoch in range(1, 51)],
        validation_loss=[1 - 0.05 * epoch for epoch in range(10)] + [0.55 + 0.01 * epoch for epoch in range(40)],
        learning_rate=[0.1] * 50,
    )
    (finding,) = diagnose(history)
    assert finding.name == "overfitting" and "from 0.55 in epoch 10 to 0.94" in finding.evidence
    history.training_loss = [2.0 - 0.01 * epoch for epoch in range(50)][::-1]
    assert "overfitting" not in [finding.name for finding in diagnose(history)]


def test_data_that_are_not_finite_are_named_as_the_cause():
    model, X = NeuralNetworkModel(2, [4], 2), torch.randn(20, 2)
    X[3, 1] = math.nan
    data = (X, torch.arange(20) % 2)
    history = train(model, data, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1))
    (finding,) = diagnose(history, model, data)
    assert finding.name == "diverged" and "the inputs hold 1 values" in finding.evidence
    assert finding.suggestion == "Clean the data first"


def test_nothing_is_changed():
    run = Run("moons", [8, 8], "relu", "sgd", 0.1).train(25)
    model = run.model.train()
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    weights, history = (
        copy.deepcopy(model.state_dict()),
        {name: copy.copy(value) for name, value in vars(run.history).items()},
    )
    random_state, X = torch.get_rng_state(), run.data.X_train.clone()
    with torch.no_grad():
        run.findings()
        assert not torch.is_grad_enabled()
    assert all((parameter.grad == 7).all() for parameter in model.parameters())
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state) and torch.equal(run.data.X_train, X)
    assert not run.data.X_train.requires_grad and model.training
    assert not any(module._forward_hooks for module in model.modules())
    for name, value in vars(run.history).items():
        assert not isinstance(value, list) or value == history[name], name


def test_any_module_and_any_kind_of_data_are_taken():
    deep = [layer for _ in range(8) for layer in (nn.Linear(4, 4), nn.Sigmoid())]
    model = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), *deep, nn.Linear(4, 2))
    X, y = torch.randn(50, 2), torch.arange(50) % 2
    loader = DataLoader(TensorDataset(X, y), batch_size=50, shuffle=True)
    random_state = torch.get_rng_state()
    for data in [(X, y), loader]:
        assert [finding.name for finding in diagnose(History(), model, data)] == ["no gradient arrives"]
    assert torch.equal(torch.get_rng_state(), random_state)
    for parameter in model[0].parameters():
        parameter.requires_grad_(False)
    assert [finding.name for finding in diagnose(History(), model, (X, y))] == ["no gradient arrives"]
