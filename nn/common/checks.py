"""The checks that settings of initializers, schedules and optimizers share.

A number that slips through unchecked shows up thousands of steps later as a network that does
not learn, so each of them is looked at where it is given, and the message names it.
"""

import math
from numbers import Integral, Real


def real(
    name: str,
    value: object,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
) -> float:
    """Return `value` as a float, or raise a ValueError unless it is finite and within the bounds.

    >>> real("momentum", 1, at_least=0, at_most=1)
    1.0
    >>> real("momentum", -0.5, at_least=0, at_most=1)
    Traceback (most recent call last):
        ...
    ValueError: momentum must be a finite number at least 0 and at most 1; got -0.5
    """
    number = _as_float(value)
    if math.isfinite(number) and at_least <= number <= at_most and above < number < below:
        return number
    bounds = {"at least": at_least, "above": above, "at most": at_most, "below": below}
    wanted = [f"{word} {bound:g}" for word, bound in bounds.items() if math.isfinite(bound)]
    expected = " ".join(["a finite number", " and ".join(wanted)]).rstrip()
    raise ValueError(f"{name} must be {expected}; got {value!r}")


def whole(name: str, value: object, *, at_least: int) -> int:
    """Return `value` as an int, or raise a ValueError unless it is a whole number in range.

    >>> whole("steps", 0, at_least=1)
    Traceback (most recent call last):
        ...
    ValueError: steps must be a whole number at least 1; got 0
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= at_least:
        return int(value)
    raise ValueError(f"{name} must be a whole number at least {at_least}; got {value!r}")


def settle(instance: object, **fields: object) -> None:
    """Store checked values in a frozen dataclass, from its `__post_init__`."""
    for name, value in fields.items():
        object.__setattr__(instance, name, value)


def _as_float(value: object) -> float:
    """The number, or nan for what is none (a bool is a slip, not a number)."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf
