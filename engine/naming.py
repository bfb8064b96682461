"""What to call a Value, and how to write its number, in a drawing, an explanation or a step."""

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from engine.value import Constant, Value


class Named(Protocol):
    """A model that knows the names of its parameters."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]: ...


def node_names(
    order: Sequence[Value],
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
) -> dict[Value, str]:
    """A name for every node: the one given, else its label, else an automatic one.

    order  the nodes, parents before children, as `topological_order` gives them
    names  pairs of a name and a Value, as `model.named_parameters()` gives them
    model  whatever has such a method; a name in `names` goes before one of the model

    A constant is called by its number; another node without a name is v0, v1, … by its place in the
    order. Names are for reading: two Values may have the same one, if the user labelled them so.

    Raises a TypeError where `names` or `model` is something else.

    >>> from engine.graph import topological_order
    >>> x = Value(3.0, "x")
    >>> y = 2 * x + 1
    >>> list(node_names(topological_order(y), names=[("bias", y.parents[1])]).values())
    ['2', 'x', 'v2', 'bias', 'v4']
    """
    given = {} if model is None else _by_value(_parameters_of(model))
    given.update(_by_value(names))
    return {
        node: given.get(node)
        or node.label
        or (number_text(node.data) if isinstance(node, Constant) else f"v{i}")
        for i, node in enumerate(order)
    }


def _parameters_of(model: Named) -> Iterable[tuple[str, Value]]:
    if not callable(getattr(model, "named_parameters", None)):
        raise TypeError(
            "model must have a method named_parameters(), as a Module has, but got the "
            f"{type(model).__name__} {model!r}"
        )
    return model.named_parameters()


def _by_value(names: Iterable[tuple[str, Value]]) -> dict[Value, str]:
    """The names by Value, or the TypeError that says what `names` should be."""
    expected = "names must be pairs of a name and a Value, as model.named_parameters() gives them"
    try:
        pairs = [(name, value) for name, value in names]
    except (TypeError, ValueError):
        raise TypeError(f"{expected}, but got the {type(names).__name__} {names!r}") from None
    for name, value in pairs:
        if not (isinstance(name, str) and isinstance(value, Value)):
            raise TypeError(f"{expected}, but got {(name, value)!r} among them")
    return {value: name for name, value in pairs}


def number_text(number: float, digits: int = 4) -> str:
    """The number in `digits` significant digits, with the signs of print: −0.2426, 1.5e−9, ∞.

    >>> number_text(-0.24264), number_text(2.0), number_text(-1.5e-9), number_text(float("-inf"))
    ('−0.2426', '2', '−1.5e−9', '−∞')
    """
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    text = f"{number + 0.0:.{digits}g}"  # -0.0 + 0.0 is 0.0
    mantissa, e, exponent = text.partition("e")
    return (f"{mantissa}e{int(exponent)}" if e else mantissa).replace("-", "−")
