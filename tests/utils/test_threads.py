"""Small networks train on one thread, and the number of threads is given back."""

import pytest
import torch

from mlp_tutorial import NeuralNetworkModel, train
from mlp_tutorial.utils.threads import is_small_work, one_thread


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_the_number_of_threads_is_given_back(three_threads):
    with pytest.raises(KeyError), one_thread():
        assert torch.get_num_threads() == 1
        raise KeyError
    assert torch.get_num_threads() == 3
    with one_thread(only_if=False):
        assert torch.get_num_threads() == 3


def test_small_work_is_small():
    assert is_small_work(NeuralNetworkModel(10, [64, 32], 3), 1000)
    assert not is_small_work(NeuralNetworkModel(784, [512, 512], 10), 256)


def test_a_small_network_trains_on_one_thread_and_a_large_one_on_all(three_threads):
    def threads_seen(width, num_samples):
        seen = set()

        def criterion(outputs, targets):
            seen.add(torch.get_num_threads())
            return (outputs - targets).square().mean()

        X = torch.zeros(num_samples, 100)
        model = NeuralNetworkModel(100, [width], 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        train(model, (X, X[:, :1]), criterion, optimizer, num_epochs=1)
        return seen

    assert threads_seen(8, 100) == {1}
    assert threads_seen(1000, 1000) == {3}
    assert torch.get_num_threads() == 3
