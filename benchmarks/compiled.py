"""The compiled graph against hand-written C, PyTorch and micrograd, in one interleaved run.

    python benchmarks/compiled.py

Forward and backward of a 2-16-16-1 relu network with the hinge loss over 100 rows; then the time
that it takes to compile graphs of several kinds and sizes. Peers that are not installed are left
out.
"""

import ctypes
import gc
import platform
import random
import statistics
import subprocess
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path

from engine import Value, compile, dot, relu, tanh, total
from nn import MLP

ROUNDS = 15
N = 100


def moons(rng: random.Random) -> list[list[float]]:
    """Rows of x1, x2 and y, -1 or 1."""
    return [[rng.gauss(0, 1), rng.gauss(0, 1), rng.choice((-1.0, 1.0))] for _ in range(N)]


def hinge(model: MLP, row: list[Value]) -> Value:
    """The loss of a row."""
    return relu(1 - row[2] * model(row[:2]))


def c_library(*flags: str) -> Callable[..., None]:
    """The function of peers/hinge_mlp.c, compiled with these flags."""
    source = Path(__file__).parent / "peers" / "hinge_mlp.c"
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "hinge_mlp.so"
        command = ["gcc", "-O3", "-march=native", *flags, "-shared", "-fPIC"]
        subprocess.run([*command, str(source), "-o", str(target)], check=True)
        function = ctypes.CDLL(str(target)).hinge_mlp
    function.argtypes = [ctypes.c_long] + [ctypes.c_void_p] * 4
    function.restype = None
    return function


def by_c(parameters: list[float], rows: array, *flags: str) -> Callable[[], list[float]]:
    """A step of the C function: the gradient, from zero."""
    function = c_library(*flags)
    data, gradient = array("d", parameters), array("d", bytes(8 * len(parameters)))
    losses = array("d", bytes(8 * N))
    address = gradient.buffer_info()[0]
    arguments = (N, *(a.buffer_info()[0] for a in (rows, data, losses)), address)

    def step() -> array:
        ctypes.memset(address, 0, 8 * len(gradient))
        function(*arguments)
        return gradient

    step.keep = (data, losses)
    return step


def by_torch(parameters: list[float], rows: array) -> Callable[[], list[float]]:
    """A step of PyTorch, eager, vectorised over the rows, in double precision on one thread."""
    import torch

    torch.set_num_threads(1)
    remaining, weights = iter(parameters), []
    for n_in, n_out in ((2, 16), (16, 16), (16, 1)):
        both = [[next(remaining) for _ in range(n_in + 1)] for _ in range(n_out)]
        both = torch.tensor(both, dtype=torch.float64)
        weights += [both[:, :-1].clone().requires_grad_(), both[:, -1].clone().requires_grad_()]
    table = torch.tensor(rows, dtype=torch.float64).reshape(N, 3)
    x, y = table[:, :2].contiguous(), table[:, 2].contiguous()
    linear = torch.nn.functional.linear

    def step() -> list[float]:
        for w in weights:
            w.grad = None
        h = linear(x, weights[0], weights[1]).relu()
        h = linear(h, weights[2], weights[3]).relu()
        score = linear(h, weights[4], weights[5])[:, 0]
        (1 - y * score).relu().sum().backward()
        return weights

    def gradient() -> list[float]:
        step()
        pairs = zip(weights[::2], weights[1::2], strict=True)
        return [
            g
            for w, b in pairs
            for row, bias in zip(w.grad.tolist(), b.grad.tolist(), strict=True)
            for g in (*row, bias)
        ]

    step.gradient = gradient
    return step


def by_micrograd(parameters: list[float], rows: array) -> Callable[[], list[float]]:
    """A step of micrograd, a node for each operation."""
    from micrograd import nn

    model = nn.MLP(2, [16, 16, 1])
    for p, number in zip(model.parameters(), parameters, strict=True):
        p.data = number

    def step() -> list[float]:
        model.zero_grad()
        losses = [
            (1 + -rows[i + 2] * model([rows[i], rows[i + 1]])).relu() for i in range(0, 3 * N, 3)
        ]
        sum(losses).backward()
        return [p.grad for p in model.parameters()]

    return step


def once(step: Callable[[], object], repeats: int) -> float:
    """Seconds for a step."""
    began = time.perf_counter()
    for _ in range(repeats):
        step()
    return (time.perf_counter() - began) / repeats


def against_peers() -> None:
    """The step, by us and by others."""
    rng = random.Random(0)
    model = MLP(2, [16, 16, 1], activation="relu", seed=0)
    rows = array("d", [number for row in moons(rng) for number in row])
    inputs = [Value(number) for number in rows[:3]]
    began = time.perf_counter()
    loss = hinge(model, inputs)
    recorded = time.perf_counter()
    compiled = compile(loss, inputs, model.parameters())
    compiled.backward_rows(rows, sync=False)
    ready = time.perf_counter()

    def ours() -> array:
        compiled.zero_grad()
        compiled.backward_rows(rows, sync=False)
        return compiled.grad

    def eager() -> list[float]:
        for p in model.parameters():
            p.grad = 0.0
        total(
            [hinge(model, [Value(v) for v in rows[i : i + 3]]) for i in range(0, 300, 3)]
        ).backward()
        return [p.grad for p in model.parameters()]

    parameters = [p.data for p in model.parameters()]
    steps: dict[str, tuple[Callable[[], object], int]] = {"compiled": (ours, 500)}
    for name, repeats, peer in (
        ("gcc -O3 -march=native -ffast-math", 500, lambda: by_c(parameters, rows, "-ffast-math")),
        ("gcc -O3 -march=native", 500, lambda: by_c(parameters, rows)),
        ("PyTorch, one thread", 20, lambda: by_torch(parameters, rows)),
        ("micrograd", 1, lambda: by_micrograd(parameters, rows)),
        ("our eager engine", 1, lambda: eager),
    ):
        try:
            steps[name] = (peer(), repeats)
        except (ImportError, FileNotFoundError) as error:
            print(f"{name} is left out: {error}")

    expected = list(ours())
    for name, (step, _) in steps.items():  # all of them calculate the same
        gradient = list(getattr(step, "gradient", step)())
        gap = max(abs(a - b) for a, b in zip(gradient, expected, strict=True))
        assert gap < 1e-9, f"{name} has another gradient: {gap}"

    times: dict[str, list[float]] = {name: [] for name in steps}
    gc.disable()
    for _ in range(ROUNDS):
        for name, (step, repeats) in steps.items():
            times[name].append(once(step, repeats))
            gc.collect()
    gc.enable()
    print(f"\nforward + backward of 2-16-16-1, hinge loss, {N} rows; median of {ROUNDS} rounds")
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    for name, seconds in median.items():
        ratio = seconds / median["compiled"]
        print(f"  {name:<36} {seconds * 1e6:>12.1f} µs {ratio:>10.2f} times the compiled graph")
    spent = ready - recorded
    saved = (median["our eager engine"] - median["compiled"]) / N
    print(f"  recorded in {(recorded - began) * 1e3:.1f} ms, compiled in {spent * 1e3:.0f} ms:")
    print(f"  paid back after {spent / saved:.0f} rows of the eager engine")


def chain(n: int) -> tuple[Value, list[Value]]:
    """n operations, one behind the other."""
    x, w = Value(0.5), Value(0.3)
    v = x
    for _ in range(n // 2):
        v = v * w + x
    return v, [x]


def tanh_chain(n: int) -> tuple[Value, list[Value]]:
    """The same with a function of the C library in every third."""
    x, w = Value(0.5), Value(0.3)
    v = x
    for _ in range(n // 3):
        v = tanh(v * w + x)
    return v, [x]


def weighted_sum(n: int) -> tuple[Value, list[Value]]:
    """A neuron with n inputs."""
    inputs = [Value(i / n) for i in range(n)]
    return tanh(dot([Value(0.5) for _ in inputs], inputs, Value(0.0))), inputs


def network(*sizes: int) -> tuple[Value, list[Value]]:
    """A network with the squared error."""
    inputs = [Value(0.5) for _ in range(sizes[0])]
    return total(
        [z**2 for z in MLP(sizes[0], list(sizes[1:]), activation="relu", seed=0)(inputs)]
    ), inputs


def sizes() -> None:
    """The time to compile, and to run."""
    print("\ntime to compile forward and backward, and to run it")
    for kind, make in (
        ("a weighted sum of 1,000 inputs", lambda: weighted_sum(1000)),
        ("a network 64-32-10", lambda: network(64, 32, 10)),
        ("a chain of 1,000 operations", lambda: chain(1000)),
        ("a chain of 100,000 operations", lambda: chain(100_000)),
        ("the same with tanh", lambda: tanh_chain(100_000)),
    ):
        began = time.perf_counter()
        output, inputs = make()
        recorded = time.perf_counter()
        compiled = compile(output, inputs)
        rows = array("d", [0.5] * (96 * len(inputs)))
        compiled.backward_rows(rows, sync=False)
        ready = time.perf_counter()
        seconds = statistics.median(
            once(lambda c=compiled, r=rows: c.backward_rows(r, sync=False), 3) for _ in range(5)
        )
        print(
            f"  {kind:<32} recorded {recorded - began:>6.3f} s, compiled "
            f"{ready - recorded:>6.2f} s, {seconds / 96 * 1e6:>8.3f} µs a row"
        )


if __name__ == "__main__":
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":")[1].strip()
            break
    print(f"{processor}, Python {platform.python_version()}, {platform.system()}")
    against_peers()
    sizes()
