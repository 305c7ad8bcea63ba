"""The model against the tutorial's own class, NumPy in double precision and finite differences."""

import copy
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.model import ACTIVATIONS, LayerTrace, NeuralNetworkModel, activation_name


class TutorialModel(nn.Module):
    """The class as the tutorial prints it in section 3.2."""

    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.input_size = input_size
        self.hidden_sizes = hidden_sizes
        self.output_size = output_size

        # Create the layers for the neural network
        self.input_layer = nn.Linear(self.input_size, self.hidden_sizes[0])
        self.hidden_layers = nn.ModuleList(
            [nn.Linear(hidden_sizes[i], hidden_sizes[i + 1]) for i in range(len(hidden_sizes) - 1)]
        )
        self.output_layer = nn.Linear(self.hidden_sizes[-1], self.output_size)

    def forward(self, x):
        # Define the forward pass through the neural network
        x = F.relu(self.input_layer(x))
        for layer in self.hidden_layers:
            x = F.relu(layer(x))
        x = self.output_layer(x)
        return x


ARCHITECTURES = [(1, [1], 1), (2, [4], 3), (4, [16, 8], 3), (10, [64, 32, 5, 7], 2), (3, [2] * 6, 1)]


@pytest.mark.parametrize("seed", [0, 1, 12345])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_equals_the_tutorials_class_bit_for_bit(architecture, seed):
    torch.manual_seed(seed)
    theirs = TutorialModel(*architecture)
    state_after_theirs = torch.get_rng_state()
    torch.manual_seed(seed)
    ours = NeuralNetworkModel(*architecture)
    assert torch.equal(torch.get_rng_state(), state_after_theirs)  # nothing else is drawn

    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, weights in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], weights), name
    X = torch.randn(7, architecture[0])
    assert torch.equal(ours(X), theirs(X))
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())


def test_has_the_tutorials_attributes():
    theirs, ours = TutorialModel(4, [16, 8], 3), NeuralNetworkModel(4, [16, 8], 3)
    assert vars(theirs).keys() <= vars(ours).keys()
    assert (ours.input_size, ours.hidden_sizes, ours.output_size) == (4, [16, 8], 3)
    assert [name for name, _ in ours.named_children()] == [name for name, _ in theirs.named_children()]
    assert isinstance(ours.hidden_layers, nn.ModuleList)


@pytest.mark.parametrize("depth", [0, 1, 2, 5, 10])
def test_structure_for_every_depth(depth):
    model = NeuralNetworkModel(3, [5] * depth, 2)
    assert len(list(model.parameters())) == 2 * (depth + 1)
    assert model(torch.zeros(6, 3)).shape == (6, 2)
    assert len(list(model.linear_layers())) == len(model.trace(torch.zeros(6, 3))) == depth + 1


def test_without_hidden_layers_it_is_one_linear_map():
    torch.manual_seed(0)
    model = NeuralNetworkModel(3, [], 2, activation="tanh")
    assert model.input_layer is None and len(model.hidden_layers) == 0
    assert list(model.state_dict()) == ["output_layer.weight", "output_layer.bias"]
    X = torch.randn(5, 3)
    weight, bias = (part.detach().double().numpy() for part in model.parameters())
    np.testing.assert_allclose(model(X).detach().numpy(), X.double().numpy() @ weight.T + bias, rtol=1e-5)


NUMPY_ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "gelu": lambda z: z * 0.5 * (1 + np.vectorize(math.erf)(z / np.sqrt(2))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "identity": lambda z: z,
}


def test_every_named_activation_has_an_oracle():
    assert NUMPY_ACTIVATIONS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", NUMPY_ACTIVATIONS)
def test_forward_equals_numpy(name):
    torch.manual_seed(1)
    model = NeuralNetworkModel(3, [6, 5], 2, activation=name).double()
    X = 3 * torch.randn(8, 3, dtype=torch.float64)
    h = X.numpy()
    layers = list(model.linear_layers())
    for index, (_, layer) in enumerate(layers):
        h = h @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
        if index < len(layers) - 1:  # raw logits leave the last layer
            h = NUMPY_ACTIVATIONS[name](h)
    np.testing.assert_allclose(model(X).detach().numpy(), h, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "gelu", "silu", "elu", "identity"])
def test_gradients_equal_finite_differences(name):
    torch.manual_seed(2)
    model = NeuralNetworkModel(2, [4, 3], 2, activation=name).double()
    X = torch.randn(5, 2, dtype=torch.float64)
    model(X).square().mean().backward()
    step = 1e-6
    for parameter in model.parameters():
        numeric = torch.empty_like(parameter)
        for index in range(parameter.numel()):
            values = []
            for direction in (step, -step):
                with torch.no_grad():
                    parameter.view(-1)[index] += direction
                    values.append(model(X).square().mean())
                    parameter.view(-1)[index] -= direction
            numeric.view(-1)[index] = (values[0] - values[1]) / (2 * step)
        torch.testing.assert_close(parameter.grad, numeric, rtol=1e-6, atol=1e-9)


def test_trace_tells_what_every_layer_computed():
    torch.manual_seed(3)
    model, X = NeuralNetworkModel(3, [6, 5], 2, activation="tanh"), torch.randn(4, 3)
    traces = model.trace(X)
    assert [trace.name for trace in traces] == ["input_layer", "hidden_layers.0", "output_layer"]
    assert [tuple(trace.activation.shape) for trace in traces] == [(4, 6), (4, 5), (4, 2)]
    came = X
    for trace in traces:
        layer = model.get_submodule(trace.name)
        torch.testing.assert_close(trace.pre_activation, came @ layer.weight.T + layer.bias)
        came = trace.activation
    assert torch.equal(traces[0].activation, traces[0].pre_activation.tanh())
    assert torch.equal(traces[1].activation, traces[1].pre_activation.tanh())
    assert traces[2].activation is traces[2].pre_activation  # raw logits
    assert torch.equal(traces[-1].activation, model(X))
    assert repr(traces[0]) == "LayerTrace(input_layer: pre_activation (4, 6), activation (4, 6))"
    assert isinstance(traces[0], LayerTrace)


def test_an_activation_may_be_a_function_or_a_module():
    X = torch.randn(5, 2)
    torch.manual_seed(0)
    by_name = NeuralNetworkModel(2, [4, 4], 1, activation="sigmoid")
    for activation in (torch.sigmoid, nn.Sigmoid(), lambda z: 1 / (1 + (-z).exp())):
        torch.manual_seed(0)
        torch.testing.assert_close(NeuralNetworkModel(2, [4, 4], 1, activation=activation)(X), by_name(X))


def test_an_activation_with_a_parameter_is_part_of_the_model():
    prelu = nn.PReLU()
    model = NeuralNetworkModel(2, [4], 1, activation=prelu)
    assert any(parameter is prelu.weight for parameter in model.parameters())
    assert model.count_parameters() == (2 * 4 + 4) + (4 * 1 + 1) + 1


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_counts_its_parameters(architecture):
    input_size, hidden_sizes, output_size = architecture
    widths = [input_size, *hidden_sizes, output_size]
    expected = sum((widths[i] + 1) * widths[i + 1] for i in range(len(widths) - 1))
    model = NeuralNetworkModel(*architecture)
    assert model.count_parameters() == expected
    model.output_layer.requires_grad_(False)  # frozen: no longer trainable
    assert model.count_parameters() == expected - (widths[-2] + 1) * widths[-1]


def test_repr_teaches_the_shapes_and_its_counts_add_up():
    text = repr(NeuralNetworkModel(4, [1600, 8], 3, activation="tanh"))
    assert text.splitlines() == [
        "NeuralNetworkModel: 4 -> 1600 -> 8 -> 3, activation tanh",
        "  input_layer      Linear(4 -> 1600)    weight (1600, 4) + bias (1600,) = 8,000 parameters, then tanh",
        "  hidden_layers.0  Linear(1600 -> 8)    weight (8, 1600) + bias (8,) = 12,808 parameters, then tanh",
        "  output_layer     Linear(8 -> 3)       weight (3, 8) + bias (3,) = 27 parameters, raw logits",
        "  20,835 parameters in all",
    ]


def test_repr_names_what_is_trainable_where_not_everything_is():
    model = NeuralNetworkModel(4, [8], 3, activation=nn.PReLU())
    assert "activation PReLU" in repr(model) and repr(model).endswith("  68 parameters in all")
    model.input_layer.requires_grad_(False)
    assert repr(model).endswith("  68 parameters in all, 28 of them trainable")


def test_activation_names():
    assert [activation_name(function) for function in ACTIVATIONS.values()] == list(ACTIVATIONS)
    assert activation_name(nn.Tanh()) == "Tanh"
    assert activation_name(torch.sin) == "sin"


def test_is_copied_saved_and_loaded(tmp_path):
    model, X = NeuralNetworkModel(2, [4], 3, activation="gelu"), torch.randn(5, 2)
    assert torch.equal(copy.deepcopy(model)(X), model(X))
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    other = NeuralNetworkModel(2, [4], 3, activation="gelu")
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(other(X), model(X))


def test_further_leading_dimensions_are_allowed():
    model, X = NeuralNetworkModel(3, [4], 2), torch.randn(5, 6, 3)
    torch.testing.assert_close(model(X), model(X.reshape(30, 3)).reshape(5, 6, 2))


def test_the_callers_list_of_sizes_is_its_own():
    sizes = [4, 3]
    model = NeuralNetworkModel(2, sizes, 1)
    sizes.append(7)
    assert model.hidden_sizes == [4, 3]


def test_numpys_whole_numbers_are_sizes():
    model = NeuralNetworkModel(np.int64(3), tuple(np.array([4, 5])), np.int32(2))
    assert repr(model).startswith("NeuralNetworkModel: 3 -> 4 -> 5 -> 2,")
    assert all(type(size) is int for size in [model.input_size, *model.hidden_sizes, model.output_size])


NOT_WHOLE = [2.5, 2.0, True, False, np.True_, None, "4", torch.tensor(2.5), np.float64(2), [3]]


@pytest.mark.parametrize("size", NOT_WHOLE, ids=repr)
@pytest.mark.parametrize("place", ["input_size", "hidden_sizes[1]", "output_size"])
def test_a_size_that_is_no_whole_number_is_named(place, size):
    with pytest.raises(TypeError) as error:
        build_with(place, size)
    assert str(error.value) == f"{place} must be a whole number of at least 1; it is {size!r}."


@pytest.mark.parametrize("size", [0, -3, np.int64(0)], ids=repr)
@pytest.mark.parametrize("place", ["input_size", "hidden_sizes[1]", "output_size"])
def test_a_size_below_one_is_named(place, size):
    with pytest.raises(ValueError) as error:
        build_with(place, size)
    assert str(error.value) == f"{place} must be at least 1; it is {size}."


def build_with(place, size):
    sizes = {"input_size": 2, "hidden_sizes[1]": 3, "output_size": 1} | {place: size}
    return NeuralNetworkModel(sizes["input_size"], [4, sizes["hidden_sizes[1]"]], sizes["output_size"])


@pytest.mark.parametrize("sizes", [16, "16", None, 16.0, {16}], ids=repr)
def test_hidden_sizes_that_are_no_list(sizes):
    with pytest.raises(TypeError, match=r"hidden_sizes must be a list of widths, such as \[16, 8\]") as error:
        NeuralNetworkModel(2, sizes, 1)
    assert repr(sizes) in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("rleu", "relu"), ("ReLU", "relu"), ("Leaky ReLU", "leaky_relu"), ("sigmoidal", "sigmoid"), ("swilu", "silu")],
)
def test_an_unknown_activation_suggests_the_nearest(wrong, nearest):
    with pytest.raises(ValueError) as error:
        NeuralNetworkModel(2, [4], 1, activation=wrong)
    assert f"{wrong!r}. Did you mean {nearest!r}?" in str(error.value)
    assert all(name in str(error.value) for name in ACTIVATIONS)


def test_an_activation_like_no_other_gets_no_suggestion():
    with pytest.raises(ValueError) as error:
        NeuralNetworkModel(2, [4], 1, activation="xyzzy")
    assert "Did you mean" not in str(error.value) and "Known names: relu" in str(error.value)


def test_a_class_in_place_of_an_activation():
    with pytest.raises(TypeError, match=r"it is the class Tanh\. Try Tanh\(\)\."):
        NeuralNetworkModel(2, [4], 1, activation=nn.Tanh)


@pytest.mark.parametrize("activation", [None, 3, ["relu"]], ids=repr)
def test_an_activation_that_cannot_be_called(activation):
    with pytest.raises(TypeError, match="must be a name such as 'relu' or a function") as error:
        NeuralNetworkModel(2, [4], 1, activation=activation)
    assert repr(activation) in str(error.value)


@pytest.fixture(params=["forward", "trace"])
def call(request):
    model = NeuralNetworkModel(3, [4], 2)
    return model if request.param == "forward" else model.trace


@pytest.mark.parametrize("shape", [(5, 2), (3, 4), (4,), (), (5, 0)], ids=str)
def test_an_input_of_the_wrong_width(call, shape):
    with pytest.raises(ValueError) as error:
        call(torch.zeros(shape))
    assert "expects 3 features in the last dimension, shape (batch, 3)" in str(error.value)
    assert f"it was given shape {shape}" in str(error.value)


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.float16, torch.bool], ids=str)
def test_an_input_of_the_wrong_dtype(call, dtype):
    with pytest.raises(TypeError) as error:
        call(torch.zeros(5, 3, dtype=dtype))
    expected = f"The model's weights are torch.float32, its input is {dtype}. Try x.to(torch.float32)."
    assert str(error.value) == expected


@pytest.mark.parametrize("x", [np.zeros((5, 3)), [[1.0, 2.0, 3.0]], None, 3.0], ids=lambda x: type(x).__name__)
def test_an_input_that_is_no_tensor(call, x):
    with pytest.raises(TypeError) as error:
        call(x)
    assert "expects a tensor of shape (batch, 3)" in str(error.value)
    assert f"was given a {type(x).__name__}" in str(error.value) and "torch.as_tensor" in str(error.value)
