"""Elementary functions of any number, as a rule of `engine.ops` writes them.

A rule says nothing about which numbers it is given, so what it calls must not either. Each function
here takes a Python float through `math`, and any other number through that number's own method of
the same name. Floats follow IEEE 754 and the C library without exception: `log(0.0)` is -inf,
`sqrt(-1.0)` is nan. Where such a result is an error, `engine.value` says so, which knows the
operands and their labels.

A number of another kind takes part when it has the arithmetic operators, `abs`, and the methods
that its rules need among `exp log log1p expm1 sqrt sin cos tan sinh cosh tanh atan erf erfc maximum
minimum step`. Where it lacks one of `reciprocal power sigmoid softplus`, that one is composed of
the others.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

Number: TypeAlias = Any
"""A float, a `Value`, a symbol, a register: anything that calculates."""

ELEMENTARY: dict[str, Callable[[Number], Number]] = {}
"""The functions below that the C library has, by name."""

_INF = math.inf
_NAN = math.nan


def _elementary(
    name: str, on_float: Callable[[float], float], beyond: Callable[[float], float]
) -> Callable[[Number], Number]:
    """The function `name`; `beyond` gives the IEEE result where Python's `math` raises."""

    def function(x: Number) -> Number:
        if isinstance(x, float):
            try:
                return on_float(x)
            except (ValueError, OverflowError):
                return beyond(x)
        method = getattr(x, name, None)
        return function(float(x)) if method is None else method()

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name}` of any number, by IEEE 754 on a float."
    ELEMENTARY[name] = function
    return function


def _nan(x: float) -> float:
    return _NAN


def _inf(x: float) -> float:
    return _INF


def _signed_inf(x: float) -> float:
    return math.copysign(_INF, x)


exp = _elementary("exp", math.exp, _inf)
expm1 = _elementary("expm1", math.expm1, _inf)
log = _elementary("log", math.log, lambda x: _NAN if x < 0 else -_INF)
log1p = _elementary("log1p", math.log1p, lambda x: _NAN if x < -1 else -_INF)
sqrt = _elementary("sqrt", math.sqrt, _nan)
sin = _elementary("sin", math.sin, _nan)
cos = _elementary("cos", math.cos, _nan)
tan = _elementary("tan", math.tan, _nan)
sinh = _elementary("sinh", math.sinh, _signed_inf)
cosh = _elementary("cosh", math.cosh, _inf)
tanh = _elementary("tanh", math.tanh, _nan)
atan = _elementary("atan", math.atan, _nan)
erf = _elementary("erf", math.erf, _nan)
erfc = _elementary("erfc", math.erfc, _nan)


def step(x: Number) -> Number:
    """1 where x > 0 and 0 elsewhere, also at 0 and at nan: the slope of relu."""
    if isinstance(x, float):
        return 1.0 if x > 0.0 else 0.0
    return x.step() if hasattr(x, "step") else step(float(x))


def maximum(x: Number, y: Number) -> Number:
    """The larger of two numbers; nan where either is nan."""
    if isinstance(x, float) and isinstance(y, float):
        return x if x > y or x != x else y
    if hasattr(x, "maximum"):
        return x.maximum(y)
    return y.maximum(x) if hasattr(y, "maximum") else maximum(float(x), float(y))


def minimum(x: Number, y: Number) -> Number:
    """The smaller of two numbers; nan where either is nan."""
    if isinstance(x, float) and isinstance(y, float):
        return x if x < y or x != x else y
    if hasattr(x, "minimum"):
        return x.minimum(y)
    return y.minimum(x) if hasattr(y, "minimum") else minimum(float(x), float(y))


def divide(x: Number, y: Number) -> Number:
    """x / y; of floats by IEEE 754, so that 1/0 is inf and 0/0 is nan."""
    try:
        return x / y
    except ZeroDivisionError:
        if not (isinstance(x, float) and isinstance(y, float)):
            raise
        return _NAN if x == 0.0 or x != x else math.copysign(_INF, x) * math.copysign(1.0, y)


def reciprocal(x: Number) -> Number:
    """1 / x by IEEE 754: inf at 0. For a slope that may be infinite where the result is not."""
    if isinstance(x, float):
        return divide(1.0, x)
    method = getattr(x, "reciprocal", None)
    return 1.0 / x if method is None else method()


def power(x: Number, y: Number) -> Number:
    """x ** y; of floats as the C library's `pow`: never a complex number, never an error."""
    if not (isinstance(x, float) and isinstance(y, float)):
        method = getattr(x, "power", None)
        return x**y if method is None else method(y)
    try:
        return math.pow(x, y)
    except ValueError:
        if x != 0.0:
            return _NAN
        return math.copysign(_INF, x) if y % 2.0 == 1.0 else _INF
    except OverflowError:
        return -_INF if x < 0.0 and y % 2.0 == 1.0 else _INF


def sigmoid(x: Number) -> Number:
    """1 / (1 + exp(-x)), to full relative accuracy in both tails and without overflow."""
    if not isinstance(x, float) and hasattr(x, "sigmoid"):
        return x.sigmoid()
    return exp(minimum(x, 0.0)) / (1.0 + exp(-abs(x)))


def softplus(x: Number) -> Number:
    """log(1 + exp(x)), to full relative accuracy in both tails and without overflow."""
    if not isinstance(x, float) and hasattr(x, "softplus"):
        return x.softplus()
    return maximum(x, 0.0) + log1p(exp(-abs(x)))
