"""The number of paths, and the greatest: against plain enumeration, see also test_explanation."""

import math
import random

from hypothesis import given, strategies as st

from engine import Operation, Value, record
from engine.explanation.paths import Way, count_paths, greatest_paths
from engine.graph import descendants, topological_order


def with_partials(parents, partials):
    """A node with these local derivatives."""
    return record(
        Operation("made up", "?", lambda *xs: (0.0, tuple(partials)), arity=None), parents
    )


def between(start, output):
    """The way from one to the other."""
    order = topological_order(output)
    reached = descendants(order, [start])
    return Way([node for node in order if node in reached])


def enumerate_products(node, start):
    if node is start:
        return [1.0]
    return [
        partial * product
        for parent, partial in zip(node.parents, node.partials, strict=True)
        for product in enumerate_products(parent, start)
    ]


def test_the_walks_between_two_values():
    x, y = Value(1.0), Value(2.0)
    p = x * y
    q = p + x
    way = between(x, q)
    assert way.nodes == [x, p, q]
    assert [way.positions(node) for node in (p, q)] == [(0,), (0, 1)]
    assert [way.consumers(node) for node in (x, p, q)] == [[p, q], [q], []]
    assert count_paths(way) == 2
    assert [path.nodes for path in greatest_paths(way, 9, 3.0)] == [(x, p, q), (x, q)]
    assert between(q, q).nodes == [q]
    assert count_paths(Way([q])) == 1


@given(st.integers(0, 10**9), st.integers(1, 8))
def test_ties_zeros_and_signs_as_by_enumeration(seed, top):
    rng = random.Random(seed)
    nodes = [Value(1.0)]
    for _ in range(rng.randint(1, 6)):
        parents = tuple(rng.choices(nodes, k=rng.randint(1, 3)))
        nodes.append(
            with_partials(parents, [rng.choice([0.0, 1.0, -1.0, 2.0, -0.5]) for _ in parents])
        )
    way = between(nodes[0], nodes[-1])
    products = sorted(enumerate_products(nodes[-1], nodes[0]), key=abs, reverse=True)
    assert count_paths(way) == len(products)
    found = greatest_paths(way, top, 1.0)
    assert [abs(path.contribution) for path in found] == [abs(p) for p in products[:top]]
    assert len({(path.nodes, path.positions) for path in found}) == len(found)
    everything = greatest_paths(way, len(products) + 1, 1.0)
    assert sorted(path.contribution for path in everything) == sorted(products)


def test_products_beyond_the_range_of_floats_are_still_in_order():
    x = Value(1.0)
    small = big = x
    for _ in range(10):
        small = with_partials((small,), [1e-40])
        big = with_partials((big,), [1e40])
    y = with_partials((x, small, big), [1.0, 1.0, 1.0])
    way = between(x, y)
    contributions = [path.contribution for path in greatest_paths(way, 3, 1.0)]
    assert contributions == [math.inf, 1.0, 0.0]


def test_infinite_and_undefined_slopes_come_first():
    x = Value(1.0)
    y = with_partials((x,) * 4, [5.0, math.inf, 0.0, math.nan])
    first, second, third, last = greatest_paths(Way([x, y]), 4, 1.0)
    assert math.isnan(first.contribution)
    assert (second.contribution, third.contribution, last.contribution) == (math.inf, 5.0, 0.0)


def test_long_ways_with_very_many_equal_paths():
    x = y = Value(1.0)
    for _ in range(5_000):
        y = y + y
    way = between(x, y)
    assert count_paths(way) == 2**5_000
    found = greatest_paths(way, 20, math.inf)
    assert len({path.positions for path in found}) == 20
    assert {path.contribution for path in found} == {1.0}
