"""What a textbook would call the Values between one of them and an output: x, w, b, z, a, L."""

from collections import Counter
from collections.abc import Sequence

from engine import ops
from engine.text import subscript
from engine.value import Constant, Value


def textbook_names(
    order: Sequence[Value],
    way: Sequence[Value],
    called: dict[Value, str],
    parts: dict[Value, dict[str, Value]],
) -> dict[Value, str]:
    """The names, with those that a textbook would use on the way from one Value to an output.

    order   the graph of the output, parents before children
    way     the part of it from the one to the other, in the same order
    called  the names that `node_names` gives
    parts   the neurons on the way, as `neurons` finds them

    Only names that were automatic change, and only to names that are free. The output is L. A
    weighted sum is z and its activation a: plainly for the neuron that the Value at the start
    belongs to or feeds alone, and z₁, a₁, z₂, a₂, … for the others, in the order of computation. A
    leaf at the start is w or b where that sum has it as a weight or as the bias, else x. Where
    several Values have one name, each is told apart by its automatic one, as in x[v3].
    """
    start, output = way[0], way[-1]
    automatic = {node for i, node in enumerate(order) if called[node] == f"v{i}" != node.label}
    taken = set(called.values())
    changed: dict[Value, str] = {}

    def rename(node: Value, name: str) -> None:
        if node in automatic and node not in changed and name not in taken:
            changed[node] = name

    nearest = _nearest(way, parts)
    rename(output, "L")
    if start.op is None:
        rename(start, _role(way, nearest))
    index = 0
    for weighted_sum, members in parts.items():
        others = taken - {called[node] for node in members.values()}
        suffix = ""
        if (len(parts) > 1 and weighted_sum is not nearest) or others & {"z", "a"}:
            index += 1
            while others & {f"z{subscript(index)}", f"a{subscript(index)}"}:
                index += 1
            suffix = subscript(index)
        for letter, node in members.items():
            rename(node, letter + suffix)
    renamed = called | changed
    counts = Counter(name for node, name in renamed.items() if not isinstance(node, Constant))
    return {
        node: f"{name}[v{i}]" if counts[name] > 1 and not isinstance(node, Constant) else name
        for i, (node, name) in enumerate(renamed.items())
    }


def neurons(order: Sequence[Value], way: Sequence[Value]) -> dict[Value, dict[str, Value]]:
    """By its weighted sum, what of a neuron is on the way: {"z": the sum, "a": its activation}.

    A weighted sum is a `dot`, or additions that have a product or a `dot` in them; its activation
    is a function of it alone. Additions without an activation are not a neuron.
    """
    weighted: set[Value] = set()
    in_a_sum: set[Value] = set()
    for node in order:
        if node.op is ops.DOT or (
            node.op in (ops.ADD, ops.TOTAL)
            and any(parent.op is ops.MUL or parent in weighted for parent in node.parents)
        ):
            weighted.add(node)
            if node.op is not ops.DOT:
                in_a_sum.update(node.parents)
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


def _nearest(way: Sequence[Value], parts: dict[Value, dict[str, Value]]) -> Value | None:
    """The neuron that the start of the way is in, or that it leads to without a fork."""
    consumers: dict[Value, list[Value]] = {node: [] for node in way}
    for node in way[1:]:
        for parent in node.parents:
            if parent in consumers:
                consumers[parent].append(node)
    node = way[0]
    for weighted_sum, members in parts.items():
        if node in members.values():
            return weighted_sum
    while len(consumers[node]) == 1:
        (node,) = consumers[node]
        if node in parts:
            return node
    return None


def _role(way: Sequence[Value], nearest: Value | None) -> str:
    """What the leaf at the start is in a weighted sum: w a weight, b the bias; x elsewhere."""
    leaf = way[0]
    for consumer in way[1:]:
        if leaf in consumer.parents:
            if consumer.op is ops.DOT:
                n = len(consumer.parents) // 2
                position = consumer.parents.index(leaf)
                return "w" if position < n else "x" if position < 2 * n else "b"
            if nearest is not None and consumer.op in (ops.MUL, ops.ADD, ops.TOTAL):
                return "w" if consumer.op is ops.MUL else "b"
            break
    return "x"
