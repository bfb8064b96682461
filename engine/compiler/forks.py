"""What `os.fork` must not copy: a lock that another thread holds, which nobody opens in the child.

A fork copies one thread, and every lock as it stands at that moment. Our own locks are made anew in
the child; where others have locks of their own, as LLVM has, a fork waits until no thread is there.
"""

import os
import threading
import weakref
from collections.abc import Callable

FORKS_WAIT = threading.RLock()
"""Held by a thread where others have locks of their own, and during a fork."""

_renewals: "set[weakref.WeakMethod[Callable[[], None]]]" = set()


def renew_in_child(renew: Callable[[], None]) -> None:
    """Call a method in every forked child, for as long as its object lives."""
    _renewals.add(weakref.WeakMethod(renew, _renewals.discard))


def _in_child() -> None:
    FORKS_WAIT.release()
    for reference in list(_renewals):
        renew = reference()
        if renew is not None:
            renew()


if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(
        before=FORKS_WAIT.acquire, after_in_parent=FORKS_WAIT.release, after_in_child=_in_child
    )
