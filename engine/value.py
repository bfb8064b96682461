"""`Value`: a number that remembers how it was made.

Whatever is computed from Values is recorded: each operation makes a new Value that holds the
result, the operands (`parents`) and the local derivatives (`partials`, one for each parent), all at
the moment when it runs. `backward` then is one walk against the order of computation, along which
the chain rule multiplies the local derivatives and adds up what arrives at each Value.

This is the only place that records.
"""

import math
import operator
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, SupportsIndex, TypeVar, overload

from engine import ops
from engine.conversion import warn_of_loss, warn_unless_read
from engine.graph import topological_order
from engine.numbers import Real, as_float
from engine.primitive import Operation
from engine.rows import as_items
from engine.text import received, short


def _setting(number: object, what: str) -> float:
    """A number that belongs to the operation; a Value would silently get no gradient."""
    if isinstance(number, Value):
        raise TypeError(
            f"{what} is a plain number, through which no gradient flows, but got {number!r}; give "
            "its .data, or compose the function of maximum and minimum"
        )
    return as_float(number, what)


def as_value(value: object, what: str) -> "Value":
    """The Value, or the TypeError that says what else was given."""
    if not isinstance(value, Value):
        raise TypeError(f"{what} must be a Value, but got {received(value)}")
    return value


def as_values(values: "Iterable[Value]", what: str) -> "list[Value]":
    """The values as a list, or the TypeError that says what else was given."""
    if isinstance(values, Value):
        raise TypeError(
            f"{what} must be a sequence of Values, but got {short(values)}; write [value]"
        )
    if not isinstance(values, Iterable):
        raise TypeError(f"{what} must be a sequence of Values, but got {received(values)}")
    return [as_value(value, f"each of {what}") for value in as_items(values, what)]


# How the methods of Value are made from the rows of the table


def _node(
    op: Operation, parents: tuple["Value", ...], data: float, partials: tuple[float, ...]
) -> "Value":
    """The Value that an operation made."""
    node: Value = _new(Value)
    node._data = data
    node._grad = 0.0
    node._label = ""
    node.op = op
    node.parents = parents
    node.partials = partials
    return node


_new = object.__new__


def _constant(number: float) -> "Constant":
    """A plain number that met a Value."""
    leaf: Constant = _new(Constant)
    leaf._data = number
    leaf._grad = 0.0
    leaf._label = ""
    leaf.op = None
    leaf.parents = leaf.partials = ()
    return leaf


class _Nothing(float):
    """What passes through a branch that was not taken: 0, and times anything 0, also inf or nan."""

    __slots__ = ()

    def __mul__(self, other: object) -> float:
        return 0.0

    __rmul__ = __mul__


_NOTHING = _Nothing(0.0)


def _passing(partials: tuple[float, ...]) -> tuple[float, ...]:
    """The local derivatives of an operation that branches."""
    return tuple([partial or _NOTHING for partial in partials])


def record(op: Operation, operands: "tuple[Value | Real, ...]") -> "Value":
    """Run an operation on Values and record it; plain numbers among them become constants.

    Args:
        op: The row of the operation, one of your own too.
        operands: Values or plain numbers, as many as its rule takes.

    Returns:
        The result, recorded.

    Raises:
        TypeError: Where an operand is no number.
        ValueError: Or an arithmetic error, as the row says, where the operation is not defined.

    Example:
        >>> from engine import Operation
        >>> cube = Operation("cube", "x³", lambda x: (x * x * x, (3.0 * x * x,)))
        >>> x = Value(2.0)
        >>> y = record(cube, (x,))
        >>> y.backward()
        >>> y.data, x.grad
        (8.0, 12.0)
    """
    if not _RECORDED.issuperset(map(type, operands)):
        for x in operands:
            if hasattr(x, "apply") and hasattr(
                x, "lift"
            ):  # a number that calculates by rows itself
                return x.apply(op, operands)  # type: ignore[no-any-return]
        operands = tuple(
            [x if isinstance(x, Value) else _constant(as_float(x, op.name)) for x in operands]
        )
    parents: tuple[Value, ...] = operands  # type: ignore[assignment]
    numbers = [parent._data for parent in parents]
    data, partials = op.rule(*numbers)
    if op.branches:
        partials = _passing(partials)
    if not (op.shows and math.isfinite(data)):
        check(op, tuple(numbers), data, tuple([parent._label for parent in parents]))
    return _node(op, parents, data, partials)


def check(
    op: Operation, operands: tuple[float, ...], result: float, labels: tuple[str, ...]
) -> None:
    """Raise if the operation is not defined on these operands, and it matters."""
    try:
        op.check(operands, result, labels)
    except (ValueError, ArithmeticError):
        if not _unchecked.depth:
            raise


class _Unchecked(threading.local):
    """How many blocks this thread is in where nothing is out of a domain."""

    depth = 0


_unchecked = _Unchecked()


@contextmanager
def unchecked() -> Iterator[None]:
    """A block in which operations follow IEEE 754: what they give may not count.

    >>> with unchecked():
    ...     Value(-1.0).log().data
    nan
    """
    _unchecked.depth += 1
    try:
        yield
    finally:
        _unchecked.depth -= 1


# Branches. Adjoints are numbers, and 0 times the infinite slope of a branch that was not taken is
# nan: what only such branches reach is left out.

_branching = False


def is_branching() -> bool:
    """Whether a `where` was ever recorded: only then walks look for branches."""
    return _branching


def branch(node: "Value", position: int) -> bool:
    """Whether the node may leave its operand at that position unused, and its 0 passes nothing."""
    return position > 0 and (node.op is ops.WHERE or node.op is ops.THROUGH)


def used(
    order: "Sequence[Value]", outputs: "Iterable[Value]", *, surely: bool = False
) -> "set[Value]":
    """The nodes on which the outputs depend by branches that were taken.

    Args:
        order: The nodes, parents before children.
        outputs: Some of them.
        surely: Leave out what only branches reach, taken or not.

    Returns:
        Those nodes, the outputs among them.
    """
    found = set(outputs)
    for node in reversed(order):
        if node in found:
            for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
                if not branch(node, i) or (partial and not surely):
                    found.add(parent)
    return found


def _unary(op: Operation) -> Callable[["Value"], "Value"]:
    """The method for an operation of one operand."""
    rule, branches = op.rule, op.branches
    refuses, shows, isfinite = bool(op.requires or op.overflows), op.shows, math.isfinite

    def method(self: "Value") -> "Value":
        data, partials = rule(self._data)
        if branches:
            partials = _passing(partials)
        if refuses and not (shows and isfinite(data)):
            check(op, (self._data,), data, (self._label,))
        node: Value = _new(Value)  # `_node`, written out, as below
        node._data = data
        node._grad = 0.0
        node._label = ""
        node.op = op
        node.parents = (self,)
        node.partials = partials
        return node

    return _documented(method, op)


def _binary(
    op: Operation,
) -> tuple[Callable[["Value", "Value | Real"], "Value"], Callable[["Value", Real], "Value"]]:
    """The operator for two operands, and its reflection for a plain number on the left.

    Those that branch are no operators: nothing is to be done for them here.
    """
    rule = op.rule
    refuses, shows, isfinite = bool(op.requires or op.overflows), op.shows, math.isfinite

    def method(self: "Value", other: "Value | Real") -> "Value":
        if not isinstance(other, Value):
            number = _float_or_none(other)
            if number is None:
                return NotImplemented  # type: ignore[no-any-return]
            other = _constant(number)
        data, partials = rule(self._data, other._data)
        if refuses and not (shows and isfinite(data)):
            check(op, (self._data, other._data), data, (self._label, other._label))
        # `_node`, written out: additions and products are most of a graph
        node: Value = _new(Value)
        node._data = data
        node._grad = 0.0
        node._label = ""
        node.op = op
        node.parents = (self, other)
        node.partials = partials
        return node

    def reflected(self: "Value", other: Real) -> "Value":
        number = _float_or_none(other)
        if number is None:
            return NotImplemented  # type: ignore[no-any-return]
        return method(_constant(number), self)

    return _documented(method, op), _documented(reflected, op)


def _comparison(
    compare: Callable[[float, float], bool],
) -> Callable[["Value", "Value | Real"], bool]:
    """The operator that compares the data of two Values, or that of a Value with a plain number."""

    def method(self: "Value", other: "Value | Real") -> bool:
        if isinstance(other, Value):
            return compare(self._data, other._data)
        # an int beyond the floats compares with a float exactly
        number = other if isinstance(other, int) else _float_or_none(other)
        return NotImplemented if number is None else compare(self._data, number)

    return method


def _float_or_none(number: object) -> float | None:
    """The number as a float; None for what is not one, so that Python tries the other operand."""
    kind = type(number)
    if kind is float:
        return number  # type: ignore[return-value]
    if kind is int:
        return float(number)  # type: ignore[arg-type]
    try:
        return as_float(number)
    except TypeError:
        return None


F = TypeVar("F", bound=Callable[..., Any])


def _documented(method: F, op: Operation) -> F:
    """Give the method the docstring that its row amounts to."""
    lines = [op.rule.__doc__ or f"The operation {op.name}."]
    lines += [
        f"Needs {requirement.needs}; else a {requirement.error.__name__}."
        for requirement in op.requires
    ]
    if op.overflows:
        lines.append("A result beyond the largest float is an OverflowError.")
    if op.kink:
        lines.append(f"By convention, {op.kink}.")
    method.__doc__ = "\n\n".join(lines)
    method.operation = op  # type: ignore[attr-defined]
    return method


class Value:
    """A real number that records the operations it takes part in.

    Equality and hashing are by identity, as the graph needs; `<`, `<=`, `>` and `>=` compare the
    data.

    Args:
        data: A float, an int, a bool, a NumPy scalar or anything else with `__float__`.
        label: A name for drawings, explanations and errors, "" for none; or the parents of a node
            that is made by hand, a tuple of Values.
        local_derivatives: Of a node made by hand, a number for each parent. Of such a node the
            number and the slopes of this one moment are known, and no rule: it takes part in
            `backward` and `gradient`, not in second derivatives, and in a compiled graph only where
            it depends on constants alone. `engine.operation` makes one with a rule.

    Attributes:
        data: The number, a float.
        grad: The derivative of the output on which `backward` ran with respect to this Value.
        label: Its name.
        op: The row of the operation that made it, see `engine.ops`; None for a leaf.
        parents: The operands, in order; `x * x` has x twice.
        partials: The local derivatives, floats, one for each parent.

    Raises:
        TypeError: For a string, a complex number, None or an array of several numbers.

    Example:
        >>> x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(6.5, "b")
        >>> z = (w * x + b).tanh()
        >>> z.backward()
        >>> z.data, w.grad
        (0.46211715726000974, 1.5728954659318548)
    """

    # `data`, `grad` and `label` look at what is written; the engine reads and writes their slots
    __slots__ = ("__weakref__", "_data", "_grad", "_label", "op", "parents", "partials")

    _data: float
    _grad: float
    _label: str
    op: Operation | None
    parents: tuple["Value", ...]
    partials: tuple[float, ...]

    def __init__(
        self,
        data: Real,
        label: "str | tuple[Value, ...]" = "",
        local_derivatives: tuple[Real, ...] = (),
    ) -> None:
        if not isinstance(label, str):
            self._make_by_hand(as_float(data), label, local_derivatives)
            return
        if local_derivatives:
            raise TypeError("local derivatives need parents: Value(data, parents, derivatives)")
        self._data = data if type(data) is float else as_float(data)
        self._grad = 0.0
        self._label = label
        self.op = None
        self.parents = ()
        self.partials = ()
        if isinstance(data, Value) and not isinstance(data, Constant):
            warn_of_loss(sys._getframe(1), data)

    def _make_by_hand(
        self, data: float, parents: "tuple[Value, ...]", derivatives: tuple[Real, ...]
    ) -> None:
        """Set the slots of a node of which only the number and the slopes are given."""
        if not isinstance(parents, tuple | list) or (parents and not derivatives):
            raise TypeError(
                f"a label must be a str, but got {received(parents)}; a node made by "
                "hand has parents and as many local derivatives: Value(data, (a, b), (1.0, 1.0))"
            )
        parents = tuple([as_value(parent, "a parent") for parent in parents])
        if isinstance(derivatives, str):
            names = [parent.label or f"x{i}" for i, parent in enumerate(parents)]
            comma = "," * (len(names) == 1)
            raise TypeError(
                f"a Value made by hand has local derivatives where micrograd has the name of an "
                f"operation and a _backward of its own; instead of {short(derivatives)} give d data"
                f" / d parent for each parent: Value({data!r}, ({', '.join(names)}{comma}), "
                f"({', '.join(['...'] * len(names))}{comma}))"
            )
        numbers = tuple([as_float(number, "a local derivative") for number in derivatives])
        if len(numbers) != len(parents):
            raise ValueError(
                f"a Value made by hand needs a local derivative for each of its {len(parents)} "
                f"parents, but got {len(numbers)}"
            )
        self._data, self._grad, self._label = data, 0.0, ""
        self.op = ops.given(data, numbers) if parents else None
        self.parents, self.partials = parents, numbers

    @property
    def data(self) -> float:
        """The number, a Python float at every moment."""
        return self._data

    @data.setter
    def data(self, number: Real) -> None:
        self._data = number if type(number) is float else as_float(number, "data")

    @property
    def grad(self) -> float:
        """The derivative of the output on which `backward` ran, a Python float at every moment."""
        return self._grad

    @grad.setter
    def grad(self, number: Real) -> None:
        self._grad = number if type(number) is float else as_float(number, "grad")

    @property
    def label(self) -> str:
        """The name, "" for none."""
        return self._label

    @label.setter
    def label(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f'a label must be a str, "" for none, but got {received(name)}')
        self._label = name

    # The chain rule

    def backward(self) -> None:
        """Add the derivative of this Value with respect to every leaf to that leaf's `grad`.

        For each Value v that this one depends on, against the order of computation:

            parent.grad += partial * v.grad        for each parent of v and its local derivative

        The gradients of intermediate Values start from zero each time, those of leaves accumulate:
        a second call doubles them, and setting them to zero is the caller's. The gradient of this
        Value itself is 1.

        The local derivatives are those that were stored when the operations ran, so changing `data`
        afterwards changes nothing here.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward()
        >>> x.grad
        6.0
        >>> y.backward()
        >>> x.grad
        12.0

        Source: reverse accumulation, Linnainmaa (1970); Rumelhart, Hinton & Williams (1986).
        """
        order = topological_order(self)
        for node in order:
            if node.parents:
                node._grad = 0.0
        self._grad = 1.0 if self.parents else self._grad + 1.0
        if _branching:
            taken = used(order, [self])
            order = [node for node in order if node in taken]
        for node in reversed(order):
            grad = node._grad
            parents = node.parents
            if len(parents) == 2:  # the loop below, written out: most nodes take two operands
                left, right = parents
                partial_left, partial_right = node.partials
                left._grad += grad * partial_left
                right._grad += grad * partial_right
            else:
                for parent, partial in zip(parents, node.partials):  # noqa: B905
                    parent._grad += grad * partial

    def zero_grad(self) -> None:
        """Set the gradients of this Value, and of all that it was made of, to 0.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward()
        >>> y.zero_grad()
        >>> x.grad
        0.0
        """
        for node in topological_order(self):
            node._grad = 0.0

    def detach(self) -> "Value":
        """A new leaf with the same number and label, through which no gradient flows.

        >>> x = Value(3.0)
        >>> y = x * x.detach()
        >>> y.backward()
        >>> x.grad
        3.0
        """
        return Value(self.data, self.label)

    # Operators

    __add__, __radd__ = _binary(ops.ADD)
    __sub__, __rsub__ = _binary(ops.SUB)
    __mul__, __rmul__ = _binary(ops.MUL)
    __truediv__, __rtruediv__ = _binary(ops.DIV)
    __mod__, __rmod__ = _binary(ops.MOD)
    __floordiv__, __rfloordiv__ = _binary(ops.FLOOR_DIVIDE)
    _raised_to_value, __rpow__ = _binary(ops.POW)
    __neg__ = _unary(ops.NEG)
    __abs__ = _unary(ops.ABS)

    def __pow__(self, exponent: "Value | Real") -> "Value":
        """`v ** 3` has one parent, for the exponent is part of the operation; `v ** w` has two."""
        if isinstance(exponent, Value):
            return self._raised_to_value(exponent)
        number = _float_or_none(exponent)
        if number is None:
            return NotImplemented
        op = ops.power(number)
        data, partials = op.rule(self._data)
        if op.branches:
            partials = _passing(partials)
        if not (op.shows and math.isfinite(data)):
            check(op, (self._data,), data, (self._label,))
        return _node(op, (self,), data, partials)

    def __pos__(self) -> "Value":
        return self

    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)

    # A reader asks for a number

    def __float__(self) -> float:
        """The number; a warning where it is no reader who asks, such as `math.exp`."""
        warn_unless_read(sys._getframe().f_back, self)
        return self._data

    def __int__(self) -> int:
        return int(self._data)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return math.floor(self._data)

    def __ceil__(self) -> int:
        return math.ceil(self._data)

    @overload
    def __round__(self) -> int: ...

    @overload
    def __round__(self, digits: int) -> float: ...

    def __round__(self, digits: int | None = None) -> float:
        return round(self._data, digits)

    def __format__(self, format_spec: str) -> str:
        """The number in that format; without one, the `repr`."""
        return format(self._data, format_spec) if format_spec else repr(self)

    # Elementary functions

    exp = _unary(ops.EXP)
    expm1 = _unary(ops.EXPM1)
    log = _unary(ops.LOG)
    log1p = _unary(ops.LOG1P)
    log2 = _unary(ops.LOG2)
    log10 = _unary(ops.LOG10)
    exp2 = _unary(ops.EXP2)
    sqrt = _unary(ops.SQRT)
    sin = _unary(ops.SIN)
    cos = _unary(ops.COS)
    tan = _unary(ops.TAN)
    asin = arcsin = _unary(ops.ASIN)
    acos = arccos = _unary(ops.ACOS)
    atan = arctan = _unary(ops.ATAN)
    asinh = arcsinh = _unary(ops.ASINH)
    acosh = arccosh = _unary(ops.ACOSH)
    atanh = arctanh = _unary(ops.ATANH)
    sinc = _unary(ops.sinc_derivative(0))
    sinh = _unary(ops.SINH)
    cosh = _unary(ops.COSH)
    tanh = _unary(ops.TANH)
    erf = _unary(ops.ERF)
    erfc = _unary(ops.ERFC)
    sigmoid = _unary(ops.SIGMOID)
    softplus = _unary(ops.SOFTPLUS)
    log_sigmoid = _unary(ops.LOG_SIGMOID)
    normal_cdf = _unary(ops.NORMAL_CDF)
    relu = _unary(ops.RELU)

    def leaky_relu(self, slope: float = 0.01) -> "Value":
        """x for x > 0, slope * x elsewhere (Maas, Hannun & Ng, 2013); the slope is a plain number.

        The derivative at 0 is that of the negative side, `slope`.
        """
        return record(ops.leaky_relu(_setting(slope, "the slope of leaky_relu")), (self,))

    def elu(self, alpha: float = 1.0) -> "Value":
        """x for x > 0, alpha * (exp(x) - 1) elsewhere (Clevert, Unterthiner & Hochreiter, 2015).

        The derivative at 0 is that of the negative side, `alpha`, a plain number.
        """
        return record(ops.elu(_setting(alpha, "the alpha of elu")), (self,))

    def selu(self) -> "Value":
        """1.0507 * elu(x, 1.6733), which keeps mean 0 and variance 1 (Klambauer et al., 2017)."""
        return _SELU_SCALE * self.elu(_SELU_ALPHA)

    def gelu(self) -> "Value":
        """x * Φ(x), Φ the standard normal distribution (Hendrycks & Gimpel, 2016).

        This is the exact one, to full relative accuracy in the left tail.
        """
        return self * self.normal_cdf()

    def silu(self) -> "Value":
        """x * sigmoid(x), also called swish (Elfwing, Uchibe & Doya, 2017)."""
        return self * self.sigmoid()

    def maximum(self, other: "Value | Real") -> "Value":
        """The larger of two numbers; nan where either is nan. A tie gives half to each side."""
        return record(ops.MAXIMUM, (self, other))

    def minimum(self, other: "Value | Real") -> "Value":
        """The smaller of two numbers; nan where either is nan. A tie gives half to each side."""
        return record(ops.MINIMUM, (self, other))

    def clip(
        self, low: "Value | Real | None" = None, high: "Value | Real | None" = None
    ) -> "Value":
        """The number between two bounds, minimum(maximum(x, low), high); at a bound half passes."""
        out = self if low is None else self.maximum(low)
        return out if high is None else out.minimum(high)

    def atan2(self, x: "Value | Real") -> "Value":
        """The angle of the point (x, self), in radians, from -π to π; 0 is its slope at (0, 0)."""
        return record(ops.ATAN2, (self, x))

    arctan2 = atan2

    def hypot(self, other: "Value | Real") -> "Value":
        """√(self² + other²), of which nothing overflows on the way; its slopes at (0, 0) are 0."""
        return record(ops.HYPOT, (self, other))

    def radians(self) -> "Value":
        """The angle in radians of one in degrees, x * (π / 180)."""
        return self * _RADIANS

    deg2rad = radians

    def degrees(self) -> "Value":
        """The angle in degrees of one in radians, x * (180 / π)."""
        return self * _DEGREES

    rad2deg = degrees

    sign = _unary(ops.SIGN)

    # Comparisons that are recorded, for `where`

    def less(self, other: "Value | Real") -> "Value":
        """1 where self < other, and 0 elsewhere, recorded: `<` itself gives a bool."""
        return record(ops.LESS, (self, other))

    def less_equal(self, other: "Value | Real") -> "Value":
        """1 where self <= other, and 0 elsewhere, recorded."""
        return record(ops.LESS_EQUAL, (self, other))

    def greater(self, other: "Value | Real") -> "Value":
        """1 where self > other, and 0 elsewhere, recorded."""
        return record(ops.LESS, (other, self))

    def greater_equal(self, other: "Value | Real") -> "Value":
        """1 where self >= other, and 0 elsewhere, recorded."""
        return record(ops.LESS_EQUAL, (other, self))

    def equal(self, other: "Value | Real") -> "Value":
        """1 where the numbers are the same, and 0 elsewhere, recorded: `==` compares identity."""
        return record(ops.EQUAL, (self, other))

    # What rules call on a Value for the slopes of others; never an error, by IEEE 754

    step = _unary(ops.STEP)
    reciprocal = _unary(ops.RECIPROCAL)

    def power(self, exponent: "Value | Real") -> "Value":
        """self ** exponent; with a Value as exponent, inf or nan where `**` is an error."""
        if isinstance(exponent, Value):
            return self.power_derivative(exponent, 0, 0)
        return self**exponent

    def power_derivative(
        self, exponent: "Value | Real", m: int, n: int, *, origin: bool = False
    ) -> "Value":
        """The m-th derivative in self and n-th in the exponent of self ** exponent."""
        return record(ops.power_derivative(m, n, origin), (self, exponent))

    def tanh_slope(self, out: "Value") -> "Value":
        """1 - tanh(self)², to full relative accuracy in the tails."""
        return record(ops.TANH_SLOPE, (self,))

    def sigmoid_slope(self, out: "Value") -> "Value":
        """sigmoid(self) (1 - sigmoid(self)), to full relative accuracy in the tails."""
        return record(ops.SIGMOID_SLOPE, (self,))

    def lift(self, number: Real) -> "Value":
        """The number as a Value."""
        return number if isinstance(number, Value) else Constant(number)

    def mod(self, other: "Value | Real") -> "Value":
        """self % other."""
        return self % other

    def floor_divide(self, other: "Value | Real") -> "Value":
        """self // other."""
        return self // other

    def where(self, x: "Value | Real", y: "Value | Real") -> "Value":
        """x where self is not 0, and y where it is."""
        global _branching
        _branching = True
        return record(ops.WHERE, (self, x, y))

    def given(self, slope: float, *others: "Value") -> "Value":
        """A slope that was given by hand: its own slopes are not known."""
        return record(ops.given_slope(slope), (self, *others))

    def length(self, *others: "Value | Real") -> "Value":
        """√(self² + …)."""
        return record(ops.NORM, (self, *others))

    def sinc_derivative(self, n: int) -> "Value":
        """The n-th derivative of sinc."""
        return record(ops.sinc_derivative(n), (self,))

    def exp_of_square(self, factor: float) -> "Value":
        """exp(factor · self²), to full relative accuracy in the tails."""
        return record(ops.exp_of_square(factor), (self,))

    def through(self, adjoint: "Value | Real") -> "Value":
        """self · adjoint, but 0 where self is 0, whatever the adjoint is."""
        return record(ops.THROUGH, (self, adjoint))

    # Seen from outside

    def __repr__(self) -> str:
        """The data, the gradient, the operation and the label; never the graph."""
        op = f", op={self.op.symbol!r}" if self.op else ""
        label = f", label={short(self.label)}" if self.label else ""
        return f"{type(self).__name__}(data={self.data!r}, grad={self.grad!r}{op}{label})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """A leaf is copied and pickled as every object is, with all its attributes."""
        if self.op is not None:
            raise TypeError(
                f"a Value that the operation {self.op.name!r} recorded cannot be copied or "
                "pickled: its graph would come along; detach it first: v.detach()"
            )
        return super().__reduce_ex__(max(operator.index(protocol), 2))  # the first to know slots

    # The names by which micrograd and microgpt know these

    @property
    def _prev(self) -> set["Value"]:
        return set(self.parents)

    @property
    def _children(self) -> tuple["Value", ...]:
        return self.parents

    @property
    def _local_grads(self) -> tuple[float, ...]:
        return self.partials

    @property
    def _backward(self) -> Callable[[], None]:
        """A single step of the chain rule: a call adds to the parents' gradients."""
        return self._add_to_parents

    @_backward.setter
    def _backward(self, function: object) -> None:
        raise AttributeError(
            "_backward cannot be set: the local derivatives are numbers, one for each parent; make "
            "the node by hand, Value(data, (a, b), (d_a, d_b)), or write @engine.operation"
        )

    def _add_to_parents(self) -> None:
        for parent, partial in zip(self.parents, self.partials, strict=True):
            parent._grad += self._grad * partial

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op else ""


# The methods that the table made bear the names by which pickle, help and tracebacks find them.
for _name, _method in list(vars(Value).items()):
    if "<locals>" in getattr(_method, "__qualname__", ""):
        _method.__name__, _method.__qualname__ = _name, f"Value.{_name}"
del _name, _method


class Constant(Value):
    """A plain number that met a Value: a leaf that the user did not make.

    >>> two, x = (2.0 * Value(3.0)).parents
    >>> isinstance(two, Constant), isinstance(x, Constant)
    (True, False)
    """

    __slots__ = ()

    def __float__(self) -> float:
        return self._data


_RECORDED = {Value, Constant}


_RADIANS, _DEGREES = math.pi / 180.0, 180.0 / math.pi
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


# Choices


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition is true, and y where it is not; the other passes no gradient.

    A condition that is a plain bool or number is decided now, for good: of branches that are
    functions only the taken one runs. One that was recorded, as `engine.less(a, b)` is, stands in
    the graph with both branches, so that a compiled graph decides it for each row. Then a function
    that is not taken runs too, but what it calculates may be undefined: that is no error, and where
    a row does not take the branch, it is none there either.

    Args:
        condition: True or not 0; or a Value, recorded.
        x: A Value, a number, or a function without arguments that gives one.
        y: The same.

    Returns:
        The one that is taken; of a recorded condition a Value.

    Example:
        >>> x = Value(-1.0)
        >>> y = where(x.greater(0.0), lambda: x.log(), lambda: x * x)
        >>> y.backward()
        >>> y.data, x.grad
        (1.0, -2.0)
    """
    if not hasattr(condition, "where") or not hasattr(condition, "lift"):
        if isinstance(condition, str):
            raise TypeError(
                f"the condition of where is a bool or a number, but got {received(condition)}"
            )
        chosen = x if condition else y
        return chosen() if callable(chosen) else chosen
    return condition.where(_branch(x, condition, True), _branch(y, condition, False))


def _branch(given: Any, condition: Any, truth: bool) -> Any:
    if not callable(given):
        return given
    try:
        taken = (not 0.0 <= condition <= 0.0) is truth
    except TypeError:  # while code is made, it is not known
        taken = False
    if taken:
        return given()
    with unchecked():
        return given()


# Sums


def dot(
    weights: Iterable[Value | Real],
    inputs: Iterable[Value | Real],
    bias: Value | Real | None = None,
) -> Value:
    """The weighted sum Σ weightsᵢ · inputsᵢ + bias, as a single node.

    The additions run in the order bias, first product, second product, and so on, as in

        z = bias
        for w, x in zip(weights, inputs): z = z + w * x

    and give the same bits. The parents are the weights, then the inputs, then the bias.

    Args:
        weights: Numbers or Values.
        inputs: As many numbers or Values.
        bias: A number, a Value, or None for no bias.

    Returns:
        The sum, recorded.

    Raises:
        ValueError: Where the lengths differ.
        TypeError: Where an operand is no number.

    Example:
        >>> w = [Value(2.0), Value(-1.0)]
        >>> z = dot(w, [3.0, 4.0], bias=0.5)
        >>> z.backward()
        >>> z.data, [v.grad for v in w]
        (2.5, [3.0, 4.0])
    """
    weights, inputs = as_items(weights, "the weights"), as_items(inputs, "the inputs")
    if len(weights) != len(inputs):
        raise ValueError(
            f"dot needs as many weights as inputs, but got {len(weights)} weights "
            f"and {len(inputs)} inputs"
        )
    return record(ops.DOT, (*weights, *inputs) if bias is None else (*weights, *inputs, bias))


def total(values: Iterable[Value | Real]) -> Value:
    """The sum of the values from left to right, as a single node; of none, 0.

    Args:
        values: Numbers or Values.

    Returns:
        The sum, recorded.

    Raises:
        TypeError: Where one of them is no number.

    Example:
        >>> x = Value(2.0)
        >>> y = total([x, x, 3.0])
        >>> y.backward()
        >>> y.data, x.grad
        (7.0, 2.0)
    """
    return record(ops.TOTAL, tuple(as_items(values, "the values")))


def prod(values: Iterable[Value | Real]) -> Value:
    """The product of the values from left to right, as a single node; of none, 1.

    Args:
        values: Numbers or Values.

    Returns:
        The product, recorded.

    Example:
        >>> x, y = Value(2.0), Value(0.0)
        >>> product = prod([x, y, 3.0])
        >>> product.backward()
        >>> product.data, y.grad
        (0.0, 6.0)
    """
    return record(ops.PROD, tuple(as_items(values, "the values")))


def norm(values: Iterable[Value | Real]) -> Value:
    """The Euclidean length √(Σ valuesᵢ²), as a single node; where it is 0, so are its slopes.

    Args:
        values: Numbers or Values.

    Returns:
        The length, recorded.

    Raises:
        OverflowError: Where it exceeds the largest float.

    Example:
        >>> norm([3.0, 4.0]).data
        5.0
    """
    return record(ops.NORM, tuple(as_items(values, "the values")))


def mean(values: Iterable[Value | Real]) -> Value:
    """The mean Σ valuesᵢ / n.

    Args:
        values: Numbers or Values, at least one.

    Returns:
        The mean, recorded.

    Raises:
        ValueError: Where there is none.

    Example:
        >>> mean([1.0, 2.0, 6.0]).data
        3.0
    """
    items = _at_least("mean", values, 1)
    return total(items) / len(items)


def var(values: Iterable[Value | Real], ddof: int = 0) -> Value:
    """The variance Σ (valuesᵢ - mean)² / (n - ddof), NumPy's.

    Args:
        values: Numbers or Values, more than `ddof` of them.
        ddof: 0 for the variance of these values, 1 for an estimate from a sample.

    Returns:
        The variance, recorded.

    Raises:
        ValueError: Where there are too few.

    Example:
        >>> var([1.0, 2.0, 6.0]).data, var([1.0, 3.0], ddof=1).data
        (4.666666666666667, 2.0)
    """
    deviations = _deviations("var", values, ddof)
    return dot(deviations, deviations) / (len(deviations) - ddof)


def std(values: Iterable[Value | Real], ddof: int = 0) -> Value:
    """The standard deviation, the root of `var`; where it is 0, so are its slopes.

    Args:
        values: Numbers or Values, more than `ddof` of them.
        ddof: 0 for the deviation of these values, 1 for an estimate from a sample.

    Returns:
        The standard deviation, recorded.

    Raises:
        ValueError: Where there are too few.

    Example:
        >>> std([1.0, 3.0]).data
        1.0
    """
    deviations = _deviations("std", values, ddof)
    return norm(deviations) / math.sqrt(len(deviations) - ddof)


def _deviations(name: str, values: Iterable[Value | Real], ddof: int) -> list[Value]:
    items = _at_least(name, values, ddof + 1)
    middle = mean(items)
    return [value - middle for value in items]


def _at_least(name: str, values: Iterable[Value | Real], n: int) -> list[Any]:
    items = list(as_items(values, "the values"))
    if len(items) < n:
        raise ValueError(f"{name} needs at least {n} values, but got {len(items)}")
    return items


def softmax(values: Iterable[Value | Real]) -> list[Value]:
    """The shares exp(valuesᵢ) / Σ exp(valuesⱼ), which add up to 1; nothing overflows.

    Args:
        values: Numbers or Values.

    Returns:
        As many Values.

    Raises:
        ValueError: As `log_sum_exp`.

    Example:
        >>> [round(share.data, 12) for share in softmax([1000.0, 1000.0])]
        [0.5, 0.5]
    """
    items = as_items(values, "the values")
    if not len(items):
        return []
    logarithm = log_sum_exp(items)
    return [(value - logarithm).exp() for value in items]


def log_sum_exp(values: Iterable[Value | Real]) -> Value:
    """log Σ exp(valuesᵢ), as a single node; its derivatives are the softmax of the values.

    It never overflows: the largest of the values is taken out of the sum.

    Args:
        values: Numbers or Values.

    Returns:
        The logarithm, recorded.

    Raises:
        ValueError: Where no value is above -inf, or one is inf.
        TypeError: Where one of them is no number.

    Example:
        >>> scores = [Value(1000.0), Value(1000.0)]
        >>> out = log_sum_exp(scores)
        >>> out.backward()
        >>> out.data, [score.grad for score in scores]
        (1000.6931471805599, [0.5, 0.5])
    """
    return record(ops.LOG_SUM_EXP, tuple(as_items(values, "the values")))
