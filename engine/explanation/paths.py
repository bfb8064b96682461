"""The paths through a graph along which a gradient arrives: how many there are, and the greatest.

A graph of a hundred nodes can have more paths than could ever be listed. Their number is a sum over
each node's parents; the greatest are found by dynamic programming and a few detours.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, nsmallest

from engine.value import Value

Cost = tuple[int, float]
"""How much smaller a product gets: first by factors that are zero, then by -log |factor|."""


@dataclass(frozen=True, slots=True)
class Path:
    """One path from a Value to the output, and what of the gradient arrives along it.

    nodes              the Values, from the one to the output
    positions          for each edge, which operand of its later node the earlier one is
    local_derivatives  for each edge, the local derivative
    contribution       their product
    share              contribution / the derivative; nan where that is 0
    """

    nodes: tuple[Value, ...]
    positions: tuple[int, ...]
    local_derivatives: tuple[float, ...]
    contribution: float
    share: float


def between(order: Sequence[Value], start: Value) -> list[Value]:
    """The nodes from which paths lead back to `start`, with it as the first, in the given order.

    >>> from engine.graph import topological_order
    >>> x, y = Value(1.0, "x"), Value(2.0, "y")
    >>> len(between(topological_order((x * y).exp()), x))
    3
    """
    reached = {start}
    way = [start]
    for node in order:
        if node is not start and not reached.isdisjoint(node.parents):
            reached.add(node)
            way.append(node)
    return way


def count_paths(way: Sequence[Value]) -> int:
    """The number of paths from the first node of a way to the last, an exact integer.

    >>> x = Value(1.0)
    >>> y = x
    >>> for _ in range(70):
    ...     y = y + y
    >>> from engine.graph import topological_order
    >>> count_paths(between(topological_order(y), x)) == 2**70
    True
    """
    # The numbers can have as many digits as there are nodes, so each is dropped after its last use.
    uses = Counter(parent for node in way[1:] for parent in node.parents)
    counts = {way[0]: 1}
    count = 1
    for node in way[1:]:
        count = sum(counts[parent] for parent in node.parents if parent in counts)
        for parent in node.parents:
            uses[parent] -= 1
            if not uses[parent]:
                counts.pop(parent, None)
        counts[node] = count
    return count


def greatest_paths(way: Sequence[Value], top: int, derivative: float) -> list[Path]:
    """The `top` paths with the greatest contributions in absolute value, greatest first.

    way         the nodes between two Values, as `between` gives them
    derivative  the sum of the contributions of all paths, of which each gets its share

    Among paths of equal contribution those through earlier operands come first.

    A path is the best one but for its detours, and costs as much more as they do: Eppstein,
    Finding the k shortest paths (1998), without its heaps.
    """
    best: dict[Value, Cost] = {way[0]: (0, 0.0)}
    choice: dict[Value, int] = {}
    for node in way[1:]:
        best[node], choice[node] = min(_continuations(node, best))
    found: list[Path] = []
    # of a path: its detours' cost, a number to settle ties, and its detours, the last one first
    heap: list[tuple[Cost, int, _Detour | None]] = [((0, 0.0), 0, None)]
    number = 0
    while heap and len(found) < top:
        cost, _, detour = heappop(heap)
        edges = _edges(way, choice, detour)
        found.append(_path(edges, way[0], derivative))
        further = nsmallest(top - len(found), _detours(edges, best, choice, detour))
        for extra, _, i, position in further:
            number += 1
            detoured = _Detour(edges[i][0], position, i, detour)
            heappush(heap, ((cost[0] + extra[0], cost[1] + extra[1]), number, detoured))
    return found


@dataclass(frozen=True, slots=True)
class _Detour:
    """At this node, the i-th from the output, a path goes on to another parent than the best."""

    node: Value
    position: int
    i: int
    before: "_Detour | None"


def _cost(partial: float) -> Cost:
    """Zeros weigh more than any number of other factors, and inf and nan come before those."""
    if partial == 0.0:
        return 1, 0.0
    if math.isfinite(partial):
        return 0, -math.log(abs(partial))
    return (-_MANY if math.isinf(partial) else -_MANY * _MANY), 0.0


_MANY = 2**40  # more than there are factors in any path


def _continuations(node: Value, best: dict[Value, Cost]) -> Iterator[tuple[Cost, int]]:
    """For each operand on the way, what the best path through it costs."""
    for position, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
        if parent in best:
            zeros, logarithm = _cost(partial)
            before = best[parent]
            yield (zeros + before[0], logarithm + before[1]), position


def _edges(
    way: Sequence[Value], choice: dict[Value, int], detour: _Detour | None
) -> list[tuple[Value, int]]:
    """A path as (node, position of the parent), from the output back to the start."""
    detours: dict[Value, int] = {}
    while detour is not None:
        detours[detour.node] = detour.position
        detour = detour.before
    edges = []
    node = way[-1]
    while node is not way[0]:
        position = detours.get(node, choice[node])
        edges.append((node, position))
        node = node.parents[position]
    return edges


def _detours(
    edges: list[tuple[Value, int]],
    best: dict[Value, Cost],
    choice: dict[Value, int],
    last: _Detour | None,
) -> Iterator[tuple[Cost, int, int, int]]:
    """What further detours from a path cost, with their place: only after the last one."""
    start = 0 if last is None else last.i + 1
    for i, (node, _) in enumerate(edges[start:], start):
        for cost, position in _continuations(node, best):
            if position != choice[node]:
                extra = (cost[0] - best[node][0], cost[1] - best[node][1])
                yield extra, -i, i, position


def _path(edges: list[tuple[Value, int]], start: Value, derivative: float) -> Path:
    contribution = 1.0
    for node, position in edges:
        contribution *= node.partials[position]
    edges = edges[::-1]
    return Path(
        nodes=(start, *(node for node, _ in edges)),
        positions=tuple(position for _, position in edges),
        local_derivatives=tuple(node.partials[position] for node, position in edges),
        contribution=contribution,
        share=contribution / derivative if derivative else math.nan,
    )
