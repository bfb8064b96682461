"""The training loop: the rows in batches, and a step on each at the learning rate of a schedule.

`fit` walks it epoch by epoch, `learning_rate_range` many times from the same start.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from nn.optim import Optimizer
from nn.training.passes import Pass, Step


def batches(n_rows: int, size: int | None, seed: int) -> Iterator[list[list[int]]]:
    """Deal the rows out in batches, epoch after epoch without end.

    Args:
        n_rows: How many rows there are.
        size: Rows for each batch, in an order that is shuffled for each epoch; None for all rows at
            once, in the order given.
        seed: Of the order.

    Yields:
        The batches of an epoch, each by the indices of its rows.

    Example:
        >>> epochs = batches(3, 2, seed=0)
        >>> next(epochs), next(epochs)
        ([[0, 2], [1]], [[1, 2], [0]])
    """
    rng = random.Random(seed)
    order = list(range(n_rows))
    while True:
        if size is not None:
            _shuffle(order, rng.getrandbits)
        width = size or n_rows
        yield [order[start : start + width] for start in range(0, n_rows, width)]


def _shuffle(order: list[int], getrandbits: Callable[[int], int]) -> None:
    """What `random.shuffle` does, with the same bits, in half of the time."""
    for i in range(len(order) - 1, 0, -1):
        bits = (i + 1).bit_length()
        j = getrandbits(bits)
        while j > i:
            j = getrandbits(bits)
        order[i], order[j] = order[j], order[i]


@dataclass(slots=True)
class Loop:
    """Steps of an optimizer, one after the other.

    Attributes:
        passes: The way through the model.
        optimizer: It takes the steps.
        schedule: step -> learning rate; None to leave the optimizer's as it is.
        taken: How many steps were taken.
    """

    passes: Pass
    optimizer: Optimizer
    schedule: Callable[[int], float] | None
    taken: int = 0

    def steps(self, batches: Iterable[list[int]]) -> Iterator[Step]:
        """Take a step on each batch, and say what it has seen.

        Raises:
            ArithmeticError: Where a number is no longer finite.
        """
        for batch in batches:
            if self.schedule is not None:
                self.optimizer.learning_rate = self.schedule(self.taken)
            step = self.passes.step(batch)
            self.taken += 1
            yield step
