"""Writes a sheet down as a graph in the DOT language: boxes, edges, frames and a legend."""

from collections.abc import Iterable
from itertools import pairwise

import graphviz

from engine.drawing.boxes import node
from engine.drawing.colors import BLACK, GREY
from engine.drawing.edges import edge
from engine.drawing.folding import frames
from engine.drawing.legend import legend
from engine.drawing.markup import FONT, framed, within
from engine.drawing.sheet import Sheet

NODE_GAP = 13.0  # points between the boxes of a column
SMALLEST = 0.75  # how much smaller the picture may be drawn: type of 9 points has 9 pixels then
_CHEAPER = {"splines": "line", "nslimit": "1", "nslimit1": "1", "mclimit": "0.1"}


def diagram(
    sheet: Sheet, notes: Iterable[str] = (), page: tuple[float, float] | None = None
) -> graphviz.Digraph:
    """The graph in the DOT language; notes are lines for the legend, beside its own.

    A page is how large it may be before it is drawn smaller, as small as can be read.
    """
    dressed = sheet.look.dressed
    most = "{:.2f},{:.2f}".format(*(SMALLEST * x / 72.0 for x in page)) if page else ""
    graph = graphviz.Digraph(
        "glassgrad",
        graph_attr=dressed(
            {
                **sheet.look.ground,
                "rankdir": "TB" if sheet.down else "LR",
                "newrank": "true",
                "fontname": FONT,
                "fontsize": "9",
                "fontcolor": GREY,
                "nodesep": f"{NODE_GAP / 72.0:.2f}",
                "ranksep": f"{rank_gap(sheet) / 72.0:.2f}",
                "labelloc": "b",
                "labeljust": "l",
                "label": legend(sheet, list(notes)) if sheet.look.legend else "",
                **(_CHEAPER if sheet.cheap else {}),
                **({"size": most} if most else {}),
            }
        ),
        node_attr=dressed(
            {
                "shape": "box",
                "fontname": FONT,
                "fontsize": "11",
                "fontcolor": BLACK,
                "color": GREY,
                "margin": "0.09,0.05",
                "height": "0",
                "width": "0",
            }
        ),
        edge_attr=dressed(
            {"fontname": FONT, "fontsize": "9", "fontcolor": GREY, "arrowsize": "0.6"}
        ),
    )
    _frames(sheet, graph)
    if sheet.folded:
        _in_columns(sheet, graph)
    else:
        _one_after_another(sheet, graph)
    for i, link in enumerate(sheet.folding.links):
        faded = sheet.fades(use.parent for use in link.uses)
        attributes = dressed(edge(sheet, i, link), faded)
        if link.next_step or sheet.row(link.source) != sheet.row(link.target):
            attributes["constraint"] = "false"
        graph.edge(f"box{link.source}", f"box{link.target}", **attributes)
    return graph


def rank_gap(sheet: Sheet) -> float:
    """How many points lie between two columns."""
    if sheet.down:
        return 22.0
    if sheet.labelled:
        return 32.4
    return 57.6 if len(sheet.folding.links) > 3 * len(sheet.folding.boxes) else 36.0  # a tangle


def _frames(sheet: Sheet, graph: graphviz.Digraph) -> None:
    """The boxes; single Values framed by layer and, inside of it, by neuron."""
    around = frames(sheet.folding)
    subgraphs = [
        graphviz.Digraph(
            f"cluster_{i}",
            graph_attr=sheet.look.dressed(
                framed(
                    i,
                    frame.path
                    if frame.parent is None
                    else within(frame.path, around[frame.parent].path),
                )
            ),
        )
        for i, frame in enumerate(around)
    ]
    innermost = {box: i for i, frame in enumerate(around) for box in frame.boxes}
    for i in range(len(sheet.folding.boxes)):
        inside = subgraphs[innermost[i]] if i in innermost else graph
        members = sheet.folding.boxes[i].members
        attributes = node(sheet, i)
        if sheet.highlight in members:
            attributes |= {"color": BLACK, "penwidth": "3"}
        inside.node(f"box{i}", **sheet.look.dressed(attributes, sheet.fades(members)))
    for frame, subgraph in reversed(list(zip(around, subgraphs, strict=True))):
        (graph if frame.parent is None else subgraphs[frame.parent]).subgraph(subgraph)


def _in_columns(sheet: Sheet, graph: graphviz.Digraph) -> None:
    """Put the neurons of a layer in a column, the first at the top."""
    boxes = sheet.folding.boxes
    columns: dict[str, list[int]] = {}
    for i, box in enumerate(boxes):
        if box.what == "neuron":
            columns.setdefault(box.place.layer or "", []).append(i)
    column_of = {i: layer for layer, column in columns.items() for i in column}
    for link in sheet.folding.links:
        if link.source in column_of and column_of[link.source] == column_of.get(link.target):
            columns.pop(column_of[link.source], None)  # one neuron feeds another
    for column in columns.values():
        with graph.subgraph(graph_attr={"rank": "same"}) as same:
            for i in column:
                same.node(f"box{i}")
            for above, below in pairwise(column):
                same.edge(f"box{above}", f"box{below}", style="invis")


def _one_after_another(sheet: Sheet, graph: graphviz.Digraph) -> None:
    """Begin each layer to the right of the one before it.

    A parameter would stand just before its use, beside the layer that comes before. So an
    unseen point between the two layers comes after the one and before the parameters.
    """
    boxes = sheet.folding.boxes
    first: dict[str, int] = {}
    for i, box in enumerate(boxes):
        if box.place.layer is not None and box.members[-1].op is not None:
            first.setdefault(box.place.layer, i)
    arriving: dict[str, list[int]] = {}
    for link in sheet.folding.links:
        before, after = boxes[link.source].place.layer, boxes[link.target].place.layer
        if before is None or after is None or before == after:
            continue
        if first.get(before, 0) > first.get(after, 0):
            return  # the layers are no sequence
        arriving.setdefault(after, []).append(link.source)
    for count, (layer, sources) in enumerate(arriving.items()):
        point = f"gap{count}"
        graph.node(point, label="", shape="point", width="0.01", style="invis")
        for i in dict.fromkeys(sources):
            graph.edge(f"box{i}", point, style="invis", weight="0")
        for i, box in enumerate(boxes):
            if box.place.layer == layer and box.members[0].op is None:
                graph.edge(point, f"box{i}", style="invis", weight="0")
