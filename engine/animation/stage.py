"""The pictures that a film is put together of, all of one layout, and where everything stands.

Graphviz lays out once. A box has a few looks, so there is a picture of every box's first look, of
every second one, and so on; a frame is cut out of these, in a few milliseconds.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import graphviz

from engine.animation.script import Attributes, Script
from engine.drawing.colors import BLACK, PALE, WHITE
from engine.drawing.look import Look
from engine.drawing.markup import FONT, text
from engine.drawing.planning import Attempt, lay_out_in_time
from engine.drawing.rendering import lay_out, render

if TYPE_CHECKING:
    from PIL.Image import Image

Box = tuple[int, int, int, int]
Point = tuple[float, float]

LIT = "#C2187A"
_WIDTH, _HEIGHT = 1600.0, 1000.0  # at most, in dots
_DOTS_PER_INCH = 144.0
_LINE = 22  # points, of a caption
_SVG = "{http://www.w3.org/2000/svg}"
_COLOR_OF_EDGE = re.compile(
    r'(?<=\n)(\t+box\d+ -> box\d+\t\[(?:arrow\w+=\S+\s+)*color=")(#\w{6})\w*'
)


class Stage:
    """What is seen of a script: a picture for each look, captions, and the places in them.

    Attributes:
        looks: The pictures, the first of every box's first look, with edges that are ahead.
        reached: The picture with edges that have been gone along.
        captions: A strip of text for each step.
        boxes: Where each box is, in dots.
        lit: The colour of what is lit, in the palette of all pictures.
        edges: The way along each edge, from operand to result, in dots.
    """

    def __init__(self, attempt: Attempt, script: Script) -> None:
        look = attempt.sheet.look
        widest = [max(looks, key=lambda one: len(one["label"])) for looks in script.looks]
        whole = attempt.digraph.copy()
        whole.body += _statements(widest)
        _, laid_out = lay_out_in_time([str(whole.source)], len(widest))
        root = ET.fromstring(render(laid_out, "svg"))
        width, height = (float(root.attrib[side][:-2]) for side in ("width", "height"))
        self._dots = min(_DOTS_PER_INCH, 72.0 * _WIDTH / width, 72.0 * _HEIGHT / (height + _LINE))
        ahead = _COLOR_OF_EDGE.sub(rf"\g<1>{look.color(PALE)}", laid_out)
        count = max(map(len, script.looks))
        self.looks = [
            self._picture(ahead, [looks[min(i, len(looks) - 1)] for looks in script.looks])
            for i in range(count)
        ]
        self.reached = self._picture(laid_out, [looks[-1] for looks in script.looks])
        self._locate(root, self.reached.width / width)
        lines = ["", *(step.line for step in script.steps)]
        self.captions = self._captions(lines, look)
        self._share_colors()

    def _share_colors(self) -> None:
        """Give all pictures one palette, so that a frame is put together of them as they are."""
        from PIL.Image import Dither

        colors = self.reached.copy()
        colors.paste(LIT, (0, 0, 16, 16))
        palette = colors.quantize(255)
        exact = palette.getpalette() or []
        for place in ((0, 0), (20, 0)):  # what is lit, and the ground, which is most of it
            at: Any = palette.getpixel(place)
            color: Any = colors.getpixel(place)
            exact[3 * at : 3 * at + 3] = color
        palette.putpalette(exact)

        def shared(picture: "Image") -> "Image":
            return picture.quantize(palette=palette, dither=Dither.NONE)

        self.lit = int(shared(colors.crop((0, 0, 1, 1))).getpixel((0, 0)))  # type: ignore[arg-type]
        self.reached = shared(self.reached)
        self.looks = list(map(shared, self.looks))
        self.captions = list(map(shared, self.captions))

    def _picture(self, laid_out: str, looks: Sequence[Attributes]) -> "Image":
        body = laid_out.rstrip().removesuffix("}") + "".join(_statements(looks)) + "}\n"
        return _opened(render(body, "png", most_dots_per_inch=self._dots))

    def _locate(self, root: ET.Element, scale: float) -> None:
        (graph,) = root.findall(f"{_SVG}g")
        dx, dy = map(
            float, re.findall(r"translate\(([\d.-]+)[ ,]([\d.-]+)\)", graph.attrib["transform"])[0]
        )

        def points(found: str) -> list[Point]:
            numbers = list(map(float, re.findall(r"-?[\d.]+", found)))
            return [
                ((x + dx) * scale, (y + dy) * scale)
                for x, y in zip(numbers[::2], numbers[1::2], strict=True)
            ]

        self.boxes: dict[int, Box] = {}
        self.edges: dict[int, list[Point]] = {}
        for group in graph.iter(f"{_SVG}g"):
            name = re.fullmatch(r"(box|edge)(\d+)", group.attrib.get("id", ""))
            if name is None:
                continue
            drawn = [s for s in group.iter() if s.tag in (f"{_SVG}path", f"{_SVG}polygon")]
            outline = [p for s in drawn for p in points(s.get("d") or s.get("points") or "")]
            if name[1] == "box":
                xs, ys = zip(*outline, strict=True)
                self.boxes[int(name[2])] = (
                    int(min(xs)) - 3, int(min(ys)) - 3, int(max(xs)) + 4, int(max(ys)) + 4,
                )  # fmt: skip
            elif drawn:
                path = points(drawn[0].get("d") or "")
                tip = points(drawn[1].get("points") or "") if len(drawn) > 1 else []
                self.edges[int(name[2])] = [*_along(path), *tip[1:2]]

    def _captions(self, lines: Sequence[str], look: Look) -> "list[Image]":
        rows = "".join(
            f'<TR><TD ALIGN="LEFT" HEIGHT="{_LINE}">{text(line) or " "}</TD></TR>' for line in lines
        )
        colors = look.dressed({"bgcolor": WHITE, "fontcolor": BLACK})
        graph = graphviz.Digraph(
            graph_attr={"pad": "0", "margin": "0", "bgcolor": colors["bgcolor"]}
        )
        table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>>'
        graph.node(
            "captions", label=table, shape="plain", fontname=FONT, fontsize="12",
            fontcolor=colors["fontcolor"],
        )  # fmt: skip
        picture = _opened(render(lay_out(graph.source, 60.0), "png", most_dots_per_inch=self._dots))
        height = picture.height / len(lines)
        return [
            picture.crop((0, round(i * height), picture.width, round(i * height) + int(height)))
            for i in range(len(lines))
        ]


def _statements(looks: Sequence[Attributes]) -> list[str]:
    """What gives the boxes these looks, where it stands after what gave them others."""
    changes = graphviz.Digraph()
    for i, look in enumerate(looks):
        changes.node(f"box{i}", **look)
    return list(changes.body)


def _opened(png: bytes) -> "Image":
    from PIL import Image

    return Image.open(io.BytesIO(png)).convert("RGB")


def _along(controls: Sequence[Point], parts: int = 12) -> list[Point]:
    """Points along a path of Bézier curves."""
    points = list(controls[:1])
    for i in range(0, len(controls) - 3, 3):
        a, b, c, d = controls[i : i + 4]
        for part in range(1, parts + 1):
            t = part / parts
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            points.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return points
