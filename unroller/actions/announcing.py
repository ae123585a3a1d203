"""New threads are told to their authors' followers: one row each, by one statement."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, DateTimeField, Exists, Expression, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.bell import ring
from accounts.models import User
from billing import entitlements
from billing.plans import Feature
from unroller.actions import keeping, mornings
from unroller.models import Cadence, Follow, Notification, Reading, Thread

FRESH = timedelta(hours=48)
"""A thread that was written before is no reason for a mail at once: somebody unrolls an archive. It comes with the
next morning's."""
RUNG_AT_ONCE = 200
RING_AGAIN = timedelta(seconds=60)
INSERT = "INSERT INTO unroller_notification (user_id, thread_id, created_at, due_at, attempts, outcome)"


def plan(thread: Thread, newest: datetime) -> None:
    """When followers are told about a thread that is about to be stored: once its newest post is old enough.

    A thread that grows meanwhile waits again; a single post waits until it is a thread.
    """
    is_listed = not (thread.unlisted or thread.private or thread.removed)
    untold = thread.announced_at is None and thread.post_count > 1 and is_listed
    now = timezone.now()
    rest = min(newest, now) + timedelta(seconds=settings.FOLLOW_QUIET_SECONDS)
    thread.announce_at = max(rest, now) if untold else None


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads that turned out to be parts of this one were told, or are about to be: nobody is told about it again."""
    for part in parts:
        told = Notification.objects.filter(thread=thread).values("user")
        Notification.objects.filter(thread=part).exclude(user__in=told).update(thread=thread)
        if part.announced_at and not thread.announced_at:
            thread.announced_at, thread.announce_at = part.announced_at, None
            Thread.objects.filter(id=thread.id).update(announced_at=part.announced_at, announce_at=None)


def ring_due() -> int:
    """Ring for the threads that are new and have come to rest; how many. A bell that is lost rings again a minute
    later, whatever rings it: two clocks ring once."""
    now = timezone.now()
    with transaction.atomic():
        due = Thread.objects.filter(announce_at__lte=now).order_by("announce_at")
        ids = list(due.select_for_update(skip_locked=True, no_key=True).values_list("id", flat=True)[:RUNG_AT_ONCE])
        Thread.objects.filter(id__in=ids).update(announce_at=now + RING_AGAIN)
    for thread_id in ids:
        ring("unroller.announce", str(thread_id))
    return len(ids)


def announce(thread_id: str) -> int:
    """Make a notification for each follower who is to be told; how many. Does nothing the second time."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Thread.objects.filter(id=thread_id, announced_at=None, announce_at__isnull=False)
        locked = waiting.select_for_update(skip_locked=True, no_key=True, of=("self",))
        thread = locked.select_related("author").defer("document").first()
        if thread is None:
            return 0
        silent = thread.removed or thread.unlisted or thread.private or thread.author.opted_out
        count = 0 if silent else _tell(thread, now)
        if not silent:
            keeping.save_for_followers(thread)
        thread.announce_at, thread.announced_at = None, None if silent else now
        thread.save(update_fields=["announce_at", "announced_at"])
        if count and _is_fresh(thread, now):
            transaction.on_commit(lambda: ring("unroller.notify"), robust=True)
    return count


def reschedule(user: User) -> None:
    """Move what a reader is still to be told to where it belongs by now: after a change of their time zone, or of how
    they want to be told. What should have been told already is told at once."""
    waiting = Notification.objects.filter(user=user, settled_at=None, message=None).select_related("thread")
    with transaction.atomic():
        rows = list(waiting.select_for_update(of=("self",)).defer("thread__document"))
        cadences = dict(Follow.objects.filter(user=user).values_list("author", "cadence"))
        at_once = entitlements.plan_for(user).allows(Feature.INSTANT_MAIL)
        for row in rows:
            wanted = cadences.get(row.thread.author_id, Cadence.HERE)
            due = mornings.after(row.created_at, user.time_zone)
            if wanted == Cadence.INSTANT and at_once and _is_fresh(row.thread, row.created_at):
                row.due_at = row.created_at
            else:
                row.due_at = due.weekly if wanted == Cadence.WEEKLY else due.daily
        Notification.objects.bulk_update(rows, ["due_at"])


def _tell(thread: Thread, now: datetime) -> int:
    """The one statement. Its rows are what readers see of a thread once, so that it may run again and add nothing."""
    rows = _followers(thread).values_list("user", Value(thread.id), Value(now), _due(thread, now), Value(0), Value(""))
    select, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{INSERT} {select} ON CONFLICT DO NOTHING", parameters)
        return int(cursor.rowcount)


def _followers(thread: Thread) -> QuerySet[Follow]:
    """Who is to be told: those who followed before there was anything new to see, and have not seen it."""
    opened = Reading.objects.filter(user=OuterRef("user"), thread=thread)
    return (
        Follow.objects.filter(
            ~Exists(opened),
            author=thread.author_id,
            created_at__lte=thread.changed_at,
            user__is_active=True,
            user__mail_stopped="",
        )
        .exclude(cadence=Cadence.HERE)
        .exclude(user__reader__mail_off=True)
    )


def _due(thread: Thread, now: datetime) -> Expression:
    """When each of them is told. What is due for one reader at one time becomes one mail."""
    zones = Follow.objects.filter(author=thread.author_id).values_list("user__time_zone", flat=True).distinct()
    common = mornings.by_zone(now, zones)
    newcomer = mornings.after(now, "UTC")
    monday = _by_zone(((times.weekly, names) for times, names in common.items()), newcomer.weekly)
    morning = _by_zone(((times.daily, names) for times, names in common.items()), newcomer.daily)
    whens = [When(cadence=Cadence.WEEKLY, then=monday)]
    if _is_fresh(thread, now):
        member = Exists(entitlements.members().filter(id=OuterRef("user")))
        at_once = Q(cadence=Cadence.INSTANT) & member
        whens.append(When(at_once, then=Value(now)))
    return Case(*whens, default=morning)


def _by_zone(times: Iterable[tuple[datetime, list[str]]], otherwise: datetime) -> Case:
    known = (When(user__time_zone__in=names, then=Value(moment)) for moment, names in times)
    return Case(*known, default=Value(otherwise), output_field=DateTimeField())


def _is_fresh(thread: Thread, moment: datetime) -> bool:
    return moment - thread.posted_at < FRESH
