"""Where = stands between what is written, and where ≈: what is written says only so many digits.

Between numbers "=" says that the digits on its left give those on its right. After a formula it
says that the number has no more digits than are written, and that the formula gives them where its
own symbols have the digits that are written of them. Everywhere else stands "≈".
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from engine.primitive import Operation
from engine.text import number_text, plain_digits

Written: TypeAlias = Fraction | float
"""What digits say; a float for what is not finite, and where a function has rounded."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an equation, or of several in a row.

    Attributes:
        text: What is written.
        value: What its digits give; None for a formula.
        exact: Whether the numbers in it have no more digits than are written.
        at_digits: What a formula gives where its symbols have the digits that are written of them;
            None where that is not known.
    """

    text: str
    value: Written | None = None
    exact: bool = True
    at_digits: float | None = None

    def equals(self, after: "Side") -> bool:
        """Whether "=" stands between this side and the next one."""
        if after.value is None or self.value is None:
            given = self.at_digits if after.value is not None else None
            agrees = given is None or number_text(given) == number_text(float(after.value or 0))
            return after.exact and agrees
        return same(self.value, after.value)


SYMBOL = Side("")
"""A side that is a symbol alone."""


def related(sides: Iterable[Side]) -> Iterator[tuple[bool, Side]]:
    """Each side with whether it equals the one before; one that says the same again is left out."""
    before = SYMBOL
    for side in sides:
        if side.text != before.text:
            yield before.equals(side), side
            before = side


def in_a_row(sides: Sequence[Side], equal: str = "=", almost: str = "≈") -> str:
    """The sides, with the signs between them."""
    (_, first), *others = related(sides)
    signs = (f" {equal if equals else almost} {side.text}" for equals, side in others)
    return first.text + "".join(signs)


def written(number: float) -> Written:
    """The number that its digits say.

    >>> written(0.1), written(1 / 3)
    (Fraction(1, 10), Fraction(3333, 10000))
    """
    return Fraction(plain_digits(number)) if math.isfinite(number) else number


def is_exact(number: float) -> bool:
    """Whether the digits say all of it, but for the noise of floats.

    >>> is_exact(0.1 + 0.2), is_exact(1 / 3)
    (True, False)
    """
    return not math.isfinite(number) or math.isclose(number, written(number), rel_tol=1e-12)


def number_side(number: float, text: str | None = None) -> Side:
    """A number as a side."""
    return Side(number_text(number) if text is None else text, written(number), is_exact(number))


def sum_of_products(terms: Iterable[Sequence[float]]) -> tuple[Written, bool]:
    """What the digits of such a sum give, and whether its numbers have no more of them."""
    result: Written = Fraction(0)
    exact = True
    for factors in terms:
        product: Written = Fraction(1)
        for factor in factors:
            product = _times(product, written(factor))
            exact = exact and is_exact(factor)
        result = result + product
    return result, exact


def _times(x: Written, y: Written) -> Written:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x * y
    return float(x) * float(y)


def same(x: Written, y: Written) -> bool:
    """Whether two sides give one number; nan is nan here."""
    return x == y or (x != x and y != y)


def result_of(operation: Operation, operands: Sequence[float]) -> Written:
    """What the operation gives where its operands are what is written of them.

    Arithmetic is exact. A function that is no arithmetic has a result of few digits at 0 and 1
    alone, tanh(20) is not 1; elsewhere it is nan, which no digits are.
    """
    numbers = [written(operand) for operand in operands]
    if not all(isinstance(number, Fraction) for number in numbers):
        return float(operation.rule(*map(float, operands))[0])
    result = operation.rule(*numbers)[0] if _is_arithmetic(operation) else None
    if isinstance(result, Fraction):
        return result
    rounded = float(operation.rule(*map(float, numbers))[0])
    if operation.branches or operation.name.startswith(("pow", "sqrt")):
        exact = True  # a choice, a root, a power: as good as its operands
    else:
        exact = all(number in (0, 1) for number in numbers)
    if not (exact and math.isfinite(rounded) and is_exact(rounded)):
        return math.nan
    return written(rounded)


def _is_arithmetic(operation: Operation) -> bool:
    return operation.name in ("add", "sub", "mul", "div", "neg", "total", "dot")
