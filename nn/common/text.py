"""Tables of text, for everything that prints as one: what stands in their cells, and which rows."""

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def text_table(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Write rows as lines, the columns of each in line.

    Args:
        rows: The cells, in each row as many.
        left: How many of the first columns begin where their words do; all others end there, as
            numbers.

    Example:
        >>> print(text_table([["name", "loss"], ["a longer name", "0.5"]]))
        name           loss
        a longer name   0.5
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def counted(n: int, noun: str, plural: str = "s") -> str:
    """Say a number of things in words.

    Args:
        n: How many.
        noun: What one of them is called.
        plural: What is added for any other number.

    Example:
        >>> counted(1, "row"), counted(2, "class", "es")
        ('1 row', '2 classes')
    """
    return f"{n} {noun}{'' if n == 1 else plural}"


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Choose at most so many items, evenly spread, the first and the last included.

    Args:
        items: To choose from.
        most: At least 2.

    Example:
        >>> spread(range(101), 5)
        [0, 25, 50, 75, 100]
    """
    n = len(items)
    if n <= most:
        return list(items)
    return [items[round(i * (n - 1) / (most - 1))] for i in range(most)]


def shown(value: object) -> str:
    """Write something that was given as an error quotes it: on one line, and never long.

    Args:
        value: Any object.

    Example:
        >>> shown("five"), shown("x" * 50)
        ("'five'", "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'")
    """
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:37] + "...")
    text = repr(value)
    return text if len(text) <= 200 else text[:197] + "..."


def describe(setting: object) -> str:
    """Write a setting for a table: a number or text as it is, a function by its name.

    Args:
        setting: Any object.

    Example:
        >>> describe(0.1), describe((16, 16)), describe(len)
        ('0.1', '(16, 16)', 'len')
    """
    if callable(setting) and hasattr(setting, "__name__"):
        return str(setting.__name__)
    return str(setting)
