"""What a learner asks of a neuron or a layer that was folded: z, a, ∂L/∂a, weights, steps."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from engine.drawing.folding import Box
from engine.reading import Reading
from engine.value import Value

Matrix = list[list[Value | None]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is inside of the box of a neuron or a layer.

    Attributes:
        z: The weighted sums that an activation was applied to; none where it is linear.
        a: What comes out, of every row and every step.
        parameters: Its parameters.
        weights: Those of them that make the largest matrix, a row a neuron, a column an input.
    """

    z: list[Value]
    a: list[Value]
    parameters: list[Value]
    weights: Matrix


def facts(reading: Reading, box: Box) -> Facts | None:
    """The facts of a box; None where it is no neuron and no layer."""
    if box.path is None:
        return None
    inside = set(box.members)
    a = [node for step in box.steps or [box.members] for node in _outputs(coming_out(step), inside)]
    z = [
        node.parents[0]
        for node in a
        if len(node.parents) == 1 and node.parents[0] in inside and node.parents[0].op is not None
    ]
    parameters = [node for node in box.members if node in reading.given and node.op is None]
    if not a:
        return None
    return Facts(z if len(z) == len(a) else [], a, parameters, _matrix(reading, parameters))


def _outputs(results: Sequence[Value], inside: Collection[Value]) -> list[Value]:
    """The outputs among what comes out: of that which a loss took apart, what it came from."""
    made_of = Counter(parent for node in results for parent in node.parents if parent.op)
    outputs = []
    for node in results:
        (parent, *others) = node.parents
        written = node.op is not None and node.op.notation  # such as a minus
        if parent in inside and parent.op and not others and (written or made_of[parent] > 1):
            node = parent
        outputs.append(node)
    return list(dict.fromkeys(outputs))


def coming_out(members: Sequence[Value]) -> list[Value]:
    """The results that nothing else among them uses."""
    used = {parent for node in members for parent in node.parents}
    return [node for node in members if node.op is not None and node not in used]


def _matrix(reading: Reading, parameters: Sequence[Value]) -> Matrix:
    """The largest matrix of those that the indices in the names of the parameters tell."""
    found: dict[str, dict[tuple[int, int], Value]] = {}
    for node in parameters:
        name = reading.given[node]
        indices = [int(index) for index in re.findall(r"(?<=\.)\d+(?=\.|$)", name)]
        if not re.search(r"\.\d+$", name):
            continue  # a bias
        row = indices[-2] if len(indices) > 1 else 0
        found.setdefault(re.sub(r"\.\d+(?=\.|$)", "", name), {})[row, indices[-1]] = node
    if not found:
        return []
    cells = max(found.values(), key=len)
    rows, columns = (sorted({at[axis] for at in cells}) for axis in (0, 1))
    return [[cells.get((row, column)) for column in columns] for row in rows]
