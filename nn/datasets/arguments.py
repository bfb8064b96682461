"""What callers hand in, checked in one place and in the same words."""

import random
from collections.abc import Sequence

__all__ = ["check_count", "check_lengths", "check_real", "generator"]


def check_count(name: str, value: int, least: int) -> None:
    """Let whole numbers pass that are large enough."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, got {value}")


def check_real(name: str, value: float) -> float:
    """Return a real number; whether it is in range is for the caller to say."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return value


def generator(seed: int) -> random.Random:
    """Return the generator of a seed; None, which Python would take for "any", is refused."""
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed must be an int, so that the data can be drawn again; got {seed!r}")
    return random.Random(seed)


def check_lengths(inputs: Sequence[object], targets: Sequence[object]) -> None:
    """Let rows pass that have a target each, if there are any."""
    if len(inputs) != len(targets):
        raise ValueError(f"{len(inputs)} rows of inputs but {len(targets)} targets")
    if not len(inputs):
        raise ValueError("there is not a single row of data")
