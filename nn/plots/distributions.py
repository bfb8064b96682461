"""How the numbers of each layer are distributed: weights, activations or gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nn.plots.style import SEQUENTIAL, SIZE, TEXT_SIZE, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST_BINS, MOST_BINS = 12, 60
"""2 √n bins for the largest layer of n numbers, within these."""
HEIGHT = 0.9
"""Of the fullest bin, in distances between two layers."""


def histograms(
    layers: Mapping[str, Iterable[float]],
    quantity: str = "value",
    logarithmic: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a histogram for each layer, one below the other, over the same axis.

    All have the same bins, and each is as high as its own fullest bin, so that shapes can be
    compared. Beside each stands the standard deviation, and how many numbers are not finite if
    there are any.

    Args:
        layers: Its numbers under the name of each layer, from the first to the last.
        quantity: What the numbers are, with their unit, for the axis.
        logarithmic: Whether to draw their magnitudes |x| on a logarithmic axis, for gradients that
            differ by powers of ten; the zeros are then counted beside the layer's name.
        ax: Where to draw; None for a new Axes.

    Raises:
        ValueError: If there is no layer, or one without numbers.

    Example:
        >>> ax = histograms({"layers.0": [0.1, -0.2, 0.3], "layers.1": [1.0, 2.0]}, "weight")
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['layers.0', 'layers.1']
    """
    numbers = {name: [float(x) for x in values] for name, values in layers.items()}
    if not numbers:
        raise ValueError("histograms need at least one layer, but got none")
    for name, values in numbers.items():
        if not values:
            raise ValueError(f"{name} has no numbers to draw")
    n = len(numbers)
    width, _ = SIZE
    ax = axes(ax, size=(width, 1.4 + 0.5 * n))

    import numpy as np
    from matplotlib import colormaps

    finite = {name: [x for x in values if math.isfinite(x)] for name, values in numbers.items()}
    shown = finite
    if logarithmic:
        shown = {name: [abs(x) for x in values if x] for name, values in finite.items()}
        ax.set_xscale("log")
    n_bins = round(2.0 * math.sqrt(max(map(len, shown.values()))))
    n_bins = min(max(n_bins, FEWEST_BINS), MOST_BINS)
    edges = _edges([x for values in shown.values() for x in values], n_bins, logarithmic)
    shades = colormaps[SEQUENTIAL](np.linspace(0.0, 0.85, n))
    for i, values in enumerate(shown.values()):
        counts = np.histogram(values, edges)[0]
        heights = HEIGHT * counts / (counts.max() or 1)
        foot = n - 1 - i  # the first layer is the uppermost
        ax.stairs(foot + heights, edges, baseline=foot, fill=True, color=shades[i])
    for i, (name, values) in enumerate(numbers.items()):
        ax.annotate(
            _note(values, finite[name], logarithmic), (1.0, n - 1 - i),
            xycoords=ax.get_yaxis_transform(), xytext=(6, 0), textcoords="offset points",
            va="bottom", fontsize=TEXT_SIZE, color="0.3",
        )  # fmt: skip
    ax.set_yticks(range(n - 1, -1, -1), list(numbers), va="bottom")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(-0.1, n - 1 + HEIGHT + 0.1)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_xlabel(f"|{quantity}|" if logarithmic else quantity)
    return ax


def _edges(numbers: list[float], n_bins: int, logarithmic: bool) -> list[float]:
    """The edges of the bins, which all layers share."""
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    if logarithmic:
        low, high = math.log10(low or 1.0), math.log10(high or 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = [low + (high - low) * i / n_bins for i in range(n_bins)] + [high]
    return [10.0**edge for edge in edges] if logarithmic else edges


def _note(values: list[float], finite: list[float], logarithmic: bool) -> str:
    """What the histogram does not show: the spread in a number, and what lies outside the axis."""
    parts = []
    if finite:
        mean = math.fsum(finite) / len(finite)
        spread = math.sqrt(math.fsum((x - mean) ** 2 for x in finite) / len(finite))
        parts.append(f"std {spread:.2g}")
    if logarithmic and (zeros := finite.count(0.0)):
        parts.append(f"{zeros / len(values):.0%} are 0")
    if wild := len(values) - len(finite):
        parts.append(f"{wild} not finite")
    return ", ".join(parts)
