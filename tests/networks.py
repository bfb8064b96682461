"""Networks of every kind that people draw, by which the pictures are judged.

`python tests/networks.py FOLDER` draws all of them into a folder, and says how large each is.
"""

import math
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nn
from engine import Value, dot, draw, exp, log_sum_exp, total
from engine.drawing.rendering import render

Case = tuple[Value, nn.Module | None]


def _differentiated(loss: Value, model: nn.Module | None = None) -> Case:
    loss.label = loss.label or "loss"
    loss.backward()
    return loss, model


def one_row() -> Case:
    model = nn.MLP(2, [4, 4, 1], seed=1)
    output = model([Value(1.0, "x1"), Value(-2.0, "x2")])
    output.label = "output"
    return _differentiated(output, model)


def hinge_of_20_rows() -> Case:
    """As in micrograd's demonstration, with Python's own `sum`."""
    model = nn.MLP(2, [4, 4, 1], seed=1)
    data = nn.datasets.moons(20, seed=1)
    targets = [2 * label - 1 for label in data.targets]
    scores = [model(row) for row in data.inputs]
    losses = [(1 - y * score).relu() for y, score in zip(targets, scores, strict=True)]
    penalty = 1e-4 * sum(w * w for w in model.parameters())
    return _differentiated(sum(losses) * (1.0 / len(losses)) + penalty, model)


def hundred_rows() -> Case:
    model = nn.MLP(2, [16, 16, 1], activation="relu", seed=1)
    data = nn.datasets.moons(100, seed=1)
    outputs = [model(row) for row in data.inputs]
    return _differentiated(nn.hinge(outputs, [2 * t - 1 for t in data.targets]), model)


def digits(rows: int) -> Case:
    model = nn.MLP(64, [32, 10], seed=1)
    data = nn.datasets.digits()
    outputs = [model([x / 16 for x in row]) for row in data.inputs[:rows]]
    return _differentiated(nn.cross_entropy(outputs, data.targets[:rows]), model)


class Recurrent(nn.Module):
    """A recurrent network: the same weights at every step."""

    def __init__(self, width: int = 4, seed: int = 1) -> None:
        rng = random.Random(seed)
        number = lambda: Value(rng.gauss(0.0, 0.4))  # noqa: E731
        self.wx = [number() for _ in range(width)]
        self.wh = [[number() for _ in range(width)] for _ in range(width)]
        self.b = [number() for _ in range(width)]
        self.out = [number() for _ in range(width)]

    def __call__(self, sequence: list[float]) -> Value:
        h = [Value(0.0)] * len(self.b)
        for x in sequence:
            h = [
                dot([*row, wx], [*h, Value(x)], b).tanh()
                for row, wx, b in zip(self.wh, self.wx, self.b, strict=True)
            ]
        return dot(self.out, h)


def recurrent() -> Case:
    model = Recurrent()
    return _differentiated((model([math.sin(t) for t in range(8)]) - 0.5) ** 2, model)


SIGNS = ".abcdefghijklmnopqrstuvwxyz"


class GPT(nn.Module):
    """The small GPT of the notebooks."""

    def __init__(self, width: int = 16, places: int = 12, heads: int = 4) -> None:
        rng = random.Random(1)

        def matrix(rows: int, columns: int) -> list[list[Value]]:
            return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        self.heads = heads
        self.signs = matrix(len(SIGNS), width)
        self.places = matrix(places, width)
        self.query, self.key = matrix(width, width), matrix(width, width)
        self.value, self.mix = matrix(width, width), matrix(width, width)
        self.up, self.down = matrix(4 * width, width), matrix(width, 4 * width)
        self.scores = matrix(len(SIGNS), width)

    def _cut(self, x: list[Value]) -> list[list[Value]]:
        size = len(x) // self.heads
        return [x[i : i + size] for i in range(0, len(x), size)]

    def __call__(self, name: str) -> Value:
        def linear(matrix: list[list[Value]], x: list[Value]) -> list[Value]:
            return [dot(row, x) for row in matrix]

        def norm(x: list[Value]) -> list[Value]:
            scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
            return [number * scale for number in x]

        def add(x: list[Value], y: list[Value]) -> list[Value]:
            return [a + b for a, b in zip(x, y, strict=True)]

        keys: list[list[list[Value]]] = []
        values: list[list[list[Value]]] = []
        pieces = []
        for i, sign in enumerate("." + name):
            x = norm(add(self.signs[SIGNS.index(sign)], self.places[i]))
            seen = norm(x)
            keys.append(self._cut(linear(self.key, seen)))
            values.append(self._cut(linear(self.value, seen)))
            attended: list[Value] = []
            for head, query in enumerate(self._cut(linear(self.query, seen))):
                scores = [dot(query, k[head]) / math.sqrt(len(query)) for k in keys]
                size = log_sum_exp(scores)
                shares = [exp(score - size) for score in scores]
                columns = zip(*(v[head] for v in values), strict=True)
                attended += [dot(shares, column) for column in columns]
            x = add(x, linear(self.mix, attended))
            hidden = [number.relu() for number in linear(self.up, norm(x))]
            x = add(x, linear(self.down, hidden))
            z = linear(self.scores, x)
            pieces.append(log_sum_exp(z) - z[SIGNS.index((name + ".")[i])])
        return total(pieces) / len(pieces)


def gpt() -> Case:
    model = GPT()
    return _differentiated(model("emma"), model)


def chain() -> Case:
    y = Value(0.5, "x")
    for _ in range(1000):
        y = y.sin()
    return _differentiated(y)


def fan() -> Case:
    x = Value(0.5, "x")
    return _differentiated(sum((0.001 * i) * x for i in range(1000)))


def default_run() -> Case:
    """The picture `gradient-flow.svg` of `python -m nn`, before training."""
    model = nn.MLP(2, [16, 16, 1], seed=0)
    x = [Value(0.34, "x1"), Value(-1.2, "x2")]
    return _differentiated(nn.binary_cross_entropy([model(x)], [1.0]), model)


CASES: dict[str, Callable[[], Case]] = {
    "one-row": one_row,
    "hinge-of-20-rows": hinge_of_20_rows,
    "2-16-16-1-on-100-rows": hundred_rows,
    "digits-one-row": lambda: digits(1),
    "digits-batch": lambda: digits(30),
    "recurrent-8-steps": recurrent,
    "gpt-on-emma": gpt,
    "chain-of-1000": chain,
    "fan-of-1000": fan,
    "default-run": default_run,
}


def main(folder: Path, *wanted: str) -> None:
    for name, case in CASES.items():
        if wanted and name not in wanted:
            continue
        output, model = case()
        start = time.perf_counter()
        drawing = draw(output, model=model)
        drawing.save(folder / f"{name}.svg")
        png = render(drawing._laid_out[1], "png", most_dots_per_inch=96.0)
        (folder / f"{name}.png").write_bytes(png)
        seconds = time.perf_counter() - start
        head = (folder / f"{name}.svg").read_text(encoding="utf-8").partition("<svg")[2][:60]
        size = "×".join(part.split("pt")[0] for part in head.split('"')[1:4:2])
        print(f"{name:24} {drawing!r:50} {size:>12} pt  {seconds:5.1f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
