"""An explanation told in one setting, paragraph by paragraph."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from engine.explanation.equations import Signs, product_along, recursion
from engine.explanation.excerpt import FACTORS, Excerpt
from engine.explanation.facts import Facts
from engine.explanation.prose import Equation, PlainText
from engine.value import Constant, Value
from engine.words.digits import Side, is_exact, sum_of_products

T = TypeVar("T")

_LONG = 64  # operands up to which an operation is spelled out


def paragraphs(excerpt: Excerpt, setting: PlainText) -> Iterator[str]:
    """The whole account, paragraph by paragraph."""
    facts, signs = excerpt.facts, Signs(excerpt, setting)
    output, wrt = (setting.math(signs.name(node)) for node in (facts.output, facts.wrt))
    derivative = setting.number_side(facts.derivative)
    yield setting.math(setting.in_a_row([Side(signs.total(facts.wrt)), derivative]))
    if not facts.order:
        yield f"{output} does not depend on {wrt}: no path leads from it to there."
    elif facts.wrt is facts.output:
        yield f"{output} is the output itself, and changes with itself one to one."
    else:
        product = product_along(signs)
        if product:
            yield setting.equations([product])
        yield setting.heading(f"The operations on the way from {wrt} to {output}")
        yield setting.table(["operation", "local derivative"], _operations(signs))
        left_out = len(facts.order) - len(excerpt.nodes)
        if left_out:
            yield (
                f"{left_out:,} more operations lie further on the way to {output}; these "
                f"are the {len(excerpt.nodes) - 1} nearest to {wrt}."
            )
        yield setting.heading(f"The chain rule, from {output} back to {wrt}")
        yield setting.equations(recursion(signs))
        if facts.paths:
            yield from _path_by_path(signs)
    if facts.central_difference is not None:
        quotient = facts.central_difference
        yield (
            f"Central difference: {setting.math(setting.number(quotient, 10))}; it parts from "
            "the chain rule by "
            f"{setting.math(setting.number(abs(quotient - facts.derivative), 2))}."
        )


def derivation(excerpt: Excerpt, setting: PlainText) -> list[Equation]:
    """The equations alone."""
    facts, signs = excerpt.facts, Signs(excerpt, setting)
    if not facts.order:
        return [Equation(signs.total(facts.wrt), (setting.number_side(facts.derivative),))]
    product = product_along(signs)
    return [*([product] if product else []), *recursion(signs)]


def _operations(signs: Signs) -> list[list[str]]:
    """For each operation that is told, its formula and its local derivatives."""
    shown, setting = signs.excerpt.nodes, signs.setting
    rows = []
    for node in shown[1:]:
        operation = setting.in_a_row([Side(signs.name(node)), _operation(signs, node)])
        for parent in dict.fromkeys(node.parents):
            if parent in shown:
                rows.append([operation, _local_equation(signs, node, parent)])
                operation = ""
    return rows


def _operation(signs: Signs, node: Value) -> Side:
    """What the node was made of; of a very long operation, only its name."""
    setting, parents = signs.setting, node.parents
    if node.op is not None and len(parents) > _LONG:
        operands = signs.name(parents[0]), setting.dots, signs.name(parents[-1])
        exact = all(is_exact(p.data) for p in (parents[0], parents[-1]) if isinstance(p, Constant))
        return Side(f"{setting.word(node.op.name)}({', '.join(operands)})", exact=exact)
    on_the_way = parents[signs.facts.way.positions(node)[0]]
    result, _ = signs.wording.formulas(node)
    text = setting.formula(result, around=signs.wording.name(on_the_way))
    return Side(text, exact=result.is_exact)


def _local_equation(signs: Signs, consumer: Value, node: Value) -> str:
    """∂consumer/∂node, in signs, in words and as a number."""
    setting, formula = signs.setting, signs.local_formula(consumer, node)
    number = setting.number_side(signs.facts.local_derivative(consumer, node))
    left = Side(signs.local(consumer, node))
    return setting.in_a_row([left, setting.formula_side(formula, signs.digits), number])


def _path_by_path(signs: Signs) -> Iterator[str]:
    """The greatest paths, and what the others add."""
    facts, setting = signs.facts, signs.setting
    paths, number = facts.paths, facts.number_of_paths
    heading = f"Path by path: {_count(number)} path{'s' if number > 1 else ''}"
    if len(paths) < number:
        heading += f", the {len(paths)} greatest" if len(paths) > 1 else ", the greatest of them"
    yield setting.heading(heading)

    def names(nodes: Sequence[Value]) -> list[str]:
        return [signs.name(node) for node in nodes]

    rows = []
    for path in paths:
        nodes = setting.arrow.join(_cut(path.nodes, names, setting))
        factors = _cut(path.local_derivatives, setting.factors_of, setting)
        product = Side(setting.times.join(factors))
        if len(path.local_derivatives) <= FACTORS:
            product = Side(product.text, *sum_of_products([path.local_derivatives]))
        line = setting.in_a_row([product, setting.number_side(path.contribution)])
        rows.append([nodes, line, _percent(path.share, facts, setting)])
    yield setting.paths(["path", "product of the local derivatives", "share"], rows)
    if len(paths) < number:
        rest = facts.derivative
        for path in paths:
            rest -= path.contribution
        share = rest / facts.derivative if facts.derivative else math.nan
        others = number - len(paths)
        yield (
            f"The other {_count(others)} path{'s' if others > 1 else ''} "
            f"add{'' if others > 1 else 's'} {setting.math(setting.number(rest))}, "
            f"{setting.math(_percent(share, facts, setting))}."
        )


def _cut(
    items: Sequence[T], write: Callable[[Sequence[T]], list[str]], setting: PlainText
) -> list[str]:
    """The items written, of very many only those at both ends."""
    left_out = len(items) - FACTORS
    if left_out <= 0:
        return write(items)
    half = FACTORS // 2
    between = setting.dots + setting.word(f" {left_out:,} more ") + setting.dots
    return [*write(items[:half]), between, *write(items[-half:])]


def _percent(share: float, facts: Facts, setting: PlainText) -> str:
    if facts.derivative == 0.0:
        return setting.word("no share of 0")
    return f"{setting.number(100.0 * share)} {setting.percent}"


def _count(number: int) -> str:
    """An exact integer, or its order of magnitude where it has more digits than one can read."""
    if number < 10**24:
        return f"{number:,}"
    magnitude = math.log10(number)
    return f"about {10 ** (magnitude % 1.0):.1f}e{int(magnitude)}"
