"""Searches that are smaller than a grid, and runs that are tried again."""

import random

import pytest

from nn import random_settings, successive_halving, sweep

SPACE = {"rate": lambda rng: rng.uniform(0, 1), "size": [8, 16]}


def test_settings_are_those_of_the_seed():
    rng = random.Random(5)
    expected = [{"rate": rng.uniform(0, 1), "size": rng.choice([8, 16])} for _ in range(9)]
    assert random_settings(SPACE, 9, seed=5) == expected
    with pytest.raises(TypeError, match="'size' needs a list of values"):
        random_settings({"size": []}, 1)


def test_halving_keeps_the_better_half_by_the_median():
    seen = []

    def experiment(x, epochs, seed):
        seen.append((x, epochs))
        return {"score": 100.0 if seed == 2 and x == 0 else x}  # one lucky run does not help

    settings = [{"x": x} for x in range(5)]
    rounds = successive_halving(
        experiment, settings, "epochs", [1, 3, 9], "score", True,
        repeats=3, n_jobs=1, progress=False,
    )  # fmt: skip
    kept = [sorted({x for x, epochs in seen if epochs == amount}) for amount in (1, 3, 9)]
    assert kept == [[0, 1, 2, 3, 4], [2, 3, 4], [3, 4]]
    assert rounds[-1].best("score", True).settings == {"x": 4, "epochs": 9}
    with pytest.raises(ValueError, match="no rounds"):
        successive_halving(experiment, settings, "epochs", [])


def test_a_run_that_raised_is_tried_again_and_the_last_reason_told(tmp_path):
    calls = []

    def experiment(x, seed):
        calls.append(x)
        if calls.count(x) <= x:
            raise OSError(f"busy, {calls.count(x)}")
        return x

    grid = {"x": [0, 1, 2, 3]}
    results = sweep(experiment, grid, n_jobs=1, retries=2, progress=False)
    assert calls == [0, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [row.failed for row in results] == [False, False, False, True]
    assert results[3].error == "OSError: busy, 3 (in experiment)"
    with pytest.raises(ValueError, match="retries must be a whole number at least 0"):
        sweep(experiment, grid, retries=-1)
