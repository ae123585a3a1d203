"""What each of several machines keeps in order by itself, since the clock's tasks come to whichever worker takes them:
its picture cache, and copies of zips.

Whoever fetches pictures or does tasks looks after it: one process of a machine, every ten minutes.
"""

import fcntl
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

from django.conf import settings

from accounts.steps import each
from unroller import forgotten
from unroller.actions import media
from unroller.actions.archives import files

EVERY_SECONDS = 600.0
STAMP = "upkeep"
"""A file whose age says when it was done last."""


class _Pace:
    """When this process looks the next time."""

    lock = Lock()
    next_at = 0.0


def look_after() -> bool:
    """Do it where it is due; whether it was done here."""
    if not forgotten.are_told() or time.monotonic() < _Pace.next_at or not _Pace.lock.acquire(blocking=False):
        return False
    try:
        _Pace.next_at = time.monotonic() + EVERY_SECONDS
        return _in_turn()
    finally:
        _Pace.lock.release()


def _in_turn() -> bool:
    place = Path(settings.DATA_DIR) / STAMP
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("ab") as stamp, suppress(BlockingIOError):
        fcntl.flock(stamp, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stamp.tell() and time.time() - place.stat().st_mtime < EVERY_SECONDS:
            return False
        stamp.truncate(0)
        stamp.write(b"done\n")
        stamp.flush()
        each(media.trim, files.sweep_disk)
        return True
    return False
