"""The page: pictures, controls, the script that steps through them, and nothing from elsewhere."""

import base64
import hashlib
import json
import re
from importlib.resources import files

from engine.viewer.table import Json


def page(pictures: list[tuple[str, Json]]) -> str:
    """The page of some pictures, each an SVG with its table of steps; one is shown at a time."""
    style, script = (
        files("engine.viewer").joinpath(name).read_text(encoding="utf-8")
        for name in ("viewer.css", "viewer.js")
    )
    # Nothing but this script may run, whatever the labels say, and nothing may be fetched.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            "<title>glassgrad: step through a graph</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            *(
                f'<main class="picture"{" hidden" if i else ""}>{_without_prolog(svg)}</main>'
                for i, (svg, _) in enumerate(pictures)
            ),
            _CONTROLS,
            '<script type="application/json" id="tables">'
            f"{_json_for_html([table for _, table in pictures])}</script>",
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


_CONTROLS = """\
<section id="controls" hidden>
<div class="row">
<button id="first" title="to the start (Home)">|◀</button>
<button id="previous" title="a step back (←)">◀</button>
<button id="play" title="play or pause (space)">▶ play</button>
<button id="next" title="a step on (→)">▶</button>
<input id="slider" type="range" min="0" value="0" aria-label="step">
<output id="count"></output>
<select id="pass" aria-label="pass">
<option value="backward">backward pass</option>
<option value="forward">forward pass</option>
</select>
<button id="unfold" title="every value, or folded" hidden>unfold</button>
<button id="fit" title="the whole picture (0)">fit</button>
</div>
<p id="line" aria-live="polite"></p>
</section>
<div id="tip" hidden></div>"""


def _without_prolog(svg: str) -> str:
    """The element alone, without the comments that Graphviz writes between the boxes."""
    return re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)


def _json_for_html(table: list[Json]) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(table, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
