"""What the page needs to calculate a graph again, and where in a picture each number stands.

A formula stands where Python has it: the graph is a table of instructions, a scale and its colours
are numbers from `engine.drawing.colors`, and a place is an index into the nodes of the reading.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from engine.compiler.page.instructions import graph_table
from engine.drawing.colors import palette
from engine.drawing.edges import THICKEST, THINNEST, passed_on
from engine.drawing.folding import Box, frames
from engine.drawing.sheet import Sheet, varying
from engine.reading import Reading
from engine.text import as_factor, one_line
from engine.thresholds import EXPLODING_ABOVE
from engine.value import Constant, Value
from engine.words.steps import call, is_cut

Json = dict[str, Any]


def live_graph(reading: Reading) -> Json:
    """The graph for the machine of the page: instructions, names, what may change, what learns."""
    leaves = [node for node in reading.order if node.op is None and not isinstance(node, Constant)]
    learning = [i for i, leaf in enumerate(leaves) if leaf in reading.given]
    return {
        "table": graph_table(reading.output, leaves, nodes=reading.order),
        "names": [reading.names[node] for node in reading.order],
        "factors": [as_factor(reading.names[node]) for node in reading.order],
        "heads": [_head(reading, node) for node in reading.order],
        "forms": [_form(node) for node in reading.order],
        "parents": [[reading.index[parent] for parent in node.parents] for node in reading.order],
        "constants": [i for i, x in enumerate(reading.order) if isinstance(x, Constant)],
        "leaves": [reading.index[leaf] for leaf in leaves],
        "learning": learning or list(range(len(leaves))),
        "output": reading.index[reading.output],
        "explodingAbove": EXPLODING_ABOVE,
        "palette": {**palette(), "widths": [THINNEST, THICKEST]},
    }


def _head(reading: Reading, node: Value) -> str:
    """What a step of the forward pass says before its numbers: `z = x * w`."""
    name = one_line(reading.names[node])
    if node.op is None:
        return name
    return f"{name} = {call(node.op, [reading.names[parent] for parent in node.parents])}"


def _form(node: Value) -> str:
    """The operation with a gap for each operand; nothing where there are too many to name."""
    if node.op is None or is_cut(node.op, node.parents):
        return ""
    gaps = ", ".join(f"{{{i}}}" for i in range(len(node.parents)))
    return node.op.notation or f"{node.op.name}({gaps})"


def live_picture(sheet: Sheet) -> Json:
    """Of each box and each edge of a picture the nodes and local derivatives that it shows."""
    index = sheet.reading.index
    slopes = slope_places(sheet.reading)
    scale = sheet.scale
    return {
        "scale": None if scale is None else [scale.smallest, scale.largest],
        "boxes": [
            {
                "leaf": index[box.value]
                if box.value and box.value.op is None and not isinstance(box.value, Constant)
                else None,
                "members": [index[node] for node in box.members],
                "colour": _colour(sheet, i, box, index),
                "rows": [
                    [label, what, [index[node] for node in nodes]]
                    for label, what, nodes in _rows(sheet, i, box)
                ],
            }
            for i, box in enumerate(sheet.folding.boxes)
        ],
        "frames": [
            [index[node] for node in varying([sheet.folding.boxes[i].members[0] for i in of.boxes])]
            for of in frames(sheet.folding)
        ],
        "edges": [
            {
                "uses": [[slopes[use.node] + use.position, index[use.node]] for use in link.uses],
                "summed": len(link.uses) == 1 or _is_same(sheet.folding.boxes[link.target]),
                "slope": [
                    slopes[node] + position
                    for node, position in passed_on(sheet.folding.boxes[link.target], link.uses[0])
                ],
            }
            for link in sheet.folding.links
        ],
    }


def slope_places(reading: Reading) -> dict[Value, int]:
    """Where the local derivatives of each node begin in the table's list of them."""
    places, place = {}, 0
    for node in reading.order:
        places[node] = place
        place += len(node.parents)
    return places


def _is_same(box: Box) -> bool:
    return box.what == "same" and not box.steps


def _colour(sheet: Sheet, i: int, box: Box, index: Any) -> Json:
    """The nodes whose gradients colour a box, and whether it is their sum or their size."""
    if box.value is not None:
        nodes = [] if isinstance(box.value, Constant) else box.results
        return {"sum": True, "nodes": [index[node] for node in nodes]}
    return {"sum": False, "nodes": [index[node] for node in varying(sheet.telling(i))]}


def _rows(sheet: Sheet, i: int, box: Box) -> Iterator[tuple[str, str, Sequence[Value]]]:
    """The numbers in a box: what stands before each, what it is of these Values, the Values."""
    if box.value is not None:
        if not isinstance(box.value, Constant):
            yield "data", "data", [box.value]
            yield "grad", "grad", box.results
        return
    if box.steps:
        return  # the numbers step by step are those that were recorded
    found = sheet.facts[i]
    if found is None:
        yield "data", "spread", varying(box.members)
        yield "grad rms", "rms", varying(sheet.telling(i))
        return
    if box.what == "neuron" and found.z:
        yield "z", "spread", found.z
    yield "a", "spread", found.a
    if box.what != "neuron":
        yield "∂L/∂w rms", "rms", varying(found.parameters) if found.parameters else ()
        return
    if len(found.a) == 1:
        yield "∂L/∂a", "one", found.a
    else:
        yield "∂L/∂a rms", "rms", varying(found.a)
    yield "w", "spread", [node for line in found.weights for node in line if node is not None]
