"""The playground in a headless Chromium: it trains as `fit` does, and its page answers."""

import hashlib
import json
import math
import re
from functools import cache
from importlib.resources import files

import numpy
import pytest

import nn
from engine import Value, explain, page_script
from nn import Adam, datasets, fit, playground
from nn.__main__ import main
from nn.losses import LOSSES
from nn.playing.recording import (
    ACTIVATIONS,
    CLASSIFYING,
    INITIALIZERS,
    OPTIMIZERS,
    REGRESSING,
    SUITED,
    TRAINED,
    network,
    recorded,
    targets,
)

DATA = datasets.moons(60, seed=3)
HIDDEN = [5, 4]

PASSES = "return [training.losses, Array.from(training.parameters), training.tests];"


@pytest.fixture(scope="module")
def ask(browser, tmp_path_factory):
    """Train what was recorded in a page, and run a script there."""
    folder = tmp_path_factory.mktemp("playing")
    script = page_script(*(files("nn.playing") / f"{name}.js" for name in ("training", "findings")))

    def ask(page, choices, epochs, question):
        numbers = json.dumps(page)
        path = folder / f"{hashlib.sha256(numbers.encode()).hexdigest()}.html"
        if browser.current_url != path.as_uri():
            path.write_text(f"<script>{script};const recorded = {numbers};</script>", "utf-8")
            browser.get(path.as_uri())
        start = "const training = new Training(recorded, arguments[0]);"
        train = "for (let i = 0; i < arguments[1]; i++) training.pass();"
        return browser.execute_script(start + train + question, choices, epochs)

    return ask


@pytest.fixture(scope="module")
def train_on(ask):
    """Give the losses, the parameters, the test losses."""
    return lambda page, choices, epochs: ask(page, choices, epochs, PASSES)


@pytest.fixture(scope="module")
def train(train_on):
    """The same, without a test."""
    page = cache(lambda name: recorded(DATA if name == DATA.name else plane(), HIDDEN))
    return lambda data, choices, epochs: train_on(page(data.name), choices, epochs)[:2]


def fitted(data, choices, epochs):
    """The same by `fit`."""
    model = network(choices["activation"], [*HIDDEN, 1], choices["initializer"], choices["seed"])
    kind, settings = OPTIMIZERS[choices["optimizer"]]
    optimizer = kind(model.parameters(), **(settings | {"learning_rate": choices["rate"]}))
    loss = LOSSES[choices["loss"]]
    history = fit(
        model, data.inputs, targets(loss, data), loss, optimizer, epochs=epochs, progress=False
    )
    return history.loss, [p.data for p in model.parameters()]


def chosen(activation="tanh", loss="binary_cross_entropy", optimizer="SGD", **others):
    rate = OPTIMIZERS[optimizer][1]["learning_rate"]
    first = next(iter(INITIALIZERS))
    settings = {"activation": activation, "loss": loss, "optimizer": optimizer, "rate": rate}
    return settings | {"initializer": first, "seed": 1, "batch": 0} | others


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", dict.fromkeys((*CLASSIFYING, *REGRESSING)))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_after_50_epochs_the_page_has_the_losses_of_fit(activation, loss, optimizer, train):
    data = DATA if loss in CLASSIFYING else plane()
    choices = chosen(activation, loss, optimizer)
    ours, parameters = train(data, choices, 50)
    theirs, numbers = fitted(data, choices, 50)
    assert ours == pytest.approx(theirs, rel=1e-9)
    assert parameters == pytest.approx(numbers, rel=1e-8, abs=1e-10)
    assert theirs[-1] < theirs[0]


def plane():
    """A regression over the plane."""
    rows = [[0.2 * (i % 8) - 0.7, 0.25 * (i // 8) - 0.9] for i in range(64)]
    return datasets.Dataset(rows, [math.sin(2 * x) + y * y for x, y in rows], name="plane")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_at_a_rate_that_is_too_large_the_first_steps_agree(optimizer, train):
    choices = chosen(optimizer=optimizer, rate=1.0)
    assert train(DATA, choices, 5)[0] == pytest.approx(fitted(DATA, choices, 5)[0], rel=1e-9)


@pytest.mark.parametrize("initializer", INITIALIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_weights_are_those_that_python_draws(activation, initializer, train):
    choices = chosen(activation, initializer=initializer, seed=7)
    model = network(activation, [*HIDDEN, 1], initializer, 7)
    assert train(DATA, choices, 0)[1] == [p.data for p in model.parameters()]


def test_batches_take_each_row_once_an_epoch(train):
    choices = chosen(batch=25, rate=0.0)
    losses, _ = train(DATA, choices, 3)
    assert losses == pytest.approx(fitted(DATA, chosen(rate=0.0), 3)[0], rel=1e-12)


# The page


@pytest.fixture
def page(browser, tmp_path):
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(playground("moons", [4, 4]).save(tmp_path / "page.html").as_uri())
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    messages = (json.loads(e["message"])["message"] for e in browser.get_log("performance"))
    requests = [m for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert len(requests) == 1  # for the page itself


def at(page, name):
    return page.find_element("id", name)


def choose(page, name, value):
    page.execute_script(
        "const part = document.getElementById(arguments[0]); part.value = arguments[1];"
        "part.dispatchEvent(new Event('input'));",
        name,
        value,
    )


def test_the_page_steps_changes_and_goes_back(page):
    model = network("tanh", [4, 4, 1], next(iter(INITIALIZERS)), 0)
    data = datasets.moons()
    rate = OPTIMIZERS["Adam"][1]["learning_rate"]
    choose(page, "optimizer", "Adam")
    optimizer = Adam(model.parameters(), learning_rate=float(f"{rate:.2g}"))
    loss = nn.binary_cross_entropy
    first, second = fit(
        model, data.inputs, data.targets, loss, optimizer, epochs=2, progress=False
    ).loss
    for number, expected in ((1, first), (2, second)):
        at(page, "step").click()
        assert at(page, "epoch").text == f"epoch {number}"
        shown = float(at(page, "line").text.removeprefix("The loss is ").partition(",")[0])
        assert shown == pytest.approx(expected, rel=5e-3)
    at(page, "reset").click()
    assert at(page, "epoch").text == "epoch 0"


def test_the_lines_show_weights_or_gradients(page):
    lines = "document.querySelectorAll('line.below, line.above')"
    widths = f"return Array.from({lines}, (e) => e.getAttribute(%r))"
    weights = page.execute_script(widths % "stroke-width")
    choose(page, "shown", "gradients")
    assert len(weights) == 2 * 4 + 4 * 4 + 4
    assert weights != page.execute_script(widths % "stroke-width")
    model = network("tanh", [4, 4, 1], next(iter(INITIALIZERS)), 0)
    data = datasets.moons()
    nn.binary_cross_entropy([model(row) for row in data.inputs], data.targets).backward()
    gradient = model.layers[0].neurons[0].w[0].grad
    title = page.execute_script("return document.querySelector('line title').textContent")
    shown = float(title.partition("∂loss/∂w = ")[2].replace("−", "-"))
    assert shown == pytest.approx(gradient, rel=5e-3)
    frames = page.execute_script(
        "return Array.from(document.querySelectorAll('#network canvas'), (e) => e.className)"
    )
    assert frames[:2] == ["", ""]
    assert {name.split()[0] for name in frames[2:]} <= {"below", "above"}


def test_a_click_puts_a_neuron_into_words_with_the_numbers_of_a_row(page):
    model = network("tanh", [4, 4, 1], next(iter(INITIALIZERS)), 0)
    data = datasets.moons()
    hidden = model.layers[0]([Value(x) for x in data.inputs[0]])
    neuron = model.layers[1].neurons[2]
    second = model.layers[1](hidden)
    a = second[2]
    nn.binary_cross_entropy([model.layers[2](second)], data.targets[:1]).backward()
    page.find_elements("css selector", "#network canvas")[2 + 4 + 2].click()
    words = at(page, "neuron").text.replace("−", "-")
    assert words.startswith("row 1, neuron 3 of layer 2: ")
    shown = [float(x) for x in re.findall(r"-?[\d.]+(?:e[-+]\d+)?", words.partition(": ")[2])]
    pairs = [x for w, h in zip(neuron.w, hidden, strict=True) for x in (w.data, h.data)]
    expected = [*pairs, neuron.b.data, a.parents[0].data, a.data, a.grad]
    assert shown == pytest.approx(expected, rel=5e-3, abs=1e-9)


def told(text):
    return text.replace("−", "-")


def test_a_click_on_a_weight_gives_its_chain_rule_with_the_numbers_now(page):
    choose(page, "loss", "mse")
    choose(page, "activation", "sigmoid")
    page.execute_script(
        "document.querySelectorAll('.touch')[9].dispatchEvent(new MouseEvent('click'))"
    )  # the second neuron of the second layer, and the second of the first
    at(page, "step").click()
    model = network("sigmoid", [4, 4, 1], SUITED, 0)
    data = datasets.moons()
    optimizer = nn.SGD(model.parameters(), float(told(at(page, "rate-text").text)))
    fit(model, data.inputs, targets(nn.mse, data), nn.mse, optimizer, epochs=1, progress=False)
    loss = nn.mse([model(data.inputs[0])], targets(nn.mse, data)[:1])
    theirs = explain(loss, model.layers[1].neurons[0].w[1])
    lines = told(at(page, "chain").text).splitlines()
    assert lines[0] == "row 1, w2 of neuron 1 of layer 2"
    assert float(lines[1].rpartition("= ")[2]) == pytest.approx(theirs.derivative, rel=5e-3)
    assert lines[2] == "along its one path:"
    page.find_elements("css selector", ".touch")[0].send_keys("\n")
    theirs = explain(loss, model.layers[0].neurons[0].w[0])
    lines = told(at(page, "chain").text).splitlines()
    assert lines[2] == "∂loss/∂w is the sum over 4 paths:"
    products = [float(line.partition(" = ")[2].split()[0]) for line in lines[3:7]]
    assert products == pytest.approx([path.contribution for path in theirs.paths], rel=5e-3)
    assert float(lines[7].removeprefix("sum: ")) == pytest.approx(theirs.derivative, rel=5e-3)


def test_a_switch_of_the_loss_shows_in_the_gradient_of_each_output(page):
    model = network("tanh", [4, 4, 1], SUITED, 0)
    data = datasets.moons()
    choose(page, "over", "one")
    for loss in CLASSIFYING:
        choose(page, "loss", loss)
        output = model(data.inputs[0])
        LOSSES[loss]([output], targets(LOSSES[loss], data)[:1]).backward()
        shown = told(at(page, "row").text).rpartition("∂loss/∂output = ")[2]
        assert float(shown) == pytest.approx(output.grad, rel=5e-3)
        model.zero_grad()
        LOSSES[loss]([model(data.inputs[0])], targets(LOSSES[loss], data)[:1]).backward()
        title = page.execute_script("return document.querySelector('line title').textContent")
        shown = float(told(title).partition("∂loss/∂w = ")[2])
        assert shown == pytest.approx(model.layers[0].neurons[0].w[0].grad, rel=5e-3)


def test_histograms_count_every_activation_of_a_layer(page):
    model = network("tanh", [4, 4, 1], SUITED, 0)
    a = [unit.data for row in datasets.moons().inputs for unit in model.layers[0].outputs(row)]
    counts, edges = numpy.histogram(a, bins=20)
    label = page.find_element("css selector", "#spread canvas").get_attribute("aria-label")
    words, _, bars = told(label).partition(": ")
    assert [int(bar) for bar in bars.split(", ")] == list(counts)
    low, high = map(float, words.removeprefix("a from ").split(" to "))
    assert (low, high) == pytest.approx((edges[0], edges[-1]), rel=5e-3)


def test_findings_come_and_go_with_what_is_chosen(page):
    found = "return Array.from(document.querySelectorAll('#findings li'), (e) => e.textContent)"
    data = datasets.moons()
    for initializer in ("zeros", "Xavier"):
        choose(page, "initializer", initializer)
        model = network("tanh", [4, 4, 1], initializer, 0)
        report = nn.diagnose(model, data.inputs, data.targets, nn.binary_cross_entropy)
        assert page.execute_script(found) == report.findings
        assert bool(report.findings) == (initializer == "zeros")


def test_a_rate_that_is_too_large_is_said_in_words(page):
    choose(page, "loss", "mse")
    choose(page, "activation", "relu")
    choose(page, "rate", 1)
    at(page, "play").click()
    page.implicitly_wait(0)
    for _ in range(200):
        if "too large" in at(page, "line").text:
            break
    assert "no longer finite" in at(page, "line").text
    assert at(page, "play").text == "play"


def test_it_fits_a_telephone(page):
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True},
    )
    assert page.execute_script("return document.documentElement.scrollWidth") == 360
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("planets",), "moons, circles, spirals, xor, or a PATH.csv; got 'planets'"),
        ((datasets.iris(),), "two inputs"),
        ((datasets.Dataset([[0, 1]] * 3, [0, 1, 2], (), ("a", "b", "c")),), "two classes"),
        (("moons", [4, 0]), "at least 1"),
        (("flowers.txt",), "PATH.csv; got 'flowers.txt'"),
    ],
)
def test_what_cannot_be_shown_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        playground(*arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"data": [[0, 1], [1, 0]]}, TypeError, "rows with targets="),
        ({"targets": [0, 1]}, ValueError, "'moons' brings targets"),
        ({"data": DATA, "targets": [0, 1]}, ValueError, "brings targets of its own"),
        ({"data": DATA, "test": datasets.iris()}, ValueError, "two inputs"),
        ({"data": DATA, "test": [[0, 1]]}, TypeError, "test must be a Dataset"),
        ({"data": [[0, 1], [1, 0]], "targets": [1]}, ValueError, "2 rows and 1 target"),
        ({"model": nn.Neuron(2)}, TypeError, "model must be an MLP"),
        ({"model": nn.MLP(3, [1])}, ValueError, "two inputs and an output"),
        ({"model": nn.MLP(2, [3, 2])}, ValueError, "two inputs and an output"),
        ({"model": nn.MLP(2, [3, 1], bias=False)}, ValueError, "have biases"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        playground(**arguments)


def test_a_switch_of_the_loss_begins_a_new_curve(page):
    at(page, "step").click()
    choose(page, "loss", "mse")
    assert at(page, "line").text == "Press play."
    assert at(page, "epoch").text == "epoch 1"


PAGES = {
    "no hidden layer": lambda: playground("xor", []),
    "a model": lambda: playground("xor", model=nn.MLP(2, [3, 2, 1], ["relu", "elu", "tanh"])),
    "a regression": lambda: playground([[i, -i] for i in range(6)], [3], targets=[*range(6)]),
    "one row": lambda: playground([[1, 2]], [3], targets=[4]),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_all_kinds_open_and_train(name, browser, tmp_path):
    browser.get_log("browser")
    browser.get(PAGES[name]().save(tmp_path / "page.html").as_uri())
    browser.execute_script(
        "document.querySelector('.touch').dispatchEvent(new MouseEvent('click'))"
    )
    for shown in ("gradients", "weights"):
        choose(browser, "shown", shown)
        at(browser, "step").click()
    assert at(browser, "line").text.startswith("The loss is ")
    assert "∂loss/∂w = ∂loss/∂a · ∂a/∂z · x1" in at(browser, "chain").text
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


# What it is made of


def test_a_trained_model_is_where_the_page_begins(train_on):
    model = nn.MLP(2, [5, 4, 1], activation=["relu", "silu", "sigmoid"], seed=5)
    fit(model, DATA.inputs, DATA.targets, nn.mse, Adam(model.parameters(), 0.02), epochs=30)
    page = recorded(DATA, HIDDEN, model=model)
    choices = chosen(next(iter(page["activations"])), "mse", initializer=TRAINED)
    losses, parameters, _ = train_on(page, choices, 50)
    assert train_on(page, choices, 0)[1] == [p.data for p in model.parameters()]
    optimizer = nn.SGD(model.parameters(), choices["rate"])
    signs = targets(nn.mse, DATA)
    theirs = fit(model, DATA.inputs, signs, nn.mse, optimizer, epochs=50, progress=False).loss
    assert losses == pytest.approx(theirs, rel=1e-9)
    assert parameters == pytest.approx([p.data for p in model.parameters()], rel=1e-8, abs=1e-10)


def test_the_test_rows_are_measured_as_fit_does(train_on):
    other = datasets.moons(40, seed=9)
    choices = chosen()
    tests = train_on(recorded(DATA, HIDDEN, test=other), choices, 20)[2]
    model = network("tanh", [*HIDDEN, 1], choices["initializer"], 1)
    optimizer = nn.SGD(model.parameters(), choices["rate"])
    loss = nn.binary_cross_entropy
    for measured in tests:
        fit(model, DATA.inputs, DATA.targets, loss, optimizer, epochs=1, progress=False)
        outputs = [model(row) for row in other.inputs]
        assert measured == pytest.approx(loss(outputs, other.targets).data, rel=1e-9)


def test_rows_and_a_csv_file_will_do(tmp_path):
    rows = [[0, 1], [1, 0], [1, 1], [0, 0], [2, 1]]
    assert "two classes" not in repr(playground(rows, [3], targets=[-1, -1, 1, 1, 1]))
    file = tmp_path / "plants.csv"
    lines = [f"{150 + i},{i * i % 11},{'rose' if i % 3 else 'daisy'}" for i in range(30)]
    file.write_text("\n".join(["height,width,kind", *lines]), "utf-8")
    assert repr(playground(file)) == "Playground('plants', 2-4-4-1)"
    page = json.loads(playground(file).html().split('application/json">')[1].split("</script")[0])
    assert len(page["inputs"]) == 20
    assert math.fsum(row[0] for row in page["inputs"]) == pytest.approx(0.0, abs=1e-12)
    assert set(page["test"]["losses"]["mse"]) == {-1.0, 1.0}


def test_the_command_writes_the_page(tmp_path, capsys):
    out = tmp_path / "play.html"
    assert main(["playground", "--data", "xor", "--hidden", "3", "2", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert playground("xor", [3, 2]).html() == out.read_text("utf-8")
    assert main(["playground", "--data", "planets", "--out", str(out)]) == 2
    assert "or a PATH.csv; got 'planets'" in capsys.readouterr().err


# What it says


def test_the_chain_rule_of_a_weight_has_the_paths_of_explain(ask):
    page = recorded(DATA, [3, 2, 2])
    model = network("tanh", [3, 2, 2, 1], SUITED, 1)
    for row in (0, 5):
        loss = nn.mse([model(DATA.inputs[row])], [targets(nn.mse, DATA)[row]])
        for layer, index, source in ((1, 2, 1), (2, 0, 2), (3, 1, 0), (4, 0, 1)):
            theirs = explain(loss, model.layers[layer - 1].neurons[index].w[source], top=100)
            script = f"return training.chain({layer}, {index}, {source}, {row})"
            ours = ask(page, chosen(loss="mse"), 0, script)
            assert ours["gradient"] == pytest.approx(theirs.derivative, rel=1e-9)
            assert ours["count"] == theirs.number_of_paths
            products = [path["product"] for path in ours["paths"]]
            assert products == pytest.approx([p.contribution for p in theirs.paths], rel=1e-9)


ILL = [
    ("tanh", SUITED, [5, 4]),
    ("tanh", "zeros", [5, 4]),
    ("sigmoid", "constant", [4, 4, 4]),
    ("tanh", "normal", [6, 6, 6, 6, 6, 6, 6, 6]),
    ("relu", "normal", [6, 6, 6]),
    ("tanh", "uniform", [4, 4]),
    ("sigmoid", "uniform", [4] * 7),
    ("relu", "He", [2, 2, 2, 2]),
]


@pytest.mark.parametrize(("activation", "initializer", "hidden"), ILL)
def test_what_is_wrong_is_said_as_diagnose_says_it(activation, initializer, hidden, ask):
    page = recorded(DATA, hidden)
    model = network(activation, [*hidden, 1], initializer, 1)
    report = nn.diagnose(model, DATA.inputs, DATA.targets, nn.binary_cross_entropy)
    choices = chosen(activation, initializer=initializer)
    assert ask(page, choices, 0, "return findings(training, training.survey())") == report.findings
    seen = ask(page, choices, 0, "return training.survey().layers")
    for ours, theirs in zip(seen, report.rows, strict=True):
        assert ours["a"] == pytest.approx(list(theirs.a), rel=1e-9)
        assert ours["slopes"] == pytest.approx(list(theirs.z_gradient), rel=1e-9, abs=1e-15)
    assert seen[-1]["aSlopes"] == seen[-1]["slopes"]  # the output is linear
    if activation == "tanh":
        first = seen[0]
        through = [g * (1 - a * a) for g, a in zip(first["aSlopes"], first["a"], strict=True)]
        assert first["slopes"] == pytest.approx(through, rel=1e-6, abs=1e-12)


def test_the_cases_have_findings_of_many_kinds():
    kinds = set()
    for activation, initializer, hidden in ILL:
        model = network(activation, [*hidden, 1], initializer, 1)
        report = nn.diagnose(model, DATA.inputs, DATA.targets, nn.binary_cross_entropy)
        kinds |= {finding.split()[0] for finding in report.findings}
    assert kinds >= {"Symmetry:", "Saturation:", "Vanishing", "Dead"}


def test_numbers_are_written_as_python_writes_them(ask):
    numbers = [0.1, 1.25e-5, 123456.7, 1e-4, 99.6, 1e16, -0.00123, 3.0, 0.0]
    for digits in (1, 2, 6):
        script = f"return {numbers}.map((x) => general(x, {digits}))"
        texts = ask(recorded(DATA, HIDDEN), chosen(), 0, script)
        assert texts == [f"{x:.{digits}g}" for x in numbers]
