"""The campaigns of `tests/fuzz`, the same small part of each every time."""

from collections import Counter

import pytest
from fuzz import compiled


def test_random_programs_compile_to_the_eager_bits_gradients_and_errors():
    pytest.importorskip("llvmlite")
    counts = Counter()
    assert list(compiled.campaign(range(200), counts)) == []
    assert counts["programs"] == 200
    # It compares something: of a program in three a row is refused, of most the gradients are tame.
    assert counts["errors"] > 50
    assert counts["gradients, to rounding"] > 1000
    assert counts["gradients, against mpmath"] > 300
