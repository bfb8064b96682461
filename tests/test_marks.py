import math
import re

import networks
import pytest
from graphs import classic_neuron, needs_graphviz

import nn
from engine import EXPLODING_ABOVE, VANISHING_BELOW, Value, draw, total
from engine.drawing.marks import find_marks, unit_of, weighted_sums
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
        ("dead",),
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


# A drawing and a diagnosis mean the same by the same words: two programs, one measure

SICK = pytest.mark.parametrize(
    "made",
    [
        lambda: nn.MLP(2, [4, 4, 1], init="normal(0.0, 8.0)", seed=1),
        lambda: nn.MLP(2, [6, 6, 1], "relu", bias_init="uniform(-4.0, 0.5)", seed=1),
        lambda: nn.MLP(2, [4] * 9 + [1], "sigmoid", init="normal(0.0, 0.5)", seed=1),
        lambda: nn.MLP(2, [4] * 9 + [1], "linear", init="normal(0.0, 2.0)", seed=1),
        lambda: nn.MLP(2, [4] * 9 + [1], "linear", init="normal(0.0, 2.0)", seed=1, bias=False),
        lambda: nn.MLP(2, [5, 5, 5, 1], "silu", init="normal(0.0, 0.01)", seed=1),
        lambda: nn.MLP(2, [8, 8, 1], seed=1),
    ],
)


@SICK
def test_the_words_mean_what_they_mean_in_a_diagnosis(made):
    model, data = made(), nn.datasets.moons(20)
    report = nn.diagnose(model, data.inputs, data.targets, nn.mse)
    loss = nn.mse([model(row) for row in data.inputs], data.targets)
    loss.backward()
    reading = Reading(loss, model=model)
    found, places = find_marks(reading), reading.places

    def layers(*words):
        return {places[node].layer for node, marks in found.items() if set(words) & set(marks)}

    hidden = report.rows[:-1]
    assert layers("vanishing gradient") == {
        row.name for row in hidden if row.z_gradient_ratio < VANISHING_BELOW
    }
    assert layers("exploding gradient") == {
        row.name for row in hidden if row.z_gradient_ratio > EXPLODING_ABOVE
    }
    for row in report.rows:
        units = row.n_neurons * 20
        saturated = sum(
            "saturated" in marks and places[node].layer == row.name
            for node, marks in found.items()
            if node in places
        )
        assert saturated / units == (row.saturated or 0.0)
        dead = {
            unit_of(node, places)
            for node, marks in found.items()
            if "dead" in marks and places[node].layer == row.name
        }
        assert len(dead) / row.n_neurons == (row.dead or 0.0)


@SICK
def test_a_box_of_a_layer_alarms_where_a_diagnosis_does(made):
    model, data = made(), nn.datasets.moons(20)
    findings = "\n".join(nn.diagnose(model, data.inputs, data.targets, nn.mse).findings)
    loss = nn.mse([model(row) for row in data.inputs], data.targets)
    loss.backward()
    alarms = re.findall(r"<B><FONT[^>]*>([^<]*)", draw(loss, model=model, level="layer").source)
    for word, finding in {
        "saturated": "Saturation",
        "dead": "Dead units",
        "vanishing": "Vanishing",
        "exploding": "Exploding",
    }.items():
        assert any(word in alarm for alarm in alarms) == (finding in findings)


def test_the_weighted_sums_are_those_of_the_neurons():
    for name in ("mlp_with_hinge", "rnn", "dead"):
        graph = networks.NETWORKS[name]()
        reading = Reading(graph.output, model=graph.model)
        sums = set(weighted_sums(reading, reading.order))
        assert sums == {
            node
            for node in reading.order
            if node.op is not None and node.op.symbol == "Σwx" and reading.places[node].neuron
        }


def test_each_mark_says_its_number_and_its_threshold():
    graph = networks.NETWORKS["vanishing"]()
    source = draw(graph.output, model=graph.model, level="layer").source
    says = re.findall(r"vanishing gradient: ([^\"]*)", source)
    assert says
    ratios = [
        float(re.search(r", (\S+) times that of", text)[1].replace("−", "-")) for text in says
    ]
    assert all(ratio < VANISHING_BELOW for ratio in ratios)
    assert all("under 0.001" in text for text in says)
    unit = Value(8.0, "z").tanh()
    unit.backward()
    assert "saturated: 1, outside of −0.97 to 0.97" in draw(unit).source


@needs_graphviz
def test_a_mark_tells_on_hover(tmp_path):
    svg = draw(classic_neuron()).save(tmp_path / "n.svg").read_text("utf-8")
    (title,) = [text for text in re.findall(r'xlink:title="([^"]*)"', svg) if "zero" in text]
    assert title.endswith("zero gradient: 0")
