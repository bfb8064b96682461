"""Targets as losses take them: (target, number of outputs) -> the numbers of the target.

Each raises a TypeError for what is no number, and a ValueError for a number that does not belong.
"""

import math
from typing import Any

from engine import Value, as_items, holds_items
from nn.common.checks import real
from nn.common.text import shown

EXACT, ROUNDED = 1e-9, 1e-5
"""So far may the sum of a distribution be from 1: one of doubles, and one of 32-bit floats."""


def target_number(name: str, target: object) -> float:
    """Let a finite number pass, as a float.

    Args:
        name: What the error calls it.
        target: Whatever was given.
    """
    try:
        return real(name, target)
    except TypeError as error:
        if isinstance(target, str):
            raise TypeError(
                f"{error}; of classes by name make numbers, classes.index(word) of a list of them"
            ) from None
        raise


def numbers(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as a number for each output.

    Args:
        target: A number, or a list of them; some may be Values.
        n_outputs: How many there must be.
    """
    given = _given(target)
    if len(given) != n_outputs:
        raise ValueError(f"{n_outputs} outputs need as many targets, but got {shown(target)}")
    return [x if isinstance(x, Value) else target_number("a target", x) for x in given]


def signs(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as -1 or 1 for each output.

    Args:
        target: As of `numbers`; a bool is none, for of False it is not known that it is -1.
        n_outputs: How many there must be.
    """
    if any(isinstance(x, bool) for x in _given(target)):
        raise TypeError(
            f"a target must be -1 or 1; got the bool {target!r}: pass a float or an int, of a bool "
            "make 2 * y - 1"
        )
    for number in (encoded := numbers(target, n_outputs)):
        if not isinstance(number, Value) and number not in (-1.0, 1.0):
            raise ValueError(
                f"a target must be -1 or 1, but got {number:g}; of a class 0 or 1 make 2 * y - 1"
            )
    return encoded


def probabilities(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as a probability for each output.

    Args:
        target: As of `numbers`; False is 0 and True is 1.
        n_outputs: How many there must be.
    """
    target = [_counted(x) for x in _given(target)]
    for number in (encoded := numbers(target, n_outputs)):
        if not isinstance(number, Value) and not 0.0 <= number <= 1.0:
            raise ValueError(f"a target must be from 0 to 1, but got {number:g}")
    return encoded


def distribution(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as a distribution over the classes.

    Args:
        target: A distribution, which must add up to 1 (what 32-bit floats are off by is evened
            out), or the class that has all of it; False is
            the class 0 and True the class 1.
        n_outputs: The number of classes, at least 2.
    """
    if n_outputs < 2:
        raise ValueError(
            "it needs an output for each class, but the model has one output; "
            "binary_cross_entropy takes one for two classes"
        )
    if holds_items(target):
        encoded = probabilities(target, n_outputs)
        if not any(isinstance(number, Value) for number in encoded):
            sum_ = math.fsum(encoded)
            if abs(sum_ - 1.0) > ROUNDED:
                raise ValueError(
                    f"a distribution must add up to 1, but {shown(target)} adds to {sum_:.9g}"
                )
            if abs(sum_ - 1.0) > EXACT:
                encoded = [number / sum_ for number in encoded]
        return encoded
    number = target_number("a class number", _counted(target))
    if number != int(number) or not 0 <= number < n_outputs:
        raise ValueError(
            f"a class must be a whole number from 0 to {n_outputs - 1}; got {shown(target)}"
        )
    return [1.0 if k == number else 0.0 for k in range(n_outputs)]


def _given(target: Any) -> list[Any]:
    """The numbers of a target, which are its own."""
    return as_items(target, "a target") if holds_items(target) else [target]


def _counted(number: Any) -> Any:
    """A bool as the number that it is where 0 and 1 are wanted."""
    return int(number) if isinstance(number, bool) else number
