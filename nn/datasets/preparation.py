"""What is done to data before training: rows held out for a test, columns brought to one scale."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import TypeVar, cast, overload

from nn.datasets.arguments import check_lengths, check_real, generator
from nn.datasets.dataset import Dataset

__all__ = ["Standardizer", "standardize", "train_test_split"]

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
    """Return a part to train on and a part held out for testing, both shuffled.

    A Dataset gives two, `train, test`; two lists give four, in the order that scikit-learn has:
    `train_inputs, test_inputs, train_targets, test_targets`. Rows are shared, not copied.

    `test_size` is a fraction between 0 and 1, or a number of rows as an int; a fraction of a row
    is rounded up. Each part gets one row at least. With `stratify` each class has its share of the
    test rows, to within one row where it has rows enough, and a row at least to train on; the
    default is to do so where the targets are class numbers (ints) and there are rows enough. The
    same seed gives the same parts.

    Raises ValueError where lengths disagree, there are fewer than two rows, or `test_size` leaves a
    part, or the training part of a class, empty; TypeError for a seed that is no int.

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
    check_lengths(inputs, targets)
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
    rng = generator(seed)
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
    size = check_real("test_size", test_size)
    if isinstance(size, float):
        if not 0 < size < 1:
            raise ValueError(f"test_size as a fraction is between 0 and 1, got {test_size!r}")
        # 0.07 * 100 is a little more than 7: an error of rounding must not cost a row.
        size = min(math.ceil(size * n - 1e-9), n - 1)
    if not 1 <= size < n:
        raise ValueError(f"test_size={test_size!r} leaves one part of the {n} rows empty")
    return int(size)


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
        """Return the rows standardized; ValueError for another length, nan or inf."""
        rows = _rows(inputs)
        if rows and len(rows[0]) != len(self.mean):
            raise ValueError(
                f"rows of {len(rows[0])} numbers, but the standardizer is for {len(self.mean)}"
            )
        return [
            [(x - m) / s for x, m, s in zip(row, self.mean, self.scale, strict=True)]
            for row in rows
        ]

    def to_dict(self) -> dict[str, list[float]]:
        """Return plain lists, as JSON can hold them to the last bit.

        >>> Standardizer((1.0,), (2.0,)).to_dict()
        {'mean': [1.0], 'scale': [2.0]}
        """
        return {"mean": list(self.mean), "scale": list(self.scale)}

    @classmethod
    def from_dict(cls, state: object) -> "Standardizer":
        """Make the standardizer that `to_dict` wrote down; a ValueError says what is wrong with it.

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
    """Return the rows with every column at mean 0 and standard deviation 1, and the transform.

    z = (x - mean) / scale, column by column; the scale is the population standard deviation
    sqrt(sum (x - mean)² / n), as in scikit-learn's StandardScaler. A constant column has scale 1
    and becomes 0. Give new data to the transform, never to `standardize` again: a test set is to
    be seen through the eyes of the training set.

    Raises ValueError for no rows, rows of different lengths, and nan or inf, naming the row;
    TypeError for what is no number.

    >>> rows, standardizer = standardize([[1.0, 7.0], [3.0, 7.0]])
    >>> rows
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> standardizer([[4.0, 8.0]])
    [[2.0, 1.0]]

    Why it helps: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, "Efficient BackProp" (1998), 4.3.
    """
    rows = _rows(inputs)
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


def _rows(inputs: Iterable[Iterable[float]]) -> list[list[float]]:
    """The inputs as lists of floats of one length, all finite."""
    rows: list[list[float]] = []
    for number, row in enumerate(inputs):
        if isinstance(row, str | bytes) or not isinstance(row, Iterable):
            raise TypeError(f"inputs[{number}] must be a row of numbers, got {row!r}")
        rows.append([_finite(x, number, column) for column, x in enumerate(row)])
        if len(rows[number]) != len(rows[0]):
            raise ValueError(
                f"inputs[{number}] has {len(rows[number])} numbers, inputs[0] has {len(rows[0])}"
            )
    return rows


def _finite(x: float, row: int, column: int) -> float:
    if isinstance(x, str | bytes):
        raise TypeError(f"inputs[{row}][{column}] must be a number, got {x!r}")
    try:
        value = float(x)
    except TypeError:
        raise TypeError(f"inputs[{row}][{column}] must be a number, got {x!r}") from None
    except OverflowError:  # an int beyond the floats
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"inputs[{row}][{column}] is {value}; it must be finite")
    return value
