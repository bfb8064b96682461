"""What `os.fork` must not copy: a lock that another thread holds, which nobody opens in the child.

A fork copies one thread, and every lock as it stands at that moment. Our own locks are made anew in
the child; where others have locks of their own, as LLVM has, a fork waits until no thread is there.
"""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

FORKS_WAIT = threading.RLock()
"""Held by a thread where others have locks of their own, and during a fork."""

_renewals: dict[weakref.ref[Any], Callable[[Any], None]] = {}


def renew_in_child(renew: Callable[[], None]) -> None:
    """Call a method in every forked child, for as long as its object lives."""
    # no WeakMethod, which would still be called back when the interpreter is half gone
    _renewals[weakref.ref(renew.__self__, _renewals.pop)] = renew.__func__  # type: ignore[attr-defined]


def _in_child() -> None:
    FORKS_WAIT.release()
    for reference, renew in list(_renewals.items()):
        owner = reference()
        if owner is not None:
            renew(owner)


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(
        before=FORKS_WAIT.acquire, after_in_parent=FORKS_WAIT.release, after_in_child=_in_child
    )
