"""Pictures of experiments: variants side by side, learning rates tried, a grid of settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from nn.common.text import describe, shown
from nn.plots import style
from nn.plots.results import Rates, Run, Runs, Variants

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY_TIMES = 50.0
"""Positive numbers whose greatest is so many times the least are shown on a logarithmic scale."""

CEILING = 10.0
"""A loss of so many times the first one, in the median of all runs, is the top of the picture."""

FAR_OFF = 1e3
"""Cells so many times above or below the median of all cells share the colour at the end."""

READABLE = (9, 16)
"""Beyond so many columns or rows, cells are too small for their numbers."""


def comparison(comparison: Variants, ax: Axes | None = None) -> Axes:
    """Draw each variant's loss by epoch: a line for the median over the seeds, in its range.

    Runs that diverged are in neither: a cross marks the end of each, and the legend counts them.
    Losses far above the first ones leave the picture at its top.

    Args:
        comparison: What `nn.compare` returned.
        ax: The matplotlib axes to draw on; None for new ones.

    Example:
        >>> from nn import MLP, SGD, compare
        >>> def slow(seed):
        ...     model = MLP(1, [1], seed=seed)
        ...     return model, SGD(model.parameters(), learning_rate=0.01)
        >>> found = compare({"slow": slow}, [[0.0], [1.0]], [0.0, 1.0], epochs=5, progress=False)
        >>> comparison(found).get_xlabel()
        'epoch'
    """
    ax = style.axes(ax)
    histories = [run for runs in comparison.histories.values() for run in runs.values()]
    starts = [run.loss[0] for run in histories if run.loss]
    top = min(CEILING * abs(median(starts)), 1e300) if starts else 1.0
    shown: list[float] = []
    for index, (name, runs) in enumerate(comparison.histories.items()):
        color = style.color(index)
        # A line leaves the picture at its top: what is far beyond is drawn less far.
        finished = [
            [min(loss, CEILING * top) for loss in run.loss]
            for run in runs.values()
            if not run.diverged
        ]
        columns = list(zip(*finished, strict=True))
        diverged = [run for run in runs.values() if run.diverged]
        ends = [(len(run.loss), min(run.loss[-1], top)) for run in diverged if run.loss]
        label = f"{name} ({len(diverged)} of {len(runs)} diverged)" if diverged else name
        epochs = range(1, len(columns) + 1)
        ax.plot(epochs, [median(column) for column in columns], color=color, label=label)
        if len(finished) > 1:
            lows, highs = list(map(min, columns)), list(map(max, columns))
            ax.fill_between(epochs, lows, highs, color=color, alpha=0.2, linewidth=0)
        if ends:
            ax.plot(*zip(*ends, strict=True), "X", color=color, markersize=8, clip_on=False)
        shown += [loss for column in columns for loss in column] + [loss for _, loss in ends]
    if math.isfinite(comparison.target_loss):
        label = f"to reach: {comparison.target_loss:.3g}"
        ax.axhline(comparison.target_loss, color="0.5", linewidth=1, linestyle=":", label=label)
    if _many_times(shown):
        ax.set_yscale("log")
    if shown and max(shown) >= top:
        ax.set_ylim(top=top)
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss (median and range of the seeds)")
    ax.legend(fontsize=style.TEXT_SIZE)
    return ax


def learning_rates(found: Rates, ax: Axes | None = None) -> Axes:
    """Draw the loss by learning rate, with the rate that is suggested and the largest stable one.

    The losses of single steps are dots, the smoothed loss is a line.

    Args:
        found: What `nn.learning_rate_range` returned.
        ax: The matplotlib axes to draw on; None for new ones.

    Example:
        >>> from nn import MLP, learning_rate_range
        >>> line, inputs, targets = MLP(1, [1], seed=0), [[0.0], [1.0]], [0.0, 1.0]
        >>> found = learning_rate_range(line, inputs, targets, progress=False)
        >>> learning_rates(found).get_xscale()
        'log'
    """
    ax = style.axes(ax)
    lowest = min(found.smoothed)
    before = found.smoothed[: found.smoothed.index(lowest) + 1]
    height = max(before) - lowest or abs(lowest) or 1.0
    ax.plot(found.learning_rates, found.losses, ".", color="0.6", label="loss of a step")
    ax.plot(found.learning_rates, found.smoothed, color=style.color(0), label="smoothed")
    if found.suggestion is not None:
        label = f"suggested: {found.suggestion:.2g}"
        ax.axvline(found.suggestion, color=style.color(2), linestyle="--", label=label)
    if found.largest_stable is not None:
        label = f"largest that converges: {found.largest_stable:.2g}"
        ax.axvline(found.largest_stable, color=style.WRONG, linestyle=":", linewidth=2, label=label)
    ax.set_xscale("log")
    ax.set_ylim(lowest - 0.4 * height, lowest + 2.0 * height)
    ax.set_xlabel("learning rate")
    ax.set_ylabel("loss")
    ax.legend(fontsize=style.TEXT_SIZE)
    return ax


def heatmap(
    results: Runs, x: str, y: str, value: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a cell for each pair of two settings, coloured by the median of a result.

    A cell of which half of the runs or more failed is hatched, and says so; where fewer failed, the
    median is of the others, and the cell counts them. Positive numbers that range over much are
    coloured by their logarithm.

    Args:
        results: What `nn.sweep` returned.
        x: The name of a setting, for the columns.
        y: The name of another, for the rows; the median is over the seeds and all other settings.
        value: The name of the result; None for the loss, or for the only one there is.
        ax: The matplotlib axes to draw on; None for new ones.

    Raises:
        ValueError: If no setting or result has the name; it lists those there are.

    Example:
        >>> from nn import sweep
        >>> grid = {"a": [1, 2, 3], "b": [1, 2]}
        >>> ax = heatmap(sweep(lambda a, b, seed: a / b, grid, n_jobs=1, progress=False), "a", "b")
        >>> ax.get_xlabel(), [label.get_text() for label in ax.get_xticklabels()]
        ('a', ['1', '2', '3'])
    """
    for name in (x, y):
        if not all(name in row.settings for row in results):
            known = ", ".join(dict.fromkeys(name for row in results for name in row.settings))
            raise ValueError(f"the settings are {known}; not every run has {shown(name)}")
    name = results.value_name(value)
    ax = style.axes(ax)
    columns, rows = _values(results, x), _values(results, y)
    cells: list[list[list[Run]]] = [[[] for _ in columns] for _ in rows]
    for run in results:
        cells[rows.index(run.settings[y])][columns.index(run.settings[x])].append(run)
    medians = [[_median(runs, name) for runs in line] for line in cells]
    _draw_cells(ax, cells, medians, name, all(isinstance(row, int | float) for row in rows))
    names = [describe(setting) for setting in columns]
    crowded = sum(map(len, names)) + 2 * len(names) > 70  # characters in the width of a picture
    ax.set_xticks(range(len(columns)), names)
    if crowded:
        for label in ax.get_xticklabels():
            label.set(rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(rows)), [describe(setting) for setting in rows])
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _draw_cells(
    ax: Axes,
    cells: Sequence[Sequence[Sequence[Run]]],
    medians: Sequence[Sequence[float | None]],
    name: str,
    numeric_rows: bool,
) -> None:
    """Numbers grow upwards; names are read downwards."""
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.patches import Rectangle

    numbers = [number for line in medians for number in line if number is not None]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    norm: Normalize = Normalize(low, high)
    extend = "neither"
    if _many_times(numbers):
        least, most = median(numbers) / FAR_OFF, median(numbers) * FAR_OFF
        norm = LogNorm(max(low, least), min(high, most), clip=True)
        if low < least or high > most:
            extend = "max" if low >= least else "min" if high <= most else "both"
    image = ax.imshow(
        [[math.nan if number is None else number for number in line] for line in medians],
        cmap=style.SEQUENTIAL,
        norm=norm,
        aspect="auto",
        origin="lower" if numeric_rows else "upper",
    )
    repeated = any(len(runs) > 1 for line in cells for runs in line)
    for row, line in enumerate(medians):
        for column, number in enumerate(line):
            runs = cells[row][column]
            if not runs:  # a list of dicts need not have all combinations
                continue
            failed = sum(run.failed for run in runs)
            text = "" if number is None else f"{number:.3g}"
            if failed:
                word = "diverged" if any(run.diverged for run in runs) else "failed"
                text += f"\n{word}\n{failed} of {len(runs)}" if repeated else f"\n{word}"
            if number is None:
                corner = (column - 0.5, row - 0.5)
                ax.add_patch(
                    Rectangle(corner, 1, 1, facecolor="0.93", edgecolor="0.75", hatch="///")
                )
            if len(line) > READABLE[0] or len(medians) > READABLE[1]:
                continue
            dark = number is not None and norm(number) < 0.5
            ax.text(
                column,
                row,
                text.strip(),
                ha="center",
                va="center",
                color="white" if dark else "black",
                fontsize=style.TEXT_SIZE - 1,
                bbox={"facecolor": "0.93", "edgecolor": "none"} if number is None else None,
            )
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02, extend=extend)
    bar.set_label(f"{name} (median)" if repeated else name, size=style.TEXT_SIZE + 1)
    bar.outline.set_visible(False)


def _median(runs: Sequence[Run], name: str) -> float | None:
    """The median over the runs that did not fail, or None where as many failed."""
    numbers = [number for run in runs if (number := run.number(name)) is not None]
    return median(numbers) if 2 * len(numbers) > len(runs) else None


def _values(results: Runs, name: str) -> list[object]:
    """The values of a setting, each once, in the grid's order."""
    values: list[object] = []
    for run in results:
        if run.settings[name] not in values:
            values.append(run.settings[name])
    return values


def _many_times(numbers: Sequence[float]) -> bool:
    """Whether a logarithmic scale shows more of the numbers."""
    return bool(numbers) and min(numbers) > 0 and max(numbers) > MANY_TIMES * min(numbers)
