"""The table of activations: the names that stand for them, and how their weights should start.

What an activation does, its slope and where it goes flat are facts of the engine's row; what a
network asks besides stands here, once.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from engine import Value

ActivationLike: TypeAlias = str | Callable[[Value], Value]
"""How an activation is given: by a name of the table, or as any function of a Value."""


class Activation(NamedTuple):
    """A row of the table.

    Attributes:
        function: Value -> Value.
        gain: What makes up for it in the standard deviation of the weights, see `nn.init.gain`.
        initializer: The name of the one whose assumptions it meets, see `nn.init.auto`.
    """

    function: Callable[[Value], Value]
    gain: float
    initializer: str


def linear(z: Value) -> Value:
    """Leave the weighted sum as it is: no activation.

    Args:
        z: The weighted sum.
    """
    return z


def rectifier_gain(slope: float) -> float:
    """Give the gain of what is z above 0 and slope * z below: sqrt(2 / (1 + slope²)).

    Args:
        slope: A finite number.

    Example:
        >>> rectifier_gain(1.0)
        1.0
    """
    return math.sqrt(2.0 / (1.0 + slope**2))


RELU = rectifier_gain(0.0)

ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(linear, 1.0, "xavier_uniform"),
    "tanh": Activation(Value.tanh, 5.0 / 3.0, "xavier_uniform"),
    "sigmoid": Activation(Value.sigmoid, 1.0, "xavier_uniform"),
    "relu": Activation(Value.relu, RELU, "he_normal"),
    "leaky_relu": Activation(Value.leaky_relu, rectifier_gain(0.01), "he_normal"),
    "elu": Activation(Value.elu, RELU, "he_normal"),
    "selu": Activation(Value.selu, 0.75, "lecun_normal"),
    "gelu": Activation(Value.gelu, RELU, "he_normal"),
    "silu": Activation(Value.silu, RELU, "he_normal"),
    "softplus": Activation(Value.softplus, RELU, "he_normal"),
}
"""The activations that a name stands for."""


def activation_name(activation: str | Callable[..., object]) -> str:
    """Name an activation; for one of the table it is the name that stands for it.

    Args:
        activation: A name, which stays itself, or any callable.

    Raises:
        TypeError: If it is neither.

    Example:
        >>> activation_name("relu"), activation_name(Value.tanh), activation_name(lambda z: z * z)
        ('relu', 'tanh', '<lambda>')
    """
    if isinstance(activation, str):
        return activation
    if callable(activation):
        return getattr(activation, "__name__", type(activation).__name__)
    raise TypeError(
        f"an activation is a name or a callable on a Value; got {repr(activation)[:200]}"
    )


def activation_function(activation: ActivationLike) -> Callable[[Value], Value]:
    """Find the function that an activation means.

    Args:
        activation: A name, or any function of a Value.

    Raises:
        TypeError: If it is neither.
        ValueError: If the table lacks the name.
    """
    name = activation_name(activation)
    if not isinstance(activation, str):
        return activation
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"unknown activation {name[:40]!r}; known are {known}")
    return ACTIVATIONS[name].function


def is_own(function: Callable[[Value], Value]) -> bool:
    """Say whether it is one of the table: a user's own may decide by `if`, which these do not.

    Args:
        function: Any activation.
    """
    return any(function is known.function for known in ACTIVATIONS.values())
