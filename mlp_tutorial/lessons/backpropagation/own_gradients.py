"""The learner's own gradients, in place of autograd's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons.shared.stand_ins import StandIn, stand_in
from mlp_tutorial.model import NeuralNetworkModel


class _OwnBackward(torch.autograd.Function):
    """A function of tensors whose backward pass is a learner's: `gradients(upstream, *inputs)`, one for each input."""

    @staticmethod
    def forward(ctx, function, gradients, *inputs):
        ctx.save_for_backward(*inputs)
        ctx.gradients = gradients
        return function(*inputs)

    @staticmethod
    def backward(ctx, upstream):
        return None, None, *ctx.gradients(upstream, *ctx.saved_tensors)


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

    def gradients(upstream, X, W, b):
        d_W, d_b, d_X = linear_gradient(X, W, upstream)
        return d_X, d_W, d_b

    class ModelWithYourGradients(NeuralNetworkModel):
        def forward(self, x):
            for _, layer in self.linear_layers():
                x = _OwnBackward.apply(F.linear, gradients, x, layer.weight, layer.bias)
                x = x if layer is self.output_layer else self.activation(x)
            return x  # (batch, output_size)

    return replace(chosen, function=NeuralNetworkModel if chosen.why else ModelWithYourGradients)


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

    def gradients(upstream, logits, y):
        return upstream * logits_gradient(logits, y), None

    def cross_entropy_with_your_gradient(logits, y):
        return _OwnBackward.apply(F.cross_entropy, gradients, logits, y)

    return replace(chosen, function=nn.CrossEntropyLoss() if chosen.why else cross_entropy_with_your_gradient)


def _linear_gradient(X, W, upstream):
    return upstream.T @ X, upstream.sum(0), upstream @ W
