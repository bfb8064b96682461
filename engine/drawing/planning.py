"""What to draw of a graph, and what to lay out: as it was asked for, then ever more cheaply."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import graphviz

from engine.drawing.diagram import diagram
from engine.drawing.folding import Folding, Limits, fold
from engine.drawing.look import USUAL, Look
from engine.drawing.marks import find_marks
from engine.drawing.rendering import LayoutTimeoutError, lay_out
from engine.drawing.sheet import Sheet
from engine.reading import Reading
from engine.text import short
from engine.value import Value, as_value

Level = Literal["auto", "value", "neuron", "layer"]

_LEVELS = ("auto", "value", "neuron", "layer")
_READABLE = Limits(boxes=300, links=450)
_COARSE = Limits(boxes=40, links=60)
_SECONDS = (10.0, 6.0, 5.0)  # for the layout as it was asked for, and for each cheaper one
_HOPELESS = 5_000  # boxes that no layout finishes in time; trying takes memory without end


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to draw a graph: what stands on the sheet, and that in the DOT language."""

    sheet: Sheet
    digraph: graphviz.Digraph


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

    def attempt(folding: Folding, *more: str, cheap: bool) -> Attempt:
        sheet = Sheet(reading, folding, marks, cheap, look, highlight)
        return Attempt(sheet, diagram(sheet, [*notes, *_what_was_folded(folding), *more]))

    folding = fold(reading, level, None if level == "value" else _READABLE, shown)
    attempts = [attempt(folding, cheap=False)]
    if len(folding.links) > _COARSE.links:
        note = "without numbers on edges, for the layout took too long"
        attempts.append(attempt(folding, note, cheap=True))
        coarse = fold(reading, "layer" if reading.places else "auto", _COARSE, shown)
        note = "folded further, for the layout took too long"
        attempts.append(attempt(coarse, note, cheap=True))
    return attempts


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


def lay_out_in_time(sources: Sequence[str], boxes: int) -> tuple[int, str]:
    """Lay out the first of the graphs with which Graphviz finishes in time; its place, and it."""
    attempts = list(enumerate(zip(sources, _SECONDS, strict=False)))
    if boxes > _HOPELESS:
        attempts = attempts[-1:]
    for i, (source, seconds) in attempts:
        try:
            return i, lay_out(source, seconds)
        except LayoutTimeoutError:
            continue
    raise TimeoutError(
        f"Graphviz did not finish the layout of {boxes} boxes in time; draw part of the graph "
        'with around=..., or save its source as "graph.dot"'
    )
