"""What callers hand in, checked in one place and in the same words."""

import random
from collections.abc import Sequence

__all__ = ["check_count", "check_lengths", "check_real", "generator"]


def check_count(name: str, value: int, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more, got {value}")


def check_real(name: str, value: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return value


def generator(seed: int) -> random.Random:
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed must be an int, so that the data can be drawn again; got {seed!r}")
    return random.Random(seed)


def check_lengths(inputs: Sequence[object], targets: Sequence[object]) -> None:
    if len(inputs) != len(targets):
        raise ValueError(f"{len(inputs)} rows of inputs but {len(targets)} targets")
    if not len(inputs):
        raise ValueError("there is not a single row of data")
