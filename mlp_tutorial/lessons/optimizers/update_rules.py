"""Checks of the update rules that lesson 08 asks for: each walks fifty steps beside `torch.optim`, on a random problem."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence

import torch

from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import as_parts, as_tensor, compare
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator

NUM_STEPS, TOLERANCE = 50, 1e-5

#: `rule(weight, gradient, *memory, t, *numbers)` returns the new weight and the new memory.
Rule = Callable[..., tuple[torch.Tensor, ...]]
#: What a step must not return, as a rule returns it, each with its cause.
Mistakes = list[tuple[tuple[torch.Tensor, ...], str]]


class Problem:
    """A loss with a slope of its own for every weight, and noise on the gradient."""

    def __init__(self, shape: tuple[int, ...], num_steps: int) -> None:
        normal = functools.partial(torch.randn, generator=generator(len(shape)), dtype=torch.float64)
        self.start, self._goal, self._curvature = normal(shape), normal(shape), 0.2 + normal(shape).abs()
        self._noise = 0.3 * normal(num_steps, *shape)

    def _gradient(self, weight: torch.Tensor, t: int) -> torch.Tensor:
        return self._curvature * (weight - self._goal) + self._noise[t - 1]

    def path_of(self, make_optimizer: Callable, *numbers: float) -> torch.Tensor:
        """Let an optimizer of PyTorch walk; return the weights after each step, shape (steps, *shape)."""
        weight = self.start.clone().requires_grad_()
        optimizer = make_optimizer([weight], *numbers)
        path = []
        for t in range(1, len(self._noise) + 1):
            weight.grad = self._gradient(weight.detach(), t)
            optimizer.step()
            path.append(weight.detach().clone())
        return torch.stack(path)

    def steps(self, rule: Rule, num_memories: int, *numbers: float) -> Iterator[torch.Tensor]:
        """Let a rule walk; yield the weights after each step."""
        weight, memory = self.start, [torch.zeros_like(self.start)] * num_memories
        for t in range(1, len(self._noise) + 1):
            # Copies, for a rule may change in place what it is given.
            given = [weight.clone(), self._gradient(weight, t), *(part.clone() for part in memory)]
            weight, *memory = rule(*given, t, *numbers)
            yield weight


class NotFinite(NotYet):
    """A step led to nan or infinity; `weight` is where it led."""

    weight: torch.Tensor


def _usable(answers: tuple[str, ...], rule: Rule) -> Rule:
    """Return a learner's rule that complains of an answer that no next step can use."""

    def usable(weight: torch.Tensor, *rest: object) -> tuple[torch.Tensor, ...]:
        tensors = []
        for name, part in zip(answers, as_parts(rule(weight, *rest), answers), strict=True):
            if part is None:
                raise NotYet(f"{name}: expected a tensor, got None.")
            tensors.append(as_tensor(name, part, weight).double())
            if tensors[-1].shape != weight.shape:
                shapes = f"expected that of the weight, {tuple(weight.shape)}, got {tuple(tensors[-1].shape)}"
                raise NotYet(f"the shape of {name}: {shapes}.")
            if not tensors[-1].isfinite().all():
                kind = "nan" if tensors[-1].isnan().any() else "infinite"
                error = NotFinite(f"After step {rest[len(answers)]} {name} is {kind}.")
                error.weight = tensors[0] if len(tensors) == 1 else torch.full_like(weight, torch.nan)
                raise error
        return tuple(tensors)

    return usable


def _walk_beside(
    make_optimizer: Callable,
    answers: tuple[str, ...],
    rule: Rule,
    mistakes: Callable,
    numbers: Sequence[float],
    usual: Sequence[float],
) -> None:
    """Compare at the first step that is wrong, and name the mistake whose whole path is the learner's.

    The learner's `rule` and the table of `mistakes` take the same arguments: `answers` as they were (the weight and the
    memory) with the gradient after the weight, the number of the step, and `numbers`: the rate first. In the last walk
    the rule is given the rate alone, and has to take the `usual` numbers.
    """
    num_memories = len(answers) - 1
    causes = [cause for _, cause in mistakes(*[torch.zeros(())] * (num_memories + 2), 1, *numbers)]
    for shape, num_steps, used, handed in (
        ((3, 2), NUM_STEPS, numbers, numbers),
        ((4,), 5, numbers, numbers),
        ((), 5, usual, usual[:1]),
    ):
        problem = Problem(shape, num_steps)
        expected = problem.path_of(make_optimizer, *used)
        path, stopped = [], None
        try:
            path.extend(problem.steps(_usable(answers, rule), num_memories, *handed))
        except NotFinite as reason:
            stopped = reason
            path.append(reason.weight)
        wrong = [step for step, (own, right) in enumerate(zip(path, expected, strict=False)) if not _close(own, right)]
        if not wrong:
            continue
        likely = ""
        for number, cause in enumerate(causes):
            steps = problem.steps(lambda *given, number=number: mistakes(*given)[number][0], num_memories, *used)
            if all(_close(own, taken) or _both_lost(own, taken) for own, taken in zip(path, steps, strict=False)):
                likely = f" The likely cause: {cause}."
                break
        if stopped:
            ways = " A root of something below 0 leads there, a division by 0, or a return in another order."
            raise NotYet(f"{stopped}{likely or ways}")
        name = f"the weights after step {wrong[0] + 1}"
        if handed is not used and not likely:
            likely = " Nothing but the learning rate was given: keep the defaults of the exercise."
        try:
            compare(name, path[wrong[0]], expected[wrong[0]], tolerance=TOLERANCE)
        except NotYet as reason:
            raise NotYet(f"{reason}{likely}") from None


def _both_lost(*weights: torch.Tensor) -> bool:
    one, other = (weight.isfinite() for weight in weights)
    return not one.all() and torch.equal(one, other)


def _close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)


@check(changes=("inputs",))
def check_momentum_step(momentum_step: Callable) -> str:
    """Walk beside `torch.optim.SGD` with momentum.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl and G. Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013: PyTorch's momentum is theirs, with the learning rate outside the velocity.
    """
    rate, momentum = 0.07, 0.8

    def own(weight, gradient, velocity, t, *numbers):
        return momentum_step(weight, gradient, velocity, *numbers)

    def sgd(parameters, rate, momentum):
        return torch.optim.SGD(parameters, lr=rate, momentum=momentum)

    _walk_beside(sgd, ("weight", "velocity"), own, wrong_momentum_steps, (rate, momentum), (rate, 0.9))
    return f"For {NUM_STEPS} steps your weights were those of torch.optim.SGD, on a problem with noise."


def wrong_momentum_steps(weight, gradient, velocity, t, rate, momentum) -> Mistakes:
    """Return the known mistakes in a step of SGD with momentum."""
    right, averaged = momentum * velocity + gradient, momentum * velocity + (1 - momentum) * gradient
    both = momentum * (velocity + gradient)
    nesterov = gradient + momentum * right

    def moved(new_velocity, step=None):
        return weight - rate * (new_velocity if step is None else step), new_velocity

    return [
        (moved(averaged), "the gradient is multiplied by (1 − momentum); PyTorch adds it whole"),
        (moved(gradient), "the step follows the gradient alone: use the new velocity in the step, and return it"),
        (moved(right, velocity), "the weight moves by the velocity of the step before: renew the velocity first"),
        (moved(right, -right), "the step goes uphill: subtract"),
        (moved(velocity + gradient), "nothing is lost of the old velocity: multiply it by momentum"),
        (moved(both), "the new gradient is multiplied by momentum too; only the old velocity is"),
        (moved(right, nesterov), "that is Nesterov's step, which adds momentum × velocity to the gradient once more"),
        (moved(0.9 * velocity + gradient), "momentum is fixed at 0.9: use the argument"),
        (moved(right)[::-1], "the two are returned in the other order: return weight, velocity"),
        (moved(rate * right), "the learning rate is multiplied twice"),
        (moved(right, right / rate), "the learning rate is not used"),
    ]


@check(changes=("inputs",))
def check_adam_step(adam_step: Callable) -> str:
    """Walk beside `torch.optim.Adam`.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """
    numbers = 0.07, 0.75, 0.95, 0.008  # epsilon large enough for its place to be seen

    def adam(parameters, rate, beta1, beta2, epsilon):
        return torch.optim.Adam(parameters, lr=rate, betas=(beta1, beta2), eps=epsilon)

    usual = (numbers[0], 0.9, 0.999, 1e-8)
    _walk_beside(adam, ("weight", "m", "v"), adam_step, wrong_adam_steps, numbers, usual)
    return f"For {NUM_STEPS} steps your weights were those of torch.optim.Adam, on a problem with noise."


def _moved(weight, m, v, t, rate, beta1, beta2, epsilon):
    """Return the weight that Adam moves to by its new m and v, and these."""
    return weight - rate * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + epsilon), m, v


def _adam(weight, gradient, m, v, t, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
    return _moved(weight, m, v, t, rate, beta1, beta2, epsilon)


NOT_SQUARED = "v holds the gradient itself, and a root of something negative is nan: it is an average of *squares*"


def wrong_adam_steps(weight, gradient, m, v, t, rate, beta1, beta2, epsilon) -> Mistakes:
    """Return the known mistakes in a step of Adam."""
    given, numbers = (weight, gradient, m, v, t), (rate, beta1, beta2, epsilon)
    whole = beta1 * m + gradient, beta2 * v + gradient**2
    right, m, v = _adam(*given, *numbers)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    root, uncorrected, inside = v_hat.sqrt() + epsilon, v.sqrt() + epsilon, (v_hat + epsilon).sqrt()

    def along(direction, root):
        return weight - rate * direction / root, m, v

    return [
        (along(m, uncorrected), "the bias correction is missing: divide m by 1 − beta1**t and v by 1 − beta2**t"),
        (along(m, root), "m is not corrected: divide it by 1 − beta1**t"),
        (along(m_hat, uncorrected), "v is not corrected: divide it by 1 − beta2**t"),
        (_moved(weight, m, v, 1, *numbers), "the correction is the same at every step: the betas take the power t"),
        (_moved(weight, m, v, t + 1, *numbers), "the power is t + 1, but the first step has t = 1 already"),
        (along(m_hat, inside), "epsilon stands inside the root; it is added after the root is taken"),
        (along(m_hat, v_hat + epsilon), "the root is missing: divide by the square root of the corrected v"),
        (
            (right, m_hat, v_hat),
            "the corrected m and v are returned, so that the next step corrects them once more: "
            "return m and v as they were",
        ),
        (_moved(weight, *whole, t, *numbers), "the new gradient counts in full: it gets the share 1 − beta"),
        (along(-m_hat, root), "the step goes uphill: subtract"),
        (
            _moved(weight, m, v, t - 1, *numbers),
            "1 − beta**(t − 1) is 0 in the first step, where t = 1, or a root is taken of numbers below 0",
        ),
        (_moved(weight, m, given[3] * beta2 + (1 - beta2) * gradient, t, *numbers), NOT_SQUARED),
        (along(gradient, root), "the step follows the gradient alone: it takes the corrected m"),
        (_adam(*given, rate, beta2, beta1, epsilon), "the betas are swapped: beta1 belongs to m, beta2 to v"),
        (_adam(*given, rate, beta1, beta2), "epsilon is fixed at 1e-8, or missing: use the argument"),
        (_adam(*given, rate, epsilon=epsilon), "the betas are fixed at 0.9 and 0.999: use the arguments"),
        (_adam(*given, rate), "all three numbers are fixed at their usual values: use the arguments"),
    ]


@check(changes=("inputs",))
def check_adamw_step(adamw_step: Callable) -> str:
    """Walk beside `torch.optim.AdamW`, with the usual betas.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", ICLR 2019.
    """
    own = inspect.unwrap(adamw_step)
    own_adam = getattr(own, "__globals__", {}).get("adam_step")
    uses_it = own_adam is not None and "adam_step" in own.__code__.co_names
    if uses_it and check_adam_step(own_adam).status == "not yet":
        raise NotYet("It calls your adam_step, which is not right yet: see the check of exercise 2 first.")

    def adamw(parameters, rate, decay):
        return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)

    _walk_beside(adamw, ("weight", "m", "v"), adamw_step, wrong_adamw_steps, (0.07, 0.35), (0.07, 0.01))
    return f"For {NUM_STEPS} steps your weights were those of torch.optim.AdamW."


def wrong_adamw_steps(weight, gradient, m, v, t, rate, decay) -> Mistakes:
    """Return the known mistakes in a step of AdamW."""
    rest = (m, v, t, rate)
    coupled = _adam(weight, gradient + decay * weight, *rest)
    without_rate, growing = (_adam(weight * share, gradient, *rest) for share in (1 - decay, 1 + rate * decay))
    plain = moved, *memory = _adam(weight, gradient, *rest)
    return [
        (
            coupled,
            "that is L2: the decay went into the gradient, and Adam divides it away again. Shrink the weight itself",
        ),
        (without_rate, "the weight shrinks by weight_decay in every step: multiply it by the learning rate"),
        ((moved * (1 - rate * decay), *memory), "the weight shrinks after the step: AdamW shrinks it before"),
        (_adam(weight * (1 - rate * 0.01), gradient, *rest), "weight_decay is fixed at 0.01: use the argument"),
        (growing, "the weight grows: it is 1 − learning_rate × weight_decay"),
        (plain, "nothing shrinks the weight: this is plain Adam"),
    ]
