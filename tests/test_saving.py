"""What is loaded equals what was saved; an old file survives an interruption; no other file is taken for a model."""

import io
import os
import pickle
import re
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from mlp_tutorial import __version__, saving
from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel
from mlp_tutorial.saving import ModelFileError, load_model, save_model


def a_model(dataset, hidden_sizes=(8,), activation="relu"):
    return NeuralNetworkModel(dataset.input_size, hidden_sizes, dataset.output_size, activation=activation)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.fixture
def penguins():
    return load_dataset("penguins")


@pytest.fixture
def saved_file(tmp_path, penguins):
    path = tmp_path / "penguins.pt"
    save_model(a_model(penguins), path, dataset=penguins)
    return path


def contents_of(path):
    return torch.load(path, weights_only=True)


def refused(path):
    """Return the sentence with which `load_model` refuses a file."""
    with pytest.raises(ModelFileError) as error:
        load_model(path)
    assert isinstance(error.value, ValueError) and str(path) in str(error.value)
    return str(error.value)


# There and back


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden_sizes", [[], [8], [5, 4, 3]])
def test_architecture_and_weights_come_back(tmp_path, penguins, hidden_sizes, activation):
    model = a_model(penguins, hidden_sizes, activation)
    save_model(model, tmp_path / "model.pt")
    loaded = load_model(tmp_path / "model.pt").model
    assert repr(loaded) == repr(model) and loaded.activation is model.activation and not loaded.training
    assert loaded.state_dict().keys() == model.state_dict().keys()
    assert torch.equal(loaded(penguins.X_test), model(penguins.X_test))
    assert all(parameter.requires_grad and parameter.device.type == "cpu" for parameter in loaded.parameters())
    loaded(penguins.X_test).sum().backward()


@pytest.mark.parametrize("name", ["penguins", "penguins_body_mass", "wine", "digits", "diabetes", "moons"])
def test_names_units_and_standardisation_come_back(tmp_path, name):
    dataset = load_dataset(name)
    save_model(a_model(dataset), tmp_path / "model.pt", dataset=dataset)
    saved = load_model(tmp_path / "model.pt")
    for key, value in vars(saved.description).items():
        expected = getattr(dataset, key)
        assert torch.equal(value, expected) if isinstance(value, torch.Tensor) else value == expected, key
    assert len(vars(saved.description)) == 12
    assert saved.library_version == __version__


def test_classes_are_predicted_from_features_in_their_units(tmp_path, penguins):
    model = a_model(penguins)
    save_model(model, tmp_path / "model.pt", dataset=penguins)
    saved = load_model(tmp_path / "model.pt")
    raw = penguins.X_test.double() * penguins.feature_std.double() + penguins.feature_mean.double()
    logits = model(penguins.X_test).detach()
    classes = [penguins.class_names[index] for index in logits.argmax(1).tolist()]
    assert len(set(classes)) > 1  # else the order of the rows would not matter
    for rows in (raw, raw.numpy(), raw.tolist()):
        assert saved.predict(rows) == classes
    assert saved.predict(raw[0].tolist()) == classes[:1]
    assert torch.allclose(saved.predict(raw, probabilities=True), logits.softmax(1), atol=1e-6)


def test_values_are_predicted_in_their_units(tmp_path):
    dataset = load_dataset("penguins_body_mass")
    model = a_model(dataset).double()
    save_model(model, tmp_path / "model.pt", dataset=dataset)
    raw = dataset.unstandardise(dataset.X_test)
    in_units = load_model(tmp_path / "model.pt").predict(raw)
    expected = dataset.target_in_units(model(dataset.X_test.double()).detach())
    assert in_units.shape == (len(raw), 1) and in_units.mean() > 1000
    assert torch.allclose(in_units.float(), expected, rtol=1e-4)


def test_of_many_features_a_complaint_names_a_few(tmp_path):
    digits = load_dataset("digits")
    save_model(NeuralNetworkModel(64, [], 10), tmp_path / "digits.pt", dataset=digits)
    with pytest.raises(ValueError, match=r"\(pixel 0 0, .*, pixel 0 7 and 56 more\); it has shape \(1, 63\)"):
        load_model(tmp_path / "digits.pt").predict(torch.zeros(1, 63))


def test_predict_says_what_it_needs(tmp_path, saved_file):
    with pytest.raises(ValueError, match=re.escape("(rows, 2), a column a feature (bill length, bill depth)")):
        load_model(saved_file).predict([[1.0, 2.0, 3.0]])
    save_model(NeuralNetworkModel(2, [], 2), tmp_path / "bare.pt")
    with pytest.raises(ValueError, match="save_model\\(model, path, dataset=dataset\\)"):
        load_model(tmp_path / "bare.pt").predict([[1.0, 2.0]])


def test_the_repr_names_features_and_target(saved_file):
    assert repr(load_model(saved_file)).startswith(
        f"SavedModel of mlp_tutorial {__version__}: bill length, bill depth → species\nNeuralNetworkModel: 2 -> 8"
    )


def test_neither_saving_nor_loading_draws_random_numbers_or_changes_the_model(tmp_path, penguins):
    model = a_model(penguins)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    random_state = torch.get_rng_state()
    save_model(model, tmp_path / "model.pt", dataset=penguins)
    load_model(tmp_path / "model.pt")
    assert torch.equal(torch.get_rng_state(), random_state) and model.training
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())


def test_a_view_does_not_take_the_numbers_behind_it_into_the_file(tmp_path):
    model = NeuralNetworkModel(2, [], 2)
    model.output_layer.weight.data = torch.zeros(1000, 2, 2)[7]
    save_model(model, tmp_path / "model.pt")
    assert (tmp_path / "model.pt").stat().st_size < 5_000


# Activations of one's own


def squared_relu(x):
    return x.relu() ** 2


@pytest.mark.parametrize("activation", [squared_relu, nn.PReLU(init=0.1), lambda x: x.sin()])
def test_an_activation_of_ones_own_is_asked_for_when_loading(tmp_path, penguins, activation):
    model = a_model(penguins, activation=activation)
    save_model(model, tmp_path / "model.pt")
    with pytest.raises(ValueError, match=r"function of your own.*activation=\.\.\."):
        load_model(tmp_path / "model.pt")
    again = nn.PReLU(init=0.9) if isinstance(activation, nn.PReLU) else activation
    loaded = load_model(tmp_path / "model.pt", activation=again).model
    assert torch.equal(loaded(penguins.X_test), model(penguins.X_test))


def test_an_activation_that_the_file_names_is_not_replaced(saved_file):
    with pytest.raises(ValueError, match="'relu', is in the file: leave activation out"):
        load_model(saved_file, activation=torch.tanh)


# What cannot be saved


def test_another_class_is_not_saved_as_if_it_were_this_one(tmp_path):
    class Mine(NeuralNetworkModel):
        pass

    for model in (nn.Linear(2, 2), Mine(2, [], 2), {"weights": 1}):
        with pytest.raises(TypeError, match=f"it was given a {type(model).__name__}"):
            save_model(model, tmp_path / "model.pt")
    assert not list(tmp_path.iterdir())


def test_the_path_first_is_named(tmp_path):
    for path in (tmp_path / "model.pt", str(tmp_path / "model.pt")):
        with pytest.raises(TypeError, match=r"the model first, as torch.save does. Try save_model\(model, path\)"):
            save_model(path, NeuralNetworkModel(2, [], 2))


def test_a_data_set_that_does_not_fit_is_refused(tmp_path, penguins):
    with pytest.raises(ValueError, match="has 2 features and needs 3 outputs; the model has 4 and 3"):
        save_model(NeuralNetworkModel(4, [8], 3), tmp_path / "model.pt", dataset=penguins)
    assert not list(tmp_path.iterdir())


# Interruptions


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("where", ["write", "fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file_and_nothing_else(tmp_path, saved_file, monkeypatch, error, where):
    before = saved_file.read_bytes()

    def fail(*arguments):
        raise error

    if where == "write":
        opened = Path.open

        def open_and_fail_midway(path, *arguments):
            file = opened(path, *arguments)

            class Half:
                def __enter__(self):
                    return self

                def __exit__(self, *exception):
                    file.close()

                def write(self, contents):
                    file.write(contents[: len(contents) // 2])
                    fail()

            return Half()

        monkeypatch.setattr(Path, "open", open_and_fail_midway)
    else:
        monkeypatch.setattr(os, where, fail)
    with pytest.raises(type(error), match="No space left" if isinstance(error, OSError) else None):
        save_model(NeuralNetworkModel(2, [4], 2), saved_file)
    monkeypatch.undo()
    assert saved_file.read_bytes() == before and list(tmp_path.iterdir()) == [saved_file]
    save_model(NeuralNetworkModel(2, [4], 2), saved_file)
    assert load_model(saved_file).model.hidden_sizes == [4] and list(tmp_path.iterdir()) == [saved_file]


def test_the_bytes_are_on_the_disk_before_the_old_file_goes(saved_file, monkeypatch):
    steps = []
    monkeypatch.setattr(os, "fsync", lambda descriptor, fsync=os.fsync: (steps.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(os, "replace", lambda *paths, replace=os.replace: (steps.append("replace"), replace(*paths)))
    save_model(NeuralNetworkModel(2, [4], 2), saved_file)
    assert steps == ["fsync", "replace"]


def test_a_link_stays_a_link(tmp_path, saved_file):
    link = tmp_path / "link.pt"
    link.symlink_to(saved_file)
    save_model(NeuralNetworkModel(2, [4], 2), link)
    assert link.is_symlink() and load_model(saved_file).model.hidden_sizes == [4]


# Files that are no models


def test_every_truncation_is_refused(tmp_path, saved_file):
    raw = saved_file.read_bytes()
    path = tmp_path / "part.pt"
    for length in [0, *range(4, len(raw), 97), len(raw) - 1]:
        path.write_bytes(raw[:length])
        assert "was cut short" in refused(path)


def a_zip(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in files.items():
            archive.writestr(name, contents)
    return buffer.getvalue()


def from_torch(contents, **options):
    buffer = io.BytesIO()
    torch.save(contents, buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"bill_length,species\n39.1,Adelie\n",
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(50),
        a_zip(notes="hello"),
        from_torch({"weight": torch.zeros(2)}),
        from_torch(torch.zeros(2)),
        from_torch([1, 2]),
        from_torch({"weight": torch.zeros(2)}, _use_new_zipfile_serialization=False),
        pickle.dumps({"format": saving.FORMAT}),
    ],
    ids=["text", "png", "zip", "state dict", "tensor", "list", "old torch", "pickle"],
)
def test_foreign_files_are_refused(tmp_path, raw):
    path = tmp_path / "foreign.pt"
    path.write_bytes(raw)
    assert "is no model that save_model wrote" in refused(path)


class Hostile:
    """Makes the file at `path` when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_a_pickle_that_executes_is_refused_and_does_not_execute(tmp_path, saved_file):
    path, executed = tmp_path / "hostile.pt", tmp_path / "executed"
    for contents in (Hostile(executed), {**contents_of(saved_file), "weights": Hostile(executed)}):
        torch.save(contents, path)
        assert "could run code" in refused(path) and not executed.exists()
    for raw in (pickle.dumps(Hostile(executed)), from_torch(Hostile(executed), _use_new_zipfile_serialization=False)):
        path.write_bytes(raw)
        assert "is no model that save_model wrote" in refused(path) and not executed.exists()
    torch.save(Hostile(executed), path)
    torch.load(path, weights_only=False)
    assert executed.exists()  # it would have


def test_a_file_of_a_newer_version_says_so(tmp_path, saved_file):
    path = tmp_path / "newer.pt"
    torch.save({**contents_of(saved_file), "format_version": 2, "library_version": "7.0", "weights": "new"}, path)
    assert f"newer mlp_tutorial, 7.0; update this one, {__version__}" in refused(path)


def without(key):
    return lambda contents: contents.pop(key)


def with_(key, value):
    return lambda contents: contents.update({key: value})


def described(key, value):
    return lambda contents: contents["description"].update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        without("weights"),
        without("library_version"),
        without("description"),
        with_("weights", {}),
        with_("weights", {"output_layer.weight": "text"}),
        lambda contents: contents["weights"].update({"output_layer.bias": torch.zeros(3).int()}),
        with_("hidden_sizes", [9]),
        with_("hidden_sizes", ["8"]),
        with_("hidden_sizes", [10**12]),
        with_("input_size", 2**62),
        with_("input_size", -1),
        with_("activation", "exec"),
        with_("description", "text"),
        with_("description", {}),
        described("task", "regression"),
        described("task", "ranking"),
        described("class_names", ("a", "b")),
        described("class_names", (1, 2, 3)),
        described("feature_names", ("a",)),
        described("feature_units", ("mm", "mm", "mm")),
        described("feature_mean", torch.zeros(3)),
        described("feature_std", [1.0, 1.0]),
        described("target_mean", "0"),
        described("surprise", 1),
    ],
)
def test_what_is_missing_or_of_the_wrong_kind_is_noticed(tmp_path, saved_file, change):
    contents, path = contents_of(saved_file), tmp_path / "changed.pt"
    torch.save(contents, path)
    load_model(path)
    change(contents)
    torch.save(contents, path)
    assert "is damaged" in refused(path)


# Paths


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: .*absent.pt"):
        load_model(tmp_path / "absent.pt")


def test_paths_that_cannot_be_written_are_explained(tmp_path, monkeypatch):
    model = NeuralNetworkModel(2, [], 2)
    with pytest.raises(FileNotFoundError, match=r"The folder .*absent does not exist"):
        save_model(model, tmp_path / "absent" / "model.pt")
    with pytest.raises(IsADirectoryError, match=r"could not be saved to .*: Is a directory"):
        save_model(model, tmp_path)

    def refuse(path, *arguments):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError, match=r"could not be saved to .*model.pt: Permission denied\."):
        save_model(model, str(tmp_path / "model.pt"))
    assert not list(tmp_path.iterdir())
