"""The picture of a page: Graphviz's SVG without what says nothing, and where everything in it is.

A page may be hidden when it opens, and then a browser measures nothing. So all that the page needs
to know of places is read here, from the points of the shapes themselves.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from engine.drawing.markup import FONT

Outline = tuple[float, float, float, float]  # x, y, width and height, in points

_MARGIN = 7.5  # of the text in a box, in points
_SHAPES = ("path", "polygon", "polyline", "ellipse", "text")
_SVG = "http://www.w3.org/2000/svg"
_NUMBERED = {"data": "data", "grad": "grad"} | dict.fromkeys(
    ("z", "a", "w", "grad rms", "∂L/∂a", "∂L/∂a rms", "∂L/∂w rms"), "number"
)
_TITLE = "{http://www.w3.org/1999/xlink}title"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_USUAL = {_SPACE: "preserve", "font-family": FONT, "text-anchor": "start"}  # of a text


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG, and by their ids (box0, edge0, frame0) the outlines and tooltips of its parts.

    The shape below the text of a box has the class "ground", and its numbers "data" and "grad".
    """

    svg: str
    width: float
    height: float
    outlines: dict[str, Outline]
    tips: dict[str, str]


def picture(svg: str) -> Picture:
    """The picture that is in an SVG of Graphviz."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    outlines, tips = {}, {}
    for part in root.iterfind(".//g[@class]"):
        if part.attrib["class"] == "graph":
            _move_view(root, part)
            continue
        name = part.attrib["id"]
        if (link := part.find(".//a")) is not None:
            tips[name] = link.attrib[_TITLE]
        part[:] = [element for element in part.iter() if element.tag in _SHAPES]
        if part.attrib["class"] != "edge":
            outlines[name] = _outline(*(shape for shape in part if shape.tag != "text"))
        if part.attrib["class"] == "node":
            _mark(part)
    for element in root.iter():
        element.tail = None
        if element.tag != "text":
            element.text = None
            continue
        for attribute, value in _USUAL.items():
            if element.get(attribute) == value:
                del element.attrib[attribute]
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    root.attrib |= {"xmlns": _SVG, "xml:space": "preserve", "font-family": FONT}
    return Picture(ElementTree.tostring(root, "unicode"), width, height, outlines, tips)


def _move_view(root: Element, graph: Element) -> None:
    """See the same, but move the view and not the graph, so that one system of places is left."""
    [(x, y)] = re.findall(r"translate\((\S+) (\S+)\)", graph.attrib.pop("transform"))
    _, _, width, height = root.attrib["viewBox"].split()
    root.set("viewBox", f"{-float(x):g} {-float(y):g} {float(width):g} {float(height):g}")
    for title in graph.findall("title"):
        graph.remove(title)


def _outline(*shapes: Element) -> Outline:
    """Around points and paths; the paths of Graphviz are lines, and curves within their points."""
    points = " ".join(shape.get("points") or shape.attrib["d"] for shape in shapes)
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", points)]
    x, y = min(numbers[::2]), min(numbers[1::2])
    return x, y, round(max(numbers[::2]) - x, 2), round(max(numbers[1::2]) - y, 2)


def _mark(box: Element) -> None:
    """Give what changes its class; the numbers end at the right, however long they become."""
    ground = next(shape for shape in box if shape.tag != "text")
    ground.set("class", "ground")
    x, _, width, _ = _outline(ground)
    for label, number in pairwise(box.iter("text")):
        what = (label.text or "").strip()
        if what in _NUMBERED and re.match(r"[−\d∞n]", (number.text or "").strip()):
            right = f"{x + width - _MARGIN:.2f}"
            number.attrib |= {"class": _NUMBERED[what], "text-anchor": "end", "x": right}
