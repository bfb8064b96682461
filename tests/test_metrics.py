"""Metrics: counted by hand and by NumPy, and what a user gets wrong."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import accuracy, confusion_matrix, r_squared
from nn.metrics import predicted_class


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=9))
def test_the_class_is_that_of_the_largest_output(scores):
    assert predicted_class(scores) == np.argmax(scores)
    assert predicted_class(np.array(scores)) == np.argmax(scores)


@pytest.mark.parametrize(("logit", "expected"), [(0.1, 1), (-0.1, 0), (0.0, 0), (1e9, 1)])
def test_the_class_of_a_single_logit_is_its_sign(logit, expected):
    for output in (logit, [logit], np.float64(logit), Value(logit)):
        assert predicted_class(output) == expected


@given(st.data())
def test_accuracy_is_a_share(data):
    n = data.draw(st.integers(1, 20))
    row = st.lists(st.floats(-9, 9), min_size=3, max_size=3)
    outputs = data.draw(st.lists(row, min_size=n, max_size=n))
    targets = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    share = np.mean(np.argmax(outputs, axis=1) == targets)
    assert accuracy(outputs, targets) == pytest.approx(share)
    assert accuracy(np.array(outputs), np.array(targets)) == pytest.approx(share)
    assert accuracy(outputs, np.eye(3)[targets]) == pytest.approx(share)


@pytest.mark.parametrize("targets", [[0, 1, 1, 0], [-1, 1, 1, -1], [False, True, True, False]])
def test_accuracy_of_two_classes_from_one_logit(targets):
    outputs = [-0.5, 2.0, -1.0, 0.5]
    assert accuracy(outputs, targets) == 0.5
    assert accuracy([[output] for output in outputs], targets) == 0.5
    assert accuracy(outputs, [[target] for target in targets]) == 0.5


def test_r_squared():
    rng = np.random.default_rng(0)
    targets = rng.normal(5.0, 2.0, 50)
    outputs = targets + rng.normal(0.0, 0.5, 50)
    expected = 1 - np.var(targets - outputs) / np.var(targets)
    spread = np.mean(targets - outputs) ** 2 / np.var(targets)
    assert r_squared(outputs, targets) == pytest.approx(expected - spread)
    assert r_squared(targets, targets) == 1.0
    assert r_squared([targets.mean()] * 50, targets) == pytest.approx(0.0)
    assert r_squared(-targets, targets) < 0.0
    assert math.isnan(r_squared([1.0, 2.0], [3.0, 3.0]))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30))
def test_a_confusion_matrix_counts_pairs(pairs):
    predictions, targets = zip(*pairs, strict=True)
    expected = np.zeros((4, 4), dtype=int)
    np.add.at(expected, (targets, predictions), 1)
    assert confusion_matrix(predictions, targets, 4) == expected.tolist()
    assert confusion_matrix(np.array(predictions), np.array(targets), 4) == expected.tolist()


@pytest.mark.parametrize("wrong", [-1, 2, 0.5, None])
def test_a_class_that_the_matrix_does_not_have(wrong):
    for what, lists in (("prediction", ([0, wrong], [0, 1])), ("target", ([0, 1], [0, wrong]))):
        message = f"row 1: a {what} must be a class from 0 to 1; got {wrong!r}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            confusion_matrix(*lists, 2)


@pytest.mark.parametrize(
    "metric", [accuracy, r_squared, lambda outputs, targets: confusion_matrix(outputs, targets, 2)]
)
def test_lists_that_do_not_match(metric):
    with pytest.raises(ValueError, match="but got 2 rows and 1 target"):
        metric([0, 1], [0])
    with pytest.raises(ValueError, match="needs at least one row"):
        metric([], [])


@pytest.mark.parametrize("outputs", [[[0.1, 0.9]], [0.3], [[0.3]]])
@pytest.mark.parametrize("word", ["cat", "1", b"cat"])
def test_a_word_is_no_class(outputs, word):
    with pytest.raises(TypeError, match="a target must be a finite number; got the "):
        accuracy(outputs, [word])
