"""Seeded randomness against `torch.manual_seed`, and the global state before and after."""

import numpy as np
import pytest
import torch

from mlp_tutorial.utils.randomness import SeededRandomness, seeded_generator


@pytest.fixture
def untouched():
    torch.manual_seed(99)
    before = torch.get_rng_state()
    yield
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_follows_the_seed_as_manual_seed_does(seed, untouched):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        expected = torch.rand(5), torch.randn(3), torch.randperm(10)
    with SeededRandomness(seed):
        drawn = torch.rand(5), torch.randn(3), torch.randperm(10)
    assert all(torch.equal(a, b) for a, b in zip(drawn, expected, strict=True))


def test_the_global_stream_goes_on_as_if_nothing_had_been(untouched):
    with torch.random.fork_rng():
        expected = torch.rand(2), torch.rand(2)
    with torch.random.fork_rng():
        first = torch.rand(2)
        with SeededRandomness(3):
            torch.rand(1000)
        assert torch.equal(first, expected[0]) and torch.equal(torch.rand(2), expected[1])


def test_entering_again_goes_on_where_the_last_block_stopped(untouched):
    with SeededRandomness(1):
        expected = torch.rand(6)
    randomness = SeededRandomness(1)
    drawn = []
    for _ in range(3):
        with randomness:
            drawn.append(torch.rand(2))
    assert torch.equal(torch.cat(drawn), expected)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_in_the_block_gives_the_state_back(error, untouched):
    randomness = SeededRandomness(1)
    with pytest.raises(error), randomness:
        torch.rand(5)
        raise error
    with SeededRandomness(1):
        torch.rand(5)
        expected = torch.rand(2)
    with randomness:
        assert torch.equal(torch.rand(2), expected)


def test_an_interrupt_while_the_state_is_given_back(untouched, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), SeededRandomness(1):
        torch.rand(5)
        monkeypatch.setattr(torch, "get_rng_state", interrupted)
    monkeypatch.undo()


@pytest.mark.parametrize("seed", [1.5, "0", None, True, np.True_, np.float64(1)], ids=repr)
@pytest.mark.parametrize("make", [SeededRandomness, seeded_generator])
def test_a_seed_that_is_no_whole_number(make, seed):
    with pytest.raises(TypeError) as error:
        make(seed)
    assert str(error.value) == f"seed must be a whole number, such as 0; it is {seed!r}."


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_numpy_cannot_take(seed):
    with pytest.raises(ValueError, match=rf"at least 0 and less than 2\*\*32; it is {seed}\."):
        seeded_generator(seed)


def test_numpys_whole_numbers_are_seeds():
    assert torch.equal(SeededRandomness(np.int64(5)).state, SeededRandomness(5).state)
    assert seeded_generator(np.int32(5)).initial_seed() == 5
