"""The number that prints: run a rule of `engine.ops` on it, and read the derivative in words.

A `Formula` only records what is done with it; how that is written is in `notation`.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from engine import functions
from engine.explanation.notation import (
    Atom,
    Terms,
    applied,
    latex_name,
    of_atom,
    of_number,
    of_number_alone,
    sum_of,
)
from engine.graph import topological_order
from engine.primitive import Operation
from engine.text import is_word

_Operator: TypeAlias = Callable[["Formula", "Formula | float"], "Formula"]
_Reflected: TypeAlias = Callable[["Formula", float], "Formula"]


def _binary(symbol: str) -> tuple[_Operator, _Reflected]:
    """An operator of two operands, and its reflection."""
    return (
        lambda self, other: _made(symbol, self, other),
        lambda self, other: _made(symbol, other, self),
    )


class Formula:
    r"""A symbol, a number, or an operation on formulas; its `str` is what a book would print.

    content  a name makes a symbol, a number that number
    latex    how LaTeX writes the symbol, if it is set by hand: then it stands without parentheses;
             otherwise made from the name

    It has the arithmetic operators and the methods that `engine.functions` names, so whatever
    calculates with numbers calculates with formulas.

    >>> x, y = Formula("x"), Formula("y")
    >>> print((1 - x * x) / (2 * y), "and", (x + 0.0) ** 3)
    (1 − x²)/(2·y) and x³
    >>> print((x / y).latex())
    \frac{x}{y}
    """

    __slots__ = ("_terms", "content", "head", "parents")

    content: "str | float | None"
    head: str
    parents: tuple["Formula", ...]
    _terms: "Terms | None"

    def __init__(self, content: "str | float", latex: str | None = None) -> None:
        self.parents = ()
        self.content = content
        if isinstance(content, str):
            self.head = "symbol"
            self._terms = of_atom(
                Atom(
                    content,
                    latex_name(content) if latex is None else latex,
                    whole=latex is not None or is_word(content),
                )
            )
        else:
            self.head = "number"
            self._terms = of_number(float(content))

    def text(self, around: str | None = None) -> str:
        """The formula in plain text.

        If `around` is given, a sum of more than six terms is cut to the first two, the last, and
        those of which that symbol is a factor.
        """
        return sum_of(_terms_of(self), around).text

    def latex(self, around: str | None = None) -> str:
        """The formula in LaTeX's mathematics, without the dollar signs; `around` as in `text`."""
        return sum_of(_terms_of(self), around).latex

    @property
    def is_factor(self) -> bool:
        """Whether it can be a factor as it stands: 3·x can, x + 1 and −x need parentheses."""
        terms = _terms_of(self)
        return not terms or (len(terms) == 1 and terms[0].number > 0.0)

    @property
    def is_exact(self) -> bool:
        """Whether the numbers in it have no more digits than are written."""
        return sum_of(_terms_of(self)).exact

    @property
    def number(self) -> "Fraction | float | None":
        """What its digits say, where it is a number alone; otherwise None."""
        return of_number_alone(_terms_of(self))

    def at(self, numbers: Mapping[str, float]) -> float:
        """What it gives where its symbols are these numbers; nan where one is not among them.

        >>> x = Formula("x")
        >>> (1 - x * x).at({"x": 0.5})
        0.75
        """
        found: dict[Formula, float] = {}
        for node in topological_order(self):
            if isinstance(node.content, str):
                found[node] = numbers.get(node.content, math.nan)
            elif node.content is not None:
                found[node] = node.content
            else:
                found[node] = _evaluated(node.head, [found[parent] for parent in node.parents])
        return found[self]

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Formula {self.text()}>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    # Operators

    __add__, __radd__ = _binary("+")
    __sub__, __rsub__ = _binary("-")
    __mul__, __rmul__ = _binary("*")
    __truediv__, __rtruediv__ = _binary("/")
    __pow__, __rpow__ = _binary("**")

    def __neg__(self) -> "Formula":
        return _made("neg", self)

    def __abs__(self) -> "Formula":
        return _made("abs", self)

    # What rules call, where a formula is written otherwise than by its name

    def expm1(self) -> "Formula":
        """A formula is not rounded, so this is exp(x) − 1."""
        return _made("exp", self) - 1.0

    def log1p(self) -> "Formula":
        """A formula is not rounded, so this is log(1 + x)."""
        return _made("log", 1.0 + self)

    def tanh_slope(self, out: "Formula") -> "Formula":
        """1 − out²."""
        return 1.0 - out * out

    def sigmoid_slope(self, out: "Formula") -> "Formula":
        """out·(1 − out)."""
        return out * (1.0 - out)

    def exp_of_square(self, factor: float) -> "Formula":
        """exp(−x²) or exp(−x²/2)."""
        return _made("exp", factor * self**2.0)

    def power_derivative(
        self, exponent: "Formula", m: int, n: int, *, origin: bool = False
    ) -> "Formula":
        """y·x^(y − 1), x^y·log(x) and so on."""
        out, logarithm = Formula(0.0), _made("log", self)
        for k in range(min(m, n) + 1):
            factor = math.comb(n, k) * functions.falling_factorial(exponent, m, k)
            term = factor * self ** (exponent - float(m))
            out = out + (term * logarithm ** float(n - k) if n > k else term)
        return out

    def lift(self, number: "Formula | float") -> "Formula":
        """The number as a formula."""
        return _formula(number)

    def length(self, *others: "Formula | float") -> "Formula":
        """√(x² + y² + …)."""
        squares = [_formula(x) ** 2.0 for x in (self, *others)]
        total = squares[0]
        for square in squares[1:]:
            total = total + square
        return _made("sqrt", total)

    def log_of_sum(self, *others: "Formula | float") -> "Formula":
        """log(x + y + …)."""
        return _made("log", sum(others, self))

    def floor_divide(self, other: "Formula | float") -> "Formula":
        """floor(x/y)."""
        return _made("floor", self / other)

    def by_hand(self, number: float, *others: "Formula") -> "Formula":
        """What was given by hand has no formula, only a number."""
        return _made("given by hand", self, *others)

    def over_length(self, out: "Formula") -> "Formula":
        """Their quotient."""
        return self / out

    def where(self, x: "Formula | float", y: "Formula | float") -> "Formula":
        """Write `where`."""
        return _made("where", self, x, y)

    def sinc_derivative(self, n: int) -> "Formula":
        """(cos(π·x) − sinc(x))/x and so on."""
        if n == 0:
            return _made("sinc", self)
        pi = Formula("π", r"\pi")
        turned = _made(("sin", "cos")[n % 2], pi * self)
        turned = pi ** float(n - 1) * (-turned if n % 4 > 1 else turned)
        return (turned - float(n) * self.sinc_derivative(n - 1)) / self

    def through(self, adjoint: "Formula | float") -> "Formula":
        """Their product."""
        return self * adjoint


def _by_name(name: str) -> Callable[..., Formula]:
    def method(self: Formula, *others: Formula | float) -> Formula:
        return _made(name, self, *others)

    method.__name__, method.__doc__ = name, f"Write `{name}`."
    return method


_OTHERS: tuple[str, ...] = (
    "maximum",
    "minimum",
    "step",
    "sigmoid",
    "softplus",
    "normal_cdf",
    "sign",
    "mod",
)
_OTHERS += ("less", "less_equal", "floor_divide")
for _name in {*functions.ELEMENTARY, *functions.ELEMENTARY_OF_TWO, *_OTHERS} - vars(Formula).keys():
    setattr(Formula, _name, _by_name(_name))


def formulas_of(
    operation: Operation, operands: Sequence[Formula | str], out: Formula | str = "out"
) -> tuple[Formula, tuple[Formula, ...]]:
    """The result of an operation and its local derivatives, in words: its rule, run on formulas.

    operation  a row of the table
    operands   a formula or a name for each operand
    out        what the derivatives call the result, where they are written with it

    >>> from engine import ops
    >>> result, (slope,) = formulas_of(ops.TANH, ["x"])
    >>> print(result, "has the slope", slope)
    tanh(x) has the slope 1 − out²
    >>> print(*formulas_of(ops.MUL, ["x", "y"])[1])
    y x
    >>> print(*formulas_of(ops.power(3.0), ["x"])[1])
    3·x²
    """
    given = [_formula(x) for x in operands]
    result, partials = operation.rule(*given)
    result = _formula(result)
    if result in given:
        return result, tuple(map(_formula, partials))
    name = _formula(out)
    return result, tuple(_replaced(_formula(partial), result, name) for partial in partials)


def _replaced(formula: Formula, old: Formula, new: Formula) -> Formula:
    """The formula with another one in the place of one object that occurs in it."""
    order = topological_order(formula)
    if old not in order:
        return formula
    renewed: dict[Formula, Formula] = {}
    for node in order:
        parents = [renewed[parent] for parent in node.parents]
        if node is old:
            renewed[node] = new
        elif any(a is not b for a, b in zip(parents, node.parents, strict=True)):
            renewed[node] = _made(node.head, *parents)
        else:
            renewed[node] = node
    return renewed[formula]


def _formula(content: Formula | str | float) -> Formula:
    return content if isinstance(content, Formula) else Formula(content)


def _made(head: str, *operands: Formula | float) -> Formula:
    formula = Formula.__new__(Formula)
    formula.content = None
    formula.head = head
    formula.parents = tuple([_formula(operand) for operand in operands])
    formula._terms = None
    return formula


def _evaluated(head: str, operands: Sequence[float]) -> float:
    operator = _ON_NUMBERS.get(head) or getattr(functions, head)
    return float(operator(*operands))


_ON_NUMBERS: dict[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": functions.divide,
    "**": functions.power,
    "neg": operator.neg,
    "abs": abs,
}


def _terms_of(formula: Formula) -> Terms:
    """The formula as it is written; kept, for it never changes."""
    written: dict[Formula, Terms] = {}
    for node in topological_order(formula):
        if node._terms is None:
            node._terms = applied(node.head, [written[parent] for parent in node.parents])
        written[node] = node._terms
    return written[formula]
