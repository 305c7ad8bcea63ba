"""The two species of lesson 01, and one neuron's loss and gradient against NumPy in double precision."""

import numpy as np
import pytest
import torch

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.lessons.neurons.neuron_explorer import NEURON_ACTIVATIONS
from mlp_tutorial.lessons.neurons.one_neuron import load_two_species, measure, neuron_with


def test_two_species_are_the_rows_of_the_file_without_gentoos_standardised_anew():
    import pandas as pd

    table = pd.read_csv(PENGUINS_FILE).dropna(subset=["bill_length_mm", "bill_depth_mm"])
    bills = {
        number: {
            (round(row.bill_length_mm, 1), round(row.bill_depth_mm, 1))
            for row in table[table.species == species].itertuples()
        }
        for number, species in enumerate(("Adelie", "Chinstrap"))
    }
    dataset = load_two_species()
    assert dataset.class_names == ("Adelie", "Chinstrap")
    rows = 0
    for part in ("train", "validation", "test"):
        X, y = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
        rows += len(X)
        for bill, number in zip(dataset.unstandardise(X).tolist(), y.tolist(), strict=True):
            assert tuple(round(value, 1) for value in bill) in bills[number]
    assert rows == table.species.isin(["Adelie", "Chinstrap"]).sum()
    np.testing.assert_allclose(dataset.X_train.double().mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(dataset.X_train.double().std(0, correction=0), 1, atol=1e-5)


@pytest.mark.parametrize("activation", NEURON_ACTIVATIONS)
def test_loss_and_gradient_are_those_of_numpy_in_double_precision(activation):
    dataset = load_two_species()
    X, y = dataset.X_train.double().numpy(), dataset.y_train.numpy()
    bend = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
        "identity": lambda z: z,
    }[activation]

    def loss(numbers):
        return np.mean((bend(X @ numbers[:2] + numbers[2]) - y) ** 2)

    at = np.array([0.7, -0.4, 0.3])
    measured = measure(neuron_with(activation), torch.tensor([0.7, -0.4]), torch.tensor(0.3), dataset)
    assert measured.loss == pytest.approx(loss(at), abs=1e-6)
    assert measured.accuracy == pytest.approx(np.mean((bend(X @ at[:2] + at[2]) > 0.5) == (y == 1)))
    for place, name in enumerate(("w1", "w2", "b")):
        nudge = 1e-6 * np.eye(3)[place]
        slope = (loss(at + nudge) - loss(at - nudge)) / 2e-6
        assert measured.gradient[name] == pytest.approx(slope, abs=1e-5)
