"""One run of an experiment, in whatever process: nothing that goes wrong in it goes further.

The one exception is Ctrl-C, which shall end the whole sweep. `fit` ends early then and returns what
it has, so an experiment may well return as if nothing had happened.
"""

import copy
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from traceback import extract_tb
from types import FrameType
from typing import Any

from nn.common.text import shown
from nn.experiments.sweep_results import SweepRow, within_floats
from nn.training.fitting import divergence_told_elsewhere
from nn.training.history import History


def run_experiment(
    experiment: Callable[..., Any], settings: Mapping[str, Any], seed: int
) -> SweepRow:
    """Run an experiment once.

    Args:
        experiment: Called as experiment(**settings, seed=seed).
        settings: Its arguments; it gets a copy of its own.
        seed: Its seed.

    Returns:
        What the experiment returned, or how it failed.

    Example:
        >>> row = run_experiment(lambda x, seed: 1 / x, {"x": 0}, seed=3)
        >>> row.seed, row.results, row.error
        (3, {}, 'ZeroDivisionError: division by zero (in <lambda>)')
    """
    settings = dict(settings)
    start = time.perf_counter()
    results: dict[str, Any] = {}
    diverged, error = False, ""
    try:
        with _interrupts_kept(), divergence_told_elsewhere():
            own = copy.deepcopy(settings)  # what a run does to its list, no other run shall see
            returned = experiment(**own, seed=seed)
        results, diverged = _results(returned)
    except Exception as raised:
        where = extract_tb(raised.__traceback__)[-1]
        error = f"{type(raised).__name__}: {raised}"
        if where.filename != __file__:  # else it returned what is no result
            error += f" (in {where.name})"
    return SweepRow(settings, seed, results, time.perf_counter() - start, diverged, error)


@cache
def end_with(process: int) -> None:
    """End this process when the one that started it has ended, if that is the one given.

    A worker would otherwise wait for work that nobody sends. It looks twice a second whether it
    has another parent; Windows knows no such thing, but tells of the end.

    Args:
        process: The number of a process; a worker of another one, as of a cluster, goes on.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid != process:
        return

    def watch() -> None:
        if sys.platform == "win32":
            parent.join()
        else:
            while os.getppid() == process:
                time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _results(returned: Any) -> tuple[dict[str, Any], bool]:
    """What an experiment returned, by name and in plain numbers, and whether it diverged."""
    if isinstance(returned, History):
        if returned.interrupted:
            raise KeyboardInterrupt
        columns = {"loss": returned.loss, "validation_loss": returned.validation_loss}
        columns |= returned.metrics
        results = {name: column[-1] for name, column in columns.items() if column}
        diverged = returned.diverged
    elif isinstance(returned, Mapping):
        results = {str(name): _plain(value, f"{name!r}: ") for name, value in returned.items()}
        diverged = results.get("diverged") is True
    else:
        results, diverged = {} if returned is None else {"value": _plain(returned, "")}, False
    if not results and not diverged:  # a History of no epochs has none either
        raise TypeError(
            "the experiment returned nothing; let it return a number, a dict of results by name, "
            "or a History"
        )
    numbers = [x for x in results.values() if isinstance(x, int | float)]
    infinite = not all(map(within_floats, numbers))
    return results, diverged or infinite


def _plain(value: Any, name: str) -> Any:
    """A number, a text or a list of them, as JSON has it, so that a file changes nothing."""
    if hasattr(value, "tolist"):  # a number or an array of NumPy
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if hasattr(value, "__float__"):  # a Value
        return float(value)
    raise TypeError(
        "an experiment must return a number, a dict of numbers, texts and lists, or a History; "
        f"got {name}{shown(value)}"
    )


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end if Ctrl-C came meanwhile and was taken for less."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield  # signals go elsewhere
        return
    interrupted = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupted:
            raise KeyboardInterrupt
