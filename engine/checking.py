"""What to do when a derivative looks wrong: compare it with differences, find where nan began.

A central difference knows nothing of the rules, so it is evidence where they might be wrong.
"""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from engine.graph import topological_order
from engine.numbers import Real
from engine.reading import Reading
from engine.text import one_line, short
from engine.value import Value, as_value


class GradcheckError(AssertionError):
    """The recorded derivatives and the central differences part."""


@dataclass(frozen=True, slots=True)
class GradcheckRow:
    """One input of a function that was checked.

    Attributes:
        name: Its label, or its place among the inputs.
        data: Its number.
        recorded: The derivative by the engine.
        difference: The derivative by differences.
        agrees: Whether the two part by no more than they may, or the first lies between the slopes
            on both sides of a kink.
        kink: Those slopes, on the left and on the right; None where there is no kink.
    """

    name: str
    data: float
    recorded: float
    difference: float
    agrees: bool
    kink: tuple[float, float] | None = None

    def __str__(self) -> str:
        line = (
            f"{self.name:<16} {self.data:>12.6g} {self.recorded:>24.16g} {self.difference:>24.16g}"
        )
        if self.kink is not None:
            left, right = self.kink
            line += f"  (a kink: the slope is {left:.6g} on the left, {right:.6g} on the right)"
        return line if self.agrees else f"{line}  <- they part"


@dataclass(frozen=True, slots=True)
class GradcheckReport:
    """What `gradcheck` found, whose text is a table.

    Attributes:
        rows: One for each input.
    """

    rows: tuple[GradcheckRow, ...]

    @property
    def agrees(self) -> bool:
        """Whether every row agrees."""
        return all(row.agrees for row in self.rows)

    def __str__(self) -> str:
        head = f"{'input':<16} {'at':>12} {'engine':>24} {'differences':>24}"
        return "\n".join([head, *map(str, self.rows)])


def gradcheck(
    function: Callable[..., Value],
    inputs: Sequence[Value | Real],
    eps: float | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-6,
) -> GradcheckReport:
    """Compare the derivatives that the engine records with central differences.

    The data and the gradients of leaves are afterwards what they were.

    Args:
        function: Called as function(*inputs), with a Value for each input; it returns a Value.
        inputs: Numbers, or leaves: the function may also use leaves without naming its arguments,
            as in `gradcheck(lambda *_: loss(model), model.parameters())`.
        eps: Half the distance of the two points: (f(x + eps) - f(x - eps)) / (2 eps). If None, it
            is chosen by the size of each number, and again, smaller or larger, where the two part
            or the function is not defined beside it.
        rtol: The two may part by rtol times the larger of them, in absolute value,
        atol: or by this much.

    Returns:
        A report whose text names each input with both derivatives.

    Raises:
        GradcheckError: Where they part, with the same text.
        TypeError: Where an input is no number, or the function returns no Value.
        ValueError: Where an input is no leaf, or eps does not move it.

    Example:
        >>> print(gradcheck(lambda x, y: x * y.tanh(), [2.0, Value(0.5, "y")]))
        input                      at                   engine              differences
        input 0                     2       0.4621171572600097        0.462117157260939
        y                         0.5        1.572895465931855        1.572895465956723

    Source:
        Of the formula and the size of eps: Nocedal & Wright, Numerical Optimization (2006), 8.1.
    """
    leaves = [x if isinstance(x, Value) else Value(x) for x in inputs]
    for leaf in leaves:
        if leaf.op is not None:
            raise ValueError(
                f"gradcheck moves its inputs, so they must be leaves, but got {leaf!r}"
            )
    slopes = Reading(_evaluate(function, leaves), differentiate=True).gradients
    rows = []
    for i, leaf in enumerate(leaves):
        along = _Along(function, leaves, leaf, guarded=eps is None)
        recorded, agree = slopes.get(leaf, 0.0), partial(math.isclose, rel_tol=rtol, abs_tol=atol)
        step = _first_step(leaf) if eps is None else eps
        difference = along.central(step)
        kink = None
        if eps is None:
            if not agree(recorded, difference):
                difference = along.extrapolated()
            if not (agree(recorded, difference) and _near(*along.sides(step))):
                kink = along.kink()
        between = kink is not None and (
            min(kink) <= recorded <= max(kink) or any(agree(recorded, slope) for slope in kink)
        )
        agrees = between or agree(recorded, difference)
        name = one_line(leaf.label) or f"input {i}"
        rows.append(GradcheckRow(name, leaf.data, recorded, difference, agrees, kink))
    report = GradcheckReport(tuple(rows))
    if not report.agrees:
        raise GradcheckError(str(report))
    return report


def _evaluate(function: Callable[..., Value], leaves: Sequence[Value]) -> Value:
    return as_value(function(*leaves), "what the function of gradcheck returns")


def _first_step(leaf: Value) -> float:
    """The cube root of the rounding, relative to the number, where a central difference is best."""
    step = _CUBE_ROOT * (abs(leaf.data) or 1.0)
    return max(step, math.ulp(leaf.data))  # which is above it for a subnormal number


_CUBE_ROOT: float = sys.float_info.epsilon ** (1.0 / 3.0)


class _Along:
    """A function of several leaves, along one of them; guarded, it is nan where it is undefined."""

    def __init__(
        self, function: Callable[..., Value], leaves: Sequence[Value], leaf: Value, guarded: bool
    ) -> None:
        self._function = function
        self._leaves = leaves
        self._leaf = leaf
        self._undefined = (ValueError, ArithmeticError) if guarded else ()

    def at(self, number: float) -> float:
        """The output there."""
        data = self._leaf.data
        try:
            self._leaf.data = number
            output: float = _evaluate(self._function, self._leaves).data
        except self._undefined:
            return math.nan
        finally:
            self._leaf.data = data
        return output

    def central(self, step: float) -> float:
        """The central difference with that step."""
        data = self._leaf.data
        left, right = data - step, data + step
        if not left < right and data == data:
            raise ValueError(
                "gradcheck needs an eps above 0 that moves its inputs, but got "
                f"{step!r} for {self._leaf!r}"
            )
        return (self.at(right) - self.at(left)) / (right - left)

    def extrapolated(self) -> float:
        """The central difference without its first error, with the step that seems the best one.

        That is where it moves least from one step to the next and rounding counts least.

        Source:
            Richardson (1911); Ridders, Accurate computation of F'(x) and F'(x) F''(x) (1982).
        """
        size = abs(self._leaf.data)
        steps = {scale * 10.0**-k for scale in (size, 1.0) for k in range(1, 15)}
        rounding = sys.float_info.epsilon * abs(self.at(self._leaf.data))
        best, least, before = math.nan, math.inf, math.nan
        for step in sorted(steps, reverse=True):
            if self._leaf.data + step / 2.0 == self._leaf.data:
                break
            found = (4.0 * self.central(step / 2.0) - self.central(step)) / 3.0
            error = abs(found - before) + rounding / step
            if error < least:
                best, least = found, error
            before = found
        return best

    def sides(self, step: float) -> tuple[float, float]:
        """The slopes on the left and on the right."""
        data, step = self._leaf.data, max(step, math.ulp(self._leaf.data))
        left, right, here = data - step, data + step, self.at(data)
        return (here - self.at(left)) / (data - left), (self.at(right) - here) / (right - data)

    def kink(self) -> tuple[float, float] | None:
        """The slopes on the left and on the right, where they part and each stays what it is."""
        far, near = (self.sides(k * _first_step(self._leaf)) for k in (1.0, 0.1))
        stay = _near(far[0], near[0]) and _near(far[1], near[1])
        return near if stay and not _near(*near) else None


_near = partial(math.isclose, rel_tol=1e-2, abs_tol=1e-6)


_MOST_OPERANDS = 6  # that a message lists: a sum over the rows has one for each


@dataclass(frozen=True, slots=True)
class NonFinite:
    """The first node that is not finite, whose text says how it came about.

    Attributes:
        node: The Value; of a slope, the one that the operation made.
        what: Which number of it is not finite, "data", "grad" or "slope".
        operand: Of a slope, the operand whose gradient it made infinite or nan; else None.
    """

    node: Value
    what: str
    operand: Value | None = None

    def __str__(self) -> str:
        node = self.node
        if self.operand is not None and node.op is not None:
            slope = node.partials[node.parents.index(self.operand)]
            name = f" of {short(self.operand.label)}" if self.operand.label else ""
            text = f"the slope of {node.op.name!r} is {slope!r}, so the grad{name} is "
            text += f"{self.operand.grad!r}"
        else:
            name = f" of {short(node.label)}" if node.label else ""
            text = f"the {self.what}{name} is {getattr(node, self.what)!r}"
        if node.op is None:
            return f"{text}; it is a leaf"
        operands = ", ".join(
            f"{parent.data!r}" + (f" ({short(parent.label)})" if parent.label else "")
            for parent in node.parents[:_MOST_OPERANDS]
        )
        if (more := len(node.parents) - _MOST_OPERANDS) > 0:
            operands += f" and {more} more"
        return f"{text}; it was made by {node.op.name!r} of {operands}"


def find_nonfinite(output: Value) -> NonFinite | None:
    """The first node, in the order of computation, whose data or gradient is inf or nan.

    The data of the whole graph is looked at before the gradients. A gradient goes wrong on its way
    from the output, so of those it is the first that `backward` reached; where an operation's slope
    is infinite there, it is that operation.

    Args:
        output: A Value.

    Returns:
        The Value with what of it is not finite; None where all is well.

    Raises:
        TypeError: Where the output is no Value.

    Example:
        >>> x = Value(1e200, "x")
        >>> y = (x * x - 1.0).tanh()
        >>> print(find_nonfinite(y))
        the data is inf; it was made by 'mul' of 1e+200 ('x'), 1e+200 ('x')
    """
    order = topological_order(as_value(output, "output"))
    for node in order:
        if not math.isfinite(node.data):
            return NonFinite(node, "data")
    for i, node in reversed(list(enumerate(order))):
        if not math.isfinite(node.grad):
            for user in order[i + 1 :]:
                for parent, slope in zip(user.parents, user.partials, strict=True):
                    if parent is node and not math.isfinite(slope):
                        return NonFinite(user, "slope", node)
            return NonFinite(node, "grad")
    return None
