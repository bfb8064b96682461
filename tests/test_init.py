"""Initializers: what they draw against the variances of the papers, and how they are named."""

import math
import pickle
from random import Random

import pytest

from nn import init

DRAWS = 20_000

# The variance that each paper states, written out here a second time on purpose.
VARIANCES = {
    "lecun": lambda fan_in, fan_out: 1 / fan_in,
    "xavier": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}
CASES = [
    (getattr(init, f"{scheme}_{shape}")(), shape, VARIANCES[scheme], fans)
    for scheme in VARIANCES
    for shape in ("uniform", "normal")
    for fans in [(1, 1), (2, 16), (300, 7)]
] + [
    (init.he_normal(mode="fan_out"), "normal", lambda i, o: 2 / o, (3, 50)),
    (init.he_uniform(gain=init.gain("leaky_relu", 1.0)), "uniform", lambda i, o: 1 / i, (3, 50)),
    (init.xavier_uniform(mode="fan_in"), "uniform", lambda i, o: 1 / i, (3, 50)),
    (init.xavier_normal(mode="fan_out"), "normal", lambda i, o: 1 / o, (3, 50)),
    (init.xavier_normal(gain=5 / 3), "normal", lambda i, o: 25 / 9 * 2 / (i + o), (3, 50)),
    (init.uniform(-0.5, 0.5), "uniform", lambda i, o: 1 / 12, (3, 50)),
    (init.normal(0.0, 0.3), "normal", lambda i, o: 0.09, (3, 50)),
]


@pytest.mark.parametrize(("initializer", "shape", "formula", "fans"), CASES)
def test_the_draws_have_the_variance_and_the_shape_of_their_formula(
    initializer, shape, formula, fans
):
    variance = formula(*fans)
    rng = Random(5)
    draws = [initializer(*fans, rng) for _ in range(DRAWS)]

    # The mean of n draws has the variance sigma^2 / n; that of their squares (kurtosis - 1) sigma^4
    # / n, with a kurtosis of 3 for the normal and 9/5 for the uniform distribution. Five standard
    # deviations are missed once in a million.
    kurtosis = {"normal": 3.0, "uniform": 1.8}[shape]
    assert abs(math.fsum(draws) / DRAWS) < 5 * math.sqrt(variance / DRAWS)
    mean_square = math.fsum(x * x for x in draws) / DRAWS
    assert abs(mean_square / variance - 1) < 5 * math.sqrt((kurtosis - 1) / DRAWS)

    largest, bound = max(map(abs, draws)), math.sqrt(3 * variance)
    if shape == "uniform":
        assert 0.998 * bound < largest <= bound * (1 + 1e-15)
    else:  # a truncated normal would end at twice its width, a uniform one at 1.73
        assert largest > 3.5 * math.sqrt(variance)


def test_a_shifted_range_and_a_shifted_mean():
    rng = Random(0)
    assert all(2.0 <= init.uniform(2.0, 3.0)(1, 1, rng) <= 3.0 for _ in range(1000))
    draws = [init.normal(7.0, 0.1)(1, 1, rng) for _ in range(1000)]
    assert abs(math.fsum(draws) / 1000 - 7.0) < 5 * 0.1 / math.sqrt(1000)


def test_constants_draw_nothing_from_the_generator():
    rng = Random(0)
    before = rng.getstate()
    assert init.zeros(3, 4, rng) == 0.0
    assert init.constant(0.25)(3, 4, rng) == 0.25
    assert rng.getstate() == before


def test_the_same_seed_gives_the_same_bits_on_every_python():
    rng = Random(0)
    drawn = [initializer(3, 5, rng) for initializer in (init.xavier_uniform(), init.he_normal())]
    assert [x.hex() for x in drawn] == ["0x1.316fcea344b7ep-1", "0x1.5d19406bba654p-5"]


def mean_square_after(layers, initializer, activation, width=100):
    """The mean square of a signal of mean square 1 that has gone through a deep plain network."""
    rng = Random(1)
    signal = [rng.gauss(0, 1) for _ in range(width)]
    for _ in range(layers):
        weights = ((initializer(width, width, rng) for _ in range(width)) for _ in range(width))
        signal = [
            activation(sum(w * x for w, x in zip(row, signal, strict=True))) for row in weights
        ]
    return math.fsum(x * x for x in signal) / width


def test_he_keeps_a_relu_network_alive_and_lecun_lets_it_die():
    def relu(z):
        return max(z, 0.0)

    assert 0.1 < mean_square_after(20, init.he_normal(), relu) < 10  # spread over networks: about 1
    assert (
        mean_square_after(20, init.lecun_normal(), relu) < 1e-4
    )  # half of it is lost in each layer


def test_lecun_keeps_selu_at_its_fixed_point_and_he_does_not():
    scale, alpha = 1.0507009873554805, 1.6732632423543772

    def selu(z):
        return scale * (z if z > 0 else alpha * math.expm1(z))

    assert 0.6 < mean_square_after(20, init.lecun_normal(), selu) < 1.6
    assert mean_square_after(20, init.he_normal(), selu) > 2.0


@pytest.mark.parametrize(
    ("activation", "expected"),
    [  # the table in PyTorch's documentation of torch.nn.init.calculate_gain
        (("linear",), 1.0),
        (("sigmoid",), 1.0),
        (("tanh",), 5 / 3),
        (("relu",), math.sqrt(2)),
        (("leaky_relu",), math.sqrt(2 / (1 + 0.01**2))),
        (("leaky_relu", 0.2), math.sqrt(2 / (1 + 0.2**2))),
        (("selu",), 3 / 4),
        (("gelu",), math.sqrt(2)),  # and our own row
    ],
)
def test_gains(activation, expected):
    assert init.gain(*activation) == expected


def test_a_gain_that_nobody_knows():
    with pytest.raises(ValueError, match=r"'cubic'; known are linear, tanh, sigmoid, .*leaky_relu"):
        init.gain("cubic")
    with pytest.raises(ValueError, match=r"slope belongs to 'leaky_relu'; got 0\.2 for 'relu'"):
        init.gain("relu", 0.2)
    with pytest.raises(ValueError, match="slope must be a finite number; got nan"):
        init.gain("leaky_relu", math.nan)


@pytest.mark.parametrize(
    ("activations", "expected"),
    [
        (["relu", "leaky_relu", "elu", "gelu", "silu", "softplus"], init.he_normal()),
        (["tanh", "sigmoid", "linear", "sin"], init.xavier_uniform()),
        (["selu"], init.lecun_normal()),
        ([lambda z: z * z, math.atan], init.xavier_uniform()),
    ],
)
def test_auto_follows_the_papers(activations, expected):
    for activation in activations:
        assert init.auto(activation) == expected
        assert init.get("auto", activation) == expected


def test_auto_knows_a_function_by_its_name():
    def relu(z):
        return z

    assert init.auto(relu) == init.he_normal()
    with pytest.raises(TypeError, match="an activation is a name or a callable on a Value; got 3"):
        init.auto(3)
    with pytest.raises(ValueError, match="'auto' depends on the activation"):
        init.get("auto")


def test_other_names_are_the_same_objects():
    assert init.glorot_uniform is init.xavier_uniform
    assert init.glorot_normal is init.xavier_normal
    assert init.kaiming_uniform is init.he_uniform
    assert init.kaiming_normal is init.he_normal
    assert init.get("kaiming_normal") == init.he_normal()


@pytest.mark.parametrize(
    ("initializer", "text"),
    [
        (init.zeros, "zeros"),
        (init.constant(0.1), "constant(0.1)"),
        (init.uniform(-0.5, 0.5), "uniform(-0.5, 0.5)"),
        (init.normal(0, 0.01), "normal(0.0, 0.01)"),
        (init.he_normal(), "he_normal"),
        (init.he_normal(mode="fan_in"), "he_normal"),
        (init.he_normal(mode="fan_out"), "he_normal(mode='fan_out')"),
        (init.glorot_uniform(gain=0.1 + 0.2), "xavier_uniform(gain=0.30000000000000004)"),
        (init.xavier_normal(mode="fan_in", gain=2), "xavier_normal(mode='fan_in', gain=2.0)"),
    ],
)
def test_an_initializer_is_its_text(initializer, text):
    assert repr(initializer) == init.describe(initializer) == text
    assert init.get(text) == initializer
    assert init.get(initializer) is initializer
    assert pickle.loads(pickle.dumps(initializer)) == initializer
    assert hash(init.get(text)) == hash(initializer)


def test_names_without_numbers_mean_the_defaults():
    assert init.get("uniform") == init.get(init.uniform) == init.uniform(-1.0, 1.0)
    assert init.get(init.he_normal) == init.get("he_normal") == init.he_normal()
    assert init.get(" normal ") == init.get(init.normal) == init.normal(0.0, 1.0)


def test_your_own_function_is_an_initializer():
    def mine(fan_in, fan_out, rng):
        return rng.uniform(0, 1)

    class Mine:
        def __call__(self, fan_in, fan_out, rng):
            return 0.0

    assert init.get(mine) is mine
    assert init.describe(mine) == "mine"
    assert init.describe(Mine()) == "Mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("he", "unknown initializer 'he'; known are auto, zeros, constant, .*kaiming_normal"),
        ("", "unknown initializer ''"),
        ("normal(", r"unknown initializer 'normal\('"),
        ("__import__('os')", "unknown initializer"),
        ("init.normal(0, 1)", "unknown initializer"),
        ("constant", "'constant' cannot be made: .*'value'"),
        ("normal(0, -1)", "std must be a finite number at least 0; got -1"),
        ("normal(0, x)", "x is neither a number nor a quoted word"),
        ("uniform(1, -1)", "high must be a finite number at least 1; got -1"),
        ("zeros(1, 2, 3)", "takes 0 positional arguments"),
        ("he_normal(3, 4, 5)", r"'he_normal\(3, 4, 5\)' cannot be made: .* positional"),
        ("he_normal(mode='fan_avg')", "modes 'fan_in', 'fan_out'; got 'fan_avg'"),
        ("lecun_normal(mode='fan_out')", "modes 'fan_in'; got 'fan_out'"),
        ("he_normal(gain=0)", "gain must be a finite number above 0; got 0"),
        ("he_normal(gain='relu')", "gain must be a finite number above 0; got the str 'relu'"),
    ],
)
def test_a_text_that_makes_no_sense(text, message):
    with pytest.raises(ValueError, match=message):
        init.get(text)


def test_wrong_objects():
    for wrong in (0.5, None, ["he_normal"]):
        with pytest.raises(TypeError, match=r"a callable \(fan_in, fan_out, rng\) -> float; got"):
            init.get(wrong)
    for wrong, error in (((0, 3), ValueError), ((3, -1), ValueError), ((3.0, 3), TypeError)):
        with pytest.raises(error, match=r"fan_(in|out) must be a whole number at least 1"):
            init.xavier_normal()(*wrong, Random(0))


def test_each_scheme_explains_itself():
    schemes = [f"{name}_{shape}" for name in VARIANCES for shape in ("uniform", "normal")]
    texts = {getattr(init, name).__doc__ for name in schemes}
    assert len(texts) == len(schemes)
    assert all("Source" in text and "variance" in text for text in texts)
