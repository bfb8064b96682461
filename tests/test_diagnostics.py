"""`diagnose`: its statistics against NumPy's, each finding where it must be, and nowhere else."""

import math
import random

import numpy as np
import pytest

import engine
import nn
from engine import Operation, Value, record
from nn import MLP, Layer, Module, Neuron, cross_entropy, diagnose, mse
from nn.common import policy
from nn.inspection import layerwise
from nn.inspection.flow import WatchedModel
from nn.inspection.layer_report import LayerReport
from nn.inspection.layerwise import CompiledLayers

FINDINGS = ("Symmetry", "Vanishing", "Exploding", "Saturation", "Dead units", "Update ratio")


def regression(n_inputs, rows=48, seed=0):
    rng = random.Random(seed)
    inputs = [[rng.gauss(0, 1) for _ in range(n_inputs)] for _ in range(rows)]
    return inputs, [rng.gauss(0, 1) for _ in inputs]


def found(report):
    """The names of the findings, each of which is a sentence that begins with its name."""
    names = [[name for name in FINDINGS if finding.startswith(name)] for finding in report.findings]
    assert all(len(name) == 1 for name in names)
    return [name for (name,) in names]


def deep(activation, init, n_hidden, width=20, seed=0, rows=24, learning_rate=None):
    model = MLP(8, [width] * n_hidden + [1], activation, init=init, seed=seed)
    return diagnose(model, *regression(8, rows), mse, learning_rate)


# The statistics


def numpy_flow(model, inputs, targets):
    """The forward and the backward pass of a tanh network with linear output, by hand."""
    weights = [np.array([[w.data for w in n.w] for n in layer.neurons]) for layer in model.layers]
    biases = [np.array([n.b.data for n in layer.neurons]) for layer in model.layers]
    activations = [np.array(inputs)]
    sums = []
    for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
        sums.append(activations[-1] @ w.T + b)
        activations.append(np.tanh(sums[-1]) if i < len(weights) - 1 else sums[-1])
    targets = np.array(targets)
    delta = 2 * (sums[-1] - targets) / targets.size  # of the mean over rows and outputs
    deltas = [delta]
    for w, z in zip(weights[:0:-1], sums[-2::-1], strict=True):
        deltas.insert(0, (deltas[0] @ w) * (1 - np.tanh(z) ** 2))
    gradients = [d.T @ a for d, a in zip(deltas, activations, strict=False)]
    return weights, sums, activations[1:], deltas, gradients


def rms(numbers):
    return np.sqrt(np.mean(np.square(numbers)))


def test_the_columns_are_those_of_a_network_calculated_with_numpy():
    model = MLP(3, [5, 4, 2], seed=1, bias_init="normal(0, 0.5)")
    inputs, _ = regression(3, rows=17)
    targets = [[math.sin(row[0]), row[1]] for row in inputs]
    report = diagnose(model, inputs, targets, mse, learning_rate=0.3)

    columns = zip(*numpy_flow(model, inputs, targets), strict=True)
    for row, (w, z, a, delta, gradient) in zip(report.rows, columns, strict=True):
        expected = {
            "z_mean": z.mean(),
            "z_std": z.std(),
            "a_mean": a.mean(),
            "a_std": a.std(),
            "z_gradient_rms": rms(delta),
            "w_gradient_rms": rms(gradient),
            "w_std": w.std(),
            "update_ratio": 0.3 * rms(gradient) / rms(w),
        }
        assert {name: getattr(row, name) for name in expected} == pytest.approx(expected, rel=1e-9)
        np.testing.assert_allclose(np.reshape(row.a, z.shape), a, rtol=1e-9)
        np.testing.assert_allclose(np.reshape(row.z_gradient, z.shape), delta, rtol=1e-9)
    first, last, output = report.rows
    assert last.z_gradient_ratio == 1.0
    assert first.z_gradient_ratio == pytest.approx(first.z_gradient_rms / last.z_gradient_rms)
    assert output.z_gradient_ratio == pytest.approx(output.z_gradient_rms / last.z_gradient_rms)
    assert report.loss == pytest.approx(mse([model(row) for row in inputs], targets).data)
    assert [row.name for row in report.rows] == ["layers.0", "layers.1", "layers.2"]
    assert [row.n_neurons for row in report.rows] == [5, 4, 2]
    assert [row.activation for row in report.rows] == ["tanh", "tanh", "linear"]


def one_input_neurons(activation, weights):
    layer = Layer(1, len(weights), activation)
    for neuron, (w, b) in zip(layer.neurons, weights, strict=True):
        neuron.w[0].data, neuron.b.data = w, b
    return layer


@pytest.mark.parametrize(
    ("activation", "limit"),
    [
        ("tanh", math.atanh(0.97)),
        ("sigmoid", math.log(0.97 / 0.03)),
        (engine.tanh, 2.0923),
        (lambda z: z.tanh(), 2.0923),
    ],
)
def test_the_share_of_saturated_activations(activation, limit):
    layer = one_input_neurons(activation, [(1.0, 0.0), (0.1, 0.0)])
    inputs = [[limit * 1.01], [limit * 0.99], [-limit * 1.01], [0.0]]
    (row,) = diagnose(layer, inputs, [[0.0, 0.0]] * 4, mse).rows
    assert row.saturated == 2 / 8  # of the first neuron in two rows, of the other one in none
    assert row.dead is None


def test_what_counts_as_saturated_or_dead_is_what_the_row_of_the_activation_says():
    def rule(x):
        return 2.0 * x, (2.0,)

    row = Operation("twice", "2x", rule, saturated_outside=(-1.0, 3.0), can_die=True)
    layer = one_input_neurons(lambda z: record(row, (z,)), [(1.0, 0.0), (0.0, 0.0)])
    report = diagnose(layer, [[-0.6], [1.4], [1.6]], [0.0] * 3, lambda a, t: a[0][0])
    assert report.rows[0].saturated == 2 / 6
    assert report.rows[0].saturated_outside == (-1.0, 3.0)
    assert report.rows[0].dead == 1 / 2


def test_the_share_of_dead_units():
    layer = one_input_neurons("relu", [(1.0, 0.0), (-1.0, -5.0), (0.0, 0.0), (-1.0, 0.0)])
    (row,) = diagnose(layer, [[1.0], [-1.0], [2.0]], [[0.0] * 4] * 3, mse).rows
    assert row.dead == 2 / 4
    assert row.saturated is None


def test_groups_of_identical_neurons():
    layer = one_input_neurons("tanh", [(1.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (2.0, 0.0)])
    output = Layer(5, 1, "linear", init="constant(0.5)")
    network = Chain(layer, output)
    row = diagnose(network, [[1.0], [-0.5]], [1.0, 3.0], mse).rows[0]
    assert (row.identical_groups, row.identical) == (2, 4)

    output.neurons[0].w[0].data = 0.25  # what comes back to the first two now differs
    row = diagnose(network, [[1.0], [-0.5]], [1.0, 3.0], mse).rows[0]
    assert (row.identical_groups, row.identical) == (1, 2)


def test_very_small_gradients_do_not_become_0():
    report = deep("tanh", "normal(0, 1e-9)", 25, width=3)  # 1e-9 a layer: squares would underflow
    assert 0.0 < report.rows[0].z_gradient_rms < 1e-200
    assert 0.0 < report.rows[0].z_gradient_ratio < 1e-200


# The findings


@pytest.mark.parametrize("init", ["zeros", "constant(0.05)"])
def test_equal_weights_are_a_symmetry(init):
    report = deep("tanh", init, 10)
    assert found(report)[0] == "Symmetry"
    assert "20 of the 20 neurons" in report.findings[0]
    assert "10 layers" in report.findings[0]
    assert "init='xavier_uniform'" in report.findings[0]
    assert all(row.identical_groups == 1 for row in report.rows[:-1])


def test_two_identical_neurons_among_others_are_a_symmetry():
    model = MLP(3, [8, 8, 1], seed=0)
    inputs, targets = regression(3)
    twin, other = model.layers[0].neurons[2], model.layers[0].neurons[5]
    for neuron in (twin, other):
        for i, w in enumerate(neuron.w):
            w.data = 0.1 * i
    for neuron in model.layers[1].neurons:
        neuron.w[5].data = neuron.w[2].data
    report = diagnose(model, inputs, targets, mse)
    assert found(report) == ["Symmetry"]
    assert "2 of the 8 neurons of layers.0" in report.findings[0]


def test_small_weights_let_gradients_vanish_though_not_those_of_the_weights():
    report = deep("tanh", "normal(0, 0.01)", 10)
    assert found(report) == ["Vanishing"]
    assert report.rows[0].z_gradient_ratio < 1e-9
    assert report.rows[0].w_gradient_rms / report.rows[9].w_gradient_rms > 0.1
    assert "init='xavier_uniform'" in report.findings[0]


def test_large_weights_saturate():
    report = deep("tanh", "normal(0, 1)", 10)
    assert "Saturation" in found(report)
    assert set(found(report)) <= {"Saturation", "Exploding"}
    assert report.rows[5].saturated > 0.5
    (saturation,) = [text for text in report.findings if text.startswith("Saturation")]
    assert "outside of -0.97 to 0.97, where tanh is flat" in saturation


def test_large_inputs_saturate_what_started_well():
    inputs, targets = regression(4)
    inputs = [[50 * x for x in row] for row in inputs]
    report = diagnose(MLP(4, [12, 1], seed=0), inputs, targets, mse)
    assert found(report) == ["Saturation"]
    assert report.findings[0].endswith("Scale the inputs to mean 0 and standard deviation 1.")


def test_large_weights_let_gradients_explode():
    report = deep("linear", "normal(0, 1)", 8)  # by √20 a layer
    assert found(report) == ["Exploding"]
    assert report.rows[0].z_gradient_ratio > 1e3
    assert "init='xavier_uniform'" in report.findings[0]


@pytest.mark.parametrize("seed", range(3))
def test_xavier_keeps_a_deep_tanh_network_well(seed):
    assert deep("tanh", "xavier_uniform", 10, seed=seed, learning_rate=0.01).findings == []


def test_a_relu_network_of_20_layers_wants_he():
    xavier = deep("relu", "xavier_uniform", 20, width=20, rows=40, seed=17)
    assert "Vanishing" in found(xavier)
    assert "init='he_normal'" in "".join(xavier.findings)
    he = deep("relu", "he_normal", 20, width=20, rows=40, seed=17)
    assert he.findings == []
    assert he.rows[0].z_gradient_ratio > 0.1


def test_relu_units_below_their_threshold_are_dead():
    model = MLP(4, [10, 10, 1], "relu", seed=0)
    inputs, targets = regression(4)
    assert diagnose(model, inputs, targets, mse).findings == []
    for neuron in model.layers[1].neurons[:4]:
        neuron.b.data = -100.0
    report = diagnose(model, inputs, targets, mse)
    assert found(report) == ["Dead units"]
    assert "40% of the relu units of layers.1" in report.findings[0]
    model.layers[1].neurons[0].b.data = 0.0
    assert diagnose(model, inputs, targets, mse).findings == []


def test_a_learning_rate_100_times_too_large_or_too_small():
    model = MLP(4, [16, 16, 1], seed=0)
    inputs, targets = regression(4)
    middle = sorted(
        row.update_ratio for row in diagnose(model, inputs, targets, mse, learning_rate=1.0).rows
    )[1]
    good = 1e-3 / middle
    assert diagnose(model, inputs, targets, mse, learning_rate=good).findings == []
    for factor, word in ((100, "large"), (1 / 100, "small")):
        report = diagnose(model, inputs, targets, mse, learning_rate=factor * good)
        assert found(report) == ["Update ratio"]
        assert f"too {word}" in report.findings[0]
        assert f"around {good:.1g}" in report.findings[0]
    assert diagnose(model, inputs, targets, mse).rows[0].update_ratio is None


def test_numbers_that_are_no_longer_finite():
    model = MLP(4, [6, 6, 1], "relu", init="normal(0, 1e200)", seed=0)
    report = diagnose(model, *regression(4), mse)
    assert found(report) == ["Exploding"]
    assert "weighted sums of layers.1 are no longer finite" in report.findings[0]
    str(report)


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "sigmoid", "selu", "leaky_relu"])
@pytest.mark.parametrize("sizes", [[16, 1], [16, 16, 1], [24, 24, 24, 1]])
def test_a_network_as_it_comes_has_no_finding(activation, sizes):
    model = MLP(3, sizes, activation, seed=0)
    learning_rate = 0.03 if activation == "sigmoid" else 0.003
    assert diagnose(model, *regression(3), mse, learning_rate).findings == []


def test_a_single_layer_has_neither_hidden_layers_nor_findings():
    data = nn.datasets.iris()
    softmax_regression = MLP(4, [3], init="zeros")
    report = diagnose(softmax_regression, data.inputs, data.targets, cross_entropy, 0.01)
    assert report.findings == []
    assert math.isnan(report.rows[0].z_gradient_ratio)
    assert math.isnan(report.rows[0].update_ratio)  # there is no weight to compare the step with


def test_a_certain_output_is_not_saturated():
    model = MLP(1, [4, 1], output_activation="sigmoid", seed=0)
    model.layers[1].neurons[0].b.data = 20.0
    report = diagnose(model, [[0.5], [-0.5]], [1.0, 1.0], mse)
    assert report.rows[1].saturated == 1.0
    assert report.findings == []


def test_a_last_layer_that_starts_at_0_is_no_fault():
    model = MLP(3, [8, 8, 1], seed=0)
    for w in model.layers[2].neurons[0].w:
        w.data = 0.0
    assert diagnose(model, *regression(3), mse, learning_rate=0.01).findings == []


# Models and losses of other kinds


class Chain(Module):
    def __init__(self, *parts):
        self.parts = list(parts)

    def __call__(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return inputs


class Skipping(Module):
    """The attributes are not in the order of computation, and one layer is used twice."""

    def __init__(self):
        rng = random.Random(0)
        self.output = Neuron(4, "linear", rng=rng)
        self.inner = Layer(4, 4, rng=rng)

    def __call__(self, inputs):
        a = self.inner(inputs)
        b = self.inner(a)
        return self.output([x + y for x, y in zip(a, b, strict=True)])


def test_a_model_of_your_own():
    inputs, targets = regression(4, rows=5)
    report = diagnose(Skipping(), inputs, targets, mse)
    assert [row.name for row in report.rows] == ["inner", "output"]
    assert len(report.rows[0].a) == 2 * 4 * 5
    assert len(report.rows[1].a) == 5


def test_a_loss_of_your_own_over_all_rows_and_with_a_penalty():
    model = MLP(3, [4, 1], seed=0)
    inputs, targets = regression(3, rows=6)

    def worst_with_penalty(outputs, targets):
        worst = abs(outputs[0] - targets[0])
        for output, target in zip(outputs, targets, strict=True):
            worst = engine.maximum(worst, abs(output - target))
        return worst + nn.l2_penalty(model.parameters())

    report = diagnose(model, inputs, targets, worst_with_penalty)
    model.zero_grad()
    value = worst_with_penalty([model(row) for row in inputs], targets)
    value.backward()
    assert report.loss == value.data
    for layer, row in zip(model.layers, report.rows, strict=True):
        gradients = [w.grad for neuron in layer.neurons for w in neuron.w]
        assert row.w_gradient_rms == pytest.approx(rms(gradients), rel=1e-12)


def test_the_model_is_afterwards_as_it_was():
    model = MLP(3, [4, 1], seed=0)
    inputs, targets = regression(3, rows=6)
    for i, parameter in enumerate(model.parameters()):
        parameter.grad = float(i)
    before = model.state_dict()
    report = diagnose(model, inputs, targets, mse, learning_rate=1.0)
    assert report == diagnose(MLP(3, [4, 1], seed=0), inputs, targets, mse, learning_rate=1.0)
    assert model.state_dict() == before
    assert [p.grad for p in model.parameters()] == [float(i) for i in range(len(model))]
    assert model.layers[0].activation is Value.tanh

    def broken(outputs, targets):
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        diagnose(model, inputs, targets, broken)
    assert [p.grad for p in model.parameters()] == [float(i) for i in range(len(model))]
    assert model.layers[0].activation is Value.tanh


def test_wrong_input():
    model = MLP(2, [3, 1], seed=0)
    with pytest.raises(ValueError, match="but got 2 rows and 1 target"):
        diagnose(model, [[1, 2], [3, 4]], [1], mse)
    with pytest.raises(ValueError, match="needs 2 inputs, but got 3"):
        diagnose(model, [[1, 2, 3]], [1], mse)
    with pytest.raises(ValueError, match="learning_rate must be a finite number above 0; got 0"):
        diagnose(model, [[1, 2]], [1], mse, learning_rate=0)
    with pytest.raises(ValueError, match=r"looked into by its nn\.Layer and nn\.Neuron objects"):
        diagnose(Chain(), [[1, 2]], [1], mse)
    with pytest.raises(TypeError, match=r"a loss is a function .* got 'mse'"):
        diagnose(model, [[1, 2]], [1], "mse")
    with pytest.raises(TypeError, match=r"a loss must give a Value, but this one gave the float"):
        diagnose(model, [[1, 2]], [1], lambda outputs, targets: 0.5)
    with pytest.raises(ValueError, match="cross_entropy, row 0"):
        diagnose(model, [[1, 2]], [1], cross_entropy)


# Compiled


@pytest.mark.parametrize(
    "model",
    [
        MLP(3, [6, 6, 6, 2], seed=0),
        MLP(3, [6, 2], ["gelu", "sigmoid"], seed=1, bias=False),
        MLP(3, [5, 5, 1], "relu", seed=2, bias_init="normal(0, 1)"),
        Layer(3, 2, "softplus", rng=random.Random(3)),
    ],
    ids=["tanh", "gelu", "relu", "layer"],
)
def test_compiled_it_gives_the_same_numbers(model, monkeypatch):
    pytest.importorskip("llvmlite")
    inputs, _ = regression(3, rows=13)
    n_outputs = 1 if isinstance(model([0.0] * 3), Value) else 2
    targets = [row[:n_outputs] for row in inputs]
    parameters = model.parameters()

    def report(worth):
        monkeypatch.setattr(policy, "COMPILE_FROM", worth)
        kind = CompiledLayers if worth == 0 else WatchedModel
        assert type(layerwise.inspected(model, len(inputs))) is kind
        return diagnose(model, inputs, targets, mse, learning_rate=0.1)

    compiled, eager = report(0), report(math.inf)
    for fast, slow in zip(compiled.rows, eager.rows, strict=True):
        assert fast.a == slow.a  # to the bit
        np.testing.assert_allclose(fast.z_gradient, slow.z_gradient, rtol=1e-9, atol=1e-15)
        for name in set(LayerReport.__dataclass_fields__) - {"a", "z_gradient"}:
            expected = getattr(slow, name)
            if isinstance(expected, float):
                expected = pytest.approx(expected, rel=1e-9, nan_ok=True)
            assert getattr(fast, name) == expected
    assert compiled.findings == eager.findings
    assert [p.grad for p in parameters] == [0.0] * len(parameters)
    monkeypatch.setattr(policy, "COMPILE_FROM", 0)
    with pytest.raises(ValueError, match="needs 3 inputs, but got 2"):
        diagnose(model, [[1.0, 2.0]], targets[:1], mse)


def test_what_is_no_chain_of_plain_layers_is_not_compiled(monkeypatch):
    monkeypatch.setattr(policy, "COMPILE_FROM", 0)

    def bent(z):
        return z if z > 0 else 0.1 * z

    class Doubled(MLP):
        def __call__(self, inputs):
            return super().__call__([2 * x for x in inputs])

    mixed = MLP(3, [4, 1], seed=0)
    mixed.layers[0].neurons[1].activation = Value.relu
    tied, fixed = MLP(3, [3, 3, 1], seed=0), MLP(3, [4, 1], seed=0)
    tied.layers[1] = tied.layers[0]
    fixed.layers[0].neurons[2].w[1] = engine.Constant(1.0)
    for model in (MLP(3, [4, 1], bent), Doubled(3, [4, 1]), Neuron(3), mixed, tied, fixed):
        assert type(layerwise.inspected(model, 10)) is WatchedModel
        assert len(diagnose(model, *regression(3, rows=4), mse).rows) == len(set(layers_of(model)))


def layers_of(model):
    return getattr(model, "layers", [model])


def test_without_llvmlite_it_is_eager(monkeypatch):
    monkeypatch.setattr(policy, "COMPILE_FROM", 0)

    def missing(*arguments):
        raise ImportError("compiling needs llvmlite")

    monkeypatch.setattr(engine, "compile", missing)
    assert type(layerwise.inspected(MLP(3, [4, 1]), 10)) is WatchedModel


# What it looks like


def test_the_table_has_a_line_for_each_layer_and_then_the_findings():
    model = MLP(8, [20, 20, 1], init="zeros")
    text = str(diagnose(model, *regression(8), mse, learning_rate=0.1))
    lines = text.splitlines()
    assert lines[0].startswith("48 rows, loss ")
    assert lines[2].split()[0] == "layer"
    assert lines[2].endswith("update ratio")
    assert [line.split()[0] for line in lines[3:6]] == ["layers.0", "layers.1", "layers.2"]
    assert lines[-1].startswith("- Symmetry: 20 of the 20")
    assert max(map(len, lines[2:6])) <= 140
    healthy = str(diagnose(MLP(8, [20, 1], seed=0), *regression(8), mse))
    assert healthy.endswith("no findings")
    assert "update ratio" not in healthy


def test_the_picture():
    pytest.importorskip("matplotlib")
    model = MLP(8, [6, 6, 1], "relu", seed=0)
    report = diagnose(model, *regression(8), mse)
    activations = report.plot()
    gradients = activations.figure.axes[1]
    assert gradients.get_xscale() == "log"
    names = [
        [label.get_text() for label in ax.get_yticklabels()] for ax in (activations, gradients)
    ]
    assert names == [["layers.0", "layers.1"], ["layers.0", "layers.1", "layers.2"]]
    again = nn.plots.style.axes()
    assert report.plot(ax=again) is again
    diagnose(MLP(8, [6, 6, 1], init="zeros"), *regression(8), mse).plot().figure.canvas.draw()
