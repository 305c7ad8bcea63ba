"""The learner's own gradients, in place of autograd's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons.shared.stand_ins import StandIn, stand_in
from mlp_tutorial.model import NeuralNetworkModel


class _OwnLinear(torch.autograd.Function):
    """A linear layer whose backward pass is a learner's function."""

    @staticmethod
    def forward(ctx, X, W, b, linear_gradient):
        ctx.save_for_backward(X, W)
        ctx.linear_gradient = linear_gradient
        return F.linear(X, W, b)  # (batch, outputs)

    @staticmethod
    def backward(ctx, upstream):
        X, W = ctx.saved_tensors
        d_W, d_b, d_X = ctx.linear_gradient(X, W, upstream)
        return d_X, d_W, d_b, None


class _OwnCrossEntropy(torch.autograd.Function):
    """Cross-entropy whose backward pass is a learner's function."""

    @staticmethod
    def forward(ctx, logits, y, logits_gradient):
        ctx.save_for_backward(logits, y)
        ctx.logits_gradient = logits_gradient
        return F.cross_entropy(logits, y)

    @staticmethod
    def backward(ctx, upstream):
        return upstream * ctx.logits_gradient(*ctx.saved_tensors), None, None


def model_with(linear_gradient: Callable) -> StandIn:
    """Return a model class whose linear layers run backwards through a learner's function.

    Parameters
    ----------
    linear_gradient : callable
        `linear_gradient(X, W, upstream)` returns d_W, d_b and d_X. Where it would stop the notebook, autograd's
        gradients are used.

    Returns
    -------
    StandIn
        Its `function` is a subclass of `NeuralNetworkModel`; for `explore_training(model_class=...)`.
    """
    trials = [(torch.ones(batch, 3), torch.ones(2, 3), torch.ones(batch, 2)) for batch in (6, 1)]
    chosen = stand_in(linear_gradient, _linear_gradient, *trials, noun="linear_gradient", called="autograd")
    if chosen.why:
        return replace(chosen, function=NeuralNetworkModel)

    class ModelWithYourGradients(NeuralNetworkModel):
        def forward(self, x):
            for _, layer in self.linear_layers():
                x = _OwnLinear.apply(x, layer.weight, layer.bias, linear_gradient)
                x = x if layer is self.output_layer else self.activation(x)
            return x  # (batch, output_size)

    return replace(chosen, function=ModelWithYourGradients)


def cross_entropy_with(logits_gradient: Callable) -> StandIn:
    """Return the cross-entropy loss, run backwards through a learner's function.

    Parameters
    ----------
    logits_gradient : callable
        `logits_gradient(logits, y)` returns a gradient of the logits' shape. Where it would stop the notebook,
        autograd's is used.

    Returns
    -------
    StandIn
        Its `function` is a criterion; for `explore_training(criterion=...)`.
    """
    trials = [(torch.ones(batch, 3), torch.ones(batch, dtype=torch.long)) for batch in (6, 1)]
    chosen = stand_in(logits_gradient, lambda logits, y: logits, *trials, noun="logits_gradient", called="autograd")
    if chosen.why:
        return replace(chosen, function=nn.CrossEntropyLoss())

    def cross_entropy_with_your_gradient(logits, y):
        return _OwnCrossEntropy.apply(logits, y, logits_gradient)

    return replace(chosen, function=cross_entropy_with_your_gradient)


def _linear_gradient(X, W, upstream):
    return upstream.T @ X, upstream.sum(0), upstream @ W
