"""Programs as people have written them for micrograd and microgpt's class, import lines changed."""

import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engine
from engine import Constant, Value, compile, draw, explain, gradcheck, gradient
from nn import MLP, Layer, Neuron

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "coming-from-micrograd.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```\n```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_program_of_the_page_is_run():
    assert len(PROGRAMS) == PAGE.count("```python") == 6


@pytest.mark.parametrize(("program", "shown"), PROGRAMS, ids=range(len(PROGRAMS)))
def test_the_page_runs_and_prints_what_it_shows(program, shown, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown


# Nodes made by hand


def sine(x):
    return Value(math.sin(x.data), (x,), (math.cos(x.data),))


def times(x, y):
    return Value(x.data * y.data, (x, y), (y.data, x.data))


def test_a_node_made_by_hand_differentiates_draws_and_explains():
    x, y = Value(0.5, "x"), Value(3.0, "y")
    z = times(sine(x), y) ** 2
    z.backward()
    assert x.grad == pytest.approx(2 * 9 * math.sin(0.5) * math.cos(0.5))
    assert [slope.data for slope in gradient(z, [x, y])] == pytest.approx([x.grad, y.grad])
    assert "given by hand" in draw(z).source
    assert "given by hand(x)" in str(explain(z, x))
    assert z._children[0]._local_grads == (3.0, math.sin(0.5))


def test_of_a_node_made_by_hand_no_second_derivative_is_known():
    x = Value(0.5)
    (slope,) = gradient(sine(x), [x])
    assert slope.data == math.cos(0.5)
    with pytest.raises(ValueError, match=r"second derivative .* @engine\.operation"):
        gradient(slope, [x])
    with pytest.raises(ValueError, match="second derivative"):
        engine.hvp(sine(x), [x], [1.0])
    slope.backward()
    assert math.isnan(x.grad)


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_a_node_made_by_hand_compiles_where_it_depends_on_constants_alone(backend):
    x, w = Value(2.0, "x"), Value(3.0, "w")
    assert compile(times(Constant(5.0), Constant(7.0)) * x, [x], backend=backend)(3.0) == 105.0
    for node in (times(x, Constant(2.0)), times(w, Constant(2.0)) * x):
        with pytest.raises(ValueError, match="made by hand"):
            compile(node, [x], backend=backend)(1.0)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda a, b: Value(5.0, (a, b), "+"), TypeError, "Value(5.0, (a, b), (..., ...))"),
        (lambda a, b: Value(5.0, (a,), "exp"), TypeError, "Value(5.0, (a,), (...,))"),
        (lambda a, b: Value(5.0, (a, b), (1.0,)), ValueError, "each of its 2 parents, but got 1"),
        (lambda a, b: Value(5.0, (a, 3.0), (1.0, 1.0)), TypeError, "a parent must be a Value"),
        (lambda a, b: Value(5.0, "sum", (1.0,)), TypeError, "need parents"),
        (lambda a, b: Value(5.0, (a, b)), TypeError, "Value(data, (a, b), (1.0, 1.0))"),
        (lambda a, b: Value(5.0, a), TypeError, "a label must be a str"),
        (lambda a, b: setattr(a + b, "_backward", print), AttributeError, "Value(data, (a, b)"),
    ],
)
def test_what_micrograd_writes_otherwise_is_an_error_that_shows_how(make, error, text):
    with pytest.raises(error) as caught:
        make(Value(2.0, "a"), Value(3.0, "b"))
    assert text in str(caught.value)


def test_empty_children_make_a_leaf():
    assert Value(2.0, (), ()).op is None


# The lecture's steps, the demo, an optimizer with state on the parameters


def test_the_single_steps_of_the_lecture_amount_to_backward():
    def build():
        leaves = [Value(x) for x in (2.0, -3.0, 10.0)]
        e = leaves[0] * leaves[1]
        d = e + leaves[2]
        return leaves, [e, d, d.tanh()]

    (by_hand, nodes), (at_once, others) = build(), build()
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        node._backward()
    others[-1].backward()
    assert [x.grad for x in by_hand] == [x.grad for x in at_once]
    nodes[-1].zero_grad()
    assert {node.grad for node in [*by_hand, *nodes]} == {0.0}


def trace(root):
    """The nodes and edges below a root, as the lecture's drawing collects them."""
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def test_the_lectures_walk_over_the_graph_finds_it():
    x = Value(1.0)
    nodes, edges = trace((x * 2 + 1).relu())
    assert len(nodes) == 6
    assert len(edges) == 5
    assert sorted(v._op for v in nodes) == ["", "", "", "*", "+", "ReLU"]


def test_the_demo_learns_and_is_the_same_each_time():
    def train():
        random.seed(1337)
        model = MLP(2, [8, 8, 1])
        rows = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(20)]
        targets = [1 if x + 2 * y > 0.3 else -1 for x, y in rows]
        losses = []
        for _ in range(30):
            inputs = [list(map(Value, row)) for row in rows]
            scores = list(map(model, inputs))
            data = [(1 + -t * s).relu() for t, s in zip(targets, scores, strict=True)]
            loss = sum(data) * (1.0 / len(data)) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.2 * p.grad
            losses.append(loss.data)
        return losses

    losses = train()
    assert losses == train()
    assert losses[-1] < 0.8 * losses[0]


def test_micrograds_keywords():
    assert len(Neuron(nin=3, nonlin=False).w) == 3
    assert Layer(nin=2, nout=4, nonlin=True).n_outputs == 4
    assert [layer.n_outputs for layer in MLP(nin=2, nouts=[5, 1]).layers] == [5, 1]
    with pytest.raises(TypeError):
        MLP(2, nin=2, nouts=[1])


def test_a_subclass_has_room_for_what_an_optimizer_keeps():
    class Parameter(Value):
        pass

    p = Parameter(1.0)
    p.m, p.v = 0.0, 0.0
    for step in range(1, 60):
        p.grad = 0.0
        loss = (p - 3.0) ** 2
        loss.backward()
        p.m = 0.9 * p.m + 0.1 * p.grad
        p.v = 0.99 * p.v + 0.01 * p.grad**2
        p.data -= 0.2 * (p.m / (1 - 0.9**step)) / ((p.v / (1 - 0.99**step)) ** 0.5 + 1e-8)
    assert abs(p.data - 3.0) < 0.5
    with pytest.raises(AttributeError):
        Value(1.0).m = 0.0


def test_attention_on_a_class_of_tuples():
    """Queries, keys, softmax and a cross entropy, written out as those scripts do."""

    def program(*weights):
        q, k, v = weights[:2], weights[2:4], weights[4:6]
        scores = [sum(a * b for a, b in zip(q, k, strict=True)) / 2**0.5, q[0] * k[1]]
        top = max(score.data for score in scores)
        exps = [(score - top).exp() for score in scores]
        total = sum(exps)
        mixed = sum((e / total) * x for e, x in zip(exps, v, strict=True))
        return -(mixed.relu() + 0.1).log()

    assert gradcheck(program, (0.3, -0.7, 1.1, 0.4, 0.9, 0.2)).agrees


# NumPy's names


@pytest.mark.parametrize(
    ("theirs", "point"),
    [
        *[(name, 0.3) for name in ("arcsin", "arccos", "arctan", "arcsinh", "arctanh")],
        *[("arccosh", 1.7), ("log2", 1.7), ("log10", 1.7), ("exp2", 1.7)],
        *[("deg2rad", 1.7), ("radians", 1.7), ("rad2deg", 1.7), ("degrees", 1.7)],
    ],
)
def test_functions_of_numpy_are_recorded(theirs, point):
    v = Value(point)
    out = getattr(np, theirs)(v)
    out.backward()
    near = getattr(np, theirs)(np.array([point - 1e-6, point, point + 1e-6]))
    assert out.data == pytest.approx(near[1], rel=1e-14)
    assert v.grad == pytest.approx((near[2] - near[0]) / 2e-6, rel=1e-6)


def test_functions_of_two_numbers_of_numpy_are_recorded():
    x, y = Value(3.0), Value(4.0)
    assert np.hypot(x, y).data == 5.0
    assert np.arctan2(x, y).data == math.atan2(3.0, 4.0)
    assert np.remainder(y, x).parents == (y, x)
    assert np.floor_divide(y, x).data == 1.0


@pytest.mark.parametrize("x", [7.5, -7.5, 6.0, -6.0])
@pytest.mark.parametrize("y", [2.5, -2.5, 3.0])
def test_remainders_are_those_of_python(x, y):
    assert (Value(x) % y).data == (x % Value(y)).data == x % y
    assert (Value(x) // y).data == (x // Value(y)).data == x // y


# Of many numbers


def test_sums_products_and_shares_agree_with_numpy():
    numbers = [0.3, -1.2, 2.5, 0.7]
    values = [Value(x) for x in numbers]
    assert engine.mean(values).data == pytest.approx(np.mean(numbers))
    assert engine.var(values).data == pytest.approx(np.var(numbers))
    assert engine.std(values, ddof=1).data == pytest.approx(np.std(numbers, ddof=1))
    assert engine.prod(values).data == pytest.approx(np.prod(numbers))
    assert engine.norm(values).data == pytest.approx(np.linalg.norm(numbers))
    shares = [share.data for share in engine.softmax(values)]
    assert shares == pytest.approx(np.exp(numbers) / np.sum(np.exp(numbers)))
    for function in (engine.mean, engine.var, engine.std, engine.prod, engine.norm):
        assert gradcheck(lambda *xs, function=function: function(xs), numbers).agrees
    assert gradcheck(lambda *xs: engine.softmax(xs)[1], numbers).agrees


def test_a_product_with_zeros_and_a_length_of_zero_have_their_slopes():
    xs = [Value(0.0), Value(0.0), Value(2.0)]
    engine.prod(xs).backward()
    assert [x.grad for x in xs] == [0.0, 0.0, 0.0]
    engine.norm(xs[:2]).backward()
    engine.std(xs[:2]).backward()
    assert [x.grad for x in xs] == [0.0, 0.0, 0.0]
    assert engine.norm([3e200, 4e200]).data == pytest.approx(5e200, rel=1e-15)
    assert engine.hypot(3e-200, 4e-200) == pytest.approx(5e-200, rel=1e-15)
    assert engine.softmax([1000.0, -1000.0])[0].data == 1.0


@pytest.mark.parametrize("function", [engine.mean, engine.var, engine.std])
def test_of_too_few_numbers_there_is_no_mean(function):
    with pytest.raises(ValueError, match="at least 1 values, but got 0"):
        function([])
