"""Forward mode: dual numbers, against mpmath and against the other mode."""

import math

import mpmath
import pytest

import engine
from engine import Value, compile, derivative, gradcheck, gradient, hessian, hvp, jvp, taylor
from engine.dual import Dual


def f(x):
    return engine.sin(x) * engine.gelu(x) + x**2.5 / (1.0 + engine.exp(-x)) + engine.hypot(x, 2)


def exact(x):
    return (
        mpmath.sin(x) * x * mpmath.ncdf(x)
        + x ** mpmath.mpf(2.5) / (1 + mpmath.exp(-x))
        + mpmath.sqrt(x * x + 4)
    )


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_derivatives_of_any_order_equal_those_of_mpmath(order):
    with mpmath.workdps(50):
        want = mpmath.diff(exact, mpmath.mpf(1.3), order)
    assert derivative(f, 1.3, order) == pytest.approx(float(want), rel=1e-12)


def test_taylors_coefficients_are_those_of_mpmath():
    with mpmath.workdps(50):
        want = [float(c) for c in mpmath.taylor(exact, mpmath.mpf(0.8), 4)]
    assert taylor(f, 0.8, 4) == pytest.approx(want, rel=1e-11)


def test_a_derivative_inside_of_a_derivative_is_not_confused_with_it():
    """d/dx (x · d/dy (x + y)) is 1, where a confusion of the two directions gives 2."""
    x = Dual(1.0, (1.0,), 1)
    y = Dual(1.0, (1.0,), 2)
    inner = (x + y).tangents[0]
    assert derivative(lambda x: x * inner, 1.0) == 1.0
    assert (x * y).tangents[0].tangents == (1.0,)


def test_what_does_not_depend_on_the_number_has_no_derivative():
    assert taylor(lambda x: 3.0, 1.0, 2) == [3.0, 0.0, 0.0]


@pytest.mark.parametrize("order", [-1, 1.0, True])
def test_an_order_is_a_whole_number(order):
    with pytest.raises(ValueError, match="order of a derivative"):
        derivative(f, 1.0, order)


def test_out_of_the_domain_is_the_same_error_as_of_a_value():
    with pytest.raises(ValueError, match=r"log\(-1.0\): log needs x > 0"):
        derivative(engine.log, -1.0)


def test_a_function_may_look_at_its_number():
    assert derivative(lambda x: x * x if x > 1 else x, 2.0) == 4.0
    assert derivative(abs, -2.0) == -1.0
    assert derivative(lambda x: 2**x, 3.0) == pytest.approx(8 * math.log(2))
    with pytest.raises(AttributeError, match="no 'backward'"):
        derivative(lambda x: x.backward(), 1.0)


def _product(xs, ys):
    return sum(x * y for x, y in zip(xs, ys, strict=True))


def graph():
    x, y, z = Value(0.4), Value(-1.3), Value(2.2)
    return (x * y).tanh() * z + (x - y).relu() ** 2 + z.log() * x, [x, y, z]


def test_both_products_agree_with_the_matrices():
    output, inputs = graph()
    vector = [0.3, -0.2, 1.1]
    slopes = [d.data for d in gradient(output, inputs)]
    matrix = [[d.data for d in row] for row in hessian(output, inputs)]
    assert jvp(output, inputs, vector) == pytest.approx(_product(slopes, vector))
    want = [_product(row, vector) for row in matrix]
    assert hvp(output, inputs, vector) == pytest.approx(want)
    assert {x.grad for x in inputs} == {0.0}


def test_products_at_nodes_that_were_made():
    x = Value(0.7)
    y = x.sin()
    z = y**3
    assert jvp(z, [y], [2.0]) == pytest.approx(6 * y.data**2)
    assert hvp(z, [y], [2.0]) == pytest.approx([12 * y.data])
    assert hvp(x * 2.0, [x], [1.0]) == [0.0]
    with pytest.raises(ValueError, match="1 inputs, but 2 tangents"):
        jvp(z, [x], [1.0, 2.0])


def test_a_product_with_the_hessian_notices_changed_data():
    x = Value(2.0)
    z = x**3
    x.data = 5.0
    with pytest.raises(ValueError, match="changed since"):
        hvp(z, [x], [1.0])


# Operations of one's own


@engine.operation
def softsign(x):
    """x / (1 + |x|)."""
    return x / (1.0 + abs(x))


@engine.operation
def weighted(x, y):
    return x * engine.exp(y), (engine.exp(y), x * engine.exp(y))


def test_an_operation_of_ones_own_is_like_a_built_in():
    x, y = Value(0.7, "x"), Value(-0.4, "y")
    z = weighted(softsign(x), y)
    z.backward()
    assert z.data == pytest.approx(0.7 / 1.7 * math.exp(-0.4))
    assert x.grad == pytest.approx(math.exp(-0.4) / 1.7**2)
    assert softsign(-3.0) == -0.75
    assert softsign.__doc__ == "x / (1 + |x|)."
    assert gradcheck(lambda x, y: weighted(softsign(x), y), (0.7, -0.4)).agrees
    (slope,) = gradient(z, [x])
    (curvature,) = gradient(slope, [x])
    assert curvature.data == pytest.approx(-2 * math.exp(-0.4) / 1.7**3)
    assert "x/(1 + |x|)" in str(engine.explain(z, x))
    assert "softsign" in engine.draw(z).source
    for backend in ("python", "llvm"):
        compiled = compile(z, [x, y], backend=backend)
        x.grad = 0.0
        assert compiled.backward(0.7, -0.4) == z.data
        assert x.grad == pytest.approx(slope.data, rel=1e-15)


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_it_refuses_what_its_function_refuses(backend):
    @engine.operation
    def rooted(x):
        return engine.sqrt(x) + 1.0

    x = Value(4.0, "x")
    with pytest.raises(ValueError, match="sqrt needs x >= 0"):
        rooted(Value(-1.0))
    with pytest.raises(FloatingPointError, match=r"row 1: .*sqrt needs x >= 0"):
        compile(rooted(x), [x], backend=backend).backward_rows([[4.0], [-1.0]])


def test_a_function_that_is_no_operation_is_refused():
    with pytest.raises(TypeError, match="fixed number of operands"):
        engine.operation(lambda *xs: xs[0])
    two = engine.operation(lambda x: (x, (1.0, 1.0)))
    with pytest.raises(TypeError, match="takes 1 operands, but gave 2 slopes"):
        two(Value(1.0))
    with pytest.raises(TypeError, match="takes 1 operands, but got 2"):
        softsign(Value(1.0), Value(2.0))


def test_a_function_of_plain_numbers_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"as engine\.exp"):
        derivative(lambda x: math.exp(x) * x, 1.0)
