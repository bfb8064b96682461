"""A user's own measurements: which columns of a CSV file are features, and what a target means."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from nn.common.checks import kind
from nn.common.text import shown
from nn.datasets.cells import Spelling
from nn.datasets.dataset import Dataset
from nn.datasets.tables import Table, listed, read_table

Column: TypeAlias = str | int
"""A column by its name, or by its number as Python counts; the texts "0" and "-1" will do."""

Task = Literal["classification", "regression"]

# How many different whole numbers in a target still look like class numbers.
FEWEST_CLASSES, MOST_CLASSES = 2, 20


def load_csv(
    path: str | Path,
    target: Column | None = None,
    task: Task | None = None,
    *,
    header: bool | None = None,
    columns: Iterable[Column] | None = None,
    ignore: Iterable[Column] = (),
    decimal: str = ".",
    thousands: str = "",
    missing: Iterable[str] = (),
) -> Dataset:
    r"""Read a file of comma, semicolon or tab separated values; one column is what to predict.

    Byte order marks, quotes and blank lines are fine. Classes are numbered in sorted order (numbers
    by size, words as Python sorts text), whatever the order of the rows.

    Args:
        path: Of the file, UTF-8 text.
        target: The name of the column to predict, or its number as Python counts (0 the first, -1
            the last; the texts "0" and "-1" will do); None for the last one that is left. All other
            columns are features and must hold finite numbers.
        task: "classification", "regression", or None: a target of words makes a classification, a
            target of numbers a regression, unless they look like class numbers: whole, 2 to 20
            different ones, and fewer than rows.
        header: Whether the first row names the columns. None: it does if none of its cells is a
            number, or if `target`, `columns` and `ignore` give names that are there; numbers unlike
            those below are an error that asks. Without a header, `feature_names` is empty.
        columns: The features, by name or number, in this order; None for all columns but the
            target.
        ignore: Columns to leave out, by name or number.
        decimal: The mark before a fraction, "." or ",".
        thousands: What stands between groups of three digits, such as "," in 1,299.
        missing: Texts that stand for a value that is missing, such as ["", "NA", "?"]; rows that
            lack one are left out.

    Raises:
        FileNotFoundError: If there is no file.
        TypeError: If a column is neither text nor an int, or another argument of a wrong type.
        ValueError: If the file is empty, rows differ in length, a cell is no finite number, there
            is no such target (it lists the columns there are), or bytes are not UTF-8; by line and
            column.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "plants.csv"
        ...     _ = path.write_text("height,kind,weight\n1.5,rose,0.2\n0.5,daisy,0.1\n")
        ...     plants = load_csv(path, target="kind")
        >>> plants
        Dataset('plants': 2 rows, 2 features, 2 classes)
        >>> plants.inputs, plants.targets, plants.target_names
        ([[1.5, 0.2], [0.5, 0.1]], [1, 0], ('daisy', 'rose'))
    """
    if task not in (None, "classification", "regression"):
        raise ValueError(f"task is 'classification', 'regression' or None, got {shown(task)}")
    spelling = Spelling(decimal, thousands, tuple(_several("missing", missing)))
    chosen = None if columns is None else _several("columns", columns)
    ignored = _several("ignore", ignore)
    asked = [*([] if target is None else [target]), *(chosen or ()), *ignored]
    table = read_table(path, header, spelling, _names(asked), _numbers(ignored))
    left = _left(table, chosen, ignored)
    if table.n_columns < 2:
        raise ValueError(
            f"{table.name} has a single column; a target and a feature are needed, "
            "separated by commas, semicolons or tabs"
        )
    if target is None:
        out = set(_left(table, None, ignored)) - set(left if chosen is not None else ())
        if not out:
            raise ValueError(f"no column of {table.name} is left to predict; say target=")
        number = max(out)
    else:
        number = _column(table, target, "target")
        if number not in _left(table, None, ignored) or (chosen is not None and number in left):
            raise ValueError(f"the target {shown(target)} is among the features or ignored")
    features = [column for column in left if column != number]
    if not features:
        raise ValueError(f"no column of {table.name} is left for a feature")
    return from_table(table, number, task, Path(path).stem, str(path), features)


def load_inputs(
    path: str | Path,
    feature_names: Sequence[str] = (),
    n_features: int | None = None,
    *,
    header: bool | None = None,
    columns: Iterable[Column] | None = None,
    ignore: Iterable[Column] = (),
    decimal: str = ".",
    thousands: str = "",
) -> list[list[float]]:
    r"""Read rows to predict for from a CSV file that needs no target.

    Args:
        path: Of the file, UTF-8 text.
        feature_names: Those of the training data. Where the file has a header, columns are found by
            name: their order does not matter, and others, such as the target, are passed over.
            Otherwise the file must have as many columns as there are names.
        n_features: How many columns there must be, where there are no names; None for any.
        header: As of `load_csv`.
        columns: As of `load_csv`, where columns are not found by name.
        ignore: As of `load_csv`, where columns are not found by name.
        decimal: As of `load_csv`.
        thousands: As of `load_csv`.

    Raises:
        FileNotFoundError: If there is no file.
        ValueError: If columns are missing, or whatever `load_csv` finds wrong with a file.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "new.csv"
        ...     _ = path.write_text("kind,weight,height\nunknown,0.2,1.5\n")
        ...     load_inputs(path, feature_names=("height", "weight"))
        [[1.5, 0.2]]
    """
    chosen = None if columns is None else _several("columns", columns)
    ignored = _several("ignore", ignore)
    spelling = Spelling(decimal, thousands)
    table = read_table(path, header, spelling, feature_names, _numbers(ignored))
    found = _left(table, chosen, ignored)
    if feature_names and table.names:
        if missing := [name for name in feature_names if name not in table.names]:
            raise ValueError(
                f"{table.name} has no column {listed(missing)}; "
                f"its columns are {listed(table.names)}"
            )
        found = [table.names.index(name) for name in feature_names]
    expected = len(feature_names) or n_features
    if expected is not None and len(found) != expected:
        names = f" ({listed(feature_names)})" if feature_names else ""
        raise ValueError(f"{table.name} has {len(found)} columns, expected {expected}{names}")
    return _features(table, found)


def from_table(
    table: Table,
    target: int,
    task: Task | None,
    name: str,
    source: str,
    features: list[int] | None = None,
) -> Dataset:
    """Make a Dataset of a table.

    Args:
        table: Rows of text.
        target: The number of the column to predict, from 0.
        task: As of `load_csv`.
        name: What the data is called.
        source: Where it is from.
        features: The numbers of the columns to learn from; None for all others.

    Raises:
        ValueError: If a cell is not what its column needs; it names line and column.
    """
    if features is None:
        features = [column for column in range(table.n_columns) if column != target]
    table = _without_missing(table, [*features, target])
    inputs = _features(table, features)
    targets, target_names = _targets(table, target, task)
    feature_names = tuple(table.names[column] for column in features) if table.names else ()
    return Dataset(inputs, targets, feature_names, target_names, name, source)


def _features(table: Table, columns: list[int]) -> list[list[float]]:
    wanted = "a feature must be a finite number"
    return [[table.number(row, k, wanted) for k in columns] for row in range(len(table.rows))]


def _without_missing(table: Table, used: list[int]) -> Table:
    """The rows in which nothing is missing that is used."""
    missing = set(table.spelling.missing)
    kept = [i for i, row in enumerate(table.rows) if missing.isdisjoint(row[k] for k in used)]
    if not kept:
        raise ValueError(f"{table.name}: every row lacks a value ({listed(sorted(missing))})")
    rows, lines = [table.rows[i] for i in kept], [table.lines[i] for i in kept]
    return replace(table, rows=rows, lines=lines)


def _several(name: str, given: Iterable[Any]) -> list[Any]:
    """A list of texts or numbers; a text by itself is one of them."""
    if isinstance(given, str | int):
        return [given]
    if not isinstance(given, Iterable):
        raise TypeError(f"{name} is a list, such as ['a', 'b']; got {kind(given)}")
    return list(given)


def _names(columns: list[Column]) -> list[str]:
    """Those that can be nothing but names."""
    return [column for column in columns if isinstance(column, str) and _index(column) is None]


def _numbers(columns: list[Column]) -> list[int]:
    """Those that can be numbers."""
    return [number for column in columns if (number := _index(column)) is not None]


def _index(column: Column) -> int | None:
    try:
        return int(column)
    except ValueError:
        return None


def _left(table: Table, columns: list[Column] | None, ignore: list[Column]) -> list[int]:
    """The numbers of the columns that were chosen, or of all, without those that are ignored."""
    out = {_column(table, column, "ignore") for column in ignore}
    if columns is None:
        return [column for column in range(table.n_columns) if column not in out]
    chosen = [_column(table, column, "columns") for column in columns]
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"columns names one column twice: {shown(columns)}")
    return [column for column in chosen if column not in out]


def _column(table: Table, which: Column, what: str) -> int:
    """The number of a column, which is given by name or by number."""
    if isinstance(which, bool) or not isinstance(which, str | int):
        raise TypeError(f"{what} is the name or the number of a column, got {shown(which)}")
    if isinstance(which, str) and which in table.names:
        return table.names.index(which)
    try:
        return range(table.n_columns)[int(which)]
    except (ValueError, IndexError):
        last = table.n_columns - 1
        columns = f"{listed(table.names)}; or " if table.names else "not named; "
        quoted = shown(which) if isinstance(which, str) else which
        raise ValueError(
            f"{table.name} has no column {quoted}; its columns are {columns}by number, 0 to {last}"
        ) from None


def _targets(
    table: Table, column: int, task: Task | None
) -> tuple[list[int] | list[float], tuple[str, ...]]:
    """The class numbers and the names of the classes, or real numbers and no names."""
    cells = [row[column] for row in table.rows]
    for row, cell in enumerate(cells):
        if not cell:
            raise ValueError(f"{table.place(row, column)}: the cell is empty; a target is missing")
    number = table.spelling.number
    words = sum(number(cell) is None for cell in cells)
    if task is None and words == len(cells) and all(map(table.spelling.hint, cells)):
        raise ValueError(
            f"{table.place(0, column)}: {shown(cells[0])} is not a number as it is spelled"
            f"{table.spelling.hint(cells[0])}; for classes by name say task='classification'"
        )
    if task != "regression" and (words == len(cells) or (words and task == "classification")):
        target_names = tuple(sorted(set(cells)))
        number_of = {name: number for number, name in enumerate(target_names)}
        return [number_of[cell] for cell in cells], target_names
    wanted = "a target must be a finite number"
    if task is None:
        wanted += " where others are (task='classification' takes any text for a class)"
    values = [table.number(row, column, wanted) for row in range(len(cells))]
    # floats would take large numbers that differ for one class
    exact = [Decimal(table.spelling.plain(cell) or "") for cell in cells]
    if task == "regression" or (task is None and not _look_like_classes(exact)):
        return values, ()
    classes = sorted(set(exact))
    class_of = {value: number for number, value in enumerate(classes)}
    return [class_of[value] for value in exact], tuple(_plain(value) for value in classes)


def _plain(value: Decimal) -> str:
    """A class number as people write it: 3, not 3.0."""
    if value == int(value):
        return str(int(value))
    short = str(float(value))
    return short if Decimal(short) == value else str(value)


def _look_like_classes(values: list[Decimal]) -> bool:
    different = set(values)
    whole = all(value == int(value) for value in different)
    few = FEWEST_CLASSES <= len(different) <= MOST_CLASSES
    return whole and few and len(different) < len(values)
