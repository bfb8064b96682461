"""The options of a drawing: its direction, its theme, what stands out, what it is of."""

import re

import pytest
from graphs import Network, classic_neuron, needs_graphviz
from test_colors import luminance

from engine import Value, draw, view
from engine.drawing import rendering
from engine.drawing.colors import BLACK, DARK, GREY, WHITE, Scale, fill
from engine.drawing.look import Look


def contrast(one, other):
    """Of two colours, WCAG 2.1."""
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def box_of(drawing, name):
    """The attributes of the box with this name, as text."""
    lines = re.split(r"\n\t+(?=box\d)", drawing.source)
    (line,) = [line for line in lines if re.search(rf"(<B>|&nbsp;){name}<", line)]
    return line


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("faded", [False, True])
def test_every_text_is_legible_on_every_fill_in_every_theme(theme, faded):
    scale = Scale(0.01, 1.0)
    fills = [fill(scale, sign * size) for sign in (1, -1) for size in (0.0, 0.01, 0.1, 1.0)]
    fills.append(fill(scale, 1.0, mixed=True))
    for text in (BLACK, DARK):
        for ground in fills:
            shown = Look(theme=theme).dressed({"fontcolor": text, "fillcolor": ground}, faded)
            assert contrast(shown["fontcolor"], shown["fillcolor"]) >= 4.5
    beside = Look(theme=theme).dressed({"fontcolor": GREY}, faded)["fontcolor"]
    assert contrast(beside, Look(theme=theme).color(WHITE)) >= 4.5


def test_the_dark_ground_is_dark_and_the_print_has_no_colour():
    def colors(theme):
        return set(re.findall(r"#([0-9A-F]{6})", draw(classic_neuron(), theme=theme).source))

    ground = re.search(r'bgcolor="(#\w+)"', draw(classic_neuron(), theme="dark").source)
    assert luminance(ground[1]) < 0.02
    assert all(color[:2] == color[2:4] == color[4:] for color in colors("print"))
    assert not all(color[:2] == color[2:4] == color[4:] for color in colors("dark"))


def test_in_print_the_sign_of_a_contribution_is_in_the_head_of_its_edge():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    out = 3.0 * x - 2.0 * y
    out.backward()
    source = draw(out, theme="print").source
    assert source.count("onormal") == 3  # of y, of 2 y, and of 2
    assert "hollow head: negative" in source
    assert "onormal" not in draw(out).source


def test_a_label_that_looks_like_a_colour_stays_what_it_is():
    name = '<FONT COLOR="#123456" POINT-SIZE="9">'
    drawing = draw(Value(1.0, name) * 2, theme="dark", font_size=22)
    assert "&quot;#123456&quot; POINT-SIZE=&quot;9&quot;" in drawing.source


def test_the_size_of_the_text_is_in_proportion():
    def sizes(drawing):
        return re.findall(r'(?:fontsize=|POINT-SIZE=")([\d.]+)', drawing.source)

    usual, large = sizes(draw(classic_neuron())), sizes(draw(classic_neuron(), font_size=22))
    assert [2 * float(size) for size in usual] == [float(size) for size in large]


def test_the_direction():
    assert "rankdir=LR" in draw(classic_neuron()).source
    assert "rankdir=TB" in draw(classic_neuron(), direction="down").source


def test_without_a_legend_there_is_none():
    assert "leaf</TD>" in draw(classic_neuron()).source
    assert "leaf</TD>" not in draw(classic_neuron(), legend=False).source


def test_what_does_not_depend_on_the_highlighted_fades():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    aa, bb = a * a, b * b
    aa.label, bb.label = "aa", "bb"
    out = aa * bb
    out.label = "out"
    out.backward()
    plain, drawing = draw(out), draw(out, highlight=a)
    changed = [n for n in ("a", "b", "aa", "bb", "out") if box_of(plain, n) != box_of(drawing, n)]
    assert changed == ["a", "b", "bb"]
    assert "penwidth=3" in box_of(drawing, "a")
    assert "fontcolor" in box_of(drawing, "bb")
    assert "faded: what does not depend on a" in drawing.source
    edges = re.findall(r"box\d+ -> box\d+ \[.*", drawing.source)
    assert sum("fontcolor" in edge for edge in edges) == 3  # b to bb twice, and bb to out


def test_what_is_folded_stands_out_with_any_of_its_values():
    network = Network([2, 2, 1])
    inputs = [Value(1.0, "x0"), Value(-2.0, "x1")]
    (out,) = network(inputs)
    out.backward()
    weight = network.parameters["layers.0.neurons.1.w.0"]
    source = draw(out, model=network, level="neuron", highlight=weight).source
    boxes = re.findall(r"box\d+ \[.*", source)
    assert [("fontcolor" in box) for box in boxes if "neurons" in box] == [False, True, False]


# Several outputs, and a model with a row


def test_several_outputs():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    first, second = a * b, a + b
    second.backward()
    drawing = draw(first, second)
    assert drawing.source == draw([first, second]).source
    assert (drawing.nodes, drawing.edges) == (4, 4)
    assert drawing.source.count("peripheries=2") == 2
    assert "backward() has not run" not in drawing.source


def test_a_model_and_a_row():
    network = Network([2, 2, 2])
    drawing = draw(network, [0.5, -1.0], level="value")
    assert "layers.0.neurons.1" in drawing.source
    assert "<B>x0</B>" in drawing.source
    assert drawing.source.count("peripheries=2") == 2
    assert all(parameter.grad == 0.0 for parameter in network.parameters.values())
    inputs = [Value(0.5, "x0"), Value(-1.0, "x1")]
    first, second = network(inputs)
    (first + second).backward()  # the gradient of the sum
    assert f"gradient {inputs[0].grad:.12g}" in drawing.source


@pytest.mark.parametrize("make", [tuple, list, iter])
def test_a_row_comes_in_whatever_container(make):
    network = Network([2, 1])
    assert draw(network, make([0.5, -1.0])).source == draw(network, [0.5, -1.0]).source


# Wrong values


@pytest.mark.parametrize("shown", [draw, view])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"direction": "LR"}, "direction must be one of auto, right, down, but got 'LR'"),
        ({"font_size": 0}, "font_size must be a number of points from 4 to 72, but got 0"),
        ({"font_size": "9"}, "font_size must be a number of points from 4 to 72, but got '9'"),
        ({"legend": "no"}, "legend must be True or False, but got 'no'"),
        ({"highlight": Value(1.0)}, "highlight must be a Value that the output depends on"),
    ],
)
def test_wrong_values_say_what_is_possible(shown, options, says):
    with pytest.raises(ValueError, match=says):
        shown(classic_neuron(), **options)


def test_a_theme_is_one_of_three():
    with pytest.raises(ValueError, match="theme must be one of light, dark, print, but got 'n'"):
        draw(classic_neuron(), theme="n")


def test_a_page_has_the_same_options():
    network = Network([2, 2, 1])
    page = view(network, [0.5, -1.0], direction="down", font_size=22, legend=False)
    assert "rankdir=TB" in page._overview[0].source
    with pytest.raises(ValueError, match=r"there are 2: take one, as in view\(model\(row\)\[0\]"):
        view(Network([2, 2]), [0.5, -1.0])


def test_a_model_needs_one_row():
    network = Network([2, 1])
    with pytest.raises(TypeError, match=r"as in draw\(model, \[0.5, -1.0\]\)"):
        draw(network)
    with pytest.raises(TypeError, match="the row must be a list, an array or a table"):
        draw(network, 0.5)
    with pytest.raises(TypeError, match="output must be a Value or several, but got the list"):
        draw([])
    with pytest.raises(TypeError, match="highlight must be a Value, but got the str 'x'"):
        draw(classic_neuron(), highlight="x")


@needs_graphviz
def test_down_is_higher_than_wide():
    def size(drawing):
        laid_out = rendering.lay_out(drawing.source, 60.0)
        return map(float, re.search(r'bb="0,0,([\d.]+),([\d.]+)"', laid_out).groups())

    width, height = size(draw(classic_neuron(), legend=False, direction="down"))
    assert height > width
    width, height = size(draw(classic_neuron(), legend=False))
    assert width > height
