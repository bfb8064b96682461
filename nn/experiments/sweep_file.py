"""The file of a sweep: a line of JSON for each finished run, from which the sweep goes on.

A line is written and flushed as soon as its run is finished, so a crash costs what was being
computed and no more. At worst it leaves half a line at the end, which is cut off when the file is
opened again.
"""

import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from nn.experiments.sweep_results import SweepRow


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
        keys: The `row_key` of every run that the sweep wants.

    Attributes:
        finished: The rows of the file that the sweep wants, by key.

    Raises:
        ValueError: For a file that is no sweep's, or that has runs with other names of settings; it
            stays as it is.
    """

    def __init__(self, path: str | os.PathLike[str], keys: Collection[str]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        content = self.path.read_bytes()
        records, length = self._records(content)
        names = {frozenset(json.loads(key)[0]) for key in keys}
        self.finished: dict[str, SweepRow] = {}
        for record in records:
            if frozenset(record["settings"]) not in names:
                raise ValueError(
                    f"{self.path} has runs of another grid, with the settings "
                    f"{_listed(record['settings'])}, and this one has "
                    f"{' or '.join(sorted(map(_listed, names)))}; give another path"
                )
            key = row_key(record["settings"], record["seed"])
            if key in keys:
                self.finished.setdefault(key, SweepRow(**record))
        if length < len(content):
            os.truncate(self.path, length)
        self._file = self.path.open("a", encoding="utf-8")

    def append(self, row: SweepRow) -> None:
        """Write one row, at once."""
        record = {name: getattr(row, name) for name in SweepRow.__slots__}
        self._file.write(json.dumps(record, default=_as_json) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Take no more rows."""
        self._file.close()

    def _records(self, content: bytes) -> tuple[list[dict[str, Any]], int]:
        """The records in the lines of the file, and the length of what is whole."""
        lines = content.splitlines(keepends=True)
        records = []
        length = 0
        for number, line in enumerate(lines, start=1):
            try:
                record = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                record = None
            if _is_row(record):
                records.append(record)
                length += len(line)
            elif record is None and number == len(lines) and (records or line[:1] == b"{"):
                break  # half of a line, for the run was cut off while it was written
            else:
                raise ValueError(
                    f"line {number} of {self.path} is no row of a sweep: "
                    f"{line[:60].decode('utf-8', 'replace')!r}; give another path"
                )
        return records, length


def _is_row(record: object) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(record, dict)
        and set(record) == set(SweepRow.__slots__)
        and isinstance(record["settings"], dict)
        and isinstance(record["results"], dict)
    )


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
