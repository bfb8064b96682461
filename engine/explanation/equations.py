"""The chain rule in equations: a product along a chain, and a sum over the uses of each Value."""

from collections.abc import Sequence
from itertools import pairwise

from engine.explanation.excerpt import USES, first_chain, landmarks, main_uses
from engine.explanation.facts import Facts, Use
from engine.explanation.formula import Formula
from engine.explanation.prose import Equation, PlainText, Setting
from engine.explanation.wording import Wording
from engine.value import Value

_IN_WORDS = 1000  # operands up to which an operation has its local derivatives in words


class Signs:
    """Nodes and derivatives as they are written in one setting.

    Args:
        facts: The derivative that is explained.
        wording: What its nodes are called.
        setting: How it is set.
    """

    def __init__(self, facts: Facts, wording: Wording, setting: Setting) -> None:
        self.facts = facts
        self.wording = wording
        self.setting = setting

    def symbol(self, node: Value) -> Formula:
        """The node as a symbol."""
        return Formula(self.wording.name(node))

    def name(self, node: Value) -> str:
        """What the node is called."""
        return self.setting.formula(self.symbol(node))

    def total(self, node: Value, setting: Setting | None = None) -> str:
        """∂output/∂node."""
        symbols = self.symbol(self.facts.output), self.symbol(node)
        return (setting or self.setting).derivative(*symbols)

    def local(self, use: Use, node: Value) -> str:
        """∂consumer/∂node, marked where the same signs could also mean ∂output/∂node."""
        direct = use.consumer is self.facts.output and len(self.facts.uses(node)) > 1
        return self.setting.derivative(self.symbol(use.consumer), self.symbol(node), direct)

    def local_formula(self, use: Use) -> Formula:
        """It in words; of a very long operation, or of many uses in one, the number."""
        if len(use.edges) > USES or len(use.consumer.parents) > _IN_WORDS:
            return Formula(use.local_derivative)
        _, partials = self.wording.formulas(use.consumer)
        first, *others = (partials[edge.position] for edge in use.edges)
        for other in others:
            first = first + other
        return first


def product_along(signs: Signs) -> Equation | None:
    """∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w, with the formulas and with the numbers, from wrt on.

    Returns:
        None where this says no more than the sum over the uses of wrt.
    """
    facts, setting = signs.facts, signs.setting
    chain = first_chain(facts, signs.wording)
    stops = set(landmarks(chain, signs.wording))
    if len(stops) <= 2:
        return None
    factors: list[tuple[str, Formula, float]] = []
    start, formula, number = chain[0], Formula(1.0), 1.0
    for node, consumer in pairwise(chain):
        (use,) = facts.uses(node)
        formula = signs.local_formula(use) * formula
        number *= use.local_derivative
        if consumer in stops:
            derivative = setting.derivative(signs.symbol(consumer), signs.symbol(start))
            factors.append((derivative, formula, number))
            start, formula, number = consumer, Formula(1.0), 1.0
    if start is not facts.output:
        total = signs.total(start)
        symbol = Formula(signs.total(start, PlainText()), latex=total)
        factors.append((total, symbol, facts.gradients[start]))
    symbols, formulas, numbers = zip(*reversed(factors), strict=True)
    return Equation(
        signs.total(facts.wrt),
        (
            setting.dot.join(symbols),
            setting.factors(formulas),
            setting.numbers(numbers),
            setting.number(facts.derivative),
        ),
    )


def recursion(signs: Signs, nodes: Sequence[Value]) -> list[Equation]:
    """∂L/∂v = Σ ∂L/∂consumer · ∂consumer/∂v, for each of the nodes, from the output on."""
    output = signs.facts.output
    return [_sum_over_uses(signs, node) for node in reversed(nodes) if node is not output]


def _sum_over_uses(signs: Signs, node: Value) -> Equation:
    facts, setting = signs.facts, signs.setting
    uses = main_uses(facts, node)
    symbols, products = [], []
    for i, use in enumerate(uses):
        symbol, factors = signs.local(use, node), [use.local_derivative]
        if use.consumer is not facts.output:
            symbol = signs.total(use.consumer) + setting.dot + symbol
            factors.insert(0, facts.gradients[use.consumer])
        symbols.append(symbol)
        products.append(setting.numbers(factors, first=i == 0))
    contributions = [use.contribution for use in uses]
    left_out = len(facts.uses(node)) - len(uses)
    if left_out:
        rest = facts.gradients[node]
        for contribution in contributions:
            rest -= contribution
        symbols.append(setting.word(f"{left_out:,} more"))
        products.append(setting.parenthesized(setting.number(rest)))
        contributions.append(rest)
    value = setting.number(facts.gradients[node])
    if len(symbols) > 1:
        sides = setting.terms(symbols), setting.terms(products), setting.sum_of(contributions)
        return Equation(signs.total(node), (*sides, value))
    if uses[0].consumer is facts.output:
        symbols = [setting.formula(signs.local_formula(uses[0]))]
    return Equation(signs.total(node), (*symbols, *products, value), flat=True)
