"""The page: pictures, controls, the script that steps through them, and nothing from elsewhere."""

import re
from functools import cache
from importlib.resources import files
from string import Template

from engine.compiler.page.scripts import embedded_json, page_script, script_policy
from engine.viewer.live import Json
from engine.viewer.picture import Picture

_ROOM = files("engine.viewer")
_IMPORT = re.compile(r'^import \{.*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def page(pictures: list[tuple[Picture, Json]], graph: Json) -> str:
    """The page of some pictures of a graph, each with its table; one is shown at a time."""
    template, style = (
        _ROOM.joinpath(f"viewer.{kind}").read_text(encoding="utf-8") for kind in ("html", "css")
    )
    return Template(template).substitute(
        policy=script_policy(script()),  # whatever the labels say
        style=style,
        script=script(),
        pictures="\n".join(
            f'<main class="picture"{" hidden" if i else ""}>{picture.svg}</main>'
            for i, (picture, _) in enumerate(pictures)
        ),
        tables=embedded_json(
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
