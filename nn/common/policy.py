"""Whether to compile or to stay eager: one question with one answer, for all who can do either."""

COMPILE_FROM = 600
"""From how many rows, each counted as often as it is visited, compiling pays.

By measurement (`benchmarks/training.py`, e), compiling takes as long as 500 to 620 rows do eagerly,
from 2-16-16-1 to 64-128-64-10, for both grow with the graph. For networks of a few neurons it is
1000 to 1900 rows, but those take a fraction of a second either way.
"""


def worth_compiling(rows: int) -> bool:
    """Tell whether so many rows through a graph take longer than to compile it does.

    Args:
        rows: How many go through it in all, each counted as often as it does.

    Example:
        >>> worth_compiling(COMPILE_FROM - 1), worth_compiling(COMPILE_FROM)
        (False, True)
    """
    return rows >= COMPILE_FROM
