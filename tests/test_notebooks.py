"""The notebooks: what the runner catches, on small ones; and the form of those that are committed.

That each committed output is what its cell gives now, `python notebooks/run.py --check` tells.
"""

import ast
import base64
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from engine.drawing import rendering

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
RUNNER = FOLDER / "run.py"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
PLOT = """\
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2, 3])
plt.show()
"""


def write(path: Path, *sources: str, **tags: str) -> Path:
    """A notebook of these code cells, with the ids c0, c1, ...; tags by id."""
    cells = []
    for i, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source, id=f"c{i}")
        if cell.id in tags:
            cell.metadata["tags"] = [tags[cell.id]]
        cells.append(cell)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def run(*arguments: object) -> tuple[int, list[str]]:
    """The runner's exit code and the lines that it prints."""
    done = subprocess.run(
        [sys.executable, RUNNER, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "agg"},  # as of a user who has set one
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def problems(lines: list[str]) -> list[str]:
    """The lines for stale or wrong cells, without the ones that sum up."""
    return [line for line in lines if ".ipynb, " in line]


def edit(path: Path, cell: int, **changes: object) -> None:
    """Change what is committed for a cell's first output, or another field of the cell."""
    data = json.loads(path.read_text("utf-8"))
    for name, value in changes.items():
        if name in ("text", "data"):
            data["cells"][cell]["outputs"][0][name] = value
        else:
            data["cells"][cell][name] = value
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with text, a figure and a figure of speed, as the runner has written it."""
    path = write(
        tmp_path_factory.mktemp("executed") / "small.ipynb",
        "print('one')\n1 + 1",
        PLOT,
        "# Speed: of one machine\nimport time\nprint(time.perf_counter_ns())",
        c2="speed",
    )
    code, lines = run(path)
    assert code == 0, lines
    return path


def copied(path: Path, folder: Path, name: str) -> Path:
    copy = folder / name
    copy.write_bytes(path.read_bytes())
    return copy


def redrawn(path: Path, color: int, box: tuple[int, int, int, int]) -> str:
    """The figure of a notebook's second cell, with a rectangle painted over."""
    cell = nbformat.read(path, 4).cells[1]
    png = base64.b64decode(cell.outputs[0].data["image/png"])
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.paste((color, color, color), box)
    file = io.BytesIO()
    picture.save(file, "png", pnginfo=_software(png))
    return base64.b64encode(file.getvalue()).decode()


def _software(png: bytes) -> PngInfo:
    info = PngInfo()
    info.add_text("Software", Image.open(io.BytesIO(png)).info["Software"])
    return info


def test_outputs_are_written_in_one_form(executed):
    notebook = nbformat.read(executed, 4)
    nbformat.validate(notebook)
    text, figure, speed = notebook.cells
    assert text.outputs[0].text == "one\n"
    assert text.outputs[1].data["text/plain"] == "2"
    assert base64.b64decode(figure.outputs[0].data["image/png"]).startswith(b"\x89PNG")
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3]
    assert [cell.id for cell in notebook.cells] == ["c0", "c1", "c2"]
    assert [cell.metadata for cell in notebook.cells] == [{}, {}, {"tags": ["speed"]}]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}  # and no version of it
    assert speed.outputs[0].text.strip().isdigit()


def test_check_finds_what_is_stale_and_writes_nothing(executed, tmp_path):
    figure = nbformat.read(executed, 4).cells[1].outputs[0].data
    outputs = copied(executed, tmp_path, "outputs.ipynb")
    edit(outputs, 0, text="two\n")
    edit(outputs, 1, data={**figure, "image/png": redrawn(executed, 0, (300, 100, 320, 120))})
    edit(outputs, 2, text="123\n")  # a figure of speed
    source = copied(executed, tmp_path, "source.ipynb")
    edit(source, 0, source="print('one')\n1 + 2")
    almost_white_on_white = redrawn(executed, 250, (690, 0, 700, 10))
    edit(source, 1, data={**figure, "image/png": almost_white_on_white})
    edit(source, 2, execution_count=7)
    before = [path.read_bytes() for path in (outputs, source)]

    code, lines = run("--check", outputs, source)

    assert code == 1
    assert [path.read_bytes() for path in (outputs, source)] == before
    text, picture, value, order = sorted(problems(lines))
    assert text == (
        "outputs.ipynb, cell [1] c0: text/plain differs in line 1: committed 'two', now 'one'"
    )
    assert picture.startswith("outputs.ipynb, cell [2] c1: the figure differs in 0.1")
    assert value == (
        "source.ipynb, cell [1] c0: text/plain differs in line 1: committed '2', now '3'"
    )
    assert order.startswith("source.ipynb, metadata")
    assert any("2 notebooks, 6 cells: 4 problems" in line for line in lines)


def test_a_drawing_may_be_laid_out_otherwise_but_must_say_the_same(tmp_path):
    """Another Graphviz, or other fonts, put everything elsewhere."""
    if rendering.command() is None:
        pytest.skip("there is no Graphviz: pip install 'glassgrad[viz]'")
    path = write(
        tmp_path / "drawn.ipynb",
        "from engine import Value, draw, view\ny = Value(3.0, 'x') * 2\ndraw(y)",
        "view(y)",
    )
    assert run(path)[0] == 0
    for cell, kind in ((0, "image/svg+xml"), (1, "text/html")):
        before = path.read_text("utf-8")
        (output,) = nbformat.read(path, 4).cells[cell].outputs
        drawing = output.data[kind]
        moved = re.sub(r"(points=\S*?)-?\d+", r"\g<1>77", drawing)
        assert moved != drawing
        edit(path, cell, data={**output.data, kind: moved})
        assert run("--check", path)[0] == 0
        wrong = re.sub(r">x(</|&lt;/)text", r">u\1text", drawing.replace("&gt;x&lt;", ">x&lt;"))
        assert wrong != drawing
        edit(path, cell, data={**output.data, kind: wrong})
        code, lines = run("--check", path)
        assert code == 1
        assert f"c{cell}: the drawing differs in line" in problems(lines)[0]
        path.write_text(before, encoding="utf-8")


def test_a_fresh_notebook_passes_and_a_second_run_changes_only_speeds(executed, tmp_path):
    copy = copied(executed, tmp_path, "copy.ipynb")
    code, lines = run("--check", copy)
    assert (code, problems(lines)) == (0, [])
    assert "all outputs are up to date" in lines[-1]
    code, _ = run(copy)
    assert code == 0
    before, after = (nbformat.read(path, 4).cells for path in (executed, copy))
    assert before[:2] == after[:2]
    assert before[2].outputs != after[2].outputs


def test_what_cannot_be_the_same_twice_is_refused(tmp_path):
    sources = (
        "import warnings\nwarnings.warn('beware')",
        "object()",
        "import os\nprint(os.getcwd())",
        "from IPython.display import display\n"
        "display({'application/vnd.jupyter.widget-view+json': {}, 'text/plain': 'w'}, raw=True)",
        "raise ValueError('shown')",
    )
    refused = write(tmp_path / "refused.ipynb", *sources, c4="raises-exception")
    stopped = write(tmp_path / "stopped.ipynb", "x = 1\n1 / 0", "x = 2")
    before = [path.read_bytes() for path in (refused, stopped)]

    code, lines = run(refused, stopped)

    assert code == 1
    assert [path.read_bytes() for path in (refused, stopped)] == before
    stderr, address, place, widget, traceback, error = sorted(problems(lines))
    assert "refused.ipynb, cell [1] c0: writes to stderr" in stderr
    assert "cell [2] c1: shows a memory address: '<object at 0x" in address
    assert "cell [3] c2: shows an absolute path" in place
    assert "cell [4] c3: shows a widget" in widget
    assert "cell [5] c4: shows the traceback of ValueError" in traceback
    assert error == "stopped.ipynb, cell [1] c0: ZeroDivisionError: division by zero"


def test_the_kernel_is_this_python_whatever_is_installed(tmp_path, monkeypatch):
    other = tmp_path / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["no-such-program"], "display_name": "Other", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    path = write(tmp_path / "kernel.ipynb", f"import sys\nsys.executable == {sys.executable!r}")
    code, lines = run(path)
    assert code == 0, lines
    assert nbformat.read(path, 4).cells[0].outputs[0].data["text/plain"] == "True"


def test_a_notebook_that_is_not_there_is_named():
    done = subprocess.run(
        [sys.executable, RUNNER, "nowhere.ipynb"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no notebook nowhere.ipynb" in done.stderr


# Comparing, without a kernel


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_notebooks", RUNNER)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def shown(**data: str) -> list:
    data = {kind.replace("_", "/").replace("svg", "svg+xml"): text for kind, text in data.items()}
    return [nbformat.v4.new_output("display_data", data)]


def plotted(software: str, heights: list[float], title: str) -> str:
    figure = Figure(figsize=(5, 3))
    ax = figure.add_subplot()
    ax.plot(heights)
    ax.set_title(title)
    file = io.BytesIO()
    figure.savefig(file, metadata={"Software": software})
    return base64.b64encode(file.getvalue()).decode()


def test_another_version_may_set_text_otherwise_but_not_draw_another_curve(runner):
    committed = shown(image_png=plotted("Matplotlib 1", [1, 3, 2], "a title of some length"))
    retitled = shown(image_png=plotted("Matplotlib 2", [1, 3, 2], "a title of some lenght"))
    other = shown(image_png=plotted("Matplotlib 2", [3, 1, 2], "a title of some length"))
    assert runner.difference(committed, retitled) is None
    assert "the figure differs" in runner.difference(committed, other)


def test_the_same_version_must_set_the_same_text(runner):
    committed = shown(image_png=plotted("Matplotlib 1", [1, 3, 2], "a title of some length"))
    retitled = shown(image_png=plotted("Matplotlib 1", [1, 3, 2], "a title of some lenght"))
    assert "the figure differs" in runner.difference(committed, retitled)


def test_a_drawing_of_graphviz_is_compared_by_what_is_written_in_it(runner):
    drawing = (
        "<svg><!-- Generated by graphviz version {} --><g><title>w</title>"
        '<text x="{}">data {}</text></g></svg>'
    )
    committed = shown(image_svg=drawing.format("2.43", 10, "0.5"), image_png="one font")
    moved = shown(image_svg=drawing.format("12.1", 11, "0.5"), image_png="another font")
    changed = shown(image_svg=drawing.format("2.43", 10, "0.7"), image_png="one font")
    assert runner.difference(committed, moved) is None
    assert "committed 'data 0.5', now 'data 0.7'" in runner.difference(committed, changed)


def test_another_kind_or_number_of_outputs_is_a_difference(runner):
    text = shown(text_plain="1")
    assert runner.difference(text, text) is None
    assert "1 outputs are committed, now there are 2" in runner.difference(text, text + text)
    assert "no committed output" in runner.difference([], text)
    assert "text/plain is committed" in runner.difference(text, shown(text_html="1"))


# Those that are committed -----------------------------------------------------------------------

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
COMPARED_WITH = {"numpy", "torch"}
ALLOWED = sys.stdlib_module_names | {"engine", "nn", "matplotlib"} | COMPARED_WITH


def code_cells(path: Path) -> list:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


@each
def test_it_is_valid_and_small_and_its_cells_have_ids_of_their_own(path):
    raw = json.loads(path.read_text("utf-8"))
    assert (raw["nbformat"], raw["nbformat_minor"]) == (4, 5)
    nbformat.validate(nbformat.read(path, 4))
    ids = [cell["id"] for cell in raw["cells"]]  # written down, not made up while reading
    assert len(set(ids)) == len(ids)
    assert path.stat().st_size < 1_500_000


@each
def test_it_was_executed_from_top_to_bottom(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@each
def test_its_outputs_have_no_errors_addresses_or_paths(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", cell.id
            data = {k: v for k, v in output.get("data", {}).items() if k != "image/png"}
            assert not any("widget" in kind or "javascript" in kind for kind in data), cell.id
            shown = output.get("text", "") + json.dumps(data)
            assert not re.search(r"\bat 0x[0-9a-f]{6,}", shown), cell.id
            for place in (Path.home(), ROOT, Path(sys.prefix)):
                assert f"{place}{os.sep}" not in shown, cell.id


@each
def test_it_imports_only_what_it_may(path):
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module]
            assert {module.split(".")[0] for module in modules} <= ALLOWED, cell.id


@each
def test_it_opens_with_a_question_and_ends_with_things_to_try(path):
    cells = nbformat.read(path, 4).cells
    assert re.match(rf"# {path.stem[0]}\. .*\?", cells[0].source)
    assert "**Predict**" in cells[0].source
    _, _, end = cells[-1].source.partition("## Three things to change and try")
    assert re.findall(r"^(\d)\. ", end, re.MULTILINE) == ["1", "2", "3"]


@each
def test_speeds_are_marked_for_readers_and_for_the_runner(path):
    for cell in code_cells(path):
        tagged = "speed" in cell.metadata.get("tags", [])
        assert tagged == cell.source.startswith("# Speed: "), cell.id


@pytest.mark.parametrize("path", [*NOTEBOOKS, FOLDER / "README.md"], ids=lambda path: path.stem)
def test_relative_links_lead_somewhere(path):
    if path.suffix == ".md":
        text = path.read_text("utf-8")
    else:
        cells = nbformat.read(path, 4).cells
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@each
def test_the_readme_of_the_folder_leads_to_it(path):
    assert f"({path.name})" in (FOLDER / "README.md").read_text("utf-8")
