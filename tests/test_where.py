"""`where`: an if that survives compilation, in which what is not taken does not count."""

import math

import pytest

import engine
from engine import Value, compile, gradient, hvp, jvp, less, where

POINTS = [-1.0, 0.0, 2.0]


def choose(x):
    return where(less(0.0, x), lambda: 3.0 * x.log() + x.sqrt(), lambda: x * x + x)


def expected(x):
    """Value, slope and curvature, by hand."""
    if x > 0.0:
        return 3 * math.log(x) + x**0.5, 3 / x + 0.5 * x**-0.5, -3 / x**2 - 0.25 * x**-1.5
    return x * x + x, 2 * x + 1, 2.0


@pytest.mark.parametrize("at", POINTS)
def test_value_slope_and_curvature_are_those_of_the_branch_that_is_taken(at):
    x = Value(at, "x")
    y = choose(x)
    y.backward()
    (slope,) = gradient(y, [x])
    (curvature,) = gradient(slope, [x])
    value, first, second = expected(at)
    assert (y.data, x.grad, slope.data) == pytest.approx((value, first, first))
    assert curvature.data == pytest.approx(second)
    assert jvp(y, [x], [1.0]) == pytest.approx(first)
    assert hvp(y, [x], [1.0]) == pytest.approx([second])
    x.grad = 0.0
    slope.backward()
    assert x.grad == pytest.approx(second)


@pytest.mark.parametrize("backend", ["python", "llvm"])
@pytest.mark.parametrize("recorded_at", POINTS)
def test_a_compiled_graph_decides_for_each_row_whatever_was_taken_when_it_was_recorded(
    backend, recorded_at
):
    x = Value(recorded_at, "x")
    y = choose(x)
    (slope,) = gradient(y, [x])
    (curvature,) = gradient(slope, [x])
    compiled = compile([y, slope, curvature], [x], seeds=[1.0, 0.0, 0.0], backend=backend)
    for at in POINTS:
        x.grad = 0.0
        assert compiled.backward(at) == pytest.approx(expected(at))
        assert x.grad == pytest.approx(expected(at)[1])


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_an_error_in_the_branch_that_a_row_takes_is_reported_and_no_other(backend):
    x = Value(2.0, "x")
    y = where(less(x, 5.0), lambda: x.log(), 1.0)
    compiled = compile(y, [x], backend=backend)
    assert list(compiled.backward_rows([[1.0], [6.0], [math.e]])) == [0.0, 1.0, 1.0]
    with pytest.raises(FloatingPointError, match=r"row 1: log\(-1.0\) of 'x'"):
        compiled.backward_rows([[6.0], [-1.0]])
    hidden = where(less(x, 5.0), lambda: 1.0 / x.log(), 1.0)  # 1 / log(0) is 0, and log is refused
    with pytest.raises(FloatingPointError, match=r"log\(0.0\)"):
        compile(hidden, [x], backend=backend).backward(0.0)


def test_an_error_in_the_condition_or_beside_the_branch_is_one():
    x = Value(-1.0)
    with pytest.raises(ValueError, match="log needs"):
        where(less(x.log(), 0.0), 1.0, 2.0)
    with pytest.raises(ValueError, match="log needs"):
        where(less(0.0, x), lambda: 1.0, lambda: x.log())
    with pytest.raises(ValueError, match="log needs"):
        choose(x) + x.log()


def test_of_a_plain_condition_only_the_branch_that_is_taken_runs():
    x = Value(2.0)
    ran = []
    assert where(x > 1.0, x, lambda: ran.append(1)) is x
    assert where(False, lambda: ran.append(2), 3.0) == 3.0
    assert ran == []


@pytest.mark.parametrize("at", [-1.0, 0.0])
def test_a_value_that_was_calculated_outside_passes_nothing_either(at):
    x = Value(at)
    root = abs(x).sqrt()  # at 0 its slope is infinite
    y = where(less(0.0, x), root, 3.0 * x)
    y.backward()
    assert x.grad == 3.0
    for backend in ("python", "llvm"):
        x.grad = 0.0
        compile(y, [x], backend=backend).backward(at)
        assert x.grad == 3.0


@pytest.mark.parametrize("backend", ["python", "llvm", "tape"])
def test_within_a_branch_that_is_taken_what_was_not_taken_passes_nothing(backend):
    x = Value(-1.0, "x")
    y = where(less(x, 5.0), lambda: x.relu().sqrt() + abs(x), 0.0)
    y.backward()
    (slope,) = gradient(y, [x])
    assert (x.grad, slope.data) == (-1.0, -1.0)
    x.grad = 0.0
    compile(y, [x], backend=backend).backward(-1.0)
    assert x.grad == -1.0
    assert compile(slope, [x], backend=backend)(-1.0) == -1.0


def test_a_choice_within_a_choice():
    def sides(x):
        inner = lambda: where(less(x, 1.0), lambda: x.sqrt(), lambda: x.log())  # noqa: E731
        return where(less(0.0, x), inner, lambda: -x)

    x = Value(-2.0)
    for backend in ("python", "llvm"):
        compiled = compile(sides(x), [x], backend=backend)
        for at, value, slope in [(-2.0, 2.0, -1.0), (0.25, 0.5, 1.0), (4.0, math.log(4), 0.25)]:
            x.grad = 0.0
            assert compiled.backward(at) == value
            assert x.grad == slope


def test_comparisons_are_those_of_python():
    kinds = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "=="}
    numbers = [-math.inf, -1.0, -0.0, 0.0, 1.0, math.inf, math.nan]
    for name, sign in kinds.items():
        for a in numbers:
            for b in numbers:
                truth = float(eval(f"a {sign} b", {"a": a, "b": b}))
                assert getattr(engine, name)(a, b) == truth
                assert getattr(engine, name)(Value(a), b).data == truth
                assert getattr(engine, name)(a, Value(b)).data == truth


def test_not_a_number_is_true_as_python_has_it():
    assert where(Value(math.nan), 1.0, 2.0).data == (1.0 if math.nan else 2.0)


def test_it_explains_and_draws():
    x = Value(2.0, "x")
    y = choose(x)
    y.backward()
    assert "where" in engine.draw(y).source
    assert "[0 < x]" in str(engine.explain(y, x))


def test_a_text_is_no_condition():
    with pytest.raises(TypeError, match="got the str 'no'"):
        where("no", 1.0, 2.0)
