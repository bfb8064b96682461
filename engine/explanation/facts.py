"""The facts of one derivative, without a word: what lies on the way, and what passes along it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.calculus import replay
from engine.explanation.paths import Path, consumers_on, count_paths, greatest_paths
from engine.graph import descendants
from engine.reading import Edge, Reading
from engine.value import Value


@dataclass(frozen=True, slots=True)
class Use:
    """That a node takes a Value as an operand, perhaps as several: the edges between the two."""

    edges: tuple[Edge, ...]

    @property
    def consumer(self) -> Value:
        """The node."""
        return self.edges[0].node

    @property
    def local_derivative(self) -> float:
        """∂consumer/∂Value, summed over the edges."""
        local = 0.0
        for edge in self.edges:
            local += edge.local_derivative
        return local

    @property
    def contribution(self) -> float:
        """What it adds to the gradient of the Value."""
        return self.local_derivative * self.edges[0].gradient


class Facts:
    """Where a derivative comes from, in numbers.

    Args:
        reading: The graph of the output, differentiated.
        wrt: A Value that was read, with respect to which the derivative is.
        top: How many paths to find.
        gradient_check: Whether to take the central difference.
    """

    def __init__(self, reading: Reading, wrt: Value, top: int, gradient_check: bool) -> None:
        self.reading = reading
        self.output = reading.output
        self.wrt = wrt
        self.derivative: float = reading.gradients[wrt]
        depend = descendants(reading.order, [wrt])
        self.order: tuple[Value, ...] = ()
        if self.output in depend:
            self.order = tuple([node for node in reading.order if node in depend])
        self.consumers: Mapping[Value, Sequence[Value]] = consumers_on(self.order or (wrt,))
        self.number_of_paths = 0
        self.paths: tuple[Path, ...] = ()
        self.central_difference: float | None = 0.0 if gradient_check else None
        if self.order:
            self.number_of_paths = count_paths(self.order, self.consumers)
            self.paths = tuple(greatest_paths(self.order, top, self.derivative))
            if gradient_check:
                self.central_difference = _central_difference(self.order)
        self._uses: dict[Value, Sequence[Use]] = {}

    @cached_property
    def gradients(self) -> Mapping[Value, float]:
        """∂output/∂node for each node on the way."""
        return {node: self.reading.gradients[node] for node in self.order}

    def uses(self, node: Value) -> Sequence[Use]:
        """Who takes the node as an operand, in the order of computation."""
        if node not in self._uses:
            self._uses[node] = [
                Use(tuple(edge for edge in self.reading.edges(consumer) if edge.parent is node))
                for consumer in dict.fromkeys(self.consumers[node])
            ]
        return self._uses[node]


def _central_difference(way: Sequence[Value]) -> float:
    """(output(wrt + h) - output(wrt - h)) / 2h, with the graph cut at wrt.

    Args:
        way: The nodes from wrt to the output, as recorded; they run again on the present data.
    """
    wrt, output = way[0], way[-1]
    beside = {parent: parent.data for node in way[1:] for parent in node.parents}
    for node in way[1:]:
        beside.pop(node, None)

    def moved(number: float) -> float:
        numbers, _ = replay(way, lambda leaf: leaf.data, known={**beside, wrt: number})
        return numbers[output]  # type: ignore[no-any-return]

    step = _STEP * max(1.0, abs(wrt.data))
    right, left = wrt.data + step, wrt.data - step
    return (moved(right) - moved(left)) / (right - left)


_STEP = 1e-6
