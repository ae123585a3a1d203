"""Looking at followed authors, for tests: authors who are due, whole looks, the passing of time."""

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from unroller.actions import chains, jobs, threads, unrolling, watching
from unroller.actions.patience import MOST_ATTEMPTS
from unroller.core.posts import Person as Described
from unroller.models import Author, Chain, Follow, Job, Thread, Watch

QUIET = timedelta(minutes=10)
HOUR = timedelta(hours=1)


class Turn(NamedTuple):
    author: str
    turn: str


def watched(source: str, network_id: str, *, followers: int = 1, handle: str = "ana") -> Author:
    """An author who has been followed for an hour, and is due."""
    person = Described(id=network_id, handle=handle, name=handle, url="https://x.com/ana")
    with transaction.atomic():
        author = threads.keep_author(source, person)
    for number in range(followers):
        user, _ = User.objects.get_or_create(email=f"reader{number}@example.com")
        Follow.objects.create(user=user, author=author)
    Watch.objects.create(author=author, due_at=timezone.now())
    Watch.objects.filter(author=author).update(created_at=timezone.now() - HOUR)
    return author


def due(author: Author) -> None:
    Watch.objects.filter(author=author).update(due_at=timezone.now())


def look(author: Author) -> Watch:
    """One whole look: claimed, polled."""
    due(author)
    assert watching.claim_due() == 1
    watch = Watch.objects.get(author=author)
    watching.poll(str(author.id), str(watch.turn))
    return Watch.objects.get(author=author)


def rest(author: Author) -> None:
    """As if nobody wrote anything for ten minutes more."""
    Chain.objects.filter(author=author).update(quiet_at=F("quiet_at") - QUIET - timedelta(minutes=5))


def an_hour_passes(author: Author) -> None:
    """Until chains whose threads were queued are looked at again."""
    Chain.objects.filter(author=author).update(quiet_at=F("quiet_at") - HOUR)
    Thread.objects.filter(author=author).update(fetched_at=F("fetched_at") - HOUR)
    Job.objects.update(created_at=F("created_at") - HOUR, not_before=None)


def do_jobs() -> None:
    """Whatever the queue holds, as often as it waits for a network that does not answer."""
    for _ in range(MOST_ATTEMPTS):
        Job.objects.update(not_before=None)
        for job in Job.objects.filter(state=Job.State.QUEUED):
            unrolling.run(str(job.id), jobs.queue_of(job))


def unroll_all() -> int:
    """Unroll what is quiet, and do the jobs; how many there were."""
    count = chains.unroll_quiet()
    for job in Job.objects.filter(state=Job.State.QUEUED):
        unrolling.run(str(job.id), jobs.queue_of(job))
    return count


def wait(watch: Watch) -> timedelta:
    """How long until the next look."""
    return watch.due_at - timezone.now()
