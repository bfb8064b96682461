"""Tables of text, for everything that prints as one, and what stands in their cells."""

from collections.abc import Sequence


def text_table(rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """The rows as lines, the columns of each in line.

    left  how many of the first columns begin where their words do; all others end there, as numbers

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
    """A number of things, in words.

    >>> counted(1, "row"), counted(2, "class", "es")
    ('1 row', '2 classes')
    """
    return f"{n} {noun}{'' if n == 1 else plural}"


def describe(setting: object) -> str:
    """A setting in a table: a number or text as it is, a function by its name.

    >>> describe(0.1), describe((16, 16)), describe(len)
    ('0.1', '(16, 16)', 'len')
    """
    if callable(setting) and hasattr(setting, "__name__"):
        return str(setting.__name__)
    return str(setting)
