"""The colours of gradients, on one logarithmic scale for a whole picture.

The sign is a hue, blue or orange, which the colour-blind tell apart; the size is the darkness, so
that it survives a grey print, where the sign is still in the number. The darkest fill is light
enough for black text.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

Color: TypeAlias = str
"""As in the web's pages: #RRGGBB."""

BLACK = "#1A1A1A"
DARK = "#333333"
GREY = "#5E5E5E"
PALE = "#B5B5B5"
WHITE = "#FFFFFF"
ALARM = "#A30D2D"

_FILL = {1: "#5BA4DA", -1: "#F19A4A", 0: "#A6A6A6"}  # positive, negative, of both signs
NEGATIVE_LINE = "#D96F12"
_LINE = {1: "#2F7FBF", -1: NEGATIVE_LINE, 0: "#7A7A7A"}

_STRONG = {1: "#1F6FB2", -1: "#C8590A"}  # of a cell, on which no text stands

FAINTEST = 0.12
"""The strength of a fill at the lower end of the scale."""

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
    strength = FAINTEST + (1.0 - FAINTEST) * scale.position(number)
    return _tint(_FILL[0 if mixed else sign(number)], strength)


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


def _tint(color: Color, strength: float) -> Color:
    channels = _channels_of(color)
    return "#" + "".join(f"{round(255 - (255 - c) * strength):02X}" for c in channels)


def palette() -> dict[str, Any]:
    """The numbers of `fill` and `line` for a page that paints again: one truth, carried there."""
    return {
        "fill": {str(of): _channels_of(color) for of, color in _FILL.items()},
        "line": {str(of): color for of, color in _LINE.items()},
        "white": WHITE,
        "pale": PALE,
        "faintest": FAINTEST,
    }


def _channels_of(color: Color) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


# Themes: a colour for white paper as it is elsewhere


def dark(color: Color) -> Color:
    """For dark ground: what is dark becomes light and what is light dark, of the same hue.

    >>> dark(WHITE), dark(BLACK)
    ('#1B1B1B', '#F2F2F2')
    """
    lightness, a, b = _to_oklab(color)
    darkness = (1.0 - lightness) / (1.0 - _to_oklab(BLACK)[0])
    return _from_oklab(_GROUND + (_INK - _GROUND) * max(darkness, 0.0) ** _CURVE, a, b)


def grey(color: Color) -> Color:
    """For a printer without colours: the grey that is as light.

    >>> grey(WHITE), grey("#5BA4DA")
    ('#FFFFFF', '#9C9C9C')
    """
    return _from_oklab(_to_oklab(color)[0], 0.0, 0.0)


def lighter(color: Color) -> Color:
    """What is left of a colour that stands back: next to nothing."""
    return _tint(color, 0.2)


_GROUND, _INK = 0.222, 0.96  # how light what is white and what is black becomes on dark ground
_CURVE = 1.35  # above 1 fills stay darker, so that text on them is legible

# Oklab, in which lightness is what the eye takes for it (Björn Ottosson, 2020).
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OPPONENTS = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_CONES_BACK = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
_OPPONENTS_BACK = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_Three: TypeAlias = tuple[float, ...]


def _to_oklab(color: Color) -> _Three:
    linear = tuple(
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color)
    )
    return _times(_OPPONENTS, tuple(map(math.cbrt, _times(_CONES, linear))))


def _from_oklab(*oklab: float) -> Color:
    cones = tuple(cone**3 for cone in _times(_OPPONENTS_BACK, oklab))
    linear = (min(max(c, 0.0), 1.0) for c in _times(_CONES_BACK, cones))
    return _hex(12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in linear)


def _times(matrix: tuple[_Three, ...], vector: _Three) -> _Three:
    return tuple(math.fsum(map(float.__mul__, row, vector)) for row in matrix)


def _channels(color: Color) -> _Three:
    return tuple(int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5))


def _hex(channels: Iterable[float]) -> Color:
    return "#" + "".join(f"{round(255.0 * c):02X}" for c in channels)
