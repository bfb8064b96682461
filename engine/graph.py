"""Walks over a graph of nodes, of which only `parents` is known here.

All of them are loops: a chain of a million nodes is an ordinary graph.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

Number: TypeAlias = Any
"""Anything that calculates."""


class Node(Protocol):
    """What a walk needs to know: the nodes that this one was made of, in order."""

    @property
    def parents(self) -> "Sequence[Node]": ...


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


def chain_rule(
    order: Sequence[N],
    partials: Mapping[N, Sequence[Number]],
    seed: Mapping[N, Number],
) -> dict[N, Number]:
    """Carry adjoints backward: adjoint[parent] += adjoint[node] * partial, for every edge.

    order     the nodes, parents before children
    partials  the local derivatives of the nodes to pass through, one for each parent
    seed      the adjoints to begin with, {output: 1.0} for a derivative

    Returns the adjoint of every node that is reached; on another one the output does not depend.

    >>> from engine import Value
    >>> x, y = Value(2.0), Value(3.0)
    >>> z = x * y
    >>> adjoints = chain_rule([x, y, z], {z: z.partials}, {z: 1.0})
    >>> adjoints[x], adjoints[y]
    (3.0, 2.0)
    """
    adjoints = dict(seed)
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is not None and node in partials:
            is_one = isinstance(adjoint, float) and adjoint == 1.0
            parents: Sequence[N] = node.parents  # type: ignore[assignment]  # nodes of this kind
            for parent, partial in zip(parents, partials[node], strict=True):
                # a product with the plain number 1 is left out, for it would be recorded
                if is_one:
                    contribution = partial
                elif isinstance(partial, float) and partial == 1.0:
                    contribution = adjoint
                else:
                    contribution = adjoint * partial
                if parent in adjoints:
                    adjoints[parent] = adjoints[parent] + contribution
                else:
                    adjoints[parent] = contribution
    return adjoints
