"""Losses: against PyTorch's numbers, against mpmath where logits are large, and as a user errs."""

import json
import math
import pickle
import re
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, strategies as st

import nn
from engine import Constant, Value, gradcheck, gradient, hessian
from nn.losses import LOSSES, HuberLoss

CASES = json.loads((Path(__file__).parent / "data" / "torch_losses.json").read_text("utf-8"))[
    "cases"
]


def case_name(case):
    wide, large = len(case["outputs"][0]), max(abs(x) for row in case["outputs"] for x in row) > 9
    kind = type(case["targets"][0]).__name__
    settings = "".join(f"({value})" for value in case["settings"].values())
    return f"{case['name']}{settings}-{wide} {'large' if large else 'small'} outputs-{kind}"


def the_loss(case):
    settings = case["settings"]
    return HuberLoss(**settings) if settings else LOSSES[case["name"]]


def as_rows(numbers):
    """Rows of Values as a model gives them: a Value where there is one, else a list."""
    rows = [[Value(x) for x in row] for row in numbers]
    return [row[0] if len(row) == 1 else row for row in rows], rows


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_value_and_gradient_are_those_of_pytorch(case):
    outputs, rows = as_rows(case["outputs"])
    loss = the_loss(case)(outputs, case["targets"])
    loss.backward()
    assert loss.data == pytest.approx(case["loss"], rel=1e-14, abs=1e-15)
    for row, expected in zip(rows, case["gradient"], strict=True):
        assert [x.grad for x in row] == pytest.approx(expected, rel=1e-13, abs=1e-16)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_other_containers_and_recorded_targets_give_the_same_number(case):
    outputs, _ = as_rows(case["outputs"])
    loss = the_loss(case)
    expected = loss(outputs, case["targets"]).data
    assert loss(outputs, np.array(case["targets"])).data == expected
    assert loss(tuple(outputs), tuple(case["targets"])).data == expected
    if isinstance(case["targets"][0], list):
        recorded = [[Value(t) for t in row] for row in case["targets"]]
        assert loss(outputs, recorded).data == pytest.approx(expected, rel=1e-14, abs=1e-15)
        if len(case["targets"][0]) == 1:
            assert loss(outputs, [row[0] for row in case["targets"]]).data == expected


def test_a_loss_measures_plain_numbers_too():
    assert nn.mse([1.0, 3.0], [1, 1]).data == 2.0
    assert nn.cross_entropy(np.zeros((2, 4)), [0, 3]).data == pytest.approx(math.log(4))


def test_every_loss_is_covered_by_the_oracle():
    assert {case["name"] for case in CASES} == set(LOSSES)
    assert all(loss is getattr(nn, name) for name, loss in LOSSES.items())


# Large logits


def exact_bce(logit, target):
    x, t = mpmath.mpf(logit), mpmath.mpf(target)
    return t * mpmath.log1p(mpmath.exp(-x)) + (1 - t) * mpmath.log1p(mpmath.exp(x))


def exact_cross_entropy(logits, weights):
    lse = mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in logits))
    return mpmath.fsum(w * (lse - mpmath.mpf(x)) for w, x in zip(weights, logits, strict=True))


@pytest.mark.parametrize("target", [0, 1, 0.25])
@pytest.mark.parametrize("logit", [1e4, -1e4, 745.5, -40.0, 1e-9, 0.0])
def test_binary_cross_entropy_is_accurate_at_any_logit(logit, target):
    with mpmath.workdps(60):
        exact = exact_bce(logit, target)
        slope = mpmath.diff(lambda x: exact_bce(x, target), logit)
    x = Value(logit)
    loss = nn.binary_cross_entropy([x], [target])
    loss.backward()
    assert loss.data == pytest.approx(float(exact), rel=1e-15, abs=0.0)
    assert x.grad == pytest.approx(float(slope), rel=1e-14, abs=1e-16)


@pytest.mark.parametrize("target", [0, 1, 2, [0.2, 0.3, 0.5]])
@pytest.mark.parametrize(
    "logits", [[1e4, -1e4, 0.0], [1e4, 1e4 - 1.0, 9e3], [-1e4, -1e4, -1e4], [3.0, -40.0, 0.5]]
)
def test_cross_entropy_is_accurate_at_any_logit(logits, target):
    weights = target if isinstance(target, list) else [float(k == target) for k in range(3)]
    with mpmath.workdps(60):
        exact = float(exact_cross_entropy(logits, weights))
        whole = mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in logits)
        slopes = [
            float(mpmath.exp(mpmath.mpf(x)) / whole - w)
            for x, w in zip(logits, weights, strict=True)
        ]
    row = [Value(x) for x in logits]
    loss = nn.cross_entropy([row], [target])
    loss.backward()
    # the loss is a difference of numbers as large as the logits, of which each is rounded
    assert loss.data == pytest.approx(exact, rel=1e-15, abs=2e-16 * max(map(abs, logits)))
    assert [x.grad for x in row] == pytest.approx(slopes, rel=1e-13, abs=2e-16)


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e4])
@pytest.mark.parametrize("name", LOSSES)
def test_second_derivatives_are_finite(name, scale):
    row = [Value(scale), Value(-scale), Value(0.5)]
    target = {"hinge": [1, -1, 1], "cross_entropy": 2}.get(name, [0.0, 1.0, 0.5])
    second = hessian(LOSSES[name]([row], [target]), row)
    assert all(math.isfinite(entry) for line in second for entry in map(float, line))


def test_the_hessian_of_cross_entropy_is_that_of_the_softmax():
    """diag(p) - p pᵀ, and no target in it."""
    logits = np.array([0.3, -1.2, 2.0])
    p = np.exp(logits) / np.exp(logits).sum()
    row = [Value(x) for x in logits]
    second = hessian(nn.cross_entropy([row], [1]), row)
    assert np.array([[float(x) for x in line] for line in second]) == pytest.approx(
        np.diag(p) - np.outer(p, p), abs=1e-15
    )


def test_huber_where_its_two_halves_meet():
    for delta in (0.5, 2.0):
        x = Value(delta)
        loss = HuberLoss(delta)([x], [0.0])
        loss.backward()
        assert (loss.data, x.grad) == (delta * delta / 2, delta)


def test_huber_says_its_delta():
    assert [repr(nn.huber), repr(HuberLoss(0.5))] == ["huber", "huber(0.5)"]
    assert HuberLoss(0.5)([Value(3.0)], [1.0]).data == 0.5 * (2.0 - 0.25)
    for wrong in (0, -1.0, math.nan, "1"):
        error = TypeError if wrong == "1" else ValueError
        with pytest.raises(error, match="delta must be a finite number above 0"):
            HuberLoss(wrong)


def test_a_loss_explains_itself_and_can_be_pickled():
    for name, loss in LOSSES.items():
        assert f">>> {name}(" in loss.__doc__
        rows = [[1.0, 0.5]] if name == "cross_entropy" else [0.5]
        assert pickle.loads(pickle.dumps(loss))(rows, [1]).data == loss(rows, [1]).data


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6),
    st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=6),
)
def test_a_huge_delta_is_half_of_mse_and_a_tiny_one_is_mae_times_delta(outputs, targets):
    targets = targets[: len(outputs)]
    values = [Value(x) for x in outputs]
    mse, mae = nn.mse(values, targets).data, nn.mae(values, targets).data
    assert HuberLoss(1e7)(values, targets).data == pytest.approx(mse / 2, rel=1e-12)
    assert HuberLoss(1e-9)(values, targets).data == pytest.approx(mae * 1e-9, rel=1e-12, abs=1e-17)


# The mean over rows, and composition


def test_rows_count_alike():
    a, b = Value(1.0), Value(3.0)
    loss = nn.mse([a, b, b, b], [0.0] * 4)
    loss.backward()
    assert (loss.data, a.grad, b.grad) == (7.0, 0.5, 4.5)


def test_a_gradient_flows_into_a_recorded_target():
    output, target = Value(2.0), Value(0.5)
    nn.mse([output], [target]).backward()
    assert (output.grad, target.grad) == (3.0, -3.0)
    logits, share = [Value(0.0), Value(1.0)], Value(0.25)
    loss = nn.cross_entropy([logits], [[share, 1 - share]])
    assert float(gradient(loss, [share])[0]) == pytest.approx(1.0)


def test_a_penalty_is_added():
    w, v = Value(3.0), Value(-4.0)
    loss = nn.mse([w * 2.0], [5.0]) + 0.01 * nn.l2_penalty([w, v])
    loss.backward()
    assert loss.data == pytest.approx(1.0 + 0.25)
    assert (w.grad, v.grad) == pytest.approx((4.0 + 0.06, -0.08))


def test_the_penalty_of_a_model_is_one_node():
    model = nn.MLP(2, [3, 1], seed=0)
    penalty = nn.l2_penalty(model.parameters())
    numbers = np.array([p.data for p in model.parameters()])
    assert penalty.data == pytest.approx((numbers**2).sum())
    assert {parent.op for parent in penalty.parents} == {None}
    assert nn.l2_penalty([]).data == 0.0
    assert nn.l2_penalty(iter([Value(2.0)])).data == 4.0


@pytest.mark.parametrize("name", LOSSES)
def test_central_differences_agree(name):
    target = {"hinge": [1, -1], "cross_entropy": 1}.get(name, [0.0, 1.0])
    gradcheck(lambda *row: LOSSES[name]([list(row)], [target]), [0.3, -1.4])


# What a user gets wrong


def raises(loss, outputs, targets, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        loss(outputs, targets)


one = Value(1.0)


@pytest.mark.parametrize("name", LOSSES)
def test_lists_that_do_not_match(name):
    loss = LOSSES[name]
    raises(
        loss,
        [one] * 3,
        [1, 1],
        f"{name} needs a target for each row, but got 3 rows and 2 targets",
    )
    raises(loss, [], [], f"{name} needs at least one row")


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "hinge", "binary_cross_entropy"])
def test_a_row_of_another_width(name):
    message = f"{name}, row 1: 2 outputs need as many targets, but got "
    raises(LOSSES[name], [one, [one, one]], [1, 1], message)
    raises(LOSSES[name], [one, [one, one]], [1, [1, 1, 1]], message)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, None, "1", 1j])
@pytest.mark.parametrize("name", LOSSES)
def test_a_target_that_is_no_finite_number(name, wrong):
    row = [one, one] if name == "cross_entropy" else one
    error = ValueError if isinstance(wrong, float) else TypeError
    with pytest.raises(error, match=rf"^{name}, row 2: .*{re.escape(repr(wrong))}"):
        LOSSES[name]([row] * 3, [1, 1, wrong])


def test_targets_out_of_range():
    raises(
        nn.hinge,
        [one, one],
        [1, 0],
        "hinge, row 1: a target must be -1 or 1, but got 0; of a class 0 or 1 make 2 * y - 1",
    )
    raises(
        nn.binary_cross_entropy,
        [one, one],
        [1, -1],
        "binary_cross_entropy, row 1: a target must be from 0 to 1, but got -1",
    )
    two = [one, one]
    for wrong in (2, -1, 0.5):
        message = "cross_entropy, row 1: a class must be a whole number from 0 to 1"
        raises(nn.cross_entropy, [two, two], [0, wrong], message)
    raises(nn.cross_entropy, [two, two], [0, [0.5, 0.6]], "cross_entropy, row 1: a distribution")
    raises(nn.cross_entropy, [two], [[1.5, -0.5]], "cross_entropy, row 0: a target must be from 0")
    raises(nn.cross_entropy, [two], [[0.5, 0.25, 0.25]], "cross_entropy, row 0: 2 outputs need")
    raises(nn.cross_entropy, [one], [0], "cross_entropy, row 0: it needs an output for each class")


def test_an_output_that_is_no_number():
    with pytest.raises(TypeError, match="needs a real number, but got the NoneType None"):
        nn.mse([None], [1.0])


def test_plain_targets_are_constants_of_the_graph():
    loss = nn.mse([one], [2.0])
    leaves, stack = set(), [loss]
    while stack:
        node = stack.pop()
        stack += node.parents
        if not node.parents and not isinstance(node, Constant):
            leaves.add(node)
    assert leaves == {one}


# Targets of other kinds -------------------------------------------------------------------------


def test_bools_are_0_and_1_for_a_loss_that_takes_those():
    logits = [0.3, -1.2]
    expected = nn.binary_cross_entropy(logits, [1, 0]).data
    for targets in ([True, False], np.array([True, False]), np.array([[True], [False]])):
        assert nn.binary_cross_entropy(logits, targets).data == expected
    rows = [[0.5, 1.0], [2.0, -1.0]]
    assert nn.cross_entropy(rows, [True, False]).data == nn.cross_entropy(rows, [1, 0]).data
    one_hot = np.array([[False, True], [True, False]])
    assert nn.cross_entropy(rows, one_hot).data == nn.cross_entropy(rows, [1, 0]).data


def test_bools_are_no_signs_and_words_are_no_classes():
    with pytest.raises(TypeError, match=r"hinge, row 1: .*bool True.*make 2 \* y - 1"):
        nn.hinge([1.0, 1.0], [1, True])
    with pytest.raises(TypeError, match=r"mse, row 0: .*the bool True: pass a float"):
        nn.mse([1.0], [True])
    for loss, outputs in ((nn.mse, [1.0]), (nn.cross_entropy, [[0.0, 1.0]])):
        with pytest.raises(TypeError, match=r"row 0: .*the str 'cat'.*classes\.index\(word\)"):
            loss(outputs, ["cat"])
    for rows in (2, 200):  # eagerly and compiled, in batches
        model = nn.MLP(1, [1], seed=0)
        inputs, targets = [[0.0]] * rows, [1] * (rows - 1) + [True]
        with pytest.raises(TypeError, match=r"hinge, row \d+: .*make 2 \* y - 1"):
            nn.fit(model, inputs, targets, nn.hinge, epochs=50, progress=False)
        with pytest.raises(TypeError, match=r"training targets, row 0.*'cat'.*classes\.index"):
            nn.fit(model, inputs, ["cat"] * rows, progress=False)


@pytest.mark.parametrize("n", [2, 3, 7, 10, 1000])
def test_a_distribution_of_32_bit_floats_is_one(n):
    """Against the definition in exact arithmetic, of the numbers as they are but scaled to 1."""
    rng = np.random.default_rng(n)
    for _ in range(20):
        p = rng.dirichlet(np.ones(n)).astype(np.float32)
        p = (np.exp(p) / np.exp(p).sum(dtype=np.float32)).astype(np.float32)
        logits = rng.normal(size=n)
        exact = [mpmath.mpf(float(x)) for x in p]
        scaled = [x / mpmath.fsum(exact) for x in exact]
        lse = mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(x)) for x in logits))
        pairs = zip(scaled, logits, strict=True)
        expected = mpmath.fsum(q * (lse - mpmath.mpf(x)) for q, x in pairs)
        assert nn.cross_entropy([logits], [p]).data == pytest.approx(float(expected), rel=1e-8)
    with pytest.raises(ValueError, match="must add up to 1"):
        nn.cross_entropy([[0.0, 1.0]], [[0.5, 0.4999]])
