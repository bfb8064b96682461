"""Measure contenders side by side: one process each, in turn, medians and ratios.

The machine is shared and noisy, so absolute times mean little: the contenders take turns, round by
round, and what counts is the ratio of their medians. Each lives in a process of its own, so that
the garbage of one is not collected on the time of another; within it the collector works as it does
for any user.
"""

import multiprocessing
import os
import platform
import statistics
from collections.abc import Callable
from multiprocessing.connection import Connection
from time import perf_counter

TURN = 0.01
"""The seconds that a turn lasts at least: a single short run would meet cold caches."""


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            model = next(line.split(":")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _work(make: Callable[[], Callable[[], object]], pipe: Connection) -> None:
    """Prepare a contender, then run it for each request and tell the seconds of a run."""
    try:
        run = make()
        run()  # what is done only once, such as to compile
        start = perf_counter()
        run()
        repeats = max(1, round(TURN / (perf_counter() - start)))
    except ImportError as error:
        pipe.send(f"not installed: {error.name or error}")
        return
    pipe.send(None)
    while pipe.recv():
        start = perf_counter()
        for _ in range(repeats):
            result = run()
        pipe.send(result if isinstance(result, float) else (perf_counter() - start) / repeats)


def interleaved(
    contenders: dict[str, Callable[[], Callable[[], object]]], rounds: int
) -> dict[str, float | str]:
    """The median seconds of each contender; for one that is not installed, the reason.

    contenders  by name, a function that prepares the work and returns what is to be timed; it must
                be at the top level of a module, for it runs in another process. What is timed may
                return a float: the seconds, by a measurement of its own
    rounds      how often each has its turn
    """
    context = multiprocessing.get_context("spawn")
    pipes, processes, times = {}, [], {}
    results: dict[str, float | str] = {}
    for name, make in contenders.items():
        pipe, other_end = context.Pipe()
        process = context.Process(target=_work, args=(make, other_end), daemon=True)
        process.start()
        processes.append(process)
        problem = pipe.recv()
        if problem:
            results[name] = problem
        else:
            pipes[name], times[name] = pipe, []
    for _ in range(rounds):
        for name, pipe in pipes.items():
            pipe.send(True)
            times[name].append(pipe.recv())
    for pipe in pipes.values():
        pipe.send(False)
    for process in processes:
        process.join()
    return {name: results.get(name) or statistics.median(times[name]) for name in contenders}


def table(title: str, results: dict[str, float | str], ours: str) -> str:
    """The medians, and how many times as long as ours each takes."""
    lines = [title, f"  {'':<44} {'median':>12} {'times ours':>12}"]
    base = results[ours]
    for name, result in results.items():
        if isinstance(result, str) or isinstance(base, str):
            lines.append(f"  {name:<44} {result}")
        else:
            lines.append(f"  {name:<44} {duration(result):>12} {result / base:>12.3g}")
    return "\n".join(lines) + "\n"


def duration(seconds: float) -> str:
    """In the unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
