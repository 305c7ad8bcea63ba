"""The toy sets keep the geometry of their formulas."""

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from mlp_tutorial.data.toy import TOY_DATA, circles, disc, gaussians, hills, moons, plane, spiral, xor

SURFACES = ("plane", "hills")
CLASSES = [name for name in TOY_DATA if name not in SURFACES]


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("num_points", [20, 101, 500])
def test_points_and_classes(name, num_points):
    raw = TOY_DATA[name](num_points=num_points)
    assert raw["X"].shape == (num_points, 2) and raw["y"].shape == (num_points,)
    assert set(raw["y"]) == {0, 1} and len(raw["class_names"]) == 2
    if name != "xor":
        assert abs(np.bincount(raw["y"])[0] - num_points / 2) <= 0.5


@pytest.mark.parametrize("name", CLASSES)
def test_noise_makes_a_set_harder(name):
    clean, noisy = TOY_DATA[name](noise=0), TOY_DATA[name](noise=0.5)
    scores = [KNeighborsClassifier(5).fit(raw["X"], raw["y"]).score(raw["X"], raw["y"]) for raw in (clean, noisy)]
    assert scores[0] > 0.99 and scores[1] < scores[0]


@pytest.mark.parametrize("name", ["circles", "disc", "xor", "spiral"])
def test_no_line_separates_the_shapes_that_shall_need_a_hidden_layer(name):
    raw = TOY_DATA[name]()
    assert LogisticRegression().fit(raw["X"], raw["y"]).score(raw["X"], raw["y"]) < 0.7


def test_xor_is_the_sign_of_the_product_with_a_gap_at_the_axes():
    raw = xor()
    assert np.array_equal(raw["y"], raw["X"][:, 0] * raw["X"][:, 1] > 0)
    assert 0.3 <= np.abs(raw["X"]).min() < 0.4 and 5.2 < np.abs(raw["X"]).max() <= 5.3


def test_xor_noise_flips_classes_near_the_axes_only():
    raw = xor(noise=0.1)  # moved by at most 0.5 along each axis
    flipped = raw["y"] != (raw["X"][:, 0] * raw["X"][:, 1] > 0)
    assert flipped.any() and np.abs(raw["X"][flipped]).min(1).max() <= 0.5


def test_the_disc_and_its_ring_keep_playgrounds_radii():
    raw = disc()
    distance = np.hypot(*raw["X"].T)
    assert distance[raw["y"] == 1].max() <= 2.5 and 3.5 <= distance[raw["y"] == 0].min() <= distance.max() <= 5
    noisy = disc(noise=0.3)  # a point moved across takes the class of where it came, and is seen where it was
    inside = np.hypot(*noisy["X"].T) < 2.5
    assert (noisy["y"] != inside).any()


def test_the_surfaces_have_playgrounds_heights():
    flat, curved = plane(), hills()
    np.testing.assert_allclose(flat["y"], flat["X"].sum(1) / 10)
    assert len(flat["X"]) == 1200 and np.abs(flat["X"]).max() <= 6 and not flat["class_names"]
    for (x1, x2), height in zip(curved["X"], curved["y"], strict=True):
        signs = {(-4, 2.5): 1, (0, 2.5): -1, (4, 2.5): 1, (-4, -2.5): -1, (0, -2.5): 1, (4, -2.5): -1}
        each = [sign * max(0, 1 - np.hypot(x1 - a, x2 - b) / 2) for (a, b), sign in signs.items()]
        assert np.isclose(height, max(each, key=abs))


@pytest.mark.parametrize("name", SURFACES)
def test_noise_moves_the_heights_away_from_their_points(name):
    clean, noisy = TOY_DATA[name](), TOY_DATA[name](noise=0.1)
    assert np.array_equal(clean["X"], noisy["X"]) and not np.allclose(clean["y"], noisy["y"])


@pytest.mark.parametrize("noise, variance", [(0.0, 0.5), (0.25, 2.25), (0.5, 4.0)])
def test_gaussians_have_playgrounds_centres_and_variance(noise, variance):
    raw = gaussians(num_points=20_000, noise=noise)
    for number, centre in enumerate([-2, 2]):
        X = raw["X"][raw["y"] == number]
        np.testing.assert_allclose(X.mean(0), centre, atol=0.08)
        np.testing.assert_allclose(X.var(0), variance, rtol=0.05)


def test_the_spirals_arms_follow_playgrounds_formula_point_by_point():
    raw = spiral(num_points=20)
    for number, delta in [(1, 0.0), (0, np.pi)]:
        for i, (x1, x2) in enumerate(raw["X"][raw["y"] == number]):
            r, t = i / 10 * 5, 1.75 * i / 10 * 2 * np.pi + delta
            assert (x1, x2) == pytest.approx((r * np.sin(t), r * np.cos(t)))


def test_spiral_noise_moves_no_point_further_than_it_says():
    moved = np.abs(spiral(noise=0.2)["X"] - spiral()["X"])
    assert 0.19 < moved.max() <= 0.2


def test_circles_and_moons_have_the_classes_that_their_names_say():
    raw = circles(noise=0)
    np.testing.assert_allclose(np.linalg.norm(raw["X"], axis=1), np.where(raw["y"] == 0, 1, 0.5))
    raw = moons(noise=0)
    assert raw["X"][raw["y"] == 0, 1].mean() > raw["X"][raw["y"] == 1, 1].mean()


@pytest.mark.parametrize("num_points", [20, 101, 500])
@pytest.mark.parametrize("noise", [0, 0.1, 0.7])
@pytest.mark.parametrize("seed", range(3))
def test_moons_and_circles_are_scikit_learns_point_by_point(num_points, noise, seed):
    options = {"noise": noise, "random_state": seed}
    for raw, (X, y) in [
        (moons(seed=seed, num_points=num_points, noise=noise), make_moons(num_points, **options)),
        (circles(seed=seed, num_points=num_points, noise=noise), make_circles(num_points, factor=0.5, **options)),
    ]:
        np.testing.assert_array_equal(raw["X"], X)
        np.testing.assert_array_equal(raw["y"], y)


@pytest.mark.parametrize(
    "options, error, words",
    [
        ({"num_points": 3}, ValueError, "num_points must be at least 20.*3"),
        ({"num_points": 10**9}, ValueError, "at most 1,000,000"),
        ({"num_points": 20.5}, TypeError, "num_points must be a whole number.*20.5"),
        ({"num_points": True}, TypeError, "num_points"),
        ({"noise": -0.1}, ValueError, "noise must be at least 0.*-0.1"),
        ({"noise": float("nan")}, ValueError, "noise.*nan"),
        ({"noise": "much"}, TypeError, "noise must be a number.*'much'"),
    ],
)
@pytest.mark.parametrize("name", TOY_DATA)
def test_impossible_options_are_refused_in_a_sentence(name, options, error, words):
    with pytest.raises(error, match=words):
        TOY_DATA[name](**options)
