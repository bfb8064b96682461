"""The chain rule spelled out for one derivative: step by step, with the numbers, and path by path.

Everything is read from the graph that was recorded; the formulas come from its rules, run on
`Formula`. What is said, and in which order, is in `_Account`; how that looks, in
`prose`.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from engine import ops
from engine.calculus import chain_rule, replay
from engine.explanation.formula import Formula, formulas_of
from engine.explanation.paths import Path, between, count_paths, greatest_paths
from engine.explanation.prose import Equation, Markdown, PlainText, Setting
from engine.reading import Named, Reading
from engine.text import number_text, one_line
from engine.value import Constant, Value, as_value
from engine.words.textbook import neurons, textbook_names

T = TypeVar("T")


class Wording:
    """What each node is called, and what its operation reads like in those names."""

    def __init__(self, order: Sequence[Value], way: Sequence[Value], names: dict[Value, str]):
        parts = neurons(order, way)
        self.names = textbook_names(order, way, names, parts)
        self.unnamed = {node for i, node in enumerate(order) if self.names[node] == f"v{i}"}
        self.weighted_sums = set(parts)
        self.activations = {members["a"] for members in parts.values() if "a" in members}
        self._formulas: dict[Value, tuple[Formula, tuple[Formula, ...]]] = {}

    def name(self, node: Value) -> str:
        return one_line(self.names[node])

    def symbol(self, node: Value) -> Formula:
        """The node as a symbol; a constant without a name is its number."""
        if isinstance(node, Constant) and self.names[node] == number_text(node.data):
            return Formula(node.data)
        return Formula(self.name(node))

    def formulas(self, node: Value) -> tuple[Formula, tuple[Formula, ...]]:
        """What an operation made the node of, and its local derivatives."""
        if node.op is not None and node not in self._formulas:
            operands = [self.symbol(parent) for parent in node.parents]
            self._formulas[node] = formulas_of(node.op, operands, self.symbol(node))
        return self._formulas[node]


@dataclass(frozen=True, slots=True)
class Row:
    """One edge of the way, along which a part of the gradient arrives at `parent`.

    node              the Value that the operation made
    parent            the operand, on the way from `wrt` to the output
    position          which operand of the node that is, from 0
    local_derivative  ∂node/∂parent at this position, as it was recorded
    gradient          ∂output/∂node
    contribution      their product, this edge's part of ∂output/∂parent
    """

    node: Value
    parent: Value
    position: int
    local_derivative: float
    gradient: float
    contribution: float
    _wording: Wording = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """What the node is called."""
        return self._wording.name(self.node)

    @property
    def parent_name(self) -> str:
        """What the parent is called."""
        return self._wording.name(self.parent)

    @property
    def operation(self) -> str:
        """The formula of the node, such as `b + w·x`."""
        return self._wording.formulas(self.node)[0].text()

    @property
    def formula(self) -> str:
        """The formula of the local derivative, such as `1 − a²`."""
        return self._wording.formulas(self.node)[1][self.position].text()


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a derivative comes from: text for a terminal, Markdown or LaTeX for a notebook.

    output, wrt         the derivative is that of `output` with respect to `wrt`
    derivative          that number
    order               the nodes on the way from `wrt` to the output, in the order of computation
    gradients           ∂output/∂node for each of them
    number_of_paths     how many paths lead from `wrt` to the output, exactly
    paths               those with the greatest contributions, greatest first
    central_difference  the difference quotient, if it was asked for
    """

    output: Value
    wrt: Value
    derivative: float
    order: tuple[Value, ...]
    gradients: Mapping[Value, float]
    number_of_paths: int
    paths: tuple[Path, ...]
    central_difference: float | None
    wording: Wording

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every edge on the way, in the order of the backward pass.

        Those with one `parent` are its uses, and their contributions add up to its gradient.
        """
        on_the_way = set(self.order)
        return tuple(
            Row(
                node,
                parent,
                position,
                partial,
                self.gradients[node],
                self.gradients[node] * partial,
                self.wording,
            )
            for node in reversed(self.order[1:])
            for position, (parent, partial) in enumerate(
                zip(node.parents, node.partials, strict=True)
            )
            if parent in on_the_way
        )

    def __str__(self) -> str:
        return "\n\n".join(_Account(self, PlainText()).blocks())

    def __repr__(self) -> str:
        name = self.wording.name
        return f"<Explanation ∂{name(self.output)}/∂{name(self.wrt)} = {self.derivative!r}>"

    def _repr_markdown_(self) -> str:
        return "\n\n".join(_Account(self, Markdown()).blocks())

    def _repr_latex_(self) -> str:
        setting = Markdown()
        return setting.equations(_Account(self, setting).derivation())


def explain(
    output: Value,
    wrt: Value,
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
    top: int = 5,
    gradient_check: bool = False,
) -> Explanation:
    """Say where ∂output/∂wrt comes from: the chain rule in words, with formulas and numbers.

        ∂output/∂wrt = Σ ∂output/∂consumer · ∂consumer/∂wrt, over all nodes that use wrt

    output          the Value to differentiate
    wrt             the Value with respect to which: a leaf or an intermediate one
    names           pairs of a name and a Value, as `model.named_parameters()` gives them
    model           whatever has such a method, instead of `names`
    top             how many paths to show, those with the greatest contributions
    gradient_check  whether to add the central difference: the recorded operations run again on
                    the present data, with `wrt` moved a little to both sides

    The derivative is also the sum, over all paths from `wrt` to the output, of the products of the
    local derivatives along each; the greatest of them are shown, with the number of all.

    Nodes without a name are called as in a textbook: L the output, z a weighted sum, a its
    activation. Every `.grad` stays as it is. Where the output does not depend on `wrt` the
    derivative is 0. Anything but Values is a TypeError, and a `top` below 0 a ValueError.

    >>> x, w, b = Value(2.0, "x"), Value(-0.5, "w"), Value(1.0, "b")
    >>> print(explain((w * x + b).exp(), x, top=0))
    ∂L/∂x = −0.5
    <BLANKLINE>
      ∂L/∂x = ∂L/∂z · ∂z/∂x
            = L · w
            = 1 × (−0.5)
            = −0.5
    <BLANKLINE>
    The operations on the way from x to L
    <BLANKLINE>
      v2 = w·x      ∂v2/∂x = w = −0.5
      z = v2 + b    ∂z/∂v2 = 1
      L = exp(z)    ∂L/∂z = L = 1
    <BLANKLINE>
    The chain rule, from L back to x
    <BLANKLINE>
      ∂L/∂z = L = 1
      ∂L/∂v2 = ∂L/∂z · ∂z/∂v2 = 1 × 1 = 1
      ∂L/∂x = ∂L/∂v2 · ∂v2/∂x = 1 × (−0.5) = −0.5

    Source of the sum over paths: Bauer, Computational graphs and rounding error (1974).
    """
    as_value(wrt, "wrt")
    reading = Reading(output, names, model, also=[wrt])
    if isinstance(top, bool) or not isinstance(top, int):
        raise TypeError(f"top must be an int, but got the {type(top).__name__} {top!r}")
    if top < 0:
        raise ValueError(f"top must be at least 0, the number of paths to show, but got {top}")
    order = reading.order
    called = dict(reading.names)
    way = between(order, wrt)
    if way[-1] is not output:
        wording = Wording(order, [wrt, output], called)
        quotient = 0.0 if gradient_check else None
        return Explanation(output, wrt, 0.0, (), {}, 0, (), quotient, wording)
    gradients = chain_rule(way, {node: node.partials for node in way[1:]}, {output: 1.0})
    return Explanation(
        output,
        wrt,
        gradients[wrt],
        tuple(way),
        {node: gradients[node] for node in way},
        count_paths(way),
        tuple(greatest_paths(way, top, gradients[wrt])),
        _central_difference(way) if gradient_check else None,
        Wording(order, way, called),
    )


def _central_difference(way: Sequence[Value]) -> float:
    """(output(wrt + h) - output(wrt - h)) / 2h, with the graph cut at wrt."""
    wrt, output = way[0], way[-1]
    beside = {parent: parent.data for node in way[1:] for parent in node.parents}
    for node in way[1:]:
        beside.pop(node, None)

    def moved(number: float) -> float:
        numbers, _ = replay(way, lambda leaf: leaf.data, known={**beside, wrt: number})
        return numbers[output]  # type: ignore[no-any-return]

    step = _STEP * max(1.0, abs(wrt.data))
    right, left = wrt.data + step, wrt.data - step
    return (moved(right) - moved(left)) / (right - left)


_STEP = 1e-6

# What is said

_OPERATIONS = 12  # operations that are spelled out
_USES = 6  # uses of one Value that are
_FACTORS = 10  # factors of one product that are
_LONG = 64  # operands up to which an operation is
_IN_WORDS = 1000  # operands up to which its local derivatives are


@dataclass(frozen=True, slots=True)
class _Use:
    """That `consumer` takes the Value as an operand, perhaps as several; summed over those."""

    consumer: Value
    positions: tuple[int, ...]
    local_derivative: float
    contribution: float


class _Account:
    """An explanation, told in one setting."""

    def __init__(self, explanation: Explanation, setting: Setting) -> None:
        self.explanation = explanation
        self.setting = setting
        self.wording = explanation.wording
        self.output = explanation.output
        self.gradients = explanation.gradients
        self.uses = self._all_uses()
        self.shown = self._nearest_nodes()

    def blocks(self) -> Iterator[str]:
        """The paragraphs of the whole."""
        explanation, setting = self.explanation, self.setting
        wrt = explanation.wrt
        output_name, wrt_name = (setting.math(self._name(v)) for v in (self.output, wrt))
        derivative = self._total(wrt)
        value = setting.number(explanation.derivative, 6)
        yield setting.math(f"{derivative} = {value}")
        if not explanation.order:
            yield f"{output_name} does not depend on {wrt_name}: no path leads from it to there."
        elif wrt is self.output:
            yield f"{output_name} is the output itself, and changes with itself one to one."
        else:
            chain = self._chain(wrt)
            if len(self._landmarks(chain)) > 2:
                yield setting.equations([self._product_along(chain)])
            yield setting.heading(f"The operations on the way from {wrt_name} to {output_name}")
            yield setting.table(["operation", "local derivative"], self._operations())
            left_out = len(explanation.order) - len(self.shown)
            if left_out:
                yield (
                    f"{left_out:,} more operations lie further on the way to {output_name}; these "
                    f"are the {len(self.shown) - 1} nearest to {wrt_name}."
                )
            yield setting.heading(f"The chain rule, from {output_name} back to {wrt_name}")
            yield setting.equations(self._recursion())
            if explanation.paths:
                yield from self._path_by_path()
        if explanation.central_difference is not None:
            quotient = explanation.central_difference
            yield (
                f"Central difference: {setting.math(setting.number(quotient, 10))}; it parts from "
                "the chain rule by "
                f"{setting.math(setting.number(abs(quotient - explanation.derivative), 2))}."
            )

    def derivation(self) -> list[Equation]:
        """The equations alone."""
        wrt = self.explanation.wrt
        if not self.uses:
            number = self.setting.number(self.explanation.derivative)
            return [Equation(self._total(wrt), (number,))]
        chain = self._chain(wrt)
        return (
            [self._product_along(chain)] if len(self._landmarks(chain)) > 2 else []
        ) + self._recursion()

    # What is shown

    def _all_uses(self) -> dict[Value, list[_Use]]:
        """For each node on the way, who takes it there, in the order of computation."""
        order = self.explanation.order
        uses: dict[Value, list[_Use]] = {node: [] for node in order}
        for node in order[1:]:
            positions: dict[Value, list[int]] = {}
            for position, parent in enumerate(node.parents):
                if parent in uses:
                    positions.setdefault(parent, []).append(position)
            for parent, places in positions.items():
                local = 0.0
                for position in places:
                    local += node.partials[position]
                uses[parent].append(_Use(node, tuple(places), local, local * self.gradients[node]))
        return uses

    def _main_uses(self, node: Value) -> list[_Use]:
        """The uses that contribute most, in the order of computation."""
        uses = self.uses[node]
        if len(uses) <= _USES:
            return uses
        main = sorted(range(len(uses)), key=lambda i: -abs(uses[i].contribution))[:_USES]
        return [uses[i] for i in sorted(main)]

    def _nearest_nodes(self) -> list[Value]:
        """Some nodes of the way: breadth first from `wrt`, by the uses that are shown."""
        if not self.explanation.order:
            return []
        nearest = {self.explanation.wrt: None}
        queue = deque(nearest)
        while queue and len(nearest) <= _OPERATIONS:
            for use in self._main_uses(queue.popleft()):
                if use.consumer not in nearest and len(nearest) <= _OPERATIONS:
                    nearest[use.consumer] = None
                    queue.append(use.consumer)
        return [node for node in self.explanation.order if node in nearest]

    def _chain(self, node: Value) -> list[Value]:
        """From the node on while it is used once: to an activation, a fork or the output."""
        chain = [node]
        while len(self.uses[chain[-1]]) == 1 and len(chain) < _FACTORS:
            chain.append(self.uses[chain[-1]][0].consumer)
            if chain[-1] in self.wording.activations:
                break
        return chain

    def _landmarks(self, chain: list[Value]) -> list[Value]:
        """The chain without the unnamed terms and partial sums inside of a weighted sum."""
        landmarks = [chain[-1]]
        in_a_sum = False
        for node, consumer in reversed(list(pairwise(chain))):
            in_a_sum = (
                (in_a_sum or consumer in self.wording.weighted_sums)
                and consumer.op in (ops.ADD, ops.TOTAL)
                and node.op in (ops.ADD, ops.TOTAL, ops.MUL)
                and node in self.wording.unnamed
            )
            if not in_a_sum or node is chain[0]:
                landmarks.append(node)
        return landmarks[::-1]

    # Its parts

    def _name(self, node: Value) -> str:
        return self.setting.formula(self._symbol(node))

    def _symbol(self, node: Value) -> Formula:
        return Formula(self.wording.name(node))

    def _total(self, node: Value) -> str:
        """∂output/∂node."""
        return self.setting.derivative(self._symbol(self.output), self._symbol(node))

    def _local(self, use: _Use, node: Value) -> str:
        """∂consumer/∂node, marked where the same signs could also mean ∂output/∂node."""
        direct = use.consumer is self.output and len(self.uses[node]) > 1
        return self.setting.derivative(self._symbol(use.consumer), self._symbol(node), direct)

    def _local_formula(self, use: _Use) -> Formula:
        """It in words; of a very long operation, or of many uses in one, the number."""
        if len(use.positions) > _USES or len(use.consumer.parents) > _IN_WORDS:
            return Formula(use.local_derivative)
        _, partials = self.wording.formulas(use.consumer)
        formula = partials[use.positions[0]]
        for position in use.positions[1:]:
            formula = formula + partials[position]
        return formula

    def _operations(self) -> list[list[str]]:
        """For each operation that is shown, its formula and its local derivatives."""
        shown = set(self.shown)
        rows = []
        for node in self.shown[1:]:
            operation = f"{self._name(node)} = {self._operation(node)}"
            for parent in dict.fromkeys(node.parents):
                if parent in shown:
                    (use,) = (use for use in self.uses[parent] if use.consumer is node)
                    rows.append([operation, self._local_equation(use, parent)])
                    operation = ""
        return rows

    def _operation(self, node: Value) -> str:
        """What the node was made of; of a very long operation, only its name."""
        if node.op is not None and len(node.parents) > _LONG:
            operands = [self._name(node.parents[0]), self.setting.dots]
            operands.append(self._name(node.parents[-1]))
            return f"{self.setting.word(node.op.name)}({', '.join(operands)})"
        on_the_way = [parent for parent in node.parents if parent in self.uses]
        result, _ = self.wording.formulas(node)
        return self.setting.formula(result, around=self.wording.name(on_the_way[0]))

    def _local_equation(self, use: _Use, node: Value) -> str:
        sides = [self._local(use, node), self.setting.formula(self._local_formula(use))]
        number = self.setting.number(use.local_derivative)
        if number != sides[-1]:
            sides.append(number)
        return " = ".join(sides)

    def _product_along(self, chain: list[Value]) -> Equation:
        """∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w, with the formulas and with the numbers."""
        setting = self.setting
        landmarks = set(self._landmarks(chain))
        factors: list[tuple[str, Formula, float]] = []
        start, formula, number = chain[0], Formula(1.0), 1.0
        for node, consumer in pairwise(chain):
            (use,) = self.uses[node]
            formula = self._local_formula(use) * formula
            number *= use.local_derivative
            if consumer in landmarks:
                derivative = setting.derivative(self._symbol(consumer), self._symbol(start))
                factors.append((derivative, formula, number))
                start, formula, number = consumer, Formula(1.0), 1.0
        if start is not self.output:
            total = self._total(start)
            symbol = Formula(self._total_text(start), latex=total)
            factors.append((total, symbol, self.gradients[start]))
        symbols, formulas, numbers = zip(*reversed(factors), strict=True)
        return Equation(
            self._total(chain[0]),
            (
                setting.dot.join(symbols),
                setting.factors(formulas),
                setting.numbers(numbers),
                setting.number(self.gradients[chain[0]]),
            ),
        )

    def _total_text(self, node: Value) -> str:
        return PlainText().derivative(self._symbol(self.output), self._symbol(node))

    def _recursion(self) -> list[Equation]:
        """∂L/∂v = Σ ∂L/∂consumer · ∂consumer/∂v, for each v that is shown, from the output on."""
        return [self._sum_over_uses(node) for node in reversed(self.shown) if self.uses[node]]

    def _sum_over_uses(self, node: Value) -> Equation:
        setting = self.setting
        uses = self._main_uses(node)
        symbols, products = [], []
        for i, use in enumerate(uses):
            symbol, factors = self._local(use, node), [use.local_derivative]
            if use.consumer is not self.output:
                symbol = self._total(use.consumer) + setting.dot + symbol
                factors.insert(0, self.gradients[use.consumer])
            symbols.append(symbol)
            products.append(setting.numbers(factors, first=i == 0))
        contributions = [use.contribution for use in uses]
        left_out = len(self.uses[node]) - len(uses)
        if left_out:
            rest = self.gradients[node]
            for contribution in contributions:
                rest -= contribution
            symbols.append(setting.word(f"{left_out:,} more"))
            products.append(setting.parenthesized(setting.number(rest)))
            contributions.append(rest)
        value = setting.number(self.gradients[node])
        if len(symbols) > 1:
            sides = setting.terms(symbols), setting.terms(products), setting.sum_of(contributions)
            return Equation(self._total(node), (*sides, value))
        if uses[0].consumer is self.output:
            symbols = [setting.formula(self._local_formula(uses[0]))]
        return Equation(self._total(node), (*symbols, *products, value), flat=True)

    def _path_by_path(self) -> Iterator[str]:
        explanation, setting = self.explanation, self.setting
        paths, number = explanation.paths, explanation.number_of_paths
        heading = f"Path by path: {_count(number)} path{'s' if number > 1 else ''}"
        if len(paths) < number:
            heading += (
                f", the {len(paths)} greatest" if len(paths) > 1 else ", the greatest of them"
            )
        yield setting.heading(heading)
        rows = []
        for path in paths:
            nodes = setting.arrow.join(self._cut(path.nodes, self._names))
            factors = self._cut(path.local_derivatives, setting.factors_of)
            product = setting.times.join(factors)
            contribution = setting.number(path.contribution)
            if len(path.local_derivatives) > 1:
                product = f"{product} = {contribution}"
            rows.append([nodes, product, self._percent(path.share)])
        yield setting.paths(["path", "product of the local derivatives", "share"], rows)
        if len(paths) < number:
            rest = explanation.derivative
            for path in paths:
                rest -= path.contribution
            share = rest / explanation.derivative if explanation.derivative else math.nan
            others = number - len(paths)
            yield (
                f"The other {_count(others)} path{'s' if others > 1 else ''} "
                f"add{'' if others > 1 else 's'} {setting.math(setting.number(rest))}, "
                f"{setting.math(self._percent(share))}."
            )

    def _names(self, nodes: Sequence[Value]) -> list[str]:
        return [self._name(node) for node in nodes]

    def _cut(self, items: Sequence[T], write: Callable[[Sequence[T]], list[str]]) -> list[str]:
        """The items written, of very many only those at both ends."""
        left_out = len(items) - _FACTORS
        if left_out <= 0:
            return write(items)
        half = _FACTORS // 2
        dots = self.setting.dots
        between = dots + self.setting.word(f" {left_out:,} more ") + dots
        return [*write(items[:half]), between, *write(items[-half:])]

    def _percent(self, share: float) -> str:
        if self.explanation.derivative == 0.0:
            return self.setting.word("no share of 0")
        percent = "%" if isinstance(self.setting, PlainText) else r"\%"
        return f"{self.setting.number(100.0 * share)} {percent}"


def _count(number: int) -> str:
    """An exact integer, or its order of magnitude where it has more digits than one can read."""
    if number < 10**24:
        return f"{number:,}"
    magnitude = math.log10(number)
    return f"about {10 ** (magnitude % 1.0):.1f}e{int(magnitude)}"
