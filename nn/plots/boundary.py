"""What a model with two inputs makes of the whole plane, with the data that it has seen over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from engine import Value
from nn.common.checks import whole
from nn.metrics import Scores
from nn.plots.points import are_signs, class_indices, limits, name_axes, plane_rows, scatter
from nn.plots.style import SEQUENTIAL, TEXT_SIZE, axes, color

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Grid = NDArray[np.float64]

FINE, COARSE = 200, 80
"""Points along a side: for a model that has `predict`, and for one that is called row by row."""

DEEPEST = 0.5
"""How much of a class's colour the surest place has; the points on it must still be seen."""


def decision_boundary(
    model: Callable[[Any], Any],
    inputs: Sequence[Sequence[float]],
    targets: Sequence[Any],
    class_names: Sequence[str] = (),
    feature_names: Sequence[str] = (),
    logits: bool | None = None,
    resolution: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a model says at each point of the plane, and the rows with their targets over it.

    Several outputs are the logits of as many classes: a place has the colour of the class with the
    largest one, the deeper, the further its softmax probability p is above chance,
    (p - 1/k) / (1 - 1/k) for k classes. A single output tells two classes apart, with p its sigmoid
    for targets 0 and 1, and (output + 1) / 2 for targets -1 and 1. For other targets it is a
    regression, and the colour bar gives the output.

    Args:
        model: With two inputs; asked through `model.predict(rows)` if it has that method, else
            called with each row.
        inputs: The rows, as the model takes them.
        targets: One for each row: class numbers, -1 and 1, or for a regression real numbers.
        class_names: For the legend; without them, the numbers.
        feature_names: Of the two inputs, with their units, for the axes; without them, x1 and x2.
        logits: Whether a single output for classes 0 and 1 is a logit, with the boundary at 0, or a
            probability, with the boundary at 0.5; None to take it for a probability where it stays
            from 0 to 1, as a sigmoid does.
        resolution: Points along each side; None for 200 with `predict`, and for 80 without, where
            each point costs a graph (a 2-16-16-1 network takes under a second).
        ax: Where to draw; None for a new Axes.

    Raises:
        TypeError: If something is no row, or no number.
        ValueError: If rows have not two finite inputs, or outputs do not fit the targets.

    Example:
        >>> from nn import MLP, datasets
        >>> data, model = datasets.moons(20, seed=0), MLP(2, [2], seed=0)
        >>> ax = decision_boundary(model, data.inputs, data.targets, data.target_names)
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['upper', 'lower']
    """
    rows, targets = plane_rows(inputs, targets)
    if resolution is None:
        resolution = FINE if hasattr(model, "predict") else COARSE
    resolution = whole("resolution", resolution, at_least=2)
    ax = axes(ax, size=(6.6, 4.4))

    import numpy as np

    ax.set_xlim(limits(x for x, _ in rows))
    ax.set_ylim(limits(y for _, y in rows))
    xs = np.linspace(*ax.get_xlim(), resolution)
    ys = np.linspace(*ax.get_ylim(), resolution)
    scores = _scores(model, [[x, y] for y in ys.tolist() for x in xs.tolist()])
    planes = scores.T.reshape(-1, resolution, resolution)  # one for each output

    classes = class_indices(targets)
    if len(planes) == 1 and (classes is None or max(classes) > 1):
        _draw_regression(ax, xs, ys, planes[0], rows, targets)
    elif classes is None or (len(planes) > 1 and max(classes) >= len(planes)):
        raise ValueError(
            f"a model with {len(planes)} outputs needs as targets the classes "
            f"0 to {len(planes) - 1}, but got {targets[:5]}{' and more' if targets[5:] else ''}"
        )
    else:
        signs = are_signs(targets)
        shares = _shares(planes, signs, logits)
        _draw_classes(ax, xs, ys, shares)
        scatter(ax, rows, classes, class_names, signs)
    name_axes(ax, feature_names)
    return ax


def _scores(model: Callable[[Any], Any], rows: list[list[float]]) -> Grid:
    """The outputs of the model for each row, in plain numbers."""
    import numpy as np

    predict = getattr(model, "predict", None)
    outputs = [model(row) for row in rows] if predict is None else predict(rows)
    scores = np.asarray([_plain(output) for output in outputs], dtype=float)
    return scores.reshape(len(rows), -1)


def _plain(output: Any) -> Scores:
    if isinstance(output, Value):
        return output.data
    if isinstance(output, Iterable):
        return [x.data if isinstance(x, Value) else float(x) for x in output]
    return float(output)


def _shares(planes: Grid, signs: bool, logits: bool | None) -> Grid:
    """The probability of each class at each point; they add up to 1."""
    import numpy as np

    if len(planes) > 1:
        powers = np.exp(planes - planes.max(axis=0))
        shares: Grid = powers / powers.sum(axis=0)
        return shares
    (output,) = planes
    if signs:
        p = np.clip((output + 1.0) / 2.0, 0.0, 1.0)
    elif logits is False or (logits is None and output.min() >= 0.0 and output.max() <= 1.0):
        p = np.clip(output, 0.0, 1.0)
    else:
        p = 1.0 / (1.0 + np.exp(-np.clip(output, -700.0, 700.0)))
    return np.stack([1.0 - p, p])


def _draw_classes(ax: Axes, xs: Grid, ys: Grid, shares: Grid) -> None:
    """Each place in the colour of its class, and a line where one class gives way to another."""
    import numpy as np
    from matplotlib.colors import to_rgb

    n_classes = len(shares)
    best = shares.argmax(axis=0)
    sure = (shares.max(axis=0) - 1.0 / n_classes) / (1.0 - 1.0 / n_classes)
    colors = np.array([to_rgb(color(k)) for k in range(n_classes)])
    depth = DEEPEST * sure[..., np.newaxis]
    image = (1.0 - depth) + depth * colors[best]
    ax.imshow(
        image, extent=_extent(xs, ys), origin="lower", aspect="auto", interpolation="bilinear"
    )
    for k in range(n_classes if n_classes > 2 else 1):
        ahead = shares[k] - np.delete(shares, k, axis=0).max(axis=0)
        if ahead.min() < 0.0 < ahead.max():
            ax.contour(xs, ys, ahead, levels=[0.0], colors="0.25", linewidths=1.2)


def _draw_regression(
    ax: Axes, xs: Grid, ys: Grid, output: Grid, rows: list[list[float]], targets: Sequence[float]
) -> None:
    """The output and the targets in the same colours, so that a point that fits disappears."""
    low, high = min(output.min(), *targets), max(output.max(), *targets)
    image = ax.imshow(
        output, extent=_extent(xs, ys), origin="lower", aspect="auto", interpolation="bilinear",
        cmap=SEQUENTIAL, vmin=low, vmax=high,
    )  # fmt: skip
    ax.scatter(
        [x for x, _ in rows], [y for _, y in rows], c=targets, s=32,
        cmap=SEQUENTIAL, vmin=low, vmax=high, edgecolors="white", linewidths=0.8, zorder=3,
    )  # fmt: skip
    bar = ax.figure.colorbar(image, ax=ax)
    bar.set_label("output; in the points, target", fontsize=TEXT_SIZE)


def _extent(xs: Grid, ys: Grid) -> tuple[float, float, float, float]:
    """The edges of an image whose pixels have their centres at the grid's points."""
    dx, dy = (xs[1] - xs[0]) / 2.0, (ys[1] - ys[0]) / 2.0
    return xs[0] - dx, xs[-1] + dx, ys[0] - dy, ys[-1] + dy
