"""What to call a Value, and how to write its number, in a drawing, an explanation or a step."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from engine import ops
from engine.value import Constant, Value


class Named(Protocol):
    """A model that knows the names of its parameters."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]: ...


def node_names(
    order: Sequence[Value],
    names: Iterable[tuple[str, Value]] = (),
    model: Named | None = None,
) -> dict[Value, str]:
    """A name for every node: the one given, else its label, else an automatic one.

    order  the nodes, parents before children, as `topological_order` gives them
    names  pairs of a name and a Value, as `model.named_parameters()` gives them
    model  whatever has such a method; a name in `names` goes before one of the model

    A constant is called by its number; another node without a name is v0, v1, … by its place in the
    order. Names are for reading: two Values may have the same one, if the user labelled them so.

    Raises a TypeError where `names` or `model` is something else.

    >>> from engine.graph import topological_order
    >>> x = Value(3.0, "x")
    >>> y = 2 * x + 1
    >>> list(node_names(topological_order(y), names=[("bias", y.parents[1])]).values())
    ['2', 'x', 'v2', 'bias', 'v4']
    """
    given = given_names(names, model)
    return {
        node: given.get(node)
        or node.label
        or (number_text(node.data) if isinstance(node, Constant) else f"v{i}")
        for i, node in enumerate(order)
    }


def given_names(
    names: Iterable[tuple[str, Value]] = (), model: Named | None = None
) -> dict[Value, str]:
    """The names that the user gave, by Value: those of a model's parameters, and others.

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
            f"{type(model).__name__} {model!r}"
        )
    return model.named_parameters()


def _by_value(names: Iterable[tuple[str, Value]]) -> dict[Value, str]:
    """The names by Value, or the TypeError that says what `names` should be."""
    expected = "names must be pairs of a name and a Value, as model.named_parameters() gives them"
    try:
        pairs = [(name, value) for name, value in names]
    except (TypeError, ValueError):
        raise TypeError(f"{expected}, but got the {type(names).__name__} {names!r}") from None
    for name, value in pairs:
        if not (isinstance(name, str) and isinstance(value, Value)):
            raise TypeError(f"{expected}, but got {(name, value)!r} among them")
    return {value: name for name, value in pairs}


def number_text(number: float, digits: int = 4) -> str:
    """The number in `digits` significant digits, with the signs of print; integers are whole.

    >>> number_text(-0.24264), number_text(2.0), number_text(-1.5e-9), number_text(float("-inf"))
    ('−0.2426', '2', '−1.5e−9', '−∞')
    """
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    whole = number % 1.0 == 0.0 and abs(number) < 1e6
    text = f"{number + 0.0:.0f}" if whole else f"{number:.{digits}g}"  # -0.0 + 0.0 is 0.0
    mantissa, e, exponent = text.partition("e")
    return (f"{mantissa}e{int(exponent)}" if e else mantissa).replace("-", "−")


def is_word(name: str) -> bool:
    """Whether a name stands in a formula without parentheses: `w1`, `layers.0.w[2]`, `z₁`."""
    return re.fullmatch(r"[\w.\[\]₀-₉]+", name) is not None


def as_factor(name: str) -> str:
    """The name on one line, in parentheses where it is not one word: `w1`, `(a + b)`, `(−3)`."""
    name = one_line(name)
    return name if is_word(name) else f"({name})"


def one_line(name: str, limit: int = 40) -> str:
    """The name on one line of a terminal: control characters as escapes, a long middle left out.

    >>> one_line("two\\nlines"), one_line("x" * 100, limit=9)
    ('two\\\\nlines', 'xxxx…xxxx')
    """
    name = "".join(repr(c)[1:-1] if unicodedata.category(c) in _CONTROL else c for c in name)
    return name if len(name) <= limit else f"{name[: limit // 2]}…{name[-(limit // 2) :]}"


_CONTROL = {"Cc", "Zl", "Zp"}


def textbook_names(
    order: Sequence[Value],
    way: Sequence[Value],
    called: dict[Value, str],
    parts: dict[Value, dict[str, Value]],
) -> dict[Value, str]:
    """The names, with those that a textbook would use on the way from one Value to an output.

    order   the graph of the output, parents before children
    way     the part of it from the one to the other, in the same order
    called  the names that `node_names` gives
    parts   the neurons on the way, as `neurons` finds them

    Only names that were automatic change, and only to names that are free. The output is L. A
    weighted sum is z and its activation a: plainly for the neuron that the Value at the start
    belongs to or feeds alone, and z₁, a₁, z₂, a₂, … for the others, in the order of computation. A
    leaf at the start is w or b where that sum has it as a weight or as the bias, else x. Where
    several Values have one name, each is told apart by its automatic one, as in x[v3].
    """
    start, output = way[0], way[-1]
    automatic = {node for i, node in enumerate(order) if called[node] == f"v{i}" != node.label}
    taken = set(called.values())
    changed: dict[Value, str] = {}

    def rename(node: Value, name: str) -> None:
        if node in automatic and node not in changed and name not in taken:
            changed[node] = name

    nearest = _nearest(way, parts)
    rename(output, "L")
    if start.op is None:
        rename(start, _role(way, nearest))
    index = 0
    for weighted_sum, members in parts.items():
        others = taken - {called[node] for node in members.values()}
        suffix = ""
        if (len(parts) > 1 and weighted_sum is not nearest) or others & {"z", "a"}:
            index += 1
            while others & {f"z{_subscript(index)}", f"a{_subscript(index)}"}:
                index += 1
            suffix = _subscript(index)
        for letter, node in members.items():
            rename(node, letter + suffix)
    renamed = called | changed
    counts = Counter(name for node, name in renamed.items() if not isinstance(node, Constant))
    return {
        node: f"{name}[v{i}]" if counts[name] > 1 and not isinstance(node, Constant) else name
        for i, (node, name) in enumerate(renamed.items())
    }


def neurons(order: Sequence[Value], way: Sequence[Value]) -> dict[Value, dict[str, Value]]:
    """By its weighted sum, what of a neuron is on the way: {"z": the sum, "a": its activation}.

    A weighted sum is a `dot`, or additions that have a product or a `dot` in them; its activation
    is a function of it alone. Additions without an activation are not a neuron.
    """
    weighted: set[Value] = set()
    in_a_sum: set[Value] = set()
    for node in order:
        if node.op is ops.DOT or (
            node.op in (ops.ADD, ops.TOTAL)
            and any(parent.op is ops.MUL or parent in weighted for parent in node.parents)
        ):
            weighted.add(node)
            if node.op is not ops.DOT:
                in_a_sum.update(node.parents)
    found: dict[Value, dict[str, Value]] = {}
    for node in way:
        if node.op is ops.DOT and node not in in_a_sum:
            found.setdefault(node, {})["z"] = node
        if len(node.parents) == 1 and node.op is not None and not node.op.notation:
            (parent,) = node.parents
            if parent in weighted:
                members = found.setdefault(parent, {})
                members["z"] = parent
                members.setdefault("a", node)
    return found


def _nearest(way: Sequence[Value], parts: dict[Value, dict[str, Value]]) -> Value | None:
    """The neuron that the start of the way is in, or that it leads to without a fork."""
    consumers: dict[Value, list[Value]] = {node: [] for node in way}
    for node in way[1:]:
        for parent in node.parents:
            if parent in consumers:
                consumers[parent].append(node)
    node = way[0]
    for weighted_sum, members in parts.items():
        if node in members.values():
            return weighted_sum
    while len(consumers[node]) == 1:
        (node,) = consumers[node]
        if node in parts:
            return node
    return None


def _role(way: Sequence[Value], nearest: Value | None) -> str:
    """What the leaf at the start is in a weighted sum: w a weight, b the bias; x elsewhere."""
    leaf = way[0]
    for consumer in way[1:]:
        if leaf in consumer.parents:
            if consumer.op is ops.DOT:
                n = len(consumer.parents) // 2
                position = consumer.parents.index(leaf)
                return "w" if position < n else "x" if position < 2 * n else "b"
            if nearest is not None and consumer.op in (ops.MUL, ops.ADD, ops.TOTAL):
                return "w" if consumer.op is ops.MUL else "b"
            break
    return "x"


def _subscript(index: int) -> str:
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
