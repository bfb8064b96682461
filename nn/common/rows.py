"""Rows of data as everything that learns or measures takes them: finite numbers, a target each."""

from collections.abc import Iterable, Sequence
from typing import Any

from nn.common.checks import check_lengths, is_row, kind, real


def check_rows(
    what: str, inputs: Sequence[Sequence[float]], targets: Sequence[Any]
) -> tuple[list[list[float]], list[Any]]:
    """Turn inputs into rows of floats and targets into a list, if all are finite numbers.

    Args:
        what: What the data is for, as an error says it.
        inputs: Rows of one length, at least one.
        targets: A number or numbers for each row.

    Raises:
        TypeError: If a row is no sequence, or something is no number; it names the row.
        ValueError: If there are no rows, lengths differ, or a number is not finite.

    Example:
        >>> check_rows("training", [[1, 2], [3, 4]], [0, 1])
        ([[1.0, 2.0], [3.0, 4.0]], [0, 1])
    """
    check_lengths(f"the {what} data", inputs, targets)
    rows = number_rows(f"{what} inputs", inputs)
    for i, target in enumerate(targets):
        for number in target if is_row(target) else [target]:
            real(f"{what} targets, row {i}", number)
    return rows, list(targets)


def number_rows(what: str, inputs: Iterable[Iterable[float]]) -> list[list[float]]:
    """Turn rows of numbers into lists of floats, all finite and of one length.

    Args:
        what: What the error calls them.
        inputs: The rows, which may be none.

    Raises:
        TypeError: If a row is no sequence, or something in it no number.
        ValueError: If a number is not finite, or the lengths differ.

    Example:
        >>> number_rows("inputs", [[1, 2], [3, float("nan")]])
        Traceback (most recent call last):
            ...
        ValueError: inputs, row 1, column 1 must be a finite number; got nan
    """
    rows = []
    for i, row in enumerate(inputs):
        if not is_row(row):
            raise TypeError(f"{what}, row {i} must be a list of numbers; got {kind(row)}")
        rows.append([real(f"{what}, row {i}, column {j}", x) for j, x in enumerate(row)])
    check_widths(what, rows)
    return rows


def check_widths(what: str, rows: Sequence[Sequence[float]]) -> None:
    """Let rows pass that all have as many numbers as the first one; a ValueError names another.

    Args:
        what: What the error calls them.
        rows: Any number of them.
    """
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"{what}, row {i} has {len(row)} numbers, but row 0 has {len(rows[0])}"
            )
