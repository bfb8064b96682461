"""One page to step through the two passes of a graph, with no server and no network.

The page is the picture of `draw`, a table of what each step does, and the script `viewer.js`, which
lights up boxes and edges. Where scripts are removed the picture is left.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from engine.drawing.colors import Scale, fill
from engine.drawing.diagram import Subject, root_mean_square_gradient, scale_of, spread
from engine.drawing.drawing import Level, lay_out_in_time, mimebundle, plan
from engine.drawing.folding import Box, Folding, frames
from engine.drawing.rendering import render
from engine.graph import topological_order
from engine.reading import Named, given_names
from engine.text import number_text
from engine.value import Constant, Value, as_value
from engine.words.steps import BackwardStep, backward_steps, forward_steps

_MOST_UNFOLDED = 500  # Values
_DOTS_PER_INCH = 96.0  # of the picture where there is no page
_MOST_STEPS = 2_000  # more are summed up, a step for each edge of the picture

Json = dict[str, Any]


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
        """Write the page to a file, whose name ends in .html; returns its path.

        Raises a ValueError for another ending, and where there is no Graphviz an ImportError with
        the command that installs it.
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a viewer is saved as .html, but got {str(path)!r}")
        path.write_text(self.html(), encoding="utf-8")
        return path

    def html(self) -> str:
        """The page; where there is no Graphviz an ImportError with the command that installs it."""
        return _page([(render(dot, "svg").decode(), table) for dot, table in self._layouts()])

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

        def pictures() -> dict[str, str]:
            page = html.escape(self.html())
            png = render(self._layouts()[0][0], "png", most_dots_per_inch=_DOTS_PER_INCH)
            picture = base64.b64encode(png).decode("ascii")
            return {
                "text/html": '<div style="position:relative;height:560px">'
                f'<img alt="{self!r}" src="data:image/png;base64,{picture}" '
                'style="width:100%;height:100%;object-fit:contain">'
                f'<iframe title="glassgrad" sandbox="allow-scripts" srcdoc="{page}" '
                'style="position:absolute;left:0;top:0;width:100%;height:100%;border:0"></iframe>'
                "</div>",
                "image/png": picture,
                "text/plain": repr(self),
            }

        return mimebundle(pictures, self._overview[0].source, include, exclude)


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture of the page, in the DOT language, and the table of what each step does in it."""

    source: str
    table: Json
    boxes: int


def view(
    output: Value,
    *,
    level: Level = "auto",
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
) -> Viewer:
    """Step through the forward and the backward pass of a graph, on a page of its own.

    output  the Value at the end of the graph
    level   as for `draw`; what "auto" folds unfolds by a click in graphs of up to 500 Values
    names   pairs of a name and a Value, as `model.named_parameters()` gives them
    model   whatever has such a method, instead of `names`

    The backward pass on the page starts with all gradients at zero, whatever they are now. The
    gradients of the graph itself stay as they are. The arrow keys and a slider step, a click on a
    frame folds it, the wheel zooms, and a box or an edge tells its numbers.

    Raises what `draw` raises.

    >>> x = Value(3.0, "x")
    >>> view(x * x)
    Viewer(nodes=2, edges=2, steps=2)
    """
    as_value(output, "output")
    pairs = [(name, value) for value, name in given_names(names, model).items()]
    with _gradients_put_back(output):
        backward = list(backward_steps(output, pairs))

        def pictures(of_level: Level) -> list[_Picture]:
            subject, attempts = plan(output, of_level, None, 0, pairs, None)
            return [
                _Picture(
                    str(attempt.digraph.source),
                    _table(subject, attempt.folding, backward, pairs),
                    len(attempt.folding.boxes),
                )
                for attempt in attempts
            ]

        overview = pictures(level)
        values = len(topological_order(output))
        detail = None
        if level == "auto" and overview[0].boxes < values <= _MOST_UNFOLDED:
            detail = pictures("value")[0]
    return Viewer(overview, detail)


@contextmanager
def _gradients_put_back(output: Value) -> Iterator[None]:
    """All gradients at zero inside, and afterwards what they were."""
    saved = [(node, node.grad) for node in topological_order(output)]
    for node, _ in saved:
        node.grad = 0.0
    try:
        yield
    finally:
        for node, gradient in saved:
            node.grad = gradient


# The table of what each step does, for the script


def _table(
    subject: Subject,
    folding: Folding,
    backward: list[BackwardStep],
    pairs: list[tuple[str, Value]],
) -> Json:
    where = {node: i for i, box in enumerate(folding.boxes) for node in box.members}
    edge_of = _edges_by_use(folding)
    scale = scale_of(folding)
    return {
        "output": where[subject.output],
        "edges": [[link.source, link.target] for link in folding.links],
        "paths": [_path(box) for box in folding.boxes],
        "frames": [
            {
                "parent": frame.parent,
                "boxes": frame.boxes,
                "lines": _summary(frame.path, [folding.boxes[i].members[0] for i in frame.boxes]),
            }
            for frame in frames(folding)
        ],
        "backward": {
            "start": f"{subject.names[subject.output]}.grad = 1",
            "steps": _backward_table(subject, folding, backward, where, edge_of, scale),
        },
        "forward": {
            "start": "",
            "steps": _forward_table(subject, folding, where, edge_of, pairs),
        },
    }


def _edges_by_use(folding: Folding) -> dict[tuple[Value, int], int]:
    """The edge of the picture for an operand of a Value: by the Value and the operand's place."""
    found: dict[tuple[Value, int], int] = {}
    links: dict[tuple[int, int], list[int]] = {}
    for i, link in enumerate(folding.links):
        links.setdefault((link.source, link.target), []).append(i)
        for parent, _, node in link.uses:
            places = [place for place, p in enumerate(node.parents) if p is parent]
            free = next(place for place in places if (node, place) not in found)
            found[node, free] = i
    return found


def _backward_table(
    subject: Subject,
    folding: Folding,
    backward: list[BackwardStep],
    where: dict[Value, int],
    edge_of: dict[tuple[Value, int], int],
    scale: Scale | None,
) -> list[Json]:
    if len(backward) > _MOST_STEPS:
        return _summed_up(subject, folding, backward, edge_of)
    rows = []
    for step in backward:
        to = where[step.parent]
        edge = edge_of.get((step.node, step.position))
        row = {"line": str(step), "to": to, "edges": [] if edge is None else [edge]}
        if not folding.boxes[to].what:
            color = fill(None if isinstance(step.parent, Constant) else scale, step.after)
            row |= {"grad": number_text(step.after), "fill": color}
        rows.append(row)
    return rows


def _summed_up(
    subject: Subject,
    folding: Folding,
    backward: list[BackwardStep],
    edge_of: dict[tuple[Value, int], int],
) -> list[Json]:
    """A step for each edge of the picture, when the last of its contributions has arrived."""
    last: dict[int, BackwardStep] = {}
    sizes: dict[int, list[float]] = {}
    for step in backward:
        edge = edge_of.get((step.node, step.position))
        if edge is not None:
            last.pop(edge, None)
            last[edge] = step
            sizes.setdefault(edge, []).append(abs(step.contribution))
    rows = []
    for edge, step in last.items():
        link = folding.links[edge]
        count = len(sizes[edge])
        to, origin = (_name_of(subject, folding, i) for i in (link.source, link.target))
        rows.append(
            {
                "line": str(step)
                if count == 1
                else f"{to} ← {origin}: {count:,} contributions, "
                f"the largest {number_text(max(sizes[edge]))}",
                "to": link.source,
                "edges": [edge],
            }
        )
    return rows


def _path(box: Box) -> str | None:
    """Of which layer or neuron the box is; None for another."""
    return {"neuron": box.place.neuron, "layer": box.place.layer}.get(box.what)


def _name_of(subject: Subject, folding: Folding, i: int) -> str:
    box = folding.boxes[i]
    path = _path(box)
    if path is not None:
        return path
    operation = box.members[-1].op
    return operation.symbol if box.what and operation else subject.names[box.members[0]]


def _forward_table(
    subject: Subject,
    folding: Folding,
    where: dict[Value, int],
    edge_of: dict[tuple[Value, int], int],
    pairs: list[tuple[str, Value]],
) -> list[Json]:
    if len(subject.order) > _MOST_STEPS:
        return [
            {
                "line": f"{_name_of(subject, folding, i)}: {len(box.members):,} values, "
                f"{spread(box.members)}",
                "to": i,
                "edges": [],
            }
            for i, box in enumerate(folding.boxes)
        ]
    return [
        {
            "line": str(step),
            "to": where[step.node],
            "edges": [
                edge_of[step.node, place]
                for place in range(len(step.operands))
                if (step.node, place) in edge_of
            ],
        }
        for step in forward_steps(subject.output, pairs)
    ]


def _summary(path: str, members: list[Value]) -> list[str]:
    """What a frame says while it is folded."""
    return [
        path,
        f"{len(members):,} value{'' if len(members) == 1 else 's'}",
        f"data {spread(members)}",
        f"grad rms {number_text(root_mean_square_gradient(members), 3)}",
    ]


# The page


def _page(pictures: list[tuple[str, Json]]) -> str:
    style, script = (
        files("engine.viewer").joinpath(name).read_text(encoding="utf-8")
        for name in ("viewer.css", "viewer.js")
    )
    # Nothing but this script may run, whatever the labels say, and nothing may be fetched.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            "<title>glassgrad: step through a graph</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *(
                f'<main class="picture"{" hidden" if i else ""}>{_without_prolog(svg)}</main>'
                for i, (svg, _) in enumerate(pictures)
            ),
            _CONTROLS,
            '<script type="application/json" id="tables">'
            f"{_json_for_html([table for _, table in pictures])}</script>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


_CONTROLS = """\
<section id="controls" hidden>
<div class="row">
<button id="first" title="to the start (Home)">|◀</button>
<button id="previous" title="a step back (←)">◀</button>
<button id="play" title="play or pause (space)">▶ play</button>
<button id="next" title="a step on (→)">▶</button>
<input id="slider" type="range" min="0" value="0" aria-label="step">
<output id="count"></output>
<select id="pass" aria-label="pass">
<option value="backward">backward pass</option>
<option value="forward">forward pass</option>
</select>
<button id="unfold" title="every value, or folded" hidden>unfold</button>
<button id="fit" title="the whole picture (0)">fit</button>
</div>
<p id="line" aria-live="polite"></p>
</section>
<div id="tip" hidden></div>"""


def _without_prolog(svg: str) -> str:
    """The element alone, without the comments that Graphviz writes between the boxes."""
    return re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)


def _json_for_html(table: list[Json]) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(table, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
