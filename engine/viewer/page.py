"""The page: pictures, controls, the script that steps through them, and nothing from elsewhere."""

import base64
import hashlib
import json
import re
from importlib.resources import files
from string import Template

from engine.viewer.table import Json


def page(pictures: list[tuple[str, Json]]) -> str:
    """The page of some pictures, each an SVG with its table of steps; one is shown at a time."""
    template, style, script = (
        files("engine.viewer").joinpath(f"viewer.{kind}").read_text(encoding="utf-8")
        for kind in ("html", "css", "js")
    )
    # Nothing but this script may run, whatever the labels say, and nothing may be fetched.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return Template(template).substitute(
        policy=policy,
        style=style,
        script=script,
        pictures="\n".join(
            f'<main class="picture"{" hidden" if i else ""}>{_without_prolog(svg)}</main>'
            for i, (svg, _) in enumerate(pictures)
        ),
        tables=_json_for_html([table for _, table in pictures]),
    )


def _without_prolog(svg: str) -> str:
    """The element alone, without the comments that Graphviz writes between the boxes."""
    return re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)


def _json_for_html(table: list[Json]) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(table, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
