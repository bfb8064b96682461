"""Faults on purpose, on all that saves: what was there before is whole, or what is new is.

    python tests/faults.py                    # a hundred of each kind, in some minutes
    python tests/faults.py --trials 10

A process of its own writes two versions of a file over each other, for ever. Meanwhile it is killed
or interrupted at a random moment, the disk is full, the folder takes no new files, or another one
writes too. Then the file must be one of the two versions to the byte, and nothing else may lie in
its folder. One exception is counted and no failure: a kill between the moment when the new file
gets a name and the one when it takes the old one's place, microseconds later, leaves that name.
Sweeps are killed or run side by side and go on: every run is in the file once.

It needs `fork`, so it does not run on Windows. Exit status 1 says that something failed.
"""

import argparse
import ctypes
import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import engine
import engine.drawing.drawing
import engine.viewer.viewer
import nn
from engine.drawing.rendering import render
from nn.commands.options import write_rows
from nn.commands.pictures import save_or_say
from nn.experiments.sweep_results import SweepResults, SweepRow

RUNS = 12  # of a sweep


def savers() -> dict[str, list[Callable[[Path], object]]]:
    """By the name of a file, what writes the one and the other version of it."""
    for module in (engine.drawing.drawing, engine.viewer.viewer):
        module.render = cache(render)  # type: ignore[attr-defined] # so that faults hit the writing
    made: dict[str, list[Callable[[Path], object]]] = {}
    for size in (3, 5):
        model = nn.MLP(size, [30, 3], seed=size)
        loss = sum(model([0.5] * size), engine.Value(0.0))
        loss.backward()
        drawing = engine.draw(loss, level="layer", model=model)
        page = engine.view(loss, level="layer", model=model)
        history = nn.History(loss=[1.0 / (k + 1) for k in range(size)])
        rows = SweepResults([SweepRow({"x": k}, 0, {"y": k / 3}, 0.1) for k in range(50 * size)])
        for name, save in {
            "model.json": partial(nn.save, model),
            "page.html": page.save,
            "loss.png": partial(_drawn, history.plot().figure),
            "large.txt": partial(_text, str(size) * 10**6),
            "rows.csv": rows.to_csv,
            "held-out.csv": partial(_rows, nn.datasets.moons(50 * size)),
            **{f"graph.{ending}": drawing.save for ending in ("dot", "svg", "png", "pdf")},
        }.items():
            made.setdefault(name, []).append(save)
    return made


def _drawn(figure: object, path: Path) -> None:
    with redirect_stdout(io.StringIO()):
        save_or_say(lambda: figure.axes[0], path)  # type: ignore[attr-defined]


def _rows(data: nn.datasets.Dataset, path: Path) -> None:
    write_rows(path, data)


def _text(text: str, path: Path) -> None:
    engine.write_whole(path, text)


class Place:
    """A folder with one file in it, and the two versions that the file may have."""

    def __init__(self, name: str, pair: list[Callable[[Path], object]]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults."))
        self.folder.chmod(0o755)
        self.path = self.folder / name
        self.pair = pair
        self.versions = [self.saved(save) for save in pair]
        self.longest = max(map(len, self.versions))

    def saved(self, save: Callable[[Path], object]) -> bytes:
        save(self.path)
        return self.path.read_bytes()

    def write_for_ever(self) -> None:
        while True:
            self.write()

    def write(self) -> None:
        """Each version over the other."""
        for save in self.pair:
            save(self.path)

    def must_fail(self) -> None:
        """Try to write one version, and say so where that goes well."""
        try:
            random.choice(self.pair)(self.path)
        except OSError as error:
            if error.filename != str(self.path):
                raise AssertionError(f"said {error}") from None
        else:
            raise AssertionError("nothing was said")

    def problems(self) -> Iterator[str]:
        """What the file system says that is wrong; what lies there too much goes."""
        if self.path.read_bytes() not in self.versions:
            yield "neither the old nor the new version"
        for entry in self.folder.iterdir():
            if entry != self.path:
                entry.unlink()
                yield "left beside"


def forked(task: Callable[[], object]) -> int:
    """Run a task in a process of its own, which Ctrl-C ends well."""
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    process = os.fork()
    if process:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        return process
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        task()
        status = 0
    except KeyboardInterrupt:
        status = 0
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def fails(process: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 1


# The faults, each of which says whether a process failed that should not


def signalled(number: signal.Signals, place: Place) -> bool:
    process = forked(place.write_for_ever)
    time.sleep(random.uniform(0.0, 0.05))
    os.kill(process, number)
    return fails(process)


def file_too_large(place: Place) -> bool:
    """The kernel cuts what is written at a limit below the length of the file."""

    def task() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit = random.randrange(min(map(len, place.versions)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        place.must_fail()

    return fails(forked(task))


def read_only_folder(place: Place) -> bool:
    def task() -> None:
        if os.geteuid() == 0:  # whom permissions do not hold
            drop_write_override()
        place.must_fail()

    place.folder.chmod(0o555)
    try:
        return fails(forked(task))
    finally:
        place.folder.chmod(0o755)


def drop_write_override() -> None:
    """Permissions to write hold for this process from here on, though it is the superuser's."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    for held in (0, 1):  # effective, permitted
        sets[held] &= ~(1 << 1)  # CAP_DAC_OVERRIDE, capabilities(7)
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def two_processes(place: Place) -> bool:
    processes = [forked(place.write), forked(place.write)]
    return sum(map(fails, processes)) > 0


FAULTS: dict[str, Callable[[Place], bool]] = {
    "kill": partial(signalled, signal.SIGKILL),
    "Ctrl-C": partial(signalled, signal.SIGINT),
    "SIGTERM": partial(signalled, signal.SIGTERM),
    "file too large": file_too_large,
    "read-only folder": read_only_folder,
    "two processes": two_processes,
}


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A file system that is full after some pages, where one may mount one."""
    folder = tempfile.mkdtemp(prefix="faults.")
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", folder]
    mounted = shutil.which("mount") and not subprocess.run(mount, capture_output=True).returncode
    try:
        yield Path(folder) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        Path(folder).rmdir()


def full_disk(name: str, pair: list[Callable[[Path], object]], disk: Path) -> Iterator[str]:
    """One version is there, the rest of the disk is full, and the other one is to be saved."""
    path = disk / name
    pair[0](path)
    before = path.read_bytes()
    with (disk / "rest").open("wb", buffering=0) as rest:
        while True:
            try:
                if rest.write(b"x" * 1024) < 1024:
                    break
            except OSError:
                break
    try:
        pair[1](path)
    except OSError as error:
        if error.filename != str(path):
            yield f"said {error}"
    else:
        yield "nothing was said"
    if path.read_bytes() != before:
        yield "the old version is gone"
    if {entry.name for entry in disk.iterdir()} != {name, "rest"}:
        yield "left beside"
    for entry in disk.iterdir():
        entry.unlink()


# Sweeps


def experiment(x: int, seed: int) -> float:
    time.sleep(0.002)
    return x / 3


def run_sweep(path: Path, patient: bool = False) -> None:
    while True:
        try:
            nn.sweep(experiment, {"x": range(RUNS)}, n_jobs=1, path=path, progress=False)
        except BlockingIOError:
            if not patient:
                raise
            time.sleep(0.002)
        else:
            return


def sweeps(fault: str) -> Iterator[str]:
    """A sweep is killed, or two run side by side; after that, every run is in the file once."""
    folder = Path(tempfile.mkdtemp(prefix="faults."))
    path = folder / "rows.jsonl"
    if fault == "kill":
        process = forked(partial(run_sweep, path))
        time.sleep(random.uniform(0.0, 0.06))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    else:
        processes = [forked(partial(run_sweep, path, patient=True)) for _ in range(2)]
        if sum(map(fails, processes)):
            yield "a process failed"
    before = path.read_bytes() if path.exists() else b""
    run_sweep(path)
    after = path.read_bytes()
    if sorted(json.loads(line)["settings"]["x"] for line in after.splitlines()) != list(
        range(RUNS)
    ):
        yield "a run is not in the file once"
    if not after.startswith(before[: before.rfind(b"\n") + 1]):
        yield "a row is lost"
    if os.listdir(folder) != [path.name]:  # noqa: PTH208
        yield "left beside"
    shutil.rmtree(folder)


def campaign(trials: int, tried: Counter[str]) -> Iterator[str]:
    """Try each fault so many times on each kind of file.

    Args:
        trials: How many.
        tried: Where what was tried is counted, by fault, and what a kill left beside a file.

    Yields:
        A line for each failure.
    """
    pairs = savers()
    for name, pair in pairs.items():
        place = Place(name, pair)
        for fault, cause in FAULTS.items():
            for _ in range(trials):
                tried[fault] += 1
                if cause(place):
                    yield f"{fault}, {name}: a process failed"
                for problem in place.problems():
                    if problem == "left beside" and fault in ("kill", "SIGTERM"):
                        tried["(names left by a kill)"] += 1
                    else:
                        yield f"{fault}, {name}: {problem}"
        shutil.rmtree(place.folder)
    with small_disk() as disk:
        if disk is None:
            tried["full disk: not tried, for nothing can be mounted here"] = 0
        for name, pair in pairs.items() if disk else ():
            tried["full disk"] += 1
            yield from (f"full disk, {name}: {problem}" for problem in full_disk(name, pair, disk))
    for fault in ("kill", "two processes"):
        for _ in range(trials):
            tried[f"sweep, {fault}"] += 1
            yield from (f"sweep, {fault}: {problem}" for problem in sweeps(fault))


def main() -> int:
    """Run the campaign and print what it tried and what failed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--trials", type=int, default=100, metavar="N", help="of each (100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments (0)")
    options = parser.parse_args()
    random.seed(options.seed)
    tried: Counter[str] = Counter()
    failed = 0
    for problem in campaign(options.trials, tried):
        failed += 1
        print(f"FAILED {problem}", flush=True)
    for fault, count in tried.items():
        print(f"{count:6} {fault}")
    print(f"{failed:6} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
