import math

from engine import Value, total
from engine.drawing.marks import find_marks
from engine.reading import Reading


def marks_of(output, *nodes):
    found = find_marks(Reading(output))
    return [found.get(node, ()) for node in nodes]


def test_units_that_pass_nothing_on():
    x = Value(-8.0)
    tanh, sigmoid, relu = x.tanh(), x.sigmoid(), x.relu()
    alive = Value(2.0).tanh()
    output = total([tanh, sigmoid, relu, alive])
    output.backward()
    assert marks_of(output, tanh, sigmoid, relu, alive) == [
        ("saturated",),
        ("saturated",),
        ("dead ReLU",),
        (),
    ]


def test_gradients_that_are_zero_infinite_or_far_from_the_median():
    scales = [1.0, 2.0, 3.0, 1e-4, 5e3, 0.0, math.inf]
    leaves = [Value(1.0, str(scale)) for scale in scales]
    output = total([Value(scale) * leaf for scale, leaf in zip(scales, leaves, strict=True)])
    output.backward()
    found = find_marks(Reading(output, [(str(i), leaf) for i, leaf in enumerate(leaves)]))
    assert [found.get(leaf, ()) for leaf in leaves] == [
        (),
        (),
        (),
        ("tiny gradient",),
        ("huge gradient",),
        ("zero gradient",),
        ("not finite",),
    ]


def test_before_backward_no_gradient_is_marked():
    x = Value(1.0)
    assert find_marks(Reading(x * 2)) == {}


def test_a_drawing_and_a_diagnosis_agree_on_what_is_saturated():
    units = [Value(z).tanh() for z in (2.0, 2.5, -2.5)] + [Value(z).sigmoid() for z in (3.4, 3.6)]
    output = total(units)
    output.backward()
    marked = [("saturated" in marks) for marks in marks_of(output, *units)]
    assert marked == [False, True, True, False, True]
