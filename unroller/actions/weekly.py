"""The weekly book: what a reader saved and has not read, as one EPUB, on their Monday morning.

A thread comes in one book only, and when nothing is new there is none. Which threads a book holds is written down
before it is made, so that a worker that takes it over makes the same.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import limits
from accounts.leases import Held
from accounts.models import User
from billing.entitlements import members
from unroller import library, mail
from unroller.actions import books, mornings, taking
from unroller.actions import threads as stored
from unroller.actions.books import TooLarge
from unroller.actions.parcels import QUEUE, Ended, Later, Nothing
from unroller.exports.workshop import Failed
from unroller.models import Bundled, Parcel, Saved, Shelf, Thread

logger = logging.getLogger(__name__)

Weekly = Shelf.Weekly

MOST_THREADS = 50
MOST_LOOKED_AT = 500
"""Saved threads that are looked at for one book: X's may all be too long for what is left of the day."""
MOST_BYTES = {Weekly.KINDLE: 25_000_000, Weekly.MAIL: 18_000_000}
"""Mailboxes take mails of 25 MB, in which a file grows by a third; Amazon takes more."""
AT_ONCE = 200

NOT_MADE = "The weekly book could not be made. We are sorry about that."
HELD_BACK = (
    f"X allows a reader {limits.X_POSTS_INTO_FILES.item.amount} of its posts a day in files. So {{}} of X did not fit; "
    "{} with the next book."
)


class Choice(NamedTuple):
    """What goes into a book, as it was saved, and how much of X has to wait for the next one."""

    threads: list[Thread]
    held_back: int


def settle(user: User, weekly: str, *, kindle: str) -> None:
    """Where a reader's books go, and whether one comes every Monday."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        shelf, _ = Shelf.objects.get_or_create(user=user)
        if not weekly:
            shelf.weekly_at = None
        elif not shelf.weekly_at:
            shelf.weekly_at = _next_monday(user)
        shelf.kindle, shelf.weekly = kindle, weekly
        shelf.save()


def reschedule(user: User) -> None:
    """After a change of their time zone."""
    Shelf.objects.filter(user=user, weekly_at__isnull=False).update(weekly_at=_next_monday(user))


def shelf(stop_token: UUID) -> Shelf | None:
    """Whose weekly book a token in a mail ends."""
    return Shelf.objects.select_related("user").filter(stop_token=stop_token).first()


def stop(shelf: Shelf) -> None:
    """No weekly book any more."""
    Shelf.objects.filter(pk=shelf.pk).update(weekly=Weekly.OFF, weekly_at=None)


def begin_due() -> int:
    """A parcel for everybody whose Monday morning has come; how many. Whoever has no premium now gets none, and gets
    them again as soon as they have."""
    begun = 0
    while moved := _begin_some():
        begun += len(moved)
    return begun


def mail_of(held: Held[Parcel], folder: Path) -> EmailMultiAlternatives:
    """The mail with the book. Raises Later, Ended, Nothing and LostLease."""
    shelf = Shelf.objects.select_related("user").filter(user=held.row.user_id).first()
    to = _address(shelf) if shelf else ""
    if shelf is None or not to:
        raise Nothing
    QUEUE.renew(held, to=to)
    held.row.to = to
    choice = _chosen(held)
    if not choice.threads:
        raise Nothing
    if choice.held_back:
        held.row.sentence = _held_back(choice.held_back)
        QUEUE.renew(held, sentence=held.row.sentence)
    title = _title(held.row, shelf)
    book = _book(held, choice.threads, folder, title=title, most=MOST_BYTES[Weekly(shelf.weekly)])
    return mail.weekly_book(held.row, choice.threads, title=title, book=book, shelf=shelf)


def release(parcel: Parcel) -> None:
    """The threads of a book that was never sent may be in the next."""
    Bundled.objects.filter(parcel=parcel).delete()


def shrink(parcel: Parcel) -> bool:
    """Leave the older half of a book that cannot be made to the next; `parcel` is locked. So it is made in the end, or
    False: it holds one thread, which is the one that spoils books. That one comes in no other while the parcel is kept.
    """
    ids = list(parcel.bundled.order_by("id").values_list("id", flat=True))
    Bundled.objects.filter(id__in=ids[(len(ids) + 1) // 2 :]).delete()
    return len(ids) > 1


def _begin_some() -> list[Shelf]:
    """The next shelves that are due, moved on to their next Monday, with the parcels of those who get one."""
    now = timezone.now()
    with transaction.atomic():
        due = Shelf.objects.select_for_update(skip_locked=True, of=("self",)).filter(weekly_at__lte=now)
        found = list(due.select_related("user").order_by("weekly_at")[:AT_ONCE])
        for each in found:
            each.weekly_at = _next_monday(each.user)
        Shelf.objects.bulk_update(found, ["weekly_at"])
        for each in _wanting(found):
            parcel = Parcel.objects.create(user=each.user, kind=Parcel.Kind.WEEKLY, to=_address(each))
            QUEUE.ring_after_commit(parcel.pk)
    return found


def _wanting(found: list[Shelf]) -> list[Shelf]:
    """Of some shelves, those whose reader may have a book, is not waiting for one, and has saved something new."""
    underway = Parcel.objects.filter(user=OuterRef("pk"), kind=Parcel.Kind.WEEKLY, finished_at=None)
    unseen = ~Exists(Bundled.objects.filter(user=OuterRef("user"), thread=OuterRef("thread")))
    new = Saved.objects.filter(unseen, user=OuterRef("pk"), archived_at=None)
    may = members().filter(~Exists(underway), Exists(new), id__in=[each.user_id for each in found], is_active=True)
    ids = set(may.values_list("id", flat=True))
    return [each for each in found if each.user_id in ids and _address(each)]


def _chosen(held: Held[Parcel]) -> Choice:
    """The threads of a book: those that were written down, or new ones. Those that are gone by now are left out. Raises
    LostLease, and Later when X's posts are used up and nothing else is there."""
    with transaction.atomic():
        row = QUEUE.locked(held)
        ids, held_back = list(row.bundled.values_list("thread", flat=True)), 0
        if not ids:
            ids, held_back = _new(row.user)
            Bundled.objects.bulk_create(Bundled(user=row.user, thread_id=each, parcel=row) for each in ids)
    saved_at = dict(Saved.objects.filter(user=row.user, thread__in=ids).values_list("thread", "saved_at"))
    there = Thread.objects.select_related("author").filter(id__in=saved_at, document__isnull=False)
    return Choice(sorted(there, key=lambda each: (saved_at[each.pk], each.pk)), held_back)


def _new(user: User) -> tuple[list[int], int]:
    """The threads of a new book, those saved last first, and how many of X have to wait. Raises Later."""
    chosen: list[int] = []
    held_back, free_at = 0, None
    for saved in _candidates(user)[:MOST_LOOKED_AT]:
        if len(chosen) == MOST_THREADS:
            break
        until = taking.take(saved.thread, taking.account(user))
        if until is None:
            chosen.append(saved.thread_id)
        else:
            held_back, free_at = held_back + 1, free_at or until
    if not chosen and free_at:
        raise Later(free_at)
    return chosen, held_back


def _candidates(user: User) -> QuerySet[Saved]:
    """What a reader saved, did not read, and had in no book."""
    before = Bundled.objects.filter(user=user, thread=OuterRef("thread"))
    return library.unread(user).filter(~Exists(before), thread__removed="")


def _book(held: Held[Parcel], threads: list[Thread], folder: Path, *, title: str, most: int) -> bytes:
    """Raises Ended and LostLease."""
    read = ((stored.content(each), settings.SITE_URL + each.get_absolute_url()) for each in threads)
    chapters = [(taking.allowed(content), address) for content, address in read if content]
    try:
        found = books.bind(
            chapters,
            folder,
            title=title,
            lines=(
                f"{len(threads)} thread{'' if len(threads) == 1 else 's'}",
                held.row.sentence or "Saved and not read yet",
            ),
            most=most,
            tell=lambda *_: QUEUE.renew(held),
            plain=held.row.plain,
        )
    except (Failed, TooLarge) as error:
        raise Ended(NOT_MADE) from error
    return found.read_bytes()


def _title(parcel: Parcel, shelf: Shelf) -> str:
    day = parcel.created_at.astimezone(mornings.zone(shelf.user.time_zone))
    return f"Your week on {settings.SITE_NAME}, {day:%B %-d, %Y}"


def _held_back(count: int) -> str:
    threads, come = ("1 thread", "it comes") if count == 1 else (f"{count} threads", "they come")
    return HELD_BACK.format(threads, come)


def _address(shelf: Shelf) -> str:
    """Where the weekly book goes; empty when it goes nowhere."""
    if shelf.weekly == Weekly.KINDLE:
        return shelf.kindle
    wants = shelf.weekly == Weekly.MAIL and shelf.user.is_active and not shelf.user.mail_stopped
    return shelf.user.email if wants else ""


def _next_monday(user: User) -> datetime:
    return mornings.after(timezone.now(), user.time_zone).weekly
