"""What is written is whole: the file system says what stayed, what followed, what was left over."""

import csv
import io
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import engine
import nn
from engine import Value, write_whole
from nn.commands.options import write_rows
from nn.commands.pictures import save_or_say
from nn.datasets import load_csv
from nn.datasets.dataset import Dataset
from nn.datasets.tables import as_csv, parse_table
from nn.experiments.sweep_results import SweepResults, SweepRow

posix = pytest.mark.skipif(os.name != "posix", reason="of POSIX")


def graph():
    x = Value(3.0, "x")
    return x * x


def sweep_rows():
    return SweepResults([SweepRow({"x": 1}, 0, {"loss": 0.5}, 0.1)])


SAVERS = {
    "model.json": lambda path: nn.save(nn.MLP(2, [3, 1], seed=0), path),
    "g.dot": lambda path: engine.draw(graph()).save(path),
    "g.svg": lambda path: engine.draw(graph()).save(path),
    "g.png": lambda path: engine.draw(graph()).save(path),
    "g.pdf": lambda path: engine.draw(graph()).save(path),
    "g.html": lambda path: engine.view(graph()).save(path),
    "loss.png": lambda path: save_or_say(nn.History(loss=[2.0, 1.0]).plot, path),
    "rows.csv": lambda path: sweep_rows().to_csv(path),
    "held-out.csv": lambda path: write_rows(path, nn.datasets.moons(4)),
}
every_saver = pytest.mark.parametrize("name", SAVERS)


def listed(folder):
    return sorted(entry.name for entry in folder.iterdir())


class FullDiskError(OSError):
    pass


@every_saver
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, name, moment):
    path = tmp_path / name
    path.write_bytes(b"old")

    def fail(*_):
        raise FullDiskError(28, "No space left on device", "beside")

    monkeypatch.setattr(os, moment, fail)
    with pytest.raises(FullDiskError) as caught:
        SAVERS[name](path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert listed(tmp_path) == [name]


@posix
@every_saver
def test_permissions_and_links_stay(tmp_path, name):
    behind, path = tmp_path / "behind", tmp_path / name
    behind.write_bytes(b"old")
    behind.chmod(0o640)
    path.symlink_to("behind")
    SAVERS[name](path)
    assert str(path.readlink()) == "behind"
    assert stat.S_IMODE(behind.stat().st_mode) == 0o640
    assert behind.read_bytes() not in (b"old", b"")
    assert listed(tmp_path) == sorted(["behind", name])


@posix
def test_a_new_file_has_the_permissions_that_any_new_file_has(tmp_path):
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "ours", "x")
        (tmp_path / "theirs").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


@posix
def test_a_link_to_nothing_yet_and_one_that_goes_round(tmp_path):
    (tmp_path / "link").symlink_to("folder/../other")
    (tmp_path / "folder").mkdir()
    write_whole(tmp_path / "link", "text")
    assert (tmp_path / "other").read_text() == "text"
    (tmp_path / "round").symlink_to("round")
    with pytest.raises(OSError, match="round"):
        write_whole(tmp_path / "round", "text")


@posix
@pytest.mark.parametrize("unnamed", [True, False])
def test_a_planted_link_of_the_name_beside_is_not_followed(tmp_path, monkeypatch, unnamed):
    victim, path = tmp_path / "victim", tmp_path / "path"
    victim.write_text("mine")
    path.write_text("old")
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    if not unnamed:
        monkeypatch.setattr("os.access", lambda name, _: not str(name).startswith("/proc"))
    (tmp_path / ".guessed.part").symlink_to(victim)
    with pytest.raises(FileExistsError):
        write_whole(path, "new")
    assert (victim.read_text(), path.read_text()) == ("mine", "old")


@posix
def test_what_is_no_regular_file_is_written_to(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, "through")
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write_whole(os.devnull, "away")


@posix
@pytest.mark.parametrize("linked", [True, False])
def test_standard_output_is_written_to_wherever_it_goes(tmp_path, capfd, linked):
    path = Path("/dev/stdout")
    if linked:
        path = tmp_path / "link"
        path.symlink_to("/dev/stdout")
    os.write(1, b"before, ")
    write_whole(path, "within, ")
    os.write(1, b"after")
    assert capfd.readouterr().out == "before, within, after"


def test_places_where_no_file_can_be(tmp_path):
    for path, error in [
        (tmp_path, OSError),
        (tmp_path / "no such folder" / "x", FileNotFoundError),
        ("", FileNotFoundError),
        (tmp_path / ("x" * 300), OSError),
    ]:
        with pytest.raises(error) as caught:
            write_whole(path, "text")
        assert caught.value.filename == str(path)
        assert str(caught.value).endswith(repr(str(path)))
    assert listed(tmp_path) == []
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "x", "\ud800")
    assert listed(tmp_path) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_must_not_be_written_is_not(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_whole(path, "new")
    assert path.read_text() == "old"


@posix
def test_where_files_must_have_names_too(tmp_path, monkeypatch):
    """As on a file system, or an operating system, that has none without."""
    monkeypatch.setattr("os.access", lambda name, _: not str(name).startswith("/proc"))
    monkeypatch.setattr("os.link", None)
    path = tmp_path / "x"
    for text in ("one", "two"):
        write_whole(path, text)
        assert path.read_text() == text
    assert listed(tmp_path) == ["x"]


def test_threads_do_not_trip_over_each_other(tmp_path):
    path, problems = tmp_path / "model.json", []
    models = [nn.MLP(2, [3, 1], seed=seed) for seed in range(8)]

    def save_often(model):
        try:
            for _ in range(30):
                nn.save(model, path)
                nn.load(path)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=save_often, args=[model]) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert listed(tmp_path) == ["model.json"]
    assert nn.load(path).state_dict() in [model.state_dict() for model in models]


# Texts that are no formulas


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1",
     "'=1", "''-x", "-"],
)  # fmt: skip
def test_a_formula_is_written_as_a_text_and_read_as_it_was(text):
    """By the list of OWASP (CSV Injection, 2021), and Python's reader for the cells."""
    written = as_csv([["n", "kind"], [1, text]])
    cell = list(csv.reader(io.StringIO(written, newline="")))[1][1]
    assert cell == "'" + text
    assert parse_table(written.encode(), "x.csv").rows == [["1", text]]


@given(st.text())
def test_every_text_comes_back(text):
    table = parse_table(as_csv([["n", "kind"], [1, f"x{text}x"], [2, f"={text}x"]]).encode(), "x")
    assert [row[1] for row in table.rows] == [f"x{text}x", f"={text}x"]


@pytest.mark.parametrize("number", ["-1", "+2.5", "-1e-9", -1.5, -3, "rose", "rosé's", ""])
def test_numbers_and_other_texts_stay_as_they_are(number):
    assert as_csv([[1, number]]) == f"1,{number}\n"


def test_class_names_go_through_the_files_of_the_commands(tmp_path):
    names = ("+a", "-b", "=cmd|x", "plain")
    data = Dataset([[-1.0], [2.0], [-3.0], [4.0]], [0, 1, 2, 3], ("-length",), names)
    write_rows(tmp_path / "rows.csv", data)
    assert "\n-1.0,'+a\n" in (tmp_path / "rows.csv").read_text()
    read = load_csv(tmp_path / "rows.csv")
    assert (read.feature_names, read.target_names) == (("-length",), names)
    assert (read.inputs, read.targets) == (data.inputs, data.targets)


def test_so_do_the_texts_of_a_sweep(tmp_path):
    path = tmp_path / "rows.csv"
    row = SweepRow({"=x": "@y"}, 0, {"+z": "=1", "loss": -1.5}, 0.1, error="-E: x")
    SweepResults([row]).to_csv(path)
    head, cells = csv.reader(io.StringIO(path.read_text("utf-8"), newline=""))
    assert head[:4] == ["'=x", "seed", "'+z", "loss"]
    assert cells[:4] == ["'@y", "0", "'=1", "-1.5"]
    assert cells[-1] == "'-E: x"
