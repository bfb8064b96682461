"""`inspected`: the way to look into a model, and the fast one, for a network of layers.

Layers of the same shape and activation are the same function of other weights. So a deep network
needs few compiled graphs, each as small as a layer: the signal goes upward through those of the
layers, and the gradient comes back through those that `engine.gradient` records of them.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeAlias

import engine
from engine import Value, dot, gradient
from nn.activations import is_own
from nn.common.models import Model, Outputs
from nn.common.policy import worth_compiling
from nn.inspection.flow import LayerFlow, WatchedModel, named_layers, neuron_gradients, watched
from nn.layers import MLP, Layer

Columns: TypeAlias = "list[array[float]]"
"""An array for each neuron, with a number for each row."""

Kind: TypeAlias = tuple[int, int, Callable[[Value], Value], bool]
"""What layers have in common that are the same function: shape, activation, and having a bias."""


def inspected(model: Model, n_rows: int) -> "WatchedModel | CompiledLayers":
    """Choose the way to look into a model: compiled where that pays, and eagerly else.

    Compiled are an `MLP` or a `Layer` as they come, where llvmlite is there: a model or an
    activation of anybody's own may branch on its numbers, which no compiled graph does.

    Args:
        model: What to look into.
        n_rows: How many rows will be sent through it.

    Raises:
        ValueError: For a model in which there is no neuron.
    """
    layers = model.layers if type(model) is MLP else [model] if type(model) is Layer else []
    own = sum(map(len, layers)) == len(model.parameters())  # no layer shares a weight with another
    if layers and own and all(_is_plain(layer) for layer in layers):
        different = {_kind(layer): len(layer) for layer in layers}
        if worth_compiling(n_rows * sum(map(len, layers)) // sum(different.values())):
            try:
                return CompiledLayers(model, layers)
            except ImportError:
                pass
    return WatchedModel(model)


def _is_plain(layer: Layer) -> bool:
    """Whether all its neurons are of one kind, with an activation of ours and weights to learn."""
    if type(layer) is not Layer or not is_own(layer.activation):
        return False
    kinds = {(len(n.w), n.activation, n.b is not None) for n in layer.neurons}
    return len(kinds) == 1 and len(layer) == layer.n_outputs * (layer.n_inputs + layer.bias)


class CompiledLayers:
    """What `WatchedModel` does, for layers one after the other: the same numbers but for rounding.

    Raises:
        ImportError: Without llvmlite.
    """

    def __init__(self, model: Model, layers: Sequence[Layer]) -> None:
        self._flows = [LayerFlow(*parts) for parts in named_layers("", model)]
        self._layers = layers
        graphs: dict[Kind, _LayerGraphs] = {}
        for layer in layers:
            if (kind := _kind(layer)) not in graphs:
                graphs[kind] = _LayerGraphs(*kind)
        self._graphs = [graphs[_kind(layer)] for layer in layers]

    def outputs(self, rows: Sequence[Sequence[float]]) -> list[Outputs]:
        """Give the model's outputs for each row, as Values without a graph."""
        *_, (_, outputs) = self._forward(rows)
        if len(outputs) == 1:
            return [Value(output) for output in outputs[0]]
        return [[Value(output) for output in row] for row in zip(*outputs, strict=True)]

    def flow(
        self, rows: Sequence[Sequence[float]], output_gradients: Sequence[Sequence[float]]
    ) -> list[LayerFlow]:
        """Watch what goes on in each layer; the parameters' gradients are added to their `grad`."""
        upward = self._forward(rows)
        inputs = [_columns(rows), *(a for _, a in upward[:-1])]
        gradients = _columns(output_gradients)
        for i in reversed(range(len(self._layers))):
            flow, (z, a) = self._flows[i], upward[i]
            flow.z, flow.a = _rows(z), _rows(a)
            z_gradients, gradients = self._graphs[i].backward(self._layers[i], inputs[i], gradients)
            flow.z_gradient = _rows(z_gradients)
            flow.gradients = neuron_gradients(flow.neurons)
        return self._flows

    def _forward(self, rows: Sequence[Sequence[float]]) -> list[tuple[Columns, Columns]]:
        """The weighted sums and the activations of each layer."""
        first = self._layers[0]
        for row in rows:
            if len(row) != first.n_inputs:
                first.outputs(row)  # which says so
        upward = []
        signal = _columns(rows)
        for layer, graphs in zip(self._layers, self._graphs, strict=True):
            z, signal = graphs.forward(layer, signal)
            upward.append((z, signal))
        return upward


class _LayerGraphs:
    """A layer of some kind, recorded once and compiled, to run with the weights of any such."""

    def __init__(
        self, n_inputs: int, n_outputs: int, activation: Callable[[Value], Value], bias: bool
    ) -> None:
        layer = Layer(n_inputs, n_outputs, activation, init="zeros", bias=bias)
        inputs = [Value(0.0) for _ in range(n_inputs)]
        with watched(layer.neurons) as seen:
            outputs = layer.outputs(inputs)
        sums = [z for _, z, _ in seen]
        output_gradients = [Value(0.0) for _ in outputs]
        objective = dot(output_gradients, outputs)
        self._n_outputs = n_outputs
        self._parameters = layer.parameters()
        self._outputs = engine.compile([*sums, *outputs], inputs)
        self._gradients = engine.compile(
            gradient(objective, [*sums, *inputs]), [*inputs, *output_gradients], self._parameters
        )
        self._objective = engine.compile(objective, [*inputs, *output_gradients], self._parameters)

    def forward(self, layer: Layer, inputs: Columns) -> tuple[Columns, Columns]:
        """The weighted sums, and the activations."""
        self._take(layer)
        columns = self._outputs.evaluate(_rows(inputs))
        return list(columns[: self._n_outputs]), list(columns[self._n_outputs :])

    def backward(
        self, layer: Layer, inputs: Columns, output_gradients: Columns
    ) -> tuple[Columns, Columns]:
        """∂L/∂z, and ∂L/∂ the inputs; ∂L/∂ each parameter is added to its `grad`."""
        self._take(layer)
        rows = _rows([*inputs, *output_gradients])
        columns = self._gradients.evaluate(rows)
        self._objective.backward_rows(rows)
        for parameter, own in zip(layer.parameters(), self._parameters, strict=True):
            parameter.grad += own.grad
        return list(columns[: self._n_outputs]), list(columns[self._n_outputs :])

    def _take(self, layer: Layer) -> None:
        """Become this layer, for the next call."""
        for parameter, own in zip(layer.parameters(), self._parameters, strict=True):
            own.data, own.grad = parameter.data, 0.0


def _kind(layer: Layer) -> Kind:
    return layer.n_inputs, layer.n_outputs, layer.activation, layer.bias


def _columns(rows: Sequence[Sequence[float]]) -> Columns:
    return [array("d", column) for column in zip(*rows, strict=True)]


def _rows(columns: Columns) -> "array[float]":
    """The numbers of each row, one row after the other."""
    return array("d", chain.from_iterable(zip(*columns, strict=True)))
