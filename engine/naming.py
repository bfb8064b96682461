"""What to call the Values of a graph.

A name is what the user gave, else the label, else the variable of the caller that holds the Value:
who writes `h = x * w` has named it. For the rest there are a textbook's letters and numbers.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Any, Literal, Protocol, TypeAlias

from engine import ops
from engine.cached import cached_property
from engine.text import LONGEST, cut, math_label, number_text, received, short, subscript
from engine.value import Constant, Value


class Named(Protocol):
    """A model that knows the names of its parameters."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Each parameter with its name."""


GivenNames: TypeAlias = "Iterable[tuple[str, Value]] | Literal[False]"
"""Pairs of a name and a Value; False for none, and none from the variables of the caller either."""

Variables: TypeAlias = Sequence[tuple[str, object]]
"""What the caller calls Values, and the models that it holds."""


# The names that come by themselves


def callers_variables() -> Variables:
    """The Values and the models that the caller of the package holds in variables.

    The caller is the nearest function, or module, or cell, outside of this package. Its locals come
    before its globals, each in the order in which they are bound; what is held twice goes by the
    first name. Names that begin with an underscore are left out, and those that no program could
    say, which a tool has put there; nothing is looked for inside of containers. A model is anything
    whose class has `named_parameters`.
    """
    found: dict[int, tuple[str, object]] = {}
    for name, held in chain.from_iterable(map(dict.items, _namespaces(_caller()))):
        kind = type(held)  # asking the object itself could wake a proxy
        wanted = issubclass(kind, Value) or callable(getattr(kind, "named_parameters", None))
        if wanted and isinstance(name, str) and name.isidentifier() and name[0] != "_":
            found.setdefault(id(held), (name, held))
    return list(found.values())


def _caller() -> FrameType:
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(_HERE) or frame.f_code.co_filename == _DECORATOR
    ):
        frame = frame.f_back
    return frame


_HERE = str(Path(__file__).parent / "_")[:-1]
_DECORATOR = contextmanager.__code__.co_filename  # of `collector_paused`, which is in between
_INLINED = ("<listcomp>", "<setcomp>", "<dictcomp>")  # functions of their own up to Python 3.11


def _namespaces(frame: FrameType) -> Iterator[dict[str, Any]]:
    """The locals and the globals, read and not written (up to 3.12 a dict, then a proxy)."""
    yield _locals(frame)
    while frame.f_code.co_name in _INLINED and frame.f_back is not None:
        frame = frame.f_back
        yield _locals(frame)
    yield frame.f_globals


def _locals(frame: FrameType) -> dict[str, Any]:
    code, held = frame.f_code, frame.f_locals
    in_order = (*code.co_varnames, *code.co_cellvars, *code.co_freevars)
    return {**{name: held[name] for name in in_order if name in held}, **held}


# The names that the user gave


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
    expected = (
        "names must be pairs of a name and a Value, as model.named_parameters() gives them, or "
        "False"
    )
    try:
        pairs = [(name, value) for name, value in names]
    except (TypeError, ValueError):
        raise TypeError(f"{expected}, but got {received(names)}") from None
    for name, value in pairs:
        if not (isinstance(name, str) and isinstance(value, Value)):
            raise TypeError(f"{expected}, but got {short((name, value))} among them")
    return {value: name for name, value in pairs}


def held_parameters(
    variables: Variables, graph: Collection[Value], given: Collection[Value], several: bool
) -> dict[Value, str]:
    """The names of the parameters in a graph by the models that variables hold.

    Args:
        variables: As `callers_variables` gives them.
        graph: The Values of the graph.
        given: Those that have their names already.
        several: Whether these are a model's, so that the graph has more than one. Of several each
            is told by its variable: `generator.layers.0.w.1`.
    """
    models: list[tuple[str, dict[Value, str]]] = []
    claimed = set(given)
    for variable, held in variables:
        if not isinstance(held, Value):
            pairs = _parameters_if_ours(held)
            own = {value: name for name, value in pairs if value in graph and value not in claimed}
            if own:
                claimed.update(own)
                models.append((variable, own))
    if len(models) + several == 1:
        return models[0][1] if models else {}
    return {value: f"{model}.{name}" for model, own in models for value, name in own.items()}


def _parameters_if_ours(model: Any) -> list[tuple[str, Value]]:
    """The parameters of a model that nobody gave us: another library's has other things in it."""
    try:
        pairs = [(name, value) for name, value in model.named_parameters()]
    except Exception:  # and what is wrong with it is no matter of the graph's
        return []
    return [(str(name), value) for name, value in pairs if isinstance(value, Value)]


# The names of all


class Names(Mapping[Value, str]):
    """A name for every node of a graph, each made when it is asked for.

    Args:
        order: The nodes, parents before children.
        known: The names that there are, by Value; the others go by a letter or number.
        output: The Value at the end, if there is one end.
        math_labels: Whether w1 is written as w₁.
    """

    def __init__(
        self,
        order: Sequence[Value],
        known: Mapping[Value, str],
        output: Value | None,
        math_labels: bool = False,
    ) -> None:
        self._write = math_label if math_labels else str
        self._order = order
        self._output = output
        self._known = known

    @cached_property
    def _own(self) -> dict[Value, str]:
        """The names of those that have one; where several share it, they are numbered."""
        own = {node: cut(name, LONGEST) for node, name in self._known.items()}
        counts = Counter(name for node, name in own.items() if not isinstance(node, Constant))
        numbers: Counter[str] = Counter()
        for node in self._order if len(counts) < len(own) else ():
            name = own.get(node, "")
            if counts[name] > 1 and not isinstance(node, Constant):
                numbers[name] += 1
                own[node] = f"{name}[{numbers[name]}]"
        return own

    @cached_property
    def _letters(self) -> dict[Value, str]:
        return letters(self._order, self._known, self._output)

    @cached_property
    def _numbers(self) -> dict[Value, int]:
        """The number of each node that has nothing else to go by, from 1 on and without gaps."""
        numbers: dict[Value, int] = {}
        taken = {name for name in self._known.values() if name.startswith("v")}
        number = 0
        for node in self._order:
            if node in self._own or node in self._letters or isinstance(node, Constant):
                continue
            number += 1
            while f"v{number}" in taken:
                number += 1
            numbers[node] = number
        return numbers

    def __getitem__(self, node: Value) -> str:
        name = self._own.get(node)
        if name is None and isinstance(node, Constant):
            return number_text(node.data)
        return self._write(name or self._letters.get(node) or f"v{self._numbers[node]}")

    def __iter__(self) -> Iterator[Value]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def is_given(self, node: Value) -> bool:
        """Whether the node has been named: by a label, by a variable, or as a parameter."""
        return node in self._own

    def is_number(self, node: Value) -> bool:
        """Whether the node has only a number to go by: v1, v2, v3."""
        return node in self._numbers


# A textbook's letters


def letters(
    order: Sequence[Value], known: Mapping[Value, str], output: Value | None
) -> dict[Value, str]:
    """What a textbook calls the Values of neurons that have no name.

    A weighted sum is z and its activation a; z₁, a₁, z₂, a₂, … where there are several, in the
    order of computation. What comes out of a graph with neurons in it is L. Only letters that are
    free are given.
    """
    parts = neurons(order)
    taken = set(known.values()) if parts else set()
    given: dict[Value, str] = {}
    unnamed = [m for m in parts.values() if any(node not in known for node in m.values())]
    index = 0
    for members in unnamed:
        own = {known[node] for node in members.values() if node in known}
        z = known.get(members["z"], "")
        suffix = z[1:]
        if z[:1] != "z" or (suffix and not suffix.isdigit()):  # else a1 comes of the user's z1
            suffix = ""
            if len(unnamed) > 1 or taken & ({"z", "a"} - own):
                index += 1
                while taken & ({f"z{subscript(index)}", f"a{subscript(index)}"} - own):
                    index += 1
                suffix = subscript(index)
        for letter, node in members.items():
            if node not in known and letter + suffix not in taken:
                given[node] = letter + suffix
    if parts and output is not None and output not in known and "L" not in taken:
        given.setdefault(output, "L")
    return given


def neurons(order: Sequence[Value]) -> dict[Value, dict[str, Value]]:
    """By its weighted sum, what there is of a neuron: {"z": the sum, "a": its activation}.

    A weighted sum is a `dot`, or additions that have a product or a `dot` in them; its activation
    is a function of it alone. Additions without an activation are not a neuron.

    Args:
        order: The graph of an output, parents before children.
    """
    weighted: set[Value] = set()
    in_a_sum: set[Value] = set()
    for node in order:
        if node.op is ops.DOT:
            weighted.add(node)
        elif node.op is ops.ADD or node.op is ops.TOTAL:
            for parent in node.parents:
                if parent.op is ops.MUL or parent in weighted:
                    weighted.add(node)
                    in_a_sum.update(node.parents)
                    break
    found: dict[Value, dict[str, Value]] = {}
    for node in order if weighted else ():
        if node.op is ops.DOT and node not in in_a_sum:
            found.setdefault(node, {})["z"] = node
        if len(node.parents) == 1 and node.op is not None and not node.op.notation:
            (parent,) = node.parents
            if parent in weighted:
                members = found.setdefault(parent, {})
                members["z"] = parent
                members.setdefault("a", node)
    return found
