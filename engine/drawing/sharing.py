"""Ways to share out the Values of a graph among boxes, from a box each to a few for all of them.

Values that belong to no neuron are folded by likeness: the same operation on operands that share a
box, so that the losses of a hundred samples become one box. Where that is not enough, they are cut
into stretches of the order of computation.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.places import Place
from engine.reading import Reading
from engine.value import Constant, Value

Shares: TypeAlias = Mapping[Value, tuple[str, Hashable]]
"""For each Value what it shares a box with; the first word says what kind of box that is."""

Own: TypeAlias = Mapping[Value, tuple[str, Hashable]]

CHAINS = {"add": "Σ", "mul": "Π"}
"""The associative operations, and what a chain of one is called."""

_SHORTEST = 3  # operations of a chain that is worth a box
_MOST_JOINED = 6  # boxes in series that become one
_MOST_ROLES = 10_000  # of a graph with more there is no summary to be found by likeness


@dataclass(frozen=True, slots=True)
class Way:
    """A way to share out, and whether what repeats is drawn once."""

    shares: Shares
    once: bool = False


def ways(
    reading: Reading, order: Sequence[Value], level: str, placed: bool = True
) -> Iterator[Way]:
    """Ever coarser ways to share out the Values of an order, from the level on."""
    levels = [level]
    if level == "auto":
        levels = ["value", "neuron", "layer"] if placed and reading.places else ["value"]
    once = level == "auto"
    together = _together(reading, order) if once else {}
    for name in levels:
        own = _owners(reading, name, whole=not once) if placed else {}
        if name == "value":
            if once:
                yield Way(together)
                if name == levels[-1]:
                    yield Way(together, once=True)
            else:
                yield Way({})
            if name != levels[-1]:
                continue
        likeness = _Likeness(reading, order, own)
        in_sequence = once and likeness.in_sequence  # its steps are what one looks for
        if in_sequence and name == "neuron":
            continue
        if (once and not in_sequence) or name == "neuron":
            yield Way({**together, **own})
        if name == "layer" and not once:
            yield Way(likeness.in_steps(own))
        alike = likeness.shares()
        yield Way(_chains_as_such(alike, together), once)
    series = _in_series(order, alike)
    yield Way(_chains_as_such(series, together), once)
    for count in (60, 15, 4):
        cut = _cut(order, own, alike, count)
        yield Way(_beside_their_use(order, own, cut))
    yield Way(cut)


def kind_of_leaf(node: Value, parameters: Collection[Value]) -> str | None:
    """What kind of leaf it is; None for an operation."""
    if node.op is not None:
        return None
    if isinstance(node, Constant):
        return "constant"
    return "parameter" if node in parameters else "input"


def _owners(reading: Reading, level: str, whole: bool) -> dict[Value, tuple[str, Hashable]]:
    """The neuron or the layer of those Values that belong to one; of others the layer alone.

    What is of the model as a whole counts only if that is asked for: its attributes tell more.
    """

    def owner(place: Place) -> tuple[str, Hashable] | None:
        if level == "neuron" and place.neuron is not None:
            return "neuron", place.neuron
        return None if place.layer is None else ("layer", place.layer)

    if level == "value":
        return {}
    found = (
        (node, owner(place))
        for node, place in reading.places.items()
        if whole or place.layer or place.neuron
    )
    return {node: own for node, own in found if own is not None}


# Boxes that stand for one number: a computation that was made several times, a chain of one
# associative operation


def _together(reading: Reading, order: Sequence[Value]) -> dict[Value, tuple[str, Hashable]]:
    shares: dict[Value, tuple[str, Hashable]] = {
        node: ("same", first) for node, first in _same(reading, order).items()
    }
    repeated = {share for share, count in Counter(shares.values()).items() if count > 1}
    shares = {node: share for node, share in shares.items() if share in repeated}
    ends = _chains(reading, [node for node in order if node not in shares])
    lengths = Counter(ends.values())
    for node, end in ends.items():
        if lengths[end] >= _SHORTEST:
            shares[node] = ("chain", end)
    uses: dict[Value, set[Hashable]] = {}
    for node in order:
        for parent in node.parents:
            if isinstance(parent, Constant):
                uses.setdefault(parent, set()).add(shares.get(node, node))
    for constant, users in uses.items():  # of one chain, or the same of the same
        share = next(iter(users))
        if len(users) == 1 and isinstance(share, tuple) and constant not in reading.given:
            if share[0] == "chain":
                shares[constant] = share
            elif not constant.label:
                shares[constant] = ("same", (share, repr(constant.data)))
    return shares


def _same(reading: Reading, order: Iterable[Value]) -> dict[Value, Value]:
    """For every operation the first one that computed the same from the same, by the same name."""
    first: dict[Hashable, Value] = {}
    same: dict[Value, Value] = {}
    for node in order:
        if node.op is None:
            continue
        operands = (
            repr(parent.data)
            if isinstance(parent, Constant) and not parent.label
            else same.get(parent, parent)
            for parent in node.parents
        )
        name = reading.names[node] if reading.names.is_given(node) else ""
        key = (node.op.name, name, repr(node.data), *operands)
        same[node] = first.setdefault(key, node)
    return same


def _chains(reading: Reading, order: Sequence[Value]) -> dict[Value, Value]:
    """For the links of each chain of one associative operation its end.

    The partial results have no name, and are used once.
    """
    uses = Counter(parent for node in reading.order for parent in node.parents)
    outputs = set(reading.outputs)
    ends: dict[Value, Value] = {}
    inside = set(order)
    for node in reversed(order):
        if node.op is None or node.op.name not in CHAINS:
            continue
        end = ends.setdefault(node, node)
        for parent in node.parents:
            if (
                parent.op is node.op
                and parent in inside
                and reading.names.is_number(parent)
                and parent not in outputs
                and uses[parent] == 1
            ):
                ends[parent] = end
    return ends


def _chains_as_such(alike: Shares, together: Shares) -> Shares:
    """Where all that is alike is one chain, or one computation, it is called so."""
    kinds: dict[Hashable, set[Hashable]] = {}
    for node, share in alike.items():
        kinds.setdefault(share, set()).add(together.get(node))
    shares = dict(alike)
    for node, share in alike.items():
        (kind, *others) = kinds[share]
        if not others and kind is not None:
            shares[node] = together[node]
    return shares


# Likeness


class _Likeness:
    """Which operations are alike: the same on operands that are alike.

    In a chain of one operation, as in a sum that is added up term by term, the operands of each
    link count for the whole. An operation on parameters is known by them, whatever else it is
    given; so the steps of a recurrent network are alike, and are told apart by a number: a way
    that comes again to what is alike, or to what was met before it, begins another step. A share
    depends on earlier ones alone, so boxes of the like make no cycle.
    """

    def __init__(self, reading: Reading, order: Sequence[Value], own: Own) -> None:
        self.reading, self.order = reading, order
        self.own = own
        self.roles: dict[Value, int] = {}
        self.step: dict[Value, int] = {}
        self.of_parameters: dict[int, frozenset[str]] = {}
        self.numbers: dict[Hashable, int] = {}
        self._find()

    def _find(self) -> None:
        given, roles, numbers, own = self.reading.given, self.roles, self.numbers, self.own
        flattened: dict[int, tuple[str, frozenset[Hashable]]] = {}
        matrices = {node: _matrix(name) for node, name in given.items()}
        for node in self.order:
            if node.op is None:
                kind = kind_of_leaf(node, given)
                role: Hashable = own.get(node) or (kind, matrices.get(node))
                roles[node] = numbers.setdefault(role, len(numbers))
                self.step[node] = 0
                continue
            named = {matrices[p] for p in node.parents if p in matrices}
            mine = own.get(node)
            flat: set[Hashable] = set()
            distinct = set(node.parents)
            if named and (len(distinct) > 1 or mine):
                flat |= named
            else:
                for parent in distinct:
                    if parent in matrices:
                        flat.add("any parameter")  # a penalty on all of them is one box
                        continue
                    if parent not in roles:
                        continue
                    operation, operands = flattened.get(roles[parent], ("", frozenset()))
                    if operation == node.op.name:
                        flat |= operands
                    else:  # of a layer, whichever neuron it is
                        flat.add(roles[parent] if mine else own.get(parent) or roles[parent])
                named = set()
            role = description = (mine, node.op.name, frozenset(flat))
            number = roles[node] = numbers.setdefault(role, len(numbers))
            if number not in flattened:
                flattened[number] = description[1:]
            if named and not mine:
                self.of_parameters[number] = frozenset(named)
            step = 0
            for parent in node.parents:
                if parent.op is None or parent not in roles:
                    continue
                again = roles[parent] >= number and not (
                    parent.op is node.op and node.op.name in CHAINS
                )
                step = max(step, self.step[parent] + again)
            self.step[node] = step

    @property
    def hopeless(self) -> bool:
        return len(self.numbers) > _MOST_ROLES

    @property
    def in_sequence(self) -> bool:
        """Whether something that belongs together takes several steps."""
        return any(self.step.get(node) for node in self.own)

    def in_steps(self, own: Own) -> Shares:
        """What belongs together, in each step by itself, and everything else alone."""
        return {node: self._stepped(node, own[node]) for node in own if node in self.step}

    def _stepped(self, node: Value, share: tuple[str, Hashable]) -> tuple[str, Hashable]:
        step = self.step[node]
        return (share[0], (share[1], step)) if step else share

    def shares(self) -> dict[Value, tuple[str, Hashable]]:
        """What is alike."""
        if self.hopeless:
            return dict(self.own)
        uses = Counter(parent for node in self.order for parent in node.parents)
        shares: dict[Value, tuple[str, Hashable]] = {}
        sums: set[Value] = set()
        for node in self.order:
            if node.op is None:
                continue
            share = self.own.get(node)
            if share is None:
                parameters = self.of_parameters.get(self.roles[node])
                (parent, *others) = node.parents
                if parameters:
                    share = ("layer", (node.op.name, tuple(sorted(parameters))))
                    sums.add(node)
                elif parent in sums and not others and uses[parent] == 1:
                    shares[node] = shares[parent]  # the activation
                    continue
                else:
                    share = ("alike", self.roles[node])
            shares[node] = self._stepped(node, share)
        for node, share in self.own.items():
            if node.op is None and node in self.roles:
                shares[node] = share
        return _beside_their_use(self.order, self.own, self._with_leaves(shares, sums))

    def _with_leaves(
        self, shares: dict[Value, tuple[str, Hashable]], sums: set[Value]
    ) -> dict[Value, tuple[str, Hashable]]:
        """The parameters of one box join it."""
        users: dict[int, set[tuple[str, Hashable]]] = {}
        for node in self.order:
            if node in sums:
                for parent in node.parents:
                    if parent in self.reading.given and parent.op is None:
                        kind, what = shares[node]
                        first = what[0] if self.step[node] else what  # type: ignore[index]
                        users.setdefault(self.roles[parent], set()).add((kind, first))
        for node in self.order:
            if node.op is None and node not in shares:
                own = users.get(self.roles[node], set())
                shares[node] = next(iter(own)) if len(own) == 1 else ("alike", self.roles[node])
        return shares


def _matrix(name: str) -> str:
    """The name of a parameter without its indices: `query` of `query.3.1`."""
    words = name.split(".")
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return ".".join(words)


def _beside_their_use(
    order: Sequence[Value], own: Own, alike: Shares
) -> dict[Value, tuple[str, Hashable]]:
    """Tell leaves that belong nowhere apart by their first use; a constant of one box joins it."""
    uses: dict[Value, Hashable] = {}
    of_several: set[Value] = set()
    for node in order:
        use = alike.get(node, node)
        for parent in node.parents:
            if parent.op is None and uses.setdefault(parent, use) != use:
                of_several.add(parent)
    boxes = dict(alike)
    for leaf, user in uses.items():
        if own.get(leaf) is None and alike.get(leaf, ("alike",))[0] == "alike":
            joins = isinstance(leaf, Constant) and leaf not in of_several
            if joins and isinstance(user, tuple):
                boxes[leaf] = user
            elif leaf in alike:
                boxes[leaf] = ("alike", (alike[leaf], user))
    return boxes


def _in_series(order: Sequence[Value], alike: Shares) -> Shares:
    """Join what is used by one box alone to that box, unless one of them is a layer.

    No cycle comes of it, for every way out of what joins leads into what it joins.
    """
    if len({alike.get(node, node) for node in order}) > _MOST_ROLES:
        return alike
    users: dict[Hashable, set[Hashable]] = {}
    for node in order:
        mine = alike.get(node, node)
        for parent in node.parents:
            theirs = alike.get(parent, parent)
            if theirs != mine:
                users.setdefault(theirs, set()).add(mine)
    into: dict[Hashable, tuple[str, Hashable]] = {}
    joined: Counter[Hashable] = Counter()
    operations = dict.fromkeys(alike[node] for node in order if node in alike and node.op)
    for share in reversed(list(operations)):
        (user, *others) = users.get(share, {share})
        if others or user == share or not isinstance(user, tuple):
            continue
        end = into.get(user, user)
        if share[0] == "alike" and end[0] in ("alike", "stretch") and joined[end] < _MOST_JOINED:
            into[share] = into[user] = ("stretch", end[1])
            joined[into[share]] += 1
    return {node: into.get(share, share) for node, share in alike.items()}


def _cut(order: Sequence[Value], own: Own, alike: Shares, count: int) -> Shares:
    """Cut what belongs nowhere into so many stretches of the order of computation."""
    free = [node for node in order if node.op is not None and own.get(node) is None]
    # Boxes as they were first met: each comes after those that it depends on.
    boxes = list(dict.fromkeys(alike.get(node, node) for node in free))
    length = -(-len(boxes) // count) or 1
    stretch = {box: ("stretch", i // length) for i, box in enumerate(boxes)}
    return {**alike, **{node: stretch[alike.get(node, node)] for node in free}}
