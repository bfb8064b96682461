"""Rows of data as points in the plane: what pictures of models with two inputs have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from nn.common.rows import check_rows
from nn.metrics import predicted_class
from nn.plots.style import TEXT_SIZE, color, marker

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 20
"""So many points can be drawn large."""


def plane_rows(
    inputs: Sequence[Sequence[float]], targets: Sequence[Any]
) -> tuple[list[list[float]], list[Any]]:
    """Let rows of two finite numbers pass, and their targets.

    Args:
        inputs: The rows, at least one.
        targets: One for each.

    Raises:
        TypeError: If something is no row, or no number.
        ValueError: If a row has not two numbers, or one is not finite.

    Example:
        >>> plane_rows([[1, 2, 3]], [0])
        Traceback (most recent call last):
            ...
        ValueError: a picture in the plane needs rows of two inputs, but row 0 has 3
    """
    rows, targets = check_rows("plotted", inputs, targets)
    for i, row in enumerate(rows):
        if len(row) != 2:
            raise ValueError(
                f"a picture in the plane needs rows of two inputs, but row {i} has {len(row)}"
            )
    return rows, targets


def class_indices(targets: Iterable[Any]) -> list[int] | None:
    """Find the class of each target, counted from 0.

    A class is a whole number from 0, or -1 and 1 for the classes 0 and 1, or, of a distribution
    over the classes, the most probable one.

    Args:
        targets: Any.

    Returns:
        The classes; None where the targets are none.

    Example:
        >>> class_indices([0, 2, 1.0]), class_indices([-1, 1, 1]), class_indices([[0, 1], [1, 0]])
        ([0, 2, 1], [0, 1, 1], [1, 0])
        >>> class_indices([0.5, 1.0]) is None
        True
    """
    numbers = [predicted_class(list(t)) if isinstance(t, Iterable) else t for t in targets]
    if are_signs(numbers):
        return [int(number > 0) for number in numbers]
    if all(number >= 0 and number == int(number) for number in numbers):
        return [int(number) for number in numbers]
    return None


def are_signs(targets: Iterable[Any]) -> bool:
    """Say whether the targets are the classes -1 and 1 of a margin.

    Args:
        targets: Any.

    Example:
        >>> are_signs([-1, 1]), are_signs([0, 1]), are_signs([1, 1])
        (True, False, False)
    """
    return {float(t) for t in targets if not isinstance(t, Iterable)} in ({-1.0}, {-1.0, 1.0})


def scatter(
    ax: Axes,
    rows: Sequence[Sequence[float]],
    classes: Sequence[int],
    names: Sequence[str] = (),
    signs: bool = False,
) -> None:
    """Draw a point for each row, in the colour and the shape of its class, and a legend.

    Args:
        ax: Where to draw.
        rows: Of two numbers.
        classes: The class of each, from 0.
        names: Of the classes, for the legend.
        signs: Whether the targets are -1 and 1.
    """
    if names and max(classes) >= len(names):
        raise ValueError(f"{max(classes) + 1} classes need as many names, but got {len(names)}")
    for k in sorted(set(classes)):
        points = [row for row, index in zip(rows, classes, strict=True) if index == k]
        ax.scatter(
            [x for x, _ in points],
            [y for _, y in points],
            s=80 if len(rows) <= FEW else 32,
            color=color(k),
            marker=marker(k),
            edgecolors="white",
            linewidths=0.8,
            label=str(names[k]) if names else f"class {2 * k - 1 if signs else k}",
            zorder=3,
        )
    legend_beside(ax)


def name_axes(ax: Axes, feature_names: Sequence[str]) -> None:
    """Write the names of the two inputs to the axes.

    Args:
        ax: With two axes to name.
        feature_names: Two, or none for x1 and x2.
    """
    names = list(feature_names) or ["x1", "x2"]
    if len(names) != 2:
        raise ValueError(f"two inputs need two feature names, but got {len(names)}: {names}")
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])


def legend_beside(ax: Axes) -> None:
    """Put a legend to the right of the plane, where it covers no point.

    Args:
        ax: What has been drawn on.
    """
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=TEXT_SIZE, frameon=False)


def limits(numbers: Iterable[float], margin: float = 0.1) -> tuple[float, float]:
    """Give the range of a coordinate, with a margin on either side.

    Args:
        numbers: At least one.
        margin: As a part of the range.

    Example:
        >>> limits([0.0, 10.0]), limits([3.0])
        ((-1.0, 11.0), (2.0, 4.0))
    """
    numbers = list(numbers)
    low, high = min(numbers), max(numbers)
    room = margin * (high - low) or 1.0
    return low - room, high + room
