"""`signal_propagation`: what it predicts against the papers' formulas, and what is measured."""

import inspect
import itertools
import math

import numpy as np
import pytest

from nn import plots, signal_propagation

RELU_SPREAD = 0.5 - 0.5 / math.pi  # Var max(z, 0) / Var z for normal z


def ratios(numbers):
    return [after / before for before, after in itertools.pairwise(numbers)]


def test_he_keeps_variances_and_xavier_halves_them_in_relu_networks():
    he = signal_propagation("relu", "he_normal", depth=10, width=48, rows=24)
    assert he.theory == "He et al. (2015)"
    assert he.z.predicted == pytest.approx([2.0] * 10)
    assert he.a.predicted == pytest.approx([2.0 * RELU_SPREAD] * 10)
    assert he.gradient.predicted == pytest.approx([0.5] * 10)

    xavier = signal_propagation("relu", "xavier_normal", depth=10, width=48, rows=24)
    assert xavier.z.predicted == pytest.approx([0.5**i for i in range(10)])
    assert xavier.gradient.predicted == pytest.approx([0.5 ** (10 - i) for i in range(10)])
    for result in (he, xavier):  # a single network of 48: its variances are a factor of 3 around
        for variances in (result.z, result.a, result.gradient):
            assert np.all(np.abs(np.log(np.divide(variances.measured, variances.predicted))) < 1.1)
    assert he.z.measured[-1] / xavier.z.measured[-1] > 100


def test_the_linear_regime_is_exact_for_linear_and_shrinks_with_small_weights():
    linear = signal_propagation("linear", "normal(0, 0.2)", depth=4, width=48, rows=48)
    assert linear.z.predicted == pytest.approx([(48 * 0.04) ** i for i in (1, 2, 3, 4)])
    assert linear.a.predicted == linear.z.predicted
    assert linear.gradient.predicted == pytest.approx([(48 * 0.04) ** i for i in (3, 2, 1, 0)])
    assert linear.z.measured == pytest.approx(linear.z.predicted, rel=0.35)
    assert linear.gradient.measured == pytest.approx(linear.gradient.predicted, rel=0.35)

    tanh = signal_propagation("tanh", "normal(0, 0.01)", depth=4, width=48, rows=48)
    assert tanh.z.predicted == pytest.approx([(48e-4) ** i for i in (1, 2, 3, 4)])
    assert tanh.z.measured == pytest.approx(tanh.z.predicted, rel=0.35)


def test_measurement_and_theory_part_where_tanh_bends_and_where_sigmoid_has_a_mean():
    tanh = signal_propagation("tanh", "xavier_uniform", depth=8, width=32, rows=16)
    assert tanh.theory == "Glorot & Bengio (2010)"
    assert tanh.z.predicted == [1.0] * 8
    assert tanh.z.measured[-1] < 0.2

    sigmoid = signal_propagation("sigmoid", "xavier_uniform", depth=6, width=32, rows=16)
    assert ratios(sigmoid.a.predicted) == [1 / 16] * 5
    assert sigmoid.z.measured[-1] > 100 * sigmoid.z.predicted[-1]


@pytest.mark.parametrize(
    ("activation", "scheme", "passes"),
    [
        ("leaky_relu", "he_normal(gain=1)", (1 + 0.01**2) / 2),  # He et al., equation 15
        ("gelu", "lecun_normal", 0.5),
        ("softplus", "lecun_uniform", 0.5),
        ("selu", "lecun_normal", 1.0),
        ("sigmoid", "lecun_normal", 1 / 16),
        (lambda z: 3 * z, "lecun_normal", 9.0),
    ],
)
def test_the_factor_of_an_activation(activation, scheme, passes):
    result = signal_propagation(activation, scheme, depth=3, width=4, rows=2)
    assert ratios(result.z.predicted) == pytest.approx([passes] * 2)
    assert ratios(result.gradient.predicted[::-1]) == pytest.approx([passes] * 2)


def test_equal_weights_have_no_variance_and_the_signal_has():
    result = signal_propagation("linear", "constant(0.1)", depth=1, width=20, rows=2000)
    assert result.z.predicted == [0.0]
    assert result.z.measured == pytest.approx([20 * 0.01], rel=0.15)  # of 0.1 Σ x


def test_an_initializer_of_your_own_is_judged_by_what_it_draws():
    def coin(fan_in, fan_out, rng):
        return rng.choice([-0.5, 0.5])

    result = signal_propagation("relu", coin, depth=2, width=16, rows=4)
    assert result.init == "coin"
    assert result.z.predicted == pytest.approx([16 * 0.25, (16 * 0.25) ** 2 / 2], rel=0.02)


def test_the_size_of_the_inputs():
    small, large = (
        signal_propagation("linear", "lecun_normal", depth=2, width=6, rows=5, input_std=std)
        for std in (1.0, 3.0)
    )
    assert large.z.measured == pytest.approx([9 * v for v in small.z.measured])
    assert large.z.predicted == pytest.approx([9.0, 9.0])
    assert large.gradient == small.gradient


def test_the_same_seed_gives_the_same_numbers():
    results = [
        signal_propagation("tanh", "xavier_uniform", depth=2, width=3, rows=4, seed=seed)
        for seed in (0, 0, 1)
    ]
    assert results[0] == results[1] != results[2]


def test_the_defaults():
    signature = inspect.signature(signal_propagation)
    defaults = {name: p.default for name, p in signature.parameters.items() if p.default != p.empty}
    assert defaults == {"depth": 20, "width": 64, "rows": 256, "input_std": 1.0, "seed": 0}


def test_wrong_input():
    with pytest.raises(ValueError, match="depth must be a whole number at least 1; got 0"):
        signal_propagation("tanh", "zeros", depth=0)
    with pytest.raises(TypeError, match="width must be"):
        signal_propagation("tanh", "zeros", width=2.5)
    with pytest.raises(ValueError, match="rows must be"):
        signal_propagation("tanh", "zeros", rows=0)
    with pytest.raises(ValueError, match="input_std must be a finite number above 0"):
        signal_propagation("tanh", "zeros", input_std=0)
    with pytest.raises(ValueError, match="unknown activation 'tan'"):
        signal_propagation("tan", "zeros", depth=1, width=1, rows=1)
    with pytest.raises(ValueError, match="unknown initializer 'he'"):
        signal_propagation("tanh", "he", depth=1, width=1, rows=1)


def test_the_table():
    lines = str(signal_propagation("tanh", "lecun_normal", depth=3, width=4, rows=4)).splitlines()
    assert lines[0] == "tanh with lecun_normal, theory: Glorot & Bengio (2010)"
    assert " ".join(lines[2].split()) == "layer Var z theory Var a theory Var ∂L/∂z theory"
    assert [line.split()[0] for line in lines[3:]] == ["1", "2", "3"]
    assert [line.split()[2] for line in lines[3:]] == ["1", "1", "1"]


def test_several_in_one_picture():
    pytest.importorskip("matplotlib")
    results = [
        signal_propagation("tanh", scheme, depth=3, width=4, rows=4)
        for scheme in ("xavier_uniform", "normal(0, 0.1)", "zeros")
    ]
    ax = plots.signal_propagation(results)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [
        "tanh, xavier_uniform",
        "tanh, normal(0.0, 0.1)",
        "tanh, zeros",
        "theory",
    ]
    measured, predicted = ax.lines[2:4]
    assert measured.get_ydata().tolist() == results[1].z.measured
    assert predicted.get_ydata().tolist() == results[1].z.predicted
    assert len(ax.figure.axes) == 3
    ax.figure.canvas.draw()
    assert results[2].plot(ax=results[0].plot()).figure is not ax.figure
    with pytest.raises(ValueError, match="nothing to draw"):
        plots.signal_propagation([])
