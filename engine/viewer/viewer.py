"""One page to step through the two passes of a graph, with no server and no network.

The page is the picture of `draw`, a table of what each step does, and the script `viewer.js`, which
lights up boxes and edges. Where scripts are removed the picture is left.
"""

import base64
import html
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.collector import collector_paused
from engine.drawing.drawing import mimebundle
from engine.drawing.look import Direction, Look
from engine.drawing.planning import Level, lay_out_in_time, plan
from engine.drawing.rendering import RenderingError, render
from engine.drawing.subject import Model, Row, read
from engine.files import write_whole
from engine.reading import Named, Reading
from engine.value import Value
from engine.viewer.page import page
from engine.viewer.table import Json, steps_table

_MOST_UNFOLDED = 500  # Values
_DOTS_PER_INCH = 96.0  # of the picture where there is no page


class Viewer:
    """A page to step through a graph, as `view` made it; a notebook shows it by itself.

    The numbers are those of the moment when it was made.
    """

    def __init__(self, overview: list["_Picture"], detail: "_Picture | None") -> None:
        self._overview = overview
        self._detail = detail
        self._laid_out: list[tuple[str, Json]] = []

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
        return page([(render(dot, "svg").decode(), table) for dot, table in self._layouts()])

    def _layouts(self) -> list[tuple[str, Json]]:
        """The overview laid out, and the detail if that is done in time, each with its table."""
        if not self._laid_out:
            pictures = self._overview
            i, dot = lay_out_in_time([picture.source for picture in pictures], pictures[0].boxes)
            self._laid_out = [(dot, pictures[i].table)]
            if self._detail is not None:
                with suppress(TimeoutError):
                    _, dot = lay_out_in_time([self._detail.source], self._detail.boxes)
                    self._laid_out.append((dot, self._detail.table))
        return self._laid_out

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """The page in a frame of its own that may run scripts and nothing else, over a picture.

        Where frames are removed, as from a notebook that is not trusted, the picture is left.
        """

        @cache
        def picture() -> str:
            png = render(self._layouts()[0][0], "png", most_dots_per_inch=_DOTS_PER_INCH)
            return base64.b64encode(png).decode("ascii")

        def frame() -> str:
            page, below = html.escape(self.html()), ""
            with suppress(RenderingError, TimeoutError):
                below = (
                    f'<img alt="{self!r}" src="data:image/png;base64,{picture()}" '
                    'style="width:100%;height:100%;object-fit:contain">'
                )
            return (
                f'<div style="position:relative;height:560px">{below}'
                f'<iframe title="glassgrad" sandbox="allow-scripts" srcdoc="{page}" '
                'style="position:absolute;left:0;top:0;width:100%;height:100%;border:0"></iframe>'
                "</div>"
            )

        pictures: dict[str, Callable[[], str]] = {"text/html": frame, "image/png": picture}
        return mimebundle(pictures, repr(self), self._overview[0].source, include, exclude)


@dataclass(frozen=True, slots=True)
class _Picture:
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
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
    highlight: Value | None = None,
    direction: Direction = "right",
    font_size: float = 11.0,
    legend: bool = True,
) -> Viewer:
    """Step through the forward and the backward pass of a graph, on a page of its own.

    The backward pass on the page starts with all gradients at zero, whatever they are now. The
    gradients of the graph itself stay as they are. The arrow keys and a slider step, a click on a
    frame folds it, the wheel zooms, and a box or an edge tells its numbers.

    Args:
        output: The Value at the end of the graph; or a model of one output.
        row: After a model the row, a number for each of its inputs.
        level: As for `draw`; what "auto" folds unfolds by a click in graphs of up to 500 Values.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them.
        model: Whatever has such a method, instead of `names`.
        highlight: As for `draw`, as are `direction`, `font_size` and `legend`; the page is light
            or dark as its reader has asked the browser for.
        direction: Where the computation goes: "right" or "down".
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
    reading = read(output, () if row is None else (row,), names, model, differentiate=True)
    if len(reading.outputs) > 1:
        raise ValueError(
            f"a view steps back from one output, but there are {len(reading.outputs)}: take one, "
            "as in view(model(row)[0], model=model)"
        )
    overview = _pictures(reading, level, look, highlight)
    detail = None
    if level == "auto" and overview[0].boxes < len(reading.order) <= _MOST_UNFOLDED:
        detail = _pictures(reading, "value", look, highlight)[0]
    return Viewer(overview, detail)


def _pictures(
    reading: Reading, level: Level, look: Look, highlight: Value | None
) -> list[_Picture]:
    return [
        _Picture(
            str(attempt.digraph.source),
            steps_table(attempt.sheet),
            len(attempt.sheet.folding.boxes),
        )
        for attempt in plan(reading, level, look=look, highlight=highlight)
    ]
