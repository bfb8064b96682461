"""What travels with the page: tables of instructions, initial weights, rows and their targets.

Nothing is calculated a second time in the page: a network with its loss is recorded for each
activation and loss on offer, an optimizer's step from `nn.optim`, and the weights are drawn here.
"""

from collections.abc import Sequence
from typing import Any

from engine import (
    DEAD_SHARE,
    EXPLODING_ABOVE,
    SATURATED_SHARE,
    VANISHING_BELOW,
    Value,
    dot,
    graph_table,
    rule_table,
)
from nn import init
from nn.activations import activation_name
from nn.datasets import Dataset
from nn.inspection.findings import (
    IDENTICAL_NEURONS,
    SENTENCES,
    remedies,
    suited_to,
)
from nn.inspection.layer_report import TOLERANCE
from nn.layers import MLP, Layer
from nn.losses import LOSSES, Loss
from nn.optim import SGD, Adam, Optimizer

ACTIVATIONS = ("tanh", "relu", "sigmoid", "gelu", "linear")
CLASSIFYING = ("binary_cross_entropy", "hinge", "mse")
REGRESSING = ("mse", "mae", "huber")

OPTIMIZERS: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "SGD": (SGD, {"learning_rate": 0.3}),
    "momentum": (SGD, {"learning_rate": 0.05, "momentum": 0.9}),
    "Adam": (Adam, {"learning_rate": 0.03}),
}
"""By the name in the page, the optimizer and the settings with which it begins."""

INITIALIZERS = {
    "as the activation asks": "auto",
    "zeros": "zeros",
    "constant": "constant(0.5)",
    "uniform": "uniform",
    "normal": "normal",
    "LeCun": "lecun_normal",
    "Xavier": "xavier_normal",
    "He": "he_normal",
}
SEEDS = 12
SUITED = next(iter(INITIALIZERS))
TRAINED = "as the model has them"
"""What the page calls the weights of a model that was given."""


THRESHOLDS = {
    "identical": IDENTICAL_NEURONS,
    "tolerance": TOLERANCE,
    "vanishing": VANISHING_BELOW,
    "exploding": EXPLODING_ABOVE,
    "saturated": SATURATED_SHARE,
    "dead": DEAD_SHARE,
}
"""Where the findings begin, as `diagnose` has it without a learning rate."""


def recorded(
    data: Dataset, hidden: Sequence[int], test: Dataset | None = None, model: MLP | None = None
) -> dict[str, Any]:
    """Everything that the page knows of a network on these rows, ready for JSON.

    Args:
        data: Rows of two inputs, with two classes or for a regression.
        hidden: How many neurons each hidden layer has.
        test: Rows of which the loss is only measured.
        model: With whose weights and activations the page begins, of these sizes.
    """
    sizes = [*hidden, 1]
    used = {name: [*[name] * len(hidden), "linear"] for name in ACTIVATIONS}
    if model is not None:
        names = [activation_name(layer.activation) for layer in model.layers]
        used = {_called(names): names, **used}
    models = {name: network(of, sizes, SUITED, 0) for name, of in used.items()}
    given = {} if model is None else {TRAINED: [[p.data for p in model.parameters()]]}
    common = [name for name in INITIALIZERS if name != SUITED]
    return {
        "data": data.name,
        "sizes": [2, *sizes],
        "inputs": data.inputs,
        "losses": _targets(data),
        "test": test and {"inputs": test.inputs, "losses": _targets(test)},
        "optimizers": {name: _optimizer(*made) for name, made in OPTIMIZERS.items()},
        "initializers": [*given, *INITIALIZERS],
        "starts": given | {name: _starts("tanh", sizes, name) for name in common},
        "suited": {name: _starts(of, sizes, SUITED) for name, of in used.items()},
        "activations": {
            name: {loss: _table(made, loss) for loss in losses_for(data)}
            for name, made in models.items()
        },
        "layers": {
            name: [_layer(layer, model) for layer in made.layers] for name, made in models.items()
        },
        "findings": {"sentences": SENTENCES, **THRESHOLDS},
    }


def losses_for(data: Dataset) -> tuple[str, ...]:
    """The names of the losses on offer."""
    return CLASSIFYING if data.is_classification else REGRESSING


def targets(loss: Loss, data: Dataset) -> list[float]:
    """The target of each row as this loss takes it; two classes are -1 and 1, or 0 and 1.

    Args:
        loss: One of those on offer.
        data: The rows.
    """
    if data.is_classification and loss.name != "binary_cross_entropy":
        return [2.0 * target - 1.0 for target in data.targets]
    return [float(target) for target in data.targets]


def network(
    activation: str | Sequence[str], sizes: Sequence[int], initializer: str, seed: int
) -> MLP:
    """The network with which the page begins.

    Args:
        activation: Its name; or one for every layer.
        sizes: How many neurons each layer has.
        initializer: A name of the page.
        seed: From 0 to `SEEDS` - 1.
    """
    start = INITIALIZERS[initializer]
    return MLP(2, list(sizes), activation=activation, init=start, seed=seed)


def _layer(layer: Layer, model: MLP | None) -> dict[str, Any]:
    """What a layer's findings need, and the table of its activation: its slope is its adjoint."""
    name = activation_name(layer.activation)
    z = Value(0.5)
    a = layer.activation(z)
    given = [] if model is None else [TRAINED] * _begins_well(model, name)
    drawn = [
        called
        for called, text in INITIALIZERS.items()
        if init.describe(init.get(text, activation=name)) == suited_to(name)
    ]
    return {
        "activation": name,
        "slope": graph_table(a, [z], [z]),
        "outside": a.op.saturated_outside if a.op else None,
        "dies": bool(a.op and a.op.can_die),
        "suited": [*given, *drawn],
        "remedies": [remedies(name, starts_well) for starts_well in (False, True)],
    }


def _begins_well(model: MLP, activation: str) -> bool:
    return all(layer.initializer == suited_to(activation) for layer in model.layers[:-1])


def _called(activations: Sequence[str]) -> str:
    """What the page calls the activations of a model, its output's last."""
    *hidden, output = activations
    name = ", ".join(dict.fromkeys(hidden)) or "linear"
    return name if output == "linear" else f"{name}, output {output}"


def _starts(
    activation: str | Sequence[str], sizes: Sequence[int], initializer: str
) -> list[list[float]]:
    """The weights of each seed."""
    networks = (network(activation, sizes, initializer, seed) for seed in range(SEEDS))
    return [[p.data for p in model.parameters()] for model in networks]


def _targets(data: Dataset) -> dict[str, list[float]]:
    return {name: targets(LOSSES[name], data) for name in losses_for(data)}


def _table(model: MLP, loss: str) -> dict[str, Any]:
    """The table of a row: leaves are its two inputs, its target, and the parameters.

    What it gives are the loss, each neuron's activation by layer, each parameter, and each neuron's
    weighted sum.
    """
    leaves = [Value(0.5), Value(-0.5), Value(1.0)]
    inputs, neurons, sums = leaves[:2], [], []
    for layer in model.layers:
        z = [dot(neuron.w, inputs, neuron.b) for neuron in layer.neurons]
        inputs = list(map(layer.activation, z))
        sums += z
        neurons += inputs
    output = LOSSES[loss].row(neurons[-1:], leaves[2:])
    parameters = model.parameters()
    table = graph_table(output, [*leaves, *parameters], [output, *neurons, *parameters, *sums])
    del table["slopes"]
    return table


def _optimizer(kind: type[Optimizer], settings: dict[str, Any]) -> dict[str, Any]:
    """The table of its step on one parameter, the rate with which it begins, the size of its state.

    Leaves are the parameter, the gradient, the state, the learning rate and the number of the step;
    what the table gives are the new parameter and the new state.
    """
    optimizer = kind([Value(0.0)], **settings)
    n = len(optimizer.state)

    def step(parameter: Any, gradient: Any, *others: Any) -> tuple[Any, ...]:
        *state, rate, number = others
        scalars = (rate, *optimizer.scalars(number)[1:])
        moved, new = optimizer.rule(parameter, gradient, tuple(state), *scalars)
        return moved, *new

    return {"table": rule_table(step, n + 4), "learning_rate": optimizer.learning_rate, "state": n}
