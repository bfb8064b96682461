"""Random programs, compiled: the same bits, gradients and errors as eagerly, and mpmath's slopes.

    python tests/fuzz/compiled.py --programs 10000
    python tests/fuzz/compiled.py --first 4711 --programs 1     # one of them again

A program is drawn from its number alone. It takes any row of the table, with more quotients, roots
and products than chance would give, shares nodes, has constants, parameters that no input meets,
and several outputs; some rows are ordinary numbers, others zeros, infinities and nan. Compared are

- the outputs with those of the eager engine, bit by bit, by every backend and by the listing;
- the gradients of straight-line code with those of the tape, bit by bit;
- the gradients with the eager ones. Both are sums over paths of products of the same slopes, so
  they differ by rounding of the *absolute* sum over the paths, which is calculated beside them;
- what is refused: the first row that raises eagerly, and no gradient added;
- the gradients with difference quotients of mpmath, of functions that know nothing of the rules.
"""

import argparse
import itertools
import math
import random
import struct
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import mpmath

sys.path.insert(0, str(Path(__file__).parents[1]))

from oracles.exact import reference

from engine import Constant, Value, compile, record, total, where
from engine.graph import topological_order
from engine.ops import table
from engine.value import unchecked, used

ROWS = {row.name: row for row in table()}
FREQUENT = ["mul", "mul", "add", "sub", "div", "div", "sqrt", "pow", "power(0.5)", "dot"]
FREQUENT += ["total", "log_sum_exp", "less", "where", "where"]
LABELS = [[""], ["", "w", "b"], ["class", "1st", "float", "a\nb", "exp"], ["w", "d_w", "w"]]
LABELS += [["ϕ", "φ", "ﬁ", "fi", "²", "2"]]  # the same to Python, some of them
SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e-300, 1e300, 710.0, -2.0, 2.0]
BACKENDS = ("llvm", "tape", "python")
NO_NOISE = itertools.repeat(0)
where(Value(1.0), 1.0, 2.0)  # from the first one on, walks look for branches


@dataclass
class Program:
    """What to record: leaves by their numbers, then rows of the table on what is there already."""

    inputs: int
    parameters: int
    constants: list[float]
    steps: list  # of (row, operands)
    outputs: list[int]

    def record(self, inputs, parameters):
        """The outputs, eagerly; errors pass."""
        nodes = [*inputs, *parameters, *map(Constant, self.constants)]
        for row, operands in self.steps:
            nodes.append(record(row, tuple(nodes[i] for i in operands)))
        return [nodes[i] for i in self.outputs]

    def exactly(self, leaves, noise=NO_NOISE):
        """The same in mpmath's numbers and functions: all of its numbers.

        noise  for each step by how much of itself its result is off, as it is by rounding
        """
        numbers = [*leaves, *map(mpmath.mpf, self.constants)]
        for (row, operands), off in zip(self.steps, noise, strict=False):
            n = len(operands)
            typed = row.notation or f"{row.name}({', '.join(f'{{{i}}}' for i in range(n))})"
            number = mpmath.mpf(reference(typed, n)(*(numbers[i] for i in operands)))
            numbers.append(number + off * number if off else number)
        return numbers


def draw(rng):
    """A program, and the numbers of the leaves with which it can be recorded."""
    inputs, parameters = rng.randint(0, 3), rng.randint(0, 4)
    leaves = [rng.uniform(-2.0, 2.0) for _ in range(max(inputs + parameters, 1))]
    inputs = max(inputs, 1 - parameters)
    constants = [rng.choice([rng.uniform(-2.0, 2.0), 2.0, 0.0]) for _ in range(rng.randint(0, 2))]
    nodes, steps = [*map(Value, leaves), *map(Constant, constants)], []
    of_parameters = list(range(inputs, inputs + parameters))  # and what depends on nothing else
    for _ in range(rng.randint(1, 25)):
        row = ROWS[rng.choice(FREQUENT if rng.random() < 0.6 else list(ROWS))]
        pool = of_parameters if of_parameters and rng.random() < 0.4 else range(len(nodes))
        # The last numbers more often, so that most of them lead to the outputs.
        arity = rng.randint(0, 5) if row.arity is None else row.arity
        operands = [
            pool[max(rng.randrange(len(pool)), rng.randrange(len(pool)))] for _ in range(arity)
        ]
        try:
            node = record(row, tuple(nodes[i] for i in operands))
        except (ValueError, ArithmeticError):
            continue
        if set(operands) <= set(of_parameters):
            of_parameters.append(len(nodes))
        nodes.append(node)
        steps.append((row, operands))
    last = len(nodes) - 1
    outputs = [last, *(rng.randint(0, last) for _ in range(rng.choice([0, 0, 0, 1, 2])))]
    return _pruned(Program(inputs, parameters, constants, steps, outputs)), leaves


def _pruned(program):
    """The program without what no output depends on, which is no part of a graph."""
    first = program.inputs + program.parameters + len(program.constants)
    needed = set(program.outputs)
    for i in reversed(range(len(program.steps))):
        if first + i in needed:
            needed.update(program.steps[i][1])
    new = {i: i for i in range(first)}
    steps = []
    for i, (row, operands) in enumerate(program.steps):
        if first + i in needed:
            steps.append((row, [new[x] for x in operands]))
            new[first + i] = first + len(steps) - 1
    outputs = [new[i] for i in program.outputs]
    return Program(program.inputs, program.parameters, program.constants, steps, outputs)


@dataclass
class Eager:
    """A row by the eager engine: its outputs, the gradients, and how large their parts are."""

    outputs: list[float]
    gradients: list[float]
    scales: list[float]  # the same sums over paths, of absolute slopes
    tame: bool  # no number on the way came near overflow or underflow


def eagerly(program, row, parameters, seeds):
    """A row by the eager engine, or the error that it raises."""
    leaves = [*map(Value, row), *map(Value, parameters)]
    with unchecked():
        outputs = program.record(leaves[: len(row)], leaves[len(row) :])
    order = topological_order(*outputs)
    counting = used(order, outputs)
    try:
        for node in order:
            if node.op is not None and node in counting:  # not in a branch that is not taken
                record(node.op, node.parents)
    except (ValueError, ArithmeticError) as error:
        return error
    loss = total(seed * output for seed, output in zip(seeds, outputs, strict=True) if seed)
    loss.backward()
    order = topological_order(loss)
    tame = all(
        x == 0.0 or 1e-100 < abs(x) < 1e100  # of nan this is false
        for node in order
        for x in (node.data, node.grad, *node.partials)
    )
    sums = dict.fromkeys(order, 0.0) | {loss: 1.0}
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            sums[parent] += sums[node] * abs(partial)
    return Eager(
        [output.data for output in outputs],
        [leaf.grad for leaf in leaves],
        [sums.get(leaf, 0.0) for leaf in leaves],
        tame,
    )


def same(numbers, others):
    """Whether the bits are the same, but for those of nan."""
    bits = [[math.isnan(x) or struct.pack("d", x) for x in column] for column in (numbers, others)]
    return bits[0] == bits[1]


class DiffersError(Exception):
    """The compiled program does something else."""


def expect(condition, *what):
    if not condition:
        raise DiffersError(" ".join(map(str, what)))


def try_program(number, counts):
    """Draw the program of this number and compare all that it does; raise where something differs.

    counts  a Counter of what was compared, to which this adds
    """
    rng = random.Random(number)
    program, numbers = draw(rng)
    labels = rng.choice(LABELS)
    values = [Value(x, rng.choice(labels)) for x in numbers]
    inputs, parameters = values[: program.inputs], values[program.inputs :]
    outputs = program.record(inputs, parameters)
    seeds = [rng.choice([1.0, 1.0, -0.5, 0.0]) for _ in outputs]
    frozen = set(rng.sample(parameters, 1)) if parameters and rng.random() < 0.2 else set()
    free = [p for p in parameters if p not in frozen]
    compiled = {
        backend: compile(outputs, inputs, free, seeds=seeds, backend=backend)
        for backend in BACKENDS
    }
    if rng.random() < 0.3:
        for parameter in free:
            parameter.data = rng.choice([rng.uniform(-2.0, 2.0), rng.choice(SPECIAL)])
    data = [p.data for p in parameters]
    special = rng.random() < 0.5
    rows = [
        [
            rng.choice(SPECIAL) if special and rng.random() < 0.5 else rng.uniform(-2.0, 2.0)
            for _ in inputs
        ]
        for _ in range(rng.randint(0, 11))
    ]
    eager = [eagerly(program, row, data, seeds) for row in rows]
    good = [i for i, result in enumerate(eager) if isinstance(result, Eager)]
    counts.update(programs=1, rows=len(rows), refused_rows=len(rows) - len(good))
    places = {leaf: i for i, leaf in enumerate(values)}
    for backend in BACKENDS:
        _try_rows(compiled[backend], places, rows, eager, rng.choice(["sum", "mean"]), counts)
    _try_same_bits(compiled, rows * rng.randint(1, 7), counts)
    for i in good[:1]:
        _try_listing(compiled["python"], places, rows[i], eager[i], counts)
        _try_outside(program, [*rows[i], *data], eager[i], seeds, counts)


def _try_rows(compiled, places, rows, eager, reduction, counts):
    """The outputs, the gradients and what is refused."""
    backend = compiled.backend
    good = [i for i, result in enumerate(eager) if isinstance(result, Eager)]
    columns = compiled.evaluate(rows)
    for i in good:
        got = [column[i] for column in columns]
        expect(same(got, eager[i].outputs), backend, rows[i], got, "eagerly", eager[i].outputs)
        counts["outputs, bit by bit"] += len(got)
    leaves = [*compiled.inputs, *compiled.parameters]
    for leaf in leaves:
        leaf.grad = 0.0
    for sync in (True, False):
        compiled.zero_grad()
        try:
            again = compiled.backward_rows(rows, reduction if rows else "sum", sync=sync)
        except FloatingPointError as error:
            expect(len(good) < len(rows), backend, "refuses what passes eagerly:", error)
            first = next(i for i in range(len(rows)) if i not in good)
            expect(str(error).startswith(f"row {first}: "), backend, error)
            added = [leaf.grad for leaf in leaves if leaf.grad] + [x for x in compiled.grad if x]
            expect(not added, backend, "added before it raised", added)
            counts["errors"] += 1
            continue
        expect(len(good) == len(rows), backend, "lets pass what is refused eagerly:", eager)
        for column, other in zip(columns, again, strict=True):
            expect(same(column, other), backend, "gives other outputs with gradients:", other)
    if len(good) == len(rows) and all(result.tame for result in eager):
        divisor = len(rows) if reduction == "mean" and rows else 1
        found = [(leaf, leaf.grad) for leaf in leaves]
        for leaf, grad in found + list(zip(compiled.parameters, compiled.grad, strict=True)):
            i = places[leaf]
            exact = math.fsum(result.gradients[i] for result in eager) / divisor
            scale = math.fsum(result.scales[i] for result in eager) / divisor
            what = (backend, "gradient of leaf", i, grad, "eagerly", exact, "parts", scale)
            expect(abs(grad - exact) <= 1e-13 * scale, *what)
            counts["gradients, to rounding"] += 1
    for i in good[:1]:
        for got in (compiled(*rows[i]), compiled.backward(*rows[i])):
            expect(same(got, eager[i].outputs), backend, "of one row", got)


def _try_same_bits(compiled, rows, counts):
    """Straight-line code and the tape: outputs, gradients and errors, in blocks of any length."""
    found = []
    for backend in ("llvm", "tape"):
        graph = compiled[backend]
        leaves = [*graph.parameters, *graph.inputs]
        for leaf in leaves:
            leaf.grad = 0.0
        try:
            columns = graph.backward_rows(rows)
            found.append([*columns, [leaf.grad for leaf in leaves], list(graph.grad)])
        except FloatingPointError as error:
            found.append(str(error))
    one, other = found
    alike = one == other if isinstance(one, str) else all(map(same, one, other))
    expect(alike, "llvm and tape differ over", len(rows), "rows:", one, other)
    counts["bits of both machines"] += 1


def _try_listing(compiled, places, row, eager, counts):
    """The source that `python()` gives, run by itself."""
    namespace = {}
    exec(compiled.python(), namespace)
    outputs, gradients = namespace["run"](row, [p.data for p in compiled.parameters])
    expect(same(outputs, eager.outputs), "listing", outputs, "eagerly", eager.outputs)
    counts["listings"] += 1
    if eager.tame:
        leaves = [*compiled.parameters, *compiled.inputs]
        for leaf, grad in zip(leaves, gradients, strict=True):
            i = places[leaf]
            close = abs(grad - eager.gradients[i]) <= 1e-13 * eager.scales[i]
            expect(close, "listing: gradient of leaf", i, grad, "eagerly", eager.gradients[i])


def _try_outside(program, leaves, eager, seeds, counts):
    """The gradients against quotients of differences, where the numbers are well conditioned."""
    if not eager.tame or not all(map(math.isfinite, eager.outputs)):
        return
    loss = in_mpmath(program, leaves, seeds)
    with mpmath.workdps(200):  # to tell 1e100 from 1e100 + 1e-30, and many digits more
        try:
            value = math.fsum(s * o for s, o in zip(seeds, eager.outputs, strict=True) if s)
            if abs(loss() - value) <= 1e-10 * abs(value):
                compare_slopes(loss, eager, counts)
        except (ValueError, TypeError, ArithmeticError):  # beyond the domain, a complex number
            return


def in_mpmath(program, leaves, seeds):
    """What `backward` differentiates, in mpmath's numbers, and beside the leaves: `(i, by), …`."""

    def loss(*moves, noise=NO_NOISE):
        numbers = [mpmath.mpf(x) for x in leaves]
        for i, by in moves:
            numbers[i] += by
        numbers = program.exactly(numbers, noise)
        return mpmath.fsum(s * numbers[i] for s, i in zip(seeds, program.outputs, strict=True) if s)

    loss.steps = len(program.steps)
    return loss


STEP = mpmath.mpf("1e-30")


def compare_slopes(loss, eager, counts, chosen=False):
    """The gradients with the slopes of a function of mpmath's; `chosen` ones may differ."""
    for i, gradient in enumerate(eager.gradients):
        right, left = one_sided(loss, i, STEP)
        if not abs(right - left) <= 1e-9 * (1 + abs(right)):
            counts["kinks"] += 1
            continue
        allowed = 1e-7 * eager.scales[i] + 1e-9
        if abs(gradient - right) <= allowed:
            counts["gradients, against mpmath"] += 1
        elif chosen:  # several kinks may make a smooth whole; choices do not
            counts["kinks"] += 1
        else:
            explain(
                lambda step, noise, i=i: one_sided(loss, i, step, noise)[0],
                (loss.steps, gradient, allowed, ("mpmath: leaf", i)),
                counts,
            )


def one_sided(loss, i, step, noise=NO_NOISE):
    """The quotients of differences to the right and to the left."""
    here, after = loss(noise=noise), loss((i, step), noise=noise)
    return (after - here) / step, (here - loss((i, -step), noise=noise)) / step


def explain(quotient, found, counts):
    """Raise, unless a quotient differs from what was found by no fault of ours.

    Where a step of 1e-30 is a long way, smaller ones find another slope. Where rounding of the
    results on the way moves the slope itself as far, by noise of one unit in the last place, the
    question has no better answer in floats.
    """
    steps, ours, allowed, what = found
    with mpmath.workdps(500):
        last = None
        for power in (-60, -90, -120):
            before, last = last, quotient(mpmath.mpf(10) ** power, NO_NOISE)
        if abs(last - before) > 1e-9 * (1 + abs(last)):
            counts["quotients that do not settle"] += 1
            return
        error = abs(ours - last)
        if error <= allowed:
            counts["slopes of a place smaller than 1e-30"] += 1
            return
        rng, spread = random.Random(steps), mpmath.mpf(0)
        for _ in range(12):
            noise = [rng.choice((-1, 1)) * mpmath.mpf(2) ** -53 for _ in range(steps)]
            spread = max(spread, abs(quotient(mpmath.mpf(10) ** -120, noise) - last))
    expect(error <= 50 * spread, *what, ours, "is", float(last), "and by rounding", float(spread))
    counts["slopes that rounding moves"] += 1


def campaign(numbers, counts, attempt=try_program):
    """Try the programs of these numbers; yield the number of each that fails, and how."""
    for number in numbers:
        try:
            attempt(number, counts)
        except Exception as error:  # whatever goes wrong is what is looked for
            where = traceback.extract_tb(error.__traceback__)[-1].name
            how = "" if isinstance(error, DiffersError) else f"{type(error).__name__} in {where}: "
            yield number, f"{how}{error}"


def command(text, attempt):
    """Run a campaign from the command line, and report what was tried and what failed."""
    parser = argparse.ArgumentParser(description=text.partition("\n")[0])
    parser.add_argument("--programs", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first (default: 0)")
    arguments = parser.parse_args()
    counts, failures, start = Counter(), 0, time.perf_counter()
    numbers = range(arguments.first, arguments.first + arguments.programs)
    for number, how in campaign(numbers, counts, attempt):
        failures += 1
        print(f"program {number}: {how}", flush=True)
    for what, count in counts.items():
        print(f"{count:10,} {what.replace('_', ' ')}")
    print(f"{failures:10,} failures, in {time.perf_counter() - start:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(command(__doc__, try_program))
