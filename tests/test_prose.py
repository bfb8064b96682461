"""How equations, tables and products are set."""

import pytest

from engine.explanation.formula import Formula
from engine.explanation.prose import Equation, Markdown, PlainText
from engine.words.digits import Side, number_side

SETTINGS = [PlainText(), Markdown()]


def test_products_and_sums_of_numbers_have_the_signs_of_a_book():
    text = PlainText()
    assert text.numbers([-2.0, -3.0, 0.5]) == "−2 × (−3) × 0.5"
    assert text.numbers([-2.0, 3.0], first=False) == "(−2) × 3"
    assert text.sum_of([1.0, -2.0, 0.0, 3.0]) == "1 − 2 + 0 + 3"
    assert Markdown().numbers([1e-9, -3.0]) == r"1 \cdot 10^{-9} \times \left(-3\right)"


def test_products_of_formulas_have_parentheses_where_they_need_them():
    a, x = Formula("a"), Formula("x1")
    assert PlainText().factors([1.0 - a**2.0, Formula(1.0), x]) == "(1 − a²) · x1"
    assert PlainText().factors([Formula(1.0), Formula(1.0)]) == "1"
    assert Markdown().factors([a + x, x]) == r"\left(a + x_{1}\right) \cdot x_{1}"


def test_equations_are_aligned_and_say_nothing_twice():
    three = number_side(3.0)
    equations = [
        Equation("y", (Side("a + b"), three, three)),
        Equation("z", (Side("x"), number_side(2 / 3)), flat=True),
    ]
    assert PlainText().equations(equations) == "  y = a + b\n    = 3\n  z = x ≈ 0.6667"
    assert Markdown().equations(equations) == (
        "$$\n\\begin{aligned}\ny &= a + b \\\\[4pt]\n&= 3 \\\\[4pt]\n"
        "z &= x \\approx 0.6667\n\\end{aligned}\n$$"
    )


def test_a_long_sum_takes_several_lines():
    terms = [f"∂L/∂z{i} · ∂z{i}/∂w" for i in range(8)]
    text = PlainText().equations(
        [Equation("y", (Side(PlainText().terms(terms)), number_side(1.0)))]
    )
    assert max(map(len, text.splitlines())) < 90
    assert text.count(" + ") == 7
    assert text.splitlines()[1].startswith("      + ∂L/∂z")
    assert text.splitlines()[-1] == "    = 1"
    latex = Markdown().equations(
        [Equation("y", (Side(Markdown().terms(list("abcdefgh"))), number_side(1.0)))]
    )
    assert r"&= a + b + c \\[4pt]" "\n" r"&\quad + d + e + f \\[4pt]" in latex


def test_tables():
    rows = [["a", "bb"], ["", "c"]]
    assert PlainText().table(["left", "right"], rows) == "  a    bb\n       c"
    wide = [["a" * 80, "b" * 30], ["", "c"]]
    assert PlainText().table(["left", "right"], wide) == (
        f"  {'a' * 80}\n      {'b' * 30}\n      c"
    )
    assert Markdown().table(["left", "right"], rows) == (
        "| left | right |\n| --- | --- |\n| $a$ | $bb$ |\n|  | $c$ |"
    )


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_direct_derivative_is_marked(setting):
    names = Formula("L"), Formula("x")
    assert "direct" in setting.derivative(*names, direct=True)
    assert "direct" not in setting.derivative(*names)
