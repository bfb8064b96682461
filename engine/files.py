"""Files that are whole or not there: what is written takes the place of the old file in one step.

A full disk, a crash or Ctrl-C may come at any moment. So the new file is made beside the old one,
is on the disk before it takes its name, and until then the old one stays as it was.
"""

import os
import re
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

_DESCRIPTOR = re.compile(r"/(?:dev|proc/(?:self|\d+))/fd/(\d+)")


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file so that at every moment either the old one or the new one is there, whole.

    The permissions of an existing file stay, and where the path is a symbolic link, it stays one:
    the file that it leads to is replaced. What is no regular file, such as a pipe or `/dev/stdout`,
    is written to directly.

    Args:
        path: Of the file; its folder must exist, and new files must be allowed there.
        content: A text, which is written as UTF-8, or bytes.

    Raises:
        OSError: If it cannot be written; it names the path, and the old file is as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "weights.txt"
        ...     write_whole(path, "0.25")
        ...     path.read_text()
        '0.25'
    """
    data = content.encode() if isinstance(content, str) else content
    name = os.fspath(path)
    try:
        target = _where_links_lead(name)
        if isinstance(target, int):
            with open(os.dup(target), "wb") as file:  # noqa: PTH123
                file.write(data)
            return
        old = Path(target).stat() if os.path.lexists(target) else None
        if old is None or stat.S_ISREG(old.st_mode):
            _replace(target, data, old)
        else:
            Path(target).write_bytes(data)
    except OSError as error:  # what it says of the file beside the target helps nobody
        raise type(error)(error.errno, error.strerror, name) from error


def _where_links_lead(path: str) -> str | int:
    """The path behind symbolic links, or the open file that one like `/dev/stdout` stands for.

    Such a file may be a regular one, by a redirection: it is open, and others write to it too.
    """
    for _ in range(64):
        if descriptor := _DESCRIPTOR.fullmatch(os.path.abspath(path)):  # noqa: PTH100
            return int(descriptor[1])
        if not os.path.islink(path):  # noqa: PTH114
            return path
        path = os.path.join(os.path.dirname(path), os.readlink(path))  # noqa: PTH115, PTH118, PTH120
    Path(path).stat()  # which says that they lead round and round
    return path


def _replace(target: str, data: bytes, old: os.stat_result | None) -> None:
    if old is not None and not os.access(target, os.W_OK):  # a rename would not ask
        raise PermissionError(13, os.strerror(13))
    beside = Path(target).parent / f".{secrets.token_hex(8)}.part"

    def create(path: str, flags: int) -> int:
        """Make the new file, where Linux can do so with no name, of which a kill leaves nothing."""
        permissions = 0o666 if old is None else 0o600
        if sys.platform == "linux" and os.access("/proc/self/fd", os.X_OK):
            with suppress(OSError):  # of a file system that cannot
                return os.open(beside.parent, os.O_TMPFILE | os.O_WRONLY, permissions)
        return os.open(path, flags, permissions)  # which is there for nobody else: O_EXCL

    try:
        with open(beside, "xb", opener=create) as file:
            if old is not None:
                _copy_permissions(target, file.fileno(), old)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if os.fstat(file.fileno()).st_nlink == 0:
                # with a folder's number given, if only for show, it is the file that gets a name,
                # and not the link to it in /proc
                os.link(f"/proc/self/fd/{file.fileno()}", beside, src_dir_fd=file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _copy_permissions(path: str, descriptor: int, old: os.stat_result) -> None:
    """Give a new file the owner, the permissions and the access list of the one at a path."""
    if sys.platform == "win32":
        return
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        with suppress(PermissionError):  # as for anybody but root
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    if sys.platform == "linux":
        access_list = "system.posix_acl_access"
        with suppress(OSError):  # where there is none
            os.setxattr(descriptor, access_list, os.getxattr(path, access_list))
