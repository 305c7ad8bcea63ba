"""Small playgrounds, modules of a learner's own, and what a network hands on as PyTorch's hooks tell it."""

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons.playground import explore_playground


def small(dataset="disc", **settings):
    """Return a playground on few points."""
    toy = {} if not isinstance(dataset, str) or dataset == "penguins" else {"num_points": 60}
    return explore_playground(dataset, **{**toy, **settings})


class WithFunctions(nn.Module):
    """Functional activations between the layers."""

    def __init__(self, input_size=2, hidden_sizes=(4, 3), output_size=2):
        super().__init__()
        self.first = nn.Linear(input_size, hidden_sizes[0])
        self.second = nn.Linear(hidden_sizes[0], hidden_sizes[1])
        self.last = nn.Linear(hidden_sizes[1], output_size)

    def forward(self, x):
        return self.last(torch.tanh(self.second(F.relu(self.first(x)))))


class Backwards(WithFunctions):
    """Its layers are registered from the last to the first."""

    def __init__(self):
        nn.Module.__init__(self)
        self.last, self.second, self.first = nn.Linear(3, 2), nn.Linear(4, 3), nn.Linear(2, 4)


class Skip(nn.Module):
    """What the first layer hands on is added to what the second computes."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        h = torch.relu(self.first(x))
        return self.last(h + torch.relu(self.second(h)))


class Shared(nn.Module):
    """One layer is used twice."""

    def __init__(self):
        super().__init__()
        self.first, self.again, self.last = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(torch.tanh(self.again(torch.tanh(self.again(h)))))


class Branch(nn.Module):
    """Two layers are given the same, and what they compute is added."""

    def __init__(self):
        super().__init__()
        self.first, self.left, self.right = nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 3)
        self.last = nn.Linear(3, 2)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.last(torch.tanh(self.left(h)) + torch.tanh(self.right(h)))


class Concatenation(nn.Module):
    """The output layer is given the features beside the neurons."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, 3), nn.Linear(5, 2)

    def forward(self, x):
        return self.last(torch.cat([torch.relu(self.first(x)), x], 1))


class Bent(nn.Module):
    """An activation of one's own."""

    def forward(self, z):
        return torch.where(z > 0, z, 0.3 * z)


class OwnWeights(nn.Module):
    """No layer of PyTorch's: matrices of its own."""

    def __init__(self):
        super().__init__()
        self.into, self.out = nn.Parameter(torch.randn(2, 4)), nn.Parameter(torch.randn(4, 2))

    def forward(self, x):
        return torch.tanh(x @ self.into) @ self.out


class Fails(WithFunctions):
    """Fails once it is told to."""

    failing = False

    def forward(self, x):
        if self.failing:
            raise RuntimeError("the second layer is missing")
        return super().forward(x)


def one_logit_loss(outputs, y):
    """Return the binary cross-entropy of a single logit."""
    return F.binary_cross_entropy_with_logits(outputs.squeeze(1), y.float())


def own_modules():
    """Return modules of a learner's own by what is special about them, each with its columns and the linked ones."""
    torch.manual_seed(3)
    norm = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    norm(2 * torch.randn(50, 2) + 1)  # so that it is no identity in eval mode
    dropout = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    in_place = nn.Sequential(nn.Linear(2, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))
    own_activation = nn.Sequential(nn.Linear(2, 4), Bent(), nn.Linear(4, 2))
    return {
        "functions": (WithFunctions(), [2, 4, 3, 2], [1, 2, 3]),
        "registered backwards": (Backwards(), [2, 4, 3, 2], [1, 2, 3]),
        "dropout": (dropout, [2, 4, 3, 2], [1, 2, 3]),
        "batch norm": (norm, [2, 4, 4, 2], [1, 3]),
        "skip": (Skip(), [2, 4, 4, 2], [1, 2, 3]),
        "shared layer": (Shared(), [2, 4, 4, 4, 2], [1, 2, 3, 4]),
        "branch": (Branch(), [2, 3, 3, 3, 2], [1, 2, 4]),
        "concatenation": (Concatenation(), [2, 3, 5, 2], [1, 3]),
        "in place": (in_place, [2, 4, 2], [1, 2]),
        "own activation": (own_activation, [2, 4, 4, 2], [1, 3]),
        "one linear layer": (nn.Linear(2, 2), [2, 2], [1]),
        "matrices of its own": (OwnWeights(), [2, 2], []),
        "nested": (nn.Sequential(nn.Sequential(nn.Linear(2, 4), nn.ELU()), nn.Linear(4, 2)), [2, 4, 2], [1, 2]),
    }


def handed_on(model, X):
    """Return what each linear layer is given, in the order of the calls, and the outputs: PyTorch's own hooks."""
    given = []
    hooks = [
        module.register_forward_hook(lambda module, inputs, output: given.append((module, inputs[0].clone())))
        for module in model.modules()
        if isinstance(module, nn.Linear)
    ]
    was_training = model.training
    model.eval()
    with torch.no_grad():
        outputs = model(X).clone()
    model.train(was_training)
    for hook in hooks:
        hook.remove()
    return given, outputs


def hooks_on(model):
    """Return how many hooks stand on the modules of a model."""
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def weights_of(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one, other):
    """Return whether two state dicts hold the same numbers."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
