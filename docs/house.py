"""Draws the house: the rooms of `engine` and `nn`, floor by floor, and who imports whom.

The order stands in `house.toml`, the arrows are read from the code. `python docs/house.py` writes
`house.svg` and the table in CONTRIBUTING.md.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
FLOORS: dict[str, list[dict[str, str]]] = tomllib.loads((DOCS / "house.toml").read_text("utf-8"))
TABLE = re.compile(r"(?<=<!-- the house -->\n).*?(?=<!-- end -->)", re.DOTALL)


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, late and for typing too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module in FLOORS:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def arrows(package: str) -> dict[tuple[str, str], str]:
    """Each pair of rooms, the importing one first, with a file that imports so.

    Of the other package, what is in its face counts as the package, a room of it by both names.
    """
    found: dict[tuple[str, str], str] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        room = path.relative_to(ROOT / package).with_suffix("").parts[0]
        for module in imported(ast.parse(path.read_text("utf-8"))):
            first, name, *_ = [*module.split("."), ""]
            if first in FLOORS and name != room:
                known = any(name in floor for floor in FLOORS[first])
                other = name if first == package else f"{first}.{name}" if known else first
                if known or first != package:
                    found.setdefault((room, other), str(path))
    return found


def source() -> str:
    """The house in the DOT language."""
    lines = [
        "digraph house {",
        'graph [newrank=true, nodesep=0.2, ranksep=0.4, fontname="Helvetica"]',
    ]
    lines.append('node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=13]')
    lines.append('edge [color="#8A98A6", arrowsize=0.6]')
    for package, color in zip(FLOORS, ("#E3EEFA", "#E6F4E6"), strict=True):
        lines.append(
            f'subgraph "cluster_{package}" {{ label="{package}"; node [fillcolor="{color}"]'
        )
        for floor in FLOORS[package]:
            rooms = "; ".join(f'"{package}.{room}" [label="{room}"]' for room in floor)
            lines.append(f"{{ rank=same; {rooms} }}")
        lines += [
            f'"{package}.{room}" -> "{package}.{other}"'
            for room, other in arrows(package)
            if other in {name for below in FLOORS[package] for name in below}
        ]
        lines.append("}")
    lines.append('"nn.common" -> "engine.viewer" [style=invis]')  # nn stands on engine
    return "\n".join([*lines, "}"])


def table() -> str:
    """A line a room, from the top floor down, for CONTRIBUTING.md."""
    lines = []
    for package, floors in FLOORS.items():
        lines += [f"| {package}/ | what belongs there |", "|---|---|"]
        lines += [f"| `{room}` | {says} |" for floor in floors for room, says in floor.items()]
        lines.append("")
    return "\n".join(["", *lines])


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from engine.drawing.rendering import lay_out, render

    (DOCS / "house.svg").write_bytes(render(lay_out(source(), 60.0), "svg"))
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (ROOT / "CONTRIBUTING.md").write_text(TABLE.sub(lambda _: table(), text), "utf-8")
