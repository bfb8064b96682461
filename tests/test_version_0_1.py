"""What version 0.1 wrote and what its seeds meant, by its own results: see tests/oracles."""

import json
from pathlib import Path
from shutil import copy

import pytest
from oracles import version_0_1 as old

from nn import load, load_about, save, sweep

FOLDER = Path(__file__).parent / "data" / "version-0.1"
RESULTS = json.loads((FOLDER / "results.json").read_text("utf-8"))


def numbers(stored):
    """The stored numbers, where a C library may differ in the last digits."""
    return pytest.approx([float.fromhex(text) for text in stored], rel=1e-12, abs=1e-15)


def test_a_model_file_gives_the_same_outputs(tmp_path):
    model = load(FOLDER / "model.json")
    assert [y for row in model.predict(old.ROWS) for y in row] == numbers(RESULTS["model"])
    save(model, tmp_path / "again.json", load_about(FOLDER / "model.json"))
    assert (tmp_path / "again.json").read_bytes() == (FOLDER / "model.json").read_bytes()


def test_a_sweep_file_has_every_run_and_stays_as_it_is(tmp_path):
    path = Path(copy(FOLDER / "sweep.jsonl", tmp_path))
    before = path.read_bytes()

    def never(**_):
        raise AssertionError

    rows = sweep(never, old.GRID, repeats=2, n_jobs=1, path=path, progress=False)
    stored = [json.loads(line) for line in before.splitlines()]
    assert [row.results for row in rows] == [line["results"] for line in stored]
    assert [row.error for row in rows] == [line["error"] for line in stored]
    assert {row.failed for row in rows} == {True, False}
    assert path.read_bytes() == before


def test_a_sweep_gives_the_same_rows():
    rows = sweep(old.experiment, old.GRID, repeats=2, n_jobs=1, progress=False)
    lines = (FOLDER / "sweep.jsonl").read_text("utf-8").splitlines()
    for row, stored in zip(rows, map(json.loads, lines), strict=True):
        assert (row.seed, row.diverged, row.error) == (
            stored["seed"], stored["diverged"], stored["error"],
        )  # fmt: skip
        assert row.results == pytest.approx(stored["results"], rel=1e-9)


@pytest.mark.parametrize("kind", RESULTS["seeds"])
def test_a_seed_means_what_it_meant(kind):
    now, then = old.seeded()[kind], RESULTS["seeds"][kind]
    now, then = ({"": x} if isinstance(x, list) else x for x in (now, then))
    assert list(now) == list(then)
    for name in then:
        assert [float.fromhex(text) for text in now[name]] == numbers(then[name]), name
