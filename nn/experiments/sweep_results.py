"""What a sweep returns: a row for each run, and the ways to look at all of them.

Several runs of the same settings, with different seeds, are judged by their median. No diverged
loss and no missing result is ever taken for a number: runs that failed are counted.
"""

from __future__ import annotations

import math
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from engine import write_whole
from nn.common.text import describe, shown, text_table
from nn.datasets.tables import as_csv
from nn.experiments.runs import median_and_range

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def within_floats(number: float) -> bool:
    """Say whether a number is finite, and an int not beyond the largest float.

    Example:
        >>> within_floats(2), within_floats(math.nan), within_floats(-(10**400))
        (True, False, False)
    """
    return abs(number) <= sys.float_info.max


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One run of an experiment.

    Attributes:
        settings: The arguments it was given, as they stand in the grid.
        seed: The seed it was given.
        results: What it returned, by name; a single number has the name "value"; empty after an
            error.
        seconds: How long it took.
        diverged: Whether training diverged, or a result is not a finite number.
        error: What it raised, as "ValueError: the text"; "" if it did not.
    """

    settings: dict[str, Any]
    seed: int
    results: dict[str, Any]
    seconds: float
    diverged: bool = False
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether it raised or diverged."""
        return self.diverged or bool(self.error)

    def number(self, name: str) -> float | None:
        """Give a result as a number, or None for a run that has none to be proud of."""
        number = self.results.get(name)
        if self.failed or not isinstance(number, int | float) or not within_floats(number):
            return None
        return number


@dataclass(frozen=True, slots=True)
class SweepResults:
    """What a sweep has seen. It prints as a table; `len`, iteration and indexing are its rows'.

    Attributes:
        rows: One for each run, in the grid's order, the seeds of each settings together.
    """

    rows: list[SweepRow]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[SweepRow]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> SweepRow:
        return self.rows[index]

    def __repr__(self) -> str:
        return self.table()

    def best(self, value: str | None = None, maximize: bool = False) -> SweepRow:
        """Find the best settings, judged by the median of a result over the seeds.

        Args:
            value: The name of the result; None for the loss, or for the only one there is.
            maximize: Whether more is better, as it is of an accuracy.

        Returns:
            Their run at the median; of an even number of runs, the worse of the two in the middle.

        Raises:
            ValueError: Where no result has that name, and where all settings failed.

        Example:
            >>> from nn import sweep
            >>> grid = {"x": [0, 1, 2, 3]}
            >>> results = sweep(lambda x, seed: (x - 2) ** 2, grid, n_jobs=1, progress=False)
            >>> results.best().settings
            {'x': 2}
        """
        name = self.value_name(value)
        best, *_ = self.ranked(name, maximize)
        if best.number(name) is None:
            raise ValueError(
                f"no settings have a median of {shown(name)}, for too many of their runs failed: "
                f"{'; '.join(_reasons(self.rows))}"
            )
        return best

    def ranked(self, value: str | None = None, maximize: bool = False) -> list[SweepRow]:
        """List all settings by the median of a result over the seeds, the best first.

        Args:
            value: As of `best`.
            maximize: As of `best`.

        Returns:
            Of each settings the run at the median; those that failed are last.
        """
        name = self.value_name(value)

        def cost(row: SweepRow) -> float:
            number = row.number(name)
            return math.inf if number is None else -number if maximize else number

        middles = []
        for runs in self.by_settings():
            runs.sort(key=cost)
            middles.append(runs[len(runs) // 2])
        return sorted(middles, key=cost)

    def table(self) -> str:
        """Write a line for each settings: the median of every result over the seeds, and its range.

        Runs that failed are counted in a column of their own, with the reasons below, and are in no
        median.

        Example:
            >>> from nn import sweep
            >>> grid = {"x": [0, 1]}
            >>> print(sweep(lambda x, seed: x + seed, grid, repeats=3, n_jobs=1, progress=False))
            x  runs       value
            0     3  1 (0 to 2)
            1     3  2 (1 to 3)
        """
        names = self._result_names(numeric=True)
        failed = any(row.failed for row in self.rows)
        varied, fixed = self._varied_and_fixed()
        head = [*varied, "runs", *map(self._column, names)]
        lines = [[*head, "failed"] if failed else head]
        for runs in self.by_settings():
            cells = [describe(runs[0].settings.get(name, "")) for name in varied]
            cells += [str(len(runs)), *(_summary(runs, name) for name in names)]
            if failed:
                cells.append(str(sum(row.failed for row in runs)))
            lines.append(cells)
        same = [f"in all runs: {', '.join(fixed)}"] if fixed else []
        return "\n".join([text_table(lines), *same, *_reasons(self.rows)])

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a line for each row: settings, seed, results, seconds, diverged, error.

        A result that bears the name of a setting is written as "result NAME". A text that a
        spreadsheet would take for a formula has an apostrophe before it. An old file is replaced
        when the new one is whole.

        Args:
            path: Of the file.

        Raises:
            OSError: If it cannot be written.
        """
        settings, names = self._setting_names(), self._result_names()
        head = [*settings, "seed", *map(self._column, names), "seconds", "diverged", "error"]
        rows: list[list[Any]] = [head]
        for row in self.rows:
            cells = [describe(row.settings.get(name, "")) for name in settings]
            results = [row.results.get(name, "") for name in names]
            rows.append([*cells, row.seed, *results, row.seconds, row.diverged, row.error])
        # an error may name a file whose name is no text
        write_whole(path, as_csv(rows).encode(errors="backslashreplace"))

    def heatmap(self, x: str, y: str, value: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw a cell for each pair of two settings, coloured by the median of a result.

        Args:
            x: The name of a setting; the median is over the seeds and all other settings.
            y: The name of another one.
            value: The name of the result; None for the loss, or for the only one there is.
            ax: The matplotlib axes to draw on; None for new ones.

        Returns:
            The axes.

        Raises:
            ValueError: For names that are none, and where no run has the result.
            ImportError: Without matplotlib: `pip install 'glassgrad[plot]'`.
        """
        from nn.plots.experiments import heatmap

        return heatmap(self, x, y, value, ax=ax)

    def by_settings(self) -> list[list[SweepRow]]:
        """Give the rows of each settings, in the grid's order."""
        return [list(runs) for _, runs in groupby(self.rows, key=lambda row: id(row.settings))]

    def value_name(self, value: str | None) -> str:
        """Give the name of a result: the one given, or the one that goes without saying."""
        names = self._result_names(numeric=True)
        if value is None and "loss" in names:
            return "loss"
        if value is None and len(names) == 1:
            return names[0]
        if value in names:
            return value
        if not names:
            raise ValueError(f"no run has a result: {'; '.join(_reasons(self.rows))}")
        given = "say which" if value is None else f"got {shown(value)}"
        raise ValueError(f"the results are {', '.join(names)}; {given}")

    def _setting_names(self) -> list[str]:
        return list(dict.fromkeys(name for row in self.rows for name in row.settings))

    def _varied_and_fixed(self) -> tuple[list[str], list[str]]:
        """The names of the settings that differ, and, of several, what the others are."""
        varied, fixed = [], []
        for name in self._setting_names():
            shown = {describe(row.settings.get(name, "")) for row in self.rows}
            if len(shown) > 1 or len(self.by_settings()) == 1:
                varied.append(name)
            else:
                fixed.append(f"{name} {shown.pop()}")
        return varied, fixed

    def _result_names(self, numeric: bool = False) -> list[str]:
        return list(
            dict.fromkeys(
                name
                for row in self.rows
                for name, result in row.results.items()
                if not numeric or isinstance(result, int | float)
            )
        )

    def _column(self, name: str) -> str:
        """The column of a result, which a setting of the same name must not share."""
        taken = {"seed", "seconds", "diverged", "error", "runs", "failed", *self._setting_names()}
        return f"result {name}" if name in taken else name


def _summary(runs: Sequence[SweepRow], name: str) -> str:
    """The median and range over the runs that did not fail."""
    numbers = [number for row in runs if (number := row.number(name)) is not None]
    return median_and_range(numbers) if numbers else ""


def _reasons(rows: Sequence[SweepRow]) -> list[str]:
    """Why runs failed, in words, each reason once."""
    counts = Counter(row.error or "diverged" for row in rows if row.failed)
    return [f"{n} of {len(rows)} runs: {reason}" for reason, n in counts.items()]
