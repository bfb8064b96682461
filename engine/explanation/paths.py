"""The paths through a graph along which a gradient arrives: how many there are, and the greatest.

A graph of a hundred nodes can have more paths than could ever be listed. Their number is a sum over
each node's parents; the greatest are found by dynamic programming and a few detours.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, nsmallest
from typing import TypeAlias

from engine.cached import cached_property
from engine.value import Value

Cost: TypeAlias = tuple[int, float]
"""How much smaller a product gets: first by factors that are zero, then by -log |factor|."""


@dataclass(frozen=True, slots=True)
class Path:
    """One path from a Value to the output, and what of the gradient arrives along it.

    Attributes:
        nodes: The Values, from the one to the output.
        positions: For each edge, which operand of its later node the earlier one is.
        local_derivatives: For each edge, the local derivative.
        contribution: Their product.
        share: contribution / the derivative; nan where that is 0.
    """

    nodes: tuple[Value, ...]
    positions: tuple[int, ...]
    local_derivatives: tuple[float, ...]
    contribution: float
    share: float


class Way:
    """The nodes that depend on a Value, and which of their operands do.

    Args:
        nodes: These nodes in the order of computation, from the Value to the output.

    Attributes:
        nodes: The same.
        has_forks: Whether several operands of a node are on the way.

    Example:
        >>> x = Value(3.0)
        >>> y = 2.0 * x
        >>> way = Way([x, y])
        >>> way.positions(y), way.consumers(x) == [y]
        ((1,), True)
    """

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.nodes = nodes
        self.has_forks = False
        reached = set(nodes)
        # Of most nodes the first operand is on the way and no other one: nothing is kept of those.
        self._positions: dict[Value, tuple[int, ...]] = {}
        for node in nodes[1:]:
            if len(node.parents) > 1:
                found = [i for i, parent in enumerate(node.parents) if parent in reached]
                if found != [0]:
                    self._positions[node] = tuple(found)
                    self.has_forks |= len(found) > 1

    def positions(self, node: Value) -> tuple[int, ...]:
        """Which operands of a node other than the first one are on the way, from 0."""
        return self._positions.get(node, _THE_FIRST)

    def consumers(self, node: Value) -> list[Value]:
        """Those that take the node as an operand, once for every time that they do."""
        first, others = self._consumers
        return [first[node], *others.get(node, ())] if node in first else []

    @cached_property
    def _consumers(self) -> tuple[dict[Value, Value], dict[Value, list[Value]]]:
        """The first consumer of each, and the others; most have one, which needs no list."""
        first: dict[Value, Value] = {}
        others: dict[Value, list[Value]] = {}
        for node in self.nodes[1:]:
            for position in self.positions(node):
                parent = node.parents[position]
                if parent in first:
                    others.setdefault(parent, []).append(node)
                else:
                    first[parent] = node
        return first, others


_THE_FIRST = (0,)


def count_paths(way: Way) -> int:
    """The number of paths from the first node of a way to the last, an exact integer.

    Example:
        >>> x = y = Value(1.0)
        >>> nodes = [x]
        >>> for _ in range(70):
        ...     y = y + y
        ...     nodes.append(y)
        >>> count_paths(Way(nodes)) == 2**70
        True
    """
    # The numbers can have as many digits as there are nodes, so each is dropped when passed on.
    counts = {way.nodes[-1]: 1}
    for node in reversed(way.nodes[1:]):
        count = counts.pop(node)
        for position in way.positions(node):
            parent = node.parents[position]
            counts[parent] = counts.get(parent, 0) + count
    return counts[way.nodes[0]]


def greatest_paths(way: Way, top: int, derivative: float) -> list[Path]:
    """The `top` paths with the greatest contributions in absolute value, greatest first.

    Among paths of equal contribution those through earlier operands come first.

    Args:
        way: What lies between two Values.
        top: How many paths to find.
        derivative: The sum of the contributions of all paths, of which each gets its share.

    Source:
        A path is the best one but for its detours, and costs as much more as they do: Eppstein,
        Finding the k shortest paths (1998), without its heaps.
    """
    if not top:
        return []
    best = _best(way)
    found: list[Path] = []
    # Of a path that is to be walked: its cost, a number to settle ties, and where it leaves another
    # one: its nodes and positions from the output back, the place, and the position taken there.
    heap: list[tuple[Cost, int, list[Value], list[int], int, int | None]]
    heap = [((0, 0.0), 0, [way.nodes[-1]], [], 0, None)]
    number = 0
    while heap and len(found) < top:
        cost, _, nodes, positions, i, position = heappop(heap)
        nodes, positions = nodes[: i + 1], positions[:i]
        if position is not None:
            positions.append(position)
            nodes.append(nodes[-1].parents[position])
        start = len(positions)  # further detours are looked for after the last one
        _walk_on(nodes, positions, way, best)
        found.append(_path(nodes, positions, derivative))
        further = _detours(nodes, positions, start, way, best)
        for extra, _, i, position in nsmallest(top - len(found), further):
            number += 1
            costs = cost[0] + extra[0], cost[1] + extra[1]
            heappush(heap, (costs, number, nodes, positions, i, position))
    return found


_Best: TypeAlias = dict[Value, tuple[int, float, int]]
"""What the best path from the start to a node costs, and by which operand it arrives there."""


def _best(way: Way) -> _Best:
    """The best path to each node; without a fork there is nothing to choose, and nothing kept."""
    if not way.has_forks:
        return {}
    best: _Best = {way.nodes[0]: (0, 0.0, 0)}
    for node in way.nodes[1:]:
        best[node] = min([_through(node, i, best) for i in way.positions(node)])
    return best


def _through(node: Value, position: int, best: _Best) -> tuple[int, float, int]:
    """What the best path to a node by one operand costs, and the operand."""
    zeros, logarithm, _ = best[node.parents[position]]
    partial = node.partials[position]
    # Zeros weigh more than any number of other factors, and inf and nan come before those.
    if partial == 0.0:
        return zeros + 1, logarithm, position
    if math.isfinite(partial):
        return zeros, logarithm - math.log(abs(partial)), position
    return zeros - (_MANY if math.isinf(partial) else _MANY * _MANY), logarithm, position


_MANY = 2**40  # more than there are factors in any path


def _walk_on(nodes: list[Value], positions: list[int], way: Way, best: _Best) -> None:
    """Go on from the last node to the start, by the best operand of each."""
    start, node = way.nodes[0], nodes[-1]
    while node is not start:
        position = best[node][2] if best else way.positions(node)[0]
        node = node.parents[position]
        positions.append(position)
        nodes.append(node)


def _detours(
    nodes: Sequence[Value], positions: Sequence[int], start: int, way: Way, best: _Best
) -> Iterator[tuple[Cost, int, int, int]]:
    """What detours from a path cost, with their place: those from one place on."""
    if not way.has_forks:
        return
    for i in range(start, len(positions)):
        node, taken = nodes[i], positions[i]
        for position in way.positions(node):
            if position != taken:
                least_zeros, least, _ = best[node]
                zeros, logarithm, _ = _through(node, position, best)
                yield (zeros - least_zeros, logarithm - least), -i, i, position


def _path(nodes: list[Value], positions: list[int], derivative: float) -> Path:
    """The path that was walked from the output back."""
    partials = [node.partials[i] for node, i in zip(nodes, positions, strict=False)]
    contribution = math.prod(partials, start=1.0)
    return Path(
        nodes=tuple(reversed(nodes)),
        positions=tuple(reversed(positions)),
        local_derivatives=tuple(reversed(partials)),
        contribution=contribution,
        share=contribution / derivative if derivative else math.nan,
    )
