"""The chain rule spelled out: it says what `backward` does, path by path it adds up to that."""

import itertools
import math
import random
import re

import pytest
from hypothesis import given, strategies as st

from engine import Value, dot, explain, gradient, total
from engine.graph import topological_order


def neuron():
    """The classic neuron: x = (2, 0), w = (-3, 1), b = 6.88…, through tanh."""
    x = [Value(2.0, "x1"), Value(0.0, "x2")]
    w = [Value(-3.0, "w1"), Value(1.0, "w2")]
    b = Value(6.8813735870195432, "b")
    return x, w, b, dot(w, x, b).tanh()


def network(seed=1, widths=(2, 3, 1)):
    """A network of `dot` and tanh with a squared loss, and the names of its parameters."""
    rng = random.Random(seed)
    names = []
    signals = [Value(rng.uniform(-1.0, 1.0), f"x{i + 1}") for i in range(widths[0])]
    for k, width in enumerate(widths[1:]):
        layer = []
        for i in range(width):
            w = [Value(rng.uniform(-1.0, 1.0)) for _ in signals]
            b = Value(rng.uniform(-1.0, 1.0))
            names += [(f"layers.{k}.{i}.w{j}", v) for j, v in enumerate(w)]
            names.append((f"layers.{k}.{i}.b", b))
            layer.append(dot(w, signals, b).tanh())
        signals = layer
    return (signals[0] - 1.0) ** 2, names


class Model:
    def __init__(self, names):
        self.names = names

    def named_parameters(self):
        return iter(self.names)


def random_graph(seed, size=9):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2.0, 2.0), f"x{i}") for i in range(rng.randint(1, 3))]
    for _ in range(rng.randint(1, size)):
        x, y, z = (rng.choice(nodes[-4:]) for _ in range(3))
        made = rng.choice(
            [
                lambda: x + y,  # noqa: B023, called at once
                lambda: x * y,  # noqa: B023
                lambda: x - y,  # noqa: B023
                lambda: x * 0.0,  # noqa: B023
                lambda: x.tanh(),  # noqa: B023
                lambda: x.relu() * 0.3,  # noqa: B023
                lambda: dot([x, y], [z, x], y),  # noqa: B023
            ]
        )
        nodes.append(made())
    return nodes[-1], rng.choice(nodes)


def all_paths(output, wrt):
    """Every path by plain enumeration, as its edges from the output back."""
    if output is wrt:
        return [()]
    return [
        ((output, position), *rest)
        for position, parent in enumerate(output.parents)
        for rest in all_paths(parent, wrt)
    ]


def contribution(path):
    return math.prod(node.partials[position] for node, position in path)


# The numbers


@given(st.integers(0, 10**9))
def test_the_contributions_of_all_paths_add_up_to_the_gradient(seed):
    output, wrt = random_graph(seed)
    expected = gradient(output, [wrt])[0].data
    every = all_paths(output, wrt)
    explanation = explain(output, wrt, top=len(every) + 1)
    assert explanation.derivative == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert explanation.number_of_paths == len(every) == len(explanation.paths)
    scale = sum(abs(contribution(path)) for path in every)
    added = math.fsum(path.contribution for path in explanation.paths)
    assert added == pytest.approx(expected, abs=1e-12 * (1.0 + scale))


@given(st.integers(0, 10**9), st.integers(0, 6))
def test_the_greatest_paths_are_the_greatest_of_all(seed, top):
    output, wrt = random_graph(seed)
    every = sorted((abs(contribution(path)) for path in all_paths(output, wrt)), reverse=True)
    found = explain(output, wrt, top=top).paths
    assert [abs(path.contribution) for path in found] == pytest.approx(every[:top], rel=1e-9)
    assert len({(path.nodes, path.positions) for path in found}) == len(found)
    for path in found:
        assert (path.nodes[0], path.nodes[-1]) == (wrt, output)
        for earlier, later, position, partial in zip(
            path.nodes[:-1], path.nodes[1:], path.positions, path.local_derivatives, strict=True
        ):
            assert later.parents[position] is earlier
            assert later.partials[position] == partial


@given(st.integers(0, 10**9))
def test_the_uses_of_each_value_add_up_to_its_gradient(seed):
    output, wrt = random_graph(seed)
    explanation = explain(output, wrt)
    for node in explanation.order[:-1]:
        uses = [row for row in explanation.rows if row.parent is node]
        assert uses
        added = math.fsum(row.contribution for row in uses)
        assert added == pytest.approx(explanation.gradients[node], rel=1e-12, abs=1e-12)
    for row in explanation.rows:
        assert row.node.parents[row.position] is row.parent
        assert row.contribution == row.gradient * row.local_derivative
        assert row.formula
        assert row.operation


@given(st.integers(0, 10**9))
def test_the_derivatives_are_those_of_backward_and_no_grad_changes(seed):
    output, wrt = random_graph(seed)
    order = topological_order(output)
    for i, node in enumerate(order):
        node.grad = float(i)
    explanation = explain(output, wrt, gradient_check=True)
    str(explanation)
    explanation._repr_markdown_()
    assert [node.grad for node in order] == list(map(float, range(len(order))))
    for node in order:
        node.grad = 0.0
    output.backward()
    if wrt in order:
        assert explanation.derivative == wrt.grad


def test_a_graph_with_very_many_paths_answers_at_once():
    x = Value(1.0, "x")
    y = x
    for _ in range(70):
        y = y + y
    explanation = explain(y, x)
    assert explanation.number_of_paths == 2**70
    assert explanation.derivative == 2.0**70
    assert [path.contribution for path in explanation.paths] == [1.0] * 5
    assert len({path.positions for path in explanation.paths}) == 5
    text = str(explanation)
    assert "1,180,591,620,717,411,303,424 paths, the 5 greatest" in text
    assert "The other 1,180,591,620,717,411,303,419 paths add" in text


def test_zeros_signs_and_infinities_have_their_place_among_the_paths():
    x = Value(0.0, "x")
    y = total([x * 0.0, x * -3.0, x * 2.0, x.sqrt()])
    explanation = explain(y, x, top=4)
    assert [path.contribution for path in explanation.paths] == [math.inf, -3.0, 2.0, 0.0]
    assert explanation.derivative == math.inf
    assert "∞" in str(explanation)


def test_shares_are_parts_of_the_derivative():
    x = Value(3.0, "x")
    explanation = explain(3.0 * x - 1.0 * x, x)
    assert [path.share for path in explanation.paths] == [1.5, -0.5]
    assert "150 %" in str(explanation)
    assert "−50 %" in str(explanation)
    nothing = explain(x - x, x)
    assert nothing.derivative == 0.0
    assert all(math.isnan(path.share) for path in nothing.paths)
    assert "no share of 0" in str(nothing)


# The gradient check


@given(st.integers(0, 10**9))
def test_the_central_difference_agrees(seed):
    rng = random.Random(seed)
    loss, names = network(seed % 1000)
    node = rng.choice(topological_order(loss))
    explanation = explain(loss, node, names, gradient_check=True)
    assert explanation.central_difference == pytest.approx(explanation.derivative, abs=1e-8)


def test_the_central_difference_is_taken_where_the_graph_is_cut():
    x = Value(0.5, "x")
    y = x * x
    z = y * x + y  # x moves z also beside y
    explanation = explain(z, y, gradient_check=True)
    assert explanation.derivative == 1.5
    assert explanation.central_difference == pytest.approx(1.5, abs=1e-9)
    assert "Central difference: 1.5" in str(explanation)
    assert x.data == 0.5


def test_no_central_difference_unless_asked():
    x = Value(0.5, "x")
    assert explain(x * x, x).central_difference is None
    assert "Central" not in str(explain(x * x, x))


# The text


def test_the_classic_neuron():
    x, w, b, n = neuron()
    n.label = "o"
    derivatives = [explain(n, v).derivative for v in (*x, *w, b)]
    assert derivatives == pytest.approx([-1.5, 0.5, 1.0, 0.0, 0.5])
    assert (
        str(explain(n, w[0], gradient_check=False))
        == """\
∂o/∂w1 = 1

  ∂o/∂w1 = ∂o/∂z · ∂z/∂w1
         = (1 − o²) · x1
         = 0.5 × 2
         = 1

The operations on the way from w1 to o

  z = b + w1·x1 + w2·x2    ∂z/∂w1 = x1 = 2
  o = tanh(z)              ∂o/∂z = 1 − o² = 0.5

The chain rule, from o back to w1

  ∂o/∂z = 1 − o² = 0.5
  ∂o/∂w1 = ∂o/∂z · ∂z/∂w1 = 0.5 × 2 = 1

Path by path: 1 path

  w1 → z → o
      2 × 0.5 = 1    100 %"""
    )


TEXTBOOK = "∂loss/∂w = ∂loss/∂a{i} · ∂a{i}/∂z{i} · ∂z{i}/∂w"


def test_a_weight_of_the_last_layer_reads_like_a_textbook():
    loss, names = network()
    name, w = names[9]
    assert name == "layers.1.0.w0"
    text = str(explain(loss, w))
    assert TEXTBOOK.format(i="₄") in text
    assert "= ∂loss/∂a₄ · (1 − a₄²) · a₁" in text
    assert "a₄ = tanh(z₄)" in text
    named = str(explain(loss, w, model=Model(names)))
    assert "∂loss/∂layers.1.0.w0 = ∂loss/∂a₄ · ∂a₄/∂z₄ · ∂z₄/∂layers.1.0.w0" in named


def test_a_weight_of_the_hidden_layer_reads_like_a_textbook():
    loss, names = network()
    text = str(explain(loss, names[4][1], names=[("w", names[4][1])]))
    assert TEXTBOOK.format(i="₂") in text
    assert "= ∂loss/∂a₂ · (1 − a₂²) · x2" in text
    assert "z₄ = " in text
    assert "∂loss/∂a₂ = ∂loss/∂z₄ · ∂z₄/∂a₂" in text


def test_a_neuron_of_single_operations_reads_the_same():
    w, x, b = Value(-3.0, "w"), Value(2.0, "x"), Value(6.9, "b")
    v, y = Value(1.0, "v"), Value(0.0, "y")
    loss = ((w * x + v * y + b).tanh() - 1.0) ** 2
    text = str(explain(loss, w))
    assert f"{TEXTBOOK.format(i='')}\n           = ∂loss/∂a · (1 − a²) · x\n" in text


def test_what_is_not_labelled_is_called_by_its_variable():
    w, x, b = Value(1.0), Value(2.0), Value(3.0)
    out = dot([w], [x], b).tanh()
    for leaf, name in ((w, "w"), (x, "x"), (b, "b")):
        assert f"∂out/∂{name} = ∂out/∂z · ∂z/∂{name}" in str(explain(out, leaf))
    assert str(explain(x * x, x)).startswith("∂v1/∂x = 4")
    assert str(explain(x * x, x, names=False)).startswith("∂v2/∂v1 = 4")


def test_names_that_are_taken_are_not_given_again():
    z, w, x = Value(1.0, "z"), Value(2.0, "w"), Value(3.0, "L")
    text = str(explain(dot([w], [x], z).tanh() * 2.0, w))
    assert "z₁ = z + w·L" in text
    assert "a₁ = tanh(z₁)" in text
    assert "∂v1/∂w" in text  # the output, for another is called L


def test_values_of_one_name_are_told_apart():
    a, b = Value(2.0, "x"), Value(3.0, "x")
    text = str(explain(a * b, a))
    assert "v1 = x[1]·x[2]" in text
    assert "∂v1/∂x[1] = x[2] = 3" in text


def test_a_constant_is_its_number_unless_it_has_a_name():
    w = Value(3.0, "w")
    y = 0.5 * w
    assert "∂y/∂w = 0.5\n" in str(explain(y, w))
    assert "∂y/∂w = c = 0.5\n" in str(explain(y, w, names=[("c", y.parents[0])]))


def test_several_uses_are_all_there_with_their_sum():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    text = str(explain((y * x + 2.0 * y) * 2.0, y))
    assert "∂v4/∂y = ∂v4/∂v1 · ∂v1/∂y + ∂v4/∂v2 · ∂v2/∂y" in text
    assert "= 2 × 3 + 2 × 2\n" in text
    assert "= 6 + 4\n" in text
    assert "= 10\n" in text
    assert "y = x²" in str(explain(y, x))
    assert "∂y/∂x = x + x = 6" in str(explain(y, x))
    assert [row.formula for row in explain(y, x).rows] == ["x", "x"]


def test_a_direct_use_by_the_output_is_told_from_the_whole():
    x = Value(3.0, "x")
    y = x.exp()
    y.label = "y"
    L = y * x  # noqa: N806
    text = str(explain(L, x))
    assert "∂L/∂x = ∂L/∂y · ∂y/∂x + ∂L/∂x|direct" in text


def test_a_value_used_very_often_shows_the_main_uses_and_the_rest():
    w = Value(0.5, "w")
    loss = total([(w * float(i)).tanh() for i in range(1000)])
    explanation = explain(loss, w)
    text = str(explanation)
    assert "994 more" in text
    assert "operations lie further on the way" in text
    assert len(text) < 10_000
    assert len(explanation.rows) == 3000


def test_the_main_uses_are_those_that_contribute_most():
    w = Value(0.5, "w")
    text = str(explain(total([w * ((-1.0) ** i * i) for i in range(100)]), w, top=0))
    products = re.findall(r"1 × \(?(−?\d+)\)?", text)
    assert {"94", "−95", "96", "−97", "98", "−99"} == set(products)
    assert "94 more" in text


def test_a_product_of_two_that_depend_on_one_value_has_a_slope_for_each():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    text = str(explain(y * x, x))
    assert "= 3 × 6 + 9\n" in text
    assert "∂v1/∂y = x = 3" in text


def test_the_output_itself_and_a_value_it_does_not_depend_on():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    same = explain(x, x, gradient_check=True)
    assert (same.derivative, same.number_of_paths, same.rows) == (1.0, 1, ())
    assert str(same).startswith("∂x/∂x = 1\n\nx is the output itself")
    assert same.central_difference == pytest.approx(1.0)
    nothing = explain(x.exp(), y, gradient_check=True)
    assert (nothing.derivative, nothing.number_of_paths, nothing.paths) == (0.0, 0, ())
    assert nothing.central_difference == 0.0
    assert "∂v1/∂y = 0\n\nv1 does not depend on y" in str(nothing)
    assert "does not depend" in nothing._repr_markdown_()
    assert "= 0" not in nothing._repr_latex_() or r"\partial y" in nothing._repr_latex_()


def test_a_long_way_is_short_in_print():
    x = y = Value(1.0, "x")
    for i in range(100_000):
        y = y * 1.00001 if i % 2 else y + x
    explanation = explain(y, x, top=3)
    for text in (str(explanation), explanation._repr_markdown_(), explanation._repr_latex_()):
        assert len(text) < 20_000
    assert "operations lie further on the way to y; these are the 12 nearest to x" in str(
        explanation
    )
    assert len(explanation.paths) == 3


def test_a_number_of_paths_too_long_to_print_is_rounded():
    x = y = Value(1e-300, "x")
    for _ in range(3_000):
        y = y * 0.5 + y * 0.5
    explanation = explain(y, x, top=1)
    assert explanation.number_of_paths == 2**3_000
    assert "about 1.2e903 paths, the greatest of them" in str(explanation)


def test_a_very_long_sum_names_only_its_ends():
    w = [Value(float(i), f"w{i}") for i in range(2000)]
    x = [Value(1.0, f"x{i}") for i in range(2000)]
    text = str(explain(dot(w, x), w[3]))
    assert "z = dot(w0, …, x1999)" in text
    assert "∂z/∂w3 = 1" in text
    short = str(explain(dot(w[:20], x[:20]), w[3]))
    assert "z = w0·x0 + w1·x1 + … + w3·x3 + … + w19·x19" in short
    assert "∂z/∂w3 = x3 = 1" in short


# Notebooks


def test_markdown_and_latex_say_the_same():
    loss, names = network()
    explanation = explain(loss, names[0][1], names=[("w", names[0][1])], gradient_check=True)
    markdown, latex = explanation._repr_markdown_(), explanation._repr_latex_()
    for text in (markdown, latex):
        assert r"{\partial a_{1}} \cdot \frac{\partial a_{1}}{\partial z_{1}}" in text
        assert r"1 - a_{1}^{2}" in text
        assert text.count(r"\begin{aligned}") == text.count(r"\end{aligned}") >= 1
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert latex.startswith("$$")
    assert latex.endswith("$$")
    assert "| operation | local derivative |" in markdown
    for line in markdown.splitlines():
        if line.startswith("|"):
            assert line.count("|") in (3, 4)
            assert line.count("$") % 2 == 0


HOSTILE = ["<b>x</b>", "&lt;", "a|b", "$x$", "a_b*c*", "\\", "two\nlines", "</script>", "🙂", "`"]


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_are_shown_as_typed_and_inject_nothing(label):
    x, w = Value(2.0, label), Value(3.0, "w")
    explanation = explain((x * w).tanh(), x)
    text = str(explanation)
    assert label.replace("\n", "\\n") in text
    assert len(text.splitlines()) == len(str(explain((Value(2.0, "x") * w).tanh(), w)).splitlines())
    plain = explain((Value(2.0, "x") * w).tanh(), w)._repr_markdown_()
    markdown = explanation._repr_markdown_()
    assert len(markdown.splitlines()) == len(plain.splitlines())
    assert not re.search(r"<[A-Za-z/!]|&[A-Za-z#]", markdown.replace("&=", ""))
    assert len(re.findall(r"(?<!\\)\$", markdown)) == len(re.findall(r"(?<!\\)\$", plain))
    assert markdown.count("|") == plain.count("|")


def test_a_long_label_does_not_make_long_lines():
    x = Value(2.0, "x" * 10_000)
    assert max(map(len, str(explain(x.exp(), x)).splitlines())) < 200


# Wrong arguments


def test_wrong_arguments_are_refused():
    x = Value(1.0, "x")
    with pytest.raises(TypeError, match=r"output must be a Value, but got the float 3\.0"):
        explain(3.0, x)
    with pytest.raises(TypeError, match="wrt must be a Value, but got the str 'x'"):
        explain(x, "x")
    with pytest.raises(TypeError, match="top must be an int"):
        explain(x, x, top=2.5)
    with pytest.raises(ValueError, match="top must be at least 0"):
        explain(x, x, top=-1)
    with pytest.raises(TypeError, match="names must be pairs"):
        explain(x, x, names=[x])
    with pytest.raises(TypeError, match="model must have"):
        explain(x, x, model=x)


def test_without_paths():
    x = Value(1.0, "x")
    explanation = explain(x.exp(), x, top=0)
    assert explanation.paths == ()
    assert "Path by path" not in str(explanation)
    assert explanation.number_of_paths == 1


def test_the_repr_is_one_line_without_an_address():
    x = Value(1.0, "x")
    assert repr(explain(x * 2.0, x)) == "<Explanation ∂v1/∂x = 2.0>"


def test_all_rows_of_a_network_together_are_the_edges_of_the_way():
    loss, names = network(widths=(2, 3, 3, 1))
    explanation = explain(loss, names[0][1], names)
    on_the_way = set(explanation.order)
    edges = [
        (node, position)
        for node, (position, parent) in itertools.chain.from_iterable(
            zip(itertools.repeat(n), enumerate(n.parents), strict=False)
            for n in topological_order(loss)
        )
        if parent in on_the_way
    ]
    assert {(row.node, row.position) for row in explanation.rows} == set(edges)
