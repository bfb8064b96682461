"""What callers hand in, looked at where it is given, and refused in one way.

A number that slips through unchecked shows up thousands of steps later as a network that does not
learn. A wrong type is a TypeError and a wrong number a ValueError; both say what was expected and
what was given. A bool is a slip, not a number; a scalar of NumPy is one.
"""

import math
from collections.abc import Callable, Mapping, Sized
from numbers import Integral, Real
from typing import Any, TypeGuard, TypeVar

from nn.common.text import counted, shown

Own = TypeVar("Own")


def is_number(value: object) -> TypeGuard[Real]:
    """Say whether something counts as a real number, of whatever size.

    Example:
        >>> is_number(1), is_number(float("nan")), is_number(True), is_number("1")
        (True, True, False, False)
    """
    return isinstance(value, Real) and not isinstance(value, bool)


def is_finite(value: object) -> bool:
    """Say whether something is a real number that a finite float can stand for.

    Example:
        >>> is_finite(1), is_finite(float("nan")), is_finite(10**400), is_finite(None)
        (True, False, False, False)
    """
    return is_number(value) and math.isfinite(_as_float(value))


def real(
    name: str,
    value: object,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
) -> float:
    """Let a finite number within bounds pass, as a float.

    Args:
        name: What the error calls it.
        value: Whatever was given.
        at_least: The least that is allowed.
        above: What it has to exceed.
        at_most: The greatest that is allowed.
        below: What it must not reach.

    Raises:
        TypeError: If it is no number.
        ValueError: If it is not finite or out of bounds.

    Example:
        >>> real("momentum", 1, at_least=0, at_most=1)
        1.0
        >>> real("momentum", -0.5, at_least=0, at_most=1)
        Traceback (most recent call last):
            ...
        ValueError: momentum must be a finite number at least 0 and at most 1; got -0.5
    """
    number = _as_float(value) if is_number(value) else math.nan
    if math.isfinite(number) and at_least <= number <= at_most and above < number < below:
        return number
    bounds = {"at least": at_least, "above": above, "at most": at_most, "below": below}
    wanted = [f"{word} {bound:g}" for word, bound in bounds.items() if math.isfinite(bound)]
    expected = f"{name} must be {' '.join(['a finite number', ' and '.join(wanted)]).rstrip()}"
    if is_number(value):
        raise ValueError(f"{expected}; got {shown(value)}")
    raise TypeError(f"{expected}; got {kind(value)}: pass a float or an int")


def whole(name: str, value: object, *, at_least: int | None = None) -> int:
    """Let a whole number that is large enough pass, as an int.

    Args:
        name: What the error calls it.
        value: Whatever was given.
        at_least: The least that is allowed; None for any.

    Raises:
        TypeError: If it is no whole number by its type, as 1.0 is not.
        ValueError: If it is too small.

    Example:
        >>> whole("steps", 0, at_least=1)
        Traceback (most recent call last):
            ...
        ValueError: steps must be a whole number at least 1; got 0
        >>> whole("steps", "5")
        Traceback (most recent call last):
            ...
        TypeError: steps must be a whole number; got the str '5': pass an int
    """
    expected = f"{name} must be a whole number"
    if at_least is not None:
        expected += f" at least {at_least}"
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{expected}; got {kind(value)}: pass an int")
    if at_least is not None and int(value) < at_least:
        raise ValueError(f"{expected}; got {shown(value)}")
    return int(value)


def check_lengths(what: str, rows: Sized, targets: Sized) -> None:
    """Let rows pass that have a target each, if there are any.

    Args:
        what: What the error says that needs them.
        rows: The inputs, or the outputs.
        targets: What belongs to them.

    Raises:
        ValueError: If there are none, or more of the one than of the other.

    Example:
        >>> check_lengths("the training data", [[0.0], [1.0]], [0])
        Traceback (most recent call last):
            ...
        ValueError: the training data needs a target for each row, but got 2 rows and 1 target
    """
    if len(rows) != len(targets):
        raise ValueError(
            f"{what} needs a target for each row, but got {counted(len(rows), 'row')} "
            f"and {counted(len(targets), 'target')}"
        )
    if len(rows) == 0:
        raise ValueError(f"{what} needs at least one row, but got none")


def check_state(
    owner: object,
    own: Mapping[str, Own],
    given: Mapping[str, object],
    problem: Callable[[str, Own, Any], str | None],
) -> None:
    """Let a state pass that fits its owner: the same names, and under each what belongs there.

    Args:
        owner: Whose state it shall be.
        own: What the owner has, by name.
        given: What was given, by name.
        problem: (name, what the owner has, what was given) -> what is wrong with that, or None.

    Raises:
        TypeError: If what was given is no dict.
        ValueError: If anything is wrong; it lists all of it.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"a state is a dict, as state_dict() returns it; got {kind(given)}")
    problems = [f"{name} is missing" for name in own if name not in given]
    problems += [f"{str(name)[:200]} is unexpected" for name in given if name not in own]
    both = [name for name in own if name in given]
    problems += [found for name in both if (found := problem(name, own[name], given[name]))]
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise ValueError(f"the state does not fit this {type(owner).__name__}:{listed}")


def settle(instance: object, **fields: object) -> None:
    """Store checked values in a frozen dataclass, from its `__post_init__`.

    Args:
        instance: The object that is being made.
        fields: Its values by name.
    """
    for name, value in fields.items():
        object.__setattr__(instance, name, value)


def kind(value: object) -> str:
    """Say what was given instead of something of another type, at not too great length.

    Example:
        >>> kind("5"), kind(None)
        ("the str '5'", 'the NoneType None')
    """
    return f"the {type(value).__name__} {shown(value)}"


def _as_float(value: Real) -> float:
    try:
        return float(value)
    except OverflowError:  # an int beyond the range of a float
        return math.inf
