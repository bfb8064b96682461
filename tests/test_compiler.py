"""Compiled graphs against the eager engine, which other tests hold to oracles of other hands."""

import copy
import gc
import math
import pickle
import re
import struct
import subprocess
import sys
import threading
from array import array
from pathlib import Path

import autograd
import mpmath
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

import engine
from engine import (
    Constant,
    Operation,
    Value,
    compile,
    dot,
    elementwise,
    log_sum_exp,
    maximum,
    record,
    relu,
    total,
)
from engine.functions import exp, tanh
from engine.ops import table
from engine.primitive import Requirement

try:
    import llvmlite  # noqa: F401

    HAS_LLVM = True
except ImportError:
    HAS_LLVM = False

needs_llvm = pytest.mark.skipif(
    not HAS_LLVM, reason="needs llvmlite: pip install 'glassgrad[compile]'"
)
LLVM = pytest.param("llvm", marks=needs_llvm)
TAPE = pytest.param("tape", marks=needs_llvm)
BACKENDS = [LLVM, TAPE, "python"]
backends = pytest.mark.parametrize("backend", BACKENDS)

ROWS = list(table())


def bits(number):
    return "nan" if math.isnan(number) else struct.pack("d", number)


def same_bits(numbers, others):
    return [bits(x) for x in numbers] == [bits(x) for x in others]


# Random graphs


@st.composite
def recipes(draw, operations=ROWS):
    """How to compute something: a row of the table and its operands, step by step."""
    n_inputs, n_parameters = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    assume(n_inputs + n_parameters)
    constants = draw(st.lists(numbers, max_size=2))
    size = n_inputs + n_parameters + len(constants)
    steps = []
    for _ in range(draw(st.integers(1, 12))):
        op = draw(st.sampled_from(operations))
        arity = op.arity if op.arity is not None else draw(st.integers(0, 5))
        of = draw(st.lists(st.integers(0, size - 1), min_size=arity, max_size=arity))
        steps.append((op, of))
        size += 1
    return n_inputs, n_parameters, constants, steps


numbers = st.one_of(
    st.floats(-3.0, 3.0), st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, 30.0])
)


def run(recipe, inputs, parameters):
    """All nodes of the recipe, computed eagerly; its errors pass."""
    _, _, constants, steps = recipe
    nodes = [*inputs, *parameters, *map(Constant, constants)]
    for step in steps:
        nodes.append(step and record(step[0], tuple(nodes[i] for i in step[1])))
    return nodes


def recorded(recipe, draw):
    """The recipe recorded where it is defined, steps that are not left out."""
    n_inputs, n_parameters, constants, steps = recipe
    inputs = [Value(draw(numbers)) for _ in range(n_inputs)]
    parameters = [Value(draw(numbers)) for _ in range(n_parameters)]
    nodes = [*inputs, *parameters, *map(Constant, constants)]
    kept = []
    for op, of in steps:
        of = [i % len(nodes) for i in of]
        try:
            nodes.append(record(op, tuple(nodes[i] for i in of)))
        except (ValueError, ArithmeticError):
            continue
        kept.append((op, of))
    # What the output does not depend on is no part of its graph.
    first, needed = len(nodes) - len(kept), {len(nodes) - 1}
    for i in reversed(range(len(kept))):
        if first + i in needed:
            needed.update(kept[i][1])
        else:
            kept[i] = None
    return inputs, parameters, (n_inputs, n_parameters, constants, kept), nodes[-1]


def eager_rows(recipe, parameters, rows):
    """For each row the output and the gradients of all leaves, or the error."""
    results = []
    for row in rows:
        inputs = [Value(x) for x in row]
        leaves = [Value(p.data) for p in parameters]
        try:
            output = run(recipe, inputs, leaves)[-1]
        except (ValueError, ArithmeticError) as error:
            results.append(error)
            continue
        output.backward()
        results.append((output.data, [leaf.grad for leaf in leaves + inputs]))
    return results


def assert_gradients_agree(leaves, results, divisor=1.0):
    for leaf, per_row in zip(
        leaves, zip(*(grads for _, grads in results), strict=True), strict=True
    ):
        expected = math.fsum(per_row) / divisor if all(map(math.isfinite, per_row)) else None
        if expected is None:
            assert not math.isfinite(leaf.grad)
        else:
            scale = math.fsum(map(abs, per_row)) / divisor
            assert abs(leaf.grad - expected) <= 1e-12 * scale + 1e-300


@backends
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_random_graph_gives_the_eager_outputs_bit_by_bit_and_the_eager_gradients(backend, data):
    inputs, parameters, recipe, output = recorded(data.draw(recipes()), data.draw)
    n = data.draw(st.integers(0, 19))
    rows = [[data.draw(numbers) for _ in inputs] for _ in range(n)]
    results = eager_rows(recipe, parameters, rows)
    compiled = compile(output, inputs, parameters, backend=backend)

    outputs = compiled.evaluate(rows) if inputs else compiled.evaluate([[]] * n)
    good = [i for i, result in enumerate(results) if isinstance(result, tuple)]
    assert same_bits([outputs[i] for i in good], [results[i][0] for i in good])

    for leaf in inputs + parameters:
        leaf.grad = 0.0
    bad = [i for i in range(n) if i not in good]
    if bad:
        with pytest.raises(FloatingPointError, match=rf"^row {bad[0]}: "):
            compiled.backward_rows(rows)
        assert all(leaf.grad == 0.0 for leaf in inputs + parameters)
    elif n:
        assert same_bits(compiled.backward_rows(rows, reduction="mean"), outputs)
        # Slopes may overflow on one way of adding up, and a zero meet an inf.
        if all(math.isfinite(g) for _, grads in results for g in grads):
            assert_gradients_agree(parameters + inputs, results, divisor=n)


@needs_llvm
@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_every_row_of_the_table_compiles_to_the_same_bits(op):
    """A fixed sweep of each row's domain, so that none depends on what Hypothesis draws."""
    arity = 3 if op.arity is None else op.arity
    inputs = [Value(1.7 if op.name == "acosh" else 0.7) for _ in range(arity)]
    output = record(op, tuple(inputs))
    compiled = compile(output, inputs)
    grid = [-2.5, -1.0, -0.3, -1e-9, -0.0, 0.0, 1e-9, 0.1, 0.5, 1.0, 1.7, 2.0, 3.3, 20.0]
    rows = [[x + 0.25 * k * x for k in range(arity)] for x in grid]
    rows += [[x * (-1.0) ** k for k in range(arity)] for x in grid]
    eager = []
    for row in rows:
        try:
            values = [Value(x) for x in row]
            result = record(op, tuple(values))
            result.backward()
            eager.append((result.data, [v.grad for v in values]))
        except (ValueError, ArithmeticError):
            eager.append(None)
    defined = [i for i, result in enumerate(eager) if result is not None]
    assert len(defined) >= 3
    outputs = compiled.evaluate(rows)
    assert same_bits([outputs[i] for i in defined], [eager[i][0] for i in defined])
    for i in defined:
        for x in inputs:
            x.grad = 0.0
        compiled.backward(*rows[i])
        assert [x.grad for x in inputs] == pytest.approx(
            eager[i][1], rel=1e-12, abs=1e-300, nan_ok=True
        )


@needs_llvm
@pytest.mark.parametrize("lanes", [2, 4, 8])
def test_any_number_of_lanes_gives_the_same_bits(lanes, monkeypatch):
    monkeypatch.setattr("engine.compiler.kernels.lanes", lambda: lanes)
    x, w, v = Value(0.5), Value(0.3), Value(2.0)
    compiled = compile((w * x).tanh() * v.exp() + (x + 9.0).log() ** w, [x])
    for n in range(2 * lanes + 2):
        points = [0.25 * i - 1.0 for i in range(n)]
        outputs, gradients = [], []
        for point in points:
            w.grad = v.grad = 0.0
            output = (w * point).tanh() * v.exp() + (Value(point) + 9.0).log() ** w
            output.backward()
            outputs.append(output.data)
            gradients.append((w.grad, v.grad))
        compiled.zero_grad()
        assert same_bits(compiled.backward_rows(points, sync=False), outputs)
        expected = [math.fsum(column) for column in zip(*gradients, strict=True)] or [0.0, 0.0]
        assert list(compiled.grad) == pytest.approx(expected, rel=1e-12)


@needs_llvm
def test_functions_of_the_c_library_have_pythons_bits_on_many_numbers():
    x = Value(0.5)
    names = ["exp", "log", "tanh", "sin", "erf", "sigmoid", "softplus", "sqrt"]
    functions = [getattr(engine, name) for name in names]
    compiled = compile([f(x) for f in functions] + [x**1.7, x**-2.5, x**0.3], [x])
    points = np.random.default_rng(0).lognormal(0.0, 2.0, 3000)
    for column, function in zip(compiled.evaluate(points), functions, strict=False):
        assert same_bits(column, [function(float(p)) for p in points])


# The call


@backends
def test_a_call_and_backward_of_one_row(backend):
    x, w, b = Value(3.0, "x"), Value(2.0, "w"), Value(1.0, "b")
    compiled = compile((w * x + b) ** 2, [x], backend=backend)
    assert compiled(1.0) == 9.0
    w.data = 3.0
    assert compiled(1.0) == 16.0
    assert compiled.backward(1.0) == 16.0
    assert (w.grad, b.grad, x.grad) == (8.0, 8.0, 24.0)
    compiled.backward(1.0)
    assert (w.grad, b.grad, x.grad) == (16.0, 16.0, 48.0)
    assert (x.data, w.data) == (3.0, 3.0)


@backends
def test_rows_may_come_as_anything_that_holds_numbers(backend):
    x, y, w = Value(1.0), Value(1.0), Value(2.0)
    compiled = compile(w * x - y, [x, y], backend=backend)
    lists = [[1, 2], (3.0, 4.0), [5.0, 6.0]]
    expected = array("d", [0.0, 2.0, 4.0])
    flat = array("d", [1, 2, 3, 4, 5, 6])
    frozen = np.array(flat).reshape(3, 2)
    frozen.flags.writeable = False
    for rows in (
        lists,
        iter(lists),
        flat,
        memoryview(flat),
        np.array(flat).reshape(3, 2),
        np.array(flat),
        np.array(flat).reshape(3, 2).astype("f4"),
        np.array(flat).astype(int).reshape(3, 2),
        np.asfortranarray(np.array(flat).reshape(3, 2)),
        np.array(flat).reshape(3, 2).astype(">f8"),
        np.arange(12.0).reshape(3, 4)[:, :2] * 0 + np.array(flat).reshape(3, 2),
        frozen,
    ):
        assert compiled.evaluate(rows) == expected
    column = compile(2.0 * x, [x], backend=backend)
    assert column.evaluate([1.0, 2.0]) == array("d", [2.0, 4.0])
    assert column.evaluate([[1.0], [2.0]]) == array("d", [2.0, 4.0])


@backends
@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([[1.0]], ValueError, "row 0 has 1"),
        ([[1.0, 2.0], [1.0, 2.0, 3.0]], ValueError, "row 1 has 3"),
        (array("d", [1.0, 2.0, 3.0]), ValueError, "3 numbers"),
        (np.zeros((4, 3)), ValueError, r"shape \(4, 3\)"),
        (np.zeros((1, 4, 2)), ValueError, "shape"),
        ([1.0, 2.0], TypeError, "sequence of rows"),
        (3.0, TypeError, "sequence of rows"),
        ([["a", "b"]], TypeError, "real number"),
        ([[None, 1.0]], TypeError, "real number"),
    ],
)
def test_rows_of_the_wrong_shape_or_kind_are_refused(backend, rows, error, message):
    x, y = Value(1.0), Value(1.0)
    compiled = compile(x * y, [x, y], backend=backend)
    for call in (compiled.evaluate, compiled.backward_rows):
        with pytest.raises(error, match=message):
            call(rows)


def test_wrong_use_is_refused_with_a_remedy():
    x, w = Value(1.0, "x"), Value(2.0, "w")
    y = w * x
    with pytest.raises(TypeError, match="output must be a Value"):
        compile(3.0, [x], backend="python")
    with pytest.raises(TypeError, match=r"write \[value\]"):
        compile(y, x, backend="python")
    with pytest.raises(ValueError, match=r"inputs\[0\] must be a leaf.*detach"):
        compile(y * 2, [y], backend="python")
    with pytest.raises(ValueError, match=r"inputs\[1\] is inputs\[0\]"):
        compile(y, [x, x], backend="python")
    with pytest.raises(ValueError, match=r"parameters\[0\] is inputs\[0\]"):
        compile(y, [x], [x], backend="python")
    with pytest.raises(ValueError, match="backend"):
        compile(y, [x], backend="gpu")
    with pytest.raises(ValueError, match="at least one output"):
        compile([], [x], backend="python")
    with pytest.raises(ValueError, match="seeds"):
        compile(y, [x], seeds=[1.0, 2.0], backend="python")
    compiled = compile(y, [x], backend="python")
    with pytest.raises(TypeError, match="1 inputs, but got 2"):
        compiled(1.0, 2.0)
    with pytest.raises(TypeError, match="real number"):
        compiled("1.0")
    with pytest.raises(ValueError, match="reduction"):
        compiled.backward_rows([[1.0]], reduction="max")
    with pytest.raises(ValueError, match="no mean over no rows"):
        compiled.backward_rows([], reduction="mean")
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="compile again"):
            copied(compiled)


# What is an input, a parameter, an output


@backends
def test_parameters_are_the_other_leaves_in_the_order_of_the_computation(backend):
    x, a, b, c = Value(1.0, "x"), Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    output = b * x + 7.0 * a
    assert compile(output, [x], backend=backend).parameters == (b, a)
    compiled = compile(output, [x], [c, a], backend=backend)
    b.data = 10.0  # too late: it is neither input nor parameter
    assert compiled.backward(1.0) == 3.0 * 1.0 + 7.0 * 2.0
    assert (a.grad, b.grad) == (7.0, 0.0)
    assert compiled.parameters == (c, a)


@backends
def test_leaves_in_every_part(backend):
    x, unused, w = Value(2.0), Value(5.0), Value(3.0)
    compiled = compile([x, w, Value(4.0) * 0 + 1.0, x * x + w], [unused, x], [w], backend=backend)
    rows = [[9.0, 1.0], [9.0, -2.0]]
    columns = compiled.backward_rows(rows)
    assert [list(column) for column in columns] == [[1, -2], [3, 3], [1, 1], [4, 7]]
    assert (x.grad, w.grad, unused.grad) == (2 + 2 * (1 - 2), 2 + 2, 0.0)
    assert compiled(9.0, 1.0) == (1.0, 3.0, 1.0, 4.0)

    constant = compile(Constant(2.5), [x], backend=backend)
    assert constant.parameters == ()
    assert constant.backward(1.0) == 2.5
    alone = compile(w, [], backend=backend)
    assert (alone(), list(alone.evaluate([[], []]))) == (3.0, [3.0, 3.0])


@backends
def test_constants_keep_the_sign_of_zero(backend):
    x = Value(1.0)
    compiled = compile([x * 0.0, x * -0.0], [x], backend=backend)
    assert same_bits(compiled(1.0), [0.0, -0.0])


@backends
def test_seeds_weigh_the_outputs(backend):
    x, w = Value(1.0), Value(2.0)
    loss, prediction = (w * x - 1.0) ** 2, w * x
    compiled = compile([loss, prediction], [x], seeds=(1.0, 0.0), backend=backend)
    losses, predictions = compiled.backward_rows([[1.0], [3.0]])
    assert (list(losses), list(predictions)) == ([1.0, 25.0], [2.0, 6.0])
    assert w.grad == 2.0 * 1.0 + 10.0 * 3.0
    steep = compile([w * x, x.sqrt()], [x], seeds=(1.0, 0.0), backend=backend)
    x.grad = 0.0
    steep.backward(0.0)
    assert x.grad == w.data  # and not nan, though the slope of the other is infinite


@backends
def test_what_depends_on_parameters_alone_counts_once_a_row(backend):
    """A penalty, whose part of the chain rule runs once a call, has the gradient of every row."""
    x, w, v = Value(1.0), Value(0.5), Value(-0.25)
    penalty = (w * w + v.exp() * w).tanh()
    rows = [[float(i)] for i in range(11)]

    compiled = compile((w * x).tanh() * penalty + penalty + v * w, [x], backend=backend)
    compiled.backward_rows(rows, reduction="mean")
    got = w.grad, v.grad
    w.grad = v.grad = 0.0
    for (number,) in rows:
        again = (w * w + v.exp() * w).tanh()
        ((w * number).tanh() * again + again + v * w).backward()
    assert got == pytest.approx((w.grad / 11, v.grad / 11), rel=1e-13)


@backends
def test_weight_normalisation_has_the_slopes_of_hips_autograd(backend):
    """A quotient and a root of parameters alone, which are checked once a call and used in rows."""

    def output(g, v, u, p, x):
        return p * (g * v / (v * v + u * u) ** 0.5 * x)

    numbers = [2.0, 0.5, -0.75, 1.5, 0.25]
    *parameters, x = map(Value, numbers)
    compiled = compile(output(*parameters, x), [x], parameters, backend=backend)
    compiled.backward_rows([[0.25], [3.0]])
    for i, parameter in enumerate(parameters):
        slope = autograd.grad(output, i)
        expected = slope(*numbers[:4], 0.25) + slope(*numbers[:4], 3.0)
        assert parameter.grad == pytest.approx(expected, rel=1e-14)


@backends
def test_what_is_checked_of_an_operand_is_calculated_though_nothing_else_needs_it(backend):
    second = Requirement("y < 9", lambda x, y: y >= 9.0)
    row = Operation("first", "first", lambda x, y: (exp(x), (exp(x), 0.0)), (second,), arity=2)
    x, w, v = Value(1.0), Value(2.0), Value(3.0)
    compiled = compile(record(row, (w * x, v * w)) * v, [x], backend=backend)
    assert compiled.backward(0.0) == 3.0


@backends
def test_over_no_rows_nothing_is_added(backend):
    """Not even 0 times the slope of a part that depends on parameters alone, which may be inf."""
    w, x = Value(0.0), Value(1.0)
    compiled = compile(w.sqrt() * 2.0 + x, [x], backend=backend)
    assert list(compiled.backward_rows([])) == []
    assert (w.grad, x.grad) == (0.0, 0.0)
    compiled.backward(1.0)
    assert w.grad == math.inf


@backends
def test_the_sum_over_rows_is_the_same_however_often_it_runs(backend):
    x, w = Value(1.0), Value(0.3)
    compiled = compile((w * x).sin(), [x], backend=backend)
    rows = np.random.default_rng(1).normal(size=(37, 1))
    found = set()
    for _ in range(5):
        w.grad = 0.0
        compiled.backward_rows(rows)
        found.add(w.grad)
    assert len(found) == 1


def test_a_row_added_at_run_time_compiles():
    swish = Operation(
        "wobble", "~", lambda x, y: (tanh(x) * y + exp(-x), (y - exp(-x), tanh(x))), arity=2
    )
    x, w = Value(0.5), Value(2.0)
    for backend in ["python", "llvm", "tape"] if HAS_LLVM else ["python"]:
        x.grad = w.grad = 0.0
        compiled = compile(record(swish, (x, w)) * 3.0, [x], backend=backend)
        assert compiled.backward(0.25) == (record(swish, (Value(0.25), w)) * 3.0).data
        assert (x.grad, w.grad) == (3.0 * (2.0 - math.exp(-0.25)), 3.0 * math.tanh(0.25))


def test_a_rule_that_looks_at_its_numbers_is_told_what_to_write():
    def branching(x):
        return (x, (1.0,)) if x > 0 else (-x, (-1.0,))

    def by_math(x):
        return math.exp(x), (math.exp(x),)

    x = Value(1.0)
    for rule in (branching, by_math):
        output = record(Operation("bad", "?", rule), (x,))
        with pytest.raises(TypeError, match=r"engine\.functions"):
            compile(output, [x], backend="python")(1.0)


# Buffers


@backends
def test_without_sync_the_buffers_alone_are_used(backend):
    x, w, b = Value(1.0), Value(2.0), Value(3.0)
    compiled = compile(w * x + b, [x], backend=backend)
    compiled.data[0] = 5.0
    assert compiled.evaluate([[1.0]], sync=False)[0] == 8.0
    compiled.backward_rows([[1.0], [4.0]], sync=False)
    compiled.backward_rows([[1.0]], sync=False, reduction="mean")
    assert list(compiled.grad) == [6.0, 3.0]
    assert (w.data, w.grad, x.grad) == (2.0, 0.0, 0.0)
    compiled.push()
    assert (w.data, w.grad, b.grad) == (5.0, 6.0, 3.0)
    compiled.zero_grad()
    assert list(compiled.grad) == [0.0, 0.0]
    w.data = 7.0
    compiled.pull()
    assert (list(compiled.data), list(compiled.grad)) == ([7.0, 3.0], [6.0, 3.0])
    assert compiled.evaluate([[1.0]])[0] == 10.0
    with pytest.raises(BufferError):
        compiled.data.append(1.0)
    for name in ("data", "grad"):  # machine code would read and write beyond a shorter one
        with pytest.raises(AttributeError):
            setattr(compiled, name, array("d"))


# Errors of the domain


@backends
def test_the_first_row_that_the_eager_engine_refuses_is_named(backend):
    x, w = Value(2.0, "x"), Value(1.0, "w")
    compiled = compile((x - 1.0).log() * w, [x], backend=backend)
    rows = [[2.0 + i] for i in range(40)]
    assert compiled.backward_rows(rows)[0] == 0.0
    w.grad = 0.0
    rows[29], rows[33] = [1.0], [-5.0]
    assert compiled.evaluate(rows)[29] == -math.inf
    for sync in (True, False):
        with pytest.raises(FloatingPointError, match=r"row 29: log\(0.0\).*find_nonfinite"):
            compiled.backward_rows(rows, sync=sync)
    assert (w.grad, compiled.grad[0] * 0.0) == (0.0, 0.0)
    with pytest.raises(FloatingPointError, match="row 0"):
        compiled.backward(1.0)


@backends
def test_an_error_that_leaves_no_trace_in_the_output_is_found(backend):
    x, y = Value(1.0, "x"), Value(2.0)
    compiled = compile(x.exp().tanh() + maximum(x.log(), -5.0) + x**y, [x, y], backend=backend)
    for bad, message in (
        ([1000.0, 1.0], r"row 2: exp\(1000.0\) of 'x'"),
        ([0.0, 1.0], "row 2: log"),
    ):
        with pytest.raises(FloatingPointError, match=message):
            compiled.backward_rows([[1.0, 1.0], [2.0, 1.0], bad])
    quotient = compile(1.0 - x / y, [x], [y], backend=backend)
    assert quotient.backward(1.0) == 0.5
    y.data = 0.0
    with pytest.raises(FloatingPointError, match=r"row 0: 1.0 / 0.0"):
        quotient.backward(1.0)
    power = compile(x**y, [x, y], backend=backend)
    assert power(-2.0, 3.0) == -8.0
    assert power.backward(-2.0, 3.0) == -8.0
    with pytest.raises(FloatingPointError, match=r"row 0: .*base of at least 0"):
        power.backward(-2.0, 2.5)


@backends
@pytest.mark.parametrize(
    ("function", "row"),
    [
        (lambda x, y: log_sum_exp([x, y]), (math.inf, math.nan)),
        (lambda x, y: log_sum_exp([x, y]), (math.nan, math.inf)),
        (lambda x, y: x / y, (math.nan, 0.0)),
        (lambda x, y: total([x, y]).log(), (-1.0, -2.0)),
    ],
)
def test_a_nan_excuses_no_other_operand(backend, function, row):
    with pytest.raises((ValueError, ArithmeticError)) as eager:
        function(*map(Value, row))
    inputs = Value(1.0), Value(2.0)
    compiled = compile(function(*inputs), inputs, backend=backend)
    with pytest.raises(FloatingPointError, match=re.escape(str(eager.value))):
        compiled.backward_rows([[1.0, 2.0], row])
    passes = [[math.nan, 2.0], [math.nan, math.nan]]
    assert all(map(math.isnan, compiled.backward_rows(passes)))


@backends
def test_a_constant_that_was_moved_out_of_the_domain_is_refused(backend):
    x, constant = Value(1.0), Value(2.0)
    output = constant.log() * x
    constant.data = -1.0
    with pytest.raises(FloatingPointError, match=r"log\(-1.0\)"):
        compile(output, [x], [], backend=backend).backward(1.0)


@backends
def test_of_several_refused_operations_the_first_is_named(backend):
    x = Value(0.5, "x")
    output = total([(x + n / 100).log() for n in range(30)])
    with pytest.raises(FloatingPointError, match=r"row 0: log\(-0.5\)"):
        compile(output, [x], backend=backend).backward(-0.5)


@backends
def test_what_the_eager_engine_lets_pass_passes(backend):
    x, w = Value(4.0), Value(1.0)
    compiled = compile(x.sqrt() * w, [x], backend=backend)
    compiled.backward_rows([[0.0], [1.0]])  # the slope at 0 is inf, and no error
    assert (w.grad, x.grad) == (1.0, math.inf)
    outputs = compile(x.exp() * w, [x], backend=backend).backward_rows([[math.inf], [math.nan]])
    assert outputs[0] == math.inf
    assert math.isnan(outputs[1])
    assert math.isnan(compile(relu(x) * w, [x], backend=backend)(math.nan))


@backends
def test_check_finds_a_branch_that_was_frozen(backend):
    x, w = Value(3.0), Value(2.0)

    def bent(x):
        return w * x if x > 0 else -(w * x)

    def smooth(x):
        return relu(w * x) + relu(-(w * x))

    rows = [[1.0], [2.0], [-1.0]]
    compile(smooth(x), [x], backend=backend).check(smooth, rows)
    compiled = compile(bent(x), [x], backend=backend)
    compiled.check(bent, rows[:2])
    with pytest.raises(ValueError, match=r"row 2, \[-1.0\].*2.0.*-2.0.*relu"):
        compiled.check(bent, rows)


# The listing


def names_of(model):
    return [(f"w{i}", w) for i, w in enumerate(model)]


def test_the_listing_is_python_that_runs_and_agrees():
    x, y = Value(0.5, "x"), Value(1.0, "class")
    model = [Value(0.1 * i - 0.3) for i in range(8)]
    hidden = [dot(model[3 * i : 3 * i + 2], [x, y], model[3 * i + 2]).tanh() for i in range(2)]
    loss = (dot(model[6:8], hidden) - y) ** 2 + 0.1 * total([w * w for w in model])
    compiled = compile(loss, [x, y], names=names_of(model), backend="python")
    source = compiled.python()
    namespace = {}
    exec(source, namespace)
    outputs, derivatives = namespace["run"]([0.25, -1.0], [p.data for p in compiled.parameters])
    assert outputs == (compiled.backward(0.25, -1.0),)
    leaves = [*compiled.parameters, x, y]
    assert list(derivatives) == pytest.approx([leaf.grad for leaf in leaves], rel=1e-12)
    assert "d_w0" in source
    assert max(map(len, source.splitlines())) < 200
    # and the numbers are those of the eager engine, which knows nothing of it
    eager = [Value(p.data) for p in compiled.parameters]
    by_leaf = dict(zip(compiled.parameters, eager, strict=True)) | {x: Value(0.25), y: Value(-1.0)}
    again = [by_leaf[w] for w in model]
    hidden = [
        dot(again[3 * i : 3 * i + 2], [by_leaf[x], by_leaf[y]], again[3 * i + 2]).tanh()
        for i in range(2)
    ]
    loss = (dot(again[6:8], hidden) - by_leaf[y]) ** 2 + 0.1 * total([w * w for w in again])
    loss.backward()
    assert outputs == (loss.data,)
    assert list(derivatives) == pytest.approx([by_leaf[v].grad for v in leaves], rel=1e-12)


def test_labels_that_are_no_identifiers_or_stand_twice_still_run():
    a, b, c = Value(1.5, "1st weight"), Value(2.0, "lambda"), Value(3.0, "lambda")
    x = Value(1.0, "exp")
    compiled = compile((a * b * c * x).exp() + (a - b), [x], backend="python")
    assert compiled(0.1) == math.exp(1.5 * 2.0 * 3.0 * 0.1) - 0.5


@pytest.mark.parametrize(
    "labels",
    [
        ("ϕ", "φ", "phi"),
        ("ﬁ", "fi", "f\N{ZERO WIDTH SPACE}i"),
        ("²", "½", "①"),
        ("𝐢𝐟", "𝐞𝐱𝐩", "ｒｕｎ"),  # noqa: RUF001
        ("float", "__debug__", "tuple"),
        ("e\N{COMBINING ACUTE ACCENT}", "é", "\N{COMBINING ACUTE ACCENT}"),
        ("d_w", "w", "w"),
        ("\udc80", "", "\x00"),
    ],
)
def test_labels_that_python_takes_for_the_same_name_stay_apart(labels):
    a, b, c = (Value(x, label) for x, label in zip((2.0, 3.0, 5.0), labels, strict=True))
    bound = Constant(-math.inf)  # written float('-inf')
    compiled = compile(maximum(a.exp() + 10.0 * b * b, bound) - c, [], backend="python")
    assert compiled.backward() == math.exp(2.0) + 90.0 - 5.0
    assert (a.grad, b.grad, c.grad) == (math.exp(2.0), 60.0, -1.0)


@backends
def test_a_new_function_of_a_number_needs_no_other_line(backend):
    """It is named in `functions` alone. The C library's `gamma` is not Python's."""
    code = f"""
import math
from engine import functions

def new(name):
    on_float = getattr(math, name)
    def function(x):
        return on_float(x) if isinstance(x, float) else getattr(x, name)()
    functions.ELEMENTARY[name] = function
    setattr(functions, name, function)
    return function

cbrt, gamma = new("cbrt"), new("gamma")

from engine import Operation, Value, compile, record

def rule(x):
    out = cbrt(x)
    return out, (1.0 / (3.0 * out * out),)

x, w = Value(2.0, "x"), Value(5.0)
root = record(Operation("cbrt", "∛", rule), (w * x,))
compiled = compile([root, record(Operation("gamma", "Γ", lambda x: (gamma(x), (0.0,))), (x,))],
                   [x], seeds=(1.0, 0.0), backend={backend!r})
print([float.hex(number) for number in compiled.backward(2.5)], x.grad)
print("cbrt(" in compiled.python())
if {backend!r} != "python":
    from engine.compiler.llvm import machine
    print(len(machine._callbacks))  # gamma alone
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    values, listed, *callbacks = done.stdout.splitlines()
    expected = [float.hex(math.cbrt(12.5)), float.hex(math.gamma(2.5))]
    assert values.startswith(f"{expected} ")
    assert mpmath.almosteq(
        float(values.split()[-1]), mpmath.diff(lambda x: mpmath.cbrt(5 * x), 2.5)
    )
    assert listed == "True"
    assert callbacks in ([], ["1"])


@needs_llvm
def test_source_and_assembly_can_be_read():
    x, w = Value(1.0), Value(2.0)
    compiled = compile((w * x).tanh(), [x])
    assert "fmul" in compiled.source
    assert "libm_tanh" in compiled.source
    assert "run:" in compiled.assembly
    from llvmlite import binding

    binding.parse_assembly(compiled.source).verify()


# The process


def mlp_loss(sizes, inputs, parameters):
    remaining = iter(parameters)
    hidden = inputs[:-1]
    for n in sizes:
        hidden = [
            dot([next(remaining) for _ in hidden], hidden, next(remaining)).relu() for _ in range(n)
        ]
    return (total(hidden) - inputs[-1]) ** 2


def small_mlp(seed=0):
    rng = np.random.default_rng(seed)
    inputs = [Value(x) for x in rng.normal(size=4)]
    parameters = [Value(w) for w in rng.normal(size=3 * 8 + 8 + 8 * 8 + 8 + 8 + 1)]
    return inputs, mlp_loss((8, 8, 1), inputs, parameters)


@needs_llvm
@pytest.mark.parametrize("level", [0, 1])
def test_a_long_program_in_many_functions_keeps_every_bit(level, monkeypatch):
    """Long enough for values to pass from function to function."""
    if level == 0:
        monkeypatch.setattr("engine.compiler.llvm.assembler._LONG", 0)
    rng = np.random.default_rng(3)
    x, w = Value(0.3), [Value(v) for v in rng.normal(size=50)]
    v, made = x, []
    for i in range(3000):
        v = v * w[i % 50] + x if i % 3 else (v - w[(7 * i) % 50]).tanh()
        made.append(v)
    wide = dot([made[i] for i in range(0, 3000, 60)], [made[-1 - i] for i in range(50)])
    compiled = compile(wide, [x])
    assert compiled(0.3) == wide.data
    compiled.backward(0.3)
    gradients = [leaf.grad for leaf in w]
    for leaf in w:
        leaf.grad = 0.0
    wide.backward()
    assert gradients == pytest.approx([leaf.grad for leaf in w], rel=1e-9)


@needs_llvm
def test_machine_code_is_freed_with_its_object():
    statm = Path("/proc/self/statm")
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    inputs, loss = small_mlp()

    def resident():
        gc.collect()
        return int(statm.read_text().split()[1]) * 4096

    for _ in range(20):
        compile(loss, inputs)(*[0.0] * 4)
    before = resident()
    for _ in range(100):
        compile(loss, inputs)(*[0.0] * 4)
    assert resident() - before < 4_000_000


@needs_llvm
def test_a_compiled_graph_in_a_reference_cycle_is_freed_in_peace():
    """Its parts are then finalized in any order."""
    inputs, loss = small_mlp()
    for _ in range(10):
        compiled = compile(loss, inputs)
        compiled(*[0.0] * 4)
        compiled.itself = [compiled]
        del compiled
        gc.collect()


@needs_llvm
def test_threads_add_to_the_same_gradients_one_at_a_time():
    """Many parameters and few rows: most of a call is the adding."""
    x = Value(1.0)
    compiled = compile(dot([Value(0.0) for _ in range(3000)], [x] * 3000), [x])
    rows = array("d", [1.0])
    compiled.backward_rows(rows, sync=False)

    def work():
        for _ in range(2000):
            compiled.backward_rows(rows, sync=False)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(compiled.grad) == {8001.0}


@needs_llvm
def test_threads_may_share_a_compiled_graph():
    inputs, loss = small_mlp()
    compiled = compile(loss, inputs)
    rows = np.random.default_rng(2).normal(size=(501, 4))
    expected = compiled.backward_rows(rows, sync=False)
    once = list(compiled.grad)
    compiled.zero_grad()
    wrong = []

    def work():
        for _ in range(50):
            if compiled.backward_rows(rows, sync=False) != expected:
                wrong.append("backward")
            if compiled.evaluate(rows, sync=False) != expected:
                wrong.append("evaluate")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert list(compiled.grad) == pytest.approx([200 * g for g in once], rel=1e-11, abs=1e-9)


def test_without_llvmlite_the_error_gives_the_command_and_python_works():
    code = """
import sys
sys.modules["llvmlite"] = None
from engine import Value, compile
x, w = Value(2.0), Value(3.0)
try:
    compile(w * x, [x])
except ImportError as error:
    print(error)
compiled = compile(w * x, [x], backend="python")
print(compiled.backward_rows([[1.0], [2.0]]), w.grad, "def run" in compiled.python())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'glassgrad[compile]'" in done.stdout
    assert "array('d', [3.0, 6.0]) 3.0 True" in done.stdout


# Rules on flat buffers


def adam_like(parameter, mean, square, gradient, learning_rate):
    mean = 0.9 * mean + 0.1 * gradient
    square = 0.99 * square + 0.01 * (gradient * gradient)
    root = engine.sqrt(square)
    return parameter - learning_rate * mean / (root + 1e-8), mean, square


@pytest.mark.parametrize("backend", [LLVM, "python"])
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 337])
def test_a_rule_on_buffers_has_the_bits_of_a_loop(backend, n):
    rng = np.random.default_rng(n)
    columns = [array("d", rng.normal(size=n)) for _ in range(2)]
    columns += [array("d", rng.uniform(size=n)), array("d", rng.normal(size=n))]
    expected = [list(adam_like(*row, 0.1)) for row in zip(*columns, strict=True)]
    gradient = columns[3][:]
    elementwise(adam_like, buffers=4, scalars=1, backend=backend)(columns, [0.1])
    assert [list(row) for row in zip(*columns[:3], strict=True)] == expected
    assert columns[3] == gradient


@needs_llvm
def test_wrong_buffers_are_refused():
    step = elementwise(lambda x, rate: (x * rate,), buffers=1, scalars=1)
    with pytest.raises(ValueError, match="1 buffers and 1 scalars"):
        step([array("d", [1.0])])
    with pytest.raises(TypeError, match=r"array\('d'\)"):
        step([[1.0]], [2.0])
    with pytest.raises(ValueError, match="backend"):
        elementwise(lambda x: (x,), buffers=1, backend="C")
    with pytest.raises(ValueError, match="2 numbers for 1 buffers"):
        elementwise(lambda x: (x, x), buffers=1)


@backends
def test_rows_of_no_numbers_are_counted(backend):
    compiled = compile(Value(2.0) * 2.0, [], backend=backend)
    assert list(compiled.evaluate(np.zeros((3, 0)))) == [4.0, 4.0, 4.0]
