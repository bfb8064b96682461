"""What experiments of several runs share: a run counts by the median, and the range beside it."""

import math
from collections.abc import Sequence
from statistics import median

FAILED = math.inf
"""What stands for the number of a run that has none, where less is better."""


def median_and_range(numbers: Sequence[float], failed: str = "failed") -> str:
    """Write the median of the runs, and in brackets the least and the greatest where they differ.

    Args:
        numbers: One for each run, at least one.
        failed: What to write in the place of an infinite number.

    Example:
        >>> median_and_range([1.0, 4.0, 2.0]), median_and_range([0.5, FAILED, FAILED], "never")
        ('2 (1 to 4)', 'never (0.5 to never)')
    """
    least, middle, greatest = (
        f"{number:.4g}" if math.isfinite(number) else failed
        for number in (min(numbers), median(numbers), max(numbers))
    )
    return middle if least == greatest else f"{middle} ({least} to {greatest})"
