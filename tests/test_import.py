"""`import mlp_tutorial` alone loads torch and nothing heavier: every learner's kernel pays for it."""

import subprocess
import sys

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
