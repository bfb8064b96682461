"""A computation graph as a picture: every value, its gradient, and how the gradient got there."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from engine.collector import collector_paused
from engine.drawing.look import Direction, Look, Theme
from engine.drawing.planning import Attempt, Level, lay_out_in_time, plan
from engine.drawing.rendering import RenderingError, render
from engine.drawing.subject import Model, Row, read
from engine.files import write_whole
from engine.naming import GivenNames, Named
from engine.value import Value


class Drawing:
    """A picture of a graph, as `draw` made it; a notebook shows it by itself.

    The numbers are those of the moment when it was drawn.

    Attributes:
        source: The graph in the DOT language.
        digraph: The same as a `graphviz.Digraph`, to change and render by oneself.
        nodes: How many boxes it has.
        edges: How many edges.
        values: How many Values the boxes stand for.
    """

    def __init__(self, attempts: Sequence[Attempt], values: int) -> None:
        self._attempts = attempts
        self.values = values
        self._take(attempts[0])
        self._laid_out: tuple[str, str] | None = None

    def _take(self, attempt: Attempt) -> None:
        self.digraph = attempt.digraph
        self.nodes = len(attempt.sheet.folding.boxes)
        self.edges = len(attempt.sheet.folding.links)

    @property
    def source(self) -> str:
        """The graph in the DOT language, the same text in every process."""
        return str(self.digraph.source)

    def __repr__(self) -> str:
        folded = f", values={self.values}" if self.values != self.nodes else ""
        return f"Drawing(nodes={self.nodes}, edges={self.edges}{folded})"

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file, of the kind that its name ends in.

        An old file is replaced when the new one is whole.

        Args:
            path: A name that ends in .svg, .png or .pdf for a picture, .dot or .gv for the source.

        Returns:
            The path.

        Raises:
            ValueError: For another ending.
            ImportError: For a picture where there is no Graphviz, with the command to install it.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending in (".dot", ".gv"):
            write_whole(path, self.source)
        elif ending in (".svg", ".png", ".pdf"):
            write_whole(path, self._picture(ending[1:]))
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
        pictures = {
            "image/svg+xml": lambda: self._picture("svg").decode(),
            "image/png": lambda: base64.b64encode(self._picture("png")).decode("ascii"),
        }
        return mimebundle(pictures, repr(self), self.source, include, exclude)

    def _picture(self, picture_format: str) -> bytes:
        if self._laid_out is None or self._laid_out[0] != self.source:  # the digraph has changed
            others = [attempt for attempt in self._attempts if attempt.digraph is not self.digraph]
            sources = [self.source, *(str(attempt.digraph.source) for attempt in others)]
            i, laid_out = lay_out_in_time(sources, self.nodes, self._attempts[0].page)
            if i:
                self._take(others[i - 1])
            self._laid_out = self.source, laid_out
        return render(self._laid_out[1], picture_format)


def mimebundle(
    pictures: Mapping[str, Callable[[], str]],
    text: str,
    source: str,
    include: Collection[str] | None,
    exclude: Collection[str] | None,
) -> dict[str, str]:
    """What a notebook shows: the pictures that can be made, each by itself, and a text.

    Where there are none, the text is the source and a line that says why. A notebook may ask for
    some kinds alone, or for all but some.
    """

    def wanted(kind: str) -> bool:
        return (include is None or kind in include) and (exclude is None or kind not in exclude)

    bundle: dict[str, str] = {}
    for kind, made in pictures.items():
        if wanted(kind):
            try:
                bundle[kind] = made()
            except (ImportError, RenderingError, TimeoutError) as problem:
                text = f"{text if bundle else source}\n{problem}"
                if not isinstance(problem, RenderingError):  # the next would take as long
                    break
    if wanted("text/plain"):
        bundle["text/plain"] = text
    return bundle


@collector_paused()
def draw(
    output: Value | Sequence[Value] | Model,
    *more: Value | Sequence[Value] | Row,
    level: Level = "auto",
    around: Value | None = None,
    depth: int = 2,
    names: GivenNames = (),
    model: Named | None = None,
    math_labels: bool = False,
    highlight: Value | None = None,
    direction: Direction = "auto",
    theme: Theme = "light",
    font_size: float = 11.0,
    legend: bool = True,
) -> Drawing:
    """Draw the graph that leads to a Value, with the gradient on its way back.

    A box holds the operation, the name, the data and the gradient of a Value; its colour is the
    sign and size of the gradient, on a logarithmic scale. On an edge stands the local derivative,
    and it is as wide as its contribution to the gradient of the parent is large:

        contribution = local derivative * gradient of the result

    Units that pass nothing on and gradients that are zero, not finite, or far from the median are
    marked. Which neuron or layer a Value belongs to is derived from the names of the parameters
    that it uses. A folded layer shows its weights as a map, a row for each neuron and a column for
    each input, and beside it their gradients. A layout that takes too long is done again with less
    in it, and says so.

    `draw(a, b)` and `draw([a, b])` draw what leads to either. `draw(model, row)` calls the model
    and draws what comes out, with the gradient of it, of several outputs that of their sum; the
    gradients of the parameters stay as they are.

    Args:
        output: The Value at the end of the graph, or several in a list; or a model, which is
            anything that can be called and has `named_parameters`.
        more: Other outputs; after a model the row, a number for each of its inputs.
        level: "value", a box for every Value; "neuron" or "layer", a box for all Values of one;
            "auto", the first of these that fits a page, 1600 × 1200 pixels with text of 9 or more.
            There a chain of `+` or `*` without names is one box, copies of a computation are one,
            and steps that are alike are one block; "value", and "layer" for what repeats a
            layer, unfold them.
        around: Draw only what is near this Value of the graph.
        depth: How near: at most so many edges away, along them or against.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them. The rest are
            called by their labels, and by the variables and models of the caller; False for labels
            and `model` alone.
        model: Whatever has such a method, where the caller holds it in no variable.
        math_labels: Whether a name that ends in a number is written as in a book: w1 as w₁.
        highlight: A Value whose paths to the output stand out; what does not depend on it fades.
        direction: Where the computation goes: "right" or "down"; "auto" is right, or down where a
            folded picture would be too wide.
        theme: "light", "dark", or "print" for paper, in greys; there the head of an edge with a
            negative contribution is hollow.
        font_size: The size of the names in points, from 4 to 72; other text is in proportion.
        legend: Whether there is one.

    Returns:
        The picture.

    Raises:
        TypeError: For anything but a Value or a model.
        ValueError: For an `around` or a `highlight` that is not in the graph, for the level
            of neurons or layers where no name tells of one, and for another level, direction, theme
            or size, with those that there are.

    Example:
        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> y.backward()
        >>> drawing = draw(y)
        >>> drawing
        Drawing(nodes=2, edges=2)
        >>> "gradient 6" in drawing.source
        True
        >>> draw(y, y + 1, direction="down", theme="dark")
        Drawing(nodes=4, edges=4)
    """
    look = Look(direction, theme, font_size, legend)
    reading = read(output, more, names, model, math_labels)
    shown = plan(reading, level, around, depth, look, highlight)
    return Drawing(shown, sum(len(box.members) for box in shown[0].sheet.folding.boxes))
