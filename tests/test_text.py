"""Numbers and names as a reader meets them: a few digits, one line."""

import pytest
from hypothesis import given, strategies as st

from engine.text import as_factor, is_word, number_text, one_line


@given(st.floats(-1e300, 1e300))
def test_a_number_reads_back_to_its_digits(number):
    text = number_text(number)
    assert float(text.replace("−", "-")) == pytest.approx(number, rel=5.1e-4, abs=5e-324)
    assert len(text) <= 11


def test_integers_are_whole_and_zero_has_no_sign():
    assert [number_text(x) for x in (0.0, -0.0, 12345.0, -3.0, 2e6)] == [
        "0",
        "0",
        "12345",
        "−3",
        "2e6",
    ]
    assert number_text(float("nan")) == "nan"


def test_names_on_one_line():
    assert one_line("a\tb\x1b[0m\u2028") == r"a\tb\x1b[0m\u2028"
    assert one_line("naïve 🙂") == "naïve 🙂"
    assert len(one_line("y" * 1000)) == 41
    assert is_word("layers.0.w[2]")
    assert not is_word("a b")
    assert as_factor("a + b") == "(a + b)"
