"""The bar that shows how far a loop has come.

The bars of a process and of those that it forks take turns by a lock that all of them share, and
one that is killed while it has it would leave the others waiting for ever. Ours have a lock that
ends with its process.
"""

import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm


def progress_bar(
    what: str, unit: str, total: int | None = None, *, done: int = 0, shown: bool = True
) -> "tqdm[Any]":
    """Make a bar, to be closed in the end, as `with` does.

    Args:
        what: Is under way.
        unit: That it counts.
        total: How many there will be; None where nobody knows.
        done: How many there are already.
        shown: Whether it is to be seen.

    Example:
        >>> with progress_bar("training", "epoch", 10, shown=False) as bar:
        ...     _ = bar.update()
    """
    # each update looks at the clock, so that no thread has to
    return _kind()(desc=what, unit=unit, total=total, initial=done, disable=not shown, miniters=1)


@cache
def _kind() -> "type[tqdm[Any]]":
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]  # which has no types while it runs
        monitor_interval = 0

    Bar.set_lock(threading.RLock())
    return Bar
