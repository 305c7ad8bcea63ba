"""The checks of lesson 05's exercises on gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F

from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.problems import generator


@check(parts=3)
def check_linear_gradient(linear_gradient: Callable) -> str:
    """Compare `linear_gradient(X, W, upstream)` with autograd on several layers."""
    normal = partial(torch.randn, generator=generator())
    cases = [
        (
            "",
            {
                "X": torch.tensor([[1.0, 2, 0], [0, 1, -1]]),
                "W": torch.tensor([[2.0, 1, 0]]),
                "upstream": torch.tensor([[1.0], [3]]),
            },
        )
    ]
    for batch, inputs, outputs in ((40, 3, 2), (3, 3, 3), (1, 2, 4)):
        cases.append(
            ("", {"X": normal(batch, inputs), "W": normal(outputs, inputs), "upstream": normal(batch, outputs)})
        )
    compare_calls(linear_gradient, _linear_gradient, cases, _LINEAR_MISTAKES)
    return "Your three gradients are autograd's, for a layer drawn at random."


def _linear_gradient(X: torch.Tensor, W: torch.Tensor, upstream: torch.Tensor) -> tuple[torch.Tensor, ...]:
    W, b, X = W.clone().requires_grad_(), torch.zeros(len(W), requires_grad=True), X.clone().requires_grad_()
    return torch.autograd.grad(F.linear(X, W, b), (W, b, X), upstream)


_LINEAR_MISTAKES = {
    "d_W": """
        right.T  # it is transposed: a gradient has the shape of its parameter, here (outputs, inputs)
        right / len(X)  # it is divided by the batch size, but the upstream gradient carries the loss's 1/n already
        -right  # its sign is turned: the gradient points uphill, and it is the optimizer that subtracts it
        upstream @ W  # the three gradients are returned in another order than d_W, d_b, d_X
        upstream.sum(0)  # the three gradients are returned in another order than d_W, d_b, d_X
    """,
    "d_b": """
        upstream  # it is not summed over the batch: one bias serves every sample, so their gradients add up
        upstream.sum(0, keepdim=True)  # the sum kept a dimension: leave keepdim out
        upstream.sum(1)  # it is summed over the outputs; the batch is dimension 0
        upstream.sum()  # it is summed over everything; the batch is dimension 0: sum(0)
        right / len(X)  # it is divided by the batch size, but the upstream gradient carries the loss's 1/n already
        upstream.T @ X  # the three gradients are returned in another order than d_W, d_b, d_X
        upstream @ W  # the three gradients are returned in another order than d_W, d_b, d_X
    """,
    "d_X": """
        right.T  # it is transposed: it has the shape of X, (batch, inputs)
        right / len(X)  # it is divided by the batch size, but the upstream gradient carries the loss's 1/n already
        upstream.sum(0)  # the three gradients are returned in another order than d_W, d_b, d_X
        upstream.T @ X  # the three gradients are returned in another order than d_W, d_b, d_X
    """,
}


@check
def check_logits_gradient(logits_gradient: Callable) -> str:
    """Compare `logits_gradient(logits, y)` with autograd, for several numbers of classes."""
    draw = generator()
    problems = [([[0.0, 0], [1, 0]], [1, 0])]
    problems += [
        (torch.randn(len(y), classes, generator=draw), y)
        for classes, y in ((3, [0, 2, 1, 2, 0]), (4, 20 * [1, 0, 1]), (5, [2]))
    ]
    cases = [("the gradient of the logits", {"logits": torch.as_tensor(z), "y": torch.tensor(y)}) for z, y in problems]

    mistakes = """
        right * len(y)  # the factor 1/n is missing: the loss is the mean over the batch
        -right  # its sign is turned: probabilities minus one-hot targets
        right / logits.shape[1]  # it is divided by the number of all logits; n is the number of samples
        logits.softmax(1) / len(y)  # the targets are not subtracted: 1 from the probability of the right class
        logits.softmax(1)  # the targets are not subtracted, and the factor 1/n is missing
        (logits.softmax(0) - F.one_hot(y, logits.shape[1])) / len(y)
            # the softmax runs over the batch: each row, dimension 1, must sum to 1
        (logits.softmax(1) - y) / len(y)
            # y holds class numbers: subtract 1 where a row's class is, as nn.functional.one_hot(y, …) has it
        (logits.sigmoid() - F.one_hot(y, logits.shape[1])) / len(y)
            # that is a sigmoid of each logit; the classes exclude each other, so take a softmax
        (logits.softmax(1) - F.one_hot(y, logits.shape[1]).amax(0)) / len(y)
            # p[:, y] takes every row for every target: index with both, [arange(n), y]
        (logits - F.one_hot(y, logits.shape[1])) / len(y)
            # the softmax is missing: probabilities, not logits, minus one-hot targets
    """

    def right(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        logits = logits.clone().requires_grad_()
        return torch.autograd.grad(F.cross_entropy(logits, y), logits)[0]

    compare_calls(logits_gradient, right, cases, mistakes)
    return "Predicted probabilities minus what was true, over n: that is all that cross-entropy sends back."
