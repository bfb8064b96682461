"""The table of primitives: every row against mpmath in value and derivatives, and proven by SymPy.

Nothing here lists the rows or their domains: the points are those that a row itself accepts.
"""

import itertools
import math
from dataclasses import replace

import pytest
import sympy
from oracles.exact import HighPrecision, Symbolic, close, derivative, reference

import engine
from engine import GradcheckError, Value, gradcheck, gradient, ops, record

ROWS = list(ops.table())
by_name = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

MIDDLE = (0.11, 0.7, 1.3, 2.9)
TAILS = (1e-20, 1e-8, 17.0, 37.0, 300.0, 700.0)
ONE_OPERAND = [sign * x for x in (*MIDDLE, *TAILS) for sign in (1.0, -1.0)]
TWO_OPERANDS = list(itertools.product((0.7, -1.3, 2.9, 1e-8, -37.0), (0.6, -2.0, 3.1, -25.5)))
MANY_OPERANDS = [(0.7, -1.3, 2.9, 1e-8, -37.0), (0.6, -2.0, 1e3, 0.5), (1e-20, 1.0)]


def accepts(row, point):
    """Whether the row's own requirements let the point pass, and it has a result and slopes there.

    The rows that follow IEEE 754 refuse nothing; their nan says that nothing is defined.
    """
    data, partials = row.rule(*point)
    try:
        row.check(point, data)
    except (ValueError, ArithmeticError):
        return False
    return all(map(math.isfinite, (data, *partials)))


def points(row):
    candidates = {1: [(x,) for x in ONE_OPERAND], 2: TWO_OPERANDS, None: MANY_OPERANDS}[row.arity]
    return [point for point in candidates if accepts(row, point)]


def typed(row, operands):
    """The operation as one types it, with {0}, {1} for the operands."""
    return row.notation or f"{row.name}({', '.join(f'{{{i}}}' for i in range(operands))})"


def orders(operands, total):
    """Every mixed derivative of that order: (2, 0), (1, 1), (0, 2) for two operands and order 2."""
    return [o for o in itertools.product(range(total + 1), repeat=operands) if sum(o) == total]


def check_row(row):
    """Value, first and second derivatives of a row at each of its points, or an AssertionError."""
    for point in points(row):
        n = len(point)
        exact = reference(typed(row, n), n)
        inputs = [Value(x) for x in point]
        output = record(row, tuple(inputs))
        assert close(output.data, derivative(exact, point, (0,) * n), 1e-15, 5e-324), point
        output.backward()
        slopes = gradient(output, inputs)
        for i, slope in enumerate(slopes):
            (order,) = (o for o in orders(n, 1) if o[i])
            first = derivative(exact, point, order)
            assert close(slope.data, first, 1e-14, 1e-15), (point, order, slope.data)
            assert inputs[i].grad == slope.data, (point, order)
            for j, curvature in enumerate(gradient(slope, inputs)):
                order = tuple((k == i) + (k == j) for k in range(n))
                second = derivative(exact, point, order)
                assert close(curvature.data, second, 1e-13, 1e-15), (point, order, curvature.data)


def check_proof(row):
    """The partials of a row *are* SymPy's derivatives of its result, on each side of a kink.

    A side is a choice of signs for the operands. Returns how many sides were proven.
    """
    proven = 0
    for signs in itertools.product((1, -1), repeat=row.arity or 5):
        if not accepts(row, tuple(sign * (0.3 + 0.1 * i) for i, sign in enumerate(signs))):
            continue
        symbols = [
            sympy.Symbol(f"x{i}", positive=sign > 0, negative=sign < 0)
            for i, sign in enumerate(signs)
        ]
        result, partials = row.rule(*map(Symbolic, symbols))
        undecided = [p for p in partials if isinstance(p, Symbolic) and p.number.has(sympy.Heaviside)]
        if undecided:  # maximum(x, y) of operands of one sign: neither side of the kink
            continue
        for symbol, partial in zip(symbols, partials, strict=True):
            ours = partial.number if isinstance(partial, Symbolic) else Symbolic.exact(partial)
            theirs = sympy.diff(getattr(result, "number", sympy.S.Zero), symbol)
            assert sympy.simplify(ours - theirs) == 0, (symbol, ours, theirs)
        proven += 1
    return proven


@by_name
def test_value_and_derivatives_equal_those_of_mpmath(row):
    assert len(points(row)) >= 3
    check_row(row)


@by_name
def test_partials_are_proven_equal_to_the_derivative(row):
    sides = check_proof(row)
    assert sides >= (2 if row.kink and accepts(row, (-0.3, 0.4)[: row.arity]) else 1)
