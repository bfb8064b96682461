"""Where a command puts a picture, and what it says where it cannot draw one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def save_or_say(draw: Callable[[], Any], path: Path) -> None:
    """Save what is drawn, or say why it is not, such as which command installs what that needs."""
    try:
        drawn = draw()
        save = drawn.save if hasattr(drawn, "save") else drawn.figure.savefig  # of matplotlib
        save(path)
    except (ImportError, TimeoutError, RuntimeError) as error:
        print(f"no {path}: {error}")
    else:
        print(f"saved {path}")
