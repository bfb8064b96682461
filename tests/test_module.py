"""Modules: the names of parameters, states that are loaded whole or not at all, copies, tables."""

import copy
import math
import pickle
import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from engine import Constant, Value
from nn import MLP, SGD, Adam, Layer, Module, Neuron


class Gadget(Module):
    """One of everything that an attribute can be."""

    def __init__(self):
        self.scale = Value(1.0)
        self.parts = [Neuron(2, rng=None), Layer(2, 1)]
        self.table = {"left": Value(2.0), "right": (Value(3.0), Value(4.0))}
        self.fixed = Constant(5.0)
        self.computed = self.scale * 2.0
        self.again = self.scale
        self.number, self.text, self.nothing = 6.0, "seven", None


GADGET_NAMES = [
    "scale",
    "parts.0.w.0",
    "parts.0.w.1",
    "parts.0.b",
    "parts.1.neurons.0.w.0",
    "parts.1.neurons.0.w.1",
    "parts.1.neurons.0.b",
    "table.left",
    "table.right.0",
    "table.right.1",
]


def names(module):
    return [name for name, _ in module.named_parameters()]


# Parameters


def test_names_of_a_network():
    model = MLP(2, [4, 1], seed=0)
    expected = [
        f"layers.{i}.neurons.{j}.{end}"
        for i, (n_in, n_out) in enumerate([(2, 4), (4, 1)])
        for j in range(n_out)
        for end in [*(f"w.{k}" for k in range(n_in)), "b"]
    ]
    assert names(model) == expected
    named = dict(model.named_parameters())
    assert named["layers.0.neurons.3.w.1"] is model.layers[0].neurons[3].w[1]
    assert named["layers.1.neurons.0.b"] is model.layers[1].neurons[0].b


def test_every_leaf_once_in_the_order_of_the_attributes():
    gadget = Gadget()
    assert names(gadget) == GADGET_NAMES
    assert gadget.parameters() == [value for _, value in gadget.named_parameters()]
    assert len(gadget) == 10


def test_a_layer_that_is_shared_counts_once_and_moves_once():
    class Twice(Module):
        def __init__(self):
            self.first = Neuron(1, activation="linear", init="constant(0.5)")
            self.second = self.first

        def __call__(self, x):
            return self.second([self.first(x)])

    model = Twice()
    assert names(model) == ["first.w.0", "first.b"]
    output = model([3.0])  # w (3 w + b) + b
    output.backward()
    assert [p.grad for p in model.parameters()] == [2 * 0.5 * 3.0, 0.5 + 1.0]


def test_zero_grad():
    gadget = Gadget()
    for parameter in gadget.parameters():
        parameter.grad = math.nan
    gadget.zero_grad()
    assert [p.grad for p in gadget.parameters()] == [0.0] * 10


def test_a_module_without_parameters():
    class Square(Module):
        def __call__(self, x):
            return x * x

    assert (len(Square()), bool(Square()), Square().parameters()) == (0, True, [])
    assert Square().state_dict() == {}
    assert repr(Square()) == "Square(0 parameters)"
    assert Square().summary().split() == [
        *("layer", "shape", "activation", "initializer", "parameters", "total", "0"),
    ]


# A recorded Value where a parameter was

FORGOTTEN = r"is the result of an operation, .* p\.data -= 0\.1 \* g"


def test_a_weight_of_a_neuron_is_not_replaced_by_a_recorded_value():
    neuron = Neuron(2, rng=None)
    before = neuron.parameters()
    with pytest.raises(ValueError, match=r"\[1\] " + FORGOTTEN):
        neuron.w[1] = neuron.w[1] - 0.1 * neuron.w[1].grad
    with pytest.raises(ValueError, match=FORGOTTEN):
        neuron.w[:] = [w * 0.5 for w in neuron.w]
    with pytest.raises(ValueError, match="^b " + FORGOTTEN):
        neuron.b = neuron.b - 0.1
    with pytest.raises(ValueError, match=r"^w\.0 " + FORGOTTEN):
        neuron.w = [w - 0.1 for w in neuron.w]
    assert neuron.parameters() == before
    with pytest.raises(ValueError, match=r"^w\.0 " + FORGOTTEN):
        neuron.w = np.array(neuron.w) - 0.1
    neuron.w[1] = Value(3.0)
    neuron.b = None
    assert [p.data for p in neuron.parameters()][1:] == [3.0]


FIXED = r" is the .* where a parameter was, .* p\.data = number; .*\.Constant\(number\)"


def test_a_parameter_is_not_replaced_by_a_plain_number():
    neuron = Neuron(2, rng=None)
    before = neuron.parameters()
    with pytest.raises(ValueError, match=r"^\[0\]" + FIXED):
        neuron.w[0] = neuron.w[0].data - 0.1 * neuron.w[0].grad
    with pytest.raises(ValueError, match=FIXED):
        neuron.w[:] = [1.0, 2.0]
    with pytest.raises(ValueError, match="^b" + FIXED):
        neuron.b = np.float64(0.0)
    for several in ([0.5, 0.25], np.array([0.5, 0.25]), (0.5, Value(0.25))):
        with pytest.raises(ValueError, match=r"^w\.0" + FIXED):
            neuron.w = several
    assert neuron.parameters() == before
    neuron.b = Constant(0.0)  # on purpose
    assert neuron.parameters() == before[:2]


def test_parameters_in_an_array_are_found():
    class Linear(Module):
        def __init__(self):
            self.w = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
            self.rate = 0.1

    model = Linear()
    model.rate = 0.2
    assert model.state_dict() == {"w.0.0": 1.0, "w.0.1": 2.0, "w.1.0": 3.0, "w.1.1": 4.0}


class Own(Module):
    """Parameters in lists and dicts of the user's own."""

    def __init__(self):
        self.w = []
        for i in range(3):
            self.w.append(Value(float(i)))
        self.table = {"a": Value(1.0), "inner": [Value(2.0)]}
        self.last = self.outputs = None

    def __call__(self, x):
        self.last = sum(w * x for w in self.w)
        self.outputs = [self.last, self.last.tanh()]
        return self.last


@pytest.mark.parametrize("several", [False, True])
def test_parameters_notices_a_recorded_value_among_them(several):
    model = Own()
    if several:  # nothing mixed is left: it has to remember
        model.parameters()
    for i in range(3 if several else 1):
        model.w[i] = model.w[i] - 0.1
    for ask in (model.parameters, model.zero_grad, model.state_dict, lambda: len(model)):
        with pytest.raises(ValueError, match=r"^w\.0 " + FORGOTTEN + ".*delete the attribute 'w'"):
            ask()
    with pytest.raises(ValueError, match=r"^parts\.0\.w\.0 " + FORGOTTEN):
        Around(model).parameters()


class Around(Module):
    def __init__(self, *parts):
        self.parts = list(parts)


def test_a_dict_and_what_is_inside_it():
    model = Own()
    model.table["inner"][0] = model.table["a"] * 2.0
    with pytest.raises(ValueError, match=r"^table\.inner\.0 " + FORGOTTEN):
        model.parameters()


def test_what_never_was_a_parameter_may_be_recorded():
    model = Own()
    for x in (1.0, 2.0):
        model(x).backward()
        assert len(model.parameters()) == 5
    around = Around(model)
    around.parts = [model, model.last]
    assert len(around.parameters()) == 5


def test_a_parameter_may_be_computed_on_purpose():
    neuron = Neuron(2, rng=None)
    assert len(neuron.parameters()) == 3
    scale = Value(2.0)
    weights = [scale * w for w in neuron.w]
    del neuron.w
    neuron.w = weights
    assert neuron.parameters() == [neuron.b]
    neuron([1.0, 1.0]).backward()
    assert scale.grad != 0.0


# States


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=9, max_size=9))
def test_a_state_comes_back_to_the_bit(numbers):
    model, other = MLP(1, [2, 1, 1], seed=1), MLP(1, [2, 1, 1], seed=2)
    assert len(model) == 9
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    other.load_state_dict(model.state_dict())
    assert [p.data.hex() for p in other.parameters()] == [x.hex() for x in numbers]


def test_a_state_is_a_copy_in_plain_floats():
    neuron = Neuron(1)
    neuron.b.data = np.float32(0.5)
    state = neuron.state_dict()
    assert type(state["b"]) is float
    neuron.w[0].data += 1.0
    assert state["w.0"] != neuron.w[0].data


def test_loading_takes_any_real_number_and_keeps_the_parameters_themselves():
    neuron = Neuron(2)
    before = neuron.parameters()
    neuron.load_state_dict({"b": np.float32(0.25), "w.1": np.int64(-2), "w.0": 3})
    assert all(a is b for a, b in zip(before, neuron.parameters(), strict=True))
    assert [p.data for p in before] == [3.0, -2.0, 0.25]
    assert {type(p.data) for p in before} == {float}


WRONG = [math.nan, math.inf, -math.inf, "1.0", True, None, [1.0], 1j, 10**400, Value(1.0)]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
def test_an_entry_that_is_no_finite_number_is_refused(wrong):
    neuron = Neuron(2, init="constant(0.5)")
    before = neuron.state_dict()
    message = re.escape(f"w.1 is {repr(wrong)[:100]}")
    with pytest.raises(ValueError, match=message):
        neuron.load_state_dict({"w.0": 1.0, "w.1": wrong, "b": 1.0})
    assert neuron.state_dict() == before


def test_all_that_is_wrong_is_listed_and_nothing_is_loaded():
    neuron = Neuron(3, init="constant(0.5)")
    before = neuron.state_dict()
    state = {"w.0": 7.0, "w.1": math.nan, "w.9": 1.0, "bias": math.inf, "b": "x"}
    with pytest.raises(ValueError, match="the state does not fit this Neuron") as caught:
        neuron.load_state_dict(state)
    assert str(caught.value).splitlines()[1:] == [
        "  w.2 is missing",
        "  w.9 is unexpected",
        "  bias is unexpected",
        "  w.1 is nan, not a finite number",
        "  b is 'x', not a finite number",
    ]
    assert neuron.state_dict() == before


@pytest.mark.parametrize("wrong", [None, [("b", 1.0)], "b", Neuron(1)])
def test_a_state_that_is_no_dict(wrong):
    with pytest.raises(TypeError, match=r"a state is a dict, as .* returns it; got the "):
        Neuron(1).load_state_dict(wrong)


# Copies


def roundtrip(thing):
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, roundtrip])
def test_a_copy_of_a_model_calculates_the_same_and_is_its_own(duplicate):
    activations = ["tanh", "relu", "leaky_relu", "gelu", "linear"]
    model = MLP(2, [3, 3, 2, 2, 1], activation=activations, seed=3)
    model([0.5, -0.25]).backward()
    twin = duplicate(model)
    assert repr(twin) == repr(model)
    assert twin.summary() == model.summary()
    assert twin.state_dict() == model.state_dict()
    assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]
    assert not set(twin.parameters()) & set(model.parameters())
    assert twin([0.5, -0.25]).data == model([0.5, -0.25]).data
    twin.layers[0].neurons[0].b.data += 1.0
    assert twin([0.5, -0.25]).data != model([0.5, -0.25]).data


@pytest.mark.parametrize("duplicate", [copy.deepcopy, roundtrip])
def test_a_model_and_its_optimizer_are_copied_together(duplicate):
    model = MLP(2, [2, 1], seed=0)
    optimizer = Adam(model.parameters(), 0.1)

    def walk(model, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            (model([1.0, -1.0]) - 3.0).__pow__(2).backward()
            optimizer.step()
        return model.state_dict()

    walk(model, optimizer, 2)
    twin, its_optimizer = duplicate((model, optimizer))
    assert list(its_optimizer.parameters) == twin.parameters()
    assert walk(twin, its_optimizer, 3) == walk(model, optimizer, 3)


def test_an_optimizer_copied_alone_moves_parameters_of_its_own():
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters(), 0.5)
    twin = copy.deepcopy(optimizer)
    before = model.state_dict()
    for parameter in twin.parameters:
        parameter.grad = 1.0
    twin.step()
    assert model.state_dict() == before
    assert [p.data for p in twin.parameters] == [x - 0.5 for x in before.values()]


# Tables


def test_the_summary_of_a_network():
    model = MLP(2, [3, 1], activation="relu", init="he_normal", seed=0)
    assert model.summary().splitlines() == [
        "layer     shape   activation  initializer  parameters",
        "layers.0  2 -> 3  relu        he_normal             9",
        "layers.1  3 -> 1  linear      he_normal             4",
        "total                                              13",
    ]


def test_modules_inside_speak_for_themselves():
    class Pair(Module):
        def __init__(self):
            self.body = MLP(2, [3, 2], seed=0)
            self.heads = [Layer(2, 1, bias=False, init="zeros"), Layer(2, 2)]
            self.scale = Value(1.0)
            self.offsets = [Value(0.0), Value(0.0)]
            self.name = "pair"

    rows = [line.split() for line in Pair().summary().splitlines()[1:]]
    assert rows == [
        ["body.layers.0", "2", "->", "3", "tanh", "xavier_uniform", "9"],
        ["body.layers.1", "3", "->", "2", "linear", "xavier_uniform", "8"],
        ["heads.0", "2", "->", "1", "tanh", "zeros", "2"],
        ["heads.1", "2", "->", "2", "tanh", "xavier_uniform", "6"],
        ["scale", "1"],
        ["offsets", "2"],
        ["total", "28"],
    ]


def test_the_summary_of_a_layer_and_of_a_neuron():
    rows = [line.split() for line in Layer(2, 3).summary().splitlines()[1:]]
    assert rows == [
        ["the", "layer", "2", "->", "3", "tanh", "xavier_uniform", "9"],
        ["total", "9"],
    ]
    rows = [line.split() for line in Neuron(2).summary().splitlines()[1:]]
    assert rows == [["w", "2"], ["b", "1"], ["total", "3"]]


def test_reprs():
    assert repr(Gadget()) == "Gadget(10 parameters)"
    assert repr(MLP(2, [3, 1])) == "MLP(2, [3, 1], activation=['tanh', 'linear'])"
    assert repr(Layer(2, 3, "relu")) == "Layer(2, 3, activation='relu')"
    assert repr(Neuron(2, lambda z: z)) == "Neuron(2, activation='<lambda>')"
