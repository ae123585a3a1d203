"""Lists of links from elsewhere: read at once, fetched as the reader's limits allow.

Every post of a list is a row until the reader clears the report, so that nothing is lost. What is here already is
saved at once. Everything else is asked for a few at a time, like links that somebody pastes, and saved when it came.
A row and the library are written in one transaction, so a worker may be killed at any moment.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import limits
from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import Feature, Limit, Plan
from unroller import queries
from unroller.actions import import_rows, jobs, library, unrolling
from unroller.actions.refusals import Refused
from unroller.core import errors
from unroller.core.errors import Broken, UnrollError
from unroller.core.link_lists import LinkList, NoList
from unroller.models import ImportedLink, Job, LibraryImport, Saved, Thread
from unroller.sources.base import PostRef

logger = logging.getLogger(__name__)

MOST_LISTS = 20
"""Reports that one reader keeps at a time."""
LISTS_AT_ONCE = 50
LINKS_AT_ONCE = 100
"""Of one list in one turn, so that every reader's comes to its turn."""
OPEN_AT_ONCE = 3
"""Threads that are fetched for the lists of one reader at a time: other readers wait in the same queue."""
TURN = timedelta(minutes=1)
"""Longer than a turn takes; a list whose worker was killed goes on after it."""
SOON, LATER = timedelta(seconds=5), timedelta(minutes=5)
"""When a list goes on that waits for threads, and one that waits for the hour to pass or for room."""
FETCHING = (Job.State.QUEUED, Job.State.RUNNING)
ENDED = (Job.State.DONE, Job.State.FAILED)

STOPPED = "You stopped this import."
HELD_BACK = "Saved without its tags and notes, which come with premium."
TOO_MANY_LISTS = f"You have {MOST_LISTS} reports of imports here. Please delete one that you no longer need."


class Waits(Refused):
    """A list does not go on for now."""


class Ended(Exception):
    """The row was deleted, or stopped, by its reader meanwhile."""


def bring_in(user: User, found: LinkList) -> LibraryImport:
    """Keep a list, and save what is here already. Raises NoList when it has no link to a post, Refused for too many."""
    taken = import_rows.rows_of(found)
    if not taken.rows:
        raise NoList(import_rows.nothing(found))
    known = import_rows.known(user, list(taken.rows))
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        require_room(user)
        origin = LibraryImport.objects.create(
            user=user, form=found.form, skipped=taken.skipped, skipped_words=taken.names, beyond=taken.beyond
        )
        for ref, row in taken.rows.items():
            row.origin, row.thread_id = origin, known.get(ref)
        ImportedLink.objects.bulk_create(taken.rows.values(), batch_size=1_000)
    _go_on_with(origin)
    return origin


def require_room(user: User) -> None:
    """Raises Refused for a reader who keeps as many reports as anybody may; before a list is read, too."""
    if LibraryImport.objects.filter(user=user).count() >= MOST_LISTS:
        raise Refused(TOO_MANY_LISTS)


def go_on() -> int:
    """Give every list that is due a turn, the longest waiting first; how many there were."""
    due = LibraryImport.objects.filter(look_at__lte=timezone.now(), user__is_active=True)
    return sum(map(_go_on_with, due.select_related("user").order_by("look_at")[:LISTS_AT_ONCE]))


def try_again(origin: LibraryImport) -> None:
    """What failed or was stopped waits again, and so does what was saved without its tags and notes."""
    with transaction.atomic():
        origin.links.filter(state=ImportedLink.State.FAILED).update(
            state=ImportedLink.State.WAITING, sentence="", job=None, thread=None
        )
        origin.links.filter(state=ImportedLink.State.SAVED).exclude(sentence="").update(
            state=ImportedLink.State.WAITING, sentence="", job=None
        )
        LibraryImport.objects.filter(id=origin.id).update(look_at=timezone.now(), sentence="")


def failed() -> QuerySet[LibraryImport]:
    """Lists of which something failed, and which their readers did not stop."""
    links = ImportedLink.objects.filter(origin=OuterRef("pk"), state=ImportedLink.State.FAILED)
    lists = LibraryImport.objects.filter(Exists(links), user__is_active=True)
    return lists.exclude(Exists(links.filter(sentence=STOPPED)))


def stop(origin: LibraryImport) -> None:
    """What waits is asked for no more; threads that are being fetched just now come here, but are not saved."""
    with transaction.atomic():
        _waiting(origin).update(state=ImportedLink.State.FAILED, sentence=STOPPED, job=None)
        LibraryImport.objects.filter(id=origin.id).update(look_at=None, sentence="")


def delete(origin: LibraryImport) -> None:
    """Forget a list and its report. What was saved stays."""
    origin.delete()


def _waiting(origin: LibraryImport) -> QuerySet[ImportedLink]:
    return ImportedLink.objects.filter(origin=origin, state=ImportedLink.State.WAITING)


def _go_on_with(origin: LibraryImport) -> bool:
    """One turn of a list, unless another worker has it. What it waits for afterwards stands in its row."""
    mark = timezone.now() + TURN
    mine = LibraryImport.objects.filter(id=origin.id)
    if not mine.filter(look_at=origin.look_at).update(look_at=mark):
        return False
    pause, sentence = SOON, ""
    try:
        plan = plan_for(origin.user)
        _settle(origin, plan)
        _ask(origin, plan)
    except Refused as error:
        pause, sentence = (SOON if _is_fetching(origin) else LATER), error.sentence
    except Exception:
        logger.exception("import %s", origin.id)
        pause, sentence = LATER, Broken.sentence
    goes_on = _waiting(origin).exists()
    mine.filter(look_at=mark).update(look_at=timezone.now() + pause if goes_on else None, sentence=sentence)
    return True


def _is_fetching(origin: LibraryImport) -> bool:
    return _waiting(origin).filter(job__state__in=FETCHING).exists()


def _settle(origin: LibraryImport, plan: Plan) -> None:
    """Save the threads that are here, and write down what failed. Raises LibraryFull."""
    ready = _waiting(origin).filter(Q(thread__isnull=False) | Q(job__state__in=ENDED)).order_by("id")
    ready = ready.select_related("thread", "job__thread")
    for row in ready.defer("thread__document", "job__recording", "job__thread__document")[:LINKS_AT_ONCE]:
        with suppress(Ended):
            _settle_row(origin.user, row, plan=plan)


def _settle_row(user: User, row: ImportedLink, *, plan: Plan) -> None:
    """One link whose thread is here, or is not coming. Raises LibraryFull, Ended."""
    thread = row.thread or (row.job.thread if row.job else None)
    if row.job and row.job.state == Job.State.FAILED:
        _end(row, ImportedLink.State.FAILED, sentence=row.job.sentence)
    elif thread is None or not _is_for(user, thread):
        _look_anew(row)
    elif thread.removed:
        _end(row, ImportedLink.State.FAILED, sentence=_why_gone(thread))
    else:
        _save(user, row, thread, plan=plan)


def _is_for(user: User, thread: Thread) -> bool:
    """Whether a thread is everybody's, or a private one of the reader's own."""
    return not thread.private or queries.own_private_threads(user).filter(id=thread.pk).exists()


def _look_anew(row: ImportedLink) -> None:
    """Its thread has become a part of another one, or is a private one of others."""
    ImportedLink.objects.filter(id=row.id).update(job=None, thread=None)


def _save(user: User, row: ImportedLink, thread: Thread, *, plan: Plan) -> None:
    """Into the library with what the list says about it, as far as the plan goes. Raises LibraryFull, Ended."""
    tools = plan.allows(Feature.LIBRARY_TOOLS)
    held_back = bool(row.tags or row.note) and not tools
    said: dict[str, Any] = {"tags": row.tags, "note": row.note} if tools else {}
    saved_at = min(row.saved_at, timezone.now()) if row.saved_at else None
    try:
        with transaction.atomic():
            library.save(user, thread, saved_at=saved_at, favorite=row.favorite, archived=row.archived, **said)
            _end(row, ImportedLink.State.SAVED, thread=thread, sentence=HELD_BACK if held_back else "")
    except library.LibraryFull:
        raise
    except library.CannotSave:
        _look_anew(row)


def _end(row: ImportedLink, state: str, **values: Any) -> None:
    """The end of a row that still waits. Raises Ended."""
    waiting = ImportedLink.objects.filter(id=row.id, state=ImportedLink.State.WAITING)
    if not waiting.update(state=state, **values):
        raise Ended


def _ask(origin: LibraryImport, plan: Plan) -> None:
    """Have the next threads fetched, a few at a time. Raises Waits, LibraryFull."""
    mine = ImportedLink.objects.filter(origin__user=origin.user, state=ImportedLink.State.WAITING)
    busy = mine.filter(job__state__in=FETCHING).count()
    kept = Saved.objects.filter(user=origin.user).count()
    for row in _waiting(origin).filter(thread=None, job=None).order_by("id")[:LINKS_AT_ONCE]:
        if busy >= OPEN_AT_ONCE or kept < plan.limit(Limit.SAVED) <= kept + busy:
            return
        ref = PostRef(row.source, row.key)
        thread = _here(origin.user, ref)
        if thread is not None:
            ImportedLink.objects.filter(id=row.id).update(thread=thread)
            continue
        if kept >= plan.limit(Limit.SAVED):
            raise library.LibraryFull(library.full(plan, kept))
        if queries.open_job(ref) is None:
            _spend(origin.user, plan)
        with transaction.atomic():
            job = jobs.enqueue(ref, why=Job.Why.ASKED, link=row.link)
            ImportedLink.objects.filter(id=row.id).update(job=job)
        busy += 1


def _here(user: User, ref: PostRef) -> Thread | None:
    """The thread of a post, where nothing has to be fetched. A private one of the reader's own is never asked for: that
    would make it everybody's."""
    own = queries.own_private_place(user, ref)
    place = own or queries.member(ref)
    return place.thread if place is not None and (own or not unrolling.may_be_back(place.thread)) else None


def _spend(user: User, plan: Plan) -> None:
    """Count one new unroll. Raises Waits.

    Members have one count with the links they paste. What free readers paste is counted by their address, and a worker
    knows no address, so their lists are counted by account.
    """
    an_hour = plan.limit(Limit.UNROLLS)
    who = f"member {user.pk}" if plan.name == "premium" else f"reader {user.pk}"
    if not limits.spend(limits.unrolls(an_hour), who):
        raise Waits(f"{an_hour:,} new threads an hour are unrolled for you; the rest waits for its turn.")


def _why_gone(thread: Thread) -> str:
    kind = getattr(errors, thread.removed, UnrollError)
    return str(kind(network=thread.get_source_display()).for_reader)
