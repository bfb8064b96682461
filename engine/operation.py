"""What a row of the table is: a rule, where it is defined, and how one writes it."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from engine.functions import Number

Recorded: TypeAlias = tuple[Number, tuple[Number, ...]]
"""The result, and the local derivative for each operand."""

Rule: TypeAlias = Callable[..., Recorded]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation needs of its operands, and the error where they do not have it.

    `refuses` is written so that nan passes: a nan that comes in stays visible as a nan.
    """

    needs: str
    refuses: Callable[..., bool]
    error: type[ValueError] | type[ArithmeticError] = ValueError


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One row of the table.

    name      its name in errors, in explanations and in the table
    symbol    what a drawing writes into the box
    rule      numbers -> the result and the local derivatives
    requires  where it is defined; empty where it is defined everywhere
    overflows whether an infinite result of finite operands is an error
    kink      the choice that is made where the slope jumps
    arity     the number of operands; None for any number of them
    notation  how one writes it, with {0}, {1} for the operands; name(x, y) unless given
    saturated_outside  between which results a unit is not saturated; None where it never is
    can_die   whether a unit may be stuck where it passes nothing on
    """

    name: str
    symbol: str
    rule: Rule
    requires: tuple[Requirement, ...] = ()
    overflows: bool = False
    kink: str = ""
    arity: int | None = 1
    notation: str = ""
    saturated_outside: tuple[float, float] | None = None
    can_die: bool = False

    def is_saturated(self, result: float) -> bool:
        """Whether a unit with this result is saturated: it lies outside of the bounds.

        >>> from engine.ops import EXP, TANH
        >>> TANH.is_saturated(math.tanh(2.5)), TANH.is_saturated(0.5), EXP.is_saturated(0.0)
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
        named = " and ".join(repr(label) for label in labels if label)
        return self.call(operands) + (f" of {named}" if named else "")

    def call(self, operands: tuple[float, ...]) -> str:
        """The operation on these operands, as one would type it.

        >>> DIV.call((1.0, -2.0)), TANH.call((-2.0,))
        ('1.0 / (-2.0)', 'tanh(-2.0)')
        """
        if not self.notation:
            return f"{self.name}({', '.join(map(repr, operands))})"
        return self.notation.format(*(f"({x!r})" if x < 0 else repr(x) for x in operands))
