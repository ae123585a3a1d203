"""An author wants nothing of theirs here: everything goes, and the refusal stays.

The refusal is written first and by itself, so that nothing of theirs comes in any more. What is here then goes in small
transactions. `Author.emptied_at` says when nothing was left; until then a clock goes on where a killed worker stopped.
"""

from django.db import transaction
from django.db.models import Func, JSONField, Q, QuerySet
from django.utils import timezone

from accounts.leases import free
from unroller import queries
from unroller.actions import profiles, refusing, requests, threads, withdrawing
from unroller.core.errors import Allowed, OptedOut
from unroller.models import (
    Archive,
    ArchivedThread,
    Author,
    Chain,
    Claim,
    Follow,
    Job,
    Lookup,
    Member,
    Mention,
    Notification,
    Thread,
    Watch,
)
from unroller.models.threads import SourceKey
from unroller.pseudonyms import pseudonym, pseudonyms
from unroller.queries import open_jobs

AT_ONCE = 100
"""Threads that go while the author waits; a worker takes the rest."""
SLICE = 1_000
"""Threads of others that are looked through with one query."""
NAME = "An author who opted out"
ON_CARDS = "$.**.author ? (@.id == $id)"


class Names(Func):
    """The handles of everybody whose words a document shows, as a JSON array."""

    template = "jsonb_path_query_array(%(expressions)s, '$.**.author.handle')"
    output_field = JSONField()


def opt_out(author: Author) -> None:
    """From now on nothing of theirs comes in, and what is here goes. Their followers are told nothing.

    The handle is not kept either, since it names a person: a keyed digest stands in its place, by which their page
    here still says that they want nothing of theirs on it.
    """
    with transaction.atomic():
        # Watches first, as a look at them does.
        list(Watch.objects.select_for_update().filter(author__in=_same(author)).order_by("author_id"))
        rows = list(_same(author).select_for_update(no_key=True).order_by("id"))
        for row in rows:
            if not row.opted_out:
                row.handle = pseudonym(row.source, row.handle)
            row.opted_out, row.emptied_at, row.name, row.avatar, row.url = True, None, NAME, "", ""
            row.save()
        refusing.close(author.source)
        Chain.objects.filter(author__in=rows).delete()
        Watch.objects.filter(author__in=rows).delete()
        Follow.objects.filter(author__in=rows).delete()
    for row in rows:
        clear(row, AT_ONCE)
        _forget_known_cards(row, SLICE)


def opt_in(author: Author) -> None:
    """Their threads may be unrolled again, by whoever has a link. Nothing comes back by itself."""
    with transaction.atomic():
        for row in _same(author).select_for_update(no_key=True).order_by("id"):
            row.opted_out, row.emptied_at = False, None
            row.save()
            Thread.objects.filter(author=row, removed=OptedOut.__name__).update(removed=Allowed.__name__)


def clear(author: Author, most: int) -> int:
    """Take away up to `most` threads of an author who opted out, each by itself; how many went."""
    ids = _living(author).order_by("-id").values_list("id", flat=True)[:most]
    return sum(_take(thread_id) for thread_id in list(ids))


def go_on() -> int:
    """Do what is left to do for authors who opted out; for how many. A killed worker repeats a little."""
    waiting = Author.objects.filter(opted_out=True, emptied_at=None)
    count = 0
    for author in waiting.order_by("id"):
        _join_copies(author)
        while clear(author, AT_ONCE):
            pass
        _clear_around(author)
        _take_back(author)
        forget_cards(author)
        with transaction.atomic():
            row = Author.objects.select_for_update(no_key=True).get(pk=author.pk)
            if row.opted_out and not _living(row).exists():
                row.emptied_at = timezone.now()
                row.save(update_fields=["emptied_at"])
                count += 1
    return count


def forget_cards(author: Author) -> int:
    """Words of theirs on cards in threads of others go; in how many threads.

    Those of posts that were here are found by an index. It has the posts' ids and not who wrote them, so for the others
    each thread is looked at once.
    """
    count = _forget_known_cards(author)
    others = Thread.objects.filter(source=author.source, document__isnull=False).exclude(author=author)
    last = 0
    while ids := list(others.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:SLICE]):
        last = ids[-1]
        found = others.filter(id__in=ids).extra(  # a path of jsonb has no lookup of its own
            where=["jsonb_path_exists(document, %s::jsonpath, jsonb_build_object('id', %s::text))"],
            params=[ON_CARDS, author.network_id],
        )
        if author.source == SourceKey.MASTODON:
            found = found | others.filter(id__in=_naming(author, ids))
        for thread_id in list(found.values_list("id", flat=True)):
            count += _cleaned(thread_id)
    return count


def _naming(author: Author, ids: list[int]) -> list[int]:
    """Those threads whose cards may name them by another server's number: found by their handle, as far as it is known
    by its digest."""
    told = Thread.objects.filter(id__in=ids).annotate(names=Names("document")).values_list("id", "names")
    return [id_ for id_, names in told if any(author.handle in pseudonyms(author.source, name) for name in set(names))]


def _same(author: Author) -> QuerySet[Author]:
    """Their row; and on Mastodon those that other servers' copies of their profile have here."""
    mine = Q(pk=author.pk)
    if author.source == SourceKey.MASTODON:
        handle = Author.objects.values_list("handle", flat=True).get(pk=author.pk)
        mine |= Q(source=author.source, handle__iexact=handle)
    return Author.objects.filter(mine)


def _join_copies(author: Author) -> None:
    """A copy of their profile that was written down in the moment of the refusal refuses, too."""
    if author.source == SourceKey.MASTODON:
        for row in queries.in_slices(Author.objects.filter(source=author.source, opted_out=False), SLICE):
            if author.handle in pseudonyms(row.source, row.handle):
                opt_out(row)


def _forget_known_cards(author: Author, most: int | None = None) -> int:
    """Cards of their posts that were here, or of the last `most` of these; in how many threads."""
    paths = Member.objects.filter(thread__author=author).order_by("-id").values_list("path", flat=True)[:most]
    cards = [queries.card_id(author.source, path) for path in paths]
    slices = (cards[start : start + SLICE] for start in range(0, len(cards), SLICE))
    found = (queries.showing_cards(author.source, each).values_list("id", flat=True) for each in slices)
    return sum(_cleaned(thread_id) for ids in found for thread_id in list(ids))


def _living(author: Author) -> QuerySet[Thread]:
    return Thread.objects.filter(author=author).exclude(removed__in=profiles.FINAL)


def _take(thread_id: int) -> bool:
    with transaction.atomic():
        refusing_still = Author.objects.filter(threads=thread_id, opted_out=True)
        if refusing_still.select_for_update(no_key=True, of=("self",)).first() is None:
            return False
        row = Thread.objects.select_for_update().filter(id=thread_id).first()
        if row is None or row.removed in profiles.FINAL:
            return False
        ArchivedThread.objects.filter(thread=row).delete()
        Job.objects.filter(thread=row).update(recording=None, link="")
        now = timezone.now()
        unsent = Notification.objects.filter(free(), thread=row, settled_at=None)
        unsent.update(settled_at=now, outcome=Notification.Outcome.GONE)
        threads.remove(row, profiles.named(row, OptedOut()))
    return True


def _take_back(author: Author) -> None:
    """Files of readers that hold words of theirs: once more, since one may have been finished in the moment in which a
    worker was killed."""
    gone = Thread.objects.filter(author=author, removed=OptedOut.__name__).defer("document")
    for row in queries.in_slices(gone, AT_ONCE):
        with transaction.atomic():
            withdrawing.withdraw(row)


def _clear_around(author: Author) -> None:
    """What names them beside their threads: what they asked the bot for, claims of their profile that are over, and
    searches for it. Fetches of this network that wait begin anew: whose posts they brought home is not known before
    they are done, and asking twice costs little."""
    asked = Mention.objects.filter(source=author.source, asker_id=author.network_id, finished_at__isnull=False)
    asked.update(**requests.NOBODYS)
    Lookup.objects.filter(author=author, finished_at__isnull=False).delete()
    over = Claim.objects.filter(author=author, finished_at__isnull=False)
    over.update(text="", key="", post_link="", words="")
    if author.source == SourceKey.X:
        Archive.objects.filter(Q(author=author) | Q(account_id=author.network_id)).delete()
    waiting = open_jobs().filter(source=author.source, recording__isnull=False, state=Job.State.QUEUED)
    waiting.update(recording=None)


def _cleaned(thread_id: int) -> bool:
    with transaction.atomic():
        row = Thread.objects.select_for_update(of=("self",)).select_related("author").filter(id=thread_id).first()
        found = threads.content(row) if row else None
        return row is not None and found is not None and threads.bury(row, refusing.refused_cards(found))
