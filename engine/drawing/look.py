"""How a drawing looks: its direction, its colours, the size of its text, what of it is faded.

Boxes, edges and the legend are written for white paper and text of one size. A theme is a function
of a colour, so that none of them knows of it; it is applied to the attributes at the end.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from engine.drawing.colors import BLACK, NEGATIVE_LINE, WHITE, Color, dark, grey, lighter
from engine.text import short

Direction = Literal["auto", "right", "down"]
Theme = Literal["light", "dark", "print"]

_FONT_SIZE = 11.0  # of the names in boxes; other text is smaller in proportion
_SMALLEST, _LARGEST = 4.0, 72.0
_FADED_TEXT = "#636363"  # still legible, on dark ground too

_THEMES: dict[str, Callable[[Color], Color]] = {
    "light": lambda color: color,
    "dark": dark,
    "print": grey,
}
# In text of a user's these signs are entities, so no name looks like a tag.
_TAG = re.compile(r"<(\w+)[^<>]*>")
_COLOR = re.compile(r'(?<=COLOR=")#\w{6}')
_SIZE = re.compile(r'(?<=POINT-SIZE=")[\d.]+')


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing looks.

    Attributes:
        direction: Where the computation goes; "auto" is to the right, or where a folded picture
            would be too wide, down.
        theme: For light or dark ground, or for a printer without colours.
        font_size: Of the names in boxes, in points.
        legend: Whether there is one.

    Raises:
        ValueError: Where one of them is something else, with all that it could be.
    """

    direction: Direction = "auto"
    theme: Theme = "light"
    font_size: float = _FONT_SIZE
    legend: bool = True

    def __post_init__(self) -> None:
        for what, kind in (("direction", Direction), ("theme", Theme)):
            given, possible = getattr(self, what), get_args(kind)
            if given not in possible:
                raise ValueError(
                    f"{what} must be one of {', '.join(possible)}, but got {short(given)}"
                )
        size = self.font_size
        if (
            isinstance(size, bool)
            or not isinstance(size, int | float)
            or not (_SMALLEST <= size <= _LARGEST)
        ):
            raise ValueError(
                f"font_size must be a number of points from {_SMALLEST:g} to {_LARGEST:g}, "
                f"but got {short(self.font_size)}"
            )
        if not isinstance(self.legend, bool):
            raise ValueError(f"legend must be True or False, but got {short(self.legend)}")

    @property
    def ground(self) -> dict[str, str]:
        """The attributes of the whole graph, to be dressed as others are."""
        return {} if self.theme == "light" else {"bgcolor": WHITE}

    @property
    def scale(self) -> float:
        """How large text is, beside the usual size."""
        return self.font_size / _FONT_SIZE

    def color(self, color: Color) -> Color:
        """A colour for white paper as it is in the theme."""
        return _THEMES[self.theme](color)

    def dressed(self, attributes: Mapping[str, str], faded: bool = False) -> dict[str, str]:
        """The attributes of a box, an edge or a frame, in the theme and with text of the size.

        Args:
            attributes: For light ground.
            faded: Whether it stands back.
        """
        if not faded and self.theme == "light" and self.font_size == _FONT_SIZE:
            return dict(attributes)

        def color(color: Color, of_text: bool) -> Color:
            if faded:
                color = _FADED_TEXT if of_text else lighter(color)
            return self.color(color[:7]) + color[7:]

        def tag(found: re.Match[str]) -> str:
            of_text = found[1] == "FONT"
            colored = _COLOR.sub(lambda found: color(found[0], of_text), found[0])
            return _SIZE.sub(lambda found: self._size(found[0]), colored)

        dressed = dict(attributes)
        if faded:
            dressed.setdefault("fontcolor", BLACK)
        if self.theme == "print" and dressed.get("color", "")[:7] == NEGATIVE_LINE:
            dressed |= {"arrowhead": "onormal", "arrowsize": "0.9"}
        for name, value in dressed.items():
            if name.endswith("color"):
                dressed[name] = color(value, name == "fontcolor")
            elif name == "fontsize":
                dressed[name] = self._size(value)
            elif name == "label":
                dressed[name] = _TAG.sub(tag, value)
        return dressed

    def _size(self, size: str) -> str:
        return f"{float(size) * self.scale:g}"


USUAL = Look()
