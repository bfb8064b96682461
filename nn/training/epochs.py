"""What an epoch goes through: the same rows each time, or those that batches bring."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, TypeAlias

from engine import holds_items
from nn.common.checks import kind, whole
from nn.common.rows import check_rows, check_widths
from nn.training.loop import batches

Data: TypeAlias = tuple[list[list[float]], Sequence[Any]]
"""Rows of inputs, and a target for each."""

Batches: TypeAlias = Iterable[tuple[Any, Any]]
"""Pairs (inputs, targets)."""


class Epoch(NamedTuple):
    """The rows of an epoch.

    Attributes:
        targets: One for each row, as metrics take them.
        batches: The numbers of the rows of each step.
        fresh: Rows and targets that were not there before; None to go on with those that were.
    """

    targets: Sequence[Any]
    batches: list[list[int]]
    fresh: Data | None = None


def rows_in_batches(targets: Sequence[Any], size: int | None, seed: int) -> Iterator[Epoch]:
    """Deal the same rows out, epoch after epoch without end, as `batches` does.

    Args:
        targets: One for each row.
        size: Rows for each batch; None for all.
        seed: Of their order.
    """
    return (Epoch(targets, dealt) for dealt in batches(len(targets), size, seed))


def batches_of(source: Any, steps: int | None) -> tuple[Data, Iterator[Epoch]]:
    """Take the batches that an iterable gives: all of it each epoch, or so many at a time.

    Args:
        source: Pairs (inputs, targets). What can be gone through again, such as a list or a
            DataLoader, is, from its start; an iterator goes on.
        steps: Batches of an epoch; None for all there are.

    Returns:
        The rows of the first epoch, and the epochs.

    Raises:
        TypeError: For what is no iterable of pairs.
        ValueError: For no batches, an iterator without `steps`, and rows that `fit` would not take.
    """
    if not isinstance(source, Iterable):
        raise TypeError(f"targets are missing, or inputs must be batches; got {kind(source)}")
    if steps is not None:
        whole("steps", steps, at_least=1)
    elif isinstance(source, Iterator):
        raise ValueError(
            "an iterator may have no end; say how many batches an epoch has, such as steps=10"
        )
    if steps is None or isinstance(source, Iterator):
        endless = source
    else:
        endless = chain.from_iterable(repeat(source))

    def epochs() -> Iterator[tuple[Data, list[list[int]]]]:
        while taken := list(islice(endless, steps)):
            yield _gathered(taken)

    course = epochs()
    first = next(course, None)
    if first is None:
        raise ValueError("the iterable gave no batch")
    width = len(first[0][0][0])
    return first[0], (_epoch(*each, width) for each in chain([first], course))


def _epoch(data: Data, numbers: list[list[int]], width: int) -> Epoch:
    if len(data[0][0]) != width:
        raise ValueError(f"batches had rows of {width} numbers, and now of {len(data[0][0])}")
    return Epoch(data[1], numbers, data)


def _gathered(taken: list[Any]) -> tuple[Data, list[list[int]]]:
    """The rows of the batches, and the numbers of those that belong together."""
    rows: list[list[float]] = []
    targets: list[Any] = []
    numbers: list[list[int]] = []
    for batch in taken:
        pair = isinstance(batch, tuple | list) and len(batch) == 2
        if not pair or not all(map(holds_items, batch)):
            raise TypeError(
                f"without targets, inputs are batches, and a batch must be a pair (inputs, "
                f"targets); got {kind(batch)}"
            )
        some, theirs = check_rows("training", *batch)
        numbers.append(list(range(len(rows), len(rows) + len(some))))
        rows += some
        targets += theirs
    check_widths("training inputs", rows)
    return (rows, targets), numbers
