"""How formulas are written; that they keep their value in print is in test_formula."""

import re

import pytest

from engine.explanation.notation import (
    Atom,
    applied,
    latex_name,
    number_latex,
    of_atom,
    of_number,
    sum_of,
)

X = of_atom(Atom("x", "x"))


def text(name, *operands):
    return sum_of(applied(name, list(operands))).text


def test_fractions_stand_for_the_numbers_that_they_are():
    root = of_atom(Atom("√x", r"\sqrt{x}", raised=True))
    assert text("/", of_number(0.5), root) == "1/(2·√x)"
    assert text("*", of_number(1 / 3), X) == "x/3"
    assert text("*", of_number(2 / 3), X) == "2·x/3"
    assert text("*", of_number(0.5), X) == "0.5·x"
    assert text("*", of_number(0.123456), X) == "0.1235·x"
    assert text("**", X, of_number(-2 / 3)) == "x^(−2/3)"
    assert text("/", X, of_number(0.0)) == "∞·x"


def test_nested_bars_can_be_read():
    bars = applied("abs", [X])
    assert text("abs", bars) == "abs(|x|)"
    assert sum_of(applied("abs", [bars])).latex.count(r"\lvert") == 2


def test_numbers_in_latex():
    assert number_latex(float("nan")) == r"\mathrm{nan}"
    written = sum_of(applied("*", [of_number(2e-9), X]))
    assert (written.text, written.latex) == ("2e−9·x", r"2 \cdot 10^{-9} \cdot x")


@pytest.mark.parametrize("label", ["<b>x</b>", "a&b;", "&lt;", "$x$", "a_b", "p|q", r"\frac", "{}"])
def test_labels_cannot_leave_mathematics(label):
    latex = latex_name(label)
    assert not re.search(r"<[A-Za-z/!]|&[A-Za-z#]", latex)  # neither a tag nor an entity
    assert "|" not in latex  # which would end the cell of a table
    assert not re.search(r"(?<!\\)[$#%&]", latex)
    assert not re.search(r"\\frac", latex)
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


def test_labels_with_an_index_have_a_subscript():
    assert [latex_name(name) for name in ("w", "w12", "z₃", "β", "loss", "v1a")] == [
        "w",
        "w_{12}",
        "z_{3}",
        "β",
        r"\mathrm{loss}",
        r"\mathrm{v1a}",
    ]
