"""A scheduled program as LLVM's text: functions of straight-line code, and their memory.

The steps for a block of rows, as many as the machine has lanes, stand in functions of bounded
length, `rows_0`, `rows_1`, …, those that come once a call in `before_…` and `after_…`. They pass
values on through scratch memory, in which a call has, from a 64-byte boundary on:

    sums      a vector for each slot: lane by lane the sum over the rows so far
    inputs    a vector for each input: a lane for each row of the block
    outputs   a vector for each output, likewise
    vectors   the values of a block that one function passes on to another
    scalars   the same of what is calculated once a call
    totals    the sums over all rows that the steps after the rows read
    mark      a bit for each lane: the row is suspect
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.compiler.llvm.writer import Writer, definitions
from engine.compiler.lowering import Lowered
from engine.compiler.register import BINARY, operands
from engine.compiler.schedule import Item, pieces, schedule

_STAGES = ("before", "rows", "after")
_ARGUMENTS = "ptr noalias %data, ptr noalias %scratch, ptr noalias %grad"
_ATTRIBUTES = (
    'attributes #0 = { nounwind "min-legal-vector-width"="512" "prefer-vector-width"="512" }'
)


@dataclass(slots=True)
class Layout:
    """Where things are in the scratch memory, in bytes."""

    inputs: int
    outputs: int
    passed: Mapping[int, int]
    totals: int
    mark: int
    size: int


class Assembly:
    """The text of a scheduled program.

    Args:
        lowered: The program.
        n_inputs: How many numbers a row has.
        lanes: How many rows go abreast.

    Attributes:
        lowered: The program.
        n_inputs: How many numbers a row has.
        lanes: How many rows go abreast.
        n_functions: How many functions of straight-line code there are.
        n_steps: How many steps they take.
        layout: Where things are in the scratch memory.
    """

    def __init__(self, lowered: Lowered, n_inputs: int, lanes: int) -> None:
        stages = schedule(lowered)
        self.lowered = lowered
        self.lanes = lanes
        self.n_inputs = n_inputs
        self.n_steps = sum(map(len, stages))
        self._pieces = [
            (stage, piece) for stage, items in enumerate(stages) for piece in pieces(items, _LENGTH)
        ]
        self.n_functions = len(self._pieces)
        self.layout = self._lay_out()

    @property
    def level(self) -> int:
        """How hard LLVM is to try: less for a long program, so that the time stays in proportion.

        The program has no instruction too many, so little remains to be optimized beyond the choice
        of machine registers, on which level 2 spends twice the time of level 1 for 3 % of speed.
        """
        return 1 if self.n_steps <= _LONG else 0

    def _lay_out(self) -> Layout:
        stages, vector = self.lowered.program.stages, 8 * self.lanes
        inputs = vector * self.lowered.n_sums
        outputs = inputs + vector * self.n_inputs
        offset = outputs + vector * len(self.lowered.outputs)
        offsets: dict[int, int] = {}
        for x in sorted(self._passed_on(), key=lambda x: stages[x] != 1):  # vectors before scalars
            offsets[x] = offset
            offset += vector if stages[x] == 1 else 8
        mark = offset + 8 * (self.lowered.n_sums - self.lowered.n_wanted)
        return Layout(inputs, outputs, offsets, offset, mark, mark + 8)

    def _passed_on(self) -> dict[int, None]:
        """What is made in one function and used in another, in order."""
        made: dict[int, int] = {}
        passed: dict[int, None] = {}
        for i, (_, piece) in enumerate(self._pieces):
            for item in piece:
                if isinstance(item, int):
                    used = operands(self.lowered.program.instructions[item])
                    made[item] = i
                else:
                    used = item[2]
                passed |= dict.fromkeys(x for x in used if made.get(x, i) != i)
        return passed

    def modules(self, driver: "Driver", length: int = 64) -> Iterator[str]:
        """The text, in modules that one after the other can be compiled and forgotten.

        Args:
            driver: What makes the function `run`, which stands in the last one.
            length: How many functions a module has at most.

        Yields:
            The modules.
        """
        n = self.n_functions
        for start in range(0, max(n, 1), length):
            needs: dict[int, set[str]] = {}
            lines: list[str] = []
            here = range(start, min(start + length, n))
            for i in here:
                stage, piece = self._pieces[i]
                writer = Writer(self.lanes if stage == 1 else 1)
                _Piece(self, writer, stage).write(piece)
                needs.setdefault(writer.lanes, set()).update(writer.helpers)
                lines += [f"define void {self._name(i)}({_ARGUMENTS}) #0 {{", *writer.lines]
                lines += ["ret void", "}"]
            if here.stop == n:
                lines += [f"declare void {self._name(i)}({_ARGUMENTS})" for i in range(start)]
                lines.append(driver(self))
            yield "\n".join([*definitions(needs), *lines, _ATTRIBUTES, ""])

    def calls(self, stage: str) -> str:
        """The calls of all functions of a stage: "before", "rows" or "after"."""
        return "\n".join(
            f"call void {self._name(i)}(ptr %data, ptr %scratch, ptr %grad)"
            for i, (own, _) in enumerate(self._pieces)
            if _STAGES[own] == stage
        )

    def _name(self, i: int) -> str:
        return f"@{_STAGES[self._pieces[i][0]]}_{i}"


Driver = Callable[[Assembly], str]
"""What gives the text of the function `run` for an assembly."""

_LONG = 100_000

_LENGTH = 200
"""How many steps a function has at most.

LLVM's time grows faster than the length of a function, and so does the number of values that it
moves to and fro between registers and memory: a long program is as fast in short pieces.
"""


class _Piece:
    """The writing of one function of straight-line code."""

    def __init__(self, assembly: Assembly, writer: Writer, stage: int) -> None:
        self._writer = writer
        self._stage = stage
        self._layout = assembly.layout
        self._lowered = assembly.lowered
        self._program = assembly.lowered.program
        self._keeps = assembly.level == 0
        self._names: dict[int, str] = {}
        self._masks: list[str] = []

    def write(self, items: Iterable[Item]) -> None:
        """Write the steps, one after the other."""
        for item in items:
            if isinstance(item, int):
                self._calculate(item)
            else:
                self._take_effect(item[0], item[1], [self._name(x) for x in item[2]])
        if self._masks:
            self._mark()

    def _name(self, x: int) -> str:
        """The name by which an operand goes; what another function made is loaded."""
        if x in self._names:
            return self._names[x]
        program, writer = self._program, self._writer
        if x < 0:
            return writer.constant(program.constants[~x])
        if program.instructions[x][0] == "parameter":
            name = writer.load("%data", 8 * program.instructions[x][1], scalar=True)
        else:
            vector = program.stages[x] == 1
            name = writer.load("%scratch", self._layout.passed[x], scalar=not vector)
        # The machine takes an operand from memory as fast as from a register, of which there are
        # few: what is used again later is loaded again. Without optimization, lines cost more.
        if self._keeps or program.stages[x] == 1:
            self._names[x] = name
        return name

    def _calculate(self, place: int) -> None:
        operation, x, y = self._program.instructions[place]
        writer, layout = self._writer, self._layout
        if operation == "input":
            name = writer.load("%scratch", layout.inputs + 8 * writer.lanes * x)
        elif operation == "total":
            offset = layout.totals + 8 * (x - self._lowered.n_wanted)
            name = writer.load("%scratch", offset, scalar=True)
        else:
            name = f"%r{place}"
            left = self._name(x)
            writer.calculate(name, operation, left, self._name(y) if operation in BINARY else "")
        self._names[place] = name
        if place in layout.passed:
            writer.store(name, "%scratch", layout.passed[place])

    def _take_effect(self, effect: str, number: int, names: Sequence[str]) -> None:
        writer, layout = self._writer, self._layout
        if effect == "suspect":
            self._masks.append(writer.suspect(names[0], names[1:]))
        elif effect == "output":
            writer.store(names[0], "%scratch", layout.outputs + 8 * writer.lanes * number)
        elif effect == "sum":
            writer.add_to(names[0], "%scratch", 8 * writer.lanes * number)
        else:
            writer.add_to(names[0], "%grad", 8 * number)

    def _mark(self) -> None:
        """Set the bits of the suspect rows; of all, where the parameters alone are to blame."""
        writer = self._writer
        bits = writer.bits(self._masks)
        before, after = writer.temporary(), writer.temporary()
        address = writer.address("%scratch", self._layout.mark)
        writer.lines += [
            f"{before} = load i64, ptr {address}, align 8",
            f"{after} = or i64 {before}, {bits}",
            f"store i64 {after}, ptr {address}, align 8",
        ]
