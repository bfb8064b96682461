"""Random graphs, eagerly: `backward`, `gradient` and second derivatives against mpmath.

    python tests/fuzz/eager.py --programs 100000
    python tests/fuzz/eager.py --first 4711 --programs 1     # one of them again

The programs are those of `compiled.py`, drawn from their number alone. Compared are

- the data with mpmath's functions, which know nothing of the rules;
- the gradients that `backward` leaves with difference quotients of mpmath, and with the Values that
  `gradient` gives;
- one second derivative of each graph with a quotient of second differences, and with its mirror
  image, for the order of differentiation makes no difference.

Only well conditioned numbers can be compared with quotients: of the others, and of graphs at a kink
or beyond a domain, it is counted how many there were.
"""

import itertools
import math
import random
import sys
from pathlib import Path

import mpmath

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine import Value, gradient, total
from engine.graph import topological_order
from engine.value import unchecked
from fuzz.compiled import (
    NO_NOISE,
    STEP,
    command,
    compare_slopes,
    draw,
    eagerly,
    expect,
    explain,
    in_mpmath,
)


def try_graph(number, counts):
    """Draw the program of this number and compare what it gives; raise where something differs."""
    rng = random.Random(number)
    program, numbers = draw(rng)
    if rng.random() < 0.2:
        numbers = [rng.choice([x, 10.0 * x, 0.0, 40.0 * x]) for x in numbers]
    seeds = [rng.choice([1.0, -0.5]) for _ in program.outputs]
    counts["graphs"] += 1
    eager = eagerly(program, numbers[: program.inputs], numbers[program.inputs :], seeds)
    if isinstance(eager, Exception):
        counts["refused"] += 1
        return
    leaves = [Value(x) for x in numbers]
    with unchecked():  # a branch that is not taken may hold what would be refused
        outputs = program.record(leaves[: program.inputs], leaves[program.inputs :])
    loss = total(seed * output for seed, output in zip(seeds, outputs, strict=True))
    slopes = gradient(loss, leaves)
    for slope, grad, scale in zip(slopes, eager.gradients, eager.scales, strict=True):
        alike = slope.data == grad or math.isnan(slope.data) == math.isnan(grad)
        expect(alike and not abs(slope.data - grad) > 1e-13 * scale, "gradient", slope, grad)
    # the sine of 1e15 is right, and yet has no digit in common with that of 1e15 + its rounding
    if not eager.tame or not max(abs(node.data) for node in topological_order(loss)) < 1e6:
        counts["too large, too small or not finite to compare"] += 1
        return

    exact = in_mpmath(program, numbers, seeds)
    with mpmath.workdps(200):
        try:
            if not abs(exact() - loss.data) <= 1e-10 * abs(loss.data):
                counts["ill conditioned: rounding shows in the data"] += 1
                return
            # where |x²| has the slope 0 by choice
            chosen = any(map(_at_a_kink, topological_order(loss)))
            compare_slopes(exact, eager, counts, chosen)
            if chosen:
                return
            i, j = rng.randrange(len(leaves)), rng.randrange(len(leaves))
            _try_second(leaves, slopes, i, j, exact, counts)
        except (ValueError, TypeError, ArithmeticError):  # beyond the domain, a complex number
            counts["beside the edge of a domain"] += 1


def _second(exact, i, j, step, noise=NO_NOISE):
    """The quotient of second differences."""
    corners = [
        a * b * exact((i, a * step), (j, b * step), noise=noise)
        for a, b in itertools.product((1, -1), repeat=2)
    ]
    return mpmath.fsum(corners) / (4 * step * step)


def _try_second(leaves, slopes, i, j, exact, counts):
    wanted, again = _second(exact, i, j, STEP), _second(exact, i, j, STEP / 2)
    if not abs(wanted) < 1e20 or abs(wanted - again) > 1e-9 * (1 + abs(wanted)):
        counts["kinks"] += 1
        return
    second, mirrored = gradient(slopes[i], [leaves[j]])[0], gradient(slopes[j], [leaves[i]])[0]
    size = 1 + abs(wanted) + abs(second.data)
    for value in (second, mirrored):
        well = _conditioned(value)
        if well is None:
            counts["second derivatives that cancel"] += 1
            continue
        allowed = 1e-6 * max(size, well)
        if abs(value.data - wanted) <= allowed:
            counts["second derivatives, against mpmath"] += 1
        else:
            explain(
                lambda step, noise: _second(exact, i, j, step, noise),
                (exact.steps, value.data, allowed, ("second", (i, j))),
                counts,
            )


def _at_a_kink(node):
    numbers = {parent.data for parent in node.parents}
    return (
        node.op is not None
        and bool(node.op.kink)
        and (len(numbers) < len(node.parents) or 0.0 in numbers)
    )


def _conditioned(value):
    """The largest number on the way to a Value, which bounds what rounding can do; None if none."""
    largest = max(abs(node.data) for node in topological_order(value))
    return largest if largest < 1e8 else None


if __name__ == "__main__":
    sys.exit(command(__doc__, try_graph))
