"""The campaigns of `tests/fuzz`, the same small part of each every time."""

from collections import Counter

import pytest
from fuzz import compiled, eager


def test_random_programs_compile_to_the_eager_bits_gradients_and_errors():
    pytest.importorskip("llvmlite")
    counts = Counter()
    assert list(compiled.campaign(range(200), counts)) == []
    assert counts["programs"] == 200
    # It compares something: of a program in three a row is refused, of most the gradients are tame.
    assert counts["errors"] > 50
    assert counts["gradients, to rounding"] > 1000
    assert counts["gradients, against mpmath"] > 300


def test_random_graphs_have_the_gradients_and_second_derivatives_of_mpmath():
    counts = Counter()
    assert list(compiled.campaign(range(300), counts, eager.try_graph)) == []
    assert counts["gradients, against mpmath"] > 600
    assert counts["second derivatives, against mpmath"] > 200


def test_a_slope_that_rounding_moves_is_told_from_a_wrong_one():
    """The sine of a large product: its slope depends on digits that the product has not got."""
    sine, product, square = (compiled.ROWS[name] for name in ("sin", "mul", "power(2)"))
    program = compiled.Program(1, 0, [1e9], [(product, [0, 1]), (sine, [2]), (square, [3])], [4])
    for wrong in (0.0, 1e-3):
        counts = Counter()
        eager_result = compiled.eagerly(program, [1.23456], [], [1.0])
        eager_result.gradients[0] *= 1.0 + wrong
        with compiled.mpmath.workdps(200):
            loss = compiled.in_mpmath(program, [1.23456], [1.0])
            try:
                compiled.compare_slopes(loss, eager_result, counts)
            except compiled.DiffersError:
                counts["failures"] += 1
        assert counts["failures"] == (wrong > 0), counts


def test_a_step_that_is_too_long_is_made_shorter():
    """The sigmoid of x / 1e-42 at 0: to the quotient with 1e-30 it is a jump."""
    sigmoid, div = (compiled.ROWS[name] for name in ("sigmoid", "div"))
    program = compiled.Program(1, 0, [1e-42], [(div, [0, 1]), (sigmoid, [2])], [3])
    counts, found = Counter(), compiled.eagerly(program, [0.0], [], [1.0])
    with compiled.mpmath.workdps(200):
        compiled.compare_slopes(compiled.in_mpmath(program, [0.0], [1.0]), found, counts)
    assert counts == {"slopes of a place smaller than 1e-30": 1}
