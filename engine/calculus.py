"""The two walks from which derivatives come, on any numbers, and derivatives as Values.

`replay` runs the recorded operations again, forward, on other numbers; `chain_rule` carries
adjoints backward. An adjoint is the derivative of the output with respect to a node.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite

from engine.collector import collector_paused
from engine.dual import Dual, next_level, parts
from engine.functions import Number, is_true, maximum, through
from engine.graph import descendants, topological_order
from engine.numbers import as_float
from engine.ops import WHERE
from engine.primitive import Operation
from engine.value import (
    Constant,
    Value,
    as_value,
    as_values,
    branch,
    is_branching,
    unchecked,
)


def replay(
    order: Iterable[Value],
    leaf: Callable[[Value], Number],
    known: Mapping[Value, Number] | None = None,
) -> tuple[dict[Value, Number], dict[Value, tuple[Number, ...]]]:
    """Run the operations of a graph again, on the numbers that `leaf` gives for its leaves.

    Args:
        order: The nodes, parents before children, as `topological_order` gives them.
        leaf: Gives the number to use for each leaf.
        known: Numbers of nodes that are not to be calculated: there the graph is cut.

    Returns:
        The number of every node, and the local derivatives of every node that an operation made.

    Example:
        >>> from fractions import Fraction
        >>> x = Value(0.1)
        >>> square = x * x
        >>> numbers, partials = replay(topological_order(square), lambda leaf: Fraction(1, 10))
        >>> numbers[square], partials[square]
        (Fraction(1, 100), (Fraction(1, 10), Fraction(1, 10)))
    """
    numbers = dict(known or {})
    partials: dict[Value, tuple[Number, ...]] = {}
    for node in order:
        if node in numbers:
            continue
        if node.op is None:
            numbers[node] = leaf(node)
        else:
            operands = [numbers[parent] for parent in node.parents]
            numbers[node], partials[node] = node.op.rule(*operands)
    return numbers, partials


def chain_rule(
    order: Sequence[Value],
    partials: Mapping[Value, Sequence[Number]] | None,
    seed: Mapping[Value, Number],
) -> dict[Value, Number]:
    """Carry adjoints backward: adjoint[parent] += adjoint[node] * partial, for every edge.

    Args:
        order: The nodes, parents before children.
        partials: The local derivatives of the nodes to pass through, one for each parent; None for
            those that were recorded, of all nodes. Then the seeds are floats.
        seed: The adjoints to begin with, {output: 1.0} for a derivative.

    Returns:
        The adjoint of every node that is reached; on another one the output does not depend.

    Example:
        >>> x, y = Value(2.0), Value(3.0)
        >>> z = x * y
        >>> adjoints = chain_rule([x, y, z], None, {z: 1.0})
        >>> adjoints[x], adjoints[y]
        (3.0, 2.0)
    """
    adjoints = dict(seed)
    reached: dict[Value, Number] = dict.fromkeys(seed, 1.0) if partials and is_branching() else {}
    for node in reversed(order):
        local = node.partials if partials is None else partials.get(node)
        if not local or node not in adjoints:
            continue
        adjoint = adjoints[node]
        if partials is None:
            for parent, partial in zip(node.parents, local, strict=True):
                adjoints[parent] = adjoints.get(parent, 0.0) + adjoint * partial
        else:
            is_one = isinstance(adjoint, float) and adjoint == 1.0
            branches = node.op is not None and node.op.branches
            here = reached.get(node, 1.0)
            for i, (parent, partial) in enumerate(zip(node.parents, local, strict=True)):
                # a product with the plain number 1 is left out, for it might be recorded
                if isinstance(partial, float) and partial == 1.0:
                    contribution = adjoint
                elif is_one and not isinstance(partial, float):
                    contribution = partial
                elif branches:
                    contribution = through(partial, adjoint)
                else:
                    contribution = adjoint * partial
                if reached:
                    plain = isinstance(partial, float) and isfinite(partial)
                    if not (plain or is_surely(here)):  # 0 times inf, where no branch leads here
                        contribution = through(here, contribution)
                    reached[parent] = reach(node, i, partial, here, reached.get(parent))
                if parent in adjoints:
                    adjoints[parent] = adjoints[parent] + contribution
                else:
                    adjoints[parent] = contribution
    return adjoints


def reach(node: Value, i: int, partial: Number, here: Number, known: Number | None) -> Number:
    """Say whether an operand is used by branches that are taken, 1 or 0.

    Args:
        node: What it is an operand of.
        i: Its place there.
        partial: The local derivative of the node in it.
        here: Whether the node is used.
        known: What is known of the operand from other nodes, if anything.
    """
    if is_surely(known):
        return known
    if branch(node, i):
        here = through(partial if node.op is WHERE else is_true(partial), here)
    return here if known is None or is_surely(here) else maximum(known, here)


def is_surely(number: Number) -> bool:
    """Whether it is 1 in every row."""
    return isinstance(number, float) and number == 1.0


@collector_paused()
def gradient(output: Value, inputs: Sequence[Value]) -> list[Value]:
    """The derivatives of the output with respect to the inputs, as Values to differentiate again.

    Args:
        output: A Value.
        inputs: Values, leaves or intermediate ones.

    Returns:
        One Value for each input, 0 where the output does not depend on it. Every `.grad` stays as
        it is.

    Raises:
        TypeError: Where `output` is no Value, or `inputs` no sequence of them.
        ValueError: Where data has changed since the output was computed, and it matters: the
            recorded derivative can no longer be calculated from it.

    Example:
        >>> x = Value(2.0)
        >>> (slope,) = gradient(x**3, [x])
        >>> (curvature,) = gradient(slope, [x])
        >>> slope.data, curvature.data, x.grad
        (12.0, 12.0, 0.0)
    """
    inputs = as_values(inputs, "inputs")
    output = as_value(output, "output")
    order = topological_order(output)
    depends = descendants(order, inputs)
    way = [node for node in order if node in depends]
    with unchecked():  # of a branch that was not taken
        partials = {
            node: _recorded_partials(node, node.op)
            for node in way
            if node.op is not None and not depends.isdisjoint(node.parents)
        }
    adjoints = chain_rule(way, partials, {output: 1.0})
    derivatives = [adjoints.get(value, 0.0) for value in inputs]
    return [d if isinstance(d, Value) else Constant(d) for d in derivatives]


def _recorded_partials(node: Value, op: Operation) -> tuple[Number, ...]:
    """The local derivatives of a node as Values: its rule, run on the parents themselves."""
    _, partials = op.rule(*node.parents)
    _refuse_changes(node, [float(partial) for partial in partials])
    return partials


def _refuse_changes(node: Value, now: Sequence[float]) -> None:
    """Raise where local derivatives are no longer those that were recorded."""
    for partial, stored, parent in zip(now, node.partials, node.parents, strict=True):
        if partial != stored and stored == stored:
            raise ValueError(
                f"the operands of {node!r} have changed since it was computed: a derivative "
                f"is {partial!r} now and was {stored!r} then, in {parent!r}; compute the "
                "output again, or read the gradients that backward() gives"
            )


@collector_paused()
def jacobian(outputs: Sequence[Value], inputs: Sequence[Value]) -> list[list[Value]]:
    """The derivatives of every output with respect to every input: a row for each output.

    Args:
        outputs: Values.
        inputs: Values, leaves or intermediate ones.

    Returns:
        In row i, column j ∂outputs[i] / ∂inputs[j], a Value to differentiate again.

    Raises:
        TypeError: Where `outputs` or `inputs` is no sequence of Values.
        ValueError: As `gradient`.

    Example:
        >>> x, y = Value(2.0), Value(3.0)
        >>> [[d.data for d in row] for row in jacobian([x * y, x + y], [x, y])]
        [[3.0, 2.0], [1.0, 1.0]]
    """
    return [gradient(output, inputs) for output in as_values(outputs, "outputs")]


@collector_paused()
def hessian(output: Value, inputs: Sequence[Value]) -> list[list[Value]]:
    """The second derivatives of the output.

    Args:
        output: A Value.
        inputs: Values, leaves or intermediate ones.

    Returns:
        In row i, column j ∂²output / ∂inputs[i] ∂inputs[j], a Value to differentiate again.

    Raises:
        TypeError: Where `output` is no Value, or `inputs` no sequence of them.
        ValueError: As `gradient`.

    Example:
        >>> x, y = Value(2.0), Value(3.0)
        >>> [[d.data for d in row] for row in hessian(x * x * y, [x, y])]
        [[6.0, 4.0], [4.0, 0.0]]
    """
    return jacobian(gradient(output, inputs), inputs)


# Forward mode


def jvp(output: Value, inputs: Sequence[Value], tangents: Sequence[float]) -> float:
    """How fast the output changes where the inputs change so fast: Σ ∂output/∂inputᵢ · tangentᵢ.

    One walk forward, along the derivatives that were recorded.

    Args:
        output: A Value.
        inputs: Values, leaves or intermediate ones.
        tangents: A plain number for each input.

    Returns:
        The derivative in that direction, a float. Every `.grad` stays as it is.

    Raises:
        TypeError: Where `output` is no Value, or `inputs` no sequence of them.
        ValueError: Where there are not as many tangents as inputs.

    Example:
        >>> x, y = Value(2.0), Value(3.0)
        >>> jvp(x * x * y, [x, y], [1.0, 0.5])
        14.0
    """
    changes = _directions(as_values(inputs, "inputs"), tangents, "tangents")
    output = as_value(output, "output")
    for node in topological_order(output):
        if node not in changes:
            out = 0.0
            for parent, partial in zip(node.parents, node.partials, strict=True):
                if parent in changes and changes[parent] != 0.0:
                    out += changes[parent] * partial
            changes[node] = out
    return changes[output]


def hvp(output: Value, inputs: Sequence[Value], vector: Sequence[float]) -> list[float]:
    """The Hessian times a vector, Σⱼ ∂²output/∂inputᵢ∂inputⱼ · vectorⱼ, without the Hessian.

    The chain rule, on dual numbers: the time of a gradient or two, however many inputs there are.

    Args:
        output: A Value.
        inputs: Values, leaves or intermediate ones.
        vector: A plain number for each input.

    Returns:
        A float for each input. Every `.grad` stays as it is.

    Raises:
        TypeError: Where `output` is no Value, or `inputs` no sequence of them.
        ValueError: Where the vector is not as long as the inputs, or data has changed, as
            `gradient`.

    Example:
        >>> x, y = Value(2.0), Value(3.0)
        >>> hvp(x * x * y, [x, y], [1.0, 0.0])
        [6.0, 4.0]

    Source: Pearlmutter (1994).
    """
    inputs = as_values(inputs, "inputs")
    output = as_value(output, "output")
    level = next_level()
    directions = _directions(inputs, vector, "numbers in the vector")
    order = topological_order(output)
    depends = descendants(order, inputs)
    way = [node for node in order if node in depends]
    known: dict[Value, Number] = {node: node.data for node in order if node not in depends}
    known |= {x: Dual(x.data, (direction,), level) for x, direction in directions.items()}
    with unchecked():  # of a branch that was not taken
        _, partials = replay(way, lambda leaf: leaf.data, known)
        for node, local in partials.items():
            _refuse_changes(node, [parts(partial, level, 1)[0] for partial in local])
        adjoints = chain_rule(way, partials, {output: 1.0})
        return [parts(adjoints.get(x, 0.0), level, 1)[1][0] for x in inputs]


def _directions(inputs: Sequence[Value], numbers: Sequence[float], what: str) -> dict[Value, float]:
    """The change of each input; of one that stands twice, the sum."""
    if len(numbers) != len(inputs):
        raise ValueError(f"there are {len(inputs)} inputs, but {len(numbers)} {what}")
    changes: dict[Value, float] = {}
    for x, number in zip(inputs, numbers, strict=True):
        changes[x] = changes.get(x, 0.0) + as_float(number, f"each of the {what}")
    return changes
