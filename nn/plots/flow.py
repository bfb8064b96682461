"""How signals and gradients flow through the layers of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nn.plots.distributions import histograms
from nn.plots.results import Layers, Propagation, Variances
from nn.plots.style import TEXT_SIZE, axes, color, marker, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def layer_flow(report: Layers, ax: Axes | None = None) -> Axes:
    """Draw how activations and gradients are distributed in each layer, side by side.

    Each is drawn by `histograms`, the first layer at the top. The activations are those of the
    hidden layers, for outputs are of another scale; where there is no hidden layer, the outputs.
    The sizes of ∂L/∂z are on a logarithmic axis.

    Args:
        report: What `diagnose` returned.
        ax: Where to draw; None for a new Axes. It becomes the panel with the activations, the one
            with the gradients takes a part of its place.

    Example:
        >>> from nn import MLP, datasets, diagnose, mse
        >>> data = datasets.xor()
        >>> report = diagnose(MLP(2, [4, 4, 1], seed=0), data.inputs, data.targets, mse)
        >>> [label.get_text() for label in layer_flow(report).get_yticklabels()]
        ['layers.0', 'layers.1']
    """
    rows = report.rows
    ax = axes(ax, size=(9.0, 1.4 + 0.5 * len(rows)))
    left, right = split(ax, columns=2)
    hidden = rows[:-1] or rows
    histograms({row.name: row.a for row in hidden}, "activation a", ax=left)
    histograms({row.name: row.z_gradient for row in rows}, "∂L/∂z", logarithmic=True, ax=right)
    low, high = left.get_ylim()  # room for the output below, so that both have a layer abreast
    left.set_ylim(low - (len(rows) - len(hidden)), high)
    return ax


def signal_propagation(results: Sequence[Propagation], ax: Axes | None = None) -> Axes:
    """Draw the variances of signals and gradients by layer, of several networks in one picture.

    Lines with markers are measured, dashed ones are what the theory predicts. A variance of 0 has
    no place on a logarithmic axis and is left out.

    Args:
        results: What `nn.signal_propagation` returned, once or several times.
        ax: Where to draw; None for a new Axes. It becomes the panel with the weighted sums, those
            with the activations and the gradients take a part of its place.

    Raises:
        ValueError: If there are no results.

    Example:
        >>> import nn
        >>> tanh = nn.signal_propagation("tanh", "xavier_normal", depth=3, width=4, rows=4)
        >>> signal_propagation([tanh]).get_ylabel()
        'Var z'
    """
    results = list(results)
    if not results:
        raise ValueError("there is nothing to draw: no results of nn.signal_propagation were given")
    panels = split(axes(ax, size=(7.0, 8.0)), rows=3, share_x=True)
    quantities = (("Var z", "z"), ("Var a", "a"), ("Var ∂L/∂z", "gradient"))
    for panel, (label, quantity) in zip(panels, quantities, strict=True):
        for i, result in enumerate(results):
            variances: Variances = getattr(result, quantity)
            layers = range(1, len(variances.measured) + 1)
            name = f"{result.activation}, {result.init}"
            panel.plot(
                layers, variances.measured, color=color(i), marker=marker(i), ms=4, label=name
            )
            panel.plot(layers, variances.predicted, color=color(i), linestyle="--")
        if any(v > 0.0 for result in results for v in getattr(result, quantity).measured):
            panel.set_yscale("log", nonpositive="mask")
        panel.set_ylabel(label)
    panels[0].plot([], [], color="0.4", linestyle="--", label="theory")
    panels[0].legend(
        fontsize=TEXT_SIZE, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0)
    )
    panels[-1].set_xlabel("layer")
    panels[-1].xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    return panels[0]
