"""Ties the life of a process to the life of its parent, also when the parent is killed outright."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: signal.Signals, *, parent: int) -> None:
    """Ask the kernel to send this process the signal `number` as soon as its parent (a process id) ends.

    The kernel forgets the request when the process changes its user, so it has to be made after that. What
    this process starts itself is not covered. Elsewhere than on Linux it does nothing.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel knew of the request
        os._exit(1)


def dying_with_me(number: signal.Signals) -> Callable[[], None]:
    """The `preexec_fn` of a child that shall get the signal `number` when the thread that starts it ends."""
    parent = os.getpid()
    return lambda: die_with_parent(number, parent=parent)
