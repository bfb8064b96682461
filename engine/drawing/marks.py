"""What is wrong in a graph, to be marked where it is: units that pass nothing on, odd gradients."""

import math
from collections.abc import Collection, Iterable, Iterator
from statistics import median

from engine import ops
from engine.value import Constant, Value

SATURATED = "saturated"
DEAD = "dead ReLU"
ZERO = "zero gradient"
NOT_FINITE = "not finite"
TINY = "tiny gradient"
HUGE = "huge gradient"

_STEEPEST = {ops.TANH: 1.0, ops.SIGMOID: 0.25}
_SATURATED_BELOW = 0.01  # of the steepest slope: tanh beyond ±3, sigmoid beyond ±6
_FAR = 1000.0


def find_marks(
    order: Iterable[Value], parameters: Collection[Value] = (), differentiated: bool = True
) -> dict[Value, tuple[str, ...]]:
    """What is wrong with each Value, for those with which something is.

    order           the Values
    parameters      those among them that are compared with each other as parameters
    differentiated  whether backward() has run, so that the gradients mean something

    A tanh or sigmoid is saturated where its slope is below a hundredth of the steepest; a ReLU is
    dead where it passes nothing on. A gradient is marked if it is exactly zero, not finite, or a
    thousand times smaller or larger than the median (of absolute values other than zero) of its
    kind: parameters, other leaves, or operations.

    >>> x = Value(-2.0, "x")
    >>> y = x.relu()
    >>> y.backward()
    >>> find_marks([x, y])[x], find_marks([x, y])[y]
    (('zero gradient',), ('dead ReLU',))
    """
    nodes = [node for node in order if not isinstance(node, Constant)]
    parameters = frozenset(parameters)
    typical = _medians(nodes, parameters) if differentiated else {}
    found = {}
    for node in nodes:
        marks = tuple(_operation_marks(node))
        if differentiated:
            marks += tuple(_gradient_marks(node.grad, typical.get(_kind(node, parameters), 0.0)))
        if not math.isfinite(node.data) and NOT_FINITE not in marks:
            marks += (NOT_FINITE,)
        if marks:
            found[node] = marks
    return found


def concerns(mark: str, node: Value) -> bool:
    """Whether a Value is one that could have the mark."""
    if mark == DEAD:
        return node.op is ops.RELU
    if mark == SATURATED:
        return node.op in _STEEPEST
    return True


def _kind(node: Value, parameters: frozenset[Value]) -> str:
    if node.op is not None:
        return "operation"
    return "parameter" if node in parameters else "leaf"


def _medians(nodes: Iterable[Value], parameters: frozenset[Value]) -> dict[str, float]:
    sizes: dict[str, list[float]] = {}
    for node in nodes:
        if node.grad != 0.0 and math.isfinite(node.grad):
            sizes.setdefault(_kind(node, parameters), []).append(abs(node.grad))
    return {kind: median(numbers) for kind, numbers in sizes.items()}


def _operation_marks(node: Value) -> Iterator[str]:
    if node.op in _STEEPEST and abs(node.partials[0]) < _SATURATED_BELOW * _STEEPEST[node.op]:
        yield SATURATED
    if node.op is ops.RELU and node.partials[0] == 0.0:
        yield DEAD


def _gradient_marks(gradient: float, typical: float) -> Iterator[str]:
    size = abs(gradient)
    if not math.isfinite(gradient):
        yield NOT_FINITE
    elif size == 0.0:
        yield ZERO
    elif size * _FAR <= typical:
        yield TINY
    elif typical and size >= typical * _FAR:
        yield HUGE
