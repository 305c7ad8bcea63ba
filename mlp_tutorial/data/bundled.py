"""Real data that need no network: the penguins, shipped with this package, and the sets that scikit-learn brings."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

PENGUINS_FILE = Path(__file__).with_name("files") / "penguins.csv"
PENGUINS_SOURCE = (
    "Palmer penguins: Gorman, Williams and Fraser (2014), doi:10.1371/journal.pone.0090081; "
    "packaged by Horst, Hill and Gorman (palmerpenguins); CC0"
)
UCI = "UCI Machine Learning Repository, CC BY 4.0; a copy comes with scikit-learn"
#: Columns of the file: name in words, unit.
PENGUIN_COLUMNS = {
    "bill_length_mm": ("bill length", "mm"),
    "bill_depth_mm": ("bill depth", "mm"),
    "flipper_length_mm": ("flipper length", "mm"),
    "body_mass_g": ("body mass", "g"),
}


def penguins(*, features: int = 2) -> dict:
    """Bill length and bill depth → species; with 4 features flipper length and body mass as well."""
    if features not in (2, 4):
        raise ValueError(f"The penguins have features=2 or features=4; it is {features!r}.")
    species, raw = _penguins(list(PENGUIN_COLUMNS)[:features], "species")
    class_names, numbers = np.unique(species, return_inverse=True)
    return raw | {"y": numbers, "target_name": "species", "class_names": tuple(class_names.tolist())}


def penguins_body_mass() -> dict:
    """Flipper length and bill depth → body mass."""
    masses, raw = _penguins(["flipper_length_mm", "bill_depth_mm"], "body_mass_g")
    target_name, target_unit = PENGUIN_COLUMNS["body_mass_g"]
    return raw | {"y": masses.astype(float), "target_name": target_name, "target_unit": target_unit}


def _penguins(columns: list[str], target: str) -> tuple[np.ndarray, dict]:
    """Return the target of every row without a missing value, as text, and the rest of the description."""
    with PENGUINS_FILE.open(encoding="utf-8", newline="") as file:  # pandas would cost a kernel 30 MB
        table = [[row[column] for column in (*columns, target)] for row in csv.DictReader(file)]
    rows = np.array([row for row in table if "NA" not in row])
    names, units = zip(*(PENGUIN_COLUMNS[column] for column in columns), strict=True)
    return rows[:, -1], {
        "X": rows[:, :-1].astype(float),
        "feature_names": names,
        "feature_units": units,
        "num_dropped_rows": len(table) - len(rows),
        "source": PENGUINS_SOURCE,
    }


def digits() -> dict:
    """Handwritten digits, 8 × 8 pixels of 0 to 16 → the digit."""
    source = f"Optical recognition of handwritten digits (Alpaydin and Kaynak 1998), {UCI}"
    return _from_scikit_learn("digits", "digit", source)


def wine() -> dict:
    """13 measurements of a wine → the cultivar (variety of grapes), one of three."""
    return _from_scikit_learn("wine", "cultivar", f"Wine (Aeberhard and Forina 1992), {UCI}")


def breast_cancer() -> dict:
    """30 measurements of cell nuclei → malignant or benign."""
    source = f"Breast cancer Wisconsin, diagnostic (Wolberg, Mangasarian, Street and Street 1993), {UCI}"
    return _from_scikit_learn("breast_cancer", "diagnosis", source)


def diabetes() -> dict:
    """Age, sex, body mass index, blood pressure and six serum measurements → progression after a year."""
    source = (
        "Diabetes: Efron, Hastie, Johnstone and Tibshirani (2004), Least Angle Regression; no licence stated; "
        "a copy comes with scikit-learn"
    )
    units = ("years", "", "kg/m²", "mmHg", *[""] * 6)
    raw = _from_scikit_learn("diabetes", "disease progression after one year", source, scaled=False)
    return raw | {"feature_units": units}


#: The bundled sets by name.
BUNDLED_DATA: dict[str, Callable[..., dict]] = {
    loader.__name__: loader for loader in (penguins, penguins_body_mass, digits, wine, breast_cancer, diabetes)
}


def _from_scikit_learn(name: str, target_name: str, source: str, **options: object) -> dict:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")(**options)
    return {
        "X": bunch["data"],
        "y": bunch["target"],
        "feature_names": tuple(feature.replace("_", " ") for feature in bunch["feature_names"]),
        "feature_units": ("",) * len(bunch["feature_names"]),
        "target_name": target_name,
        "class_names": tuple(map(str, bunch.get("target_names", ()))),
        "source": source,
    }
