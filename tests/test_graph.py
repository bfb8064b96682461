"""The order of computation, on graphs of Values and of anything else with parents."""

from dataclasses import dataclass, field

from hypothesis import given, strategies as st
from oracles.programs import programs

from engine import Value
from engine.graph import topological_order


@dataclass(eq=False)
class Box:
    """A node that knows nothing but its parents."""

    name: int
    parents: list = field(default_factory=list)


@st.composite
def graphs(draw):
    boxes = []
    for i in range(draw(st.integers(1, 25))):
        earlier = st.lists(st.sampled_from(boxes), max_size=4) if boxes else st.just([])
        boxes.append(Box(i, draw(earlier)))
    return boxes


def ancestors(outputs):
    found, waiting = set(), list(outputs)
    while waiting:
        box = waiting.pop()
        if box not in found:
            found.add(box)
            waiting += box.parents
    return found


@given(graphs(), st.data())
def test_every_node_comes_once_and_after_its_parents(boxes, data):
    outputs = data.draw(st.lists(st.sampled_from(boxes), min_size=1, max_size=3))
    order = topological_order(*outputs)
    assert set(order) == ancestors(outputs)
    assert len(set(order)) == len(order)
    place = {box: i for i, box in enumerate(order)}
    assert all(place[parent] < place[box] for box in order for parent in box.parents)


@given(graphs())
def test_the_order_is_that_of_a_recursive_walk_from_left_to_right(boxes):
    """The recursive definition, which the loop must reproduce, fits on a few lines."""
    order = []

    def walk(box):
        if box not in order:
            for parent in box.parents:
                walk(parent)
            order.append(box)

    walk(boxes[-1])
    assert topological_order(boxes[-1]) == order


@given(programs())
def test_the_order_depends_on_the_program_alone(drawn):
    program, point = drawn
    first, second = (
        topological_order(program.on_values([Value(x) for x in point])) for _ in range(2)
    )
    places = [{node: i for i, node in enumerate(order)} for order in (first, second)]
    assert [(node.op, [places[0][p] for p in node.parents]) for node in first] == [
        (node.op, [places[1][p] for p in node.parents]) for node in second
    ]


def test_a_graph_where_the_order_of_discovery_is_not_one_of_computation():
    a = Value(1.0, "a")
    b = a * 2
    c = b * 3
    d = b + c  # b is found first as a parent of d, yet must be finished after c has passed on
    order = topological_order(d)
    assert order.index(b) < order.index(c) < order.index(d)
    d.backward()
    assert a.grad == 8.0


def test_no_outputs_no_nodes():
    assert topological_order() == []


def test_a_node_that_is_an_output_twice_comes_once():
    a = Value(1.0)
    assert topological_order(a, a) == [a]


def test_a_chain_of_a_hundred_thousand_boxes_needs_no_recursion():
    box = Box(0)
    chain = [box]
    for i in range(1, 100_000):
        box = Box(i, [box, box])
        chain.append(box)
    assert topological_order(box) == chain
    for link in chain:
        link.parents.clear()  # plain lists of plain objects are not freed without recursion
