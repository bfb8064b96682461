"""One reading of a graph, for whoever shows it or makes something of it.

Every view asks the same: which nodes there are and in which order, what to call them, and what
passes along each edge. That is read here once; a picture, an explanation, a step or a program is a
loop over it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from engine.calculus import chain_rule
from engine.graph import topological_order
from engine.places import Place, places
from engine.text import LONGEST, cut, number_text, received, short
from engine.value import Constant, Value, as_value, as_values


class Named(Protocol):
    """A model that knows the names of its parameters."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Each parameter with its name."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One use of a Value as an operand, and what of the gradient passes along it.

    Attributes:
        node: The Value that the operation made.
        parent: The operand.
        position: Which operand of the node that is, from 0; in `x * x` both are x.
        local_derivative: ∂node/∂parent at this position, as it was recorded.
        gradient: The gradient that arrived at the node, ∂output/∂node.
        contribution: What it adds to the gradient of the parent, local_derivative * gradient.
    """

    node: Value
    parent: Value
    position: int
    local_derivative: float
    gradient: float
    contribution: float


class Reading:
    """A graph, read once: its nodes in order, what they are called, and every edge between them.

    Args:
        outputs: A Value, or several.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them.
        model: Whatever has such a method; a name in `names` goes before one of the model.
        also: Values to read too, whether or not an output depends on them.
        differentiate: Whether the gradients are those of a backward pass of its own, of several
            outputs those of their sum; else they are those that the Values have now.

    Attributes:
        outputs: The outputs, in order.
        order: Every node once, parents before children.
        given: The names that the user gave, by Value.

    Raises:
        TypeError: Where an output, `names` or `model` is something else.

    Example:
        >>> x = Value(3.0, "x")
        >>> y = 2 * x + 1
        >>> reading = Reading(y, names=[("bias", y.parents[1])], differentiate=True)
        >>> list(reading.names.values())
        ['2', 'x', 'v2', 'bias', 'v4']
        >>> [edge.contribution for edge in reading.backward() if edge.parent is x]
        [2.0]
    """

    def __init__(
        self,
        outputs: Value | Sequence[Value],
        names: Iterable[tuple[str, Value]] = (),
        model: Named | None = None,
        *,
        also: Sequence[Value] = (),
        differentiate: bool = False,
    ) -> None:
        if isinstance(outputs, list | tuple):
            self.outputs: tuple[Value, ...] = tuple(as_values(outputs, "outputs"))
        else:
            self.outputs = (as_value(outputs, "output"),)
        self.order: Sequence[Value] = topological_order(*self.outputs, *also)
        self.given: Mapping[Value, str] = given_names(names, model)
        self._differentiate = differentiate

    @property
    def output(self) -> Value:
        """The output; of several, the last one."""
        return self.outputs[-1]

    @cached_property
    def index(self) -> Mapping[Value, int]:
        """The place of every node in the order."""
        return {node: i for i, node in enumerate(self.order)}

    @cached_property
    def names(self) -> Mapping[Value, str]:
        """A name for every node: the one given, else its label, else an automatic one.

        A constant is called by its number; another node without a name is v0, v1, … by its place in
        the order. Names are for reading: two Values may have the same one, and of a very long one
        the middle is left out.
        """
        return _Names(self)

    @cached_property
    def unnamed(self) -> frozenset[Value]:
        """The nodes that have an automatic name, for want of another."""
        return frozenset(
            node
            for node in self.order
            if not (node.label or isinstance(node, Constant) or self.given.get(node))
        )

    @cached_property
    def places(self) -> Mapping[Value, Place]:
        """Where those Values belong that belong to a neuron or to a layer, by the names given."""
        return places(self.order, self.given)

    @cached_property
    def gradients(self) -> Mapping[Value, float]:
        """∂output/∂node for every node."""
        if not self._differentiate:
            return {node: node.grad for node in self.order}
        reached = chain_rule(self.order, None, dict.fromkeys(self.outputs, 1.0))
        for node in self.order if len(reached) < len(self.order) else ():
            reached.setdefault(node, 0.0)
        return reached

    @property
    def differentiated(self) -> bool:
        """Whether the gradients mean something: that of an output is not 0 once `backward` ran."""
        return self._differentiate or any(output.grad != 0.0 for output in self.outputs)

    def edges(self, node: Value) -> Iterator[Edge]:
        """The operands of a node, in order."""
        gradient = self.gradients[node]
        for position, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
            yield Edge(node, parent, position, partial, gradient, gradient * partial)

    def backward(self) -> Iterator[Edge]:
        """Every edge, in the order in which `backward` follows them."""
        for node in reversed(self.order):
            if node.parents:
                yield from self.edges(node)


class _Names(Mapping[Value, str]):
    """The names of a reading, each made when it is asked for: of a large graph few are shown."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __getitem__(self, node: Value) -> str:
        name = cut(self._reading.given.get(node) or node.label, LONGEST)
        if name:
            return name
        if isinstance(node, Constant):
            return number_text(node.data)
        return automatic_name(self._reading.index[node])

    def __iter__(self) -> Iterator[Value]:
        return iter(self._reading.order)

    def __len__(self) -> int:
        return len(self._reading.order)


def automatic_name(place: int) -> str:
    """What a node at this place of the order is called, for want of a name."""
    return f"v{place}"


def given_names(
    names: Iterable[tuple[str, Value]] = (), model: Named | None = None
) -> dict[Value, str]:
    """The names that the user gave, by Value: those of a model's parameters, and others.

    Example:
        >>> w = Value(2.0)
        >>> list(given_names([("layers.0.w.0", w)]).values())
        ['layers.0.w.0']
    """
    given = {} if model is None else _by_value(_parameters_of(model))
    given.update(_by_value(names))
    return given


def _parameters_of(model: Named) -> Iterable[tuple[str, Value]]:
    if not callable(getattr(model, "named_parameters", None)):
        raise TypeError(
            "model must have a method named_parameters(), as a Module has, but got the "
            f"{received(model)}"
        )
    return model.named_parameters()


def _by_value(names: Iterable[tuple[str, Value]]) -> dict[Value, str]:
    """The names by Value, or the TypeError that says what `names` should be."""
    expected = "names must be pairs of a name and a Value, as model.named_parameters() gives them"
    try:
        pairs = [(name, value) for name, value in names]
    except (TypeError, ValueError):
        raise TypeError(f"{expected}, but got {received(names)}") from None
    for name, value in pairs:
        if not (isinstance(name, str) and isinstance(value, Value)):
            raise TypeError(f"{expected}, but got {short((name, value))} among them")
    return {value: name for name, value in pairs}
