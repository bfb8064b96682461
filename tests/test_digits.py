"""The oracle reads what is printed, and calculates it again: "=" is true in the digits shown."""

import math
import random
import re
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, strategies as st

from engine import Value, backward_steps, dot, explain, forward_steps, ops, total
from engine.words.digits import is_exact, result_of, written


@pytest.fixture(autouse=True, scope="module")
def many_digits():
    with mpmath.workdps(200):
        yield


NUMBER = r"(?:\d+(?:\.\d+)?(?:e[−-]?\d+)?|∞|nan)"
SIGNS = {"=": True, "≈": False}


def random_graph(seed):
    """A graph of numbers of few and of many digits, with saturated units, and a leaf in it."""
    rng = random.Random(seed)

    def number():
        return rng.choice([round(rng.uniform(-3, 3), 1), rng.uniform(-3, 3), 20.0, 1.00001, 4.0])

    nodes = [Value(number(), f"x{i}") for i in range(rng.randint(1, 3))]
    leaves = list(nodes)
    for _ in range(rng.randint(1, 9)):
        x, y, z = (rng.choice(nodes[-4:]) for _ in range(3))
        made = rng.choice(
            [
                lambda: x + y,  # noqa: B023, called at once
                lambda: x * y,  # noqa: B023
                lambda: x - number(),  # noqa: B023
                lambda: number() * x,  # noqa: B023
                lambda: x / 3.0,  # noqa: B023
                lambda: x**3,  # noqa: B023
                lambda: x.tanh(),  # noqa: B023
                lambda: x.sigmoid(),  # noqa: B023
                lambda: abs(x).sqrt(),  # noqa: B023
                lambda: x.relu() * 0.3,  # noqa: B023
                lambda: dot([x, y], [z, x], y).tanh(),  # noqa: B023
                lambda: total([x, y, z]),  # noqa: B023
            ]
        )
        nodes.append(made())
    return nodes[-1], rng.choice(leaves)


# Reading what is printed


def as_plain(text):
    """LaTeX in the signs of plain text, as far as numbers go."""
    text = re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", text)
    text = re.sub(r"\\frac\{(\d+)\}\{(\d+)\}", r"\1/\2", text)
    for latex, plain in {
        r"\times": "×",
        r"\approx": "≈",
        r"\infty": "∞",
        r"\mathrm{nan}": "nan",
        r"\left(": "(",
        r"\right)": ")",
        r"\\[4pt]": "",
        "$": "",
        r"\displaystyle": "",
        r"&\quad": " ",
        "&": "",
    }.items():
        text = text.replace(latex, plain)
    return text


def equations(text):
    """Each pair of neighbouring sides, and whether "=" stands between them."""
    sides: list[str] = []
    for line in text.splitlines():
        for cell in re.split(r"\s{4,}(?![=≈+])| \| ", line):
            parts = re.split(r"(?:^|(?<= ))([=≈]) ", cell.strip(" |"))
            if len(parts) == 1:
                if parts[0].startswith("+ ") and sides:  # the rest of a long sum
                    sides[-1] += f" {parts[0]}"
                continue
            if parts[0].strip():
                yield from pairs(sides)
                sides = [parts[0].strip()]
            sides += [part.strip() for part in parts[1:]]
    yield from pairs(sides)


def pairs(sides):
    for i in range(1, len(sides) - 1, 2):
        yield sides[i - 1], SIGNS[sides[i]], sides[i + 1]


def number_of(text):
    """What a side of numbers gives, exactly; None for a formula."""
    if not re.fullmatch(rf"(?:{NUMBER}|[-−+×/()\s])+", text) or not re.search(NUMBER, text):
        return None
    if "∞" in text or "nan" in text:
        return None
    exact = re.sub(NUMBER, lambda found: f"Fraction('{found[0].replace('−', '-')}')", text)
    return eval(exact.replace("−", "-").replace("×", "*"))


SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def formula_at(text, numbers):
    """What a formula gives where its symbols are these numbers; None where it is not understood."""
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda f: f"**({f[0].translate(SUPERSCRIPTS)})", text)
    text = re.sub(r"√(\w+|\()", r"mpmath.sqrt(\1)" if "√(" not in text else r"√\1", text)
    text = text.replace("−", "-").replace("·", "*").replace("^", "**")
    for name in sorted(numbers, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?![\w\[])", f"({numbers[name]!r})", text)
    text = re.sub(r"\[(.*?)\]", r"float(\1)", text)
    try:
        return eval(text, {"mpmath": mpmath, "mpf": mpmath.mpf, "float": float})
    except (SyntaxError, NameError, ZeroDivisionError, TypeError):
        return None


def said(number):
    """The number that four digits say, by Python's own formatting."""
    whole = number == int(number) and abs(number) < 1e6
    return Fraction(int(number)) if whole else Fraction(f"{number:.4g}")


# Explanations


@given(st.integers(0, 10**9))
def test_between_numbers_equal_means_that_the_digits_give_it(seed):
    output, wrt = random_graph(seed)
    explanation = explain(output, wrt)
    plain, markdown, latex = (
        str(explanation),
        explanation._repr_markdown_(),
        explanation._repr_latex_(),
    )
    counts = []
    for text in (plain, as_plain(markdown), as_plain(latex)):
        found = [
            (left == right, equals)
            for left, equals, right in (
                (number_of(left), equals, number_of(right))
                for left, equals, right in equations(text)
            )
            if left is not None and right is not None
        ]
        assert all(equal == equals for equal, equals in found), text
        counts.append(len(found))
    assert counts[0] == counts[1] >= counts[2]


@given(st.integers(0, 10**9))
def test_after_a_formula_equal_means_that_it_gives_these_digits_from_those_shown(seed):
    output, wrt = random_graph(seed)
    explanation = explain(output, wrt)
    reading = explanation.reading
    names = {name: node for node, name in reading.names.items()}
    numbers = {name: mpmath.mpf(str(float(said(v.data)))) for name, v in names.items()}
    for left, equals, right in equations(str(explanation)):
        value = number_of(right)
        if value is None or not equals or number_of(left) is not None:
            continue
        given_by = re.fullmatch(r"∂(\S+)/∂(\S+)", left)
        if given_by is None:
            again = formula_at(left, numbers)
            assert again is None or said(float(again)) == value, (left, right)
        elif names.get(given_by[1]) is output and given_by[2] in names:
            exact = explanation.reading.gradients[names[given_by[2]]]
            assert math.isclose(exact, value, rel_tol=1e-11)


def test_a_saturated_tail_is_not_one_minus_one():
    x = Value(20.0)
    y = x.tanh()
    text = str(explain(y, x))
    assert text.startswith("∂y/∂x ≈ 1.699e−17\n")
    assert "∂y/∂x = 1 − y² ≈ 1.699e−17" in text
    assert r"= 1 - y^{2} \approx 1.699 \cdot 10^{-17}" in explain(y, x)._repr_latex_()
    assert [str(step) for step in forward_steps(y)] == ["x = 20", "y = tanh(x) = tanh(20) ≈ 1"]


def test_a_number_of_more_digits_than_are_shown_is_almost_that():
    x = Value(1.00002)
    y = 4.0 * x
    z = y * x
    text = str(explain(z, x))
    assert "= 4.0" not in text
    assert "∂y/∂x = 4" in text
    assert "∂z/∂y = x ≈ 1" in text
    assert "≈ 1 × 4 + 4\n" in text
    assert "≈ 8\n" in text
    thirds = str(explain(x / 3.0 + x * 0.123456, x, top=0))
    assert "v1 = x/3" in thirds
    assert "v2 ≈ 0.1235·x" in thirds


# Steps


def _exp(x):
    """The exponential; what is too far out for these digits counts as just within them."""
    return mpmath.exp(max(min(x, 300), -300))


FUNCTIONS = {
    "tanh": lambda x: 1 - 2 / (1 + _exp(2 * x)),
    "sigmoid": lambda x: 1 / (1 + _exp(-x)),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "sqrt": mpmath.sqrt,
    "abs": abs,
    "total": lambda *numbers: mpmath.fsum(numbers),
    "dot": lambda *numbers: mpmath.fdot(numbers[:2], numbers[2:4]) + mpmath.fsum(numbers[4:]),
}


def in_python(text):
    """A side of a step, which reads as Python does."""
    numbers = re.sub(NUMBER, lambda found: f"mpf('{found[0].replace('−', '-')}')", text)
    return eval(numbers.replace("−", "-").replace("×", "*"), {"mpf": mpmath.mpf, **FUNCTIONS})


@given(st.integers(0, 10**9))
def test_steps_are_true_in_the_digits_shown(seed):
    output, _ = random_graph(seed)
    for line in [*map(str, forward_steps(output)), *map(str, backward_steps(output))]:
        line = re.sub(r"^.* is a constant: (.*) ends there$", r"\1", line)
        _, _, after = line.rpartition(" += ")
        for left, equals, right in equations(after):
            if re.search(r"[^\W\d]\w*(?!\()\b(?!\()", re.sub(NUMBER, "", left)) or "∞" in line:
                continue  # a formula
            equal = mpmath.almosteq(in_python(left), in_python(right), 1e-150, 0)
            assert equal == equals, line


# The parts


@pytest.mark.parametrize(
    ("operation", "operands", "result"),
    [
        (ops.MUL, (1 / 3, 2.0), Fraction(6666, 10000)),
        (ops.SQRT, (4.0,), 2),
        (ops.power(3.0), (-2.0,), -8),
        (ops.RELU, (2.5,), Fraction(5, 2)),
        (ops.COS, (0.0,), 1),
        (ops.LOG, (1.0,), 0),
        (ops.ADD, (1e6, 1e-9), 10**6 + Fraction(1, 10**9)),
    ],
)
def test_what_digits_give(operation, operands, result):
    assert result_of(operation, operands) == result


@pytest.mark.parametrize(
    ("operation", "operand"),
    [(ops.TANH, 20.0), (ops.SIGMOID, 40.0), (ops.SOFTPLUS, 40.0), (ops.SIN, 1e-9), (ops.EXP, 1.0)],
)
def test_what_no_digits_give(operation, operand):
    assert math.isnan(result_of(operation, (operand,)))


def test_infinite_numbers_and_nan_are_what_they_are():
    assert (written(math.inf), is_exact(math.inf), is_exact(math.nan)) == (math.inf, True, True)
    assert result_of(ops.MUL, (math.inf, 2.0)) == math.inf
    x = Value(0.0, "x")
    assert "∂v1/∂x = 1/(2·v1) = ∞" in str(explain(x.sqrt(), x))
