"""How signals and gradients flow through the layers of a network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nn.plots.style import COLORS, TEXT_SIZE, WRONG, axes, color, marker, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nn.diagnostics import FlowReport
    from nn.propagation import SignalPropagation, Variances

MOST_BINS = 60
"""How finely a distribution is counted at most; less finely where there are few numbers."""

LEAST_SHARE = 0.005
"""Of gradients that are 0, from where on it is noted."""

WIDTH = 0.42
"""Of a shape to either side of its layer, where layers are 1 apart."""


def layer_flow(report: FlowReport, ax: Axes | None = None) -> Axes:
    """Draw how activations and gradients are distributed in each layer, in two panels.

    report  what `diagnose` returned
    ax      where to draw; None for a new Axes. It becomes the upper panel, the lower one takes a
            part of its place

    The upper panel has the activations of the hidden layers (outputs are of another scale), the
    lower one the sizes of ∂L/∂z in all layers, on a logarithmic axis. The wider a shape, the more
    numbers are at that height; a bar marks the mean of the activations, and the root-mean-square of
    the gradients. Gradients of exactly 0 have no place on such an axis: at its foot stands how many
    there are.

    >>> from nn import MLP, datasets, diagnose, mse
    >>> data = datasets.xor()
    >>> report = diagnose(MLP(2, [4, 4, 1], seed=0), data.inputs, data.targets, mse)
    >>> layer_flow(report).get_ylabel()
    'activation a'
    """
    upper, lower = split(axes(ax, size=(7.0, 6.0)), rows=2, share_x=True)
    rows = report.rows
    for i, row in enumerate(rows[:-1] or rows):
        _shape(upper, i, [x for x in row.a if math.isfinite(x)], COLORS[0])
        _bar(upper, i, row.a_mean)
    zeros = []
    for i, row in enumerate(rows):
        sizes = [abs(x) for x in row.z_gradient if x and math.isfinite(x)]
        _shape(lower, i, sizes, COLORS[1], logarithmic=True)
        if sizes:
            _bar(lower, i, row.z_gradient_rms)
        zeros.append(row.z_gradient.count(0.0) / len(row.z_gradient))
    if noted := max(zeros) >= LEAST_SHARE:
        for i, share in enumerate(zeros):
            lower.text(
                i, 0.02, f"{share:.0%}", ha="center", fontsize=0.8 * TEXT_SIZE, color=WRONG,
                transform=lower.get_xaxis_transform(),
            )  # fmt: skip
    _log_y(lower, [abs(x) for row in rows for x in row.z_gradient])
    upper.set_ylabel("activation a")
    lower.set_ylabel("size of ∂L/∂z")
    lower.set_xticks(
        range(len(rows)), [row.name for row in rows], rotation=90 if len(rows) > 6 else 0
    )
    lower.set_xlim(-0.6, len(rows) - 0.4)
    lower.set_xlabel("layer (in red: how many gradients are exactly 0)" if noted else "layer")
    return upper


def signal_propagation(results: Sequence[SignalPropagation], ax: Axes | None = None) -> Axes:
    """Draw the variances of signals and gradients by layer, of several networks in one picture.

    results  what `nn.signal_propagation` returned, once or several times
    ax       where to draw; None for a new Axes. It becomes the panel with the weighted sums, those
             with the activations and the gradients take a part of its place

    Lines with markers are measured, dashed ones are what the theory predicts. A variance of 0 has
    no place on a logarithmic axis and is left out. No results are a ValueError.

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
            layers = range(1, result.depth + 1)
            name = f"{result.activation}, {result.init}"
            panel.plot(
                layers, variances.measured, color=color(i), marker=marker(i), ms=4, label=name
            )
            panel.plot(layers, variances.predicted, color=color(i), linestyle="--")
        _log_y(panel, [v for result in results for v in getattr(result, quantity).measured])
        panel.set_ylabel(label)
    panels[0].plot([], [], color="0.4", linestyle="--", label="theory")
    panels[0].legend(
        fontsize=TEXT_SIZE, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0)
    )
    panels[-1].set_xlabel("layer")
    panels[-1].xaxis.get_major_locator().set_params(integer=True)  # type: ignore[call-arg]
    return panels[0]


def _shape(
    ax: Axes, x: int, numbers: Sequence[float], color: str, logarithmic: bool = False
) -> None:
    """How often which number occurs, as a shape around x that is the wider the more there are."""
    heights = [math.log10(number) for number in numbers] if logarithmic else numbers
    if not heights:
        return
    low, high = min(heights), max(heights)
    bins = min(MOST_BINS, max(8, math.isqrt(len(heights))))
    step = (high - low) / bins
    if step == 0.0:  # all the same: a line
        ax.plot([x - WIDTH, x + WIDTH], [numbers[0]] * 2, color=color)
        return
    counts = [0] * bins
    for height in heights:
        counts[min(int((height - low) / step), bins - 1)] += 1
    edges = [low + i * step for i in range(bins + 1)]
    if logarithmic:
        edges = [10.0**edge for edge in edges]
    widths = [WIDTH * count / max(counts) for count in counts]
    widths.append(widths[-1])
    ax.fill_betweenx(edges, [x - w for w in widths], [x + w for w in widths],
                     step="post", color=color, alpha=0.8, linewidth=0)  # fmt: skip


def _bar(ax: Axes, x: int, height: float) -> None:
    if math.isfinite(height):
        ax.plot([x - WIDTH / 2, x + WIDTH / 2], [height] * 2, color="black", linewidth=1.2)


def _log_y(ax: Axes, numbers: Iterable[float]) -> None:
    """A logarithmic axis, if there is anything that it can show."""
    if any(number > 0.0 for number in numbers):
        ax.set_yscale("log", nonpositive="mask")
