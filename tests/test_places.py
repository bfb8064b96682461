"""The viewer where people look at it: notebooks and pages, shown at once or later, and on paper.

Whether everything is in its place is told by the browser's own measures, once it is seen.
"""

import base64
import importlib.util
import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from browsing import Page
from graphs import Network, classic_neuron, needs_graphviz

from engine import Value, view

ROOT = Path(__file__).parents[1]
CELL = """\
from graphs import Network
from engine import Value, view

network = Network([2, 4, 4, 1])
out = network([Value(1.0, "x0"), Value(-2.0, "x1")])[0]
view(out)"""
FRAME = 'iframe[title="glassgrad"]'
STILL = 'img[alt^="Viewer("]'

# What is not where it belongs, of the picture that is seen.
MISPLACED = """
const picture = document.querySelector('.picture:not([hidden])');
const svg = picture.querySelector('svg');
const point = svg.getScreenCTM().a;
const seen = (shape) => shape.getClientRects().length && getComputedStyle(shape).display !== 'none';
const within = (inner, outer) => inner.left >= outer.left - point && inner.top >= outer.top - point
  && inner.right <= outer.right + point && inner.bottom <= outer.bottom + point;
const place = (shape) => shape.getBoundingClientRect();
const wrong = [];
let texts = 0;
for (const box of svg.querySelectorAll('.node, .folded')) {
  if (!seen(box)) continue;
  const ground = place(box.querySelector('.ground, rect'));
  for (const text of box.querySelectorAll('text')) {
    texts += 1;
    if (!within(place(text), ground)) wrong.push(`${text.textContent} is not in its box`);
  }
}
for (const edge of svg.querySelectorAll('.edge, .merged')) {
  const text = edge.querySelector('text');
  if (!seen(edge) || !text) continue;
  texts += 1;
  const words = place(text);
  const line = edge.querySelector('path');
  const [length, toScreen] = [line.getTotalLength(), line.getScreenCTM()];
  const distances = Array.from({length: 201}, (_, i) => {
    const at = line.getPointAtLength(length * i / 200).matrixTransform(toScreen);
    const away = (from, to, x) => Math.max(from - x, 0, x - to);
    return Math.hypot(away(words.left, words.right, at.x), away(words.top, words.bottom, at.y));
  });
  if (Math.min(...distances) > 15 * point) wrong.push(`${text.textContent} is not at its edge`);
  if (!within(words, place(picture))) wrong.push(`${text.textContent} is not in the picture`);
}
for (const text of svg.querySelectorAll('.graph > text')) {
  if (!within(place(text), place(picture))) wrong.push(`${text.textContent} is not in the picture`);
}
if (point > 4 / 3 + 0.01) wrong.push(`larger than it was drawn: ${point} pixels a point`);
if (texts < 10) wrong.push(`only ${texts} texts`);
return wrong;
"""

# Folds a layer and two neurons, one after the other; what comes to stand elsewhere.
MISFOLDED = """
const picture = document.querySelector('.picture:not([hidden])');
const places = (selector) => Array.from(picture.querySelectorAll(selector), (shape) => {
  const {x, y, width, height} = shape.getBoundingClientRect();
  return [x, y, width, height].map((number) => number.toFixed(2)).join(' ');
});
const click = (shape) => shape.dispatchEvent(new MouseEvent('click', {bubbles: true}));
const middle = ({x, y, width, height}) => [x + width / 2, y + height / 2];
const before = places('.node, .edge, .cluster');
const wrong = [];
const frames = Array.from(picture.querySelectorAll('.cluster')).slice(0, 3);
for (const frame of frames) {
  const [x, y] = middle(frame.querySelector('path').getBoundingClientRect());
  click(frame);
  const box = picture.querySelector('.folded rect').getBoundingClientRect();
  const [X, Y] = middle(box);
  if (Math.hypot(x - X, y - Y) > 1) wrong.push(`${frame.id} is folded at ${X}, ${Y}`);
  for (const text of picture.querySelectorAll('.folded text')) {
    const words = text.getBoundingClientRect();
    if (words.left < box.left || words.right > box.right) wrong.push(text.textContent);
  }
  for (const edge of picture.querySelectorAll('.merged')) {
    const line = edge.querySelector('path').getBoundingClientRect();
    if (!(line.width > 0)) wrong.push('an edge without a length');
  }
  click(picture.querySelector('.folded'));
}
if (!frames.length) wrong.push('there are no frames');
if (places('.node, .edge, .cluster').join() !== before.join()) wrong.push('it does not unfold');
return wrong;
"""


def bundle(viewer: object) -> dict[str, str]:
    return viewer._repr_mimebundle_()


@cache
def network_view() -> object:
    network = Network([2, 4, 4, 1])
    out = network([Value(1.0, "x0"), Value(-2.0, "x1")])[0]
    return view(out)


def until(seen: Callable[[], object], missing: Callable[[], str] = lambda: "") -> object:
    """What is seen, once there is something; a slow machine may take a minute."""
    for _ in range(600):
        if found := seen():
            return found
        time.sleep(0.1)
    raise AssertionError(missing())


def check_frame(page: Page) -> None:
    """The live picture is the one that is seen, and everything in it is in its place."""
    assert not page.find(STILL).is_displayed()
    page.browser.switch_to.frame(page.find(FRAME))
    check_picture(page)
    page.browser.switch_to.default_content()


def check_picture(page: Page) -> None:
    until(lambda: page("document.getElementById('line')?.textContent") == "out.grad = 1")
    assert page.run(MISPLACED) == []
    page.run("document.getElementById('unfold').click()")  # whatever lies over it in a notebook
    assert page.run(MISPLACED) == []
    assert page.run(MISFOLDED) == []
    slider = page.find("#slider")
    slider.send_keys("\ue010")  # to the last step: other numbers, in the same places
    assert page.find("#count").text == "73 / 73"
    assert page.run(MISPLACED) == []
    slider.send_keys("\ue011")


# Pages of HTML, with a step that shows what is hidden at first

PAGES = {
    "at once": ("{}", ""),
    "on a phone": ("{}", ""),
    "details": (
        "<details><summary>more</summary>{}</details>",
        "document.querySelector('details').open = true",
    ),
    "shown later": (
        "<div id='later' style='display: none'>{}</div>",
        "document.getElementById('later').style.display = 'block'",
    ),
    "in a tab": (
        "<div id='later' style='width: 0; height: 0; overflow: hidden'>{}</div>",
        "document.getElementById('later').removeAttribute('style')",
    ),
    "below the fold": (
        "<div style='height: 6000px'></div>{}",
        "document.querySelector('iframe').scrollIntoView()",
    ),
}


@needs_graphviz
@pytest.mark.parametrize("place", PAGES)
def test_it_is_right_in_a_page(browser, tmp_path, place):
    content, show = PAGES[place]
    width = 400 if place == "on a phone" else 1200
    path = tmp_path / "page.html"
    html = content.format(bundle(network_view())["text/html"])
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'>{html}", "utf-8")
    with resized(browser, width):
        page = Page(browser, path)
        page.run(show)
        check_frame(page)
        check_quiet(page, path)


@contextmanager
def resized(browser, width: int) -> Iterator[None]:
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def check_quiet(page: Page, path: Path) -> None:
    """No message on the console, and no request but for the page itself."""
    assert page.browser.get_log("browser") == []
    assert {url for url in page.requests() if not url.startswith("data:")} <= {path.as_uri()}


@needs_graphviz
def test_it_is_right_in_a_file_of_its_own(browser, tmp_path):
    path = network_view().save(tmp_path / "page.html")
    page = Page(browser, path)
    check_picture(page)
    check_quiet(page, path)


@needs_graphviz
def test_both_pictures_together_are_small():
    output = json.dumps(bundle(network_view()), ensure_ascii=False)
    assert len(output.encode()) < 400_000
    assert output.count("base64,") == 1  # the still picture
    assert output.count("<svg width") == 2  # folded, and every value


@needs_graphviz
def test_a_small_picture_has_a_small_frame(browser, tmp_path):
    x = Value(3.0, "x")
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html>{bundle(view(x * x))['text/html']}", "utf-8")
    page = Page(browser, path)
    frame = page.find(FRAME)
    assert frame.size["height"] < 350
    browser.switch_to.frame(frame)
    scale = "return document.querySelector('svg').getScreenCTM().a"
    assert page.run(scale) == pytest.approx(4 / 3, abs=0.01)


@needs_graphviz
def test_on_paper_every_text_stands_once(browser, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    output = classic_neuron() * 2
    output.label = "printedonce"
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><p>above</p>{bundle(view(output))['text/html']}", "utf-8")
    Page(browser, path)
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "above" in text
    assert text.count("printedonce") - text.count("printedonce.grad") == 1
    assert text.count("−1.5") <= 2  # of the local derivatives and gradients each


# Notebooks


def notebook(cell: str, output: dict[str, str] | None = None) -> str:
    nbformat = pytest.importorskip("nbformat")
    outputs = [nbformat.v4.new_output("display_data", output)] if output else []
    code = nbformat.v4.new_code_cell(cell, outputs=outputs)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    written = nbformat.v4.new_notebook(cells=[code], metadata={"kernelspec": kernel})
    return nbformat.writes(written)


@needs_graphviz
def test_it_is_right_in_the_html_of_nbconvert(browser, tmp_path):
    nbconvert = pytest.importorskip("nbconvert")
    nbformat = pytest.importorskip("nbformat")
    read = nbformat.reads(notebook(CELL, bundle(network_view())), 4)
    nothing = "data:text/javascript,"  # of its own scripts, which come from elsewhere
    options = ("require_js_url", "mathjax_url", "mermaid_js_url", "mermaid_layout_elk_js_url")
    without_scripts = dict.fromkeys(options, nothing)
    html, _ = nbconvert.HTMLExporter(**without_scripts).from_notebook_node(read)
    path = tmp_path / "page.html"
    path.write_text(html, "utf-8")
    page = Page(browser, path)
    check_frame(page)
    assert [entry for entry in browser.get_log("browser") if "srcdoc" in entry["message"]] == []


@contextmanager
def server(folder: Path, *arguments: str, port: int) -> Iterator[None]:
    """A program that serves on this machine, in a group of its own that ends with the test."""
    settings = {
        name: str(folder / name.lower())
        for name in (
            "HOME",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
            "XDG_CONFIG_HOME",
        )
    }
    for place in settings.values():
        Path(place).mkdir(exist_ok=True)
    environment = {**os.environ, **settings, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def said() -> str:
        return (folder / "log").read_text("utf-8")

    try:
        until(lambda: process.poll() is not None or answers(port), said)
        assert process.poll() is None, said()
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


needs_unix = pytest.mark.skipif(os.name != "posix", reason="ends a group of processes")


def needs(module: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"no {module}: pip install {module}")


class Lab(Page):
    """JupyterLab or Notebook 7, whose commands can be called."""

    def __init__(self, browser, url: str) -> None:
        self.browser = browser
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(url)

    def wait(self, selector: str):
        return until(
            lambda: next(iter(self.browser.find_elements("css selector", selector)), None),
            lambda: f"there is no {selector} in {self.find('body').text}",
        )

    def wait_for_kernel(self) -> None:
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        until(
            lambda: self(f"{kernel}?.connectionStatus === 'connected'"),
            lambda: f"no kernel in {self.find('body').text}",
        )

    def command(self, name: str) -> None:
        """Give a command, and wait until it is done."""
        self.browser.set_script_timeout(60)
        self("jupyterapp.commands.execute(arguments[0]).then(() => true)", name)

    def check_quiet(self, url: str) -> None:
        messages = [entry["message"] for entry in self.browser.get_log("browser")]
        assert [message for message in messages if "srcdoc" in message] == []
        requests = [url for url in self.requests() if url.startswith(("http:", "https:"))]
        assert [other for other in requests if not other.startswith(url)] == []


@needs_graphviz
@needs_unix
@needs("jupyterlab")
@needs("notebook")
def test_it_is_right_in_jupyterlab_and_notebook_7(browser, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "run.ipynb").write_text(notebook(CELL), "utf-8")
    (files / "strange.ipynb").write_text(notebook(CELL, bundle(network_view())), "utf-8")
    port, token = free_port(), secrets.token_hex(16)
    url = f"http://127.0.0.1:{port}"
    settings = (
        "ServerApp.allow_root=True",
        "ServerApp.ip=127.0.0.1",
        f"ServerApp.port={port}",
        "ServerApp.port_retries=0",
        "ServerApp.open_browser=False",
        "ServerApp.terminals_enabled=False",
        f"ServerApp.root_dir={files}",
        f"IdentityProvider.token={token}",
        "LabApp.expose_app_in_browser=True",
        "LabApp.extension_manager=readonly",
        "LabApp.news_url=",
        "LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    with server(tmp_path, "jupyterlab", *(f"--{s}" for s in settings), port=port):
        # Run in it.
        page = Lab(browser, f"{url}/lab/tree/run.ipynb?token={token}")
        page.wait_for_kernel()
        page.command("notebook:run-all-cells")
        page.wait(FRAME)
        check_frame(page)
        page.command("docmanager:save")
        page.check_quiet(url)
        # Opened again without running: what was saved here is trusted.
        page = Lab(browser, f"{url}/lab/tree/run.ipynb?reset")
        page.wait(FRAME)
        check_frame(page)
        page.check_quiet(url)
        # From elsewhere, not trusted: the still picture, as wide as there is room.
        page = Lab(browser, f"{url}/lab/tree/strange.ipynb?reset")
        still = page.wait(STILL)
        assert still.is_displayed()
        assert page.shown("iframe") == 0
        assert page("arguments[0].naturalWidth > 500", still)
        assert 300 < still.size["width"] <= page.find(".jp-OutputArea-output").size["width"]
        page.check_quiet(url)
        # The same notebook in Notebook 7, which is another program on the same server.
        page = Lab(browser, f"{url}/notebooks/run.ipynb")
        page.wait(FRAME)
        check_frame(page)
        page.check_quiet(url)
        browser.get("about:blank")


@needs_graphviz
@needs_unix
@needs("marimo")
def test_it_is_right_in_marimo(browser, tmp_path):
    cell = "\n".join(f"    {line}" for line in CELL.splitlines())
    app = f"import marimo\napp = marimo.App()\n\n@app.cell\ndef _():\n{cell}\n    return\n"
    (tmp_path / "app.py").write_text(app, "utf-8")
    port, token = free_port(), secrets.token_hex(16)
    command = ("marimo", "run", "app.py", "--headless", "--host", "127.0.0.1", "--port", str(port))
    with server(tmp_path, *command, "--token-password", token, port=port):
        page = Lab(browser, f"http://127.0.0.1:{port}?access_token={token}")
        page.wait(FRAME)
        check_frame(page)
        page.check_quiet(f"http://127.0.0.1:{port}")
        browser.get("about:blank")
