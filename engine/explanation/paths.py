"""The paths through a graph along which a gradient arrives: how many there are, and the greatest.

A graph of a hundred nodes can have more paths than could ever be listed. Their number is a sum over
each node's parents; the greatest are found by dynamic programming and a few detours.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, nsmallest
from typing import TypeAlias

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


def consumers_on(way: Sequence[Value]) -> dict[Value, list[Value]]:
    """For each node of a way those that take it as an operand, once for every time that they do.

    Args:
        way: The nodes that depend on its first one, parents before children.

    Example:
        >>> x = Value(3.0)
        >>> square = x * x
        >>> consumers_on([x, square]) == {x: [square, square], square: []}
        True
    """
    consumers: dict[Value, list[Value]] = {node: [] for node in way}
    for node in way[1:]:
        for parent in node.parents:
            if parent in consumers:
                consumers[parent].append(node)
    return consumers


def count_paths(way: Sequence[Value], consumers: Mapping[Value, Sequence[Value]]) -> int:
    """The number of paths from the first node of a way to the last, an exact integer.

    Args:
        way: The nodes that depend on its first one, parents before children.
        consumers: The consumers of each, as `consumers_on` gives them.

    Example:
        >>> x = y = Value(1.0)
        >>> way = [x]
        >>> for _ in range(70):
        ...     y = y + y
        ...     way.append(y)
        >>> count_paths(way, consumers_on(way)) == 2**70
        True
    """
    counts = {way[0]: 1}
    count = 1
    for node in way[1:]:
        count = 0
        on_the_way = [parent for parent in node.parents if parent in counts]
        for parent in on_the_way:
            count += counts[parent]
        # They can have as many digits as there are nodes, so each is dropped after its last use.
        for parent in on_the_way:
            if consumers[parent][-1] is node:
                counts.pop(parent, None)
        counts[node] = count
    return count


def greatest_paths(way: Sequence[Value], top: int, derivative: float) -> list[Path]:
    """The `top` paths with the greatest contributions in absolute value, greatest first.

    Among paths of equal contribution those through earlier operands come first.

    Args:
        way: The nodes that depend on its first one, parents before children.
        top: How many paths to find.
        derivative: The sum of the contributions of all paths, of which each gets its share.

    Source:
        A path is the best one but for its detours, and costs as much more as they do: Eppstein,
        Finding the k shortest paths (1998), without its heaps.
    """
    if not top:
        return []
    forks = _forks(way)
    found: list[Path] = []
    # of a path: its detours' cost, a number to settle ties, and its detours, the last one first
    heap: list[tuple[Cost, int, _Detour | None]] = [((0, 0.0), 0, None)]
    number = 0
    while heap and len(found) < top:
        cost, _, detour = heappop(heap)
        nodes, positions = _walk(way, forks, detour)
        found.append(_path(nodes, positions, derivative))
        start = 0 if detour is None else detour.i + 1
        further = nsmallest(top - len(found), _detours(nodes, forks, start))
        for extra, _, i, position in further:
            number += 1
            detoured = _Detour(nodes[i], position, i, detour)
            heappush(heap, ((cost[0] + extra[0], cost[1] + extra[1]), number, detoured))
    return found


@dataclass(frozen=True, slots=True)
class _Detour:
    """At this node, the i-th from the output, a path goes on to another parent than the best."""

    node: Value
    position: int
    i: int
    before: "_Detour | None"


_Fork: TypeAlias = list[tuple[Cost, int]]
"""What each operand of a node costs more than the best one, which is the first, and its position"""


def _forks(way: Sequence[Value]) -> dict[Value, _Fork]:
    """The choices of a walk back; a node is left out whose first operand alone is on the way."""
    best: dict[Value, Cost] = {way[0]: (0, 0.0)}
    forks: dict[Value, _Fork] = {}
    for node in way[1:]:
        costs = [
            (_with_factor(best[parent], partial), position)
            for position, (parent, partial) in enumerate(
                zip(node.parents, node.partials, strict=True)
            )
            if parent in best
        ]
        if len(costs) > 1:
            costs.sort()
        best[node], position = costs[0]
        if len(costs) > 1 or position:
            zeros, logarithm = best[node]
            forks[node] = [((cost[0] - zeros, cost[1] - logarithm), i) for cost, i in costs]
    return forks


def _with_factor(cost: Cost, partial: float) -> Cost:
    """Zeros weigh more than any number of other factors, and inf and nan come before those."""
    if partial == 1.0:
        return cost
    zeros, logarithm = cost
    if partial == 0.0:
        return zeros + 1, logarithm
    if math.isfinite(partial):
        return zeros, logarithm - math.log(abs(partial))
    return zeros - (_MANY if math.isinf(partial) else _MANY * _MANY), logarithm


_MANY = 2**40  # more than there are factors in any path


def _walk(
    way: Sequence[Value], forks: Mapping[Value, _Fork], detour: _Detour | None
) -> tuple[list[Value], list[int]]:
    """The nodes of a path from the output back to the start, and the position of each next one."""
    detours: dict[Value, int] = {}
    while detour is not None:
        detours[detour.node] = detour.position
        detour = detour.before
    start, node = way[0], way[-1]
    nodes, positions = [node], []
    while node is not start:
        position = 0
        if node in forks:
            position = detours[node] if node in detours else forks[node][0][1]
        node = node.parents[position]
        positions.append(position)
        nodes.append(node)
    return nodes, positions


def _detours(
    nodes: Sequence[Value], forks: Mapping[Value, _Fork], start: int
) -> Iterator[tuple[Cost, int, int, int]]:
    """What further detours from a path cost, with their place: only after the last one."""
    for i in range(start, len(nodes)):
        for extra, position in forks.get(nodes[i], ())[1:]:
            yield extra, -i, i, position


def _path(nodes: list[Value], positions: list[int], derivative: float) -> Path:
    """The path that was walked from the output back."""
    partials = [node.partials[i] for node, i in zip(nodes, positions, strict=False)]
    contribution = 1.0
    for partial in partials:
        contribution *= partial
    return Path(
        nodes=tuple(reversed(nodes)),
        positions=tuple(reversed(positions)),
        local_derivatives=tuple(reversed(partials)),
        contribution=contribution,
        share=contribution / derivative if derivative else math.nan,
    )
