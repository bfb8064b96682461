"""Whether to compile or to stay eager: one question with one answer, for all who can do either."""

COMPILE_FROM = 100
"""From how many rows, each counted as often as it is visited, compiling pays where `fit` is not.

By measurement (`benchmarks/training.py`, e), a tape is ready in the time that 15 to 40 rows take
eagerly, for both grow with the graph; the rest is for LLVM, which a process loads once.
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
