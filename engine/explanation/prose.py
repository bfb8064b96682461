"""How an explanation is set: as plain text for a terminal, or as Markdown with LaTeX in it.

Both have the same methods, so what is said stands in one place, `account`, and only its look
here. Who writes for either calls it a setting.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.explanation.formula import Formula
from engine.explanation.notation import number_latex
from engine.text import as_factor, number_text
from engine.words.digits import Side, in_a_row, number_side, related


@dataclass(frozen=True, slots=True)
class Equation:
    """left = right ≈ right = …; on one line each, or on one line as a whole if `flat`.

    A right side may have several lines, as `terms` makes them.
    """

    left: str
    right: tuple[Side, ...]
    flat: bool = False


_WIDTH = 72  # characters of a line of terms
_WIDE = 100  # characters of a row of a table
_TERMS = 3  # terms of a line in LaTeX


class PlainText:
    """The words of mathematics and the blocks of a page, for a terminal."""

    dot = " · "
    times = " × "
    minus = "−"
    dots = "…"
    arrow = " → "
    percent = "%"
    almost = "≈"

    def formula(self, formula: Formula, around: str | None = None) -> str:
        """A formula; a long sum is cut around one symbol if that is given."""
        return formula.text(around)

    def number(self, number: float, digits: int = 4) -> str:
        """A number."""
        return number_text(number, digits)

    def derivative(self, of: Formula, by: Formula, direct: bool = False) -> str:
        """∂of/∂by; if `direct`, only what does not pass through other nodes."""
        above, below = as_factor(of.text()), as_factor(by.text())
        return f"∂{above}/∂{below}" + ("|direct" if direct else "")

    def parenthesized(self, text: str) -> str:
        """The text in parentheses."""
        return f"({text})"

    def word(self, text: str) -> str:
        """An ordinary word amid mathematics."""
        return text

    def math(self, text: str) -> str:
        """Mathematics amid words."""
        return text

    def heading(self, text: str) -> str:
        """The line above a part."""
        return text

    def equations(self, equations: Sequence[Equation]) -> str:
        """Equations below each other, aligned where they begin to be equal."""
        lines = []
        for equation in equations:
            if equation.flat:
                lines.append(f"  {self.in_a_row([Side(equation.left), *equation.right])}")
                continue
            left, space = equation.left, " " * len(equation.left)
            for equals, side in related(equation.right):
                indented = side.text.replace("\n", f"\n  {space}   ")
                lines.append(f"  {left} {'=' if equals else self.almost} {indented}")
                left = space
        return "\n".join(lines)

    def in_a_row(self, sides: Sequence[Side]) -> str:
        """Sides of an equation on one line."""
        return in_a_row(sides, almost=self.almost)

    def number_side(self, number: float) -> Side:
        """A number as a side."""
        return number_side(number, self.number(number))

    def formula_side(self, formula: Formula, digits: Mapping[str, float]) -> Side:
        """A formula as a side; the digits are those that are written of its symbols."""
        text, number = self.formula(formula), formula.number
        return Side(text, number, formula.is_exact, formula.at(digits) if number is None else None)

    def terms(self, terms: Sequence[str]) -> str:
        """The sum of terms, on as many lines as they need."""
        lines = [terms[0]]
        for term in terms[1:]:
            if len(lines[-1]) + len(term) < _WIDTH:
                lines[-1] += f" + {term}"
            else:
                lines.append(f"+ {term}")
        return "\n".join(lines)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """Rows of mathematics under a head, which Markdown alone shows."""
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        if sum(widths) > _WIDE:
            return self.paths(head, rows)
        return "\n".join("  " + "    ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def paths(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """For each path its nodes, its product and its share; the nodes on a line of their own."""
        lines = []
        for first, *others in rows:
            lines += [f"  {first}"] if first else []
            lines.append(f"      {'    '.join(others)}")
        return "\n".join(lines)

    def factors(self, formulas: Sequence[Formula]) -> str:
        """The product of formulas, without those that are 1."""
        others = [formula for formula in formulas if formula.text() != "1"] or formulas[:1]
        if len(others) == 1:
            return self.formula(others[0])
        return self.dot.join(
            self.formula(formula)
            if formula.is_factor
            else self.parenthesized(self.formula(formula))
            for formula in others
        )

    def numbers(self, factors: Sequence[float], first: bool = True) -> str:
        """The product of numbers: 0.5 × (−2)."""
        return self.times.join(self.factors_of(factors, first))

    def factors_of(self, numbers: Sequence[float], first: bool = True) -> list[str]:
        """Numbers as factors: a negative one stands in parentheses, unless all begins with it."""
        return [
            self.number(number)
            if number >= 0.0 or (first and i == 0) or math.isnan(number)
            else self.parenthesized(self.number(number))
            for i, number in enumerate(numbers)
        ]

    def sum_of(self, numbers: Sequence[float]) -> str:
        """The sum of numbers: 0.5 − 2."""
        text = self.number(numbers[0])
        for number in numbers[1:]:
            negative = math.copysign(1.0, number) < 0.0 and number != 0.0
            text += f" {self.minus if negative else '+'} {self.number(abs(number))}"
        return text


class Markdown(PlainText):
    """The same for a notebook, with the mathematics in LaTeX."""

    dot = r" \cdot "
    times = r" \times "
    minus = "-"
    dots = r"\dots"
    arrow = r" \to "
    percent = r"\%"
    almost = r"\approx"

    def formula(self, formula: Formula, around: str | None = None) -> str:
        """A formula in LaTeX, cut likewise."""
        return formula.latex(around)

    def number(self, number: float, digits: int = 4) -> str:
        """A number in LaTeX."""
        return number_latex(number, digits)

    def derivative(self, of: Formula, by: Formula, direct: bool = False) -> str:
        """A fraction; what is direct stands at its foot."""
        fraction = rf"\frac{{\partial {of.latex()}}}{{\partial {by.latex()}}}"
        return rf"\left.{fraction}\right\vert_{{\text{{direct}}}}" if direct else fraction

    def parenthesized(self, text: str) -> str:
        """The text in parentheses that are as high as it is."""
        return rf"\left({text}\right)"

    def word(self, text: str) -> str:
        """Upright, for letters in mathematics slant."""
        return rf"\text{{{text}}}"

    def math(self, text: str) -> str:
        """Between dollar signs, and with fractions at their full height."""
        return rf"$\displaystyle {text}$" if r"\frac" in text else f"${text}$"

    def heading(self, text: str) -> str:
        """In bold type."""
        return f"**{text}**"

    def equations(self, equations: Sequence[Equation]) -> str:
        """A displayed block, aligned at the equals signs."""
        lines = []
        for equation in equations:
            if equation.flat:
                row = self.in_a_row([Side(equation.left), *equation.right])
                sign = min((s for s in (" = ", f" {self.almost} ") if s in row), key=row.index)
                lines.append(row.replace(sign, f" &{sign[1:]}", 1))
                continue
            left = f"{equation.left} "
            for equals, side in related(equation.right):
                first, *others = side.text.split("\n")
                lines.append(f"{left}&{'=' if equals else self.almost} {first}")
                lines += [rf"&\quad {other}" for other in others]
                left = ""
        body = " \\\\[4pt]\n".join(lines)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def terms(self, terms: Sequence[str]) -> str:
        """The sum of terms, a few on each line."""
        groups = [terms[i : i + _TERMS] for i in range(0, len(terms), _TERMS)]
        return "\n+ ".join(" + ".join(group) for group in groups)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table with a head, of cells that are mathematics."""
        lines = [head, ["---"] * len(head)]
        lines += [[self.math(cell) if cell else "" for cell in row] for row in rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def paths(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table like any other: a notebook has room for it."""
        return self.table(head, rows)
