"""Clipping: a gradient that is far too long, as one row can make it, is shortened before the step.

A clip is any function of the gradients, a number for each parameter, that gives those that the
optimizer shall see. These two are written in lower case, as the schedules are.
"""
# ruff: noqa: N801

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nn.common.checks import real, settle


@dataclass(frozen=True, slots=True)
class clip_norm:
    """Shorten the gradient as a whole to a length of at most `limit`; its direction stays.

    Formula: `g * min(1, limit / √Σ g²)`.

    Args:
        limit: A finite number above 0.

    Example:
        >>> list(clip_norm(1.0)([3.0, 4.0])), list(clip_norm(10.0)([3.0, 4.0]))
        ([0.6000000000000001, 0.8], [3.0, 4.0])

    Source:
        Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks"
        (2013), section 3.2.
    """

    limit: float

    def __post_init__(self) -> None:
        settle(self, limit=real("limit", self.limit, above=0))

    def __call__(self, gradients: Sequence[float]) -> Iterable[float]:
        """Give the gradients that the optimizer shall see."""
        norm = math.hypot(*gradients)
        if norm <= self.limit:
            return gradients
        factor = self.limit / norm
        return [gradient * factor for gradient in gradients]


@dataclass(frozen=True, slots=True)
class clip_value:
    """Bring each number of the gradient between `-limit` and `limit`; its direction may turn.

    Formula: `max(-limit, min(limit, g))`.

    Args:
        limit: A finite number above 0.

    Example:
        >>> list(clip_value(1.0)([3.0, -0.5, -4.0]))
        [1.0, -0.5, -1.0]
    """

    limit: float

    def __post_init__(self) -> None:
        settle(self, limit=real("limit", self.limit, above=0))

    def __call__(self, gradients: Sequence[float]) -> Iterable[float]:
        """Give the gradients that the optimizer shall see."""
        return [max(-self.limit, min(self.limit, gradient)) for gradient in gradients]
