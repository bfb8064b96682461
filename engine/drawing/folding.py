"""Which Values share a box in a drawing: those of one neuron, of one layer, or those alike.

Values that belong to no neuron are folded by likeness: the same operation on operands that share a
box, so that the losses of a hundred samples become one box, as does a sum that was added up term by
term. Where that is not enough, they are cut into stretches of the order of computation.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.places import NOWHERE, Place, shared
from engine.reading import Edge, Reading
from engine.value import Constant, Value


@dataclass(slots=True)
class Box:
    """One box of a drawing: a Value, or several that were folded into it.

    what  what was folded, to say so in the picture: "" for a single Value, else "neuron", "layer",
          "alike" or "stretch"
    """

    members: list[Value]
    place: Place = NOWHERE
    what: str = ""

    @property
    def path(self) -> str | None:
        """Of which layer or neuron the box is; None for another."""
        return {"neuron": self.place.neuron, "layer": self.place.layer}.get(self.what)


@dataclass(slots=True)
class Link:
    """The uses of the Values of one box by those of another."""

    source: int
    target: int
    uses: list[Edge] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Folding:
    """The boxes, in the order of computation, and the links between them."""

    boxes: list[Box]
    links: list[Link]


@dataclass(slots=True)
class Frame:
    """A frame around the boxes of a layer or of a neuron; a neuron's has a layer's as parent."""

    path: str
    parent: int | None = None
    boxes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many boxes, and how many links between them, make a picture that can be read."""

    boxes: int
    links: int


# Folding


def frames(folding: Folding) -> list[Frame]:
    """The frames around single Values, each after its parent; none where something was folded."""
    if any(box.what for box in folding.boxes):
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


def fold(
    reading: Reading, level: str, limits: Limits | None = None, shown: Sequence[Value] | None = None
) -> Folding:
    """Fold the Values of a graph into boxes.

    Args:
        reading: The graph.
        level: "value", "neuron", "layer", or "auto": the first of them within the limits.
        limits: Where Values without a place are folded too, by likeness, then into stretches.
        shown: The nodes to draw, in the order of the reading; all if None.

    Example:
        >>> x = Value(1.0)
        >>> y = x
        >>> for _ in range(1000):
        ...     y = y * 1.01
        >>> folding = fold(Reading(y), "auto", Limits(300, 600))
        >>> [(box.what, len(box.members)) for box in folding.boxes]
        [('', 1), ('alike', 2000)]
    """
    order = reading.order if shown is None else shown
    places = reading.places
    if limits is None:
        key, box_of = next(_ever_coarser(order, level, places, reading.given))
        return _group(reading, order, places, key, box_of)
    folding = _within(reading, order, level, places, limits)
    if folding is None:  # more neurons or layers than there may be boxes
        level = "layer" if level != "layer" else "value"
        folding = _within(reading, order, level, {}, limits)
    if folding is None:
        raise ValueError(f"nothing can be folded into {limits.boxes} boxes")
    return folding


def _within(
    reading: Reading,
    order: Sequence[Value],
    level: str,
    places: Mapping[Value, Place],
    limits: Limits,
) -> Folding | None:
    """The first folding within the limits, else the last with few enough boxes."""
    folding: Folding | None = None
    for key, box_of in _ever_coarser(order, level, places, reading.given):
        if len(set(map(box_of, order))) <= limits.boxes:
            folding = _group(reading, order, places, key, box_of)
            if len(folding.links) <= limits.links:
                break
    return folding


Key: TypeAlias = Callable[[Place], tuple[str, str] | None]

_keys: dict[str, Key] = {
    "value": lambda place: None,
    "neuron": lambda place: _layer(place) if place.neuron is None else ("neuron", place.neuron),
    "layer": lambda place: _layer(place),
}


def _layer(place: Place) -> tuple[str, str] | None:
    return None if place.layer is None else ("layer", place.layer)


_MOST_FRAMED = 120  # Values in frames that still make a picture; neurons are the better one beyond

BoxOf: TypeAlias = Callable[[Value], Hashable]


def _ever_coarser(
    order: Sequence[Value], level: str, found: Mapping[Value, Place], parameters: Collection[Value]
) -> Iterator[tuple[Key, BoxOf]]:
    """Ways to share out the Values: alone or with their neuron, with their like, in stretches."""
    levels = [level]
    if level == "auto":
        levels = ["value", "neuron", "layer"] if found else ["value"]
        if found and len(order) > _MOST_FRAMED:
            levels.remove("value")
    for name in levels:
        key = _keys[name]
        own = {node: key(place) for node, place in found.items()}
        yield key, _own_or_alone(own)
        if name == "value" != levels[-1]:
            continue
        likeness = _likeness(order, own, parameters)
        yield key, _beside_their_use(order, own, likeness).__getitem__
    for count in (60, 15, 4):
        cut = _cut(order, own, likeness, count)
        yield key, _beside_their_use(order, own, cut).__getitem__
    yield key, cut.__getitem__


Own: TypeAlias = Mapping[Value, tuple[str, str] | None]


def _own_or_alone(own: Own) -> BoxOf:
    return lambda node: own.get(node) or node


def _likeness(
    order: Sequence[Value], own: Own, parameters: Collection[Value]
) -> dict[Value, Hashable]:
    """A number for every node that it shares with its like.

    Two operations are alike if they are the same and their operands are alike. In a chain of one
    operation, as in a sum that is added up term by term, the operands of each link count for the
    whole. A number depends on earlier ones alone, so boxes of the like make no cycle.
    """
    numbers: dict[Hashable, int] = {}
    operands: dict[int, tuple[str, frozenset[int]]] = {}
    likeness: dict[Value, int] = {}
    any_parameter = numbers.setdefault("parameter", 0)  # a penalty on all of them is one box
    for node in order:
        role: Hashable = own.get(node) or kind_of_leaf(node, parameters)
        if role is None and node.op is not None:
            name = node.op.name
            likes = {
                any_parameter if parent in parameters else likeness[parent]
                for parent in node.parents
                if parent in likeness
            }
            flat: set[int] = set()
            for like in likes:
                operation, its_operands = operands.get(like, ("", frozenset()))
                flat |= its_operands if operation == name else {like}
            role = description = (name, frozenset(flat))
            if role not in numbers:
                operands[len(numbers)] = description
        likeness[node] = numbers.setdefault(role, len(numbers))
        if len(numbers) > _MOST_ROLES:
            return {node: own.get(node) or kind_of_leaf(node, parameters) or node for node in order}
    return dict(likeness)


_MOST_ROLES = 10_000  # of a graph with more there is no summary to be found by likeness


def kind_of_leaf(node: Value, parameters: Collection[Value]) -> str | None:
    """What kind of leaf it is; None for an operation."""
    if node.op is not None:
        return None
    if isinstance(node, Constant):
        return "constant"
    return "parameter" if node in parameters else "input"


def _cut(
    order: Sequence[Value], own: Own, likeness: Mapping[Value, Hashable], count: int
) -> dict[Value, Hashable]:
    """Cut what belongs nowhere into so many stretches of the order of computation."""
    free = [node for node in order if node.op is not None and own.get(node) is None]
    # Boxes as they were first met: each comes after those that it depends on.
    boxes = list(dict.fromkeys(likeness[node] for node in free))
    length = -(-len(boxes) // count) or 1
    stretch = {box: ("stretch", i // length) for i, box in enumerate(boxes)}
    return {**likeness, **{node: stretch[likeness[node]] for node in free}}


def _beside_their_use(
    order: Sequence[Value], own: Own, likeness: Mapping[Value, Hashable]
) -> dict[Value, Hashable]:
    """Tell leaves that belong nowhere apart by their first use; a constant of one box joins it."""
    uses: dict[Value, Hashable] = {}
    of_several: set[Value] = set()
    for node in order:
        use = likeness[node]
        for parent in node.parents:
            if parent.op is None and uses.setdefault(parent, use) != use:
                of_several.add(parent)
    boxes = dict(likeness)
    for leaf, use in uses.items():
        if leaf in likeness and own.get(leaf) is None:
            joins = isinstance(leaf, Constant) and leaf not in of_several
            boxes[leaf] = use if joins else ("leaf", likeness[leaf], use)
    return boxes


def _group(
    reading: Reading, order: Sequence[Value], found: Mapping[Value, Place], key: Key, box_of: BoxOf
) -> Folding:
    """The boxes and links that come of sharing out the Values so."""
    index: dict[Hashable, int] = {}
    boxes: list[Box] = []
    where: dict[Value, int] = {}
    for node in order:
        together = box_of(node)
        i = index.get(together, -1)
        if i < 0:
            i = index[together] = len(boxes)
            boxes.append(Box([], what=together[0] if isinstance(together, tuple) else ""))
        boxes[i].members.append(node)
        where[node] = i
    for box in boxes:
        if found:
            box.place = shared(found.get(node, NOWHERE) for node in box.members)
        own = key(box.place)
        if len(box.members) == 1:
            box.what = ""
        elif own is not None:
            box.what = own[0]
        elif box.what != "stretch":
            box.what = "alike"
    links: list[Link] = []
    between: dict[tuple[int, int], Link] = {}
    single = [not box.what for box in boxes]
    for node in order:
        if not node.parents:
            continue
        target = where[node]
        inside = -1 if single[target] else target
        if all(where.get(parent, inside) == inside for parent in node.parents):
            continue
        link: Link | None = None
        for edge in reading.edges(node):
            source = where.get(edge.parent, inside)
            if source == inside:
                continue
            if link is None or link.source != source or (single[source] and single[target]):
                link = between.get((source, target))
                if link is None or (single[source] and single[target]):
                    link = between[source, target] = Link(source, target)
                    links.append(link)
            link.uses.append(edge)
    return Folding(boxes, links)
