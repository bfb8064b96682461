"""A neuron is z and a, a loss is L, and no name is given twice."""

from engine import Value, dot, total
from engine.explanation.paths import Way
from engine.graph import descendants
from engine.reading import Reading
from engine.words.textbook import neurons, textbook_names


def textbook(output, start):
    """The names on the way from one to the other."""
    reading = Reading(output)
    reached = descendants(reading.order, [start])
    way = [node for node in reading.order if node in reached]
    changed = textbook_names(reading, way, Way(way).consumers, neurons(reading.order, way))
    return {**reading.names, **changed}


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


def test_a_neuron_whose_sum_is_called_z_already_keeps_the_plain_letters():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    z = dot([w], [x])
    z.label = "z"
    a = z.relu()
    assert textbook(a * 2.0, w)[a] == "a"
    next_z = dot([2.0], [a])
    next_z.label = "z₁"
    next_a = next_z.relu()
    assert textbook(next_a * 2.0, w)[next_a] == "a₁"


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


def test_names_that_several_bear_are_told_apart_and_one_that_is_taken_stays():
    x, y = Value(2.0, "x"), Value(3.0, "x")
    p = x * y
    q = p.exp()
    q.label = "v2"  # the automatic name of p
    names = textbook(q + 1.0, x)
    assert [names[v] for v in (x, y, p, q)] == ["x[v0]", "x[v1]", "v2[v2]", "v2[v3]"]


def test_the_neurons_of_many_rows_are_numbered_past_what_is_taken():
    w = Value(0.5)
    rows = [dot([w], [float(i)], 1.0).tanh() for i in range(1_000)]
    rows[0].label = "z₂"
    names = textbook(total(rows), w)
    sums = [names[row.parents[0]] for row in rows]
    assert sums[:3] == ["z₁", "z₃", "z₄"]
    assert len(set(sums)) == 1_000
