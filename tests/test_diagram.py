"""Labels of every kind are shown as typed, by whichever Graphviz draws them."""

import xml.etree.ElementTree as ElementTree

import pytest
from graphs import HOSTILE, classic_neuron

from engine import Value, draw
from engine.drawing.markup import text


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    pytest.importorskip("pygraphviz")
    leaves = [Value(1.0, label) for label in HOSTILE]
    output = leaves[0]
    for leaf in leaves[1:]:
        output = output * leaf
    output.backward()
    path = draw(output, level="value").save(tmp_path_factory.mktemp("picture") / "hostile.svg")
    return ElementTree.parse(path).getroot()


def test_labels_are_shown_as_typed(picture):
    shown = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert set(HOSTILE) <= shown


def test_tooltips_are_shown_as_typed(picture):
    title = "{http://www.w3.org/1999/xlink}title"
    tips = {element.get(title) for element in picture.iter("{http://www.w3.org/2000/svg}a")}
    assert {f"{label}: data 1\ngradient 1" for label in HOSTILE} <= tips


def test_nothing_was_injected(picture):
    elements = {
        element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in picture.iter()
    }
    assert elements <= {"svg", "g", "title", "a", "path", "polygon", "polyline", "text"}
    boxes = [g for g in picture.iter() if g.get("class") == "node"]
    assert len(boxes) == 2 * len(HOSTILE) - 1


def test_newlines_and_what_xml_forbids():
    assert text("two\nlines") == "two<BR/>lines"
    assert text("\x00\x1b\ud800") == "␀␛�"


def test_what_a_box_and_an_edge_say():
    source = draw(classic_neuron()).source
    assert "∂o/∂n = 0.5" in source
    assert "backward() has not run" not in source
    for number in ("−1.5", "0.7071", "0.8814", "6.881"):
        assert f">{number}<" in source


def test_the_wider_edge_has_the_greater_contribution():
    x, y = Value(3.0, "x"), Value(4.0, "y")
    output = abs(x) * 1e-3 + abs(y)  # both slopes are 1; what arrives there is 0.001 and 1
    output.backward()
    edges = [line for line in draw(output).source.splitlines() if "->" in line]
    width = {
        name: float(line.split("penwidth=")[1].split()[0])
        for name in ("x", "y")
        for line in edges
        if f"/∂{name} = 1" in line
    }
    assert width["x"] < width["y"]
