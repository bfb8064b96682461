"""Names come by themselves: by the variable, the model, a textbook's letters, a number."""

import builtins
import random
import re
import subprocess
import sys
import textwrap

import pytest
from graphs import Network, needs_graphviz
from hypothesis import given, strategies as st

from engine import Constant, Value, backward_steps, dot, draw, explain, forward_steps, total, view
from engine.naming import neurons
from engine.reading import Reading

UNIVERSAL, _hidden = Value(0.25), Value(0.5)
shadowed = Value(4.0)


# Variables


def test_a_value_is_called_by_the_variable_that_holds_it_in_every_view():
    x1, w1 = Value(2.0), Value(-3.0)
    x1w1 = x1 * w1
    out = x1w1.tanh()
    assert [step.name for step in forward_steps(out)] == ["x1", "w1", "x1w1", "out"]
    assert [step.parent_name for step in backward_steps(out)] == ["x1w1", "x1", "w1"]
    for name in ("x1", "w1", "x1w1", "out"):
        assert f"{name}: data" in draw(out).source
        assert name in str(explain(out, w1))


@needs_graphviz
def test_the_page_calls_them_so_too():
    x1, w1 = Value(2.0), Value(-3.0)
    out = (x1 * w1).tanh()
    assert "x1: data" in view(out).html()
    assert "out: data" not in view(out, names=False).html()
    network = Network([2, 2, 1])
    loss = (network([Value(1.0, "x0"), Value(-2.0, "x1")])[0] - 1.0) ** 2
    assert view(loss, level="neuron").html() == view(loss, level="neuron", model=network).html()


def test_a_label_wins_over_the_variable():
    x = Value(2.0, "label")
    assert [step.name for step in forward_steps(x * 3)] == ["label", "3", "v1"]


def test_locals_come_before_globals_and_the_first_name_before_another():
    shadowed = Value(1.0)
    again = shadowed
    names = [step.name for step in forward_steps(again * UNIVERSAL)]
    assert names == ["shadowed", "UNIVERSAL", "v1"]
    mine = UNIVERSAL
    assert [step.name for step in forward_steps(mine)] == ["mine"]


def test_containers_are_not_searched_and_underscores_not_taken():
    held, _kept = [Value(1.0)], Value(2.0)
    by_name = {"x": Value(3.0)}
    output = held[0] * _kept * by_name["x"] * _hidden
    assert [step.name for step in forward_steps(output)] == [
        *("v1", "v2", "v3", "v4", "v5", "v6", "output")
    ]


def test_names_and_false_decide_otherwise():
    w, x = Value(2.0), Value(3.0, "label")
    y = w * x
    assert [s.name for s in forward_steps(y, names=[("given", w)])] == ["given", "label", "y"]
    for steps in (forward_steps(y, names=False), forward_steps(y, False)):
        assert [step.name for step in steps] == ["v1", "label", "v2"]
    for name in ("w", "y"):
        assert f"{name}: data" not in draw(y, names=False).source
    assert "∂v2/∂v1 = label = 3" in str(explain(y, w, names=False))
    with pytest.raises(TypeError, match="or False, but got"):
        draw(y, names=True)


def test_the_caller_is_whoever_calls_the_package():
    def helper(shown):
        return [step.name for step in forward_steps(shown)]

    loss = Value(1.0)
    assert helper(loss) == ["shown"]
    assert [step.name for step in map(list, [forward_steps(loss)]).__next__()] == ["loss"]


def test_functions_inside_of_functions_and_comprehensions():
    w = Value(1.0)
    free = Value(2.0)

    def inner():
        z = w * free
        return [step.name for step in forward_steps(z)]

    assert inner() == ["w", "free", "z"]
    assert (lambda x: [step.name for step in forward_steps(x * free)])(w) == ["x", "free", "v1"]
    values = [Value(3.0)]
    y = values[0] * 2  # the inner function of a comprehension, up to Python 3.11, does not see y
    assert [[step.name for step in forward_steps(y)] for v in values] == [["v", "2", "y"]]
    assert {v: list(forward_steps(y))[-1].name for v in values} == {values[0]: "y"}


def test_modules_class_bodies_and_namespaces_of_ones_own(tmp_path):
    program = textwrap.dedent("""
        from engine import Value, forward_steps
        x = Value(2.0)
        y = x * 3
        names = [step.name for step in forward_steps(y)]
        inside = [list(forward_steps(v * x))[0].name for v in [Value(1.0)]]
        class Body:
            w = Value(1.0)
            names = [step.name for step in forward_steps(w * x)]
    """)
    script = tmp_path / "engine.txt"  # no module of the package, whatever its name
    script.write_text(program + "print(names, inside, Body.names)")
    for namespace in ({"__name__": "engine.words.steps"}, {"__name__": "__main__"}):
        exec(compile(program, str(script), "exec"), namespace)
        assert namespace["names"] == ["x", "3", "y"]
        assert namespace["inside"] == ["v"]
        assert namespace["Body"].names == ["w", "x", "v1"]
    outside, own = {}, {}
    exec(program.split("names =")[0] + "steps = forward_steps(y)", outside, own)
    assert [step.name for step in own["steps"]] == ["x", "3", "y"]
    path = ":".join(sys.path)
    outputs = {
        subprocess.run(
            [sys.executable, script],
            env={"PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert outputs == {"['x', '3', 'y'] ['v'] ['w', 'x', 'v1']\n"}


def test_in_a_notebook_the_names_that_it_keeps_for_results_name_nothing(monkeypatch):
    monkeypatch.delattr(builtins, "_", raising=False)  # a doctest leaves one, and no shell hides it
    interactive = pytest.importorskip("IPython.core.interactiveshell")
    shell = interactive.InteractiveShell()
    try:
        shell.run_cell("from engine import Value, draw, forward_steps")
        shell.run_cell("x = Value(2.0)", store_history=True)
        shell.run_cell("x * Value(3.0)", store_history=True)
        assert shell.user_ns["_"] is shell.user_ns["Out"][2]
        shell.run_cell("names = [step.name for step in forward_steps(_)]")
        assert shell.user_ns["names"] == ["x", "v1", "v2"]
        shell.run_cell("y = _2\nnames = [step.name for step in forward_steps(y)]")
        assert shell.user_ns["names"] == ["x", "v1", "y"]
    finally:
        shell.history_manager.end_session()


def test_objects_that_answer_to_anything_are_left_alone():
    class Proxy:
        def __getattribute__(self, name):
            raise AssertionError(f"asked for {name}")

    proxy, x = Proxy(), Value(1.0)
    assert [step.name for step in forward_steps(x)] == ["x"]
    del proxy


def test_the_locals_are_read_and_not_written():
    x = Value(1.0)
    before = dict(locals())
    draw(x * x)
    x.label = "later"
    del before["x"]
    assert set(locals()) - {"before", "x"} == set(before)


def test_a_number_at_the_end_of_a_name_stands_below_the_line_on_request():
    x1, w1, conv2d = Value(2.0), Value(-3.0), Value(1.0)
    x1w1 = x1 * w1
    out = x1w1 * conv2d * 2 + Value(1.0)
    source = draw(out, math_labels=True).source
    for name in ("x₁", "w₁", "x₁w₁", "conv2d", "v₁", "out"):
        assert f"{name}: data" in source
    assert "x₁" not in draw(out).source
    network = Network([1, 1])
    source = draw(network([x1])[0], math_labels=True, level="value").source
    assert "<B>w₀</B>" in source
    assert "label=<layers.0>" in source


# Models


def test_a_model_in_a_variable_gives_names_and_frames_as_model_does():
    network = Network([2, 2, 1])
    loss = (network([Value(1.0, "x0"), Value(-2.0, "x1")])[0] - 1.0) ** 2
    alone = draw(loss, level="value").source
    assert alone == draw(loss, level="value", model=network).source
    assert alone.count("subgraph cluster_") == 2 + 3
    assert "cluster_" not in draw(loss, level="value", names=False).source


def test_a_parameters_name_goes_before_its_variable_and_a_label_before_both():
    network = Network([2, 1])
    w, v, *_ = network.parameters.values()
    v.label = "mine"
    output = network([1.0, 2.0])[0]
    names = [step.name for step in forward_steps(output)]
    assert "layers.0.neurons.0.w.0" in names
    assert "mine" in names
    assert not {"w", "v"} & set(names)
    assert w.op is None
    assert "layers.0.neurons.0.w.1" in {s.name for s in forward_steps(output, model=network)}


def test_of_two_models_each_is_told_by_its_variable():
    left, right = Network([1, 1]), Network([1, 1])
    y = left([1.0])[0] * right([1.0])[0]
    names = {step.name for step in forward_steps(y)}
    assert {"left.layers.0.neurons.0.w.0", "right.layers.0.neurons.0.w.0"} <= names
    drawn = draw(y, level="value").source
    assert "label=<left.layers.0>" in drawn
    assert "label=<right.layers.0>" in drawn
    names = {step.name for step in forward_steps(y, model=left)}
    assert {"layers.0.neurons.0.w.0", "right.layers.0.neurons.0.w.0"} <= names


def test_what_other_models_hold_and_what_is_wrong_with_them_does_no_harm():
    class Theirs:
        def named_parameters(self):
            return iter([("weight", 3.0), ("bias", object())])

    class Broken:
        def named_parameters(self):
            raise RuntimeError("no")

    class Odd:
        named_parameters = (1, 2)

    theirs, broken, odd, kind = Theirs(), Broken(), Odd(), Theirs
    x = Value(1.0)
    assert [step.name for step in forward_steps(x)] == ["x"]
    del theirs, broken, odd, kind


# Numbers


def test_numbers_count_without_gaps():
    x = Value(2.0, "x")
    y = ((x * 3.0 - Value(1.0)) ** 2).exp()
    names = [step.name for step in forward_steps(y)]
    assert names == ["x", "3", "v1", "v2", "v3", "v4", "y"]
    y.label = "v2"  # is not given again
    assert [s.name for s in forward_steps(y)] == ["x", "3", "v1", "v3", "v4", "v5", "v2"]


@given(st.integers(0, 10**9))
def test_every_node_has_a_name_and_no_two_have_the_same(seed):
    rng = random.Random(seed)
    labels = ["", "", "x", "w", "z", "a", "L", "v2", "z₁"]
    nodes = [Value(rng.random(), rng.choice(labels)) for _ in range(4)]
    for _ in range(rng.randint(0, 12)):
        x, y = rng.choice(nodes), rng.choice(nodes)
        node = rng.choice([x + y, x * y, x.tanh(), x * 0.5, dot([x, y], [y, x]).relu(), x - y])
        node.label = rng.choice(labels)
        nodes.append(node)
    reading = Reading(nodes[-1])
    names = reading.names
    own = [names[node] for node in reading.order if not isinstance(node, Constant)]
    assert len(set(own)) == len(own)
    numbers = [node for node in reading.order if names.is_number(node)]
    labelled = {node.label for node in reading.order}
    free = (f"v{i}" for i in range(1, 100) if f"v{i}" not in labelled)
    assert [names[node] for node in numbers] == [next(free) for _ in numbers]
    for node in reading.order:
        if node.label:
            assert re.fullmatch(rf"{node.label}(\[\d+\])?", names[node])


# Letters


def letters(output):
    """The names in the graph of an output, where nobody holds any of it in a variable."""
    return Reading(output).names


def test_a_neuron_is_z_and_a_however_it_is_written():
    w, x, b = Value(1.0, "w"), Value(2.0, "x"), Value(3.0, "b")
    for z in (dot([w], [x], b), w * x + b, dot([w], [x]) + b, sum([w * x, b])):
        a = z.tanh()
        names = letters(a * 2.0)
        assert (names[z], names[a]) == ("z", "a")


def test_a_label_stays_and_only_the_rest_is_named():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    z = dot([w], [x])
    z.label = "n"
    a = z.relu()
    names = letters(a * 2.0)
    assert (names[z], names[a]) == ("n", "a")


def test_a_neuron_whose_sum_is_called_z_already_keeps_the_plain_letters():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    z = dot([w], [x])
    z.label = "z"
    a = z.relu()
    assert letters(a * 2.0)[a] == "a"
    next_z = dot([2.0], [a])
    next_z.label = "z₁"
    next_a = next_z.relu()
    assert [letters(next_a * 2.0)[v] for v in (a, next_a)] == ["a", "a₁"]


def test_several_neurons_have_numbers_in_the_order_of_computation():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    a = dot([w], [x]).tanh()
    left, right = dot([2.0], [a]).tanh(), dot([3.0], [a]).tanh()
    output = left * right
    names = letters(output)
    assert [names[v] for v in (*a.parents, a, *left.parents, left, *right.parents, right)] == [
        *("z₁", "a₁", "z₂", "a₂", "z₃", "a₃")
    ]
    assert names[output] == "L"


def test_ordinary_functions_are_not_neurons():
    x = Value(2.0, "x")
    y = (x + 1.0).exp() * -x
    assert set(letters(y).values()) == {"x", "1", "v1", "v2", "v3", "v4"}
    assert neurons(Reading(y).order) == {}


def test_names_that_several_bear_are_told_apart():
    x, y = Value(2.0, "x"), Value(3.0, "x")
    p = x * y
    assert [letters(p)[v] for v in (x, y, p)] == ["x[1]", "x[2]", "v1"]


def test_the_neurons_of_many_rows_are_numbered_past_what_is_taken():
    w = Value(0.5)
    rows = [dot([w], [float(i)], 1.0).tanh() for i in range(1_000)]
    rows[0].label = "z₂"
    names = letters(total(rows))
    sums = [names[row.parents[0]] for row in rows]
    assert sums[:3] == ["z₁", "z₃", "z₄"]
    assert len(set(sums)) == 1_000
