"""What reaches a loss is checked alike for classes, functions, partials and lambdas, and batches count by their weights."""

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.sweep import sweep
from mlp_tutorial.training.criteria import squashed_by, watched_loss
from mlp_tutorial.training.diagnosis import diagnose
from mlp_tutorial.training.evaluation import baseline_loss, evaluate
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness

torch.manual_seed(0)
X = torch.randn(100, 4)
CLASSES = (X[:, 0] > 0).long() + (X[:, 1] > 0).long()
LABELS = (X[:, :1] > 0).float()
VALUES = X[:, :1] * 2


class Net(nn.Module):
    """A small network, and a function at its end."""

    def __init__(self, num_outputs, end=None):
        super().__init__()
        with SeededRandomness(1):
            self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, num_outputs))
        self.end = end or nn.Identity()

    def forward(self, x):
        return self.end(self.layers(x))


def said(model, y, criterion, X=X, **options):
    """Return what `train` refuses with, or what `diagnose` finds after it."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    try:
        history = train(model, (X, y), criterion, optimizer, **{"num_epochs": 3, **options})
    except (TypeError, ValueError) as error:
        return str(error)
    return " ".join(map(str, diagnose(history, model, (X, y), criterion)))


WRAPPED = {
    "class": lambda name, function: getattr(nn, name)(),
    "function": lambda name, function: function,
    "partial": lambda name, function: partial(function, reduction="mean"),
    "lambda": lambda name, function: lambda outputs, y: 1.0 * function(outputs, y),
}
REFUSED = [
    ("CrossEntropyLoss", F.cross_entropy, 3, CLASSES.float(), "Try y.long()"),
    ("CrossEntropyLoss", F.cross_entropy, 3, CLASSES.unsqueeze(1), "Try y.squeeze(1)"),
    ("CrossEntropyLoss", F.cross_entropy, 3, CLASSES + 1, "must be 0 to 2; the targets go from 1 to 3"),
    ("CrossEntropyLoss", F.cross_entropy, 1, LABELS, "nn.BCEWithLogitsLoss()"),
    ("CrossEntropyLoss", F.cross_entropy, 1, CLASSES, "nn.BCEWithLogitsLoss()"),
    ("CrossEntropyLoss", F.cross_entropy, 3, torch.full((100,), -100), "every target is -100"),
    ("NLLLoss", F.nll_loss, 3, CLASSES, "log_softmax(1)"),
    ("BCELoss", F.binary_cross_entropy, 1, LABELS, "nn.BCEWithLogitsLoss(), or a sigmoid"),
    ("MSELoss", F.mse_loss, 3, CLASSES, "Try nn.CrossEntropyLoss(), if they are class numbers"),
    ("BCELoss", F.binary_cross_entropy, 1, LABELS.long(), "BCELoss expects targets of dtype torch.float32"),
    ("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, 1, LABELS + 1, "from 0 to 1; they go from 1 to 2"),
    ("MSELoss", F.mse_loss, 1, VALUES.squeeze(1), "a loss would broadcast"),
    ("L1Loss", F.l1_loss, 1, VALUES.long(), "L1Loss expects targets of dtype torch.float32; they are torch.int64"),
    ("HuberLoss", F.huber_loss, 1, VALUES.double(), "HuberLoss expects targets of dtype torch.float32"),
    ("KLDivLoss", F.kl_div, 3, F.one_hot(CLASSES, 3).float(), "KLDivLoss expects log-probabilities"),
]


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize(("name", "function", "num_outputs", "y", "message"), REFUSED)
def test_the_same_sentence_however_a_loss_is_wrapped(name, function, num_outputs, y, message, wrapped):
    assert message in said(Net(num_outputs), y, WRAPPED[wrapped](name, function))


CONVERTING = {
    "converted": (3, CLASSES.float(), lambda outputs, y: F.cross_entropy(outputs, y.long()), "accuracy"),
    "counted from 1": (3, CLASSES + 1, lambda outputs, y: F.cross_entropy(outputs, y - 1), "accuracy"),
    "flattened": (1, LABELS.squeeze(1), lambda o, y: F.binary_cross_entropy_with_logits(o.squeeze(1), y), "accuracy"),
    "log-softmax inside": (3, CLASSES, lambda o, y: F.nll_loss(o.log_softmax(1), y), "accuracy"),
    "flat values": (1, VALUES.squeeze(1), lambda outputs, y: F.mse_loss(outputs.squeeze(1), y), "R²"),
}
if torch.__version__ >= "2.5":  # before, no loss went back through both
    CONVERTING["of both float types"] = (1, VALUES.double(), nn.MSELoss(), "R²")


@pytest.mark.parametrize("case", CONVERTING)
def test_a_criterion_may_convert_what_it_is_given(case):
    num_outputs, y, criterion, metric_name = CONVERTING[case]
    model = Net(num_outputs)
    history = train(model, (X, y), criterion, torch.optim.Adam(model.parameters(), lr=0.02), num_epochs=200)
    assert history.metric[-1] > 0.9 and history.metric_name == metric_name
    assert diagnose(history, model, (X, y), criterion) == []


CROSS_ENTROPY, LOGITS = nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()
SQUASHED = {
    "softmax": (3, nn.Softmax(1), CLASSES, CROSS_ENTROPY, "softmax"),
    "by hand": (3, lambda z: z.exp() / z.exp().sum(1, keepdim=True), CLASSES, F.cross_entropy, "softmax"),
    "softmax, then its logarithm's": (3, lambda z: z.softmax(1).log_softmax(1), CLASSES, CROSS_ENTROPY, "softmax"),
    "in the criterion": (3, None, CLASSES, lambda o, y: F.cross_entropy(o.softmax(1), y), "softmax"),
    "before nll": (3, nn.Softmax(1), CLASSES, lambda o, y: F.nll_loss(o.log_softmax(1), y), "softmax"),
    "sigmoid for classes": (3, torch.sigmoid, CLASSES, CROSS_ENTROPY, "sigmoid"),
    "sigmoid": (1, nn.Sigmoid(), LABELS, LOGITS, "sigmoid"),
    "reshaped": (1, lambda z: torch.special.expit(z).view(-1, 1), LABELS, LOGITS, "sigmoid"),
    "sigmoid by hand": (1, lambda z: 1 / (1 + (-z).exp()), LABELS, LOGITS, "sigmoid"),
    "sigmoid twice": (1, nn.Sigmoid(), LABELS, lambda o, y: F.binary_cross_entropy(o.sigmoid(), y), "sigmoid"),
}


@pytest.mark.parametrize("case", SQUASHED)
def test_a_squashing_too_many_is_named_after_a_single_epoch(case):
    num_outputs, end, y, criterion, name = SQUASHED[case]
    assert said(Net(num_outputs, end), y, criterion, num_epochs=1).startswith(f"A {name} too many")


@pytest.mark.parametrize(
    ("num_outputs", "end", "y", "criterion"),
    [
        (3, nn.LogSoftmax(1), CLASSES, nn.NLLLoss()),
        (3, lambda z: z.softmax(1).log(), CLASSES, nn.NLLLoss()),
        (3, nn.LogSoftmax(1), CLASSES, CROSS_ENTROPY),  # needless, and harmless
        (1, nn.Sigmoid(), LABELS, nn.BCELoss()),
        (3, nn.ReLU(), CLASSES, CROSS_ENTROPY),
        (1, nn.Sigmoid(), VALUES, nn.MSELoss()),
    ],
)
def test_the_one_that_belongs_there_is_left_in_peace(num_outputs, end, y, criterion):
    _, call = watched_loss(Net(num_outputs, end)(X), y, criterion)
    assert squashed_by(call) == ""


WEIGHTS = torch.tensor([1.0, 20.0, 0.2])
IGNORING = torch.where(torch.arange(100) % 4 == 0, -100, CLASSES)
WEIGHTED = {
    "class": (nn.CrossEntropyLoss(weight=WEIGHTS), CLASSES),
    "function": (lambda outputs, y: F.cross_entropy(outputs, y, WEIGHTS), CLASSES),
    "shifted": (lambda outputs, y: F.cross_entropy(outputs, y - 1, weight=WEIGHTS), CLASSES + 1),
    "nll": (lambda outputs, y: F.nll_loss(outputs.log_softmax(1), y, weight=WEIGHTS), CLASSES),
    "ignoring": (nn.CrossEntropyLoss(), IGNORING),
    "ignoring a class": (partial(F.cross_entropy, ignore_index=1), CLASSES),
    "both, smoothed": (nn.CrossEntropyLoss(weight=WEIGHTS, label_smoothing=0.1), IGNORING),
}


@pytest.mark.parametrize("case", WEIGHTED)
def test_the_loss_of_batches_is_the_loss_of_the_data(case):
    criterion, y = WEIGHTED[case]
    model = Net(3)
    expected = criterion(model(X), y).item()
    loader = DataLoader(TensorDataset(X, y), batch_size=23)
    assert evaluate(model, loader, criterion).loss == pytest.approx(expected, abs=1e-5)
    for data, size in [((X, y), None), ((X, y), 23), (loader, None)]:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-12)
        history = train(model, data, criterion, optimizer, num_epochs=1, batch_size=size)
        assert history.training_loss == pytest.approx([expected], abs=1e-5)


def test_a_sweep_weighs_batches_as_train_does():
    criterion = nn.CrossEntropyLoss(weight=WEIGHTS)
    result = sweep((X, CLASSES), [8], learning_rates=[0.1], num_epochs=3, batch_size=23, criterion=criterion)
    with SeededRandomness(0):
        model = NeuralNetworkModel(4, [8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = train(model, (X, CLASSES), criterion, optimizer, num_epochs=3, batch_size=23)
    assert result.training_loss[0].tolist() == pytest.approx(history.training_loss, abs=1e-5)


def test_accuracy_leaves_ignored_samples_out():
    model = Net(3)
    right = (model(X).argmax(1) == CLASSES)[IGNORING >= 0].float().mean().item()
    assert evaluate(model, (X, IGNORING), nn.CrossEntropyLoss()).metric == pytest.approx(right)


def test_a_batch_that_is_ignored_altogether_is_named():
    y = torch.cat([CLASSES[:90], torch.full((10,), -100)])
    model, loader = Net(3), DataLoader(TensorDataset(X, y), batch_size=10)
    history = train(model, loader, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1), num_epochs=2)
    assert history.diverged and "every target of a batch is the criterion's ignore_index" in history.stop_reason


@pytest.mark.parametrize("kind", ["pair", "loader"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.float16])
def test_inputs_of_another_dtype_than_the_weights(dtype, kind):
    model, data = nn.Sequential(nn.Linear(4, 3)), (X.to(dtype), CLASSES)
    data = data if kind == "pair" else DataLoader(TensorDataset(*data), batch_size=10)
    for call in (
        lambda: train(model, data, CROSS_ENTROPY, torch.optim.SGD(model.parameters(), lr=0.1)),
        lambda: evaluate(model, data, CROSS_ENTROPY),
    ):
        with pytest.raises(TypeError, match=r"weights are torch\.float32\. Try X\.to\(torch\.float32\)"):
            call()


def test_float64_throughout_trains():
    model = Net(3).double()
    assert evaluate(model, (X.double(), CLASSES), CROSS_ENTROPY).loss > 0
    assert said(model, CLASSES, CROSS_ENTROPY, X=X.double(), num_epochs=3) == ""
    assert "dtype torch.float64; the weights have" in said(
        model, CLASSES, nn.CrossEntropyLoss(weight=WEIGHTS), X=X.double()
    )


@pytest.mark.parametrize(("size", "drop_last", "refused"), [(33, False, True), (33, True, False), (32, False, False)])
def test_batch_norm_and_a_last_batch_of_one(size, drop_last, refused):
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    message = said(model, CLASSES, CROSS_ENTROPY, batch_size=size)
    assert (f"of 100 samples in batches of {size}" in message) == (refused or drop_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(TensorDataset(X, CLASSES), batch_size=size, drop_last=drop_last)
    if refused:
        with pytest.raises(ValueError, match=r"Try batch_size=34, or a DataLoader with drop_last=True"):
            train(model, loader, CROSS_ENTROPY, optimizer)
        model[1].eval()
    assert len(train(model, loader, CROSS_ENTROPY, optimizer, num_epochs=2)) == 2


def test_workers_that_cannot_start_are_explained():
    class Rows(torch.utils.data.Dataset):  # of this function alone: no other process can import it
        def __len__(self):
            return 8

        def __getitem__(self, index):
            return X[index], CLASSES[index]

    loader = DataLoader(Rows(), batch_size=4, num_workers=1, multiprocessing_context="spawn")
    with pytest.raises(RuntimeError, match=r"Try num_workers=0, or put what the DataLoader uses into a module"):
        evaluate(Net(3), loader, CROSS_ENTROPY)


@pytest.mark.parametrize(
    ("criterion", "y", "num_outputs"),
    [
        (CROSS_ENTROPY, CLASSES, 3),
        (nn.CrossEntropyLoss(weight=WEIGHTS), CLASSES, 3),
        (CROSS_ENTROPY, IGNORING, 3),
        (CROSS_ENTROPY, F.one_hot(CLASSES).float() * 0.8 + 0.2 / 3, 3),
        (LOGITS, LABELS, 1),
        (nn.MSELoss(), X, 4),
        (nn.L1Loss(), X, 4),
        (lambda outputs, y: F.mse_loss(outputs.squeeze(1), y), X[:, 0], 1),
    ],
)
def test_the_baseline_is_what_gradient_descent_on_a_constant_reaches(criterion, y, num_outputs):
    constant = torch.zeros(num_outputs, requires_grad=True)
    optimizer = torch.optim.LBFGS([constant], max_iter=200)

    def closure():
        optimizer.zero_grad()
        loss = criterion(constant.expand(100, -1), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert baseline_loss(torch.zeros(100, num_outputs), y, criterion) == pytest.approx(closure().item(), abs=2e-3)


def test_kl_divergence_of_log_probabilities_trains_and_is_an_accuracy_of_classes():
    model, y, criterion = Net(3, nn.LogSoftmax(1)), F.one_hot(CLASSES, 3).float(), nn.KLDivLoss(reduction="batchmean")
    assert said(model, y, criterion, num_epochs=30) == ""
    measured = evaluate(model, (X, y), criterion)
    assert measured.loss == pytest.approx(F.nll_loss(model(X), CLASSES).item(), rel=1e-5)
    assert measured[1:] == evaluate(model, (X, CLASSES), nn.NLLLoss())[1:]
    assert baseline_loss(model(X), y, criterion) == pytest.approx(
        baseline_loss(model(X), CLASSES, nn.NLLLoss()), rel=1e-4
    )


def test_what_torch_says_of_a_later_batch_is_said_in_words():
    model = Net(1, nn.ReLU())  # its outputs begin between 0 and 1, and leave it
    with torch.no_grad():
        model.layers[2].bias.fill_(0.5)
    assert "probabilities from 0 to 1; the outputs have gone beyond" in said(model, LABELS, nn.BCELoss(), num_epochs=99)
    loader = DataLoader(TensorDataset(X, CLASSES), batch_sampler=[[0, 1], [2]])
    norm = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 3))
    with pytest.raises(ValueError, match=r"one has a single sample\. Try larger batches"):
        train(norm, loader, nn.CrossEntropyLoss(), torch.optim.SGD(norm.parameters(), lr=0.1), num_epochs=1)


@pytest.mark.parametrize(
    ("end", "low", "high", "words"),
    [
        (
            nn.Sigmoid(),
            10,
            20,
            "ends in a sigmoid, with values from 0 to 1; the targets go from 10 to 20. Leave it out.",
        ),
        (nn.Tanh(), -2, 2, "ends in a tanh, with values from -1 to 1; the targets go from -2 to 2"),
        (nn.ReLU(), -1, 5, "ends in a relu, with values not below 0; the targets go from -1 to 5"),
        (nn.Sigmoid(), 0, 1, ""),
        (nn.ReLU(), 0, 5, ""),
    ],
    ids=str,
)
def test_targets_beyond_what_the_last_function_can_be_are_named(end, low, high, words):
    y = torch.linspace(low, high, 100).unsqueeze(1)
    sentence = said(Net(1, end), y, nn.MSELoss(), num_epochs=1)
    assert words in sentence and bool(words) == ("out of reach" in sentence)


@pytest.mark.parametrize("first", [0.0, -1.0])
def test_a_loss_below_0_that_falls_is_no_saw(first):
    losses = [first - epoch for epoch in range(60)]
    assert diagnose(History(training_loss=losses, learning_rate=[0.1] * 60, num_steps=60)) == []


def test_targets_that_do_not_vary_leave_nothing_to_find():
    assert said(Net(1), torch.zeros(100, 1), nn.MSELoss(), num_epochs=60) == ""
