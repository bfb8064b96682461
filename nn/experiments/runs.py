"""What experiments of several runs share: a median with its range, and silence about divergence.

A run that failed is told in a table, so `fit` need not warn of it.
"""

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median

FAILED = math.inf
"""What stands for the number of a run that has none, where less is better."""


def median_and_range(numbers: Sequence[float], failed: str = "failed") -> str:
    """The median of the runs, and in brackets the least and the greatest where they differ.

    failed  what to write in the place of an infinite number

    >>> median_and_range([1.0, 4.0, 2.0]), median_and_range([0.5, FAILED, FAILED], "never")
    ('2 (1 to 4)', 'never (0.5 to never)')
    """
    least, middle, greatest = (
        f"{number:.4g}" if math.isfinite(number) else failed
        for number in (min(numbers), median(numbers), max(numbers))
    )
    return middle if least == greatest else f"{middle} ({least} to {greatest})"


@contextmanager
def divergence_told_elsewhere() -> Iterator[None]:
    """Without the warning that `fit` gives of a training that diverged."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "training diverged", RuntimeWarning)
        yield
