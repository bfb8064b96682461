"""The machine in a page: every row of the table in a browser, against the numbers of Python.

The elementary functions of a browser are its own, so the last digits may differ.
"""

import base64
import hashlib
import itertools
import json
import math
import random

import mpmath
import pytest
from graphs import Network
from hard_points import agree, hard_points, read_by_javascript
from hypothesis import given
from oracles.programs import programs

from engine import Constant, Value, log_sum_exp, ops, record, total
from engine.compiler.page.instructions import graph_table, rule_table
from engine.compiler.page.scripts import page_script
from engine.functions import erf, erfc, sqrt
from engine.graph import topological_order

RUN = """
const [table, points] = JSON.parse(arguments[0]);
const machine = new Machine(table);
const text = (place) => Object.is(machine.numbers[place], -0) ? "-0" : `${machine.numbers[place]}`;
const all = () => ["values", "slopes", "adjoints"].map((part) => (table[part] ?? []).map(text));
return JSON.stringify(points.map((point) => {
  machine.numbers.set(point.map(Number));
  machine.run();
  return all();
}));
"""


@pytest.fixture(scope="module")
def run(browser, tmp_path_factory):
    """Run a table in a page that allows this script and nothing else, once for each point."""
    script = f"{page_script()}window.Machine = Machine;"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'"
    page = tmp_path_factory.mktemp("machine") / "page.html"
    page.write_text(
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<script>{script}</script>",
        encoding="utf-8",
    )
    browser.get(page.as_uri())

    def run(table, points):
        named = [read_by_javascript(point) for point in points]
        text = json.dumps([table, named], allow_nan=False)
        parts = json.loads(browser.execute_script(RUN, text))
        return [[list(map(float, part)) for part in point] for point in parts]

    return run


@pytest.mark.parametrize("row", [*ops.table()], ids=lambda row: row.name)
def test_every_row_gives_in_a_browser_what_it_gives_in_python(row, run):
    for n, group in itertools.groupby(hard_points(row), len):
        group = list(group)
        leaves = [Value(0.5 if row.name == "atanh" else 1.0) for _ in range(n)]
        y = record(row, tuple(leaves))
        out = 3.0 * y
        table = graph_table(out, leaves, [*leaves, y, out.parents[0], out])
        for point, (values, slopes, adjoints) in zip(group, run(table, group), strict=True):
            value, partials = row.rule(*point)
            theirs = [*point, value, 3.0, 3.0 * value]
            assert all(map(agree, values, theirs)), (point, values, theirs)
            assert all(map(agree, slopes, [*partials, value, 3.0])), (point, slopes, partials)
            theirs = [*(3.0 * partial for partial in partials), 3.0, value, 1.0]
            assert all(map(agree, adjoints, theirs)), (point, adjoints, theirs)


def check_graph(run, output):
    """Every value, local derivative and adjoint of a graph in the page is that of `backward`."""
    order = topological_order(output)
    leaves = [x for x in order if x.op is None and not isinstance(x, Constant)]
    table = graph_table(output)
    recorded = [x.data for x in leaves]
    _, (values, slopes, adjoints) = run(table, [[x + 0.25 for x in recorded], recorded])
    output.backward()
    assert values == pytest.approx([x.data for x in order], rel=1e-12, abs=1e-12)
    assert slopes == pytest.approx([p for x in order for p in x.partials], rel=1e-12, abs=1e-12)
    assert adjoints == pytest.approx([x.grad for x in order], rel=1e-11, abs=1e-11)


def test_a_network_gives_every_number_of_its_backward_pass(run):
    network = Network([2, 8, 8, 3])
    outputs = network([Value(0.3), Value(-0.7)])
    check_graph(run, log_sum_exp(outputs) - outputs[1] + 0.01 * total([w * w for w in outputs]))


@given(programs(max_instructions=25))
def test_random_graphs_give_every_number_of_their_backward_pass(run, program_and_point):
    program, point = program_and_point
    check_graph(run, program.on_values([Value(x) for x in point]))


def test_other_numbers_give_what_a_graph_of_them_gives(run):
    """Nothing of the numbers with which it was recorded is left, and a branch is taken anew."""

    def graph(a, b):
        return (a.relu().sqrt() * b + a.maximum(b) ** 2 + abs(a - b)).tanh(), (a, b)

    output, leaves = graph(Value(1.5), Value(0.5))
    order = topological_order(output)
    places = [order.index(leaf) for leaf in leaves]
    table = graph_table(output, leaves, order)
    points = [(-0.3, 0.2), (0.1, 0.1), (0.4, -0.8)]
    for point, (values, _, adjoints) in zip(points, run(table, points), strict=True):
        again, leaves = graph(*map(Value, point))
        again.backward()
        assert agree(values[-1], again.data)
        ours = [adjoints[i] for i in places]
        assert ours == pytest.approx([x.grad for x in leaves], rel=1e-13)


def test_a_rule_on_numbers_runs_too(run):
    def rule(w, velocity, gradient, rate):
        velocity = 0.9 * velocity + gradient
        return w - rate * velocity / (sqrt(gradient * gradient) + 1e-8), velocity

    points = [(1.0, 0.5, -2.0, 0.1), (0.0, 0.0, 0.0, 1.0)]
    for point, (values, _, _) in zip(points, run(rule_table(rule, 4), points), strict=True):
        assert values == list(rule(*point))


def test_an_instruction_that_the_machine_does_not_know_is_named(run):
    table = rule_table(lambda x: (x + 1.0,), 1) | {"names": ["twist"]}
    with pytest.raises(Exception, match="the machine knows no twist"):
        run(table, [(1.0,)])


def test_the_error_function_is_that_of_mpmath_to_the_last_digits(run):
    rng = random.Random(1)
    points = [(sign * 10.0 ** rng.uniform(-9, 0.76),) for sign in (1, -1) for _ in range(1500)]
    points += [(rng.uniform(0.4, 26.5),) for _ in range(1500)]
    both = rule_table(lambda x: (erf(x), erfc(x)), 1)
    for (x,), ((ours, complement), _, _) in zip(points, run(both, points), strict=True):
        assert abs(ours - mpmath.erf(x)) <= 8 * math.ulp(ours), x
        with mpmath.workdps(30):
            assert abs(complement - mpmath.erfc(x)) <= 8 * math.ulp(complement), x
