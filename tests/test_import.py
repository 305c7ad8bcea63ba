"""`import mlp_tutorial` alone loads nothing, and training no more than torch: every learner's kernel pays for it."""

import subprocess
import sys

import pytest

import mlp_tutorial

HEAVY = ["sklearn", "pandas", "matplotlib", "ipywidgets", "tqdm", "scipy", "PIL", "IPython"]
PROGRAM = """
import sys
import torch
import numpy
loaded_by_torch = set(sys.modules)
import mlp_tutorial
{then}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - loaded_by_torch}}))
"""


def loaded(then=""):
    command = [sys.executable, "-c", PROGRAM.format(then=then)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_package_loads_nothing_heavy():
    names = loaded()
    assert "mlp_tutorial" in names
    assert [name for name in HEAVY if name in names] == []


def test_the_package_alone_does_not_even_load_torch():
    program = "import sys, mlp_tutorial; print('torch' in sys.modules, 'train' in dir(mlp_tutorial))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("name", mlp_tutorial.__all__)
def test_every_public_name_is_there(name):
    assert getattr(mlp_tutorial, name).__name__ == name if name != "ACTIVATIONS" else mlp_tutorial.ACTIVATIONS


def test_a_name_that_is_not_there_is_said_to_be_missing():
    with pytest.raises(AttributeError, match="module 'mlp_tutorial' has no attribute 'trian'"):
        mlp_tutorial.trian  # noqa: B018


def test_the_test_would_notice():
    assert "sklearn" in loaded("import sklearn")


def test_a_short_training_loads_nothing_heavy_either():
    then = """
X = torch.zeros(4, 1)
model = mlp_tutorial.NeuralNetworkModel(1, [3], 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
mlp_tutorial.train(model, (X, X), torch.nn.MSELoss(), optimizer, num_epochs=2, validation_fraction=0.5)
mlp_tutorial.evaluate(model, (X, X), torch.nn.MSELoss())
"""
    names = loaded(then)
    assert [name for name in HEAVY if name in names] == []


def test_the_penguins_and_the_toy_sets_load_neither_pandas_nor_scikit_learn():
    sets = "penguins penguins_body_mass moons circles xor gaussians spiral"
    names = loaded(f"for name in {sets.split()!r}: mlp_tutorial.load_dataset(name)")
    assert [name for name in HEAVY if name in names] == []
