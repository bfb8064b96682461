"""Neurons, layers, and the multilayer perceptron that is made of them.

A neuron is two nodes of the graph, the weighted sum and the activation: activation(Σ wᵢ xᵢ + b).
"""

import functools
import random
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any, NoReturn, SupportsFloat, TypeVar

from engine import Constant, Value, as_items, dot, holds_items
from nn import init as initializers
from nn.activations import ActivationLike, activation_function, activation_name, is_own
from nn.common.checks import kind, whole
from nn.common.predicting import Predictor
from nn.common.rows import check_columns
from nn.common.text import shown
from nn.init import InitializerLike
from nn.module import Leaves, Module, Row

# the generator behind `random.random` and its kin: who asks for no seed follows `random.seed`
PYTHONS: Random = random.random.__self__  # type: ignore[attr-defined]


F = TypeVar("F", bound=Callable[..., None])


def _also(**names: str) -> Callable[[F], F]:
    """Let arguments be given by micrograd's keywords as well: nin for n_inputs, and so on."""

    def renamed(initialize: F) -> F:
        @functools.wraps(initialize)
        def wrapped(*args: Any, **kwargs: Any) -> None:
            for short, name in names.items():
                if short in kwargs and name not in kwargs:
                    kwargs[name] = kwargs.pop(short)
            initialize(*args, **kwargs)

        return wrapped  # type: ignore[return-value]

    return renamed


class Neuron(Module):
    """A neuron: activation(Σ wᵢ xᵢ + b).

    Called with `n_inputs` numbers or Values, it gives a Value; another number of them is a
    ValueError.

    Args:
        n_inputs: The number of inputs, at least 1; micrograd's `nin`.
        activation: A name of `nn.activations` or any callable on a Value.
        init: How the weights start: a name, an initializer of `nn.init`, or any callable
            (fan_in, fan_out, rng) -> float; "auto" chooses by the activation.
        bias: Whether there is a b.
        rng: The random.Random to draw from; None for Python's own, which `random.seed` sets.
        bias_init: How the bias starts, given as `init` is.
        fan_out: The number of neurons in its layer, for initializers that ask for it.
        nonlin: micrograd's switch: True for relu, False for linear, None to use `activation`.

    Attributes:
        w: The weights, a leaf for each input.
        b: The bias, or None.
        activation: A function of the weighted sum.

    Example:
        >>> neuron = Neuron(2, activation="relu", init=lambda fan_in, fan_out, rng: 0.5)
        >>> neuron([1.0, 3.0]).data
        2.0
    """

    @_also(nin="n_inputs")
    def __init__(
        self,
        n_inputs: int,
        activation: ActivationLike = "tanh",
        init: InitializerLike = "auto",
        bias: bool = True,
        rng: Random | None = None,
        *,
        bias_init: InitializerLike = "zeros",
        fan_out: int = 1,
        nonlin: bool | None = None,
    ) -> None:
        if nonlin is not None:
            activation = "relu" if nonlin else "linear"
        n_inputs = whole("n_inputs", n_inputs, at_least=1)
        rng = PYTHONS if rng is None else rng
        draw = initializers.get(init, activation=activation)
        draw_bias = initializers.get(bias_init, activation=activation)
        self.w = Leaves([Value(draw(n_inputs, fan_out, rng)) for _ in range(n_inputs)])
        self.b = Value(draw_bias(n_inputs, fan_out, rng)) if bias else None
        self.activation = activation_function(activation)

    @property
    def n_inputs(self) -> int:
        """How many numbers a row has."""
        return len(self.w)

    def __call__(self, inputs: Iterable[Value | SupportsFloat]) -> Value:
        """Give the output for one row of inputs."""
        inputs = _inputs(inputs, len(self.w), "the neuron")
        output = self.activation(dot(self.w, inputs, self.b))
        return output if isinstance(output, Value) else _refuse(output, self.activation)

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, activation={activation_name(self.activation)!r})"


class Layer(Module):
    """Neurons side by side, all of which see the same inputs.

    Called with `n_inputs` numbers or Values, it gives a list of `n_outputs` Values, or that Value
    itself if there is only one.

    Args:
        n_inputs: The number of inputs, at least 1; micrograd's `nin`.
        n_outputs: The number of neurons, at least 1; micrograd's `nout`.
        activation: Of all neurons, as of `Neuron`.
        init: How the weights start, as of `Neuron`.
        bias: Whether there are biases.
        rng: The random.Random to draw from; None for Python's own, which `random.seed` sets.
        bias_init: How the biases start.
        name: How errors and summaries call it.
        nonlin: micrograd's switch, as of `Neuron`.

    Attributes:
        neurons: The neurons.
        initializer: How its weights have started, in words.

    Example:
        >>> layer = Layer(2, 3, activation="linear", init="zeros")
        >>> [out.data for out in layer([1.0, 2.0])]
        [0.0, 0.0, 0.0]
        >>> layer([1.0])
        Traceback (most recent call last):
            ...
        ValueError: the layer needs 2 inputs, but got 1
    """

    @_also(nin="n_inputs", nout="n_outputs")
    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: ActivationLike = "tanh",
        init: InitializerLike = "auto",
        bias: bool = True,
        rng: Random | None = None,
        *,
        bias_init: InitializerLike = "zeros",
        name: str = "the layer",
        nonlin: bool | None = None,
    ) -> None:
        if nonlin is not None:
            activation = "relu" if nonlin else "linear"
        n_outputs = whole("n_outputs", n_outputs, at_least=1)
        rng = PYTHONS if rng is None else rng
        self.name = name
        self.initializer = initializers.describe(initializers.get(init, activation=activation))
        self.neurons = [
            Neuron(n_inputs, activation, init, bias, rng, bias_init=bias_init, fan_out=n_outputs)
            for _ in range(n_outputs)
        ]

    @property
    def n_inputs(self) -> int:
        """How many numbers each neuron sees."""
        return len(self.neurons[0].w)

    @property
    def n_outputs(self) -> int:
        """How many neurons there are."""
        return len(self.neurons)

    @property
    def activation(self) -> Callable[[Value], Value]:
        """The function that all neurons share."""
        return self.neurons[0].activation

    @property
    def bias(self) -> bool:
        """Whether there are biases."""
        return self.neurons[0].b is not None

    def outputs(self, inputs: Iterable[Value | SupportsFloat]) -> list[Value]:
        """Give the output of every neuron, as a list also where there is only one.

        Args:
            inputs: `n_inputs` numbers or Values.
        """
        inputs = _inputs(inputs, self.n_inputs, self.name)
        outputs = [neuron.activation(dot(neuron.w, inputs, neuron.b)) for neuron in self.neurons]
        for output in outputs:
            if not isinstance(output, Value):
                _refuse(output, self.activation)
        return outputs

    def __call__(self, inputs: Iterable[Value | SupportsFloat]) -> Value | list[Value]:
        """Give the outputs for one row of inputs."""
        outputs = self.outputs(inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        return (
            f"Layer({self.n_inputs}, {self.n_outputs}, "
            f"activation={activation_name(self.activation)!r})"
        )

    def _summary_rows(self, name: str = "") -> list[Row]:
        shape = f"{self.n_inputs} -> {self.n_outputs}"
        activation = activation_name(self.activation)
        return [(name or self.name, shape, activation, self.initializer, str(len(self)))]


class MLP(Module):
    """A multilayer perceptron: layers, each of which sees the outputs of the one before.

    Called with `n_inputs` numbers or Values, it gives a list of the outputs, or a Value if there is
    only one.

    Args:
        n_inputs: The number of inputs, at least 1; micrograd's `nin`.
        layer_sizes: The number of neurons of each layer, the output's last; micrograd's `nouts`.
        activation: Of the hidden layers; or a list with one for every layer, the output's included.
        output_activation: Of the last layer, unless `activation` is a list.
        init: How the weights start; "auto" chooses for each layer by its activation.
        seed: For the same weights each time; None to draw from Python's `random`, as
            `random.seed` sets it.
        bias: Whether there are biases.
        bias_init: How the biases start.

    Attributes:
        layers: The layers, from the inputs to the outputs.

    Example:
        >>> model = MLP(2, [16, 16, 1], seed=0)
        >>> len(model)
        337
        >>> model([0.5, -1.0])
        Value(data=..., grad=0.0, op='Σwx')
    """

    @_also(nin="n_inputs", nouts="layer_sizes")
    def __init__(
        self,
        n_inputs: int,
        layer_sizes: Sequence[int],
        activation: ActivationLike | Sequence[ActivationLike] = "tanh",
        output_activation: ActivationLike = "linear",
        init: InitializerLike = "auto",
        seed: int | None = None,
        *,
        bias: bool = True,
        bias_init: InitializerLike = "zeros",
    ) -> None:
        self._predictor = Predictor()
        if not isinstance(layer_sizes, Iterable):
            raise TypeError(
                f"layer_sizes must be a sequence of sizes, as [16, 1] is; got {shown(layer_sizes)}"
            )
        sizes = [whole("n_inputs", n_inputs, at_least=1)]
        sizes += [whole("each of layer_sizes", n, at_least=1) for n in layer_sizes]
        if len(sizes) < 2:
            raise ValueError("an MLP needs at least one layer; got no layer sizes")
        if isinstance(activation, str) or callable(activation):
            activation_function(activation)  # of a model without hidden layers, too
            activations = [activation] * (len(sizes) - 2) + [output_activation]
        else:
            activations = list(activation)
        if len(activations) != len(sizes) - 1:
            raise ValueError(
                "a list of activations needs one for every layer, the output's included: "
                f"{len(sizes) - 1} for {list(layer_sizes)}, but got {len(activations)}"
            )
        rng = PYTHONS if seed is None else Random(seed)
        self.layers = [
            Layer(
                n_in, n_out, layer_activation, init, bias, rng,
                bias_init=bias_init, name=f"layers.{i}",
            )
            for i, (n_in, n_out, layer_activation) in enumerate(
                zip(sizes[:-1], sizes[1:], activations, strict=True)
            )
        ]  # fmt: skip

    @property
    def n_inputs(self) -> int:
        """How many numbers a row has."""
        return self.layers[0].n_inputs

    def outputs(self, inputs: Iterable[Value | SupportsFloat]) -> list[Value]:
        """Give the outputs as a list, also where there is only one.

        Args:
            inputs: `n_inputs` numbers or Values.
        """
        for layer in self.layers:
            inputs = layer.outputs(inputs)
        return inputs  # type: ignore[return-value]

    def __call__(self, inputs: Iterable[Value | SupportsFloat]) -> Value | list[Value]:
        """Give the outputs for one row of inputs."""
        outputs = self.outputs(inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def predict(self, rows: Sequence[Sequence[float]]) -> list[float] | list[list[float]]:
        """Give the outputs for many rows as plain numbers, to the bit those of row by row.

        Many rows run compiled where llvmlite is there and the activations are the library's own;
        those of a user may decide by `if`, which a compiled graph does not.

        Args:
            rows: For each a number for each input: lists, an array, a tensor, a DataFrame.

        Returns:
            A number for each row, or a list of them if there are several outputs.

        Raises:
            ValueError: For a table whose columns are not those that it was trained on.

        Example:
            >>> model = MLP(2, [3, 1], seed=0)
            >>> model.predict([[0.5, 1.0]]) == [model([0.5, 1.0]).data]
            True
        """
        check_columns("the table", self.feature_names, rows)
        activations = [neuron.activation for layer in self.layers for neuron in layer.neurons]
        return self._predictor(self, rows, activations, has_own_activations(self.layers))

    def __repr__(self) -> str:
        sizes = [layer.n_outputs for layer in self.layers]
        activations = [activation_name(layer.activation) for layer in self.layers]
        return f"MLP({self.layers[0].n_inputs}, {sizes}, activation={activations})"


def has_own_activations(layers: Iterable[Layer]) -> bool:
    """Say whether all activations are the library's own.

    Args:
        layers: Of a network.
    """
    return all(is_own(neuron.activation) for layer in layers for neuron in layer.neurons)


def is_plain(model: object) -> bool:
    """Say whether a model is an `MLP` of the library's own layers, neurons and activations.

    Args:
        model: Anything.
    """
    return (
        type(model) is MLP
        and all(type(layer) is Layer for layer in model.layers)
        and all(type(neuron) is Neuron for layer in model.layers for neuron in layer.neurons)
        and has_own_activations(model.layers)
    )


def _refuse(output: object, activation: Callable[[Value], Value]) -> NoReturn:
    """What `math.tanh` makes of a Value is a float, through which no gradient would flow."""
    raise TypeError(
        f"an activation must give a Value, but {activation_name(activation)} gave {kind(output)}; "
        "write it with the functions of engine"
    )


def _inputs(inputs: Iterable[Value | SupportsFloat], n_inputs: int, what: str) -> list[Value]:
    """The inputs as Values, each plain number made a constant once for all neurons."""
    try:
        items = as_items(inputs, what) if holds_items(inputs) else inputs
        values = [x if isinstance(x, Value) else Constant(x) for x in items]
    except TypeError as error:
        if isinstance(inputs, Iterable):
            raise
        raise TypeError(
            f"{what} needs a sequence of {n_inputs} inputs; got {kind(inputs)}"
        ) from error
    if len(values) != n_inputs:
        raise ValueError(f"{what} needs {n_inputs} inputs, but got {len(values)}")
    return values
