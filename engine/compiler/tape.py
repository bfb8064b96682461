"""A graph as a tape: for each node an instruction, ready to be played by loops that exist already.

The instructions of `engine.compiler.llvm.loops` go through an array for each node, with a number
for each row of a block. So there is nothing to compile: a tape is as soon made as the graph is
walked, at any size. It calculates what the straight-line code does, in the same order:

    forward    what depends on no input once a call, the rest once a block
    backward   the chain rule through the nodes that depend on an input, summed over the rows;
               then, from the totals, through those that do not
"""

import struct
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.compiler.llvm.library import Library, library, loops_of
from engine.compiler.llvm.machine import lanes
from engine.compiler.llvm.player import PLAN, SEGMENTS
from engine.compiler.lowering import Graph
from engine.compiler.schedule import pieces
from engine.graph import descendants
from engine.ops import DOT, LOG_SUM_EXP, TOTAL
from engine.primitive import Operation
from engine.value import Value

_SCALARS_AT = 64
"""Where the parameters begin in the memory of a call, behind the marks."""

_GRADIENT_AT = -96
"""Where the address of the gradients stands, among the arguments before the memory."""

_CACHE = 1 << 19
"""The bytes that the arrays of a block may take, where that is more than one vector a node."""

_MOST_VECTORS = 8

_PIECE = 4096
"""How many nodes are written down at a time; their words are Python's ints until then."""

Code: TypeAlias = "dict[str, array[int]]"
"""The parts of a tape, by name."""


@dataclass(slots=True)
class Plan:
    """What plays: the words of a plan, and the arrays to which they point.

    Attributes:
        words: As `engine.compiler.llvm.player.PLAN` names them.
        size: The bytes of memory that a call needs.
        keep: What has to live as long.
    """

    words: "array[int]"
    size: int
    keep: list["array[int] | array[float]"] = field(default_factory=list)


class Tape:
    """The forward pass of a graph as a tape, and what `plan` needs for the backward one.

    Args:
        graph: What to compile.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._library: Library = library()
        self._order = graph.reading.order
        self._code: Code = {segment: array("q") for segment in SEGMENTS}
        self._constants: list[float] = [-0.0]
        self._scalars = {p: _SCALARS_AT + 8 * i for i, p in enumerate(graph.parameters)}
        self._constants_at = _SCALARS_AT + 8 * len(graph.parameters)
        self._pool_constants()
        self._values_at = _aligned(self._constants_at + 8 * len(self._constants))
        vector = 8 * lanes()
        n_arrays = len(self._order) - len(graph.parameters) - len(graph.constants)
        many = _CACHE // (2 * vector * max(n_arrays, 1))
        self._stride = vector * max(1, min(many, _MOST_VECTORS))
        self._end = self._values_at
        self._varying = descendants(self._order, graph.inputs)
        self._vectors: dict[Value, int] = {}  # a place with a number for every row of a block
        self._uniform: dict[Value, int] = {}  # a place where the first vector alone is right
        self._by_scalar: dict[Value, int] = {}  # how often dot takes it as a scalar
        self._parts: dict[Value, list[int]] = {}  # log_sum_exp's sum and exponentials
        for leaf in graph.inputs:
            self._vectors[leaf] = self._array()
        self._forward()
        self._outputs = array("q", [self._everywhere(x) for x in graph.reading.outputs])

    def _pool_constants(self) -> None:
        places: dict[bytes, int] = {}
        for leaf, number in self._graph.constants.items():
            bits = struct.pack("d", number)
            if bits not in places:
                places[bits] = self._constants_at + 8 * len(self._constants)
                self._constants.append(number)
            self._scalars[leaf] = places[bits]

    def _array(self) -> int:
        """The place of a new array."""
        place = self._end
        self._end += self._stride
        return place

    # Where the numbers of a node are

    def _everywhere(self, node: Value) -> int:
        """The place where a node has its number for every row of a block."""
        place = self._vectors.get(node)
        if place is None:
            place = self._uniform.get(node)
            if place is None:
                place = self._array()
                scalar, segment = self._scalars[node], "splats"
            else:
                scalar, segment = place, "spreads"
            self._code[segment].extend((self._library.addresses["splat"], place, scalar))
            self._vectors[node] = self._uniform[node] = place
        return place

    def _once(self, node: Value) -> int:
        """The place where the first vector of a node that depends on no input is."""
        place = self._uniform.get(node)
        if place is None:
            place = self._uniform[node] = self._array()
            splat = self._library.addresses["splat"]
            self._code["splats"].extend((splat, place, self._scalars[node]))
        return place

    def _scalar(self, node: Value) -> int:
        """The place of the one number of a node that depends on no input."""
        place = self._scalars.get(node)
        return self._uniform[node] if place is None else place

    # Forward

    def _forward(self) -> None:
        varying, vectors, uniform = self._varying, self._vectors, self._uniform
        stride, everywhere = self._stride, self._everywhere
        loop_of = {op: there for op, (there, _) in self._library.rows.items()}.get
        for nodes in pieces(self._order, _PIECE):
            rows: list[int] = []
            before: list[int] = []
            for node in nodes:
                op = node.op
                if op is None:
                    continue
                parents = node.parents
                loop = loop_of(op)
                if node not in varying:
                    uniform[node] = self._other(node, op, before, False)
                elif loop is None or len(parents) > 2:
                    vectors[node] = self._other(node, op, rows, True)
                elif len(parents) == 1:
                    (x,) = parents
                    left = vectors[x]
                    vectors[node] = place = self._end
                    rows += (loop, place, left)
                    self._end = place + stride
                else:
                    x, y = parents
                    left = vectors[x] if x in vectors else everywhere(x)
                    right = vectors[y] if y in vectors else everywhere(y)
                    vectors[node] = place = self._end
                    rows += (loop, place, left, right)
                    self._end = place + stride
            self._code["forward"].extend(rows)
            self._code["before"].extend(before)

    def _other(self, node: Value, op: Operation, code: list[int], in_rows: bool) -> int:
        """Write down the instruction of any other row; the place of its result."""
        parents, loops = node.parents, self._library.addresses
        n = len(parents)
        place_of = self._everywhere if in_rows else self._once
        if op is DOT and n > 1:
            k = n // 2
            split = self._scalars_and_vectors(node) if in_rows else None
            if split is not None:
                scalars, others = split
                for x in scalars:
                    self._by_scalar[x] = self._by_scalar.get(x, 0) + 1
                bias = parents[-1] if n % 2 else None
                if bias is not None:
                    self._by_scalar[bias] = self._by_scalar.get(bias, 0) + 1
                start = self._constants_at if bias is None else self._scalar(bias)
                pairs = zip(map(self._scalar, scalars), map(place_of, others), strict=True)
                name = "dot"
            else:
                places = [place_of(parent) for parent in parents]
                start = places[-1] if n % 2 else self._zero()
                pairs = zip(places[:k], places[k : 2 * k], strict=True)
                name = "dot_vectors"
            words = [x for pair in pairs for x in pair]
            place = self._array()
            code += (loops[name], place, k, start, *words)
        elif (op is TOTAL or op is DOT) and n == 0:
            place = self._array()
            code += (loops["seed"], place, 0)
        elif op is TOTAL or op is DOT:
            places = [place_of(parent) for parent in parents]
            place = self._array()
            code += (loops["total"], place, n, *places)
        elif op is LOG_SUM_EXP and n > 0:
            places = [place_of(parent) for parent in parents]
            place = self._array()
            scale, *parts = self._parts[node] = [self._array() for _ in range(n + 1)]
            words = [x for pair in zip(places, parts, strict=True) for x in pair]
            code += (loops["log_sum_exp"], place, n, scale, *words)
        else:
            forward, _ = loops_of(op, n)
            places = [place_of(parent) for parent in parents]
            place = self._array()
            code += (forward, place, *places)
        return place

    def _zero(self) -> int:
        """The place of -0.0 in every row, to which a number is added without a change."""
        place = self._array()
        splat = self._library.addresses["splat"]
        self._code["splats"].extend((splat, place, self._constants_at))
        return place

    def _scalars_and_vectors(self, node: Value) -> tuple[Sequence[Value], Sequence[Value]] | None:
        """The two sides of a dot, if one depends on no input, and the bias neither."""
        parents, varying = node.parents, self._varying
        k = len(parents) // 2
        weights, inputs = parents[:k], parents[k : 2 * k]
        if not varying.isdisjoint(parents[2 * k :]):
            return None
        for scalars, others in ((weights, inputs), (inputs, weights)):
            if varying.isdisjoint(scalars) and varying.issuperset(others):
                return scalars, others
        return None

    # Backward

    def plan(self, wanted: Sequence[Value] | None) -> Plan:
        """The whole, with the backward pass to the wanted leaves; None for the outputs alone."""
        graph, leaves = self._graph, wanted or ()
        backward = _Backward(self, leaves)
        if wanted is not None:
            backward.write()
        codes = {**self._code, **backward.code}
        constants = array("d", self._constants)
        words: dict[str, int] = {
            "data_size": 8 * len(graph.parameters),
            "constants": constants.buffer_info()[0],
            "constants_size": 8 * len(constants),
            "constants_at": self._constants_at,
            "scalars_at": _SCALARS_AT,
            "inputs_at": self._values_at,
            "n_inputs": len(graph.inputs),
            "stride": self._stride,
            "n_outputs": len(graph.reading.outputs),
            "outputs": self._outputs.buffer_info()[0],
            "adjoints_at": backward.adjoints_at,
            "adjoints_size": backward.end - backward.adjoints_at,
            "sums_at": backward.sums_at,
            "n_sums": len(leaves) + len(backward.totals),
            "n_wanted": len(leaves),
            "totals_at": backward.totals_at,
        }
        for name, code in codes.items():
            words[name], length = code.buffer_info()
            words[f"{name}_end"] = words[name] + 8 * length
        plan = array("q", [words[name] for name in PLAN])
        return Plan(plan, backward.end, [constants, self._outputs, *codes.values()])


class _Backward:
    """The writing of the backward pass of a tape.

    Attributes:
        code: The parts of the tape that it is.
        totals: The nodes that depend on no input and have a sum over the rows, each with its slot.
        sums_at: Where the sums are in the memory of a call; then totals and adjoints.
    """

    def __init__(self, tape: Tape, wanted: Sequence[Value]) -> None:
        self._tape, self._wanted = tape, wanted
        self._loops = tape._library.addresses
        self._relevant = descendants(tape._order, wanted)
        self.code: Code = {"backward": array("q"), "after": array("q")}
        self.totals: dict[Value, int] = {}
        self._slots = {leaf: i for i, leaf in enumerate(wanted)}
        self._once = [x for x in tape._order if x in self._relevant and x not in tape._varying]
        most = len(wanted) + len(self._once)
        self._vector = 8 * lanes()
        self.sums_at = _aligned(tape._end)
        self.totals_at = self.sums_at + self._vector * most
        self.adjoints_at = self.end = _aligned(self.totals_at + 8 * most)
        self._waste = 0

    def _array(self) -> int:
        place = self.end
        self.end += self._tape._stride
        return place

    def write(self) -> None:
        """Write the chain rule: once a block, then once a call."""
        graph, loops = self._tape._graph, self._loops
        code: list[int] = []
        seeds: dict[Value, float] = {}
        for output, seed in zip(graph.reading.outputs, graph.seeds, strict=True):
            if seed != 0.0 and output in self._relevant:
                seeds[output] = seeds.get(output, 0.0) + seed
        self._waste = self._array()
        adjoints = {node: self._array() for node in seeds}
        for node, seed in seeds.items():
            code += (loops["seed"], adjoints[node], *struct.unpack("q", struct.pack("d", seed)))
        self.code["backward"].extend(code)
        self._carry(self._tape._order, "backward", adjoints)
        code.clear()
        for node, place in adjoints.items():
            if node in self._slots or (node in self._relevant and node not in self._tape._varying):
                code += (loops["sum"], place, self._sum_at(node))
        self.code["backward"].extend(code)
        if self.totals:
            self._write_after()

    def _write_after(self) -> None:
        code, loops, n = self.code["after"], self._loops, len(self._wanted)
        adjoints = {node: self._array() for node in self.totals}
        for node, place in adjoints.items():
            total_at = self.totals_at + 8 * (self.totals[node] - n)
            code.extend((loops["splat"], place, total_at))
        self._carry(self._once, "after", adjoints)
        for i, leaf in enumerate(self._wanted):
            if leaf in adjoints:
                code.extend((loops["gradient"], adjoints[leaf], 8 * i, _GRADIENT_AT))

    def _sum_at(self, node: Value) -> int:
        """The place of the sum over the rows of what arrives at a node."""
        slot = self._slots.get(node)
        if slot is None:
            slot = self.totals.setdefault(node, len(self._wanted) + len(self.totals))
        return self.sums_at + self._vector * slot

    def _to(self, parent: Value, adjoints: dict[Value, int]) -> int:
        """The place of the adjoint of a node, or of what nobody reads."""
        place = adjoints.get(parent)
        if place is None:
            if parent not in self._relevant:
                return self._waste
            adjoints[parent] = place = self.end
            self.end = place + self._tape._stride
        return place

    def _carry(self, order: Sequence[Value], segment: str, adjoints: dict[Value, int]) -> None:
        """Write the instructions of `chain_rule`, into the part for the rows or that after them."""
        tape, in_rows = self._tape, segment == "backward"
        varying = tape._varying
        places = tape._vectors if in_rows else tape._uniform
        loop_of = {op: back for op, (_, back) in tape._library.rows.items()}.get
        for nodes in pieces(order[::-1], _PIECE):
            code: list[int] = []
            for node in nodes:
                op = node.op
                if op is None or node not in adjoints or (in_rows and node not in varying):
                    continue
                loop = loop_of(op)
                if loop is None or len(node.parents) > 2:
                    self._carry_other(node, op, code, adjoints, places, in_rows)
                    continue
                if len(node.parents) == 1:
                    (x,) = node.parents
                    to_x = adjoints[x] if x in adjoints else self._to(x, adjoints)
                    code += (loop, places[node], adjoints[node], places[x], to_x)
                else:
                    x, y = node.parents
                    to_x = adjoints[x] if x in adjoints else self._to(x, adjoints)
                    to_y = adjoints[y] if y in adjoints else self._to(y, adjoints)
                    here = adjoints[node]
                    code += (loop, places[node], here, places[x], to_x, places[y], to_y)
            self.code[segment].extend(code)

    def _carry_other(
        self,
        node: Value,
        op: Operation,
        code: list[int],
        adjoints: dict[Value, int],
        places: Mapping[Value, int],
        in_rows: bool,
    ) -> None:
        """The same for the rows with loops of their own, and for those of another table."""
        parents, loops, tape = node.parents, self._loops, self._tape
        here, n = adjoints[node], len(parents)

        def to(parent: Value) -> int:
            return self._to(parent, adjoints)

        def write(name: str, words: list[int], each: int, *more: int) -> None:
            if words:
                code.extend((loops[name], here, len(words) // each, *more, *words))

        if op is DOT and n > 1:
            k = n // 2
            split = tape._scalars_and_vectors(node) if in_rows else None
            if split is None:
                words: list[int] = []
                for parent, other in zip(
                    parents[: 2 * k], parents[k : 2 * k] + parents[:k], strict=True
                ):
                    if parent in self._relevant:
                        words += (to(parent), places[other])
                write("dot_adjoints", words, 2)
            else:
                direct: list[int] = []
                adjoined: list[int] = []
                inputs: list[int] = []
                for scalar, vector in zip(*split, strict=True):
                    if scalar in self._relevant:
                        if self._is_direct(scalar, adjoints):
                            direct += (self._sum_at(scalar), places[vector])
                        else:
                            adjoined += (to(scalar), places[vector])
                    if vector in self._relevant:
                        inputs += (to(vector), tape._scalar(scalar))
                write("dot_sums", direct, 2)
                write("dot_adjoints", adjoined, 2)
                write("dot_inputs", inputs, 2)
            if n % 2 and parents[-1] in self._relevant:
                if split is not None and self._is_direct(parents[-1], adjoints):
                    code += (loops["sum"], here, self._sum_at(parents[-1]))
                else:
                    write("total_back", [to(parents[-1])], 1)
        elif op is TOTAL or op is DOT:
            write("total_back", [to(parent) for parent in parents if parent in self._relevant], 1)
        elif op is LOG_SUM_EXP and n > 0:
            scale, *parts = tape._parts[node]
            pairs = zip(parents, parts, strict=True)
            words = [w for x, part in pairs if x in self._relevant for w in (to(x), part)]
            write("log_sum_exp_back", words, 2, scale)
        else:
            code += (loops_of(op, n)[1], places[node], here)
            for parent in parents:
                code += (places[parent], to(parent))

    def _is_direct(self, node: Value, adjoints: Mapping[Value, int]) -> bool:
        """Whether what arrives here goes to the sum at once, for it arrives at one place alone."""
        tape = self._tape
        return tape._by_scalar[node] == 1 and node not in tape._vectors and node not in adjoints


def _aligned(size: int) -> int:
    return -(-size // 64) * 64
