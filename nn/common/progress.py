"""Progress that suits where it is read: a terminal, a notebook, or a file that keeps every line.

The bars of a process and of those that it forks take turns by a lock that all of them share, and
one that is killed while it has it would leave the others waiting for ever. Ours have a lock that
ends with its process.
"""

import sys
import threading
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

IN_A_FILE = 30.0
"""Where nothing can be overwritten, so many seconds lie between two reports."""


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
    with warnings.catch_warnings():
        # a notebook without ipywidgets, a browser without threads: the bar is text, and still right
        warnings.simplefilter("ignore")
        return _kind()(
            desc=what,
            unit=unit,
            total=total,
            initial=done,
            disable=not shown,
            mininterval=0.1 if _moves() else IN_A_FILE,
            miniters=1,  # each update looks at the clock, so that no thread has to
        )


@cache
def _kind() -> "type[tqdm[Any]]":
    from tqdm.autonotebook import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]  # which has no types while it runs
        monitor_interval = 0

    Bar.set_lock(threading.RLock())
    return Bar


def _moves() -> bool:
    """Whether a line can be overwritten: in a terminal, a notebook, a browser."""
    notebook = type(sys.stderr).__module__.partition(".")[0] == "ipykernel"
    return sys.stderr.isatty() or notebook or sys.platform == "emscripten"
