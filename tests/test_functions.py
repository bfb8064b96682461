"""The elementary functions: IEEE 754 on floats, the number's own method elsewhere."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine import Value, functions

NUMPY = {"atan": "arctan"}
EXPONENTIAL = ("exp", "expm1", "log", "log1p", "sqrt")
TRIGONOMETRIC = ("sin", "cos", "tan", "atan", "sinh", "cosh", "tanh")
ELEMENTARY = (*EXPONENTIAL, *TRIGONOMETRIC)
INF, NAN = math.inf, math.nan


def same(x, y):
    return x == y or (x != x and y != y)


@pytest.mark.parametrize("name", ELEMENTARY)
@pytest.mark.parametrize(
    "x", [0.0, -0.0, 1.0, -1.0, -2.0, 1000.0, -1000.0, INF, -INF, NAN, 5e-324, 1.7e308]
)
def test_floats_follow_ieee_754_without_exception_as_numpy_does(name, x):
    with np.errstate(all="ignore"):
        theirs = float(getattr(np, NUMPY.get(name, name))(np.float64(x)))
    ours = getattr(functions, name)(x)
    assert type(ours) is float
    assert same(ours, theirs) or ours == pytest.approx(theirs, rel=1e-14)


@given(st.floats(), st.floats())
def test_division_and_powers_follow_ieee_754_as_numpy_does(x, y):
    with np.errstate(all="ignore"):
        quotient = float(np.float64(x) / np.float64(y))
        power = float(np.float64(x) ** np.float64(y))
    assert same(functions.divide(x, y), quotient)
    assert same(functions.power(x, y), power) or functions.power(x, y) == pytest.approx(
        power, rel=1e-14
    )


@pytest.mark.parametrize(
    ("x", "y"),
    [
        *[(0.0, -1.0), (-0.0, -1.0), (-0.0, -3.0), (-0.0, -2.0), (0.0, -0.5), (-8.0, 1 / 3)],
        *[(-10.0, 309.0), (-10.0, 308.5), (-10.0, 400.0), (10.0, 400.0), (NAN, 0.0), (1.0, NAN)],
        *[(-INF, 3.0), (-INF, -3.0), (-1.0, INF), (0.0, 0.0), (-0.0, -INF)],
    ],
)
def test_powers_at_the_corners_are_those_of_the_c_library(x, y):
    with np.errstate(all="ignore"):
        theirs = np.float64(x) ** np.float64(y)
    ours = functions.power(x, y)
    assert same(ours, float(theirs))
    assert math.copysign(1.0, ours) == math.copysign(1.0, theirs) or ours != ours


@given(st.floats(), st.floats())
def test_the_larger_and_the_smaller_of_two_are_those_of_numpy(x, y):
    with np.errstate(all="ignore"):
        assert same(functions.maximum(x, y), float(np.maximum(x, y)))
        assert same(functions.minimum(x, y), float(np.minimum(x, y)))


def test_step_is_zero_at_zero_and_at_nan():
    points = [-1.0, -0.0, 0.0, 5e-324, INF, NAN]
    assert [functions.step(x) for x in points] == [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("number", [2, True, np.float32(2.0), Fraction(2)])
def test_plain_numbers_of_other_types_count_as_floats(number):
    x = float(number)
    assert functions.exp(number) == math.exp(x)
    assert functions.step(number) == 1.0
    assert functions.maximum(number, 0.0) == functions.maximum(0.0, number) == x
    assert functions.minimum(number, 7) == functions.minimum(7, number) == x


class Traced:
    """A number that says which method was called."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *others: (name, *others)


@pytest.mark.parametrize(
    "name", [*ELEMENTARY, "erf", "erfc", "step", "reciprocal", "sigmoid", "softplus"]
)
def test_another_number_calculates_by_its_own_method(name):
    assert getattr(functions, name)(Traced()) == (name,)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_another_number_may_stand_on_either_side(name):
    number = Traced()
    assert getattr(functions, name)(number, 2.0) == (name, 2.0)
    assert getattr(functions, name)(2.0, number) == (name, 2.0)


def test_division_by_zero_of_another_number_is_its_own_affair():
    with pytest.raises(ZeroDivisionError):
        functions.divide(Fraction(1), Fraction(0))


def test_a_value_records_what_a_function_does_to_it():
    x = Value(0.5)
    assert functions.tanh(x).parents == (x,)
    assert functions.maximum(1.0, x).data == 1.0


def test_what_is_no_number_is_a_type_error():
    with pytest.raises(TypeError):
        functions.exp(object())
