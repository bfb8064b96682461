"""The number that prints: what it prints is read again, and has the same value."""

import math
import random
import re

import mpmath
import pytest
import sympy
from hypothesis import given, strategies as st

from engine import ops
from engine.explanation.formula import Formula, formulas_of

ROWS = list(ops.table())
OPERANDS = ("w1", "w2", "x1", "x2", "b")


def names_of(row):
    return OPERANDS if row.arity is None else ("x", "y", "z")[: row.arity]


# Two readers: the text as Python, and the LaTeX as Python

SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read_text(text):
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"**({m[0].translate(SUPERSCRIPT)})", text)
    text = text.replace("−", "-").replace("·", "*").replace("^", "**")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = re.sub(r"\[([^][]*) ([<>≤≠]) ([^][]*)\]", r"step((\3) - (\1), '\2')", text)
    while (i := text.find("√")) >= 0:
        end = re.compile(r"\w*").match(text, i + 1).end()
        end = closing(text, end) if text[end : end + 1] == "(" else end
        text = f"{text[:i]}sqrt({text[i + 1 : end]}){text[end:]}"
    return text


def closing(text, start):
    """The position after the group in braces or parentheses that starts there."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    raise AssertionError(text)


def read_latex(text):
    text = re.sub(r"\\mathrm\{(\w+)\}", r"\1", text)
    text = re.sub(r"([a-z])_\{(\d+)\}", r"\1\2", text)
    text = re.sub(r"\\operatorname\{(\w+)\}", r"\1", text)
    while (i := text.find(r"\frac{")) >= 0:
        middle = closing(text, i + 5)
        end = closing(text, middle)
        over, under = text[i + 6 : middle - 1], text[middle + 1 : end - 1]
        text = f"{text[:i]}(({over})/({under})){text[end:]}"
    while (i := text.find(r"\sqrt{")) >= 0:
        end = closing(text, i + 5)
        text = f"{text[:i]}sqrt({text[i + 6 : end - 1]}){text[end:]}"
    while (i := text.find("^{")) >= 0:
        end = closing(text, i + 1)
        text = f"{text[:i]}**({text[i + 2 : end - 1]}){text[end:]}"
    text = text.replace(r"\left\lvert ", "abs(").replace(r" \right\rvert", ")")
    text = text.replace(r"\le ", "≤ ").replace(r"\ne ", "≠ ")
    text = re.sub(r"\\left\[(.*?) ([<>≤≠]) (.*?)\\right\]", r"step((\3) - (\1), '\2')", text)
    for latex, python in {
        r"\left(": "(",
        r"\right)": ")",
        r"\cdot": "*",
        r"\sigma": "sigmoid",
        r"\arctan": "atan",
        r"\Phi": "Φ",
        "\\": "",
    }.items():
        text = text.replace(latex, python)
    return re.sub(r"\be\*\*", "E**", text)


def step(difference, relation):
    if relation in "≤≠":
        return float(difference >= 0.0 if relation == "≤" else difference != 0.0)
    return float(difference < 0.0 if relation == ">" else difference > 0.0)


ENVIRONMENT = {
    **{
        name: getattr(mpmath, name)
        for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    **{
        name: getattr(mpmath, name)
        for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh", "log10", "sign", "atan2")
    },
    "log2": lambda x: mpmath.log(x, 2),
    "exp2": lambda x: mpmath.power(2, x),
    "floor": lambda x: math.floor(x),
    "mod": lambda x, y: x % y,
    "sinc": mpmath.sincpi,
    "π": mpmath.pi,
    "pi": mpmath.pi,
    "where": lambda c, x, y: x if c != 0 else y,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "Φ": mpmath.ncdf,
    "max": max,
    "min": min,
    "step": step,
    "E": mpmath.e,
}


def points(row):
    """Operands inside of the row's domain, and on both sides of its kinks where it has them."""
    rng = random.Random(row.name)
    found = []
    while len(found) < 6:
        xs = [rng.uniform(-2.0, 2.0) for _ in names_of(row)]
        if any(requirement.refuses(*xs) for requirement in row.requires):
            continue
        value, slopes = row.rule(*xs)
        if all(map(math.isfinite, (value, *slopes))):
            found.append(xs)
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_printed_is_the_rule(row):
    names = names_of(row)
    result, partials = formulas_of(row, names)
    for xs in points(row):
        value, slopes = row.rule(*xs)
        numbers = {**ENVIRONMENT, **dict(zip(names, xs, strict=True)), "out": value}
        for formula, number in zip((result, *partials), (value, *slopes), strict=True):
            # printed numbers have four digits
            assert float(eval(read_text(formula.text()), numbers)) == pytest.approx(
                number, rel=1e-3
            )
            assert float(eval(read_latex(formula.latex()), numbers)) == pytest.approx(
                number, rel=1e-3
            )


@pytest.mark.parametrize(
    ("row", "names", "result", "partials"),
    [
        (ops.ADD, "xy", "x + y", ["1", "1"]),
        (ops.SUB, "xy", "x − y", ["1", "−1"]),
        (ops.MUL, "xy", "x·y", ["y", "x"]),
        (ops.DIV, "xy", "x/y", ["1/y", "−out/y"]),
        (ops.TANH, "x", "tanh(x)", ["1 − out²"]),
        (ops.SIGMOID, "x", "sigmoid(x)", ["out·(1 − out)"]),
        (ops.EXP, "x", "exp(x)", ["out"]),
        (ops.LOG, "x", "log(x)", ["1/x"]),
        (ops.LOG1P, "x", "log(1 + x)", ["1/(1 + x)"]),
        (ops.SQRT, "x", "√x", ["1/(2·out)"]),
        (ops.SIN, "x", "sin(x)", ["cos(x)"]),
        (ops.ATAN, "x", "atan(x)", ["1/(1 + x²)"]),
        (ops.RELU, "x", "max(x, 0)", ["[x > 0]"]),
        (ops.ABS, "x", "|x|", ["[x > 0] − [x < 0]"]),
        (ops.power(0.0), "x", "1", ["0"]),
        (ops.power(1.0), "x", "x", ["1"]),
        (ops.power(2.0), "x", "x²", ["2·x"]),
        (ops.power(3.0), "x", "x³", ["3·x²"]),
        (ops.power(-1.0), "x", "1/x", ["−out²"]),
        (ops.power(1 / 3), "x", "x^(1/3)", ["1/(3·x^(2/3))"]),
        (
            ops.DOT,
            ["w1", "w2", "x1", "x2", "b"],
            "b + w1·x1 + w2·x2",
            ["x1", "x2", "w1", "w2", "1"],
        ),
    ],
    ids=lambda case: case.name if isinstance(case, ops.Operation) else "",
)
def test_it_reads_like_the_table_in_a_calculus_book(row, names, result, partials):
    out, slopes = formulas_of(row, list(names))
    assert str(out) == result
    assert list(map(str, slopes)) == partials


def test_a_rule_of_ones_own_prints_too():
    cube = ops.Operation("cube", "x³", lambda x: (x * x * x, (3.0 * x * x,)))
    result, (slope,) = formulas_of(cube, ["t"])
    assert (str(result), str(slope)) == ("t³", "3·t²")
    same = ops.Operation("same", "=", lambda x: (x, (1.0,)))
    result, (slope,) = formulas_of(same, ["t"])
    assert (str(result), str(slope)) == ("t", "1")


def test_operands_can_be_numbers_and_the_result_can_have_a_name():
    _, (slope, _) = formulas_of(ops.MUL, [Formula("w"), Formula(-2.5)])
    assert str(slope) == "−2.5"
    assert str(formulas_of(ops.TANH, ["z"], out="a")[1][0]) == "1 − a²"
    assert str(formulas_of(ops.DOT, [Formula("w"), Formula(1.0), Formula(0.0)])[0]) == "w"


# Random formulas of small integers, which are printed exactly

LETTERS = ("x", "y", "t")
leaves = st.sampled_from(LETTERS).map(Formula) | st.integers(-3, 3).map(lambda n: Formula(float(n)))


def grow(children):
    pairs = st.tuples(children, children)
    return (
        pairs.map(lambda p: p[0] + p[1])
        | pairs.map(lambda p: p[0] - p[1])
        | pairs.map(lambda p: p[0] * p[1])
        | pairs.map(lambda p: p[0] / (p[1] * p[1] + 1))
        | children.map(lambda f: -f)
        | children.map(lambda f: f**2.0)
        | children.map(lambda f: abs(f).sqrt())
        | children.map(Formula.sin)
        | children.map(lambda f: f.sin().exp())
        | pairs.map(lambda p: (p[0].sin() + 2) ** p[1].sin())
    )


def evaluate(formula, numbers):
    """The formula on mpmath numbers, without what is printed."""
    operators = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, b: a**b,
        "neg": lambda a: -a,
        "abs": abs,
        "sqrt": mpmath.sqrt,
        "sin": mpmath.sin,
        "exp": mpmath.exp,
    }
    if formula.head == "symbol":
        return numbers[str(formula)]
    if formula.head == "number":
        return mpmath.mpf(str(formula).replace("−", "-"))
    return operators[formula.head](*(evaluate(parent, numbers) for parent in formula.parents))


@given(st.recursive(leaves, grow, max_leaves=12))
def test_signs_powers_and_parentheses_keep_the_value(formula):
    numbers = {"x": mpmath.mpf("0.7"), "y": mpmath.mpf("-1.3"), "t": mpmath.mpf("2.1")}
    expected = evaluate(formula, numbers)
    if abs(expected) > 1e6 or re.search(r"\d\.\d|e-?\d|\d{5}", str(formula)):
        return  # printed with four digits
    names = {**ENVIRONMENT, **numbers}
    assert mpmath.almosteq(
        mpmath.mpf(eval(read_text(formula.text()), names)), expected, rel_eps=1e-9, abs_eps=1e-9
    )
    assert mpmath.almosteq(
        mpmath.mpf(eval(read_latex(formula.latex()), names)), expected, rel_eps=1e-9, abs_eps=1e-9
    )


def test_partials_read_from_the_text_are_the_derivatives_by_sympy():
    x, y = sympy.symbols("x y", positive=True)
    environment = {"x": x, "y": y, **{f.__name__: f for f in (sympy.exp, sympy.log, sympy.sin)}}
    environment |= {f.__name__: f for f in (sympy.cos, sympy.tan, sympy.tanh, sympy.atan)}
    environment |= {"sqrt": sympy.sqrt, "cosh": sympy.cosh, "sinh": sympy.sinh}
    plain = (ops.MUL, ops.DIV, ops.EXP, ops.LOG, ops.SIN, ops.COS, ops.TAN, ops.TANH, ops.ATAN)
    for row in (*plain, ops.SQRT, ops.SINH, ops.COSH, ops.power(3.0), ops.power(-1.0)):
        names = ("x", "y")[: row.arity]
        result, partials = formulas_of(row, names)
        out = eval(read_text(str(result)), environment)
        for name, partial in zip(names, partials, strict=True):
            slope = eval(read_text(str(partial)), {**environment, "out": out})
            difference = sympy.diff(out, environment[name]) - slope
            assert sympy.simplify(difference) == 0, row.name


def test_simplification_is_light():
    x, y = Formula("x"), Formula("y")
    assert str(1.0 * x + 0.0) == "x"
    assert str(x * y * x) == "x²·y"
    assert str(x + x) == "x + x"
    assert str(x - x) == "x − x"
    assert str(-(x - y)) == "−x + y"
    assert str(x * 0.0) == "0"
    assert str(x**y * x**y) == "x^y·x^y"
    assert str(2.0 * (x + 1.0) * 3.0) == "6·(x + 1)"
    assert str((x + y) ** 2.0 / (x - y)) == "(x + y)²/(x − y)"
    assert str((-x) ** 2.0) == "(−x)²"
    assert str((x**2.0) ** y) == "(x²)^y"
    assert str(abs(x).sqrt() ** 2.0) == "(√|x|)²"


def test_names_that_are_not_one_word_stand_in_parentheses():
    label = Formula("x1*w1 + b")
    assert str(label * Formula("y")) == "(x1*w1 + b)·y"
    assert str(label**2.0) == "(x1*w1 + b)²"
    assert str(label + 1.0) == "(x1*w1 + b) + 1"


def test_a_long_sum_can_be_cut_around_a_symbol():
    names = [f"w{i}" for i in range(20)] + [f"x{i}" for i in range(20)] + ["b"]
    result, partials = formulas_of(ops.DOT, names)
    assert result.text(around="w7") == "b + w0·x0 + … + w7·x7 + … + w19·x19"
    assert result.latex(around="w1").count(r"\dots") == 1
    assert "…" not in str(result)
    assert str(partials[7]) == "x7"


def test_a_deep_formula_prints_without_recursion():
    formula = Formula("x")
    for _ in range(3000):
        formula = 1.0 - 2.0 * formula
    assert str(formula).startswith("1 − 2·(1 − 2·(")


def test_a_notebook_shows_a_formula_as_latex():
    assert (Formula("x") / 2.0)._repr_latex_() == r"$0.5 \cdot x$"
    assert repr(Formula("x") + 1.0) == "<Formula x + 1>"
