"""The checks of settings: what passes, as what, and what the message says."""

import math
from fractions import Fraction

import pytest

from nn.common.checks import real, whole


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 1, Fraction(1, 2)])
def test_a_number_in_range_becomes_a_float(value):
    checked = real("x", value, at_least=0, at_most=1)
    assert checked == value
    assert type(checked) is float


@pytest.mark.parametrize(
    "value", [-1e-300, math.nan, math.inf, 10**400, "0.5", True, None, 1j, [0]]
)
def test_anything_else_is_named_in_the_error(value):
    with pytest.raises(ValueError, match=r"^x must be a finite number at least 0; got "):
        real("x", value, at_least=0)


def test_bounds_are_open_or_closed_as_they_say():
    for bounds in ({"above": 0}, {"below": 0}):
        with pytest.raises(ValueError, match="got 0"):
            real("x", 0, **bounds)
    assert real("x", 0, at_least=0, at_most=0) == 0.0


def test_a_number_without_bounds_must_be_finite():
    with pytest.raises(ValueError, match=r"^x must be a finite number; got -inf$"):
        real("x", -math.inf)


@pytest.mark.parametrize("value", [0, 1.0, "1", True, None, math.nan])
def test_whole_numbers(value):
    with pytest.raises(ValueError, match=r"^n must be a whole number at least 1; got "):
        whole("n", value, at_least=1)
    assert whole("n", 1, at_least=1) == 1
