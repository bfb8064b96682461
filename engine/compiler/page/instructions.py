"""A recorded graph as a table of instructions that JSON can carry, for the machine in a page.

The rules and the chain rule, run on registers, leave their arithmetic behind. A page that has the
table calculates the graph again for other numbers: the value of every node, the local derivative of
every edge, and every adjoint. No rule and no derivative is written down a second time.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from engine.calculus import chain_rule, replay
from engine.compiler.register import Program, operands
from engine.functions import Number
from engine.graph import topological_order
from engine.value import Constant, Value

Table: TypeAlias = dict[str, Any]
"""What JSON can carry, in terms of places in a list of numbers: the leaves, then the constants,
then what each instruction makes.

leaves      the numbers of the leaves, as they are now
constants   the other numbers that are given
names       of the instructions
code        three numbers for each instruction: that of its name, and the places of its two
            operands; the same twice where it has one
ends        of each part of the code, how many instructions it and the parts before it take
"""


def graph_table(
    output: Value, leaves: Sequence[Value] | None = None, nodes: Sequence[Value] | None = None
) -> Table:
    """The table of a graph, forward and backward.

    Args:
        output: The node that is differentiated.
        leaves: Those whose numbers may change; all that are no constants unless given.
        nodes: Those that the page asks for; all, parents before children, unless given.

    Returns:
        A table in three parts, each with a list of places:

        values      of the value of each node
        slopes      of the local derivative of each edge, node after node, in order of its parents
        adjoints    of ∂output/∂node, for each node

    Example:
        >>> x, w = Value(3.0, "x"), Value(2.0, "w")
        >>> graph_table(w * x)
        {'leaves': [2.0, 3.0], 'constants': [1.0], 'names': ['mul'], 'code': [0, 0, 1],
         'values': [0, 1, 3], 'slopes': [1, 0], 'adjoints': [1, 0, 2],
         'ends': {'values': 1, 'slopes': 1, 'adjoints': 1}}
    """
    order = topological_order(output, *(leaves or ()), *(nodes or ()))
    if leaves is None:
        leaves = [x for x in order if x.op is None and not isinstance(x, Constant)]
    if nodes is None:
        nodes = order
    program = Program()
    registers: dict[Value, Number] = {x: program.leaf("input", i) for i, x in enumerate(leaves)}
    values, partials = replay(order, lambda leaf: program.register(leaf.data), registers)
    adjoints = chain_rule(order, partials, {output: 1.0})
    parts = {
        "values": [values[node] for node in nodes],
        "slopes": [partial for node in nodes for partial in partials.get(node, ())],
        "adjoints": [adjoints.get(node, 0.0) for node in nodes],
    }
    return _table(program, [leaf.data for leaf in leaves], parts)


def rule_table(rule: Callable[..., Iterable[Number]], arguments: int) -> Table:
    """The table of a rule on numbers, such as an optimizer's step.

    Args:
        rule: Called with so many numbers, it returns new ones. It is plain arithmetic and
            `engine.functions`.
        arguments: How many numbers it takes.

    Returns:
        A table in one part, with the places of the new numbers as `values`.

    Example:
        >>> rule_table(lambda w, gradient, rate: (w - rate * gradient,), 3)
        {'leaves': [0.0, 0.0, 0.0], 'constants': [], 'names': ['mul', 'sub'],
         'code': [0, 2, 1, 1, 0, 3], 'values': [4], 'ends': {'values': 2}}
    """
    program = Program()
    new = list(rule(*(program.leaf("input", i) for i in range(arguments))))
    return _table(program, [0.0] * arguments, {"values": new})


def _table(program: Program, leaves: Sequence[float], parts: dict[str, list[Number]]) -> Table:
    """The table of a program whose first instructions are the leaves, in order of the parts."""
    wanted = {part: list(map(program.operand, numbers)) for part, numbers in parts.items()}
    first = len(leaves) + len(program.constants)
    places = {i: i for i in range(len(leaves))}
    places |= {~i: len(leaves) + i for i in range(len(program.constants))}
    names: dict[str, int] = {}
    code: list[int] = []
    ends = {}
    for part, roots in wanted.items():
        for i in _missing(program, roots, places):
            of = [places[x] for x in operands(program.instructions[i])]
            name = names.setdefault(program.instructions[i][0], len(names))
            places[i] = first + len(code) // 3
            code += (name, of[0], of[-1])
        ends[part] = len(code) // 3
    return {
        "leaves": list(map(_carried, leaves)),
        "constants": list(map(_carried, program.constants)),
        "names": list(names),
        "code": code,
        **{part: [places[x] for x in roots] for part, roots in wanted.items()},
        "ends": ends,
    }


def _missing(program: Program, roots: Iterable[int], places: Mapping[int, int]) -> list[int]:
    """What the roots need and has no place yet, in the order of writing."""
    missing: set[int] = set()
    stack = list(roots)
    while stack:
        x = stack.pop()
        if x not in places and x not in missing:
            missing.add(x)
            stack += operands(program.instructions[x])
    return sorted(missing)


def _carried(number: float) -> float | str:
    """A number as JSON can carry it; what is not finite as JavaScript reads it from a text."""
    if math.isfinite(number):
        return number
    return "NaN" if number != number else f"{'-' * (number < 0)}Infinity"
