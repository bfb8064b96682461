"""How a formula is written, in plain text and in LaTeX: signs, powers, fractions, parentheses.

A formula is a sum of terms, and a term a number times factors over factors. That is the light hand
with which it is simplified: 1·x is x, x + 0 is x, x·x is x², plain numbers are folded; nothing is
cancelled, expanded or put in another order.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.functions import divide, power
from engine.text import number_text
from engine.words.digits import is_exact, written


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a formula, written out.

    whole   it can be a factor as it stands
    raised  it is written with a root or an exponent: before another exponent it needs parentheses
    exact   its numbers have no more digits than are written
    """

    text: str
    latex: str
    whole: bool = True
    raised: bool = False
    exact: bool = True

    def in_parentheses(self) -> "Atom":
        """The piece as a factor."""
        return Atom(f"({self.text})", rf"\left({self.latex}\right)", exact=self.exact)


@dataclass(frozen=True, slots=True)
class Factor:
    """A piece, perhaps raised to a power."""

    base: Atom
    exponent: float | Atom = 1.0


@dataclass(frozen=True, slots=True)
class Term:
    """number · over / under."""

    number: float
    over: tuple[Factor, ...] = ()
    under: tuple[Factor, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is the number alone."""
        return not self.over and not self.under


Terms = tuple[Term, ...]
"""A sum; of no terms, 0."""


def of_number(number: float) -> Terms:
    """A number as a sum."""
    return () if number == 0.0 else (Term(number),)


def of_atom(atom: Atom) -> Terms:
    """A piece as a sum."""
    return (Term(1.0, (Factor(atom),)),)


def applied(name: str, operands: Sequence[Terms]) -> Terms:
    r"""An operator or a function, applied to sums.

    >>> x = of_atom(Atom("x", "x"))
    >>> sum_of(applied("*", [x, x])).text, sum_of(applied("tanh", [x])).latex
    ('x²', '\\tanh\\left(x\\right)')
    """
    operator = _ARITHMETIC.get(name)
    return operator(*operands) if operator else _call(name, operands)


def _added(left: Terms, right: Terms) -> Terms:
    terms = list(left)
    for term in right:
        plain = [i for i, other in enumerate(terms) if other.plain] if term.plain else []
        if plain:
            terms[plain[0]] = Term(terms[plain[0]].number + term.number)
        else:
            terms.append(term)
    return tuple(term for term in terms if term.number != 0.0)


def _negated(terms: Terms) -> Terms:
    return tuple(replace(term, number=-term.number) for term in terms)


def _multiplied(left: Terms, right: Terms) -> Terms:
    if left == _ONE:
        return right
    if right == _ONE:
        return left
    x, y = _one_term(left), _one_term(right)
    number = x.number * y.number
    if number == 0.0:
        return ()
    return (Term(number, _merged(x.over + y.over), _merged(x.under + y.under)),)


def _divided(left: Terms, right: Terms) -> Terms:
    if right == _ONE:
        return left
    x, y = _one_term(left), _one_term(right)
    number = divide(x.number, y.number)
    if number == 0.0:
        return ()
    return (Term(number, _merged(x.over + y.under), _merged(x.under + y.over)),)


def _raised(base: Terms, exponent: Terms) -> Terms:
    n = _one_term(exponent)
    if not n.plain:
        return (Term(1.0, (Factor(_atom(base), _atom(exponent)),)),)
    if n.number in (0.0, 1.0):
        return base if n.number else _ONE
    x = _one_term(base)
    if x.plain:
        return of_number(power(x.number, n.number))
    if x.number == 1.0 and len(x.over) == 1 and not x.under:
        (factor,) = x.over
        inner = factor.exponent
        if inner == 1.0 or (isinstance(inner, float) and (inner % 1.0 == n.number % 1.0 == 0.0)):
            return (Term(1.0, (Factor(factor.base, inner * n.number),)),)
    return (Term(1.0, (Factor(_atom(base), n.number),)),)


def _merged(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """Factors of one base with plain exponents become one factor: x·x is x²."""
    exponents: dict[Atom, float] = {}
    for factor in factors:
        if isinstance(factor.exponent, float):
            exponents[factor.base] = exponents.get(factor.base, 0.0) + factor.exponent
    merged: list[Factor] = []
    for factor in factors:
        if not isinstance(factor.exponent, float):
            merged.append(factor)
        elif factor.base in exponents:
            merged.append(Factor(factor.base, exponents.pop(factor.base)))
    return tuple(merged)


_ONE: Terms = (Term(1.0),)

_ARITHMETIC: dict[str, Callable[..., Terms]] = {
    "+": _added,
    "-": lambda left, right: _added(left, _negated(right)),
    "neg": _negated,
    "*": _multiplied,
    "/": _divided,
    "**": _raised,
}


def _one_term(terms: Terms) -> Term:
    """The terms as a single one: a sum becomes a factor."""
    if len(terms) == 1:
        return terms[0]
    return Term(1.0, (Factor(sum_of(terms)),)) if terms else Term(0.0)


def _atom(terms: Terms) -> Atom:
    """The terms as one piece."""
    if len(terms) == 1 and len(terms[0].over) == 1:
        (factor,) = terms[0].over
        if terms == of_atom(factor.base):
            return factor.base
    return sum_of(terms)


def _call(name: str, operands: Sequence[Terms]) -> Terms:
    """A function, as one factor."""
    atoms = [_atom(operand) for operand in operands]
    return of_atom(replace(_called(name, operands, atoms), exact=all(a.exact for a in atoms)))


def _called(name: str, operands: Sequence[Terms], atoms: Sequence[Atom]) -> Atom:
    text = ", ".join(atom.text for atom in atoms)
    latex = ", ".join(atom.latex for atom in atoms)
    if name == "abs":
        bars = f"abs({text})" if "|" in text else f"|{text}|"
        return Atom(bars, rf"\left\lvert {latex} \right\rvert")
    if name == "step":
        text, latex = _is_positive(operands[0])
        return Atom(f"[{text}]", rf"\left[{latex}\right]")
    if name in _TRUTHS:
        text, latex = (s.join(part) for s, part in zip(_TRUTHS[name], _sides(atoms), strict=True))
        return Atom(f"[{text}]", rf"\left[{latex}\right]")
    if name == "exp":
        return Atom(f"exp({text})", f"e^{{{latex}}}", raised=True)
    if name == "sqrt":
        root = atoms[0] if atoms[0].whole and not atoms[0].raised else atoms[0].in_parentheses()
        return Atom(f"√{root.text}", rf"\sqrt{{{latex}}}", raised=True)
    operator = rf"\operatorname{{{_latex_characters(name)}}}"
    command = rf"\{name}" if name in _LATEX_FUNCTIONS else operator
    in_text, in_latex = _FUNCTIONS.get(name, (name, command))
    return Atom(f"{in_text}({text})", rf"{in_latex}\left({latex}\right)")


def _sides(atoms: Sequence[Atom]) -> tuple[list[str], list[str]]:
    """What stands on the two sides of a relation, in text and in LaTeX; one alone is beside 0."""
    texts, latexes = [atom.text for atom in atoms], [atom.latex for atom in atoms]
    return [*texts, "0"][:2], [*latexes, "0"][:2]


_TRUTHS = {
    "less": (" < ", " < "),
    "less_equal": (" ≤ ", r" \le "),
    "is_true": (" ≠ ", r" \ne "),
}
"""What is 1 where it is true, and 0 elsewhere: Iverson's bracket."""


_FUNCTIONS = {
    "maximum": ("max", r"\max"),
    "minimum": ("min", r"\min"),
    "sigmoid": ("sigmoid", r"\sigma"),
    "atan": ("atan", r"\arctan"),
    "normal_cdf": ("Φ", r"\Phi"),
}
"""Functions that are not written by their name."""

_LATEX_FUNCTIONS = {
    *("cos", "sin", "tan", "cot", "sec", "csc", "arccos", "arcsin", "arctan"),
    *("cosh", "sinh", "tanh", "coth", "exp", "lg", "ln", "log"),
}
"""The functions of one number for which LaTeX has a command."""


def _is_positive(terms: Terms) -> tuple[str, str]:
    """That the terms are positive: x − y > 0 is x > y, and −x > 0 is x < 0."""
    larger = sum_of(tuple(term for term in terms if term.number > 0.0))
    smaller = sum_of(_negated(tuple(term for term in terms if not term.number > 0.0)))
    if larger.text == "0":
        return f"{smaller.text} < 0", f"{smaller.latex} < 0"
    return f"{larger.text} > {smaller.text}", f"{larger.latex} > {smaller.latex}"


def sum_of(terms: Terms, around: str | None = None) -> Atom:
    """The terms, written out; of a long sum not all, but those with `around`, if it is given."""
    if not terms:
        return Atom("0", "0")
    text = latex = ""
    cut = around is not None and len(terms) > _SHOWN_TERMS
    skipping, exact = False, True
    for i, term in enumerate(terms):
        if cut and 2 <= i < len(terms) - 1 and not _contains(term, around):
            if not skipping:
                text, latex, skipping = f"{text} + …", rf"{latex} + \dots", True
            continue
        skipping, exact = False, exact and _is_exact(term)
        sign = "-" if term.number < 0.0 else "+" if text else ""
        in_text, in_latex = _written(replace(term, number=abs(term.number)))
        space = " " if text else ""
        text += f"{space}{sign.replace('-', '−')}{space}{in_text}"
        latex += f"{space}{sign}{space}{in_latex}"
    whole = len(terms) == 1 and terms[0].plain and terms[0].number > 0.0 and "e" not in text
    return Atom(text, latex, whole, exact=exact)


_SHOWN_TERMS = 6


def _contains(term: Term, symbol: str | None) -> bool:
    return any(factor.base.text == symbol for factor in term.over + term.under)


def _is_exact(term: Term) -> bool:
    """Whether all numbers of the term have no more digits than are written."""
    number, _ = _as_fraction(term.number, bool(term.under))
    pieces = [
        piece for factor in term.over + term.under for piece in (factor.base, factor.exponent)
    ]
    return is_exact(number) and all(
        piece.exact if isinstance(piece, Atom) else is_exact(piece) or bool(_simple_fraction(piece))
        for piece in pieces
    )


def of_number_alone(terms: Terms) -> Fraction | float | None:
    """What the digits say if nothing but a number is written; otherwise None."""
    if not terms:
        return Fraction(0)
    if len(terms) > 1 or not terms[0].plain:
        return None
    number, below = _as_fraction(terms[0].number, False)
    digits = written(number)
    return digits / below if isinstance(digits, Fraction) else digits


def _written(term: Term) -> tuple[str, str]:
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


def _written_factor(factor: Factor) -> tuple[str, str]:
    base, exponent = factor.base, factor.exponent
    if exponent == 1.0:
        base = base if base.whole else base.in_parentheses()
        return base.text, base.latex
    base = base if base.whole and not base.raised else base.in_parentheses()
    if isinstance(exponent, Atom):
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
    r"""The number as `number_text` has it, in LaTeX's mathematics.

    >>> number_latex(-0.25), number_latex(1.5e-9), number_latex(-math.inf)
    ('-0.25', '1.5 \\cdot 10^{-9}', '-\\infty')
    """
    text = number_text(number, digits).replace("−", "-").replace("∞", r"\infty")
    if "nan" in text:
        return r"\mathrm{nan}"
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if e else text


def latex_name(name: str) -> str:
    r"""A name in LaTeX's mathematics, shown as typed whatever characters it has.

    A letter with a number is a letter with a subscript, and a longer name stands upright. The
    special characters are written so that a web page finds no tag or entity in them.

    >>> print(latex_name("x"), latex_name("w12"), latex_name("a_b"), latex_name("<b>"))
    x w_{12} \mathrm{a{\_}b} \mathrm{{<}b{>}}
    """
    indexed = _INDEXED.fullmatch(name)
    if indexed:
        letter, index = indexed.groups()
        return f"{letter}_{{{index.translate(_SUBSCRIPT)}}}" if index else letter
    return rf"\mathrm{{{_latex_characters(name)}}}"


def _latex_characters(name: str) -> str:
    return "".join(
        c if c.isalnum() or c == "." else f"{{{_LATEX_CHARACTERS.get(c, c)}}}" for c in name
    )


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
