"""What optimizers ask of the parameters that they move, and of a state that they go on from.

An optimizer of the wrong things fails late and silently, so each of them is looked at.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Reversible, Sequence, Set
from typing import Any, Protocol

from nn.common.checks import is_finite, is_number, kind, real, whole
from nn.common.text import shown


class Parameter(Protocol):
    """What an optimizer asks of a parameter; a leaf `Value` is one."""

    data: float
    grad: float


def checked_leaves(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Let parameters pass that an optimizer can move.

    Args:
        parameters: At least one, each a leaf and given once.

    Raises:
        TypeError: If they are no iterable or a set, or one is no parameter.
        ValueError: If there are none, or one is the result of an operation or given twice.
    """
    if isinstance(parameters, Set) and not isinstance(parameters, Reversible):
        raise TypeError(
            f"an optimizer needs parameters in an order, but got a {type(parameters).__name__}, "
            "whose order differs from run to run; give a list, such as model.parameters()"
        )
    try:
        leaves = tuple(parameters)
    except TypeError:
        raise TypeError(
            "an optimizer needs an iterable of parameters, such as model.parameters(); "
            f"got {kind(parameters)}"
        ) from None
    if not leaves:
        raise ValueError("an optimizer needs at least one parameter; got none")
    seen: dict[int, int] = {}
    for index, leaf in enumerate(leaves):
        if not all(is_number(getattr(leaf, name, None)) for name in ("data", "grad")):
            raise TypeError(f"parameter {index} must be a Value; got {kind(leaf)}")
        if getattr(leaf, "parents", ()):
            raise ValueError(
                f"parameter {index} is the result of an operation, which the next forward pass "
                f"computes anew; only leaves can be optimized: {leaf!r}"
            )
        first = seen.setdefault(id(leaf), index)
        if first != index:
            raise ValueError(
                f"parameters {first} and {index} are the same Value, which would move twice a "
                f"step: {leaf!r}"
            )
    return leaves


def flat(state: Any) -> Any:
    """Give the entries of a state names such as `learning_rate` and `state.mean`.

    Args:
        state: A dict of entries and of dicts of them; what is none comes back as it is.

    Example:
        >>> flat({"steps": 1, "state": {"mean": [0.0]}})
        {'steps': 1, 'state.mean': [0.0]}
    """
    if not isinstance(state, Mapping):
        return state
    entries: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, Mapping):
            entries |= {f"{name}.{inner}": entry for inner, entry in value.items()}
        else:
            entries[name] = value
    return entries


def entry_problem(name: str, own: Any, given: Any) -> str | None:
    """Say what is wrong with one entry of an optimizer's state, or nothing.

    Args:
        name: As `flat` gives it.
        own: What the optimizer has there.
        given: What it shall have.
    """
    try:
        if name == "learning_rate":
            real(name, given, at_least=0)
        elif name == "steps":
            whole(name, given, at_least=0)
        elif name == "parameters":
            return _order_problem(own, given)
        elif not name.startswith("state."):
            if given != own:
                return f"{name} is {shown(given)}, and here {shown(own)}"
        elif not isinstance(given, Sequence) or isinstance(given, str):
            return f"{name} must be a list of {len(own)} numbers; got {kind(given)}"
        elif len(given) != len(own):
            return f"{name} has {len(given)} numbers for {len(own)} parameters"
        elif bad := [str(i) for i, entry in enumerate(given) if not _is_usable(entry)]:
            return f"{name} is not a number at {', '.join(bad[:10])}"
    except (TypeError, ValueError) as error:
        return str(error)
    return None


def marks(leaves: Iterable[Parameter]) -> list[str | float]:
    """Give what tells parameters apart, to see their order by: the label, or else the number.

    Args:
        leaves: The parameters.

    Example:
        >>> from engine import Value
        >>> marks([Value(0.5), Value(2.0, "slope")])
        [0.5, 'slope']
    """
    return [getattr(leaf, "label", "") or leaf.data for leaf in leaves]


def _order_problem(own: list[str | float], given: Any) -> str | None:
    """Other numbers may be of a model that is loaded later; the same in another order may not."""
    if not isinstance(given, list) or not all(
        isinstance(mark, str | float | int) for mark in given
    ):
        return f"parameters must be a list of labels or numbers; got {kind(given)}"
    if given != own and Counter(given) == Counter(own):
        first = next(i for i, (a, b) in enumerate(zip(given, own, strict=True)) if a != b)
        return (
            f"parameters are in another order: number {first} was {given[first]!r} and is "
            f"{own[first]!r}"
        )
    return None


def _is_usable(entry: object) -> bool:
    """A number; it may be infinite, as the square of a gradient above 1e154 is, but not nan."""
    return is_finite(entry) or entry in (math.inf, -math.inf)
