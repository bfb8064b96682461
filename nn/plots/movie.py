"""Pictures one after the other: a GIF that a notebook shows without a script, and that saves."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAME_SECONDS = 0.1
REST_SECONDS = 1.5
"""How long the last frame stays before the movie begins anew."""


@dataclass(frozen=True)
class Movie:
    """A movie, which a notebook shows by itself and `save` writes to a file.

    gif       the bytes of the file
    n_frames  how many pictures it has
    """

    gif: bytes = field(repr=False)
    n_frames: int

    def save(self, path: str | Path) -> Path:
        """Write the movie as a GIF, and return where."""
        path = Path(path)
        path.write_bytes(self.gif)
        return path

    def __repr__(self) -> str:
        return f"Movie({self.n_frames} frames)"

    def _repr_html_(self) -> str:
        text = base64.b64encode(self.gif).decode("ascii")
        return f'<img alt="{self!r}" src="data:image/gif;base64,{text}">'


def film(ax: Axes, draw: Callable[[int], None], numbers: Sequence[int]) -> Movie:
    """A movie of the Figure of `ax`, after `draw` has been called with each of the numbers."""
    from PIL import Image  # matplotlib needs it too

    figure = cast("Figure", ax.figure)
    frames = []
    for number in numbers:
        draw(number)
        file = BytesIO()
        figure.canvas.print_figure(file, format="png", dpi=figure.dpi)
        figure.set_layout_engine("none")  # what the first frame found stays, and saves most time
        frames.append(Image.open(file).convert("P", palette=Image.Palette.ADAPTIVE))
    seconds = [FRAME_SECONDS] * (len(frames) - 1) + [REST_SECONDS]
    file = BytesIO()
    frames[0].save(
        file, format="GIF", save_all=True, append_images=frames[1:], loop=0,
        duration=[round(1000 * s) for s in seconds],
    )  # fmt: skip
    return Movie(file.getvalue(), len(frames))
