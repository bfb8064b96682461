"""Where a Value belongs: to which neuron, and to which layer.

A Value does not record it. It is derived: a parameter belongs where its name says
(`layers.0.neurons.3.w.1` to the neuron `layers.0.neurons.3` in the layer `layers.0`), an operation
on a parameter belongs to the parameter's neuron, and what is computed from that alone, up to the
activation, belongs there too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
            place = shared(used) if len(set(node.parents)) > 1 else NOWHERE
        elif node in inside:
            place = shared(found.get(p, NOWHERE) for p in node.parents if p.op is not None)
        else:
            # After the last layer: the rest of a sum, one activation, and then begins the loss.
            place = shared(found.get(parent, NOWHERE) for parent in node.parents)
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


def shared(places: Iterable[Place]) -> Place:
    """What several places have in common."""
    common: Place | None = None
    for place in places:
        if common is None:
            common = place
        elif place is not common:
            common = common.shared(place)
    return common or NOWHERE


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
