"""The facts of one derivative, without a word: what lies on the way, and what passes along it."""

from collections.abc import Mapping, Sequence

from engine.cached import cached_property
from engine.calculus import replay
from engine.explanation.paths import Path, Way, count_paths, greatest_paths
from engine.graph import descendants
from engine.reading import Reading
from engine.value import Value


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
        self.number_of_paths = 0
        self.paths: tuple[Path, ...] = ()
        self.central_difference: float | None = 0.0 if gradient_check else None
        if self.output in depend:
            self.order = tuple([node for node in reading.order if node in depend])
        self.way = Way(self.order)
        if self.order:
            self.number_of_paths = count_paths(self.way)
            self.paths = tuple(greatest_paths(self.way, top, self.derivative))
            if gradient_check:
                self.central_difference = _central_difference(self.order)

    @cached_property
    def gradients(self) -> Mapping[Value, float]:
        """∂output/∂node for each node on the way."""
        return {node: self.reading.gradients[node] for node in self.order}

    def consumers(self, node: Value) -> list[Value]:
        """Those on the way that take the node as an operand, in the order of computation."""
        return list(dict.fromkeys(self.way.consumers(node)))

    def positions(self, consumer: Value, node: Value) -> list[int]:
        """Which operands of the consumer are the node."""
        parents = consumer.parents
        return [i for i in self.way.positions(consumer) if parents[i] is node]

    def local_derivative(self, consumer: Value, node: Value) -> float:
        """∂consumer/∂node, summed over these."""
        local = 0.0
        for position in self.positions(consumer, node):
            local += consumer.partials[position]
        return local

    def contribution(self, consumer: Value, node: Value) -> float:
        """What the consumer adds to the gradient of the node."""
        return self.local_derivative(consumer, node) * self.reading.gradients[consumer]


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
