"""Lays out a graph in the DOT language and makes pictures of it, within a limit of time.

Graphviz can think for minutes about a graph of a few hundred boxes, and nothing but the end of its
process stops it. So it always runs in a process of its own: the `dot` that is on the PATH, or else,
and where that one is broken, this file as a script, which calls the library inside the wheel of
pygraphviz.
"""

import importlib.util
import math
import re
import shutil
import subprocess
import sys

INSTALL = (
    "To see the picture, install Graphviz: pip install 'glassgrad[viz]', or the graphviz of your "
    "system, which puts its program `dot` on the PATH."
)

IN_A_BROWSER = (
    "Graphviz does not run in a browser's Python, which starts no programs. The graph is there as "
    "text: save it as 'graph.dot' and draw it where Graphviz is installed, or read "
    "engine.explain(...) and engine.backward_steps(...), which need no picture."
)

_DOTS_PER_INCH = 192.0  # of a PNG, unless it had more than so many pixels; other formats scale
_MOST_PIXELS = 20e6


class LayoutTimeoutError(TimeoutError):
    """Graphviz had not finished in time."""


class RenderingError(RuntimeError):
    """Graphviz could not make the picture."""


def command() -> list[str] | None:
    """The command that lays out and renders as `dot` does; None where there is no Graphviz."""
    if sys.platform == "emscripten":
        return None
    program = shutil.which("dot")
    return _library() if program is None else [program]


def _library() -> list[str] | None:
    """The command that does it with the library of pygraphviz; None where there is none."""
    if importlib.util.find_spec("pygraphviz") is None:
        return None
    return [sys.executable, "-P", __file__]


def lay_out(source: str, seconds: float) -> str:
    """The same graph in the DOT language, with the place of everything in it.

    Raises LayoutTimeoutError, RenderingError, and an ImportError where there is no Graphviz.
    """
    return _run(["-Kdot", "-Tdot"], source, seconds).decode()


def render(
    laid_out: str,
    picture_format: str,
    seconds: float = 60.0,
    most_dots_per_inch: float = _DOTS_PER_INCH,
) -> bytes:
    """A picture ("svg", "png" or "pdf") of a graph that has been laid out."""
    options = []
    if picture_format == "png":
        options = [f"-Gdpi={min(most_dots_per_inch, _dots_per_inch(laid_out)):.0f}"]
    return _run(["-Knop2", f"-T{picture_format}", *options], laid_out, seconds)


def extent(laid_out: str) -> tuple[float, float]:
    """The width and height of a graph that has been laid out, in points."""
    found = re.search(r'\bbb="[\d.]+,[\d.]+,([\d.]+),([\d.]+)"', laid_out)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _dots_per_inch(laid_out: str) -> float:
    """As many as make a sharp picture of a size that programs still open."""
    wide, high = extent(laid_out)
    square_inches = wide / 72.0 * high / 72.0
    return min(_DOTS_PER_INCH, max(12.0, math.sqrt(_MOST_PIXELS / max(square_inches, 1.0))))


def _run(options: list[str], source: str, seconds: float) -> bytes:
    program = command()
    if program is None:
        raise ImportError(IN_A_BROWSER if sys.platform == "emscripten" else INSTALL)
    try:
        return _output(program, options, source, seconds)
    except RenderingError:  # such as a `dot` without the plugins that make pictures
        library = _library() if program[0] == shutil.which("dot") else None
        if library is None:
            raise
        return _output(library, options, source, seconds)


def _output(program: list[str], options: list[str], source: str, seconds: float) -> bytes:
    try:
        done = subprocess.run(
            [*program, *options], input=source.encode(), capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise LayoutTimeoutError(f"{program[0]} did not finish in {seconds:g} s") from None
    except OSError as error:
        raise RenderingError(f"{program[0]} did not start: {error}") from None
    if done.returncode != 0 or not done.stdout:
        reason = done.stderr.decode(errors="replace").strip()[-500:]
        raise RenderingError(f"{program[0]} failed with code {done.returncode}: {reason}")
    return done.stdout


def _as_dot(arguments: list[str]) -> None:
    """Do what `dot` does with -K, -T and -Gdpi, by the library that pygraphviz brings along."""
    from pygraphviz import AGraph, graphviz

    options = {argument[:2]: argument[2:] for argument in arguments}
    graph = AGraph(string=sys.stdin.buffer.read().decode())
    if "-G" in options:
        name, _, value = options["-G"].partition("=")
        graph.graph_attr[name] = value
    context = graphviz.gvContextWithBuiltins()
    graphviz.gvLayout(context, graph.handle, options["-K"].encode())
    _, picture = graphviz.gvRenderData(context, graph.handle, options["-T"].encode())
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    _as_dot(sys.argv[1:])
