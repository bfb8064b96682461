"""The one way in for data: each container by its values, as the library that made it tells them."""

import ctypes
import datetime
from array import array
from decimal import Decimal
from fractions import Fraction
from math import nan

import numpy as np
import pytest

import nn
from engine import Value, as_items, as_rows, compile, dot, log_sum_exp, total
from engine.compiler.rows import as_block
from nn.datasets import Dataset, standardize, train_test_split

VALUES = [[1.0, 2.0], [3.0, 4.5], [-5.0, 6.0]]
NUMBERS = np.array(VALUES)


class Tensor:
    """As PyTorch's that needs a gradient: `numpy()` is refused, `tolist` is not."""

    def __init__(self, numbers):
        self._numbers = np.array(numbers)
        self.shape, self.ndim = self._numbers.shape, self._numbers.ndim

    def __len__(self):
        return len(self._numbers)

    def __iter__(self):
        return map(Tensor, self._numbers)

    def numpy(self):
        raise RuntimeError("use tensor.detach().numpy()")

    def tolist(self):
        return self._numbers.tolist()


class EagerTensor:
    """As TensorFlow's: it has no `tolist`."""

    def __init__(self, numbers):
        self._numbers = np.array(numbers)
        self.shape = self._numbers.shape

    def numpy(self):
        return self._numbers


class OnlyArray:
    """What NumPy takes and Python cannot go through."""

    def __array__(self):
        return NUMBERS


CONTAINERS = {
    "lists": lambda: VALUES,
    "tuples": lambda: tuple(map(tuple, VALUES)),
    "generators": lambda: (iter(row) for row in VALUES),
    "the values of a dict": lambda: dict(enumerate(VALUES)).values(),
    "other numbers": lambda: [[Decimal(1), 2], [Fraction(3), np.float32(4.5)], (np.int8(-5), 6)],
    "rows of arrays": lambda: [NUMBERS[0], array("f", [3.0, 4.5]), Tensor([-5, 6])],
    "an array of doubles": lambda: NUMBERS,
    "half precision": lambda: NUMBERS.astype("f2"),
    "long doubles": lambda: NUMBERS.astype(np.longdouble),
    "another byte order": lambda: NUMBERS.astype(">f8"),
    "objects": lambda: NUMBERS.astype(object),
    "columns first": lambda: np.asfortranarray(NUMBERS),
    "a view backwards": lambda: NUMBERS[::-1][::-1],
    "nothing masked": lambda: np.ma.array(NUMBERS),
    "records": lambda: np.array([(1, 2.0), (3, 4.5), (-5, 6.0)], dtype="i4, f8"),
    "a buffer": lambda: memoryview(NUMBERS),
    "of ctypes": lambda: (ctypes.c_double * 2 * 3)(*map(tuple, VALUES)),
    "a tensor": lambda: Tensor(NUMBERS),
    "an eager tensor": lambda: EagerTensor(NUMBERS),
    "only an array": OnlyArray,
}


@pytest.mark.parametrize("made", CONTAINERS.values(), ids=CONTAINERS)
def test_each_container_gives_its_values(made):
    assert as_rows(made()) == VALUES
    assert {type(x) for row in as_rows(made()) for x in row} == {float}
    block, n = as_block(made(), 2)
    assert (list(block), n) == (NUMBERS.ravel().tolist(), 3)


def tables(columns):
    """The same columns as tables of the libraries that are installed."""
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    yield pandas.DataFrame(columns, index=[7, 3, 7])
    yield pandas.DataFrame({name: pandas.array(c) for name, c in columns.items()})
    yield polars.DataFrame({str(name): c for name, c in columns.items()})
    yield [row for _, row in pandas.DataFrame(columns).iterrows()]


@pytest.mark.parametrize("names", [(0, 1), (1.5, -2.0), ("10", "20")])
def test_the_labels_of_a_table_are_never_taken_for_numbers(names):
    columns = dict(zip(names, NUMBERS.T.tolist(), strict=True))
    one_row = {name: column[:1] for name, column in columns.items()}
    model, targets = nn.MLP(2, [1], seed=0), [0.0, 1.0, 0.0]
    expected = [model(row).data for row in VALUES]
    x, y = Value(0.0), Value(0.0)
    compiled = compile(x * y, [x, y], backend="python")
    for table in tables(columns):
        assert as_rows(table) == VALUES
        assert compiled.evaluate(table).tolist() == [2.0, 13.5, -30.0]
        assert model.predict(table) == expected
        assert Dataset(table, targets).inputs == VALUES
        assert standardize(table)[1].mean == tuple(NUMBERS.mean(axis=0))
        # outputs and targets too, here two for each row
        squares = (NUMBERS - 1.0) ** 2
        assert nn.mse(table, np.ones((3, 2))).data == pytest.approx(squares.mean())
        assert nn.mse(np.ones((3, 2)), table).data == pytest.approx(squares.mean())
    pandas = pytest.importorskip("pandas")
    for call in (model, total, log_sum_exp, lambda row: dot(row, row)):
        with pytest.raises((TypeError, ValueError)):
            call(pandas.DataFrame(one_row))


def test_training_and_diagnosis_see_the_same_numbers_in_a_table():
    for table in tables({0: [1.0, 3.0, -5.0], 1: [2.0, 4.5, 6.0]}):
        told = []
        for rows in (VALUES, table):
            model = nn.MLP(2, [2, 1], seed=0)
            history = nn.fit(model, rows, Tensor([0, 1, 0]), epochs=3, progress=False)
            report = nn.diagnose(model, rows, EagerTensor([0, 1, 0]), nn.mse)
            found = nn.learning_rate_range(model, rows, (0, 1, 0), steps=5, progress=False)
            told.append((history.loss, report.loss, found.losses))
        assert told[0] == told[1]


def test_targets_of_a_series_go_by_place_and_not_by_label():
    pandas = pytest.importorskip("pandas")
    inputs = pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]}, index=[3, 2, 1, 0])
    targets = pandas.Series([0, 10, 20, 30], index=[3, 2, 1, 0])
    *parts, train, test = train_test_split(inputs, targets, test_size=2)
    assert [[10 * x for (x,) in part] for part in parts] == [train, test]
    assert nn.metrics.accuracy(np.array([[0.1, 2.0], [3.0, 1.0]]), pandas.Series([1, 0])) == 1.0
    assert nn.metrics.r_squared(targets, targets) == 1.0
    assert Dataset(inputs, targets % 3, target_names=("a", "b", "c")).targets == [0, 1, 2, 0]


def test_a_row_of_numbers_may_come_as_a_tensor():
    model = nn.MLP(2, [1], seed=0)
    assert model(Tensor([1.0, 2.0])).data == model(np.array([1, 2])).data == model([1, 2]).data
    w = [Value(2.0), Value(3.0)]
    assert dot(w, EagerTensor([1.0, 2.0])).data == 8.0
    assert total(Tensor([1.0, 2.0])).data == 3.0


WRONG = {
    "masked": (np.ma.array(NUMBERS, mask=NUMBERS == 4.5), "row 1, column 1 .* masked"),
    "a masked number": ([[1.0, np.ma.masked]], "row 0, column 1"),
    "complex": (NUMBERS + 0j, r"\.real"),
    "complex numbers": ([[1.0, np.complex64(2)]], "row 0, column 1"),
    "texts": (NUMBERS.astype(str), "row 0, column 0 .*the str '1.0'"),
    "bytes": (NUMBERS.astype("S"), "the bytes b'1.0'"),
    "bools": (NUMBERS > 2, "the bool False: pass a float"),
    "dates": (NUMBERS.astype("i8").astype("M8[ns]"), "dates or times"),
    "spans": (NUMBERS.astype("i8").astype("m8[s]"), "dates or times"),
    "a date": ([[1.0, np.datetime64(1, "ns")]], "row 0, column 1"),
    "a date of Python": ([[datetime.date(2020, 1, 1), 1.0]], "the date"),
    "rows in rows": ([[[1.0], 2.0]], "row 0, column 0"),
    "nothing": ([[None, 2.0]], "missing"),
    "a dict": ({0: [1.0, 2.0]}, r"data\.values\(\)"),
    "rows of dicts": ([{"a": 1.0, "b": 2.0}], r"data\.values\(\)"),
    "a set": ({(1.0, 2.0)}, "no order"),
    "a text": ("12", "not text"),
    "words": (["12", "34"], "row 0"),
    "raw bytes": (b"12", "not text"),
    "a number": (1.0, "the float 1.0"),
    "a number that gets a gradient": ([[Value(1.0), 2.0]], r"\.data"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_row_of_numbers_is_a_type_error_that_says_so(given, message):
    model, targets = nn.MLP(2, [1], seed=0), [0.0] * 3
    compiled = model.compile()
    for call in (
        as_rows,
        compiled.evaluate,
        model.predict,
        standardize,
        lambda rows: Dataset(rows, targets),
        lambda rows: nn.fit(model, rows, targets, progress=False),
        lambda rows: nn.diagnose(model, rows, targets, nn.mse),
    ):
        with pytest.raises(TypeError, match=message) as caught:
            call(given)
        assert len(str(caught.value)) < 400


def test_an_array_of_a_single_number_is_no_row():
    for call in (as_rows, as_items, nn.MLP(2, [1], seed=0).predict):
        with pytest.raises(TypeError, match=r"must be a list, an array .* pass a list of numbers"):
            call(np.array(1.0))


def test_what_is_missing_in_a_table_is_no_number():
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    missing = pandas.DataFrame({"a": pandas.array([1, None]), "b": pandas.array(["x", "y"])})
    with pytest.raises(TypeError, match=r"row 0, column 1 .*the str 'x'"):
        as_rows(missing)
    for table in (pandas.DataFrame({"a": [1, None]}), polars.DataFrame({"a": [1, None]})):
        with pytest.raises(ValueError, match="row 1, column 0 must be a finite number; got nan"):
            standardize(table)


def test_a_ragged_array_is_named_by_its_row():
    ragged = np.array([[1.0, 2.0], [3.0]], dtype=object)
    with pytest.raises(ValueError, match="row 1 has 1 numbers"):
        standardize(ragged)
    with pytest.raises(ValueError, match="row 1 has 1 numbers"):
        as_block(ragged, 2)


def test_an_int_beyond_the_floats_is_no_finite_number():
    for call in (as_rows, standardize, lambda rows: as_block(rows, 1)):
        with pytest.raises(ValueError, match="row 0, column 0 must be a finite number") as caught:
            call([[10**4000]])
        assert len(str(caught.value)) < 300


def test_nan_and_infinity_come_in_where_numbers_need_not_be_finite():
    assert np.array_equal(as_rows([[nan, np.inf]]), [[nan, np.inf]], equal_nan=True)


def test_what_is_a_list_of_floats_is_not_copied():
    assert as_items(VALUES) is VALUES
    assert as_rows(VALUES)[0] is VALUES[0]
