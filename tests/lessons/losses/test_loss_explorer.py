"""The losses of one prediction and their gradients, against their formulas."""

import numpy as np
import pytest
import torch

from mlp_tutorial.lessons.losses.loss_explorer import explore_loss, loss_and_gradient
from mlp_tutorial.lessons.losses.own_loss import LOSSES


def by_hand(name, error, delta):
    """Loss and gradient in Python's double precision."""
    sign = (error > 0) - (error < 0)
    if name == "MSE":
        return error**2, 2 * error
    if name == "MAE":
        return abs(error), sign
    inside = abs(error) <= delta
    return (error**2 / 2, error) if inside else (delta * (abs(error) - delta / 2), sign * delta)


def fourth_power(outputs, y):
    return (outputs - y).pow(4).mean()


def with_delta(outputs, y, delta=1.0):
    return (delta * (outputs - y)).cosh().log().mean()


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize("name", LOSSES)
def test_loss_and_gradient_are_those_of_the_formulas(name):
    explorer = explore_loss(name, target=0.5, delta=0.8)
    for prediction in (-3.7, -0.4, 0.5, 4.0):
        explorer.controls["prediction"].value = prediction
        expected = by_hand(name, prediction - 0.5, 0.8)
        assert (explorer.loss, explorer.gradient) == pytest.approx(expected, abs=1e-5)


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize("own", [fourth_power, with_delta])
def test_the_gradient_of_an_own_loss_is_the_slope_of_its_curve(own):
    points = torch.linspace(-2, 2, 401, dtype=torch.float64)
    losses, gradients = loss_and_gradient(own, points, 0.3)
    assert gradients[1:-1] == pytest.approx((losses[2:] - losses[:-2]) / 0.02, abs=2e-3)
    explorer = explore_loss(own, prediction=1.3, target=0.3)
    assert explorer.loss == pytest.approx(own(torch.tensor([1.3]), torch.tensor([0.3])).item(), abs=1e-6)
    assert f"your {own.__name__}" in explorer.status_line.text
    assert "By autograd" in explorer.status_line.note


def test_an_own_loss_gets_the_slider_delta_where_it_takes_one():
    explorer = explore_loss(with_delta, prediction=1.0, delta=2.0)
    assert explorer.loss == pytest.approx(np.log(np.cosh(2.0)), abs=1e-6)
    explorer.controls["delta"].value = 0.5
    assert explorer.loss == pytest.approx(np.log(np.cosh(0.5)), abs=1e-6)


@pytest.mark.parametrize("name", ["prediction", "target", "delta"])
def test_every_slider_moves_the_picture(name):
    explorer = explore_loss("Huber", prediction=2.5)
    seen = {(explorer.canvas.image.value, explorer.loss)}
    for _ in range(3):
        explorer.controls[name].value -= 0.3
        seen.add((explorer.canvas.image.value, explorer.loss))
    assert len(seen) == 4


def test_the_menu_chooses_the_strong_curve():
    explorer = explore_loss()
    for name in LOSSES:
        explorer.controls["loss"].value = name
        widths = {one: line.get_linewidth() for one, line in explorer.picture.losses.items()}
        assert max(widths, key=widths.get) == name
        assert explorer.loss == pytest.approx(by_hand(name, 2.0, 1.0)[0])
        assert explorer.sentence().startswith(f"{name} of the prediction 2.00")


def test_the_curves_follow_the_target_and_delta():
    explorer = explore_loss("MSE", target=0.0)
    for target, delta in ((1.5, 1.0), (1.5, 0.4), (-1.0, 0.4)):
        explorer.controls["target"].value, explorer.controls["delta"].value = target, delta
        for name, line in explorer.picture.losses.items():
            (x, losses), gradients = line.get_data(), explorer.picture.gradients[name].get_ydata()
            for place in range(0, len(x), 20):
                expected = by_hand(name, float(x[place]) - target, delta)
                assert (losses[place], gradients[place]) == pytest.approx(expected, abs=1e-5)


def test_the_tangent_touches_the_curve_and_the_steeper_the_shorter_it_is():
    explorer = explore_loss("MSE")
    widths = []
    for prediction in (0.2, 1.0, 3.0):
        explorer.controls["prediction"].value = prediction
        (left, right), (low, high) = explorer.picture.tangent.get_data()
        assert (left + right) / 2 == pytest.approx(prediction)
        assert (low + high) / 2 == pytest.approx(explorer.loss, abs=1e-6)
        assert (high - low) / (right - left) == pytest.approx(explorer.gradient, abs=1e-5)
        widths.append(right - left)
    assert widths == pytest.approx([3.0, 3.0, 1.0], abs=1e-5)  # gradients 0.4, 2 and 6


def test_the_words_below_the_picture_are_true():
    explorer = explore_loss("Huber", prediction=0.5, delta=1.0)
    assert "Within delta the gradient is the error itself" in explorer.status_line.note
    explorer.controls["prediction"].value = -3.0
    assert "Beyond delta the gradient stays at −1.00" in explorer.status_line.note
    explorer.controls["loss"].value = "MAE"
    explorer.controls["prediction"].value = 0.0
    assert "At the corner there is no slope; PyTorch says 0" in explorer.status_line.note
    flat = explore_loss(lambda outputs, y: (outputs - y).round().mean())
    assert "No gradient here" in flat.status_line.note


def test_a_stub_is_replaced_and_wrong_losses_are_refused():
    stub = explore_loss(lambda outputs, y, delta=1.0: ..., prediction=3.0, delta=0.5)
    assert "Huber" in stub.status_line.text and "not written yet" in stub.status_line.note
    assert stub.loss == pytest.approx(1.375)
    pair = explore_loss(lambda outputs, y: torch.cat([outputs, y]))
    assert "returned shape (2,), expected ()" in pair.status_line.note
    plain = explore_loss(lambda outputs, y: (outputs - y).square().mean().item())
    assert "returned a float, expected a tensor" in plain.status_line.note
    with pytest.raises(ValueError, match="Known names: MSE, MAE, Huber"):
        explore_loss("mse")
    with pytest.raises(ValueError, match="delta must be greater than 0; it is 0"):
        explore_loss(delta=0)


def test_the_range_of_a_slider_grows():
    assert explore_loss(target=9.0).controls["target"].value == 9.0


@pytest.mark.parametrize(
    "prediction, markers",
    [(2.0, ["o", "o"]), (2.5, ["o", "^"]), (3.5, ["^", "^"]), (-3.5, ["^", "v"]), (0.0, ["o", "o"])],
)
def test_a_point_beyond_the_picture_is_an_arrow_at_its_edge(prediction, markers):
    points = explore_loss(prediction=prediction).picture.points
    assert [point.get_marker() for point in points] == markers
    for point in points:
        low, high = point.axes.get_ylim()
        assert low <= point.get_ydata()[0] <= high
