import base64
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphs import Network, classic_neuron, needs_graphviz

from engine import Constant, Value, draw, total
from engine.drawing import rendering

DATA = Path(__file__).parent / "data"


def small_network_loss():
    network = Network([2, 2, 1])
    loss = (network([Value(1.0, "x0"), Value(-2.0, "x1")])[0] - 1.0) ** 2
    loss.backward()
    return network, loss


def golden():
    """The drawings that are kept in files."""
    network, loss = small_network_loss()
    return {
        "classic": draw(classic_neuron()),
        "network-value": draw(loss, model=network, level="value"),
        "network-neuron": draw(loss, model=network, level="neuron"),
        "network-layer": draw(loss, model=network, level="layer"),
    }


@pytest.mark.parametrize("name", ["classic", "network-value", "network-neuron", "network-layer"])
def test_the_source_is_that_in_the_file(name):
    # After a change that is meant: python tests/test_drawing.py
    assert golden()[name].source == (DATA / f"{name}.dot").read_text(encoding="utf-8")


def test_the_source_is_the_same_in_every_process():
    program = "from test_drawing import golden; print([d.source for d in golden().values()])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            cwd=Path(__file__).parent,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


# What is in the picture


def test_every_use_is_an_edge():
    x = Value(3.0)
    drawing = draw(x * x)
    assert (drawing.nodes, drawing.edges) == (2, 2)
    assert repr(drawing) == "Drawing(nodes=2, edges=2)"


def test_the_gradients_of_the_classic_neuron():
    source = draw(classic_neuron()).source
    for name, gradient in {"x1": "−1.5", "w1": "1", "x2": "0.5", "w2": "0"}.items():
        box = next(line for line in source.splitlines() if f"<B>{name}</B>" in line)
        assert f'grad&nbsp;&nbsp;</FONT></TD><TD ALIGN="RIGHT">{gradient}</TD>' in box


def test_without_backward_it_says_so_and_shows_no_gradient():
    x = Value(3.0, "x")
    drawing = draw(x * x)
    assert "backward() has not run" in drawing.source
    assert "grad&nbsp;" not in drawing.source


def test_a_leaf_alone():
    assert (draw(Value(1.0)).nodes, draw(Value(1.0)).edges) == (1, 0)


def test_kinds_look_different():
    network, loss = small_network_loss()
    lines = draw(loss, model=network, level="value").source.splitlines()
    styles = {}
    for kind, text in {
        "parameter": "<B>w.0</B>",
        "input": "<B>x0</B>",
        "constant": 'COLSPAN="2">1</TD>',
        "operation": "<B>tanh</B>",
        "output": "<B>**2</B>",
    }.items():
        line = next(line for line in lines if text in line and "box" in line)
        styles[kind] = (
            line.split("style=")[1].split("]")[0],
            "peripheries" in line,
            "penwidth" in line,
        )
    assert len(set(styles.values())) == 5


def test_parameters_have_their_names_and_frames():
    network, loss = small_network_loss()
    by_model = draw(loss, model=network, level="value").source
    by_names = draw(loss, names=network.named_parameters(), level="value").source
    assert by_model == by_names
    assert "layers.0.neurons.1.w.0" in by_model
    assert by_model.count("subgraph cluster_") == 2 + 3
    assert draw(loss, level="value").source == by_model
    assert "cluster_" not in draw(loss, level="value", names=False).source


# Folding


def test_levels():
    network, loss = small_network_loss()
    drawings = {level: draw(loss, model=network, level=level) for level in ("neuron", "layer")}
    outside = 2 + 1 + 2  # inputs, the constant, and the loss
    assert drawings["neuron"].nodes == 3 + outside
    assert drawings["layer"].nodes == 2 + outside
    assert "by layer" in drawings["layer"].source
    values = draw(loss, model=network).nodes
    assert repr(drawings["layer"]) == f"Drawing(nodes=7, edges=6, values={values})"


def numbers_in(source, name):
    """What the box of that name says, row by row."""
    box = next(line for line in source.splitlines() if f"<B>{name}</B>" in line)
    cells = r'POINT-SIZE="9">([^<>]*)&nbsp;&nbsp;</FONT></TD><TD ALIGN="RIGHT">([^<>]*)</TD>'
    return dict(re.findall(cells, box))


def test_a_folded_neuron_tells_z_a_its_gradient_and_its_weights():
    w, v, x, b = Value(2.0), Value(-1.0), Value(0.5, "x"), Value(-0.25)
    z = w * x + v * x + b
    output = z.tanh()
    loss = (output - 1.0) ** 2
    loss.backward()
    names = [("neurons.0.w.0", w), ("neurons.0.w.1", v), ("neurons.0.b", b)]
    source = draw(loss, names=names, level="neuron").source
    a = math.tanh(0.25)
    assert numbers_in(source, "neurons.0") == {
        "z": "0.25",
        "a": f"{a:.3g}",
        "∂L/∂a": f"{2 * (a - 1):.3g}".replace("-", "−"),
        "w": "−1 … 2",
    }


def test_a_folded_layer_shows_its_weights_and_their_gradients():
    network, loss = small_network_loss()
    source = draw(loss, model=network, level="layer").source
    gradients = [p.grad for name, p in network.parameters.items() if name.startswith("layers.0")]
    root_mean_square = math.sqrt(sum(g * g for g in gradients) / len(gradients))
    assert numbers_in(source, "layers.0")["∂L/∂w rms"] == f"{root_mean_square:.3g}"
    box = next(line for line in source.splitlines() if "<B>layers.0</B>" in line)
    assert "2 → 2&nbsp;&nbsp;tanh" in box
    cells = re.findall(r'HEIGHT="7" BGCOLOR="(#\w{6})"', box)
    w, gradients = cells[:4], cells[4:]
    weights = [network.parameters[f"layers.0.neurons.{j}.w.{k}"] for j in (0, 1) for k in (0, 1)]
    assert len(gradients) == 4
    for cell, number in [
        *zip(w, [weight.data for weight in weights], strict=True),
        *zip(gradients, [weight.grad for weight in weights], strict=True),
    ]:
        red, blue = int(cell[1:3], 16), int(cell[5:], 16)
        assert (blue > red) == (number > 0.0)


def test_the_legend_explains_the_small_pictures_that_there_are():
    network, loss = small_network_loss()
    layers = draw(loss, model=network, level="layer").source
    neurons = draw(loss, model=network, level="neuron").source
    assert "maps: a row for each neuron, a column for each input" in layers
    assert "maps:" not in neurons
    y = Value(1.0)
    for _ in range(400):
        y = (y * Value(1.01)).tanh()
    repeated = draw(y).source
    assert "bars: the root mean square of each step" in repeated
    assert "bars:" not in layers + neurons


def test_a_batch_is_folded_and_says_so():
    network = Network([2, 16, 16, 1], one_operation_a_node=True)
    points = [(0.1 * i, 1.0 - 0.2 * i) for i in range(20)]
    losses = [(network([Constant(a), Constant(b)])[0] - 1.0) ** 2 for a, b in points]
    loss = sum(losses) / len(losses)
    loss.backward()
    drawing = draw(loss, model=network)
    assert drawing.values > 10_000
    assert 3 < drawing.nodes <= 33
    assert "values folded into" in drawing.source


def test_a_long_chain_of_operations():
    y = Value(1.0)
    for _ in range(100_000):
        y = -(y.tanh())
    assert draw(y).nodes <= 300
    assert draw(y, around=y, depth=3, level="value").nodes == 4


def test_the_neighbourhood_of_a_value():
    o = classic_neuron()
    n = o.parents[0]
    drawing = draw(o, around=n, depth=1)
    assert drawing.nodes == 4  # n, its two operands, and o
    assert "around n, to a distance of 1: 4 of 10 values" in drawing.source


# Files and notebooks


@needs_graphviz
def test_saving(tmp_path):
    drawing = draw(classic_neuron())
    starts = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
    for ending, start in starts.items():
        assert drawing.save(tmp_path / f"g.{ending}").read_bytes().startswith(start)
    assert drawing.save(str(tmp_path / "g.dot")).read_text(encoding="utf-8") == drawing.source
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf or \.dot, but got 'g\.gif'"):
        drawing.save("g.gif")


@needs_graphviz
def test_a_notebook_gets_both_pictures():
    bundle = draw(classic_neuron())._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<?xml")
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    only = draw(classic_neuron())._repr_mimebundle_(include={"image/png"})
    assert set(only) == {"image/png"}


def test_without_graphviz_a_notebook_shows_the_source_and_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "command", lambda: None)
    drawing = draw(classic_neuron())
    ((kind, shown),) = drawing._repr_mimebundle_().items()
    assert kind == "text/plain"
    assert drawing.source in shown
    assert "pip install 'glassgrad[viz]'" in shown
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[viz\]'"):
        drawing.save(tmp_path / "g.svg")
    drawing.save(tmp_path / "g.dot")


def test_a_broken_graphviz_is_no_traceback_in_a_notebook(monkeypatch):
    monkeypatch.setattr(rendering, "command", lambda: [sys.executable, "-c", "exit(3)"])
    (shown,) = draw(classic_neuron())._repr_mimebundle_().values()
    assert "failed with code 3" in shown


@needs_graphviz
@pytest.mark.parametrize("error", [rendering.RenderingError("no PNG"), TimeoutError("no PNG")])
def test_where_the_png_alone_fails_the_rest_is_shown(monkeypatch, error):
    def render(laid_out, kind, *arguments, **options):
        if kind == "png":
            raise error
        return rendering.render(laid_out, kind, *arguments, **options)

    monkeypatch.setattr("engine.drawing.drawing.render", render)
    bundle = draw(classic_neuron())._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert "<svg" in bundle["image/svg+xml"]
    assert "no PNG" in bundle["text/plain"]
    assert "digraph" not in bundle["text/plain"]


def test_a_picture_that_takes_too_long_is_no_traceback_in_a_notebook(monkeypatch):
    def slow(*arguments, **options):
        raise subprocess.TimeoutExpired("dot", options["timeout"])

    monkeypatch.setattr(rendering, "command", lambda: ["dot"])
    monkeypatch.setattr("engine.drawing.planning.lay_out", lambda source, seconds: source)
    monkeypatch.setattr("engine.drawing.rendering.subprocess.run", slow)
    drawing = draw(classic_neuron())
    ((kind, shown),) = drawing._repr_mimebundle_().items()
    assert kind == "text/plain"
    assert drawing.source in shown
    assert "dot did not finish in 60 s" in shown


def test_what_takes_too_long_is_laid_out_more_cheaply_and_says_so(monkeypatch):
    leaves = [Value(float(i)) for i in range(20)]
    sums = [total(leaves) for _ in range(20)]
    drawing = draw(total(sums), level="value")
    source = drawing.source
    tried = []

    def lay_out(source, seconds):
        tried.append((source, seconds))
        if len(tried) < 3:
            raise rendering.LayoutTimeoutError
        return source

    monkeypatch.setattr("engine.drawing.planning.lay_out", lay_out)
    monkeypatch.setattr("engine.drawing.drawing.render", lambda laid_out, kind: laid_out.encode())
    assert drawing._repr_mimebundle_()["image/svg+xml"] == tried[2][0]
    full, cheap, folded = [source for source, _ in tried]
    assert full == source
    assert folded == drawing.source
    assert "the layout took too long" not in full
    assert "without numbers on edges, for the layout took too long" in cheap
    assert 'label="1"' not in cheap.replace("label=1 ", 'label="1"')
    assert "folded further, for the layout took too long" in folded
    assert folded.count("->") < full.count("->") / 10
    assert sum(seconds for _, seconds in tried) < 25.0


# Wrong arguments


def test_wrong_arguments_say_what_was_expected():
    x = Value(1.0, "x")
    with pytest.raises(TypeError, match="output must be a Value, but got the float 3"):
        draw(3.0)
    with pytest.raises(ValueError, match="level must be one of auto, value, neuron, layer"):
        draw(x, level="layers")
    with pytest.raises(ValueError, match="pass model="):
        draw(x * 2, level="neuron")
    with pytest.raises(ValueError, match="around must be a Value that the output depends on"):
        draw(x * 2, around=Value(1.0))
    with pytest.raises(TypeError, match="around must be a Value"):
        draw(x * 2, around="x")
    with pytest.raises(ValueError, match="depth must be an int of at least 0, but got -1"):
        draw(x * 2, around=x, depth=-1)
    with pytest.raises(TypeError, match="named_parameters"):
        draw(x * 2, model=x)


if __name__ == "__main__":
    for name, drawing in golden().items():
        (DATA / f"{name}.dot").write_text(drawing.source, encoding="utf-8")
