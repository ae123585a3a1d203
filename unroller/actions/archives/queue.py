"""The rows of archives as a queue: what waits to be read, and what waits to be published."""

from datetime import timedelta

from django.db.models import Q

from accounts.leases import Queue
from unroller.models import Archive

MOST_ATTEMPTS = 4
SWEPT_AT_ONCE = 20
WORKED = (Archive.State.QUEUED, Archive.State.READING, Archive.State.PUBLISHING)

QUEUE = Queue(
    Archive,
    is_open=Q(state__in=WORKED),
    task="unroller.read_archive",
    lease=timedelta(minutes=5),  # longer than a thread with its media takes to store
    most_attempts=MOST_ATTEMPTS,
)


def sweep() -> int:
    """Ring for archives that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE)
