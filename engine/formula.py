"""The number that prints: run a rule of `engine.ops` on it, and read the derivative in words.

A `Formula` only records what is done with it. How that is written comes afterwards, as sums of
terms, each a number times factors over factors, with a light hand: 1·x is x, x + 0 is x, x·x is x²,
plain numbers are folded; nothing is cancelled, expanded or put in another order.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.functions import divide, power
from engine.graph import topological_order
from engine.naming import is_word, number_text
from engine.ops import Operation


class Formula:
    """A symbol, a number, or an operation on formulas; its `str` is what a book would print.

    content  a name makes a symbol, a number that number
    latex    how LaTeX writes the symbol, if it is set by hand: then it stands without parentheses;
             otherwise made from the name

    It has the arithmetic operators and the methods that `engine.functions` names, so whatever
    calculates with numbers calculates with formulas.

    >>> x, y = Formula("x"), Formula("y")
    >>> print((1 - x * x) / (2 * y), "and", (x + 0.0) ** 3)
    (1 − x²)/(2·y) and x³
    >>> print((x / y).latex())
    \\frac{x}{y}
    """

    __slots__ = ("_terms", "head", "parents")

    head: str
    parents: tuple["Formula", ...]
    _terms: "_Terms | None"

    def __init__(self, content: "str | float", latex: str | None = None) -> None:
        self.parents = ()
        if isinstance(content, str):
            self.head = "symbol"
            self._terms = _of_atom(
                _Atom(
                    content,
                    latex_name(content) if latex is None else latex,
                    whole=latex is not None or is_word(content),
                )
            )
        else:
            self.head = "number"
            self._terms = _of_number(float(content))

    def text(self, around: str | None = None) -> str:
        """The formula in plain text.

        If `around` is given, a sum of more than six terms is cut to the first two, the last, and
        those of which that symbol is a factor.
        """
        return _sum_atom(_terms_of(self), around).text

    def latex(self, around: str | None = None) -> str:
        """The formula in LaTeX's mathematics, without the dollar signs; `around` as in `text`."""
        return _sum_atom(_terms_of(self), around).latex

    @property
    def is_factor(self) -> bool:
        """Whether it can be a factor as it stands: 3·x can, x + 1 and −x need parentheses."""
        terms = _terms_of(self)
        return not terms or (len(terms) == 1 and terms[0].number > 0.0)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Formula {self.text()}>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    # Operators

    def __add__(self, other: "Formula | float") -> "Formula":
        return _made("+", self, other)

    def __radd__(self, other: float) -> "Formula":
        return _made("+", other, self)

    def __sub__(self, other: "Formula | float") -> "Formula":
        return _made("-", self, other)

    def __rsub__(self, other: float) -> "Formula":
        return _made("-", other, self)

    def __mul__(self, other: "Formula | float") -> "Formula":
        return _made("*", self, other)

    def __rmul__(self, other: float) -> "Formula":
        return _made("*", other, self)

    def __truediv__(self, other: "Formula | float") -> "Formula":
        return _made("/", self, other)

    def __rtruediv__(self, other: float) -> "Formula":
        return _made("/", other, self)

    def __pow__(self, other: "Formula | float") -> "Formula":
        return _made("**", self, other)

    def __rpow__(self, other: float) -> "Formula":
        return _made("**", other, self)

    def __neg__(self) -> "Formula":
        return _made("neg", self)

    def __abs__(self) -> "Formula":
        return _made("abs", self)

    # What rules call: each name of `engine.functions`

    def expm1(self) -> "Formula":
        """A formula is not rounded, so this is exp(x) − 1."""
        return self.exp() - 1.0

    def log1p(self) -> "Formula":
        """A formula is not rounded, so this is log(1 + x)."""
        return (1.0 + self).log()

    def exp(self) -> "Formula":
        return _made("exp", self)

    def log(self) -> "Formula":
        return _made("log", self)

    def sqrt(self) -> "Formula":
        return _made("sqrt", self)

    def sin(self) -> "Formula":
        return _made("sin", self)

    def cos(self) -> "Formula":
        return _made("cos", self)

    def tan(self) -> "Formula":
        return _made("tan", self)

    def atan(self) -> "Formula":
        return _made("atan", self)

    def sinh(self) -> "Formula":
        return _made("sinh", self)

    def cosh(self) -> "Formula":
        return _made("cosh", self)

    def tanh(self) -> "Formula":
        return _made("tanh", self)

    def erf(self) -> "Formula":
        return _made("erf", self)

    def erfc(self) -> "Formula":
        return _made("erfc", self)

    def sigmoid(self) -> "Formula":
        return _made("sigmoid", self)

    def softplus(self) -> "Formula":
        return _made("softplus", self)

    def maximum(self, other: "Formula | float") -> "Formula":
        return _made("maximum", self, other)

    def minimum(self, other: "Formula | float") -> "Formula":
        return _made("minimum", self, other)

    def step(self) -> "Formula":
        """1 where the formula is positive and 0 elsewhere: Iverson's bracket, [x > 0]."""
        return _made("step", self)


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
    formula.head = head
    formula.parents = tuple([_formula(operand) for operand in operands])
    formula._terms = None
    return formula


# How a formula is written: a sum of terms, each number · factors / factors


@dataclass(frozen=True, slots=True)
class _Atom:
    """A piece of a formula, written out.

    whole   it can be a factor as it stands
    raised  it is written with a root or an exponent: before another exponent it needs parentheses
    """

    text: str
    latex: str
    whole: bool = True
    raised: bool = False

    def in_parentheses(self) -> "_Atom":
        return _Atom(f"({self.text})", rf"\left({self.latex}\right)")


@dataclass(frozen=True, slots=True)
class _Factor:
    base: _Atom
    exponent: float | _Atom = 1.0


@dataclass(frozen=True, slots=True)
class _Term:
    number: float
    over: tuple[_Factor, ...] = ()
    under: tuple[_Factor, ...] = ()

    @property
    def plain(self) -> bool:
        return not self.over and not self.under


_Terms = tuple[_Term, ...]


def _terms_of(formula: Formula) -> _Terms:
    """The terms of a formula; kept, for it never changes."""
    for node in topological_order(formula):
        if node._terms is None:
            operands = [_known(parent) for parent in node.parents]
            write = _ARITHMETIC.get(node.head)
            node._terms = write(*operands) if write else _call(node.head, operands)
    return _known(formula)


def _known(formula: Formula) -> _Terms:
    assert formula._terms is not None
    return formula._terms


def _of_number(number: float) -> _Terms:
    return () if number == 0.0 else (_Term(number),)


def _of_atom(atom: _Atom) -> _Terms:
    return (_Term(1.0, (_Factor(atom),)),)


def _added(left: _Terms, right: _Terms) -> _Terms:
    terms = list(left)
    for term in right:
        plain = [i for i, other in enumerate(terms) if other.plain] if term.plain else []
        if plain:
            terms[plain[0]] = _Term(terms[plain[0]].number + term.number)
        else:
            terms.append(term)
    return tuple(term for term in terms if term.number != 0.0)


def _negated(terms: _Terms) -> _Terms:
    return tuple(replace(term, number=-term.number) for term in terms)


def _multiplied(left: _Terms, right: _Terms) -> _Terms:
    if left == _ONE:
        return right
    if right == _ONE:
        return left
    x, y = _one_term(left), _one_term(right)
    number = x.number * y.number
    if number == 0.0:
        return ()
    return (_Term(number, _merged(x.over + y.over), _merged(x.under + y.under)),)


def _divided(left: _Terms, right: _Terms) -> _Terms:
    if right == _ONE:
        return left
    x, y = _one_term(left), _one_term(right)
    number = divide(x.number, y.number)
    if number == 0.0:
        return ()
    return (_Term(number, _merged(x.over + y.under), _merged(x.under + y.over)),)


def _raised(base: _Terms, exponent: _Terms) -> _Terms:
    n = _one_term(exponent)
    if not n.plain:
        return (_Term(1.0, (_Factor(_atom(base), _atom(exponent)),)),)
    if n.number in (0.0, 1.0):
        return base if n.number else _ONE
    x = _one_term(base)
    if x.plain:
        return _of_number(power(x.number, n.number))
    if x.number == 1.0 and len(x.over) == 1 and not x.under:
        (factor,) = x.over
        inner = factor.exponent
        if inner == 1.0 or (isinstance(inner, float) and (inner % 1.0 == n.number % 1.0 == 0.0)):
            return (_Term(1.0, (_Factor(factor.base, inner * n.number),)),)
    return (_Term(1.0, (_Factor(_atom(base), n.number),)),)


def _merged(factors: tuple[_Factor, ...]) -> tuple[_Factor, ...]:
    """Factors of one base with plain exponents become one factor: x·x is x²."""
    merged: list[_Factor] = []
    place: dict[_Atom, int] = {}
    for factor in factors:
        if isinstance(factor.exponent, float):
            i = place.setdefault(factor.base, len(merged))
            if i < len(merged):
                before = merged[i].exponent
                assert isinstance(before, float)
                merged[i] = _Factor(factor.base, before + factor.exponent)
                continue
        merged.append(factor)
    return tuple(merged)


_ONE: _Terms = (_Term(1.0),)

_ARITHMETIC: dict[str, Callable[..., _Terms]] = {
    "+": _added,
    "-": lambda left, right: _added(left, _negated(right)),
    "neg": _negated,
    "*": _multiplied,
    "/": _divided,
    "**": _raised,
}


def _one_term(terms: _Terms) -> _Term:
    """The terms as a single one: a sum becomes a factor."""
    if len(terms) == 1:
        return terms[0]
    return _Term(1.0, (_Factor(_sum_atom(terms)),)) if terms else _Term(0.0)


def _atom(terms: _Terms) -> _Atom:
    """The terms as one piece."""
    if len(terms) == 1 and len(terms[0].over) == 1:
        (factor,) = terms[0].over
        if terms == _of_atom(factor.base):
            return factor.base
    return _sum_atom(terms)


def _call(name: str, operands: Sequence[_Terms]) -> _Terms:
    """A function, as one factor."""
    atoms = [_atom(operand) for operand in operands]
    text = ", ".join(atom.text for atom in atoms)
    latex = ", ".join(atom.latex for atom in atoms)
    if name == "abs":
        bars = f"abs({text})" if "|" in text else f"|{text}|"
        return _of_atom(_Atom(bars, rf"\left\lvert {latex} \right\rvert"))
    if name == "step":
        text, latex = _is_positive(operands[0])
        return _of_atom(_Atom(f"[{text}]", rf"\left[{latex}\right]"))
    if name == "exp":
        return _of_atom(_Atom(f"exp({text})", f"e^{{{latex}}}", raised=True))
    if name == "sqrt":
        root = atoms[0] if atoms[0].whole and not atoms[0].raised else atoms[0].in_parentheses()
        return _of_atom(_Atom(f"√{root.text}", rf"\sqrt{{{latex}}}", raised=True))
    in_text, in_latex = _FUNCTIONS.get(name, (name, rf"\{name}"))
    return _of_atom(_Atom(f"{in_text}({text})", rf"{in_latex}\left({latex}\right)"))


_FUNCTIONS = {
    "maximum": ("max", r"\max"),
    "minimum": ("min", r"\min"),
    "sigmoid": ("sigmoid", r"\sigma"),
    "softplus": ("softplus", r"\operatorname{softplus}"),
    "atan": ("atan", r"\arctan"),
    "erf": ("erf", r"\operatorname{erf}"),
    "erfc": ("erfc", r"\operatorname{erfc}"),
}


def _is_positive(terms: _Terms) -> tuple[str, str]:
    """That the terms are positive: x − y > 0 is x > y, and −x > 0 is x < 0."""
    larger = _sum_atom(tuple(term for term in terms if term.number > 0.0))
    smaller = _sum_atom(_negated(tuple(term for term in terms if not term.number > 0.0)))
    if larger.text == "0":
        return f"{smaller.text} < 0", f"{smaller.latex} < 0"
    return f"{larger.text} > {smaller.text}", f"{larger.latex} > {smaller.latex}"


def _sum_atom(terms: _Terms, around: str | None = None) -> _Atom:
    """The sum of the terms, written out; not all of them if `around` is given."""
    if not terms:
        return _Atom("0", "0")
    text = latex = ""
    cut = around is not None and len(terms) > _SHOWN_TERMS
    skipping = False
    for i, term in enumerate(terms):
        if cut and 2 <= i < len(terms) - 1 and not _contains(term, around):
            if not skipping:
                text, latex, skipping = f"{text} + …", rf"{latex} + \dots", True
            continue
        skipping = False
        sign = "-" if term.number < 0.0 else "+" if text else ""
        in_text, in_latex = _written(replace(term, number=abs(term.number)))
        space = " " if text else ""
        text += f"{space}{sign.replace('-', '−')}{space}{in_text}"
        latex += f"{space}{sign}{space}{in_latex}"
    whole = len(terms) == 1 and terms[0].plain and terms[0].number > 0.0 and "e" not in text
    return _Atom(text, latex, whole)


_SHOWN_TERMS = 6


def _contains(term: _Term, symbol: str | None) -> bool:
    return any(factor.base.text == symbol for factor in term.over + term.under)


def _written(term: _Term) -> tuple[str, str]:
    """A term with a positive number, in text and in LaTeX: 3·x²/(2·y)."""
    number, below = _as_fraction(term.number, bool(term.under))
    over = [_written_factor(factor) for factor in term.over]
    under = [_written_factor(factor) for factor in term.under]
    if number != 1.0 or not over:
        over.insert(0, (number_text(number), number_latex(number)))
    if below != 1:
        under.insert(0, (str(below), str(below)))
    text, latex = _product(over)
    if not under:
        return text, latex
    in_text, in_latex = _product(under)
    if len(under) > 1:
        in_text = f"({in_text})"
    # a fraction bar needs no parentheses
    if below == 1 and len(term.under) == 1 and term.under[0].exponent == 1.0:
        in_latex = term.under[0].base.latex
    if len(over) == len(term.over) == 1 and term.over[0].exponent == 1.0:
        latex = term.over[0].base.latex
    return f"{text}/{in_text}", rf"\frac{{{latex}}}{{{in_latex}}}"


def _product(factors: Sequence[tuple[str, str]]) -> tuple[str, str]:
    return "·".join(text for text, _ in factors), r" \cdot ".join(latex for _, latex in factors)


def _as_fraction(number: float, over_something: bool) -> tuple[float, int]:
    """The number as (numerator, denominator): 0.5/x is 1/(2·x), and x·0.333… is x/3."""
    fraction = _simple_fraction(number)
    if over_something and fraction.numerator == 1:
        return 1.0, fraction.denominator
    if float(f"{number:.4g}") != number and fraction != 0:
        return float(fraction.numerator), fraction.denominator
    return number, 1


def _simple_fraction(number: float) -> Fraction:
    """The fraction with a denominator of one digit that the number is; 0 if there is none."""
    if not math.isfinite(number):
        return Fraction(0)
    fraction = Fraction(number).limit_denominator(9)
    return fraction if math.isclose(fraction, number, rel_tol=1e-15) else Fraction(0)


def _written_factor(factor: _Factor) -> tuple[str, str]:
    base, exponent = factor.base, factor.exponent
    if exponent == 1.0:
        base = base if base.whole else base.in_parentheses()
        return base.text, base.latex
    base = base if base.whole and not base.raised else base.in_parentheses()
    if isinstance(exponent, _Atom):
        in_text = exponent.text if exponent.whole else f"({exponent.text})"
        return f"{base.text}^{in_text}", f"{base.latex}^{{{exponent.latex}}}"
    if exponent % 1.0 == 0.0:
        in_text = f"{exponent:.0f}"
        return base.text + in_text.translate(_SUPERSCRIPT), f"{base.latex}^{{{in_text}}}"
    fraction = _simple_fraction(exponent)
    if fraction and float(f"{exponent:.4g}") != exponent:
        sign = "−" if fraction < 0 else ""
        numerator, denominator = abs(fraction.numerator), fraction.denominator
        in_text = f"({sign}{numerator}/{denominator})"
        in_latex = rf"{sign.replace('−', '-')}\frac{{{numerator}}}{{{denominator}}}"
        return f"{base.text}^{in_text}", f"{base.latex}^{{{in_latex}}}"
    in_text = number_text(exponent) if exponent > 0.0 else f"({number_text(exponent)})"
    return f"{base.text}^{in_text}", f"{base.latex}^{{{number_latex(exponent)}}}"


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPT = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


# Numbers and names in LaTeX


def number_latex(number: float, digits: int = 4) -> str:
    """The number as `number_text` has it, in LaTeX's mathematics.

    >>> number_latex(-0.25), number_latex(1.5e-9), number_latex(-math.inf)
    ('-0.25', '1.5 \\\\cdot 10^{-9}', '-\\\\infty')
    """
    text = number_text(number, digits).replace("−", "-").replace("∞", r"\infty")
    if "nan" in text:
        return r"\mathrm{nan}"
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if e else text


def latex_name(name: str) -> str:
    """A name in LaTeX's mathematics, shown as typed whatever characters it has.

    A letter with a number is a letter with a subscript, and a longer name stands upright. The
    special characters are written so that a web page finds no tag or entity in them.

    >>> print(latex_name("x"), latex_name("w12"), latex_name("a_b"), latex_name("<b>"))
    x w_{12} \\mathrm{a{\\_}b} \\mathrm{{<}b{>}}
    """
    indexed = _INDEXED.fullmatch(name)
    if indexed:
        letter, index = indexed.groups()
        return f"{letter}_{{{index.translate(_SUBSCRIPT)}}}" if index else letter
    return rf"\mathrm{{{''.join(map(_latex_character, name))}}}"


def _latex_character(character: str) -> str:
    if character.isalnum() or character == ".":
        return character
    return f"{{{_LATEX_CHARACTERS.get(character, character)}}}"


_INDEXED = re.compile(r"([^\W\d_])([0-9]*|[₀-₉]*)")
_LATEX_CHARACTERS = {
    "\\": r"\backslash",
    "$": r"\$",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "|": r"\vert",
    "^": r"\wedge",
    "~": r"\sim",
    " ": r"\ ",
    "`": r"\grave{}",
}
