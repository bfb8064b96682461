"""Rows of numbers, however they come, as one block of doubles."""

from array import array
from itertools import chain
from typing import Any, TypeAlias

Block: TypeAlias = "array[float] | memoryview[float]"
"""Doubles, one behind the other, row by row."""


def as_block(rows: Any, width: int) -> tuple[Block, int]:
    """The rows as a block of doubles, and how many they are.

    Args:
        rows: A sequence of rows; or an `array('d')`, a NumPy array, anything with the buffer
            protocol, flat or with a row for each first index: of doubles in C order it is used as
            it is.
        width: How many numbers a row has.

    Returns:
        The block, and the number of rows.

    Raises:
        TypeError: Where something is no row, or no real number.
        ValueError: Where a row has more or fewer numbers.

    Example:
        >>> as_block([[1, 2], [3, 4]], 2)
        (array('d', [1.0, 2.0, 3.0, 4.0]), 2)
        >>> as_block([[1, 2], [3]], 2)
        Traceback (most recent call last):
            ...
        ValueError: row 1 has 1 numbers, but there are 2 inputs: the list [3]
    """
    if type(rows) is array and rows.typecode == "d":
        return rows, _count(len(rows), width)
    try:
        view: memoryview[Any] = memoryview(rows)
    except TypeError:
        return _listed(rows, width)
    shape = view.shape or ()
    if len(shape) not in (1, 2) or shape[1:] not in ((), (width,)):
        raise ValueError(
            f"rows must be flat, or an array with {width} columns, one for each input, but got the "
            f"shape {shape}"
        )
    if view.format not in ("d", "<d") or not view.c_contiguous or view.readonly:
        return _listed(rows, width) if view.ndim == 2 else as_block(array("d", rows), width)
    if view.ndim == 2:
        return view.cast("B").cast("d") if view.nbytes else array("d"), shape[0]
    return view, _count(len(view), width)


def _count(length: int, width: int) -> int:
    """How many rows there are in so many numbers."""
    n, rest = divmod(length, width) if width else (0, length)
    if rest:
        raise ValueError(
            f"a flat array must have {width} numbers for each row, one for each input, but got "
            f"{length} numbers"
        )
    return n


def _listed(rows: Any, width: int) -> tuple[Block, int]:
    """Rows of another kind, copied; where a row is a single number, it may stand by itself."""
    try:
        listed = [row if hasattr(row, "__len__") or width != 1 else (row,) for row in rows]
        lengths = [len(row) for row in listed]
    except TypeError:
        raise TypeError(
            f"rows must be a sequence of rows, each with a number for each of {width} inputs, but "
            f"got {_short(rows)}"
        ) from None
    for i, length in enumerate(lengths):
        if length != width:
            raise ValueError(
                f"row {i} has {length} numbers, but there are {width} inputs: {_short(listed[i])}"
            )
    try:
        return array("d", chain.from_iterable(listed)), len(listed)
    except TypeError as error:
        raise TypeError(f"rows must hold real numbers; {error}, in {_short(rows)}") from None


def _short(what: object) -> str:
    text = repr(what)
    return f"the {type(what).__name__} {text if len(text) < 80 else text[:77] + '...'}"
