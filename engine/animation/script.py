"""What happens at each step of a film, and how each box looks after it.

A box has as many looks as it has things to learn: its name alone, its data, its gradient after each
contribution, and at last all of it with its marks.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.drawing.boxes import node
from engine.drawing.colors import GREY, WHITE
from engine.drawing.folding import Box
from engine.drawing.markup import shortened, table, text, title
from engine.drawing.sheet import Sheet, counted
from engine.reading import Reading
from engine.text import number_text
from engine.value import Constant, Value
from engine.words.steps import backward_steps_of, forward_steps_of

Attributes = dict[str, str]

_MOST_STEPS = 120  # in one pass; of more some are taken without being shown


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a film: what it says, the box that learns something, by which edges."""

    line: str
    box: int
    edges: tuple[int, ...] = ()
    backward: bool = False
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Script:
    """The steps, and the looks of each box, from one to the next of which a step takes it."""

    steps: list[Step]
    looks: list[list[Attributes]]


def script(sheet: Sheet) -> Script:
    """Write down what happens on a sheet, forward and then backward."""
    boxes = sheet.folding.boxes
    unknown = _at(sheet, {})
    looks = [[_named(sheet, i)] if _computed(box) else [] for i, box in enumerate(boxes)]
    for i, known in enumerate(looks):
        known.append(_look(unknown, i))
    forward = _forward(sheet)
    backward = _folded(sheet, looks) if sheet.folded else _backward(sheet, looks)
    for i, known in enumerate(looks):
        last = _look(sheet, i)
        if len(known) > 1 + _computed(boxes[i]):
            known[-1] = last  # with its marks
        else:
            known.append(last)
    return Script([*_some(forward), *_some(backward)], looks)


def _some(steps: list[Step]) -> list[Step]:
    every = -(-len(steps) // _MOST_STEPS) or 1
    return [replace(step, shown=i % every == 0) for i, step in enumerate(steps)]


_CALM = {"color": GREY}


class _Moment(Reading):
    """A reading of which so much of the gradients is known; nothing, where there are none."""

    def __init__(self, reading: Reading, gradients: Mapping[Value, float]) -> None:
        self._known = bool(gradients)
        self.__dict__.update(reading.__dict__, gradients=defaultdict(float, gradients))

    @property
    def differentiated(self) -> bool:
        return self._known


def _at(sheet: Sheet, gradients: Mapping[Value, float]) -> Sheet:
    """The sheet where so much is known, with the colours of the whole; single Values alone."""
    moment = replace(sheet, reading=_Moment(sheet.reading, gradients), marks={})
    known = [gradients.get(box.members[0], 0.0) for box in sheet.folding.boxes]
    moment.__dict__.update(gradients=known, scale=sheet.scale if gradients else None)
    return moment


def _look(sheet: Sheet, i: int) -> Attributes:
    """A box as it is on the sheet, with the colour of its border, for it may have had another."""
    return sheet.look.dressed({**_CALM, **node(sheet, i)})


def _named(sheet: Sheet, i: int) -> Attributes:
    """A box of which only the name is known."""
    box = sheet.folding.boxes[i]
    operation = box.members[0].op
    symbol = f"{text(operation.symbol)}&nbsp;&nbsp;" if operation and not box.what else ""
    name = table([title(f"{symbol}<B>{text(shortened(sheet.name(i)))}</B>")])
    return sheet.look.dressed({**node(sheet, i), **_CALM, "label": name, "fillcolor": WHITE})


def _computed(box: Box) -> bool:
    """Whether an operation is in the box; what leaves are is known from the start."""
    return any(member.op is not None for member in box.members)


def _forward(sheet: Sheet) -> list[Step]:
    """A step for each box that is computed."""
    into: dict[int, list[int]] = {}
    for i, link in enumerate(sheet.folding.links):
        into.setdefault(link.target, []).append(i)
    lines = {} if sheet.folded else {s.node: str(s) for s in forward_steps_of(sheet.reading)}
    steps = []
    done = sheet.reading.index
    for i, box in sorted(enumerate(sheet.folding.boxes), key=lambda one: done[one[1].members[-1]]):
        if _computed(box):
            line = lines.get(box.members[0]) or (
                f"{sheet.name(i)}: {counted(len(box.members), 'value')}"
            )
            steps.append(Step(line, i, tuple(into.get(i, ()))))
    return steps


def _backward(sheet: Sheet, looks: list[list[Attributes]]) -> list[Step]:
    """A step for each contribution; every one of them is a look of the box where it arrives."""
    reading = sheet.reading
    where = {box.members[0]: i for i, box in enumerate(sheet.folding.boxes)}
    edges = {
        (use.node, use.position): i
        for i, link in enumerate(sheet.folding.links)
        for use in link.uses
    }
    output = where[reading.output]
    steps = [Step(f"{reading.names[reading.output]}.grad = 1", output, backward=True)]
    looks[output].append(_look(_at(sheet, {reading.output: 1.0}), output))
    for step in backward_steps_of(reading):
        i = where.get(step.parent)
        edge = edges.get((step.node, step.position))
        if i is None or edge is None or isinstance(step.parent, Constant):
            continue
        moment = _at(sheet, {step.parent: step.after})
        looks[i].append(_look(moment, i))
        steps.append(Step(str(step), i, (edge,), backward=True))
    return steps


def _folded(sheet: Sheet, looks: list[list[Attributes]]) -> list[Step]:
    """A step for each box, when the last contributions to it have arrived."""
    out_of: dict[int, list[int]] = {}
    for i, link in enumerate(sheet.folding.links):
        out_of.setdefault(link.source, []).append(i)
    steps = []
    done, boxes = sheet.reading.index, sheet.folding.boxes
    for i in sorted(range(len(boxes)), key=lambda i: -done[boxes[i].members[-1]]):
        looks[i].append(_look(sheet, i))
        line = f"{sheet.name(i)}: gradient {number_text(sheet.gradients[i], 3)}"
        steps.append(Step(line, i, tuple(out_of.get(i, ())), backward=True))
    return steps
