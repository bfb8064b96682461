"""Initializers: where a network's weights start.

A weight that starts too large saturates the activations, one that starts too small lets signals and
gradients die out, and in both cases layer after layer multiplies the mistake. The schemes below
choose the variance of the weights so that the size of the signal (or of the gradient) stays the
same from layer to layer; they differ in what they assume about the activation, and each says so.

An initializer is any callable `(fan_in, fan_out, rng) -> float` that draws one weight of a layer
with `fan_in` inputs and `fan_out` outputs from a `random.Random`, and from nothing else, so the
same seed gives the same weights. The ones of this module are immutable objects whose `repr` is
the expression that makes them: a summary can show it, a file can store it, and `get` reads it.

    MLP(2, [16, 1], init="he_normal")                     # by name
    MLP(2, [16, 1], init=he_normal(mode="fan_out"))       # with options
    MLP(2, [16, 1], init="he_normal(mode='fan_out')")     # the same, as text
    MLP(2, [16, 1], init=lambda fan_in, fan_out, rng: rng.uniform(-1, 1))
"""
# ruff: noqa: N801  (constant, uniform and normal are used as functions, as functools.partial is)

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, overload

from nn.activations import ACTIVATIONS, activation_name, rectifier_gain
from nn.common.checks import real, settle, whole

__all__ = [
    "Initializer",
    "VarianceScaling",
    "auto",
    "constant",
    "describe",
    "gain",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

Initializer = Callable[[int, int, Random], float]
Mode = Literal["fan_in", "fan_out", "fan_avg"]


@dataclass(frozen=True, slots=True, repr=False)
class constant:
    """Every number starts at `value`: right for biases, wrong for weights.

    Units of a layer that start with equal weights receive equal gradients and stay equal for ever,
    so a layer of them is worth one unit. Raises ValueError for a value that is not finite.

    >>> bias = constant(0.1)
    >>> bias(3, 4, Random(0))
    0.1
    """

    value: float

    def __post_init__(self) -> None:
        settle(self, value=real("value", self.value))

    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float:
        return self.value

    def variance(self, fan_in: int, fan_out: int) -> float:
        """The variance of the weights, 0."""
        return 0.0

    def __repr__(self) -> str:
        return f"constant({self.value})" if self.value else "zeros"


zeros = constant(0.0)


@dataclass(frozen=True, slots=True, repr=False)
class uniform:
    """Uniform numbers between `low` and `high`, whatever the size of the layer.

    Variance: `(high - low)**2 / 12`. A range that suits one layer makes a wider one saturate, for
    the variance of a sum grows with its terms: hence the schemes below. The range from -1 to 1 that
    stands when none is given is micrograd's. Raises ValueError for a bound that is not finite, or
    for `low` above `high`.

    >>> init = uniform(-0.5, 0.5)
    >>> -0.5 <= init(3, 4, Random(0)) <= 0.5
    True
    """

    low: float = -1.0
    high: float = 1.0

    def __post_init__(self) -> None:
        low = real("low", self.low)
        settle(self, low=low, high=real("high", self.high, at_least=low))

    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float:
        return rng.uniform(self.low, self.high)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """The variance of the weights, `(high - low)**2 / 12`."""
        return (self.high - self.low) ** 2 / 12.0

    def __repr__(self) -> str:
        return f"uniform({self.low}, {self.high})"


@dataclass(frozen=True, slots=True, repr=False)
class normal:
    """Normal numbers (not truncated) around `mean`, whatever the size of the layer.

    Variance: `std**2`. As with `uniform`, a width that suits one layer is wrong for a wider one.
    Raises ValueError for a number that is not finite, or for a negative `std`.

    >>> init = normal(0.0, 0.01)
    >>> init
    normal(0.0, 0.01)
    >>> abs(init(3, 4, Random(0))) < 0.1
    True
    """

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        settle(self, mean=real("mean", self.mean), std=real("std", self.std, at_least=0))

    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float:
        return rng.gauss(self.mean, self.std)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """The variance of the weights, `std**2`."""
        return self.std**2

    def __repr__(self) -> str:
        return f"normal({self.mean}, {self.std})"


@dataclass(frozen=True, repr=False)
class VarianceScaling:
    """Weights of mean 0 whose variance is `gain**2 / fan`: the form that all the schemes share.

    `fan` is `fan_in`, `fan_out`, or their mean with mode "fan_avg". Uniform weights lie within
    `sqrt(3 * variance)` on either side of 0; normal ones are plain normals, not truncated.

    Called with `(fan_in, fan_out, rng)` it draws a weight. Called with options alone it makes a
    variant: `mode` (one that the scheme's paper derives) and `gain` (a number above 0, such as
    `gain("tanh")`). A mode that the paper does not give and a fan below 1 are a ValueError.

    >>> he_normal(mode="fan_out")
    he_normal(mode='fan_out')
    >>> xavier_normal(mode="fan_out").variance(fan_in=3, fan_out=4)
    0.25
    >>> he_normal(mode="fan_avg")
    Traceback (most recent call last):
        ...
    ValueError: he_normal has the modes 'fan_in', 'fan_out'; got 'fan_avg'
    """

    name: str
    distribution: Literal["uniform", "normal"]
    modes: tuple[Mode, ...]  # those of the paper, the usual one first
    mode: Mode
    gain: float
    text: str = field(compare=False)

    def __post_init__(self) -> None:
        if self.mode not in self.modes:
            known = ", ".join(map(repr, self.modes))
            raise ValueError(f"{self.name} has the modes {known}; got {self.mode!r}")
        # The text stands as __doc__ too, so that help(he_normal) and he_normal? show it.
        settle(self, gain=real("gain", self.gain, above=0), __doc__=self.text)

    @overload
    def __call__(self, *, mode: Mode = ..., gain: float = ...) -> "VarianceScaling": ...

    @overload
    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float: ...

    def __call__(
        self,
        fan_in: int | None = None,
        fan_out: int | None = None,
        rng: Random | None = None,
        *,
        mode: Mode | None = None,
        gain: float | None = None,
    ) -> "VarianceScaling | float":
        initializer = self
        if mode is not None or gain is not None:
            initializer = replace(
                self,
                mode=self.mode if mode is None else mode,
                gain=self.gain if gain is None else gain,
            )
        if fan_in is None and fan_out is None and rng is None:
            return initializer
        if fan_in is None or fan_out is None or not isinstance(rng, Random):
            raise TypeError(
                f"{self.name} takes fan_in, fan_out and a random.Random to draw a weight, or mode "
                f"and gain by name to make a variant; got {fan_in!r}, {fan_out!r} and {rng!r}"
            )
        variance = initializer.variance(fan_in, fan_out)
        if self.distribution == "normal":
            return rng.gauss(0.0, math.sqrt(variance))
        bound = math.sqrt(3.0 * variance)
        return rng.uniform(-bound, bound)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """The variance of the weights of a layer with `fan_in` inputs and `fan_out` outputs."""
        fan_in = whole("fan_in", fan_in, at_least=1)
        fan_out = whole("fan_out", fan_out, at_least=1)
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        return self.gain**2 / fans[self.mode]

    def __repr__(self) -> str:
        usual = _NAMED[self.name]
        options = [
            f"{option}={getattr(self, option)!r}"
            for option in ("mode", "gain")
            if getattr(self, option) != getattr(usual, option)
        ]
        return f"{self.name}({', '.join(options)})" if options else self.name


def gain(activation: str | Callable[..., object], slope: float | None = None) -> float:
    """The factor on the standard deviation of the weights that makes up for an activation.

    | activation | gain |
    |---|---|
    | linear, sigmoid | 1 |
    | tanh | 5/3 |
    | relu | sqrt(2) |
    | leaky_relu | sqrt(2 / (1 + slope**2)), with a slope of 0.01 unless one is given |
    | selu | 3/4 |
    | elu, gelu, silu, softplus | sqrt(2) |

    All but the last row is what PyTorch documents for `torch.nn.init.calculate_gain`, which knows
    no others. (Its 3/4 for selu was found by trial; networks that should normalize themselves take
    the gain 1, which is `lecun_normal`.) The last row is this project's choice: these functions
    approach relu away from 0, and, unlike relu's, their exact factor depends on the size of the
    signal.

    Raises ValueError for an activation that the table does not have, and for a slope that is not
    finite or that is given to another activation than leaky_relu.

    >>> round(gain("tanh"), 4), round(gain("leaky_relu", 1.0), 4)
    (1.6667, 1.0)
    >>> xavier_uniform(gain=gain("tanh"))
    xavier_uniform(gain=1.6666666666666667)
    """
    name = activation_name(activation)
    if slope is not None:
        if name != "leaky_relu":
            raise ValueError(f"a slope belongs to 'leaky_relu'; got {slope!r} for {name!r}")
        return rectifier_gain(real("slope", slope))
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"no gain is known for the activation {name!r}; known are {known}")
    return ACTIVATIONS[name].gain


def _scheme(
    name: str, distribution: Literal["uniform", "normal"], modes: list[Mode], gain: float, text: str
) -> VarianceScaling:
    return VarianceScaling(name, distribution, tuple(modes), modes[0], gain, text)


lecun_uniform = _scheme(
    "lecun_uniform",
    "uniform",
    ["fan_in"],
    1.0,
    """Uniform weights of variance `1 / fan_in`: a unit's sum varies as much as its inputs do.

    Range: `sqrt(3 / fan_in)` on either side of 0. Option: `gain`.
    Holds for inputs of mean 0 and variance 1 and an activation that keeps them so near 0: the
    scaled tanh of the paper, selu, linear. With relu, which drops half of the signal, activations
    and gradients shrink by `sqrt(2)` a layer and a deep network stops learning.
    Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp" (1998), section 4.6.

    >>> lecun_uniform.variance(fan_in=4, fan_out=100)
    0.25
    """,
)

lecun_normal = _scheme(
    "lecun_normal",
    "normal",
    ["fan_in"],
    1.0,
    """Normal weights (not truncated) of variance `1 / fan_in`. Option: `gain`.

    Holds where `lecun_uniform` does, and is the one that selu was derived with: its fixed point of
    mean 0 and variance 1 needs weights of exactly this variance. Any other makes selu networks
    drift away from it, and with relu the signal shrinks by `sqrt(2)` a layer.
    Sources: LeCun et al., "Efficient BackProp" (1998), section 4.6; Klambauer, Unterthiner, Mayr
    and Hochreiter, "Self-Normalizing Neural Networks" (2017).

    >>> lecun_normal.variance(fan_in=4, fan_out=100)
    0.25
    """,
)

xavier_uniform = _scheme(
    "xavier_uniform",
    "uniform",
    ["fan_avg", "fan_in", "fan_out"],
    1.0,
    """Uniform weights of variance `2 / (fan_in + fan_out)`: a compromise of both directions.

    Range: `sqrt(6 / (fan_in + fan_out))` on either side of 0. `1 / fan_in` would keep the signal's
    variance on the way forward, `1 / fan_out` the gradient's on the way back; the paper takes the
    mean of the fans. Options: `mode` ("fan_avg", or "fan_in" or "fan_out" for one direction alone)
    and `gain`. As in the paper, the gain is 1 unless one is passed.
    Holds for activations that are odd with slope 1 at 0: tanh, linear. With sigmoid, whose slope
    at 0 is 1/4, the gradient shrinks by 4 a layer (`gain=4` makes up for that); with relu,
    signal and gradient shrink by `sqrt(2)` a layer.
    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks" (2010), equations 10, 11, 12 and 16.

    >>> xavier_uniform.variance(fan_in=3, fan_out=5)
    0.25
    """,
)

xavier_normal = _scheme(
    "xavier_normal",
    "normal",
    ["fan_avg", "fan_in", "fan_out"],
    1.0,
    """Normal weights (not truncated) of variance `2 / (fan_in + fan_out)`.

    The variance of `xavier_uniform` (equation 12 of its paper), with the same options `mode` and
    `gain`; it holds for the same activations, tanh and linear, and fails with relu in the same way.
    Source: Glorot and Bengio (2010), as for `xavier_uniform`.

    >>> xavier_normal.variance(fan_in=3, fan_out=5)
    0.25
    """,
)

he_uniform = _scheme(
    "he_uniform",
    "uniform",
    ["fan_in", "fan_out"],
    ACTIVATIONS["relu"].gain,
    """Uniform weights of variance `2 / fan_in`: relu passes half of the variance, so twice LeCun's.

    Range: `sqrt(6 / fan_in)` on either side of 0. Options: `mode` ("fan_in" keeps the size of the
    signal on the way forward, "fan_out" that of the gradient on the way back; the paper finds
    either sufficient) and `gain` (`gain("leaky_relu", slope)` for another slope).
    Holds for relu and its kin: leaky_relu, elu, gelu, silu, softplus. With tanh or sigmoid the
    sums are too large and saturate the units; with linear the signal grows by `sqrt(2)` a layer.
    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015), equations 10, 14 and 15.

    >>> round(he_uniform.variance(fan_in=8, fan_out=100), 12)
    0.25
    """,
)

he_normal = _scheme(
    "he_normal",
    "normal",
    ["fan_in", "fan_out"],
    ACTIVATIONS["relu"].gain,
    """Normal weights (not truncated) of variance `2 / fan_in`: the distribution of He's paper.

    The options `mode` and `gain`, the activations it holds for (relu, leaky_relu, elu, gelu, silu,
    softplus), and what goes wrong with others (tanh and sigmoid saturate, linear grows) are those
    of `he_uniform`.
    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015), equations 10, 14 and 15.

    >>> round(he_normal.variance(fan_in=8, fan_out=100), 12)
    0.25
    """,
)

glorot_uniform, glorot_normal = xavier_uniform, xavier_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal


def auto(activation: str | Callable[..., object]) -> Initializer:
    """The initializer whose assumptions an activation meets.

    - selu: `lecun_normal`, for its fixed point needs the variance `1 / fan_in`
      (LeCun et al. 1998, Klambauer et al. 2017).
    - relu, leaky_relu, elu, gelu, silu, softplus: `he_normal`, for they pass about half of the
      variance, exactly half in the case of relu (He et al. 2015).
    - tanh, sigmoid, linear and all others: `xavier_uniform`, which is derived for an activation
      that is nearly linear around 0, and keeps both the signal and the gradient in size as well as
      one number can (Glorot and Bengio 2010). linear is the case that the derivation is exact for.

    A function is known by its name, so `auto(engine.relu)` is `auto("relu")`. One with another
    name, such as your own or a lambda, counts among the others: Xavier assumes the least about it.
    Raises TypeError for what is neither a name nor callable.

    >>> auto("relu"), auto("tanh"), auto("selu"), auto(lambda z: z * z)
    (he_normal, xavier_uniform, lecun_normal, xavier_uniform)
    """
    name = activation_name(activation)
    return _parse(ACTIVATIONS[name].initializer if name in ACTIVATIONS else "xavier_uniform")


def get(
    spec: str | Initializer, activation: str | Callable[..., object] | None = None
) -> Initializer:
    """The initializer that `spec` means: a name, a text such as "normal(0.0, 0.01)", or a callable.

    "auto" means `auto(activation)`. A text is a name with literal arguments, as `describe` writes
    it; nothing in it is evaluated. `uniform` and `normal` without numbers stand for their defaults.
    Raises ValueError for a name or arguments that do not exist, with the names that do, and
    TypeError for what is neither text nor callable.

    >>> get("he_normal") is he_normal
    True
    >>> get("he_normal(mode='fan_out')") == he_normal(mode="fan_out")
    True
    >>> get("auto", activation="relu")
    he_normal
    """
    if spec == "auto":
        if activation is None:
            raise ValueError("the initializer 'auto' depends on the activation; pass one")
        return auto(activation)
    if isinstance(spec, str):
        return _parse(spec)
    if isinstance(spec, type):  # normal, say, where normal() was meant
        return _parse(spec.__name__)
    if callable(spec):
        return spec
    raise TypeError(
        "an initializer is a name, a text such as 'normal(0.0, 0.01)' or a callable "
        f"(fan_in, fan_out, rng) -> float; got {spec!r}"
    )


def describe(initializer: Initializer) -> str:
    """A short stable text for an initializer: what `get` reads, or the name of your own function.

    >>> describe(he_normal(mode="fan_out")), describe(uniform(-0.5, 0.5))
    ("he_normal(mode='fan_out')", 'uniform(-0.5, 0.5)')
    """
    if isinstance(initializer, _BUILT_IN):
        return repr(initializer)
    return getattr(initializer, "__name__", type(initializer).__name__)


_BUILT_IN = (constant, uniform, normal, VarianceScaling)
_NAMED: dict[str, Callable[..., object]] = {
    "zeros": zeros,
    "constant": constant,
    "uniform": uniform,
    "normal": normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
}

# doctest finds the examples of functions and classes by itself; these are objects.
__test__ = {name: made.text for name, made in _NAMED.items() if isinstance(made, VarianceScaling)}


def _parse(text: str) -> Initializer:
    """Read a name, or a name with literal arguments in parentheses."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        tree = None
    name = tree.func if isinstance(tree, ast.Call) else tree
    if not isinstance(name, ast.Name) or name.id not in _NAMED:
        known = ", ".join(["auto", *_NAMED])
        raise ValueError(f"unknown initializer {text!r}; known are {known}")
    made: object = _NAMED[name.id]
    try:
        if isinstance(tree, ast.Call):
            arguments = [_literal(argument) for argument in tree.args]
            options = {str(word.arg): _literal(word.value) for word in tree.keywords}
            made = _NAMED[name.id](*arguments, **options)
        elif isinstance(made, type):
            made = made()
    except (TypeError, ValueError) as error:
        raise ValueError(f"the initializer {text!r} cannot be made: {error}") from error
    if not isinstance(made, _BUILT_IN):
        raise ValueError(f"the initializer {text!r} cannot be made: it takes no numbers")
    return made


def _literal(tree: ast.expr) -> object:
    try:
        return ast.literal_eval(tree)
    except ValueError:
        raise ValueError(f"{ast.unparse(tree)} is neither a number nor a quoted word") from None
