"""The numbers that the viewer's page calculates by itself, against those that Python records."""

import random
import struct

import pytest
from browsing import Page
from graphs import Network, classic_neuron, needs_graphviz

from engine import Value, backward_steps, forward_steps, view
from engine.text import number_text
from engine.thresholds import EXPLODING_ABOVE

pytestmark = needs_graphviz

TEXTS = (
    "Array.from(document.querySelectorAll('.node text, .edge text'), t => t.textContent)"
    ".filter(t => /[0-9]/.test(t))"
)
INKS = (
    "Array.from(document.querySelectorAll('.node .ground, .edge path'),"
    " p => [p.getAttribute('fill'), p.getAttribute('stroke'), p.getAttribute('stroke-width')])"
)


@pytest.fixture
def open_page(browser, tmp_path):
    def open_page(viewer):
        return Page(browser, viewer.save(tmp_path / "page.html"))

    return open_page


def editable(name):
    return f"document.querySelector('[role=spinbutton][aria-label=\"{name}\"]')"


def type_number(page, name, text):
    page(f"{editable(name)}.focus()")
    page.browser.switch_to.active_element.send_keys("\ue007")
    page.browser.switch_to.active_element.send_keys(text + "\ue007")


def neuron(w1=-3.0, x2=0.0):
    x1, x2 = Value(2.0, "x1"), Value(x2, "x2")
    w1, w2 = Value(w1, "w1"), Value(1.0, "w2")
    b = Value(6.8813735870195432, "b")
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    o.backward()
    return o


def by_name(output):
    return {step.name: step.node for step in forward_steps(output)}


def test_a_typed_number_changes_every_number_as_python_does(open_page):
    page = open_page(view(neuron()))
    type_number(page, "w1", "-2.9")
    page.press("\ue010")
    here = page.run(f"return {TEXTS}")
    line = page.line
    lines = []
    for _ in range(9):
        lines.append(page.line)
        page.press("\ue012")
    there = open_page(view(neuron(w1=-2.9)))
    there.press("\ue010")
    assert here == there.run(f"return {TEXTS}")
    assert line == there.line
    for expected in lines:
        assert there.line == expected
        there.press("\ue012")
    assert there.complaints() == []


def test_what_was_promised_and_what_came_of_it(open_page):
    page = open_page(view(neuron()))
    type_number(page, "w1", "-2.9")
    before, after = by_name(neuron()), by_name(neuron(w1=-2.9))
    gradient = before["w1"].grad
    change = after["o"].data - before["o"].data
    step = -2.9 + 3.0
    assert page.find("#promise").text == (
        f"w1 −3 → −2.9: the gradient {number_text(gradient)} × {number_text(step)} promises "
        f"{number_text(gradient * step)}, o changed by {number_text(change)}"
    )


def test_reset_brings_back_every_text_and_colour(open_page):
    page = open_page(view(neuron()))
    page.press("\ue010")
    before = page.run(f"return [{TEXTS}, {INKS}, document.getElementById('line').textContent]")
    type_number(page, "x2", "-1.5")
    assert page.run(f"return [{TEXTS}, {INKS}]") != before[:2]
    page.find("#reset").click()
    after = page.run(f"return [{TEXTS}, {INKS}, document.getElementById('line').textContent]")
    assert after == before


def test_the_keys_and_a_drag_change_a_number(open_page):
    from selenium.webdriver import ActionChains

    page = open_page(view(neuron()))
    page(f"{editable('x1')}.focus()")
    page.browser.switch_to.active_element.send_keys("\ue013")
    assert page(f"{editable('x1')}.textContent") == "2.2"
    element = page(editable("w2"))
    ActionChains(page.browser).click_and_hold(element).move_by_offset(50, 0).release().perform()
    assert page(f"{editable('w2')}.textContent") == "1.5"
    assert page.find("#promise").text.startswith("w2 1 → 1.5: ")


def test_a_network_of_many_values_and_its_folded_frames(open_page):
    def output(x0):
        network = Network([2, 2, 1])
        return network, network([Value(x0, "x0"), Value(-2.0, "x1")])[0]

    network, out = output(1.0)
    page = open_page(view(out, model=network))
    type_number(page, "x0", "0.25")
    page("document.getElementById('slider').value = 999")
    page("document.getElementById('slider').dispatchEvent(new Event('input'))")
    fold = (
        "const click = () => new MouseEvent('click');"
        "document.querySelectorAll('.cluster').forEach(c => c.dispatchEvent(click()))"
    )
    boxes = "Array.from(document.querySelectorAll('.node text, .folded text'), t => t.textContent)"
    edges = (
        "Object.fromEntries(Array.from(document.querySelectorAll('.edge text'),"
        " t => [t.closest('g').id, t.textContent]))"
    )
    page.run(fold)
    here, here_edges = page(boxes), page(edges)
    network, out = output(0.25)
    there = open_page(view(out, model=network))
    there("document.getElementById('slider').value = 999")
    there("document.getElementById('slider').dispatchEvent(new Event('input'))")
    there.run(fold)
    assert here == there(boxes)
    there_edges = there(edges)
    both = here_edges.keys() & there_edges.keys()  # a number is left out where there is no room
    assert len(both) > 5
    assert {edge: here_edges[edge] for edge in both} == {edge: there_edges[edge] for edge in both}


def test_downhill_is_a_step_against_the_gradient_and_a_rate_too_large_explodes(open_page):
    x = Value(1.0, "x")
    y = x * x
    y.label = "y"
    page = open_page(view(y))
    page("document.getElementById('rate').value = -1")
    page("document.getElementById('rate').dispatchEvent(new Event('input'))")
    page.find("#once").click()
    assert page(f"{editable('x')}.textContent") == "0.8"
    assert page.find("#promise").text == "y 1 → 0.64 after a step at the learning rate 0.1"
    page.find("#ten").click()
    assert page(f"{editable('x')}.textContent") == number_text(0.8**11)
    page.find("#reset").click()
    page("document.getElementById('rate').value = 1")
    page("document.getElementById('rate').dispatchEvent(new Event('input'))")
    page.find("#ten").click()  # x becomes −19 x
    said = page.find("#promise").text
    assert 19.0**4 > EXPLODING_ABOVE > 19.0**2
    assert said == (
        f"y is {number_text(19.0**4)} after 2 steps: it explodes, the learning rate 10 is too large"
    )


def test_numbers_are_written_as_python_writes_them(open_page):
    page = open_page(view(classic_neuron()))
    random.seed(0)
    numbers = [struct.unpack("<d", random.randbytes(8))[0] for _ in range(3000)]
    numbers = [x for x in numbers if x == x]
    numbers += [random.gauss(0, 1) * 10 ** random.randint(-8, 9) for _ in range(3000)]
    numbers += [k / 2**5 for k in range(-3000, 3000)]  # of which many lie halfway
    numbers += [0.0, -0.0, 1e6, 999999.0, 999999.5, 1e-4, 9.99995e-5, 99995.0, 9999.5, 5e-324]
    source = page("document.querySelector('script[type=module]').textContent")
    body = source[source.index("// Numbers as text") :]
    body = body[: body.index("// Whether the digits")]
    for digits in (2, 3, 4):
        seen = page.browser.execute_script(
            body + "return arguments[0].map(x => numberText(x, arguments[1]))", numbers, digits
        )
        expected = [number_text(x, digits) for x in numbers]
        assert [t for t in zip(numbers, seen, expected, strict=True) if t[1] != t[2]][:5] == []


def test_the_steps_of_both_passes_are_those_of_python(open_page):
    page = open_page(view(neuron()))
    type_number(page, "x2", "0.5")
    seen = []
    for _ in range(9):
        page.press("\ue014")
        seen.append(page.line)
    output = neuron(x2=0.5)
    for node in by_name(output).values():
        node.grad = 0.0
    assert seen == [str(step) for step in backward_steps(output)]


def test_the_forward_pass_says_its_numbers_anew(open_page):
    page = open_page(view(neuron()))
    type_number(page, "x2", "0.5")
    page("document.getElementById('pass').value = 'forward'")
    page("document.getElementById('pass').dispatchEvent(new Event('change'))")
    seen = []
    for _ in range(10):
        page.press("\ue014")
        seen.append(page.line)
    expected = [str(step) for step in forward_steps(neuron(x2=0.5))]
    signs = str.maketrans("≈", "=")  # the page writes ≈ where only some digits are there
    assert [line.translate(signs) for line in seen] == [x.translate(signs) for x in expected]


def test_a_value_is_found_by_its_name_and_tells_its_numbers_in_words(open_page):
    page = open_page(view(neuron()))
    width = "document.querySelector('svg').viewBox.baseVal.width"
    whole = page(width)
    page.press("/")
    page.browser.switch_to.active_element.send_keys("w2\ue007")
    assert page(width) < whole
    assert page("document.activeElement.getAttribute('aria-label')") == "w2"
    type_number(page, "w2", "4")
    assert page("document.querySelector('.found').getAttribute('aria-label')").startswith(
        "w2: data 4\ngradient 0"
    )
    assert page.complaints() == []


def test_in_the_sandboxed_frame_of_a_notebook(browser, tmp_path):
    bundle = view(neuron())._repr_mimebundle_()
    path = tmp_path / "cell.html"
    path.write_text(f"<meta charset='utf-8'>{bundle['text/html']}", "utf-8")
    page = Page(browser, path)
    browser.switch_to.frame(0)
    type_number(page, "w1", "-2.9")
    assert page.find("#promise").text.startswith("w1 −3 → −2.9: the gradient ")
    browser.switch_to.default_content()
    assert page.complaints() == []


def test_boxes_that_stand_for_many_values_follow_their_members(open_page):
    def output(x0):
        network = Network([2, 8, 8, 1])
        return network, network([Value(x0, "x0"), Value(-2.0, "x1")])[0]

    network, out = output(1.0)
    page = open_page(view(out, model=network, level="neuron"))
    type_number(page, "x0", "0.25")
    page.press("\ue010")
    numbers = "Array.from(document.querySelectorAll('.node'), n => n.textContent)"
    network, out = output(0.25)
    there = open_page(view(out, model=network, level="neuron"))
    there.press("\ue010")
    assert page(numbers) == there(numbers)
