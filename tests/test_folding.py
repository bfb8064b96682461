from collections import Counter
from random import Random

import networks
import pytest
from graphs import Network

from engine import Constant, Value, draw, gradient, total
from engine.drawing.folding import foldings
from engine.drawing.sheet import Sheet
from engine.graph import topological_order
from engine.places import Place, place_of_name
from engine.reading import Reading


def fold(reading, level, most=None):
    """The first folding that is no tangle."""
    return next(f for f in foldings(reading, level, most=most) if not most or len(f.links) <= 450)


def placed(network, output):
    return Reading(output, model=network).places


@pytest.mark.parametrize("one_operation_a_node", [False, True])
def test_a_value_belongs_to_the_neuron_whose_parameters_it_uses(one_operation_a_node):
    network = Network([2, 3, 1], one_operation_a_node)
    x = [Value(1.0), Value(-2.0)]
    hidden = network(x)[0]  # the last layer is linear
    loss = (hidden - Value(1.0)) ** 2
    found = placed(network, loss)
    by_neuron = Counter(place.neuron for place in found.values())
    nodes = 2 * 2 + 1 if one_operation_a_node else 2  # products, sums, tanh: the operations
    assert by_neuron["layers.0.neurons.1"] == 2 + 1 + nodes
    assert found[hidden] == Place("layers.1", "layers.1.neurons.0")
    assert loss not in found
    assert loss.parents[0] not in found
    assert x[0] not in found


def test_the_loss_of_a_batch_belongs_to_no_neuron():
    network = Network([2, 2, 1])
    losses = [
        (1 - y * network([Value(x), Value(-x)])[0]).relu() for x, y in ((0.3, 1.0), (0.7, -1.0))
    ]
    penalty = total([w * w for w in network.parameters.values()])
    loss = sum(losses) / 2 + 0.1 * penalty
    found = placed(network, loss)
    outside = [node for node in topological_order(loss) if node.op and node not in found]
    symbols = Counter(node.op.symbol for node in outside)
    assert symbols["ReLU"] == 2
    assert symbols["-"] == 2
    assert symbols["*"] == 2 + len(network.parameters) + 1  # margins, squares, and 0.1 * penalty
    assert symbols["Σwx"] == 0


def test_names_tell_where_a_parameter_belongs():
    assert place_of_name("blocks.1.mlp.layers.0.neurons.2.w.7") == Place(
        "blocks.1.mlp.layers.0", "blocks.1.mlp.layers.0.neurons.2"
    )
    assert place_of_name("temperature") == Place("", "")


def test_a_folding_loses_no_value_and_no_edge():
    network = Network([2, 3, 1])
    order = topological_order(network([Value(1.0), Value(2.0)])[0])
    reading = Reading(order[-1], model=network)
    for level in ("value", "neuron", "layer"):
        folding = fold(reading, level)
        assert sorted(map(order.index, (m for box in folding.boxes for m in box.members))) == list(
            range(len(order))
        )
        where = {m: i for i, box in enumerate(folding.boxes) for m in box.members}
        between = sum(where[node] != where[parent] for node in order for parent in node.parents)
        assert sum(len(link.uses) for link in folding.links) == between
    assert [box.what for box in folding.boxes if box.what] == ["layer"] * 2


def test_like_operations_share_a_box_and_a_sum_is_one():
    losses = [(Value(float(i)) * Value(2.0)).tanh() for i in range(200)]
    loss = losses[0]
    for other in losses[1:]:
        loss = loss + other
    folding = fold(Reading(loss), "auto", 300)
    inputs, products, activations, added = folding.boxes
    assert [len(box.members) for box in (inputs, products, activations, added)] == [
        400,
        200,
        200,
        199,
    ]
    assert len(folding.links) == 3


def test_what_has_no_pattern_is_cut_into_stretches_without_a_cycle():
    y, rng = Value(1.0), Random(0)
    for _ in range(4000):
        y = (y * 1.001).tanh() if rng.random() < 0.5 else y + 0.5
    folding = fold(Reading(y), "auto", 300)
    assert 10 < len(folding.boxes) <= 300
    assert {box.what for box in folding.boxes} >= {"stretch"}
    assert all(link.source < link.target for link in folding.links)


def test_parallel_edges_stay_apart_between_single_values():
    x = Value(3.0)
    folding = fold(Reading(x * x), "value")
    assert len(folding.links) == 2


def test_a_penalty_on_all_weights_is_one_box_and_shared_inputs_another():
    network = Network([2, 4, 1])
    points = [(Constant(0.1 * i), Constant(1.0 - 0.1 * i)) for i in range(200)]
    losses = [(network(list(point))[0] - 1.0) ** 2 for point in points]
    penalty = total([w * w for w in network.parameters.values()])
    loss = total(losses) + 0.1 * penalty
    folding = fold(Reading(loss, model=network), "neuron", 300)
    squares = [
        box
        for box in folding.boxes
        if all(len(set(m.parents)) == 1 and m.op.symbol == "*" for m in box.members)
    ]
    assert [len(box.members) for box in squares] == [len(network.parameters)]
    inputs = [box for box in folding.boxes if box.members[0] is points[0][0]]
    assert [len(box.members) for box in inputs] == [400]


def test_a_chain_of_one_operation_whose_partial_results_have_no_name_is_one_box():
    terms = [Value(float(i)).tanh() for i in range(6)]
    summed = terms[0]
    for term in terms[1:]:
        summed = summed + term
    assert [box.what for box in fold(Reading(summed), "auto").boxes].count("chain") == 1
    assert {box.what for box in fold(Reading(summed), "value").boxes} == {""}
    named = terms[0] + terms[1] + terms[2] + terms[3]
    named.label = "half"
    both = fold(Reading(named + terms[4] + terms[5] + terms[0] + 1.0), "auto")
    assert [len(box.members) for box in both.boxes if box.what == "chain"] == [3, 5]


def test_what_is_computed_twice_is_drawn_once_with_the_gradient_of_both():
    x = Value(0.7, "x")
    (first,) = gradient((x**3).tanh(), [x])
    (second,) = gradient(first, [x])
    second.backward()
    reading = Reading(second)
    same = [node for node in reading.order if node.op and node.op.name == "tanh_slope"]
    assert len(same) > 1
    (i,) = [
        i
        for i, box in enumerate(fold(reading, "auto").boxes)
        if box.members[0].op and box.members[0].op.name == "tanh_slope"
    ]
    sheet = Sheet(reading, fold(reading, "auto"), {})
    assert sheet.folding.boxes[i].results == same
    assert sheet.gradients[i] == pytest.approx(sum(node.grad for node in same))
    assert not [link for link in sheet.folding.links if link.target == i][1:]
    same[0].label = "another name"
    (own,) = [box for box in fold(Reading(second), "auto").boxes if same[0] in box.members]
    assert own.members == [same[0]]


def test_steps_that_are_alike_are_one_block_and_unfold_at_a_level():
    model = networks.RNN(4, seed=1)
    output = model([Value(0.1 * t) for t in range(8)])
    reading = Reading(output, model=model)
    folded = list(foldings(reading, "auto"))
    (box,) = [box for box in folded[1].boxes if box.steps and box.what == "layer"]
    assert len(box.steps) == 8
    assert all(len([n for n in step if n.op]) == 8 for step in box.steps)  # Σwx and tanh, of four
    y = Value(1.0)
    for _ in range(30):
        y = (y * Value(1.01)).tanh()
    (block,) = list(foldings(Reading(y), "auto"))[1].blocks
    assert (len(block.boxes), block.times) == (3, 30)


def test_parallel_neurons_are_no_block():
    network = Network([2, 8, 1])
    reading = Reading(network([Value(1.0), Value(2.0)])[0], model=network)
    assert not any(folding.blocks for folding in foldings(reading, "auto"))


def test_what_is_done_to_any_neuron_of_a_layer_is_alike():
    graph = networks.digits_batch()  # the score of the right digit is subtracted, of ten
    assert draw(graph.output, model=graph.model).nodes == 2 + len(["logΣexp", "-", "Σ", "/"])
