"""`sweep`: one experiment, run for every combination of settings, on all cores or on a cluster.

joblib spreads the runs over processes, and under its `parallel_config` over the machines of a
cluster. This process alone collects the rows and writes the file, each as soon as it is there.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import product
from typing import Any, TypeAlias

from nn.common.checks import whole
from nn.common.progress import progress_bar
from nn.common.text import shown
from nn.experiments.sweep_file import Run, SweepFile, row_key
from nn.experiments.sweep_results import SweepResults, SweepRow
from nn.experiments.sweep_run import end_with, run_experiment

Experiment: TypeAlias = Callable[..., Any]
Grid: TypeAlias = Mapping[str, Iterable[Any]] | Sequence[Mapping[str, Any]]


def sweep(
    experiment: Experiment,
    grid: Grid,
    repeats: int = 1,
    n_jobs: int = -1,
    path: str | os.PathLike[str] | None = None,
    *,
    progress: bool = True,
) -> SweepResults:
    """Run an experiment for every combination of settings, and return a row for each run.

    The rows are in the grid's order. An experiment that depends on its arguments alone gives the
    same bits whatever `n_jobs` is. One that raises or diverges becomes a row that says so, and
    stops nothing; so does one that ends its process, as for want of memory, with more than one job.

    Within `joblib.parallel_config(backend="dask")` or `"ray"` the runs go to that cluster. When a
    worker dies, dask gives its run to another one, and an error ends the sweep only when the same
    run has lost several.

    With a path, each row is appended to the file as soon as it is finished (on Ray, which hands
    back a list: after four for each worker). Called again, after a crash or Ctrl-C or with a larger
    grid, it computes the rows that the file lacks, and takes all others from it, failed ones too:
    to run those again, delete their lines. Rows that the grid no longer has stay in the file and
    are not returned.

    Args:
        experiment: Called as experiment(**settings, seed=seed); it returns a number, a dict of
            results by name, or a `History`, of which the last loss, validation loss and metrics
            count.
        grid: A dict of lists, for all combinations, the last setting changing fastest; or a list of
            dicts, one for each.
        repeats: Runs of each settings, with the seeds 0, 1, …, repeats - 1.
        n_jobs: Processes: -1 for one on each core, -2 for one less; 1 for this process alone, which
            is the only choice that does without joblib.
        path: A file for the rows, such as "results.jsonl"; None for none.
        progress: Whether to show a bar.

    Returns:
        The rows of the grid.

    Raises:
        ValueError: For a grid that is empty, settings that a file cannot tell apart, a file that is
            no sweep's, and one that has settings of other names; the file stays as it is.
        BlockingIOError: For a file that another sweep is writing to.
        TypeError: For an experiment that is no function, and a grid that is none.
        ImportError: For several processes without joblib: `pip install 'glassgrad[sweep]'`.

    Example:
        >>> def experiment(learning_rate, seed):
        ...     x = 1.0 + seed
        ...     for _ in range(10):
        ...         x -= learning_rate * 2 * x
        ...     return {"x": x}
        >>> grid = {"learning_rate": [0.1, 0.5]}
        >>> results = sweep(experiment, grid, repeats=2, n_jobs=1, progress=False)
        >>> [(row.settings, round(row.results["x"], 3)) for row in results if row.seed == 1]
        [({'learning_rate': 0.1}, 0.215), ({'learning_rate': 0.5}, 0.0)]
    """
    if not callable(experiment):
        raise TypeError(f"experiment must be a function, but got {shown(experiment)}")
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise ValueError(f"n_jobs must be a number of processes, or -1 for all cores; got {n_jobs}")
    seeds = range(whole("repeats", repeats, at_least=1))
    wanted = [(settings, seed) for settings in _combinations(grid) for seed in seeds]
    runs = [Run(index, settings, seed) for index, (settings, seed) in enumerate(wanted)]
    rows: dict[int, SweepRow] = {}
    with ExitStack() as stack:
        file = None
        if path is not None:
            by_key = _by_key(runs)
            file = stack.enter_context(closing(SweepFile(path, by_key)))
            for key, row in file.finished.items():
                run = by_key[key]
                rows[run.index] = replace(row, settings=run.settings)
        missing = [run for run in runs if run.index not in rows]
        bar = stack.enter_context(
            progress_bar("sweep", "run", len(runs), done=len(rows), shown=progress)
        )
        for run, row in _finished(experiment, missing, n_jobs):
            rows[run.index] = replace(row, settings=run.settings)
            if file is not None:
                file.append(rows[run.index])
            bar.update()
    return SweepResults([rows[run.index] for run in runs])


# The grid


def _combinations(grid: Grid) -> list[dict[str, Any]]:
    """The settings of a grid, in its order."""
    if isinstance(grid, Mapping):
        choices = {name: _choices(name, values) for name, values in grid.items()}
        combinations = [
            dict(zip(choices, values, strict=True)) for values in product(*choices.values())
        ]
    elif isinstance(grid, Sequence) and all(isinstance(settings, Mapping) for settings in grid):
        combinations = [dict(settings) for settings in grid]
    else:
        raise TypeError(f"a grid is a dict of lists, or a list of dicts; got {shown(grid)}")
    if not grid or not combinations:
        raise ValueError(f"the grid has no settings: {shown(grid)}")
    for settings in combinations:
        for name in settings:
            if not isinstance(name, str):
                raise TypeError(
                    f"a setting is an argument, so its name is a str; got {shown(name)}"
                )
            if name == "seed":
                raise ValueError(
                    "a grid must not have the setting 'seed', which every run is given; "
                    "for several seeds use repeats"
                )
    return combinations


def _choices(name: str, values: Iterable[Any]) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(
            f"the grid needs a list of values for {shown(name)}, but got {shown(values)}; "
            f"write [{shown(values)}]"
        )
    return list(values)


def _by_key(runs: Sequence[Run]) -> dict[str, Run]:
    """The runs by the key that a file knows them by."""
    by_key: dict[str, Run] = {}
    for run in runs:
        first = by_key.setdefault(row_key(run.settings, run.seed), run)
        if first is not run:
            raise ValueError(
                f"a file cannot tell the settings {first.settings} from {run.settings}, both of "
                "the grid; leave one out, or give the two names"
            )
    return by_key


# The runs


def _finished(
    experiment: Experiment, runs: Sequence[Run], n_jobs: int
) -> Iterator[tuple[Run, SweepRow]]:
    """The rows of the runs, each once and as soon as it is there, in any order."""
    if n_jobs == 1 or not runs:
        for run in runs:
            yield run, run_experiment(experiment, run.settings, run.seed)
        return
    left = {run.index: run for run in runs}
    while left:
        try:
            for index, row in _parallel(experiment, list(left.values()), n_jobs):
                if index in left:  # a cluster may compute a run twice, it counts once
                    yield left.pop(index), row
        except BrokenProcessPool:
            # Runs begin in order, so the one that ended its process is among the first that are
            # left, as many as there are processes. Alone, it shows itself.
            for run in list(left.values())[: _joblib().effective_n_jobs(n_jobs)]:
                yield left.pop(run.index), _alone(experiment, run)


def _parallel(
    experiment: Experiment, runs: Sequence[Run], n_jobs: int
) -> Iterator[tuple[int, SweepRow]]:
    """The rows by index, as joblib computes them."""
    joblib = _joblib()
    tasks = [joblib.delayed(_indexed)(experiment, run, os.getpid()) for run in runs]
    # A run is long, and its row is wanted at once, so each is a batch of its own.
    try:
        parallel = joblib.Parallel(
            n_jobs=n_jobs, batch_size=1, pre_dispatch="all", return_as="generator_unordered"
        )
    except ValueError:  # some backends return lists only, so ask for one at a time
        parallel = joblib.Parallel(n_jobs=n_jobs, batch_size=1, pre_dispatch="all")
        size = 4 * joblib.effective_n_jobs(n_jobs)
        for start in range(0, len(tasks), size):
            yield from parallel(tasks[start : start + size])
        return
    finished = parallel(tasks)
    try:
        yield from finished
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that runs were left, as is meant after Ctrl-C
            finished.close()


def _alone(experiment: Experiment, run: Run) -> SweepRow:
    """The row of a run in a process that it cannot take others down with."""
    joblib = _joblib()
    try:
        ((_, row),) = joblib.Parallel(n_jobs=2)(
            [joblib.delayed(_indexed)(experiment, run, os.getpid())]
        )
    except BrokenProcessPool:
        reason = "its process ended abruptly, as when memory runs out"
        return SweepRow(run.settings, run.seed, {}, 0.0, error=reason)
    return row  # type: ignore[no-any-return]


def _indexed(experiment: Experiment, run: Run, sweep: int) -> tuple[int, SweepRow]:
    """What a worker does, as long as the process of the sweep is there."""
    end_with(sweep)
    return run.index, run_experiment(experiment, run.settings, run.seed)


def _joblib() -> Any:
    try:
        import joblib
    except ImportError as error:
        raise ImportError(
            "a sweep over several processes needs joblib: pip install 'glassgrad[sweep]' "
            "(or use this process alone, with n_jobs=1)"
        ) from error
    return joblib
