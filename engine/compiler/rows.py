"""Rows of numbers as one block of doubles, without a copy where they are one already."""

from array import array
from itertools import chain
from typing import Any, TypeAlias

from engine.rows import as_items, as_row, holds_items, is_plain
from engine.text import received

Block: TypeAlias = "array[float] | memoryview[float]"
"""Doubles, one behind the other, row by row."""


def as_block(rows: Any, width: int) -> tuple[Block, int]:
    """The rows as a block of doubles, and how many they are.

    Args:
        rows: A container of rows, as `engine.rows` takes it; or flat, an array of one dimension.
            Doubles in C order with the buffer protocol are used as they are. Where a row is a
            single number, it may stand by itself.
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
        ValueError: row 1 has 1 numbers, but there are 2 inputs: the list [3.0]
    """
    if type(rows) is array and rows.typecode == "d":
        return rows, _count(len(rows), width)
    view = _view(rows)
    shape = getattr(rows if view is None else view, "shape", None)
    if shape is None:
        return _listed(rows, width)
    shape = tuple(shape)
    if len(shape) not in (1, 2) or shape[1:] not in ((), (width,)):
        raise ValueError(
            f"rows must be flat, or an array with {width} columns, one for each input, but got the "
            f"shape {shape}"
        )
    if view is None or view.format not in ("d", "<d") or not view.c_contiguous or view.readonly:
        items = as_items(rows, "rows")
        if len(shape) == 2 or any(map(holds_items, items)):
            return _listed(items, width)
        return array("d", as_row(items, "rows")), _count(len(items), width)
    if view.ndim == 2:
        return view.cast("B").cast("d") if view.nbytes else array("d"), shape[0]
    return view, _count(len(view), width)


def _view(rows: Any) -> "memoryview[Any] | None":
    """The memory of a buffer of numbers; that of a masked array does not tell what is masked."""
    if isinstance(rows, bytes) or hasattr(rows, "filled"):
        return None
    try:
        return memoryview(rows)
    except (TypeError, ValueError, BufferError):  # NumPy has dtypes that no buffer has
        return None


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
    """Rows that are no block yet; where a row is a single number, it may stand by itself."""
    items = as_items(rows, "a sequence of rows")
    listed = [row if is_plain(row) else _row(row, width, i) for i, row in enumerate(items)]
    for i, row in enumerate(listed):
        if len(row) != width:
            raise ValueError(
                f"row {i} has {len(row)} numbers, but there are {width} inputs: {received(row)}"
            )
    return array("d", chain.from_iterable(listed)), len(listed)


def _row(row: Any, width: int, i: int) -> list[float]:
    if holds_items(row):
        return as_row(row, f"row {i}")
    if width == 1:
        return as_row([row], f"row {i}")
    raise TypeError(
        f"rows must be a sequence of rows, each with a number for each of {width} inputs, but row "
        f"{i} is {received(row)}"
    )
