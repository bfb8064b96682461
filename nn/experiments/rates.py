"""`learning_rate_range`: which learning rates a model learns with, found by trying them.

A rate that grows with every step shows in one short training where the loss begins to fall, where
it falls fastest and where it blows up. It does not show the largest stable rate: the direction that
grows has been shrunk by all smaller rates before, so the loss rises many steps too late. That rate
is found by short trainings at a constant one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from nn.common.checks import real, whole
from nn.common.models import LossFunction, Model
from nn.common.rows import check_rows
from nn.losses import mse
from nn.optim import SGD, Optimizer
from nn.training.passes import DivergenceError, Pass, choose_pass

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLOW_UP = 4.0
"""A smoothed loss of so many times the first one has blown up."""


@dataclass(frozen=True, slots=True)
class LearningRateRange:
    """What `learning_rate_range` has found. It prints as a sentence.

    learning_rates  the rates that were tried, one a step, growing
    losses          the loss that each step began with; the last one is infinite where it overflowed
    smoothed        the same, smoothed
    suggestion      the rate, up to `largest_stable`, at which the smoothed loss falls fastest; None
                    where it never falls
    largest_stable  the largest of the rates whose short training ends no higher than it began; None
                    where not even the smallest does
    blew_up         whether the test ended because the loss blew up, and not with the highest rate
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

        ax  the matplotlib axes to draw on; None for new ones

        Returns the axes. Needs matplotlib: `pip install 'glassgrad[plot]'`.
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

    model, inputs, targets, loss
                as for `fit`
    optimizer   made of the model's parameters; None for plain gradient descent, `SGD`
    low, high   the range of rates, above 0
    steps       how many rates, at least 3
    batch_size  rows for each step, in shuffled order, over and over; None for all rows each step
    smoothing   from 0, for none, to below 1
    seed        for the order of the rows
    progress    whether to show a bar

    The test ends early when the loss is no longer finite or, smoothed, over 4 times the first one.
    The suggestion is where the smoothed loss falls fastest over the logarithm of the rate. Then
    trainings of as many steps at a constant rate, from the same start, find by bisection the
    largest of the rates at which the loss ends no higher than it began.

    The parameters with their gradients, and the optimizer with its state, are afterwards what they
    were, to the bit, whatever happens. Settings out of range are a ValueError.

    >>> from nn import MLP
    >>> inputs, targets = [[-1.0], [0.0], [1.0]], [1.0, 3.0, 5.0]
    >>> found = learning_rate_range(MLP(1, [1], seed=0), inputs, targets, progress=False)
    >>> 0.01 < found.suggestion < found.largest_stable < 1.0  # 2 / λ is 1
    True

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3.
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

    order = list(range(len(rows)))

    def batches() -> Iterator[list[int]]:
        """The rows of one step after the other, without end."""
        rng = random.Random(seed)
        shuffled = order[:]
        while True:
            if size < len(rows):
                rng.shuffle(shuffled)
            for start in range(0, len(rows), size):
                yield shuffled[start : start + size]

    def train(rates: Sequence[float]) -> tuple[list[float], list[float]]:
        """The loss before each step, as it is and smoothed, up to the step at which it blew up."""
        losses: list[float] = []
        smoothed: list[float] = []
        mean = 0.0
        before = passes.snapshot()
        for rate, batch in zip(rates, batches(), strict=False):
            optimizer.learning_rate = rate
            losses.append(_loss_of_step(passes, batch))
            mean = smoothing * mean + (1.0 - smoothing) * losses[-1]
            smoothed.append(mean / (1.0 - smoothing ** len(losses)))
            if _blown_up(smoothed):
                break
        passes.restore(before)
        return losses, smoothed

    from tqdm.auto import tqdm

    with (
        _restored(model, optimizer),
        tqdm(desc="learning rates", unit="training", disable=not progress) as bar,
    ):
        passes, _ = choose_pass("auto", model, loss, optimizer, rows, targets, size * steps)
        losses, smoothed = train(rates)
        bar.update()
        if math.isinf(losses[0]):
            raise ValueError(
                "the loss is not finite before the first step: look at the model first"
            )
        stable, unstable = -1, len(losses)  # the greatest index that converges, the least that not
        middle = unstable - 1
        while stable < middle:
            _, run = train([rates[middle]] * steps)
            bar.update()
            if len(run) == steps and run[-1] <= run[0]:
                stable = middle
            else:
                unstable = middle
            middle = (stable + unstable) // 2
    return LearningRateRange(
        learning_rates=rates[: len(losses)],
        losses=losses,
        smoothed=smoothed,
        suggestion=_steepest(rates, smoothed[: stable + 2]),
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


def _loss_of_step(passes: Pass, batch: list[int]) -> float:
    """Take a step, and return the loss before it, or inf where a number was not finite."""
    try:
        loss, _, _ = passes.step(batch)
    except (DivergenceError, ArithmeticError):
        return math.inf
    return loss


def _blown_up(smoothed: Sequence[float]) -> bool:
    return not smoothed[-1] <= BLOW_UP * abs(smoothed[0]) or math.isinf(smoothed[-1])


def _steepest(rates: Sequence[float], smoothed: Sequence[float]) -> float | None:
    """The rate at which the smoothed loss falls fastest over log(rate); None where it never does.

    The rates are equally far apart on that scale, so differences are slopes. Only new lows count:
    coming down from a peak is no progress.
    """
    lows = list(accumulate(smoothed, min))
    slopes = [after - before for before, after in zip(lows, lows[2:], strict=False)]
    if not slopes or min(slopes) >= 0.0:
        return None
    return rates[1 + slopes.index(min(slopes))]
