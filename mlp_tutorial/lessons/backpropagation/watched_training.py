"""A small network to be trained by a learner, with a record of what happens to it, and the same steps taken beside."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import nn

from mlp_tutorial.lessons.shared.problems import problem_seed
from mlp_tutorial.utils.randomness import SeededRandomness


def sgd(parameters) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.5)


class WatchedTraining:
    """A small network and samples for it, with a record of what a learner's training does to them."""

    def __init__(self, num_samples: int, seed: int = 0, make_optimizer: Callable = sgd) -> None:
        with SeededRandomness(problem_seed(seed)):
            self.model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3))
            self.X, self.y = 5 * torch.randn(num_samples, 2), torch.randint(3, (num_samples,))
        self.data, self.make_optimizer = (self.X, self.y), make_optimizer
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.2)  # not the one that an answer may put in its place
        self.optimizer = make_optimizer(self.model.parameters())
        self.start, self.untrained = self.weights(), copy.deepcopy(self.model)
        self.events: list[str] = []
        self.seen: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []
        self.model.forward = self._keeping(self.model.forward, 0, self.seen)
        self.criterion.forward = self._keeping(self.criterion.forward, 1, self.targets)
        next(self.model.parameters()).register_hook(lambda gradient: self.events.append("backward"))
        self.optimizer.register_step_post_hook(lambda *arguments: self.events.append("step"))
        for owner in (self.optimizer, self.model):
            owner.zero_grad = self._noting(owner.zero_grad)

    @staticmethod
    def _keeping(forward: Callable, place: int, kept: list[torch.Tensor]) -> Callable:
        def keeping(*inputs: torch.Tensor) -> torch.Tensor:
            kept.append(inputs[place].detach().clone())
            return forward(*inputs)

        return keeping

    def _noting(self, zero_grad: Callable) -> Callable:
        def noted(*arguments: object, **options: object) -> None:
            self.events.append("zero")
            zero_grad(*arguments, **options)

        return noted

    def run(self, training: Callable, *settings: int) -> object:
        """Let the learner's function train."""
        return training(self.model, self.X, self.y, self.criterion, self.optimizer, *settings)

    def weights(self) -> torch.Tensor:
        return nn.utils.parameters_to_vector(self.model.parameters()).detach().clone()

    def moved(self) -> bool:
        return not torch.equal(self.weights(), self.start)

    def replay(
        self, batches: list, zero_grad: Sequence[int] | None = None, change: Callable = lambda logits: logits
    ) -> tuple[list[float], torch.Tensor]:
        """Train the network as it was at first, one step a batch; return the loss before each, and the weights at the end.

        `zero_grad` holds the numbers of the batches before which the gradients are emptied, by default all.
        """
        model, losses = copy.deepcopy(self.untrained), []
        optimizer, criterion = self.make_optimizer(model.parameters()), nn.CrossEntropyLoss(label_smoothing=0.2)
        for number, (X, y) in enumerate(batches):
            if zero_grad is None or number in zero_grad:
                optimizer.zero_grad()
            loss = criterion(change(model(X)), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, nn.utils.parameters_to_vector(model.parameters()).detach()
