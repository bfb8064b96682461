"""Progress that suits where it is read: a terminal, a notebook, or a file that keeps every line."""

import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tqdm import tqdm

IN_A_FILE = 30.0
"""Where nothing can be overwritten, so many seconds lie between two reports."""


def progress_bar(
    what: str, unit: str, total: int | None, *, done: int = 0, shown: bool = True
) -> "tqdm[Any]":
    """Make a bar: rate and time left beside what its owner adds.

    Args:
        what: Is under way.
        unit: That it counts.
        total: How many there will be; None where nobody knows.
        done: How many there are already.
        shown: Whether it is to be seen at all.
    """
    with warnings.catch_warnings():
        # a notebook without ipywidgets, a browser without threads: the bar is text, and still right
        warnings.simplefilter("ignore")
        from tqdm.autonotebook import tqdm

        pause = 0.1 if _moves() else IN_A_FILE
        return tqdm(
            desc=what,
            unit=unit,
            total=total,
            initial=done,
            disable=not shown,
            mininterval=pause,
            maxinterval=max(pause, 10.0),
        )


def _moves() -> bool:
    """Whether a line can be overwritten: in a terminal, a notebook, a browser."""
    notebook = type(sys.stderr).__module__.partition(".")[0] == "ipykernel"
    return sys.stderr.isatty() or notebook or sys.platform == "emscripten"
