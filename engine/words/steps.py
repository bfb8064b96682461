"""The two passes one step at a time, for whoever wants to watch them.

Forward, a step is a node: the operation that made it, and what came out. Backward, a step is an
edge: one contribution to the gradient of one parent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.naming import GivenNames, Named, callers_variables
from engine.primitive import Operation
from engine.reading import Edge, Reading
from engine.text import as_factor, number_text, one_line
from engine.value import Constant, Value
from engine.words.digits import (
    Side,
    in_a_row,
    is_exact,
    number_side,
    result_of,
    sum_of_products,
)

_SHOWN = 6  # the operands of a long sum that its line names


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One node of the forward pass; its text is a line such as `z = x * w = 2 * (−3) = −6`.

    Attributes:
        node: The Value.
        operation: The row of the operation that made it; None for a leaf.
        operands: The Values it was made of, in order.
        result: Its number.
        name: What the line calls it.
        operand_names: What the line calls the operands.
    """

    node: Value
    operation: Operation | None
    operands: tuple[Value, ...]
    result: float
    name: str
    operand_names: tuple[str, ...]

    def __str__(self) -> str:
        name, result = Side(one_line(self.name)), number_side(self.result)
        if self.operation is None:
            return in_a_row([name, result])
        numbers = [operand.data for operand in self.operands]
        called = [number_text(number) for number in numbers]
        given = zip(self.operand_names, called, numbers, strict=True)
        all_said = all(is_exact(number) for name, text, number in given if name == text)
        in_names = Side(call(self.operation, self.operand_names), exact=all_said)
        exact = all(map(is_exact, numbers))
        value = None if is_cut(self.operation, called) else result_of(self.operation, numbers)
        in_numbers = Side(call(self.operation, called), value, exact)
        if in_names.text == in_numbers.text:
            return in_a_row([name, in_numbers, result])
        return in_a_row([name, in_names, in_numbers, result])


def call(operation: Operation, operands: Sequence[str]) -> str:
    """The operation as one would type it, on operands that are already text."""
    if operation.notation:
        return operation.notation.format(*map(as_factor, operands))
    if is_cut(operation, operands):
        operands = [*operands[: _SHOWN - 2], "…", operands[-1]]
    return f"{operation.name}({', '.join(map(one_line, operands))})"


def is_cut(operation: Operation, operands: Sequence[object]) -> bool:
    """Whether there are too many operands to name them all."""
    return not operation.notation and len(operands) > _SHOWN


@dataclass(frozen=True, slots=True)
class BackwardStep(Edge):
    """One edge of the backward pass; its text is a line such as `w.grad += 2 × 0.5 = 1`.

    Attributes:
        node: The Value whose gradient is passed on.
        parent: The operand that it is passed on to.
        position: Which operand of the node that is, from 0; in `x * x` both are x.
        local_derivative: ∂node/∂parent at this position, as it was recorded.
        gradient: The gradient that arrived at the node, ∂output/∂node.
        contribution: local_derivative * gradient.
        before: The gradient of the parent before this step.
        after: That after it.
        parent_name: What the line calls the parent.
    """

    before: float
    after: float
    parent_name: str

    def __str__(self) -> str:
        return contribution_text(self, self.parent_name)


def contribution_text(edge: Edge, parent_name: str) -> str:
    """What passes along an edge, as a line: `w.grad += 2 × 0.5 = 1`."""
    factors = edge.local_derivative, edge.gradient
    product = Side(" × ".join(map(number_text, factors)), *sum_of_products([factors]))
    line = in_a_row([product, number_side(edge.contribution)])
    if isinstance(edge.parent, Constant):
        return f"{one_line(parent_name)} is a constant: {line} ends there"
    return f"{as_factor(parent_name)}.grad += {line}"


def forward_steps(
    output: Value, names: GivenNames = (), model: Named | None = None
) -> Iterator[ForwardStep]:
    """The nodes of the forward pass that was recorded, in the order of computation.

    Nothing is computed again and nothing changes.

    Args:
        output: The Value at its end; a leaf is a pass of one step.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them. The rest are
            called by their labels, and by the variables and models of the caller; False for labels
            and `model` alone.
        model: Whatever has such a method, where the caller holds it in no variable.

    Returns:
        An iterator over the steps.

    Raises:
        TypeError: For anything but a Value.

    Example:
        >>> x, w = Value(2.0, "x"), Value(-3.0, "w")
        >>> for step in forward_steps((x * w).tanh()):
        ...     print(step)
        x = 2
        w = −3
        v1 = x * w = 2 * (−3) = −6
        v2 = tanh(v1) = tanh(−6) ≈ −1
    """
    return forward_steps_of(Reading(output, names, model, callers_variables()))


def forward_steps_of(reading: Reading) -> Iterator[ForwardStep]:
    """The nodes of a graph that has been read, as `forward_steps` gives them."""
    called = reading.names
    for node in reading.order:
        operands = tuple([called[parent] for parent in node.parents])
        yield ForwardStep(node, node.op, node.parents, node.data, called[node], operands)


def backward_steps(
    output: Value, names: GivenNames = (), model: Named | None = None
) -> Iterator[BackwardStep]:
    """`output.backward()`, one contribution at a time: for each edge, parent.grad += contribution.

    This is the backward pass, not a report of one: run to its end, it leaves every gradient as
    `backward()` does, to the bit. Taking the first step sets the gradients of intermediate Values
    to 0 and that of the output to 1; leaves keep theirs, and what arrives is added. Each step has
    been carried out when it is given out: `parent.grad` is then `after`. Whoever stops midway has
    the gradients of midway; set those of the leaves to zero and call `backward()` to have them all.

    A leaf as output has no edge, so there is no step, but its gradient grows by 1 as with
    `backward()`.

    Args:
        output: The Value to differentiate.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them. The rest are
            called by their labels, and by the variables and models of the caller; False for labels
            and `model` alone.
        model: Whatever has such a method, where the caller holds it in no variable.

    Returns:
        An iterator over the steps.

    Raises:
        TypeError: For anything but a Value.

    Example:
        >>> x, w = Value(2.0, "x"), Value(-3.0, "w")
        >>> z = x * w
        >>> z.label = "z"
        >>> for step in backward_steps(z + x):
        ...     print(step)
        z.grad += 1 × 1 = 1
        x.grad += 1 × 1 = 1
        x.grad += −3 × 1 = −3
        w.grad += 2 × 1 = 2
        >>> x.grad, w.grad
        (-2.0, 2.0)
    """
    reading = Reading(output, names, model, callers_variables(), differentiate=True)
    return _carried_out(reading)


def _carried_out(reading: Reading) -> Iterator[BackwardStep]:
    """The steps, each carried out before it is given out, on the gradients of the Values."""
    for node in reading.order:
        if node.parents:
            node.grad = 0.0
    output = reading.output
    output.grad = 1.0 if output.parents else output.grad + 1.0
    for step in backward_steps_of(reading, {node: node.grad for node in reading.order}):
        step.parent.grad = step.after
        yield step


def backward_steps_of(
    reading: Reading, start: dict[Value, float] | None = None
) -> Iterator[BackwardStep]:
    """The edges of a graph that has been read, as the steps of a backward pass; nothing changes.

    Args:
        reading: A graph, read with `differentiate`.
        start: The gradients to add to; all 0 if None.
    """
    called = reading.names
    gradients = dict.fromkeys(reading.order, 0.0) if start is None else start
    for edge in reading.backward():
        before = gradients[edge.parent]
        gradients[edge.parent] = after = before + edge.contribution
        yield BackwardStep(
            edge.node,
            edge.parent,
            edge.position,
            edge.local_derivative,
            edge.gradient,
            edge.contribution,
            before,
            after,
            called[edge.parent],
        )
