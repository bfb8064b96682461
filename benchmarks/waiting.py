"""What a user waits for, beside peers: `python benchmarks/waiting.py`, extra `bench`.

(a) all of `fit` on digits, 64-32-10, Adam, batches of 32, 20 epochs, against the same loop in
    PyTorch and in NumPy by hand: again in a process that has done it, and for the first time;
(b) the same on moons, 2-16-16-1, SGD, 100 epochs of one batch;
(c) from a recorded graph to its first gradient, and the memory for each node;
(d) straight-line code and the tape on 100 rows;
(e) value and gradient of one row, against CasADi's function, interpreted and as C by gcc.

A first run is one in a process of its own; to import the libraries does not count.
"""

import subprocess
import sys
from array import array
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from threading import enumerate as enumerate_threads
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import engine
from benchmarks.measure import duration, interleaved, machine, table
from benchmarks.training import (
    casadi_step,
    chain_graph,
    digits_graph,
    digits_task,
    hinge_graph,
    moons_task,
    points,
    torch_epoch,
)
from nn import MLP, fit

ROOT = Path(__file__).resolve().parent.parent

# (a) and (b): a training


def ours(make_task: Callable[[], tuple], epochs: int, compiled: object = "auto"):
    """All of `fit`, with a new model."""
    inputs, targets, (n_inputs, *layer_sizes), loss, optimizer, batch_size = make_task()

    def run() -> float:
        model = MLP(n_inputs, layer_sizes, activation="relu", seed=0)
        moved = optimizer(model.parameters())
        start = perf_counter()
        fit(
            model, inputs, targets, loss, moved, epochs, batch_size,
            progress=False, compiled=compiled,
        )  # fmt: skip
        return perf_counter() - start

    return run


def torch(make_task: Callable[[], tuple], epochs: int, **options: bool):
    run = torch_epoch(make_task, epochs, **options)
    return lambda: run() * epochs


def numpy_digits(epochs: int):
    """A training of digits as one writes it by hand with NumPy; the network of `digits_task`."""
    import numpy as np

    inputs, targets, *_ = digits_task()
    x, y = np.array(inputs), np.array(targets)

    def run() -> None:
        rng = np.random.default_rng(0)
        weights = [rng.normal(size=(64, 32)) / 8, np.zeros(32)]
        weights += [rng.normal(size=(32, 10)) / 6, np.zeros(10)]
        means, squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
        t = 0
        for _ in range(epochs):
            order = rng.permutation(len(x))
            for at in range(0, len(x), 32):
                batch = order[at : at + 32]
                rows, n = x[batch], len(batch)
                z = rows @ weights[0] + weights[1]
                h = np.maximum(z, 0.0)
                scores = h @ weights[2] + weights[3]
                e = np.exp(scores - scores.max(1, keepdims=True))
                g = e / e.sum(1, keepdims=True)
                g[np.arange(n), y[batch]] -= 1.0
                g /= n
                gz = (g @ weights[2].T) * (z > 0.0)
                t += 1
                for w, m, v, d in zip(
                    weights, means, squares, (rows.T @ gz, gz.sum(0), h.T @ g, g.sum(0)),
                    strict=True,
                ):  # fmt: skip
                    m *= 0.9
                    m += 0.1 * d
                    v *= 0.999
                    v += 0.001 * d * d
                    size = np.sqrt(v) / (1 - 0.999**t) ** 0.5 + 1e-8
                    w -= 0.001 / (1 - 0.9**t) * m / size

    return run


def first(make: str):
    """The first run of a contender: the seconds that a new process measures."""
    code = (
        "import time, sys\n"
        "from functools import partial\n"
        "from benchmarks.waiting import *\n"
        "try:\n"
        f"    run = {make}\n"
        "except ImportError as error:\n"
        "    sys.exit(str(error.name))\n"
        "start = time.perf_counter()\n"
        "seconds = run()\n"
        "print(seconds if isinstance(seconds, float) else time.perf_counter() - start)\n"
    )

    def run() -> float:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise ImportError(done.stderr.strip().splitlines()[-1])
        return float(done.stdout)

    return run


# (c): until it is ready


def readiness(make_graph: Callable[[], tuple], backend: str, rounds: int) -> tuple[float, float]:
    """The median seconds from `compile` to the first gradient, and the bytes a node."""
    record, inputs, leaves = make_graph()
    output = record()
    block = array("d", [leaf.data for leaf in inputs])
    times = []
    for _ in range(rounds):
        start = perf_counter()
        compiled = engine.compile(output, inputs, leaves, backend=backend)
        compiled.backward_rows(block, sync=False)
        times.append(perf_counter() - start)
    size = 0.0
    if backend == "tape":
        plan = compiled._kernels["parameters"]._plan
        words = sum(8 * len(part) for part in plan.keep)
        size = (plan.size + words) / len(compiled._graph.reading.order)
    return median(times), size


# (d) and (e): steps


def step(backend: str, n: int, make_graph: Callable[[], tuple] = hinge_graph):
    """Value and gradient on flat buffers; a graph that moves has moved."""
    record, inputs, leaves = make_graph()
    compiled = engine.compile(record(), inputs, leaves, backend=backend)
    block = array("d", [leaf.data for leaf in inputs] * n)
    if make_graph is hinge_graph:
        block = array("d", chain.from_iterable(points(n)))

    def run():
        return compiled.backward_rows(block, sync=False)

    if backend == "auto":
        while not any(thread.name == "glassgrad compiles" for thread in enumerate_threads()):
            run()
        for thread in enumerate_threads():
            if thread.name == "glassgrad compiles":
                thread.join()
    return run


def casadi_by_gcc(flags: str):
    options = {"jit": True, "compiler": "shell"}
    return casadi_step(1, **options, jit_options={"compiler": "gcc", "flags": flags})


def main() -> None:
    print(machine(), "\n")
    epochs = 20
    contenders = {
        "fit": partial(ours, digits_task, epochs),
        "NumPy by hand": partial(numpy_digits, epochs),
        "torch, eager": partial(torch, digits_task, epochs),
        "torch, eager, fused Adam": partial(torch, digits_task, epochs, fused=True),
        "fit, first run": partial(first, f"ours(digits_task, {epochs})"),
        "NumPy by hand, first run": partial(first, f"numpy_digits({epochs})"),
        "torch, fused Adam, first run": partial(first, f"torch(digits_task, {epochs}, fused=True)"),
    }
    print(table("(a) digits, 20 epochs", interleaved(contenders, 9), "fit"))
    contenders = {
        "fit, first run": partial(first, "ours(moons_task, 100)"),
        "torch, first run": partial(first, "torch(moons_task, 100)"),
        "fit, again": partial(ours, moons_task, 100),
        "torch, again": partial(torch, moons_task, 100),
        "fit, eager": partial(ours, moons_task, 100, False),
    }
    print(table("(b) moons, 100 epochs", interleaved(contenders, 5), "fit, first run"))

    print("(c) from a recorded graph to its first gradient, loops and LLVM loaded")
    readiness(partial(chain_graph, 10), "tape", 1)
    for name, make_graph, rounds in (
        ("2-16-16-1, hinge", hinge_graph, 15),
        ("64-32-10, cross-entropy", digits_graph, 15),
        ("chain of 10^3 operations", partial(chain_graph, 10**3), 15),
        ("chain of 10^5 operations", partial(chain_graph, 10**5), 5),
        ("chain of 10^6 operations", partial(chain_graph, 10**6), 3),
    ):
        seconds, size = readiness(make_graph, "tape", rounds)
        other = ""
        if rounds > 5:
            straight, _ = readiness(make_graph, "llvm", 3)
            other = f"; straight-line code {straight / seconds:.0f} times as long"
        print(f"  {name:<28}{duration(seconds):>10}, {size:.0f} bytes a node{other}")

    print()
    for name, make_graph in (
        ("2-16-16-1, hinge loss", hinge_graph),
        ("64-32-10, cross-entropy", digits_graph),
        ("chain of 10^3 operations", partial(chain_graph, 10**3)),
    ):
        contenders = {
            "straight-line code": partial(step, "llvm", 100, make_graph),
            "tape": partial(step, "tape", 100, make_graph),
        }
        title = f"(d) {name}, value and gradient of 100 rows"
        print(table(title, interleaved(contenders, 15), "straight-line code"))
    contenders = {
        "compiled": partial(step, "auto", 1),
        "tape": partial(step, "tape", 1),
        "casadi, C by gcc -O1": partial(casadi_by_gcc, "-O1"),
        "casadi, C by gcc -O3 -march=native": partial(casadi_by_gcc, "-O3 -march=native"),
        "casadi, interpreted": partial(casadi_step, 1),
    }
    print(table("(e) the same of one row", interleaved(contenders, 15), "compiled"))


if __name__ == "__main__":
    main()
