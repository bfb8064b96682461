"""Measured data against what its sources print, drawn data against geometry, files good and bad."""

import csv
import hashlib
import io
import json
import math
import pickle
import random
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import FrozenInstanceError
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from nn.datasets import (
    Dataset,
    Standardizer,
    circles,
    digits,
    iris,
    load_csv,
    load_inputs,
    moons,
    names,
    sine,
    spirals,
    standardize,
    train_test_split,
    xor,
)

# Dataset ----------------------------------------------------------------------------------------


def test_a_dataset_says_what_it_is():
    data = Dataset([[1.0, 2.0]] * 3, [0, 1, 1], ("a", "b"), ("no", "yes"), "test")
    assert (len(data), data.n_features, data.n_classes) == (3, 2, 2)
    assert data.is_classification
    assert repr(data) == "Dataset('test': 3 rows, 2 features, 2 classes)"
    curve = Dataset([[1.0]], [0.5])
    assert (curve.n_classes, curve.is_classification) == (0, False)
    assert repr(curve) == "Dataset('data': 1 row, 1 feature, regression)"


def test_a_dataset_is_frozen_and_pickles():
    data = moons(10)
    with pytest.raises(FrozenInstanceError):
        data.name = "suns"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(data)) == data


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0]], [0, 1]), "a Dataset needs a target for each row, but got 1 row and 2 t"),
        (([], []), "a Dataset needs at least one row, but got none"),
        (([[1.0], [1.0, 2.0]], [0, 1]), "inputs, row 1 has 2 numbers, but row 0 has 1"),
        (([[1.0]], [0], ("a", "b")), "name each column of the inputs, 1 in all; got 2"),
        (([[1.0]], [2], (), ("a", "b")), r"targets\[0\] is 2; .* from 0 to 1"),
        (([[1.0]], [0.5], (), ("a", "b")), r"targets\[0\] is 0.5"),
    ],
)
def test_a_dataset_refuses_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        Dataset(*arguments)


# Measured data ----------------------------------------------------------------------------------


def rows_of(data, number):
    return [row for row, target in zip(data.inputs, data.targets, strict=True) if target == number]


# What Fisher printed: the means (Table VIII), the sums of squares and products of deviations within
# setosa and versicolor together (Table III), and within virginica (Table VIII; the square of petal
# length is left out, for copies of the paper differ in its last digits).
FISHER_MEANS = {
    "setosa": [5.006, 3.428, 1.462, 0.246],
    "versicolor": [5.936, 2.770, 4.260, 1.326],
    "virginica": [6.588, 2.974, 5.552, 2.026],
}
FISHER_PRODUCTS = {
    ("setosa", "versicolor"): {
        (0, 0): 19.1434, (0, 1): 9.0356, (0, 2): 9.7634, (0, 3): 3.2394,
        (1, 1): 11.8658, (1, 2): 4.6232, (1, 3): 2.4746,
        (2, 2): 12.2978, (2, 3): 3.8794,
        (3, 3): 2.4604,
    },
    ("virginica",): {
        (0, 0): 19.8128, (0, 1): 4.5944, (0, 2): 14.8612, (0, 3): 2.4056,
        (1, 1): 5.0962, (1, 2): 3.4976, (1, 3): 2.3338,
        (2, 3): 2.3924,
        (3, 3): 3.6962,
    },
}  # fmt: skip


def deviations(data, species):
    """The means of the four columns of a species, and each column less its mean, exactly."""
    rows = rows_of(data, data.target_names.index(species))
    columns = [[Decimal(str(x)) for x in column] for column in zip(*rows, strict=True)]
    means = [sum(column) / len(column) for column in columns]
    return means, [[x - m for x in column] for column, m in zip(columns, means, strict=True)]


@pytest.mark.parametrize("species", FISHER_MEANS)
def test_iris_has_the_means_that_fisher_printed(species):
    means, _ = deviations(iris(), species)
    assert [float(mean) for mean in means] == FISHER_MEANS[species]


@pytest.mark.parametrize("together", FISHER_PRODUCTS)
def test_iris_has_the_sums_of_products_that_fisher_printed(together):
    within = [deviations(iris(), species)[1] for species in together]
    products = {
        (p, q): float(sum(x * y for d in within for x, y in zip(d[p], d[q], strict=True)))
        for p, q in FISHER_PRODUCTS[together]
    }
    assert products == FISHER_PRODUCTS[together]


def test_iris_has_the_two_flowers_that_the_uci_copy_gets_wrong():
    data = iris()
    assert data.inputs[34] == [4.9, 3.1, 1.5, 0.2]
    assert data.inputs[37] == [4.9, 3.6, 1.4, 0.1]


def test_iris_is_named_and_sourced():
    data = iris()
    assert (len(data), data.n_features, data.n_classes) == (150, 4, 3)
    assert Counter(data.targets) == {0: 50, 1: 50, 2: 50}
    assert data.feature_names == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    assert "Fisher" in data.source
    assert "1936" in data.source


def test_digits_have_the_counts_that_uci_documents():
    data = digits()
    assert (len(data), data.n_features, data.n_classes) == (1797, 64, 10)
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # optdigits.names, the test set
    assert [data.targets.count(digit) for digit in range(10)] == counts
    assert data.target_names == tuple("0123456789")
    assert {pixel for row in data.inputs for pixel in row} == set(map(float, range(17)))
    assert "CC BY 4.0" in data.source
    assert "Alpaydin" in data.source


def test_digits_are_the_rows_that_scikit_learn_carries():
    data = digits()
    text = "".join(
        ",".join(str(int(pixel)) for pixel in row) + f",{digit}\n"
        for row, digit in zip(data.inputs, data.targets, strict=True)
    )
    expected = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"
    assert hashlib.sha256(text.encode()).hexdigest() == expected


def test_the_compressed_file_bears_no_date():
    assert (files("nn.datasets") / "data" / "digits.csv.gz").read_bytes()[4:8] == b"\0\0\0\0"


def test_names_have_the_most_frequent_ones_that_the_census_lists():
    women = "mary patricia linda barbara elizabeth jennifer maria susan margaret dorothy"
    men = "james john robert michael william david richard charles joseph thomas"
    assert {*women.split(), *men.split()} <= set(names())


def test_names_are_words_of_small_letters_each_once_and_sorted():
    first_names = names()
    assert first_names == sorted(set(first_names))
    assert set("".join(first_names)) == set("abcdefghijklmnopqrstuvwxyz")
    assert (min(map(len, first_names)), max(map(len, first_names))) == (2, 11)


def test_names_are_those_of_the_census_above_the_frequency():
    # of the lines of both files with a frequency from 0.002 on, the names in lower case, sorted
    text = "".join(f"{name}\n" for name in names())
    expected = "47d61f44be57222d8abcad18222b8049daa3722a7e8398c06c877dda611f4ceb"
    assert hashlib.sha256(text.encode()).hexdigest() == expected


def test_each_call_gives_lists_of_its_own():
    iris().inputs[0][0] = 99.0
    assert iris().inputs[0][0] == 5.1
    names().clear()
    assert "mary" in names()


# Drawn data -------------------------------------------------------------------------------------

DRAWN = [moons, circles, spirals, xor, sine]
IN_THE_PLANE = [moons, circles, spirals, xor]


def test_moons_without_noise_are_two_half_circles():
    data = moons(101, noise=0)
    upper, lower = rows_of(data, 0), rows_of(data, 1)
    assert (len(upper), len(lower)) == (51, 50)
    for x, y in upper:
        assert math.hypot(x, y) == pytest.approx(1)
        assert y >= 0
    for x, y in lower:
        assert math.hypot(x - 1, y - 0.5) == pytest.approx(1)
        assert y <= 0.5
    assert min(x for x, _ in upper) == pytest.approx(-1)  # both ends of the half circle are there
    assert max(x for x, _ in upper) == pytest.approx(1)
    assert max(y for _, y in upper) == pytest.approx(1)
    assert min(y for _, y in lower) == pytest.approx(-0.5, abs=1e-3)


def test_circles_without_noise_have_their_two_radii_and_equal_angles():
    data = circles(60, noise=0, factor=0.25)
    for number, radius in ((0, 1.0), (1, 0.25)):
        rows = rows_of(data, number)
        assert [math.hypot(x, y) for x, y in rows] == pytest.approx([radius] * 30)
        angles = sorted(math.atan2(y, x) for x, y in rows)
        gaps = [b - a for a, b in pairwise(angles)]
        assert gaps == pytest.approx([math.tau / 30] * 29)


@pytest.mark.parametrize(("turns", "classes"), [(1.0, 2), (1.5, 3), (0.5, 5)])
def test_spirals_without_noise_wind_as_their_formula_says(turns, classes):
    data = spirals(20 * classes, noise=0, turns=turns, classes=classes)
    for number in range(classes):
        rows = rows_of(data, number)
        radii = sorted(math.hypot(x, y) for x, y in rows)
        assert radii == pytest.approx([(k + 1) / 20 for k in range(20)])
        for x, y in rows:
            angle = math.tau * (turns * math.hypot(x, y) + number / classes)
            assert math.cos(math.atan2(y, x) - angle) == pytest.approx(1)


def test_xor_without_noise_is_the_truth_table():
    data = xor(8, noise=0)
    table = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
    assert list(zip(data.inputs, data.targets, strict=True)) == table * 2


def test_xor_targets_are_those_of_the_corner_and_not_of_the_noise():
    assert xor(40, noise=5.0).targets == [0, 1, 1, 0] * 10


def test_sine_without_noise_is_a_period_of_the_sine():
    data = sine(9, noise=0)
    assert [x for (x,) in data.inputs] == pytest.approx([k * math.pi / 4 for k in range(-4, 5)])
    half = math.sqrt(0.5)
    assert data.targets == pytest.approx([0, -half, -1, -half, 0, half, 1, half, 0], abs=1e-15)
    assert not data.is_classification


@pytest.mark.parametrize("make", IN_THE_PLANE)
def test_the_noise_has_the_standard_deviation_asked_for(make):
    clean, noisy = make(4000, noise=0, seed=3), make(4000, noise=0.3, seed=3)
    assert clean.targets == noisy.targets
    for column in range(2):
        errors = [a[column] - b[column] for a, b in zip(noisy.inputs, clean.inputs, strict=True)]
        # five standard errors: of the mean s / sqrt(n), of the deviation s / sqrt(2 n)
        assert statistics.fmean(errors) == pytest.approx(0, abs=5 * 0.3 / 4000**0.5)
        assert statistics.pstdev(errors) == pytest.approx(0.3, abs=5 * 0.3 / 8000**0.5)


def test_the_noise_of_the_sine_is_on_its_targets():
    clean, noisy = sine(4000, noise=0), sine(4000, noise=0.3)
    assert clean.inputs == noisy.inputs
    errors = [a - b for a, b in zip(noisy.targets, clean.targets, strict=True)]
    assert statistics.pstdev(errors) == pytest.approx(0.3, abs=5 * 0.3 / 8000**0.5)


@pytest.mark.parametrize("make", DRAWN)
def test_a_seed_draws_the_same_data_and_another_seed_other_data(make):
    assert make(50, seed=7) == make(50, seed=7)
    assert make(50, seed=7).targets != make(50, seed=8).targets or make is xor
    assert make(50, seed=7).inputs != make(50, seed=8).inputs or make is sine


@pytest.mark.parametrize("make", DRAWN)
def test_drawing_leaves_the_global_generator_alone(make):
    random.seed(1)
    before = random.getstate()
    make(20)
    train_test_split(make(20))
    assert random.getstate() == before


def test_another_process_draws_the_same_bits():
    code = (
        "from nn.datasets import *\n"
        "for make in (moons, circles, spirals, xor, sine):\n"
        "    print(make(20, seed=5).inputs, make(20, seed=5).targets)\n"
        "print(train_test_split(iris(), seed=5)[1].inputs)\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    expected = "".join(f"{data.inputs} {data.targets}\n" for data in (m(20, seed=5) for m in DRAWN))
    assert outputs == {expected + f"{train_test_split(iris(), seed=5)[1].inputs}\n"}


@pytest.mark.parametrize("make", DRAWN)
@pytest.mark.parametrize("seed", [0, 3])
def test_the_source_of_drawn_data_draws_it_again(make, seed):
    data = make(12, noise=0.25, seed=seed)
    assert eval(data.source) == data


@pytest.mark.parametrize("make", DRAWN)
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 1}, ValueError, "n must be a whole number at least [24]; got 1"),
        ({"n": 10.0}, TypeError, "n must be a whole number at least [24]; got the float 10.0"),
        ({"n": True}, TypeError, "n must be .*; got the bool True"),
        ({"noise": -0.1}, ValueError, "noise must be a finite number at least 0; got -0.1"),
        ({"noise": math.nan}, ValueError, "noise"),
        ({"noise": math.inf}, ValueError, "noise"),
        ({"noise": "much"}, TypeError, "noise must be .*; got the str 'much'"),
        ({"seed": None}, TypeError, "seed must be a whole number; got the None"),
        ({"seed": 0.5}, TypeError, "seed must be a whole number; got the float"),
    ],
)
def test_wrong_arguments_are_named(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(**arguments)


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (circles, {"factor": 1.0}, "factor"),
        (circles, {"factor": math.nan}, "factor"),
        (spirals, {"turns": 0}, "turns"),
        (spirals, {"turns": math.inf}, "turns"),
        (spirals, {"classes": 1}, "classes must be a whole number at least 2"),
        (spirals, {"n": 3, "classes": 4}, "n must be a whole number at least 4"),
    ],
)
def test_wrong_shapes_are_named(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)


# train_test_split -------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    targets=st.lists(st.integers(0, 4), min_size=2, max_size=60),
    test_size=st.floats(0.01, 0.99) | st.integers(1, 59),
    seed=st.integers(0, 2**32),
    stratify=st.sampled_from([None, False]),
)
def test_a_split_deals_every_row_to_one_part(targets, test_size, seed, stratify):
    n = len(targets)
    inputs = [[float(number)] for number in range(n)]
    if isinstance(test_size, int):
        test_size = min(test_size, n - 1)
    train_inputs, test_inputs, train_targets, test_targets = train_test_split(
        inputs, targets, test_size, seed, stratify
    )
    assert sorted(train_inputs + test_inputs) == inputs
    assert [targets[int(x)] for (x,) in train_inputs] == train_targets
    assert [targets[int(x)] for (x,) in test_inputs] == test_targets
    if isinstance(test_size, int):
        assert len(test_inputs) == test_size
    else:
        assert len(test_inputs) == pytest.approx(test_size * n, abs=1)
    assert 1 <= len(test_inputs) < n


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(2, 30), min_size=1, max_size=6),
    test_size=st.floats(0.01, 0.5),
    seed=st.integers(0, 1000),
)
def test_a_stratified_split_keeps_the_shares_of_the_classes(sizes, test_size, seed):
    targets = [number for number, size in enumerate(sizes) for _ in range(size)]
    random.Random(seed).shuffle(targets)
    _, test_inputs, train_targets, test_targets = train_test_split(
        targets, targets, test_size, seed, stratify=True
    )
    share = len(test_inputs) / len(targets)
    for number, size in enumerate(sizes):
        assert abs(test_targets.count(number) - share * size) < 1 + 1e-9
        assert train_targets.count(number) >= 1


def test_a_held_out_third_of_iris_is_fifty_flowers():
    train, test = train_test_split(iris())
    assert (len(train), len(test)) == (100, 50)
    assert sorted(Counter(test.targets).values()) == [16, 17, 17]
    assert (test.name, test.source) == (iris().name, iris().source)
    assert test.feature_names == iris().feature_names


def test_the_seed_decides_on_the_split():
    assert train_test_split(iris(), seed=4) == train_test_split(iris(), seed=4)
    assert train_test_split(iris(), seed=4) != train_test_split(iris(), seed=5)


@pytest.mark.parametrize("stratify", [True, False])
def test_every_row_has_its_chance_to_be_held_out(stratify):
    """A row is in the held-out third with probability 1/3, so in none of 100 with 10⁻¹⁸."""
    held_out = Counter(
        number
        for seed in range(100)
        for number in train_test_split(list(range(30)), [0, 1] * 15, 1 / 3, seed, stratify)[1]
    )
    assert set(held_out) == set(range(30))
    assert max(held_out.values()) < 60


def test_both_parts_are_shuffled():
    train_inputs, test_inputs, train_targets, test_targets = train_test_split(
        list(range(60)), [0] * 30 + [1] * 30
    )
    for part in (train_inputs, test_inputs, train_targets, test_targets):
        assert part != sorted(part)


def test_a_class_of_one_row_is_trained_on():
    for seed in range(20):
        _, _, train, test = train_test_split([[0.0]] * 13, [0] * 6 + [1] * 6 + [2], seed=seed)
        assert 2 in train
        assert 2 not in test


def test_a_rounding_error_costs_no_row():
    assert len(train_test_split(list(range(100)), [0.5] * 100, test_size=0.07)[1]) == 7


def test_whole_numbers_of_a_regression_can_be_split():
    """Integers that are no classes: as many as rows, so that no class could be in both parts."""
    train, test = train_test_split(Dataset([[0.0]] * 4, [1, 2, 3, 4]))
    assert (len(train), len(test)) == (2, 2)
    assert len(train_test_split([[0.0]] * 4, [1, 2, 3, 4])[1]) == 2


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[1.0]] * 3, [0, 1]), ValueError, "a split .* but got 3 rows and 2 targets"),
        (([[1.0]], [0]), ValueError, "1 row cannot be split"),
        (([[1.0]] * 4, [0] * 4, 0.0), ValueError, "above 0 and below 1; got 0.0"),
        (([[1.0]] * 4, [0] * 4, 1.5), ValueError, "above 0 and below 1; got 1.5"),
        (([[1.0]] * 4, [0] * 4, math.nan), ValueError, "above 0 and below 1; got nan"),
        (([[1.0]] * 4, [0] * 4, 4), ValueError, "leaves one part of the 4 rows empty"),
        (([[1.0]] * 4, [0] * 4, 0), ValueError, "leaves one part of the 4 rows empty"),
        (([[1.0]] * 4, [0] * 4, "half"), TypeError, "test_size, a fraction, must be .* str"),
        (([[1.0]] * 4, [0] * 4, 0.5, None), TypeError, "seed must be a whole number"),
        (([[1.0]] * 4, [0, 1, 2, 3], 0.5, 0, True), ValueError, "some of the 4 classes"),
        (([[1.0]] * 4, [0] * 4, 0.5, 0, [0] * 4), TypeError, "True, False or None"),
        (([[1.0]] * 4,), TypeError, "targets are missing"),
        ((iris(), [0]), TypeError, "brings its own targets"),
    ],
)
def test_a_wrong_split_is_explained(arguments, error, message):
    with pytest.raises(error, match=message):
        train_test_split(*arguments)


# standardize ------------------------------------------------------------------------------------


def test_standardize_takes_mean_and_population_deviation():
    originals = list(zip(*iris().inputs, strict=True))
    rows, standardizer = standardize(iris().inputs)
    assert standardizer.mean == pytest.approx([statistics.fmean(x) for x in originals])
    assert standardizer.scale == pytest.approx([statistics.pstdev(x) for x in originals])
    for column in zip(*rows, strict=True):
        assert statistics.fmean(column) == pytest.approx(0, abs=1e-12)
        assert statistics.pstdev(column) == pytest.approx(1)


def test_the_transform_brings_new_rows_to_the_scale_of_the_old_ones():
    _, standardizer = standardize([[0.0, 10.0], [4.0, 30.0]])
    assert standardizer([[2.0, 20.0], [8.0, 0.0]]) == [[0.0, 0.0], [3.0, -2.0]]
    assert standardizer([]) == []


@pytest.mark.parametrize("constant", [0.1, 1e-300, -7.0, 1e300])
def test_a_constant_column_becomes_zero(constant):
    rows, standardizer = standardize([[constant]] * 3)
    assert rows == [[0.0]] * 3
    assert standardizer.scale == (1.0,)
    assert standardizer([[constant + 1.0]]) == [[constant + 1.0 - constant]]


@pytest.mark.parametrize("unit", [1e-200, 1.0, 1e200])
def test_very_small_and_very_large_units_are_no_trouble(unit):
    rows, _ = standardize([[-unit], [unit]])
    assert [x for (x,) in rows] == pytest.approx([-1.0, 1.0])


def test_the_transform_survives_json_to_the_last_bit():
    _, standardizer = standardize(iris().inputs)
    state = json.loads(json.dumps(standardizer.to_dict()))
    assert Standardizer.from_dict(state) == standardizer


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ([], ValueError, "empty"),
        ([[1.0], [1.0, 2.0]], ValueError, "row 1 has 2 numbers, but row 0 has 1"),
        ([[1.0], [math.nan]], ValueError, "inputs, row 1, column 0 must be .*; got nan"),
        ([[1.0, -math.inf]], ValueError, "inputs, row 0, column 1 must be .*; got -inf"),
        ([[1.0, "2"]], TypeError, "row 0, column 1 must be .*; got the str '2'"),
        ([[None]], TypeError, "got the NoneType None"),
        ([[True]], TypeError, "got the bool True"),
        ([[10**400]], ValueError, "must be a finite number"),
        ([1.0, 2.0], TypeError, "row 0 must be a list of numbers; got the float 1.0"),
        (["12"], TypeError, "inputs, row 0 must be a list of numbers; got the str '12'"),
    ],
)
def test_what_cannot_be_standardized_is_named(inputs, error, message):
    with pytest.raises(error, match=message):
        standardize(inputs)


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="rows of 1 numbers, but the standardizer is for 2"):
        Standardizer((0.0, 0.0), (1.0, 1.0))([[1.0]])


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"mean": [0.0]},
        {"mean": [0.0], "scale": [1.0], "more": 1},
        {"mean": [0.0], "scale": [1.0, 2.0]},
        {"mean": [0.0], "scale": [0.0]},
        {"mean": [0.0], "scale": [-1.0]},
        {"mean": [math.nan], "scale": [1.0]},
        {"mean": ["0"], "scale": [1.0]},
        {"mean": [True], "scale": [1.0]},
        {"mean": 0.0, "scale": 1.0},
    ],
)
def test_a_foreign_state_is_refused(state):
    with pytest.raises(ValueError, match=r"mean|scale|standardizer"):
        Standardizer.from_dict(state)


# CSV files --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    """A function that writes a file and returns its path."""

    def write(content):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_a_file_with_a_header_and_words_is_a_classification(file):
    data = load_csv(file("a,b,kind\n1,2,rose\n3,-4e1,daisy\n5,6,rose\n"))
    assert data.inputs == [[1.0, 2.0], [3.0, -40.0], [5.0, 6.0]]
    assert data.targets == [1, 0, 1]
    assert data.target_names == ("daisy", "rose")
    assert data.feature_names == ("a", "b")
    assert (data.name, data.source) == ("data", str(file("")))


def test_the_header_is_told_from_data_that_ends_in_a_word(file):
    """As UCI has its files: no header, the class as the last word of each line."""
    data = load_csv(file("5.1,3.5,setosa\n7.0,3.2,versicolor\n"))
    assert data.inputs == [[5.1, 3.5], [7.0, 3.2]]
    assert data.feature_names == ()
    assert data.target_names == ("setosa", "versicolor")


def test_the_shipped_iris_can_be_read_as_a_file():
    with_path = load_csv(Path(str(files("nn.datasets") / "data" / "iris.csv")), target="species")
    assert (with_path.inputs, with_path.targets) == (iris().inputs, iris().targets)


@pytest.mark.parametrize("target", ["b", 1, -2, "1", "-2"])
def test_the_target_is_a_name_or_a_number(file, target):
    data = load_csv(file("a,b,c\n1,0.5,3\n4,1.5,6\n"), target=target)
    assert data.inputs == [[1.0, 3.0], [4.0, 6.0]]
    assert data.targets == [0.5, 1.5]
    assert data.feature_names == ("a", "c")


@pytest.mark.parametrize(
    ("targets", "task", "expected", "names"),
    [
        ("0 1 1", None, [0, 1, 1], ("0", "1")),
        ("3 1 3", None, [1, 0, 1], ("1", "3")),
        ("1.0 -1.0 1.0", None, [1, 0, 1], ("-1", "1")),
        ("10 9 10", None, [1, 0, 1], ("9", "10")),  # by size, not by spelling
        ("1 2 3", None, [1.0, 2.0, 3.0], ()),  # as many as rows: a measurement
        ("0.5 1 1", None, [0.5, 1.0, 1.0], ()),
        ("7 7 7", None, [7.0, 7.0, 7.0], ()),
        ("rose rose rose", None, [0, 0, 0], ("rose",)),
        ("1 2 3", "classification", [0, 1, 2], ("1", "2", "3")),
        ("0.5 1 1", "classification", [0, 1, 1], ("0.5", "1")),
        ("0 1 1", "regression", [0.0, 1.0, 1.0], ()),
        ("1 2 many", "classification", [0, 1, 2], ("1", "2", "many")),
        ("1_0 1_1 1_0", None, [0, 1, 0], ("1_0", "1_1")),
    ],
)
def test_the_rule_for_classes(file, targets, task, expected, names):
    path = file("x,y\n" + "".join(f"0.5,{target}\n" for target in targets.split()))
    data = load_csv(path, task=task)
    assert data.targets == expected
    assert data.target_names == names
    assert {type(target) for target in data.targets} == {int if names else float}


def test_more_than_twenty_whole_numbers_are_measurements(file):
    lines = [f"0.5,{number % 20}\n" for number in range(60)]
    assert load_csv(file("".join(lines))).n_classes == 20
    assert not load_csv(file("".join(lines) + "0.5,20\n")).is_classification


@pytest.mark.parametrize(
    "text",
    [
        "a;b\n1.5;2.5\n",
        "a\tb\n1.5\t2.5\n",
        "a, b\n1.5, 2.5\n",
        "\ufeffa,b\n1.5,2.5\n",
        "a,b\r\n1.5,2.5\r\n",
        "a,b\r1.5,2.5\r",
        '"a","b"\n"1.5","2.5"\n',
        "\n\na,b\n\n1.5,2.5\n\n  \n",
        "a,b\n1.5,2.5",
    ],
)
def test_the_ways_of_writing_a_table(file, text):
    data = load_csv(file(text))
    assert (data.inputs, data.targets) == ([[1.5]], [2.5])
    assert data.feature_names == ("a",)


def test_quoted_cells_hold_separators_quotes_and_line_ends(file):
    data = load_csv(file('"a;""b""",kind\n1,"red, or\nblue"\n2,"x"\n'))
    assert data.feature_names == ('a;"b"',)
    assert data.target_names == ("red, or\nblue", "x")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Nd"]), min_size=3),
        ),
        min_size=1,
    )
)
def test_what_the_csv_module_writes_is_read_to_the_last_bit(tmp_path_factory, rows):
    text = io.StringIO()
    csv.writer(text).writerows([("x", "kind"), *((x, f"<{word}>") for x, word in rows)])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    data = load_csv(path)
    assert [row[0] for row in data.inputs] == [x for x, _ in rows]
    assert [data.target_names[t] for t in data.targets] == [f"<{word}>" for _, word in rows]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "data.csv is empty"),
        ("\n \n", "data.csv is empty"),
        ("a,b\n", "data.csv has no rows of data"),
        ("a\n1\n", "has a single column"),
        ("1 2\n3 4\n", "has a single column.*commas, semicolons or tabs"),
        ("a,b\n1,2\n3\n", r"line 3: the number of columns is 1, but 2 in line 1"),
        ("a,b\n1,2\n\n3,4,5\n", r"line 4: the number of columns is 3, but 2 in line 1"),
        ("a,b\n1,2\nx,4\n", r"line 3, column 1 \('a'\): 'x' is not a number; a feature"),
        ("a,b\n1,2\n,4\n", r"line 3, column 1 \('a'\): the cell is empty"),
        ("a,b\n1,2\n3,\n", r"line 3, column 2 \('b'\): the cell is empty"),
        ("a,b\nnan,2\n", r"line 2, column 1 \('a'\): 'nan' is not finite"),
        ("a,b\n1,2\n3,-inf\n", r"line 3, column 2 \('b'\): '-inf' is not finite"),
        ("a,b\n1,2.5\n3,NA\n", r"line 3, column 2 \('b'\): 'NA' is not a number; .*task="),
        ("1,2\n3,x\n", r"line 2, column 2: 'x' is not a number"),
        ("a;b\n1,5;2\n", r"'1,5' is not a number \(write a decimal point"),
        ("1,5;2,5\n1,5;2,5\n", r"line 2, column 1 .*'1,5' is not a number \(write a decimal point"),
        ("year,2019\n1,2\n", r"'year' is not a number \(a first row is a header only if"),
        (",a,b\n0,1,2\n", r"line 1, column 1: the header has no name"),
        ("a,b,a\n0,1,2\n", r"line 1: columns 1 and 3 are both named 'a'"),
        ('a,b\n1,2\n3,"4\n5,6\n', r"line 3: broken quotes"),
        ('a,b\n1,"2"3\n', r"line 2: broken quotes"),
        ('a,b\n"1\n",2\nx,3\n', r"line 4, column 1"),
        (b"a,b\n1,2\n\xe9,3\n", r"line 3: byte 0xe9 is not UTF-8 text"),
        ("a,b\n1,2\n".encode("utf-16"), r"line 1: byte 0xff is not UTF-8 text"),
        (b"\xef\xbb\xbfa,b\n1,\xff\n", r"line 2: byte 0xff"),
        ("a,b\n" + "x" * 500 + ",2\n", r"'x{37}\.\.\.' is not a number"),
    ],
)
def test_a_bad_file_is_explained_in_one_line(file, content, message):
    with pytest.raises(ValueError, match=message) as caught:
        load_csv(file(content))
    assert "\n" not in str(caught.value)
    assert "data.csv" in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file '.*nowhere.csv'"):
        load_csv(tmp_path / "nowhere.csv")
    with pytest.raises(ValueError, match="is a folder"):
        load_csv(tmp_path)


@pytest.mark.parametrize("target", ["size", 3, -4, "3"])
def test_an_unknown_target_lists_the_columns(file, target):
    with pytest.raises(ValueError, match=rf"no column '?{target}'?; .*'a', 'b', 'c'; .*0 to 2"):
        load_csv(file("a,b,c\n1,2,3\n"), target=target)
    with pytest.raises(ValueError, match=r"its columns are not named; by number, 0 to 1"):
        load_csv(file("1,2\n"), target="size")


def test_a_wide_file_is_not_listed_in_full(file):
    names = [f"column{number}" for number in range(100)]
    path = file(",".join(names) + "\n" + ",".join(["1"] * 100) + "\n")
    with pytest.raises(ValueError, match=r"'column19', … \(100 in all\)"):
        load_csv(path, target="size")


def test_wrong_arguments_of_load_csv(file):
    path = file("a,b\n1,2\n3,rose\n")
    with pytest.raises(TypeError, match=r"the name or the number of a column, got 1\.0"):
        load_csv(path, target=1.0)
    with pytest.raises(ValueError, match="'classification', 'regression' or None, got 'guess'"):
        load_csv(path, task="guess")
    with pytest.raises(ValueError, match=r"line 3, column 2 \('b'\): 'rose' is not a number"):
        load_csv(path, task="regression")


# Inputs alone -----------------------------------------------------------------------------------


def test_columns_are_found_by_name(file):
    path = file("id,b,a,kind\n7,2,1,rose\n8,4,3,?\n")
    assert load_inputs(path, feature_names=("a", "b")) == [[1.0, 2.0], [3.0, 4.0]]


def test_without_names_the_number_of_columns_decides(file):
    path = file("1,2\n3,4\n")
    assert load_inputs(path) == [[1.0, 2.0], [3.0, 4.0]]
    assert load_inputs(path, feature_names=("a", "b")) == [[1.0, 2.0], [3.0, 4.0]]
    assert load_inputs(file("x,y\n1,2\n"), n_features=2) == [[1.0, 2.0]]
    assert load_inputs(file("x\n0.5\n"), ("x",)) == [[0.5]]


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("a,c\n1,2\n", {"feature_names": ("a", "b")}, "no column 'b'; its columns are 'a', 'c'"),
        ("1,2,3\n", {"feature_names": ("a", "b")}, r"has 3 columns, expected 2 \('a', 'b'\)"),
        ("x,y\n1,2\n", {"n_features": 3}, "has 2 columns, expected 3"),
        ("a,b\n1,rose\n", {"feature_names": ("a", "b")}, r"line 2, column 2 \('b'\): 'rose'"),
    ],
)
def test_inputs_that_do_not_fit_are_explained(file, content, arguments, message):
    with pytest.raises(ValueError, match=message):
        load_inputs(file(content), **arguments)


# What the arguments say of a file ---------------------------------------------------------------


def by_pandas(path, **options):
    """The rows as another reader has them."""
    pandas = pytest.importorskip("pandas")
    return pandas.read_csv(path, **options).to_numpy().tolist()


@pytest.mark.parametrize(
    "content",
    [
        "2019,2020,2021\n1.5,2.5,0\n0.5,3.5,1\n",
        "0,1,2\n5.5,3.5,1\n4.5,3.0,0\n4.0,3.1,1\n",
        "400,500,kind\n1,2,rose\n3,4,daisy\n5,6,rose\n",
        "0,1,kind\n7,2,rose\n3,6,daisy\n5,9,rose\n",
        "0,1,2\n7,5,rose\n3,6,daisy\n5,6,rose\n",
    ],
)
def test_a_header_of_numbers_is_asked_for_and_never_guessed(file, content):
    path = file(content)
    for read in (load_inputs, load_csv, lambda path: load_csv(path, task="classification")):
        with pytest.raises(ValueError, match=r"line 1.*say header=True or header=False"):
            read(path)
    data = load_csv(path, header=True)
    titles = content.splitlines()[0].split(",")
    assert data.feature_names == tuple(titles[:-1])
    assert data.inputs == [row[:-1] for row in by_pandas(path)]
    assert load_inputs(path, data.feature_names) == data.inputs
    assert load_csv(path, header=False, task="classification").n_classes > data.n_classes


def test_a_first_row_of_numbers_like_the_others_is_a_row(file):
    for content in ("5,3\n4,2\n6,1\n", "0.5,1\n2.5,0\n", "1,2,3\n2,3,4\n", "0,0,0\n0,1,1\n1,0,1\n"):
        assert load_inputs(file(content)) == by_pandas(file(content), header=None)


def test_a_name_that_is_asked_for_makes_the_first_row_a_header(file):
    path = file("2019,2020,kind\n1,2,rose\n3,4,daisy\n")
    assert load_csv(path, target="kind").feature_names == ("2019", "2020")
    assert load_csv(path, ignore=["kind"]).inputs == [[1.0], [3.0]]


def test_columns_are_chosen_and_ignored_by_name_and_number(file):
    path = file(",a,b,c,y\n0,1,2,x,3\n1,4,5,y,6\n")
    assert load_csv(path, ignore=[0, "c"]).inputs == [[1.0, 2.0], [4.0, 5.0]]
    data = load_csv(path, target="y", columns=["b", "1"], ignore=(0,))
    assert (data.inputs, data.feature_names) == ([[2.0, 1.0], [5.0, 4.0]], ("b", "a"))
    assert load_csv(path, ignore=[0, "c", -1]).targets == [2.0, 5.0]
    assert load_csv(path, columns=["a"], ignore=[0]).targets == [3.0, 6.0]
    assert load_inputs(path, n_features=2, columns=["b", "a"], ignore=[0]) == data.inputs
    for arguments, error, message in [
        ({"ignore": [0, "d"]}, ValueError, "no column 'd'"),
        ({"ignore": [0, "y"], "target": "y"}, ValueError, "target 'y' is among"),
        ({"ignore": [0], "columns": ["a", 1]}, ValueError, "one column twice"),
        ({"ignore": [0], "columns": ["y"], "target": -1}, ValueError, "target -1 is among"),
        ({"ignore": [0, 1, 2, 3]}, ValueError, "left for a feature"),
        ({"ignore": [0, 1.5]}, TypeError, r"got 1\.5"),
        ({"ignore": 1.5}, TypeError, "ignore is a list"),
        ({"header": 1}, TypeError, "True, False or None, got 1"),
    ]:
        with pytest.raises(error, match=message):
            load_csv(path, **arguments)


@pytest.mark.parametrize(
    ("decimal", "thousands", "text"),
    [
        (",", "", "1,5;-2,25e2\n1000,5;0\n"),
        (".", ",", '"1,299";"-1,234,567.5"\n12;100\n'),
        (",", ".", "1.299,75;+1.234.567\n12;100,5\n"),
        (".", " ", "1 299;1 234 567.5\n12;100\n"),
        (".", "'", "1'299;12\n12;100\n"),
    ],
)
def test_numbers_as_other_countries_write_them(file, decimal, thousands, text):
    rows = load_inputs(file(text), decimal=decimal, thousands=thousands)
    path = file(text)
    options = {"sep": ";", "header": None, "decimal": decimal, "thousands": thousands or None}
    assert rows == by_pandas(path, **options)


@pytest.mark.parametrize(
    "cell", ["1,29", "12,99", "1234,567", ",299", "1,,299", "1,2999", "1,299,"]
)
def test_groups_that_are_not_of_three_digits_are_no_number(file, cell):
    with pytest.raises(ValueError, match="is not a number"):
        load_inputs(file(f'"5";"{cell}"\n'), thousands=",")


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("1,299", r"decimal=',' reads 1\.299, thousands=',' reads 1299\)"),
        ("1.299,5", r"thousands='\.' and decimal=',' reads 1299\.5"),
        ("1 299", r"thousands=' ' reads 1299"),
    ],
)
def test_what_a_number_may_mean_is_said_where_it_is_refused(file, cell, message):
    with pytest.raises(ValueError, match=message):
        load_csv(file(f'a;b\n"{cell}";1\n'))
    with pytest.raises(ValueError, match=message):  # as a target, they are no names of classes
        load_csv(file(f'a;b\n1;"{cell}"\n2;"{cell}"\n'))
    assert load_csv(file(f'a;b\n1;"{cell}"\n'), task="classification").target_names == (cell,)


def test_a_point_where_a_comma_is_said_to_be(file):
    with pytest.raises(ValueError, match=r"'1\.5' is not a number \(decimal='\.' reads 1\.5\)"):
        load_csv(file("a;b\n1.5;1\n"), decimal=",")


def test_rows_with_something_missing_are_left_out_where_it_is_said_what_that_is(file):
    path = file("a,b,y\n1,?,2\n3,4,5\n6,7,\n,8,9\n10,11,12\n")
    with pytest.raises(ValueError, match=r"line 2, column 2 \('b'\): '\?' is not a number"):
        load_csv(path, missing=[""])
    data = load_csv(path, missing=["", "?"])
    assert (data.inputs, data.targets) == ([[3.0, 4.0], [10.0, 11.0]], [5.0, 12.0])
    assert load_csv(path, ignore="b", missing=["", "?"]).inputs == [[1.0], [3.0], [10.0]]
    with pytest.raises(ValueError, match="every row lacks a value"):
        load_csv(file("a,b\n?,1\n2,?\n"), missing="?")
    with pytest.raises(ValueError, match=r"the cell is empty \(missing="):
        load_csv(file("a,b\n1,2\n,3\n"))


def test_class_names_that_are_large_integers_are_not_merged(file):
    ids = [2**53, 2**53 + 1, 2**53, 10**30 + 1, 10**30, 10**30]
    data = load_csv(file("x,id\n" + "".join(f"0.5,{i}\n" for i in ids)))
    assert data.target_names == tuple(map(str, sorted(set(ids))))
    assert [int(data.target_names[t]) for t in data.targets] == ids
    same = load_csv(file("x,id\n1,3\n1,3.0\n1,3e0\n1,4\n"))
    assert (same.targets, same.target_names) == ([0, 0, 0, 1], ("3", "4"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"decimal": ";"}, ValueError),
        ({"decimal": None}, TypeError),
        ({"thousands": "."}, ValueError),
        ({"thousands": "1"}, ValueError),
        ({"thousands": ".."}, ValueError),
        ({"thousands": 1}, TypeError),
        ({"missing": [0]}, TypeError),
    ],
)
def test_marks_that_are_none(file, arguments, error):
    with pytest.raises(error, match=next(iter(arguments))):
        load_csv(file("a,b\n1,2\n"), **arguments)
