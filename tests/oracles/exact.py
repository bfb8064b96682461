"""Numbers of other libraries, given the methods that a rule calls, and formulas in those libraries.

`HighPrecision` is mpmath's number and `Symbolic` is SymPy's, each with the operators and methods of
`engine.functions`. `reference` knows nothing of the rules: it reads how one types an operation,
such as `x ** 3.0` or `erfc(x)`, and evaluates that with mpmath's own functions.
"""

import functools
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


_SHARED = "exp log sqrt sin cos tan sinh cosh tanh atan erf erfc"


class HighPrecision(Adapted):
    functions = {name: getattr(mpmath, name) for name in f"{_SHARED} log1p expm1".split()} | {
        "maximum": max,
        "minimum": min,
        "step": lambda x: mpmath.mpf(x > 0),
    }
    exact = staticmethod(mpmath.mpf)


class Symbolic(Adapted):
    functions = {name: getattr(sympy, name) for name in _SHARED.split()} | {
        "log1p": lambda x: sympy.log(1 + x),
        "expm1": lambda x: sympy.exp(x) - 1,
        "maximum": sympy.Max,
        "minimum": sympy.Min,
        "step": lambda x: sympy.Heaviside(x, 0),
        "normal_cdf": lambda x: sympy.erfc(-x / sympy.sqrt(2)) / 2,
        "exp_of_square": lambda x, factor: sympy.exp(factor * x**2),
        "tanh_slope": lambda x, out: 1 - sympy.tanh(x) ** 2,
        "sigmoid_slope": lambda x, out: 1 / (2 * sympy.cosh(x / 2)) ** 2,
    }

    @staticmethod
    def exact(number):
        """The number that a float stands for: a small fraction, or a multiple of a power of π."""
        fraction = Fraction(number).limit_denominator(1000)
        if float(fraction) == number:
            return sympy.Rational(fraction.numerator, fraction.denominator)
        return sympy.nsimplify(number, [sympy.pi])


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
