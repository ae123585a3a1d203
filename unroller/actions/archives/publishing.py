"""An archive whose account its reader proved later: its private threads become everybody's, one after the other."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.leases import Held
from unroller import asked
from unroller.actions import threads
from unroller.actions.archives import placing, storing
from unroller.actions.archives.queue import QUEUE
from unroller.actions.refusals import Refused
from unroller.models import Archive, ArchivedThread, Author, Thread

NOT_PROVED = "Show first that this account is yours: claim its profile, or sign in with X."
NOT_NOW = "This archive is not ready to be published."


def is_proved(archive: Archive) -> bool:
    """Whether the account of an archive is its reader's; two queries."""
    return (storing.SOURCE, archive.account_id) in asked.identities(archive.user)


def publish(archive: Archive) -> None:
    """Have the private threads of an archive that is done published by a worker. Raises Refused."""
    if not is_proved(archive):
        raise Refused(NOT_PROVED)
    done = Archive.objects.filter(pk=archive.pk, state=Archive.State.DONE, is_public=False)
    fresh = {"attempts": 0, "not_before": None, "leased_until": None, "rung_at": None, "error": "", "sentence": ""}
    if not done.update(state=Archive.State.PUBLISHING, is_public=True, finished_at=None, **fresh):
        raise Refused(NOT_NOW)
    QUEUE.ring(archive.pk)


def go_on(held: Held[Archive], *, is_over: Callable[[], bool]) -> bool:
    """Publish thread by thread; whether all are done. Raises OptedOut, LostLease."""
    if not is_proved(held.row):
        return True
    storing.require_consent(held.row.account_id)
    rows = ArchivedThread.objects.filter(archive=held.row.pk, thread__private=True).order_by("id")
    for owned_id in list(rows.values_list("id", flat=True)):
        if is_over():
            return False
        _publish_one(held, owned_id)
    return True


def author_of(archive: Archive) -> Author | None:
    """The author's row, once a thread of theirs is here."""
    return Author.objects.filter(source=storing.SOURCE, network_id=archive.account_id).first()


def _publish_one(held: Held[Archive], owned_id: int) -> None:
    with transaction.atomic():
        archive = QUEUE.locked(held)
        owned = ArchivedThread.objects.filter(id=owned_id).values("thread")
        private = Thread.objects.select_for_update().filter(pk__in=owned, private=True).first()
        content = threads.content(private) if private is not None else None
        if private is not None and content is not None:
            everybodys = placing.by(placing.for_everybody(content, archive.user_id), private.author)
            stored = storing.publish(archive, everybodys)
            _count(archive, stored.outcome)
            if stored.thread is not None:
                threads.unite(stored.thread, private)
                storing.clear_places(archive.user_id, stored.thread)
        archive.leased_until = timezone.now() + QUEUE.lease
        archive.save(update_fields=["leased_until", "report"])


def _count(archive: Archive, outcome: storing.Outcome) -> None:
    published = archive.report.setdefault("published", {})
    published[outcome] = published.get(outcome, 0) + 1
