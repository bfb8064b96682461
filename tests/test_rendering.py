import os
import stat
import sys
import time

import pytest

from engine.drawing import rendering

GRAPH = "digraph { a -> b }"


def stub(directory, script):
    """A program called dot in the directory."""
    program = directory / "dot"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A PATH of one empty directory."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="the stub is a script with a first line")
def test_a_dot_on_the_path_goes_first(path):
    stub(path, "import sys\nprint(sys.argv[1:], sys.stdin.read())")
    assert rendering.lay_out(GRAPH, 10.0) == f"['-Kdot', '-Tdot'] {GRAPH}\n"


def test_without_dot_the_library_in_the_wheel_of_pygraphviz_draws(path):
    pytest.importorskip("pygraphviz")
    laid_out = rendering.lay_out(GRAPH, 30.0)
    assert "pos=" in laid_out
    assert rendering.render(laid_out, "svg").lstrip().startswith(b"<?xml")
    assert rendering.render(laid_out, "png").startswith(b"\x89PNG")
    assert rendering.render(laid_out, "pdf").startswith(b"%PDF")


def test_with_neither_the_error_says_how_to_install_one(path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[viz\]'"):
        rendering.lay_out(GRAPH, 10.0)


@pytest.mark.skipif(os.name == "nt", reason="the stub is a script with a first line")
def test_a_layout_that_takes_too_long_is_ended_with_its_process(path):
    stub(
        path,
        "import os, pathlib, time\n"
        f"pathlib.Path({str(path / 'pid')!r}).write_text(str(os.getpid()))\ntime.sleep(60)",
    )
    start = time.monotonic()
    with pytest.raises(rendering.LayoutTimeoutError):
        rendering.lay_out(GRAPH, 2.0)
    assert time.monotonic() - start < 30.0
    with pytest.raises(ProcessLookupError):
        os.kill(int((path / "pid").read_text()), 0)


@pytest.mark.skipif(os.name == "nt", reason="the stub is a script with a first line")
def test_a_program_that_fails_is_an_error_with_its_words(path, monkeypatch):
    stub(path, "import sys\nsys.exit('out of ink')")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(rendering.RenderingError, match="out of ink"):
        rendering.lay_out(GRAPH, 10.0)


@pytest.mark.skipif(os.name == "nt", reason="the stub is a script with a first line")
@pytest.mark.parametrize("script", ["exit(1)", "", "import os\nos.abort()"])
def test_where_dot_is_broken_the_library_in_the_wheel_takes_over(path, script):
    pytest.importorskip("pygraphviz")
    stub(path, script)
    laid_out = rendering.lay_out(GRAPH, 30.0)
    assert rendering.render(laid_out, "svg").lstrip().startswith(b"<?xml")
    (path / "dot").write_text("no program at all")
    assert "pos=" in rendering.lay_out(GRAPH, 30.0)


def test_in_a_browser_nothing_is_started_and_the_remedy_is_another(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a process"))
    with pytest.raises(ImportError, match=r"browser.*graph\.dot") as caught:
        rendering.lay_out(GRAPH, 10.0)
    assert "pip install" not in str(caught.value)


def test_the_picture_of_a_huge_layout_has_a_size_that_programs_open():
    pytest.importorskip("pygraphviz")
    laid_out = rendering.lay_out("digraph { a [width=80 height=60] }", 30.0)
    picture = rendering.render(laid_out, "png")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert 10e6 < width * height < 25e6
