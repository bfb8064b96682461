"""What goes on inside of a network: each weighted sum, activation and gradient, row by row.

`diagnose` and `signal_propagation` look at a network through this. The network may be put together
in any way from neurons, for what is measured is what happens when it is called: each neuron's
activation is watched while the model runs. The gradients are the engine's own.
"""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine import Value, collector_paused, dot
from nn.common.models import Model, Outputs, as_list
from nn.layers import Layer, Neuron
from nn.module import parts

Seen: TypeAlias = list[tuple[Neuron, Value, Value]]
"""Neurons with their weighted sum and activation, in the order of computation."""


@dataclass(slots=True)
class LayerFlow:
    """What was seen of a layer: in z, a and z_gradient for each row, and in it for each neuron.

    Attributes:
        name: The way to the layer in the model, such as "layers.0".
        initializer: How its weights started; "" where that is not known.
        neurons: Its neurons.
        z: The weighted sums.
        a: The activations.
        z_gradient: ∂L/∂z.
        gradients: For each neuron those of its parameters: the weights, then the bias if it has
            one.
    """

    name: str
    initializer: str
    neurons: list[Neuron]
    z: "array[float]" = field(default_factory=lambda: array("d"))
    a: "array[float]" = field(default_factory=lambda: array("d"))
    z_gradient: "array[float]" = field(default_factory=lambda: array("d"))
    gradients: list[list[float]] = field(default_factory=list)


class WatchedModel:
    """A model, and the means to look into it while it runs.

    Raises:
        ValueError: For a model in which there is no neuron.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._layers = list(named_layers("", model))
        if not self._layers:
            raise ValueError(
                f"a model is looked into by its nn.Layer and nn.Neuron objects, but {model!r} has "
                "none among its attributes"
            )

    def outputs(self, rows: Sequence[Sequence[float]]) -> list[Outputs]:
        """Give the model's outputs for each row, as Values without a graph."""
        with collector_paused():
            return [_detached(self._model(row)) for row in rows]

    def flow(
        self, rows: Sequence[Sequence[float]], output_gradients: Sequence[Sequence[float]]
    ) -> list[LayerFlow]:
        """Watch what goes on in each layer; the parameters' gradients are added to their `grad`.

        Args:
            rows: What to send through.
            output_gradients: ∂L/∂output for each row and output, from where the chain rule goes on.

        Returns:
            The layers, in the order in which the rows come through them.
        """
        flows = {
            neuron: flow
            for name, initializer, neurons in self._layers
            for flow in [LayerFlow(name, initializer, neurons)]
            for neuron in neurons
        }
        used: dict[str, LayerFlow] = {}
        with collector_paused(), watched(flows) as seen:
            for row, gradients in zip(rows, output_gradients, strict=True):
                seen.clear()
                dot(gradients, as_list(self._model(row))).backward()
                for neuron, z, a in seen:
                    flow = flows[neuron]
                    used[flow.name] = flow
                    flow.z.append(z.data)
                    flow.a.append(a.data)
                    flow.z_gradient.append(z.grad)
            seen.clear()
        for flow in used.values():
            flow.gradients = neuron_gradients(flow.neurons)
        return list(used.values())


def mean(numbers: "array[float]") -> float:
    """Calculate the mean; nan where a number is not finite."""
    if not all(map(math.isfinite, numbers)):
        return math.nan
    return math.fsum(x / len(numbers) for x in numbers)


def rms(numbers: Iterable[float]) -> float:
    """Calculate √(Σx²/n); `hypot` sees to it that no square overflows or becomes 0."""
    numbers = array("d", numbers)
    return math.hypot(*numbers) / math.sqrt(len(numbers))


def std(numbers: "array[float]") -> float:
    """Calculate the standard deviation, √(Σ(x - mean)²/n)."""
    centre = mean(numbers)
    return rms(x - centre for x in numbers)


def parameters(neuron: Neuron) -> list[Value]:
    """List the weights of a neuron, and then its bias if it has one."""
    return [*neuron.w, *([] if neuron.b is None else [neuron.b])]


def neuron_gradients(neurons: Iterable[Neuron]) -> list[list[float]]:
    """List for each neuron the gradients of its parameters, as a `LayerFlow` has them."""
    return [[value.grad for value in parameters(neuron)] for neuron in neurons]


@contextmanager
def watched(neurons: Iterable[Neuron]) -> Iterator[Seen]:
    """Note what each neuron's activation is given and what it makes of it, until the block ends."""
    seen: Seen = []
    own = [(neuron, neuron.activation) for neuron in neurons]
    try:
        for neuron, activation in own:
            neuron.activation = _noting(seen, neuron, activation)
        yield seen
    finally:
        for neuron, activation in own:
            neuron.activation = activation


def _noting(
    seen: Seen, neuron: Neuron, activation: Callable[[Value], Value]
) -> Callable[[Value], Value]:
    def noted(z: Value) -> Value:
        a = activation(z)
        seen.append((neuron, z, a))
        return a

    return noted


def named_layers(name: str, part: Any) -> Iterator[tuple[str, str, list[Neuron]]]:
    """Find name, initializer and neurons of each layer in a part of a model, or lone neuron."""
    if isinstance(part, Layer):
        yield name or "layer", part.initializer, part.neurons
        return
    if isinstance(part, Neuron):
        yield name or "neuron", "", [part]
        return
    for way, inner in parts(name, part):
        yield from named_layers(way, inner)


def _detached(outputs: Outputs) -> Outputs:
    if isinstance(outputs, Value):
        return outputs.detach()
    return [value.detach() for value in outputs]
