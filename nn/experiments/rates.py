"""`learning_rate_range`: which learning rates a model learns with, found by trying them.

A rate that grows with every step shows in one short training where the loss begins to fall, where
it falls fastest and where it blows up. It does not show the largest stable rate: the direction that
grows has been shrunk by all smaller rates before, so the loss rises many steps too late. That rate
is found by short trainings at a constant one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, Any

from nn.common.checks import real, whole
from nn.common.models import LossFunction, Model
from nn.common.progress import progress_bar
from nn.common.rows import check_rows
from nn.losses import mse
from nn.optim import SGD, Optimizer
from nn.training.loop import Loop, batches
from nn.training.passes import Pass, choose_pass

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROUNDING = 1e-12
"""Of its size, so much of a loss may be rounding."""

BLOW_UP = 4.0
"""A smoothed loss of so many times the first one has blown up."""


@dataclass(frozen=True, slots=True)
class LearningRateRange:
    """What `learning_rate_range` has found. It prints as a sentence.

    Attributes:
        learning_rates: The rates that were tried, one a step, growing.
        losses: The loss that each step began with; the last one is infinite where it overflowed.
        smoothed: The same, smoothed.
        suggestion: The rate, up to `largest_stable`, at which the smoothed loss falls fastest; None
            where it never falls by more than rounding.
        largest_stable: The largest of the rates whose short training ends no higher than it began;
            None where not even the smallest does.
        blew_up: Whether the test ended because the loss blew up, and not with the highest rate.
    """

    learning_rates: list[float]
    losses: list[float]
    smoothed: list[float]
    suggestion: float | None
    largest_stable: float | None
    blew_up: bool

    def __repr__(self) -> str:
        low, high = self.learning_rates[0], self.learning_rates[-1]
        tried = f"learning rates from {low:.3g} to {high:.3g}"
        if self.largest_stable is None:
            return f"{tried}: training diverges at every one of them; try a smaller low"
        stable = f"the largest that still converges is {self.largest_stable:.3g}"
        if self.largest_stable == high:
            stable += ", the highest that was tried"
        if self.suggestion is None:
            return f"{tried}: the loss never falls; {stable}"
        return (
            f"{tried}: {self.suggestion:.3g} is suggested, where the loss falls fastest; {stable}"
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the loss by learning rate, with the suggestion and the largest stable rate.

        Args:
            ax: The matplotlib axes to draw on; None for new ones.

        Returns:
            The axes.

        Raises:
            ImportError: Without matplotlib: `pip install 'glassgrad[plot]'`.
        """
        from nn.plots.experiments import learning_rates

        return learning_rates(self, ax=ax)


def learning_rate_range(
    model: Model,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    loss: LossFunction = mse,
    optimizer: Optimizer | None = None,
    low: float = 1e-5,
    high: float = 10.0,
    steps: int = 100,
    batch_size: int | None = None,
    smoothing: float = 0.8,
    seed: int = 0,
    *,
    progress: bool = True,
) -> LearningRateRange:
    """Try learning rates from low to high on a model, a step each, and suggest one.

    Step i of n has the rate low * (high / low)**(i / (n - 1)), and the loss Lᵢ is smoothed by

        mᵢ = smoothing * mᵢ₋₁ + (1 - smoothing) * Lᵢ,    smoothedᵢ = mᵢ / (1 - smoothing**(i + 1))

    The test ends early when the loss is no longer finite or, smoothed, over 4 times the first one.
    The suggestion is where the smoothed loss falls fastest over the logarithm of the rate. Then
    trainings of as many steps at a constant rate, from the same start, find by bisection the
    largest of the rates at which the loss ends no higher than it began.

    The parameters with their gradients, and the optimizer with its state, are afterwards what they
    were, to the bit, whatever happens.

    Args:
        model: As for `fit`.
        inputs: As for `fit`.
        targets: As for `fit`.
        loss: As for `fit`.
        optimizer: Made of the model's parameters; None for plain gradient descent, `SGD`.
        low: The lowest rate, above 0.
        high: The highest rate, above `low`.
        steps: How many rates, at least 3.
        batch_size: Rows for each step, in shuffled order, over and over; None for all rows each
            step.
        smoothing: From 0, for none, to below 1.
        seed: For the order of the rows.
        progress: Whether to show a bar.

    Returns:
        The rates with their losses, the suggestion, and the largest rate that converges.

    Raises:
        ValueError: For settings out of range, data that `fit` would not take, and a loss that is
            not finite before the first step.

    Example:
        >>> from nn import MLP
        >>> inputs, targets = [[-1.0], [0.0], [1.0]], [1.0, 3.0, 5.0]
        >>> found = learning_rate_range(MLP(1, [1], seed=0), inputs, targets, progress=False)
        >>> 0.01 < found.suggestion < found.largest_stable < 1.0  # 2 / λ is 1
        True

    Source:
        Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3.
    """
    rows, targets = check_rows("training", inputs, targets)
    low = real("low", low, above=0)
    high = real("high", high, above=low)
    steps = whole("steps", steps, at_least=3)
    size = len(rows) if batch_size is None else whole("batch_size", batch_size, at_least=1)
    smoothing = real("smoothing", smoothing, at_least=0, below=1)
    if optimizer is None:
        optimizer = SGD(model.parameters())
    rates = [low * (high / low) ** (i / (steps - 1)) for i in range(steps)]
    with (
        _restored(model, optimizer),
        progress_bar("learning rates", "training", shown=progress) as bar,
    ):
        passes, _ = choose_pass("auto", model, loss, optimizer, rows, targets, size * steps)
        deal = partial(batches, len(rows), size if size < len(rows) else None, seed)
        trainings = _Trainings(passes, optimizer, deal, smoothing, bar.update)
        losses, smoothed = trainings.losses(rates)
        if math.isinf(losses[0]):
            raise ValueError(
                "the loss is not finite before the first step: look at the model first"
            )
        stable = _last_that(lambda i: trainings.converges(rates[i], steps), len(losses))
    return LearningRateRange(
        learning_rates=rates[: len(losses)],
        losses=losses,
        smoothed=smoothed,
        suggestion=_steepest(rates, smoothed[: stable + 2], _noise(smoothed[0], targets)),
        largest_stable=rates[stable] if stable >= 0 else None,
        blew_up=_blown_up(smoothed),
    )


@contextmanager
def _restored(model: Model, optimizer: Optimizer) -> Iterator[None]:
    """Afterwards, parameters and optimizer are what they were."""
    parameters = {*model.parameters(), *optimizer.parameters}
    before = [(parameter, parameter.data, parameter.grad) for parameter in parameters]
    state = optimizer.state_dict()
    try:
        yield
    finally:
        for parameter, data, grad in before:
            parameter.data, parameter.grad = data, grad
        optimizer.load_state_dict(state)


@dataclass(frozen=True, slots=True)
class _Trainings:
    """Short trainings, each from the same start, on the same batches."""

    passes: Pass
    optimizer: Optimizer
    deal: Callable[[], Iterable[list[list[int]]]]
    smoothing: float
    finished: Callable[[], object]

    def losses(self, rates: Sequence[float]) -> tuple[list[float], list[float]]:
        """The loss before a step at each rate, as it is and smoothed, until the loss blows up."""
        losses: list[float] = []
        smoothed: list[float] = []
        mean = 0.0
        before = self.passes.snapshot()
        loop = Loop(self.passes, self.optimizer, rates.__getitem__)
        steps = loop.steps(islice(chain.from_iterable(self.deal()), len(rates)))
        while len(losses) < len(rates) and not (smoothed and _blown_up(smoothed)):
            try:
                losses.append(next(steps).loss)
            except ArithmeticError:  # a number was not finite
                losses.append(math.inf)
            mean = self.smoothing * mean + (1.0 - self.smoothing) * losses[-1]
            smoothed.append(mean / (1.0 - self.smoothing ** len(losses)))
        self.passes.restore(before)
        self.finished()
        return losses, smoothed

    def converges(self, rate: float, steps: int) -> bool:
        """Whether so many steps at the rate end, smoothed, no higher than they began."""
        _, smoothed = self.losses([rate] * steps)
        return len(smoothed) == steps and smoothed[-1] <= smoothed[0]


def _last_that(converges: Callable[[int], bool], end: int) -> int:
    """The greatest index below `end` that converges, by bisection from there; -1 for none."""
    stable, unstable, middle = -1, end, end - 1
    while stable < middle:
        if converges(middle):
            stable = middle
        else:
            unstable = middle
        middle = (stable + unstable) // 2
    return stable


def _blown_up(smoothed: Sequence[float]) -> bool:
    return not smoothed[-1] <= BLOW_UP * abs(smoothed[0]) or math.isinf(smoothed[-1])


def _noise(loss: float, targets: Sequence[Any]) -> float:
    """So much may losses of this size differ by rounding; or squares of errors, which are rounding.

    Targets may have several numbers for a row.
    """
    rows = [target if isinstance(target, list) else [target] for target in targets]
    largest = max(abs(float(number)) for row in rows for number in row)
    return ROUNDING * abs(loss) + (ROUNDING * largest) ** 2


def _steepest(rates: Sequence[float], smoothed: Sequence[float], noise: float) -> float | None:
    """The rate at which the smoothed loss falls fastest over log(rate); None where it never does.

    The rates are equally far apart on that scale, so differences are slopes. Only new lows count:
    coming down from a peak is no progress.
    """
    lows = list(accumulate(smoothed, min))
    slopes = [after - before for before, after in zip(lows, lows[2:], strict=False)]
    if not slopes or min(slopes) >= -noise:
        return None
    return rates[1 + slopes.index(min(slopes))]
