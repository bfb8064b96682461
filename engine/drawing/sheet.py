"""What is drawn on one sheet: folded Values, with what all parts of the picture ask of them."""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from engine.cached import cached_property
from engine.drawing.colors import Scale
from engine.drawing.facts import Facts, facts
from engine.drawing.folding import Box, Folding
from engine.drawing.look import USUAL, Look
from engine.drawing.marks import Mark
from engine.drawing.sharing import CHAINS
from engine.graph import descendants
from engine.reading import Reading
from engine.text import number_text
from engine.value import Constant, Value

_MOST_LABELS = 120  # numbers on edges, where values are folded


@dataclass(frozen=True)
class Sheet:
    """A graph that was read, as it is to be drawn.

    Attributes:
        reading: The graph, with its names and gradients.
        folding: What shares a box.
        marks: What is wrong with a Value, from `find_marks`.
        cheap: Without numbers on edges, and laid out in less time.
        look: Its theme, the size of its text.
        highlight: The Value whose paths to the output stand out.
        down: Whether the computation goes down instead of to the right.
        rows: How many rows the boxes stand in, one after the other, as the lines of a text do.
    """

    reading: Reading
    folding: Folding
    marks: Mapping[Value, tuple[Mark, ...]]
    cheap: bool = False
    look: Look = USUAL
    highlight: Value | None = None
    down: bool = False
    rows: int = 1

    @cached_property
    def _on_paths(self) -> Set[Value]:
        return (
            set() if self.highlight is None else descendants(self.reading.order, [self.highlight])
        )

    def fades(self, members: Iterable[Value]) -> bool:
        """Whether a box of these Values, or an edge from them, stands back."""
        return self.highlight is not None and self._on_paths.isdisjoint(members)

    @cached_property
    def folded(self) -> bool:
        """Whether a box stands for several Values."""
        return any(box.value is None for box in self.folding.boxes)

    @cached_property
    def labelled(self) -> bool:
        """Whether numbers stand on the edges."""
        return (
            not self.cheap
            and (not self.folded or len(self.folding.links) <= _MOST_LABELS)
            and any(len(link.uses) == 1 for link in self.folding.links)
        )

    @cached_property
    def gradients(self) -> Sequence[float]:
        """The gradient of each box: of one number its own, of several the root mean square."""
        return [
            self.root_mean_square_gradient(self.telling(i))
            if box.value is None
            else self.gradient(box)
            for i, box in enumerate(self.folding.boxes)
        ]

    @cached_property
    def facts(self) -> Sequence[Facts | None]:
        """The facts of each box that is a neuron or a layer."""
        return [
            None if box.value is not None else facts(self.reading, box)
            for box in self.folding.boxes
        ]

    @cached_property
    def ranks(self) -> Mapping[int, int]:
        """The column of each box."""
        links = [(k.source, k.target) for k in self.folding.links if not k.next_step]
        return _ranks(len(self.folding.boxes), links)

    def row(self, i: int) -> int:
        """The row that a box stands in."""
        return self.ranks[i] * self.rows // (max(self.ranks.values(), default=0) + 1)

    def telling(self, i: int) -> Sequence[Value]:
        """The Values of a summary whose gradients tell of it.

        That is what comes out of a neuron, and the parameters of a layer.
        """
        found, box = self.facts[i], self.folding.boxes[i]
        if found is None:
            return box.members
        return found.a if box.what == "neuron" or not found.parameters else found.parameters

    def gradient(self, box: Box) -> float:
        """The gradient of the number that a box tells; copies of a computation share it."""
        gradients = self.reading.gradients
        return math.fsum(gradients[node] for node in box.results)

    @cached_property
    def scale(self) -> Scale | None:
        """The scale of the colours of all boxes; None where there are no gradients."""
        return Scale.of(self.gradients) if self.reading.differentiated else None

    def root_mean_square_gradient(self, members: Sequence[Value]) -> float:
        """How large the gradients of several Values are."""
        gradients = self.reading.gradients
        return root_mean_square([gradients[node] for node in varying(members)])

    def name(self, i: int) -> str:
        """What a step calls a box: its title, or the name of its Value."""
        box = self.folding.boxes[i]
        return self.title(box) if box.value is None else self.reading.names[box.value]

    def title(self, box: Box) -> str:
        """What a box of several Values is called."""
        if box.path is not None:
            return box.path or box.what
        if box.what == "chain":
            (operation,) = {n.op.name for n in box.members if n.op is not None}
            return CHAINS[operation]
        operations = list(dict.fromkeys(n.op.symbol for n in box.members if n.op is not None))
        if operations:
            return " … ".join([operations[0], *operations[1:][-1:]])
        leaf = box.members[0]
        if isinstance(leaf, Constant):
            return "constants"
        return "parameters" if leaf in self.reading.given else "inputs"


def varying(members: Sequence[Value]) -> Sequence[Value]:
    """Those whose data and gradients a sum of them tells: all but the constants."""
    return [node for node in members if not isinstance(node, Constant)] or members


def spread(members: Sequence[Value]) -> str:
    """The range of the data of several Values."""
    data = [node.data for node in varying(members)]
    low, high = min(data), max(data)
    return number_text(low, 3) if low == high else f"{number_text(low, 3)} … {number_text(high, 3)}"


def root_mean_square(numbers: Sequence[float]) -> float:
    """√(Σ x² / n), of any numbers without overflow."""
    largest = max(map(abs, numbers))
    if largest == 0.0 or not all(map(math.isfinite, numbers)):
        return math.fsum(map(abs, numbers))
    return largest * math.sqrt(math.fsum([(x / largest) ** 2 for x in numbers]) / len(numbers))


def digits(number: float) -> str:
    """The number for a tooltip, from which one may copy it into a program."""
    return f"{number + 0.0:.12g}"  # -0.0 + 0.0 is 0.0


def counted(number: int, what: str) -> str:
    """So many of them: `1 value`, `2,000 values`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _ranks(count: int, links: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The column of each box: to the right of all that it uses, a leaf just before its use."""
    users: dict[int, list[int]] = {}
    waiting = [0] * count
    for source, target in links:
        users.setdefault(source, []).append(target)
        waiting[target] += 1
    rank = dict.fromkeys(range(count), 0)
    ready = [i for i in range(count) if not waiting[i]]
    leaves = list(ready)
    for i in ready:
        for target in users.get(i, ()):
            rank[target] = max(rank[target], rank[i] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for i in leaves:
        rank[i] = min((rank[target] for target in users.get(i, ())), default=1) - 1
    return rank
