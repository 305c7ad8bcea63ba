"""The network of the digits is the one that early stopping leaves."""

import torch

from mlp_tutorial.lessons.putting_it_together.digit_network import MOST_EPOCHS, PATIENCE, RECIPE, digit_network
from mlp_tutorial.training.loop import train

MODEL, DIGITS, BEST_EPOCH = digit_network()


def test_the_network_is_the_one_that_train_makes_with_early_stopping(capsys):
    model, criterion, optimizer = RECIPE.build()
    history = train(model, DIGITS, criterion, optimizer, num_epochs=MOST_EPOCHS, batch_size=64, patience=PATIENCE)
    assert history.best_epoch == BEST_EPOCH and "Stopped early" in capsys.readouterr().out
    assert torch.equal(model(DIGITS.X_test), MODEL(DIGITS.X_test))
    again, _, _ = digit_network()
    again.output_layer.weight.data.zero_()
    assert torch.equal(digit_network()[0].output_layer.weight, MODEL.output_layer.weight)
