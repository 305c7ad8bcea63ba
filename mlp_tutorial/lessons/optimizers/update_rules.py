"""Checks of the update rules that lesson 08 asks for: each walks fifty steps beside `torch.optim`, on a random problem."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch

from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator

NUM_STEPS, TOLERANCE = 50, 1e-6

#: `rule(weight, gradient, *memory, t)` returns the new weight and the new memory.
Rule = Callable[..., tuple[torch.Tensor, ...]]


class Problem:
    """A loss with a slope of its own for every weight, and noise on the gradient, both drawn at random.

    Attributes
    ----------
    start : float64 Tensor of shape (3, 2)
        The weights before the first step.
    """

    def __init__(self, draw: torch.Generator) -> None:
        normal = functools.partial(torch.randn, generator=draw, dtype=torch.float64)
        self.start = normal(3, 2)
        self._goal, self._curvature = normal(3, 2), 0.2 + normal(3, 2).abs()
        self._noise = 0.3 * normal(NUM_STEPS, 3, 2)

    def gradient(self, weight: torch.Tensor, t: int) -> torch.Tensor:
        """Return the gradient at some weights in step t, counted from 1."""
        return self._curvature * (weight - self._goal) + self._noise[t - 1]

    def path_of(self, optimizer_class: type[torch.optim.Optimizer], **options: object) -> torch.Tensor:
        """Let an optimizer of PyTorch walk; return the weights after each step, shape (steps, 3, 2)."""
        weight = self.start.clone().requires_grad_()
        optimizer = optimizer_class([weight], **options)
        path = []
        for t in range(1, NUM_STEPS + 1):
            weight.grad = self.gradient(weight.detach(), t)
            optimizer.step()
            path.append(weight.detach().clone())
        return torch.stack(path)

    def path(self, rule: Rule, num_memories: int) -> torch.Tensor:
        """Let a rule walk; return the weights after each step, shape (steps, 3, 2)."""
        weight, memory = self.start, [torch.zeros_like(self.start)] * num_memories
        path = []
        for t in range(1, NUM_STEPS + 1):
            # Copies, for a rule may change in place what it is given.
            given = [weight.clone(), self.gradient(weight, t), *(part.clone() for part in memory), t]
            weight, *memory = rule(*given)
            path.append(weight)
        return torch.stack(path)


def _watched(answers: tuple[str, ...], rule: Rule) -> Rule:
    """Return a learner's rule that complains of an answer that no next step can use."""

    def watched(weight: torch.Tensor, *rest: object) -> tuple[torch.Tensor, ...]:
        answer = rule(weight, *rest)
        if not isinstance(answer, tuple) or len(answer) != len(answers):
            number = {2: "two", 3: "three"}[len(answers)]
            raise NotYet(f"Return {number} tensors, in this order: return {', '.join(answers)}.")
        for name, part in zip(answers, answer, strict=True):
            compare(f"the shape of {name}", torch.as_tensor(getattr(part, "shape", ())), torch.tensor(weight.shape))
        if any(part.isnan().any() for part in answer):
            raise NotYet(
                f"After step {rest[-1]} a weight is nan. Is a root taken of something negative, or 0 divided by 0? "
                "What stands under the root is an average of *squares*."
            )
        return tuple(part.detach() for part in answer)

    return watched


def _judge(path: torch.Tensor, expected: torch.Tensor, causes: list[tuple[torch.Tensor, str]]) -> None:
    """Compare at the first step that is wrong, and name the cause whose whole path is the learner's."""
    same = torch.isclose(path, expected, rtol=TOLERANCE, atol=TOLERANCE).flatten(1).all(1)  # (steps,)
    if same.all():
        return
    step = int((~same).int().argmax())
    likely = [
        (wrong[step], cause) for wrong, cause in causes if torch.allclose(wrong, path, rtol=TOLERANCE, atol=TOLERANCE)
    ]
    compare(f"the weights after step {step + 1}", path[step], expected[step], tolerance=TOLERANCE, causes=likely)


# SGD with momentum ---------------------------------------------------------------------------------------------


@check
def check_momentum_step(momentum_step: Callable) -> str:
    """Walk beside `torch.optim.SGD` with momentum.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013: PyTorch's momentum is theirs, with the learning rate outside the velocity.
    """
    draw = fresh_generator()
    problem = Problem(draw)
    rate, momentum = _between(draw, 0.02, 0.1), _between(draw, 0.6, 0.85)

    def own(weight, gradient, velocity, t):
        return momentum_step(weight, gradient, velocity, rate, momentum)

    wrong = {
        "the gradient is multiplied by (1 − momentum); PyTorch adds it whole": lambda w, g, v: _moved(
            w, momentum * v + (1 - momentum) * g, rate
        ),
        "the step follows the gradient alone: use the new velocity in the step, and return it": lambda w, g, v: _moved(
            w, g, rate
        ),
        "the weight moves by the velocity of the step before: renew the velocity first": lambda w, g, v: (
            w - rate * v,
            momentum * v + g,
        ),
        "the step goes uphill: subtract": lambda w, g, v: _moved(w, momentum * v + g, -rate),
        "nothing is lost of the old velocity: multiply it by momentum": lambda w, g, v: _moved(w, v + g, rate),
        "the new gradient is multiplied by momentum too; only the old velocity is": lambda w, g, v: _moved(
            w, momentum * (v + g), rate
        ),
        "that is Nesterov's step, which adds momentum × velocity to the gradient once more": lambda w, g, v: (
            w - rate * (g + momentum * (momentum * v + g)),
            momentum * v + g,
        ),
        "momentum is fixed at 0.9: use the argument": lambda w, g, v: _moved(w, 0.9 * v + g, rate),
    }
    causes = [(problem.path(lambda w, g, v, t, rule=rule: rule(w, g, v), 1), cause) for cause, rule in wrong.items()]
    expected = problem.path_of(torch.optim.SGD, lr=rate, momentum=momentum)
    _judge(problem.path(_watched(("weight", "velocity"), own), 1), expected, causes)
    return f"For {NUM_STEPS} steps your weights were those of torch.optim.SGD, on a problem drawn at random."


def _moved(weight: torch.Tensor, velocity: torch.Tensor, rate: float) -> tuple[torch.Tensor, torch.Tensor]:
    return weight - rate * velocity, velocity


# Adam ----------------------------------------------------------------------------------------------------------


class Adam:
    """Adam's rule, with its typical mistakes on request; every mistake is off by default."""

    def __init__(self, rate: float, beta1: float, beta2: float, epsilon: float, decay: float = 0.0, **mistakes: object):
        self.rate, self.beta1, self.beta2, self.epsilon, self.decay = rate, beta1, beta2, epsilon, decay
        self.mistakes = mistakes

    def __call__(self, weight, gradient, m, v, t):
        wrong = self.mistakes.get
        decay, beta1, beta2 = self.decay, self.beta1, self.beta2
        if wrong("coupled"):
            gradient = gradient + decay * weight
        elif wrong("decay_without_rate"):
            weight = weight * (1 - decay)
        elif not wrong("decay_last"):
            weight = weight * (1 - self.rate * decay)
        share = (1, 1) if wrong("whole") else (1 - beta1, 1 - beta2)
        m = beta1 * m + share[0] * gradient
        v = beta2 * v + share[1] * (gradient if wrong("not_squared") else gradient**2)
        power = {"first_correction": 1, "late_correction": t + 1}.get(wrong("correction"), t)
        m_hat = m if wrong("m_raw") else m / (1 - beta1**power)
        v_hat = v if wrong("v_raw") else v / (1 - beta2**power)
        root = v_hat if wrong("no_root") else v_hat.sqrt() + self.epsilon
        if wrong("no_root"):
            root = v_hat + self.epsilon
        if wrong("epsilon_inside"):
            root = (v_hat + self.epsilon).sqrt()
        weight = weight - (-1 if wrong("uphill") else 1) * self.rate * m_hat / root
        if wrong("decay_last"):
            weight = weight * (1 - self.rate * decay)
        return (weight, m_hat, v_hat) if wrong("returns_corrected") else (weight, m, v)


ADAM_MISTAKES = {
    "the bias correction is missing: divide m by 1 − beta1**t and v by 1 − beta2**t": {"m_raw": True, "v_raw": True},
    "m is not corrected: divide it by 1 − beta1**t": {"m_raw": True},
    "v is not corrected: divide it by 1 − beta2**t": {"v_raw": True},
    "the correction is the same at every step: the betas take the power t": {"correction": "first_correction"},
    "the power is t + 1, but the first step has t = 1 already": {"correction": "late_correction"},
    "epsilon stands inside the root; it is added after the root is taken": {"epsilon_inside": True},
    "the root is missing: divide by the square root of the corrected v": {"no_root": True},
    "the corrected m and v are returned, so that the next step corrects them once more: return m and v as they were": {
        "returns_corrected": True
    },
    "the new gradient counts in full: it gets the share 1 − beta": {"whole": True},
    "the step goes uphill: subtract": {"uphill": True},
}


@check
def check_adam_step(adam_step: Callable) -> str:
    """Walk beside `torch.optim.Adam`.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """
    draw = fresh_generator()
    problem = Problem(draw)
    rate, beta1, beta2 = _between(draw, 0.02, 0.1), _between(draw, 0.6, 0.85), _between(draw, 0.9, 0.99)
    epsilon = _between(draw, 0.005, 0.01)  # large enough for its place to be seen

    def own(weight, gradient, m, v, t):
        return adam_step(weight, gradient, m, v, t, rate, beta1, beta2, epsilon)

    numbers = (rate, beta1, beta2, epsilon)
    wrong = {cause: Adam(*numbers, **mistakes) for cause, mistakes in ADAM_MISTAKES.items()}
    wrong |= {
        "the betas are swapped: beta1 belongs to m, beta2 to v": Adam(rate, beta2, beta1, epsilon),
        "epsilon is fixed at 1e-8: use the argument": Adam(rate, beta1, beta2, 1e-8),
        "the betas are fixed at 0.9 and 0.999: use the arguments": Adam(rate, 0.9, 0.999, epsilon),
        "all three numbers are fixed at their usual values: use the arguments": Adam(rate, 0.9, 0.999, 1e-8),
    }
    causes = [(problem.path(rule, 2), cause) for cause, rule in wrong.items()]
    expected = problem.path_of(torch.optim.Adam, lr=rate, betas=(beta1, beta2), eps=epsilon)
    _judge(problem.path(_watched(("weight", "m", "v"), own), 2), expected, causes)
    return f"For {NUM_STEPS} steps your weights were those of torch.optim.Adam, on a problem drawn at random."


# AdamW ---------------------------------------------------------------------------------------------------------


@check
def check_adamw_step(adamw_step: Callable) -> str:
    """Walk beside `torch.optim.AdamW`, with the usual betas.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """
    draw = fresh_generator()
    problem = Problem(draw)
    rate, decay = _between(draw, 0.02, 0.1), _between(draw, 0.2, 0.5)

    def own(weight, gradient, m, v, t):
        return adamw_step(weight, gradient, m, v, t, rate, decay)

    numbers = (rate, 0.9, 0.999, 1e-8)
    wrong = {
        "that is L2: the decay went into the gradient, and Adam divides it away again. Shrink the weight itself": Adam(
            *numbers, decay, coupled=True
        ),
        "the weight shrinks by weight_decay in every step: multiply it by the learning rate": Adam(
            *numbers, decay, decay_without_rate=True
        ),
        "the weight shrinks after the step: AdamW shrinks it before": Adam(*numbers, decay, decay_last=True),
        "the weight grows: it is 1 − learning_rate × weight_decay": Adam(*numbers, -decay),
        "nothing shrinks the weight: this is plain Adam": Adam(*numbers),
    }
    causes = [(problem.path(rule, 2), cause) for cause, rule in wrong.items()]
    expected = problem.path_of(torch.optim.AdamW, lr=rate, weight_decay=decay)
    _judge(problem.path(_watched(("weight", "m", "v"), own), 2), expected, causes)
    return f"For {NUM_STEPS} steps your weights were those of torch.optim.AdamW."


def _between(draw: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * torch.rand((), generator=draw).item()
