"""What becomes of private links while the threads behind them are fetched, stored and united."""

from collections.abc import Iterable

from unroller import queries
from unroller.models import Job, PrivateLink, Thread


def wait_for(job: Job) -> bool:
    """Whether anybody still wants what a job fetches for private links."""
    return queries.private_links().filter(job=job).exists()


def settle(job: Job, thread: Thread) -> None:
    """What was fetched is here, in the caller's transaction: its links lead there."""
    PrivateLink.objects.filter(job=job).update(thread=thread)


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: links to them lead here."""
    PrivateLink.objects.filter(thread__in=list(parts)).update(thread=thread)
