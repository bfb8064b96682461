"""The chain rule in equations: a product along a chain, and a sum over the uses of each Value."""

import math
from itertools import pairwise

from engine.explanation.excerpt import USES, Excerpt
from engine.explanation.formula import Formula
from engine.explanation.prose import Equation, PlainText
from engine.value import Value
from engine.words.digits import Side, sum_of_products, written

_IN_WORDS = 1000  # operands up to which an operation has its local derivatives in words


class Signs:
    """Nodes and derivatives as they are written in one setting.

    Args:
        excerpt: What is told of a derivative.
        setting: How it is set.

    Attributes:
        digits: What is written of the numbers of the nodes that formulas have named, by name.
    """

    def __init__(self, excerpt: Excerpt, setting: PlainText) -> None:
        self.excerpt = excerpt
        self.facts = excerpt.facts
        self.wording = excerpt.wording
        self.setting = setting
        self.digits: dict[str, float] = {}

    def symbol(self, node: Value) -> Formula:
        """The node as a symbol."""
        return Formula(self.wording.name(node))

    def name(self, node: Value) -> str:
        """What the node is called."""
        return self.setting.formula(self.symbol(node))

    def total(self, node: Value, setting: PlainText | None = None) -> str:
        """∂output/∂node."""
        symbols = self.symbol(self.facts.output), self.symbol(node)
        return (setting or self.setting).derivative(*symbols)

    def local(self, consumer: Value, node: Value) -> str:
        """∂consumer/∂node, marked where the same signs could also mean ∂output/∂node."""
        direct = consumer is self.facts.output and len(self.facts.consumers(node)) > 1
        return self.setting.derivative(self.symbol(consumer), self.symbol(node), direct)

    def local_formula(self, consumer: Value, node: Value) -> Formula:
        """It in words; of a very long operation, or of many uses in one, the number."""
        for value in (consumer, *consumer.parents[:_IN_WORDS]):
            self.digits[self.wording.name(value)] = float(written(value.data))
        positions = self.facts.positions(consumer, node)
        if len(positions) > USES or len(consumer.parents) > _IN_WORDS:
            return Formula(self.facts.local_derivative(consumer, node))
        _, partials = self.wording.formulas(consumer)
        formula = partials[positions[0]]
        for position in positions[1:]:
            formula = formula + partials[position]
        return formula


def product_along(signs: Signs) -> Equation | None:
    """∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w, with the formulas and with the numbers, from wrt on.

    Returns:
        None where this says no more than the sum over the uses of wrt.
    """
    facts, setting = signs.facts, signs.setting
    chain, landmarks = signs.excerpt.chain, signs.excerpt.landmarks
    if len(landmarks) <= 2:
        return None
    factors: list[tuple[str, Formula, float]] = []
    start, formula, number = chain[0], Formula(1.0), 1.0
    for node, consumer in pairwise(chain):
        formula = signs.local_formula(consumer, node) * formula
        number *= facts.local_derivative(consumer, node)
        if consumer in landmarks:
            derivative = setting.derivative(signs.symbol(consumer), signs.symbol(start))
            factors.append((derivative, formula, number))
            start, formula, number = consumer, Formula(1.0), 1.0
    if start is not facts.output:
        total = signs.total(start)
        name = signs.total(start, PlainText())
        symbol = Formula(name, latex=total)
        signs.digits[name] = float(written(facts.reading.gradients[start]))
        factors.append((total, symbol, facts.reading.gradients[start]))
    symbols, formulas, numbers = zip(*reversed(factors), strict=True)
    exact = all(formula.is_exact for formula in formulas)
    said = [formula.number for formula in formulas]
    in_words = Side(
        setting.factors(formulas),
        None if None in said else math.prod(said),
        exact,
        math.prod([formula.at(signs.digits) for formula in formulas]),
    )
    return Equation(
        signs.total(facts.wrt),
        (
            Side(setting.dot.join(symbols)),
            in_words,
            Side(setting.numbers(numbers), *sum_of_products([numbers])),
            setting.number_side(facts.derivative),
        ),
    )


def recursion(signs: Signs) -> list[Equation]:
    """∂L/∂v = Σ ∂L/∂consumer · ∂consumer/∂v, for each v that is told, from the output on."""
    output = signs.facts.output
    return [_sum_over_uses(signs, v) for v in reversed(signs.excerpt.nodes) if v is not output]


def _sum_over_uses(signs: Signs, node: Value) -> Equation:
    facts, setting, gradients = signs.facts, signs.setting, signs.facts.reading.gradients
    consumers, left_out = signs.excerpt.consumers(node)
    symbols, terms, products = [], [], []
    for i, consumer in enumerate(consumers):
        symbol, factors = signs.local(consumer, node), [facts.local_derivative(consumer, node)]
        if consumer is not facts.output:
            symbol = signs.total(consumer) + setting.dot + symbol
            factors.insert(0, gradients[consumer])
        symbols.append(symbol)
        terms.append(factors)
        products.append(setting.numbers(factors, first=i == 0))
    contributions = [facts.contribution(consumer, node) for consumer in consumers]
    if left_out:
        rest = gradients[node]
        for contribution in contributions:
            rest -= contribution
        symbols.append(setting.word(f"{left_out:,} more"))
        terms.append([rest])
        products.append(setting.parenthesized(setting.number(rest)))
        contributions.append(rest)
    value = setting.number_side(gradients[node])
    in_numbers = sum_of_products(terms)
    if len(symbols) > 1:
        added = sum_of_products([[contribution] for contribution in contributions])
        sides = (
            Side(setting.terms(symbols)),
            Side(setting.terms(products), *in_numbers),
            Side(setting.sum_of(contributions), *added),
        )
        return Equation(signs.total(node), (*sides, value))
    first = Side(symbols[0])
    if consumers[0] is facts.output:
        first = setting.formula_side(signs.local_formula(facts.output, node), signs.digits)
    product = Side(products[0], *in_numbers)
    return Equation(signs.total(node), (first, product, value), flat=True)
