"""The order in which a program runs, cut into pieces.

Instructions that nothing needs are left out. A local derivative is calculated where the chain rule
first uses it, not where the forward pass wrote it down, and a product that goes into a sum is added
as soon as it is there: few registers are alive at a time, which is what makes straight-line code
fast. The pieces are bounded, for the time that LLVM takes grows faster than the length of a
function.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

from engine.compiler.lowering import Lowered
from engine.compiler.register import LEAVES, operands

Effect: TypeAlias = tuple[str, int, tuple[int, ...]]
"""What a program does beside calculating: its name, its number, and the operands.

output      write output number so and so of the row
sum         add to the sum number so and so
suspect     mark the row if the first operand is not finite, unless the others are nan, all of them
gradient    add to the wanted derivative number so and so, after the rows
"""

Item: TypeAlias = int | Effect
"""A step: the place of an instruction, or an effect."""


def schedule(lowered: Lowered) -> tuple[list[Item], list[Item], list[Item]]:
    """The steps to take once a call before the rows, once a row, and after the rows."""
    outputs = [("output", i, (operand,)) for i, operand in enumerate(lowered.outputs)]
    suspects = [("suspect", 0, (result, *of)) for result, of in lowered.suspects]
    sums = [("sum", slot, (operand,)) for slot, operand in lowered.sums]
    gradients = [("gradient", i, (operand,)) for i, operand in lowered.additions]

    stages = lowered.program.stages
    marks: tuple[list[Effect], list[Effect]] = ([], [])
    for suspect in suspects:
        # A slope of x / w depends on w alone; whether it counts, on x too.
        marks[max((stages[x] for x in suspect[2] if x >= 0), default=0)].append(suspect)
    after = _Order(lowered, stage=2)
    after.place(gradients)
    rows = _Order(lowered, stage=1)
    rows.place(outputs + marks[1])
    rows.place(sums)
    before = _Order(lowered, stage=0)
    uniform = sorted(rows.outside | after.outside)
    before.place(marks[0], also=uniform)
    return before.items, rows.items, after.items


class _Order:
    """The steps of one stage, in a growing list.

    Attributes:
        items: The steps.
        outside: Operands of other stages that they read; leaves are not counted.
    """

    def __init__(self, lowered: Lowered, stage: int) -> None:
        self.items: list[Item] = []
        self.outside: set[int] = set()
        self._instructions = lowered.program.instructions
        self._stages = lowered.program.stages
        self._stage = stage
        self._n_forward = lowered.n_forward
        self._placed: set[int] = set()

    def place(self, effects: Sequence[Effect], also: Iterable[int] = ()) -> None:
        """Put the effects, the instructions in `also`, and all that they need, behind the rest."""
        waiting: dict[int, list[tuple[Effect, set[int]]]] = {}  # by each operand not there yet
        for effect in effects:
            missing = {x for x in effect[2] if self._own(x) and x not in self._placed}
            self._look_outside(effect[2])
            for x in missing:
                waiting.setdefault(x, []).append((effect, missing))
            if not missing:
                self.items.append(effect)
        roots = waiting.keys() | {x for x in also if self._own(x)}
        needed = self._needed(roots)
        chain = any(place >= self._n_forward for place in needed)
        for place in needed:
            # While the chain rule runs, what was written before it waits until it is used.
            if not chain or place >= self._n_forward or place in roots:
                for step in self._with_operands(place):
                    self.items.append(step)
                    for effect, missing in waiting.get(step, ()):
                        missing.discard(step)
                        if not missing:
                            self.items.append(effect)

    def _own(self, place: int) -> bool:
        """Whether this is made in this stage: no constant, and no parameter, which lies ready."""
        return (
            place >= 0
            and self._stages[place] == self._stage
            and self._instructions[place][0] != "parameter"
        )

    def _look_outside(self, places: tuple[int, ...]) -> None:
        for x in places:
            if x >= 0 and self._stages[x] != self._stage and self._instructions[x][0] not in LEAVES:
                self.outside.add(x)

    def _needed(self, roots: set[int]) -> list[int]:
        """What is not placed yet of the roots and all their operands, in the order of writing."""
        needed = set(roots)
        stack = list(roots)
        while stack:
            of = operands(self._instructions[stack.pop()])
            self._look_outside(of)
            for x in of:
                if x not in needed and x not in self._placed and self._own(x):
                    needed.add(x)
                    stack.append(x)
        return sorted(needed - self._placed)

    def _with_operands(self, place: int) -> Iterator[int]:
        """The instruction, behind those of its operands that are not placed yet."""
        stack = [place]
        while stack:
            top = stack[-1]
            if top in self._placed:
                stack.pop()
                continue
            missing = [
                x
                for x in reversed(operands(self._instructions[top]))
                if x not in self._placed and self._own(x)
            ]
            if missing:
                stack += missing
            else:
                self._placed.add(top)
                stack.pop()
                yield top


T = TypeVar("T")


def pieces(items: Sequence[T], length: int) -> Iterator[Sequence[T]]:
    """The items in pieces of at most so many."""
    return (items[i : i + length] for i in range(0, len(items), length))
