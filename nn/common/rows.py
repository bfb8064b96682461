"""Rows of data as everything that learns or measures takes them: finite numbers, a target each."""

from collections.abc import Sequence
from typing import Any

from nn.common.checks import real


def check_rows(
    what: str, inputs: Sequence[Sequence[float]], targets: Sequence[Any]
) -> tuple[list[list[float]], list[Any]]:
    """The rows as lists of floats and the targets as a list, or the ValueError that names the row.

    >>> check_rows("training", [[1, 2], [3, float("nan")]], [0, 1])
    Traceback (most recent call last):
        ...
    ValueError: training inputs, row 1, column 1 must be a finite number; got nan
    """
    if len(inputs) != len(targets):
        raise ValueError(
            f"the {what} data needs a target for each row, but has {len(inputs)} rows of inputs "
            f"and {len(targets)} targets"
        )
    if len(inputs) == 0:
        raise ValueError(f"the {what} data is empty")
    rows: list[list[float]] = []
    for i, row in enumerate(inputs):
        if not hasattr(row, "__iter__") or isinstance(row, str):
            raise ValueError(f"{what} inputs, row {i} must be a list of numbers; got {row!r}")
        rows.append([real(f"{what} inputs, row {i}, column {j}", x) for j, x in enumerate(row)])
        if len(rows[i]) != len(rows[0]):
            raise ValueError(
                f"{what} inputs, row {i} has {len(rows[i])} numbers, but row 0 has {len(rows[0])}"
            )
    for i, target in enumerate(targets):
        for number in target if hasattr(target, "__iter__") else [target]:
            real(f"{what} targets, row {i}", number)
    return rows, list(targets)
