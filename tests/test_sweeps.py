"""Sweeps: every run once and in order, whatever fails, is killed or is interrupted meanwhile."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from test_readme import ROOT

from engine import Value
from nn import MLP, SGD, History, datasets, fit, sweep
from nn.experiments.sweep_results import SweepResults, SweepRow

DATA = datasets.moons(12, noise=0.1, seed=0)


def trained(learning_rate, width, seed):
    """A few epochs on moons, as a user would write it."""
    model = MLP(2, [width, 1], seed=seed)
    optimizer = SGD(model.parameters(), learning_rate)
    return fit(
        model,
        DATA.inputs,
        DATA.targets,
        optimizer=optimizer,
        epochs=5,
        batch_size=4,
        seed=seed,
        progress=False,
    )


def ten_times(x, seed):
    return 10 * x + seed


def quietly(experiment, grid, repeats=1, n_jobs=1, path=None):
    return sweep(experiment, grid, repeats, n_jobs, path, progress=False)


def without_seconds(results):
    return [(row.settings, row.seed, row.results, row.diverged, row.error) for row in results]


class Counting:
    """An experiment that counts its calls; `fails_at` one of them it raises an error."""

    def __init__(self, fails_at=None, error=KeyboardInterrupt):
        self.calls = []
        self.fails_at, self.error = fails_at, error

    def __call__(self, x, seed):
        if len(self.calls) == self.fails_at:
            raise self.error
        self.calls.append((x, seed))
        return {"y": x / 3 + seed}


# The grid


def test_all_combinations_come_in_order_with_their_seeds():
    results = quietly(lambda a, b, seed: seed, {"a": [2, 1], "b": ["y", "x"]}, repeats=2)
    assert [(row.settings["a"], row.settings["b"], row.seed) for row in results.rows] == [
        (2, "y", 0), (2, "y", 1), (2, "x", 0), (2, "x", 1),
        (1, "y", 0), (1, "y", 1), (1, "x", 0), (1, "x", 1),
    ]  # fmt: skip
    assert [row.results for row in results] == [{"value": row.seed} for row in results]
    assert all(row.seconds >= 0 for row in results)


def test_a_list_of_dicts_is_a_grid_too():
    def experiment(a, seed, b=0):
        return a + b

    results = quietly(experiment, [{"a": 1}, {"a": 1, "b": 2}])
    assert [row.results["value"] for row in results] == [1, 3]


@pytest.mark.parametrize(
    ("grid", "error", "words"),
    [
        ({}, ValueError, "no settings"),
        ([], ValueError, "no settings"),
        ({"a": []}, ValueError, "no settings"),
        ({"a": 1}, TypeError, r"'a', but got 1; write \[1\]"),
        ({"a": "tanh"}, TypeError, r"write \['tanh'\]"),
        ({"seed": [1, 2]}, ValueError, "repeats"),
        ({1: [2]}, TypeError, "its name is a str; got 1"),
        ("grid", TypeError, "dict of lists, or a list of dicts"),
        ([1, 2], TypeError, "dict of lists, or a list of dicts"),
    ],
)
def test_a_wrong_grid_says_what_is_wrong(grid, error, words):
    with pytest.raises(error, match=words):
        quietly(ten_times, grid)


def test_other_wrong_arguments():
    with pytest.raises(TypeError, match="experiment must be a function"):
        quietly(3, {"x": [1]})
    with pytest.raises(ValueError, match="repeats must be a whole number at least 1; got 0"):
        quietly(ten_times, {"x": [1]}, repeats=0)
    with pytest.raises(ValueError, match=r"n_jobs must be .* got 0"):
        quietly(ten_times, {"x": [1]}, n_jobs=0)


# One run


@pytest.mark.parametrize(
    ("returned", "results"),
    [
        (3, {"value": 3}),
        (np.float64(0.1), {"value": 0.1}),
        (Value(0.25), {"value": 0.25}),
        ({"a": np.int64(2), "b": "text", "c": [0.5, 1]}, {"a": 2, "b": "text", "c": [0.5, 1]}),
        (
            History(loss=[3.0, 2.0], validation_loss=[4.0, 5.0], metrics={"accuracy": [0.1, 0.9]}),
            {"loss": 2.0, "validation_loss": 5.0, "accuracy": 0.9},
        ),
    ],
)
def test_what_an_experiment_may_return(returned, results):
    (row,) = quietly(lambda x, seed: returned, {"x": [0]})
    assert (row.results, row.diverged, row.error) == (results, False, "")
    assert all(type(x) in (int, float, str, list) for x in row.results.values())


@pytest.mark.parametrize(
    "returned",
    [
        math.nan,
        {"loss": math.inf, "accuracy": 0.5},
        {"loss": 1.0, "diverged": True},
        10**400,
        History(diverged=True),
    ],
)
def test_a_run_that_diverges_says_so(returned):
    (row,) = quietly(lambda x, seed: returned, {"x": [0]})
    assert row.diverged
    assert row.error == ""


def test_a_run_that_raises_becomes_a_row_and_stops_nothing():
    def experiment(x, seed):
        if x == 1:
            raise RuntimeError("not today")
        return None if x == 2 else object() if x == 3 else 1 / x

    results = quietly(experiment, {"x": [0, 1, 3, 4]})
    errors = [row.error for row in results]
    assert errors[0].startswith("ZeroDivisionError: division by zero")
    assert errors[1] == "RuntimeError: not today (in experiment)"
    assert "must return a number, a dict" in errors[2]
    assert (errors[3], results[3].results) == ("", {"value": 0.25})


def test_a_training_that_diverges_warns_of_nothing_for_its_row_tells():
    results = quietly(trained, {"learning_rate": [0.1, 1e200], "width": [2]})
    assert [row.diverged for row in results] == [False, True]
    assert [row.error for row in results] == ["", ""]


def test_no_run_sees_what_another_did_to_a_setting():
    def experiment(sizes, x, seed):
        sizes.append(x)
        return len(sizes)

    results = quietly(experiment, {"sizes": [[1]], "x": [1, 2]}, repeats=2)
    assert [row.results["value"] for row in results] == [2, 2, 2, 2]
    assert results[0].settings["sizes"] == [1]


# Several processes


def test_the_bits_are_the_same_whatever_the_number_of_processes():
    grid = {"learning_rate": [0.03, 0.1, 1e200], "width": [2, 3]}
    alone = quietly(trained, grid, repeats=2, n_jobs=1)
    together = quietly(trained, grid, repeats=2, n_jobs=2)
    assert without_seconds(alone) == without_seconds(together)
    assert len({row.results["loss"] for row in alone if not row.diverged}) == 8


def test_a_run_that_ends_its_process_becomes_a_row_and_stops_nothing():
    def experiment(x, seed):
        if x in (1, 4):
            os._exit(3)
        return x

    results = quietly(experiment, {"x": list(range(6))}, n_jobs=2)
    assert [row.results.get("value") for row in results] == [0, None, 2, 3, None, 5]
    assert "process ended" in results[1].error
    assert "process ended" in results[4].error


def test_a_backend_that_returns_lists_gives_the_same(tmp_path):
    import joblib

    path = tmp_path / "rows.jsonl"
    with joblib.parallel_config(backend="multiprocessing"):
        results = quietly(ten_times, {"x": list(range(10))}, n_jobs=2, path=path)
    assert [row.results["value"] for row in results] == [10 * x for x in range(10)]
    assert len(path.read_text("utf-8").splitlines()) == 10


@pytest.mark.filterwarnings("ignore")  # of the cluster, about its own workings
def test_on_a_cluster_that_loses_a_worker_every_row_comes_back_once(tmp_path):
    import joblib
    from dask.distributed import Client, LocalCluster

    begun, killed, path = tmp_path / "begun", tmp_path / "killed", tmp_path / "rows.jsonl"

    def experiment(x, seed):
        with begun.open("a") as file:
            file.write(f"{x} {seed} {os.getpid()}\n")
        time.sleep(0.02)
        if (x, seed) == (2, 1) and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return x / 3 + seed

    grid = {"x": list(range(5))}
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as c,
        Client(c),
        joblib.parallel_config(backend="dask"),
    ):
        results = quietly(experiment, grid, repeats=3, n_jobs=-1, path=path)
    runs = [line.split() for line in begun.read_text().splitlines()]
    assert killed.exists()
    assert len({process for _, _, process in runs} - {str(os.getpid())}) >= 2
    assert [run[:2] for run in runs].count(["2", "1"]) == 2  # it was begun again
    assert without_seconds(results) == without_seconds(quietly(experiment, grid, repeats=3))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    keys = {(line["settings"]["x"], line["seed"]) for line in lines}
    assert len(lines) == len(keys) == 15


def test_one_process_needs_no_joblib(monkeypatch):
    monkeypatch.setitem(sys.modules, "joblib", None)
    assert quietly(ten_times, {"x": [1]})[0].results == {"value": 10}
    with pytest.raises(ImportError, match=r"pip install 'glassgrad\[sweep\]'"):
        quietly(ten_times, {"x": [1]}, n_jobs=-1)


def test_a_bar_shows_the_progress(capsys):
    sweep(ten_times, {"x": [1, 2]}, n_jobs=1)
    assert "2/2" in capsys.readouterr().err
    sweep(ten_times, {"x": [1, 2]}, n_jobs=1, progress=False)
    assert capsys.readouterr() == ("", "")


# The file


def test_a_row_is_in_the_file_as_soon_as_it_is_finished(tmp_path):
    path = tmp_path / "new folder" / "rows.jsonl"

    def lines_so_far(x, seed):
        return len(path.read_text("utf-8").splitlines())

    results = quietly(lines_so_far, {"x": [1, 2, 3]}, path=path)
    assert [row.results["value"] for row in results] == [0, 1, 2]


def test_only_what_is_missing_is_computed(tmp_path):
    path = tmp_path / "rows.jsonl"
    grid = {"x": [0.1, 0.2, 0.3]}
    with pytest.raises(KeyboardInterrupt):
        quietly(Counting(fails_at=4), grid, repeats=2, path=path)
    again = Counting()
    results = quietly(again, grid, repeats=2, path=path)
    assert again.calls == [(0.3, 0), (0.3, 1)]
    assert without_seconds(results) == without_seconds(quietly(Counting(), grid, repeats=2))
    third = Counting()
    assert quietly(third, grid, repeats=2, path=path) == results
    assert third.calls == []
    wider = Counting()
    quietly(wider, {"x": [0.05, 0.1]}, repeats=3, path=path)
    assert wider.calls == [(0.05, 0), (0.05, 1), (0.05, 2), (0.1, 2)]
    assert len(path.read_text("utf-8").splitlines()) == 10


@pytest.mark.parametrize("removed", [2, 20, 60])
def test_half_of_a_last_line_is_done_again(tmp_path, removed):
    path = tmp_path / "rows.jsonl"
    grid = {"x": [1, 2, 3]}
    whole = quietly(Counting(), grid, path=path)
    path.write_bytes(path.read_bytes()[:-removed])
    again = Counting()
    results = quietly(again, grid, path=path)
    assert again.calls == [(3, 0)]
    assert without_seconds(results) == without_seconds(whole)
    assert [json.loads(line)["settings"]["x"] for line in path.read_text("utf-8").splitlines()] == [
        1,
        2,
        3,
    ]


def test_a_last_row_that_lost_its_end_of_line_is_kept(tmp_path):
    path = tmp_path / "rows.jsonl"
    quietly(Counting(), {"x": [1, 2]}, path=path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    again = Counting()
    quietly(again, {"x": [1, 2, 3]}, path=path)
    assert again.calls == [(3, 0)]
    assert path.read_bytes().startswith(whole)


def test_half_a_row_that_is_all_of_a_file_is_somebody_elses(tmp_path):
    path = tmp_path / "rows.jsonl"
    quietly(ten_times, {"x": [1]}, path=path)
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"line 1 of .* is no row of a sweep"):
            quietly(ten_times, {"x": [1]}, path=path)
        assert path.read_bytes() == whole[:length]


@pytest.mark.skipif(os.name != "posix", reason="of POSIX")
def test_the_first_row_comes_whole_or_not_at_all(tmp_path):
    """Killed by the kernel in the middle of the first write, as on a full disk."""
    path = tmp_path / "rows.jsonl"
    program = (
        "import resource, signal, sys, nn\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40))\n"
        "nn.sweep(lambda x, seed: x, {'x': [1]}, path=sys.argv[1], n_jobs=1, progress=False)"
    )
    ran = subprocess.run([sys.executable, "-c", program, path], cwd=ROOT)
    assert ran.returncode == -signal.SIGXFSZ
    assert path.read_bytes() == b""
    assert len(quietly(ten_times, {"x": [1]}, path=path)) == 1


def test_failed_rows_are_kept_as_they_are(tmp_path):
    path = tmp_path / "rows.jsonl"

    def experiment(x, seed):
        return {"loss": math.nan} if x else 1 / x

    first = quietly(experiment, {"x": [0, 1]}, path=path)
    again = quietly(Counting(fails_at=0), {"x": [0, 1]}, path=path)
    assert [row.error for row in again] == [row.error for row in first]
    assert [row.diverged for row in again] == [False, True]
    assert math.isnan(again[1].results["loss"])


def test_settings_that_json_does_not_have_are_known_again(tmp_path):
    path = tmp_path / "rows.jsonl"
    grid = {"sizes": [(16, 16), (8,)], "activation": [Value.tanh, abs], "rate": [np.float64(0.1)]}

    def experiment(sizes, activation, rate, seed):
        return len(sizes) * rate

    results = quietly(experiment, grid, path=path)
    again = quietly(lambda **_: 1 / 0, grid, path=path)
    assert again == results
    assert again[0].settings == {"sizes": (16, 16), "activation": Value.tanh, "rate": 0.1}


def test_settings_that_a_file_cannot_tell_apart_are_refused(tmp_path):
    path = tmp_path / "rows.jsonl"
    with pytest.raises(ValueError, match="cannot tell"):
        quietly(ten_times, {"x": [1, 2, 1]}, path=path)
    with pytest.raises(ValueError, match="put a name or a number into the grid"):
        quietly(ten_times, {"x": [object()]}, path=path)
    assert not path.exists()


ROW = (
    '{"settings": {"x": 5}, "seed": 0, "results": {}, "seconds": 1.5, "diverged": false, '
    '"error": ""}\n'
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name,loss\na,1\n", "line 1 of .* is no row of a sweep"),
        ("some text", "line 1 of .* is no row of a sweep"),
        ('{"a": 1}\n', "line 1 of .* is no row of a sweep"),
        ('{"a": 1}', "line 1 of .* is no row of a sweep"),
        ('{"a": 1', "line 1 of .* is no row of a sweep"),
        ('{"settings": {"theme": "dark"', "line 1 of .* is no row of a sweep"),
        ('{"settings": {"x": 2}, "seed": 0, "res', "line 1 of .* is no row of a sweep"),
        ('{"settings": {"x": 1}, "seed": 0, "mine": 2', "line 1 of .* is no row of a sweep"),
        ('{"settings": {"x": 1}}', "line 1 of .* is no row of a sweep"),
        (ROW + '{"settings": {"x": 1}}', "line 2 of .* is no row of a sweep"),
        (ROW + '{"settings": {"x": "é', "line 2 of .* is no row of a sweep"),
        (ROW + "a note", "line 2 of .* is no row of a sweep"),
        (ROW + "\n", "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("1.5", '"x"'), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("1.5", "NaN"), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("1.5", "1" + "0" * 400), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("1.5", "-1"), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("0", "true", 1), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("0", "0.0", 1), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("false", "0"), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace('""', "null"), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace('""', '"", "error": ""'), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("5}", "[" * 10**5 + "}"), "line 2 of .* is no row of a sweep"),
        (ROW + ROW.replace("5}", "[" * 200 + "]" * 200 + "}"), "line 2 of .* is no row of"),
        ("[" * 10**5, "line 1 of .* is no row of a sweep"),
        ("[1, 2]\n", "line 1 of .* is no row of a sweep"),
        (
            '{"settings": {"y": 1}, "seed": 0, "results": {}, "seconds": 1.0, "diverged": false, '
            '"error": ""}\n',
            r"another grid, with the settings \(y\), and this one has \(x\)",
        ),
    ],
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path, content, words):
    path = tmp_path / "rows.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=words):
        quietly(ten_times, {"x": [1]}, path=path)
    assert path.read_text("utf-8") == content
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_what_is_no_regular_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no regular file"):
        quietly(ten_times, {"x": [1]}, path=tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="symbolic links"):
        quietly(ten_times, {"x": [1]}, path=tmp_path / "loop")


def test_one_sweep_at_a_time_has_a_file(tmp_path):
    path, link, seen = tmp_path / "rows.jsonl", tmp_path / "link", []
    link.symlink_to(path)

    def experiment(x, seed):
        for other in (path, link):
            with pytest.raises(BlockingIOError, match="another sweep is writing to") as caught:
                quietly(ten_times, {"x": [1, 2]}, path=other)
            seen.append(str(caught.value))
        return x

    quietly(experiment, {"x": [1, 2]}, path=path)
    assert len(seen) == 4
    assert len(path.read_text("utf-8").splitlines()) == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "rows.jsonl"]


@pytest.mark.skipif(os.name != "posix", reason="of POSIX")
def test_a_full_disk_leaves_the_rows_that_are_there(tmp_path):
    """The kernel cuts what is written at a limit, as where a disk is full."""
    import resource

    path = tmp_path / "rows.jsonl"
    quietly(ten_times, {"x": [1]}, path=path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 30, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            quietly(ten_times, {"x": [1, 2]}, path=path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before


def test_a_line_that_is_broken_in_the_middle_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    quietly(ten_times, {"x": [1, 2, 3]}, path=path)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(lines[0] + lines[1][:30] + "\n" + lines[2], "utf-8")
    with pytest.raises(ValueError, match="line 2 of"):
        quietly(ten_times, {"x": [1, 2, 3]}, path=path)


# Interrupted


@pytest.fixture
def _interruptible():
    """Ctrl-C as in a terminal, also where the tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_that_fit_took_for_less_ends_the_sweep(tmp_path):
    path = tmp_path / "rows.jsonl"

    def swallowing(x, seed):
        try:
            if x == 2:
                signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            return -1.0
        return x

    with pytest.raises(KeyboardInterrupt):
        quietly(swallowing, {"x": [1, 2, 3]}, path=path)
    assert len(path.read_text("utf-8").splitlines()) == 1
    with pytest.raises(KeyboardInterrupt):
        quietly(lambda x, seed: History(loss=[1.0], interrupted=True), {"x": [1]})


PROGRAM = """
import sys, time
from nn import sweep

def experiment(x, seed):
    time.sleep(0.05)
    return x + seed / 3

if __name__ == "__main__":
    path, n_jobs, n = sys.argv[1:]
    sweep(experiment, {"x": list(range(int(n)))}, n_jobs=int(n_jobs), path=path, progress=False)
"""


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(("n_jobs", "number"), [("2", signal.SIGINT), ("1", signal.SIGKILL)])
def test_a_sweep_that_was_ended_from_outside_goes_on(tmp_path, n_jobs, number):
    program, path = tmp_path / "program.py", tmp_path / "rows.jsonl"
    program.write_text(PROGRAM, "utf-8")
    process = subprocess.Popen(
        [sys.executable, program, path, n_jobs, "400"],
        start_new_session=True,
        stderr=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + 40
        while not path.exists() or path.read_bytes().count(b"\n") < 3:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, number)  # as Ctrl-C does: to all processes of the terminal
        process.communicate(timeout=20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode != 0
    finished = path.read_bytes().count(b"\n")
    assert 3 <= finished < 400
    again = Counting()
    results = quietly(again, {"x": list(range(finished + 5))}, path=path)
    assert 5 <= len(again.calls) <= 5 + 4  # what was at work, and what had not begun
    assert len(results) == finished + 5


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_end_soon_after_a_sweep_that_was_killed(tmp_path):
    program, begun = tmp_path / "program.py", tmp_path / "begun"
    begun.mkdir()
    program.write_text(
        "import os, sys, time\nfrom pathlib import Path\nfrom nn import sweep\n"
        "def experiment(x, seed):\n"
        "    (Path(sys.argv[1]) / str(os.getpid())).touch()\n    time.sleep(600 if x else 0)\n"
        "if __name__ == '__main__':\n"
        "    sweep(experiment, {'x': range(9)}, n_jobs=2, progress=False)\n",
        "utf-8",
    )
    process = subprocess.Popen([sys.executable, program, begun], stderr=subprocess.DEVNULL)

    def wait_until(condition):
        deadline = time.monotonic() + 40
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    try:
        wait_until(lambda: len(list(begun.iterdir())) == 2)
    finally:
        process.kill()
        process.wait()
    start = time.monotonic()
    wait_until(lambda: not any(Path(f"/proc/{entry.name}").exists() for entry in begun.iterdir()))
    assert time.monotonic() - start < 10


# The results


def results_of(numbers, name="loss", **failures):
    """Results with a row for each number; None diverged. Three seeds for each settings."""
    rows = []
    for i in range(0, len(numbers), 3):
        settings = {"i": i // 3}
        for seed, number in enumerate(numbers[i : i + 3]):
            diverged = number is None
            rows.append(
                SweepRow(settings, seed, {name: 1e-9 if diverged else number}, 0.5, diverged)
            )
    return SweepResults(rows)


def test_the_best_settings_are_those_of_the_best_median():
    results = results_of([0.0, 5.0, 6.0, 2.0, 3.0, 4.0, 1.0, None, None])
    assert (results.best().settings, results.best().seed) == ({"i": 1}, 1)
    assert results.best("loss", maximize=True).settings == {"i": 0}


def test_one_that_mostly_failed_is_never_the_best():
    assert results_of([None, None, 0.0, 7.0, 8.0, 9.0]).best().settings == {"i": 1}
    assert results_of([None, None, 9.0, 1, 2, 3]).best(maximize=True).settings == {"i": 1}
    with pytest.raises(ValueError, match="3 of 3 runs: diverged"):
        results_of([None, None, None]).best()


def test_the_value_goes_without_saying_where_there_is_one_or_a_loss():
    (row,) = rows = quietly(lambda x, seed: {"a": 1.0, "loss": 2.0, "b": 0.5}, {"x": [1]})
    assert rows.best() is row
    with pytest.raises(ValueError, match="the results are a, loss, b; got 'c'"):
        rows.best("c")
    two = quietly(lambda x, seed: {"a": 1.0, "b": 0.5}, {"x": [1]})
    with pytest.raises(ValueError, match="the results are a, b; say which"):
        two.best()
    with pytest.raises(ValueError, match="no run has a result: 1 of 1 runs: ZeroDivisionError"):
        quietly(lambda x, seed: 1 / 0, {"x": [1]}).best()


def test_the_table_has_medians_ranges_and_failures():
    text = results_of([1.0, 4.0, 2.0, 3.0, None, None]).table()
    assert text.splitlines() == [
        "i  runs        loss  failed",
        "0     3  2 (1 to 4)       0",
        "1     3           3       2",
        "2 of 6 runs: diverged",
    ]
    assert str(results_of([1.0, 4.0, 2.0])) == "i  runs        loss\n0     3  2 (1 to 4)"


def test_the_csv_file_has_a_line_for_each_row(tmp_path):
    path = tmp_path / "rows.csv"

    def experiment(x, seed, activation=None):
        return {"loss": x / 3, "x": seed} if x else 1 / x

    quietly(experiment, [{"x": 2}, {"x": 0, "activation": Value.tanh}], path=None).to_csv(path)
    with path.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert float(first.pop("seconds")) >= 0
    assert first == {
        "x": "2", "activation": "", "seed": "0", "loss": repr(2 / 3), "result x": "0",
        "diverged": "False", "error": "",
    }  # fmt: skip
    assert (second["loss"], second["activation"]) == ("", "tanh")
    assert second["error"].startswith("ZeroDivisionError")


def test_what_is_beyond_the_floats_or_no_text_is_no_traceback(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(ROW.replace("{}", '{"value": 1%s}' % ("0" * 400)).replace('""', '"\\udc80"'))
    results = quietly(ten_times, {"x": [5, 6]}, path=path)
    assert results.best().settings == {"x": 6}
    assert results.table().splitlines()[1:3] == ["5     1              1", "6     1     60       0"]
    results.to_csv(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8") as file:
        assert [row["error"] for row in csv.DictReader(file)] == ["\\udc80", ""]


def test_the_heatmap_shows_the_median_of_each_cell():
    def experiment(a, b, seed):
        if (a, b) == (3, "y"):
            return math.nan
        return 10 * a + (b == "y") + seed

    results = quietly(experiment, {"b": ["x", "y"], "a": [1, 2, 3]}, repeats=3)
    ax = results.heatmap("a", "b")
    (image,) = ax.images
    shown = np.ma.filled(image.get_array(), np.nan)
    np.testing.assert_array_equal(shown, [[11, 21, 31], [12, 22, np.nan]])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["x", "y"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2", "3"]
    assert "diverged\n3 of 3" in [text.get_text() for text in ax.texts]
    with pytest.raises(ValueError, match="the settings are b, a; not every run has 'c'"):
        results.heatmap("a", "c")


def test_a_heatmap_is_drawn_where_it_is_told():
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert quietly(lambda a, b, seed: a * b, {"a": [1, 2], "b": [1]}).heatmap("a", "b", ax=ax) is ax


@pytest.mark.parametrize("nothing", [None, {}, History()])
def test_an_experiment_that_returns_nothing_has_failed_and_the_row_says_why(nothing, tmp_path):
    path = tmp_path / "rows.jsonl"
    for _ in range(2):  # computed, and read from the file
        results = sweep(lambda x, seed: nothing, {"x": [1, 2]}, n_jobs=1, path=path, progress=False)
        assert all(row.failed and row.results == {} for row in results)
        assert results[0].error == (
            "TypeError: the experiment returned nothing; let it return a number, a dict of results "
            "by name, or a History"
        )
    assert "2 of 2 runs: TypeError: the experiment returned nothing" in results.table()
    with pytest.raises(ValueError, match="the experiment returned nothing"):
        results.best()
