"""Toy sets of two features, where the shape is the point: two classes, or a surface over the plane.

"disc", "xor", "gaussians", "spiral", "plane" and "hills" follow the formulas of TensorFlow Playground
(`src/dataset.ts`, Apache License 2.0),
"moons" and "circles" those of scikit-learn (`make_moons`, `make_circles`, BSD 3-Clause), point by point.

Each is called with keywords, and returns the fields of a `Dataset` before it is split: X of shape (points, 2), y of shape
(points,), names and source.

seed : int, default 0
    Draws points and noise; the global random state is left as it was.
num_points : int, default 500, of a surface 1200
    20 to 1,000,000, half of them in each class.
noise : float, 0 to 10
    In a unit that each set says (Playground: 0 to 0.5).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

import numpy as np

from ..utils.errors import check_number, check_whole_number

PLAYGROUND = "drawn at random, by the formula of TensorFlow Playground (Apache License 2.0)"
SCIKIT_LEARN = "drawn at random, as scikit-learn draws it (BSD 3-Clause)"
#: Points of shape (points, 2), and the class number or height of each, of shape (points,).
Points = tuple[np.ndarray, np.ndarray]


def _check(num_points: int, noise: float) -> None:
    check_whole_number("num_points", num_points, "500")
    if not 20 <= num_points <= 1_000_000:
        raise ValueError(f"num_points must be at least 20 and at most 1,000,000; it is {num_points}.")
    check_number("noise", noise, "0.1")
    if not 0 <= noise <= 10:
        raise ValueError(f"noise must be at least 0 and at most 10; it is {noise!r}.")


def toy_set(*class_names: str, source: str = PLAYGROUND) -> Callable:
    """Make a toy set of a function that draws points and their targets; a surface has no names of classes."""

    def made(draw: Callable[..., Points]) -> Callable[..., dict]:
        @functools.wraps(draw)
        def drawn(**options: float) -> dict:
            given = inspect.signature(draw).bind(**options)
            given.apply_defaults()
            _check(given.arguments["num_points"], given.arguments["noise"])
            X, y = draw(**given.arguments)
            return {
                "X": X,  # (points, 2)
                "y": y,  # (points,)
                "feature_names": ("x1", "x2"),
                "feature_units": ("", ""),
                "target_name": "class" if class_names else "height",
                "class_names": class_names,
                "source": source,
            }

        return drawn

    return made


@toy_set("upper moon", "lower moon", source=SCIKIT_LEARN)
def moons(*, seed: int = 0, num_points: int = 500, noise: float = 0.2) -> Points:
    """Two half circles that reach into each other.

    Noise is the standard deviation around them, in units of their radius.
    """
    upper, lower = (np.linspace(0, np.pi, count) for count in np.bincount(_halves(num_points)))
    x1 = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    x2 = np.concatenate([np.sin(upper), 1 - np.sin(lower) - 0.5])
    return _shuffled(x1, x2, noise, seed)


@toy_set("outer circle", "inner circle", source=SCIKIT_LEARN)
def circles(*, seed: int = 0, num_points: int = 500, noise: float = 0.1) -> Points:
    """One circle inside another, half as wide.

    Noise is the standard deviation around them, in units of the outer radius.
    """
    outer, inner = (np.linspace(0, 2 * np.pi, count, endpoint=False) for count in np.bincount(_halves(num_points)))
    x1 = np.concatenate([np.cos(outer), 0.5 * np.cos(inner)])
    x2 = np.concatenate([np.sin(outer), 0.5 * np.sin(inner)])
    return _shuffled(x1, x2, noise, seed)


@toy_set("ring", "disc")
def disc(*, seed: int = 0, num_points: int = 500, noise: float = 0.0) -> Points:
    """A disc of radius 2.5 in a ring from 3.5 to 5.

    Noise is the share of the radius, 5, by which points are moved along each axis.
    """
    random = np.random.default_rng(seed)
    inside = _halves(num_points) == 0
    radius = np.where(inside, random.uniform(0, 2.5, num_points), random.uniform(3.5, 5, num_points))
    angle = random.uniform(0, 2 * np.pi, num_points)
    X = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    moved = X + random.uniform(-5, 5, X.shape) * noise
    # The class is that of the place after the move, at the place before it: so noise puts some points on the wrong side.
    return X, (np.hypot(*moved.T) < 2.5).astype(int)


@toy_set("different signs", "same sign")
def xor(*, seed: int = 0, num_points: int = 500, noise: float = 0.0) -> Points:
    """Four squares: same signs against different signs.

    Noise is the share of the half width, 5, by which points are moved along each axis.
    """
    random = np.random.default_rng(seed)
    X = random.uniform(-5, 5, (num_points, 2))
    X += np.where(X > 0, 0.3, -0.3)  # keeps the classes a little apart
    x1, x2 = (X + random.uniform(-5, 5, X.shape) * noise).T
    return X, (x1 * x2 >= 0).astype(int)


@toy_set("lower left", "upper right")
def gaussians(*, seed: int = 0, num_points: int = 500, noise: float = 0.0) -> Points:
    """Two clouds around (-2, -2) and (2, 2); noise raises their variance, from 0.5 at 0 to 4 at 0.5."""
    random = np.random.default_rng(seed)
    y = _halves(num_points)
    centre = np.where(y == 1, 2.0, -2.0)[:, np.newaxis]
    variance = 0.5 + 3.5 * noise / 0.5
    X = centre + np.sqrt(variance) * random.standard_normal((num_points, 2))
    return X, y


@toy_set("second arm", "first arm")
def spiral(*, seed: int = 0, num_points: int = 500, noise: float = 0.0) -> Points:
    """Two arms wound into each other, 1.75 turns each, out to radius 5.

    Noise is how far each coordinate of a point is moved at most.
    """
    random = np.random.default_rng(seed)
    y = _halves(num_points)
    along = np.concatenate([np.arange(count) / count for count in np.bincount(y)])  # 0 … 1, along each arm
    radius = 5 * along
    angle = 1.75 * along * 2 * np.pi + np.where(y == 1, 0.0, np.pi)
    X = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    X += random.uniform(-1, 1, X.shape) * noise
    return X, y


@toy_set()
def plane(*, seed: int = 0, num_points: int = 1200, noise: float = 0.0) -> Points:
    """A regression: the height x1/10 + x2/10, over the square from -6 to 6.

    Noise is the share of the half width, 6, by which a height is taken beside its point.
    """
    random = np.random.default_rng(seed)
    X, beside = _square(random, num_points, noise)
    return X, beside.sum(1) / 10


@toy_set()
def hills(*, seed: int = 0, num_points: int = 1200, noise: float = 0.0) -> Points:
    """A regression: three hills and three hollows of height 1, at x1 = -4, 0, 4 and x2 = -2.5, 2.5, in turn.

    Noise is the share of the half width, 6, by which a height is taken beside its point.
    """
    random = np.random.default_rng(seed)
    X, beside = _square(random, num_points, noise)
    centres = np.array([(x1, x2) for x2 in (2.5, -2.5) for x1 in (-4, 0, 4)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    distances = np.linalg.norm(beside[:, np.newaxis] - centres, axis=2)  # (points, hills)
    heights = signs * (1 - distances / 2).clip(0)
    return X, heights.sum(1)  # no two of them overlap


#: The toy sets by name.
TOY_DATA: dict[str, Callable[..., dict]] = {
    draw.__name__: draw for draw in (moons, circles, disc, xor, gaussians, spiral, plane, hills)
}


def _shuffled(x1: np.ndarray, x2: np.ndarray, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of two halves in a random order, with noise added, and their classes."""
    random = np.random.RandomState(seed)  # the stream that scikit-learn draws from
    order = random.permutation(len(x1))
    X = np.column_stack([x1, x2])[order]
    return X + random.normal(scale=noise, size=X.shape), _halves(len(x1))[order]


def _square(random: np.random.Generator, num_points: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return points of the square from -6 to 6, and beside each the place where its height is taken."""
    X = random.uniform(-6, 6, (num_points, 2))
    return X, X + random.uniform(-6, 6, X.shape) * noise


def _halves(num_points: int) -> np.ndarray:
    return (np.arange(num_points) >= num_points // 2).astype(int)
