"""Names for reading: given, labelled, numbered, in this order."""

from engine import Value
from engine.reading import Reading


def test_a_given_name_comes_before_a_label_and_a_label_before_a_number():
    w, x, y = Value(2.0, "w"), Value(3.0, "x"), Value(4.0)
    z = w * x + y
    reading = Reading(z, [("layers.0.w", w)])
    names = reading.names
    assert [names[node] for node in (w, x, y, z)] == ["layers.0.w", "x", "v2", "v3"]
    assert names[z.parents[0]] == "v1"
    assert list(names) == reading.order


def test_a_constant_is_called_by_its_number_and_a_leaf_of_the_user_is_not():
    x = Value(3.0)
    y = 0.5 * x
    assert list(Reading(y).names.values()) == ["0.5", "v1", "v2"]


def test_a_name_for_a_value_outside_of_the_graph_does_no_harm():
    x = Value(1.0, "x")
    assert Reading(x, [("other", Value(2.0))]).names == {x: "x"}


def test_a_labelled_operation_goes_by_its_label():
    x = Value(1.0, "x")
    y = x.tanh()
    y.label = "activation"
    assert Reading(y).names[y] == "activation"


class Model:
    def __init__(self, *pairs):
        self.pairs = pairs

    def named_parameters(self):
        return iter(self.pairs)


def test_a_given_name_goes_before_the_models_and_that_before_the_label():
    w, x = Value(2.0, "label"), Value(3.0, "x")
    output = w * x + 1.5
    assert list(Reading(output).names.values()) == ["label", "x", "v1", "1.5", "v2"]
    assert Reading(output, model=Model(("w", w))).names[w] == "w"
    assert Reading(output, [("weight", w)], Model(("w", w), ("y", x))).names == {
        **Reading(output).names,
        w: "weight",
        x: "y",
    }
