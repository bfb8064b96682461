"""The file of a sweep: a line of JSON for each finished run, from which the sweep goes on.

A line is written at once when its run is finished, so a crash costs what was being computed and no
more. At worst it leaves half a line at the end, behind whole ones, which is cut off when the file
is opened again. The first line comes whole or not at all, so half a line that is all of a file is
somebody else's. A lock beside the file keeps other sweeps from it meanwhile.
"""

import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, TypeGuard

from filelock import FileLock, Timeout

from engine import write_whole
from nn.common.documents import parse_json
from nn.experiments.sweep_results import SweepRow, within_floats


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is wanted.

    Attributes:
        index: The place of its row.
        settings: The arguments of the experiment.
        seed: Its seed.
    """

    index: int
    settings: dict[str, Any]
    seed: int


def row_key(settings: Mapping[str, Any], seed: int) -> str:
    """Give what tells a run from all others, in a file too: its settings and seed as JSON.

    A function, class or other thing that JSON lacks stands there by its name or its `repr`.

    Raises:
        ValueError: For a setting that has neither.

    Example:
        >>> row_key({"rate": 0.1, "sizes": (16, 16), "activation": abs}, 0)
        '[{"activation": "abs", "rate": 0.1, "sizes": [16, 16]}, 0]'
    """
    return json.dumps([settings, seed], sort_keys=True, default=_as_json)


class SweepFile:
    """A file of finished runs, open to take more of them.

    Rows of runs with other values of the same settings stay in the file and are left alone.

    Args:
        path: Where it is, or shall be; its folders are made.
        runs: Every run that the sweep wants, under its `row_key`.

    Attributes:
        finished: The rows of the file that the sweep wants, by key.

    Raises:
        ValueError: For a file that is no sweep's, or that has runs with other names of settings; it
            stays as it is.
        BlockingIOError: While another sweep has the file.
    """

    def __init__(self, path: str | os.PathLike[str], runs: Mapping[str, Run]) -> None:
        self.path = Path(path)
        self.finished: dict[str, SweepRow] = {}
        if self.path.exists() and not self.path.is_file():
            raise ValueError(f"{self.path} is no regular file, from which a sweep could go on")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        real = Path(os.path.realpath(self.path))  # two links to one file have one lock
        self._lock = FileLock(real.with_name(f".{real.name}.lock"), timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise BlockingIOError(
                f"another sweep is writing to {self.path}; wait for its end, or give another path"
            ) from None
        try:
            self._file = self._opened(runs)
        except BaseException:
            self._unlock()
            raise

    def append(self, row: SweepRow) -> None:
        """Write one row, at once and to the disk, or nothing of it.

        Raises:
            OSError: If the disk is full; the file stays as it was.
        """
        line = _as_line(row)
        length = os.fstat(self._file.fileno()).st_size
        if not length:
            self._file.close()  # Windows replaces no open file
            try:
                write_whole(self.path, line)
            finally:
                self._file = self.path.open("ab", buffering=0)
            return
        try:
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except BaseException:
            if line:  # is not written to its end
                self._file.truncate(length)
            raise

    def close(self) -> None:
        """Take no more rows."""
        self._file.close()
        self._unlock()

    def _unlock(self) -> None:
        with suppress(OSError):  # of Windows, which removes no open file
            Path(self._lock.lock_file).unlink()
        self._lock.release()

    def _opened(self, runs: Mapping[str, Run]) -> FileIO:
        """The file, ready for another line, when its rows have been read."""
        content = self.path.read_bytes() if self.path.exists() else b""
        lines = content.splitlines(keepends=True)
        half = b""
        if len(lines) > 1 and not lines[-1].endswith(b"\n") and not _is_row(_parsed(lines[-1])):
            half = lines.pop()
        names = {frozenset(json.loads(key)[0]) for key in runs}
        for number, line in enumerate(lines, start=1):
            record = _parsed(line)
            if not _is_row(record):
                raise self._no_row(number, line)
            if frozenset(record["settings"]) not in names:
                raise ValueError(
                    f"{self.path} has runs of another grid, with the settings "
                    f"{_listed(record['settings'])}, and this one has "
                    f"{' or '.join(sorted(map(_listed, names)))}; give another path"
                )
            key = row_key(record["settings"], record["seed"])
            if key in runs:
                self.finished.setdefault(key, SweepRow(**record))
        if half and not _is_half(half):
            raise self._no_row(len(lines) + 1, half)
        file = self.path.open("ab", buffering=0)
        file.truncate(len(content) - len(half))
        if lines and not lines[-1].endswith(b"\n"):
            file.write(b"\n")  # which a text editor took away
        return file

    def _no_row(self, number: int, line: bytes) -> ValueError:
        return ValueError(
            f"line {number} of {self.path} is no row of a sweep: "
            f"{line[:60].decode('utf-8', 'replace')!r}; give another path"
        )


def _parsed(line: bytes) -> object:
    try:
        return parse_json(line.decode())
    except ValueError:
        return None


def _is_row(record: object) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(record, dict)
        and set(record) == set(SweepRow.__slots__)
        and isinstance(record["settings"], dict)
        and type(record["seed"]) is int
        and isinstance(record["results"], dict)
        and type(record["seconds"]) in (int, float)
        and record["seconds"] >= 0
        and within_floats(record["seconds"])
        and isinstance(record["diverged"], bool)
        and isinstance(record["error"], str)
    )


def _is_half(line: bytes) -> bool:
    """Say whether a last line, after rows of a sweep, is half of one, so that it can go."""
    try:
        parse_json(line.decode("ascii"))
    except json.JSONDecodeError:
        start = b'{"settings": {'
        return line.startswith(start) or start.startswith(line)
    except ValueError:
        return False
    return False


def _as_line(row: SweepRow) -> bytes:
    record = {name: getattr(row, name) for name in SweepRow.__slots__}
    return json.dumps(record, default=_as_json).encode() + b"\n"


def _as_json(setting: Any) -> Any:
    """What stands in a file for a setting that JSON has no word for."""
    if hasattr(setting, "tolist"):  # a number or an array of NumPy
        return setting.tolist()
    text = getattr(setting, "__qualname__", None) or repr(setting)
    if " at 0x" in text:
        raise ValueError(
            f"the setting {text} has no name by which a file could know it again; "
            "put a name or a number into the grid and choose by it in the experiment"
        )
    return text


def _listed(names: Collection[str]) -> str:
    return f"({', '.join(sorted(names))})"
