"""Finds what repeats: steps of a sequence that are alike, each of which feeds the next."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from engine.value import Value

_FEWEST, _LONGEST = 3, 24  # steps of a block, boxes of a step

Groups = Sequence[list[Value]]


@dataclass(frozen=True, slots=True)
class Block:
    """Boxes that are drawn once for so many steps."""

    boxes: list[int]
    times: int


def find_repeats(groups: Groups, parameters: Collection[Value]) -> list[list[list[list[Value]]]]:
    """The blocks among groups of Values: for each box of a block, its Values in every step.

    The groups stand in the order of computation. What repeats is a run of operations; leaves that
    one step alone uses go with it.
    """
    where = {node: i for i, members in enumerate(groups) for node in members}
    operations = [i for i, members in enumerate(groups) if members[-1].op is not None]
    numbers: dict[Hashable, int] = {}
    signs = [
        numbers.setdefault(_signature(groups[i], parameters), len(numbers)) for i in operations
    ]
    sources = {
        i: {where[p] for n in groups[i] for p in n.parents if p in where} - {i} for i in operations
    }
    results = {
        i: {where[p] for n in groups[i] for p in n.parents if p.op is not None and p in where} - {i}
        for i in operations
    }
    users: dict[int, set[int]] = {}
    for i, used in sources.items():
        for source in used:
            users.setdefault(source, set()).add(i)
    blocks = []
    start = 0
    while (run := _longest_run(signs, start)) is not None:
        begin, period, times = run
        start = begin + period * times
        steps = [operations[begin + k * period : begin + (k + 1) * period] for k in range(times)]
        if _linked_alike(steps, results):
            blocks.append(_with_leaves(groups, steps, sources, users))
    return blocks


def _signature(members: list[Value], parameters: Collection[Value]) -> Hashable:
    """What a box does; steps are alike where it is the same."""
    counts: dict[str, int] = {}
    for node in members:
        if node.op is not None:
            counts[node.op.name] = counts.get(node.op.name, 0) + 1
    return frozenset(counts.items())


def _longest_run(signs: Sequence[int], start: int) -> tuple[int, int, int] | None:
    """Where a run begins that repeats, its period, and how often: the one that saves most boxes."""
    best, most = None, 0
    for period in range(1, min(_LONGEST, (len(signs) - start) // _FEWEST) + 1):
        length = 0
        for i in range(start, len(signs) - period + 1):
            if i < len(signs) - period and signs[i] == signs[i + period]:
                length += 1
                continue
            times = length // period + 1
            saved = (times - 1) * period
            if times >= _FEWEST and saved > most:
                best, most = (i - length, period, times), saved
            length = 0
        if most * 2 > len(signs) - start:
            break
    return best


def _linked_alike(steps: list[list[int]], sources: dict[int, set[int]]) -> bool:
    """Whether each step has the same links inside, and to the one before, of which there are."""
    at = {i: (k, place) for k, step in enumerate(steps) for place, i in enumerate(step)}
    patterns = []
    for k, step in enumerate(steps):
        pattern = {
            (k - at[source][0], at[source][1], place)
            for place, i in enumerate(step)
            for source in sources[i]
            if source in at
        }
        patterns.append(pattern)
    back = {delta for pattern in patterns for delta, *_ in pattern}
    return (
        back <= {0, 1}
        and 1 in back
        and all(pattern == patterns[1] for pattern in patterns[2:])
        and patterns[0] <= patterns[1]
    )


def _with_leaves(
    groups: Groups, steps: list[list[int]], sources: dict[int, set[int]], users: dict[int, set[int]]
) -> list[list[list[Value]]]:
    """The boxes of a block, and the leaves that one of its steps alone uses."""
    block = [[groups[step[place]] for step in steps] for place in range(len(steps[0]))]
    leaves: dict[int, list[list[Value]]] = {}
    for k, step in enumerate(steps):
        for place, i in enumerate(step):
            for source in sorted(sources[i]):
                if groups[source][-1].op is None and users[source] <= set(step):
                    leaves.setdefault(place, [[] for _ in steps])[k] += groups[source]
    return block + [of_steps for of_steps in leaves.values() if sum(map(bool, of_steps)) > 1]
