"""The functions of `engine`, on plain numbers, on Values, and on what calculates by itself."""

import inspect
import math
from decimal import Decimal

import pytest

import engine
from engine import Value

OF_MATH = ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "atan", "sinh", "cosh"]
OF_MATH += ["tanh", "erf", "erfc"]


@pytest.mark.parametrize("name", OF_MATH)
def test_of_a_plain_number_it_is_a_float_as_math_has_it(name: str) -> None:
    for number in (0.3, 1, True):
        result = getattr(engine, name)(number)
        assert type(result) is float
        assert result == getattr(math, name)(number)


@pytest.mark.parametrize("name", OF_MATH)
def test_of_a_value_it_is_the_method(name: str) -> None:
    x = Value(0.3)
    result = getattr(engine, name)(x)
    assert result.parents == (x,)
    assert result.data == getattr(math, name)(0.3)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: engine.log(-1.0), ValueError, "log(-1.0): log needs x > 0"),
        (lambda: engine.log(0), ValueError, "log(0.0): log needs x > 0"),
        (lambda: engine.sqrt(-4.0), ValueError, "sqrt(-4.0): sqrt needs x >= 0"),
        (lambda: engine.exp(1000.0), OverflowError, "exp(1000.0): the result exceeds"),
        (lambda: engine.tan(math.inf), ValueError, "tan(inf): tan needs a finite x"),
        (lambda: engine.exp("1"), TypeError, "exp needs a real number, but got the str '1'"),
        (lambda: engine.maximum(1.0, None), TypeError, "needs a real number, but got the NoneType"),
    ],
)
def test_what_is_not_defined_is_an_error_and_no_nan(call, error, text: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


def test_nan_that_comes_in_stays_visible() -> None:
    for name in ("exp", "log", "tanh", "relu", "softplus", "gelu"):
        assert math.isnan(getattr(engine, name)(math.nan))


def test_a_value_on_either_side_is_recorded() -> None:
    v = Value(3.0)
    for result in (engine.maximum(2.0, v), engine.maximum(v, 2.0)):
        assert result.data == 3.0
        assert v in result.parents
    assert engine.minimum(2, 3) == 2.0


def test_options_by_name_and_by_place_and_their_defaults() -> None:
    assert engine.leaky_relu(-2.0, 0.25) == engine.leaky_relu(-2.0, slope=0.25) == -0.5
    assert engine.leaky_relu(-2.0) == Value(-2.0).leaky_relu().data == -0.02
    assert engine.elu(-1.0, alpha=2.0) == 2.0 * math.expm1(-1.0)
    assert engine.elu(-1.0) == math.expm1(-1.0)


def test_another_number_calculates_by_its_own_method() -> None:
    assert engine.sqrt(Decimal(2)) == Decimal(2).sqrt()


def test_each_tells_what_it_is() -> None:
    for name in [*OF_MATH, "relu", "gelu", "maximum", "leaky_relu"]:
        function = getattr(engine, name)
        assert function.__name__ == name
        assert f">>> {name}(" in inspect.getdoc(function)
