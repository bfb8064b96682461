"""The table of what each step does in a picture, for the script of the page."""

import math

from engine.drawing.colors import fill
from engine.drawing.folding import Folding, Link, frames
from engine.drawing.sheet import Sheet, counted, spread
from engine.reading import Edge
from engine.text import number_text
from engine.value import Constant, Value
from engine.viewer.live import Json, live_picture, slope_places
from engine.words.steps import backward_steps_of, contribution_text, forward_steps_of

_MOST_STEPS = 2_000  # more are summed up, a step for each edge of the picture


def steps_table(sheet: Sheet) -> Json:
    """What the script needs to know of a picture, and what each step of both passes does in it."""
    folding, reading = sheet.folding, sheet.reading
    where = {node: i for i, box in enumerate(folding.boxes) for node in box.members}
    return {
        "output": where[reading.output],
        "edges": [[link.source, link.target] for link in folding.links],
        "paths": [box.path for box in folding.boxes],
        "frames": [
            {
                "parent": frame.parent,
                "boxes": frame.boxes,
                "lines": _summary(
                    sheet, frame.path, [folding.boxes[i].members[0] for i in frame.boxes]
                ),
            }
            for frame in frames(folding)
        ],
        "backward": {
            "start": f"{reading.names[reading.output]}.grad = 1",
            "steps": _backward(sheet, where),
        },
        "live": live_picture(sheet),
        "forward": {"start": "", "steps": _forward(sheet, where)},
    }


def _backward(sheet: Sheet, where: dict[Value, int]) -> list[Json]:
    folding, reading = sheet.folding, sheet.reading
    if sum(len(node.parents) for node in reading.order) > _MOST_STEPS:
        return _summed_up(sheet)
    edge_of = _edges_by_use(folding)
    arrived: dict[Value, float] = {}
    slopes = slope_places(reading)
    rows = []
    for step in backward_steps_of(reading):
        to = where[step.parent]
        edge = edge_of.get((step.node, step.position))
        row = {"line": str(step), "to": to, "edges": [] if edge is None else [edge]}
        uses = slopes[step.node] + step.position, reading.index[step.node]
        row["use"] = [*uses, reading.index[step.parent]]
        box = folding.boxes[to]
        if box.value is not None and step.parent in box.results:
            arrived[step.parent] = step.after
            after = math.fsum(arrived.get(node, 0.0) for node in box.results)
            scale = None if isinstance(step.parent, Constant) else sheet.scale
            row |= {"grad": number_text(after), "fill": fill(scale, after)}
        rows.append(row)
    return rows


def _edges_by_use(folding: Folding) -> dict[tuple[Value, int], int]:
    """The edge of the picture for an operand of a Value: by the Value and the operand's place."""
    return {
        (use.node, use.position): i for i, link in enumerate(folding.links) for use in link.uses
    }


def _summed_up(sheet: Sheet) -> list[Json]:
    """A step for each edge of the picture, when the last of its contributions has arrived."""
    index = sheet.reading.index
    last = [_last(link) for link in sheet.folding.links]
    in_order = sorted(range(len(last)), key=lambda i: (-index[last[i].node], last[i].position))
    rows = []
    for i in in_order:
        link = sheet.folding.links[i]
        if len(link.uses) == 1:
            line = contribution_text(last[i], sheet.reading.names[last[i].parent])
        else:
            largest = max(abs(use.contribution) for use in link.uses)
            line = (
                f"{sheet.name(link.source)} ← {sheet.name(link.target)}: {len(link.uses):,} "
                f"contributions, the largest {number_text(largest)}"
            )
        rows.append({"line": line, "to": link.source, "edges": [i]})
    return rows


def _last(link: Link) -> Edge:
    """The use that the backward pass comes to last: of the earliest node the last operand."""
    last = link.uses[0]
    for use in link.uses:
        if use.node is not last.node:
            break
        last = use
    return last


def _forward(sheet: Sheet, where: dict[Value, int]) -> list[Json]:
    folding, reading = sheet.folding, sheet.reading
    if len(reading.order) > _MOST_STEPS:
        return [
            {
                "line": f"{sheet.name(i)}: {len(box.members):,} values, {spread(box.members)}",
                "to": i,
                "edges": [],
            }
            for i, box in enumerate(folding.boxes)
        ]
    edge_of = _edges_by_use(folding)
    return [
        {
            "line": str(step),
            "to": where[step.node],
            "node": reading.index[step.node],
            "edges": [
                edge_of[step.node, place]
                for place in range(len(step.operands))
                if (step.node, place) in edge_of
            ],
        }
        for step in forward_steps_of(reading)
    ]


def _summary(sheet: Sheet, path: str, members: list[Value]) -> list[str]:
    """What a frame says while it is folded."""
    return [
        path,
        counted(len(members), "value"),
        f"data {spread(members)}",
        f"grad rms {number_text(sheet.root_mean_square_gradient(members), 3)}",
    ]
