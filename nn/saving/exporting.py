"""Models for other libraries: the numbers in plain lists, under the names that they have there."""

from typing import TypeAlias

from nn.activations import linear
from nn.layers import MLP

Tensor: TypeAlias = list[list[float]] | list[float]


def to_torch_state_dict(model: MLP) -> dict[str, Tensor]:
    """Give the weights as nested lists, under the names of the equal `torch.nn.Sequential`.

        weight[i][j] = w of neuron i for input j,   bias[i] = b of neuron i

    A layer is a `Linear`, followed by its activation as a module of its own; "linear" is none. So
    an `MLP(2, [3, 1])` equals `Sequential(Linear(2, 3), Tanh(), Linear(3, 1))`, where `0.weight`
    has the shape 3 x 2 and `2.weight` the shape 1 x 3. Without biases, it is
    `Linear(..., bias=False)`. Load them with

        sequential.load_state_dict({name: torch.tensor(t) for name, t in state.items()})

    after `sequential.double()`, and with `torch.tensor(t, dtype=torch.float64)`, to keep every bit.

    Args:
        model: An MLP.

    Raises:
        TypeError: If it is anything else, for of another module it is not known what it calculates.
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
    if type(model) is not MLP:
        raise TypeError(
            "only an MLP itself has an equal torch.nn.Sequential, for its architecture is known, "
            f"but got {model!r}; of another module, translate state_dict()"
        )
    state: dict[str, Tensor] = {}
    place = 0
    for layer in model.layers:
        if any(neuron.activation is not layer.activation for neuron in layer.neurons):
            raise ValueError(
                f"{layer.name} has neurons with different activations, which no module of torch.nn "
                "has; give all of them the same"
            )
        biases = [neuron.b.data for neuron in layer.neurons if neuron.b is not None]
        if biases and len(biases) < len(layer.neurons):
            raise ValueError(
                f"{layer.name} has neurons with and without a bias, which no module of torch.nn "
                "has; give those without one a bias of 0"
            )
        state[f"{place}.weight"] = [[w.data for w in neuron.w] for neuron in layer.neurons]
        if biases:
            state[f"{place}.bias"] = biases
        place += 1 if layer.activation is linear else 2
    return state
