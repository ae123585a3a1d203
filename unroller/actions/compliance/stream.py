"""Bluesky as it happens: every minute its stream is read from where the last turn ended up to the present.

The rounds ask for everything all the same, each thread once in 20 hours: they find what no stream tells (labels, cards
of people who have no thread here) and keep the promise of a day while it is away. Where the stream cannot vouch for a
span of time, they are told to ask for everything at once.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from unroller import networks, queries
from unroller.actions.compliance import sweeps, vanished
from unroller.core.errors import Broken, NotConfigured, UnrollError
from unroller.models import Author, Member, Sweep, Thread
from unroller.models.threads import Quoted
from unroller.sources.bluesky import jetstream
from unroller.sources.bluesky.jetstream import MOST_DIDS, Fate, Jetstream, News
from unroller.sources.presence import Reason

logger = logging.getLogger(__name__)

SOURCE = "bluesky"
OVERLAP = timedelta(seconds=5)
"""What is told twice, so that nothing is missed between two turns; it is noted once."""
REACH = timedelta(hours=36)
"""The stream keeps no more, and does not say so."""
DOUBTFUL = timedelta(minutes=10)
"""Where a turn's first event is later than that after what was asked for, nobody knows whether nothing happened in
between, or whether the server kept nothing of it. Where that is so often, few people are asked for, and the rounds are
short."""
MOST_CONNECTIONS = 10
"""In one turn, one after the other. Of more accounts than they can ask for, the rounds alone hear."""
LEASE = timedelta(minutes=15)
"""Longer than a task may take."""
LONGEST_WAIT = timedelta(minutes=15)
AT_ONCE = 500
"""Posts that the database is asked for at once."""


class Told(NamedTuple):
    """What all connections of a turn told together.

    One cursor (microseconds since 1970) serves them all, since accounts come and go and the next turn shares them out
    otherwise: it stands where the slowest connection ended. What others told after that is told again.
    """

    cursor: int
    posts: Mapping[str, Fate]
    accounts: Mapping[str, Reason | None]
    is_whole: bool
    has_gap: bool
    error: UnrollError | None


def go_on() -> None:
    """Read the stream for a turn and write down what it told. Does nothing while another worker does."""
    stream = networks.jetstream()
    if stream is None:
        off = {"error": NotConfigured.__name__, "failures": 0}
        Sweep.objects.update_or_create(look=Sweep.Look.STREAM, defaults=off, create_defaults=_due() | off)
        return
    row = sweeps.taken(Sweep.Look.STREAM, LEASE)
    if row is None:
        return
    told = _read(stream, int(row.cursor) if row.cursor.isdecimal() else jetstream.now())
    with transaction.atomic():
        mine = Sweep.objects.select_for_update().filter(look=row.look, turn=row.turn).first()
        if mine is not None:
            _note(told)
            _end(mine, told)


def _read(stream: Jetstream, cursor: int) -> Told:
    """Everything that was told since `cursor` of the accounts that have threads here."""
    is_lost = jetstream.now() - cursor > _micros(REACH)
    since = jetstream.now() if is_lost else cursor
    heard: list[News] = []
    for dids in _shares():
        is_away = any(each.error for each in heard)
        heard.append(News(since) if is_away else _heard(stream, dids, since - _micros(OVERLAP)))
    return Told(
        cursor=min((max(each.reached, since) for each in heard), default=jetstream.now()),
        posts={path: fate for each in heard for path, fate in each.posts.items()},
        accounts={did: reason for each in heard for did, reason in each.accounts.items()},
        is_whole=all(each.is_whole for each in heard),
        has_gap=is_lost or any(each.first and each.first - since > _micros(DOUBTFUL) for each in heard),
        error=next((each.error for each in heard if each.error), None),
    )


def _heard(stream: Jetstream, dids: list[str], since: int) -> News:
    try:
        return stream.read(dids, since)
    except Exception as error:
        logger.exception("reading Bluesky's stream")
        return News(since, error=Broken(str(error)))


def _shares() -> Iterator[list[str]]:
    """Who has threads here, as many at a time as one connection can ask for."""
    theirs = Thread.objects.filter(author=OuterRef("pk"), removed="")
    rows = Author.objects.filter(Exists(theirs), source=SOURCE).order_by("-id")
    dids = list(rows.values_list("network_id", flat=True)[: MOST_DIDS * MOST_CONNECTIONS])
    for start in range(0, len(dids), MOST_DIDS):
        yield dids[start : start + MOST_DIDS]


def _note(told: Told) -> None:
    """Write down what concerns something that is here, in the caller's transaction."""
    paths = sorted(told.posts)
    for start in range(0, len(paths), AT_ONCE):
        part = {path: told.posts[path] for path in paths[start : start + AT_ONCE]}
        vanished.note_news(SOURCE, part, _shown(part), by="stream")
    threads = Thread.objects.filter(source=SOURCE, removed="")
    gone = [did for did, reason in told.accounts.items() if reason]
    for did in threads.filter(author__network_id__in=gone).values_list("author__network_id", flat=True).distinct():
        vanished.note(SOURCE, reason=told.accounts[did] or "", by="stream", author_id=did)
    back = [did for did, reason in told.accounts.items() if not reason]
    threads.filter(author__network_id__in=back).update(look_at=timezone.now())
    if told.has_gap:
        count = threads.filter(look_at__gt=timezone.now()).update(look_at=timezone.now())
        logger.warning("Bluesky's stream has a gap: %d threads are asked for now instead of in their turn", count)


def _shown(posts: Mapping[str, Fate]) -> dict[str, datetime]:
    """Of these posts (by path) those that are here, and when what shows them was fetched. One that was edited matters
    only in its own thread."""
    places = Member.objects.filter(source=SOURCE, path__in=list(posts), thread__removed="")
    found = dict(places.values_list("path", "thread__fetched_at"))
    cards = {queries.card_id(SOURCE, path): path for path, fate in posts.items() if fate == "deleted"}
    rows = queries.showing_cards(SOURCE, cards).annotate(cards=Quoted("document"))
    for shown, at in rows.values_list("cards", "fetched_at"):
        for path in (cards[uri] for uri in shown if uri in cards):
            found[path] = max(at, found.get(path, at))
    return found


def _end(row: Sweep, told: Told) -> None:
    """How far it was read, and when it is read again, in the transaction that wrote down what was told."""
    now = timezone.now()
    row.cursor, row.turn, row.due_at = str(told.cursor), row.turn + 1, now
    row.ended_at = now if told.is_whole else row.ended_at
    row.failures = row.failures + 1 if told.error else 0
    row.error = told.error.code[:40] if told.error else ""
    if told.error:
        row.due_at += min(timedelta(minutes=1) * 2.0 ** min(row.failures - 1, 10), LONGEST_WAIT)
        logger.warning("Bluesky's stream: %s", told.error)
    row.save()


def _due() -> dict[str, object]:
    return {"due_at": timezone.now()}


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
