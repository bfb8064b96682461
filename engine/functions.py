"""Elementary functions of any number, as a rule of `engine.ops` writes them.

A rule says nothing about which numbers it is given, so what it calls must not either. Each function
here takes a Python float through `math`, and any other number through that number's own method of
the same name. Floats follow IEEE 754 and the C library without exception: `log(0.0)` is -inf,
`sqrt(-1.0)` is nan. Where such a result is an error, `engine.value` says so, which knows the
operands and their labels.

A number of another kind takes part when it has the arithmetic operators, `abs`, and the methods
that its rules need among those of `ELEMENTARY` and `ELEMENTARY_OF_TWO` and `maximum minimum step
less less_equal`. What else stands here is composed of those, unless the number has a method of that
name too.
"""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

Number: TypeAlias = Any
"""A float, a `Value`, a symbol, a register: anything that calculates."""

ELEMENTARY: dict[str, Callable[[Number], Number]] = {}
"""The functions below that the C library has, by name."""

ELEMENTARY_OF_TWO: dict[str, Callable[[Number, Number], Number]] = {}
"""Those of two numbers."""

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


def _elementary_of_two(
    name: str, on_floats: Callable[[float, float], float]
) -> Callable[[Number, Number], Number]:
    """The function `name` of two numbers; nan where Python's `math` raises."""

    def function(x: Number, y: Number) -> Number:
        if isinstance(x, float) and isinstance(y, float):
            try:
                return on_floats(x, y)
            except ValueError:
                return _NAN
        return _of_two(name, function, x, y)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name}` of any two numbers, by IEEE 754 on floats."
    ELEMENTARY_OF_TWO[name] = function
    return function


def _of_two(
    name: str, function: Callable[[Number, Number], Number], x: Number, y: Number
) -> Number:
    """The function by the method of that name; a plain x before another y is made one like it."""
    if hasattr(x, name):
        return getattr(x, name)(y)
    if hasattr(y, name):
        return getattr(y.lift(x), name)(y)
    return function(float(x), float(y))


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
asin = _elementary("asin", math.asin, _nan)
acos = _elementary("acos", math.acos, _nan)
atan = _elementary("atan", math.atan, _nan)
asinh = _elementary("asinh", math.asinh, _nan)
acosh = _elementary("acosh", math.acosh, _nan)
atanh = _elementary(
    "atanh", math.atanh, lambda x: math.copysign(_INF, x) if abs(x) == 1.0 else _NAN
)
log2 = _elementary("log2", math.log2, lambda x: _NAN if x < 0 else -_INF)
log10 = _elementary("log10", math.log10, lambda x: _NAN if x < 0 else -_INF)
exp2 = _elementary("exp2", math.exp2, _inf)
floor = _elementary("floor", lambda x: math.copysign(math.floor(x), x), lambda x: x)
erf = _elementary("erf", math.erf, _nan)
erfc = _elementary("erfc", math.erfc, _nan)

atan2 = _elementary_of_two("atan2", math.atan2)
fmod = _elementary_of_two("fmod", math.fmod)


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


def less(x: Number, y: Number) -> Number:
    """1 where x < y and 0 elsewhere, also where one is nan."""
    if isinstance(x, float) and isinstance(y, float):
        return 1.0 if x < y else 0.0
    return _of_two("less", less, x, y)


def less_equal(x: Number, y: Number) -> Number:
    """1 where x <= y and 0 elsewhere, also where one is nan."""
    if isinstance(x, float) and isinstance(y, float):
        return 1.0 if x <= y else 0.0
    return _of_two("less_equal", less_equal, x, y)


def equal(x: Number, y: Number) -> Number:
    """1 where x and y are the same number and 0 elsewhere, also where one is nan."""
    return less_equal(x, y) * less_equal(y, x)


def where(condition: Number, x: Number, y: Number) -> Number:
    """x where the condition is not 0, and y where it is; the other may be inf or nan."""
    for number in (condition, x, y):
        if hasattr(number, "lift") and hasattr(number, "where"):
            return number.lift(condition).where(x, y)
    taken = is_true(condition)
    return through(taken, x) + through(1.0 - taken, y)


def is_true(condition: Number) -> Number:
    """1 where the condition is not 0, nan included, and 0 where it is."""
    if not isinstance(condition, float) and hasattr(condition, "is_true"):
        return condition.is_true()
    return 1.0 - less_equal(abs(condition), 0.0)


def sign(x: Number) -> Number:
    """1, 0 or -1 as x is above, at or below 0; nan where it is nan."""
    if not isinstance(x, float) and hasattr(x, "sign"):
        return x.sign()
    return maximum(minimum(divide(x, _SMALLEST), 1.0), -1.0)


_SMALLEST = 5e-324


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


def log_of_sum(*numbers: Number) -> Number:
    """log Σ xᵢ, to full relative accuracy, for numbers of which the largest is 1."""
    for i, number in enumerate(numbers):
        if hasattr(number, "log_of_sum"):
            return number.log_of_sum(*numbers[:i], *numbers[i + 1 :])
    ones, rest = -1.0, 0.0
    for x in numbers:
        one = less_equal(1.0, x)
        ones = ones + one
        rest = rest + (x - one)
    return log1p(ones + rest)


# Slopes of saturating units. In terms of the result they are right where it is in the middle; far
# out the difference from 1 is what rounding left of it, and the slope is written in terms of x.

_MIDDLE = 0.75


def tanh_slope(x: Number, out: Number) -> Number:
    """1 - out², for out = tanh(x), to full relative accuracy: far out it is 1 / cosh(x)²."""
    if isinstance(x, float):
        return 1.0 - out * out if abs(out) < _MIDDLE else _square(1.0 / cosh(x))
    if hasattr(x, "tanh_slope"):
        return x.tanh_slope(out)
    middle = step(_MIDDLE - abs(out))
    return middle * (1.0 - out * out) + (1.0 - middle) * _square(1.0 / cosh(x))


def sigmoid_slope(x: Number, out: Number) -> Number:
    """out · (1 - out), for out = sigmoid(x), accurate in both tails: far out it is out² exp(-x)."""
    if isinstance(x, float):
        return out * (1.0 - out if out < _MIDDLE else out * exp(-x))
    if hasattr(x, "sigmoid_slope"):
        return x.sigmoid_slope(out)
    middle = step(_MIDDLE - out)
    return out * (middle * (1.0 - out) + (1.0 - middle) * (out * exp(-maximum(x, 0.0))))


def _square(x: Number) -> Number:
    return x * x


def through(partial: Number, adjoint: Number) -> Number:
    """partial · adjoint; where the partial is 0 it is 0 whatever arrives, also inf or nan.

    For the local derivative of a branch that may not have been taken.
    """
    if isinstance(partial, float) and isinstance(adjoint, float):
        return partial * adjoint if partial else 0.0
    if hasattr(partial, "through"):
        return partial.through(adjoint)
    if isinstance(partial, float):
        return adjoint * partial if partial else 0.0
    return partial * adjoint


# Remainders. C's `fmod` is exact, and has the sign of x; Python's `%` has that of y.


def mod(x: Number, y: Number) -> Number:
    """x - y · floor(x / y), as Python has it: between 0 and y."""
    if hasattr(x, "mod") or hasattr(y, "mod"):
        return _of_two("mod", mod, x, y)
    rest = fmod(x, y)
    return rest + through(step(-rest) * step(y) + step(rest) * step(-y), y)


def floor_divide(x: Number, y: Number) -> Number:
    """floor(x / y), as Python's `//` has it: the quotient without its remainder."""
    if hasattr(x, "floor_divide") or hasattr(y, "floor_divide"):
        return _of_two("floor_divide", floor_divide, x, y)
    return floor(divide(x - mod(x, y), y) + 0.5)


# The length of a vector: where squares would overflow or vanish, a power of two is taken out, which
# rounds nothing.

_LARGE, _SMALL = 2.0**500, 2.0**-500
_DOWN, _UP = 2.0**600, 2.0**-600


def length(*numbers: Number) -> Number:
    """√(x² + y² + …), which neither overflows nor loses small numbers."""
    for i, number in enumerate(numbers):
        if hasattr(number, "length"):
            return number.length(*numbers[:i], *numbers[i + 1 :])
    largest = 0.0
    for x in numbers:
        largest = maximum(largest, abs(x))
    large, small = step(largest - _LARGE), step(_SMALL - largest)
    scale = large * _DOWN + small * _UP + (1.0 - large - small)
    total = 0.0
    for x in numbers:
        scaled = x / scale
        total = total + scaled * scaled
    return scale * sqrt(total)


def over_length(x: Number, out: Number) -> Number:
    """x / out, for a length out; where that is 0, it is 0."""
    if not isinstance(out, float) and hasattr(x, "over_length"):
        return x.over_length(out)
    return divide(x, out + equal(out, 0.0))


# What was given by hand, for the operands of one moment


def by_hand(number: float, *operands: Number) -> Number:
    """The number, which has no rule: a register refuses it, and a formula says so."""
    return _given("by_hand", number, operands)


def given(slope: float, *operands: Number) -> Number:
    """The slope, which has none of its own: a Value records that."""
    return _given("given", slope, operands)


def _given(name: str, number: float, operands: tuple[Number, ...]) -> Number:
    for i, x in enumerate(operands):
        if hasattr(x, name):
            return getattr(x, name)(number, *operands[:i], *operands[i + 1 :])
    return number


# sin(πx)/(πx)


def sinc_derivative(x: Number, n: int) -> Number:
    """The n-th derivative of sin(πx)/(πx), by its series where x is near 0."""
    if not isinstance(x, float) and hasattr(x, "sinc_derivative"):
        return x.sinc_derivative(n)
    n = int(n)
    near = less(abs(x), 0.35 * (n + 1))
    z = math.pi * where(near, x, 0.0)
    far = where(near, 1.0, x)
    square, series = z * z, 0.0
    first = (n + 1) // 2
    for k in reversed(range(first, first + 16 + 2 * n)):
        factor = (-1) ** k / ((2 * k + 1) * math.factorial(2 * k - n))
        series = series * square + factor
    if n % 2:
        series = series * z
    sine, cosine = _sine_of_pi(far), _sine_of_pi(far + 0.5) if n else 0.0
    over = 1.0 / (math.pi * far)
    out = sine * over
    for k in range(1, n + 1):
        turned = (sine, cosine, -sine, -cosine)[k % 4]
        out = (turned - k * out) * over
    return math.pi**n * where(near, series, out)


def _sine_of_pi(x: Number) -> Number:
    """sin(πx), exactly 0 at integers: with the integer next to x, and its parity, taken out."""
    rest = fmod(x, 1.0)
    rest = rest - (step(rest - 0.5) - step(-rest - 0.5))
    odd = abs(fmod(x - rest, 2.0))
    return (1.0 - 2.0 * odd) * sin(math.pi * rest)


# Powers and their slopes


def power_derivative(x: Number, y: Number, m: int, n: int, *, origin: bool = False) -> Number:
    """The m-th derivative in x and n-th in y of x ** y, where x is 0 its limit from the right.

    It is x ** (y - m) · Σₖ binomial(n, k) fₖ(y) log(x) ** (n - k), with fₖ the k-th derivative of
    y (y - 1) … (y - m + 1). With `origin` it is 0 where x and y both are.
    """
    if not (isinstance(x, float) and isinstance(y, float)) and hasattr(x, "power_derivative"):
        return x.power_derivative(y, m, n, origin=origin)
    at_zero = 1.0 - step(abs(x))
    below = step(y - m) + (1.0 - step(abs(y))) if origin else step(y - m)
    logarithm = log(x + at_zero * below)  # log(1), where the power is 0 and so is their product
    power_of_x = power(x, y - m)
    out, counts = 0.0, 1.0
    for k in range(min(m, n) + 1):
        term = power_of_x
        for _ in range(n - k):
            term = term * logarithm
        factor = falling_factorial(y, m, k)
        out = out + through(counts * (math.comb(n, k) * factor), term)
        # where x is 0, the first term that is there outweighs those with fewer logarithms
        counts = counts * (1.0 - at_zero * step(abs(factor)))
    return out


def falling_factorial(y: Number, m: int, k: int = 0) -> Number:
    """The k-th derivative of y (y - 1) … (y - m + 1)."""
    coefficients = [1.0]  # of the polynomial, the highest power first
    for i in range(m):
        shifted = [*coefficients, 0.0]
        coefficients = [a - i * b for a, b in zip(shifted, [0.0, *coefficients], strict=True)]
    for _ in range(k):
        degree = len(coefficients) - 1
        coefficients = [c * (degree - i) for i, c in enumerate(coefficients[:-1])] or [0.0]
    out: Number = coefficients[0]
    for c in coefficients[1:]:
        out = out * y + c
    return out


# Of the normal distribution. What is rounded in a square, or in a quotient by √2, counts as often
# as the exponent is large; the rounding of a product is known exactly (Dekker, 1971).

_ROOT_HALF = math.sqrt(0.5)
_REST_OF_ROOT_HALF = -4.833646656726457e-17  # √½ = _ROOT_HALF + this, by mpmath
_FAR = 64.0  # beyond, exp(-x²/2) is 0, and the products below might overflow


def exp_of_square(x: Number, factor: float) -> Number:
    """exp(factor · x²) to full relative accuracy; the factor is -1 or -1/2."""
    if not isinstance(x, float) and hasattr(x, "exp_of_square"):
        return x.exp_of_square(factor)
    near = maximum(minimum(x, _FAR), -_FAR)
    square = near * near
    return exp(factor * square) * (1.0 + factor * _rounded_off(near, near, square))


def normal_cdf(x: Number) -> Number:
    """Φ(x) = erfc(-x / √2) / 2, the standard normal distribution, to full relative accuracy."""
    if not isinstance(x, float) and hasattr(x, "normal_cdf"):
        return x.normal_cdf()
    near = maximum(minimum(x, _FAR), -_FAR)
    z = near * _ROOT_HALF
    rest = _rounded_off(near, _ROOT_HALF, z) + near * _REST_OF_ROOT_HALF
    return 0.5 * erfc(-z) + _ONE_OVER_ROOT_PI * exp(-(z * z)) * rest


_ONE_OVER_ROOT_PI = 1.0 / math.sqrt(math.pi)


def _rounded_off(x: Number, y: Number, product: Number) -> Number:
    """x · y - product, exactly, for the product as it was rounded."""
    x_high, x_low = _halves(x)
    y_high, y_low = _halves(y)
    return ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low


def _halves(x: Number) -> tuple[Number, Number]:
    """The number as the sum of two with half as many digits (Veltkamp, 1968)."""
    scaled = 134217729.0 * x  # 2²⁷ + 1
    high = scaled - (scaled - x)
    return high, x - high
