"""Rows of pixels as pictures: digits with what a model takes them for, weights, gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nn.common.checks import whole
from nn.plots.style import DIVERGING, TEXT_SIZE, WRONG, axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 0.12
"""Between two images, in widths of an image; above each there is room for its caption."""
CAPTION = 0.36


def digits(
    images: Sequence[Sequence[float]],
    targets: Sequence[int] | None = None,
    predictions: Sequence[int] | None = None,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """Draw square images in a grid, each with what it was taken for, the wrong ones framed.

    White is the least of all pixels and black the greatest. Where a pixel is negative, as in
    weights or gradients, white is 0, orange positive and purple negative.

    Args:
        images: A row of side · side pixels each, line by line, such as the 64 of `datasets.digits`.
        targets: The true class of each, or None.
        predictions: The class that a model gave each, or None.
        columns: Images beside each other, at least 1.
        ax: Where to draw; None for a new Axes.

    Raises:
        ValueError: If images differ in size or are no square, or lists differ in length.

    Example:
        >>> from nn import datasets
        >>> data = datasets.digits()
        >>> ax = digits(data.inputs[:3], data.targets[:3], predictions=[0, 1, 7])
        >>> [text.get_text() for text in ax.texts]
        ['0', '1', '7, is 2']
    """
    columns = min(whole("columns", columns, at_least=1), len(images))
    side = _side(images)
    for name, classes in {"targets": targets, "predictions": predictions}.items():
        if classes is not None and len(classes) != len(images):
            raise ValueError(f"{len(images)} images need as many {name}, but got {len(classes)}")
    rows = math.ceil(len(images) / columns)
    step = 1.0 + GAP
    down = step + (CAPTION if targets is not None or predictions is not None else 0.0)
    inches = min(0.9, 7.0 / columns)
    ax = axes(ax, size=(inches * columns * step, inches * rows * down))

    pixels = [pixel for image in images for pixel in image]
    low, high, colormap = min(pixels), max(pixels), "Greys"
    if low < 0.0:
        high = max(-low, high)
        low, colormap = -high, DIVERGING
    for i, image in enumerate(images):
        x, y = i % columns * step, i // columns * down
        lines = [list(image[start : start + side]) for start in range(0, side * side, side)]
        ax.imshow(lines, extent=(x, x + 1.0, y + 1.0, y), cmap=colormap, vmin=low, vmax=high)
        text, wrong = _caption(i, targets, predictions)
        shade = WRONG if wrong else "0.3"
        ax.plot(
            [x, x + 1.0, x + 1.0, x, x], [y, y, y + 1.0, y + 1.0, y],
            color=shade if wrong else "0.8", linewidth=2.5 if wrong else 0.8,
        )  # fmt: skip
        if text:
            ax.text(
                x + 0.5, y - 0.06, text, ha="center", va="bottom", color=shade,
                fontsize=TEXT_SIZE, fontweight="bold" if wrong else "normal",
            )  # fmt: skip
    ax.set_xlim(-GAP, columns * step)
    ax.set_ylim(rows * down, step - down - GAP)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _side(images: Sequence[Sequence[float]]) -> int:
    """The pixels along the side of each image."""
    if len(images) == 0:
        raise ValueError("there is no image to draw")
    side = math.isqrt(len(images[0]))
    for i, image in enumerate(images):
        if len(image) != side * side:
            raise ValueError(
                f"each image needs as many pixels as the first one, a square number such as 64; "
                f"image {i} has {len(image)}"
            )
    return side


def _caption(
    i: int, targets: Sequence[int] | None, predictions: Sequence[int] | None
) -> tuple[str, bool]:
    """What stands above an image, and whether it was taken for a wrong class."""
    if predictions is None:
        return ("" if targets is None else str(targets[i])), False
    if targets is None or predictions[i] == targets[i]:
        return str(predictions[i]), False
    return f"{predictions[i]}, is {targets[i]}", True
