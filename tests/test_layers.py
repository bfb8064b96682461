"""Neurons, layers, networks: what they compute, how they start, and what a user gets wrong."""

import hashlib
import math
import os
import random
import re
import subprocess
import sys
from fractions import Fraction

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive
from hypothesis import given, strategies as st

import engine
import nn
from engine import Constant, Value, gradcheck
from nn import MLP, Layer, Neuron
from nn.activations import ACTIVATIONS

moderate = st.floats(-100, 100)


# What a neuron computes


@given(st.lists(st.tuples(moderate, moderate), min_size=1, max_size=8), moderate)
def test_a_neuron_has_the_bits_of_the_loop_by_hand(pairs, b):
    neuron = Neuron(len(pairs))
    z = neuron.b.data = b
    for parameter, (w, _) in zip(neuron.w, pairs, strict=True):
        parameter.data = w
    for w, x in pairs:
        z = z + w * x
    assert neuron([x for _, x in pairs]).data == math.tanh(z)


def test_without_a_bias_the_sum_starts_with_the_first_product():
    neuron = Neuron(3, activation="linear", bias=False, init="constant(0.1)")
    assert neuron.b is None
    assert [name for name, _ in neuron.named_parameters()] == ["w.0", "w.1", "w.2"]
    assert neuron([1.0, 2.0, 3.0]).data == 0.1 * 1.0 + 0.1 * 2.0 + 0.1 * 3.0


def test_a_neuron_is_two_nodes_and_inputs_are_constants():
    neuron = Neuron(2)
    out = neuron([1, np.float32(0.5)])
    (z,) = out.parents
    assert (out.op.name, z.op.name) == ("tanh", "dot")
    assert [type(parent) for parent in z.parents] == [Value, Value, Constant, Constant, Value]
    x = Value(2.0)
    assert neuron([x, 1.0]).parents[0].parents[2] is x


def test_inputs_of_any_kind():
    neuron = Neuron(2, "linear", init="constant(2.0)")
    for inputs in ([1, 3], (1.0, 3.0), np.array([1, 3]), iter([1, Fraction(3)]), [True, Value(3)]):
        assert neuron(inputs).data == 8.0


# Gradients, against HIPS autograd, which has erf only where SciPy is

array_erf = primitive(np.vectorize(math.erf))
defvjp(array_erf, lambda ans, x: lambda g: g * 2 / np.sqrt(np.pi) * np.exp(-(x**2)))

ORACLES = {
    "linear": lambda z: z,
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: anp.maximum(z, 0.0),
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(anp.minimum(z, 0.0)) - 1),
    "selu": lambda z: (
        1.0507009873554804934193349852946
        * anp.where(
            z > 0, z, 1.6732632423543772848170429916717 * (anp.exp(anp.minimum(z, 0.0)) - 1)
        )
    ),
    "gelu": lambda z: z * 0.5 * (1 + array_erf(z / anp.sqrt(2.0))),
    "silu": lambda z: z / (1 + anp.exp(-z)),
    "softplus": lambda z: anp.log(1 + anp.exp(z)),
}
SIZES = [3, 4, 3, 2]
ROWS = [[0.5, -1.0, 2.0], [-0.25, 0.75, 1.5]]


def matrices(model):
    return [
        (
            np.array([[w.data for w in neuron.w] for neuron in layer.neurons]),
            np.array([neuron.b.data for neuron in layer.neurons]),
        )
        for layer in model.layers
    ]


def oracle(weights, activations):
    """Σ output² over rows, and the outputs, by arrays."""
    outputs = anp.array(ROWS)
    for (w, b), activation in zip(weights, activations, strict=True):
        outputs = activation(anp.dot(outputs, w.T) + b)
    return anp.sum(outputs**2), outputs


def agrees_with_arrays(model, activations):
    expected, outputs = oracle(matrices(model), activations)
    gradients = autograd.grad(lambda weights: oracle(weights, activations)[0])(matrices(model))
    ours = [model(row) for row in ROWS]
    loss = sum(x * x for row in ours for x in row)
    loss.backward()
    assert [[x.data for x in row] for row in ours] == [
        pytest.approx(list(row), rel=1e-12, abs=1e-14) for row in outputs
    ]
    assert loss.data == pytest.approx(float(expected), rel=1e-12)
    for layer, (by_w, by_b) in zip(model.layers, gradients, strict=True):
        for neuron, row, number in zip(layer.neurons, by_w, by_b, strict=True):
            assert [w.grad for w in neuron.w] == pytest.approx(list(row), rel=1e-10, abs=1e-13)
            assert neuron.b.grad == pytest.approx(number, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_outputs_and_gradients_of_a_network_with_each_activation(name):
    init, bias = nn.init.normal(0.0, 1.0), nn.init.normal(0.0, 0.5)
    model = MLP(3, SIZES[1:], activation=name, init=init, bias_init=bias, seed=4)
    agrees_with_arrays(model, [ORACLES[name], ORACLES[name], ORACLES["linear"]])


def test_the_activations_are_those_of_the_oracle():
    assert set(ORACLES) == set(ACTIVATIONS)


def test_an_activation_for_every_layer():
    model = MLP(3, SIZES[1:], activation=["relu", Value.tanh, "sigmoid"], seed=4)
    agrees_with_arrays(model, [ORACLES["relu"], ORACLES["tanh"], ORACLES["sigmoid"]])
    assert repr(model) == "MLP(3, [4, 3, 2], activation=['relu', 'tanh', 'sigmoid'])"


def test_an_activation_of_your_own():
    model = MLP(3, SIZES[1:], activation=lambda z: z * z, output_activation=engine.tanh, seed=4)
    agrees_with_arrays(model, [lambda z: z * z, lambda z: z * z, ORACLES["tanh"]])


def test_gradcheck_of_a_model():
    model = MLP(2, [3, 1], seed=5)
    report = gradcheck(lambda *_: model([0.5, -0.25]), model.parameters())
    assert len(report.rows) == len(model)


# The form of the output


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])([1, 2]), Value)
    assert isinstance(Layer(2, 1)([1, 2]), Value)
    several = MLP(2, [3, 2])([1, 2])
    assert isinstance(several, list)
    assert [type(out) for out in several] == [Value, Value]
    assert len(Layer(2, 3).outputs([1, 2])) == 3
    assert [type(out) for out in MLP(2, [1]).outputs([1, 2])] == [Value]


def test_a_hidden_layer_of_one_neuron():
    model = MLP(2, [1, 1, 2], seed=0)
    first, second, third = matrices(model)
    x = np.array([0.5, -1.0])
    expected = third[0] @ np.tanh(second[0] @ np.tanh(first[0] @ x))
    assert [out.data for out in model(x)] == pytest.approx(list(expected))


# How it starts


def digest(model):
    text = " ".join(p.data.hex() for p in model.parameters())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_seed_gives_the_same_bits_everywhere():
    """Written down once; uniform numbers take no function in which C libraries differ."""
    assert digest(MLP(2, [16, 16, 1], seed=42)) == "c6b8407be4717be7"


def test_weights_are_drawn_neuron_by_neuron():
    """He's normals, by hand."""
    rng = random.Random(42)
    drawn = [rng.gauss(0.0, math.sqrt(2 / n_in)) for n_in in [2] * 2 * 3 + [3] * 3 * 2]
    model = MLP(2, [3, 2], activation=["relu", "relu"], seed=42)
    weights = [w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    assert weights == pytest.approx(drawn, rel=1e-15)


def test_seeds_differ_and_so_do_models_without():
    made = [MLP(2, [4, 1], seed=seed) for seed in (0, 0, 1, 2, None, None)]
    assert digest(made[0]) == digest(made[1])
    assert len({digest(model) for model in made}) == 5


def test_a_seed_leaves_the_global_random_state_alone():
    random.seed(1)
    expected = random.random()
    random.seed(1)
    MLP(2, [4, 1], seed=0)
    Layer(2, 2, rng=random.Random(0))
    assert random.random() == expected


def test_without_a_seed_the_weights_follow_those_of_python():
    """Drawn as a notebook of this family draws them by hand: `random.uniform(-1, 1)` each."""
    makers = (lambda **init: MLP(2, [2], **init), lambda **init: Layer(2, 2, **init))
    for make in (*makers, lambda **init: Neuron(4, **init)):
        random.seed(1337)
        drawn = [random.uniform(-1.0, 1.0) for _ in range(4)]
        random.seed(1337)
        model = make(init="uniform(-1.0, 1.0)", bias=False)
        assert [p.data for p in model.parameters()] == drawn
        assert [p.data for p in make(init="uniform(-1.0, 1.0)").parameters()] != drawn


def test_a_layer_draws_from_the_generator_it_is_given():
    rng = random.Random(3)
    layer = Layer(2, 2, init="normal(0.0, 1.0)", rng=rng)
    again = random.Random(3)
    drawn = [again.gauss(0.0, 1.0) for _ in range(4)]
    assert [w.data for neuron in layer.neurons for w in neuron.w] == drawn
    assert rng.random() == again.random()


AUTO = dict.fromkeys(("linear", "tanh", "sigmoid"), "xavier_uniform")
AUTO |= dict.fromkeys(("relu", "leaky_relu", "elu", "gelu", "silu", "softplus"), "he_normal")
AUTO |= {"selu": "lecun_normal"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_auto_chooses_by_the_activation_of_each_layer(name):
    model = MLP(2, [3, 1], activation=name, seed=0)
    assert [layer.initializer for layer in model.layers] == [AUTO[name], "xavier_uniform"]
    plain = MLP(2, [3, 1], activation=name, init=AUTO[name], seed=0)
    assert plain.layers[0].neurons[2].w[1].data == model.layers[0].neurons[2].w[1].data


def test_an_initializer_sees_the_size_of_the_layer_and_a_generator():
    seen = []

    def init(fan_in, fan_out, rng):
        seen.append(("w", fan_in, fan_out, type(rng)))
        return 1.0

    def bias_init(fan_in, fan_out, rng):
        seen.append(("b", fan_in, fan_out, type(rng)))
        return 2.0

    model = MLP(2, [3, 1], init=init, bias_init=bias_init, seed=0)
    generator = random.Random
    first = [("w", 2, 3, generator)] * 2 + [("b", 2, 3, generator)]
    assert seen == first * 3 + [("w", 3, 1, generator)] * 3 + [("b", 3, 1, generator)]
    assert {p.data for p in model.parameters()} == {1.0, 2.0}
    assert model.layers[0].initializer == "init"


def test_biases_start_at_zero_unless_told():
    assert {neuron.b.data for neuron in MLP(2, [5], seed=0).layers[0].neurons} == {0.0}
    biased = MLP(2, [5], bias_init="constant(0.1)", seed=0)
    assert {neuron.b.data for neuron in biased.layers[0].neurons} == {0.1}
    assert len(MLP(2, [3, 1], bias=False)) == 2 * 3 + 3


# What a user gets wrong


@pytest.mark.parametrize(
    ("part", "inputs", "message"),
    [
        (Neuron(2), [1.0], "the neuron needs 2 inputs, but got 1"),
        (Layer(2, 3), [1.0, 2.0, 3.0], "the layer needs 2 inputs, but got 3"),
        (Layer(2, 3, name="the head"), [], "the head needs 2 inputs, but got 0"),
        (MLP(2, [3, 1]), [1.0], "layers.0 needs 2 inputs, but got 1"),
    ],
)
def test_a_wrong_number_of_inputs(part, inputs, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        part(inputs)


def test_a_wrong_number_of_inputs_in_a_hidden_place():
    model = MLP(2, [3, 3, 1])
    model.layers[1] = Layer(4, 3, name="layers.1")
    with pytest.raises(ValueError, match=r"^layers\.1 needs 4 inputs, but got 3$"):
        model([1.0, 2.0])


@pytest.mark.parametrize("inputs", [3.0, None, Value(1.0)])
def test_inputs_that_are_no_sequence(inputs):
    with pytest.raises(TypeError, match=r"layers\.0 needs a sequence of 2 inputs; got the "):
        MLP(2, [1])(inputs)


@pytest.mark.parametrize("wrong", ["x", None, 1j, [1.0]])
def test_an_input_that_is_no_number(wrong):
    with pytest.raises(TypeError, match="needs a real number, but got the "):
        MLP(2, [1])([1.0, wrong])


@pytest.mark.parametrize("wrong", [0, -1, 2.0, "2", True, None])
def test_a_size_that_is_none(wrong):
    error = ValueError if type(wrong) is int else TypeError
    for make in (
        lambda: Neuron(wrong),
        lambda: Layer(wrong, 1),
        lambda: Layer(1, wrong),
        lambda: MLP(wrong, [1]),
        lambda: MLP(1, [2, wrong]),
    ):
        with pytest.raises(error, match="must be a whole number at least 1; got "):
            make()


def test_sizes_of_numpy():
    assert len(MLP(np.int64(2), np.array([3, 1]))) == 13


def test_no_layers():
    with pytest.raises(ValueError, match="an MLP needs at least one layer"):
        MLP(2, [])


@pytest.mark.parametrize(
    "make", [Neuron, lambda n, a: Layer(n, 1, a), lambda n, a: MLP(n, [1, 1], a)]
)
def test_an_unknown_activation(make):
    with pytest.raises(ValueError, match="unknown activation 'rleu'"):
        MLP(2, [1], activation="rleu")
    with pytest.raises(ValueError, match=r"unknown activation 'tahn'; known are linear, tanh, "):
        make(2, "tahn")


def test_an_activation_that_is_none():
    with pytest.raises(TypeError, match="an activation is a name or a callable on a Value; got 3"):
        Neuron(2, 3)


@pytest.mark.parametrize(
    "part", [Neuron(1, math.tanh), Layer(1, 2, math.tanh), MLP(1, [1, 1], math.tanh)]
)
def test_an_activation_through_which_no_gradient_flows(part):
    """`math.tanh` takes a Value, by its `__float__`, and the layers before would never learn."""
    with (
        pytest.warns(UserWarning, match="no gradient flows"),
        pytest.raises(TypeError, match="must give a Value, but tanh gave the float"),
    ):
        part([1.0])


def test_a_list_of_activations_of_another_length():
    message = r"one for every layer, the output's included: 2 for \[3, 1\], but got 1"
    with pytest.raises(ValueError, match=message):
        MLP(2, [3, 1], activation=["relu"])


def test_an_unknown_initializer():
    with pytest.raises(ValueError, match="unknown initializer 'hee_normal'; known are"):
        MLP(2, [1], init="hee_normal")


# micrograd


def test_the_switch_of_micrograd():
    assert repr(Neuron(2, nonlin=True)) == "Neuron(2, activation='relu')"
    assert repr(Layer(2, 2, nonlin=False)) == "Layer(2, 2, activation='linear')"


@pytest.mark.parametrize("as_labels", [np.array, list], ids=["numpy", "plain"])
def test_the_training_loop_of_the_micrograd_demo(as_labels):
    """Moons with labels -1 and 1: a hinge loss and a penalty, gradient descent by hand."""
    moons = nn.datasets.moons(60, seed=0)
    points = np.array(moons.inputs)
    labels = as_labels([2 * target - 1 for target in moons.targets])
    model = MLP(2, [8, 8, 1], activation="relu", seed=1)

    def total_and_accuracy():
        inputs = [list(map(Value, xrow)) for xrow in points]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(labels, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        right = [(yi > 0) == (s.data > 0) for yi, s in zip(labels, scores, strict=True)]
        return data_loss + reg_loss, sum(right) / len(right)

    for k in range(25):
        total_loss, accuracy = total_and_accuracy()
        assert type(total_loss) is Value
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    assert accuracy > 0.9
    assert {type(p.data) for p in model.parameters()} == {float}


def test_the_bits_of_a_gradient_are_the_same_in_another_process():
    program = """
from nn import MLP
model = MLP(2, [8, 1], activation="gelu", seed=3)
(model([0.3, -0.7]) ** 2).backward()
print(" ".join(p.grad.hex() for p in model.parameters()))
"""
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(runs) == 1


def test_layer_sizes_that_are_a_number():
    with pytest.raises(TypeError, match=r"layer_sizes must be a sequence.*got 3"):
        MLP(2, 3)
