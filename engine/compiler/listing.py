"""A program as straight-line Python: the unrolled chain rule, to read and to run.

One line for each operation of the graph, with the names of the graph; `d_w` is the derivative of
the output with respect to `w`. What has no name of its own stands inside of the expression that
uses it, unless that would make the line too long to read.
"""

import keyword
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from engine.compiler.forks import FORKS_WAIT
from engine.compiler.lowering import Graph, Lowered
from engine.compiler.register import ON_FLOATS, Register, operands
from engine.compiler.schedule import Item, schedule
from engine.value import Value

_INFIX = {"add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2)}
_PREFIX, _ATOM = 3, 4
_BUILTIN = {"neg", "abs", *_INFIX}
_NAMES = {"div": "divide"}
_RESERVED = {"inputs", "parameters", "run", "float", "__debug__"}
_LONGEST = 72


def listing(lowered: Lowered, graph: Graph, wanted: Sequence[Value] | None) -> str:
    """The source of a function `run` of a row of inputs and the parameters.

    It returns the outputs and the wanted derivatives and, if the program has suspects, a third
    thing: the results that are not finite where the eager engine raises.

    Args:
        lowered: The program, without stages.
        graph: What it was made of, for the names.
        wanted: The leaves whose derivatives it has.

    Returns:
        Python, with the imports that it needs.
    """
    return "\n".join(_Listing(lowered, graph, wanted).lines())


class _Listing:
    def __init__(self, lowered: Lowered, graph: Graph, wanted: Sequence[Value] | None) -> None:
        self._lowered = lowered
        self._program = lowered.program
        self._graph = graph
        self._wanted = wanted or ()
        self._taken = {*_RESERVED, *keyword.kwlist, *_NAMES.values(), *ON_FLOATS}
        self._called: set[str] = set()
        self._texts: dict[int, tuple[str, int]] = {}  # of an operand: how to write it, how tightly
        self._leaves: dict[Value, str] = {}
        self._names: dict[int, str] = {}
        with FORKS_WAIT:  # up to Python 3.11 a cached property has a lock
            named = graph.reading.names
        for leaf in (*graph.inputs, *graph.parameters):
            self._leaves[leaf] = self._name(named[leaf])
            self._texts[lowered.numbers[leaf].place] = (self._leaves[leaf], _ATOM)
        self._derivatives = {leaf: self._name(f"d_{self._leaves[leaf]}") for leaf in self._wanted}
        for node in graph.reading.order:
            if self._is_free(lowered.numbers[node]):
                self._names[lowered.numbers[node].place] = self._name(named[node])
        for node, adjoint in lowered.adjoints.items():
            if self._is_free(adjoint) and (node.parents or node in self._derivatives):
                derivative = self._derivatives.get(node)
                self._names[adjoint.place] = derivative or self._name(f"d_{named[node]}")

    def _is_free(self, number: object) -> bool:
        """Whether this is a register, and has no name yet."""
        return isinstance(number, Register) and not (
            number.place < 0 or number.place in self._names or number.place in self._texts
        )

    def _name(self, wish: str) -> str:
        """An identifier like this one that nothing else has, spelled as Python itself reads it.

        Python takes names for the same whose NFKC form is: `ϕ` and `φ`, `ﬁ` and `fi` (PEP 3131).
        """
        letters = unicodedata.normalize("NFKC", wish)
        stem = "".join(c if f"_{c}".isidentifier() else "_" for c in letters)
        if not stem.isidentifier():
            stem = f"v_{stem}"
        name, i = stem, 1
        while name in self._taken:
            i += 1
            name = f"{stem}_{i}"
        self._taken.add(name)
        return name

    def lines(self) -> Iterator[str]:
        """The lines of the source."""
        lowered = self._lowered
        _, items, _ = schedule(lowered)
        body = list(self._body(items))
        outputs = [self._text(operand)[0] for operand in lowered.outputs]
        sums = {slot: self._text(operand)[0] for slot, operand in lowered.sums}
        derivatives = [self._derivatives[leaf] for leaf in self._wanted]
        for slot, name in enumerate(derivatives):
            text = sums.get(slot, "0.0")
            if text != name:
                body.append(f"    {name} = {text}")
        if self._called:
            yield f"from engine.functions import {', '.join(sorted(self._called))}"
            yield ""
            yield ""
        yield "def run(inputs, parameters):"
        yield from self._unpacked(self._graph.inputs, "inputs")
        yield from self._unpacked(self._graph.parameters, "parameters")
        yield from body
        returned = [_tuple(outputs), _tuple(derivatives)]
        places = dict.fromkeys(result for result, _ in lowered.suspects)
        if places:
            returned.append(_tuple([self._text(place)[0] for place in places]))
        yield f"    return {', '.join(returned)}"
        yield ""

    def _unpacked(self, leaves: Sequence[Value], what: str) -> Iterator[str]:
        if leaves:
            names = [self._leaves[leaf] for leaf in leaves]
            yield f"    {', '.join(names) if len(names) > 1 else _tuple(names)} = {what}"

    def _body(self, items: Sequence[Item]) -> Iterator[str]:
        program = self._program
        uses: Counter[int] = Counter()
        kept: set[int] = set()
        for item in items:
            if isinstance(item, int):
                uses.update(operands(program.instructions[item]))
            else:
                kept.update(item[2])
        last_forward = max(i for i, item in enumerate(items) if _is_forward(item))
        for i, item in enumerate(items):
            if i == last_forward and self._wanted:
                yield "    # the chain rule, backward: d_w is the derivative with respect to w"
            if not isinstance(item, int) or item in self._texts:
                continue
            text, tightness = self._expression(item)
            if item not in self._names:
                if uses[item] == 1 and item not in kept and len(text) <= _LONGEST:
                    self._texts[item] = (text, tightness)
                    continue
                self._names[item] = self._name(f"t{item}")
            self._texts[item] = (self._names[item], _ATOM)
            yield f"    {self._names[item]} = {text}"

    def _text(self, operand: int) -> tuple[str, int]:
        if operand < 0:
            number = self._program.constants[~operand]
            text = repr(number) if abs(number) < float("inf") else f"float('{number}')"
            return text, _PREFIX if text.startswith("-") else _ATOM
        return self._texts[operand]

    def _expression(self, item: int) -> tuple[str, int]:
        """How to write an instruction, and how tightly that binds."""
        instruction = self._program.instructions[item]
        name, of = instruction[0], operands(instruction)
        if name in _INFIX:
            symbol, tightness = _INFIX[name]
            left, right = self._within(of[0], tightness), self._within(of[1], tightness + 1)
            return f"{left} {symbol} {right}", tightness
        if name == "neg":
            return f"-{self._within(of[0], _PREFIX)}", _PREFIX
        name = _NAMES.get(name, name)
        if name not in _BUILTIN:
            self._called.add(name)
        return f"{name}({', '.join(self._text(x)[0] for x in of)})", _ATOM

    def _within(self, operand: int, tightness: int) -> str:
        text, own = self._text(operand)
        return text if own >= tightness else f"({text})"


def _is_forward(item: Item) -> bool:
    return not isinstance(item, int) and item[0] in ("output", "suspect")


def _tuple(texts: Sequence[str]) -> str:
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
