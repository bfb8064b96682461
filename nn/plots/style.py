"""The look that all pictures share: where they are drawn, in which colours, how large.

A new Axes belongs to a Figure that pyplot does not know, so that none is left open and no setting
of the user's changes. Colours are passed on explicitly, never through matplotlib's global settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#56B4E9",  # sky blue
    "#D55E00",  # vermilion
    "#000000",  # black
    "#F0E442",  # yellow, which is hard to see as a line
)
"""Eight colours that people with any common colour vision tell apart (Okabe & Ito, 2008)."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
"""Shapes for points, so that no class is told by its colour alone."""

WRONG = "#D55E00"
"""Vermilion, for what is wrong or to be seen first."""

SEQUENTIAL = "cividis"
"""The colormap from little to much; it looks alike to deuteranopes (Nuñez et al., 2018)."""

DIVERGING = "PuOr_r"
"""The colormap from negative to positive: purple over white to orange (Brewer, 2003)."""

SIZE = (7.0, 4.0)
"""Width and height of a new picture in inches, the width of a notebook's page."""

TEXT_SIZE = 10.0
"""Of ticks, legends and notes, in points; labels have one more and titles two."""


def color(index: int) -> str:
    """Choose the color of a class or a line, beginning anew after eight.

    Args:
        index: Its number, from 0.

    Example:
        >>> color(0), color(8)
        ('#0072B2', '#0072B2')
    """
    return COLORS[index % len(COLORS)]


def marker(index: int) -> str:
    """Choose the marker of a class: ten, so that colour and marker repeat after 40.

    Args:
        index: Its number, from 0.
    """
    return MARKERS[index % len(MARKERS)]


def axes(ax: Axes | None = None, size: tuple[float, float] = SIZE) -> Axes:
    """Find the Axes to draw into: the one given, or a new one on a Figure of its own.

    A new one is a `Picture`, an Axes that a notebook shows by itself. Its Figure is not registered
    with pyplot, so nobody has to close it.

    Args:
        ax: A matplotlib Axes, which keeps its own look; None for a new one.
        size: Width and height of a new one in inches.

    Raises:
        ImportError: If matplotlib is missing; it says how to install it.
        TypeError: If `ax` is no Axes.

    Example:
        >>> ax = axes(size=(5.0, 3.0))
        >>> ax.figure.get_size_inches().tolist()
        [5.0, 3.0]
        >>> axes(ax) is ax
        True
    """
    try:
        from matplotlib.axes import Axes
        from matplotlib.figure import Figure

        from nn.plots.picture import Picture
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib, which is missing: pip install 'glassgrad[plot]'"
        ) from error
    if ax is None:
        figure = Figure(figsize=size, layout="constrained")
        return _dressed(figure.add_subplot(axes_class=Picture))
    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax must be a matplotlib Axes, such as plt.gca() or axes(); got {type(ax).__name__}"
        )
    return ax


def split(
    ax: Axes,
    rows: int = 1,
    columns: int = 1,
    *,
    heights: Sequence[float] | None = None,
    share_x: bool = False,
) -> list[Axes]:
    """Divide the place of an Axes into a grid of panels; the Axes itself becomes the first.

    The panels come row by row, so a function that draws several can still take one `ax` and return
    it.

    Args:
        ax: Whose place is divided.
        rows: At least 1.
        columns: At least 1.
        heights: Of the rows, relative to each other; None for equal ones.
        share_x: Whether all have the same range of x, with its numbers under the last row.

    Example:
        >>> upper, lower = split(axes(), rows=2, heights=[3, 1], share_x=True)
        >>> lines = upper.plot([0, 1, 2], [3, 4, 5])
        >>> upper.get_xlim() == lower.get_xlim()
        True
    """
    figure = ax.figure
    place = ax.get_subplotspec()
    if place is None:  # made by figure.add_axes, of which only the corners are known
        box = ax.get_position()
        whole = figure.add_gridspec(1, 1, left=box.x0, right=box.x1, bottom=box.y0, top=box.y1)
        place = whole[0]
    grid = place.subgridspec(rows, columns, height_ratios=heights)
    ax.set_subplotspec(grid[0])
    shared = ax if share_x else None
    others = [figure.add_subplot(grid[i], sharex=shared) for i in range(1, rows * columns)]
    panels = [ax, *map(_dressed, others)]
    if share_x:
        for panel in panels[:-columns]:
            panel.tick_params(labelbottom=False)
    return panels


def _dressed(ax: Axes) -> Axes:
    """A new Axes in the shared look, set on it and nowhere else."""
    ax.set_prop_cycle(color=COLORS)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=TEXT_SIZE)
    ax.xaxis.label.set_fontsize(TEXT_SIZE + 1)
    ax.yaxis.label.set_fontsize(TEXT_SIZE + 1)
    ax.title.set_fontsize(TEXT_SIZE + 2)
    ax.set_axisbelow(True)
    return ax
