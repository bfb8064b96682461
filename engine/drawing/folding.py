"""What is drawn as a box, a link or a frame, once it is known which Values share a box."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.drawing.repeats import Block, find_repeats
from engine.drawing.sharing import Shares, Way, ways
from engine.places import NOWHERE, Place, shared
from engine.reading import Edge, Reading
from engine.value import Value


@dataclass(slots=True)
class Box:
    """One box of a drawing: a Value, or several that were folded into it.

    what   what was folded: "" for a single Value; "same" for a computation that was made several
           times, "chain" for one associative operation on many operands, both of which stand for
           one number; "neuron", "layer", "alike" or "stretch" for a summary
    path   of which layer or neuron the box is; None for another
    steps  of a box that is drawn once for several alike, the Values of each
    """

    members: list[Value]
    place: Place = NOWHERE
    what: str = ""
    path: str | None = None
    steps: list[list[Value]] = field(default_factory=list)

    @property
    def value(self) -> Value | None:
        """The Value whose number the box tells; None for a summary."""
        return self.members[-1] if self.what in ("", "same", "chain") and not self.steps else None

    @property
    def results(self) -> list[Value]:
        """The Values that are that number: one, or the copies of a computation."""
        return self.members if self.what == "same" else self.members[-1:]


@dataclass(slots=True)
class Link:
    """The uses of the Values of one box by those of another; of a block perhaps the next step's."""

    source: int
    target: int
    uses: list[Edge] = field(default_factory=list)
    next_step: bool = False


@dataclass(frozen=True, slots=True)
class Folding:
    """The boxes, in the order of computation, the links between them, and what repeats."""

    boxes: list[Box]
    links: list[Link]
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """A frame around the boxes of a layer or of a neuron; a neuron's has a layer's as parent."""

    path: str
    parent: int | None = None
    boxes: list[int] = field(default_factory=list)


def frames(folding: Folding) -> list[Frame]:
    """The frames around single Values, each after its parent; none where something was folded."""
    if any(box.value is None for box in folding.boxes):
        return []
    found: list[Frame] = []
    layers: dict[str, int] = {}
    neurons: dict[tuple[int | None, str], int] = {}
    for i, box in enumerate(folding.boxes):
        parent = None
        if box.place.layer:
            parent = layers.setdefault(box.place.layer, len(found))
            if parent == len(found):
                found.append(Frame(box.place.layer))
            found[parent].boxes.append(i)
        if box.place.neuron:
            own = neurons.setdefault((parent, box.place.neuron), len(found))
            if own == len(found):
                found.append(Frame(box.place.neuron, parent))
            found[own].boxes.append(i)
    return found


def foldings(
    reading: Reading,
    level: str,
    shown: Sequence[Value] | None = None,
    placed: bool = True,
    most: int | None = None,
) -> Iterator[Folding]:
    """Ever coarser foldings of a graph, from the level on.

    Args:
        reading: The graph.
        level: "value", "neuron", "layer", or "auto", which begins with all Values.
        shown: The nodes to draw, in the order of the reading; all if None.
        placed: Whether what belongs to a neuron or a layer is folded into it.
        most: Leave out the foldings into more boxes than so many.

    Example:
        >>> x = Value(1.0)
        >>> y = x
        >>> for _ in range(1000):
        ...     y = y * 1.01
        >>> folding = list(foldings(Reading(y), "auto"))[0]
        >>> [(box.what, len(box.members)) for box in folding.boxes]
        [('', 1), ('chain', 2000)]
    """
    order = reading.order if shown is None else shown
    for way in ways(reading, order, level, placed):
        folding = _once(reading, order, way) if way.once else None
        if folding is None:
            if most is not None and len({way.shares.get(node, node) for node in order}) > most:
                continue
            folding = group(reading, order, way.shares)
        if most is None or len(folding.boxes) <= most:
            yield folding


def _once(reading: Reading, order: Sequence[Value], way: Way) -> Folding | None:
    """The folding with what repeats drawn once; None where nothing does."""
    shares = dict(way.shares)
    where: dict[Hashable, int] = {}
    groups: list[list[Value]] = []
    for node in order:
        i = where.setdefault(shares.get(node, node), len(groups))
        if i == len(groups):
            groups.append([])
        groups[i].append(node)
    found = find_repeats(groups, reading.given)
    if not found:
        return None
    steps: dict[Hashable, list[list[Value]]] = {}
    blocks: list[list[Hashable]] = []
    for block in found:
        keys: list[Hashable] = []
        for place, of_steps in enumerate(block):
            first = next(members for members in of_steps if members)
            key = ("block", (len(blocks), place), shares.get(first[0], first[0]))
            keys.append(key)
            steps[key] = of_steps
            for members in of_steps:
                shares.update(dict.fromkeys(members, key))  # type: ignore[arg-type]
        blocks.append(keys)
    return group(reading, order, shares, steps, blocks)


def group(
    reading: Reading,
    order: Sequence[Value],
    shares: Shares,
    steps: dict[Hashable, list[list[Value]]] | None = None,
    blocks: Sequence[Collection[Hashable]] = (),
) -> Folding:
    """The boxes and links that come of sharing out the Values so."""
    steps = steps or {}
    index: dict[Hashable, int] = {}
    boxes: list[Box] = []
    where: dict[Value, int] = {}
    found = reading.places
    step_of: dict[Value, int] = {}
    for node in order:
        share: Hashable = shares.get(node, node)
        i = index.setdefault(share, len(boxes))
        if i == len(boxes):
            boxes.append(_box(share, steps.get(share, [])))
        boxes[i].members.append(node)
        where[node] = i
    for box in boxes:
        if found:
            box.place = shared(found.get(node, NOWHERE) for node in box.members)
        if len(box.members) == 1:
            box.what, box.path = "", None
        for k, members in enumerate(box.steps):
            step_of.update(dict.fromkeys(members, k))
    links: list[Link] = []
    between: dict[Hashable, Link] = {}
    apart = [box.value is not None for box in boxes]
    for node in order:
        if not node.parents:
            continue
        target = where[node]
        inside = -1 if not boxes[target].what else target
        if all(where.get(parent, inside) == inside for parent in node.parents):
            continue
        link: Link | None = None
        for edge in reading.edges(node):
            source = where.get(edge.parent, inside)
            if source == inside:
                continue
            singly = apart[source] and apart[target]
            next_step = step_of.get(edge.parent, 0) != step_of.get(node, 0) and bool(
                boxes[source].steps and boxes[target].steps
            )
            if link is None or link.source != source or singly or link.next_step != next_step:
                key: tuple[Hashable, ...] = (source, target, next_step)
                if singly:
                    key += (
                        (edge.position,) if boxes[target].what == "same" else (node, edge.position)
                    )
                link = between.get(key)
                if link is None:
                    link = between[key] = Link(source, target, next_step=next_step)
                    links.append(link)
            link.uses.append(edge)
    return Folding(
        boxes,
        links,
        [Block([index[key] for key in keys], len(steps[next(iter(keys))])) for keys in blocks],
    )


def _box(share: Hashable, steps: list[list[Value]]) -> Box:
    """An empty box for what shares it."""
    if not isinstance(share, tuple):
        return Box([])
    kind, what = share[:2]
    if kind == "block":
        box = _box(share[2], [])
        box.steps = steps
        box.what = box.what or "alike"
        return box
    path = None
    if kind in ("neuron", "layer"):
        while isinstance(what, tuple):  # a step, or the parameters that it is known by
            what = what[0] if isinstance(what[1], int) else ", ".join(what[1])
        path = str(what)
    return Box([], what=kind, path=path)
