"""A user's own measurements: which columns of a CSV file are features, and what a target means."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from nn.datasets.dataset import Dataset
from nn.datasets.tables import Table, listed, read_table, shown, to_number

Task = Literal["classification", "regression"]

# How many different whole numbers in a target still look like class numbers.
FEWEST_CLASSES, MOST_CLASSES = 2, 20


def load_csv(
    path: str | Path, target: str | int | None = None, task: Task | None = None
) -> Dataset:
    r"""Read a file of comma, semicolon or tab separated values; one column is what to predict.

    The first row is a header if none of its cells is a number; without a header, `feature_names` is
    empty. Byte order marks, quotes and blank lines are fine. Classes are numbered in sorted order
    (numbers by size, words as Python sorts text), whatever the order of the rows.

    Args:
        path: Of the file, UTF-8 text.
        target: The name of the column to predict, or its number as Python counts (0 the first, -1
            the last; the texts "0" and "-1" will do); None for the last one. All other columns are
            features and must hold finite numbers.
        task: "classification", "regression", or None: a target of words makes a classification, a
            target of numbers a regression, unless they look like class numbers: whole, 2 to 20
            different ones, and fewer than rows.

    Raises:
        FileNotFoundError: If there is no file.
        TypeError: If the target is neither text nor an int.
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
        raise ValueError(f"task is 'classification', 'regression' or None, got {task!r}")
    table = read_table(path)
    column = _target_column(table, target)
    return from_table(table, column, task, Path(path).stem, str(path))


def load_inputs(
    path: str | Path, feature_names: Sequence[str] = (), n_features: int | None = None
) -> list[list[float]]:
    r"""Read rows to predict for from a CSV file that needs no target.

    Args:
        path: Of the file, UTF-8 text.
        feature_names: Those of the training data. Where the file has a header, columns are found by
            name: their order does not matter, and others, such as the target, are passed over.
            Otherwise the file must have as many columns as there are names.
        n_features: How many columns there must be, where there are no names; None for any.

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
    table = read_table(path)
    columns = list(range(table.n_columns))
    if feature_names and table.names:
        if missing := [name for name in feature_names if name not in table.names]:
            raise ValueError(
                f"{table.name} has no column {listed(missing)}; "
                f"its columns are {listed(table.names)}"
            )
        columns = [table.names.index(name) for name in feature_names]
    expected = len(feature_names) or n_features
    if expected is not None and len(columns) != expected:
        names = f" ({listed(feature_names)})" if feature_names else ""
        raise ValueError(f"{table.name} has {len(columns)} columns, expected {expected}{names}")
    return _features(table, columns)


def from_table(table: Table, target: int, task: Task | None, name: str, source: str) -> Dataset:
    """Make a Dataset of a table.

    Args:
        table: Rows of text.
        target: The number of the column to predict, from 0.
        task: As of `load_csv`.
        name: What the data is called.
        source: Where it is from.

    Raises:
        ValueError: If a cell is not what its column needs; it names line and column.
    """
    features = [column for column in range(table.n_columns) if column != target]
    inputs = _features(table, features)
    targets, target_names = _targets(table, target, task)
    feature_names = tuple(table.names[column] for column in features) if table.names else ()
    return Dataset(inputs, targets, feature_names, target_names, name, source)


def _features(table: Table, columns: list[int]) -> list[list[float]]:
    wanted = "a feature must be a finite number"
    return [[table.number(row, k, wanted) for k in columns] for row in range(len(table.rows))]


def _target_column(table: Table, target: str | int | None) -> int:
    if table.n_columns < 2:
        raise ValueError(
            f"{table.name} has a single column; a target and a feature are needed, "
            "separated by commas, semicolons or tabs"
        )
    if isinstance(target, bool) or not isinstance(target, str | int | None):
        raise TypeError(f"target is the name or the number of a column, got {target!r}")
    if isinstance(target, str) and target in table.names:
        return table.names.index(target)
    try:
        number = -1 if target is None else int(target)
        return range(table.n_columns)[number]
    except (ValueError, IndexError):
        last = table.n_columns - 1
        columns = f"{listed(table.names)}; or " if table.names else "not named; "
        quoted = shown(target) if isinstance(target, str) else target
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
    spelled = [to_number(cell) for cell in cells]
    words = spelled.count(None)
    if task != "regression" and (words == len(cells) or (words and task == "classification")):
        target_names = tuple(sorted(set(cells)))
        number_of = {name: number for number, name in enumerate(target_names)}
        return [number_of[cell] for cell in cells], target_names
    wanted = "a target must be a finite number"
    if task is None:
        wanted += " where others are (task='classification' takes any text for a class)"
    values = [table.number(row, column, wanted) for row in range(len(cells))]
    if task == "regression" or (task is None and not _look_like_classes(values)):
        return values, ()
    classes = sorted(set(values))
    class_of = {value: number for number, value in enumerate(classes)}
    return [class_of[value] for value in values], tuple(_plain(value) for value in classes)


def _plain(value: float) -> str:
    """A class number as people write it: 3, not 3.0."""
    return str(int(value)) if value.is_integer() else str(value)


def _look_like_classes(values: list[float]) -> bool:
    different = set(values)
    whole = all(value.is_integer() for value in different)
    few = FEWEST_CLASSES <= len(different) <= MOST_CLASSES
    return whole and few and len(different) < len(values)
