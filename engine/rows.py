"""The one way in for data: rows of numbers, in whatever container they come, by their values.

A container is known by what it can do, so that no library is imported for it. To go through one is
not enough: a DataFrame gives its column labels then, a dict its keys, a set any order.
"""

from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from typing import Any

from engine.numbers import as_float
from engine.text import received


def as_items(data: Any, what: str = "data") -> list[Any]:
    """What a container holds, in order, as Python's own objects where it has those.

    Args:
        data: A list, a tuple, an iterator; an array, a tensor, a column or a table of NumPy,
            PyTorch, JAX, TensorFlow, pandas, polars or Arrow; whatever has `tolist`, `to_numpy`,
            `numpy`, `__array__` or the buffer protocol.
        what: What an error calls it.

    Returns:
        The items, of a table its rows as lists; a list is given back as it is.

    Raises:
        TypeError: For what holds no items, or has no order or other names for them: a text, a dict,
            a set; and for dates, which would become numbers.

    Example:
        >>> from array import array
        >>> as_items((1, 2.5)), as_items(array("d", [0.5])), as_items(memoryview(b"ab"))
        ([1, 2.5], [0.5], [97, 98])
        >>> as_items({"x": 1})
        Traceback (most recent call last):
            ...
        TypeError: data must be a list, an array or a table; got the dict {'x': 1}: it has names
        for its values, so give list(data.values())
    """
    if isinstance(data, list):
        return data
    if type(data) is tuple:
        return list(data)
    plain = _listed(data, what)
    if isinstance(plain, list):
        return plain
    if isinstance(data, str | bytes):
        remedy = "pass numbers, not text"
    elif isinstance(data, Mapping):
        remedy = "it has names for its values, so give list(data.values())"
    elif isinstance(data, Set):
        remedy = "a set has no order, so give sorted(data)"
    elif not hasattr(data, "shape") and _can_be_walked(data):
        return list(data)
    else:
        with suppress(TypeError, NotImplementedError):
            plain = memoryview(data).tolist()
            if isinstance(plain, list):  # and no single number
                return plain
        remedy = "pass a list of numbers"
    raise TypeError(f"{what} must be a list, an array or a table; got {received(data)}: {remedy}")


def _listed(data: Any, what: str) -> Any:
    """The lists that the container makes of itself, if it knows how to."""
    if isinstance(data, list | str | bytes | Mapping):
        return data
    dtype = getattr(data, "dtype", None)
    if getattr(dtype, "kind", None) in ("m", "M"):
        raise TypeError(
            f"{what} must hold numbers; got dates or times ({dtype}): say from when and in which "
            "unit they count, as in (dates - first) / one_day"
        )
    for name in ("tolist", "to_numpy", "numpy", "__array__"):
        method = getattr(data, name, None)
        if callable(method):
            try:
                plain = method()
            except (NotImplementedError, RuntimeError, ValueError) as error:
                raise TypeError(
                    f"{what} cannot be read from {received(data)} ({error}): pass a list of numbers"
                ) from error
            return plain if name == "tolist" else _listed(plain, what)
    return data


def as_row(row: Any, what: str = "a row") -> list[float]:
    """The numbers of a row as floats.

    Args:
        row: Whatever `as_items` takes.
        what: What an error calls it.

    Returns:
        The floats; a list of floats is given back as it is.

    Raises:
        TypeError: If it is no row, or something in it no real number: a text, a complex number, a
            bool, what a mask hides, another row.
        ValueError: If an int is beyond the floats.

    Example:
        >>> as_row((1, 2.5))
        [1.0, 2.5]
        >>> as_row([1, "2.5"], "row 0")
        Traceback (most recent call last):
            ...
        TypeError: row 0, column 1 must be a real number; got the str '2.5': pass a float or an int
    """
    items = as_items(row, what)
    if is_plain(items):
        return items
    return [as_number(x, f"{what}, column {j}") for j, x in enumerate(items)]


def is_plain(row: Any) -> bool:
    """Whether a row is a list of floats already."""
    return type(row) is list and _FLOAT.issuperset(map(type, row))


_FLOAT = {float}


def as_number(number: Any, what: str) -> float:
    """A number among data as a float.

    Args:
        number: An int, a float, a scalar of NumPy, a tensor of a single number.
        what: What an error calls it.

    Raises:
        TypeError: As `as_row`.
        ValueError: If an int is beyond the floats.

    Example:
        >>> as_number(2, "a target")
        2.0
    """
    kind = type(number)
    if kind is float or kind is int or kind.__name__ not in _NO_NUMBERS:
        try:
            if not hasattr(number, "parents"):  # of a recorded number no gradient would be left
                return as_float(number)
        except TypeError:
            pass
        except OverflowError:
            raise ValueError(
                f"{what} must be a finite number; got {received(number)}, beyond the floats"
            ) from None
    remedy = _REMEDIES.get(kind.__name__, "pass a float or an int")
    raise TypeError(f"{what} must be a real number; got {received(number)}: {remedy}")


_NO_NUMBERS = {"bool", "bool_"}
_REMEDIES = {
    "bool": "pass a float or an int, as 1.0 * x is for an array of bools",
    "complex": "pass its .real, its .imag or abs of it",
    "NoneType": "fill in what is missing or masked, or leave the row out",
    "NAType": "fill in what is missing, or leave the row out",
    "Value": "pass its .data",
    "list": "pass a number for each column",
}
_REMEDIES["bool_"] = _REMEDIES["bool"]


def as_rows(rows: Any, what: str = "rows") -> list[list[float]]:
    """Rows of floats, whatever they come in.

    Args:
        rows: A container of rows as `as_items` takes it, a table or an array of two dimensions.
        what: What an error calls them.

    Returns:
        A list for each row; rows that are lists of floats are the same objects.

    Raises:
        TypeError: As `as_row`; it names the row and the column.
        ValueError: As `as_row`.

    Example:
        >>> as_rows([(1, 2), [3.0, 4.0]])
        [[1.0, 2.0], [3.0, 4.0]]
        >>> as_rows([1.0, 2.0])
        Traceback (most recent call last):
            ...
        TypeError: rows, row 0 must be a list of numbers; got the float 1.0: where a row is a single
        number, write [[x] for x in rows]
    """
    return [
        row if is_plain(row) else _row(row, f"{what}, row {i}")
        for i, row in enumerate(as_items(rows, what))
    ]


def _row(row: Any, what: str) -> list[float]:
    if not holds_items(row):
        raise TypeError(
            f"{what} must be a list of numbers; got {received(row)}: where a row is a single "
            "number, write [[x] for x in rows]"
        )
    return as_row(row, what)


def holds_items(data: Any) -> bool:
    """Whether something is a container, and no text and no single number.

    Args:
        data: Anything.

    Example:
        >>> holds_items([1.0]), holds_items(1.0), holds_items("12")
        (True, False, False)
    """
    if type(data) is list or type(data) is tuple:
        return True
    if isinstance(data, str | bytes):
        return False
    shape = getattr(data, "shape", None)
    return _can_be_walked(data) if shape is None else len(shape) > 0


def _can_be_walked(data: Any) -> bool:
    """Whether one can go through it; an array of ctypes says so by indices alone."""
    return isinstance(data, Iterable) or (hasattr(data, "__len__") and hasattr(data, "__getitem__"))
