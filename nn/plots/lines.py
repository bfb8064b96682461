"""A neuron as a line in the plane, w1 x1 + w2 x2 + b = 0, and how it moves while it learns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nn.common.rows import number_rows
from nn.common.text import shown, spread
from nn.plots.points import (
    are_signs,
    class_indices,
    legend_beside,
    limits,
    name_axes,
    plane_rows,
    scatter,
)
from nn.plots.style import axes, color

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LINES = 20
"""Of more snapshots, so many are drawn, evenly spread."""


def neuron_line(
    snapshots: Sequence[Sequence[float]],
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    class_names: Sequence[str] = (),
    feature_names: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw the line that a neuron lays through its inputs, at several moments of its training.

    The neuron's weighted sum z = w1 x1 + w2 x2 + b is 0 on the line. The last line is drawn in
    black, with the side where z > 0 shaded and an arrow in the direction of the weights, which
    points there at a right angle to the line (it looks like one unless the inputs' ranges differ by
    more than a factor of 4). Earlier lines are the paler, the older. A moment in which both weights
    are 0 has no line. Of more than 20 snapshots, 20 are drawn, evenly spread.

    Args:
        snapshots: (w1, w2, b) at each moment, from the first to the last; one is enough.
        inputs: The rows, each of two numbers.
        targets: The class of each: whole numbers from 0, or -1 and 1.
        class_names: For the legend; without them, the numbers.
        feature_names: Of the two inputs, with their units, for the axes; without them, x1 and x2.
        ax: Where to draw; None for a new Axes.

    Raises:
        TypeError: If a snapshot is no sequence, or something is no number.
        ValueError: If snapshots are not three finite numbers, rows not two, or targets no classes.

    Example:
        >>> corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
        >>> ax = neuron_line([(1, 0, 0), (1, 1, -1.5)], corners, [0, 0, 0, 1])
        >>> (x, _), (y, _) = ax.lines[-1].get_data()
        >>> round(float(x + y), 12)
        1.5
    """
    moments = number_rows("snapshots", snapshots)
    if not moments or len(moments[0]) != 3:
        raise ValueError(
            f"snapshots must be three numbers each, (w1, w2, b); got {shown(snapshots)}"
        )
    rows, targets = plane_rows(inputs, targets)
    classes = class_indices(targets)
    if classes is None:
        raise ValueError(f"targets must be classes, 0, 1, … or -1 and 1; got {targets[:5]}")
    ax = axes(ax, size=(6.8, 4.4))
    left, right = ax.set_xlim(limits((x for x, _ in rows), margin=0.3))
    low, high = ax.set_ylim(limits((y for _, y in rows), margin=0.3))
    # a right angle looks like one if the ranges allow it
    if 0.25 <= (right - left) / (high - low) <= 4.0:
        ax.set_aspect("equal")
    scatter(ax, rows, classes, class_names, are_signs(targets))
    name_axes(ax, feature_names)
    _draw_lines(ax, spread(moments, MOST_LINES))
    legend_beside(ax)
    return ax


def _draw_lines(ax: Axes, moments: Sequence[Sequence[float]]) -> None:
    """A line for each moment, the last one in black."""
    for age, moment in zip(range(len(moments) - 1, -1, -1), moments, strict=True):
        if (line := _line(ax, moment)) is None:
            continue
        (x, y), (dx, dy), reach = line
        last = age == 0
        ax.plot(
            [x - reach * dy, x + reach * dy],
            [y + reach * dx, y - reach * dx],
            color="black" if last else "0.35",
            linewidth=2.2 if last else 1.2,
            alpha=1.0 if last else 0.9 - 0.75 * age / len(moments),
            label="z = 0" if last else "z = 0, before" if age == 1 else None,
            zorder=2.5,
        )
        if last:
            along = [(x - reach * dy, y + reach * dx), (x + reach * dy, y - reach * dx)]
            ahead = [(p + reach * dx, q + reach * dy) for p, q in reversed(along)]
            ax.fill(
                *zip(*along, *ahead, strict=True),
                color=color(1), alpha=0.15, linewidth=0, label="z > 0", zorder=0.5,
            )  # fmt: skip
            (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
            length = 0.09 * math.hypot(right - left, high - low)
            tip = x + length * dx, y + length * dy
            arrow = {"arrowstyle": "-|>", "color": "black", "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", tip, (x, y), arrowprops=arrow, zorder=4)
            beside = x + length * (0.6 * dx + 0.4 * dy), y + length * (0.6 * dy - 0.4 * dx)
            ax.text(*beside, "w", ha="center", va="center", clip_on=True, zorder=4)


def _line(
    ax: Axes, moment: Sequence[float]
) -> tuple[tuple[float, float], tuple[float, float], float] | None:
    """Where and how to draw a line; None where there is none, or none so near.

    That is its point next to the middle of the plane, the direction of the weights, and a length
    that reaches beyond the plane.
    """
    w1, w2, b = moment
    size = math.hypot(w1, w2)
    if size == 0.0:
        return None
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    x, y = (left + right) / 2.0, (low + high) / 2.0
    dx, dy = w1 / size, w2 / size
    distance = dx * x + dy * y + b / size
    reach = math.hypot(right - left, high - low)
    if not abs(distance) < 1e6 * reach:
        return None
    return (x - distance * dx, y - distance * dy), (dx, dy), reach + abs(distance)
