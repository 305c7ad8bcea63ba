"""A trained model in a file, with all that its predictions need: `save_model` and `load_model`."""

from __future__ import annotations

import io
import os
import pickle
import secrets
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from .data.dataset import Dataset, as_float64
from .model import ACTIVATIONS, NeuralNetworkModel, activation_name
from .training.evaluation import predict
from .utils.wording import listed
from .version import __version__

if TYPE_CHECKING:
    import numpy as np

#: What the first entry of every file says, and the newest layout of the entries that this module can read.
FORMAT, FORMAT_VERSION = "mlp_tutorial model", 1
#: What is kept of a `Dataset`: everything but its rows.
DESCRIPTION: dict[str, type] = {
    "name": str,
    "task": str,
    "feature_names": tuple,
    "feature_units": tuple,
    "target_name": str,
    "target_unit": str,
    "class_names": tuple,
    "feature_mean": torch.Tensor,
    "feature_std": torch.Tensor,
    "target_mean": float,
    "target_std": float,
}


class ModelFileError(ValueError):
    """A file that holds no model, or none that can be read safely and whole."""


@dataclass(frozen=True, repr=False, eq=False)
class SavedModel:
    """A model from a file, with what belongs to it.

    Attributes
    ----------
    model : NeuralNetworkModel
        The model, in `eval()` mode and on the CPU. It takes standardised features.
    library_version : str
        The version of this library that saved it.
    name, task, feature_names, feature_units, target_name, target_unit, class_names
        As in the `Dataset` that it was trained on; all empty if it was saved without one.
    feature_mean, feature_std : Tensor of shape (features,), or None
        The standardisation of the features.
    target_mean, target_std : float
        The standardisation of the target of a regression.
    """

    model: NeuralNetworkModel
    library_version: str
    name: str = ""
    task: str = ""
    feature_names: tuple[str, ...] = ()
    feature_units: tuple[str, ...] = ()
    target_name: str = ""
    target_unit: str = ""
    class_names: tuple[str, ...] = ()
    feature_mean: torch.Tensor | None = None
    feature_std: torch.Tensor | None = None
    target_mean: float = 0.0
    target_std: float = 1.0

    def predict(
        self, raw_X: torch.Tensor | np.ndarray | Sequence, *, probabilities: bool = False
    ) -> list[str] | torch.Tensor:
        """Predict from features in their own units, as they were measured.

        Parameters
        ----------
        raw_X : Tensor, array or sequence of shape (rows, features) or (features,)
            Measurements in `feature_units`, in the order of `feature_names`.
        probabilities : bool, default False
            For classification: return the probability of every class in place of the likeliest class.

        Returns
        -------
        list of str, or Tensor
            Classification: the name of the class for each row, or probabilities of shape (rows, classes).
            Regression: values in `target_unit`, shape (rows, 1).

        Raises
        ------
        ValueError
            If the model was saved without its data set, or the number of features is another.
        """
        if self.feature_mean is None:
            raise ValueError(
                "This model was saved without its standardisation, so it cannot take features in their units. "
                "Save it with save_model(path, model, dataset=dataset), or give standardised features to .model."
            )
        raw = as_float64("raw_X", raw_X)
        if raw.ndim == 1:
            raw = raw.unsqueeze(0)
        if raw.ndim != 2 or raw.shape[1] != len(self.feature_names):
            raise ValueError(
                f"raw_X must have shape (rows, {len(self.feature_names)}), a column a feature "
                f"({listed(self.feature_names, most=8)}); it has shape {tuple(raw.shape)}."
            )
        X = ((raw - self.feature_mean) / self.feature_std).to(self.model.output_layer.weight.dtype)  # (rows, features)
        answers = predict(self.model, X, task=self.task, probabilities=probabilities)
        if self.task == "regression":
            return answers * self.target_std + self.target_mean  # (rows, 1)
        return answers if probabilities else [self.class_names[index] for index in answers.tolist()]

    def __repr__(self) -> str:
        return (
            f"SavedModel of mlp_tutorial {self.library_version}: {', '.join(self.feature_names) or 'features'} → "
            f"{self.target_name or 'outputs'}\n{self.model!r}"
        )


def save_model(path: str | os.PathLike, model: NeuralNetworkModel, *, dataset: Dataset | None = None) -> None:
    """Save a model to a file, from which `load_model` makes it again.

    A file that is already there is replaced at the end, in one step: if saving is interrupted, it is left as it was.

    Parameters
    ----------
    path : str or path
        The file, such as "penguins.pt".
    model : NeuralNetworkModel
        The model: its sizes, the name of its activation and its weights are saved.
    dataset : Dataset, optional
        What it was trained on. Its names, units and standardisation are saved too, so that the loaded model can
        predict from features in their units; its rows are not.

    Raises
    ------
    TypeError, ValueError
        If the model is of another class, or does not fit the data set.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from mlp_tutorial import NeuralNetworkModel, load_dataset
    >>> penguins = load_dataset("penguins")
    >>> model = NeuralNetworkModel(penguins.input_size, [8], penguins.output_size)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(f"{folder}/penguins.pt", model, dataset=penguins)
    ...     saved = load_model(f"{folder}/penguins.pt")
    >>> saved.feature_names, saved.predict([[39.1, 18.7]])[0] in penguins.class_names
    (('bill length', 'bill depth'), True)
    """
    if type(model) is not NeuralNetworkModel:
        raise TypeError(
            f"save_model saves a NeuralNetworkModel of this library; it was given a {type(model).__name__}. "
            "Try torch.save(model.state_dict(), path)."
        )
    # Clones, since a view would take all the numbers behind it into the file.
    contents = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "library_version": __version__,
        "input_size": model.input_size,
        "hidden_sizes": model.hidden_sizes,
        "output_size": model.output_size,
        "activation": activation_name(model.activation),
        "own_activation": model.activation not in ACTIVATIONS.values(),
        "weights": {name: value.cpu().clone() for name, value in model.state_dict().items()},
        "description": None,
    }
    if dataset is not None:
        if (dataset.input_size, dataset.output_size) != (model.input_size, model.output_size):
            raise ValueError(
                f"The data set has {dataset.input_size} features and needs {dataset.output_size} outputs; the model "
                f"has {model.input_size} and {model.output_size}. Give the data set that it was trained on."
            )
        contents["description"] = {key: getattr(dataset, key) for key in DESCRIPTION}
    buffer = io.BytesIO()
    torch.save(contents, buffer)
    _write_in_one_step(Path(path), buffer.getvalue())


def load_model(
    path: str | os.PathLike, *, activation: Callable[[torch.Tensor], torch.Tensor] | None = None
) -> SavedModel:
    """Load a model that `save_model` saved. Nothing in the file is run, whoever made it.

    Parameters
    ----------
    path : str or path
        The file.
    activation : callable, optional
        Needed for, and only for, a model whose activation is a function of your own: a file cannot hold it.

    Returns
    -------
    SavedModel
        The model, its names and units, and `predict` for features in their units.

    Raises
    ------
    FileNotFoundError, OSError
        If there is no such file, or it cannot be read.
    ModelFileError
        If the file is truncated, something else, from a newer version, or holds objects that could run code. It is a
        `ValueError`.
    ValueError
        If `activation` is missing or is not needed.
    """
    path = Path(path)
    contents = _read_contents(path)
    own_activation = contents["own_activation"]
    if own_activation and activation is None:
        raise ValueError(
            f"The activation of this model, {contents['activation']!r}, is a function of your own, which a file cannot "
            "hold. Define it as it was, and give it: load_model(path, activation=...)."
        )
    if activation is not None and not own_activation:
        raise ValueError(
            f"The activation of this model, {contents['activation']!r}, is in the file: leave activation out."
        )
    try:
        with torch.device("meta"):  # no random weights are drawn that would be overwritten at once
            model = NeuralNetworkModel(
                contents["input_size"],
                contents["hidden_sizes"],
                contents["output_size"],
                activation or contents["activation"],
            )
        model.load_state_dict(contents["weights"], assign=True)
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise ModelFileError(f"{path} is damaged: its weights do not fit its sizes.") from error
    return SavedModel(model.eval(), contents["library_version"], **(contents["description"] or {}))


def _write_in_one_step(path: Path, contents: bytes) -> None:
    path = path.resolve()  # through a link, to the file itself
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file in it, such as {path / 'model.pt'}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"The folder {path.parent} does not exist: make it first, or save elsewhere.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise type(error)(f"The model could not be saved to {path}: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _read_contents(path: Path) -> dict[str, object]:
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; give the name of a file that save_model wrote.")
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"There is no file {path}: check the name, and the folder you are in.") from error
    except OSError as error:
        raise type(error)(f"{path} cannot be read: {error.strerror or error}.") from error
    foreign = f"{path} is not a file that save_model wrote."
    if not raw:
        raise ModelFileError(f"{path} is empty. Save the model again.")
    if not raw.startswith(b"PK\x03\x04"):
        raise ModelFileError(foreign)
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            # torch compresses nothing; a small file could unfold to fill the memory.
            raise ModelFileError(foreign)
        if archive.testzip():  # the name of an entry whose checksum is wrong
            raise zipfile.BadZipFile
        contents = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
    except ModelFileError:
        raise
    except zipfile.BadZipFile as error:
        raise ModelFileError(f"{path} is truncated or damaged. Copy it again, or save the model again.") from error
    except pickle.UnpicklingError as error:
        raise ModelFileError(
            f"{path} holds more than numbers and names, which could run code when it is loaded. It was not loaded."
        ) from error
    except Exception as error:  # whatever a damaged or foreign archive makes of torch's reader
        raise ModelFileError(foreign) from error
    if not isinstance(contents, dict) or contents.get("format") != FORMAT:
        raise ModelFileError(foreign)
    version = contents.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise ModelFileError(
            f"{path} was saved by a newer mlp_tutorial ({contents.get('library_version')}); this one is "
            f"{__version__}. Update it."
        )
    if not _is_complete(contents):
        raise ModelFileError(f"{path} is damaged: something is missing in it, or of the wrong kind.")
    return contents


def _is_complete(contents: dict[str, object]) -> bool:
    """Check every entry's kind, and of the description also how many there are of each."""
    kinds = {
        "format_version": int,
        "library_version": str,
        "input_size": int,
        "hidden_sizes": list,
        "output_size": int,
        "activation": str,
        "own_activation": bool,
        "weights": dict,
    }
    if not all(isinstance(contents.get(key), kind) for key, kind in kinds.items()):
        return False
    weights = contents["weights"]
    # Counted before layers are made: a few bytes could ask for a million of them.
    if len(weights) < 2 * (len(contents["hidden_sizes"]) + 1) or not all(map(_is_plain_tensor, weights.values())):
        return False
    description = contents.get("description")
    if description is None:
        return True
    if not isinstance(description, dict) or description.keys() != DESCRIPTION.keys():
        return False
    if not all(isinstance(description[key], kind) for key, kind in DESCRIPTION.items()):
        return False
    num_features, num_classes = contents["input_size"], len(description["class_names"])
    return (
        description["task"] == ("classification" if num_classes else "regression")
        and (num_classes or 1) == contents["output_size"]
        and all(len(description[key]) == num_features for key in ("feature_names", "feature_units"))
        and all(description[key].shape == (num_features,) for key in ("feature_mean", "feature_std"))
        and all(
            isinstance(n, str) for key in ("feature_names", "feature_units", "class_names") for n in description[key]
        )
    )


def _is_plain_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point() and value.layout is torch.strided
