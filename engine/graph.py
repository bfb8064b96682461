"""Walks over a graph of nodes, of which only `parents` is known here.

All of them are loops: a chain of a million nodes is an ordinary graph.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar


class Node(Protocol):
    """What a walk needs to know: the nodes that this one was made of, in order."""

    @property
    def parents(self) -> "Sequence[Node]":
        """Those nodes."""


N = TypeVar("N", bound=Node)


def topological_order(*outputs: N) -> list[N]:
    """Every node that the outputs depend on, each once, parents before children.

    The order is that of a depth-first walk which visits the parents from left to right, so it
    depends on the graph alone.

    >>> from engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> product = a * b
    >>> [node.label or node.op.symbol for node in topological_order(product + a)]
    ['a', 'b', '*', '+']
    """
    order: list[N] = []
    seen: set[Node] = set()
    unfinished: list[N] = []
    remaining = [iter(outputs)]  # for each unfinished node, the parents that are still to visit
    while remaining:
        for node in remaining[-1]:
            if node not in seen:
                seen.add(node)
                if node.parents:
                    unfinished.append(node)
                    remaining.append(iter(node.parents))  # type: ignore[arg-type]
                    break
                order.append(node)
        else:
            remaining.pop()
            if unfinished:
                order.append(unfinished.pop())
    return order


def descendants(order: Iterable[N], ancestors: Iterable[N]) -> set[N]:
    """The nodes of the order that depend on one of the ancestors, and the ancestors.

    >>> from engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> len(descendants(topological_order(a * b + b.exp()), [a]))
    3
    """
    found: set[N] = set(ancestors)
    for node in order:
        if not found.isdisjoint(node.parents):
            found.add(node)
    return found
