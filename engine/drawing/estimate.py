"""How large a picture becomes, before Graphviz lays it out: enough to pick what to lay out."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from engine.drawing.boxes import node
from engine.drawing.diagram import NODE_GAP, rank_gap
from engine.drawing.folding import frames
from engine.drawing.sheet import Sheet
from engine.text import number_text

_CHARACTER, _LINE = (
    0.56,
    1.2,
)  # of the size of the type: the width of a letter, the height of a line
_FRAME = 14.0  # points that a frame takes on each side, with half of its title
_LEGEND = (420.0, 64.0)


def size_of_label(label: str) -> tuple[float, float]:
    """The width and height of a label of the HTML kind, in points.

    >>> size_of_label('<<TABLE><TR><TD>abc</TD><TD WIDTH="9">d</TD></TR></TABLE>>')[0] > 30.0
    True
    """
    markup = re.sub(r"&(?!(lt|gt|amp|quot|#x?[0-9A-Fa-f]+);)\w+;", " ", label[1:-1])
    return _size(ElementTree.fromstring(f"<X>{markup}</X>"), 11.0)


def _size(element: ElementTree.Element, points: float) -> tuple[float, float]:
    points = float(element.get("POINT-SIZE", points))
    if element.tag == "TABLE":
        rows = [[_size(cell, points) for cell in row] for row in element if row.tag == "TR"]
        pad = 2.0 * float(element.get("CELLPADDING", "2")) + float(element.get("CELLSPACING", "2"))
        several = max(len(row) for row in rows)
        columns = [
            max([row[i][0] + pad for row in rows if len(row) == several]) for i in range(several)
        ]
        whole = max([row[0][0] + pad for row in rows if len(row) == 1], default=0.0)
        return max(sum(columns), whole), sum(max(high for _, high in row) + pad for row in rows)
    if element.get("FIXEDSIZE"):
        return float(element.get("WIDTH", "0")), float(element.get("HEIGHT", "0"))
    wide, high, widest = _CHARACTER * points * len(element.text or ""), _LINE * points, 0.0
    for child in element:
        if child.tag == "BR":
            high += _LINE * points
            widest, wide = max(wide, widest), 0.0
        else:
            child_wide, child_high = _size(child, points)
            wide, high = wide + child_wide, max(high, child_high)
        wide += _CHARACTER * points * len(child.tail or "")
    return max(wide, widest, float(element.get("WIDTH", "0"))), high


def size(sheet: Sheet) -> tuple[float, float]:
    """About how wide and high the picture becomes, in points, from what stands in its boxes."""
    boxes = [
        tuple(side + 13.0 for side in size_of_label(node(sheet, i)["label"]))
        for i in range(len(sheet.folding.boxes))
    ]
    links = [link for link in sheet.folding.links if not link.next_step]
    rank, rows = sheet.ranks, sheet.rows
    last = max(rank.values(), default=0)
    along, across = [0.0] * (last + 1), [0.0] * (last + 1)
    for i, (wide, high) in enumerate(boxes):
        along[rank[i]] = max(along[rank[i]], high if sheet.down else wide)
        across[rank[i]] += (wide if sheet.down else high) + NODE_GAP
    gaps = [0.0] * (last + 1)
    passing = [set[int]() for _ in range(last + 1)]
    for link in links:
        if sheet.labelled and len(link.uses) == 1:
            letters = len(number_text(link.uses[0].local_derivative))
            label = 11.0 if sheet.down else 5.2 * letters
            gaps[rank[link.source]] = max(gaps[rank[link.source]], label)
        for between in range(rank[link.source] + 1, rank[link.target]):
            passing[between].add(link.source)
    framed = frames(sheet.folding)
    around = 4.0 * _FRAME * len({frame.path for frame in framed if frame.parent is None})
    row_of = [at * rows // (last + 1) for at in range(last + 1)]
    in_row = [[i for i, row in enumerate(row_of) if row == n] for n in range(rows)]
    length = around + max(
        sum(along[i] + gaps[i] for i in row) + rank_gap(sheet) * (len(row) - 1) for row in in_row
    )
    broad = [
        own + 0.5 * NODE_GAP * len(others) for own, others in zip(across, passing, strict=True)
    ]
    width = 2.0 * _FRAME * max((_stacked(sheet, rank)).values(), default=0) + sum(
        max(broad[i] for i in row) for row in in_row
    )
    wide, high = (width, length) if sheet.down else (length, width)
    if sheet.look.legend:
        wide, high = max(wide, _LEGEND[0]), high + _LEGEND[1]
    return wide * sheet.look.scale, high * sheet.look.scale


def _stacked(sheet: Sheet, rank: Mapping[int, int]) -> dict[int, int]:
    """How many frames stand over each other at a rank."""
    count: dict[int, int] = {}
    for frame in frames(sheet.folding):
        for at in {rank[i] for i in frame.boxes}:
            count[at] = count.get(at, 0) + 1
    return count
