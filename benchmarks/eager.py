"""The eager engine beside its peers: `python benchmarks/eager.py`, with the extra `bench`.

(a) forward and backward of a 2-16-16-1 relu network with hinge loss on 100 moons points, every
    addition and product a node;
(b) the same through `MLP`, where a neuron is two nodes;
(c) a chain of additions, by length;
(d) bytes for each node of a graph.
"""

import gc
import random
import statistics
import sys
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import interleaved, machine, table
from nn import datasets

SIZES = [2, 16, 16, 1]
ROUNDS = 15


def rows() -> list[tuple[list[float], float]]:
    """The points, with the classes as -1 and 1."""
    data = datasets.moons(100, seed=0)
    return [(x, 2.0 * y - 1.0) for x, y in zip(data.inputs, data.targets, strict=True)]


def weights() -> list[list[tuple[list[float], float]]]:
    """For each layer, the weights and the bias of each neuron."""
    rng = random.Random(1)
    return [
        [([rng.uniform(-1.0, 1.0) for _ in range(n_in)], 0.0) for _ in range(n_out)]
        for n_in, n_out in pairwise(SIZES)
    ]


# (a) an operation a node


def operation_a_node(make_value: Callable, relu: Callable, n: int = 100) -> Callable[[], object]:
    """The work on n points, for any class of numbers with `+`, `*` and unary `-`."""
    data = rows()[:n]
    layers = [
        [([make_value(w) for w in ws], make_value(b)) for ws, b in layer] for layer in weights()
    ]

    def forward():
        loss = make_value(0.0)
        for x, y in data:
            values = [make_value(number) for number in x]
            for i, layer in enumerate(layers):
                sums = [sum((w * v for w, v in zip(ws, values)), b) for ws, b in layer]  # noqa: B905
                values = [relu(s) for s in sums] if i < len(layers) - 1 else sums
            loss = loss + relu(1.0 + -y * values[0])
        return loss * (1.0 / len(data))

    return forward


def ours_a():
    from engine import Value

    forward = operation_a_node(Value, Value.relu)
    return lambda: forward().backward()


def tuples_a():
    from benchmarks.peers.tuples import Value

    forward = operation_a_node(Value, Value.relu)
    return lambda: forward().backward()


def micrograd_a():
    from micrograd.engine import Value

    forward = operation_a_node(Value, Value.relu)
    return lambda: forward().backward()


def xad_a(n: int = 100):
    from xad.adj_1st import Real, Tape
    from xad.math import max as xad_max

    inputs = []

    def make(number):
        value = Real(number)
        inputs.append(value)
        return value

    def run():
        inputs.clear()
        with Tape() as tape:
            forward = operation_a_node(make, lambda v: xad_max(v, 0.0), n)
            tape.registerInputs(list(inputs))
            tape.newRecording()
            loss = forward()
            tape.registerOutput(loss)
            loss.derivative = 1.0
            tape.computeAdjoints()
            return [value.derivative for value in inputs[:337]]

    return run


# (b) a neuron as the library has it


def demo(model, make_value: Callable) -> Callable[[], object]:
    """The step of micrograd's demo, without the penalty: through the library's own MLP."""
    data = rows()

    def run():
        scores = [model([make_value(number) for number in x]) for x, _ in data]
        losses = [(1 + -y * score).relu() for (_, y), score in zip(data, scores)]  # noqa: B905
        loss = sum(losses) * (1.0 / len(losses))
        model.zero_grad()
        loss.backward()

    return run


def ours_b():
    from engine import Value
    from nn import MLP

    return demo(MLP(2, [16, 16, 1], activation="relu", seed=0), Value)


def micrograd_b():
    from micrograd.engine import Value
    from micrograd.nn import MLP

    return demo(MLP(2, [16, 16, 1]), Value)


def torch_b():
    import torch

    torch.set_num_threads(1)
    data = rows()
    x = torch.tensor([x for x, _ in data], dtype=torch.float64)
    y = torch.tensor([y for _, y in data], dtype=torch.float64)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(),
        torch.nn.Linear(16, 1),
    ).double()  # fmt: skip

    def run():
        loss = (1.0 - y * model(x)[:, 0]).relu().mean()
        model.zero_grad()
        loss.backward()

    return run


def autograd_b():
    import autograd.numpy as np
    from autograd import grad

    data = rows()
    x, y = np.array([x for x, _ in data]), np.array([y for _, y in data])
    parameters = [
        (np.array([ws for ws, _ in layer]), np.array([b for _, b in layer])) for layer in weights()
    ]

    def loss(parameters):
        values = x
        for i, (w, b) in enumerate(parameters):
            values = values @ w.T + b
            if i < len(parameters) - 1:
                values = np.maximum(values, 0.0)
        return np.mean(np.maximum(0.0, 1.0 - y * values[:, 0]))

    derivative = grad(loss)
    return lambda: derivative(parameters)


# (c) and (d)


CHAIN_LENGTHS = (10_000, 100_000, 1_000_000)


def chain_seconds(rounds: int = 7) -> dict[tuple[int, bool], float]:
    """The seconds for each node of a chain of n additions, built, differentiated and freed.

    By length and by whether the cyclic collector runs. Every length takes turns, and each time as
    many chains as make a million additions in all, so that the noise of the machine meets them
    alike.
    """
    from engine import Value

    seconds = {(n, collect): [] for n in CHAIN_LENGTHS for collect in (False, True)}
    for _ in range(rounds):
        for (n, collect), times in seconds.items():
            gc.collect()
            if not collect:
                gc.disable()
            start = perf_counter()
            for _ in range(CHAIN_LENGTHS[-1] // n):
                x = Value(1.0)
                y = x
                for _ in range(n):
                    y = y + x
                y.backward()
                del x, y
            times.append((perf_counter() - start) / CHAIN_LENGTHS[-1])
            gc.enable()
    return {key: statistics.median(times) for key, times in seconds.items()}


def bytes_a_node(n: int = 100_000) -> float:
    """What a sum of two Values adds to the memory, after backward has run."""
    from engine import Value

    tracemalloc.start()
    x, y = Value(1.5), Value(2.5)
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(n):
        y = y + x
    y.backward()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / n


def main() -> None:
    print(machine(), "\n")
    title = "(a) 2-16-16-1 on 100 moons points, forward and backward, an operation a node"
    contenders = {
        "glassgrad": ours_a,
        "children and local gradients as tuples": tuples_a,
        "micrograd 0.1.0": micrograd_a,
        "xad (a tape in C++)": xad_a,
    }
    print(table(title, interleaved(contenders, ROUNDS), "glassgrad"))
    title = "(b) the same through MLP"
    contenders = {
        "glassgrad": ours_b,
        "micrograd 0.1.0": micrograd_b,
        "autograd, vectorised over the batch": autograd_b,
        "torch, vectorised over the batch": torch_b,
    }
    print(table(title, interleaved(contenders, ROUNDS), "glassgrad"))
    print("(c) a chain of additions, built, differentiated and freed: nanoseconds a node")
    print(f"  {'additions':>10} {'collector paused':>18} {'collector running':>18}")
    chain = chain_seconds()
    for n in CHAIN_LENGTHS:
        print(f"  {n:>10,} {chain[n, False] * 1e9:>18.0f} {chain[n, True] * 1e9:>18.0f}")
    growth = chain[CHAIN_LENGTHS[-1], False] / chain[CHAIN_LENGTHS[0], False]
    print(f"  from the shortest to the longest, collector paused: {growth:.2f} times")
    print(f"\n(d) bytes a node: {bytes_a_node():.0f}")


if __name__ == "__main__":
    main()
