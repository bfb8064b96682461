"""`LayerReport`: what was seen of a layer, summed up in numbers that tell its illnesses."""

import math
from array import array
from dataclasses import dataclass, field

from engine import Operation, Value
from nn.activations import activation_name
from nn.inspection.flow import LayerFlow, mean, parameters, rms, std

TOLERANCE = 1e-9
"""Gradients that differ by less, relative to the largest of the layer, are the same but for
rounding."""


@dataclass(frozen=True, slots=True)
class LayerReport:
    """The statistics of one layer, over all rows and all of its neurons.

    Attributes:
        name: The way to the layer in the model, such as "layers.0".
        activation: The name of its activation.
        initializer: How its weights started, "" where that is not known.
        n_neurons: How many there are.
        z_mean: Mean of the weighted sums z = Σ wᵢ xᵢ + b.
        z_std: Their standard deviation.
        a_mean: Mean of the activations a.
        a_std: Their standard deviation.
        saturated_outside: Outside of which activations a unit is saturated, as the engine's row of
            the activation says; None where it never is.
        saturated: Share of activations where that is so; None where it never is.
        dead: Share of neurons that give 0 for every row; None where the row says that none can die.
        z_gradient_rms: Root-mean-square of ∂L/∂z, with L the loss of all rows.
        z_gradient_ratio: That, relative to the last hidden layer; nan where there is no hidden
            layer, or no gradient in the last one.
        w_gradient_rms: Root-mean-square of ∂L/∂w, over the weights without the biases.
        w_std: Standard deviation of the weights.
        update_ratio: Root-mean-square of a plain gradient step, learning_rate · ∂L/∂w, relative to
            that of the weights; nan where all weights are 0, None without a learning rate.
        identical_groups: Groups of two or more neurons with equal weights and equal gradients.
        identical: Neurons that are in such a group.
        a: The activations themselves, row after row, and in it neuron after neuron.
        z_gradient: ∂L/∂z themselves, likewise.
    """

    name: str
    activation: str
    initializer: str
    n_neurons: int
    z_mean: float
    z_std: float
    a_mean: float
    a_std: float
    saturated_outside: tuple[float, float] | None
    saturated: float | None
    dead: float | None
    z_gradient_rms: float
    z_gradient_ratio: float
    w_gradient_rms: float
    w_std: float
    update_ratio: float | None
    identical_groups: int
    identical: int
    a: "array[float]" = field(repr=False)
    z_gradient: "array[float]" = field(repr=False)


def layer_report(flow: LayerFlow, last: float, learning_rate: float | None) -> LayerReport:
    """Sum up what was seen of a layer.

    Args:
        flow: What was seen.
        last: The root-mean-square of ∂L/∂z in the last hidden layer.
        learning_rate: That of a plain gradient step; None for none.
    """
    activation = flow.neurons[0].activation
    operation = activation(Value(0.5)).op
    weights = array("d", [w.data for neuron in flow.neurons for w in neuron.w])
    pairs = zip(flow.neurons, flow.gradients, strict=True)
    w_gradient_rms = rms(grad for neuron, row in pairs for grad in row[: len(neuron.w)])
    z_gradient_rms = rms(flow.z_gradient)
    groups = _identical(flow)
    return LayerReport(
        name=flow.name,
        activation=activation_name(activation),
        initializer=flow.initializer,
        n_neurons=len(flow.neurons),
        z_mean=mean(flow.z),
        z_std=std(flow.z),
        a_mean=mean(flow.a),
        a_std=std(flow.a),
        saturated_outside=operation.saturated_outside if operation else None,
        saturated=_saturated_share(flow, operation),
        dead=_dead_share(flow) if operation and operation.can_die else None,
        z_gradient_rms=z_gradient_rms,
        z_gradient_ratio=_quotient(z_gradient_rms, last),
        w_gradient_rms=w_gradient_rms,
        w_std=std(weights),
        update_ratio=learning_rate and _quotient(learning_rate * w_gradient_rms, rms(weights)),
        identical_groups=len(groups),
        identical=sum(groups),
        a=flow.a,
        z_gradient=flow.z_gradient,
    )


def _saturated_share(flow: LayerFlow, operation: Operation | None) -> float | None:
    if not operation or not operation.saturated_outside:
        return None
    return sum(map(operation.is_saturated, flow.a)) / len(flow.a)


def _quotient(number: float, divisor: float) -> float:
    return number / divisor if divisor else math.nan


def _dead_share(flow: LayerFlow) -> float:
    n = len(flow.neurons)
    return sum(not any(flow.a[i::n]) for i in range(n)) / n


def _identical(flow: LayerFlow) -> list[int]:
    """The sizes of the groups of neurons with equal parameters and, but for rounding, gradients."""
    tolerance = TOLERANCE * max(abs(grad) for grads in flow.gradients for grad in grads)
    alike: dict[tuple[float, ...], list[list[list[float]]]] = {}
    for neuron, gradients in zip(flow.neurons, flow.gradients, strict=True):
        groups = alike.setdefault(tuple([value.data for value in parameters(neuron)]), [])
        for group in groups:
            pairs = zip(group[0], gradients, strict=True)
            if all(abs(grad - other) <= tolerance for grad, other in pairs):
                group.append(gradients)
                break
        else:
            groups.append([gradients])
    return [len(group) for groups in alike.values() for group in groups if len(group) > 1]
