"""What a row of the table is: a rule, where it is defined, and how one writes it."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.functions import Number
from engine.text import short

Recorded: TypeAlias = tuple[Number, tuple[Number, ...]]
"""The result, and the local derivative for each operand."""

Rule: TypeAlias = Callable[..., Recorded]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation needs of its operands, and the error where they do not have it.

    `refuses` is written so that nan passes: a nan that comes in stays visible as a nan. Where a
    requirement `shows`, no result is finite that it refuses, so that only others need a look.
    """

    needs: str
    refuses: Callable[..., bool]
    error: type[ValueError] | type[ArithmeticError] = ValueError
    shows: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One row of the table.

    Attributes:
        name: Its name in errors, in explanations and in the table.
        symbol: What a drawing writes into the box.
        rule: Numbers -> the result and the local derivatives.
        requires: Where it is defined; empty where it is defined everywhere.
        overflows: Whether an infinite result of finite operands is an error.
        kink: The choice that is made where the slope jumps.
        arity: The number of operands; None for any number of them.
        notation: How one writes it, with {0}, {1} for the operands; name(x, y) unless given.
        branches: Whether a local derivative of 0 says that a branch was not taken: then nothing
            passes there, whatever arrives. Another 0 is a number, and 0 · inf is nan.
        saturated_outside: A unit is saturated where its result lies outside of this range; None
            where it cannot be.
        can_die: Whether a unit whose slope is 0 for every row is called dead.
        shows: Whether it is an error only where the result is not finite.
    """

    name: str
    symbol: str
    rule: Rule
    requires: tuple[Requirement, ...] = ()
    overflows: bool = False
    kink: str = ""
    arity: int | None = 1
    notation: str = ""
    branches: bool = False
    saturated_outside: tuple[float, float] | None = None
    can_die: bool = False
    shows: bool = field(init=False)

    def __post_init__(self) -> None:
        shows = all(requirement.shows for requirement in self.requires)
        object.__setattr__(self, "shows", shows)

    def is_saturated(self, result: float) -> bool:
        """Whether a unit with this result is on the flat part of its function.

        >>> from engine.ops import EXP, SIGMOID, TANH
        >>> TANH.is_saturated(0.98), SIGMOID.is_saturated(0.5), EXP.is_saturated(0.0)
        (True, False, False)
        """
        if self.saturated_outside is None:
            return False
        low, high = self.saturated_outside
        return result < low or result > high

    def check(
        self, operands: tuple[float, ...], result: float, labels: tuple[str, ...] = ()
    ) -> None:
        """Raise if the operation is not defined on these operands.

        >>> from engine.ops import LOG
        >>> LOG.check((0.0,), -math.inf, ("w",))
        Traceback (most recent call last):
            ...
        ValueError: log(0.0) of 'w': log needs x > 0
        """
        for requirement in self.requires:
            if requirement.refuses(*operands):
                raise requirement.error(
                    f"{self._of(operands, labels)}: {self.name} needs {requirement.needs}"
                )
        if self.overflows and math.isinf(result) and all(map(math.isfinite, operands)):
            raise OverflowError(
                f"{self._of(operands, labels)}: the result exceeds the largest float, "
                f"{sys.float_info.max:.1e}; make its operands smaller"
            )

    def _of(self, operands: tuple[float, ...], labels: tuple[str, ...]) -> str:
        named = " and ".join(short(label) for label in labels if label)
        return self.call(operands) + (f" of {named}" if named else "")

    def call(self, operands: tuple[float, ...]) -> str:
        """The operation on these operands, as one would type it.

        >>> from engine.ops import DIV, TANH
        >>> DIV.call((1.0, -2.0)), TANH.call((-2.0,))
        ('1.0 / (-2.0)', 'tanh(-2.0)')
        """
        if not self.notation:
            return f"{self.name}({', '.join(map(repr, operands))})"
        return self.notation.format(*(f"({x!r})" if x < 0 else repr(x) for x in operands))


def row(name: str, symbol: str = "", **facts: Any) -> Callable[[Rule], Operation]:
    """Make a rule a row of the table: a decorator, so that the two stand together.

    Args:
        name: The name of the row.
        symbol: What a drawing writes into the box; the name unless given.
        facts: Any other attribute of `Operation`.

    Example:
        >>> @row("cube", "x³")
        ... def CUBE(x):
        ...     return x * x * x, (3.0 * x * x,)
        >>> CUBE.rule(2.0)
        (8.0, (12.0,))
    """

    def made(rule: Rule) -> Operation:
        return Operation(name, symbol or name, rule, **facts)

    return made
