"""The loops of the tape in LLVM's text: one for each operation and direction, made of its rule.

A tape is a list of words of 8 bytes. An instruction begins with the address of its loop; behind it
stand the places of what it reads and writes, in bytes from the memory of the call. A loop

    ptr loop(ptr %base, ptr %ins, i64 %size)

goes through `%size` bytes of each array, a vector at a time, and returns the next instruction. The
rows of any number of operands, `dot`, `total` and `log_sum_exp`, have loops of their own, which do
what the rule does in the same order.
"""

from collections.abc import Callable, Iterable, Sequence

from engine.compiler.llvm.writer import Writer, definitions
from engine.compiler.register import BINARY, Program, Register, operands
from engine.functions import Number, through
from engine.primitive import Operation

MARKS = 0
"""Where the memory of a call has a word for each vector of a block: a bit for each suspect row."""

ATTRIBUTES = (
    'attributes #0 = { nounwind "min-legal-vector-width"="512" "prefer-vector-width"="512" }'
)


def module(lanes: int, loops: Iterable["Loop"], *others: str) -> str:
    """The text of a module with these loops."""
    helpers: set[str] = set()
    texts: list[str] = []
    for loop in loops:
        helpers |= loop.writer.helpers
        texts.append(loop.text())
    return "\n".join([*definitions({lanes: helpers}), *texts, *others, ATTRIBUTES, ""])


class Loop:
    """A function that goes through arrays; its body is written line by line."""

    def __init__(self, name: str, lanes: int) -> None:
        self.name = name
        self.writer = Writer(lanes)
        self.vector = 8 * lanes
        self.type = self.writer.type
        self.lines = self.writer.lines

    def text(self) -> str:
        """The whole function."""
        head = f"define ptr @{self.name}(ptr %base, ptr %ins, i64 %size) #0 {{\nentry:"
        return "\n".join([head, *self.lines, "}"])

    def word(self, i: int, of: str = "%ins") -> str:
        """The word so many behind the beginning of the instruction."""
        return self.writer.made(f"load i64, ptr {self.writer.address(of, 8 * i)}, align 8")

    def array(self, i: int, of: str = "%ins") -> str:
        """The address of the array whose place is that word."""
        return self.writer.made(f"getelementptr i8, ptr %base, i64 {self.word(i, of)}")

    def at(self, array: str, offset: str) -> str:
        """The address so many bytes behind the beginning of an array."""
        return self.writer.made(f"getelementptr i8, ptr {array}, i64 {offset}")

    def end(self, next_instruction: str) -> None:
        """Return the next instruction."""
        self.lines.append(f"ret ptr {next_instruction}")

    def vectors(self, body: Callable[[str], None], label: str = "l", before: str = "entry") -> None:
        """Write a loop over the vectors; the body is given the offset."""
        lines = self.lines
        lines += [f"br label %{label}", f"{label}:"]
        lines.append(f"%{label}_at = phi i64 [ 0, %{before} ], [ %{label}_next, %{label} ]")
        body(f"%{label}_at")
        lines.append(f"%{label}_next = add i64 %{label}_at, {self.vector}")
        lines.append(f"%{label}_ends = icmp uge i64 %{label}_next, %size")
        lines += [f"br i1 %{label}_ends, label %{label}_done, label %{label}", f"{label}_done:"]

    def calculated(self, name: str, x: str, y: str = "") -> str:
        """The name of the result of an instruction."""
        result = self.writer.temporary()
        self.writer.calculate(result, name, x, y)
        return result

    def add_at(self, address: str, value: str) -> None:
        """Add a vector to the one at this address."""
        self.writer.add_to(value, address, 0)

    def mark(self, masks: Sequence[str], offset: str) -> None:
        """Set the bits of the suspect rows of this vector."""
        writer = self.writer
        bits = writer.bits(masks)
        index = writer.made(f"udiv i64 {offset}, {writer.lanes}")
        address = writer.address(self.at("%base", index), MARKS)
        before = writer.made(f"load i64, ptr {address}, align 8")
        self.lines.append(
            f"store i64 {writer.made(f'or i64 {before}, {bits}')}, ptr {address}, align 8"
        )


# The loops of a row with a fixed number of operands


def of_rule(op: Operation, n: int, names: tuple[str, str], lanes: int) -> tuple[Loop, Loop]:
    """The loops of an operation on n operands: forward, and backward.

    Forward, an instruction has the places of the result and of the operands; backward, those of the
    result and its adjoint, and then for each operand the same two.
    """
    program = Program()
    leaves = [program.leaf("input", i) for i in range(n)]
    out, partials = op.rule(*leaves)
    forward = Loop(names[0], lanes)
    arrays = [forward.array(i + 1) for i in range(n + 1)]

    def run(at: str) -> None:
        known = {x.place: _load(forward, arrays[i + 1], at) for i, x in enumerate(leaves)}
        write = _Instructions(forward, program, known)
        result = write(out)
        forward.writer.store(result, forward.at(arrays[0], at), 0)
        if op.requires or op.overflows:
            shows = (out, *(partials if n > 1 else ()))
            masks = [forward.writer.suspect(write(number), ()) for number in shows]
            forward.mark(masks, at)

    forward.vectors(run)
    forward.end(forward.writer.address("%ins", 8 * (n + 2)))

    backward = Loop(names[1], lanes)
    adjoint = program.leaf("total", 0)
    contributions = [_contribution(op, partial, adjoint) for partial in partials]
    arrays_back = [backward.array(i + 1) for i in range(2 * (n + 1))]

    def run_back(at: str) -> None:
        known = {x.place: _load(backward, arrays_back[2 + 2 * i], at) for i, x in enumerate(leaves)}
        if isinstance(out, Register) and out.place >= 0:
            known.setdefault(out.place, _load(backward, arrays_back[0], at))
        known[adjoint.place] = _load(backward, arrays_back[1], at)
        write = _Instructions(backward, program, known)
        for i, contribution in enumerate(contributions):
            backward.add_at(backward.at(arrays_back[3 + 2 * i], at), write(contribution))

    backward.vectors(run_back)
    backward.end(backward.writer.address("%ins", 8 * (2 * n + 3)))
    return forward, backward


def _contribution(op: Operation, partial: Number, adjoint: Register) -> Number:
    """What `chain_rule` adds to the adjoint of an operand."""
    if isinstance(partial, float) and partial == 1.0:
        return adjoint
    return through(partial, adjoint) if op.branches else adjoint * partial


def _load(loop: Loop, array: str, at: str) -> str:
    return loop.writer.load(loop.at(array, at), 0)


class _Instructions:
    """Writes the instructions of a program that a number needs, each once."""

    def __init__(self, loop: Loop, program: Program, known: dict[int, str]) -> None:
        self._loop, self._program, self._known = loop, program, known

    def __call__(self, number: Number) -> str:
        """The name of the number."""
        place = self._program.operand(number)
        needed, stack = set(), [place]
        while stack:
            x = stack.pop()
            if x >= 0 and x not in self._known and x not in needed:
                needed.add(x)
                stack += operands(self._program.instructions[x])
        for x in sorted(needed):
            name, left, right = self._program.instructions[x]
            second = self._name(right) if name in BINARY else ""
            self._known[x] = self._loop.calculated(name, self._name(left), second)
        return self._name(place)

    def _name(self, place: int) -> str:
        if place < 0:
            return self._loop.writer.constant(self._program.constants[~place])
        return self._known[place]


# The loops of any number of operands


def own(lanes: int) -> list[Loop]:
    """The loops of dot, total and log_sum_exp, and those that move numbers."""
    return [
        *(_dot(lanes, scalars) for scalars in (True, False)),
        _pairs("dot_sums", lanes, _to_sum),
        *(_pairs("dot_adjoints", lanes, _to_adjoint), _pairs("dot_inputs", lanes, _to_input)),
        *(_total(lanes), _total_back(lanes)),
        *(_log_sum_exp(lanes), _log_sum_exp_back(lanes)),
        *(_splat(lanes), _seed(lanes), _sum(lanes), _gradient(lanes)),
    ]


_WIDE = 4
"""How many vectors the loops of dot hold in registers."""


def _dot(lanes: int, scalars: bool) -> Loop:
    """Bias, then product by product: [result, n, bias, then the places of each pair].

    scalars  whether bias and weights are the same for all rows; else they are vectors
    """
    loop = Loop("dot" if scalars else "dot_vectors", lanes)
    lines, writer, vector = loop.lines, loop.writer, loop.vector
    result, n, bias = loop.array(1), loop.word(2), loop.array(3)
    pairs = writer.address("%ins", 32)
    length = writer.made(f"shl i64 {n}, 4")
    end = writer.made(f"getelementptr i8, ptr {pairs}, i64 {length}")
    start = writer.load(bias, 0, scalar=True) if scalars else ""
    lines += ["br label %wide", "wide:"]
    lines += ["%at = phi i64 [ 0, %entry ], [ %at_wide, %wide_store ]"]
    lines += ["%left = sub i64 %size, %at", f"%enough = icmp uge i64 %left, {_WIDE * vector}"]
    lines += ["br i1 %enough, label %wide_begin, label %narrow"]

    def block(kind: str, at: str, many: int) -> None:
        lines.append(f"{kind}_begin:")
        starts = [start] * many
        if not scalars:
            begin = loop.at(bias, at)
            starts = [writer.load(begin, j * vector) for j in range(many)]
        lines.extend([f"br label %{kind}_loop", f"{kind}_loop:"])
        lines.append(
            f"%{kind}_p = phi ptr [ {pairs}, %{kind}_begin ], [ %{kind}_p_next, %{kind}_loop ]"
        )
        for j in range(many):
            lines.append(
                f"%{kind}_sum{j} = phi {loop.type} [ {starts[j]}, %{kind}_begin ], "
                f"[ %{kind}_next{j}, %{kind}_loop ]"
            )
        weight, x = loop.array(0, f"%{kind}_p"), loop.array(1, f"%{kind}_p")
        w = writer.load(weight, 0, scalar=True) if scalars else ""
        here, weight_here = loop.at(x, at), "" if scalars else loop.at(weight, at)
        for j in range(many):
            each = w or writer.load(weight_here, j * vector)
            product = loop.calculated("mul", each, writer.load(here, j * vector))
            writer.calculate(f"%{kind}_next{j}", "add", f"%{kind}_sum{j}", product)
        lines.append(f"%{kind}_p_next = getelementptr i8, ptr %{kind}_p, i64 16")
        lines.append(f"%{kind}_ends = icmp eq ptr %{kind}_p_next, {end}")
        lines.append(f"br i1 %{kind}_ends, label %{kind}_store, label %{kind}_loop")
        lines.append(f"{kind}_store:")
        to = loop.at(result, at)
        for j in range(many):
            writer.store(f"%{kind}_next{j}", to, j * vector)

    block("wide", "%at", _WIDE)
    lines += [f"%at_wide = add i64 %at, {_WIDE * vector}", "br label %wide", "narrow:"]
    lines += ["%at_one = phi i64 [ %at, %wide ], [ %at_next, %one_store ]"]
    lines += ["%ends = icmp uge i64 %at_one, %size"]
    lines += ["br i1 %ends, label %exit, label %one_begin"]
    block("one", "%at_one", 1)
    lines += [f"%at_next = add i64 %at_one, {vector}", "br label %narrow", "exit:"]
    loop.end(end)
    return loop


_ABREAST = 4
"""How many pairs go through the rows together, as long as there are so many."""

_Places = Sequence[str]


def _pairs(name: str, lanes: int, body: Callable[[Loop, str, str, _Places, _Places], None]) -> Loop:
    """For each pair of places, in order: [adjoint, n, then the places]."""
    loop = Loop(name, lanes)
    lines = loop.lines
    adjoint = loop.array(1)
    first, end = _listed(loop, 3, 16)
    lines += ["br label %many", "many:"]
    lines += [f"%p = phi ptr [ {first}, %entry ], [ %p_many, %many_l_done ]"]
    lines += [f"%after_many = getelementptr i8, ptr %p, i64 {16 * _ABREAST}"]
    lines += [f"%enough = icmp ule ptr %after_many, {end}"]
    lines += ["br i1 %enough, label %many_begin, label %one"]
    for label, at, many in (("many", "%p", _ABREAST), ("one", "%q", 1)):
        lines += [f"{label}_begin:"]
        places = [loop.array(i, at) for i in range(2 * many)]
        body(loop, label, adjoint, places[::2], places[1::2])
        lines += [f"%{at[1]}_{label} = getelementptr i8, ptr {at}, i64 {16 * many}"]
        lines += [f"br label %{label}"]
        if many > 1:
            lines += ["one:", "%q = phi ptr [ %p, %many ], [ %q_one, %one_l_done ]"]
            lines += [f"%ends = icmp eq ptr %q, {end}"]
            lines += ["br i1 %ends, label %exit, label %one_begin"]
    lines += ["exit:"]
    loop.end(end)
    return loop


def _to_sum(loop: Loop, label: str, adjoint: str, to: _Places, others: _Places) -> None:
    """To the sum over the rows adjoint · other, vector by vector."""
    writer, lines = loop.writer, loop.lines
    before = [writer.load(place, 0) for place in to]
    sums = [f"%{label}_sum{i}" for i in range(len(to))]
    at = f"%{label}_l_at"
    lines += [f"br label %{label}_l", f"{label}_l:"]
    lines += [f"{at} = phi i64 [ 0, %{label}_begin ], [ %{label}_l_next, %{label}_l ]"]
    for name, start in zip(sums, before, strict=True):
        carried = f"[ {start}, %{label}_begin ], [ {name}_next, %{label}_l ]"
        lines.append(f"{name} = phi {loop.type} {carried}")
    here = _load(loop, adjoint, at)
    for name, other in zip(sums, others, strict=True):
        product = loop.calculated("mul", here, _load(loop, other, at))
        writer.calculate(f"{name}_next", "add", name, product)
    lines += [f"%{label}_l_next = add i64 {at}, {loop.vector}"]
    lines += [f"%{label}_l_ends = icmp uge i64 %{label}_l_next, %size"]
    lines += [f"br i1 %{label}_l_ends, label %{label}_l_done, label %{label}_l"]
    lines += [f"{label}_l_done:"]
    for name, place in zip(sums, to, strict=True):
        writer.store(f"{name}_next", place, 0)


def _to_adjoint(loop: Loop, label: str, adjoint: str, to: _Places, others: _Places) -> None:
    """To another adjoint, adjoint · other."""

    def body(at: str) -> None:
        here = _load(loop, adjoint, at)
        for place, other in zip(to, others, strict=True):
            product = loop.calculated("mul", here, _load(loop, other, at))
            loop.add_at(loop.at(place, at), product)

    loop.vectors(body, f"{label}_l", f"{label}_begin")


def _to_input(loop: Loop, label: str, adjoint: str, to: _Places, others: _Places) -> None:
    """The same, where the other is one number for all rows."""
    weights = [loop.writer.load(other, 0, scalar=True) for other in others]

    def body(at: str) -> None:
        here = _load(loop, adjoint, at)
        for place, w in zip(to, weights, strict=True):
            loop.add_at(loop.at(place, at), loop.calculated("mul", here, w))

    loop.vectors(body, f"{label}_l", f"{label}_begin")


def _operands(
    loop: Loop, label: str, first: str, end: str, before: str, size: int, start: str,
    body: Callable[[str, str], str],
) -> str:  # fmt: skip
    """Write a loop over operands that carries a vector along; the name of what it comes to."""
    loop.lines += [f"br label %{label}", f"{label}:"]
    loop.lines.append(f"%{label}_p = phi ptr [ {first}, %{before} ], [ %{label}_q, %{label} ]")
    loop.lines.append(
        f"%{label}_v = phi {loop.type} [ {start}, %{before} ], [ %{label}_w, %{label} ]"
    )
    result = body(f"%{label}_p", f"%{label}_v")
    loop.lines += [f"%{label}_w = bitcast {loop.type} {result} to {loop.type}"]
    loop.lines += [f"%{label}_q = getelementptr i8, ptr %{label}_p, i64 {size}"]
    loop.lines += [f"%{label}_ends = icmp eq ptr %{label}_q, {end}"]
    loop.lines += [f"br i1 %{label}_ends, label %{label}_done, label %{label}", f"{label}_done:"]
    return f"%{label}_w"


def _outer(loop: Loop, body: Callable[[str], str]) -> None:
    """Write a loop over the vectors with other loops inside; the body says where it ends."""
    lines = loop.lines
    place = len(lines)
    lines += ["br label %v", "v:", ""]
    last = body("%v_at")
    lines[place + 2] = f"%v_at = phi i64 [ 0, %entry ], [ %v_next, %{last} ]"
    lines += [f"%v_next = add i64 %v_at, {loop.vector}", "%v_ends = icmp uge i64 %v_next, %size"]
    lines += ["br i1 %v_ends, label %exit, label %v", "exit:"]


def _listed(loop: Loop, head: int, size: int) -> tuple[str, str]:
    """Where the operands begin, behind so many words, and end; the second word counts them."""
    first = loop.writer.address("%ins", 8 * head)
    length = loop.writer.made(f"mul i64 {loop.word(2)}, {size}")
    return first, loop.writer.made(f"getelementptr i8, ptr {first}, i64 {length}")


def _total(lanes: int) -> Loop:
    """From left to right: [result, n, then the places]. -0.0 + x is x, also where x is -0.0."""
    loop = Loop("total", lanes)
    result = loop.array(1)
    first, end = _listed(loop, 3, 8)

    def body(at: str) -> str:
        added = _operands(
            loop, "o", first, end, "v", 8, loop.writer.constant(-0.0),
            lambda p, v: loop.calculated("add", v, _load(loop, loop.array(0, p), at)),
        )  # fmt: skip
        loop.writer.store(added, loop.at(result, at), 0)
        return "o_done"

    _outer(loop, body)
    loop.end(end)
    return loop


def _total_back(lanes: int) -> Loop:
    """The adjoint to each of others: [adjoint, n, then the places]."""
    loop = Loop("total_back", lanes)
    adjoint = loop.array(1)
    first, end = _listed(loop, 3, 8)

    def body(at: str) -> str:
        def add(p: str, v: str) -> str:
            loop.add_at(loop.at(loop.array(0, p), at), v)
            return v

        _operands(loop, "o", first, end, "v", 8, _load(loop, adjoint, at), add)
        return "o_done"

    _outer(loop, body)
    loop.end(end)
    return loop


def _log_sum_exp(lanes: int) -> Loop:
    """The rule: [result, n, place of the sum, for each operand its place and its exponential's].

    The largest by the first operand and `maximum`, the exponentials, their sum from left to right,
    and its logarithm by `log_of_sum`.
    """
    loop = Loop("log_sum_exp", lanes)
    result, scale_at = loop.array(1), loop.array(3)
    first, end = _listed(loop, 4, 16)
    first_x = loop.array(0, first)

    def body(at: str) -> str:
        def larger(p: str, v: str) -> str:
            return loop.calculated("maximum", v, _load(loop, loop.array(0, p), at))

        largest = _operands(loop, "m", first, end, "v", 16, _load(loop, first_x, at), larger)

        def exponential(p: str, v: str) -> str:
            less = loop.calculated("sub", _load(loop, loop.array(0, p), at), largest)
            each = loop.calculated("exp", less)
            loop.writer.store(each, loop.at(loop.array(1, p), at), 0)
            return loop.calculated("add", v, each)

        start = loop.writer.constant(-0.0)
        scale = _operands(loop, "e", first, end, "m_done", 16, start, exponential)
        loop.writer.store(scale, loop.at(scale_at, at), 0)

        def one(p: str) -> tuple[str, str]:
            each = _load(loop, loop.array(1, p), at)
            return each, loop.calculated("less_equal", loop.writer.constant(1.0), each)

        def count(p: str, v: str) -> str:
            return loop.calculated("add", v, one(p)[1])

        def rest(p: str, v: str) -> str:
            return loop.calculated("add", v, loop.calculated("sub", *one(p)))

        start = loop.writer.constant(-1.0)
        ones = _operands(loop, "c", first, end, "e_done", 16, start, count)
        start = loop.writer.constant(0.0)
        others = _operands(loop, "r", first, end, "c_done", 16, start, rest)
        of_sum = loop.calculated("log1p", loop.calculated("add", ones, others))
        out = loop.calculated("add", largest, of_sum)
        loop.writer.store(out, loop.at(result, at), 0)
        loop.mark([loop.writer.suspect(out, ())], at)
        return "r_done"

    _outer(loop, body)
    loop.end(end)
    return loop


def _log_sum_exp_back(lanes: int) -> Loop:
    """[adjoint, n, the sum's place, then for each operand its adjoint and its exponential]."""
    loop = Loop("log_sum_exp_back", lanes)
    adjoint, scale_at = loop.array(1), loop.array(3)
    first, end = _listed(loop, 4, 16)

    def body(at: str) -> str:
        scale = _load(loop, scale_at, at)

        def add(p: str, v: str) -> str:
            partial = loop.calculated("div", _load(loop, loop.array(1, p), at), scale)
            loop.add_at(loop.at(loop.array(0, p), at), loop.calculated("mul", v, partial))
            return v

        _operands(loop, "o", first, end, "v", 16, _load(loop, adjoint, at), add)
        return "o_done"

    _outer(loop, body)
    loop.end(end)
    return loop


def _splat(lanes: int) -> Loop:
    """One number in all rows: [array, where the number is]."""
    loop = Loop("splat", lanes)
    array, number = loop.array(1), loop.writer.load(loop.array(2), 0, scalar=True)
    loop.vectors(lambda at: loop.writer.store(number, loop.at(array, at), 0))
    loop.end(loop.writer.address("%ins", 24))
    return loop


def _seed(lanes: int) -> Loop:
    """The same for a number that stands in the tape itself: [array, number]."""
    loop = Loop("seed", lanes)
    array = loop.array(1)
    number = loop.writer.load(loop.writer.address("%ins", 16), 0, scalar=True)
    loop.vectors(lambda at: loop.writer.store(number, loop.at(array, at), 0))
    loop.end(loop.writer.address("%ins", 24))
    return loop


def _sum(lanes: int) -> Loop:
    """Over the rows: [array, sum]."""
    loop = Loop("sum", lanes)
    array, to = loop.array(1), loop.array(2)
    loop.vectors(lambda at: loop.add_at(to, _load(loop, array, at)))
    loop.end(loop.writer.address("%ins", 24))
    return loop


def _gradient(lanes: int) -> Loop:
    """To a wanted derivative, after the rows: [adjoint, number of bytes, where the address is]."""
    loop = Loop("gradient", lanes)
    writer = loop.writer
    value = writer.made(f"load double, ptr {loop.array(1)}, align 8")
    grad = writer.made(f"load ptr, ptr {loop.array(3)}, align 8")
    to = writer.made(f"getelementptr i8, ptr {grad}, i64 {loop.word(2)}")
    before = writer.made(f"load double, ptr {to}, align 8")
    loop.lines.append(
        f"store double {writer.made(f'fadd double {before}, {value}')}, ptr {to}, align 8"
    )
    loop.end(writer.address("%ins", 32))
    return loop
