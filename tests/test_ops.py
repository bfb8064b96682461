"""The table of primitives: every row against mpmath in value and derivatives, and proven by SymPy.

Nothing here lists the rows or their domains: the points are those that a row itself accepts.
"""

import itertools
import math
import random
from dataclasses import replace

import mpmath
import pytest
import sympy
from hypothesis import assume, example, given, strategies as st
from oracles.exact import DIGITS, HighPrecision, Symbolic, close, derivative, reference

import engine
from engine import GradcheckError, Value, compile, gradcheck, gradient, ops, record
from engine.functions import sin

ROWS = list(ops.table())
by_name = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)

MIDDLE = (0.11, 0.7, 1.3, 2.9)
TAILS = (1e-20, 1e-8, 17.0, 37.0, 300.0, 700.0)
ONE_OPERAND = [sign * x for x in (*MIDDLE, *TAILS) for sign in (1.0, -1.0)]
TWO_OPERANDS = list(itertools.product((0.7, -1.3, 2.9, 1e-8, -37.0), (0.6, -2.0, 3.1, -25.5, 0.0)))
THREE_OPERANDS = list(itertools.product((1.0, -2.0), (0.7, -37.0), (1e-8, 2.9)))
MANY_OPERANDS = [(0.7, -1.3, 2.9, 1e-8, -37.0), (0.6, -2.0, 1e3, 0.5), (1e-20, 1.0)]


def accepts(row, point):
    """Whether the row's own requirements let the point pass, and it has a result and slopes there.

    The rows that follow IEEE 754 refuse nothing; their nan says that nothing is defined.
    """
    if row.name.startswith("power_derivative") and point[0] < 0.0:
        return False  # its logarithm is none
    data, partials = row.rule(*point)
    try:
        row.check(point, data)
    except (ValueError, ArithmeticError):
        return False
    return all(map(math.isfinite, (data, *partials)))


def points(row):
    candidates = {
        1: [(x,) for x in ONE_OPERAND],
        2: TWO_OPERANDS,
        3: THREE_OPERANDS,
        None: MANY_OPERANDS,
    }
    candidates = candidates[row.arity]
    if row.arity == 1 and not row.kink and accepts(row, (-1e-9,)):
        candidates.append((0.0,))
    return [point for point in candidates if accepts(row, point)]


def typed(row, operands):
    """The operation as one types it, with {0}, {1} for the operands."""
    if row.name == "floor_divide":
        return "floor({0} / {1})"  # mpmath's numbers have no //
    return row.notation or f"{row.name}({', '.join(f'{{{i}}}' for i in range(operands))})"


def orders(operands, total):
    """Every mixed derivative of that order: (2, 0), (1, 1), (0, 2) for two operands and order 2."""
    return [o for o in itertools.product(range(total + 1), repeat=operands) if sum(o) == total]


def check_row(row):
    """Value, first and second derivatives of a row at each of its points, or an AssertionError."""
    for point in points(row):
        n = len(point)
        exact = reference(typed(row, n), n)
        inputs = [Value(x) for x in point]
        output = record(row, tuple(inputs))
        assert close(output.data, derivative(exact, point, (0,) * n), 1e-15, 5e-324), point
        output.backward()
        slopes = gradient(output, inputs)
        for i, slope in enumerate(slopes):
            (order,) = (o for o in orders(n, 1) if o[i])
            first = derivative(exact, point, order)
            assert close(slope.data, first, 1e-14, 1e-15), (point, order, slope.data)
            assert inputs[i].grad == slope.data, (point, order)
            for j, curvature in enumerate(gradient(slope, inputs)):
                order = tuple((k == i) + (k == j) for k in range(n))
                second = derivative(exact, point, order)
                assert close(curvature.data, second, 1e-13, 1e-15), (point, order, curvature.data)


def check_proof(row):
    """The partials of a row *are* SymPy's derivatives of its result, on each side of a kink.

    A side is a choice of signs for the operands; a row for any number of them is given three.
    Returns how many sides were proven.
    """
    proven = 0
    for signs in itertools.product((1, -1), repeat=row.arity or 3):
        samples = [[sign * (x + 0.1 * i) for i, sign in enumerate(signs)] for x in (0.3, 1.3)]
        if not any(accepts(row, tuple(sample)) for sample in samples):
            continue
        symbols = [
            sympy.Symbol(f"x{i}", positive=sign > 0, negative=sign < 0)
            for i, sign in enumerate(signs)
        ]
        result, partials = row.rule(*map(Symbolic, symbols))
        slopes = [p.number if isinstance(p, Symbolic) else Symbolic.exact(p) for p in partials]
        known = [*slopes, getattr(result, "number", sympy.S.Zero)]
        if any(number.has(sympy.Heaviside, sympy.Max) for number in known):
            continue  # maximum(x, y) of operands of one sign: on neither side of the kink
        for symbol, ours in zip(symbols, slopes, strict=True):
            theirs = sympy.diff(getattr(result, "number", sympy.S.Zero), symbol)
            difference = ours - theirs
            zero = sympy.simplify(difference) == 0 or (
                sympy.simplify(difference.rewrite(sympy.exp)) == 0
            )
            assert zero, (symbol, ours, theirs)
        proven += 1
    return proven


@by_name
def test_value_and_derivatives_equal_those_of_mpmath(row):
    assert len(points(row)) >= 3
    check_row(row)


@by_name
def test_partials_are_proven_equal_to_the_derivative(row):
    sides = check_proof(row)
    assert sides >= (2 if row.kink and accepts(row, (-0.3, 0.4, 0.5)[: row.arity]) else 1)


@by_name
def test_the_formula_itself_loses_nothing_in_the_tails(row):
    """On numbers of hundreds of digits the partials are right relatively, where floats cancel."""
    for point in points(row):
        n = len(point)
        exact = reference(typed(row, n), n)
        with mpmath.workdps(DIGITS):
            _, partials = row.rule(*(HighPrecision(mpmath.mpf(x)) for x in point))
        for i, partial in enumerate(partials):
            (order,) = (o for o in orders(n, 1) if o[i])
            # a rule holds floats, such as 2/√π; below 1e-390 the reference has no digits left
            ours, theirs = getattr(partial, "number", partial), derivative(exact, point, order)
            assert close(ours, theirs, 1e-14, mpmath.mpf("1e-390")), (point, order)


@by_name
def test_a_slope_has_the_same_bits_on_floats_and_on_values(row):
    """What was recorded is what the rule gives again, at many points: `pow` is not `x * x`."""
    rng = random.Random(1)
    for _ in range(2000 if row.name.startswith("power") else 200):
        point = tuple(rng.uniform(-3.0, 3.0) for _ in range(row.arity or 3))
        if accepts(row, point):
            inputs = [Value(x) for x in point]
            output = record(row, tuple(inputs))
            slopes = gradient(output, inputs)
            assert tuple(slope.data for slope in slopes) == output.partials


# A wrong rule is caught


def damaged(row):
    """The row with its last local derivative off by a thousandth."""

    def rule(*numbers):
        result, (*partials, last) = row.rule(*numbers)
        return result, (*partials, last + 0.001)

    return replace(row, rule=rule)


@by_name
def test_a_wrong_partial_is_rejected_by_the_table_test(row):
    with pytest.raises(AssertionError):
        check_row(damaged(row))


@pytest.mark.parametrize("row", [ops.MUL, ops.DIV, ops.TANH, ops.RELU], ids=lambda row: row.name)
def test_a_wrong_partial_is_rejected_by_the_proof(row):
    with pytest.raises(AssertionError):
        check_proof(damaged(row))


@by_name
def test_a_wrong_partial_is_rejected_by_gradcheck(row):
    point = min(points(row), key=lambda p: sum(abs(abs(x) - 1.0) for x in p))  # all near ±1
    assert gradcheck(lambda *inputs: record(row, inputs), point).agrees
    with pytest.raises(GradcheckError):
        gradcheck(lambda *inputs: record(damaged(row), inputs), point)


def test_a_slope_that_is_right_but_frozen_is_rejected_by_the_table_test():
    """The first derivative is right, and yet a plain number: the second would be 0."""
    frozen = replace(ops.SIN, rule=lambda x: (sin(x), (math.cos(float(x)),)))
    with pytest.raises(AssertionError):
        check_row(frozen)


# Accuracy in the tails

anywhere = st.floats(-740.0, 740.0) | st.floats(-40.0, 40.0) | st.floats(-1e-3, 1e-3)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("tanh", -1e6, 1e6),
        ("sigmoid", -708.0, 1e6),
        ("softplus", -708.0, 1e6),
        ("erfc", -1e6, 26.5),
        ("log1p", -0.999999, 1e6),
        ("expm1", -1e6, 709.0),
        ("log_sigmoid", -1e6, 708.0),
        ("asinh", -1e6, 1e6),
        ("atanh", math.nextafter(-1.0, 0.0), math.nextafter(1.0, 0.0)),
        ("acosh", 1.0, 1e6),
        ("asin", -1.0, 1.0),
        ("sinc", -1e4, 1e4),
    ],
)
def test_values_keep_full_relative_accuracy_in_the_tails(name, low, high):
    exact = reference(f"{name}({{0}})", 1)
    distance = st.floats(-16.0, 0.0).map(lambda exponent: 10**exponent)
    near_an_end = distance.map(lambda d: low + d) | distance.map(lambda d: high - d)

    @given(st.floats(low, high) | anywhere | near_an_end)
    @example(-1e-300)
    @example(-36.9)
    @example(26.4)
    def check(x):
        x = min(max(x, low), high)
        want = derivative(exact, (x,), (0,))
        assume(want == 0 or abs(want) > 1e-307)  # below, a float has fewer digits
        assert close(getattr(engine, name)(x), want, 2e-15)

    check()


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus", "erf", "erfc", "normal_cdf"])
@given(anywhere)
@example(20.0)
@example(40.0)
@example(37.43)
@example(-37.43)
@example(-26.0)
def test_slopes_of_saturating_functions_keep_full_relative_accuracy(name, x):
    """First and second derivative: a slope that only rounding made 0 would be a wrong diagnosis."""
    exact = reference(f"{name}({{0}})", 1)
    value = Value(x)
    output = getattr(value, name)()
    output.backward()
    (slope,) = gradient(output, [value])
    (curvature,) = gradient(slope, [value])
    assert slope.data == value.grad
    for ours, order in ((slope.data, 1), (curvature.data, 2)):
        want = derivative(exact, (x,), (order,))
        # below the smallest normal number a float has fewer digits
        assert close(ours, want, 4e-15, 1e-307), (x, order, ours, want)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        *[("asinh", x) for x in (1e-300, 1e-8, 1e8, 1e200, -1e308)],
        *[("atanh", x) for x in (1e-300, 1.0 - 1e-12, -1.0 + 2**-53)],
        *[("acosh", x) for x in (1.0 + 2**-52, 1.0 + 1e-9, 1e200)],
        *[("asin", x) for x in (1e-300, 1.0 - 2**-53, -1.0 + 1e-12)],
        *[("acos", x) for x in (1e-300, 1.0 - 2**-53, -1.0 + 1e-12)],
        *[("log_sigmoid", x) for x in (-700.0, -1e200, 40.0, 700.0)],
        *[("sinc", x) for x in (1e-300, 1e-9, 0.3499, 0.35, 0.6999, 0.7, 1.0, 2.0, 17.5, 1e6)],
    ],
)
def test_slopes_of_the_inverse_functions_and_of_sinc_at_hard_points(name, point):
    exact = reference(f"{name}({{0}})", 1)
    x = Value(point)
    output = getattr(x, name)()
    output.backward()
    near = 4e-16 if name == "sinc" else 5e-324
    assert close(output.data, derivative(exact, (point,), (0,)), 2e-15, near)
    if name == "sinc":  # by its own series and recursion, which need no differences
        want = reference("sinc_derivative({0}, 1)", 1)(mpmath.mpf(point))
    else:
        with mpmath.workdps(DIGITS):
            want = {
                "asinh": lambda x: 1 / mpmath.sqrt(1 + x * x),
                "atanh": lambda x: 1 / (1 - x * x),
                "acosh": lambda x: 1 / mpmath.sqrt(x * x - 1),
                "asin": lambda x: 1 / mpmath.sqrt(1 - x * x),
                "acos": lambda x: -1 / mpmath.sqrt(1 - x * x),
                "log_sigmoid": lambda x: 1 / (1 + mpmath.exp(x)),
            }[name](mpmath.mpf(point))
    assert close(x.grad, want, 4e-15, near)


def test_sinc_has_its_limits_at_zero():
    x = Value(0.0)
    y = x.sinc()
    (slope,) = gradient(y, [x])
    (curvature,) = gradient(slope, [x])
    assert (y.data, slope.data) == (1.0, 0.0)
    assert curvature.data == pytest.approx(-(math.pi**2) / 3, rel=1e-15)
    assert [engine.sinc(n) for n in (1, -2, 1e6)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("scale", [1.0, 1e300, 1e-300, 2.0**500, 2.0**-500, 5e-324])
def test_a_length_neither_overflows_nor_vanishes(scale):
    x, y = Value(3.0 * scale), Value(-4.0 * scale)
    for output in (x.hypot(y), engine.norm([x, y])):
        x.grad = y.grad = 0.0
        output.backward()
        assert output.data == pytest.approx(5.0 * scale, rel=4e-16, abs=0.0)
        assert (x.grad, y.grad) == pytest.approx((0.6, -0.8), rel=1e-15)


@pytest.mark.parametrize(
    ("of", "exact"),
    [
        (lambda x, y: engine.norm([x, y, x, x]), lambda x, y: mpmath.sqrt(3 * x * x + y * y)),
        (lambda x, y: (x * y).hypot(x * y), lambda x, y: -x * y * mpmath.sqrt(2)),
        (
            lambda x, y: x.hypot(1.0) * (x * y).atan2(x * y),
            lambda x, y: -2.356194490192345 * mpmath.sqrt(x * x + 1),
        ),
    ],
)
def test_the_slopes_of_a_length_of_a_number_with_itself_can_be_differentiated(of, exact):
    x, y = Value(0.75), Value(-1.25)
    slope, _ = engine.gradient(of(x, y), [x, y])
    found = [each.data for each in engine.gradient(slope, [x, y])]
    wanted = [derivative(exact, (0.75, -1.25), orders) for orders in ((2, 0), (1, 1))]
    assert found == pytest.approx([float(each) for each in wanted], rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softplus"])
@pytest.mark.parametrize("x", [1e308, -1e308, 1e4, -1e4, math.inf, -math.inf])
def test_saturating_functions_never_overflow(name, x):
    limits = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softplus": (0.0, x)}
    value = Value(x)
    output = getattr(value, name)()
    output.backward()
    assert output.data == limits[name][x > 0]
    assert value.grad == float(name == "softplus" and x > 0)


@pytest.mark.parametrize("name", ["selu", "gelu", "silu"])
@given(st.floats(-30.0, 30.0) | st.floats(-1e-3, 1e-3))
def test_composed_activations_equal_mpmath(name, x):
    assume(abs(x) > 1e-200)
    exact = reference(f"{name}({{0}})", 1)
    value = Value(x)
    output = getattr(value, name)()
    (slope,) = gradient(output, [value])
    (curvature,) = gradient(slope, [value])
    assert close(output.data, derivative(exact, (x,), (0,)), 4e-15)
    # where slope and curvature change their sign they are differences
    near = 1e-15 if x > -3.0 else 0.0
    assert close(slope.data, derivative(exact, (x,), (1,)), 1e-14, near)
    assert close(curvature.data, derivative(exact, (x,), (2,)), 1e-14, 3 * near)


# Kinks, as they are stated


def slopes_at(function, *point):
    inputs = [Value(x) for x in point]
    function(*inputs).backward()
    return [value.grad for value in inputs]


@pytest.mark.parametrize(
    ("function", "point", "slopes"),
    [
        (Value.relu, (0.0,), [0.0]),
        (Value.relu, (-0.0,), [0.0]),
        (abs, (0.0,), [0.0]),
        (abs, (-0.0,), [0.0]),
        (Value.maximum, (2.0, 2.0), [0.5, 0.5]),
        (Value.minimum, (2.0, 2.0), [0.5, 0.5]),
        (Value.maximum, (math.inf, math.inf), [0.5, 0.5]),
        (Value.leaky_relu, (0.0,), [0.01]),
        (lambda x: x.leaky_relu(0.3), (0.0,), [0.3]),
        (lambda x: x.elu(0.7), (0.0,), [0.7]),
        (lambda x: x**0, (0.0,), [0.0]),
        (lambda x: x**0, (3.0,), [0.0]),
        (lambda x: x**2, (0.0,), [0.0]),
        (lambda x: x**1, (0.0,), [1.0]),
        (pow, (0.0, 0.0), [0.0, 0.0]),
        (pow, (5.0, 0.0), [0.0, math.log(5.0)]),
        (pow, (0.0, 2.0), [0.0, 0.0]),
        (pow, (0.0, 1.0), [1.0, 0.0]),
        (lambda y: 0**y, (3.0,), [0.0]),
        (lambda y: 0**y, (0.0,), [0.0]),
        (Value.sqrt, (0.0,), [math.inf]),
        (lambda x: x**0.5, (0.0,), [math.inf]),
        (lambda x: x ** (1 / 3), (0.0,), [math.inf]),
        (pow, (0.0, 0.5), [math.inf, 0.0]),
        (Value.asin, (1.0,), [math.inf]),
        (Value.acos, (-1.0,), [-math.inf]),
        (Value.acosh, (1.0,), [math.inf]),
        (Value.hypot, (0.0, 0.0), [0.0, 0.0]),
        (Value.atan2, (0.0, 0.0), [0.0, 0.0]),
        (Value.sign, (0.0,), [0.0]),
        (lambda x: x.clip(0.0, 1.0), (1.0,), [0.5]),
        (lambda x: x.clip(high=1.0), (0.5,), [1.0]),
        (lambda x, y: x % y, (6.0, 3.0), [1.0, -2.0]),
        (lambda x, y: x // y, (6.0, 3.0), [0.0, 0.0]),
    ],
)
def test_slopes_at_kinks_and_ends_are_those_stated(function, point, slopes):
    assert slopes_at(function, *point) == slopes


@pytest.mark.parametrize("x", [0.0, 5e-324, 1e-310, 1e-300, 1.5, 1e300])
def test_the_slope_of_a_power_whose_exponent_is_a_value_of_zero_is_zero(x):
    assert slopes_at(pow, x, 0.0)[0] == 0.0


def test_the_second_derivative_of_a_square_at_zero_is_two():
    for square in (lambda x: x**2, lambda x: x**2.0, lambda x: x * x):
        x = Value(0.0)
        (slope,) = gradient(square(x), [x])
        assert gradient(slope, [x])[0].data == 2.0


def test_a_row_with_a_kink_says_so_in_the_docstring_of_the_method():
    assert "slope at 0 is 0" in Value.relu.__doc__
    assert "half to each side" in Value.maximum.__doc__


@pytest.mark.parametrize("y", [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0])
def test_second_derivatives_of_a_power_at_zero_are_the_limits_from_the_right(y):
    x, exponent = Value(0.0), Value(y)
    slopes = gradient(x**exponent, [x, exponent])
    (xx, xy), (yx, yy) = [[c.data for c in gradient(slope, [x, exponent])] for slope in slopes]
    near = mpmath.mpf("1e-400")
    with mpmath.workdps(DIGITS):

        def limit(number):
            """What the formula beside 0 tends to, for it is a power of x with a logarithm."""
            return 0.0 if abs(number) < 1e-100 else number if abs(number) < 100 else math.inf

        power, log = mpmath.power, mpmath.log(near)
        assert abs(xx) == limit(y * (y - 1) * power(near, y - 2))
        assert abs(xy) == limit(power(near, y - 1) * (1 + y * log))
        assert yy == limit(power(near, y) * log**2)
    assert xy == yx


def test_a_negative_base_has_its_integer_powers_and_no_slope_in_the_exponent():
    x, n = Value(-2.0), Value(3.0)
    y = x**n
    y.backward()
    assert (y.data, x.grad) == (-8.0, 12.0)
    assert math.isnan(n.grad)
    assert gradient(gradient(y, [x])[0], [x])[0].data == -12.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.relu().sqrt(),
        lambda x: (x.maximum(0.0)).sqrt(),
        lambda x: (-(-x).minimum(0.0)).sqrt(),
        lambda x: x.relu() ** 0.3,
        lambda x: (x.relu() * 3.0).sqrt().sqrt() + x.relu().sqrt(),
        lambda x: x.leaky_relu(0.0).sqrt(),
        lambda x: abs(x + 1.0).sqrt(),
    ],
)
def test_a_branch_that_was_not_taken_passes_nothing_whatever_arrives(function):
    x = Value(-1.0)
    y = function(x)
    y.backward()
    (slope,) = gradient(y, [x])
    (curvature,) = gradient(slope, [x])
    assert (x.grad, slope.data, curvature.data) == (0.0, 0.0, 0.0)
    for backend in ("python", "llvm", "tape"):
        compiled = compile(y, [x], backend=backend)
        x.grad = 0.0
        compiled.backward(-1.0)
        assert x.grad == 0.0


def test_a_zero_that_is_a_number_times_an_infinite_slope_stays_nan():
    x = Value(0.0)
    (x.sqrt() ** 2).backward()  # the slope is 1, so 0 would be a lie
    assert math.isnan(x.grad)


def test_the_root_of_a_negative_zero_has_the_slope_of_the_right_side():
    x = Value(-0.0)
    x.sqrt().backward()
    assert x.grad == math.inf


@pytest.mark.parametrize("huge", [10**400, -(10**400)])
def test_an_int_beyond_the_floats_is_compared_exactly(huge):
    x = Value(2.0)
    assert [x < huge, x <= huge, x > huge, x >= huge] == [huge > 0] * 2 + [huge < 0] * 2


# Out of the domain


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Value(-1.0, "w").log(), ValueError, "log(-1.0) of 'w': log needs x > 0"),
        (lambda: Value(0.0, "w").log(), ValueError, "log(0.0) of 'w': log needs x > 0"),
        (lambda: engine.log(0), ValueError, "log(0.0): log needs x > 0"),
        (lambda: Value(-1.0, "w").log1p(), ValueError, "log1p(-1.0) of 'w': log1p needs x > -1"),
        (lambda: Value(-4.0, "w").sqrt(), ValueError, "sqrt(-4.0) of 'w': sqrt needs x >= 0"),
        (lambda: Value(-4.0, "w") ** 0.5, ValueError, "(-4.0) ** 0.5 of 'w'"),
        (
            lambda: Value(-8.0, "w") ** (1 / 3),
            ValueError,
            "(-8.0) ** 0.3333333333333333 of 'w': power(0.333333) needs a base of at least 0",
        ),
        (lambda: Value(-2.0, "w") ** Value(2.5, "n"), ValueError, "(-2.0) ** 2.5 of 'w' and 'n'"),
        (lambda: (-2.0) ** Value(2.5, "n"), ValueError, "(-2.0) ** 2.5 of 'n'"),
        (lambda: Value(0.0, "w") ** -1, ZeroDivisionError, "0.0 ** -1.0 of 'w'"),
        (lambda: Value(0.0, "w") ** -0.5, ZeroDivisionError, "0.0 ** -0.5 of 'w'"),
        (lambda: 0.0 ** Value(-1.0, "n"), ZeroDivisionError, "0.0 ** (-1.0) of 'n'"),
        (lambda: 1 / Value(0.0, "w"), ZeroDivisionError, "1.0 / 0.0 of 'w': div needs a divisor"),
        (lambda: Value(2.0, "a") / Value(-0.0, "b"), ZeroDivisionError, "of 'a' and 'b'"),
        (lambda: Value(2.0, "a") / 0, ZeroDivisionError, "2.0 / 0.0 of 'a'"),
        (lambda: Value(800.0, "w").exp(), OverflowError, "exp(800.0) of 'w': the result exceeds"),
        (lambda: Value(800.0, "w").expm1(), OverflowError, "expm1(800.0) of 'w'"),
        (lambda: Value(-800.0, "w").sinh(), OverflowError, "sinh(-800.0) of 'w'"),
        (lambda: Value(800.0, "w").cosh(), OverflowError, "cosh(800.0) of 'w'"),
        (lambda: Value(1e200, "w") ** 2, OverflowError, "1e+200 ** 2.0 of 'w'"),
        (lambda: Value(1e200, "w") ** Value(2.0), OverflowError, "1e+200 ** 2.0 of 'w'"),
        (lambda: engine.exp(800), OverflowError, "exp(800.0): the result exceeds"),
        (lambda: Value(math.inf, "w").sin(), ValueError, "sin(inf) of 'w': sin needs a finite x"),
        (lambda: Value(-math.inf, "w").cos(), ValueError, "cos(-inf) of 'w'"),
        (lambda: Value(math.inf, "w").tan(), ValueError, "tan(inf) of 'w'"),
        (lambda: Value(1.5, "w").asin(), ValueError, "asin(1.5) of 'w': asin needs -1 <= x <= 1"),
        (lambda: Value(-1.5, "w").acos(), ValueError, "acos(-1.5) of 'w': acos needs -1 <= x <= 1"),
        (lambda: Value(0.5, "w").acosh(), ValueError, "acosh(0.5) of 'w': acosh needs x >= 1"),
        (lambda: Value(1.0, "w").atanh(), ValueError, "atanh(1.0) of 'w': atanh needs -1 < x < 1"),
        (lambda: Value(0.0, "w").log2(), ValueError, "log2(0.0) of 'w': log2 needs x > 0"),
        (lambda: Value(-1.0, "w").log10(), ValueError, "log10(-1.0) of 'w': log10 needs x > 0"),
        (lambda: Value(1024.0, "w").exp2(), OverflowError, "exp2(1024.0) of 'w'"),
        (lambda: Value(2.0, "w") % 0, ZeroDivisionError, "2.0 % 0.0 of 'w': mod needs a divisor"),
        (lambda: Value(math.inf, "w") // 2, ValueError, "floor_divide needs finite numbers"),
        (lambda: Value(1.7e308, "w").hypot(1.7e308), OverflowError, "of 'w': the result exceeds"),
        (lambda: Value(math.inf, "w").sinc(), ValueError, "sinc(inf) of 'w': sinc needs a finite"),
    ],
)
def test_out_of_the_domain_is_an_error_that_names_operation_operand_and_label(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert message in str(caught.value)


@by_name
@given(data=st.data())
def test_a_result_is_a_float_and_nan_never_comes_from_numbers_in_silence(row, data):
    operands = data.draw(
        st.tuples(*[st.floats(allow_nan=False)] * (row.arity or 5)), label="operands"
    )
    try:
        output = record(row, operands)
    except (ValueError, ArithmeticError):
        return
    assert type(output.data) is float
    assert all(isinstance(partial, float) for partial in output.partials)
    ieee = {
        ops.ADD,
        ops.SUB,
        ops.MUL,
        ops.DIV,
        ops.TOTAL,
        ops.DOT,
        ops.THROUGH,
        ops.PROD,
        ops.WHERE,
    }
    assert output.data == output.data or row in ieee or row.name.startswith("power_derivative")


@by_name
def test_nan_that_comes_in_stays_visible(row):
    # 1 or 0 whatever the operand; and where a branch is not taken, it is not seen
    truths = {ops.STEP, ops.LESS, ops.LESS_EQUAL, ops.EQUAL, ops.WHERE}
    exponent_of_one_or_none = row in {*truths, ops.power(0.0)}
    n = row.arity or 5
    for i in range(n):
        operands = [1.5] * n
        operands[i] = math.nan
        assert math.isnan(record(row, tuple(operands)).data) or exponent_of_one_or_none


def test_sums_and_products_follow_ieee_754():
    huge = Value(1e308)
    assert (huge + huge).data == math.inf
    assert (-huge - huge).data == -math.inf
    assert (huge * 10).data == math.inf
    assert (huge / 0.01).data == math.inf
    assert math.isnan((Value(math.inf) - math.inf).data)
    assert math.isnan((Value(math.inf) * 0).data)
    assert math.isnan(engine.dot([1e308, 1e308], [10, -10]).data)
    assert engine.total([huge, huge]).data == math.inf
    assert math.copysign(1.0, (Value(-0.0) * 1).data) == -1.0


@pytest.mark.parametrize("exponent", [2, -1, 0.5, 3, -3])
def test_a_negative_or_positive_base_keeps_its_plain_powers(exponent):
    base = 1.7 if exponent == 0.5 else -1.7
    x = Value(base)
    (x**exponent).backward()
    assert x.grad == pytest.approx(exponent * base ** (exponent - 1), rel=1e-15)


@given(st.floats(1e-150, 1e150))
def test_squares_roots_and_reciprocals_are_rounded_correctly(x):
    with mpmath.workdps(DIGITS):
        exact = mpmath.mpf(x)
        assert (Value(x) ** 2).data == float(exact * exact)
        assert (Value(x) ** 0.5).data == float(mpmath.sqrt(exact))
        assert (Value(x) ** -1).data == float(1 / exact)
