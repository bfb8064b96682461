"""The checks of settings: what passes, as what, what the error says, and that all ask the same."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import nn
from nn.common.checks import check_lengths, real, whole
from nn.common.rows import check_rows


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 1, Fraction(1, 2), np.float32(0.5), np.int64(1)])
def test_a_number_in_range_becomes_a_float(value):
    checked = real("x", value, at_least=0, at_most=1)
    assert checked == value
    assert type(checked) is float


@pytest.mark.parametrize("value", [-1e-300, math.nan, math.inf, 10**400, np.float64("nan")])
def test_a_number_that_is_wrong_is_a_value_error(value):
    with pytest.raises(ValueError, match=r"^x must be a finite number at least 0; got "):
        real("x", value, at_least=0)


@pytest.mark.parametrize(
    "value", ["0.5", b"1", True, np.True_, None, 1j, [0], np.zeros(1), Decimal(1)]
)
def test_what_is_no_number_is_a_type_error(value):
    expected = r"^x must be a finite number at least 0; got .*: pass a float or an int$"
    with pytest.raises(TypeError, match=expected):
        real("x", value, at_least=0)
    with pytest.raises(TypeError, match=r"^n must be a whole number at least 1; got .*: pass an"):
        whole("n", value, at_least=1)


def test_the_error_stays_short():
    for given in ("a" * 10**4, 10**4000):
        with pytest.raises((TypeError, ValueError)) as caught:
            real("x", given)
        assert len(str(caught.value)) < 300


def test_bounds_are_open_or_closed_as_they_say():
    for bounds in ({"above": 0}, {"below": 0}):
        with pytest.raises(ValueError, match="got 0"):
            real("x", 0, **bounds)
    assert real("x", 0, at_least=0, at_most=0) == 0.0


def test_a_number_without_bounds_must_be_finite():
    with pytest.raises(ValueError, match=r"^x must be a finite number; got -inf$"):
        real("x", -math.inf)


def test_whole_numbers():
    with pytest.raises(ValueError, match=r"^n must be a whole number at least 1; got 0$"):
        whole("n", 0, at_least=1)
    with pytest.raises(TypeError, match=r"^n must be a whole number at least 1; got the float 1.0"):
        whole("n", 1.0, at_least=1)
    assert whole("n", -7) == -7
    assert type(whole("n", np.int32(3), at_least=1)) is int


def test_lengths():
    check_lengths("it", [1], [2])
    with pytest.raises(ValueError, match=r"^it needs .* for each row, but got 1 row and 2 targets"):
        check_lengths("it", [1], [2, 3])
    with pytest.raises(ValueError, match=r"^it needs at least one row, but got none$"):
        check_lengths("it", [], [])


@pytest.mark.parametrize(
    ("inputs", "targets", "error", "message"),
    [
        ([[1], 2], [0, 0], TypeError, "training inputs, row 1 must be a list .*; got the int 2"),
        ([[1], "2"], [0, 0], TypeError, "training inputs, row 1 must be a list .*; got the str"),
        ([[1], [None]], [0, 0], TypeError, "training inputs, row 1, column 0 .*; got the NoneType"),
        ([[1], [True]], [0, 0], TypeError, "training inputs, row 1, column 0 .*; got the bool"),
        ([[1], [math.nan]], [0, 0], ValueError, "training inputs, row 1, column 0 .*; got nan"),
        ([[1], [2, 3]], [0, 0], ValueError, "training inputs, row 1 has 2 .*, but row 0 has 1"),
        ([[1], [2]], [0, "b"], TypeError, "training targets, row 1 .*; got the str 'b'"),
        ([[1], [2]], [0, ""], TypeError, "training targets, row 1 .*; got the str ''"),
        ([[1], [2]], [[0], [math.inf]], ValueError, "training targets, row 1 .*; got inf"),
        ([], [], ValueError, "the training data needs at least one row"),
        ([[1]], [], ValueError, "the training data needs a target for each row"),
    ],
)
def test_rows_that_are_wrong_are_named(inputs, targets, error, message):
    with pytest.raises(error, match=message):
        check_rows("training", inputs, targets)


def test_rows_of_numpy_become_lists_of_floats():
    rows, targets = check_rows("training", np.ones((2, 3), np.float32), np.array([0, 1]))
    assert rows == [[1.0] * 3] * 2
    assert targets == [0, 1]
    assert {type(number) for row in rows for number in row} == {float}


def fit(**settings):
    model = nn.MLP(1, [1], seed=0)
    return nn.fit(model, [[0.0], [1.0]], [0.0, 1.0], progress=False, **settings)


def adam(**settings):
    return nn.Adam(nn.MLP(1, [1], seed=0).parameters(), **settings)


@pytest.mark.parametrize(
    ("call", "setting", "wrong"),
    [
        (nn.datasets.moons, "n", 1),
        (nn.datasets.moons, "noise", -1.0),
        (nn.datasets.circles, "factor", 1.0),
        (nn.datasets.spirals, "classes", 1),
        (fit, "epochs", -1),
        (fit, "batch_size", 0),
        (adam, "learning_rate", -1.0),
        (adam, "eps", 0.0),
        (nn.init.constant, "value", math.nan),
        (nn.init.he_normal, "gain", 0.0),
        (nn.schedules.constant, "learning_rate", -1.0),
        (lambda n: nn.MLP(n, [1]), "n", 0),
        (lambda n: nn.MLP(1, [n]), "n", 0),
        (lambda n: nn.Neuron(n), "n", 0),
        (lambda n: nn.Layer(1, n), "n", 0),
        (nn.HuberLoss, "delta", 0.0),
        (lambda y: nn.mse([1.0], [y]), "y", math.nan),
    ],
)
def test_all_of_the_library_tells_a_wrong_type_from_a_wrong_number(call, setting, wrong):
    with pytest.raises(ValueError, match=f"; got {wrong}$"):
        call(**{setting: wrong})
    for given in ("a", True):
        with pytest.raises(TypeError, match=f"; got the {type(given).__name__} {given!r}: pass a"):
            call(**{setting: given})
