"""What signed-in readers asked to have unrolled: written down, led on to the threads that came, and forgotten."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from unroller import asked, networks, queries
from unroller.actions.bot.silence import Silence
from unroller.actions.refusals import Refused
from unroller.models import Job, Mention, Request, Thread

SETTLED_AT_ONCE = 1_000
NOBODYS = {"document": None, "asker_id": "", "asker_handle": "", "target": "", "words": "", "job": None, "thread": None}
"""Of a mention that is over, nothing of these is needed so that it is never dealt with again."""
CALLED_OFF = (Mention.State.NEW, Mention.State.UNROLLING, Mention.State.READY)


class BeingAnswered(Refused):
    """The bot is posting its answer at this moment."""

    def __init__(self) -> None:
        super().__init__("The bot is answering this one right now. Please try again in a few minutes.")


def note(user: User, link: str) -> None:
    """A reader pasted a link that names a post; the same thread twice is one request, of today. Raises NotAPost."""
    ref = networks.find(link)
    place = queries.member(ref)
    job = None if place else queries.open_job(ref)
    given = link.strip()[:2048]
    with transaction.atomic():
        queries.lock(f"requests of {user.pk}")
        mine = Request.objects.filter(user=user)
        if place is not None:
            mine.filter(thread=None, job__thread=place.thread).delete()
        same = mine.filter(thread=place.thread) if place else mine.filter(job=job, thread=None, job__isnull=False)
        if not same.update(link=given, created_at=timezone.now()):
            Request.objects.create(user=user, link=given, job=job, thread=place.thread if place else None)


def forget(row: Request | Mention) -> None:
    """Take one out of its reader's list. Of a mention stays that the post was dealt with, so that it never is again; a
    request to the bot that is not answered yet is called off. Raises BeingAnswered."""
    if isinstance(row, Request):
        row.delete()
        return
    now, mine = timezone.now(), Mention.objects.filter(id=row.id)
    with transaction.atomic():
        ended = {"state": Mention.State.SILENT, "reason": Silence.TAKEN_BACK, "finished_at": now}
        mine.filter(state__in=CALLED_OFF).update(**ended, leased_until=None)
        if not mine.filter(finished_at__isnull=False).update(**NOBODYS):
            raise BeingAnswered


def forget_all(user: User) -> None:
    """Empty somebody's list. Raises BeingAnswered when something had to stay."""
    asked.requests(user).delete()
    busy = False
    for row in asked.mentions(user).only("id"):
        try:
            forget(row)
        except BeingAnswered:
            busy = True
    if busy:
        raise BeingAnswered


def settle() -> int:
    """Requests keep the thread that came of their job, since jobs are deleted after a month; how many."""
    rows = Request.objects.filter(thread=None, job__state=Job.State.DONE, job__thread__isnull=False)
    found = list(rows.values_list("id", "user_id", "job__thread_id").order_by("-created_at")[:SETTLED_AT_ONCE])
    for request_id, user_id, thread_id in found:
        with transaction.atomic():
            queries.lock(f"requests of {user_id}")
            row = Request.objects.filter(id=request_id)
            if Request.objects.filter(user_id=user_id, thread_id=thread_id).exists():
                row.delete()
            else:
                row.update(thread_id=thread_id)
    return len(found)


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: who asked for one of them asked for it."""
    for part in parts:
        known = Request.objects.filter(thread=thread).values("user")
        Request.objects.filter(thread=part).exclude(user__in=known).update(thread=thread)
        Mention.objects.filter(thread=part).update(thread=thread)
