"""How an explanation is set: as plain text for a terminal, or as Markdown with LaTeX in it.

Both have the same methods, so what is said stands in one place, `engine.explanation`, and only its
look here.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from engine.formula import Formula, number_latex
from engine.naming import as_factor, number_text


@dataclass(frozen=True, slots=True)
class Equation:
    """left = right = right = …; on one line each, or on one line as a whole if `flat`."""

    left: str
    right: tuple[str, ...]
    flat: bool = False

    @property
    def sides(self) -> list[str]:
        """The right sides, without those that say again what the one before says."""
        return [side for i, side in enumerate(self.right) if i == 0 or side != self.right[i - 1]]


class Setting(ABC):
    """The words of mathematics in one notation, and the blocks of a page."""

    dot: str
    times: str
    minus: str
    dots: str
    arrow: str

    @abstractmethod
    def formula(self, formula: Formula, around: str | None = None) -> str:
        """A formula; a long sum is cut around one symbol if that is given."""

    @abstractmethod
    def number(self, number: float, digits: int = 4) -> str:
        """A number."""

    @abstractmethod
    def derivative(self, of: Formula, by: Formula, direct: bool = False) -> str:
        """∂of/∂by; if `direct`, only what does not pass through other nodes."""

    @abstractmethod
    def parenthesized(self, text: str) -> str:
        """The text in parentheses."""

    @abstractmethod
    def word(self, text: str) -> str:
        """An ordinary word amid mathematics."""

    @abstractmethod
    def math(self, text: str) -> str:
        """Mathematics amid words."""

    @abstractmethod
    def heading(self, text: str) -> str: ...

    @abstractmethod
    def equations(self, equations: Sequence[Equation]) -> str: ...

    @abstractmethod
    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """Rows of mathematics; Markdown needs a head."""

    @abstractmethod
    def paths(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """For each path its nodes, its product and its share."""

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

    def numbers(self, factors: Sequence[float]) -> str:
        """The product of numbers: 0.5 × (−2)."""
        return self.times.join(self.factors_of(factors))

    def factors_of(self, numbers: Sequence[float]) -> list[str]:
        """Numbers as the factors of a product: a negative one stands in parentheses."""
        return [
            self.parenthesized(self.number(number)) if i and number < 0.0 else self.number(number)
            for i, number in enumerate(numbers)
        ]

    def sum_of(self, numbers: Sequence[float]) -> str:
        """The sum of numbers: 0.5 − 2."""
        text = self.number(numbers[0])
        for number in numbers[1:]:
            negative = math.copysign(1.0, number) < 0.0 and number != 0.0
            text += f" {self.minus if negative else '+'} {self.number(abs(number))}"
        return text


class PlainText(Setting):
    """For a terminal."""

    dot = " · "
    times = " × "
    minus = "−"
    dots = "…"
    arrow = " → "

    def formula(self, formula: Formula, around: str | None = None) -> str:
        return formula.text(around)

    def number(self, number: float, digits: int = 4) -> str:
        return number_text(number, digits)

    def derivative(self, of: Formula, by: Formula, direct: bool = False) -> str:
        above, below = as_factor(of.text()), as_factor(by.text())
        return f"∂{above}/∂{below}" + ("|direct" if direct else "")

    def parenthesized(self, text: str) -> str:
        return f"({text})"

    def word(self, text: str) -> str:
        return text

    def math(self, text: str) -> str:
        return text

    def heading(self, text: str) -> str:
        return text

    def equations(self, equations: Sequence[Equation]) -> str:
        lines = []
        for equation in equations:
            if equation.flat:
                lines.append("  " + " = ".join([equation.left, *equation.sides]))
                continue
            first, *others = equation.sides
            lines.append(f"  {equation.left} = {first}")
            lines += [f"  {' ' * len(equation.left)} = {side}" for side in others]
        return "\n".join(lines)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  " + "    ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def paths(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        return "\n".join(f"  {nodes}\n      {product}    {share}" for nodes, product, share in rows)


class Markdown(Setting):
    """For a notebook, with the mathematics in LaTeX."""

    dot = r" \cdot "
    times = r" \times "
    minus = "-"
    dots = r"\dots"
    arrow = r" \to "

    def formula(self, formula: Formula, around: str | None = None) -> str:
        return formula.latex(around)

    def number(self, number: float, digits: int = 4) -> str:
        return number_latex(number, digits)

    def derivative(self, of: Formula, by: Formula, direct: bool = False) -> str:
        fraction = rf"\frac{{\partial {of.latex()}}}{{\partial {by.latex()}}}"
        return rf"\left.{fraction}\right\vert_{{\text{{direct}}}}" if direct else fraction

    def parenthesized(self, text: str) -> str:
        return rf"\left({text}\right)"

    def word(self, text: str) -> str:
        return rf"\text{{{text}}}"

    def math(self, text: str) -> str:
        return rf"$\displaystyle {text}$" if r"\frac" in text else f"${text}$"

    def heading(self, text: str) -> str:
        return f"**{text}**"

    def equations(self, equations: Sequence[Equation]) -> str:
        lines = []
        for equation in equations:
            if equation.flat:
                lines.append(f"{equation.left} &= {' = '.join(equation.sides)}")
                continue
            first, *others = equation.sides
            lines.append(f"{equation.left} &= {first}")
            lines += [f"&= {side}" for side in others]
        body = " \\\\[4pt]\n".join(lines)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        lines = [head, ["---"] * len(head)]
        lines += [[self.math(cell) if cell else "" for cell in row] for row in rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def paths(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        return self.table(head, rows)
