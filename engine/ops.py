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
from collections.abc import Iterator
from functools import lru_cache

from engine.functions import (
    Number,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    by_hand,
    cos,
    cosh,
    divide,
    equal,
    erf,
    erfc,
    exp,
    exp2,
    exp_of_square as exp_of_square_of,
    expm1,
    floor_divide,
    given as given_of,
    is_true,
    length,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    log_of_sum,
    maximum,
    minimum,
    mod,
    normal_cdf,
    over_length,
    power as power_of,
    power_derivative as power_derivative_of,
    reciprocal,
    sigmoid,
    sigmoid_slope,
    sign,
    sin,
    sinc_derivative as sinc_derivative_of,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    tanh_slope,
    through,
    where,
)
from engine.primitive import Operation, Recorded, Requirement, row


def _at_least(bound: float) -> tuple[Requirement]:
    return (Requirement(f"x >= {bound:g}", lambda x: x < bound, shows=True),)


def _between(low: float, high: float) -> tuple[Requirement]:
    return (Requirement(f"{low:g} <= x <= {high:g}", lambda x: x < low or x > high),)


def _above(bound: float) -> tuple[Requirement]:
    return (Requirement(f"x > {bound:g}", lambda x: x <= bound, shows=True),)


_FINITE = (Requirement("a finite x", math.isinf, shows=True),)

_DIVISOR = Requirement(
    "a divisor other than 0", lambda x, y: y == 0.0, ZeroDivisionError, shows=True
)


# Arithmetic


@row("add", "+", arity=2, notation="{0} + {1}")
def ADD(x: Number, y: Number) -> Recorded:
    """x + y."""
    return x + y, (1.0, 1.0)


@row("sub", "-", arity=2, notation="{0} - {1}")
def SUB(x: Number, y: Number) -> Recorded:
    """x - y."""
    return x - y, (1.0, -1.0)


@row("mul", "*", arity=2, notation="{0} * {1}")
def MUL(x: Number, y: Number) -> Recorded:
    """x * y."""
    return x * y, (y, x)


@row(
    "div",
    "/",
    requires=(_DIVISOR,),
    arity=2,
    notation="{0} / {1}",
)
def DIV(x: Number, y: Number) -> Recorded:
    """x / y."""
    out = divide(x, y)
    return out, (divide(1.0, y), -divide(out, y))


_DIVISION = (
    _DIVISOR,
    Requirement("finite numbers", lambda x, y: math.isinf(x) or math.isinf(y)),
)


@row(
    "mod",
    "%",
    requires=_DIVISION,
    arity=2,
    notation="{0} % {1}",
    kink="the slopes at a jump are those beside it",
)
def MOD(x: Number, y: Number) -> Recorded:
    """x - y * floor(x / y): the remainder, between 0 and y."""
    return mod(x, y), (1.0, -floor_divide(x, y))


@row(
    "floor_divide",
    "//",
    requires=_DIVISION,
    arity=2,
    notation="{0} // {1}",
    kink="the slope is 0 everywhere, also at a jump",
    overflows=True,
    branches=True,
)
def FLOOR_DIVIDE(x: Number, y: Number) -> Recorded:
    """floor(x / y): how often y goes into x."""
    return floor_divide(x, y), (0.0, 0.0)


@row("neg", notation="-{0}")
def NEG(x: Number) -> Recorded:
    """-x."""
    return -x, (-1.0,)


@row("total", "Σ", arity=None)
def TOTAL(*numbers: Number) -> Recorded:
    """The sum, from left to right."""
    out = numbers[0] if numbers else 0.0
    for number in numbers[1:]:
        out = out + number
    return out, (1.0,) * len(numbers)


@row("dot", "Σwx", arity=None)
def DOT(*numbers: Number) -> Recorded:
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


@row("prod", "Π", arity=None)
def PROD(*numbers: Number) -> Recorded:
    """The product, from left to right; each slope is the product of the others."""
    before: list[Number] = [1.0]
    for x in numbers[:-1]:
        before.append(before[-1] * x)
    slopes, after = [], 1.0
    for x, product in zip(reversed(numbers), reversed(before)):  # noqa: B905, of one length
        slopes.append(product * after)
        after = x * after
    return before[-1] * numbers[-1] if numbers else 1.0, tuple(reversed(slopes))


# Powers


@row(
    "pow",
    "**",
    requires=(
        Requirement(
            "a base of at least 0, or an exponent that is an integer",
            lambda x, y: x < 0.0 and y % 1.0 != 0.0 and y == y,
        ),
        Requirement(
            "a base other than 0 for a negative exponent",
            lambda x, y: x == 0.0 and y < 0.0,
            ZeroDivisionError,
        ),
    ),
    overflows=True,
    kink=(
        "the derivative of x ** 0 in x is 0, and that of 0 ** y in y is 0; that in y of a negative "
        "base, of which only integer powers exist, is nan"
    ),
    arity=2,
    notation="{0} ** {1}",
)
def POW(x: Number, y: Number) -> Recorded:
    """x ** y, for two Values."""
    slopes = power_derivative_of(x, y, 1, 0), power_derivative_of(x, y, 0, 1, origin=True)
    return power_of(x, y), slopes


@lru_cache(maxsize=256)
def power_derivative(m: int, n: int, origin: bool = False) -> Operation:
    """The row of the m-th derivative in x and n-th in y of x ** y.

    It is defined everywhere, by IEEE 754 and as a limit: a slope may be infinite or lie outside of
    the domain where the result itself exists. With `origin` it is 0 where x and y are.
    """

    @row(
        f"power_derivative({m}, {n}{', origin' * origin})",
        f"∂{m + n}**" if m + n else "**",
        arity=2,
        kink=POW.kink,
        notation=f"power_derivative({{0}}, {{1}}, {m}, {n})",
    )
    def rule(x: Number, y: Number) -> Recorded:
        """A derivative of x ** y."""
        out = power_derivative_of(x, y, m, n, origin=origin)
        return out, (power_derivative_of(x, y, m + 1, n), power_derivative_of(x, y, m, n + 1))

    return rule


@lru_cache(maxsize=256)
def power(exponent: float) -> Operation:
    """The row of x ** exponent for a plain number as exponent.

    The choice of the formula is made here. Squares, roots and reciprocals are written out: they are
    rounded correctly, and the C library's `pow` is not.
    """
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

    def rule(x: Number) -> Recorded:
        if exponent == 2.0:
            return x * x, (2.0 * x,)
        if exponent == 0.5:
            return SQRT.rule(x)
        if exponent == -1.0:
            return RECIPROCAL.rule(x)
        out = power_of(x, exponent)
        if exponent == 0.0:
            return out, (0.0,)
        if exponent < 0.0:
            return out, (divide(exponent * out, x),)
        if exponent < 1.0:
            return out, (exponent * reciprocal(_power_in_slope(x, 1.0 - exponent)),)
        return out, (exponent * _power_in_slope(x, exponent - 1.0),)

    return Operation(
        f"power({exponent:g})",
        f"**{exponent:g}",
        rule,
        tuple(requires),
        overflows=True,
        kink="the derivative of x ** 0 is 0" if exponent == 0.0 else "",
        notation=f"{{0}} ** {exponent!r}",
        branches=exponent == 0.0,
    )


def _power_in_slope(x: Number, exponent: float) -> Number:
    """x ** exponent by the formula of that exponent's own row, so that floats and Values agree."""
    if exponent == 2.0:
        return x * x
    if exponent == 0.5:
        return sqrt(x)
    return power_of(x, exponent)


@row("sqrt", requires=_at_least(0))
def SQRT(x: Number) -> Recorded:
    """The square root; its slope at 0 is inf."""
    out = sqrt(x)
    return out, (0.5 * reciprocal(out + 0.0),)  # -0.0 + 0.0 is 0.0


@row("reciprocal", "1/x")
def RECIPROCAL(x: Number) -> Recorded:
    """1 / x by IEEE 754: inf at 0, and no error."""
    out = reciprocal(x)
    return out, (-(out * out),)


# Exponentials and logarithms


@row("exp", overflows=True)
def EXP(x: Number) -> Recorded:
    """e to the power x."""
    out = exp(x)
    return out, (out,)


@row("expm1", overflows=True)
def EXPM1(x: Number) -> Recorded:
    """exp(x) - 1, accurate where x is near 0."""
    return expm1(x), (exp(x),)


@row("log", requires=_above(0))
def LOG(x: Number) -> Recorded:
    """The natural logarithm."""
    return log(x), (divide(1.0, x),)


@row("exp2", "2ˣ", overflows=True)
def EXP2(x: Number) -> Recorded:
    """2 to the power x."""
    out = exp2(x)
    return out, (_LOG_2 * out,)


@row("log2", requires=_above(0))
def LOG2(x: Number) -> Recorded:
    """The logarithm to base 2."""
    return log2(x), (divide(1.0 / _LOG_2, x),)


@row("log10", requires=_above(0))
def LOG10(x: Number) -> Recorded:
    """The logarithm to base 10."""
    return log10(x), (divide(1.0 / _LOG_10, x),)


_LOG_2, _LOG_10 = math.log(2.0), math.log(10.0)


@row("log1p", requires=_above(-1))
def LOG1P(x: Number) -> Recorded:
    """log(1 + x), accurate where x is near 0."""
    return log1p(x), (divide(1.0, 1.0 + x),)


@row(
    "log_sum_exp",
    "logΣexp",
    requires=(
        Requirement(
            "an operand above -inf", lambda *x: all(each == -math.inf for each in x), shows=True
        ),
        Requirement("operands below inf", lambda *x: math.inf in x, shows=True),
    ),
    arity=None,
)
def LOG_SUM_EXP(*numbers: Number) -> Recorded:
    """log Σ exp(xᵢ), which never overflows; its derivatives are the softmax of the operands."""
    largest = numbers[0] if numbers else -math.inf
    for x in numbers[1:]:
        largest = maximum(largest, x)
    exponentials = [exp(x - largest) for x in numbers]
    scale, _ = TOTAL.rule(*exponentials)
    return largest + log_of_sum(*exponentials), tuple([each / scale for each in exponentials])


# Trigonometric and hyperbolic functions


@row("sin", requires=_FINITE)
def SIN(x: Number) -> Recorded:
    """The sine of x radians."""
    return sin(x), (cos(x),)


@row("cos", requires=_FINITE)
def COS(x: Number) -> Recorded:
    """The cosine of x radians."""
    return cos(x), (-sin(x),)


@row("tan", requires=_FINITE)
def TAN(x: Number) -> Recorded:
    """The tangent of x radians."""
    out = tan(x)
    return out, (1.0 + out * out,)


@row("atan")
def ATAN(x: Number) -> Recorded:
    """The inverse tangent, in radians, from -π/2 to π/2."""
    return atan(x), (1.0 / (1.0 + x * x),)


@row("asin", requires=_between(-1, 1))
def ASIN(x: Number) -> Recorded:
    """The inverse sine, in radians, from -π/2 to π/2; its slope at -1 and 1 is inf."""
    return asin(x), (reciprocal(sqrt((1.0 - x) * (1.0 + x))),)


@row("acos", requires=_between(-1, 1))
def ACOS(x: Number) -> Recorded:
    """The inverse cosine, in radians, from π to 0; its slope at -1 and 1 is -inf."""
    return acos(x), (-reciprocal(sqrt((1.0 - x) * (1.0 + x))),)


@row("atan2", arity=2, kink="the slopes at (0, 0) are 0")
def ATAN2(y: Number, x: Number) -> Recorded:
    """The angle of the point (x, y), in radians, from -π to π; y comes first."""
    radius = length(y, x)
    slopes = over_length(x, radius), -over_length(y, radius)
    return atan2(y, x), tuple([over_length(slope, radius) for slope in slopes])


@row("hypot", arity=2, overflows=True, kink="the slopes at (0, 0) are 0")
def HYPOT(x: Number, y: Number) -> Recorded:
    """√(x² + y²), of which nothing overflows on the way."""
    out = length(x, y)
    return out, (over_length(x, out), over_length(y, out))


@row("norm", "‖·‖", arity=None, overflows=True, kink="the slopes at 0 are 0")
def NORM(*numbers: Number) -> Recorded:
    """√(Σ xᵢ²), the Euclidean length, of which nothing overflows on the way."""
    out = length(*numbers)
    return out, tuple([over_length(x, out) for x in numbers])


@lru_cache(maxsize=256)
def sinc_derivative(n: int) -> Operation:
    """The row of the n-th derivative of sin(πx)/(πx)."""
    name = f"sinc_derivative({n})" if n else "sinc"
    notation = f"sinc_derivative({{0}}, {n})" if n else ""

    @row(name, f"∂{n}sinc" if n else "sinc", requires=_FINITE, notation=notation)
    def rule(x: Number) -> Recorded:
        """sin(πx)/(πx), and 1 at 0: NumPy's sinc."""
        return sinc_derivative_of(x, n), (sinc_derivative_of(x, n + 1),)

    return rule


@row("sinh", overflows=True)
def SINH(x: Number) -> Recorded:
    """The hyperbolic sine, (exp(x) - exp(-x)) / 2."""
    return sinh(x), (cosh(x),)


@row("cosh", overflows=True)
def COSH(x: Number) -> Recorded:
    """The hyperbolic cosine, (exp(x) + exp(-x)) / 2."""
    return cosh(x), (sinh(x),)


@row("tanh", saturated_outside=(-0.97, 0.97))
def TANH(x: Number) -> Recorded:
    """The hyperbolic tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)), from -1 to 1."""
    out = tanh(x)
    return out, (tanh_slope(x, out),)


@row("asinh")
def ASINH(x: Number) -> Recorded:
    """The inverse hyperbolic sine, log(x + √(x² + 1))."""
    return asinh(x), (reciprocal(length(x, 1.0)),)


@row("acosh", requires=_at_least(1))
def ACOSH(x: Number) -> Recorded:
    """The inverse hyperbolic cosine, log(x + √(x² - 1)); its slope at 1 is inf."""
    return acosh(x), (reciprocal(sqrt(x - 1.0) * sqrt(x + 1.0)),)


@row("atanh", requires=(Requirement("-1 < x < 1", lambda x: x <= -1.0 or x >= 1.0),))
def ATANH(x: Number) -> Recorded:
    """The inverse hyperbolic tangent, log((1 + x) / (1 - x)) / 2."""
    return atanh(x), (reciprocal((1.0 - x) * (1.0 + x)),)


@row("tanh_slope")
def TANH_SLOPE(x: Number) -> Recorded:
    """1 - tanh(x)², which keeps its accuracy in the tails; the slope of tanh."""
    of = tanh(x)
    out = tanh_slope(x, of)
    return out, (-2.0 * of * out,)


# Of the normal distribution


@row("erf")
def ERF(x: Number) -> Recorded:
    """The error function, 2/√π ∫ exp(-t²) dt from 0 to x."""
    return erf(x), (_TWO_OVER_ROOT_PI * exp_of_square_of(x, -1.0),)


@row("erfc")
def ERFC(x: Number) -> Recorded:
    """1 - erf(x), accurate where x is large."""
    return erfc(x), (-_TWO_OVER_ROOT_PI * exp_of_square_of(x, -1.0),)


@row("normal_cdf", "Φ")
def NORMAL_CDF(x: Number) -> Recorded:
    """The standard normal distribution Φ(x) = erfc(-x / √2) / 2, accurate in the left tail."""
    return normal_cdf(x), (_ONE_OVER_ROOT_TAU * exp_of_square_of(x, -0.5),)


@lru_cache(maxsize=256)
def exp_of_square(factor: float) -> Operation:
    """The row of exp(factor · x²), the slopes of the three above."""

    @row(f"exp_of_square({factor:g})", "exp x²", notation=f"exp({factor!r} * {{0}} ** 2)")
    def rule(x: Number) -> Recorded:
        """exp(factor · x²)."""
        out = exp_of_square_of(x, factor)
        return out, (2.0 * factor * x * out,)

    return rule


_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)
_ONE_OVER_ROOT_TAU = 1.0 / math.sqrt(math.tau)


# Activations


@row("sigmoid", saturated_outside=(0.03, 0.97))
def SIGMOID(x: Number) -> Recorded:
    """The logistic function, 1 / (1 + exp(-x)), from 0 to 1; it never overflows."""
    out = sigmoid(x)
    return out, (sigmoid_slope(x, out),)


@row("sigmoid_slope")
def SIGMOID_SLOPE(x: Number) -> Recorded:
    """sigmoid(x) (1 - sigmoid(x)), which keeps its accuracy in the tails; the slope of sigmoid."""
    out = sigmoid_slope(x, sigmoid(x))
    return out, (-tanh(0.5 * x) * out,)


@row("softplus")
def SOFTPLUS(x: Number) -> Recorded:
    """log(1 + exp(x)), a smooth relu; it never overflows."""
    return softplus(x), (sigmoid(x),)


@row("log_sigmoid", "log sig")
def LOG_SIGMOID(x: Number) -> Recorded:
    """log(sigmoid(x)) = -softplus(-x), accurate in both tails; it never overflows."""
    return -softplus(-x), (sigmoid(-x),)


@row("relu", "ReLU", kink="the slope at 0 is 0", branches=True, can_die=True)
def RELU(x: Number) -> Recorded:
    """The rectifier: x for x > 0, and 0 elsewhere; nan stays nan (Nair & Hinton, 2010)."""
    return maximum(x, 0.0), (step(x),)


@lru_cache(maxsize=256)
def leaky_relu(slope: float) -> Operation:
    """The row of leaky relu: x above 0, slope * x elsewhere."""

    @row(
        f"leaky_relu({slope:g})",
        "leaky ReLU",
        kink="the slope at 0 is that of the negative side",
        notation=f"leaky_relu({{0}}, {slope!r})",
        branches=True,
    )
    def rule(x: Number) -> Recorded:
        positive = step(x)
        out = maximum(x, 0.0) + slope * minimum(x, 0.0)
        return out, (positive + slope * (1.0 - positive),)

    return rule


@lru_cache(maxsize=256)
def elu(alpha: float) -> Operation:
    """The row of elu: x above 0, alpha * (exp(x) - 1) elsewhere."""

    @row(
        f"elu({alpha:g})",
        "elu",
        kink="the slope at 0 is alpha, that of the negative side",
        notation=f"elu({{0}}, {alpha!r})",
    )
    def rule(x: Number) -> Recorded:
        positive = step(x)
        below = minimum(x, 0.0)
        out = maximum(x, 0.0) + alpha * expm1(below)
        return out, (positive + (1.0 - positive) * (alpha * exp(below)),)

    return rule


# Comparisons


@row("abs", kink="the slope at 0 is 0", branches=True)
def ABS(x: Number) -> Recorded:
    """The absolute value."""
    return abs(x), (step(x) - step(-x),)


@row("maximum", "max", kink="a tie gives half to each side", arity=2, branches=True)
def MAXIMUM(x: Number, y: Number) -> Recorded:
    """The larger of two numbers; nan where either is nan."""
    first = 0.5 * (1.0 + step(x - y) - step(y - x))
    return maximum(x, y), (first, 1.0 - first)


@row("minimum", "min", kink="a tie gives half to each side", arity=2, branches=True)
def MINIMUM(x: Number, y: Number) -> Recorded:
    """The smaller of two numbers; nan where either is nan."""
    first = 0.5 * (1.0 + step(y - x) - step(x - y))
    return minimum(x, y), (first, 1.0 - first)


@row("step", kink="the slope is 0 everywhere, also at the jump", branches=True)
def STEP(x: Number) -> Recorded:
    """1 for x > 0, and 0 elsewhere."""
    return step(x), (0.0,)


@row("sign", kink="the slope is 0 everywhere, also at the jump", branches=True)
def SIGN(x: Number) -> Recorded:
    """1 for x > 0, -1 for x < 0, and 0 at 0; nan stays nan."""
    return sign(x), (0.0,)


_JUMPS = "the slopes are 0 everywhere, also at the jump"


@row("less", "<", arity=2, kink=_JUMPS, branches=True)
def LESS(x: Number, y: Number) -> Recorded:
    """1 where x < y, and 0 elsewhere, also at nan."""
    return less(x, y), (0.0, 0.0)


@row("less_equal", "≤", arity=2, kink=_JUMPS, branches=True)
def LESS_EQUAL(x: Number, y: Number) -> Recorded:
    """1 where x <= y, and 0 elsewhere, also at nan."""
    return less_equal(x, y), (0.0, 0.0)


@row("equal", "=", arity=2, kink=_JUMPS, branches=True)
def EQUAL(x: Number, y: Number) -> Recorded:
    """1 where x and y are the same number, and 0 elsewhere, also at nan."""
    return equal(x, y), (0.0, 0.0)


@row("where", arity=3, branches=True, kink="at the jump the slopes are those of the branch taken")
def WHERE(condition: Number, x: Number, y: Number) -> Recorded:
    """x where the condition is not 0, and y where it is; the other branch may be inf or nan."""
    taken = is_true(condition)
    return where(condition, x, y), (0.0, taken, 1.0 - taken)


@row("through", "*", arity=2, notation="{0} * {1}", branches=True)
def THROUGH(x: Number, y: Number) -> Recorded:
    """x * y, but 0 where x is 0 whatever y is: a gradient y on its way through a branch."""
    return through(x, y), (y, x)


# Made by hand


def given(data: float, slopes: tuple[float, ...]) -> Operation:
    """The row of a node made by hand: numbers for the operands of one moment, and no rule."""

    @row("given", "given by hand", arity=len(slopes))
    def rule(*operands: Number) -> Recorded:
        return by_hand(data, *operands), tuple([given_of(slope, *operands) for slope in slopes])

    return rule


def given_slope(slope: float) -> Operation:
    """The row of a local derivative that was given by hand: a number whose slopes are unknown."""

    @row("given_slope", "given by hand", arity=None)
    def rule(*operands: Number) -> Recorded:
        if not all(isinstance(x, float) for x in operands):
            raise ValueError(
                "the second derivative of a Value made by hand is not known: its local derivatives "
                "are plain numbers; write the function with @engine.operation instead"
            )
        return slope, (math.nan,) * len(operands)

    return rule


def table() -> Iterator[Operation]:
    """Every row; of a family with a number in its name, some members.

    >>> len({row.name for row in table()}) == len(list(table()))
    True
    """
    yield from (value for value in globals().values() if isinstance(value, Operation))
    yield from (power(exponent) for exponent in (-2.5, -1.0, 0.0, 1 / 3, 0.5, 1.0, 2.0, 3.0, 4.5))
    yield from (power_derivative(m, n) for m, n in ((0, 0), (1, 0), (0, 1), (1, 1)))
    yield power_derivative(0, 1, origin=True)
    yield from (sinc_derivative(n) for n in (0, 1, 2))
    yield from (exp_of_square(factor) for factor in (-1.0, -0.5))
    yield from (leaky_relu(slope) for slope in (0.01, 0.3))
    yield from (elu(alpha) for alpha in (1.0, 0.5))
