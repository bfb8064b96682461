"""The elementary functions for users: of a Value, or of a plain number, by the methods of Value.

They are those methods, as functions; a plain number is checked and calculated in the same way. The
functions of `engine.functions`, of which the rules are made, check nothing.
"""

import math
from collections.abc import Callable
from inspect import cleandoc
from typing import Any, Protocol, overload

from engine import functions
from engine.numbers import Real, as_float
from engine.value import Constant, Value


class _Function(Protocol):
    """A function of a Value, which it records, or of a real number, which gives a float."""

    @overload
    def __call__(self, x: Value, /) -> Value: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, x: Real, /) -> float: ...


class _FunctionOfTwo(Protocol):
    """A function of two numbers, recorded where one of them is a Value."""

    @overload
    def __call__(self, x: Value, y: Value | Real, /) -> Value: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, x: Real, y: Value, /) -> Value: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, x: Real, y: Real, /) -> float: ...


class _FunctionWithSetting(Protocol):
    """A function of one number that a plain number adjusts: leaky_relu's slope, elu's alpha."""

    @overload
    def __call__(self, x: Value, /, *setting: float, **named: float) -> Value: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, x: Real, /, *setting: float, **named: float) -> float: ...


def _as_function(method: Callable[..., Value], name: str, example: str) -> Any:
    """The function that applies a method of Value to any number.

    A plain number is checked and calculated as a Value is, and comes back as a float. What is
    neither calculates by its own method of that name.
    """
    on_float = getattr(functions, name, None)

    def function(x: Any, /, *others: Any, **options: Any) -> Any:
        if isinstance(x, Value):
            return method(x, *others, **options)
        if type(x) is float and on_float and not others:
            result = on_float(x)
            if math.isfinite(result):  # where it is not, the way below tells whether it may be so
                return result
        if type(x) is not float and hasattr(x, name) and not hasattr(x, "dtype"):
            return getattr(x, name)(*others, **options)
        result = method(Constant(as_float(x, name)), *others, **options)
        return result if any(isinstance(other, Value) for other in others) else result.data

    function.__name__ = function.__qualname__ = name
    call, value = example.split(" = ")
    summary = cleandoc(method.__doc__ or "")
    function.__doc__ = f"{summary}\n\nExample:\n    >>> {call}\n    {value}\n"
    return function


exp: _Function = _as_function(Value.exp, "exp", "exp(1.0) = 2.718281828459045")
expm1: _Function = _as_function(Value.expm1, "expm1", "expm1(1e-20) = 1e-20")
log: _Function = _as_function(Value.log, "log", "log(10.0) = 2.302585092994046")
log1p: _Function = _as_function(Value.log1p, "log1p", "log1p(1e-20) = 1e-20")
sqrt: _Function = _as_function(Value.sqrt, "sqrt", "sqrt(2.0) = 1.4142135623730951")
exp2: _Function = _as_function(Value.exp2, "exp2", "exp2(3.0) = 8.0")
log2: _Function = _as_function(Value.log2, "log2", "log2(8.0) = 3.0")
log10: _Function = _as_function(Value.log10, "log10", "log10(1000.0) = 3.0")
sin: _Function = _as_function(Value.sin, "sin", "sin(0.5) = 0.479425538604203")
cos: _Function = _as_function(Value.cos, "cos", "cos(0.5) = 0.8775825618903728")
tan: _Function = _as_function(Value.tan, "tan", "tan(0.5) = 0.5463024898437905")
asin: _Function = _as_function(Value.asin, "asin", "asin(1.0) = 1.5707963267948966")
acos: _Function = _as_function(Value.acos, "acos", "acos(1.0) = 0.0")
atan: _Function = _as_function(Value.atan, "atan", "atan(1.0) = 0.7853981633974483")
sinh: _Function = _as_function(Value.sinh, "sinh", "sinh(1.0) = 1.1752011936438014")
cosh: _Function = _as_function(Value.cosh, "cosh", "cosh(0.0) = 1.0")
tanh: _Function = _as_function(Value.tanh, "tanh", "tanh(0.5) = 0.46211715726000974")
asinh: _Function = _as_function(Value.asinh, "asinh", "asinh(1e-20) = 1e-20")
acosh: _Function = _as_function(Value.acosh, "acosh", "acosh(1.0) = 0.0")
atanh: _Function = _as_function(Value.atanh, "atanh", "atanh(1e-20) = 1e-20")
sinc: _Function = _as_function(Value.sinc, "sinc", "sinc(1.0) = 0.0")
sign: _Function = _as_function(Value.sign, "sign", "sign(-3.0) = -1.0")
radians: _Function = _as_function(Value.radians, "radians", "radians(180.0) = 3.141592653589793")
degrees: _Function = _as_function(Value.degrees, "degrees", "degrees(1.0) = 57.29577951308232")
erf: _Function = _as_function(Value.erf, "erf", "erf(1.0) = 0.8427007929497149")
erfc: _Function = _as_function(Value.erfc, "erfc", "erfc(3.0) = 2.2090496998585438e-05")
sigmoid: _Function = _as_function(Value.sigmoid, "sigmoid", "sigmoid(-1000.0) = 0.0")
softplus: _Function = _as_function(Value.softplus, "softplus", "softplus(0.0) = 0.6931471805599453")
log_sigmoid: _Function = _as_function(
    Value.log_sigmoid, "log_sigmoid", "log_sigmoid(-1000.0) = -1000.0"
)
relu: _Function = _as_function(Value.relu, "relu", "relu(-2.0) = 0.0")
selu: _Function = _as_function(Value.selu, "selu", "selu(1.0) = 1.0507009873554805")
gelu: _Function = _as_function(Value.gelu, "gelu", "gelu(1.0) = 0.841344746068543")
silu: _Function = _as_function(Value.silu, "silu", "silu(0.0) = 0.0")
maximum: _FunctionOfTwo = _as_function(Value.maximum, "maximum", "maximum(2.0, 3.0) = 3.0")
minimum: _FunctionOfTwo = _as_function(Value.minimum, "minimum", "minimum(2.0, 3.0) = 2.0")
atan2: _FunctionOfTwo = _as_function(Value.atan2, "atan2", "atan2(1.0, 1.0) = 0.7853981633974483")
hypot: _FunctionOfTwo = _as_function(Value.hypot, "hypot", "hypot(3.0, 4.0) = 5.0")
less: _FunctionOfTwo = _as_function(Value.less, "less", "less(2.0, 3.0) = 1.0")
less_equal: _FunctionOfTwo = _as_function(
    Value.less_equal, "less_equal", "less_equal(3.0, 3.0) = 1.0"
)
greater: _FunctionOfTwo = _as_function(Value.greater, "greater", "greater(2.0, 3.0) = 0.0")
greater_equal: _FunctionOfTwo = _as_function(
    Value.greater_equal, "greater_equal", "greater_equal(3.0, 3.0) = 1.0"
)
equal: _FunctionOfTwo = _as_function(Value.equal, "equal", "equal(2.0, 3.0) = 0.0")
clip: _FunctionWithSetting = _as_function(Value.clip, "clip", "clip(7.0, 0.0, 1.0) = 1.0")
leaky_relu: _FunctionWithSetting = _as_function(
    Value.leaky_relu, "leaky_relu", "leaky_relu(-2.0, slope=0.1) = -0.2"
)
elu: _FunctionWithSetting = _as_function(Value.elu, "elu", "elu(-1.0) = -0.6321205588285577")
