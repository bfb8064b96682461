"""Weights for PyTorch: the network calculated from them by hand, and by PyTorch where it is."""

import math
import random

import pytest

from engine import Value
from nn import MLP, Layer, Module, Neuron, to_torch_state_dict
from nn.activations import ACTIVATIONS

ROWS = [[1.5, -0.5, 0.25], [-2.0, 0.75, 1.0], [0.0, 0.0, 0.0]]


def trained(sizes: list[int], **options: object) -> MLP:
    """A network in which every parameter is another number, biases too."""
    model = MLP(3, sizes, seed=0, **options)
    rng = random.Random(1)
    for parameter in model.parameters():
        parameter.data = rng.uniform(-1.0, 1.0)
    return model


def affine(weight: list[list[float]], bias: list[float], column: list[float]) -> list[float]:
    """The matrix times the column, plus the bias."""
    return [
        b + sum(w * x for w, x in zip(line, column, strict=True))
        for line, b in zip(weight, bias, strict=True)
    ]


def test_the_matrices_give_what_the_network_gives() -> None:
    model = trained([4, 2, 1], activation="tanh")
    state = to_torch_state_dict(model)
    assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]
    for row in ROWS:
        first = [math.tanh(z) for z in affine(state["0.weight"], state["0.bias"], row)]
        second = [math.tanh(z) for z in affine(state["2.weight"], state["2.bias"], first)]
        (out,) = affine(state["4.weight"], state["4.bias"], second)
        assert model(row).data == pytest.approx(out, rel=1e-14)


def test_a_linear_layer_has_no_module_for_its_activation() -> None:
    model = trained([2, 2, 1], activation=["linear", "relu", "tanh"])
    names = ["0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias"]
    assert list(to_torch_state_dict(model)) == names


def test_without_biases() -> None:
    state = to_torch_state_dict(trained([2, 1], bias=False))
    assert list(state) == ["0.weight", "2.weight"]


def test_numbers_are_those_of_the_moment() -> None:
    model = trained([1])
    state = to_torch_state_dict(model)
    before = state["0.bias"][0]
    model.layers[0].neurons[0].b.data += 1.0
    assert state["0.bias"] == [before]
    assert to_torch_state_dict(model)["0.bias"] == [before + 1.0]


def test_what_has_no_equal_is_refused() -> None:
    with pytest.raises(TypeError, match="only a module has weights to give"):
        to_torch_state_dict(3)

    mixed = trained([2, 1])
    mixed.layers[0].neurons[1].activation = ACTIVATIONS["relu"].function
    with pytest.raises(ValueError, match=r"layers\.0 has neurons with different activations"):
        to_torch_state_dict(mixed)

    partly = trained([2, 1])
    partly.layers[0].neurons[1].b = None
    with pytest.raises(ValueError, match=r"layers\.0 has neurons with and without a bias"):
        to_torch_state_dict(partly)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_torch_predicts_alike(activation: str, bias: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    modules = {
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "relu": torch.nn.ReLU,
        "leaky_relu": torch.nn.LeakyReLU,
        "elu": torch.nn.ELU,
        "selu": torch.nn.SELU,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
        "softplus": torch.nn.Softplus,
    }
    own = [modules[activation]()] if activation != "linear" else []
    sequential = torch.nn.Sequential(
        torch.nn.Linear(3, 5, bias=bias), *own, torch.nn.Linear(5, 2, bias=bias)
    ).double()
    model = trained([5, 2], activation=activation, bias=bias)
    sequential.load_state_dict(
        {
            name: torch.tensor(tensor, dtype=torch.float64)
            for name, tensor in to_torch_state_dict(model).items()
        }
    )
    theirs = sequential(torch.tensor(ROWS, dtype=torch.float64)).tolist()
    for ours, wanted in zip(model.predict(ROWS), theirs, strict=True):
        assert ours == pytest.approx(wanted, rel=1e-12, abs=1e-12)


def test_a_module_of_the_users_own_has_the_names_of_its_attributes() -> None:
    class Own(Module):
        def __init__(self) -> None:
            self.body = Layer(3, 2)
            self.heads = [MLP(2, [2, 1]), Neuron(2, bias=False)]
            self.scale = Value(0.5)
            self.table = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
            self.deeper = Deeper(2, [1])

    model = Own()
    state = to_torch_state_dict(model)
    assert list(state) == [
        "body.weight", "body.bias", "heads.0.0.weight", "heads.0.0.bias", "heads.0.2.weight",
        "heads.0.2.bias", "heads.1.weight", "scale", "table", "deeper.layers.0.weight",
        "deeper.layers.0.bias",
    ]  # fmt: skip
    assert state["scale"] == 0.5
    assert state["table"] == [[1.0, 2.0], [3.0, 4.0]]
    assert state["body.weight"] == [[w.data for w in n.w] for n in model.body.neurons]


class Deeper(MLP):
    """Has layers, and does something else with them."""
