"""Where a command puts a picture, and what it says where it cannot draw one."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import write_whole


def save_or_say(draw: Callable[[], Any], path: Path) -> None:
    """Save what is drawn, or say why it is not, such as which command installs what that needs."""
    try:
        drawn = draw()
        if hasattr(drawn, "save"):
            drawn.save(path)
        else:  # axes of matplotlib, which writes in place
            picture = io.BytesIO()
            drawn.figure.savefig(picture, format=path.suffix[1:])
            write_whole(path, picture.getvalue())
    except (ImportError, TimeoutError, RuntimeError) as error:
        print(f"no {path}: {error}")
    else:
        print(f"saved {path}")
