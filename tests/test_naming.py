"""Names for reading: given, labelled, numbered, in this order."""

import pytest
from hypothesis import given, strategies as st

from engine import Value, dot
from engine.explanation.paths import consumers_on
from engine.graph import descendants, topological_order
from engine.reading import Reading
from engine.text import as_factor, is_word, number_text, one_line
from engine.words.textbook import neurons, textbook_names


def test_a_given_name_comes_before_a_label_and_a_label_before_a_number():
    w, x, y = Value(2.0, "w"), Value(3.0, "x"), Value(4.0)
    z = w * x + y
    order = topological_order(z)
    names = Reading(z, [("layers.0.w", w)]).names
    assert [names[node] for node in (w, x, y, z)] == ["layers.0.w", "x", "v3", "v4"]
    assert names[z.parents[0]] == "v2"
    assert list(names) == order


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


@given(st.floats(-1e300, 1e300))
def test_a_number_reads_back_to_its_digits(number):
    text = number_text(number)
    assert float(text.replace("−", "-")) == pytest.approx(number, rel=5.1e-4, abs=5e-324)
    assert len(text) <= 11


def test_integers_are_whole_and_zero_has_no_sign():
    assert [number_text(x) for x in (0.0, -0.0, 12345.0, -3.0, 2e6)] == [
        "0",
        "0",
        "12345",
        "−3",
        "2e6",
    ]
    assert number_text(float("nan")) == "nan"


class Model:
    def __init__(self, *pairs):
        self.pairs = pairs

    def named_parameters(self):
        return iter(self.pairs)


def test_a_given_name_goes_before_the_models_and_that_before_the_label():
    w, x = Value(2.0, "label"), Value(3.0, "x")
    y = w * x + 1.5
    assert list(Reading(y).names.values()) == ["label", "x", "v2", "1.5", "v4"]
    assert Reading(y, model=Model(("w", w))).names[w] == "w"
    assert Reading(y, [("weight", w)], Model(("w", w), ("y", x))).names == {
        **Reading(y).names,
        w: "weight",
        x: "y",
    }


def textbook(output, start):
    reading = Reading(output)
    after = descendants(reading.order, [start])
    way = [node for node in reading.order if node in after]
    parts = neurons(reading.order, way)
    return {**reading.names, **textbook_names(reading, way, consumers_on(way), parts)}


def test_a_neuron_is_z_and_a_however_it_is_written():
    w, x, b = Value(1.0, "w"), Value(2.0, "x"), Value(3.0, "b")
    for z in (dot([w], [x], b), w * x + b, dot([w], [x]) + b, sum([w * x, b])):
        a = z.tanh()
        names = textbook(a * 2.0, w)
        assert (names[z], names[a]) == ("z", "a")


def test_a_label_stays_and_only_the_rest_is_named():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    z = dot([w], [x])
    z.label = "n"
    a = z.relu()
    names = textbook(a * 2.0, w)
    assert (names[z], names[a]) == ("n", "a")


def test_neurons_further_on_have_numbers():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    a = dot([w], [x]).tanh()
    left, right = dot([2.0], [a]).tanh(), dot([3.0], [a]).tanh()
    names = textbook(left * right, w)
    assert [names[v] for v in (a, *left.parents, left, *right.parents, right)] == [
        "a",
        "z₁",
        "a₁",
        "z₂",
        "a₂",
    ]
    shared = textbook(left * right, a)  # belongs to none of the two that it feeds
    assert [shared[v] for v in (left, right)] == ["a₁", "a₂"]


def test_ordinary_functions_are_not_neurons():
    x = Value(2.0, "x")
    y = (x + 1.0).exp() * -x
    assert set(textbook(y, x).values()) == {"x", "1", "v2", "v3", "v4", "L"}


def test_names_on_one_line():
    assert one_line("a\tb\x1b[0m\u2028") == r"a\tb\x1b[0m\u2028"
    assert one_line("naïve 🙂") == "naïve 🙂"
    assert len(one_line("y" * 1000)) == 41
    assert is_word("layers.0.w[2]")
    assert not is_word("a b")
    assert as_factor("a + b") == "(a + b)"
