"""Rows of data as everything that learns or measures takes them: finite numbers, a target each.

What containers they may come in is the engine's to say: `engine.as_rows`.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from engine import as_items, as_rows, holds_items
from nn.common.checks import check_lengths
from nn.common.targets import target_number
from nn.common.text import shown


def check_rows(what: str, inputs: Any, targets: Any) -> tuple[list[list[float]], list[Any]]:
    """Turn inputs into rows of floats and targets into a list, if all are finite numbers.

    Args:
        what: What the data is for, as an error says it.
        inputs: Rows of one length, at least one, in whatever they come.
        targets: A number or numbers for each row; a bool may be one, the loss has to take it.

    Raises:
        TypeError: If a row is no sequence, or something is no number; it names the row.
        ValueError: If there are no rows, lengths differ, or a number is not finite.

    Example:
        >>> check_rows("training", [[1, 2], [3, 4]], [0, 1])
        ([[1.0, 2.0], [3.0, 4.0]], [0, 1])
    """
    rows = number_rows(f"{what} inputs", inputs)
    listed = target_list(f"{what} targets", targets)
    check_lengths(f"the {what} data", rows, listed)
    plain = _PLAIN.issuperset(map(type, listed)) and _all_finite([listed])
    for i, target in enumerate(() if plain else listed):
        for number in target if isinstance(target, list) else [target]:
            if not isinstance(number, bool):
                target_number(f"{what} targets, row {i}", number)
    return rows, listed


def column_names(table: Any) -> tuple[str, ...]:
    """Give the names of a table's columns, as a DataFrame has them; none where they are no texts.

    Args:
        table: Rows, in whatever they come.

    Example:
        >>> column_names([[1.0, 2.0]])
        ()
    """
    names = getattr(table, "columns", getattr(table, "column_names", None))
    listed = list(names) if isinstance(names, Iterable) else []
    return tuple(listed) if all(isinstance(name, str) for name in listed) else ()


def check_columns(what: str, expected: Sequence[str], table: Any) -> None:
    """Let a table pass whose columns have the names, in the order, that a model was trained on.

    Args:
        what: What the error calls it.
        expected: The names; none, if they are not known.
        table: Rows; those without names pass.

    Raises:
        ValueError: For other names, or another order; it says what to do.
    """
    names = column_names(table)
    if not names or not expected or list(names) == list(expected):
        return
    remedy = f"give table[{list(expected)}]"
    if missing := [name for name in expected if name not in names]:
        raise ValueError(
            f"{what} has no column {shown(missing[0])}, which the model was trained on"
        )
    if len(names) > len(expected):
        more = next(name for name in names if name not in expected)
        raise ValueError(
            f"{what} has a column {shown(more)} that the model does not know; {remedy}"
        )
    raise ValueError(f"{what} has the columns in another order than the model; {remedy}")


def number_rows(what: str, inputs: Any) -> list[list[float]]:
    """Turn rows of numbers into lists of floats, all finite and of one length.

    Args:
        what: What the error calls them.
        inputs: The rows, which may be none, in whatever they come.

    Raises:
        TypeError: If a row is no sequence, or something in it no number.
        ValueError: If a number is not finite, or the lengths differ.

    Example:
        >>> number_rows("inputs", [[1, 2], [3, float("nan")]])
        Traceback (most recent call last):
            ...
        ValueError: inputs, row 1, column 1 must be a finite number; got nan
    """
    rows = as_rows(inputs, what)
    for i, row in enumerate(() if _all_finite(rows) else rows):
        if not all(map(math.isfinite, row)):
            j = [math.isfinite(x) for x in row].index(False)
            raise ValueError(f"{what}, row {i}, column {j} must be a finite number; got {row[j]!r}")
    check_widths(what, rows)
    return rows


def target_list(what: str, targets: Any) -> list[Any]:
    """List targets by their values: plain numbers, or lists of them where a row has several.

    Args:
        what: What the error calls them.
        targets: In whatever they come; numbers of NumPy and tensors of one number become plain.

    Raises:
        TypeError: If they are no container, or one without an order.

    Example:
        >>> target_list("targets", ((0, 1), 2))
        [[0, 1], 2]
    """
    items = as_items(targets, what)
    if _PLAIN.issuperset(map(type, items)):
        return list(items)
    listed = [as_items(target, what) if holds_items(target) else target for target in items]
    return [
        [_plain(number) for number in target] if isinstance(target, list) else _plain(target)
        for target in listed
    ]


def check_widths(what: str, rows: Sequence[Sequence[float]]) -> None:
    """Let rows pass that all have as many numbers as the first one; a ValueError names another.

    Args:
        what: What the error calls them.
        rows: Any number of them.
    """
    for i, row in enumerate(rows if len(set(map(len, rows))) > 1 else ()):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"{what}, row {i} has {len(row)} numbers, but row 0 has {len(rows[0])}"
            )


_PLAIN = {int, float}


def _all_finite(rows: Sequence[Sequence[float]]) -> bool:
    """Whether all numbers are finite, by their sum; where that alone leaves the floats, False."""
    try:
        return math.isfinite(sum(map(sum, rows)))
    except OverflowError:  # of an int
        return False


def _plain(number: Any) -> Any:
    """A scalar of NumPy or a tensor of one number as Python's own."""
    return number.tolist() if hasattr(number, "tolist") else number
