"""What a model and a loss are to those who train, measure or draw them: as little as they need."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from engine import Value
from nn.common.checks import kind

Outputs: TypeAlias = Value | Sequence[Value]
"""What a model gives for one row: a Value, or a list of them."""

LossFunction: TypeAlias = Callable[[Sequence[Outputs], Sequence[Any]], Value]
"""All outputs and all targets, a row each -> the loss."""


class Model(Protocol):
    """What `fit` asks of a model; every `Module` that can be called is one."""

    def parameters(self) -> list[Value]:
        """List its parameters."""

    def __call__(self, inputs: Any, /) -> Outputs:
        """Give the outputs for one row."""


def checked_loss(value: object) -> Value:
    """What a loss gave, or a TypeError if that is no Value."""
    if isinstance(value, Value):
        return value
    raise TypeError(f"a loss must give a Value, but this one gave {kind(value)}")


def as_list(outputs: Outputs) -> list[Value]:
    """Give the outputs for one row as a list, also where there is only one.

    Args:
        outputs: As a model gives them.
    """
    return [outputs] if isinstance(outputs, Value) else list(outputs)
