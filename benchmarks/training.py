"""Training on the compiled graph beside its peers: `python benchmarks/training.py`, extra `bench`.

(a) an epoch of `fit` on moons, SGD, one batch of 100, against the same loop in PyTorch;
(b) an epoch of `fit` on digits, 64-32-10, Adam, batches of 32, against the same loop in PyTorch;
(c) forward and backward of a 2-16-16-1 relu network with hinge loss, 100 rows and one, against
    other engines for scalars;
(d) what it takes to compile, and after how many rows that has paid for itself;
(e) the same for `fit` and `predict` as a whole, from which `nn/common/policy.py` chose its number.
"""

import shutil
import statistics
import sys
from array import array
from collections.abc import Callable
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import engine
from benchmarks.eager import SIZES, rows, weights, xad_a
from benchmarks.measure import duration, interleaved, machine, table
from engine import Value
from nn import MLP, SGD, Adam, datasets, fit, losses
from nn.common import policy

ROUNDS = 15

# (a) and (b): an epoch


def moons_task() -> tuple:
    """The rows, the targets, the network's sizes, the loss, the optimizer, the batch's size."""
    points = rows()
    inputs, targets = [x for x, _ in points], [y for _, y in points]
    return inputs, targets, SIZES, losses.hinge, partial(SGD, learning_rate=0.1), 100


def digits_task() -> tuple:
    """The same for the handwritten digits."""
    digits = datasets.digits()
    optimizer = partial(Adam, learning_rate=0.001)
    return digits.inputs, digits.targets, [64, 32, 10], losses.cross_entropy, optimizer, 32


def train(task: tuple, epochs: int, *, compiled: bool, metrics=()):
    """Train a new network."""
    inputs, targets, (n_inputs, *layer_sizes), loss, optimizer, batch_size = task
    model = MLP(n_inputs, layer_sizes, activation="relu", seed=0)
    return fit(
        model, inputs, targets, loss, optimizer(model.parameters()), epochs, batch_size,
        metrics=metrics, progress=False, compiled=compiled,
    )  # fmt: skip


def clock(outputs: object, targets: object) -> float:
    """A metric: the time at the end of an epoch."""
    return perf_counter()


def ours_epoch(make_task: Callable[[], tuple], epochs: int, compiled: bool):
    """The mean seconds of an epoch after the first, as a metric sees it: without compiling."""
    task = make_task()

    def run() -> float:
        ends = train(task, epochs, compiled=compiled, metrics=[clock]).metrics["clock"]
        return (ends[-1] - ends[0]) / (epochs - 1)

    return run


def ours_whole(make_task: Callable[[], tuple], epochs: int):
    """The seconds of all of `fit`, from recording to the last epoch, divided by the epochs."""
    task = make_task()

    def run() -> float:
        start = perf_counter()
        train(task, epochs, compiled=True)
        return (perf_counter() - start) / epochs

    return run


def torch_epoch(make_task: Callable[[], tuple], epochs: int, **options: bool):
    """The mean seconds of an epoch of PyTorch: eager, double precision, one thread.

    options  of the optimizer
    """
    import torch
    from torch.nn.functional import cross_entropy

    torch.set_num_threads(1)
    inputs, targets, sizes, loss, _, batch_size = make_task()
    x, y = torch.tensor(inputs, dtype=torch.float64), torch.tensor(targets)
    parts = [part for n in pairwise(sizes) for part in (torch.nn.Linear(*n), torch.nn.ReLU())]
    model = torch.nn.Sequential(*parts[:-1]).double()
    if loss is losses.hinge:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, **options)
        criterion = lambda scores, y: (1.0 - y * scores[:, 0]).relu().mean()  # noqa: E731
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.001, **options)
        criterion = cross_entropy

    def run() -> float:
        start = perf_counter()
        for _ in range(epochs):
            order, mean = torch.randperm(len(x)), 0.0
            for at in range(0, len(x), batch_size):
                batch = order[at : at + batch_size]
                value = criterion(model(x[batch]), y[batch])
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                mean += value.item() * (len(batch) / len(x))
        return (perf_counter() - start) / epochs

    return run


# (c): forward and backward, of the same network at the same parameters


def parameters() -> list[float]:
    """The weights and then the bias of each neuron, layer by layer."""
    return [number for layer in weights() for ws, b in layer for number in (*ws, b)]


def points(n: int) -> list[list[float]]:
    """n rows of two inputs and the class."""
    return [[*x, y] for x, y in rows()[:n]]


def scores(make_sum: Callable, relu: Callable, inputs: list) -> object:
    """The network's output, by a function of a neuron's inputs that draws on the parameters."""
    values = inputs
    for i, n in enumerate(SIZES[1:]):
        sums = [make_sum(values) for _ in range(n)]
        values = [relu(s) for s in sums] if i < len(SIZES) - 2 else sums
    return values[0]


def hinge_graph() -> tuple[Callable[[], Value], list[Value], list[Value]]:
    """A function that records the loss of a row, its inputs, and the parameters."""
    leaves = [Value(number) for number in parameters()]
    inputs = [Value(number) for number in points(1)[0]]

    def record() -> Value:
        following = iter(leaves)

        def weighted_sum(values):
            ws = [next(following) for _ in values]
            return engine.dot(ws, values, next(following))

        return (1.0 - inputs[2] * scores(weighted_sum, Value.relu, inputs[:2])).relu()

    return record, inputs, leaves


def ours_step(n: int, sync: bool):
    """sync: from the Values and back to them, or on flat buffers alone."""
    record, inputs, leaves = hinge_graph()
    compiled = engine.compile(record(), inputs, leaves)
    block = array("d", chain.from_iterable(points(n)))

    def run():
        if sync:
            for leaf in leaves:
                leaf.grad = 0.0
        else:
            compiled.zero_grad()
        compiled.backward_rows(block, sync=sync)
        return compiled.grad

    return run


def ddx_step(n: int, summed: bool):
    """Its Jacobian: a gradient for each row; added up over the rows, or left so."""
    import ddx
    import numpy as np

    names = map("p{}".format, range(len(parameters())))

    def weighted_sum(values):
        ws = [ddx.var(next(names)) for _ in values]
        return sum((w * v for w, v in zip(ws, values, strict=True)), ddx.var(next(names)))

    @ddx.equation
    def loss():
        inputs = [ddx.param("x1"), ddx.param("x2")]
        score = scores(weighted_sum, lambda s: ddx.max(s, 0.0), inputs)
        return ddx.max(1.0 - ddx.param("y") * score, 0.0)

    batch = np.array([[*parameters(), *row] for row in points(n)]).T.copy()
    call = loss.compile(points=n).buffer(batch)

    def run():
        call()
        return call.jacobian.sum(axis=1) if summed else call.jacobian

    return run


def casadi_step(n: int, **options: object):
    """An SX function of a row, mapped over the rows; it adds the gradients up."""
    import casadi
    import numpy as np

    p, row = casadi.SX.sym("p", len(parameters())), casadi.SX.sym("row", 3)
    following = iter(range(p.numel()))

    def weighted_sum(values):
        ws = [p[next(following)] for _ in values]
        return sum((w * v for w, v in zip(ws, values, strict=True)), p[next(following)])

    score = scores(weighted_sum, lambda s: casadi.fmax(s, 0.0), [row[0], row[1]])
    loss = casadi.fmax(1.0 - row[2] * score, 0.0)
    function = casadi.Function("row", [p, row], [loss, casadi.gradient(loss, p)], options)
    mapped = function.map("rows", "serial", n, [0], [1])
    buffer, run_buffer = mapped.buffer()
    given = [np.array(parameters()), np.array(points(n)).ravel()]
    results = [np.zeros(mapped.numel_out(i)) for i in range(2)]
    for i in range(2):
        buffer.set_arg(i, memoryview(given[i]))
        buffer.set_res(i, memoryview(results[i]))

    def run():
        run_buffer()
        return results[1]

    run.keep = given, buffer  # which only addresses of them go to
    return run


def casadi_by_gcc(n: int):
    if shutil.which("gcc") is None:
        raise ImportError("gcc")
    flags = {"compiler": "gcc", "flags": "-O3 -march=native -ffast-math"}
    return casadi_step(n, jit=True, compiler="shell", jit_options=flags)


# (d): what compiling costs


def digits_graph() -> tuple[Callable[[], Value], list[Value], list[Value]]:
    """The same for 64-32-10 with the cross-entropy; the target's probabilities are inputs."""
    model = MLP(64, [32, 10], activation="relu", seed=0)
    inputs = [Value(i / 64) for i in range(64)]
    target = [Value(float(i == 3)) for i in range(10)]

    def record() -> Value:
        return losses.cross_entropy.row(model(inputs), target)

    return record, [*inputs, *target], model.parameters()


def neuron_graph(n: int = 1000) -> tuple[Callable[[], Value], list[Value], list[Value]]:
    """The same for a weighted sum of n inputs."""
    inputs, ws = [Value(i / n) for i in range(n)], [Value(1.0 - i / n) for i in range(n)]
    return lambda: engine.dot(ws, inputs), inputs, ws


def chain_graph(n: int = 100_000) -> tuple[Callable[[], Value], list[Value], list[Value]]:
    """The same for n operations, one behind the other."""
    x, w = Value(0.5), Value(0.3)

    def record() -> Value:
        v = x
        for _ in range(n // 2):
            v = v * w + x
        return v

    return record, [x], [w]


GRAPHS = {
    "2-16-16-1, hinge": hinge_graph,
    "64-32-10, cross-entropy": digits_graph,
    "weighted sum of 1,000 inputs": neuron_graph,
    "chain of 100,000 operations": chain_graph,
}


def costs(make_graph: Callable[[], tuple], n: int = 100) -> dict[str, float]:
    """The seconds to record, emit and compile; of a row both ways; the rows until it has paid."""
    record, inputs, leaves = make_graph()
    start = perf_counter()
    output = record()
    recorded = perf_counter()
    engine.compile(output, inputs, leaves).source  # noqa: B018 - the text is made here
    emitted = perf_counter()
    compiled = engine.compile(output, inputs, leaves)
    block = array("d", [leaf.data for leaf in inputs] * n)
    compiled.backward_rows(block, sync=False)
    ready = perf_counter()
    eager_row = statistics.median(_seconds(lambda: record().backward()) for _ in range(5))
    compiled_row = statistics.median(
        _seconds(lambda: compiled.backward_rows(block, sync=False)) / n for _ in range(15)
    )
    return {
        "record": recorded - start,
        "emit": emitted - recorded,
        "compile": max(0.0, (ready - emitted) - (emitted - recorded)),
        "eager row": eager_row,
        "compiled row": compiled_row,
        "paid after": (ready - emitted) / (eager_row - compiled_row),
    }


def _seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


# (e): from how many rows


COLUMNS = ("record", "emit", "compile", "eager row", "compiled row", "paid after")

TASKS = {
    "1-1, mse": ([1, 1], losses.mse),
    "2-4-1, mse": ([2, 4, 1], losses.mse),
    "2-16-16-1, hinge": (SIZES, losses.hinge),
    "64-32-10, cross-entropy": ([64, 32, 10], losses.cross_entropy),
}


def worthwhile(sizes: list[int], loss: losses.Loss, rounds: int = 5) -> tuple[float, float]:
    """From how many rows compiling is faster: those that `fit` goes through, those to predict."""
    n = 20
    inputs = [[(i * j) % 7 / 7 for j in range(sizes[0])] for i in range(n)]
    targets = [i % sizes[-1] if sizes[-1] > 1 else (-1.0) ** i for i in range(n)]
    task = inputs, targets, sizes, loss, SGD, n
    model = MLP(sizes[0], sizes[1:], activation="relu", seed=0)

    def trained(epochs: int, compiled: bool) -> float:
        return _seconds(lambda: train(task, epochs, compiled=compiled))

    to_train, to_predict = [], []
    for _ in range(rounds):
        row = trained(5, False) / (5 * n)
        to_train.append(trained(1, True) / row)
        row = _seconds(lambda: [model(x) for x in inputs]) / n
        to_predict.append(_seconds(lambda: model.compile().evaluate(inputs)) / row)
    return statistics.median(to_train), statistics.median(to_predict)


def compare(title: str, ours: str, contenders: dict[str, Callable], rounds: int) -> None:
    print(table(title, interleaved(contenders, rounds), ours))


def main() -> None:
    print(machine(), "\n")
    name = "fit, compiled"
    contenders = {
        name: partial(ours_epoch, moons_task, 200, True),
        "all of fit with 1,000 epochs, an epoch": partial(ours_whole, moons_task, 1000),
        "torch, eager": partial(torch_epoch, moons_task, 50),
        "fit, eager": partial(ours_epoch, moons_task, 3, False),
    }
    compare("(a) moons, 2-16-16-1, SGD, one batch of 100: an epoch", name, contenders, 7)
    contenders = {
        name: partial(ours_epoch, digits_task, 20, True),
        "all of fit with 20 epochs, an epoch": partial(ours_whole, digits_task, 20),
        "torch, eager": partial(torch_epoch, digits_task, 5),
        "torch, eager, fused Adam": partial(torch_epoch, digits_task, 5, fused=True),
    }
    compare("(b) digits, 64-32-10, Adam, batches of 32: an epoch", name, contenders, 5)
    for n in (100, 1):
        title = f"(c) 2-16-16-1, hinge loss: forward and backward of {n} row{'s' * (n > 1)}"
        name = "compiled, on flat buffers"
        contenders = {
            name: partial(ours_step, n, False),
            "compiled, with the Values kept in step": partial(ours_step, n, True),
            "ddx, its Jacobian": partial(ddx_step, n, False),
            "ddx, its Jacobian added up over the rows": partial(ddx_step, n, True),
            "casadi, mapped SX function": partial(casadi_step, n),
            "casadi, the same, its C compiled by gcc": partial(casadi_by_gcc, n),
            "xad, a tape in C++": partial(xad_a, n),
        }
        compare(title, name, contenders, ROUNDS)
    print("(d) compiling: the time it takes, and the rows after which it has paid for itself")
    print(f"  {'':<30}" + "".join(f"{column:>13}" for column in COLUMNS))
    for name, make_graph in GRAPHS.items():
        *seconds, paid = costs(make_graph).values()
        cells = [*map(duration, seconds), f"{paid:.0f}"]
        print(f"  {name:<30}" + "".join(f"{cell:>13}" for cell in cells))
    print("\n(e) the rows from which compiling pays for fit, over all epochs, and for predict")
    print(f"  {'':<30}{'fit':>13}{'predict':>13}")
    for name, (sizes, loss) in TASKS.items():
        to_train, to_predict = worthwhile(sizes, loss)
        print(f"  {name:<30}{to_train:>13.0f}{to_predict:>13.0f}")
    print(f"  {'COMPILE_FROM':<30}{policy.COMPILE_FROM:>13}{policy.COMPILE_FROM:>13}")


if __name__ == "__main__":
    main()
