"""Models for other libraries: the numbers in plain lists, under the names that they have there."""

from typing import Any, TypeAlias

from engine import Value
from nn.activations import linear
from nn.layers import MLP, Layer, Neuron
from nn.module import Module, parts

Tensor: TypeAlias = list[Any] | float


def to_torch_state_dict(model: Module) -> dict[str, Tensor]:
    """Give the weights as nested lists, under the names of the equal module of `torch.nn`.

    Of a module of your own that is a `torch.nn.Module` with the same attributes, where a `Layer` is
    a `Linear`, an `MLP` a `Sequential`, a list of modules a `ModuleList`, and a Value, or nested
    lists of Values, a `Parameter`. Activations have no weights, so whether it calculates the same
    is for you to see to. Of an MLP it is known:

        weight[i][j] = w of neuron i for input j,   bias[i] = b of neuron i

    A layer is a `Linear`, followed by its activation as a module of its own; "linear" is none. So
    an `MLP(2, [3, 1])` equals `Sequential(Linear(2, 3), Tanh(), Linear(3, 1))`, where `0.weight`
    has the shape 3 x 2 and `2.weight` the shape 1 x 3. Without biases, it is
    `Linear(..., bias=False)`. Load them with

        sequential.load_state_dict({name: torch.tensor(t) for name, t in state.items()})

    after `sequential.double()`, and with `torch.tensor(t, dtype=torch.float64)`, to keep every bit.

    Args:
        model: An MLP, or any other module.

    Raises:
        TypeError: If it is no module.
        ValueError: If the neurons of a layer have different activations or only some a bias, for
            there is no such module.

    Example:
        >>> model = MLP(2, [3, 1], init=lambda fan_in, fan_out, rng: 0.5)
        >>> for name, tensor in to_torch_state_dict(model).items():
        ...     print(name, tensor)
        0.weight [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
        0.bias [0.0, 0.0, 0.0]
        2.weight [[0.5, 0.5, 0.5]]
        2.bias [0.0]
    """
    if not isinstance(model, Module):
        raise TypeError(f"only a module has weights to give, such as an MLP; got {model!r:.200}")
    state: dict[str, Tensor] = {}
    _add("", model, state)
    return state


def _add(name: str, part: object, state: dict[str, Tensor]) -> None:
    """Write down what is at a place, and below it."""
    if type(part) is MLP:  # a subclass may do something else with its layers
        place = 0
        for layer in part.layers:
            _add_neurons(_below(name, place), layer.neurons, layer.name, state)
            place += 1 if layer.activation is linear else 2
    elif isinstance(part, Layer):
        _add_neurons(name, part.neurons, part.name, state)
    elif isinstance(part, Neuron):
        _add_neurons(name, [part], "the neuron", state)
    elif isinstance(part, Value):
        if part.op is None:
            state[name] = part.data
    elif isinstance(part, list | tuple) and (tensor := _tensor(part)):
        state[name] = tensor
    else:
        for key, inner in parts(name, part):
            _add(key, inner, state)


def _below(name: str, key: object) -> str:
    return f"{name}.{key}" if name else str(key)


def _tensor(part: Any) -> Any:
    """Nested lists of leaves as numbers; None of anything else."""
    if isinstance(part, Value):
        return part.data if part.op is None else None
    if not isinstance(part, list | tuple):
        return None
    inner = [_tensor(item) for item in part]
    return None if any(item is None for item in inner) else inner


def _add_neurons(name: str, neurons: list[Neuron], what: str, state: dict[str, Tensor]) -> None:
    """Write down neurons side by side, as a `Linear` has them."""
    if any(neuron.activation is not neurons[0].activation for neuron in neurons):
        raise ValueError(
            f"{what} has neurons with different activations, which no module of torch.nn "
            "has; give all of them the same"
        )
    biases = [neuron.b.data for neuron in neurons if neuron.b is not None]
    if biases and len(biases) < len(neurons):
        raise ValueError(
            f"{what} has neurons with and without a bias, which no module of torch.nn "
            "has; give those without one a bias of 0"
        )
    state[_below(name, "weight")] = [[w.data for w in neuron.w] for neuron in neurons]
    if biases:
        state[_below(name, "bias")] = biases
