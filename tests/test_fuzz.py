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
    assert counts["second derivatives, against mpmath"] > 300
