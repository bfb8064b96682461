"""Dual numbers: a number and its tangents, carried forward by the same rules.

A rule gives the local derivatives of whatever numbers it is run on, so

    tangent of the result = Σ local derivative · tangent of the operand

is all that forward mode takes. Inside of a dual number may stand any number: a float, a Value, a
register, a formula, another dual number for the next derivative.
"""

import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Any

from engine import ops
from engine.functions import Number, through
from engine.numbers import as_float
from engine.primitive import Operation, Recorded, Requirement
from engine.value import Value, check, record

_levels = itertools.count(1)


class Dual:
    """A number and how fast it changes in some directions.

    Args:
        number: The number, of any kind.
        tangents: Its derivative in each direction.
        level: Which derivative this is; the inner one of two has the higher level.

    Attributes:
        number: The number.
        tangents: Its derivative in each direction.
        level: Which derivative this is.

    Example:
        >>> x = Dual(3.0, (1.0,))
        >>> (x * x).tangents
        (6.0,)
    """

    __slots__ = ("level", "number", "tangents")

    def __init__(self, number: Number, tangents: tuple[Number, ...], level: int = 0) -> None:
        self.number = number
        self.tangents = tangents
        self.level = level

    def __float__(self) -> float:
        raise TypeError(
            "a function that takes plain numbers, such as math.exp, loses the derivative; write it "
            "with the functions of engine, as engine.exp"
        )

    def apply(self, op: Operation, operands: tuple[Any, ...]) -> "Dual":
        """The result of an operation on dual numbers, and on others, which do not change."""
        level = max(x.level for x in operands if isinstance(x, Dual))
        numbers, tangents = [], []
        for x in operands:
            varies = isinstance(x, Dual) and x.level == level
            numbers.append(
                x.number if varies else x if hasattr(x, "lift") else as_float(x, op.name)
            )
            tangents.append(x.tangents if varies else ())
        result, partials = op.rule(*numbers)
        if all(isinstance(number, float) for number in numbers):
            check(op, tuple(numbers), result, ())
        sums: list[Number] = [0.0] * max(map(len, tangents))
        for partial, along in zip(partials, tangents, strict=True):
            for j, tangent in enumerate(along):
                if isinstance(tangent, float) and tangent == 0.0:
                    continue  # and 0 · inf is 0, for it does not change
                if op.branches:
                    change = through(partial, tangent)
                else:
                    one = isinstance(tangent, float) and tangent == 1.0
                    change = partial if one else partial * tangent
                nothing = isinstance(sums[j], float) and sums[j] == 0.0
                sums[j] = change if nothing else sums[j] + change
        return Dual(result, tuple(sums), level)

    def lift(self, number: Number) -> "Dual":
        """The number as one that does not change."""
        if isinstance(number, Dual) and number.level >= self.level:
            return number
        return Dual(number, (0.0,) * len(self.tangents), self.level)

    def given(self, slope: float, *others: Number) -> Number:
        """A slope that was given by hand: how it changes is not known."""
        return ops.given_slope(slope).rule(self, *others)[0]

    def __pow__(self, exponent: Any) -> "Dual":
        if hasattr(exponent, "lift"):
            return self.apply(ops.POW, (self, exponent))
        return self.apply(ops.power(as_float(exponent, "**")), (self,))

    def __rpow__(self, base: Any) -> "Dual":
        return self.apply(ops.POW, (base, self))

    def __neg__(self) -> "Dual":
        return self.apply(ops.NEG, (self,))

    def __abs__(self) -> "Dual":
        return self.apply(ops.ABS, (self,))

    def __pos__(self) -> "Dual":
        return self

    def __lt__(self, other: Any) -> bool:
        return bool(self.number < _number(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.number <= _number(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.number > _number(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.number >= _number(other))

    def __repr__(self) -> str:
        return f"Dual({self.number!r}, {self.tangents!r})"

    def __getattr__(self, name: str) -> Callable[..., "Dual"]:
        """The methods of Value, on this number: they are operations, or composed of them."""
        method = None if name.startswith("_") or name in _OF_GRAPHS else vars(Value).get(name)
        if method is None:
            raise AttributeError(f"a dual number has no {name!r}", name=name, obj=self)
        op = getattr(method, "operation", None)
        if op is None:
            return functools.partial(method, self)
        return lambda *others: self.apply(op, (self, *others))


_OF_GRAPHS = {
    "backward",
    "detach",
    "zero_grad",
    "data",
    "grad",
    "label",
    "op",
    "parents",
    "partials",
}


def _number(x: Any) -> Any:
    return x.number if isinstance(x, Dual) else x


def _operator(op: Operation) -> tuple[Callable[..., Dual], Callable[..., Dual]]:
    """An operator of two operands, and its reflection."""
    return (
        lambda self, other: self.apply(op, (self, other)),
        lambda self, other: self.apply(op, (other, self)),
    )


for _name, _op in {
    "add": ops.ADD,
    "sub": ops.SUB,
    "mul": ops.MUL,
    "truediv": ops.DIV,
    "mod": ops.MOD,
    "floordiv": ops.FLOOR_DIVIDE,
}.items():
    for _dunder, _method in zip((f"__{_name}__", f"__r{_name}__"), _operator(_op), strict=True):
        setattr(Dual, _dunder, _method)


def next_level() -> int:
    """A level above all others, for a derivative that begins now."""
    return next(_levels)


def parts(x: Any, level: int, n: int) -> tuple[Number, tuple[Number, ...]]:
    """The number and its n tangents of a level; of what is no dual number of that level, 0."""
    if isinstance(x, Dual) and x.level == level:
        return x.number, x.tangents
    return (x if hasattr(x, "lift") else as_float(x)), (0.0,) * n


def taylor(function: Callable[[Any], Any], x: float, order: int) -> list[float]:
    """The coefficients of the Taylor series of a function of one number: f⁽ᵏ⁾(x) / k!.

    The work doubles with each order.

    Args:
        function: From a number to a number, written with operators and the functions of `engine`.
        x: Where to develop it.
        order: Of the last coefficient, at least 0.

    Returns:
        order + 1 coefficients; the first is f(x).

    Raises:
        ValueError: Where the function is not defined, or the order is below 0.

    Example:
        >>> from engine import exp
        >>> taylor(exp, 0.0, 3)
        [1.0, 1.0, 0.5, 0.16666666666666666]

    Source: forward accumulation, Wengert (1964).
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ValueError(
            f"the order of a derivative is a whole number from 0 on, but got {order!r}"
        )
    number: Any = as_float(x, "x")
    levels = [next_level() for _ in range(order)]
    for level in levels:
        number = Dual(number, (1.0,), level)
    rest = function(number)
    coefficients, factorial = [], 1.0
    for k in range(order + 1):
        out = rest
        for level in reversed(levels[: order - k]):
            out, _ = parts(out, level, 1)
        coefficients.append(as_float(out, "the result") / factorial)
        if k < order:
            _, (rest,) = parts(rest, levels[order - 1 - k], 1)
            factorial *= k + 1
    return coefficients


def derivative(function: Callable[[Any], Any], x: float, order: int = 1) -> float:
    """A derivative of a function of one number, by forward mode: nothing is recorded.

    Args:
        function: From a number to a number, written with operators and the functions of `engine`.
        x: Where.
        order: Which derivative, from 0 on; the work doubles with each.

    Returns:
        d^order f / dx^order at x.

    Raises:
        ValueError: Where the function is not defined, or the order is below 0.

    Example:
        >>> derivative(lambda x: x**3, 2.0), derivative(lambda x: x**3, 2.0, order=2)
        (12.0, 12.0)
    """
    out = taylor(function, x, order)[-1]
    for k in range(2, order + 1):
        out *= k
    return out


def operation(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of numbers an operation: one node, that draws, explains and compiles.

    Its operands are numbers of which nothing is known but that they calculate: write it with
    operators and the functions of `engine`, without `if` and without `math`.

    Args:
        function: From numbers to the result, and then the slopes are derived by running it on dual
            numbers; or to (result, slopes), with a slope for each operand.

    Returns:
        The operation: of Values it is recorded, of plain numbers it gives a float.

    Raises:
        TypeError: Where the function takes a variable number of operands, or gives slopes that are
            not as many as its operands.

    Example:
        >>> @operation
        ... def cube(x):
        ...     return x * x * x
        >>> x = Value(2.0)
        >>> y = cube(x)
        >>> y.backward()
        >>> y, x.grad
        (Value(data=8.0, grad=1.0, op='cube'), 12.0)
    """
    name = function.__name__
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    if not kinds <= {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}:
        raise TypeError(f"the operation {name} needs a fixed number of operands, all by place")
    arity = len(inspect.signature(function).parameters)

    def rule(*numbers: Number) -> Recorded:
        level = next_level()
        units = [tuple([float(i == j) for j in range(arity)]) for i in range(arity)]
        duals = [Dual(x, unit, level) for x, unit in zip(numbers, units, strict=True)]
        result = function(*duals)
        if not isinstance(result, tuple):
            return parts(result, level, arity)
        result, slopes = result
        slopes = slopes if isinstance(slopes, tuple | list) else (slopes,)
        if len(slopes) != arity:
            raise TypeError(f"{name} takes {arity} operands, but gave {len(slopes)} slopes")
        return parts(result, level, 0)[0], tuple([parts(slope, level, 0)[0] for slope in slopes])

    rule.__doc__ = function.__doc__
    # where a result is not finite, running the function tells whether it may be so
    requires = (Requirement("operands where its function is defined", lambda *x: False),)
    op = Operation(name, name, rule, requires, arity=arity)

    @functools.wraps(function)
    def recorded(*operands: Any) -> Any:
        if len(operands) != arity:
            raise TypeError(f"{name} takes {arity} operands, but got {len(operands)}")
        result = record(op, operands)
        return result if any(hasattr(x, "lift") for x in operands) else result.data

    recorded.operation = op  # type: ignore[attr-defined]
    return recorded
