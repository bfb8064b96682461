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
# ruff: noqa: N801  (classes are named as the functions they are used as, as functools.partial is)

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from random import Random
from typing import ClassVar, Literal, TypeAlias

from nn.activations import ACTIVATIONS, RELU, activation_name, rectifier_gain
from nn.common.checks import real, settle, whole
from nn.common.expressions import read_call
from nn.common.text import shown

__all__ = [
    "Initializer",
    "InitializerLike",
    "Recipe",
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

Initializer: TypeAlias = Callable[[int, int, Random], float]
Mode = Literal["fan_in", "fan_out", "fan_avg"]


class Recipe(ABC):
    """What the initializers of this module are: callables that know the variance they draw with."""

    @abstractmethod
    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float:
        """Draw a weight."""

    @abstractmethod
    def variance(self, fan_in: int, fan_out: int) -> float:
        """Give the variance of the weights.

        Args:
            fan_in: The inputs of the layer, at least 1.
            fan_out: Its outputs, at least 1.
        """


InitializerLike: TypeAlias = str | Initializer | type[Recipe]
"""How an initializer is given, see `get`."""


@dataclass(frozen=True, repr=False)
class constant(Recipe):
    """Every number starts at `value`: right for biases, wrong for weights.

    Units of a layer that start with equal weights receive equal gradients and stay equal for ever,
    so a layer of them is worth one unit. Variance: 0.

    Args:
        value: A finite number.

    Example:
        >>> bias = constant(0.1)
        >>> bias(3, 4, Random(0))
        0.1
    """

    value: float

    def __post_init__(self) -> None:
        settle(self, value=real("value", self.value))

    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float:
        """Draw a weight."""
        return self.value

    def variance(self, fan_in: int, fan_out: int) -> float:
        """Give 0, whatever the layer."""
        return 0.0

    def __repr__(self) -> str:
        return f"constant({self.value})" if self.value else "zeros"


zeros = constant(0.0)


@dataclass(frozen=True, repr=False)
class uniform(Recipe):
    """Uniform numbers between `low` and `high`, whatever the size of the layer.

    Variance: `(high - low)**2 / 12`. A range that suits one layer makes a wider one saturate, for
    the variance of a sum grows with its terms: hence the schemes below. The range from -1 to 1 that
    stands when none is given is micrograd's.

    Args:
        low: A finite number.
        high: A finite number at least `low`.

    Example:
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
        """Draw a weight."""
        return rng.uniform(self.low, self.high)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """Give `(high - low)**2 / 12`, whatever the layer."""
        return (self.high - self.low) ** 2 / 12.0

    def __repr__(self) -> str:
        return f"uniform({self.low}, {self.high})"


@dataclass(frozen=True, repr=False)
class normal(Recipe):
    """Normal numbers (not truncated) around `mean`, whatever the size of the layer.

    Variance: `std**2`. As with `uniform`, a width that suits one layer is wrong for a wider one.

    Args:
        mean: A finite number.
        std: A finite number at least 0.

    Example:
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
        """Draw a weight."""
        return rng.gauss(self.mean, self.std)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """Give `std**2`, whatever the layer."""
        return self.std**2

    def __repr__(self) -> str:
        return f"normal({self.mean}, {self.std})"


@dataclass(frozen=True, kw_only=True, repr=False)
class VarianceScaling(Recipe):
    """Weights of variance `gain**2 / fan`: the form that all the schemes share.

    `fan` is `fan_in`, `fan_out`, or their mean with mode "fan_avg". Uniform weights lie within
    `sqrt(3 * variance)` on either side of 0; normal ones are plain normals, not truncated.

    Args:
        mode: One that the scheme's paper derives.
        gain: A number above 0, such as `gain("tanh")`.

    Raises:
        ValueError: If the paper does not give the mode, or a number is out of its range.

    Example:
        >>> he_normal(mode="fan_out")
        he_normal(mode='fan_out')
        >>> he_normal(mode="fan_avg")
        Traceback (most recent call last):
            ...
        ValueError: he_normal has the modes 'fan_in', 'fan_out'; got 'fan_avg'
    """

    mode: Mode
    gain: float

    distribution: ClassVar[Literal["uniform", "normal"]]
    modes: ClassVar[tuple[Mode, ...]]

    def __post_init__(self) -> None:
        if self.mode not in self.modes:
            known = ", ".join(map(repr, self.modes))
            raise ValueError(f"{type(self).__name__} has the modes {known}; got {self.mode!r}")
        settle(self, gain=real("gain", self.gain, above=0))

    def __call__(self, fan_in: int, fan_out: int, rng: Random) -> float:
        """Draw a weight."""
        variance = self.variance(fan_in, fan_out)
        if self.distribution == "normal":
            return rng.gauss(0.0, math.sqrt(variance))
        bound = math.sqrt(3.0 * variance)
        return rng.uniform(-bound, bound)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """Give `gain**2 / fan`."""
        fan_in = whole("fan_in", fan_in, at_least=1)
        fan_out = whole("fan_out", fan_out, at_least=1)
        fans = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        return self.gain**2 / fans[self.mode]

    def __repr__(self) -> str:
        set_ = [(f.name, getattr(self, f.name), f.default) for f in fields(self)]
        options = [f"{name}={value!r}" for name, value, usual in set_ if value != usual]
        return f"{type(self).__name__}({', '.join(options)})" if options else type(self).__name__


@dataclass(frozen=True, kw_only=True, repr=False)
class lecun_uniform(VarianceScaling):
    """Uniform weights of variance `1 / fan_in`: a unit's sum varies as much as its inputs do.

    Range: `sqrt(3 / fan_in)` on either side of 0. Holds for inputs of mean 0 and variance 1 and an
    activation that keeps them so near 0: the scaled tanh of the paper, selu, linear. With relu,
    which drops half of the signal, activations and gradients shrink by `sqrt(2)` a layer and a deep
    network stops learning.

    Args:
        mode: "fan_in".
        gain: A factor on the standard deviation, above 0.

    Example:
        >>> lecun_uniform().variance(fan_in=4, fan_out=100)
        0.25

    Source:
        LeCun, Bottou, Orr and Mueller, "Efficient BackProp" (1998), section 4.6.
    """

    mode: Mode = "fan_in"
    gain: float = 1.0

    distribution = "uniform"
    modes = ("fan_in",)


@dataclass(frozen=True, kw_only=True, repr=False)
class lecun_normal(VarianceScaling):
    """Normal weights (not truncated) of variance `1 / fan_in`.

    Holds where `lecun_uniform` does, and is the one that selu was derived with: its fixed point of
    mean 0 and variance 1 needs weights of exactly this variance. Any other makes selu networks
    drift away from it, and with relu the signal shrinks by `sqrt(2)` a layer.

    Args:
        mode: "fan_in".
        gain: A factor on the standard deviation, above 0.

    Example:
        >>> lecun_normal().variance(fan_in=4, fan_out=100)
        0.25

    Source:
        LeCun et al., "Efficient BackProp" (1998), section 4.6; Klambauer, Unterthiner, Mayr and
        Hochreiter, "Self-Normalizing Neural Networks" (2017).
    """

    mode: Mode = "fan_in"
    gain: float = 1.0

    distribution = "normal"
    modes = ("fan_in",)


@dataclass(frozen=True, kw_only=True, repr=False)
class xavier_uniform(VarianceScaling):
    """Uniform weights of variance `2 / (fan_in + fan_out)`: a compromise of both directions.

    Range: `sqrt(6 / (fan_in + fan_out))` on either side of 0. `1 / fan_in` would keep the signal's
    variance on the way forward, `1 / fan_out` the gradient's on the way back; the paper takes the
    mean of the fans. Holds for activations that are odd with slope 1 at 0: tanh, linear. With
    sigmoid, whose slope at 0 is 1/4, the gradient shrinks by 4 a layer (`gain=4` makes up for
    that); with relu, signal and gradient shrink by `sqrt(2)` a layer.

    Args:
        mode: "fan_avg", or "fan_in" or "fan_out" for one direction alone.
        gain: A factor on the standard deviation, above 0; as in the paper, 1 unless one is passed.

    Example:
        >>> xavier_uniform().variance(fan_in=3, fan_out=5)
        0.25

    Source:
        Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
        networks" (2010), equations 10, 11, 12 and 16.
    """

    mode: Mode = "fan_avg"
    gain: float = 1.0

    distribution = "uniform"
    modes = ("fan_avg", "fan_in", "fan_out")


@dataclass(frozen=True, kw_only=True, repr=False)
class xavier_normal(VarianceScaling):
    """Normal weights (not truncated) of variance `2 / (fan_in + fan_out)`.

    The variance of `xavier_uniform`; it holds for the same activations, tanh and linear, and fails
    with relu in the same way.

    Args:
        mode: "fan_avg", or "fan_in" or "fan_out" for one direction alone.
        gain: A factor on the standard deviation, above 0.

    Example:
        >>> xavier_normal().variance(fan_in=3, fan_out=5)
        0.25

    Source:
        Glorot and Bengio (2010), as for `xavier_uniform`, equation 12.
    """

    mode: Mode = "fan_avg"
    gain: float = 1.0

    distribution = "normal"
    modes = ("fan_avg", "fan_in", "fan_out")


@dataclass(frozen=True, kw_only=True, repr=False)
class he_uniform(VarianceScaling):
    """Uniform weights of variance `2 / fan_in`: relu passes half of the variance, so twice LeCun's.

    Range: `sqrt(6 / fan_in)` on either side of 0. Holds for relu and its kin: leaky_relu, elu,
    gelu, silu, softplus. With tanh or sigmoid the sums are too large and saturate the units; with
    linear the signal grows by `sqrt(2)` a layer.

    Args:
        mode: "fan_in" keeps the size of the signal on the way forward, "fan_out" that of the
            gradient on the way back; the paper finds either sufficient.
        gain: A factor on the standard deviation, above 0; `gain("leaky_relu", slope)` for another
            slope.

    Example:
        >>> round(he_uniform().variance(fan_in=8, fan_out=100), 12)
        0.25

    Source:
        He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015), equations 10, 14 and 15.
    """

    mode: Mode = "fan_in"
    gain: float = RELU

    distribution = "uniform"
    modes = ("fan_in", "fan_out")


@dataclass(frozen=True, kw_only=True, repr=False)
class he_normal(VarianceScaling):
    """Normal weights (not truncated) of variance `2 / fan_in`: the distribution of He's paper.

    The activations it holds for (relu, leaky_relu, elu, gelu, silu, softplus), and what goes wrong
    with others (tanh and sigmoid saturate, linear grows) are those of `he_uniform`.

    Args:
        mode: "fan_in" or "fan_out", as of `he_uniform`.
        gain: A factor on the standard deviation, above 0.

    Example:
        >>> round(he_normal().variance(fan_in=8, fan_out=100), 12)
        0.25

    Source:
        He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015), equations 10, 14 and 15.
    """

    mode: Mode = "fan_in"
    gain: float = RELU

    distribution = "normal"
    modes = ("fan_in", "fan_out")


glorot_uniform, glorot_normal = xavier_uniform, xavier_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal

_NAMED: dict[str, Callable[..., Recipe]] = {
    "zeros": lambda: zeros,
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


def gain(activation: str | Callable[..., object], slope: float | None = None) -> float:
    """Give the factor on the standard deviation of the weights that makes up for an activation.

    | activation | gain |
    |---|---|
    | linear, sigmoid | 1 |
    | tanh | 5/3 |
    | relu | sqrt(2) |
    | leaky_relu | sqrt(2 / (1 + slope**2)), with a slope of 0.01 unless one is given |
    | selu | 3/4 |
    | elu, gelu, silu, softplus | sqrt(2) |

    The 3/4 for selu was found by trial; networks that should normalize themselves take the gain 1,
    which is `lecun_normal`. The last row is this project's choice: these functions approach relu
    away from 0, and, unlike relu's, their exact factor depends on the size of the signal.

    Args:
        activation: A name of the table, or a function of that name.
        slope: Below 0, a finite number for leaky_relu; None for the usual one.

    Raises:
        ValueError: If the table does not have the activation, or a slope is not finite or given to
            another activation than leaky_relu.

    Example:
        >>> round(gain("tanh"), 4), round(gain("leaky_relu", 1.0), 4)
        (1.6667, 1.0)
        >>> xavier_uniform(gain=gain("tanh"))
        xavier_uniform(gain=1.6666666666666667)

    Source:
        All but the last row is what PyTorch documents for `torch.nn.init.calculate_gain`, which
        knows no others.
    """
    name = activation_name(activation)
    if slope is not None:
        if name != "leaky_relu":
            raise ValueError(
                f"a slope belongs to 'leaky_relu'; got {shown(slope)} for {shown(name)}"
            )
        return rectifier_gain(real("slope", slope))
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"no gain is known for the activation {shown(name)}; known are {known}")
    return ACTIVATIONS[name].gain


def auto(activation: str | Callable[..., object]) -> Recipe:
    """Choose the initializer whose assumptions an activation meets.

    - selu: `lecun_normal`, for its fixed point needs the variance `1 / fan_in`
      (LeCun et al. 1998, Klambauer et al. 2017).
    - relu, leaky_relu, elu, gelu, silu, softplus: `he_normal`, for they pass about half of the
      variance, exactly half in the case of relu (He et al. 2015).
    - tanh, sigmoid, linear and all others: `xavier_uniform`, which is derived for an activation
      that is nearly linear around 0, and keeps both the signal and the gradient in size as well as
      one number can (Glorot and Bengio 2010). linear is the case that the derivation is exact for.

    Args:
        activation: A name or a function. A function is known by its name, so `auto(engine.relu)` is
            `auto("relu")`. One with another name, such as your own or a lambda, counts among the
            others: Xavier assumes the least about it.

    Raises:
        TypeError: If it is neither a name nor callable.

    Example:
        >>> auto("relu"), auto("tanh"), auto("selu"), auto(lambda z: z * z)
        (he_normal, xavier_uniform, lecun_normal, xavier_uniform)
    """
    name = activation_name(activation)
    return _NAMED[ACTIVATIONS[name].initializer if name in ACTIVATIONS else "xavier_uniform"]()


def get(
    spec: InitializerLike, activation: str | Callable[..., object] | None = None
) -> Initializer:
    """Find the initializer that is meant.

    Args:
        spec: A name; a text such as "normal(0.0, 0.01)", a name with literal arguments, as
            `describe` writes it, of which nothing is evaluated; "auto" for `auto(activation)`; one
            of the classes here, which stands for its defaults; or any callable
            (fan_in, fan_out, rng) -> float.
        activation: That of the layer, for "auto".

    Raises:
        TypeError: If it is neither text nor callable.
        ValueError: If a name or arguments do not exist; it lists the names that do.

    Example:
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
        return _read(spec)
    if isinstance(spec, type):  # normal, say, where normal() was meant
        return _read(spec.__name__)
    if callable(spec):
        return spec
    raise TypeError(
        "an initializer is a name, a text such as 'normal(0.0, 0.01)' or a callable "
        f"(fan_in, fan_out, rng) -> float; got {shown(spec)}"
    )


def describe(initializer: Initializer) -> str:
    """Give a short stable text for an initializer.

    Args:
        initializer: Any.

    Returns:
        What `get` reads, or the name of your own function.

    Example:
        >>> describe(he_normal(mode="fan_out")), describe(uniform(-0.5, 0.5))
        ("he_normal(mode='fan_out')", 'uniform(-0.5, 0.5)')
    """
    if isinstance(initializer, Recipe):
        return repr(initializer)
    return getattr(initializer, "__name__", type(initializer).__name__)


def _read(text: str) -> Recipe:
    """The initializer that a text stands for."""
    try:
        call = read_call(text)
        if call is not None and call.name in _NAMED:
            return _NAMED[call.name](*call.arguments, **call.options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the initializer {shown(text)} cannot be made: {error}") from error
    known = ", ".join(["auto", *_NAMED])
    raise ValueError(f"unknown initializer {shown(text)}; known are {known}")
