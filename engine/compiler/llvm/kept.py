"""Object code in the user's cache folder, so that what is the same each time is made once.

Whoever can write a file that is executed can do anything. So the folder belongs to the user alone,
no symbolic link is followed, and a file counts only if it belongs to the user, nobody else may
write to it, and its hash is right. Everything else is made anew, as where there is no folder.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from engine.files import write_whole

_HASH = hashlib.sha256
_SIZE = _HASH().digest_size


def kept(key: bytes, make: Callable[[], bytes]) -> bytes:
    """The object code for a key, from the cache folder or, where it is not there, made.

    Args:
        key: Everything that the code depends on.
        make: Makes it.
    """
    folder = _folder()
    if folder is None:
        return make()
    path = folder / f"{_HASH(key).hexdigest()}.o"
    code = _read(path, key)
    if code is None:
        code = make()
        with suppress(OSError):
            path.unlink(missing_ok=True)  # not through a link, and not with old permissions
            write_whole(path, _HASH(key + code).digest() + code)
            path.chmod(0o600)
    return code


def _folder() -> Path | None:
    """The folder, which is the user's alone; None where there is no such folder."""
    try:
        from platformdirs import user_cache_path

        path = user_cache_path("glassgrad", appauthor=False) / "machine-code"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except (ImportError, OSError, RuntimeError):
        return None
    private = os.name == "nt" or not status.st_mode & 0o077
    return path if stat.S_ISDIR(status.st_mode) and private and _is_own(status) else None


def _is_own(status: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()


def _read(path: Path, key: bytes) -> bytes | None:
    """What a file holds, if it is what was written for this key."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not _is_own(status):
                return None
            if os.name != "nt" and status.st_mode & 0o022:
                return None
            content = file.read()
    except OSError:
        return None
    code = content[_SIZE:]
    return code if code and _HASH(key + code).digest() == content[:_SIZE] else None
