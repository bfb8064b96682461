"""The page: pictures, controls, the script that steps through them, and nothing from elsewhere."""

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from string import Template

from engine.compiler.page.scripts import page_script
from engine.viewer.live import Json
from engine.viewer.picture import Picture

_ROOM = files("engine.viewer")
_IMPORT = re.compile(r'^import \{.*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def page(pictures: list[tuple[Picture, Json]], graph: Json) -> str:
    """The page of some pictures of a graph, each with its table; one is shown at a time."""
    template, style = (
        _ROOM.joinpath(f"viewer.{kind}").read_text(encoding="utf-8") for kind in ("html", "css")
    )
    # Nothing but this script may run, whatever the labels say, and nothing may be fetched.
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return Template(template).substitute(
        policy=policy,
        style=style,
        script=script(),
        pictures="\n".join(
            f'<main class="picture"{" hidden" if i else ""}>{picture.svg}</main>'
            for i, (picture, _) in enumerate(pictures)
        ),
        tables=_json_for_html(
            [
                {
                    **table,
                    "outlines": picture.outlines,
                    "tips": picture.tips,
                    **({} if i else {"graph": graph}),
                }
                for i, (picture, table) in enumerate(pictures)
            ]
        ),
    )


@cache
def script() -> str:
    """The modules in the folder `script`, as one: a page that may fetch nothing can import none."""
    modules: dict[str, str] = {}

    def add(name: str) -> None:
        source = _ROOM.joinpath("script", f"{name}.js").read_text(encoding="utf-8")
        for imported in _IMPORT.findall(source):
            if imported not in modules:
                add(imported)
        source = _IMPORT.sub("", source)
        modules[name] = re.sub(r"^export ", "", source, flags=re.MULTILINE)

    add("main")
    return "\n".join([page_script(), *modules.values()])


def _json_for_html(table: list[Json]) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(table, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
