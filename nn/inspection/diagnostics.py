"""`diagnose`: how activations and gradients flow through a network, and what is wrong with it.

A network that does not learn gives no error. What keeps it from learning shows in the statistics of
its layers, and each of the known illnesses has its own sign there.
"""

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from engine import Value
from nn import init
from nn.activations import activation_name
from nn.common.checks import real
from nn.common.models import LossFunction, Model, Outputs, as_list
from nn.common.rows import check_rows
from nn.common.text import text_table
from nn.inspection.flow import LayerFlow, mean, parameters, rms, std
from nn.inspection.layerwise import inspected

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VANISHING_BELOW = 1e-3
"""Gradients vanish where ∂L/∂z of the first hidden layer is less than this times the last one's."""

EXPLODING_ABOVE = 1e3
"""Gradients explode where ∂L/∂z of the first hidden layer is more than so many times the last's."""

TANH_SATURATED_ABOVE = 0.97
"""A tanh unit is saturated where |a| is above this: its slope there is below 0.06."""

SIGMOID_SATURATED_BEYOND = 0.03
"""A sigmoid unit is saturated closer than this to 0 or to 1: its slope there is below 0.03."""

SATURATED_SHARE = 0.5
"""A layer is saturated from this share of its activations on."""

DEAD_SHARE = 0.4
"""A layer has died from this share of dead units on; a healthy relu network of 10 layers with
He's initialization has up to a quarter of them in a layer."""

IDENTICAL_NEURONS = 2
"""From so many neurons on that are identical in weights and gradients a layer has a symmetry."""

UPDATE_RATIO = 1e-3
"""What a step should change weights by, relative to their size: a rule of thumb (Bottou)."""

UPDATE_RATIO_BELOW, UPDATE_RATIO_ABOVE = 1e-5, 1e-1
"""Where that ratio is outside of this range, the learning rate is far too small or too large."""

_SATURATED: dict[str, Callable[[float], bool]] = {
    "tanh": lambda a: abs(a) > TANH_SATURATED_ABOVE,
    "sigmoid": lambda a: not SIGMOID_SATURATED_BEYOND <= a <= 1.0 - SIGMOID_SATURATED_BEYOND,
}
"""Whether an activation is on the flat part of its function, for those that have flat parts on both
sides."""

_TOLERANCE = 1e-9
"""Gradients that differ by less, relative to the largest of the layer, are the same but for
rounding."""


@dataclass(frozen=True, slots=True)
class LayerReport:
    """The statistics of one layer, over all rows and all of its neurons.

    name              the way to the layer in the model, such as "layers.0"
    activation        the name of its activation
    initializer       how its weights started, "" where that is not known
    n_neurons         how many there are
    z_mean, z_std     mean and standard deviation of the weighted sums z = Σ wᵢ xᵢ + b
    a_mean, a_std     mean and standard deviation of the activations a
    saturated         share of activations where tanh or sigmoid is flat; None for others
    dead              share of neurons whose relu gives 0 for every row; None for others
    z_gradient_rms    root-mean-square of ∂L/∂z, with L the loss of all rows
    z_gradient_ratio  that, relative to the last hidden layer; nan where there is no hidden layer,
                      or no gradient in the last one
    w_gradient_rms    root-mean-square of ∂L/∂w, over the weights without the biases
    w_std             standard deviation of the weights
    update_ratio      root-mean-square of a plain gradient step, learning_rate · ∂L/∂w, relative to
                      that of the weights; nan where all weights are 0, None without a learning rate
    identical_groups  groups of two or more neurons with equal weights and equal gradients
    identical         neurons that are in such a group
    a, z_gradient     the activations and ∂L/∂z themselves, neuron after neuron, row after row
    """

    name: str
    activation: str
    initializer: str
    n_neurons: int
    z_mean: float
    z_std: float
    a_mean: float
    a_std: float
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


@dataclass(frozen=True, slots=True, repr=False)
class FlowReport:
    """What `diagnose` found: printed, it is a table; `plot` draws the distributions behind it.

    rows           a `LayerReport` for each layer, in the order of computation
    findings       what is wrong, in sentences with evidence and remedy; empty where all is well
    loss           of all rows
    n_rows         how many there were
    learning_rate  the one that was given, or None
    """

    rows: list[LayerReport]
    findings: list[str]
    loss: float
    n_rows: int
    learning_rate: float | None = None

    def __repr__(self) -> str:
        table = [list(_COLUMNS), *([cell(row) for cell in _COLUMNS.values()] for row in self.rows)]
        if self.learning_rate is None:
            table = [cells[:-1] for cells in table]
        head = f"{_counted(self.n_rows, 'row')}, loss {self.loss:.4g}"
        findings = [f"- {finding}" for finding in self.findings] or ["no findings"]
        return "\n".join([head, "", text_table(table, left=2), "", *findings])

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the distributions of activations and gradients by layer: `nn.plots.layer_flow`."""
        from nn.plots.flow import layer_flow

        return layer_flow(self, ax=ax)


def diagnose(
    model: Model,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    loss: LossFunction,
    learning_rate: float | None = None,
) -> FlowReport:
    """Look into every layer of a model while it calculates the loss and its gradient.

    model          an `MLP`, or any module made of `Layer` and `Neuron` objects
    inputs         the rows, each a sequence of finite numbers; a hundred of them tell a good deal
    targets        one for each row, as the loss wants them
    loss           (outputs, targets) -> Value, such as those of `nn.losses`
    learning_rate  to compare the size of a plain gradient step with that of the weights

    Layers are measured in the order of computation, the last one is the output's, and those before
    it are hidden. Model and gradients are afterwards as they were. Where llvmlite is installed,
    many rows through an `MLP` run compiled, to the same numbers. The findings, and where each
    begins (the constants of this module):

    symmetry     2 neurons of a hidden layer are identical in weights and gradients, and so will
                 stay identical (output neurons have targets of their own, that part them)
    vanishing    ∂L/∂z of the first hidden layer is under 10⁻³ of the last hidden layer's, in the
                 root-mean-square. ∂L/∂w would not tell: its factor from the activations makes up
                 for a factor that ∂L/∂z has lost
    exploding    it is over 10³ times that; or sums or gradients are no longer finite
    saturation   half of a hidden layer's activations or more are where tanh (|a| > 0.97) or sigmoid
                 (a < 0.03 or a > 0.97) is flat. An output may well be so: it is then certain
    dead units   40 % of a layer's relu units or more give 0 for every row
    update ratio a plain gradient step is less than 10⁻⁵ or more than 10⁻¹ of the size of a layer's
                 weights; layers whose weights or gradients are all 0 are left out

    Raises a ValueError for data that `fit` would not take, for a learning rate that is not above 0,
    and for a model without neurons; a TypeError for a loss that is no function, or gives no Value.

    >>> from nn import MLP, datasets, mse
    >>> data = datasets.xor()
    >>> report = diagnose(MLP(2, [4, 4, 1], init="zeros"), data.inputs, data.targets, mse)
    >>> report.rows[0].identical_groups, report.rows[0].identical
    (1, 4)
    >>> print(report.findings[0])
    Symmetry: ...

    Sources: Glorot & Bengio (2010) for looking at activations and gradients by layer; Bottou for
    the update ratio of 10⁻³, as handed down in Karpathy's lecture notes of CS231n (2015).
    """
    rows, targets = check_rows("diagnosis", inputs, targets)
    if not callable(loss):
        raise TypeError(
            f"a loss is a function (outputs, targets) -> Value, as nn.mse; got {loss!r}"
        )
    if learning_rate is not None:
        learning_rate = real("learning_rate", learning_rate, above=0)
    watched = inspected(model, len(rows))
    kept = [(parameter, parameter.grad) for parameter in model.parameters()]
    try:
        for parameter, _ in kept:
            parameter.grad = 0.0
        value, output_gradients = _loss(loss, watched.outputs(rows), targets)
        flows = watched.flow(rows, output_gradients)
    finally:
        for parameter, grad in kept:
            parameter.grad = grad
    hidden = [rms(flow.z_gradient) for flow in flows[:-1]]
    last = hidden[-1] if hidden else math.nan
    reports = [_report(flow, last, learning_rate) for flow in flows]
    findings = _findings(reports, learning_rate)
    return FlowReport(reports, findings, value, len(rows), learning_rate)


def _loss(
    loss: LossFunction, outputs: list[Outputs], targets: Sequence[Any]
) -> tuple[float, list[list[float]]]:
    """The loss, and its derivatives with respect to every output of every row."""
    leaves = [as_list(output) for output in outputs]
    if all(math.isfinite(leaf.data) for row in leaves for leaf in row):
        try:
            value = loss(outputs, targets)
        except OverflowError:
            pass
        else:
            if not isinstance(value, Value):
                raise TypeError(
                    f"a loss must give a Value, but this one gave the {type(value).__name__} "
                    f"{value!r}"
                )
            value.backward()
            return value.data, [[leaf.grad for leaf in row] for row in leaves]
    return math.inf, [[math.nan for _ in row] for row in leaves]


# Statistics


def _report(flow: LayerFlow, last: float, learning_rate: float | None) -> LayerReport:
    neuron = flow.neurons[0]
    activation = activation_name(neuron.activation)
    flat = _SATURATED.get(activation)
    weights = array("d", [w.data for neuron in flow.neurons for w in neuron.w])
    gradients = array(
        "d",
        [
            grad
            for neuron, row in zip(flow.neurons, flow.gradients, strict=True)
            for grad in row[: len(neuron.w)]
        ],
    )
    z_gradient_rms, w_gradient_rms = rms(flow.z_gradient), rms(gradients)
    ratio = None
    if learning_rate is not None:
        ratio = _quotient(learning_rate * w_gradient_rms, rms(weights))
    groups = _identical(flow)
    return LayerReport(
        name=flow.name,
        activation=activation,
        initializer=flow.initializer,
        n_neurons=len(flow.neurons),
        z_mean=mean(flow.z),
        z_std=std(flow.z),
        a_mean=mean(flow.a),
        a_std=std(flow.a),
        saturated=None if flat is None else sum(map(flat, flow.a)) / len(flow.a),
        dead=_dead_share(flow) if activation == "relu" else None,
        z_gradient_rms=z_gradient_rms,
        z_gradient_ratio=_quotient(z_gradient_rms, last),
        w_gradient_rms=w_gradient_rms,
        w_std=std(weights),
        update_ratio=ratio,
        identical_groups=len(groups),
        identical=sum(groups),
        a=flow.a,
        z_gradient=flow.z_gradient,
    )


def _quotient(number: float, divisor: float) -> float:
    return number / divisor if divisor else math.nan


def _dead_share(flow: LayerFlow) -> float:
    n = len(flow.neurons)
    return sum(not any(flow.a[i::n]) for i in range(n)) / n


def _identical(flow: LayerFlow) -> list[int]:
    """The sizes of the groups of neurons with equal parameters and, but for rounding, gradients."""
    tolerance = _TOLERANCE * max(abs(grad) for grads in flow.gradients for grad in grads)
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


# The table


def _number(x: float | None) -> str:
    return "-" if x is None or math.isnan(x) else f"{x:.2g}"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"


def _share(x: float | None) -> str:
    return "-" if x is None else f"{x:.0%}"


_COLUMNS: dict[str, Callable[[LayerReport], str]] = {
    "layer": lambda row: row.name,
    "activation": lambda row: row.activation,
    "neurons": lambda row: str(row.n_neurons),
    "z": lambda row: f"{row.z_mean:.2g} ± {row.z_std:.2g}",
    "a": lambda row: f"{row.a_mean:.2g} ± {row.a_std:.2g}",
    "saturated": lambda row: _share(row.saturated),
    "dead": lambda row: _share(row.dead),
    "∂L/∂z": lambda row: _number(row.z_gradient_rms),
    "of last hidden": lambda row: _number(row.z_gradient_ratio),
    "∂L/∂w": lambda row: _number(row.w_gradient_rms),
    "std of w": lambda row: _number(row.w_std),
    "identical groups": lambda row: str(row.identical_groups),
    "update ratio": lambda row: _number(row.update_ratio),
}
"""The head of each column, and what stands below it; the last one needs a learning rate."""


# The findings: what is wrong, its evidence, its remedy


def _findings(rows: list[LayerReport], learning_rate: float | None) -> list[str]:
    illnesses = (_symmetry, _not_finite, _vanishing_or_exploding, _saturation, _dead)
    findings = [finding for illness in illnesses for finding in illness(rows)]
    if learning_rate is not None:
        findings += _updates(rows, learning_rate, bool(findings))
    return findings


def _symmetry(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows[:-1] if row.identical >= IDENTICAL_NEURONS]
    if found:
        worst = max(found, key=lambda row: row.identical / row.n_neurons)
        yield (
            f"Symmetry: {worst.identical} of the {worst.n_neurons} neurons of {worst.name} are "
            f"identical in weights and gradients{_and_more(found)}. They will stay so, and are "
            f"worth {_counted(worst.identical_groups, 'neuron')}. Draw the weights at random: "
            f"{_suited(worst)}."
        )


def _not_finite(rows: list[LayerReport]) -> Iterator[str]:
    for what, numbers in (("weighted sums", "z_std"), ("gradients ∂L/∂z", "z_gradient_rms")):
        found = [row for row in rows if not math.isfinite(getattr(row, numbers))]
        if found:
            yield (
                f"Exploding: the {what} of {found[0].name} are no longer finite{_and_more(found)}. "
                f"{_smaller_sums(rows[0])}."
            )
            return


def _vanishing_or_exploding(rows: list[LayerReport]) -> Iterator[str]:
    if len(rows) < 3:  # a single hidden layer is the first and the last one
        return
    first, last = rows[0], rows[-2]
    ratio = first.z_gradient_ratio
    if ratio < VANISHING_BELOW or EXPLODING_ABOVE < ratio < math.inf:
        yield (
            f"{'Vanishing' if ratio < 1 else 'Exploding'} gradients: ∂L/∂z has the "
            f"root-mean-square {first.z_gradient_rms:.2g} in the first hidden layer, {first.name}, "
            f"and {last.z_gradient_rms:.2g} in the last, {last.name}: {ratio:.2g} times that. "
            f"{_other_start(first)}."
        )


def _saturation(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows[:-1] if (row.saturated or 0.0) >= SATURATED_SHARE]
    if found:
        worst = max(found, key=lambda row: row.saturated or 0.0)
        yield (
            f"Saturation: {worst.saturated:.0%} of the activations of {worst.name} are where "
            f"{worst.activation} is flat and lets next to no gradient through{_and_more(found)}. "
            f"{_smaller_sums(worst)}."
        )


def _dead(rows: list[LayerReport]) -> Iterator[str]:
    found = [row for row in rows if (row.dead or 0.0) >= DEAD_SHARE]
    if found:
        worst = max(found, key=lambda row: row.dead or 0.0)
        start = "" if _starts_well(worst) else f"Start with {_suited(worst)}. "
        yield (
            f"Dead units: {worst.dead:.0%} of the relu units of {worst.name} give 0 for every row, "
            f"and no gradient gets through{_and_more(found)}. {start}Scale the inputs to mean 0 "
            "and standard deviation 1, make the layers wider, or use leaky_relu or gelu."
        )


def _updates(rows: list[LayerReport], learning_rate: float, others: bool) -> Iterator[str]:
    """Both ways; where there are other findings, no learning rate would mend them."""
    ratios = {
        row.name: row.update_ratio
        for row in rows
        if row.update_ratio and math.isfinite(row.update_ratio)
    }
    large = [row for row in rows if ratios.get(row.name, UPDATE_RATIO) > UPDATE_RATIO_ABOVE]
    small = [row for row in rows if ratios.get(row.name, UPDATE_RATIO) < UPDATE_RATIO_BELOW]
    for what, found, worst in (("large", large, max), ("small", small, min)):
        if found:
            row = worst(found, key=lambda row: ratios[row.name])
            suggested = learning_rate * UPDATE_RATIO / median(ratios.values())
            yield (
                f"Update ratio too {what}: with a learning rate of {learning_rate:g}, a step "
                f"changes the weights of {row.name} by {ratios[row.name]:.2g} of their size"
                f"{_and_more(found)}, where {UPDATE_RATIO:g} is usual. "
                + (
                    "Mend the above first."
                    if others
                    else f"Try a learning rate around {suggested:.1g}."
                )
            )


def _and_more(found: list[LayerReport]) -> str:
    """How many layers have what is said of the worst of them."""
    if len(found) == 1:
        return ""
    return f" ({len(found)} layers have this, {found[0].name} to {found[-1].name})"


def _suited(row: LayerReport) -> str:
    return f"init={_best(row)!r}, which suits {row.activation}"


def _starts_well(row: LayerReport) -> bool:
    return row.initializer == _best(row)


def _best(row: LayerReport) -> str:
    return init.describe(init.auto(row.activation))


def _smaller_sums(row: LayerReport) -> str:
    """What to do about weighted sums that are too large."""
    if _starts_well(row):
        return "Scale the inputs to mean 0 and standard deviation 1"
    return (
        f"Start with smaller weights, such as {_suited(row)}, and scale the inputs to mean 0 and "
        "standard deviation 1"
    )


def _other_start(row: LayerReport) -> str:
    """What to do about gradients whose size changes from layer to layer."""
    if not _starts_well(row):
        return f"Start with {_suited(row)}"
    if row.activation == "sigmoid":
        return "Use tanh in place of sigmoid, whose slope is 1/4 at most, or fewer layers"
    return f"The weights started as it suits {row.activation}: use fewer or wider layers"
