"""Draws every network of `networks.py` on one page, light and dark side by side.

`python docs/gallery.py` writes `docs/gallery.html`, which asks no other file for anything; a person
can look through it in a minute. A click on a picture shows it at 100 %, and hovering tells the
numbers.
"""

import html
import re
import sys
import time
from pathlib import Path
from string import Template
from typing import Literal

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from networks import NETWORKS, Graph  # noqa: E402

from engine import draw, write_whole  # noqa: E402

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>glassgrad: a gallery of graphs</title>
<style>
  body { font: 15px/1.45 Helvetica, Arial, sans-serif; margin: 1.5rem; color: #1a1a1a; }
  nav a { margin-right: .8em; white-space: nowrap; }
  h2 { font-size: 1.1rem; margin: 2rem 0 .2rem; }
  p { margin: 0 0 .6rem; color: #555; }
  .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
  .pair label { display: block; overflow: auto; cursor: zoom-in; border: 1px solid #ccc; }
  .pair label + label { background: #1b1b1b; }
  .pair svg { display: block; margin: auto; max-width: 100%; max-height: 70vh; height: auto; }
  .pair:has(:checked) { grid-template-columns: 1fr; }
  .pair label:has(:checked) { cursor: zoom-out; }
  .pair label:has(:checked) svg { max-width: none; max-height: none; }
  input { position: absolute; opacity: 0; }
  @media (max-width: 700px) { .pair { grid-template-columns: 1fr; } }
</style>
<h1>What it draws</h1>
<p>Each at level "auto", on light and on dark ground. A click shows a picture at 100 %.</p>
<nav>$links</nav>
$sections
</html>
""")


def page(names: list[str]) -> str:
    """The page of these networks."""
    links = (f'<a href="#{name}">{_title(name)}</a>' for name in names)
    return _PAGE.substitute(links=" ".join(links), sections="\n".join(map(section, names)))


def section(name: str) -> str:
    """One network: what it is, how large and how long, and its two pictures."""
    graph = NETWORKS[name]()
    pictures = []
    for theme in ("light", "dark"):
        started = time.perf_counter()
        drawing, svg = picture(graph, theme)
        seconds = time.perf_counter() - started
        pictures.append(f'<label><input type="checkbox">{svg}</label>')
    size = re.search(r'width="(\d+)pt" height="(\d+)pt"', svg)
    about = f"{html.escape(repr(drawing))}, {seconds:.1f} s"
    if size is not None:
        width, height = (round(int(points) * 4 / 3) for points in size.groups())
        about += f", {width:,} × {height:,} px"
    what = html.escape((NETWORKS[name].__doc__ or "").strip())
    return (
        f'<h2 id="{name}">{_title(name)}</h2>\n<p>{what} {about}</p>\n'
        f'<div class="pair">{"".join(pictures)}</div>'
    )


def picture(graph: Graph, theme: Literal["light", "dark"]) -> tuple[object, str]:
    """The drawing, and its picture as an element of a page."""
    drawing = draw(graph.output, model=graph.model, theme=theme)
    svg = drawing._repr_mimebundle_(include={"image/svg+xml"})["image/svg+xml"]
    return drawing, re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :])


def _title(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "gallery.html"
    write_whole(path, page(list(NETWORKS)))
    print(f"saved {path}")
