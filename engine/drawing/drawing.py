"""A computation graph as a picture: every value, its gradient, and how the gradient got there."""

import base64
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import graphviz

from engine.drawing.diagram import Subject, diagram
from engine.drawing.folding import Folding, Limits, fold, places
from engine.drawing.marks import find_marks
from engine.drawing.rendering import LayoutTimeoutError, RenderingError, lay_out, render
from engine.reading import Named, Reading
from engine.value import Value, as_value

Level = Literal["auto", "value", "neuron", "layer"]

_LEVELS = ("auto", "value", "neuron", "layer")
_READABLE = Limits(boxes=300, links=450)
_COARSE = Limits(boxes=40, links=60)
_SECONDS = (10.0, 6.0, 5.0)  # for the layout as it was asked for, and for each cheaper one
_HOPELESS = 5_000  # boxes that no layout finishes in time; trying takes memory without end


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to draw a graph: what shares a box, and that in the DOT language."""

    folding: Folding
    digraph: graphviz.Digraph


class Drawing:
    """A picture of a graph, as `draw` made it; a notebook shows it by itself.

    The numbers are those of the moment when it was drawn.

    source   the graph in the DOT language
    digraph  the same as a `graphviz.Digraph`, to change and render by oneself
    nodes    how many boxes it has
    edges    how many edges
    values   how many Values the boxes stand for
    """

    def __init__(self, attempts: Sequence[Attempt], values: int) -> None:
        self.digraph = attempts[0].digraph
        self.nodes = len(attempts[0].folding.boxes)
        self.edges = len(attempts[0].folding.links)
        self.values = values
        self._cheaper = [str(attempt.digraph.source) for attempt in attempts[1:]]
        self._laid_out: tuple[str, str] | None = None

    @property
    def source(self) -> str:
        """The graph in the DOT language, the same text in every process."""
        return str(self.digraph.source)

    def __repr__(self) -> str:
        folded = f", values={self.values}" if self.values != self.nodes else ""
        return f"Drawing(nodes={self.nodes}, edges={self.edges}{folded})"

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file, of the kind that its name ends in.

        path  a name that ends in .svg, .png or .pdf for a picture, in .dot or .gv for the source

        Returns the path. Another ending is a ValueError. A picture where there is no Graphviz is an
        ImportError with the command that installs it.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending in (".dot", ".gv"):
            path.write_text(self.source, encoding="utf-8")
        elif ending in (".svg", ".png", ".pdf"):
            path.write_bytes(self._picture(ending[1:]))
        else:
            raise ValueError(
                f"a drawing is saved as .svg, .png, .pdf or .dot, but got {str(path)!r}"
            )
        return path

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """The picture as SVG and as PNG, for a notebook that is not trusted shows only the latter.

        Where there is no picture to be had, the source and a line that says why.
        """

        def pictures() -> dict[str, str]:
            return {
                "image/svg+xml": self._picture("svg").decode(),
                "image/png": base64.b64encode(self._picture("png")).decode("ascii"),
                "text/plain": repr(self),
            }

        return mimebundle(pictures, self.source, include, exclude)

    def _picture(self, picture_format: str) -> bytes:
        if self._laid_out is None or self._laid_out[0] != self.source:  # the digraph has changed
            _, laid_out = lay_out_in_time([self.source, *self._cheaper], self.nodes)
            self._laid_out = self.source, laid_out
        return render(self._laid_out[1], picture_format)


def mimebundle(
    pictures: Callable[[], dict[str, str]],
    source: str,
    include: Collection[str] | None,
    exclude: Collection[str] | None,
) -> dict[str, str]:
    """What a notebook shows: the pictures, or the source and a line that says why there are none.

    It may ask for some kinds alone, or for all but some.
    """
    try:
        bundle = pictures()
    except (ImportError, RenderingError, TimeoutError) as problem:
        bundle = {"text/plain": f"{source}\n{problem}"}
    return {
        kind: data
        for kind, data in bundle.items()
        if (include is None or kind in include) and (exclude is None or kind not in exclude)
    }


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


def draw(
    output: Value,
    *,
    level: Level = "auto",
    around: Value | None = None,
    depth: int = 2,
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
) -> Drawing:
    """Draw the graph that leads to a Value, with the gradient on its way back.

    output  the Value at the end of the graph
    level   "value", a box for every Value; "neuron" or "layer", a box for all Values of one;
            "auto", the first of these that makes a readable picture, of at most 300 boxes
    around  draw only what is near this Value of the graph
    depth   how near: at most so many edges away, along them or against
    names   pairs of a name and a Value, the parameters, as `model.named_parameters()` gives them
    model   whatever has such a method, instead of `names`

    A box holds the operation, the name, the data and the gradient of a Value; its colour is the
    sign and size of the gradient, on a logarithmic scale. On an edge stands the local derivative,
    and it is as wide as its contribution to the gradient of the parent is large:

        contribution = local derivative * gradient of the result

    Units that pass nothing on and gradients that are zero, not finite, or far from the median are
    marked. Which neuron or layer a Value belongs to is derived from the names of the parameters
    that it uses. A layout that takes too long is done again with less in it, and says so.

    Raises a TypeError for anything but a Value; a ValueError for another level, for an `around`
    that is not in the graph, and for the level of neurons or layers where no name tells of one.

    >>> x = Value(3.0, "x")
    >>> y = x * x
    >>> y.backward()
    >>> drawing = draw(y)
    >>> drawing
    Drawing(nodes=2, edges=2)
    >>> "gradient 6" in drawing.source
    True
    """
    subject, attempts = plan(output, level, around, depth, names, model)
    return Drawing(attempts, len(subject.order))


def plan(
    output: Value,
    level: Level,
    around: Value | None,
    depth: int,
    names: Iterable[tuple[str, Value]],
    model: Named | None,
) -> tuple[Subject, list[Attempt]]:
    """What `draw` will draw, and what to lay out: as it was asked for, then ever more cheaply."""
    reading = Reading(output, names, model)
    if level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(_LEVELS)}, but got {level!r}")
    order = reading.order
    parameters = reading.given
    found = places(order, parameters)
    if level in ("neuron", "layer") and not found:
        raise ValueError(
            f"level={level!r} needs the names of parameters that the graph uses, to know what "
            "belongs together: pass model=..., or names=model.named_parameters()"
        )
    shown = order if around is None else _neighbourhood(order, around, depth)
    differentiated = output.grad != 0.0
    subject = Subject(
        shown,
        reading.names,
        parameters,
        output,
        differentiated,
        find_marks(shown, parameters, differentiated),
    )
    notes = []
    if around is not None:
        notes.append(
            f"around {subject.names[around]}, to a distance of {depth}: "
            f"{len(shown):,} of {len(order):,} values"
        )

    def attempt(folding: Folding, *more: str, cheap: bool) -> Attempt:
        lines = [*notes, *_what_was_folded(folding), *more]
        return Attempt(folding, diagram(subject, folding, lines, cheap))

    folding = fold(shown, level, found, parameters, None if level == "value" else _READABLE)
    attempts = [attempt(folding, cheap=False)]
    if len(folding.links) > _COARSE.links:
        note = "without numbers on edges, for the layout took too long"
        attempts.append(attempt(folding, note, cheap=True))
        coarse = fold(shown, "layer" if found else "auto", found, parameters, _COARSE)
        note = "folded further, for the layout took too long"
        attempts.append(attempt(coarse, note, cheap=True))
    return subject, attempts


def _neighbourhood(order: Sequence[Value], center: Value, depth: int) -> list[Value]:
    """The Values at most so many edges away, along them or against, in the order of the graph."""
    as_value(center, "around")
    if isinstance(depth, bool) or not isinstance(depth, int) or depth < 0:
        raise ValueError(f"depth must be an int of at least 0, but got {depth!r}")
    beside: dict[Value, list[Value]] = {node: list(node.parents) for node in order}
    if center not in beside:
        raise ValueError(f"around must be a Value that the output depends on, but got {center!r}")
    for node in order:
        for parent in node.parents:
            beside[parent].append(node)
    near = {center}
    rim = [center]
    for _ in range(depth):
        rim = list(dict.fromkeys(v for node in rim for v in beside[node] if v not in near))
        near.update(rim)
        if not rim:
            break
    return [node for node in order if node in near]


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
