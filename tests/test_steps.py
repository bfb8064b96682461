"""The passes one step at a time: the same gradients as `backward()`, in lines one can read."""

import random
from itertools import islice

import pytest
from hypothesis import given, strategies as st

from engine import Value, backward_steps, dot, forward_steps, total
from engine.graph import topological_order


def random_graph(seed: int) -> tuple[Value, list[Value]]:
    """A graph with shared nodes and repeated operands; the leaves have gradients already."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2.0, 2.0), f"x{i}") for i in range(rng.randint(1, 4))]
    leaves = list(nodes)
    for leaf in leaves:
        leaf.grad = rng.uniform(-1.0, 1.0)
    for _ in range(rng.randint(0, 12)):
        x, y, z = (rng.choice(nodes) for _ in range(3))
        made = rng.choice(
            [
                lambda: x + y,  # noqa: B023, called at once
                lambda: x * y,  # noqa: B023
                lambda: x - y,  # noqa: B023
                lambda: x.tanh(),  # noqa: B023
                lambda: x.sigmoid() * 0.3,  # noqa: B023
                lambda: dot([x, y], [z, x], y),  # noqa: B023
                lambda: total([x, y, z, x]),  # noqa: B023
            ]
        )
        nodes.append(made())
    return nodes[-1], leaves


@given(st.integers(0, 10**9))
def test_all_backward_steps_leave_the_gradients_of_backward_to_the_bit(seed):
    stepped, _ = random_graph(seed)
    whole, _ = random_graph(seed)
    for _ in range(2):  # the second pass accumulates in the leaves
        steps = list(backward_steps(stepped))
        whole.backward()
    ours, theirs = topological_order(stepped), topological_order(whole)
    assert [node.grad.hex() for node in ours] == [node.grad.hex() for node in theirs]
    assert len(steps) == sum(len(node.parents) for node in ours)


@given(st.integers(0, 10**9))
def test_a_backward_step_holds_what_it_did(seed):
    output, _ = random_graph(seed)
    for step in backward_steps(output):
        assert step.node.parents[step.position] is step.parent
        assert step.local_derivative == step.node.partials[step.position]
        assert step.gradient == step.node.grad
        assert step.contribution == step.local_derivative * step.gradient
        assert step.after == step.before + step.contribution == step.parent.grad


def test_the_classic_neuron_backward():
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2 = Value(-3.0, "w1"), Value(1.0, "w2")
    b = Value(6.8813735870195432, "b")
    n = dot([w1, w2], [x1, x2], b)
    n.label = "n"
    assert [str(step) for step in backward_steps(n.tanh())] == [
        "n.grad += 0.5 × 1 = 0.5",
        "w1.grad += 2 × 0.5 = 1",
        "w2.grad += 0 × 0.5 = 0",
        "x1.grad += −3 × 0.5 = −1.5",
        "x2.grad += 1 × 0.5 = 0.5",
        "b.grad += 1 × 0.5 = 0.5",
    ]
    assert [v.grad for v in (w1, w2, x2)] == pytest.approx([1.0, 0.0, 0.5])


def test_a_line_reads_as_the_product():
    w1, c = Value(-0.2426, "w1"), Value(0.21, "c")
    (step, *_) = list(backward_steps(c * (w1 * c)))[2:]
    assert str(step) == "w1.grad += 0.21 × 0.21 = 0.0441"
    (step, *_) = backward_steps(Value(1.0, "u") * Value(-0.24259, "v"))
    assert str(step) == "u.grad += −0.2426 × 1 = −0.2426"


def test_a_constant_has_no_grad():
    w = Value(2.0, "w")
    *_, line = map(str, backward_steps(w * 1.5))
    assert line == "1.5 is a constant: 2 × 1 = 2 ends there"


def test_forward_steps_read_as_the_computation():
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    steps = list(forward_steps((x * w + 1).tanh()))
    assert [str(step) for step in steps][2:] == [
        "v1 = x * w = 2 * (−3) = −6",
        "1",
        "z = v1 + 1 = (−6) + 1 = −5",
        "a = tanh(z) = tanh(−5) ≈ −0.9999",
    ]
    assert steps[0].operation is None
    assert steps[2].operands == (x, w)
    assert steps[2].operation.name == "mul"
    assert steps[2].result == -6.0


def test_labels_of_any_kind_make_one_readable_line():
    a, b = Value(-3.0, "x1*w1 + b"), Value(2.0, "two\nlines")
    assert str(list(forward_steps(a * b))[-1]) == (
        r"v1 = (x1*w1 + b) * (two\nlines) = (−3) * 2 = −6"
    )
    assert str(list(forward_steps(a**2))[-1]) == "v1 = (x1*w1 + b) ** 2.0 = (−3) ** 2.0 = 9"
    assert [str(step) for step in backward_steps(a * b)] == [
        "(x1*w1 + b).grad += 2 × 1 = 2",
        r"(two\nlines).grad += −3 × 1 = −3",
    ]
    assert "x" * 100 not in str(next(forward_steps(Value(1.0, "x" * 1000))))


def test_forward_steps_change_nothing():
    output, _ = random_graph(3)
    before = [(v.data, v.grad) for v in topological_order(output)]
    list(forward_steps(output))
    assert before == [(v.data, v.grad) for v in topological_order(output)]


def test_a_long_sum_is_one_short_line():
    sum_ = total([Value(float(i), f"x{i}") for i in range(1000)])
    *_, last = forward_steps(sum_)
    assert len(str(last)) < 120
    assert "x999" in str(last)


def test_the_first_step_starts_the_gradients_and_none_before():
    x = Value(3.0, "x")
    x.grad = 10.0
    y = x * x
    z = y * 2
    y.grad = z.grad = 7.0
    steps = backward_steps(z)
    assert (y.grad, z.grad) == (7.0, 7.0)
    next(steps)
    assert (x.grad, y.grad, z.grad) == (10.0, 2.0, 1.0)


def test_stopping_midway_leaves_the_gradients_of_midway():
    x = Value(3.0, "x")
    y = x * x
    list(islice(backward_steps(y), 1))
    assert x.grad == 3.0
    x.grad = 0.0
    y.backward()
    assert x.grad == 6.0


def test_a_leaf_alone():
    x = Value(3.0, "x")
    (step,) = forward_steps(x)
    assert (str(step), step.node, step.operands) == ("x = 3", x, ())
    assert list(backward_steps(x)) == []
    assert x.grad == 1.0


class Model:
    def __init__(self, weight):
        self.weight = weight

    def named_parameters(self):
        return iter([("layer.w", self.weight)])


@pytest.mark.parametrize("steps", [forward_steps, backward_steps])
def test_names_come_from_the_model_the_pairs_and_the_labels(steps):
    w, x = Value(2.0), Value(3.0, "x")
    assert "layer.w" in str(next(steps(w * x, model=Model(w))))
    assert "weight" in str(next(steps(w * x, names=[("weight", w)])))
    assert "weight" in str(next(steps(w * x, names=[("weight", w)], model=Model(w))))
    assert "x" in str(list(steps(w * x, names=[("weight", w)]))[1])


@pytest.mark.parametrize("steps", [forward_steps, backward_steps])
def test_wrong_arguments_are_refused_at_once(steps):
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"output must be a Value, but got the float 3\.0"):
        steps(3.0)
    with pytest.raises(TypeError, match="names must be pairs"):
        steps(x, names=Model(x))
    with pytest.raises(TypeError, match="names must be pairs"):
        steps(x, names={"weight": x})
    with pytest.raises(TypeError, match="names must be pairs"):
        steps(x, names=[(x, "weight")])
    with pytest.raises(TypeError, match=r"model must have a method named_parameters\(\)"):
        steps(x, model=[("weight", x)])


def test_a_long_chain_steps_without_recursion():
    x = y = Value(1.0, "x")
    for _ in range(100_000):
        y = y + 1.0
    assert sum(1 for _ in backward_steps(y)) == 200_000
    assert x.grad == 1.0
