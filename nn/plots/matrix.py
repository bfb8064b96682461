"""Which class was taken for which: a confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nn.plots.style import TEXT_SIZE, WRONG, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def confusion(
    counts: Sequence[Sequence[int]], class_names: Sequence[str] = (), ax: Axes | None = None
) -> Axes:
    """Draw a confusion matrix: how many rows of each true class were taken for each class.

    A cell is shaded by its share of its true class; mistakes stand in vermilion.

    Args:
        counts: As `nn.confusion_matrix` gives them: row i, column j counts class i taken for j.
        class_names: For the axes; without them, the numbers.
        ax: Where to draw; None for a new Axes.

    Raises:
        ValueError: If the counts are no square, or there is another number of names.

    Example:
        >>> from nn import confusion_matrix
        >>> ax = confusion(confusion_matrix([0, 1, 1], [0, 0, 1], 2), ["cat", "dog"])
        >>> [text.get_text() for text in ax.texts]
        ['1', '1', '0', '1']
    """
    n = len(counts)
    if n == 0 or any(len(row) != n for row in counts):
        raise ValueError("a confusion matrix has as many columns as rows, a row for each class")
    if class_names and len(class_names) != n:
        raise ValueError(f"{n} classes need as many names, but got {len(class_names)}")
    names = [str(name) for name in class_names] or [str(k) for k in range(n)]
    side = 2.6 + 0.36 * n
    ax = axes(ax, size=(side + 1.0, side))
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    image = ax.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    for i, row in enumerate(counts):
        for j, count in enumerate(row):
            wrong = i != j and count > 0
            shade = "0.75" if not count else WRONG if wrong else "black"
            if shares[i][j] > 0.5:
                shade = "white"
            ax.text(
                j, i, str(count), ha="center", va="center", color=shade,
                fontsize=TEXT_SIZE, fontweight="bold" if wrong else "normal",
            )  # fmt: skip
    slanted = max(map(len, names)) > 4
    ax.set_xticks(
        range(n), names, rotation=30 if slanted else 0, ha="right" if slanted else "center"
    )
    ax.set_yticks(range(n), names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    bar = ax.figure.colorbar(image, ax=ax, format=lambda share, _: f"{share:.0%}")
    bar.set_label("share of the true class", fontsize=TEXT_SIZE)
    return ax
