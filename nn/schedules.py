"""Schedules: what the learning rate is at each step of training.

A schedule is any function `step -> learning_rate`, with steps counted from 0, so one can be
plotted, tabulated and combined without an optimizer or a training loop:

    for step, batch in enumerate(batches):
        optimizer.learning_rate = schedule(step)
        ...

The ones below are small immutable objects rather than closures, so that they print what they are,
compare equal, and can be pickled. Their classes are written in lower case, as `functools.partial`
is, because they are used as functions. After its last step, a schedule stays where it ended.
Each raises a TypeError for what is no number of its kind, and a ValueError for one out of range.
"""
# ruff: noqa: N801

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial

from nn.common.checks import kind, real, settle, whole
from nn.common.spelling import SpelledOut

__all__ = [
    "Schedule",
    "by_epoch",
    "constant",
    "cosine",
    "exponential_decay",
    "linear",
    "one_cycle",
    "step_decay",
    "warmup",
]

Schedule = Callable[[int], float]

_RATE = {"check": partial(real, at_least=0)}
_FRACTION = {"check": partial(real, at_least=0, below=1)}
_FACTOR = {"check": partial(real, above=0, at_most=1)}
_POSITIVE = {"check": partial(real, above=0)}
_COUNT = {"check": partial(whole, at_least=1)}


@dataclass(frozen=True, slots=True)
class _Checked(SpelledOut):
    """What all schedules share: each number is looked at as its field says."""

    def __post_init__(self) -> None:
        for each in fields(self):
            if check := each.metadata.get("check"):
                settle(self, **{each.name: check(each.name, getattr(self, each.name))})


@dataclass(frozen=True, slots=True)
class constant(_Checked):
    """The same learning rate at every step.

    Args:
        learning_rate: At least 0.

    Example:
        >>> schedule = constant(0.1)
        >>> schedule(0), schedule(1000)
        (0.1, 0.1)
    """

    learning_rate: float = field(metadata=_RATE)

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        _checked(step)
        return self.learning_rate


@dataclass(frozen=True, slots=True)
class linear(_Checked):
    """A straight line from `start` at step 0 to `end` at step `steps`, and `end` from there on.

    Formula: `start + (end - start) * t` with `t = min(step / steps, 1)`. Both ends are met exactly.

    Args:
        start: At least 0.
        end: At least 0.
        steps: At least 1.

    Example:
        >>> schedule = linear(1.0, 0.0, steps=4)
        >>> [schedule(step) for step in range(6)]
        [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    start: float = field(metadata=_RATE)
    end: float = field(metadata=_RATE)
    steps: int = field(metadata=_COUNT)

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        return _between(self.start, self.end, min(_checked(step) / self.steps, 1.0))


@dataclass(frozen=True, slots=True)
class step_decay(_Checked):
    """The learning rate is multiplied by `factor` after every `every` steps: a staircase.

    Formula: `learning_rate * factor ** (step // every)`.

    Args:
        learning_rate: That of step 0, at least 0.
        factor: Above 0 and at most 1.
        every: At least 1.

    Example:
        >>> schedule = step_decay(1.0, factor=0.5, every=2)
        >>> [schedule(step) for step in range(6)]
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    learning_rate: float = field(metadata=_RATE)
    factor: float = field(metadata=_FACTOR)
    every: int = field(metadata=_COUNT)

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        return self.learning_rate * self.factor ** (_checked(step) // self.every)


@dataclass(frozen=True, slots=True)
class exponential_decay(_Checked):
    """The learning rate is multiplied by `factor` after every step.

    Formula: `learning_rate * factor ** step`.

    Args:
        learning_rate: That of step 0, at least 0.
        factor: Above 0 and at most 1; for a rate that halves every `n` steps, `0.5 ** (1 / n)`.

    Example:
        >>> schedule = exponential_decay(1.0, factor=0.5)
        >>> [schedule(step) for step in range(4)]
        [1.0, 0.5, 0.25, 0.125]
    """

    learning_rate: float = field(metadata=_RATE)
    factor: float = field(metadata=_FACTOR)

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        return self.learning_rate * self.factor ** _checked(step)


@dataclass(frozen=True, slots=True)
class cosine(_Checked):
    """Half a cosine wave down from `learning_rate` at step 0 to `minimum` at step `steps`.

    Formula: `minimum + (learning_rate - minimum) * (1 + cos(pi * t)) / 2` with
    `t = min(step / steps, 1)`: slow at first, fast in the middle, slow again at the end.

    Args:
        learning_rate: That of step 0, at least 0.
        steps: At least 1.
        minimum: From 0 to `learning_rate`.

    Example:
        >>> schedule = cosine(1.0, steps=4)
        >>> [round(schedule(step), 3) for step in range(6)]
        [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]

    Source:
        Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017),
        equation 5, without the restarts.
    """

    learning_rate: float = field(metadata=_RATE)
    steps: int = field(metadata=_COUNT)
    minimum: float = 0.0

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)  # super() does not know a class that is remade with slots
        most = self.learning_rate
        settle(self, minimum=real("minimum", self.minimum, at_least=0, at_most=most))

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        return _cosine_between(
            self.learning_rate, self.minimum, min(_checked(step) / self.steps, 1.0)
        )


@dataclass(frozen=True, slots=True)
class warmup(_Checked):
    """Rise in a straight line for `steps` steps, then follow `schedule` from its own step 0.

    Formula: `schedule(0) * (step + 1) / (steps + 1)` while `step < steps`, then
    `schedule(step - steps)`. So the first step already moves, step `steps` is the first at the full
    rate, and the whole lasts `steps` longer than `schedule` alone.

    Args:
        schedule: Any function `step -> learning_rate`.
        steps: At least 0; with 0 it is `schedule` itself.

    Example:
        >>> schedule = warmup(step_decay(1.0, factor=0.5, every=2), steps=3)
        >>> [schedule(step) for step in range(7)]
        [0.25, 0.5, 0.75, 1.0, 1.0, 0.5, 0.5]

    Source:
        Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour" (2017),
        section 2.2, "gradual warmup".
    """

    schedule: Schedule
    steps: int

    def __post_init__(self) -> None:
        _check_schedule("warmup", self.schedule)
        settle(self, steps=whole("steps", self.steps, at_least=0))

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        if _checked(step) < self.steps:
            return self.schedule(0) * (step + 1) / (self.steps + 1)
        return self.schedule(step - self.steps)


@dataclass(frozen=True, slots=True)
class by_epoch(_Checked):
    """A schedule that counts epochs: the same rate for all steps of an epoch.

    Formula: `schedule(step // steps)`.

    Args:
        schedule: Any function `epoch -> learning_rate`, epochs counted from 0.
        steps: Of an epoch, at least 1: `ceil(rows / batch_size)`.

    Example:
        >>> schedule = by_epoch(exponential_decay(1.0, factor=0.5), steps=3)
        >>> [schedule(step) for step in range(7)]
        [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]
    """

    schedule: Schedule
    steps: int = field(metadata=_COUNT)

    def __post_init__(self) -> None:
        _Checked.__post_init__(self)
        _check_schedule("by_epoch", self.schedule)

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        return self.schedule(_checked(step) // self.steps)


@dataclass(frozen=True, slots=True)
class one_cycle(_Checked):
    """Up to `peak` and down again, far below the start, in half-cosine waves over `steps` steps.

    The rate begins at `peak / div_factor`, reaches `peak` after the `warmup_fraction` of the
    steps, and ends, at step `steps - 1`, at `peak / div_factor / final_div_factor`. The turning
    point lies at `warmup_fraction * steps - 1`, which need not be a whole number. The numbers are
    those of PyTorch's `OneCycleLR`, whose defaults these are (`pct_start` there is
    `warmup_fraction` here); the momentum is left alone.

    Args:
        peak: At least 0.
        steps: At least 1.
        warmup_fraction: From 0 to below 1.
        div_factor: Above 0.
        final_div_factor: Above 0.

    Example:
        >>> schedule = one_cycle(1.0, steps=10)
        >>> [round(schedule(step), 4) for step in range(11)]
        [0.04, 0.52, 1.0, 0.9505, 0.8117, 0.6113, 0.3887, 0.1883, 0.0495, 0.0, 0.0]

    Source:
        Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
        Learning Rates" (2018).
    """

    peak: float = field(metadata=_RATE)
    steps: int = field(metadata=_COUNT)
    warmup_fraction: float = field(default=0.3, metadata=_FRACTION)
    div_factor: float = field(default=25.0, metadata=_POSITIVE)
    final_div_factor: float = field(default=1e4, metadata=_POSITIVE)

    def __call__(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0."""
        start = self.peak / self.div_factor
        turn, last = self.warmup_fraction * self.steps - 1, self.steps - 1
        if _checked(step) < turn:
            return _cosine_between(start, self.peak, step / turn)
        fall = min((step - turn) / (last - turn), 1.0)
        return _cosine_between(self.peak, start / self.final_div_factor, fall)


def _check_schedule(what: str, schedule: object) -> None:
    if not callable(schedule):
        raise TypeError(
            f"{what} needs a schedule, a function step -> learning_rate such as "
            f"constant(0.1); got {kind(schedule)}"
        )


def _checked(step: int) -> int:
    return whole("step", step, at_least=0)


def _between(start: float, end: float, t: float) -> float:
    """The point at `t` on the way from `start` (t = 0) to `end` (t = 1), exact at both."""
    return start * (1.0 - t) + end * t


def _cosine_between(start: float, end: float, t: float) -> float:
    """The same way, travelled as half a cosine wave: slowly near both ends."""
    return _between(start, end, (1.0 - math.cos(math.pi * t)) / 2.0)
