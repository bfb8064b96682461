"""The viewer's page in a headless Chromium: stepped, folded, hovered, and closed to the network."""

import html
import re
from pathlib import Path

import pytest
from browsing import Page
from graphs import HOSTILE, Network, classic_neuron, needs_graphviz

from engine import Value, backward_steps, dot, forward_steps, view
from engine.drawing import rendering


@pytest.fixture
def open_page(browser, tmp_path):
    def open_page(viewer):
        return Page(browser, viewer.save(tmp_path / "page.html"))

    return open_page


def network_output():
    network = Network([2, 2, 1])
    return network, network([Value(1.0, "x0"), Value(-2.0, "x1")])[0]


KEYS = {"right": "\ue014", "left": "\ue012", "home": "\ue011", "end": "\ue010"}


def nodes_of(output):
    return [step.node for step in forward_steps(output)]


def steps_from_zero(output):
    """The backward pass with all gradients at zero, as the page begins it."""
    for node in nodes_of(output):
        node.grad = 0.0
    return list(backward_steps(output))


@needs_graphviz
def test_the_arrow_keys_walk_every_step_of_the_backward_pass(open_page):
    page = open_page(view(classic_neuron()))  # its leaves have gradients already
    assert page.line == "o.grad = 1"
    lines = [str(step) for step in steps_from_zero(classic_neuron())]
    for i, line in enumerate(lines, start=1):
        page.press(KEYS["right"])
        assert page.line == line
        assert len(page.lit("node")) == len(page.lit("edge")) == 1
        assert page.find("#count").text == f"{i} / {len(lines)}"
    page.press(KEYS["right"])
    assert page.line == lines[-1]
    page.press(KEYS["left"])
    assert page.line == lines[-2]
    page.press(KEYS["home"])
    assert page.line == "o.grad = 1"
    assert [page.gradient(name) for name in ("x1", "w1", "x2")] == ["0", "0", "0"]
    page.press(KEYS["end"])
    assert page.line == lines[-1]
    assert [page.gradient(name) for name in ("x1", "w1", "x2")] == ["−1.5", "1", "0.5"]
    assert page.complaints() == []


@needs_graphviz
def test_a_gradient_grows_with_its_contributions(open_page):
    x = Value(3.0, "x")
    square = x * x
    square.label = "square"
    page = open_page(view(square * x))
    seen = []
    for _ in range(4):
        page.press(KEYS["right"])
        seen.append((page.gradient("square"), page.gradient("x")))
    assert seen == [("3", "0"), ("3", "9"), ("3", "18"), ("3", "27")]


@needs_graphviz
def test_the_slider_and_the_forward_pass(open_page):
    output = classic_neuron()
    page = open_page(view(output))
    page("document.getElementById('pass').value = 'forward'")
    page("document.getElementById('pass').dispatchEvent(new Event('change'))")
    lines = [str(step) for step in forward_steps(output)]
    seen = []
    for i in range(1, len(lines) + 1):
        page("document.getElementById('slider').value = arguments[0]", i)
        page("document.getElementById('slider').dispatchEvent(new Event('input'))")
        seen.append(page.line)
    assert seen == lines


@needs_graphviz
def test_play_and_pause(open_page):
    page = open_page(view(classic_neuron()))
    page.find("#play").click()
    assert page.find("#play").text == "❚❚ pause"
    page.find("#play").click()
    assert page.find("#play").text == "▶ play"


def frame(path):
    """The frame of that name, in the script of the page."""
    return (
        "Array.from(document.querySelectorAll('.cluster')).find((cluster, i) => JSON.parse("
        "document.getElementById('tables').textContent)[0].frames[Number("
        f"cluster.id.slice(5))].lines[0] === '{path}')"
    )


@needs_graphviz
def test_a_click_on_a_frame_folds_it(open_page):
    network, output = network_output()
    page = open_page(view(output, model=network))
    everything, edges = page.shown(".node"), page.shown(".edge")
    # The neuron of the last layer: two weights, a bias and the sum, which is the output; two edges
    # come from the layer before.
    page(f"{frame('layers.1.neurons.0')}.dispatchEvent(new MouseEvent('click'))")
    assert page("document.querySelector('.folded text').textContent") == "layers.1.neurons.0"
    assert page.shown(".node") == everything - 4
    assert page.shown(".edge") == edges - 3 - 2
    assert page.shown(".merged") == 2
    page.press(KEYS["right"])  # what happens inside of it lights the box
    assert len(page.lit("folded")) == 1
    page("document.querySelector('.folded').dispatchEvent(new MouseEvent('click'))")
    assert page.shown(".node") == everything
    assert page.shown(".edge") == edges
    assert page.complaints() == []


@needs_graphviz
def test_what_starts_folded_unfolds_by_a_click(open_page):
    network = Network([2, 8, 8, 1])
    output = network([Value(1.0, "x0"), Value(-2.0, "x1")])[0]
    page = open_page(view(output, model=network))
    assert page.shown(".node") == 8 + 8 + 1 + 2
    assert page.shown(".picture") == 1
    page.press(KEYS["right"])
    line = page.line
    page("document.querySelector('.unfolds').dispatchEvent(new MouseEvent('click'))")
    assert page.shown(".node") == len(nodes_of(output))
    assert page.line == line
    page.find("#unfold").click()
    assert page.shown(".node") == 8 + 8 + 1 + 2
    assert page.complaints() == []


@needs_graphviz
def test_hovering_tells_the_numbers(open_page):
    page = open_page(view(classic_neuron()))
    page(
        "document.querySelector('#box0 text').dispatchEvent("
        "new MouseEvent('mousemove', {bubbles: true, clientX: 200, clientY: 200}))"
    )
    assert page.find("#tip").text == "x1: data 2\ngradient -1.5"


@needs_graphviz
def test_zoom_and_fit(open_page):
    page = open_page(view(classic_neuron()))
    box = page("document.querySelector('svg').getAttribute('viewBox')").split()
    page.press("+")
    assert float(page("document.querySelector('svg').viewBox.baseVal.width")) < float(box[2])
    page.find("#fit").click()
    assert float(page("document.querySelector('svg').viewBox.baseVal.width")) == float(box[2])


@needs_graphviz
def test_labels_inject_nothing(open_page):
    leaves = [Value(1.0, label) for label in HOSTILE]
    output = leaves[0]
    for leaf in leaves[1:]:
        output = output * leaf
    output.label = "</script><script>document.title = 'injected'</script>"
    page = open_page(view(output))
    assert page("document.title") == "glassgrad: step through a graph"
    assert page("document.scripts.length") == 2
    texts = page("Array.from(document.querySelectorAll('svg text'), t => t.textContent)")
    assert set(HOSTILE) <= set(texts)
    page.press(KEYS["right"])
    page.press(KEYS["right"])
    assert page.line.startswith(f"({HOSTILE[-1]}).grad += ")
    assert page.complaints() == []


@needs_graphviz
def test_nothing_is_asked_of_a_network(open_page, tmp_path):
    page = open_page(view(classic_neuron()))
    page.press(KEYS["end"])
    assert page.requests() == [(tmp_path / "page.html").as_uri()]
    refused = page.browser.execute_async_script(
        "const done = arguments[0];"
        "fetch('http://127.0.0.1:9/').then(() => done('sent'), () => done('refused'))"
    )
    assert refused == "refused"


@needs_graphviz
def test_without_scripts_the_picture_and_no_dead_buttons_are_left(browser, tmp_path):
    still = re.sub(r"<script.*?</script>", "", view(classic_neuron()).html(), flags=re.DOTALL)
    path = tmp_path / "page.html"
    path.write_text(still, "utf-8")
    page = Page(browser, path)
    assert page.shown(".node") == 10
    assert not page.find("#controls").is_displayed()


# Without a browser


def test_the_gradients_of_the_graph_stay_as_they_are():
    output = classic_neuron()
    before = [node.grad for node in nodes_of(output)]
    assert repr(view(output)) == "Viewer(nodes=10, edges=9, steps=9)"
    assert [node.grad for node in nodes_of(output)] == before


def test_a_large_graph_starts_folded():
    y = Value(1.0)
    for _ in range(2000):
        y = (y * 1.01).tanh()
    viewer = view(y)
    assert viewer._overview[0].boxes <= 300
    steps = viewer._overview[0].table["backward"]["steps"]
    assert 0 < len(steps) <= len(viewer._overview[0].table["edges"])
    assert all("contribution" in step["line"] or "+=" in step["line"] for step in steps)


@pytest.mark.parametrize("operands", [100_000])
def test_a_node_of_very_many_operands_is_summed_up(operands):
    w = [Value(0.5) for _ in range(operands)]
    x = [Value(float(i % 7 - 3)) for i in range(operands)]
    output = dot(w, x)
    output.backward()
    w[0].grad = 17.0
    (step,) = view(output)._overview[0].table["backward"]["steps"]
    assert step["line"] == "inputs ← output: 200,000 contributions, the largest 3"
    assert (w[0].grad, w[1].grad) == (17.0, -2.0)


def test_without_graphviz_a_notebook_shows_the_source_and_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "command", lambda: None)
    (shown,) = view(classic_neuron())._repr_mimebundle_().values()
    assert "pip install 'glassgrad[viz]'" in shown
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[viz\]'"):
        view(classic_neuron()).save(tmp_path / "page.html")


@needs_graphviz
def test_the_page_names_no_other_address():
    page = view(classic_neuron()).html()
    addresses = set(re.findall(r"https?://[^\s\"']+", html.unescape(page)))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_wrong_arguments_say_what_was_expected(tmp_path):
    with pytest.raises(TypeError, match="output must be a Value"):
        view(Path())
    with pytest.raises(ValueError, match=r"saved as \.html, but got"):
        view(Value(1.0)).save(tmp_path / "page.txt")
