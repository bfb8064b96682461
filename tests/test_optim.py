"""Optimizers: against the stored numbers of PyTorch, and as a user meets them."""

import copy
import json
import math
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from engine import Value
from nn import optim
from nn.optim import SGD, Adam, AdamW, RMSprop

ORACLE = json.loads((Path(__file__).parent / "data" / "torch_optimizers.json").read_text("utf-8"))


class Leaf:
    """What an optimizer asks of a parameter."""

    def __init__(self, data, grad=0.0, parents=()):
        self.data, self.grad, self.parents = data, grad, parents

    def __repr__(self):
        return f"Leaf({self.data})"


def leaves(*numbers):
    return [Leaf(number) for number in numbers]


def walk(optimizer, rows):
    """Step along given gradients; the parameters after each step."""
    path = []
    for row in rows:
        for leaf, gradient in zip(optimizer.parameters, row, strict=True):
            leaf.grad = gradient
        optimizer.step()
        path.append([leaf.data for leaf in optimizer.parameters])
    return path


def case_name(case):
    options = [f"{name}={value}" for name, value in case["settings"].items()]
    return f"{case['name']}({', '.join(options)})"


@pytest.mark.parametrize("case", ORACLE["optimizers"], ids=case_name)
def test_the_path_is_that_of_pytorch(case):
    optimizer = getattr(optim, case["name"])(leaves(*ORACLE["start"]), **case["settings"])
    turn = ORACLE["halved_after"]
    path = walk(optimizer, ORACLE["gradients"][:turn])
    optimizer.learning_rate /= 2
    path += walk(optimizer, ORACLE["gradients"][turn:])
    assert len(path) == len(case["path"])
    for ours, theirs in zip(path, case["path"], strict=True):
        # The numbers that add up to a parameter are of size 1, so near 0 the sum is right to 1e-15.
        assert ours == pytest.approx(theirs, rel=1e-14, abs=1e-15)


def test_the_stored_numbers_tell_the_settings_apart():
    """An oracle that a forgotten setting would pass is none."""
    ends = {json.dumps(case["path"][-1]) for case in ORACLE["optimizers"]}
    assert len(ends) == len(ORACLE["optimizers"])


ALL = {
    "SGD": lambda parameters: SGD(parameters, 0.1),
    "momentum": lambda parameters: SGD(parameters, 0.02, momentum=0.9, nesterov=True),
    "RMSprop": lambda parameters: RMSprop(parameters, 0.01, momentum=0.5),
    "Adam": lambda parameters: Adam(parameters, 0.1, weight_decay=1e-3),
    "AdamW": lambda parameters: AdamW(parameters, 0.1),
}
every_optimizer = pytest.mark.parametrize("make", ALL.values(), ids=ALL)


@every_optimizer
def test_a_bowl_is_descended(make):
    optimizer = make(leaves(3.0, -2.0))
    x, y = optimizer.parameters
    for _ in range(400):
        optimizer.zero_grad()
        x.grad += 2 * (x.data - 1)
        y.grad += 6 * (y.data - 2)
        optimizer.step()
    assert (x.data, y.data) == pytest.approx((1.0, 2.0), abs=0.05)


@every_optimizer
@given(
    rows=st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), max_size=8),
    cut=st.integers(0, 8),
)
def test_a_saved_optimizer_goes_on_with_the_same_bits(make, rows, cut):
    whole = make(leaves(1.0, -2.0))
    path = walk(whole, rows)

    first = make(leaves(1.0, -2.0))
    walk(first, rows[:cut])
    saved = json.loads(json.dumps(first.state_dict()))
    second = make(leaves(*[leaf.data for leaf in first.parameters]))
    second.load_state_dict(saved)
    assert second.state_dict() == first.state_dict()
    assert walk(second, rows[cut:]) == path[cut:]


@every_optimizer
def test_pickling_and_copying_keep_the_state(make):
    optimizer = make(leaves(1.0, -2.0))
    rows = [(0.5, -0.25), (3.0, 1.0), (-1.0, 0.0)]
    walk(optimizer, rows[:2])
    copies = [copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))]
    expected = walk(optimizer, rows[2:])
    for other in copies:
        assert walk(other, rows[2:]) == expected
        assert repr(other) == repr(optimizer)


@every_optimizer
def test_the_state_is_flat_doubles_that_stay_where_they_are(make):
    optimizer = make(leaves(1.0, -2.0, 3.0))
    before = {name: id(column) for name, column in optimizer.state.items()}
    walk(optimizer, [(1.0, 2.0, 3.0)])
    optimizer.load_state_dict(optimizer.state_dict())
    assert {name: id(column) for name, column in optimizer.state.items()} == before
    for column in optimizer.state.values():
        assert (memoryview(column).format, len(column)) == ("d", 3)
        assert all(column)


@every_optimizer
def test_a_step_is_the_rule_on_each_parameter(make):
    """What compiled code will rely on: `rule` and `scalars` are the whole of a step."""
    optimizer = make(leaves(1.0, -2.0))
    walk(optimizer, [(0.5, 0.25)])
    scalars = optimizer.scalars(optimizer.steps + 1)
    expected = []
    for index, leaf in enumerate(optimizer.parameters):
        state = tuple(column[index] for column in optimizer.state.values())
        expected.append(optimizer.rule(leaf.data, -0.75, state, *scalars))
    path = walk(optimizer, [(-0.75, -0.75)])
    assert path == [[data for data, _ in expected]]
    assert list(zip(*optimizer.state.values(), strict=True)) == [s for _, s in expected if s]


class Blind:
    """A number that calculates but tells nobody what it is, as a register of compiled code."""

    def __init__(self, number):
        self.number = number

    def sqrt(self):
        return Blind(math.sqrt(self.number))

    def __bool__(self):
        raise AssertionError("a formula must not branch on its numbers")


def delegate(name):
    def method(self, other):
        other = other.number if isinstance(other, Blind) else other
        return Blind(getattr(float, name)(self.number, other))

    return method


for operator in ("add", "sub", "mul", "truediv"):
    for side in ("", "r"):
        setattr(Blind, f"__{side}{operator}__", delegate(f"__{side}{operator}__"))


@every_optimizer
@pytest.mark.parametrize("kind", [Blind, Value])
def test_a_rule_runs_on_any_number_with_the_same_bits(make, kind):
    optimizer = make(leaves(1.0))
    walk(optimizer, [(0.5,)])
    numbers = (1.25, -0.75), [column[0] for column in optimizer.state.values()]
    scalars = optimizer.scalars(2)
    data, state = optimizer.rule(*numbers[0], tuple(numbers[1]), *scalars)
    blind_data, blind_state = optimizer.rule(
        *map(kind, numbers[0]), tuple(map(kind, numbers[1])), *map(kind, scalars)
    )
    content = {Blind: lambda x: x.number, Value: lambda x: x.data}[kind]
    assert content(blind_data) == data
    assert tuple(map(content, blind_state)) == state


def test_it_moves_values():
    w = Value(1.0, label="w")
    optimizer = SGD([w], learning_rate=0.25)
    (w * w).backward()
    optimizer.step()
    optimizer.zero_grad()
    assert (w.data, w.grad) == (0.5, 0.0)
    with pytest.raises(ValueError, match="parameter 0 is the result of an operation"):
        SGD([w * 2])


@every_optimizer
def test_after_an_error_no_parameter_has_moved(make):
    optimizer = make(leaves(1.0, -2.0))
    walk(optimizer, [(0.5, 0.25)])
    before = optimizer.state_dict(), [leaf.data for leaf in optimizer.parameters]
    optimizer.parameters[1].grad = None
    with pytest.raises(TypeError):
        optimizer.step()
    assert (optimizer.state_dict(), [leaf.data for leaf in optimizer.parameters]) == before


def test_zero_grad():
    optimizer = SGD([Leaf(1.0, 2.0), Leaf(3.0, math.nan)])
    optimizer.zero_grad()
    assert [leaf.grad for leaf in optimizer.parameters] == [0.0, 0.0]


def test_defaults_are_those_of_pytorch():
    assert repr(SGD(leaves(0.0))) == (
        "SGD(1 parameter, learning_rate=0.001, momentum=0.0, nesterov=False, weight_decay=0.0)"
    )
    assert repr(RMSprop(leaves(0.0))) == (
        "RMSprop(1 parameter, learning_rate=0.01, alpha=0.99, eps=1e-08, weight_decay=0.0, "
        "momentum=0.0)"
    )
    assert repr(Adam(leaves(0.0))) == (
        "Adam(1 parameter, learning_rate=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0)"
    )
    assert AdamW(leaves(0.0)).settings["weight_decay"] == 0.01


WRONG_RATES = [-0.1, math.nan, math.inf, "0.1", None, True, [0.1], 1j]


@pytest.mark.parametrize("wrong", WRONG_RATES)
def test_a_wrong_learning_rate_is_refused_at_any_time(wrong):
    error, given = ValueError, repr(wrong)
    if type(wrong) is not float:
        error, given = TypeError, f"the {type(wrong).__name__} {wrong!r}"
    message = re.escape(f"learning_rate must be a finite number at least 0; got {given}")
    with pytest.raises(error, match=message):
        Adam(leaves(0.0), learning_rate=wrong)
    optimizer = SGD(leaves(0.0), 0.25)
    with pytest.raises(error, match=message):
        optimizer.learning_rate = wrong
    assert optimizer.learning_rate == 0.25


def test_the_learning_rate_of_the_next_step():
    optimizer = SGD([Leaf(1.0, 1.0)], 0.25)
    optimizer.learning_rate = 0
    optimizer.step()
    assert optimizer.parameters[0].data == 1.0
    optimizer.learning_rate = 1
    assert type(optimizer.learning_rate) is float
    optimizer.step()
    assert optimizer.parameters[0].data == 0.0


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (SGD, {"momentum": -0.1}, "momentum must be a finite number at least 0 and at most 1"),
        (SGD, {"momentum": 9}, "momentum must be .* at most 1; got 9"),
        (SGD, {"nesterov": True}, "nesterov needs a momentum above 0, such as momentum=0.9"),
        (SGD, {"weight_decay": -1}, "weight_decay must be a finite number at least 0; got -1"),
        (RMSprop, {"alpha": 1.0}, "alpha must be a finite number at least 0 and below 1; got 1.0"),
        (RMSprop, {"eps": 0}, "eps must be a finite number above 0; got 0"),
        (RMSprop, {"momentum": math.nan}, "momentum must be .*; got nan"),
        (
            Adam,
            {"betas": 0.9},
            r"betas must be two numbers, such as \(0.9, 0.999\); got the float 0.9",
        ),
        (Adam, {"betas": (0.9, 0.99, 0.999)}, "betas must be two numbers"),
        (Adam, {"betas": (0.9, 1.0)}, "each of betas must be a finite number .* below 1; got 1.0"),
        (
            AdamW,
            {"weight_decay": None},
            "weight_decay must be a finite number at least 0; got the N",
        ),
    ],
)
def test_wrong_settings_are_named(kind, settings, message):
    error = TypeError if "got the" in message else ValueError
    with pytest.raises(error, match=message):
        kind(leaves(0.0), **settings)


def test_wrong_parameters_are_named():
    shared = Leaf(1.5)
    with pytest.raises(ValueError, match="at least one parameter; got none"):
        SGD([])
    with pytest.raises(ValueError, match=r"parameters 1 and 2 are the same Value, .*: Leaf\(1.5\)"):
        SGD([Leaf(1.5), shared, shared])
    with pytest.raises(ValueError, match=r"parameter 0 is the result of an operation"):
        SGD([Leaf(1.5, parents=(shared, shared))])
    with pytest.raises(
        TypeError, match=r"such as model\.parameters\(\); got the Leaf Leaf\(1\.5\)"
    ):
        SGD(shared)
    for wrong in ([1.0], ["w"], [("w", shared)], [None]):
        with pytest.raises(TypeError, match="parameter 0 must be a Value; got "):
            SGD(wrong)


def test_parameters_may_come_from_a_generator():
    made = leaves(1.0, 2.0)
    optimizer = SGD(leaf for leaf in made)
    assert optimizer.parameters == tuple(made)


def bad_states():
    def change(**entries):
        return lambda state: {**state, **entries}

    def inner(group, **entries):
        return lambda state: {**state, group: {**state[group], **entries}}

    def without(name):
        return lambda state: {key: value for key, value in state.items() if key != name}

    return [
        (lambda state: [], r"a state is a dict, as state_dict\(\) returns it; got the list \[\]"),
        (without("steps"), "steps is missing"),
        (without("state"), "state.mean is missing\n  state.square is missing"),
        (change(epoch=3), "epoch is unexpected"),
        (change(optimizer="SGD"), "optimizer is 'SGD', and here 'Adam'"),
        (change(learning_rate=-1), "learning_rate must be a finite number at least 0; got -1"),
        (change(steps=1.5), "steps must be a whole number at least 0; got the float 1.5"),
        (inner("settings", eps=1e-3), "settings.eps is 0.001, and here 1e-08"),
        (inner("settings", momentum=0.9), "settings.momentum is unexpected"),
        (change(parameters=3), "parameters must be a list of labels or numbers; got the int 3"),
        (inner("state", mean=[1.0]), "state.mean has 1 numbers for 2 parameters"),
        (inner("state", mean="12"), "state.mean must be a list of 2 numbers; got the str '12'"),
        (inner("state", mean=[0.0, math.nan]), "state.mean is not a number at 1"),
        (inner("state", square=[None, True]), "state.square is not a number at 0, 1"),
        (inner("state", square=[10**400, "1"]), "state.square is not a number at 0, 1"),
    ]


@pytest.mark.parametrize(("spoil", "message"), bad_states())
def test_a_state_that_does_not_fit_is_refused_whole(spoil, message):
    optimizer = Adam(leaves(1.0, 2.0))
    walk(optimizer, [(1.0, 2.0)])
    before = copy.deepcopy(optimizer.state_dict())
    good = {**before, "learning_rate": 0.5, "steps": 7}
    with pytest.raises(TypeError if "a state is" in message else ValueError, match=message):
        optimizer.load_state_dict(spoil(good))
    assert optimizer.state_dict() == before


def test_all_that_is_wrong_with_a_state_is_listed():
    optimizer = Adam(leaves(1.0, 2.0))
    with pytest.raises(ValueError, match="does not fit this Adam:") as caught:
        optimizer.load_state_dict(SGD(leaves(1.0), momentum=0.9).state_dict())
    text = str(caught.value)
    for part in ("settings.betas is missing", "state.momentum is unexpected", "optimizer is 'SGD'"):
        assert part in text


def test_an_infinite_square_is_a_state_like_any_other():
    optimizer = Adam([Leaf(1.0, 1e200)])
    optimizer.step()
    assert optimizer.state["square"][0] == math.inf
    optimizer.load_state_dict(json.loads(json.dumps(optimizer.state_dict())))
    assert math.isfinite(optimizer.parameters[0].data)


@pytest.mark.parametrize("kind", [set, frozenset])
def test_a_set_has_no_order_and_is_refused(kind):
    made = leaves(1.0, 2.0)
    with pytest.raises(TypeError, match=f"in an order, but got a {kind.__name__}, whose order"):
        SGD(kind(made))
    assert SGD(dict.fromkeys(made).keys()).parameters == tuple(made)


@pytest.mark.parametrize("on_the_way", [lambda state: state, lambda s: json.loads(json.dumps(s))])
def test_parameters_in_another_order_are_noticed(on_the_way):
    made = leaves(1.0, -2.0, 3.0)
    state = on_the_way(Adam(made).state_dict())
    backwards = Adam(made[::-1])
    message = "parameters are in another order: number 0 was 1.0 and is 3.0"
    with pytest.raises(ValueError, match=message):
        backwards.load_state_dict(state)
    Adam(made).load_state_dict(state)
    Adam(leaves(0.0, 0.5, 0.25)).load_state_dict(state)  # its model may be loaded later


def test_labels_tell_the_order_whatever_the_numbers():
    state = SGD([Value(1.0, "w"), Value(2.0, "b")]).state_dict()
    with pytest.raises(ValueError, match="another order: number 0 was 'w' and is 'b'"):
        SGD([Value(0.5, "b"), Value(0.25, "w")]).load_state_dict(state)


def test_a_state_of_version_0_1_has_no_marks_of_the_parameters_and_loads():
    optimizer = Adam(leaves(1.0, -2.0))
    state = {
        "optimizer": "Adam",
        "learning_rate": 0.1,
        "steps": 1,
        "settings": {"betas": [0.9, 0.999], "eps": 1e-08, "weight_decay": 0.0},
        "state": {"mean": [0.5, -0.25], "square": [0.25, 0.0625]},
    }
    optimizer.load_state_dict(state)
    assert list(optimizer.state["mean"]) == [0.5, -0.25]


def test_settings_are_a_copy():
    optimizer = SGD(leaves(1.0), momentum=0.9)
    optimizer.settings["momentum"] = 0.0
    assert optimizer.settings["momentum"] == 0.9
