"""The table of primitives: what each operation is, in one row.

A rule takes numbers and returns the result and the local derivatives, one for each operand:

    rule(x, y) -> result, (d result / dx, d result / dy)

It is plain arithmetic and `engine.functions`, so it runs on floats, on Values, on anything that
calculates, and never branches on its numbers. This is the only place that knows a derivative.

Where the slope jumps, a choice is made and stated as the row's `kink`. Where an operation is not
defined, the row says so in `requires`; an operation without that is defined everywhere, and follows
IEEE 754.
"""

import math
import sys
from collections.abc import Iterator
from functools import lru_cache

from engine.functions import (
    Number,
    atan,
    cos,
    cosh,
    divide,
    erf,
    erfc,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    power as power_of,
    reciprocal,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
)
from engine.operation import Operation, Recorded, Requirement, Rule

# Arithmetic


def _add(x: Number, y: Number) -> Recorded:
    """x + y."""
    return x + y, (1.0, 1.0)


def _sub(x: Number, y: Number) -> Recorded:
    """x - y."""
    return x - y, (1.0, -1.0)


def _mul(x: Number, y: Number) -> Recorded:
    """x * y."""
    return x * y, (y, x)


def _div(x: Number, y: Number) -> Recorded:
    """x / y."""
    out = divide(x, y)
    return out, (divide(1.0, y), -divide(out, y))


def _neg(x: Number) -> Recorded:
    """-x."""
    return -x, (-1.0,)


def _total(*numbers: Number) -> Recorded:
    out = numbers[0] if numbers else 0.0
    for number in numbers[1:]:
        out = out + number
    return out, (1.0,) * len(numbers)


def _dot(*numbers: Number) -> Recorded:
    """The weights, then as many inputs, then perhaps a bias: an odd number of operands has one."""
    n = len(numbers) // 2
    weights, inputs, bias = numbers[:n], numbers[n : 2 * n], numbers[2 * n :]
    products = zip(weights, inputs)  # noqa: B905, of one length by construction
    if bias:
        out = bias[0]
    elif n:
        w, x = next(products)
        out = w * x
    else:
        out = 0.0
    for w, x in products:
        out = out + w * x
    return out, inputs + weights + (1.0,) * len(bias)


# Powers


def _pow(x: Number, y: Number) -> Recorded:
    """x ** y, for two Values."""
    # Where y is 0, the base is kept off 0, so that the slope in x is 0 there and not 0 * inf; where
    # x is 0, the logarithm is made 0, and with it the slope in y.
    out = power_of(x, y)
    base = x + sys.float_info.min * (1.0 - step(abs(y)))
    return out, (y * power_of(base, y - 1.0), out * log(x + (1.0 - step(abs(x)))))


def _power_rule(exponent: float) -> Rule:
    """x ** exponent. The exponent is a plain number, so the choice of the formula is made here.

    Squares, roots and reciprocals are written out: they are rounded correctly, and the C library's
    `pow` is not.
    """

    def rule(x: Number) -> Recorded:
        if exponent == 2.0:
            return x * x, (2.0 * x,)
        if exponent == 0.5:
            return _sqrt(x)
        if exponent == -1.0:
            return _inverse(x)
        out = power_of(x, exponent)
        if exponent == 0.0:
            return out, (0.0,)
        if exponent < 0.0:
            return out, (divide(exponent * out, x),)
        if exponent < 1.0:
            return out, (exponent * reciprocal(_power_in_slope(x, 1.0 - exponent)),)
        return out, (exponent * _power_in_slope(x, exponent - 1.0),)

    return rule


def _power_in_slope(x: Number, exponent: float) -> Number:
    """x ** exponent by the formula of that exponent's own row, so that floats and Values agree."""
    if exponent == 2.0:
        return x * x
    if exponent == 0.5:
        return sqrt(x)
    return power_of(x, exponent)


def _inverse(x: Number) -> Recorded:
    """1 / x by IEEE 754: inf at 0, and no error."""
    out = reciprocal(x)
    return out, (-(out * out),)


def _sqrt(x: Number) -> Recorded:
    """The square root; its slope at 0 is inf."""
    out = sqrt(x)
    return out, (0.5 * reciprocal(out),)


# Exponentials and logarithms


def _exp(x: Number) -> Recorded:
    """e to the power x."""
    out = exp(x)
    return out, (out,)


def _expm1(x: Number) -> Recorded:
    """exp(x) - 1, accurate where x is near 0."""
    return expm1(x), (exp(x),)


def _log(x: Number) -> Recorded:
    """The natural logarithm."""
    return log(x), (divide(1.0, x),)


def _log1p(x: Number) -> Recorded:
    """log(1 + x), accurate where x is near 0."""
    return log1p(x), (divide(1.0, 1.0 + x),)


def _log_sum_exp(*numbers: Number) -> Recorded:
    """log Σ exp(xᵢ), which never overflows; its derivatives are the softmax of the operands."""
    largest = numbers[0] if numbers else -math.inf
    for x in numbers[1:]:
        largest = maximum(largest, x)
    exponentials = [exp(x - largest) for x in numbers]
    scale, _ = _total(*exponentials)
    return largest + log(scale), tuple([e / scale for e in exponentials])


# Trigonometric and hyperbolic functions


def _sin(x: Number) -> Recorded:
    """The sine of x radians."""
    return sin(x), (cos(x),)


def _cos(x: Number) -> Recorded:
    """The cosine of x radians."""
    return cos(x), (-sin(x),)


def _tan(x: Number) -> Recorded:
    """The tangent of x radians."""
    out = tan(x)
    return out, (1.0 + out * out,)


def _atan(x: Number) -> Recorded:
    """The inverse tangent, in radians, from -π/2 to π/2."""
    return atan(x), (1.0 / (1.0 + x * x),)


def _sinh(x: Number) -> Recorded:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2."""
    return sinh(x), (cosh(x),)


def _cosh(x: Number) -> Recorded:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2."""
    return cosh(x), (sinh(x),)


def _tanh(x: Number) -> Recorded:
    """The hyperbolic tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)), from -1 to 1."""
    out = tanh(x)
    return out, (1.0 - out * out,)


# Of the normal distribution


def _erf(x: Number) -> Recorded:
    """The error function, 2/√π ∫ exp(-t²) dt from 0 to x."""
    return erf(x), (_TWO_OVER_ROOT_PI * exp(-(x * x)),)


def _erfc(x: Number) -> Recorded:
    """1 - erf(x), accurate where x is large."""
    return erfc(x), (-_TWO_OVER_ROOT_PI * exp(-(x * x)),)


_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)


# Activations


def _sigmoid(x: Number) -> Recorded:
    """The logistic function, 1 / (1 + exp(-x)), from 0 to 1; it never overflows."""
    out = sigmoid(x)
    return out, (out * (1.0 - out),)


def _softplus(x: Number) -> Recorded:
    """log(1 + exp(x)), a smooth relu; it never overflows."""
    return softplus(x), (sigmoid(x),)


def _relu(x: Number) -> Recorded:
    """The rectifier: x for x > 0, and 0 elsewhere; nan stays nan (Nair & Hinton, 2010)."""
    return maximum(x, 0.0), (step(x),)


def _leaky_relu_rule(slope: float) -> Rule:
    def rule(x: Number) -> Recorded:
        positive = step(x)
        out = maximum(x, 0.0) + slope * minimum(x, 0.0)
        return out, (positive + slope * (1.0 - positive),)

    return rule


def _elu_rule(alpha: float) -> Rule:
    def rule(x: Number) -> Recorded:
        positive = step(x)
        below = minimum(x, 0.0)
        out = maximum(x, 0.0) + alpha * expm1(below)
        return out, (positive + (1.0 - positive) * (alpha * exp(below)),)

    return rule


# Comparisons


def _abs(x: Number) -> Recorded:
    """The absolute value."""
    return abs(x), (step(x) - step(-x),)


def _maximum(x: Number, y: Number) -> Recorded:
    first = 0.5 * (1.0 + step(x - y) - step(y - x))
    return maximum(x, y), (first, 1.0 - first)


def _minimum(x: Number, y: Number) -> Recorded:
    first = 0.5 * (1.0 + step(y - x) - step(x - y))
    return minimum(x, y), (first, 1.0 - first)


def _step(x: Number) -> Recorded:
    """1 for x > 0, and 0 elsewhere."""
    return step(x), (0.0,)


# The table


def _at_least(bound: float) -> Requirement:
    return Requirement(f"x >= {bound:g}", lambda x: x < bound)


def _above(bound: float) -> Requirement:
    return Requirement(f"x > {bound:g}", lambda x: x <= bound)


_FINITE = Requirement("a finite x", math.isinf)

ADD = Operation("add", "+", _add, arity=2, notation="{0} + {1}")
SUB = Operation("sub", "-", _sub, arity=2, notation="{0} - {1}")
MUL = Operation("mul", "*", _mul, arity=2, notation="{0} * {1}")
DIV = Operation(
    "div",
    "/",
    _div,
    (Requirement("a divisor other than 0", lambda x, y: y == 0.0, ZeroDivisionError),),
    arity=2,
    notation="{0} / {1}",
)
NEG = Operation("neg", "neg", _neg, notation="-{0}")
TOTAL = Operation("total", "Σ", _total, arity=None)
DOT = Operation("dot", "Σwx", _dot, arity=None)
POW = Operation(
    "pow",
    "**",
    _pow,
    (
        Requirement(
            "a base of at least 0 when the exponent is a Value; "
            "a plain number as exponent keeps the integer powers of a negative base",
            lambda x, y: x < 0.0,
        ),
        Requirement(
            "a base other than 0 for a negative exponent",
            lambda x, y: x == 0.0 and y < 0.0,
            ZeroDivisionError,
        ),
    ),
    overflows=True,
    kink="the derivative of x ** 0 in x is 0, and that of 0 ** y in y is 0",
    arity=2,
    notation="{0} ** {1}",
)
SQRT = Operation("sqrt", "sqrt", _sqrt, (_at_least(0),))
EXP = Operation("exp", "exp", _exp, overflows=True)
EXPM1 = Operation("expm1", "expm1", _expm1, overflows=True)
LOG = Operation("log", "log", _log, (_above(0),))
LOG1P = Operation("log1p", "log1p", _log1p, (_above(-1),))
LOG_SUM_EXP = Operation(
    "log_sum_exp",
    "logΣexp",
    _log_sum_exp,
    (
        Requirement("an operand above -inf", lambda *x: all(each == -math.inf for each in x)),
        Requirement("operands below inf", lambda *x: math.inf in x),
    ),
    arity=None,
)
SIN = Operation("sin", "sin", _sin, (_FINITE,))
COS = Operation("cos", "cos", _cos, (_FINITE,))
TAN = Operation("tan", "tan", _tan, (_FINITE,))
ATAN = Operation("atan", "atan", _atan)
SINH = Operation("sinh", "sinh", _sinh, overflows=True)
COSH = Operation("cosh", "cosh", _cosh, overflows=True)
TANH = Operation("tanh", "tanh", _tanh, saturated_outside=(-0.97, 0.97))
ERF = Operation("erf", "erf", _erf)
ERFC = Operation("erfc", "erfc", _erfc)
SIGMOID = Operation("sigmoid", "sigmoid", _sigmoid, saturated_outside=(0.03, 0.97))
SOFTPLUS = Operation("softplus", "softplus", _softplus)
RELU = Operation("relu", "ReLU", _relu, kink="the slope at 0 is 0", can_die=True)
ABS = Operation("abs", "abs", _abs, kink="the slope at 0 is 0")
MAXIMUM = Operation("maximum", "max", _maximum, kink="a tie gives half to each side", arity=2)
MINIMUM = Operation("minimum", "min", _minimum, kink="a tie gives half to each side", arity=2)

# What the slopes above need, and IEEE 754 defines everywhere: a slope may be infinite or lie
# outside of the domain where the result itself exists.
STEP = Operation("step", "step", _step, kink="the slope is 0 everywhere, also at the jump")
RECIPROCAL = Operation("reciprocal", "1/x", _inverse)
IEEE_POW = Operation("ieee_pow", "**", _pow, kink=POW.kink, arity=2, notation=POW.notation)


@lru_cache(maxsize=256)
def power(exponent: float) -> Operation:
    """The row of `x ** exponent` for a plain number as exponent."""
    requires = []
    if exponent < 0.0:
        requires.append(
            Requirement(
                "a base other than 0 for a negative exponent", lambda x: x == 0.0, ZeroDivisionError
            )
        )
    if math.isfinite(exponent) and exponent != math.floor(exponent):
        requires.append(
            Requirement("a base of at least 0 for a fractional exponent", lambda x: x < 0.0)
        )
    return Operation(
        f"power({exponent:g})",
        f"**{exponent:g}",
        _power_rule(exponent),
        tuple(requires),
        overflows=True,
        kink="the derivative of x ** 0 is 0" if exponent == 0.0 else "",
        notation=f"{{0}} ** {exponent!r}",
    )


@lru_cache(maxsize=256)
def leaky_relu(slope: float) -> Operation:
    """The row of leaky relu: x above 0, slope * x elsewhere."""
    return Operation(
        f"leaky_relu({slope:g})",
        "leaky ReLU",
        _leaky_relu_rule(slope),
        kink="the slope at 0 is that of the negative side",
        notation=f"leaky_relu({{0}}, {slope!r})",
    )


@lru_cache(maxsize=256)
def elu(alpha: float) -> Operation:
    """The row of elu: x above 0, alpha * (exp(x) - 1) elsewhere."""
    return Operation(
        f"elu({alpha:g})",
        "elu",
        _elu_rule(alpha),
        kink="the slope at 0 is alpha, that of the negative side",
        notation=f"elu({{0}}, {alpha!r})",
    )


def table() -> Iterator[Operation]:
    """Every row; of a family with a number in its name, some members.

    >>> len({row.name for row in table()}) == len(list(table()))
    True
    """
    yield from (value for value in globals().values() if isinstance(value, Operation))
    yield from (power(exponent) for exponent in (-2.5, -1.0, 0.0, 1 / 3, 0.5, 1.0, 2.0, 3.0, 4.5))
    yield from (leaky_relu(slope) for slope in (0.01, 0.3))
    yield from (elu(alpha) for alpha in (1.0, 0.5))
