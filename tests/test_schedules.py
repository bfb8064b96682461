"""Schedules: against the stored numbers of PyTorch's schedulers, and as objects."""

import json
import math
import pickle
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from nn import schedules

ORACLE = json.loads((Path(__file__).parent / "data" / "torch_optimizers.json").read_text("utf-8"))


@pytest.mark.parametrize("case", ORACLE["schedules"], ids=lambda case: case["name"])
def test_the_rates_are_those_of_pytorch(case):
    schedule = getattr(schedules, case["name"])(**case["arguments"])
    rates = [schedule(step) for step in range(len(case["rates"]))]
    assert rates == pytest.approx(case["rates"], rel=1e-14)


def test_warmup_is_pytorchs_linear_and_sequential():
    case = ORACLE["warmed_up_cosine"]
    schedule = schedules.warmup(
        schedules.cosine(case["learning_rate"], case["steps"]), case["warmup_steps"]
    )
    rates = [schedule(step) for step in range(len(case["rates"]))]
    assert rates == pytest.approx(case["rates"], rel=1e-14, abs=1e-16)


EXAMPLES = [
    schedules.constant(0.1),
    schedules.linear(0.1, 0.3, steps=10),
    schedules.step_decay(0.1, 0.5, every=3),
    schedules.exponential_decay(0.1, 0.9),
    schedules.cosine(0.1, steps=10, minimum=0.03),
    schedules.warmup(schedules.cosine(0.1, steps=10), steps=5),
    schedules.one_cycle(0.1, steps=10),
]


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_a_schedule_is_the_expression_that_makes_it(schedule):
    assert eval(repr(schedule), dict(vars(schedules))) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(schedule) == hash(pickle.loads(pickle.dumps(schedule)))
    with pytest.raises(FrozenInstanceError):
        setattr(schedule, fields(schedule)[0].name, 0.2)


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_steps_are_whole_numbers_from_0(schedule):
    for step in (-1, 0.5, "1", None):
        error = ValueError if step == -1 else TypeError
        with pytest.raises(error, match="step must be a whole number at least 0; got"):
            schedule(step)


def test_the_ends_are_exact_and_stay():
    for step in (10, 11, 10**9):
        assert schedules.linear(0.1, 0.3, steps=10)(step) == 0.3
        assert schedules.cosine(0.1, steps=10, minimum=0.03)(step) == 0.03
        assert schedules.one_cycle(0.5, steps=10)(step - 1) == 0.5 / 25 / 1e4
        assert schedules.warmup(schedules.linear(0.1, 0.3, steps=4), steps=6)(step) == 0.3
    assert schedules.linear(0.1, 0.3, steps=10)(0) == 0.1
    assert schedules.cosine(0.1, steps=10, minimum=0.03)(0) == 0.1
    assert schedules.exponential_decay(0.1, 0.5)(10**9) == 0.0


def test_warmup_rises_at_once_and_meets_the_schedule():
    schedule = schedules.warmup(schedules.step_decay(0.8, 0.5, every=2), steps=3)
    assert [schedule(step) for step in range(7)] == pytest.approx(
        [0.2, 0.4, 0.6, 0.8, 0.8, 0.4, 0.4], rel=1e-15
    )
    assert schedules.warmup(schedules.constant(0.1), steps=0)(0) == 0.1


def test_any_function_of_the_step_can_be_warmed_up():
    assert schedules.warmup(lambda step: 1.0 / (1 + step), steps=1)(2) == 0.5


def test_one_cycle_peaks_where_it_says():
    schedule = schedules.one_cycle(1.0, steps=100, warmup_fraction=0.25)
    rates = [schedule(step) for step in range(100)]
    assert rates.index(max(rates)) == 24
    assert max(rates) == 1.0
    assert schedules.one_cycle(1.0, steps=10, warmup_fraction=0.1)(0) == 1.0
    assert schedules.one_cycle(1.0, steps=10, warmup_fraction=0)(9) == 1 / 25 / 1e4
    assert math.isfinite(schedules.one_cycle(1.0, steps=1)(0))


@given(
    peak=st.floats(0, 1e3),
    low=st.floats(0, 1),
    steps=st.integers(1, 1000),
    fraction=st.floats(0, 1, exclude_max=True),
    step=st.integers(0, 3000),
)
def test_no_schedule_leaves_its_range(peak, low, steps, fraction, step):
    low *= peak
    roundoff = 1 + 1e-14
    for schedule, least in [
        (schedules.linear(peak, low, steps), low),
        (schedules.cosine(peak, steps, low), low),
        (schedules.warmup(schedules.cosine(peak, steps, low), steps), 0.0),
        (schedules.one_cycle(peak, steps, fraction), 0.0),
    ]:
        assert least / roundoff <= schedule(step) <= peak * roundoff


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("constant", (-0.1,), "learning_rate must be a finite number at least 0; got -0.1"),
        ("constant", (math.nan,), "learning_rate must be a finite number at least 0; got nan"),
        (
            "constant",
            ("0.1",),
            "learning_rate must be a finite number at least 0; got the str '0.1'",
        ),
        ("linear", (0.1, math.inf, 3), "end must be a finite number at least 0; got inf"),
        ("linear", (0.1, 0.0, 0), "steps must be a whole number at least 1; got 0"),
        ("step_decay", (0.1, 2.0, 3), "factor must be a finite number above 0 and at most 1"),
        (
            "step_decay",
            (0.1, 0.5, 2.5),
            "every must be a whole number at least 1; got the float 2.5",
        ),
        ("exponential_decay", (0.1, 0), "factor must be a finite number above 0 and at most 1"),
        ("cosine", (0.1, 10, 0.2), "minimum must be a finite number at least 0 and at most 0.1"),
        ("warmup", (schedules.constant(0.1), -1), "steps must be a whole number at least 0"),
        ("one_cycle", (0.1, 10, 1.0), "warmup_fraction must be .* at least 0 and below 1; got 1.0"),
        ("one_cycle", (0.1, 10, 0.3, 0), "div_factor must be a finite number above 0; got 0"),
    ],
)
def test_wrong_arguments_are_named(name, arguments, message):
    with pytest.raises(TypeError if "got the" in message else ValueError, match=message):
        getattr(schedules, name)(*arguments)


def test_a_number_is_not_a_schedule():
    with pytest.raises(TypeError, match=r"such as constant\(0\.1\); got the float 0\.1"):
        schedules.warmup(0.1, 10)
