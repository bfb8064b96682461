"""gradcheck and find_nonfinite, as one who looks for a mistake meets them."""

import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from oracles.programs import programs

import engine
from engine import GradcheckError, Value, find_nonfinite, gradcheck, ops, record, total

# gradcheck


@given(programs())
def test_central_differences_agree_on_random_graphs(drawn):
    program, point = drawn
    leaves = [Value(x) for x in point]
    nodes = program.run(leaves, engine)
    assume(all(abs(node.data) < 20.0 for node in nodes))
    report = gradcheck(lambda *inputs: program.on_values(inputs), point, rtol=1e-4, atol=1e-3)
    nodes[-1].backward()
    assert [row.recorded for row in report.rows] == [leaf.grad for leaf in leaves]


def test_the_report_names_each_input_with_both_derivatives():
    report = gradcheck(lambda x, y: x * x * y, [Value(3.0, "width"), 2.0])
    assert report.agrees
    first, second = report.rows
    assert (first.name, first.data, first.recorded, first.agrees) == ("width", 3.0, 12.0, True)
    assert first.difference == pytest.approx(12.0, rel=1e-8)
    assert (second.name, second.recorded) == ("input 1", 9.0)
    head, *lines = str(report).splitlines()
    assert head.split() == ["input", "at", "engine", "differences"]
    assert [line.split()[0] for line in lines] == ["width", "input"]
    assert lines[0].split()[1:3] == ["3", "12"]


SLOPPY = replace(ops.TANH, name="sloppy", rule=lambda x: (ops.TANH.rule(x)[0], (1.0,)))


def test_a_wrong_derivative_is_an_error_with_the_same_text_that_marks_the_input():
    with pytest.raises(GradcheckError, match="they part") as caught:
        gradcheck(lambda w, b: record(SLOPPY, (w,)) + b, [Value(0.5, "w"), Value(1.0, "b")])
    head, w, b = str(caught.value).splitlines()
    assert head.split() == ["input", "at", "engine", "differences"]
    assert w.startswith("w ")
    assert w.endswith("<- they part")
    assert "0.786447" in w
    assert b.startswith("b ")
    assert "part" not in b


def test_tolerances_decide():
    def almost(x):
        return record(SLOPPY, (x,))  # the slope at 0.01 is 0.9999, and 1 is said

    with pytest.raises(GradcheckError):
        gradcheck(almost, [0.01])
    assert gradcheck(almost, [0.01], rtol=1e-3).agrees
    assert gradcheck(almost, [0.01], atol=1e-3).agrees


def test_leaves_that_the_function_closes_over_can_be_checked_and_stay_as_they_were():
    weights = [Value(0.5, "w"), Value(-1.0, "b")]
    for leaf in weights:
        leaf.grad = 7.0
    kept = weights[0] * 2
    kept.grad = 5.0
    report = gradcheck(lambda *_: (weights[0] * 3 + weights[1]).tanh() * kept, weights[1:])
    assert len(report.rows) == 1
    assert [(leaf.data, leaf.grad) for leaf in weights] == [(0.5, 7.0), (-1.0, 7.0)]
    assert kept.grad == 5.0


def test_leaves_stay_as_they_were_when_the_function_fails():
    x = Value(1e-7, "x")
    x.grad = 3.0
    with pytest.raises(ValueError, match=r"log\(-9e-07\) of 'x'"):
        gradcheck(Value.log, [x], eps=1e-6)
    assert (x.data, x.grad) == (1e-7, 3.0)


@pytest.mark.parametrize(
    ("function", "at", "slopes"),
    [
        (Value.relu, 0.0, (0.0, 1.0)),
        (abs, 0.0, (-1.0, 1.0)),
        (lambda x: x.maximum(2.0), 2.0, (0.0, 1.0)),
        (lambda x: 3.0 * (x - 1e5).leaky_relu(0.1), 1e5, (0.3, 3.0)),
    ],
)
def test_a_kink_is_named_as_a_kink(function, at, slopes):
    report = gradcheck(function, [at])
    assert report.agrees
    assert report.rows[0].kink == pytest.approx(slopes, abs=1e-5)
    assert "a kink: the slope is" in str(report)


@pytest.mark.parametrize(
    ("function", "at"),
    [
        (Value.atan, 5e-324),
        (lambda x: x**2, 1e8),
        (lambda x: x**2, 1e150),
        (lambda x: 1 / x, 1e-4),
        (lambda x: 1 / x, -1e-12),
        (Value.log, 1e-7),
        (Value.log, 1e-300),
        (Value.log1p, -0.9999999),
        (Value.sqrt, 1e-9),
        (Value.exp, 700.0),
        (Value.exp, 1e-250),
        (lambda x: (1e6 * x).sin(), 0.0),
        (lambda x: (1e-6 * x).sin(), 1e6),
        (lambda x: (x - 1e8) ** 2, 1e8 + 1.0),
        (lambda x: x.tanh(), 9.0),
    ],
)
def test_no_false_alarm_at_numbers_of_any_size(function, at):
    assert gradcheck(function, [at]).agrees


@pytest.mark.parametrize("at", [1e-7, 0.5, 1e8])
def test_a_wrong_slope_is_found_at_numbers_of_any_size(at):
    with pytest.raises(GradcheckError, match="they part"):
        gradcheck(lambda x: record(HALF_RIGHT, (x,)), [at])


HALF_RIGHT = replace(ops.power(2.0), name="half", rule=lambda x: (x * x / at_least(x), (1.0,)))


def at_least(x):
    return x / 3.0


def test_with_a_step_of_ones_own_the_difference_speaks_for_itself():
    with pytest.raises(GradcheckError):
        gradcheck(Value.relu, [0.0], eps=1e-6)


def test_nan_never_agrees():
    with pytest.raises(GradcheckError, match="nan"):
        gradcheck(lambda x: x * math.nan, [1.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: gradcheck(lambda x: x.data, [1.0]),
            TypeError,
            "gradcheck returns must be a Value",
        ),
        (lambda: gradcheck(lambda x: x, ["1"]), TypeError, "got the str '1'"),
        (lambda: gradcheck(lambda x: x, [Value(1.0) * 2]), ValueError, "must be leaves"),
        (lambda: gradcheck(lambda x: x, [1.0], eps=0.0), ValueError, "eps above 0"),
        (lambda: gradcheck(lambda x: x, [1.0], eps=-1e-6), ValueError, "eps above 0"),
        (lambda: gradcheck(lambda x: x, [1e20], 1.0), ValueError, "eps above 0 that moves"),
    ],
)
def test_wrong_use_is_an_error_that_says_what_was_given(call, error, message):
    with pytest.raises(error, match=message):
        call()


# find_nonfinite


def test_all_is_well():
    x = Value(2.0)
    y = x.tanh() * 3
    y.backward()
    assert find_nonfinite(y) is None


def test_the_first_node_whose_data_is_not_finite_with_its_operation_and_operands():
    w, x = Value(1e200, "w"), Value(1e300, "x")
    product = w * x
    product.label = "product"
    output = (product - product).tanh() + 1
    found = find_nonfinite(output)
    assert found.node is product
    assert found.what == "data"
    assert str(found) == (
        "the data of 'product' is inf; it was made by 'mul' of 1e+200 ('w'), 1e+300 ('x')"
    )


def test_of_many_operands_only_the_first_are_listed():
    found = find_nonfinite(total([Value(1e308, f"x{i}") for i in range(500)]))
    assert str(found) == (
        "the data is inf; it was made by 'total' of 1e+308 ('x0'), 1e+308 ('x1'), 1e+308 ('x2'), "
        "1e+308 ('x3'), 1e+308 ('x4'), 1e+308 ('x5') and 494 more"
    )


def test_a_leaf_that_is_not_finite_comes_first():
    x = Value(math.nan, "x")
    found = find_nonfinite((x * 2).tanh())
    assert found.node is x
    assert str(found) == "the data of 'x' is nan; it is a leaf"


def test_a_gradient_that_is_not_finite_where_all_data_is():
    x = Value(0.0, "x")
    y = x * 2
    root = y.sqrt()
    output = root * 3
    output.backward()
    assert math.isinf(x.grad)
    found = find_nonfinite(output)
    assert (found.node, found.what, found.operand) == (root, "slope", y)
    assert (
        str(found) == "the slope of 'sqrt' is inf, so the grad is inf; it was made by 'sqrt' of 0.0"
    )


def test_a_long_graph_is_searched_without_recursion():
    y = x = Value(1.0)
    for _ in range(20_000):
        y = y + 1
    assert find_nonfinite(y) is None
    assert find_nonfinite(y * x * math.inf).node.data == math.inf


def test_find_nonfinite_of_a_plain_number():
    with pytest.raises(TypeError, match="output must be a Value, but got the float"):
        find_nonfinite(3.0)
