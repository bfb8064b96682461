"""Where a command puts a picture, and what it says where it cannot draw one."""

from pathlib import Path
from typing import Any, Protocol


class Plottable(Protocol):
    """What can draw itself, as reports and results can."""

    def plot(self) -> Any: ...


def save_plot(subject: Plottable, path: Path) -> None:
    """Save the plot of a result, or say which command installs what it needs."""
    try:
        subject.plot().figure.savefig(path)
    except ImportError as error:
        print(f"no {path}: {error}")
    else:
        print(f"saved {path}")
