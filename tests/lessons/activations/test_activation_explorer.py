"""The point on an activation: its slope, and what many layers of that slope leave of a gradient."""

import pytest
import torch
from torch import nn

from mlp_tutorial.lessons.activations.activation_explorer import explore_activation, values_and_slopes
from mlp_tutorial.model import ACTIVATIONS

#: The slopes of the lesson's table, in double precision: an oracle that does not use autograd.
TABLE = {
    "relu": lambda z: (z > 0).double(),
    "leaky_relu": lambda z: torch.where(z > 0, 1.0, 0.01),
    "elu": lambda z: torch.where(z > 0, 1.0, z.exp()),
    "sigmoid": lambda z: z.sigmoid() * (1 - z.sigmoid()),
    "tanh": lambda z: 1 - z.tanh() ** 2,
    "silu": lambda z: z.sigmoid() * (1 + z * (1 - z.sigmoid())),
    "gelu": lambda z: 0.5 * (1 + torch.erf(z / 2**0.5)) + z * torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5,
    "identity": torch.ones_like,
}


def test_the_slopes_are_those_of_the_table():
    assert set(TABLE) == set(ACTIVATIONS)
    z = torch.linspace(-5, 5, 40, dtype=torch.float64)
    for name, slope in TABLE.items():
        values, slopes = values_and_slopes(ACTIVATIONS[name], z)
        assert torch.allclose(slopes, slope(z).double(), atol=1e-9), name
        assert torch.equal(values, ACTIVATIONS[name](z))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_chosen_and_followed(name):
    explorer = explore_activation("relu")
    explorer.controls["activation"].value = name
    for z in (-6.0, -2.0, 0.0, 1.5, 6.0):
        explorer.controls["z"].value = z
        assert explorer.value == pytest.approx(ACTIVATIONS[name](torch.tensor(z)).item())
        if z:
            assert explorer.slope == pytest.approx(TABLE[name](torch.tensor(z).double()).item(), abs=1e-5)
        assert f"{name}(z) = " in explorer.status_line.text
    assert explorer.picture.points[0].get_xdata() == [6.0] and explorer.picture.left.get_title().startswith(name)


def test_the_dotted_curve_is_what_the_layers_leave():
    explorer = explore_activation("sigmoid", z=0.0, layers=3)
    assert "3 layers of this slope leave 0.016" in explorer.status_line.text
    explorer.controls["layers"].value = 10
    assert "10 layers of this slope leave 9.5·10⁻⁷" in explorer.status_line.text
    assert max(explorer.picture.powers.get_ydata()) == pytest.approx(0.25**10)


def test_the_tangent_touches_the_curve_with_its_slope():
    explorer = explore_activation("tanh", z=0.5)
    (x1, x2), (y1, y2) = explorer.picture.tangent.get_data()
    assert (y2 - y1) / (x2 - x1) == pytest.approx(explorer.slope)
    assert (y1 + y2) / 2 == pytest.approx(explorer.value)


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"activation": "relu", "z": -1.0}, "Off: relu is flat here"),
        ({"activation": "sigmoid", "z": 5.5}, "Saturated: sigmoid"),
        ({"activation": "sigmoid", "z": 1.0}, "steepest slope of sigmoid between −6 and 6 is 0.250"),
    ],
)
def test_the_note_says_what_the_slope_means(settings, note):
    assert note in explore_activation(**settings).status_line.note


def bent(z):
    return torch.where(z > 0, z, 0.3 * z)


def test_the_learners_own_functions_are_drawn():
    explorer = explore_activation(bent, z=-2.0)
    assert explorer.value == pytest.approx(-0.6) and explorer.slope == pytest.approx(0.3)
    assert "bent(z) = −0.600" in explorer.status_line.text
    explorer.controls["activation"].value = "relu"
    assert explorer.value == 0.0
    assert explore_activation(torch.tanh).controls["activation"].value == "tanh"
    assert explore_activation(nn.Softplus(), z=0.0).value == pytest.approx(0.6931, abs=1e-4)


def test_the_learners_derivative_is_compared_with_autograds():
    right = explore_activation("tanh", derivative=lambda z: 1 - torch.tanh(z) ** 2)
    assert "lies on autograd's" in right.status_line.note and right.picture.own.get_visible()
    wrong = explore_activation("tanh", derivative=lambda z: 1 - torch.tanh(z))
    assert "up to 2.00 away" in wrong.status_line.note
    wrong.controls["activation"].value = "relu"
    assert "derivative" not in wrong.status_line.note
    stub = explore_activation("tanh", derivative=lambda z: ...)
    assert "not written yet" in stub.status_line.note and not stub.picture.own.get_visible()


def test_bad_settings_get_a_sentence():
    with pytest.raises(ValueError, match="Did you mean 'relu'"):
        explore_activation("rleu")
    with pytest.raises(ValueError, match="z is drawn from"):
        explore_activation(z=9.0)
    with pytest.raises(ValueError, match=r"expected shape \(1,\), got \(\)"):
        explore_activation(lambda z: z.sum())
    with pytest.raises(TypeError, match="returned a float"):
        explore_activation(lambda z: 1.0)
    short = explore_activation("tanh", derivative=lambda z: z[:3])
    assert "Your derivative returned shape (3,), expected (481,)." in short.status_line.note
