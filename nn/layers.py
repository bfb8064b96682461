"""Neurons, layers, and the multilayer perceptron that is made of them.

A neuron is two nodes of the graph, the weighted sum and the activation: activation(Σ wᵢ xᵢ + b).
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING, NoReturn, SupportsFloat

import engine
from engine import Constant, Value, dot
from nn import init as initializers
from nn.activations import ActivationLike, activation_function, activation_name, is_own
from nn.common.predicting import Predictor
from nn.init import Initializer
from nn.module import Module, Row

if TYPE_CHECKING:
    from engine import CompiledGraph


class Neuron(Module):
    """A neuron: activation(Σ wᵢ xᵢ + b).

    n_inputs    the number of inputs, at least 1
    activation  a name of `nn.activations` or any callable on a Value
    init        how the weights start: a name, an initializer of `nn.init`, or any callable
                (fan_in, fan_out, rng) -> float; "auto" chooses by the activation
    bias        whether there is a b
    rng         the random.Random to draw from; None for a new one, different each time
    bias_init   how the bias starts, given as `init` is
    fan_out     the number of neurons in its layer, for initializers that ask for it
    nonlin      micrograd's switch: True for relu, False for linear, None to use `activation`

    Called with `n_inputs` numbers or Values, it gives a Value; another number of them is a
    ValueError.

    >>> neuron = Neuron(2, activation="relu", init=lambda fan_in, fan_out, rng: 0.5)
    >>> neuron([1.0, 3.0]).data
    2.0
    """

    def __init__(
        self,
        n_inputs: int,
        activation: ActivationLike = "tanh",
        init: str | Initializer = "auto",
        bias: bool = True,
        rng: Random | None = None,
        *,
        bias_init: str | Initializer = "zeros",
        fan_out: int = 1,
        nonlin: bool | None = None,
    ) -> None:
        if nonlin is not None:
            activation = "relu" if nonlin else "linear"
        n_inputs = _size("n_inputs", n_inputs)
        rng = Random() if rng is None else rng
        draw = initializers.get(init, activation=activation)
        draw_bias = initializers.get(bias_init, activation=activation)
        self.w = [Value(draw(n_inputs, fan_out, rng)) for _ in range(n_inputs)]
        self.b = Value(draw_bias(n_inputs, fan_out, rng)) if bias else None
        self.activation = activation_function(activation)

    def __call__(self, inputs: Iterable[Value | SupportsFloat]) -> Value:
        inputs = _inputs(inputs, len(self.w), "the neuron")
        output = self.activation(dot(self.w, inputs, self.b))
        return output if isinstance(output, Value) else _refuse(output, self.activation)

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, activation={activation_name(self.activation)!r})"


class Layer(Module):
    """Neurons side by side, all of which see the same inputs.

    n_inputs   the number of inputs, at least 1
    n_outputs  the number of neurons, at least 1
    name       how errors and summaries call it

    The rest is as for `Neuron`. Called with `n_inputs` numbers or Values, it gives a list of
    `n_outputs` Values, or that Value itself if there is only one.

    >>> layer = Layer(2, 3, activation="linear", init="zeros")
    >>> [out.data for out in layer([1.0, 2.0])]
    [0.0, 0.0, 0.0]
    >>> layer([1.0])
    Traceback (most recent call last):
        ...
    ValueError: the layer needs 2 inputs, but got 1
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: ActivationLike = "tanh",
        init: str | Initializer = "auto",
        bias: bool = True,
        rng: Random | None = None,
        *,
        bias_init: str | Initializer = "zeros",
        name: str = "the layer",
        nonlin: bool | None = None,
    ) -> None:
        if nonlin is not None:
            activation = "relu" if nonlin else "linear"
        n_outputs = _size("n_outputs", n_outputs)
        rng = Random() if rng is None else rng
        self.name = name
        self.initializer = initializers.describe(initializers.get(init, activation=activation))
        self.neurons = [
            Neuron(n_inputs, activation, init, bias, rng, bias_init=bias_init, fan_out=n_outputs)
            for _ in range(n_outputs)
        ]

    @property
    def n_inputs(self) -> int:
        return len(self.neurons[0].w)

    @property
    def n_outputs(self) -> int:
        return len(self.neurons)

    @property
    def activation(self) -> Callable[[Value], Value]:
        return self.neurons[0].activation

    @property
    def bias(self) -> bool:
        return self.neurons[0].b is not None

    def outputs(self, inputs: Iterable[Value | SupportsFloat]) -> list[Value]:
        """The output of every neuron, as a list also where there is only one."""
        inputs = _inputs(inputs, self.n_inputs, self.name)
        outputs = [neuron.activation(dot(neuron.w, inputs, neuron.b)) for neuron in self.neurons]
        for output in outputs:
            if not isinstance(output, Value):
                _refuse(output, self.activation)
        return outputs

    def __call__(self, inputs: Iterable[Value | SupportsFloat]) -> Value | list[Value]:
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

    n_inputs           the number of inputs, at least 1
    layer_sizes        the number of neurons of each layer, the output's last
    activation         of the hidden layers; or a list with one for every layer, the output's
                       included
    output_activation  of the last layer, unless `activation` is a list
    init               how the weights start; "auto" chooses for each layer by its activation
    seed               for the same weights each time; None for new ones
    bias, bias_init    whether there are biases, and how they start

    Called with `n_inputs` numbers or Values, it gives a list of the outputs, or a Value if there is
    only one.

    >>> model = MLP(2, [16, 16, 1], seed=0)
    >>> len(model)
    337
    >>> model([0.5, -1.0])
    Value(data=..., grad=0.0, op='Σwx')
    """

    def __init__(
        self,
        n_inputs: int,
        layer_sizes: Sequence[int],
        activation: ActivationLike | Sequence[ActivationLike] = "tanh",
        output_activation: ActivationLike = "linear",
        init: str | Initializer = "auto",
        seed: int | None = None,
        *,
        bias: bool = True,
        bias_init: str | Initializer = "zeros",
    ) -> None:
        self._predictor = Predictor()
        if not isinstance(layer_sizes, Iterable):
            raise TypeError(
                f"layer_sizes must be a sequence of sizes, such as [16, 1]; got {layer_sizes!r}"
            )
        sizes = [_size("n_inputs", n_inputs), *(_size("a layer size", n) for n in layer_sizes)]
        if len(sizes) < 2:
            raise ValueError("an MLP needs at least one layer; got no layer sizes")
        if isinstance(activation, str) or callable(activation):
            activations = [activation] * (len(sizes) - 2) + [output_activation]
        else:
            activations = list(activation)
        if len(activations) != len(sizes) - 1:
            raise ValueError(
                "a list of activations needs one for every layer, the output's included: "
                f"{len(sizes) - 1} for {list(layer_sizes)}, but got {len(activations)}"
            )
        rng = Random(seed)
        self.layers = [
            Layer(
                n_in, n_out, layer_activation, init, bias, rng,
                bias_init=bias_init, name=f"layers.{i}",
            )
            for i, (n_in, n_out, layer_activation) in enumerate(
                zip(sizes[:-1], sizes[1:], activations, strict=True)
            )
        ]  # fmt: skip

    def outputs(self, inputs: Iterable[Value | SupportsFloat]) -> list[Value]:
        """The outputs as a list, also where there is only one."""
        for layer in self.layers:
            inputs = layer.outputs(inputs)
        return inputs  # type: ignore[return-value]

    def __call__(self, inputs: Iterable[Value | SupportsFloat]) -> Value | list[Value]:
        outputs = self.outputs(inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def compile(self) -> "CompiledGraph":
        """The network as machine code: a function of rows, see `engine.compile`.

        It has an input for each of the network's and looks up the parameters at each call. Without
        llvmlite, it is an ImportError with the command that installs it.
        """
        inputs = [Value(0.0, f"x{i}") for i in range(self.layers[0].n_inputs)]
        outputs = self(inputs)
        return engine.compile(
            outputs, inputs, parameters=self.parameters(), names=self.named_parameters()
        )

    def predict(self, rows: Sequence[Sequence[float]]) -> list[float] | list[list[float]]:
        """The outputs for many rows as plain numbers: a list of them, or of lists if several.

        rows  for each a number for each input; also a NumPy array

        The numbers are those that calling the network row by row gives, to the bit. Many rows run
        compiled where llvmlite is there and the activations are the library's own; those of a
        user may decide by `if`, which a compiled graph does not.

        >>> model = MLP(2, [3, 1], seed=0)
        >>> model.predict([[0.5, 1.0]]) == [model([0.5, 1.0]).data]
        True
        """
        activations = [layer.activation for layer in self.layers]
        return self._predictor(self, rows, activations, has_own_activations(self.layers))

    def __repr__(self) -> str:
        sizes = [layer.n_outputs for layer in self.layers]
        activations = [activation_name(layer.activation) for layer in self.layers]
        return f"MLP({self.layers[0].n_inputs}, {sizes}, activation={activations})"


def has_own_activations(layers: Iterable[Layer]) -> bool:
    """Whether all activations of the layers are the library's own."""
    return all(is_own(neuron.activation) for layer in layers for neuron in layer.neurons)


def _refuse(output: object, activation: Callable[[Value], Value]) -> NoReturn:
    """What `math.tanh` makes of a Value is a float, through which no gradient would flow."""
    raise TypeError(
        f"an activation must give a Value, but {activation_name(activation)} gave the "
        f"{type(output).__name__} {output!r}; write it with the functions of engine"
    )


def _size(what: str, number: int) -> int:
    if isinstance(number, bool) or not hasattr(number, "__index__") or int(number) < 1:
        raise ValueError(f"{what} must be a whole number of at least 1; got {number!r}")
    return int(number)


def _inputs(inputs: Iterable[Value | SupportsFloat], n_inputs: int, what: str) -> tuple[Value, ...]:
    """The inputs as Values, each plain number made a constant once for all neurons."""
    try:
        values = tuple([x if isinstance(x, Value) else Constant(x) for x in inputs])
    except TypeError as error:
        if isinstance(inputs, Iterable):
            raise
        raise TypeError(
            f"{what} needs a sequence of {n_inputs} inputs; "
            f"got the {type(inputs).__name__} {inputs!r}"
        ) from error
    if len(values) != n_inputs:
        raise ValueError(f"{what} needs {n_inputs} inputs, but got {len(values)}")
    return values
