"""The nodes of an explanation in words: what each is called, and what it was made of."""

from engine.explanation.facts import Facts
from engine.explanation.formula import Formula, formulas_of
from engine.naming import neurons
from engine.text import number_text, one_line
from engine.value import Constant, Value


class Wording:
    """What each node is called, and what its operation reads like in those names.

    Args:
        facts: The derivative that is explained.

    Attributes:
        weighted_sums: The weighted sums of the neurons on the way.
        activations: Their activations.
    """

    def __init__(self, facts: Facts) -> None:
        parts = neurons(facts.reading.order)
        self._names = facts.reading.names
        self.weighted_sums = set(parts)
        self.activations = {members["a"] for members in parts.values() if "a" in members}
        self._formulas: dict[Value, tuple[Formula, tuple[Formula, ...]]] = {}

    def name(self, node: Value) -> str:
        """What the node is called, on one line."""
        return one_line(self._names[node])

    def is_unnamed(self, node: Value) -> bool:
        """Whether neither the user nor a textbook has a name for the node."""
        return self._names.is_number(node)

    def formulas(self, node: Value) -> tuple[Formula, tuple[Formula, ...]]:
        """What an operation made the node of, and its local derivatives."""
        if node.op is not None and node not in self._formulas:
            operands = [self._operand(parent) for parent in node.parents]
            self._formulas[node] = formulas_of(node.op, operands, self._operand(node))
        return self._formulas[node]

    def _operand(self, node: Value) -> Formula:
        """The node as a symbol; a constant without a name is its number."""
        name = self.name(node)
        if isinstance(node, Constant) and name == number_text(node.data):
            return Formula(node.data)
        return Formula(name)
