"""Small graphs that tests draw, step through and explain."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from engine import Value, dot
from engine.drawing import rendering

needs_graphviz = pytest.mark.skipif(
    rendering.command() is None, reason="no Graphviz: neither dot on the PATH nor pygraphviz"
)

HOSTILE = [
    "<",
    "&",
    '"',
    "|",
    "{",
    "}",
    "\\N",
    "\\G\\l",
    "&lt;",
    "<b>x</b>",
    "<<b>x</b>>",
    "🙂",
    "</script><script>alert(1)</script>",
    "]]>",
    "'",
    "\\",
    "a\\",
    "a\\\\b",
    "<!--",
    '"]; evil [label="x',
]


def classic_neuron() -> Value:
    """The neuron of many lectures: tanh(x1 w1 + x2 w2 + b), differentiated."""
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2 = Value(-3.0, "w1"), Value(1.0, "w2")
    b = Value(6.8813735870195432, "b")
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    o.backward()
    return o


class Network:
    """A multilayer perceptron, as small as a test needs it; every weight is another number."""

    def __init__(self, sizes: list[int], one_operation_a_node: bool = False) -> None:
        self.one_operation_a_node = one_operation_a_node
        self.parameters: dict[str, Value] = {}
        for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            for j in range(fan_out):
                for k in range(fan_in):
                    name = f"layers.{i}.neurons.{j}.w.{k}"
                    self.parameters[name] = Value(0.1 * ((len(self.parameters) * 7) % 11 - 5.2))
                self.parameters[f"layers.{i}.neurons.{j}.b"] = Value(0.05 * j - 0.1)
        self.sizes = sizes

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        yield from self.parameters.items()

    def __call__(self, inputs: list[Value]) -> list[Value]:
        for i, fan_out in enumerate(self.sizes[1:]):
            outputs = []
            for j in range(fan_out):
                neuron = f"layers.{i}.neurons.{j}"
                w = [self.parameters[f"{neuron}.w.{k}"] for k in range(len(inputs))]
                b = self.parameters[f"{neuron}.b"]
                if self.one_operation_a_node:
                    z = sum((wk * xk for wk, xk in zip(w, inputs, strict=True)), b)
                else:
                    z = dot(w, inputs, b)
                outputs.append(z if i == len(self.sizes) - 2 else z.tanh())
            inputs = outputs
        return inputs
