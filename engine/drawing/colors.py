"""The colours of gradients, on one logarithmic scale for a whole picture.

The sign is a hue, blue or orange, which the colour-blind tell apart; the size is the darkness, so
that it survives a grey print, where the sign is still in the number. The darkest fill is light
enough for black text.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

BLACK = "#1A1A1A"
DARK = "#3D3D3D"
GREY = "#5E5E5E"
PALE = "#B5B5B5"
WHITE = "#FFFFFF"
ALARM = "#A30D2D"

_FILL = {1: "#5BA4DA", -1: "#F19A4A", 0: "#A6A6A6"}  # positive, negative, of both signs
_LINE = {1: "#2F7FBF", -1: "#D96F12", 0: "#7A7A7A"}

_STRONG = {1: "#1F6FB2", -1: "#C8590A"}  # of a cell, on which no text stands

_FEWEST_DECADES, _MOST_DECADES = 2.0, 6.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes on a logarithmic scale of two to six decades; smaller ones count as `smallest`."""

    smallest: float
    largest: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> "Scale | None":
        """The scale for these numbers; None where all are zero."""
        sizes = [abs(x) for x in numbers if x != 0.0 and math.isfinite(x)]
        if not sizes:
            return None
        largest = max(sizes)
        smallest = min(min(sizes), largest * 10.0**-_FEWEST_DECADES)
        return cls(max(smallest, largest * 10.0**-_MOST_DECADES, math.ulp(0.0)), largest)

    def position(self, number: float) -> float:
        """From 0 for the smallest size to 1 for the largest.

        >>> Scale(0.01, 1.0).position(-0.1)
        0.5
        """
        if not math.isfinite(number) or abs(number) >= self.largest:
            return 1.0
        if abs(number) <= self.smallest:
            return 0.0
        decades = math.log10(self.largest) - math.log10(self.smallest)
        return (math.log10(abs(number)) - math.log10(self.smallest)) / decades


def sign(number: float) -> int:
    """1, 0 or -1; 0 for nan."""
    return (number > 0.0) - (number < 0.0)


def fill(scale: Scale | None, number: float, mixed: bool = False) -> str:
    """The colour of a box whose gradient is this number; grey where it stands for both signs."""
    if scale is None or number == 0.0 or math.isnan(number):
        return WHITE
    return _tint(_FILL[0 if mixed else sign(number)], 0.12 + 0.88 * scale.position(number))


def mixed_with_white(sign: int, strength: float) -> str:
    """The colour of a sign, from white at a strength of 0 to full colour at 1."""
    return _tint(_STRONG[sign], strength) if sign else WHITE


def cell(scale: Scale | None, number: float) -> str:
    """The colour of a cell for a gradient, on the scale of the picture."""
    if scale is None or number == 0.0 or math.isnan(number):
        return WHITE
    return mixed_with_white(sign(number), 0.08 + 0.92 * scale.position(number))


def line(number: float, mixed: bool = False) -> str:
    """The colour of an edge whose contribution is this number."""
    return _LINE[0 if mixed else sign(number)]


def _tint(color: str, strength: float) -> str:
    channels = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - c) * strength):02X}" for c in channels)
