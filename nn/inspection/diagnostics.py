"""`diagnose`: how activations and gradients flow through a network, and what is wrong with it.

A network that does not learn gives no error. What keeps it from learning shows in the statistics of
its layers, and each of the known illnesses has its own sign there.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nn.common.checks import real
from nn.common.models import LossFunction, Model, Outputs, as_list, checked_loss
from nn.common.rows import check_rows
from nn.common.spelling import spelled_out
from nn.common.text import counted, shown, text_table
from nn.inspection.findings import find
from nn.inspection.flow import rms
from nn.inspection.layer_report import LayerReport, layer_report
from nn.inspection.layerwise import inspected

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, repr=False)
class FlowReport:
    """What `diagnose` found: printed, it is a table; `plot` draws the distributions behind it.

    Attributes:
        rows: A `LayerReport` for each layer, in the order of computation.
        findings: What is wrong, in sentences with evidence and remedy; empty where all is well.
        loss: Of all rows.
        n_rows: How many there were.
        learning_rate: The one that was given, or None.
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
        head = f"{counted(self.n_rows, 'row')}, loss {self.loss:.4g}"
        findings = [f"- {finding}" for finding in self.findings] or ["no findings"]
        return "\n".join([head, "", text_table(table, left=2), "", *findings])

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the distributions of activations and gradients by layer: `nn.plots.layer_flow`.

        Args:
            ax: The matplotlib axes to draw on; None for new ones.

        Returns:
            The axes.
        """
        from nn.plots.flow import layer_flow

        return layer_flow(self, ax=ax)


@spelled_out("learning_rate={}")
def diagnose(
    model: Model,
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    loss: LossFunction,
    learning_rate: float | None = None,
) -> FlowReport:
    """Look into every layer of a model while it calculates the loss and its gradient.

    Layers are measured in the order of computation, the last one is the output's, and those before
    it are hidden. Model and gradients are afterwards as they were. Where llvmlite is installed,
    many rows through an `MLP` run compiled, to the same numbers. The findings, and where each
    begins (the table of `engine.thresholds`, by which drawings mark, and `nn.inspection.findings`):

    symmetry     2 neurons of a hidden layer are identical in weights and gradients, and so will
                 stay identical (output neurons have targets of their own, that part them)
    vanishing    ∂L/∂z of the first hidden layer is under 10⁻³ of the last hidden layer's, in the
                 root-mean-square. ∂L/∂w would not tell: its factor from the activations makes up
                 for a factor that ∂L/∂z has lost
    exploding    it is over 10³ times that; or sums or gradients are no longer finite
    saturation   half of a hidden layer's activations or more are where their function is flat, as
                 its row in the engine has it. An output may well be so: it is then certain
    dead units   40 % of the units of a layer or more, of those that can die as relu's can, give 0
                 for every row
    update ratio a plain gradient step is less than 10⁻⁵ or more than 10⁻¹ of the size of a layer's
                 weights; layers whose weights or gradients are all 0 are left out

    Args:
        model: An `MLP`, or any module made of `Layer` and `Neuron` objects.
        inputs: The rows, each a sequence of finite numbers; a hundred of them tell a good deal.
        targets: One for each row, as the loss wants them.
        loss: (outputs, targets) -> Value, such as those of `nn.losses`.
        learning_rate: To compare the size of a plain gradient step with that of the weights.

    Returns:
        The statistics of each layer, and what is wrong.

    Raises:
        ValueError: For data that `fit` would not take, for a learning rate that is not above 0, and
            for a model without neurons.
        TypeError: For a loss that is no function, or gives no Value.

    Example:
        >>> from nn import MLP, datasets, mse
        >>> data = datasets.xor()
        >>> report = diagnose(MLP(2, [4, 4, 1], init="zeros"), data.inputs, data.targets, mse)
        >>> report.rows[0].identical_groups, report.rows[0].identical
        (1, 4)
        >>> print(report.findings[0])
        Symmetry: ...
        >>> report.rows[0].activation, report.rows[0].saturated_outside
        ('tanh', (-0.97, 0.97))

    Source:
        Glorot & Bengio (2010) for looking at activations and gradients by layer; Bottou for the
        update ratio of 10⁻³, as handed down in Karpathy's lecture notes of CS231n (2015).
    """
    rows, targets = check_rows("diagnosis", inputs, targets)
    if not callable(loss):
        raise TypeError(
            f"a loss is a function (outputs, targets) -> Value, as nn.mse; got {shown(loss)}"
        )
    if learning_rate is not None:
        learning_rate = real("learning_rate", learning_rate, above=0)
    watched = inspected(model, len(rows))
    with _gradients_kept(model):
        value, output_gradients = _loss(loss, watched.outputs(rows), targets)
        flows = watched.flow(rows, output_gradients)
    hidden = [rms(flow.z_gradient) for flow in flows[:-1]]
    last = hidden[-1] if hidden else math.nan
    reports = [layer_report(flow, last, learning_rate) for flow in flows]
    return FlowReport(reports, find(reports, learning_rate), value, len(rows), learning_rate)


@contextmanager
def _gradients_kept(model: Model) -> Iterator[None]:
    """Begin with gradients of 0; afterwards they are what they were."""
    kept = [(parameter, parameter.grad) for parameter in model.parameters()]
    try:
        for parameter, _ in kept:
            parameter.grad = 0.0
        yield
    finally:
        for parameter, grad in kept:
            parameter.grad = grad


def _loss(
    loss: LossFunction, outputs: list[Outputs], targets: Sequence[Any]
) -> tuple[float, list[list[float]]]:
    """The loss, and its derivatives with respect to every output of every row."""
    leaves = [as_list(output) for output in outputs]
    if all(math.isfinite(leaf.data) for row in leaves for leaf in row):
        try:
            value = checked_loss(loss(outputs, targets))
        except OverflowError:
            pass
        else:
            value.backward()
            return value.data, [[leaf.grad for leaf in row] for row in leaves]
    return math.inf, [[math.nan for _ in row] for row in leaves]


# The table


def _number(x: float | None) -> str:
    return "-" if x is None or math.isnan(x) else f"{x:.2g}"


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
