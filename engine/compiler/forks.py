"""What `os.fork` must not copy: a lock that another thread holds, which nobody opens in the child.

A fork copies one thread, and every lock as it stands at that moment. So a fork waits until no
thread is inside of LLVM, which has locks of its own; our own locks are made anew in the child.
"""

import os
import threading
import weakref
from collections.abc import Callable

IN_LLVM = threading.RLock()
"""Held by the thread that calls LLVM, and during a fork."""

_renewals: "set[weakref.WeakMethod[Callable[[], None]]]" = set()


def renew_in_child(renew: Callable[[], None]) -> None:
    """Call a method in every forked child, for as long as its object lives."""
    _renewals.add(weakref.WeakMethod(renew, _renewals.discard))


def _in_child() -> None:
    IN_LLVM.release()
    for reference in list(_renewals):
        renew = reference()
        if renew is not None:
            renew()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(
        before=IN_LLVM.acquire, after_in_parent=IN_LLVM.release, after_in_child=_in_child
    )
