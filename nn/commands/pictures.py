"""Where a command puts a picture, and what it says where it cannot draw one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def save_picture(ax: Any, path: Path) -> None:
    """Save what was drawn into these axes."""
    ax.figure.savefig(path)


def save_or_say(make: Callable[[Path], None], path: Path) -> None:
    """Make a file, or say why there is none, such as which command installs what that needs."""
    try:
        make(path)
    except (ImportError, TimeoutError, RuntimeError) as error:
        print(f"no {path}: {error}")
    else:
        print(f"saved {path}")
