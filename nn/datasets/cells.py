"""How the cells of a text file are spelled: its numbers, what is missing, and names among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from nn.common.checks import kind
from nn.common.text import shown

SPACES = " \u00a0\u202f"
"""A space between groups of digits is often one that does not break the line."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How numbers are written, and what stands where there is none.

    Attributes:
        decimal: The mark before the fraction, "." or ",".
        thousands: What stands between groups of three digits, one character; "" for nothing.
        missing: Texts that stand for a value that is missing.

    Raises:
        TypeError: If one of them is no text.
        ValueError: If a mark is of another kind, or both are the same.

    Example:
        >>> Spelling().number("-1.5e3"), Spelling().number("1_2"), Spelling().number("setosa")
        (-1500.0, None, None)
        >>> Spelling(decimal=",", thousands=".").number("1.299,5")
        1299.5
        >>> Spelling(thousands=",").number("1,5")
    """

    decimal: str = "."
    thousands: str = ""
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, text in (("decimal", self.decimal), ("thousands", self.thousands)):
            if not isinstance(text, str):
                raise TypeError(f"{name} is a text, such as ','; got {kind(text)}")
        if not all(isinstance(text, str) for text in self.missing):
            raise TypeError(f"missing is a list of texts, such as ['NA', '?']; got {self.missing}")
        if self.decimal not in (".", ","):
            raise ValueError(f"decimal is '.' or ','; got {shown(self.decimal)}")
        if len(self.thousands) > 1 or self.thousands.isalnum() or self.thousands in ("+", "-"):
            raise ValueError(
                f"thousands is one mark, such as ',', or ''; got {shown(self.thousands)}"
            )
        if self.thousands == self.decimal:
            raise ValueError(
                f"decimal and thousands are both {shown(self.decimal)}; say what the other one is"
            )

    def number(self, text: str) -> float | None:
        """Read the number that a text spells, nan and inf included; None for none.

        Python's own literals may hold underscores; in a file `1_2` is a name.
        """
        plain = self.plain(text)
        try:
            return None if plain is None else float(plain)
        except ValueError:
            return None

    def plain(self, text: str) -> str | None:
        """Write a text as Python writes a number, if it is one; None if it cannot be.

        Groups that are not of three digits are none: `1,5` is not 15.
        """
        if "_" in text and self.thousands != "_":
            return None
        if self.thousands:
            marks = SPACES if self.thousands in SPACES else self.thousands
            grouped = re.match(rf"[+-]?\d{{1,3}}(?:[{re.escape(marks)}]\d{{3}})+(?!\d)", text)
            if grouped:
                text = re.sub(rf"[{re.escape(marks)}]", "", grouped[0]) + text[grouped.end() :]
            if self.thousands in text:
                return None
        if self.decimal != "." and "." in text:
            return None
        return text.replace(self.decimal, ".")

    def hint(self, text: str) -> str:
        """Say how a text could be meant for a number that is not spelled so; "" if it could not."""
        ways: dict[float, str] = {}
        for thousands, decimal in product(["", ",", " ", "."], ".,"):
            if thousands == decimal or (thousands, decimal) == ("", self.decimal):
                continue
            number = Spelling(decimal, thousands).number(text)
            if number is not None:
                said = [f"thousands={thousands!r}"] if thousands else []
                said += [f"decimal={decimal!r}"] if decimal != self.decimal else []
                ways.setdefault(number, f"{' and '.join(said)} reads {number:.15g}")
        if not ways:
            return ""
        point = "write a decimal point instead of the comma; or " if "," in text else ""
        return f" ({point}{', '.join(ways.values())})"


def may_be_names(rows: Sequence[Sequence[str]], spelling: Spelling) -> bool:
    """Say whether numbers in the first row may be names: they are not like those below.

    They are without a point where all below have one, count on from column to column as no other
    row does, are ten times as large as anything below, or stand over words.

    Args:
        rows: All rows of a file.
        spelling: Of its cells.

    Example:
        >>> may_be_names([["2019", "2020"], ["0.5", "1.5"], ["2.5", "0.25"]], Spelling())
        True
        >>> may_be_names([["5.1", "3.5"], ["4.9", "3.0"], ["4.7", "3.2"]], Spelling())
        False
    """
    first, rest = rows[0], rows[1:]
    below = [[row[column] for row in rest] for column in range(len(first))]
    numeric = [column for column, text in enumerate(first) if spelling.number(text) is not None]
    if not numeric or not rest:
        return False
    if len(rest) > 1 and any(
        all(spelling.number(text) is None for text in below[column]) for column in numeric
    ):
        return True
    whole = all(re.fullmatch(r"[+-]?\d+", first[column]) for column in numeric)
    words = [column for column in range(len(first)) if column not in numeric]
    if not whole or any(first[column] in below[column] for column in words):
        return False
    pointed = len(rest) > 1 and any(
        all(spelling.decimal in text for text in below[column]) for column in numeric
    )
    numbers = [[spelling.number(row[column]) for column in numeric] for row in rows]
    first_step, *steps = map(_step, numbers)
    counted = first_step is not None and first_step > 0 and first_step not in steps
    if len(numeric) == 2:  # any two numbers have a step
        counted = counted and first_step == 1.0 and bool(words)
    larger = len(rest) > 1 and all(
        number is not None and number > 10 * max(abs(x or 0.0) for x in column) > 0
        for number, *column in zip(*numbers, strict=True)
    )
    return pointed or counted or larger


def _step(row: Sequence[float | None]) -> float | None:
    """By how much each number is above the one before, if that is always the same."""
    steps = {None if a is None or b is None else b - a for a, b in pairwise(row)}
    return steps.pop() if len(steps) == 1 else None
