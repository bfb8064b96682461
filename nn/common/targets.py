"""Targets as losses take them: (target, number of outputs) -> the numbers of the target.

Each raises a TypeError for what is no number, and a ValueError for a number that does not belong.
"""

import math
from typing import Any

from engine import Value
from nn.common.checks import is_row, real


def numbers(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as a number for each output.

    Args:
        target: A number, or a list of them; some may be Values.
        n_outputs: How many there must be.
    """
    given = list(target) if is_row(target) else [target]
    if len(given) != n_outputs:
        raise ValueError(f"{n_outputs} outputs need as many targets, but got {target!r}")
    return [x if isinstance(x, Value) else real("a target", x) for x in given]


def signs(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as -1 or 1 for each output.

    Args:
        target: As of `numbers`.
        n_outputs: How many there must be.
    """
    for number in (encoded := numbers(target, n_outputs)):
        if not isinstance(number, Value) and number not in (-1.0, 1.0):
            raise ValueError(
                f"a target must be -1 or 1, but got {number:g}; of a class 0 or 1 make 2 * y - 1"
            )
    return encoded


def probabilities(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as a probability for each output.

    Args:
        target: As of `numbers`.
        n_outputs: How many there must be.
    """
    for number in (encoded := numbers(target, n_outputs)):
        if not isinstance(number, Value) and not 0.0 <= number <= 1.0:
            raise ValueError(f"a target must be from 0 to 1, but got {number:g}")
    return encoded


def distribution(target: Any, n_outputs: int) -> list[Any]:
    """Encode a target as a distribution over the classes.

    Args:
        target: A distribution, which must add up to 1, or the class that has all of it.
        n_outputs: The number of classes, at least 2.
    """
    if n_outputs < 2:
        raise ValueError(
            "it needs an output for each class, but the model has one output; "
            "binary_cross_entropy takes one for two classes"
        )
    if is_row(target):
        encoded = probabilities(target, n_outputs)
        if not any(isinstance(number, Value) for number in encoded):
            sum_ = math.fsum(encoded)
            if abs(sum_ - 1.0) > 1e-9:
                raise ValueError(
                    f"a distribution must add up to 1, but {target!r} adds to {sum_:g}"
                )
        return encoded
    number = real("a class number", target)
    if number != int(number) or not 0 <= number < n_outputs:
        raise ValueError(
            f"a class must be a whole number from 0 to {n_outputs - 1}; got {target!r}"
        )
    return [1.0 if k == number else 0.0 for k in range(n_outputs)]
