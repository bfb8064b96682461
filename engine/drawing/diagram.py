"""Writes folded Values down as a graph in the DOT language: boxes, edges, frames and a legend.

Labels come from users. In the DOT language they stand in strings alone, with entities for what has
a meaning there; no name of theirs is an identifier.
"""

import html
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import graphviz

from engine.drawing.colors import ALARM, BLACK, DARK, GREY, PALE, WHITE, Scale, fill, line
from engine.drawing.folding import Box, Folding, Link, frames
from engine.drawing.marks import HUGE, NOT_FINITE, TINY, concerns
from engine.text import number_text
from engine.value import Constant, Value

_FONT = "Helvetica,Arial,sans-serif"
_LONGEST = 40  # characters of a label; the tooltip has them all
_MOST_LABELS = 120  # numbers on edges, where values are folded

_STYLES = {
    "operation": {"style": "filled,rounded"},
    "output": {"style": "filled,rounded", "peripheries": "2"},
    "input": {"style": "filled"},
    "parameter": {"style": "filled", "penwidth": "2.2"},
    "constant": {"style": "filled,dashed"},
    "folded": {"style": "filled,rounded", "penwidth": "1.4"},
}

_CHEAPER = {"splines": "line", "nslimit": "1", "nslimit1": "1", "mclimit": "0.1"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn: Values with their names, and what is known about them.

    order           the Values, parents before children
    names           what to call each
    parameters      the names of those that are parameters
    output          the Value to which all leads
    differentiated  whether backward() has run
    marks           what is wrong with a Value, from `find_marks`
    """

    order: Sequence[Value]
    names: Mapping[Value, str]
    parameters: Mapping[Value, str]
    output: Value
    differentiated: bool
    marks: Mapping[Value, tuple[str, ...]] = field(default_factory=dict)


def diagram(
    subject: Subject, folding: Folding, notes: Iterable[str] = (), cheap: bool = False
) -> graphviz.Digraph:
    """The graph in the DOT language.

    notes  lines for the legend, beside its own
    cheap  without numbers on edges, and laid out in less time
    """
    return _Diagram(subject, folding, cheap).digraph(notes)


class _Diagram:
    def __init__(self, subject: Subject, folding: Folding, cheap: bool) -> None:
        self.subject = subject
        self.folding = folding
        self.cheap = cheap
        self.folded = any(box.what for box in folding.boxes)
        self.labelled = not cheap and (not self.folded or len(folding.links) <= _MOST_LABELS)
        self.gradients = [box_gradient(box) for box in folding.boxes]
        self.scale = scale_of(folding) if subject.differentiated else None

    def digraph(self, notes: Iterable[str]) -> graphviz.Digraph:
        graph = graphviz.Digraph(
            "glassgrad",
            graph_attr={
                "rankdir": "LR",
                "newrank": "true",
                "fontname": _FONT,
                "fontsize": "9",
                "fontcolor": GREY,
                "nodesep": "0.18",
                "ranksep": "0.45" if self.labelled else "0.8",
                "labelloc": "b",
                "labeljust": "l",
                "label": self._legend(list(notes)),
                **(_CHEAPER if self.cheap else {}),
            },
            node_attr={
                "shape": "box",
                "fontname": _FONT,
                "fontsize": "11",
                "fontcolor": BLACK,
                "color": GREY,
                "margin": "0.09,0.05",
                "height": "0",
                "width": "0",
            },
            edge_attr={
                "fontname": _FONT,
                "fontsize": "9",
                "fontcolor": GREY,
                "arrowsize": "0.6",
            },
        )
        self._frames(graph)
        if self.folded:
            self._in_columns(graph)
        else:
            self._one_after_another(graph)
        for i, link in enumerate(self.folding.links):
            graph.edge(f"box{link.source}", f"box{link.target}", **self._edge(i, link))
        return graph

    # Boxes

    def _frames(self, graph: graphviz.Digraph) -> None:
        """The boxes; single Values framed by layer and, inside of it, by neuron."""
        around = frames(self.folding)
        subgraphs = [
            graphviz.Digraph(
                f"cluster_{i}",
                graph_attr=_frame(
                    i,
                    frame.path
                    if frame.parent is None
                    else _within(frame.path, around[frame.parent].path),
                ),
            )
            for i, frame in enumerate(around)
        ]
        innermost = {box: i for i, frame in enumerate(around) for box in frame.boxes}
        for i in range(len(self.folding.boxes)):
            inside = subgraphs[innermost[i]] if i in innermost else graph
            inside.node(f"box{i}", **self._node(i))
        for frame, subgraph in reversed(list(zip(around, subgraphs, strict=True))):
            (graph if frame.parent is None else subgraphs[frame.parent]).subgraph(subgraph)

    def _in_columns(self, graph: graphviz.Digraph) -> None:
        """Put the neurons of a layer in a column, the first at the top."""
        boxes = self.folding.boxes
        columns: dict[str, list[int]] = {}
        for i, box in enumerate(boxes):
            if box.what == "neuron":
                columns.setdefault(box.place.layer or "", []).append(i)
        column_of = {i: layer for layer, column in columns.items() for i in column}
        for link in self.folding.links:
            if link.source in column_of and column_of[link.source] == column_of.get(link.target):
                columns.pop(column_of[link.source], None)  # one neuron feeds another
        for column in columns.values():
            with graph.subgraph(graph_attr={"rank": "same"}) as same:
                for i in column:
                    same.node(f"box{i}")
                for above, below in pairwise(column):
                    same.edge(f"box{above}", f"box{below}", style="invis")

    def _one_after_another(self, graph: graphviz.Digraph) -> None:
        """Begin each layer to the right of the one before it.

        A parameter would stand just before its use, beside the layer that comes before. So an
        unseen point between the two layers comes after the one and before the parameters.
        """
        boxes = self.folding.boxes
        first: dict[str, int] = {}
        for i, box in enumerate(boxes):
            if box.place.layer is not None and box.members[-1].op is not None:
                first.setdefault(box.place.layer, i)
        arriving: dict[str, list[int]] = {}
        for link in self.folding.links:
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

    def _node(self, i: int) -> dict[str, str]:
        box = self.folding.boxes[i]
        rows, tooltip = self._folded(i, box) if box.what else self._single(box)
        marks = self._marks(box)
        rows += [_mark(mark, alarming) for mark, alarming in marks]
        mixed = bool(box.what) and len({node.grad > 0.0 for node in box.members if node.grad}) > 1
        gradient = self.gradients[i]
        if box.what and not mixed and any(node.grad < 0.0 for node in box.members):
            gradient = -gradient
        constant = isinstance(box.members[0], Constant) and not box.what
        return {
            "id": f"box{i}",
            "label": _table(rows),
            "tooltip": tip("\n".join([tooltip, *(mark for mark, _ in marks)])),
            "fillcolor": fill(None if constant else self.scale, gradient, mixed),
            **_STYLES[self._kind(box)],
            **({"color": ALARM} if any(alarming for _, alarming in marks) else {}),
        }

    def _kind(self, box: Box) -> str:
        if self.subject.output in box.members and self.subject.output.op is not None:
            return "output"
        if box.what:
            return "folded"
        (node,) = box.members
        if node.op is not None:
            return "operation"
        if isinstance(node, Constant):
            return "constant"
        return "parameter" if node in self.subject.parameters else "input"

    def _single(self, box: Box) -> tuple[list[str], str]:
        (node,) = box.members
        name = self.subject.names[node]
        data = number_text(node.data)
        tooltip = f"{name}: data {_digits(node.data)}"
        if isinstance(node, Constant):
            shown = data if name == data else f"{_shortened(name)} = {data}"
            return [_title(text(shown))], tooltip
        symbol = f"<B>{text(node.op.symbol)}</B>&nbsp;&nbsp;" if node.op else ""
        if node in self.subject.parameters:  # in a frame that bears the rest of the name
            shown = _within(name, box.place.neuron or box.place.layer)
        else:
            shown = name
        shown = text(_shortened(shown))
        rows = [_title(symbol + (shown if symbol else f"<B>{shown}</B>")), _row("data", data)]
        if self.subject.differentiated:
            rows.append(_row("grad", number_text(node.grad)))
            tooltip += f"\ngradient {_digits(node.grad)}"
        return rows, tooltip

    def _folded(self, i: int, box: Box) -> tuple[list[str], str]:
        title = self._title_of(box)
        data = [node.data for node in _counted(box.members)]
        low, high = min(data), max(data)
        rows = [
            _title(f"<B>{text(_shortened(title))}</B>"),
            _title(text(_count(len(box.members), "value"))),
        ]
        rows.append(_row("data", spread(box.members)))
        tooltip = (
            f"{title}: {_count(len(box.members), 'value')}\ndata {_digits(low)} to {_digits(high)}"
        )
        if self.subject.differentiated:
            rms = self.gradients[i]
            rows.append(_row("grad rms", number_text(rms, 3)))
            tooltip += f"\nroot mean square of the gradients {_digits(rms)}"
        return rows, tooltip

    def _title_of(self, box: Box) -> str:
        if box.what == "neuron":
            return box.place.neuron or "neuron"
        if box.what == "layer":
            return box.place.layer or "layer"
        operations = list(dict.fromkeys(n.op.symbol for n in box.members if n.op is not None))
        if len(operations) == 1:
            return operations[0]
        if operations:
            return f"{operations[0]} … {operations[-1]}"
        leaf = box.members[0]
        if isinstance(leaf, Constant):
            return "constants"
        return "parameters" if leaf in self.subject.parameters else "inputs"

    def _marks(self, box: Box) -> list[tuple[str, bool]]:
        """What is wrong in the box, and whether that is alarming.

        Of several Values it says how many have the mark; it is no alarm that a ReLU is dead for
        some samples of a batch.
        """
        marks = self.subject.marks
        if not box.what:
            return [(mark, True) for mark in marks.get(box.members[0], ())]
        counts = Counter(mark for node in box.members for mark in marks.get(node, ()))
        found = []
        for mark, count in sorted(counts.items()):
            concerned = sum(1 for node in _counted(box.members) if concerns(mark, node))
            if count == concerned:
                found.append((f"all {mark}" if count > 1 else mark, True))
            else:
                found.append((f"{count:,} of {concerned:,} {mark}", mark == NOT_FINITE))
        return found

    # Edges

    def _edge(self, i: int, link: Link) -> dict[str, str]:
        attributes = {"id": f"edge{i}"}
        contributions = [partial * node.grad for _, partial, node in link.uses]
        parent, partial, node = link.uses[0]
        if len(link.uses) == 1:
            label = number_text(partial)
            names = self.subject.names
            tooltip = f"∂{names[node]}/∂{names[parent]} = {_digits(partial)}"
            if self.subject.differentiated:
                tooltip += (
                    f"\n× gradient {_digits(node.grad)}\n= contribution {_digits(contributions[0])}"
                )
        else:
            label = f"×{len(link.uses):,}"
            tooltip = _count(len(link.uses), "edge")
        if self.labelled:
            attributes["label"] = label
        if not self.subject.differentiated:
            attributes |= {"color": GREY}
        else:
            contribution = _root_mean_square(contributions)
            if len(link.uses) > 1:
                tooltip += f"\nroot mean square of the contributions {_digits(contribution)}"
            attributes |= self._ink(contribution, contributions)
        return {**attributes, "tooltip": tip(tooltip), "labeltooltip": tip(tooltip)}

    def _ink(self, size: float, contributions: Sequence[float]) -> dict[str, str]:
        """The line of an edge: as wide as the contribution is large, in the colour of its sign."""
        if size == 0.0 or self.scale is None:
            return {"color": PALE, "style": "dashed", "penwidth": "0.8"}
        signs = {x > 0.0 for x in contributions if x}
        width = 0.7 + 3.3 * self.scale.position(size)
        signed = size if True in signs else -size
        color = line(signed, mixed=len(signs) > 1)
        if not self.labelled:
            color += "A0"  # so that one sees through a tangle
        arrow = 0.6 if width < 2.0 else 0.45
        return {"color": color, "penwidth": f"{width:.2f}", "arrowsize": f"{arrow}"}

    # The legend

    def _legend(self, notes: list[str]) -> str:
        """What colours, borders and edges mean, of those that occur; and the notes."""
        if not self.subject.differentiated:
            notes.insert(0, "backward() has not run")
        found = {mark for marks in self.subject.marks.values() for mark in marks}
        if found & {TINY, HUGE}:
            notes.append("tiny, huge: a thousand times below or above the median of its kind")
        rows = [self._scale_legend(self.scale)] if self.scale else []
        rows.append(_strip([*self._kinds_legend(), f"<TD>{text(self._edge_legend())}</TD>"]))
        rows += [f'<FONT COLOR="{DARK}">{text(note)}</FONT>' for note in notes]
        lines = (f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
        return _table(lines, 'CELLPADDING="1"')

    def _scale_legend(self, scale: Scale) -> str:
        largest, smallest = scale.largest, scale.smallest
        sizes = [largest, math.sqrt(largest) * math.sqrt(smallest), smallest]
        cells = [
            _swatch(fill(scale, number), number_text(number, 2))
            for number in [*(-size for size in sizes), 0.0, *reversed(sizes)]
        ]
        if self.folded:
            cells.append(_swatch(fill(scale, largest, mixed=True), "of both signs"))
        return _strip(["<TD>gradient</TD>", *cells])

    def _kinds_legend(self) -> list[str]:
        present = {self._kind(box) for box in self.folding.boxes}
        borders = {
            "input": 'BORDER="1"',
            "parameter": 'BORDER="2"',
            "constant": 'BORDER="1" STYLE="DASHED"',
            "operation": 'BORDER="1" STYLE="ROUNDED"',
            "output": 'BORDER="1" STYLE="ROUNDED"',
        }
        cells = []
        for kind, border in borders.items():
            if kind in present:
                word = "leaf" if kind == "input" and not self.subject.parameters else kind
                cell = f'<TD {border} COLOR="{GREY}">{word}</TD>'
                if kind == "output":  # a frame within a frame
                    inner = _table_of([cell], 'CELLSPACING="0" CELLPADDING="2"')
                    cell = f'<TD {border} COLOR="{GREY}" CELLPADDING="2">{inner}</TD>'
                cells.append(cell)
        return cells

    def _edge_legend(self) -> str:
        says = []
        if self.labelled:
            says.append("local derivative" + (", or number of edges" if self.folded else ""))
        if self.scale:
            says.append("width: contribution to the gradient")
        return f"edges: {'; '.join(says)}" if says else ""


# Text


def text(words: str) -> str:
    r"""Any text for a label of the HTML kind: shown as typed, whatever it says.

    >>> text(r"a<b & {x} \N")
    'a&lt;b &amp; {x} &#92;&#92;N'
    """
    # Graphviz replaces \N in a label of any kind, after the entities, and \\ by one backslash.
    return _entities(words).replace("\\", "&#92;&#92;").replace("\n", "<BR/>")


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def _within(name: str, path: str | None) -> str:
    """The name as it reads inside of a frame that bears the path."""
    return name.removeprefix(f"{path}.") if path else name


def tip(words: str) -> str:
    """Any text for a tooltip, in which Graphviz looks for its own escapes twice."""
    escaped = _entities(words).replace("\\", "\\" * 4).replace("\n", "\\n")
    return str(graphviz.nohtml(escaped))


def _entities(words: str) -> str:
    return html.escape(_printable(words))


def _printable(words: str) -> str:
    """The text without the characters that no XML may contain, each shown by a sign for it."""
    return "".join(
        chr(0x2400 + ord(c))
        if c < " " and c != "\n"
        else "�"
        if "\ud800" <= c <= "\udfff" or c in "\x7f￾￿"
        else c
        for c in words.replace("\r\n", "\n")
    )


def _table(rows: Iterable[str], attributes: str = 'CELLPADDING="1"') -> str:
    return f'<<TABLE BORDER="0" CELLSPACING="0" {attributes}>{"".join(rows)}</TABLE>>'


def _strip(cells: Iterable[str]) -> str:
    return _table_of(cells, 'CELLSPACING="3" CELLPADDING="2"')


def _table_of(cells: Iterable[str], attributes: str) -> str:
    return f'<TABLE BORDER="0" {attributes}><TR>{"".join(cells)}</TR></TABLE>'


def _swatch(color: str, words: str) -> str:
    label = f'<FONT COLOR="{BLACK}" POINT-SIZE="8">{words}</FONT>'
    return f'<TD BORDER="1" COLOR="{PALE}" BGCOLOR="{color}">{label}</TD>'


def _title(markup: str) -> str:
    return f'<TR><TD COLSPAN="2">{markup}</TD></TR>'


def _row(what: str, number: str) -> str:
    return (
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{DARK}" POINT-SIZE="9">{what}&nbsp;&nbsp;</FONT></TD>'
        f'<TD ALIGN="RIGHT">{number}</TD></TR>'
    )


def _mark(mark: str, alarming: bool) -> str:
    words = f'<FONT COLOR="{ALARM if alarming else GREY}" POINT-SIZE="9">{text(mark)}</FONT>'
    chip = f' BGCOLOR="{WHITE}"' if alarming else ""
    return f'<TR><TD COLSPAN="2"{chip}>{f"<B>{words}</B>" if alarming else words}</TD></TR>'


def _frame(i: int, path: str) -> dict[str, str]:
    return {
        "id": f"frame{i}",
        "label": f"<{text(path) or ' '}>",
        "style": "rounded",
        "color": PALE,
        "fontcolor": GREY,
        "fontname": _FONT,
        "fontsize": "9",
        "labelloc": "t",
        "labeljust": "l",
        "margin": "6",
        "tooltip": tip(path),
    }


def _digits(number: float) -> str:
    """The number for a tooltip, from which one may copy it into a program."""
    return f"{number + 0.0:.12g}"  # -0.0 + 0.0 is 0.0


def _root_mean_square(numbers: Sequence[float]) -> float:
    largest = max(map(abs, numbers))
    if largest == 0.0 or not all(map(math.isfinite, numbers)):
        return math.fsum(map(abs, numbers))
    return largest * math.sqrt(math.fsum((x / largest) ** 2 for x in numbers) / len(numbers))


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def spread(members: Sequence[Value]) -> str:
    """The range of the data of several Values."""
    data = [node.data for node in _counted(members)]
    low, high = min(data), max(data)
    return number_text(low, 3) if low == high else f"{number_text(low, 3)} … {number_text(high, 3)}"


def scale_of(folding: Folding) -> Scale | None:
    """The scale of the colours for all the boxes."""
    return Scale.of(map(box_gradient, folding.boxes))


def box_gradient(box: Box) -> float:
    """The gradient of a box: of one Value its own, of several the root mean square."""
    return root_mean_square_gradient(box.members) if box.what else box.members[0].grad


def root_mean_square_gradient(members: Sequence[Value]) -> float:
    """How large the gradients of several Values are."""
    return _root_mean_square([node.grad for node in _counted(members)])


def _counted(members: Sequence[Value]) -> Sequence[Value]:
    """Those whose data and gradients a sum of them tells: all but the constants."""
    return [node for node in members if not isinstance(node, Constant)] or members
