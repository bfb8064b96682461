"""What a textbook would call the Values between one of them and an output: x, w, b, z, a, L."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from engine import ops
from engine.reading import Reading, automatic_name
from engine.text import subscript
from engine.value import Constant, Value


def textbook_names(
    reading: Reading,
    way: Sequence[Value],
    consumers: Callable[[Value], Sequence[Value]],
    parts: Mapping[Value, Mapping[str, Value]],
) -> dict[Value, str]:
    """The names that differ from those of the reading, for a way from one Value to an output.

    Only names that were automatic change, and only to names that are free. The output is L. A
    weighted sum is z and its activation a: plainly for the neuron that the Value at the start
    belongs to or feeds alone, and z₁, a₁, z₂, a₂, … for the others, in the order of computation. A
    leaf at the start is w or b where that sum has it as a weight or as the bias, else x. Where
    several Values have one name, each is told apart by its automatic one, as in x[v3].

    Args:
        reading: The graph of the output.
        way: The part of it from the one to the other, in the same order.
        consumers: Gives for a node of the way those on it that use it.
        parts: The neurons on the way, as `neurons` finds them.

    Returns:
        A name for each node that is called otherwise than in `reading.names`.
    """
    start, output = way[0], way[-1]
    names, unnamed = reading.names, reading.unnamed
    taken = {names[node] for node in reading.order if node not in unnamed}
    changed: dict[Value, str] = {}

    def rename(node: Value, name: str) -> None:
        if node in unnamed and node not in changed and name not in taken:
            changed[node] = name

    nearest = _nearest(start, consumers, parts)
    rename(output, "L")
    if start.op is None:
        rename(start, _role(start, consumers, nearest))
    index = 0
    for weighted_sum, members in parts.items():
        own = {names[node] for node in members.values()}
        suffix = ""
        if (len(parts) > 1 and weighted_sum is not nearest) or taken & ({"z", "a"} - own):
            index += 1
            while taken & ({f"z{subscript(index)}", f"a{subscript(index)}"} - own):
                index += 1
            suffix = subscript(index)
        for letter, node in members.items():
            rename(node, letter + suffix)
    return changed | _told_apart(reading, changed)


def _told_apart(reading: Reading, changed: Mapping[Value, str]) -> dict[Value, str]:
    """For the nodes that share a name, constants aside, that name with the automatic one."""
    names, unnamed = reading.names, reading.unnamed - changed.keys()
    called = {
        node: changed.get(node) or names[node]
        for node in reading.order
        if node not in unnamed and not isinstance(node, Constant)
    }
    counts = Counter(called.values())
    # an automatic name is shared only where a user gave it to another node
    called |= {node: names[node] for node in unnamed if names[node] in counts}
    counts = Counter(called.values())
    return {
        node: f"{name}[{automatic_name(reading.index[node])}]"
        for node, name in called.items()
        if counts[name] > 1
    }


def neurons(order: Sequence[Value], way: Sequence[Value]) -> dict[Value, dict[str, Value]]:
    """By its weighted sum, what of a neuron is on the way: {"z": the sum, "a": its activation}.

    A weighted sum is a `dot`, or additions that have a product or a `dot` in them; its activation
    is a function of it alone. Additions without an activation are not a neuron.

    Args:
        order: The graph of an output, parents before children.
        way: The part of it in which to look.
    """
    weighted: set[Value] = set()
    in_a_sum: set[Value] = set()
    for node in order:
        if node.op is ops.DOT:
            weighted.add(node)
        elif node.op is ops.ADD or node.op is ops.TOTAL:
            for parent in node.parents:
                if parent.op is ops.MUL or parent in weighted:
                    weighted.add(node)
                    in_a_sum.update(node.parents)
                    break
    found: dict[Value, dict[str, Value]] = {}
    for node in way:
        if node.op is ops.DOT and node not in in_a_sum:
            found.setdefault(node, {})["z"] = node
        if len(node.parents) == 1 and node.op is not None and not node.op.notation:
            (parent,) = node.parents
            if parent in weighted:
                members = found.setdefault(parent, {})
                members["z"] = parent
                members.setdefault("a", node)
    return found


def _nearest(
    start: Value,
    consumers: Callable[[Value], Sequence[Value]],
    parts: Mapping[Value, Mapping[str, Value]],
) -> Value | None:
    """The neuron that the start of the way is in, or that it leads to without a fork."""
    for weighted_sum, members in parts.items():
        if start in members.values():
            return weighted_sum
    node = start
    while len(consumers(node)) == 1:
        (node,) = consumers(node)
        if node in parts:
            return node
    return None


def _role(leaf: Value, consumers: Callable[[Value], Sequence[Value]], nearest: Value | None) -> str:
    """What the leaf at the start is in a weighted sum: w a weight, b the bias; x elsewhere."""
    for consumer in consumers(leaf)[:1]:
        if consumer.op is ops.DOT:
            n = len(consumer.parents) // 2
            position = consumer.parents.index(leaf)
            return "w" if position < n else "x" if position < 2 * n else "b"
        if nearest is not None and consumer.op in (ops.MUL, ops.ADD, ops.TOTAL):
            return "w" if consumer.op is ops.MUL else "b"
    return "x"
