"""Numbers of other libraries, given the methods that a rule calls, and formulas in those libraries.

`HighPrecision` is mpmath's number and `Symbolic` is SymPy's, each with the operators and methods of
`engine.functions`. `reference` knows nothing of the rules: it reads how one types an operation,
such as `x ** 3.0` or `erfc(x)`, and evaluates that with mpmath's own functions.
"""

import functools
import math
import operator
from fractions import Fraction

import mpmath
import sympy


class Adapted:
    """A number of another library, with the methods that rules call."""

    def __init__(self, number):
        self.number = number

    def __getattr__(self, name):
        if name not in self.functions:
            raise AttributeError(name)
        function = self.functions[name]
        return lambda *others: type(self)(function(self.number, *map(self.plain, others)))

    def plain(self, other):
        return other.number if isinstance(other, Adapted) else self.exact(other)


for _name in ("add", "sub", "mul", "truediv", "pow"):
    _apply = getattr(operator, _name)
    setattr(
        Adapted,
        f"__{_name}__",
        lambda self, other, apply=_apply: type(self)(apply(self.number, self.plain(other))),
    )
    setattr(
        Adapted,
        f"__r{_name}__",
        lambda self, other, apply=_apply: type(self)(apply(self.plain(other), self.number)),
    )
Adapted.__neg__ = lambda self: type(self)(-self.number)
Adapted.__abs__ = lambda self: type(self)(abs(self.number))
Adapted.lift = lambda self, number: type(self)(self.plain(number))


_SHARED = "exp log sqrt sin cos tan sinh cosh tanh asin acos atan asinh acosh atanh erf erfc atan2"


def _fmod(x, y):
    """The remainder with the sign of x, as C has it."""
    rest = abs(x) - abs(y) * mpmath.floor(abs(x) / abs(y))
    return rest if x >= 0 else -rest


def _sinc(x, n):
    """The n-th derivative of sin(πx)/(πx), by its series, or by the product rule on x · sinc(x)."""
    x, n = mpmath.mpf(x), int(n)
    if abs(x) < 1:  # Σ (-1)ᵏ π²ᵏ x²ᵏ⁻ⁿ (2k)!/((2k-n)! (2k+1)!)
        first = (n + 1) // 2
        terms = (
            (-1) ** k
            * mpmath.pi ** (2 * k)
            * x ** (2 * k - n)
            / ((2 * k + 1) * mpmath.factorial(2 * k - n))
            for k in range(first, first + 200)
        )
        return mpmath.fsum(terms)
    z = mpmath.pi * x
    out = mpmath.sin(z) / z
    for k in range(1, n + 1):
        out = (mpmath.sin(z + k * mpmath.pi / 2) - k * out) / z
    return mpmath.pi**n * out


_LOGARITHMS = {
    1 / math.log(2): 1 / sympy.log(2),
    1 / math.log(10): 1 / sympy.log(10),
    math.log(2): sympy.log(2),
}


class HighPrecision(Adapted):
    functions = {name: getattr(mpmath, name) for name in f"{_SHARED} log1p expm1".split()} | {
        "exp2": lambda x: mpmath.power(2, x),
        "log2": lambda x: mpmath.log(x, 2),
        "log10": mpmath.log10,
        "floor": mpmath.floor,
        "fmod": _fmod,
        "maximum": max,
        "minimum": min,
        "step": lambda x: mpmath.mpf(x > 0),
        "less": lambda x, y: mpmath.mpf(x < y),
        "less_equal": lambda x, y: mpmath.mpf(x <= y),
        "sinc_derivative": _sinc,
    }
    exact = staticmethod(mpmath.mpf)


class Symbolic(Adapted):
    functions = {name: getattr(sympy, name) for name in _SHARED.split()} | {
        "log1p": lambda x: sympy.log(1 + x),
        "expm1": lambda x: sympy.exp(x) - 1,
        "maximum": sympy.Max,
        "minimum": sympy.Min,
        "step": lambda x: sympy.Heaviside(x, 0),
        "sign": sympy.sign,
        "less": lambda x, y: sympy.Heaviside(y - x, 0),
        "less_equal": lambda x, y: 1 - sympy.Heaviside(x - y, 0),
        "where": lambda condition, x, y: x if condition != 0 else y,
        "exp2": lambda x: sympy.Integer(2) ** x,
        "log2": lambda x: sympy.log(x, 2),
        "log10": lambda x: sympy.log(x, 10),
        "floor_divide": lambda x, y: sympy.Symbol("k"),  # between jumps it is a constant
        "mod": lambda x, y: x - y * sympy.Symbol("k"),
        "length": lambda *numbers: sympy.sqrt(sum(x**2 for x in numbers)),
        "over_length": lambda x, out: x / out,
        "log_of_sum": lambda *numbers: sympy.log(sum(numbers)),
        "sinc_derivative": lambda x, n: _symbolic_sinc(x, int(n)),
        "normal_cdf": lambda x: sympy.erfc(-x / sympy.sqrt(2)) / 2,
        "exp_of_square": lambda x, factor: sympy.exp(factor * x**2),
        "tanh_slope": lambda x, out: 1 - sympy.tanh(x) ** 2,
        "sigmoid_slope": lambda x, out: 1 / (2 * sympy.cosh(x / 2)) ** 2,
    }

    @staticmethod
    def exact(number):
        """The number that a float stands for: a small fraction, or a multiple of a power of π."""
        if number in _LOGARITHMS:
            return _LOGARITHMS[number]
        fraction = Fraction(number).limit_denominator(1000)
        if float(fraction) == number:
            return sympy.Rational(fraction.numerator, fraction.denominator)
        return sympy.nsimplify(number, [sympy.pi])


def _symbolic_sinc(x, n):
    of = sympy.sin(sympy.pi * x) / (sympy.pi * x)
    return sympy.diff(of, x, n) if n else of


def _dot(*numbers):
    n = len(numbers) // 2
    return mpmath.fdot(numbers[:n], numbers[n : 2 * n]) + sum(numbers[2 * n :])


@functools.cache
def _power_derivative(m, n):
    x, y = sympy.symbols("x y", positive=True)
    variables = [x] * m + [y] * n
    derivative = sympy.diff(x**y, *variables) if variables else x**y
    return sympy.lambdify((x, y), derivative, "mpmath")


_TYPED = {name: getattr(mpmath, name) for name in f"{_SHARED} log1p expm1".split()} | {
    "exp2": lambda x: mpmath.power(2, x),
    "log2": lambda x: mpmath.log(x, 2),
    "log10": mpmath.log10,
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "norm": lambda *numbers: mpmath.sqrt(mpmath.fsum(x * x for x in numbers)),
    "prod": lambda *numbers: mpmath.fprod(numbers),
    "sinc": lambda x: _sinc(x, 0),
    "sinc_derivative": _sinc,
    "floor": mpmath.floor,
    "sign": mpmath.sign,
    "less": lambda x, y: mpmath.mpf(x < y),
    "less_equal": lambda x, y: mpmath.mpf(x <= y),
    "equal": lambda x, y: mpmath.mpf(x == y),
    "where": lambda condition, x, y: x if condition != 0 else y,
    "log_sigmoid": lambda x: -mpmath.log(1 + mpmath.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "relu": lambda x: x if x > 0 else mpmath.mpf(0),
    "leaky_relu": lambda x, slope: x if x > 0 else x * slope,
    "elu": lambda x, alpha: x if x > 0 else alpha * (mpmath.exp(x) - 1),
    "selu": lambda x: (
        mpmath.mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mpmath.mpf("1.6732632423543772848170429916717") * (mpmath.exp(x) - 1))
    ),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "step": lambda x: mpmath.mpf(x > 0),
    "normal_cdf": mpmath.ncdf,
    "tanh_slope": lambda x: 1 / mpmath.cosh(x) ** 2,
    "sigmoid_slope": lambda x: 1 / (2 + mpmath.exp(x) + mpmath.exp(-x)),
    "power_derivative": lambda x, y, m, n: _power_derivative(m, n)(x, y),
    "reciprocal": lambda x: 1 / x,
    "total": lambda *numbers: mpmath.fsum(numbers),
    "dot": _dot,
    "log_sum_exp": lambda *numbers: mpmath.log(mpmath.fsum(map(mpmath.exp, numbers))),
}


def reference(typed, operands):
    """The function of mpmath numbers that `typed`, with {0}, {1} for its operands, stands for."""
    names = [f"x{i}" for i in range(operands)]
    source = f"lambda {', '.join(names)}: {typed.format(*names)}"
    return eval(source, dict(_TYPED))  # the source is the table's own notation


# The precision at which 1 + exp(-700) still differs from 1 in hundreds of digits.
DIGITS = 400


def derivative(function, point, orders):
    """The partial derivative of these orders, by mpmath's differences at hundreds of digits."""
    with mpmath.workdps(DIGITS):
        numbers = tuple(map(mpmath.mpf, point))
        return mpmath.diff(function, numbers, orders) if any(orders) else function(*numbers)


def close(ours, exact, rel, abs_=0.0):
    """Whether a float is within rel · |exact| + abs of an exact number."""
    with mpmath.workdps(DIGITS):
        return abs(mpmath.mpf(ours) - exact) <= rel * abs(exact) + abs_
