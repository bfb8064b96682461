"""How a training went: the loss, the metrics and the learning rate, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from nn.plots.results import Training
from nn.plots.style import SIZE, TEXT_SIZE, WRONG, axes, color, split

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOGARITHMIC_FROM = 100.0
"""Losses have a logarithmic axis where the greatest is so many times the least, and all are > 0."""


def training_curves(history: Training, ax: Axes | None = None) -> Axes:
    """Draw the losses of a training, below them its metrics, and below those its learning rate.

    The axis of the losses starts at 0, and is logarithmic where they are positive and span a factor
    of 100 or more. With a validation loss, the epoch where it was least is marked; a training that
    diverged or was interrupted says so where it ended.

    Args:
        history: What `fit` returned.
        ax: Where to draw; None for a new Axes. It becomes the panel of the losses, and the others
            take a part of its place.

    Example:
        >>> from nn import History
        >>> ax = training_curves(History(loss=[1.0, 0.5, 0.25], learning_rate=[0.1, 0.1, 0.1]))
        >>> ax.get_ylabel(), ax.lines[0].get_ydata().tolist()
        ('loss', [1.0, 0.5, 0.25])
    """
    metrics = {name: numbers for name, numbers in history.metrics.items() if numbers}
    below = [bool(metrics), bool(history.learning_rate)]
    width, height = SIZE
    ax = axes(ax, size=(width, height + 0.8 * sum(below)))

    from matplotlib.ticker import MaxNLocator

    panels = [ax]
    if any(below):
        heights = [2.4, *(1.0 for panel in below if panel)]
        panels = split(ax, rows=len(heights), heights=heights, share_x=True)

    _lines(ax, {"training": history.loss, "validation": history.validation_loss})
    _scale(ax, [*history.loss, *history.validation_loss])
    _mark_least(ax, history.validation_loss)
    ax.set_ylabel("loss")
    rest = iter(panels[1:])
    if metrics:
        panel = next(rest)
        _lines(panel, metrics)
        plain = {name.removeprefix("validation ") for name in metrics}
        panel.set_ylabel(plain.pop() if len(plain) == 1 else "metric")
    if history.learning_rate:
        panel = next(rest)
        _lines(panel, {"learning rate": history.learning_rate})
        panel.set_ylim(0.0, 1.08 * max(history.learning_rate) or 1.0)
        panel.set_ylabel("learning\nrate")
    _mark_end(ax, history)
    ax.figure.align_ylabels(panels)
    panels[-1].set_xlabel("epoch")
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    return ax


def _lines(ax: Axes, columns: Mapping[str, Sequence[float]]) -> None:
    """A line for each list that is not empty, and a legend where there are several."""
    for i, (name, numbers) in enumerate(columns.items()):
        if numbers:
            dot = "o" if len(numbers) == 1 else ""  # a line through one point cannot be seen
            epochs = range(1, len(numbers) + 1)
            ax.plot(epochs, numbers, color=color(i), marker=dot, label=name)
    if len(ax.lines) > 1:
        ax.legend(fontsize=TEXT_SIZE, frameon=False)


def _scale(ax: Axes, losses: Iterable[float]) -> None:
    """An axis that starts at 0, or a logarithmic one where the losses ask for it."""
    finite = [number for number in losses if math.isfinite(number)]
    if not finite or min(finite) < 0:
        return
    if min(finite) > 0 and max(finite) >= LOGARITHMIC_FROM * min(finite):
        ax.set_yscale("log")
    else:
        ax.set_ylim(0.0, 1.08 * max(finite) or 1.0)


def _mark_least(ax: Axes, validation_loss: Sequence[float]) -> None:
    """A ring where the validation loss was least; after it, the model may learn by heart."""
    if validation_loss:
        least = min(range(len(validation_loss)), key=validation_loss.__getitem__)
        label = f"least validation loss, {validation_loss[least]:.3g} in epoch {least + 1}"
        ax.plot(
            [least + 1], [validation_loss[least]],
            color=color(1), marker="o", markersize=9, fillstyle="none", linestyle="", label=label,
        )  # fmt: skip
        ax.legend(fontsize=TEXT_SIZE, frameon=False)


def _mark_end(ax: Axes, history: Training) -> None:
    """A line where a training ended before its time, which says why."""
    if history.diverged or history.interrupted:
        word = "diverged" if history.diverged else "interrupted"
        end = len(history.loss) + 1
        if end == 1:
            ax.set_xlim(0, 2)
        ax.axvline(end, color=WRONG, linestyle="--")
        ax.annotate(
            f"{word} in epoch {end}", (end, 0.5), xycoords=ax.get_xaxis_transform(),
            xytext=(-4, 0), textcoords="offset points", rotation=90,
            ha="right", va="center", color=WRONG, fontsize=TEXT_SIZE,
        )  # fmt: skip
