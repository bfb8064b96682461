"""What is done to data before training: rows held out for a test, columns brought to one scale."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import TypeVar, cast, overload

from engine import as_items
from nn.common.checks import check_lengths, real, whole
from nn.common.rows import number_rows, target_list
from nn.common.text import shown
from nn.datasets.dataset import Dataset

Row = TypeVar("Row")
Target = TypeVar("Target")


@overload
def train_test_split(
    inputs: Dataset,
    targets: None = None,
    test_size: float = 1 / 3,
    seed: int = 0,
    stratify: bool | None = None,
) -> tuple[Dataset, Dataset]: ...


@overload
def train_test_split(
    inputs: Sequence[Row],
    targets: Sequence[Target],
    test_size: float = 1 / 3,
    seed: int = 0,
    stratify: bool | None = None,
) -> tuple[list[Row], list[Row], list[Target], list[Target]]: ...


def train_test_split(
    inputs: Dataset | Sequence[Row],
    targets: Sequence[Target] | None = None,
    test_size: float = 1 / 3,
    seed: int = 0,
    stratify: bool | None = None,
) -> tuple[Dataset, Dataset] | tuple[list[Row], list[Row], list[Target], list[Target]]:
    """Deal the rows out to a part to train on and a part held out for testing, both shuffled.

    Args:
        inputs: A Dataset, or rows, in whatever they come.
        targets: One for each row; None with a Dataset, which brings its own.
        test_size: A fraction between 0 and 1, or a number of rows as an int; a fraction of a row
            is rounded up. Each part gets one row at least.
        seed: The same one gives the same parts.
        stratify: Whether each class has its share of the test rows, to within one row where it has
            rows enough, and a row at least to train on; None to do so where the targets are class
            numbers (ints) and there are rows enough.

    Returns:
        Of a Dataset two, `train, test`; of two lists four, in the order that scikit-learn has:
        `train_inputs, test_inputs, train_targets, test_targets`. Rows are shared, not copied.

    Raises:
        TypeError: If an argument is of another type, such as a seed that is no int.
        ValueError: If lengths disagree, there are fewer than two rows, or `test_size` leaves a
            part, or the training part of a class, empty.

    Example:
        >>> from nn.datasets import iris
        >>> train, test = train_test_split(iris(), seed=1)
        >>> test
        Dataset('iris': 50 rows, 4 features, 3 classes)
        >>> [test.targets.count(number) for number in range(3)]
        [17, 17, 16]
        >>> train_inputs, test_inputs, train_targets, test_targets = train_test_split(
        ...     [[1.0], [2.0], [3.0], [4.0]], [0.1, 0.2, 0.3, 0.4], test_size=1
        ... )
        >>> len(train_inputs), len(test_targets)
        (3, 1)
    """
    if isinstance(inputs, Dataset):
        if targets is not None:
            raise TypeError("a Dataset brings its own targets; leave them out")
        train, test = _split(inputs.targets, inputs.is_classification, test_size, seed, stratify)
        return _subset(inputs, train), _subset(inputs, test)
    if targets is None:
        raise TypeError("targets are missing; give inputs and targets, or one Dataset")
    inputs, targets = as_items(inputs, "inputs"), target_list("targets", targets)
    check_lengths("a split", inputs, targets)
    numbered = all(isinstance(target, Integral) for target in targets)
    train, test = _split(targets, numbered, test_size, seed, stratify)
    return (
        [inputs[number] for number in train],
        [inputs[number] for number in test],
        [targets[number] for number in train],
        [targets[number] for number in test],
    )


def _split(
    targets: Sequence[object], numbered: bool, test_size: float, seed: int, stratify: bool | None
) -> tuple[list[int], list[int]]:
    """The numbers of the rows to train on and of those to test with."""
    if not isinstance(stratify, bool | None):
        raise TypeError("stratify is True, False or None; True keeps the shares of the targets")
    rng = random.Random(whole("seed", seed))
    n = len(targets)
    n_test = _test_rows(n, test_size)
    if stratify is None:
        stratify = numbered and n_test <= n - len(set(targets))
    groups: dict[object, list[int]] = {}
    for number, target in enumerate(targets):
        groups.setdefault(target if stratify else None, []).append(number)
    shares = _test_shares([len(group) for group in groups.values()], n_test)
    train: list[int] = []
    test: list[int] = []
    for group, share in zip(groups.values(), shares, strict=True):
        rng.shuffle(group)
        test += group[:share]
        train += group[share:]
    rng.shuffle(train)
    rng.shuffle(test)
    return train, test


def _test_rows(n: int, test_size: float) -> int:
    if n < 2:
        raise ValueError(f"{n} row cannot be split into two parts")
    if isinstance(test_size, Integral):
        size = whole("test_size", test_size)
    else:
        fraction = real("test_size, a fraction,", test_size, above=0, below=1)
        # 0.07 * 100 is a little more than 7: an error of rounding must not cost a row.
        size = min(math.ceil(fraction * n - 1e-9), n - 1)
    if not 1 <= size < n:
        raise ValueError(f"test_size={shown(test_size)} leaves one part of the {n} rows empty")
    return size


def _test_shares(sizes: list[int], n_test: int) -> list[int]:
    """How many rows of each class to hold out: whole quotas, then the largest remainders."""
    n = sum(sizes)
    if n_test > n - len(sizes):
        raise ValueError(
            f"{n_test} test rows of {n} leave no training row for some of the {len(sizes)} "
            "classes; take a smaller test_size, or stratify=False"
        )
    shares = [size * n_test // n for size in sizes]
    by_remainder = sorted(range(len(sizes)), key=lambda k: -(sizes[k] * n_test % n))
    while (missing := n_test - sum(shares)) > 0:
        for k in [k for k in by_remainder if shares[k] < sizes[k] - 1][:missing]:
            shares[k] += 1
    return shares


def _subset(dataset: Dataset, numbers: list[int]) -> Dataset:
    return replace(
        dataset,
        inputs=[dataset.inputs[number] for number in numbers],
        targets=cast("list[int] | list[float]", [dataset.targets[number] for number in numbers]),
    )


@dataclass(frozen=True, slots=True)
class Standardizer:
    """The map x -> (x - mean) / scale of each column, to be applied to new rows; see `standardize`.

    Attributes:
        mean: A finite number for each column.
        scale: A finite number above 0 for each column.

    Raises:
        ValueError: If there is not a number of that kind for each column.

    Example:
        >>> standardizer = Standardizer(mean=(1.0, 10.0), scale=(2.0, 5.0))
        >>> standardizer([[3.0, 0.0]])
        [[1.0, -2.0]]
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.scale):
            raise ValueError(f"{len(self.mean)} means but {len(self.scale)} scales")
        if not all(math.isfinite(mean) for mean in self.mean):
            raise ValueError(f"a mean is not finite: {list(self.mean)}")
        if not all(math.isfinite(scale) and scale > 0 for scale in self.scale):
            raise ValueError(f"a scale is not finite and above 0: {list(self.scale)}")

    def __call__(self, inputs: Iterable[Iterable[float]]) -> list[list[float]]:
        """Standardize rows.

        Args:
            inputs: Rows of a number for each column.

        Raises:
            TypeError: If something is no row, or no number.
            ValueError: If a row is of another length, or a number not finite; it names the row.
        """
        rows = number_rows("inputs", inputs)
        if rows and len(rows[0]) != len(self.mean):
            raise ValueError(
                f"rows of {len(rows[0])} numbers, but the standardizer is for {len(self.mean)}"
            )
        return [
            [(x - m) / s for x, m, s in zip(row, self.mean, self.scale, strict=True)]
            for row in rows
        ]

    def to_dict(self) -> dict[str, list[float]]:
        """Give plain lists, as JSON can hold them to the last bit.

        Example:
            >>> Standardizer((1.0,), (2.0,)).to_dict()
            {'mean': [1.0], 'scale': [2.0]}
        """
        return {"mean": list(self.mean), "scale": list(self.scale)}

    @classmethod
    def from_dict(cls, state: object) -> "Standardizer":
        """Make the standardizer that `to_dict` wrote down.

        Args:
            state: What a file held.

        Raises:
            ValueError: If that is no standardizer; it says what is wrong with it.

        Example:
            >>> Standardizer.from_dict({"mean": [1.0], "scale": [2.0]})
            Standardizer(mean=(1.0,), scale=(2.0,))
        """
        if not isinstance(state, dict) or set(state) != {"mean", "scale"}:
            raise ValueError("a standardizer is a dict of two lists, 'mean' and 'scale'")
        for name, numbers in state.items():
            if not isinstance(numbers, list) or not all(type(x) in (int, float) for x in numbers):
                raise ValueError(f"{name!r} of a standardizer must be a list of numbers")
        return cls(tuple(map(float, state["mean"])), tuple(map(float, state["scale"])))


def standardize(inputs: Iterable[Iterable[float]]) -> tuple[list[list[float]], Standardizer]:
    """Bring every column to mean 0 and standard deviation 1: z = (x - mean) / scale.

    The scale is the population standard deviation sqrt(sum (x - mean)² / n), as in scikit-learn's
    StandardScaler. A constant column has scale 1 and becomes 0. Give new data to the transform,
    never to `standardize` again: a test set is to be seen through the eyes of the training set.

    Args:
        inputs: Rows of finite numbers, at least one.

    Returns:
        The rows, and the transform.

    Raises:
        TypeError: If something is no row, or no number; it names the row.
        ValueError: If there are no rows, lengths differ, or a number is not finite.

    Example:
        >>> rows, standardizer = standardize([[1.0, 7.0], [3.0, 7.0]])
        >>> rows
        [[-1.0, 0.0], [1.0, 0.0]]
        >>> standardizer([[4.0, 8.0]])
        [[2.0, 1.0]]

    Source:
        Why it helps: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp" (1998),
        section 4.3.
    """
    rows = number_rows("inputs", inputs)
    if not rows:
        raise ValueError("inputs is empty; there is nothing to take a mean of")
    moments = [_mean_and_scale(column) for column in zip(*rows, strict=True)]
    standardizer = Standardizer(
        mean=tuple(mean for mean, _ in moments), scale=tuple(scale for _, scale in moments)
    )
    return standardizer(rows), standardizer


def _mean_and_scale(column: Sequence[float]) -> tuple[float, float]:
    if min(column) == max(column):  # the mean of equal numbers may round to a neighbour of theirs
        return column[0], 1.0
    mean = math.fsum(column) / len(column)
    deviations = [x - mean for x in column]
    largest = max(abs(deviation) for deviation in deviations)  # squares of tiny numbers vanish
    squares = math.fsum((deviation / largest) ** 2 for deviation in deviations)
    return mean, largest * math.sqrt(squares / len(column))
