"""What to draw of a graph, and what to lay out: as it was asked for, then ever more cheaply."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import graphviz

from engine.drawing.diagram import diagram
from engine.drawing.estimate import size
from engine.drawing.folding import Folding, foldings
from engine.drawing.labels import beside_their_edges
from engine.drawing.look import USUAL, Look
from engine.drawing.marks import find_marks
from engine.drawing.rendering import LayoutTimeoutError, extent, lay_out
from engine.drawing.sheet import Sheet
from engine.reading import Reading
from engine.text import short
from engine.value import Value, as_value

Level = Literal["auto", "value", "neuron", "layer"]

_LEVELS = ("auto", "value", "neuron", "layer")
_MOST_BOXES, _MOST_LINKS = 300, 450  # of a picture that can be read
_COARSE_BOXES, _COARSE_LINKS = 40, 60  # of one that is laid out in no time
_SURELY = 0.6  # of a page; what takes less by its estimate surely fits
PAGE = (1600.0, 1200.0)  # points; a page of as many pixels holds it with type of 9 of them or more
_SECONDS = (10.0, 6.0, 5.0, 5.0)  # for the layout as asked for, and for each cheaper one
_HOPELESS = 5_000  # boxes that no layout finishes in time; trying takes memory without end


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to draw a graph: what stands on the sheet, that in the DOT language, and its page."""

    sheet: Sheet
    digraph: graphviz.Digraph
    page: tuple[float, float] | None = None


def plan(
    reading: Reading,
    level: Level,
    around: Value | None = None,
    depth: int = 0,
    look: Look = USUAL,
    highlight: Value | None = None,
) -> list[Attempt]:
    """What to lay out, one after the other until one is done in time."""
    if level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(_LEVELS)}, but got {short(level)}")
    if level in ("neuron", "layer") and not reading.places:
        raise ValueError(
            f"level={level!r} needs the names of parameters that the graph uses, to know what "
            "belongs together: pass model=..., or names=model.named_parameters()"
        )
    shown, notes = reading.order, []
    if around is not None:
        shown = _neighbourhood(reading, _in(reading, around, "around"), depth)
        notes.append(
            f"around {reading.names[around]}, to a distance of {depth}: "
            f"{len(shown):,} of {len(reading.order):,} values"
        )
    if highlight is not None:
        _in(reading, highlight, "highlight")
        notes.append(f"faded: what does not depend on {reading.names[highlight]}")
    marks = find_marks(reading, shown)

    def sheet_of(folding: Folding) -> Sheet:
        down = look.direction == "down"
        return Sheet(reading, folding, marks, look=look, highlight=highlight, down=down)

    def attempt(sheet: Sheet, *more: str) -> Attempt:
        notes_of = [*notes, *_what_was_folded(sheet.folding), *more]
        page = PAGE if level == "auto" else None
        return Attempt(sheet, diagram(sheet, notes_of, page), page)

    if level == "value":
        sheets = [sheet_of(next(foldings(reading, level, shown)))]
    elif level == "auto":
        sheets = _readable(reading, shown, sheet_of)
    else:
        folding = _within(reading, level, shown, _MOST_BOXES, _MOST_LINKS)
        sheets = [sheet_of(folding)]
    attempts = [attempt(sheet) for sheet in sheets]
    folding = sheets[0].folding
    if len(folding.links) > _COARSE_LINKS:
        note = "without numbers on edges, for the layout took too long"
        attempts.append(attempt(replace(sheets[0], cheap=True), note))
        coarsest = "layer" if reading.places else "auto"
        coarse = _within(reading, coarsest, shown, _COARSE_BOXES, _COARSE_LINKS)
        note = "folded further, for the layout took too long"
        attempts.append(attempt(replace(sheet_of(coarse), cheap=True), note))
    return attempts


def _readable(
    reading: Reading, shown: Sequence[Value], sheet_of: Callable[[Folding], Sheet]
) -> list[Sheet]:
    """The first sheet that by its estimate fits a page, and the next one that is smaller."""
    fitting: list[Sheet] = []
    least = math.inf
    for placed in (True, False):
        for folding in foldings(reading, "auto", shown, placed, _MOST_BOXES):
            if len(folding.links) > _MOST_LINKS and len(folding.boxes) > _COARSE_BOXES:
                continue
            usual = sheet_of(folding)
            shapes = [usual]
            if usual.folded and usual.look.direction == "auto":
                shapes.append(replace(usual, down=True))
            if usual.folded and not usual.down:
                shapes.append(replace(usual, rows=2))
            for sheet in shapes:
                wide, high = size(sheet)
                excess = max(wide / PAGE[0], high / PAGE[1])
                if excess <= min(1.0, 0.9 * least):
                    fitting.append(sheet)
                    least = excess
                    break
            if len(fitting) == 2 or least < _SURELY:
                return fitting
        if fitting:
            return fitting
    raise ValueError("nothing can be folded into a page")


def _within(
    reading: Reading, level: str, shown: Sequence[Value], boxes: int, links: int
) -> Folding:
    """The first folding within the limits, else the last with few enough boxes."""
    best: Folding | None = None
    for placed in (True, False):
        for folding in foldings(reading, level, shown, placed, boxes):
            best = folding
            if len(folding.links) <= links:
                return folding
        if best is not None:  # else there are more neurons or layers than there may be boxes
            return best
    raise ValueError(f"nothing can be folded into {boxes} boxes")


def _neighbourhood(reading: Reading, center: Value, depth: int) -> list[Value]:
    """The Values at most so many edges away, along them or against, in the order of the graph."""
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 0:
        raise ValueError(f"depth must be an int of at least 0, but got {short(depth)}")
    beside: dict[Value, list[Value]] = {node: list(node.parents) for node in reading.order}
    for node in reading.order:
        for parent in node.parents:
            beside[parent].append(node)
    near = {center}
    rim = [center]
    for _ in range(depth):
        rim = list(dict.fromkeys(v for node in rim for v in beside[node] if v not in near))
        near.update(rim)
        if not rim:
            break
    return [node for node in reading.order if node in near]


def _in(reading: Reading, value: Value, what: str) -> Value:
    """The Value, or the error where it is not in the graph."""
    if as_value(value, what) not in reading.index:
        raise ValueError(f"{what} must be a Value that the output depends on, but got {value!r}")
    return value


_FOLDED = {
    "neuron": "by neuron",
    "layer": "by layer",
    "alike": "like operations together",
    "stretch": "in stretches of the order of computation",
}


def _what_was_folded(folding: Folding) -> Iterator[str]:
    """The line that says it, if anything was."""
    ways = [words for what, words in _FOLDED.items() if any(b.what == what for b in folding.boxes)]
    if ways:
        values = sum(len(box.members) for box in folding.boxes)
        yield f"{values:,} values folded into {len(folding.boxes):,} boxes: {', '.join(ways)}"


def lay_out_in_time(
    sources: Sequence[str], boxes: int, page: tuple[float, float] | None = None
) -> tuple[int, str]:
    """Lay out the first of the graphs with which Graphviz finishes in time; its place, and it.

    Where there is a page, one that does not fit gives way to the next, once.
    """
    attempts = list(enumerate(zip(sources, _SECONDS, strict=False)))
    if boxes > _HOPELESS:
        attempts = attempts[-1:]
    for i, (source, seconds) in attempts:
        try:
            laid_out = beside_their_edges(lay_out(source, seconds))
        except LayoutTimeoutError:
            continue
        wide, high = extent(laid_out)
        if page is None or (wide <= page[0] and high <= page[1]) or i + 1 >= len(sources) or i:
            return i, laid_out
    raise TimeoutError(
        f"Graphviz did not finish the layout of {boxes} boxes in time; draw part of the graph "
        'with around=..., or save its source as "graph.dot"'
    )
