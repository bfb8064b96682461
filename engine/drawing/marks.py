"""What is wrong in a graph, to be marked where it is: units that pass nothing on, odd gradients."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from engine.reading import Reading
from engine.row import Operation
from engine.value import Constant, Value

SATURATED = "saturated"
DEAD = "dead ReLU"
ZERO = "zero gradient"
NOT_FINITE = "not finite"
TINY = "tiny gradient"
HUGE = "huge gradient"

_FAR = 1000.0


def find_marks(
    reading: Reading, shown: Iterable[Value] | None = None
) -> dict[Value, tuple[str, ...]]:
    """What is wrong with each Value, for those with which something is.

    What counts as saturated, and what can die, the row of the operation says; a unit that can is
    dead where it passes nothing on. A gradient is marked if it is exactly zero, not finite, or a
    thousand times smaller or larger than the median (of absolute values other than zero) of its
    kind: parameters, other leaves, or operations. Where gradients vanish or explode on their way
    back, those near the output are far from the median and yet as they should be; so what is tiny
    must be smaller than the output's own gradient, too, and what is huge larger.

    Args:
        reading: The graph. Its gradients are looked at where it has been differentiated.
        shown: The Values to look at, and to compare with each other; all if None.

    Example:
        >>> x = Value(-2.0, "x")
        >>> y = x.relu()
        >>> marks = find_marks(Reading(y, differentiate=True))
        >>> marks[x], marks[y]
        (('zero gradient',), ('dead ReLU',))
    """
    nodes = [
        node
        for node in (reading.order if shown is None else shown)
        if not isinstance(node, Constant)
    ]
    found = {}
    for node in nodes:
        marks = [] if node.op is None else list(_operation_marks(node, node.op))
        if not math.isfinite(node.data):
            marks.append(NOT_FINITE)
        if marks:
            found[node] = marks
    if reading.differentiated:
        given, gradients = reading.given, reading.gradients
        operations = [node for node in nodes if node.op is not None]
        leaves = [node for node in nodes if node.op is None]
        parameters = [node for node in leaves if node in given]
        others = [node for node in leaves if node not in given] if parameters else leaves
        for kind in (operations, parameters, others):
            for node, mark in _gradient_marks(kind, gradients, abs(gradients[reading.output])):
                marks = found.setdefault(node, [])
                if mark not in marks:
                    marks.append(mark)
    return {node: tuple(marks) for node, marks in found.items()}


def concerns(mark: str, node: Value) -> bool:
    """Whether a Value is one that could have the mark."""
    if mark == DEAD:
        return node.op is not None and node.op.can_die
    if mark == SATURATED:
        return node.op is not None and node.op.saturated_outside is not None
    return True


def _operation_marks(node: Value, op: Operation) -> Iterator[str]:
    if op.is_saturated(node.data):
        yield SATURATED
    if op.can_die and node.partials[0] == 0.0:
        yield DEAD


def _gradient_marks(
    kind: Sequence[Value], gradients: Mapping[Value, float], at_output: float
) -> Iterator[tuple[Value, str]]:
    """What is wrong with gradients of Values of one kind, which are compared with each other."""
    sizes = [abs(gradients[node]) for node in kind]
    usual = [size for size in sizes if 0.0 < size < math.inf]
    typical = median(usual) if usual else 0.0
    for node, size in zip(kind, sizes, strict=True):
        if not size < math.inf:
            yield node, NOT_FINITE
        elif size == 0.0:
            yield node, ZERO
        elif size * _FAR <= typical and size < at_output:
            yield node, TINY
        elif size >= typical * _FAR and size > at_output:
            yield node, HUGE
