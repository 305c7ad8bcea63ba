"""`load_dataset`: a data set by its name."""

from __future__ import annotations

import inspect

from ..utils.errors import check_known, check_seed
from .bundled import BUNDLED_DATA
from .dataset import Dataset
from .splitting import split_rows, standardise_parts
from .toy import TOY_DATA


def load_dataset(
    name: str,
    *,
    seed: int = 0,
    validation_size: float = 0.2,
    test_size: float = 0.2,
    standardise: bool = True,
    **options: object,
) -> Dataset:
    """Load a data set by name; none needs the network.

    Parameters
    ----------
    name : str
        Measurements: "penguins" (species, from bill length and depth), "penguins_body_mass" (a regression), "digits",
        "wine", "breast_cancer", "diabetes" (a regression). Toy sets of two features and two classes: "moons",
        "circles", "disc", "xor", "gaussians", "spiral"; and two regressions: "plane", "hills".
    seed : int, default 0
        Draws the points of a toy set, and which row goes to which part. The global random state is left as it was.
    validation_size, test_size : float, default 0.2
        Shares of the rows. Classes are spread evenly over the parts.
    standardise : bool, default True
        With False the numbers keep their own units; networks learn slowly, or not at all, from numbers far from 0 and 1.
    **options
        "penguins": `features=2` (default) or 4, with flipper length and body mass. Toy sets: `num_points=500` and
        `noise`.

    Returns
    -------
    Dataset
        Split, and standardised with the training part's mean and standard deviation.

    Raises
    ------
    ValueError
        If the name is unknown or a value is impossible.
    TypeError
        If the data set has no such option.

    Examples
    --------
    >>> load_dataset("penguins").X_train.shape
    torch.Size([206, 2])
    >>> load_dataset("moons", num_points=100, noise=0.1, seed=3).class_names
    ('upper moon', 'lower moon')
    """
    loaders = BUNDLED_DATA | TOY_DATA
    check_known("data set", name, loaders)
    known = [option for option in inspect.signature(loaders[name]).parameters if option != "seed"]
    for option in options:
        if option not in known:
            raise TypeError(
                f"The data set {name!r} has no option {option!r}; it has {' and '.join(known) or 'none of its own'}, "
                "and seed, validation_size, test_size and standardise as all have."
            )
    seed = check_seed(seed)
    raw = loaders[name](seed=seed, **options) if name in TOY_DATA else loaders[name](**options)
    targets, class_names = raw.pop("y"), raw.get("class_names", ())
    rows = split_rows(
        len(targets),
        classes=targets if class_names else None,
        class_names=class_names,
        seed=seed,
        validation_size=validation_size,
        test_size=test_size,
    )
    tensors = standardise_parts(raw.pop("X"), targets, rows, classification=bool(class_names), standardise=standardise)
    return Dataset(name=name, **tensors, **raw)
