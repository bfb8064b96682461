"""What is wrong in a graph, to be marked where it is: units that pass nothing on, odd gradients.

The words mean what they mean in a diagnosis: where each begins, `engine.thresholds` says.
"""

import math
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

from engine.places import NOWHERE, Place
from engine.reading import Reading
from engine.text import number_text
from engine.thresholds import DEAD_SHARE, EXPLODING_ABOVE, SATURATED_SHARE, VANISHING_BELOW
from engine.value import Constant, Value

SATURATED = "saturated"
DEAD = "dead"
ZERO = "zero gradient"
NOT_FINITE = "not finite"
TINY = "tiny gradient"
HUGE = "huge gradient"
VANISHING = "vanishing gradient"
EXPLODING = "exploding gradient"


class Mark(str):
    """A word for what is wrong, with the number that shows it and where that begins."""

    __slots__ = ("evidence",)
    evidence: str

    def __new__(cls, word: str, evidence: str) -> "Mark":
        """The word, and its evidence as it stands in a tooltip."""
        mark = super().__new__(cls, word)
        mark.evidence = f"{word}: {evidence}"
        return mark


Marks: TypeAlias = Mapping[Value, tuple[Mark, ...]]
Found: TypeAlias = Iterator[tuple[Value, Mark]]


def find_marks(reading: Reading, shown: Iterable[Value] | None = None) -> Marks:
    """What is wrong with each Value, for those with which something is.

    What counts as saturated, and what can die, the row of the operation says; a unit that can is
    dead where it passes nothing on in any row. The gradients of a hidden layer vanish or explode
    beside those of the last one. A single gradient is marked if it is exactly zero, not finite, or
    far smaller or larger than the median (of absolute values other than zero) of its
    kind: parameters, other leaves, or operations. Where gradients vanish or explode on their way
    back, those near the output are far from the median and yet as they should be; so what is tiny
    must be smaller than the output's own gradient, too, and what is huge larger.

    Args:
        reading: The graph. Its gradients are looked at where it has been differentiated.
        shown: The Values to look at, and to compare with each other; all if None.

    Example:
        >>> x = Value(-2.0, "x")
        >>> y = x.relu()
        >>> marks = find_marks(Reading(y, differentiate=True))
        >>> marks[x], marks[y]
        (('zero gradient',), ('dead',))
        >>> marks[y][0].evidence
        'dead: passes nothing on in any of 1 row'
    """
    nodes = [
        node
        for node in (reading.order if shown is None else shown)
        if not isinstance(node, Constant)
    ]
    found: dict[Value, list[Mark]] = {}
    for node, mark in _all(reading, nodes):
        marks = found.setdefault(node, [])
        if mark not in marks:
            marks.append(mark)
    return {node: tuple(marks) for node, marks in found.items()}


def _all(reading: Reading, nodes: Sequence[Value]) -> Found:
    for node in nodes:
        if node.op and node.op.is_saturated(node.data):
            low, high = node.op.saturated_outside or (-math.inf, math.inf)
            bounds = f"outside of {number_text(low)} to {number_text(high)}"
            yield node, Mark(SATURATED, f"{number_text(node.data, 6)}, {bounds}")
    yield from _dead(reading, nodes)
    for node in nodes:
        if not math.isfinite(node.data):
            yield node, Mark(NOT_FINITE, f"data {number_text(node.data)}")
    if not reading.differentiated:
        return
    flow = dict(_flow(reading, nodes))
    yield from flow.items()
    operations = [node for node in nodes if node.op is not None]
    leaves = [node for node in nodes if node.op is None]
    parameters = [node for node in leaves if node in reading.given]
    others = [node for node in leaves if node not in reading.given] if parameters else leaves
    at_output = max(abs(reading.gradients[output]) for output in reading.outputs)
    for kind, values in (
        ("operations", operations),
        ("parameters", parameters),
        ("leaves", others),
    ):
        for node, mark in _gradient_marks(kind, values, reading.gradients, at_output):
            if node not in flow or mark in (ZERO, NOT_FINITE):
                yield node, mark


def _dead(reading: Reading, nodes: Iterable[Value]) -> Found:
    units: dict[Hashable, list[Value]] = {}
    for node in nodes:
        if concerns(DEAD, node):
            units.setdefault(unit_of(node, reading.places), []).append(node)
    for rows in units.values():
        if all(node.partials[0] == 0.0 for node in rows):
            of_rows = f"{len(rows):,} row{'s' if len(rows) > 1 else ''}"
            mark = Mark(DEAD, f"passes nothing on in any of {of_rows}")
            yield from ((node, mark) for node in rows)


def _flow(reading: Reading, nodes: Collection[Value]) -> Found:
    """What vanishes or explodes: of each hidden layer the weighted sums z, in the diagnosis' terms.

    There are no two hidden layers to compare in a network of fewer than three.
    """
    layers: dict[str | None, list[Value]] = {}
    for node in weighted_sums(reading, nodes):
        layers.setdefault(reading.places[node].layer, []).append(node)
    *hidden, _ = list(layers) or [None]
    if len(hidden) < 2:
        return
    size = {
        layer: _root_mean_square([reading.gradients[z] for z in layers[layer]]) for layer in hidden
    }
    last = size[hidden[-1]]
    for layer in hidden:
        ratio = size[layer] / last if last else math.nan
        if ratio < VANISHING_BELOW or EXPLODING_ABOVE < ratio < math.inf:
            word, limit = (
                (VANISHING, f"under {VANISHING_BELOW:g}")
                if ratio < 1.0
                else (EXPLODING, f"over {EXPLODING_ABOVE:g}")
            )
            mark = Mark(
                word,
                f"∂/∂z of {layer} has the root mean square {number_text(size[layer])}, "
                f"{number_text(ratio)} times that of {hidden[-1]}; {limit}",
            )
            yield from ((z, mark) for z in layers[layer])


def weighted_sums(reading: Reading, nodes: Iterable[Value]) -> Iterator[Value]:
    """Of each neuron and row z = Σ wᵢ xᵢ + b: where the last of its parameters comes in."""
    bits: dict[str, dict[Value, int]] = {}
    for parameter in reading.given:
        neuron = reading.places.get(parameter, NOWHERE).neuron
        if neuron is not None:
            own = bits.setdefault(neuron, {})
            own[parameter] = 1 << len(own)
    seen: dict[Value, int] = {}
    for node in nodes:
        neuron = reading.places.get(node, NOWHERE).neuron
        if neuron is None or not node.parents:
            continue
        own = bits[neuron]
        everything = (1 << len(own)) - 1
        direct = inherited = 0
        complete = False
        for parent in node.parents:
            direct |= own.get(parent, 0)
            if reading.places.get(parent, NOWHERE).neuron == neuron:
                inherited |= seen.get(parent, 0)
                complete = complete or seen.get(parent) == everything
        seen[node] = direct | inherited
        if direct == everything or (seen[node] == everything and not complete):
            yield node


def _gradient_marks(
    kind: str, values: Sequence[Value], gradients: Mapping[Value, float], at_output: float
) -> Found:
    """What is wrong with gradients of Values of one kind, which are compared with each other."""
    sizes = [abs(gradients[node]) for node in values]
    usual = [size for size in sizes if 0.0 < size < math.inf]
    typical = median(usual) if usual else 0.0
    beside = f"the median of the {kind}, {number_text(typical)}"
    for node, size in zip(values, sizes, strict=True):
        if not size < math.inf:
            yield node, Mark(NOT_FINITE, f"gradient {number_text(gradients[node])}")
        elif size == 0.0:
            yield node, Mark(ZERO, "0")
        elif size <= typical * VANISHING_BELOW and size < at_output:
            yield node, Mark(TINY, f"{number_text(size)}, under {VANISHING_BELOW:g} times {beside}")
        elif size >= typical * EXPLODING_ABOVE and size > at_output:
            yield node, Mark(HUGE, f"{number_text(size)}, over {EXPLODING_ABOVE:g} times {beside}")


# Several Values in one box


@dataclass(frozen=True, slots=True)
class Summary:
    """What is wrong in a box, in the words of its row and of its tooltip."""

    words: str
    evidence: str
    alarming: bool


_SHARES = {SATURATED: SATURATED_SHARE, DEAD: DEAD_SHARE}


def summary(members: Sequence[Value], marks: Marks, places: Mapping[Value, Place]) -> list[Summary]:
    """What is wrong in a box.

    Of several Values it says how many have the mark, of dead ones how many units. It is no alarm
    that a few units are saturated or dead: a layer is from a share on.

    Args:
        members: The Values of the box.
        marks: Of the picture.
        places: Of the reading.
    """
    if len(members) == 1:
        return [Summary(mark, mark.evidence, True) for mark in marks.get(members[0], ())]
    having: dict[Mark, list[Value]] = {}
    for node in members:
        for mark in marks.get(node, ()):
            having.setdefault(mark, []).append(node)
    found = []
    for mark, values in sorted(having.items()):
        concerned = [n for n in members if not isinstance(n, Constant) and concerns(mark, n)]
        if mark == DEAD:
            count, of = (len({unit_of(n, places) for n in some}) for some in (values, concerned))
        elif mark in (VANISHING, EXPLODING):  # which a layer is, and not one of its values
            count = of = 1
        else:
            count, of = len(values), len(concerned)
        words = f"{count:,} of {of:,} {mark}"
        if count == of:
            words = f"all {mark}" if count > 1 else str(mark)
        share = _SHARES.get(mark)
        limit = f"{words}; a layer is from {share:.0%} on" if share else ""
        evidence = mark.evidence if count == 1 or not limit else limit
        if not share and count > 1:
            evidence = f"{words}, such as {mark.evidence}"
        alarming = count >= of * (share or 1.0) or mark == NOT_FINITE
        found.append(Summary(words, evidence, alarming))
    return found


def concerns(mark: str, node: Value) -> bool:
    """Whether a Value is one that could have the mark."""
    if mark == DEAD:
        return node.op is not None and node.op.can_die
    if mark == SATURATED:
        return node.op is not None and node.op.saturated_outside is not None
    return True


def unit_of(node: Value, places: Mapping[Value, Place]) -> Hashable:
    """What all rows share that pass one unit; a Value outside of neurons is one of its own."""
    neuron = places.get(node, NOWHERE).neuron
    return node if neuron is None else (neuron, node.op)


def _root_mean_square(numbers: Sequence[float]) -> float:
    return math.sqrt(math.fsum(x * x for x in numbers) / len(numbers))
