"""The program in C and JavaScript, run by gcc and by a browser, against the eager engine."""

import ctypes
import itertools
import json
import math
import shutil
import subprocess

import pytest
from hard_points import agree, hard_points, read_by_javascript

from engine import Constant, Value, compile, maximum, ops, record
from nn import MLP, fit
from nn.datasets import moons
from nn.losses import binary_cross_entropy

GCC = ["gcc", "-std=c99", "-O2", "-pedantic", "-Wall", "-Wextra", "-Werror"]

SCRIPT = """
const read = (rows) => rows.map((row) => row.map(Number));
const [points, [parameters]] = JSON.parse(arguments[0]).map(read);
const text = (numbers) => numbers.map((x) => `${x}`);
return JSON.stringify(points.map((point) => run(point, parameters).map(text)));
"""


@pytest.fixture
def in_c(tmp_path):
    """What the C of a compiled graph gives for each point: the outputs and the derivatives."""
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler: install gcc")
    numbers = itertools.count()

    def in_c(compiled, points, **settings):
        source = tmp_path / f"listing{next(numbers)}.c"
        source.write_text(compiled.c(**settings), encoding="utf-8")
        target = source.with_suffix(".so")
        subprocess.run([*GCC, "-shared", "-fPIC", source, "-o", target, "-lm"], check=True)
        library = ctypes.CDLL(str(target))
        n = len(compiled.parameters) + len(compiled.inputs)
        outputs = (ctypes.c_double * len(compiled.outputs))()
        derivatives = (ctypes.c_double * n)()
        data = (ctypes.c_double * len(compiled.parameters))(*(p.data for p in compiled.parameters))
        rest = () if settings else (derivatives,)
        for point in points:
            library.run((ctypes.c_double * len(point))(*point), data, outputs, *rest)
            yield list(outputs), list(derivatives)

    return in_c


@pytest.fixture
def in_javascript(browser):
    """The same of its JavaScript, in a browser."""
    browser.get("about:blank")

    def in_javascript(compiled, points, **settings):
        data = [read_by_javascript(p.data for p in compiled.parameters)]
        text = json.dumps([list(map(read_by_javascript, points)), data])
        done = browser.execute_script(compiled.javascript(**settings) + SCRIPT, text)
        for outputs, derivatives in json.loads(done):
            yield list(map(float, outputs)), list(map(float, derivatives))

    return in_javascript


LANGUAGES = pytest.mark.parametrize("language", ["in_c", "in_javascript"])


@LANGUAGES
@pytest.mark.parametrize("row", [*ops.table()], ids=lambda row: row.name)
def test_every_row_gives_what_it_gives_in_python(row, language, request):
    run = request.getfixturevalue(language)
    for n, group in itertools.groupby(hard_points(row), len):
        group = list(group)
        leaves = [Value(0.5 if row.name == "atanh" else 1.0) for _ in range(n)]
        compiled = compile(record(row, tuple(leaves)), leaves, backend="python")
        for point, (outputs, derivatives) in zip(group, run(compiled, group), strict=True):
            value, partials = row.rule(*point)
            assert all(map(agree, outputs, [value])), (point, outputs, value)
            assert all(map(agree, derivatives, partials)), (point, derivatives, partials)


@pytest.fixture(scope="module")
def trained():
    data = moons(40, seed=1)
    model = MLP(2, [16, 16, 1], seed=2)
    fit(model, data.inputs, data.targets, loss=binary_cross_entropy, epochs=20)
    assert len(model.parameters()) == 337
    return model, data.inputs[:5]


@LANGUAGES
def test_a_trained_network_runs_elsewhere_with_its_derivatives(trained, language, request):
    model, rows = trained
    inputs = [Value(0.0, "x0"), Value(0.0, "x1")]
    names = list(model.named_parameters())
    compiled = compile(model(inputs), inputs, names=names, backend="python")
    for row, (outputs, derivatives) in zip(
        rows, request.getfixturevalue(language)(compiled, rows), strict=True
    ):
        x = [Value(number) for number in row]
        y = model(x)
        model.zero_grad()
        y.backward()
        assert outputs == pytest.approx([y.data], rel=1e-13)
        theirs = [leaf.grad for leaf in (*compiled.parameters, *x)]
        assert derivatives == pytest.approx(theirs, rel=1e-12, abs=1e-15)


@LANGUAGES
def test_of_a_network_that_is_only_to_predict_the_numbers_stand_in_the_source(
    trained, language, request
):
    model, rows = trained
    inputs = [Value(0.0), Value(0.0)]
    compiled = compile(model(inputs), inputs, parameters=[], backend="python")
    run = request.getfixturevalue(language)
    for row, (outputs, _) in zip(rows, run(compiled, rows, derivatives=False), strict=True):
        assert outputs == pytest.approx([model([Value(x) for x in row]).data], rel=1e-13)
    assert "derivatives" not in compiled.c(derivatives=False)


@LANGUAGES
@pytest.mark.parametrize(
    "labels",
    [
        ("ϕ", "φ", "phi"),
        ("double", "const", "__x"),
        ("exp", "pow", "Math"),
        ("inputs", "run", "derivatives"),
        ("PI", "NAN", "INFINITY"),
        ("y1", "gamma", "unix"),
        ("*/ x", "// x", "\n"),
        ("await", "new", "arguments"),
        ("step", "ERF_NEAR", "ratio"),
        ("w", "w", "d_w"),
    ],
)
def test_labels_become_names_of_the_language(labels, language, request):
    a, b, c = (Value(x, label) for x, label in zip((0.3, 3.0, 5.0), labels, strict=True))
    bound = Constant(-math.inf)
    negative = -c
    y = (
        maximum(a.exp() + 10.0 * b * b, bound)
        + 2.0 * -negative
        + a.erf() * b.relu() ** 1.7
        + a.sigmoid()
    )
    compiled = compile(y, [a, b, c], backend="python")
    ((outputs, derivatives),) = request.getfixturevalue(language)(compiled, [(0.3, 3.0, 5.0)])
    y.backward()
    assert outputs == pytest.approx([y.data], rel=1e-14)
    assert derivatives == pytest.approx([a.grad, b.grad, c.grad], rel=1e-13)
