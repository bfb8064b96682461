"""Names for reading: given, labelled, numbered, in this order."""

from engine import Value
from engine.graph import topological_order
from engine.naming import node_names


def test_a_given_name_comes_before_a_label_and_a_label_before_a_number():
    w, x, y = Value(2.0, "w"), Value(3.0, "x"), Value(4.0)
    z = w * x + y
    order = topological_order(z)
    names = node_names(order, [("layers.0.w", w)])
    assert [names[node] for node in (w, x, y, z)] == ["layers.0.w", "x", "v3", "v4"]
    assert names[z.parents[0]] == "v2"
    assert list(names) == order


def test_a_constant_is_called_by_its_number_and_a_leaf_of_the_user_is_not():
    x = Value(3.0)
    y = 0.5 * x
    assert list(node_names(topological_order(y)).values()) == ["0.5", "v1", "v2"]


def test_a_name_for_a_value_outside_of_the_graph_does_no_harm():
    x = Value(1.0, "x")
    assert node_names([x], [("other", Value(2.0))]) == {x: "x"}


def test_a_labelled_operation_goes_by_its_label():
    x = Value(1.0, "x")
    y = x.tanh()
    y.label = "activation"
    assert node_names(topological_order(y))[y] == "activation"
