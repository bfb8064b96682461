"""One reading of a graph, for whoever shows it or makes something of it.

Every view asks the same: which nodes there are and in which order, what to call them, and what
passes along each edge. That is read here once; a picture, an explanation, a step or a program is a
loop over it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.cached import cached_property
from engine.calculus import chain_rule
from engine.graph import topological_order
from engine.naming import GivenNames, Named, Names, Variables, given_names, held_parameters
from engine.places import Place, places
from engine.value import Value, as_value, as_values


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
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them; False for
            none, and none by `variables` either.
        model: Whatever has such a method; a name in `names` goes before one of the model.
        variables: What the caller holds in variables, as `callers_variables` gives it; a label goes
            before them.
        also: Values to read too, whether or not an output depends on them.
        differentiate: Whether the gradients are those of a backward pass of its own, of several
            outputs those of their sum; else they are those that the Values have now.
        math_labels: Whether a name that ends in a number has it below the line: w1 is w₁.

    Attributes:
        outputs: The outputs, in order.
        order: Every node once, parents before children.
        given: The names of parameters, by Value, and others that the user gave.

    Raises:
        TypeError: Where an output, `names` or `model` is something else.

    Example:
        >>> x = Value(3.0, "x")
        >>> y = 2 * x + 1
        >>> reading = Reading(y, names=[("bias", y.parents[1])], differentiate=True)
        >>> list(reading.names.values())
        ['2', 'x', 'v1', 'bias', 'v2']
        >>> [edge.contribution for edge in reading.backward() if edge.parent is x]
        [2.0]
    """

    def __init__(
        self,
        outputs: Value | Sequence[Value],
        names: GivenNames = (),
        model: Named | None = None,
        variables: Variables = (),
        *,
        also: Sequence[Value] = (),
        differentiate: bool = False,
        math_labels: bool = False,
    ) -> None:
        if isinstance(outputs, list | tuple):
            self.outputs: tuple[Value, ...] = tuple(as_values(outputs, "outputs"))
        else:
            self.outputs = (as_value(outputs, "output"),)
        self.order: Sequence[Value] = topological_order(*self.outputs, *also)
        if names is False:
            names, variables = (), ()
        named = given_names(names, model)
        held: Mapping[Value, str] = {}
        if variables:
            held = held_parameters(variables, self.index, named, several=model is not None)
        self.given: Mapping[Value, str] = {**held, **named}
        self._named = named
        self._math_labels = math_labels
        self._by_variable = {
            value: name
            for name, value in variables
            if isinstance(value, Value) and value in self.index
        }
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
    def names(self) -> Names:
        """A name for every node, and another one for each, for whoever reads them.

        It is the one given, else the label, else that of a parameter of a model or of the variable
        that the caller holds it in; else a letter of a textbook, or v1, v2, … in order. A constant
        is called by its number. Where several have one name, they are x[1], x[2], … in order, and
        of a very long one the middle is left out.
        """
        last = (self.given, self._by_variable)
        known = {
            node: self._named.get(node) or node.label or last[0].get(node) or last[1].get(node, "")
            for node in self.order
        }
        known = {node: name for node, name in known.items() if name}
        output = self.output if len(self.outputs) == 1 else None
        return Names(self.order, known, output, self._math_labels)

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
