"""The check of a loss of the learner's own: a network has to learn with it."""

from __future__ import annotations

import io
import math
import time
from contextlib import redirect_stdout

import torch
import torch.nn.functional as F

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.losses.exercises import gradient_of, why_no_loss
from mlp_tutorial.lessons.losses.own_loss import Criterion
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import training_steps
from mlp_tutorial.training.progress_bar import ProgressBar
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent

#: Validation accuracy that a network trained with a loss of the learner's own has to reach on the penguins.
GOOD_ACCURACY = 0.9
#: How long that takes at most, and the seconds of computing after which it gives up.
NUM_EPOCHS, MOST_SECONDS = 200, 2.0


@check
def check_own_loss(own_loss: Criterion) -> str:
    """Look whether a loss of the learner's own, `own_loss(logits, y)`, is one that a network can learn from."""
    draw = generator()
    y = torch.randint(3, (20,), generator=draw)
    logits = (2 * torch.randn(20, 3, generator=draw)).requires_grad_()
    loss = own_loss(logits, y)
    if why := why_no_loss(loss):
        raise NotYet(f"the loss of twenty samples: {why}")
    if not loss.isfinite():
        raise NotYet(f"The loss of twenty plain samples is {loss.item()}; it must be a finite number.")
    gradient = gradient_of("the loss of twenty samples", own_loss, loss, logits, y)
    if not gradient.isfinite().all():
        raise NotYet(
            "Its gradient holds nan or infinity, as that of a root of 0 does: the weights would be lost at once."
        )
    if not gradient.any():
        raise NotYet(
            "The gradient is 0 everywhere, so nothing would be learned: an argmax, a comparison or a rounding is flat. "
            "Use the logits or the probabilities themselves."
        )
    plain = logits.detach()
    twice = own_loss(torch.cat([plain, plain]), torch.cat([y, y]))
    if not torch.isclose(torch.as_tensor(twice).float(), loss.float(), rtol=1e-3):
        why = "take the mean over the batch, or the steps grow with it"
        if not torch.isclose(torch.as_tensor(twice).float(), 2 * loss.float(), rtol=1e-3):
            why = "it should be the mean of what each sample brings by itself"
        raise NotYet(f"Each sample given twice, the loss changes from {loss.item():.4g} to {float(twice):.4g}: {why}.")
    for rows, targets in ((plain[:2], torch.tensor([0, 1])), (plain[:1], torch.tensor([0]))):  # classes are missing
        if not torch.as_tensor(own_loss(rows, targets)).isfinite().all():
            raise NotYet(f"For a batch with the targets {targets.tolist()} alone the loss is not a finite number.")
    others = [own_loss(plain, (y + shift) % 3) for shift in (1, 2)]  # one alone may be as large by chance
    if all(torch.isclose(torch.as_tensor(other).float(), loss.float(), rtol=1e-4) for other in others):
        raise NotYet("The loss stays the same when every target is another one: it does not look at y.")
    if times := _times_cross_entropy(own_loss, plain, y):
        raise NotYet(f"This is cross-entropy {times}. Change it: what should it charge for, and how much?")
    best = 0.0
    for rate in (1.0, 0.1):
        accuracy = _accuracy_with(getattr(own_loss, "unguarded", own_loss), rate)
        if accuracy >= GOOD_ACCURACY:
            return (
                f"A loss of your own: with learning rate {rate:g} the network gets at least {percent(GOOD_ACCURACY)} of the "
                "validation penguins right."
            )
        best = max(best, accuracy)
    if gradient[torch.arange(20), y].sum() >= 0:
        raise NotYet(
            "Raising the logits of the right classes makes the loss larger, so training lowers them: turn the sign. "
            f"Trained with it, the network gets {percent(best)} of the validation penguins right."
        )
    raise NotYet(
        f"It is a loss, but not yet a good one: trained with it on the penguins, the network gets {percent(best)} "
        f"of the validation penguins right. Reach {percent(GOOD_ACCURACY)}."
    )


def _times_cross_entropy(own_loss: Criterion, logits: torch.Tensor, y: torch.Tensor) -> str:
    """Return how a loss differs from cross-entropy where its gradient has the same direction, "" where it has another."""
    lengths, sames = [], []
    for size in (0.5, 1.0, 2.0):
        z = (size * logits).requires_grad_()
        losses = own_loss(z, y), F.cross_entropy(z, y)
        own, right = (own_code(torch.autograd.grad, loss, z)[0] for loss in losses)
        lengths.append((own.norm() / right.norm()).item())
        if not torch.allclose(own, lengths[-1] * right, rtol=1e-3, atol=1e-5 * lengths[-1]):
            return ""
        sames.append(abs(losses[0].item() - losses[1].item()) < 1e-4)
    if all(sames):
        return "as it stands"
    times = f"times {lengths[0]:.4g}" if max(lengths) - min(lengths) < 1e-3 * lengths[0] else "in another form"
    times = "plus a number" if times == "times 1" else times
    return (
        f"{times}, which changes only the steps' length"
        if times != "plus a number"
        else f"{times}, which no step feels"
    )


def _accuracy_with(own_loss: Criterion, learning_rate: float) -> float:
    """Train until the validation accuracy is good at two looks in a row, for 200 epochs at most; return the last."""
    penguins, bar, started = load_dataset("penguins"), ProgressBar(NUM_EPOCHS, True, after=0.8), time.process_time()
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer, history, accuracies = torch.optim.SGD(model.parameters(), lr=learning_rate), History(), [0.0]
    steps = training_steps(
        model,
        (penguins.X_train, penguins.y_train),
        own_loss,
        optimizer,
        num_epochs=NUM_EPOCHS,
        history=history,
        pause_every=math.inf,
    )
    with redirect_stdout(io.StringIO()):
        for _ in steps:
            bar.update(len(history))
            if time.process_time() - started > MOST_SECONDS:
                raise NotYet(
                    f"After {MOST_SECONDS:.0f} seconds the training is not done: write the loss without a loop."
                )
            if len(history) % 20 == 0:
                accuracies.append(
                    (predict(model, penguins.X_validation) == penguins.y_validation).float().mean().item()
                )
                if min(accuracies[-2:]) >= GOOD_ACCURACY:
                    break
    bar.close()
    return 0.0 if history.diverged else accuracies[-1]
