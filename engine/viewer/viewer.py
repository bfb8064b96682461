"""One page to step through the two passes of a graph, with no server and no network.

The page is the picture of `draw`, a table of what each step does, and a script, which lights up
boxes and edges. Where scripts are removed the picture is left.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.collector import collector_paused
from engine.drawing.drawing import mimebundle
from engine.drawing.look import Direction, Look
from engine.drawing.planning import Level, lay_out_in_time, plan
from engine.drawing.rendering import render
from engine.drawing.subject import Model, Row, read
from engine.files import write_whole
from engine.naming import GivenNames, Named
from engine.reading import Reading
from engine.value import Value
from engine.viewer.frame import frame
from engine.viewer.live import Json, live_graph
from engine.viewer.page import page
from engine.viewer.picture import Picture, picture
from engine.viewer.table import steps_table

_MOST_UNFOLDED = 500  # Values


class Viewer:
    """A page to step through a graph, as `view` made it; a notebook shows it by itself.

    The numbers are those of the moment when it was made.
    """

    def __init__(self, overview: list["_Attempt"], detail: "_Attempt | None", graph: Json) -> None:
        self._overview = overview
        self._detail = detail
        self._graph = graph
        self._drawn: list[tuple[Picture, Json]] = []

    def __repr__(self) -> str:
        picture = self._overview[0]
        steps = len(picture.table["backward"]["steps"])
        return f"Viewer(nodes={picture.boxes}, edges={len(picture.table['edges'])}, steps={steps})"

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, which is replaced when the new one is whole.

        Args:
            path: A name that ends in .html.

        Returns:
            The path.

        Raises:
            ValueError: For another ending.
            ImportError: Where there is no Graphviz, with the command that installs it.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a viewer is saved as .html, but got {str(path)!r}")
        write_whole(path, self.html())
        return path

    def html(self) -> str:
        """The page; where there is no Graphviz an ImportError with the command that installs it."""
        return page(self._pictures(), self._graph)

    def _pictures(self) -> list[tuple[Picture, Json]]:
        """The overview, and the detail if it is laid out in time, each with its table."""
        if not self._drawn:
            attempts = self._overview
            i, dot = lay_out_in_time([attempt.source for attempt in attempts], attempts[0].boxes)
            self._drawn = [(picture(render(dot, "svg").decode()), attempts[i].table)]
            if self._detail is not None:
                with suppress(TimeoutError):
                    _, dot = lay_out_in_time([self._detail.source], self._detail.boxes)
                    self._drawn.append((picture(render(dot, "svg").decode()), self._detail.table))
        return self._drawn

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """The page in a frame of its own that may run scripts and nothing else.

        Where frames are removed, as from a notebook that is not trusted, a still picture is seen.
        """

        def framed() -> str:
            return frame(self.html(), [drawn for drawn, _ in self._pictures()], repr(self))

        source = self._overview[0].source
        return mimebundle({"text/html": framed}, repr(self), source, include, exclude)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A picture of the page, in the DOT language, and the table of what each step does in it."""

    source: str
    table: Json
    boxes: int


@collector_paused()
def view(
    output: Value | Model,
    row: Row | None = None,
    *,
    level: Level = "auto",
    names: GivenNames = (),
    model: Named | None = None,
    math_labels: bool = False,
    highlight: Value | None = None,
    direction: Direction = "auto",
    font_size: float = 11.0,
    legend: bool = True,
) -> Viewer:
    """Step through the forward and the backward pass of a graph, on a page of its own.

    The backward pass on the page starts with all gradients at zero, whatever they are now. The
    gradients of the graph itself stay as they are. The arrow keys and a slider step, a click on a
    frame folds it, the wheel zooms, and a box or an edge tells its numbers. The number of a leaf
    can be dragged, typed after a click, or changed by the arrow keys, and all others follow.

    Args:
        output: The Value at the end of the graph; or a model of one output.
        row: After a model the row, a number for each of its inputs.
        level: As for `draw`; what "auto" folds unfolds by a click in graphs of up to 500 Values.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them. The rest are
            called by their labels, and by the variables and models of the caller; False for labels
            and `model` alone.
        model: Whatever has such a method, where the caller holds it in no variable.
        math_labels: Whether a name that ends in a number is written as in a book: w1 as w₁.
        highlight: As for `draw`, as are `direction`, `font_size` and `legend`; the page is light
            or dark as its reader has asked the browser for.
        direction: Where the computation goes: "auto", "right" or "down".
        font_size: The size of the names in points, from 4 to 72.
        legend: Whether there is one.

    Returns:
        The page.

    Raises:
        TypeError: For anything but a Value or a model.
        ValueError: As `draw`, and for several outputs.

    Example:
        >>> x = Value(3.0, "x")
        >>> view(x * x)
        Viewer(nodes=2, edges=2, steps=2)
    """
    look = Look(direction, font_size=font_size, legend=legend)
    given = () if row is None else (row,)
    reading = read(output, given, names, model, math_labels, differentiate=True)
    if len(reading.outputs) > 1:
        raise ValueError(
            f"a view steps back from one output, but there are {len(reading.outputs)}: take one, "
            "as in view(model(row)[0], model=model)"
        )
    overview = _attempts(reading, level, look, highlight)
    detail = None
    if level == "auto" and overview[0].boxes < len(reading.order) <= _MOST_UNFOLDED:
        detail = _attempts(reading, "value", look, highlight)[0]
    return Viewer(overview, detail, live_graph(reading))


def _attempts(
    reading: Reading, level: Level, look: Look, highlight: Value | None
) -> list[_Attempt]:
    return [
        _Attempt(
            str(attempt.digraph.source),
            steps_table(attempt.sheet),
            len(attempt.sheet.folding.boxes),
        )
        for attempt in plan(reading, level, look=look, highlight=highlight)
    ]
