"""What operators decide about threads and their authors: hidden, shown again, removed for good, banned.

A hidden thread is a removed one whose words wait in a row of their own: so everything that honors a removal (lists,
search, feeds, files, mails, the API, readers' libraries) honors this, too.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from unroller import kept, store
from unroller.actions import jobs, keeping, refusing, threads
from unroller.core import shown
from unroller.core.errors import MODERATED, Banned, Hidden, Readmitted, Removed
from unroller.core.posts import Thread as Content
from unroller.core.posts import from_document
from unroller.models import Author, Case, Chain, Hiding, Job, Thread, Watch, WithheldMedium
from unroller.models.threads import SourceKey
from unroller.queries import open_jobs
from unroller.sources.base import PostRef

logger = logging.getLogger(__name__)

KEPT = timedelta(days=30)
"""How long the words of a hidden thread wait. Shown again after that, it is fetched anew."""
KEPT_OF_X = timedelta(hours=24)
"""What was deleted on X has to be gone within a day, and nobody asks X about what is hidden."""
AT_ONCE = 100
"""Threads of an author that go, or come back, while the operator waits; a worker takes the rest."""


def words(thread: Thread) -> Content | None:
    """The words of a thread for operators: of a hidden one those that wait. Whoever objects is answered by somebody who
    read them."""
    document = Hiding.objects.filter(thread=thread, document__isnull=False).values_list("document", flat=True).first()
    return from_document(document) if document is not None else threads.content(thread)


def hide(thread_id: int, reason: str) -> bool:
    """Take a thread from everybody's eyes until it is shown again, whatever becomes of a ban of its author; False when
    there was nothing to hide."""
    with transaction.atomic():
        thread = _locked(thread_id, Q(removed="") | Q(removed=Banned.__name__))
        if thread is not None:
            _withhold(thread)
            if thread.removed:
                _hide_for_itself(thread, reason)
            else:
                _hide(thread, Hidden(), reason)
    return thread is not None


def show_again(thread_id: int) -> bool:
    """Show a hidden thread again, and ask its network at once what became of it; without its words it is fetched anew.
    False when it is not hidden, or its author is banned."""
    with transaction.atomic():
        thread = _show(thread_id)
        if thread is None:
            return False
        if not thread.private:
            threads.forget_pages_of(thread.author)
        if not thread.path.startswith("~"):  # no network knows what came out of an archive
            jobs.enqueue(PostRef(thread.source, thread.path), why=Job.Why.CHECK, thread=thread)
    return True


def remove(thread_id: int) -> bool:
    """Remove a thread for good, hidden or not; False when it was removed before."""
    with transaction.atomic():
        thread = _locked(thread_id, Q(removed="") | Q(removed__in=MODERATED))
        if thread is not None:
            _withhold(thread)
            threads.remove(thread, Removed())
    return thread is not None


def ban(author: Author) -> bool:
    """Show nothing of an author any more, and fetch nothing; False when they were banned, or opted out. Followers stay
    and are told nothing. `hide_threads` is to follow, after the commit."""
    with transaction.atomic():
        list(Watch.objects.select_for_update().filter(author__in=_same(author)).order_by("author_id"))
        rows = list(_same(author).select_for_update(no_key=True).filter(banned=False, opted_out=False).order_by("id"))
        Author.objects.filter(id__in=[row.pk for row in rows]).update(banned=True)
        Chain.objects.filter(author__in=rows).delete()
        waiting = open_jobs().filter(source=author.source, recording__isnull=False, state=Job.State.QUEUED)
        waiting.filter(thread__author__in=rows).update(recording=None)
    return bool(rows)


def hide_threads(author: Author, reason: str) -> None:
    """Hide what is here of somebody who was banned, as much as an operator waits for; the clock does the rest."""
    with _or_later():
        for row in _same(author).filter(banned=True):
            _hide_all(row, reason)


def lift(author: Author) -> bool:
    """Let an author be read again; False when they were not banned. `show_threads` is to follow, after the commit."""
    with transaction.atomic():
        rows = list(_same(author).select_for_update(no_key=True).filter(banned=True).order_by("id"))
        Author.objects.filter(id__in=[row.pk for row in rows]).update(banned=False)
    return bool(rows)


def has_words(author: Author) -> bool:
    """Whether anything that was hidden with somebody can be shown without being fetched anew, if anything was."""
    hidden = Hiding.objects.filter(thread__author__in=_same(author), with_author=True)
    return hidden.filter(document__isnull=False).exists() or not hidden.exists()


def show_threads(author: Author) -> None:
    """Show what was hidden with somebody whose ban is over, as far as its words are still here; in the same way."""
    with _or_later():
        for row in _same(author).filter(banned=False):
            _show_all(row)


def go_on() -> int:
    """Do what is left to do of bans and of their ends, and let go of words that waited for long; for how many."""
    count = _let_go()  # first: it is promised for a day, whatever becomes of the rest
    standing = Thread.objects.filter(author__banned=True, removed="").values("author")
    for author in Author.objects.filter(id__in=standing):
        reason = _why(author)
        while done := _hide_all(author, reason):
            count += done
    ended = Hiding.objects.filter(with_author=True, thread__author__banned=False, thread__author__opted_out=False)
    for author in Author.objects.filter(id__in=ended.values("thread__author")):
        while done := _show_all(author):
            count += done
    return count


@contextmanager
def _or_later() -> Iterator[None]:
    """Without Redis no stored page can be taken back: what is left to do waits for the clock."""
    try:
        yield
    except store.Unavailable as error:
        logger.warning("threads of an author wait for the clock: %s", error)


def _locked(thread_id: int, standing: Q) -> Thread | None:
    """A thread, if it stands so, for the caller's transaction; its author first, as whoever stores threads does it."""
    authors = Author.objects.filter(threads=thread_id)
    if authors.select_for_update(no_key=True, of=("self",)).first() is None:
        return None
    return Thread.objects.select_for_update().filter(standing, id=thread_id).first()


def _show(thread_id: int) -> Thread | None:
    """Give a hidden thread its words again, in the caller's transaction; nobody is asked about it."""
    thread = _locked(thread_id, Q(removed__in=MODERATED))
    if thread is None or thread.author.banned or thread.author.opted_out:
        return None
    hiding = Hiding.objects.filter(thread=thread).first()
    if hiding is not None and hiding.document is not None:
        threads.bring_back(thread, refusing.without_refused(from_document(hiding.document)))
    else:
        Thread.objects.filter(id=thread.pk).update(removed=Readmitted.__name__)
    Hiding.objects.filter(thread=thread).delete()
    WithheldMedium.objects.filter(thread=thread).delete()
    return thread


def _hide(thread: Thread, error: Hidden | Banned, reason: str) -> None:
    document = thread.document
    threads.remove(thread, error)
    Hiding.objects.create(thread=thread, document=document, reason=reason, with_author=isinstance(error, Banned))


def _hide_for_itself(thread: Thread, reason: str) -> None:
    """Of a thread that is hidden with its author: it stays so when their ban is over."""
    Hiding.objects.filter(thread=thread).update(reason=reason, with_author=False)
    Thread.objects.filter(pk=thread.pk).update(removed=Hidden.__name__)
    threads.forget_page(thread)


def _withhold(thread: Thread) -> None:
    """Have its pictures handed out to nobody who knows their addresses here: their network goes on to show them. Not so
    those of a banned author: cards in threads of others stay, with their pictures."""
    content = words(thread)
    digests = sorted(map(kept.digest_of, shown.own(content))) if content is not None else []
    rows = [WithheldMedium(thread=thread, digest=digest) for digest in digests]
    WithheldMedium.objects.bulk_create(rows, ignore_conflicts=True)


def _hide_all(author: Author, reason: str) -> int:
    """Up to AT_ONCE threads of somebody who is banned, each by itself; how many."""
    ids = Thread.objects.filter(author=author, removed="").order_by("-id").values_list("id", flat=True)[:AT_ONCE]
    return sum(_hide_of_banned(thread_id, reason) for thread_id in list(ids))


def _why(author: Author) -> str:
    """Why somebody is banned: as it stands with what was hidden already, or in the case in which it was decided."""
    hidden = Hiding.objects.filter(thread__author__in=_same(author), with_author=True).exclude(reason="")
    about = Q(author__in=_same(author)) | Q(thread__author__in=_same(author))
    decided = Case.objects.filter(about, decision=Case.Decision.BANNED).order_by("-decided_at", "-id")
    return hidden.values_list("reason", flat=True).first() or decided.values_list("words", flat=True).first() or ""


def _hide_of_banned(thread_id: int, reason: str) -> bool:
    with transaction.atomic():
        banned = Author.objects.filter(threads=thread_id, banned=True)
        if banned.select_for_update(no_key=True, of=("self",)).first() is None:
            return False
        thread = Thread.objects.select_for_update().filter(id=thread_id, removed="").first()
        if thread is not None:
            _hide(thread, Banned(), reason)
    return thread is not None


def _show_all(author: Author) -> int:
    """Up to AT_ONCE threads of somebody whose ban is over, each by itself; how many. Their networks are not asked: one
    call for each would cost money at X."""
    mine = Hiding.objects.filter(thread__author=author, thread__removed=Banned.__name__).order_by("-thread_id")
    count = sum(_show_of_author(thread_id) for thread_id in list(mine.values_list("thread_id", flat=True)[:AT_ONCE]))
    if count:
        with transaction.atomic():
            threads.forget_pages_of(author)
    return count


def _show_of_author(thread_id: int) -> bool:
    with transaction.atomic():
        return _show(thread_id) is not None


def _let_go() -> int:
    """Words that waited for long."""
    now = timezone.now()
    old = Q(hidden_at__lt=now - KEPT) | Q(hidden_at__lt=now - KEPT_OF_X, thread__source=SourceKey.X)
    fetchable = Hiding.objects.filter(old, document__isnull=False).exclude(thread__path__startswith="~")
    with_copies = list(fetchable.filter(thread__keeping__isnull=False).values_list("thread", flat=True))
    count = sum(_let_go_of(thread_id, fetchable) for thread_id in with_copies)
    return count + fetchable.update(document=None)


def _let_go_of(thread_id: int, rows: QuerySet[Hiding]) -> int:
    """The words of one thread, and what its author brought for it."""
    with transaction.atomic():
        thread = Thread.objects.select_for_update(no_key=True).defer("document").filter(id=thread_id).first()
        count = rows.filter(thread=thread_id).update(document=None)
        if thread is not None and count:
            keeping.discard(thread)
    return count


def _same(author: Author) -> QuerySet[Author]:
    """Their row; and on Mastodon those that other servers' copies of their profile have here."""
    mine = Q(pk=author.pk)
    if author.source == SourceKey.MASTODON:
        mine |= Q(source=author.source, handle__iexact=author.handle)
    return Author.objects.filter(mine)
