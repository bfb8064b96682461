"""What every page in a single file has: its script, leave for that alone to run, and its numbers.

The modules of JavaScript lie in files of their own, as a browser or Node imports them. In a page,
where no module can be fetched, they stand one behind the other, those that are imported first,
without their `import` and `export`.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_REMARK = re.compile(r"//.*")
_DECLARED = re.compile(r"^(?:function|const|class) (\w+)", re.MULTILINE)


def page_script(*modules: Traversable) -> str:
    """The machine that runs tables of instructions, and other modules behind it, as one script.

    Args:
        modules: Files of JavaScript, those that are imported first. What they declare stands in one
            scope.

    Returns:
        The script; `new Machine(table)` is in it.
    """
    here = files("engine.compiler.page")
    return "\n".join(map(_alone, (here / "functions.js", here / "machine.js", *modules)))


def script_policy(script: str) -> str:
    """A content policy: nothing but this script may run, and nothing may be fetched.

    Args:
        script: As it stands in its element, to the character.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def embedded_json(data: Any) -> str:
    r"""JSON that cannot end the element that it stands in.

    Args:
        data: What JSON can carry.

    Example:
        >>> embedded_json(["</script>"])
        '["\\u003c/script>"]'
    """
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def functions_script(names: Iterable[str]) -> str:
    """The functions of `functions.js` of these names, with all that they need themselves."""
    pieces = _pieces()
    wanted = [name for name in names if name in pieces]
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted += pieces.keys() & set(re.findall(r"\w+", _REMARK.sub("", pieces[name])))
    return "\n\n".join(piece for name, piece in pieces.items() if name in needed)


@cache
def _pieces() -> dict[str, str]:
    """The declarations in `functions.js` by name; an empty line stands between them alone."""
    text = _alone(files("engine.compiler.page") / "functions.js")
    pieces = ((_DECLARED.search(piece), piece.strip()) for piece in text.split("\n\n"))
    return {declared[1]: piece for declared, piece in pieces if declared}


def _alone(module: Traversable) -> str:
    """The text of a module without its imports and exports."""
    return _EXPORT.sub("", _IMPORT.sub("", module.read_text(encoding="utf-8")))
