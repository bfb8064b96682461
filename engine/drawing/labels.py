"""Puts the number of each edge beside it, where no line and no box is.

Graphviz leaves room for a number near its edge, but other edges, and at times its own, run through
it. So after the layout each number moves along its edge until it stands free. One for which there
is no room at all is left out; the tooltip of the edge has it, too.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from math import hypot

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, bottom, right, top

_STATEMENT = re.compile(r"^\t+(box\d+(?: -> box\d+)?|gap\d+|graph)\t? ?\[.*?\];$", re.M | re.S)
_ATTRIBUTE = re.compile(r'^\t+(\w+)=("(?:[^"\\]|\\.)*"|[^]",;\n]+)', re.M | re.S)
_DIGIT, _HEIGHT = 5.3, 9.0  # points, of type of 9
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.12, 0.88)
_AWAY = (1.5, 4.0, 8.0)
_CELL = 40.0


def beside_their_edges(laid_out: str) -> str:
    """The same graph, each number on an edge beside it."""
    field = _Field()
    waiting: list[tuple[re.Match[str], dict[str, str], list[Point]]] = []
    for statement in _STATEMENT.finditer(laid_out):
        attributes = {
            name: value.strip('"').replace("\\\n", "")
            for name, value in _ATTRIBUTE.findall(statement[0].replace(" [", " [\n\t\t", 1))
        }
        if "->" in statement[1]:
            if "pos" not in attributes or attributes.get("style") == "invis":
                continue
            line = list(_polyline(attributes["pos"]))
            field.add_line(line, float(attributes.get("penwidth", 1.0)) / 2.0)
            if "lp" in attributes:
                waiting.append((statement, attributes, line))
        elif statement[1] == "graph":
            field.add_frame(attributes, whole=statement.start() < laid_out.index("\n", 30))
        elif "pos" in attributes and statement[1].startswith("box"):
            x, y = map(float, attributes["pos"].split(","))
            wide, high = (36.0 * float(attributes[side]) + 1.5 for side in ("width", "height"))
            field.add_rectangle((x - wide, y - high, x + wide, y + high))
    pieces, end = [], 0
    for statement, attributes, line in waiting:
        place = field.place(line, attributes["label"], float(attributes.get("penwidth", 1.0)))
        if place is None:
            moved = re.sub(r"(?m)^\t+label=[^\n]*,$", 'label="",', statement[0])
        else:
            lp = f'lp="{place[0]:.2f},{place[1]:.2f}"'
            moved = re.sub(r'(?m)^\t+lp="[^"]*"', lp, statement[0])
        pieces += [laid_out[end : statement.start()], moved]
        end = statement.end()
    return "".join([*pieces, laid_out[end:]])


def _polyline(pos: str) -> Iterator[Point]:
    """Points along the Bézier curve of an edge, to the tip of its arrow."""
    tip: Point | None = None
    points: list[Point] = []
    for word in pos.split():
        x, y = map(float, word.removeprefix("e,").removeprefix("s,").split(","))
        if word.startswith("e,"):
            tip = (x, y)
        else:
            points.append((x, y))
    for i in range(0, len(points) - 3, 3):
        corners = points[i : i + 4]
        for step in range(17):
            t = step / 16.0
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            yield (
                sum(w * x for w, (x, _) in zip(weights, corners, strict=True)),
                sum(w * y for w, (_, y) in zip(weights, corners, strict=True)),
            )
    if tip is not None:
        yield tip


class _Field:
    """What stands on the sheet, found by where it is."""

    def __init__(self) -> None:
        self._rectangles: dict[tuple[int, int], list[Rectangle]] = {}
        self._lines: dict[tuple[int, int], list[tuple[Point, Point, float]]] = {}
        self._whole: Rectangle = (-1e9, -1e9, 1e9, 1e9)

    def add_rectangle(self, rectangle: Rectangle) -> None:
        for cell in _cells(rectangle):
            self._rectangles.setdefault(cell, []).append(rectangle)

    def add_line(self, line: Iterable[Point], half: float) -> None:
        for (x1, y1), (x2, y2) in pairwise(line):
            around = (
                min(x1, x2) - half,
                min(y1, y2) - half,
                max(x1, x2) + half,
                max(y1, y2) + half,
            )
            for cell in _cells(around):
                self._lines.setdefault(cell, []).append(((x1, y1), (x2, y2), half))

    def add_frame(self, attributes: dict[str, str], whole: bool) -> None:
        """A frame, with the title that stands in it; the whole sheet has no border."""
        if "bb" not in attributes:
            return
        left, bottom, right, top = map(float, attributes["bb"].split(","))
        if whole:
            self._whole = (left, bottom, right, top)
        else:
            corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
            self.add_line(corners, 1.0)
        if "lp" in attributes and "lwidth" in attributes:
            x, y = map(float, attributes["lp"].split(","))
            wide, high = (36.0 * float(attributes[side]) for side in ("lwidth", "lheight"))
            self.add_rectangle((x - wide, y - high, x + wide, y + high))

    def place(self, line: list[Point], label: str, width: float) -> Point | None:
        """A free place for a label beside a line, as near to its middle as there is one."""
        half_wide, half_high = _DIGIT * len(label) / 2.0 + 1.0, _HEIGHT / 2.0
        for away, along, side in product(_AWAY, _ALONG, (1.0, -1.0)):
            (x, y), (dx, dy) = _at(line, along)
            nx, ny = -dy * side, dx * side
            distance = abs(nx) * half_wide + abs(ny) * half_high + width / 2.0 + away
            x, y = x + nx * distance, y + ny * distance
            rectangle = (x - half_wide, y - half_high, x + half_wide, y + half_high)
            if self._is_free(rectangle):
                self.add_rectangle(rectangle)
                return x, y
        return None

    def _is_free(self, rectangle: Rectangle) -> bool:
        left, bottom, right, top = rectangle
        if left < self._whole[0] or bottom < self._whole[1]:
            return False
        if right > self._whole[2] or top > self._whole[3]:
            return False
        for cell in _cells(rectangle):
            for other in self._rectangles.get(cell, ()):
                if left < other[2] and other[0] < right and bottom < other[3] and other[1] < top:
                    return False
            for start, end, half in self._lines.get(cell, ()):
                if _crosses(start, end, (left - half, bottom - half, right + half, top + half)):
                    return False
        return True


def _cells(rectangle: Rectangle) -> Iterator[tuple[int, int]]:
    left, bottom, right, top = (int(side // _CELL) for side in rectangle)
    return product(range(left, right + 1), range(bottom, top + 1))


def _at(line: list[Point], along: float) -> tuple[Point, Point]:
    """The point at a part of the way along a line, and the direction there."""
    lengths = [hypot(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(line)]
    left = along * sum(lengths)
    for ((x1, y1), (x2, y2)), length in zip(pairwise(line), lengths, strict=True):
        if left <= length and length > 0.0:
            dx, dy = (x2 - x1) / length, (y2 - y1) / length
            return (x1 + dx * left, y1 + dy * left), (dx, dy)
        left -= length
    return line[-1], (1.0, 0.0)


def _crosses(start: Point, end: Point, rectangle: Rectangle) -> bool:
    """Whether a piece of a line runs through a rectangle: Liang and Barsky's clipping (1984)."""
    first, last = 0.0, 1.0
    for origin, delta, low, high in (
        (start[0], end[0] - start[0], rectangle[0], rectangle[2]),
        (start[1], end[1] - start[1], rectangle[1], rectangle[3]),
    ):
        if delta == 0.0:
            if not low <= origin <= high:
                return False
            continue
        near, far = sorted(((low - origin) / delta, (high - origin) / delta))
        first, last = max(first, near), min(last, far)
    return first <= last
