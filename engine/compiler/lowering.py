"""From a recorded graph to a program: which registers are the outputs, and what is to be summed.

The rules and the chain rule are those of the eager engine, run on registers: `replay` forward,
`chain_rule` backward. What depends on the parameters alone, as a penalty on the weights does, is
calculated once a call and not once a row. The chain rule is linear in the adjoints, so it runs
twice: through the nodes that depend on an input, once a row, and then, from the totals over the
rows, through those that do not.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.calculus import chain_rule, is_surely, reach, replay
from engine.compiler.register import Program
from engine.functions import Number, through
from engine.graph import descendants
from engine.reading import Reading
from engine.value import Value, is_branching


@dataclass(frozen=True, slots=True)
class Graph:
    """What to compile: a graph that was read, and the part that its leaves play.

    Attributes:
        reading: The nodes, parents before children, their names, and which are the outputs.
        inputs: The leaves that have a number in each row.
        parameters: The leaves whose data is looked up at each call.
        constants: The numbers of all other leaves.
        seeds: What the derivative of each output counts.
    """

    reading: Reading
    inputs: Sequence[Value]
    parameters: Sequence[Value]
    constants: Mapping[Value, float]
    seeds: Sequence[float]


@dataclass(slots=True)
class Lowered:
    """A program, and what to do with its registers; registers and constants are operands.

    Attributes:
        program: The instructions.
        outputs: The operand of each output.
        n_forward: How many instructions the outputs and all local derivatives take; those behind
            them belong to the chain rule.
        sums: Pairs of a slot and an operand: add it up over the rows. The first slots are the
            derivatives that are wanted, in order.
        n_wanted: How many derivatives are wanted.
        n_sums: How many slots there are.
        additions: Pairs of a wanted derivative and an operand of stage 2, to add to it after the
            rows.
        suspects: A result and its operands, of operations that the eager engine may refuse: where
            the result is not finite, unless the operands are nan, all of them.
        numbers: The register of each node, for the names in a listing.
        adjoints: The register of each adjoint, for the same.
    """

    program: Program
    outputs: list[int]
    n_forward: int
    sums: list[tuple[int, int]] = field(default_factory=list)
    n_wanted: int = 0
    n_sums: int = 0
    additions: list[tuple[int, int]] = field(default_factory=list)
    suspects: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    numbers: Mapping[Value, Number] = field(default_factory=dict)
    adjoints: Mapping[Value, Number] = field(default_factory=dict)


def lower(
    graph: Graph, wanted: Sequence[Value] | None, *, whole: Collection[str] | None = None
) -> Lowered:
    """The program of a graph: its outputs and, summed over the rows, the wanted derivatives.

    Args:
        graph: What to compile.
        wanted: The parameters, or the parameters and the inputs; None for the outputs alone.
        whole: Of a program that is to be read, which names stay whole; then what depends on the
            parameters alone is not calculated once a call.

    Returns:
        The program, and what to do with it.
    """
    program = Program(whole=whole)
    leaves = {leaf: program.register(number) for leaf, number in graph.constants.items()}
    leaves |= {p: program.leaf("parameter", i) for i, p in enumerate(graph.parameters)}
    leaves |= {x: program.leaf("input", i) for i, x in enumerate(graph.inputs)}
    numbers, partials = replay(graph.reading.order, leaves.__getitem__)
    lowered = Lowered(
        program,
        [program.operand(numbers[output]) for output in graph.reading.outputs],
        n_forward=len(program.instructions),
        numbers=numbers,
    )
    if wanted is not None:
        _differentiate(lowered, graph, wanted, partials, read=whole is not None)
        lowered.suspects = list(_suspects(graph, program, numbers, partials))
    return lowered


def _differentiate(
    lowered: Lowered,
    graph: Graph,
    wanted: Sequence[Value],
    partials: Mapping[Value, tuple[Number, ...]],
    *,
    read: bool,
) -> None:
    """Run the chain rule, and note down what is to be summed."""
    program = lowered.program
    relevant = descendants(graph.reading.order, wanted)
    varying = set(graph.reading.order) if read else descendants(graph.reading.order, graph.inputs)
    seeds: dict[Value, float] = {}
    for output, seed in zip(graph.reading.outputs, graph.seeds, strict=True):
        if seed != 0.0:
            seeds[output] = seeds.get(output, 0.0) + seed

    in_rows = [node for node in graph.reading.order if node in relevant and node in varying]
    adjoints = chain_rule(in_rows, partials, seeds)
    slots = {leaf: i for i, leaf in enumerate(wanted)}
    totals: dict[Value, Number] = {}
    for node, adjoint in adjoints.items():
        if node in slots:
            lowered.sums.append((slots[node], program.operand(adjoint)))
        elif node in relevant and node not in varying:
            slot = len(wanted) + len(totals)
            lowered.sums.append((slot, program.operand(adjoint)))
            totals[node] = program.leaf("total", slot)
    lowered.n_wanted = len(wanted)
    lowered.n_sums = len(wanted) + len(totals)
    lowered.adjoints = adjoints

    if totals:
        once = [node for node in graph.reading.order if node in relevant and node not in varying]
        after = chain_rule(once, partials, totals)
        lowered.additions = [
            (slots[leaf], program.operand(after[leaf])) for leaf in wanted if leaf in after
        ]


def _suspects(
    graph: Graph,
    program: Program,
    numbers: Mapping[Value, Number],
    partials: Mapping[Value, tuple[Number, ...]],
) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Where the eager engine may raise: the result shows it, or with two operands a slope does.

    (-2) ** 3 with a Value as exponent has a result, but its slope in the exponent has none. A nan
    among the operands excuses none of the others: nan / 0 is refused.
    """
    reached = _reached(graph, partials) if is_branching() else {}
    for node in graph.reading.order:
        if node.op is not None and (node.op.requires or node.op.overflows):
            operands = [program.operand(numbers[parent]) for parent in node.parents]
            shows = (numbers[node], *(partials[node] if len(operands) > 1 else ()))
            if not is_surely(reached.get(node, 1.0)):  # where no row takes it, nothing is refused
                shows = tuple([through(reached[node], number) for number in shows])
            for place in map(program.operand, shows):
                if place >= 0 or not math.isfinite(program.constants[~place]):
                    yield place, tuple(x for x in operands if x >= 0)


def _reached(graph: Graph, partials: Mapping[Value, Sequence[Number]]) -> dict[Value, Number]:
    """For each node whether an output uses it, 1 or 0: a row may take one branch or another."""
    reached: dict[Value, Number] = dict.fromkeys(graph.reading.outputs, 1.0)
    for node in reversed(graph.reading.order):
        for i, parent in enumerate(node.parents if node in reached else ()):
            known = reached.get(parent)
            reached[parent] = reach(node, i, partials[node][i], reached[node], known)
    return reached
