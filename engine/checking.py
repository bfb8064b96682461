"""What to do when a derivative looks wrong: compare it with differences, find where nan began.

A central difference knows nothing of the rules, so it is evidence where they might be wrong.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.graph import topological_order
from engine.numbers import Real
from engine.reading import Reading
from engine.text import one_line, short
from engine.value import Value, as_value


class GradcheckError(AssertionError):
    """The recorded derivatives and the central differences part."""


@dataclass(frozen=True, slots=True)
class GradcheckRow:
    """One input of a function that was checked.

    Attributes:
        name: Its label, or its place among the inputs.
        data: Its number.
        recorded: The derivative by the engine.
        difference: The derivative by differences.
        agrees: Whether the two part by no more than they may.
    """

    name: str
    data: float
    recorded: float
    difference: float
    agrees: bool


@dataclass(frozen=True, slots=True)
class GradcheckReport:
    """What `gradcheck` found, whose text is a table.

    Attributes:
        rows: One for each input.
    """

    rows: tuple[GradcheckRow, ...]

    @property
    def agrees(self) -> bool:
        """Whether every row agrees."""
        return all(row.agrees for row in self.rows)

    def __str__(self) -> str:
        head = f"{'input':<16} {'at':>12} {'engine':>24} {'differences':>24}"
        return "\n".join(
            [head]
            + [
                f"{row.name:<16} {row.data:>12.6g} {row.recorded:>24.16g} {row.difference:>24.16g}"
                f"{'' if row.agrees else '  <- they part'}"
                for row in self.rows
            ]
        )


def gradcheck(
    function: Callable[..., Value],
    inputs: Sequence[Value | Real],
    eps: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-6,
) -> GradcheckReport:
    """Compare the derivatives that the engine records with central differences.

    The data and the gradients of leaves are afterwards what they were.

    Args:
        function: Called as function(*inputs), with a Value for each input; it returns a Value.
        inputs: Numbers, or leaves: the function may also use leaves without naming its arguments,
            as in `gradcheck(lambda *_: loss(model), model.parameters())`.
        eps: Half the distance of the two points: (f(x + eps) - f(x - eps)) / (2 eps).
        rtol: The two may part by rtol times the larger of them, in absolute value,
        atol: or by this much.

    Returns:
        A report whose text names each input with both derivatives.

    Raises:
        GradcheckError: Where they part, with the same text.
        TypeError: Where an input is no number, or the function returns no Value.
        ValueError: Where an input is no leaf, or eps does not move it.

    Example:
        >>> print(gradcheck(lambda x, y: x * y.tanh(), [2.0, Value(0.5, "y")]))
        input                      at                   engine              differences
        input 0                     2       0.4621171572600097       0.462117157249454
        y                         0.5        1.572895465931855        1.572895466038319

    Source:
        Of the formula and the size of eps: Nocedal & Wright, Numerical Optimization (2006), 8.1.
    """
    leaves = [x if isinstance(x, Value) else Value(x) for x in inputs]
    for leaf in leaves:
        if leaf.op is not None:
            raise ValueError(
                f"gradcheck moves its inputs, so they must be leaves, but got {leaf!r}"
            )
    slopes = Reading(_evaluate(function, leaves), differentiate=True).gradients
    recorded = [slopes.get(leaf, 0.0) for leaf in leaves]
    differences = [_difference(function, leaves, leaf, eps) for leaf in leaves]
    report = GradcheckReport(
        tuple(
            GradcheckRow(
                one_line(leaf.label) or f"input {i}",
                leaf.data,
                derivative,
                difference,
                math.isclose(derivative, difference, rel_tol=rtol, abs_tol=atol),
            )
            for i, (leaf, derivative, difference) in enumerate(
                zip(leaves, recorded, differences, strict=True)
            )
        )
    )
    if not report.agrees:
        raise GradcheckError(str(report))
    return report


def _evaluate(function: Callable[..., Value], leaves: Sequence[Value]) -> Value:
    return as_value(function(*leaves), "what the function of gradcheck returns")


def _difference(
    function: Callable[..., Value], leaves: Sequence[Value], leaf: Value, eps: float
) -> float:
    data = leaf.data
    left, right = data - eps, data + eps
    if not left < right and data == data:
        raise ValueError(
            f"gradcheck needs an eps above 0 that moves its inputs, but got {eps!r} for {leaf!r}"
        )
    try:
        leaf.data = right
        above = _evaluate(function, leaves).data
        leaf.data = left
        below = _evaluate(function, leaves).data
    finally:
        leaf.data = data
    return (above - below) / (right - left)


_MOST_OPERANDS = 6  # that a message lists: a sum over the rows has one for each


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The first node that is not finite, whose text says how it came about.

    Attributes:
        node: The Value.
        what: Which number of it is not finite, "data" or "grad".
    """

    node: Value
    what: str

    def __str__(self) -> str:
        node = self.node
        name = f" of {short(node.label)}" if node.label else ""
        text = f"the {self.what}{name} is {getattr(node, self.what)!r}"
        if node.op is None:
            return f"{text}; it is a leaf"
        operands = ", ".join(
            f"{parent.data!r}" + (f" ({short(parent.label)})" if parent.label else "")
            for parent in node.parents[:_MOST_OPERANDS]
        )
        if (more := len(node.parents) - _MOST_OPERANDS) > 0:
            operands += f" and {more} more"
        return f"{text}; it was made by {node.op.name!r} of {operands}"


def find_nonfinite(output: Value) -> NonFinite | None:
    """The first node, in the order of computation, whose data or gradient is inf or nan.

    The data of the whole graph is looked at before the gradients. A gradient goes wrong on its way
    from the output, so of those it is the first that `backward` reached.

    Args:
        output: A Value.

    Returns:
        The Value with what of it is not finite; None where all is well.

    Raises:
        TypeError: Where the output is no Value.

    Example:
        >>> x = Value(1e200, "x")
        >>> y = (x * x - 1.0).tanh()
        >>> print(find_nonfinite(y))
        the data is inf; it was made by 'mul' of 1e+200 ('x'), 1e+200 ('x')
    """
    order = topological_order(as_value(output, "output"))
    for node in order:
        if not math.isfinite(node.data):
            return NonFinite(node, "data")
    for node in reversed(order):
        if not math.isfinite(node.grad):
            return NonFinite(node, "grad")
    return None
