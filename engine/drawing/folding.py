"""Which Values share a box in a drawing: those of one neuron, of one layer, or those alike.

A Value does not record to which neuron it belongs. It is derived: a parameter belongs where its
name says (`layers.0.neurons.3.w.1` to the neuron `layers.0.neurons.3` in the layer `layers.0`), an
operation on a parameter belongs to the parameter's neuron, and what is computed from that alone, up
to the activation, belongs there too.

Values that belong to no neuron are folded by likeness: the same operation on operands that share a
box, so that the losses of a hundred samples become one box, as does a sum that was added up term by
term. Where that is not enough, they are cut into stretches of the order of computation.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.value import Constant, Value


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Value belongs: the path of its layer, and of its neuron; None for nowhere."""

    layer: str | None = None
    neuron: str | None = None

    def shared(self, other: "Place") -> "Place":
        """What two places have in common."""
        if self == other:
            return self
        return Place(
            self.layer if self.layer == other.layer else None,
            self.neuron if self.neuron == other.neuron else None,
        )


NOWHERE = Place()


@dataclass(slots=True)
class Box:
    """One box of a drawing: a Value, or several that were folded into it.

    what  what was folded, to say so in the picture: "" for a single Value, else "neuron", "layer",
          "alike" or "stretch"
    """

    members: list[Value]
    place: Place = NOWHERE
    what: str = ""


@dataclass(slots=True)
class Link:
    """The uses of the Values of one box by those of another: (parent, local derivative, node)."""

    source: int
    target: int
    uses: list[tuple[Value, float, Value]] = field(default_factory=list)


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


# Where a parameter belongs, by its name


def place_of_name(name: str) -> Place:
    """The place that the name of a parameter tells.

    The attribute is the last word with the indices after it; what stands before is the path of the
    neuron, and that without its last step the path of the layer.

    >>> place_of_name("layers.0.neurons.3.w.1")
    Place(layer='layers.0', neuron='layers.0.neurons.3')
    >>> place_of_name("neurons.3.b")
    Place(layer='', neuron='neurons.3')
    >>> place_of_name("encoder.w.3.1")
    Place(layer='encoder', neuron=None)
    >>> place_of_name("w.1")
    Place(layer='', neuron='')
    """
    steps: list[str] = []
    for word in name.split("."):
        if word.isdigit() and steps:
            steps[-1] += f".{word}"
        else:
            steps.append(word)
    owner = steps[:-1]
    if len(owner) == 1 and not owner[0].startswith("neurons."):
        return Place(owner[0])
    return Place(".".join(owner[:-1]), ".".join(owner))


def places(order: Sequence[Value], names: Mapping[Value, str]) -> dict[Value, Place]:
    """The place of every Value that has one.

    order  the nodes, parents before children
    names  the names of the parameters

    >>> from engine.graph import topological_order
    >>> w, b, x = Value(2.0), Value(1.0), Value(3.0)
    >>> z = w * x + b
    >>> loss = (z.tanh() - 0.5) ** 2
    >>> found = places(topological_order(loss), {w: "neurons.0.w.0", b: "neurons.0.b"})
    >>> [value.op.symbol for value in found if value.op]
    ['*', '+', 'tanh']
    """
    found = {node: place_of_name(names[node]) for node in order if node in names}
    if any(place.neuron != "" for place in found.values()):
        # A parameter of the model itself, beside its layers, stands alone.
        found = {node: place for node, place in found.items() if place != Place("", "")}
    if not found:
        return {}
    parameters = set(found)
    inside = _before_a_parameter(order, parameters)
    activated: set[Value] = set()
    for node in order:
        if node.op is None:
            continue
        used = [found[parent] for parent in node.parents if parent in parameters]
        if used:
            # w * w is a penalty on the weight, no part of the neuron
            place = _shared(used) if len(set(node.parents)) > 1 else NOWHERE
        elif node in inside:
            place = _shared(found.get(p, NOWHERE) for p in node.parents if p.op is not None)
        else:
            # After the last layer: the rest of a sum, one activation, and then begins the loss.
            place = _shared(found.get(parent, NOWHERE) for parent in node.parents)
            if len(node.parents) == 1:
                if place.neuron is None or node.parents[0] in activated:
                    place = NOWHERE
                activated.add(node)
            elif place.neuron is None:
                place = NOWHERE
        if place != NOWHERE:
            found[node] = place
    _place_constants(order, found)
    return found


def _shared(places: Iterable[Place]) -> Place:
    shared: Place | None = None
    for place in places:
        if shared is None:
            shared = place
        elif place is not shared:
            shared = shared.shared(place)
    return shared or NOWHERE


def _before_a_parameter(order: Sequence[Value], parameters: set[Value]) -> set[Value]:
    """The operations from which a way leads on to another one that uses a parameter."""
    inside: set[Value] = set()
    for node in reversed(order):
        if node in inside or not parameters.isdisjoint(node.parents):
            inside.update(node.parents)
    return inside


def _place_constants(order: Sequence[Value], found: dict[Value, Place]) -> None:
    """A constant belongs where it is used, if that is one neuron; one for many is an input."""
    users: dict[Value, Place] = {}
    for node in order:
        for parent in node.parents:
            if isinstance(parent, Constant):
                place = found.get(node, NOWHERE)
                users[parent] = users[parent].shared(place) if parent in users else place
    found.update((node, place) for node, place in users.items() if place.neuron is not None)


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
    order: Sequence[Value],
    level: str,
    found: Mapping[Value, Place],
    parameters: Collection[Value] = (),
    limits: Limits | None = None,
) -> Folding:
    """Fold the Values of a graph into boxes.

    order       the nodes to draw, parents before children; parents that are not among them are
                left out
    level       "value", "neuron", "layer", or "auto": the first of them within the limits
    found       where the Values belong, from `places`
    parameters  the Values to tell from other leaves
    limits      where Values without a place are folded too, by likeness, then into stretches

    >>> from engine.graph import topological_order
    >>> x = Value(1.0)
    >>> y = x
    >>> for _ in range(1000):
    ...     y = y * 1.01
    >>> folding = fold(topological_order(y), "auto", {}, (), Limits(300, 600))
    >>> [(box.what, len(box.members)) for box in folding.boxes]
    [('', 1), ('alike', 2000)]
    """
    if limits is None:
        key = _keys[level]
        own = {node: key(place) for node, place in found.items()}
        return _group(order, found, key, _own_or_alone(own))
    folding: Folding | None = None
    for key, box_of in _ever_coarser(order, level, found, frozenset(parameters)):
        if len(set(map(box_of, order))) <= limits.boxes:
            folding = _group(order, found, key, box_of)
            if len(folding.links) <= limits.links:
                return folding
    if folding is None:  # more neurons or layers than there may be boxes
        return fold(order, "layer" if level != "layer" else "value", {}, parameters, limits)
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
    order: Sequence[Value],
    level: str,
    found: Mapping[Value, Place],
    parameters: frozenset[Value],
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
    order: Sequence[Value], own: Own, parameters: frozenset[Value]
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
        role: Hashable = own.get(node)
        if role is None:
            role = _kind(node, parameters)
        if role is None and node.op is not None:
            name = node.op.name
            flat: set[int] = set()
            for parent in node.parents:
                if parent in likeness:
                    like = likeness[parent] if parent not in parameters else any_parameter
                    operation, its_operands = operands.get(like, ("", frozenset((like,))))
                    flat |= its_operands if operation == name else {like}
            role = description = (name, frozenset(flat))
            if role not in numbers:
                operands[len(numbers)] = description
        likeness[node] = numbers.setdefault(role, len(numbers))
        if len(numbers) > _MOST_ROLES:
            return {node: own.get(node) or _kind(node, parameters) or node for node in order}
    return dict(likeness)


_MOST_ROLES = 10_000  # of a graph with more there is no summary to be found by likeness


def _kind(node: Value, parameters: frozenset[Value]) -> str | None:
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
    order: Sequence[Value], found: Mapping[Value, Place], key: Key, box_of: BoxOf
) -> Folding:
    """The boxes and links that come of sharing out the Values so."""
    index: dict[Hashable, int] = {}
    boxes: list[Box] = []
    where: dict[Value, int] = {}
    for node in order:
        shared = box_of(node)
        i = index.setdefault(shared, len(boxes))
        if i == len(boxes):
            boxes.append(Box([], what=shared[0] if isinstance(shared, tuple) else ""))
        boxes[i].members.append(node)
        where[node] = i
    for box in boxes:
        box.place = _shared(found.get(node, NOWHERE) for node in box.members)
        own = key(box.place)
        if len(box.members) == 1:
            box.what = ""
        elif own is not None:
            box.what = own[0]
        elif box.what != "stretch":
            box.what = "alike"
    links: list[Link] = []
    between: dict[tuple[int, int], Link] = {}
    for node in order:
        target = where[node]
        for parent, partial in zip(node.parents, node.partials, strict=True):
            source = where.get(parent)
            if source is None or (source == target and boxes[target].what):
                continue
            single = not boxes[source].what and not boxes[target].what
            link = None if single else between.get((source, target))
            if link is None:
                link = Link(source, target)
                links.append(link)
                between[source, target] = link
            link.uses.append((parent, partial, node))
    return Folding(boxes, links)
