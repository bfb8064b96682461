"""Derivatives as Values: against closed forms, mpmath and HIPS autograd."""

import math
from fractions import Fraction

import autograd
import autograd.numpy as anp
import mpmath
import pytest
import sympy
from hypothesis import given
from oracles.exact import HighPrecision, Symbolic
from oracles.programs import MpmathFunctions, programs

import engine
from engine import Value, dot, gradient, hessian, jacobian, total
from engine.calculus import chain_rule, replay
from engine.graph import topological_order


def numbers(rows):
    return [[value.data for value in row] for row in rows]


# autograd warns where a second derivative is 0 throughout
ignore_flat = pytest.mark.filterwarnings("ignore:Output seems independent of input")

# gradient


@given(programs())
def test_the_gradient_has_the_numbers_of_backward_and_leaves_every_grad_alone(drawn):
    program, point = drawn
    leaves = [Value(x) for x in point]
    output = program.on_values(leaves)
    order = topological_order(output)
    for i, node in enumerate(order):
        node.grad = float(i)
    slopes = gradient(output, leaves)
    assert [node.grad for node in order] == list(range(len(order)))
    for leaf in leaves:
        leaf.grad = 0.0
    output.backward()
    assert [slope.data for slope in slopes] == [leaf.grad for leaf in leaves]


@ignore_flat
@given(programs(max_instructions=8))
def test_second_derivatives_of_random_graphs_equal_those_of_hips_autograd(drawn):
    program, point = drawn
    leaves = [Value(x) for x in point]
    ours = numbers(hessian(program.on_values(leaves), leaves))
    theirs = autograd.hessian(program.on_autograd)(anp.array(point))
    for row, their_row in zip(ours, theirs, strict=True):
        assert row == pytest.approx(list(their_row), rel=1e-8, abs=1e-8)


@ignore_flat
@given(programs(max_instructions=8))
def test_backward_through_a_gradient_equals_autograd_of_autograd(drawn):
    """A penalty on the gradient, as it is trained with: the slopes of Σ slope²."""
    program, point = drawn
    leaves = [Value(x) for x in point]
    slopes = gradient(program.on_values(leaves), leaves)
    total(slope * slope for slope in slopes).backward()
    slope_of = autograd.grad(program.on_autograd)
    theirs = autograd.grad(lambda x: anp.sum(slope_of(x) ** 2))(anp.array(point))
    assert [leaf.grad for leaf in leaves] == pytest.approx(list(theirs), rel=1e-8, abs=1e-7)


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        (lambda x: x**5, lambda x: x**5, 1.7),
        (lambda x: x.tanh(), mpmath.tanh, 0.6),
        (lambda x: (x * x + 1).log(), lambda x: mpmath.log(x * x + 1), 0.6),
        (lambda x: x**x, lambda x: x**x, 1.3),
        (lambda x: 1 / x, lambda x: 1 / x, -0.8),
        (lambda x: x.gelu(), lambda x: x * mpmath.ncdf(x), -0.9),
        (lambda x: x.softplus(), lambda x: mpmath.log(1 + mpmath.exp(x)), 2.0),
        (lambda x: x.sin().exp(), lambda x: mpmath.exp(mpmath.sin(x)), 2.0),
        (lambda x: x.elu(0.5), lambda x: (mpmath.exp(x) - 1) / 2, -1.1),
        (lambda x: x.erf(), mpmath.erf, 0.4),
    ],
)
def test_derivatives_of_any_order_equal_those_of_mpmath(ours, theirs, x):
    leaf = Value(x)
    derivative = ours(leaf)
    for order in range(5):
        with mpmath.workdps(60):
            expected = float(mpmath.diff(theirs, mpmath.mpf(x), order))
        assert derivative.data == pytest.approx(expected, rel=1e-11, abs=1e-12)
        (derivative,) = gradient(derivative, [leaf])


def test_an_input_on_which_the_output_does_not_depend_has_derivative_zero():
    x, y, alone = Value(2.0), Value(3.0), Value(4.0)
    slopes = gradient(x * y, [alone, x])
    assert [slope.data for slope in slopes] == [0.0, 3.0]
    assert all(isinstance(slope, Value) for slope in slopes)
    assert numbers(hessian(x + y, [x, alone])) == [[0.0, 0.0], [0.0, 0.0]]


def test_the_curvature_of_a_power_whose_exponent_passes_zero():
    x = Value(0.0)
    ((curvature,),) = hessian((1.5 + x.sin()) ** x.tanh(), [x])
    # f = exp(g), g = tanh(x) log(1.5 + sin(x)): f'' = g'' + g'² where g is 0
    assert curvature.data == pytest.approx(2 / 1.5 + math.log(1.5) ** 2, rel=1e-15)


def test_the_derivative_of_a_value_in_itself_is_one():
    x = Value(2.0)
    y = x * x
    assert [slope.data for slope in gradient(x, [x])] == [1.0]
    assert [slope.data for slope in gradient(y, [y, x])] == [1.0, 4.0]


def test_inputs_may_be_intermediate_and_overlap():
    x = Value(2.0)
    square = x * x
    output = square * square + 3 * x  # x⁴ + 3x
    assert [slope.data for slope in gradient(output, [square, x])] == [8.0, 35.0]
    assert [slope.data for slope in gradient(output, [x, x])] == [35.0, 35.0]
    (slope,) = gradient(output, [square])
    (curvature,) = gradient(slope, [square])
    assert curvature.data == 2.0


def test_an_input_may_be_a_constant_of_the_graph():
    x = Value(2.0)
    y = 3 * x
    three = y.parents[0]
    assert gradient(y, [three])[0].data == 2.0


def test_no_inputs_no_derivatives():
    assert gradient(Value(1.0), []) == []


def test_newtons_method_for_a_root():
    x = Value(1.0)
    for _ in range(6):
        residual = x * x - 2
        (slope,) = gradient(residual, [x])
        x = (x - residual / slope).detach()
    assert x.data == pytest.approx(math.sqrt(2), rel=1e-15)


def test_data_that_has_changed_is_an_error_and_not_a_wrong_derivative():
    x = Value(2.0, "x")
    y = x**3
    x.data = 5.0
    with pytest.raises(ValueError, match="have changed since it was computed") as caught:
        gradient(y, [x])
    assert "label='x'" in str(caught.value)
    y.backward()
    assert x.grad == 12.0  # backward has what it needs


def test_changed_data_does_no_harm_where_no_derivative_depends_on_it():
    x, y = Value(2.0), Value(3.0)
    output = x + y
    x.data = 5.0
    assert [slope.data for slope in gradient(output, [x, y])] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: gradient(x, x), r"inputs must be a sequence .* write \[value\]"),
        (lambda x: gradient(x, [1.0]), "each of inputs must be a Value, but got the float 1.0"),
        (lambda x: gradient(1.0, [x]), "output must be a Value, but got the float 1.0"),
        (lambda x: jacobian(x, [x]), "outputs must be a sequence"),
        (lambda x: jacobian(["x"], [x]), "each of outputs must be a Value, but got the str 'x'"),
        (lambda x: hessian([x], [x]), "must be a Value, but got the list"),
    ],
)
def test_what_is_no_value_is_a_type_error(call, message):
    with pytest.raises(TypeError, match=message):
        call(Value(1.0))


def test_a_long_chain_is_differentiated_as_values():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.00001 + x * 0.0
    (slope,) = gradient(y, [x])
    slope.backward()
    assert slope.data == pytest.approx(1.00001**20_000, rel=1e-9)


def test_infinite_and_undefined_slopes_are_not_taken_for_changed_data():
    x = Value(0.0)
    assert gradient(x.sqrt(), [x])[0].data == math.inf
    y = Value(math.nan)
    assert math.isnan(gradient(y * y, [y])[0].data)


# jacobian and hessian


def test_the_jacobian_of_polar_coordinates():
    r, phi = Value(2.0), Value(0.7)
    x, y = r * phi.cos(), r * phi.sin()
    c, s = math.cos(0.7), math.sin(0.7)
    assert numbers(jacobian([x, y], [r, phi])) == [[c, -(2 * s)], [s, 2 * c]]


def test_the_hessian_of_a_quadratic_form_is_its_symmetrized_matrix():
    matrix = [[2.0, -1.0, 0.5], [0.0, 3.0, 4.0], [1.0, 1.0, -5.0]]
    x = [Value(0.3), Value(-0.7), Value(1.9)]
    form = dot(x, [dot(row, x) for row in matrix])
    expected = [[matrix[i][j] + matrix[j][i] for j in range(3)] for i in range(3)]
    assert numbers(hessian(form, x)) == [pytest.approx(row, rel=1e-15) for row in expected]


def test_the_hessian_of_rosenbrocks_function_by_its_closed_form():
    x, y = Value(-1.2), Value(1.0)
    f = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    expected = [[1200 * 1.44 - 400 + 2, 480.0], [480.0, 200.0]]
    assert numbers(hessian(f, [x, y])) == [pytest.approx(row, rel=1e-14) for row in expected]


def test_third_derivatives_are_the_jacobian_of_a_hessian():
    x, y = Value(0.5), Value(2.0)
    ((_, mixed), _) = hessian(x**3 * y**2, [x, y])
    assert mixed.data == pytest.approx(6 * 0.25 * 2.0)
    assert [d.data for d in gradient(mixed, [x, y])] == pytest.approx([12 * 0.5 * 2, 6 * 0.25])


# replay and chain_rule, on numbers of other kinds


@given(programs())
def test_replay_on_the_same_floats_gives_the_recorded_bits(drawn):
    program, point = drawn
    order = topological_order(program.on_values([Value(x) for x in point]))
    recorded, partials = replay(order, lambda leaf: leaf.data)
    for node in order:
        assert recorded[node] == node.data
        assert partials.get(node, ()) == node.partials


@given(programs(max_instructions=6))
def test_the_two_walks_on_numbers_of_mpmath(drawn):
    """The gradient at sixty digits, against mpmath's own difference of the whole program."""
    program, point = drawn

    leaves = [Value(x) for x in point]
    output = program.on_values(leaves)
    order = topological_order(output)
    with mpmath.workdps(60):
        _, partials = replay(order, lambda leaf: HighPrecision(mpmath.mpf(leaf.data)))
        adjoints = chain_rule(order, partials, {output: 1.0})
        for i, leaf in enumerate(leaves):
            expected = mpmath.diff(
                lambda *x: program.run(x, MpmathFunctions)[-1],
                tuple(point),
                tuple(int(i == j) for j in range(len(leaves))),
            )
            ours = adjoints.get(leaf, 0.0)
            assert abs(getattr(ours, "number", ours) - expected) < mpmath.mpf("1e-40")


def test_the_two_walks_on_symbols():
    x, y = sympy.symbols("x y", positive=True)
    u, v = Value(2.0), Value(3.0)
    output = (u * v).exp() / (u + v**2)
    order = topological_order(output)
    symbols = {u: Symbolic(x), v: Symbolic(y)}
    result, partials = replay(order, symbols.__getitem__)
    adjoints = chain_rule(order, partials, {output: 1.0})
    for leaf, symbol in ((u, x), (v, y)):
        expected = sympy.diff(sympy.exp(x * y) / (x + y**2), symbol)
        assert sympy.simplify(adjoints[leaf].number - expected) == 0
    assert sympy.simplify(result[output].number - sympy.exp(x * y) / (x + y**2)) == 0


def test_the_chain_rule_with_several_seeds_adds_them():
    x = Value(2.0)
    square, cube = x**2, x**3
    order = topological_order(square, cube)
    partials = {node: node.partials for node in (square, cube)}
    assert chain_rule(order, partials, {square: 10.0, cube: 1.0})[x] == 10 * 4.0 + 12.0


def test_the_chain_rule_reaches_only_what_the_output_depends_on():
    x, y = Value(2.0), Value(3.0)
    square, other = x * x, y * y
    order = topological_order(square, other)
    partials = {node: node.partials for node in (square, other)}
    assert set(chain_rule(order, partials, {square: 1.0})) == {square, x}


def test_a_replay_on_fractions_is_exact():
    x = Value(0.1)
    y = (x * 3 - 1) / x
    results, _ = replay(
        topological_order(y),
        lambda leaf: Fraction(1, 10) if leaf is x else Fraction(leaf.data),
    )
    assert results[y] == Fraction(-7)


def test_the_names_of_the_module_are_those_of_the_package():
    assert engine.gradient is gradient
    assert {"gradient", "jacobian", "hessian"} <= set(engine.__all__)
