"""Execute the notebooks of this folder side by side; write their outputs, or check them.

    python notebooks/run.py                         execute all, write what has changed
    python notebooks/run.py --check                 fail where a committed output is stale
    python notebooks/run.py 8-a-small-gpt.ipynb     the same for some

An output that is committed is a claim: it must be what the cell gives now, on any machine. So text
is compared exactly, figures pixel by pixel with a small tolerance, and what could not be the same
twice is refused: errors, anything on stderr (warnings, progress bars), widgets, memory addresses,
absolute paths. Only the output of a cell tagged `speed` is not compared.

The kernel is the Python that runs this program, whatever kernels are installed.
"""

import argparse
import base64
import html
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from copy import deepcopy
from dataclasses import dataclass
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

try:
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager
    from matplotlib import font_manager  # noqa: F401, see `_run_all`
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from PIL import Image, ImageChops
except ImportError as error:
    raise ImportError(
        f"executing notebooks needs {error.name}, which is missing: "
        "pip install 'glassgrad[notebook]'"
    ) from error

HERE = Path(__file__).resolve().parent
SPEED = "speed"
SECONDS_PER_CELL = 600
LARGEST_FILE = 1_500_000

LEVELS = 32  # by which a pixel, from 0 to 255, may differ before it counts
SHARE = 2e-4  # of the pixels that may count
SHARE_ACROSS_VERSIONS = 0.02  # of squares of 8 x 8, where another Matplotlib has set the text

ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,15}\b")  # LLVM writes a double with 16 digits
PATH = re.compile(
    r"(?<![\w./:<])/(?:home|root|tmp|usr|var|opt|mnt|srv|work|private|Users|Library)/|\b[A-Z]:\\"
)
WIDGET = "application/vnd.jupyter.widget"
VIEWER = '<iframe title="glassgrad"'  # the page that `engine.view` makes around a drawing

Notebook = Any  # nbformat's NotebookNode, a dict with attributes
Cell = Any
Output = Any


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a notebook: how many code cells it has, and a line for each problem."""

    name: str
    cells: int
    seconds: float
    problems: list[str]
    written: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Execute notebooks side by side, and write their outputs."
    )
    parser.add_argument(
        "notebooks", nargs="*", type=Path, metavar="NOTEBOOK.ipynb", help="(all of this folder)"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where an output is stale"
    )
    options = parser.parse_args(arguments)
    paths = [_found(path, parser) for path in options.notebooks] or sorted(HERE.glob("*.ipynb"))
    started = time.perf_counter()
    results = []
    for result in _run_all(paths, options.check):
        results.append(result)
        for problem in result.problems:
            print(f"{result.name}, {problem}", flush=True)
        print(f"{result.name}: {_verdict(result)}, {result.seconds:.0f} s", flush=True)
    problems = sum(len(result.problems) for result in results)
    print(
        f"{len(results)} notebooks, {sum(result.cells for result in results)} cells: "
        + (f"{problems} problems" if problems else "all outputs are up to date")
        + f", {time.perf_counter() - started:.0f} s"
    )
    if problems and options.check:
        print("to renew the outputs: python notebooks/run.py")
    return 1 if problems else 0


def _found(path: Path, parser: argparse.ArgumentParser) -> Path:
    """The notebook under this path, or of this name in this folder."""
    for candidate in (path, HERE / path):
        if candidate.is_file():
            return candidate.resolve()
    return parser.error(f"there is no notebook {path}")


def _verdict(result: Result) -> str:
    if result.problems:
        return f"{len(result.problems)} problems"
    return "written" if result.written else "up to date"


def _run_all(paths: Sequence[Path], check: bool) -> Iterator[Result]:
    """Run the notebooks in as many processes as there are cores, and yield as they end.

    The last come first, for they are the longest. (The import of Matplotlib's fonts above has made
    its list of them, which says so on stderr when it takes a while.)
    """
    if not paths:
        return
    workers = min(len(paths), os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(run, path, check) for path in reversed(paths)]
        for future in as_completed(running):
            yield future.result()


def run(path: Path, check: bool) -> Result:
    """Execute one notebook; compare its outputs with the committed ones, and write it, or not."""
    started = time.perf_counter()
    committed = nbformat.read(path, as_version=4)
    fresh = deepcopy(committed)
    problems = [*_execute(fresh, path.parent), *_faults_of(fresh)]
    if not problems:
        normalize(fresh)
        stale = list(_stale(committed, fresh, refresh_speed=not check))
        if check:
            problems = stale
    text = nbformat.writes(fresh) + "\n"
    if len(text.encode()) > LARGEST_FILE:
        problems.append(f"the file would have {len(text.encode()):,} bytes; make figures smaller")
    written = not problems and not check and text != path.read_text(encoding="utf-8")
    if written:
        path.write_text(text, encoding="utf-8")
    cells = sum(cell.cell_type == "code" for cell in fresh.cells)
    return Result(path.name, cells, time.perf_counter() - started, problems, written)


# Executing


def _execute(notebook: Notebook, folder: Path) -> Iterator[str]:
    """Run the cells in the notebook's folder; the problem, if there is one, that stopped it."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with TemporaryDirectory() as profile:  # no start-up files or settings of the user
        client = NotebookClient(
            notebook,
            km=KernelManager(
                kernel_name="python3",
                kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
                connection_file=str(Path(profile) / "kernel.json"),
                # Two kernels that start at a time might take the same port.
                transport="tcp" if os.name == "nt" else "ipc",
            ),
            timeout=SECONDS_PER_CELL,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        environment = {**os.environ, "IPYTHONDIR": profile}
        environment.pop("MPLBACKEND", None)  # figures go into the notebook
        try:
            # What cells write to stderr is in their outputs; what is left is the kernel's own last
            # words, as when its message queue is shut down in the middle of a wait.
            client.execute(cleanup_kc=True, env=environment, stderr=subprocess.DEVNULL)
        except CellExecutionError as error:
            yield f"{_place(_last_executed(notebook))}: {error.ename}: {error.evalue}"
        except CellTimeoutError:
            yield f"{_place(_last_executed(notebook))}: took more than {SECONDS_PER_CELL} s"
        except DeadKernelError:
            yield f"{_place(_last_executed(notebook))}: the kernel died"


def _last_executed(notebook: Notebook) -> Cell:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [code[0], *(cell for cell in code if cell.execution_count is not None)][-1]


def _place(cell: Cell) -> str:
    """The cell, as one finds it: its number in brackets, and its id."""
    number = "" if cell.get("execution_count") is None else f"[{cell.execution_count}] "
    return f"cell {number}{cell.id}"


# What may be committed


def normalize(notebook: Notebook) -> None:
    """Bring the notebook into the one form in which it is committed, in place."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    number = 0
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            number += 1
            cell.execution_count = number
            cell.outputs = _joined(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = number


def _joined(outputs: list[Output]) -> list[Output]:
    """The same with what is printed in one piece: where it is cut depends on the clock."""
    joined: list[Output] = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _faults_of(notebook: Notebook) -> Iterator[str]:
    for cell in notebook.cells:
        for fault in faults(cell):
            yield f"{_place(cell)}: {fault}"


def faults(cell: Cell) -> Iterator[str]:
    """What must not be in an output, in words."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            if "raises-exception" in cell.metadata.get("tags", []):
                yield f"shows the traceback of {output.ename}; catch it, and print the error"
            continue
        if output.get("name") == "stderr":
            yield f"writes to stderr: {_shortened(output.text)}"
            continue
        for kind, text in _texts(output):
            if kind.startswith(WIDGET):
                yield "shows a widget, of which a page without a kernel shows nothing"
            elif not kind.startswith("image/") or kind == "image/svg+xml":
                for what, pattern in (("a memory address", ADDRESS), ("an absolute path", PATH)):
                    if found := pattern.search(text):
                        line = text[: found.end() + 30].splitlines()[-1]
                        yield f"shows {what}: {_shortened(line)}"


def _texts(output: Output) -> list[tuple[str, str]]:
    if output.output_type == "stream":
        return [("text/plain", output.text)]
    return [
        (kind, data if isinstance(data, str) else repr(data))
        for kind, data in output.get("data", {}).items()
    ]


# Comparing


def _stale(committed: Notebook, fresh: Notebook, refresh_speed: bool) -> Iterator[str]:
    """What differs, cell by cell; where nothing does, the committed output is kept as it was."""
    for old, new in zip(committed.cells, fresh.cells, strict=True):
        if new.cell_type != "code":
            continue
        is_speed = SPEED in new.metadata.get("tags", [])
        found = None if is_speed and old.outputs else difference(old.outputs, new.outputs)
        if found:
            yield f"{_place(new)}: {found}"
        elif not (is_speed and refresh_speed):
            new.outputs = old.outputs
    if _without_outputs(committed) != _without_outputs(fresh):
        yield "metadata: not in the form that notebooks/run.py writes"


def _without_outputs(notebook: Notebook) -> Notebook:
    bare = deepcopy(notebook)
    for cell in bare.cells:
        cell.pop("outputs", None)
    return bare


def difference(committed: Sequence[Output], fresh: Sequence[Output]) -> str | None:
    """What differs between the outputs of a cell, in one line; None if they say the same."""
    if not committed and fresh:
        return "has no committed output"
    if len(committed) != len(fresh):
        return f"{len(committed)} outputs are committed, now there are {len(fresh)}"
    for old, new in zip(committed, fresh, strict=True):
        if old.output_type != new.output_type:
            return f"a {old.output_type} is committed, now it is a {new.output_type}"
        if old.get("metadata") != new.get("metadata"):
            return f"the metadata of the {old.output_type} differ"
        olds, news = dict(_texts(old)), dict(_texts(new))
        if olds.keys() != news.keys():
            return f"{', '.join(olds)} is committed, now it is {', '.join(news)}"
        layout = _drawn_by_graphviz(olds)
        for kind in olds:
            if kind == "image/png":
                found = None if layout else _pixels(olds[kind], news[kind])
            elif kind in ("image/svg+xml", "text/html") and layout:
                found = _text("the drawing", _labels(olds[kind]), _labels(news[kind]))
            else:
                found = _text(kind, olds[kind], news[kind])
            if found:
                return found
    return None


def _text(what: str, committed: str, fresh: str) -> str | None:
    pairs = zip_longest(committed.splitlines(), fresh.splitlines())
    for number, (old, new) in enumerate(pairs, start=1):
        if old != new:
            return (
                f"{what} differs in line {number}: committed {_shortened(old)}, "
                f"now {_shortened(new)}"
            )
    return None if committed == fresh else f"{what} differs in its line ends"


def _drawn_by_graphviz(data: dict[str, str]) -> bool:
    """Whether it is a drawing that Graphviz laid out, which it does otherwise on each machine."""
    svg, page = data.get("image/svg+xml", ""), data.get("text/html", "")
    return "Generated by graphviz" in svg or VIEWER in page


def _labels(drawing: str) -> str:
    """All that is written in a drawing, a line each: the titles of nodes and edges, and texts."""
    drawings = [drawing]
    if VIEWER in drawing:
        drawings = re.findall(r"<svg width.*?</svg>", html.unescape(drawing), re.DOTALL)
    texts = [text for svg in drawings for text in ElementTree.fromstring(svg).itertext()]
    lines = [" ".join(text.split()) for text in texts]
    return "\n".join(line for line in lines if line)


def _pixels(committed: str, fresh: str) -> str | None:
    """The share of the pixels that differ visibly, if it is too large."""
    if committed == fresh:
        return None
    old, old_software = _picture(committed)
    new, new_software = _picture(fresh)
    allowed = SHARE
    if old_software != new_software:
        size = (max(1, old.width // 8), max(1, old.height // 8))
        old, new = (picture.resize(size, Image.Resampling.BOX) for picture in (old, new))
        allowed = SHARE_ACROSS_VERSIONS
    if old.size != new.size:
        return f"the figure was {old.width} x {old.height}, now it is {new.width} x {new.height}"
    red, green, blue = ImageChops.difference(old, new).split()
    worst = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    share = sum(worst.histogram()[LEVELS + 1 :]) / (worst.width * worst.height)
    return None if share <= allowed else f"the figure differs in {share:.2%} of its pixels"


def _picture(base64_png: str) -> tuple[Any, str]:
    """The picture on white, and the software that has drawn it, if it says so."""
    picture = Image.open(io.BytesIO(base64.b64decode(base64_png)))
    software = str(picture.info.get("Software", ""))
    picture = picture.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB"), software


def _shortened(text: str | None, length: int = 60) -> str:
    if text is None:
        return "nothing"
    text = text.strip("\n")
    return repr(text if len(text) <= length else text[: length - 1] + "…")


if __name__ == "__main__":
    sys.exit(main())
