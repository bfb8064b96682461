"""The networks that the pictures are judged by, from a neuron to a sick network of ten layers.

The gallery draws each of them, and the tests measure what it draws: what a learner builds on the
first day, and what goes wrong on the second. Every one is differentiated, and the same each time.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine import Value, dot, exp, gradient, log_sum_exp, relu, total
from nn import MLP, Layer, Module, binary_cross_entropy, cross_entropy, datasets, hinge, mse


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph to draw: where it ends, and the model whose parameters it uses, if there is one."""

    output: Value
    model: Module | None = None

    @classmethod
    def of(cls, output: Value, model: Module | None = None) -> "Graph":
        """The graph that ends here, differentiated."""
        output.backward()
        return cls(output, model)


def neuron() -> Graph:
    """The neuron of the README."""
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2 = Value(-3.0, "w1"), Value(1.0, "w2")
    b = Value(6.8813735870195432, "b")
    z = w1 * x1 + w2 * x2 + b
    out = z.tanh()
    z.label, out.label = "z", "out"
    return Graph.of(out)


def mlp_on_a_row() -> Graph:
    """MLP(2, [4, 4, 1]) on one row, up to its output."""
    model = MLP(2, [4, 4, 1], seed=1)
    return Graph.of(model.outputs([Value(0.5, "x1"), Value(-1.0, "x2")])[0], model)


def mlp_with_hinge() -> Graph:
    """The same network on 20 rows, with the hinge loss."""
    return _on_rows(MLP(2, [4, 4, 1], seed=1), 20, hinge)


def micrograd_demo() -> Graph:
    """The same as micrograd's demonstration writes it, with Python's `sum` and a penalty."""
    model, data = MLP(2, [4, 4, 1], seed=1), datasets.moons(20, seed=1)
    targets = [2 * target - 1 for target in data.targets]
    scores = [model(row) for row in data.inputs]
    losses = [(1 - y * score).relu() for y, score in zip(targets, scores, strict=True)]
    penalty = 1e-4 * sum(w * w for w in model.parameters())
    return Graph.of(sum(losses) * (1.0 / len(losses)) + penalty, model)


def default_run() -> Graph:
    """The picture `gradient-flow.svg` of `python -m nn`, before training."""
    model = MLP(2, [16, 16, 1], seed=0)
    x = [Value(0.34, "x1"), Value(-1.2, "x2")]
    return Graph.of(binary_cross_entropy([model(x)], [1.0]), model)


def mlp_on_a_hundred_rows() -> Graph:
    """A 2-16-16-1 network on 100 rows."""
    return _on_rows(MLP(2, [16, 16, 1], seed=1), 100, hinge)


def digits() -> Graph:
    """A 64-32-10 network on one handwritten digit."""
    return _on_digits(1)


def digits_batch() -> Graph:
    """The same network on 30 of them."""
    return _on_digits(30)


class RNN(Module):
    """A recurrent network: hₜ = tanh(W [xₜ, hₜ₋₁] + b), and y = V h of the last step."""

    def __init__(self, n_hidden: int, seed: int, **options: Any) -> None:
        rng = random.Random(seed)
        self.hidden = Layer(1 + n_hidden, n_hidden, rng=rng, name="hidden", **options)
        self.out = Layer(n_hidden, 1, "linear", rng=rng, name="out")

    def __call__(self, inputs: Sequence[Value]) -> Value:
        """What it says after the last of the inputs."""
        state = [Value(0.0, f"h{i}") for i in range(self.hidden.n_outputs)]
        for x in inputs:
            state = self.hidden.outputs([x, *state])
        return self.out.outputs(state)[0]


def rnn() -> Graph:
    """A recurrent network of 8 steps, whose gradient vanishes through time."""
    model = RNN(4, seed=2, init="uniform(-0.4, 0.4)")
    inputs = [Value((-1.0) ** i * (0.3 + 0.1 * i), f"x{i}") for i in range(8)]
    return Graph.of((model(inputs) - 1.0) ** 2, model)


class GPT(Module):
    """A transformer of one block for letters, as the well-known one of 200 lines."""

    signs = ".abcdefghijklmnopqrstuvwxyz"

    def __init__(self, width: int, places: int, heads: int, seed: int) -> None:
        rng = random.Random(seed)

        def matrix(rows: int, columns: int) -> list[list[Value]]:
            return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        self.heads = heads
        self.letters = matrix(len(self.signs), width)
        self.places = matrix(places, width)
        self.query, self.key, self.value, self.mix = (matrix(width, width) for _ in range(4))
        self.up, self.down = matrix(4 * width, width), matrix(width, 4 * width)
        self.scores = matrix(len(self.signs), width)

    def loss(self, name: str) -> Value:
        """The mean cross-entropy of the letters of a name, each foretold from those before it."""
        keys: list[list[Sequence[Value]]] = []
        values: list[list[Sequence[Value]]] = []
        losses = []
        for i, (sign, following) in enumerate(zip("." + name, name + ".", strict=True)):
            x = _scaled(_add(self.letters[self.signs.index(sign)], self.places[i]))
            seen = _scaled(x)
            keys.append(self._cut(_linear(self.key, seen)))
            values.append(self._cut(_linear(self.value, seen)))
            attended: list[Value] = []
            for head, query in enumerate(self._cut(_linear(self.query, seen))):
                matches = [dot(query, key[head]) / len(query) ** 0.5 for key in keys]
                size = log_sum_exp(matches)
                shares = [exp(match - size) for match in matches]
                columns = zip(*(value[head] for value in values), strict=True)
                attended += [dot(shares, column) for column in columns]
            x = _add(x, _linear(self.mix, attended))
            x = _add(x, _linear(self.down, [relu(u) for u in _linear(self.up, _scaled(x))]))
            scores = _linear(self.scores, x)
            losses.append(log_sum_exp(scores) - scores[self.signs.index(following)])
        return total(losses) / len(losses)

    def _cut(self, x: Sequence[Value]) -> list[Sequence[Value]]:
        """A part for each head."""
        size = len(x) // self.heads
        return [x[i : i + size] for i in range(0, len(x), size)]


def gpt() -> Graph:
    """A small GPT on one name."""
    model = GPT(16, 12, heads=4, seed=1)
    return Graph.of(model.loss("emma"), model)


def chain() -> Graph:
    """A chain of 1,000 operations."""
    y = Value(0.5, "x")
    for _ in range(500):
        y = (1.01 * y).tanh()
    y.label = "y"
    return Graph.of(y)


def fan() -> Graph:
    """A fan of 1,000: one Value that is used so often."""
    x = Value(0.5, "x")
    y = total([x * (i / 1000) for i in range(1000)])
    y.label = "y"
    return Graph.of(y)


def second_derivative() -> Graph:
    """The second derivative of tanh(x³)."""
    x = Value(0.7, "x")
    (slope,) = gradient((x**3).tanh(), [x])
    (curvature,) = gradient(slope, [x])
    curvature.label = "curvature"
    return Graph.of(curvature)


def saturated() -> Graph:
    """A network of tanh that started with weights which are far too large."""
    return _on_rows(MLP(2, [4, 4, 1], init="normal(0.0, 8.0)", seed=1), 20, mse)


def dead() -> Graph:
    """A network of relu, most of whose units never open."""
    return _on_rows(MLP(2, [6, 6, 1], "relu", bias_init="uniform(-4.0, 0.5)", seed=1), 20, mse)


def vanishing() -> Graph:
    """Ten layers of sigmoid, through which next to nothing comes back."""
    return _on_rows(MLP(2, [4] * 9 + [1], "sigmoid", init="normal(0.0, 0.5)", seed=1), 5, mse)


def exploding() -> Graph:
    """Ten linear layers, each of which makes its gradient larger."""
    return _on_rows(MLP(2, [4] * 9 + [1], "linear", init="normal(0.0, 2.0)", seed=1), 5, mse)


def not_finite() -> Graph:
    """A product that overflowed, and what it did to the gradients."""
    x, w = Value(1e200, "x"), Value(1e200, "w")
    y = (w * x - 1.0) ** 2
    y.label = "y"
    return Graph.of(y)


NETWORKS: dict[str, Callable[[], Graph]] = {
    made.__name__: made
    for made in (
        neuron, mlp_on_a_row, mlp_with_hinge, micrograd_demo, default_run, mlp_on_a_hundred_rows,
        digits, digits_batch, rnn, gpt, chain, fan, second_derivative, saturated, dead, vanishing,
        exploding, not_finite,
    )
}  # fmt: skip


def _on_rows(model: MLP, rows: int, loss: Callable[..., Value]) -> Graph:
    data = datasets.moons(rows)
    targets = [2 * target - 1 for target in data.targets]
    return Graph.of(loss([model(row) for row in data.inputs], targets), model)


def _on_digits(rows: int) -> Graph:
    model, data = MLP(64, [32, 10], seed=1), datasets.digits()
    outputs = [model([x / 16 for x in row]) for row in data.inputs[:rows]]
    return Graph.of(cross_entropy(outputs, data.targets[:rows]), model)


def _linear(matrix: Sequence[Sequence[Value]], x: Sequence[Value]) -> list[Value]:
    return [dot(row, x) for row in matrix]


def _add(x: Sequence[Value], y: Sequence[Value]) -> list[Value]:
    return [a + b for a, b in zip(x, y, strict=True)]


def _scaled(x: Sequence[Value]) -> list[Value]:
    """To a mean square of 1."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [number * scale for number in x]
