"""A trained model in a file, with all that its predictions need: `save_model` and `load_model`."""

from __future__ import annotations

import io
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import torch

from .data.dataset import Dataset
from .data.description import Description
from .model import ACTIVATIONS, Activation, NeuralNetworkModel, activation_name
from .training.evaluation import predict
from .version import __version__

#: What every file says that it is, and the newest layout of its entries that this module can read.
FORMAT, FORMAT_VERSION = "mlp_tutorial model", 1
SIZES = "input_size", "hidden_sizes", "output_size"


class ModelFileError(ValueError):
    """A file that holds no model, or none that can be read safely and whole."""


@dataclass(frozen=True, repr=False, eq=False)
class SavedModel:
    """A model from a file, with what belongs to it."""

    model: NeuralNetworkModel  # in eval() mode and on the CPU; it takes standardised features
    library_version: str  # of the library that saved it
    description: Description | None = None  # of the `Dataset` that it was trained on, if it was saved with one

    def __post_init__(self) -> None:
        model, data = self.model, self.description
        if data is not None and (data.input_size, data.output_size) != (model.input_size, model.output_size):
            needs = f"has {data.input_size} features and needs {data.output_size} outputs"
            has = f"the model has {model.input_size} and {model.output_size}"
            raise ValueError(f"The data set {needs}; {has}. Give the data set that it was trained on.")

    def predict(self, raw_X: object, *, probabilities: bool = False) -> list[str] | torch.Tensor:
        """Predict from features in their own units, as they were measured.

        Parameters
        ----------
        raw_X : pandas.DataFrame, Series, dict or list of dicts; Tensor, array or sequence
            Rows with the names of the table's columns, in any order, texts and all; or numbers in the order of
            `description.feature_names`, of shape (rows, features) or (features,).
        probabilities : bool, default False
            For classification: return probabilities of shape (rows, classes) in place of names.

        Returns
        -------
        list of str, or Tensor
            A class name for each row; of a regression, values of shape (rows, 1) in the target's unit.

        Raises
        ------
        TypeError, ValueError
            If the model was saved without its data set, a column or a value is missing, or a category is new.
        """
        data = self.description
        if data is None:
            why = "This model was saved without its standardisation, so it cannot take features in their units."
            advice = "Save it with save_model(model, path, dataset=dataset), or give standardised features to .model."
            raise ValueError(f"{why} {advice}")
        X = torch.atleast_2d(data.standardise(raw_X)).to(self.model.output_layer.weight.dtype)  # (rows, features)
        answers = predict(self.model, X, task=data.task, probabilities=probabilities)
        if data.task == "regression":
            return data.target_in_units(answers)
        return answers if probabilities else [data.class_names[index] for index in answers.tolist()]

    def __repr__(self) -> str:
        data = self.description
        columns = f": {', '.join(data.feature_names)} → {data.target_name}" if data else ""
        return f"SavedModel of mlp_tutorial {self.library_version}{columns}\n{self.model!r}"


def save_model(model: NeuralNetworkModel, path: str | os.PathLike, *, dataset: Dataset | None = None) -> None:
    """Save a model to a file, from which `load_model` makes it again.

    A file that is already there is replaced at the end, in one step: if saving is interrupted, it is left as it was.

    Parameters
    ----------
    model : NeuralNetworkModel
        The model: its sizes, the name of its activation and its weights are saved.
    path : str or path
        The file, such as "penguins.pt".
    dataset : Dataset, optional
        What it was trained on. Its names, units and standardisation are saved too, so that the loaded model can
        predict from features in their units; its rows are not.

    Raises
    ------
    TypeError, ValueError, OSError
        If the model is of another class, does not fit the data set, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from mlp_tutorial import NeuralNetworkModel, load_dataset
    >>> penguins = load_dataset("penguins")
    >>> model = NeuralNetworkModel(penguins.input_size, [8], penguins.output_size)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, f"{folder}/penguins.pt", dataset=penguins)
    ...     saved = load_model(f"{folder}/penguins.pt")
    >>> saved.description.feature_names, saved.predict([[39.1, 18.7]])[0] in penguins.class_names
    (('bill length', 'bill depth'), True)
    """
    if type(model) is not NeuralNetworkModel:
        what = "a NeuralNetworkModel of this library, the model first, as torch.save does. Try save_model(model, path)"
        other = f"it was given a {type(model).__name__}, which torch.save(model.state_dict(), path) may save"
        raise TypeError(f"save_model takes {what}; {other}.")
    description = dataset and dataset.description()
    SavedModel(model, __version__, description)  # it refuses a data set that does not fit
    contents = {
        **{"format": FORMAT, "format_version": FORMAT_VERSION, "library_version": __version__},
        **{key: getattr(model, key) for key in SIZES},
        "activation": activation_name(model.activation),
        "own_activation": model.activation not in ACTIVATIONS.values(),
        # Clones, since a view would take all the numbers behind it into the file.
        "weights": {name: value.cpu().clone() for name, value in model.state_dict().items()},
        "description": description and vars(description),
    }
    torch.save(contents, buffer := io.BytesIO())
    _write_in_one_step(Path(path).resolve(), buffer.getvalue())  # through a link, to the file itself


def load_model(path: str | os.PathLike, *, activation: Activation | None = None) -> SavedModel:
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
    OSError, ModelFileError
        If there is no such file; if it is truncated, no model, newer than this library, or could run code.
    ValueError
        If `activation` is missing or is not needed.
    """
    with Path(path).open("rb") as file:
        try:
            contents = torch.load(file, map_location="cpu", weights_only=True)
            if contents["format"] != FORMAT:
                raise ValueError(contents["format"])
        except Exception as error:  # whatever a truncated or foreign file makes of torch's reader, or holds instead
            raise ModelFileError(
                f"{path} is no model that save_model wrote: it is another file, was cut short, or holds objects that "
                "could run code. Nothing in it was run. Copy the file again, or save the model again."
            ) from error
    if contents.get("format_version") != FORMAT_VERSION:
        version = contents.get("library_version")
        raise ModelFileError(f"{path} is of a newer mlp_tutorial, {version}; update this one, {__version__}.")
    if bool(contents.get("own_activation")) != (activation is not None):
        own = "a function of your own, which a file cannot hold. Define it, and give it: load_model(path, activation=...)."
        advice = "in the file: leave activation out." if activation else own
        raise ValueError(f"The activation of this model, {contents.get('activation')!r}, is {advice}")
    try:
        with torch.device("meta"):  # no random weights are drawn that would be overwritten at once
            model = NeuralNetworkModel(*map(contents.__getitem__, SIZES), activation or contents["activation"])
        model.load_state_dict(contents["weights"], assign=True)
        description = contents["description"] and Description(**contents["description"])
        return SavedModel(model.eval(), contents["library_version"], description)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise ModelFileError(f"{path} is damaged: what is in it does not fit together.") from error


def _write_in_one_step(path: Path, contents: bytes) -> None:
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
