"""A program as straight-line code: the unrolled chain rule, to read and to run.

One line for each operation of the graph, with the names of the graph; `d_w` is the derivative of
the output with respect to `w`. What has no name of its own stands inside of the expression that
uses it, unless that would make the line too long to read. The language is a `Dialect`.
"""

from collections import Counter
from collections.abc import Sequence

from engine.compiler.dialects import PYTHON, Dialect, Function
from engine.compiler.forks import FORKS_WAIT
from engine.compiler.lowering import Graph, Lowered, lower
from engine.compiler.register import BINARY, WHOLE, Program, Register, operands
from engine.compiler.schedule import Item, schedule
from engine.value import Value

_PREFIX, _ATOM = 3, 4
_LONGEST = 72


def source(graph: Graph, wanted: Sequence[Value] | None, dialect: Dialect) -> str:
    """The source of a function `run` of a row of inputs and the parameters, that stands alone.

    Args:
        graph: What to write down.
        wanted: The leaves whose derivatives it has; None for the outputs alone.
        dialect: The language.

    Returns:
        The source, with the definitions that it needs.
    """
    lowered = lower(graph, wanted, whole=dialect.whole)
    lowered.suspects = []
    return listing(lowered, graph, wanted, dialect)


def listing(
    lowered: Lowered, graph: Graph, wanted: Sequence[Value] | None, dialect: Dialect = PYTHON
) -> str:
    """The source of a function `run` of a row of inputs and the parameters.

    It has the outputs and the wanted derivatives and, if the program has suspects, a third thing:
    the results that are not finite where the eager engine raises.

    Args:
        lowered: The program, without stages.
        graph: What it was made of, for the names.
        wanted: The leaves whose derivatives it has.
        dialect: The language.

    Returns:
        The source, with the imports or definitions that it needs.
    """
    function = _Listing(lowered, graph, wanted, dialect).function()
    return dialect.frame(function, _definitions(function, dialect) if dialect.alone else ())


def _definitions(function: Function, dialect: Dialect) -> list[tuple[str, Function]]:
    """What is composed of other instructions and is called, each a function itself."""
    defined = []
    for name in sorted(function.called & WHOLE.keys()):
        program = Program()
        names = ["x", "y"][: 2 if name in BINARY else 1]
        leaves = [program.leaf("input", i) for i in range(len(names))]
        out = program.operand(WHOLE[name](*leaves))
        lowered = Lowered(program, [out], len(program.instructions))
        writing = _Writing(lowered, dialect)
        for leaf, x in zip(leaves, names, strict=True):
            writing.call(leaf.place, writing.name(x))
        written = writing.function(names)
        defined.append((name, written))
    return defined


class _Writing:
    """The lines of a program in a language.

    Attributes:
        names: The names of some results; others get one when they need it.
    """

    def __init__(self, lowered: Lowered, dialect: Dialect) -> None:
        self._lowered = lowered
        self._program = lowered.program
        self._dialect = dialect
        self._taken = {*dialect.reserved}
        self._called: set[str] = set()
        self._texts: dict[int, tuple[str, int]] = {}  # of an operand: how to write it, how tightly
        self.names: dict[int, str] = {}

    def name(self, wish: str) -> str:
        """An identifier like this one that nothing else has."""
        stem = self._dialect.identifier(wish)
        name, i = stem, 1
        while name in self._taken:
            i += 1
            name = f"{stem}_{i}"
        self._taken.add(name)
        return name

    def call(self, place: int, name: str) -> None:
        """Say what a leaf is called."""
        self._texts[place] = (name, _ATOM)

    def is_free(self, number: object) -> bool:
        """Whether this is a register, and has no name yet."""
        return isinstance(number, Register) and not (
            number.place < 0 or number.place in self.names or number.place in self._texts
        )

    def function(self, inputs: Sequence[str], chain_rule: bool = False) -> Function:
        """The lines, and the expressions of the outputs."""
        written = Function(inputs, called=self._called)
        _, items, _ = schedule(self._lowered)
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
            if i == last_forward and chain_rule:
                written.lines.append(
                    "the chain rule, backward: d_w is the derivative with respect to w"
                )
            if not isinstance(item, int) or item in self._texts:
                continue
            text, tightness = self._expression(item)
            if item not in self.names:
                if uses[item] == 1 and item not in kept and len(text) <= _LONGEST:
                    self._texts[item] = (text, tightness)
                    continue
                self.names[item] = self.name(f"t{item}")
            self._texts[item] = (self.names[item], _ATOM)
            written.lines.append((self.names[item], text))
        written.outputs = [self.text(operand)[0] for operand in self._lowered.outputs]
        return written

    def text(self, operand: int) -> tuple[str, int]:
        """How to write an operand, and how tightly that binds."""
        if operand < 0:
            text = self._dialect.number(self._program.constants[~operand])
            return text, _PREFIX if text.startswith("-") else _ATOM
        return self._texts[operand]

    def _expression(self, item: int) -> tuple[str, int]:
        """How to write an instruction, and how tightly that binds."""
        instruction = self._program.instructions[item]
        name, of = instruction[0], operands(instruction)
        if name in self._dialect.infix:
            symbol, tightness = self._dialect.infix[name]
            left, right = self._within(of[0], tightness), self._within(of[1], tightness + 1)
            return f"{left} {symbol} {right}", tightness
        if name == "neg":
            return f"-{self._within(of[0], _ATOM)}", _PREFIX
        self._called.add(name)
        arguments = ", ".join(self.text(x)[0] for x in of)
        return f"{self._dialect.callee(name)}({arguments})", _ATOM

    def _within(self, operand: int, tightness: int) -> str:
        text, own = self.text(operand)
        return text if own >= tightness else f"({text})"


def _is_forward(item: Item) -> bool:
    return not isinstance(item, int) and item[0] in ("output", "suspect")


class _Listing:
    """The function of a graph, with the names of the graph."""

    def __init__(
        self, lowered: Lowered, graph: Graph, wanted: Sequence[Value] | None, dialect: Dialect
    ) -> None:
        self._lowered = lowered
        self._graph = graph
        self._wanted = wanted
        self._writing = writing = _Writing(lowered, dialect)
        self._leaves: dict[Value, str] = {}
        with FORKS_WAIT:  # up to Python 3.11 a cached property has a lock
            named = graph.reading.names
        for leaf in (*graph.inputs, *graph.parameters):
            self._leaves[leaf] = writing.name(named[leaf])
            writing.call(lowered.numbers[leaf].place, self._leaves[leaf])
        self._derivatives = {
            leaf: writing.name(f"d_{self._leaves[leaf]}") for leaf in self._wanted or ()
        }
        for node in graph.reading.order:
            if writing.is_free(lowered.numbers[node]):
                writing.names[lowered.numbers[node].place] = writing.name(named[node])
        for node, adjoint in lowered.adjoints.items():
            if writing.is_free(adjoint) and (node.parents or node in self._derivatives):
                derivative = self._derivatives.get(node)
                writing.names[adjoint.place] = derivative or writing.name(f"d_{named[node]}")

    def function(self) -> Function:
        """The lines, with the derivatives behind them."""
        lowered, writing = self._lowered, self._writing
        inputs = [self._leaves[leaf] for leaf in self._graph.inputs]
        written = writing.function(inputs, chain_rule=bool(self._wanted))
        written.parameters = [self._leaves[leaf] for leaf in self._graph.parameters]
        if self._wanted is not None:
            sums = {slot: writing.text(operand)[0] for slot, operand in lowered.sums}
            written.derivatives = [self._derivatives[leaf] for leaf in self._wanted]
            for slot, name in enumerate(written.derivatives):
                text = sums.get(slot, "0.0")
                if text != name:
                    written.lines.append((name, text))
        places = dict.fromkeys(result for result, _ in lowered.suspects)
        written.suspects = [writing.text(place)[0] for place in places]
        return written
