"""The two passes one step at a time, for whoever wants to watch them.

Forward, a step is a node: the operation that made it, and what came out. Backward, a step is an
edge: one contribution to the gradient of one parent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.graph import topological_order
from engine.naming import Named, as_factor, node_names, number_text, one_line
from engine.ops import Operation
from engine.value import Value

_SHOWN = 6  # the operands of a long sum that its line names


@dataclass(frozen=True, slots=True)
class ForwardStep:
    """One node of the forward pass; its text is a line such as `z = x * w = 2 * (−3) = −6`.

    node           the Value
    operation      the row of the operation that made it; None for a leaf
    operands       the Values it was made of, in order
    result         its number
    name           what the line calls it
    operand_names  what the line calls the operands
    """

    node: Value
    operation: Operation | None
    operands: tuple[Value, ...]
    result: float
    name: str
    operand_names: tuple[str, ...]

    def __str__(self) -> str:
        name, result = one_line(self.name), number_text(self.result)
        if self.operation is None:
            return name if name == result else f"{name} = {result}"
        in_names = _call(self.operation, self.operand_names)
        in_numbers = _call(self.operation, [number_text(v.data) for v in self.operands])
        between = "" if in_numbers == in_names else f" = {in_numbers}"
        return f"{name} = {in_names}{between} = {result}"


def _call(operation: Operation, operands: Sequence[str]) -> str:
    """The operation as one would type it, on operands that are already text."""
    if operation.notation:
        return operation.notation.format(*map(as_factor, operands))
    if len(operands) > _SHOWN:
        operands = [*operands[: _SHOWN - 2], "…", operands[-1]]
    return f"{operation.name}({', '.join(map(one_line, operands))})"


@dataclass(frozen=True, slots=True)
class BackwardStep:
    """One edge of the backward pass; its text is a line such as `w.grad += 2 × 0.5 = 1`.

    node              the Value whose gradient is passed on
    parent            the operand that it is passed on to
    position          which operand of the node that is, from 0; in `x * x` both are x
    local_derivative  ∂node/∂parent at this position, as it was recorded
    gradient          the gradient that arrived at the node, ∂output/∂node
    contribution      local_derivative * gradient
    before, after     the gradient of the parent before and after this step
    parent_name       what the line calls the parent
    """

    node: Value
    parent: Value
    position: int
    local_derivative: float
    gradient: float
    contribution: float
    before: float
    after: float
    parent_name: str

    def __str__(self) -> str:
        factor, gradient, contribution = map(
            number_text, (self.local_derivative, self.gradient, self.contribution)
        )
        return f"{as_factor(self.parent_name)}.grad += {factor} × {gradient} = {contribution}"


def forward_steps(
    output: Value,
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
) -> Iterator[ForwardStep]:
    """The nodes of the forward pass that was recorded, in the order of computation.

    output  the Value at its end; a leaf is a pass of one step
    names   pairs of a name and a Value, as `model.named_parameters()` gives them
    model   whatever has such a method, instead of `names`

    Nothing is computed again and nothing changes. Anything but a Value is a TypeError.

    >>> x, w = Value(2.0, "x"), Value(-3.0, "w")
    >>> for step in forward_steps((x * w).tanh()):
    ...     print(step)
    x = 2
    w = −3
    v2 = x * w = 2 * (−3) = −6
    v3 = tanh(v2) = tanh(−6) = −1
    """
    order, called = _named_order(output, names, model)
    return (
        ForwardStep(
            node,
            node.op,
            node.parents,
            node.data,
            called[node],
            tuple([called[parent] for parent in node.parents]),
        )
        for node in order
    )


def backward_steps(
    output: Value,
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
) -> Iterator[BackwardStep]:
    """`output.backward()`, one contribution at a time: for each edge, parent.grad += contribution.

    output  the Value to differentiate
    names   pairs of a name and a Value, as `model.named_parameters()` gives them
    model   whatever has such a method, instead of `names`

    This is the backward pass, not a report of one: run to its end, it leaves every gradient as
    `backward()` does, to the bit. Taking the first step sets the gradients of intermediate Values
    to 0 and that of the output to 1; leaves keep theirs, and what arrives is added. Each step has
    been carried out when it is given out: `parent.grad` is then `after`. Whoever stops midway has
    the gradients of midway; set those of the leaves to zero and call `backward()` to have them all.

    A leaf as output has no edge, so there is no step, but its gradient grows by 1 as with
    `backward()`. Anything but a Value is a TypeError.

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
    order, called = _named_order(output, names, model)
    return _walk_backward(order, called)


def _walk_backward(order: list[Value], called: dict[Value, str]) -> Iterator[BackwardStep]:
    """The edges in the order of `Value.backward`, each carried out before it is given out."""
    for node in order:
        if node.parents:
            node.grad = 0.0
    output = order[-1]
    output.grad = 1.0 if output.parents else output.grad + 1.0
    for node in reversed(order):
        gradient = node.grad
        for position, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
            contribution = gradient * partial
            before = parent.grad
            parent.grad = after = before + contribution
            yield BackwardStep(
                node,
                parent,
                position,
                partial,
                gradient,
                contribution,
                before,
                after,
                called[parent],
            )


def _named_order(
    output: Value, names: Iterable[tuple[str, Value]], model: Named | None
) -> tuple[list[Value], dict[Value, str]]:
    if not isinstance(output, Value):
        raise TypeError(f"output must be a Value, but got the {type(output).__name__} {output!r}")
    order = topological_order(output)
    return order, node_names(order, names, model)
