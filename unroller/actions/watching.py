"""Looking at followed authors: whose time has come, and what they wrote since. Once for all followers of each.

`Watch.due_at` is schedule and lease in one, `Watch.turn` the fence (docs/decisions/0008): who takes a row and who is
done with it both raise the turn, so that a bell that rings twice, or late, finds another number and does nothing.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import random
from time import monotonic

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import tallies
from accounts.bell import ring
from unroller import networks, store
from unroller.actions import chains, patience, resting, threads
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, NotConfigured, OutOfCredits, RateLimited, Unreachable, UnrollError
from unroller.core.posts import Person
from unroller.models import Author, Chain, Follow, Watch
from unroller.sources.budget import BREAKER
from unroller.sources.following import Recent
from unroller.sources.recording import Raw, Recorder

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=7)
"""After so long a claimed author is taken again: the bell was lost, or the worker died. Much longer than a look may
take, since a bell stands in line before that."""
FARTHEST = timedelta(days=8)
"""Nobody waits for longer than a week: who does was written down by a clock that was wrong."""
QUEUE = "look"
LEAST_AT_A_TICK, MOST_AT_A_TICK = 20, 1_000
"""Looks that a tick of the clock begins, every two seconds: twice as many as the last one while the workers were done
with those, half as many while some still wait, since people whom readers name stand in the same queue."""
PACE = "watching:pace"
SHARE = 12
"""The next look comes after this part of the silence so far."""
SPREAD = 0.1
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
PATIENCE = 7
"""Refusals in a row, a day apart, after which an author is only looked at once a week."""

CLAIM = """
WITH due AS (
    SELECT watch.author_id FROM unroller_watch watch JOIN unroller_author author ON author.id = watch.author_id
    WHERE watch.due_at <= %(now)s AND NOT author.unlisted AND NOT author.opted_out
    AND NOT author.banned
    ORDER BY watch.due_at LIMIT %(most)s FOR UPDATE OF watch SKIP LOCKED
)
UPDATE unroller_watch watch SET due_at = %(until)s, turn = watch.turn + 1
FROM due WHERE watch.author_id = due.author_id RETURNING watch.author_id, watch.turn
"""


def followable() -> Q:
    """Of watches, those whose authors may be looked at."""
    return Q(author__unlisted=False, author__opted_out=False, author__banned=False)


def claim_due(most: int = MOST_AT_A_TICK) -> int:
    """Take the authors whose time has come and ring for each; how many."""
    now, room = timezone.now(), min(_room(), most)
    if room <= 0:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        Watch.objects.filter(due_at__gt=now + FARTHEST).update(due_at=now)
        cursor.execute(CLAIM, {"now": now, "most": room, "until": now + LEASE})
        claimed = cursor.fetchall()
        transaction.on_commit(lambda: _ring(claimed), robust=True)
    _remember(len(claimed))
    return len(claimed)


def look(watch: Watch) -> Recent:
    """Ask the network what an author wrote since the last look. Raises UnrollError."""
    author = watch.author
    raw = Raw(source=author.source, key=author.network_id)
    web = Recorder(raw, networks.http(), budget=SharedBudget(), seconds=patience.LOOK_SECONDS)
    network = networks.followables()[author.source]
    since = watch.last_post_at or watch.created_at
    return network.recent(author.network_id, web, cursor=watch.cursor, since=since)


def poll(author_id: str, turn: str, *, look: Callable[[Watch], Recent] = look) -> None:
    """Look at one author, in the turn that was claimed. Whatever ends it early, the lease makes up for."""
    followed = Exists(Follow.objects.filter(author=OuterRef("author")))
    rows = Watch.objects.select_related("author").annotate(is_followed=followed)
    watch = rows.filter(followable(), author_id=author_id, turn=turn).first()
    if watch is None:
        return
    if not watch.is_followed:
        _leave(watch)
        return
    rest, began = resting.until(watch.author), monotonic()
    if rest is not None:
        _excuse(watch, Unreachable("its server hangs"), not_before=rest)
        return
    try:
        recent = look(watch)
    except UnrollError as error:
        resting.note(watch.author, error, monotonic() - began)
        _excuse(watch, error)
    except Exception as error:
        logger.exception("watch of %s", watch.author)
        _excuse(watch, Broken(str(error)))
    else:
        tallies.note("looks", watch.author.source, "done")
        _keep(watch, recent)


def pace(silence: timedelta, *, quiet: timedelta, chance: float) -> timedelta:
    """How long to wait until the next look at an author who was silent for so long, give or take a tenth.

    `quiet`: how long a chain must rest until it is unrolled. `chance`: from 0 to 1, to spread the looks out.
    """
    wait = min(max(silence / SHARE, quiet / 2), DAY)
    return wait * (1 - SPREAD + 2 * SPREAD * chance)


def _room() -> int:
    """How many bells may be rung now; none with Redis away, since nobody would hear them."""
    try:
        waiting, last = store.client().llen(QUEUE), int(store.get(PACE) or 0)
    except store.Unavailable:
        return 0
    return max(LEAST_AT_A_TICK, last // 2 if waiting else 2 * last) - waiting


def _remember(claimed: int) -> None:
    """What the next tick goes by. A clock that stood still for a minute begins anew."""
    with suppress(store.Unavailable):
        store.client().set(PACE, claimed, ex=60)


def _ring(claimed: list[tuple[int, int]]) -> None:
    for author_id, turn in claimed:
        if not ring("unroller.poll", str(author_id), str(turn)):
            return


def _leave(watch: Watch) -> None:
    """Stop watching an author whom nobody follows any more: their followers closed their accounts."""
    with transaction.atomic():
        locked = Watch.objects.select_for_update().filter(author_id=watch.author_id, turn=watch.turn)
        if locked.first() and not watch.author.follows.exists():
            Chain.objects.filter(author_id=watch.author_id).delete()
            locked.delete()


def _keep(watch: Watch, recent: Recent) -> None:
    """Write what a look found, in one transaction, if the turn is still ours."""
    now = timezone.now()
    newest = max((min(post.time, now) for post in recent.posts), default=watch.last_post_at)
    wrote_at = max(newest or watch.created_at, watch.created_at)
    with transaction.atomic():
        if not _settle(
            watch,
            due_at=now + _pace(now - wrote_at),
            cursor=recent.cursor,
            last_post_at=newest,
            looked_at=now,
            failures=0,
            error="",
        ):
            return
        author = _as_of_today(watch.author, recent.author)
        if author.unlisted:
            Chain.objects.filter(author=author).delete()
        else:
            chains.grow(author, recent.posts, now=now)


def _excuse(watch: Watch, error: UnrollError, *, not_before: datetime | None = None) -> None:
    """Write why a look brought nothing, and when it is worth another one."""
    tallies.note("looks", watch.author.source, error.code)
    now = timezone.now()
    usual = _pace(now - max(watch.last_post_at or watch.created_at, watch.created_at))
    failures = watch.failures + 1
    if isinstance(error, RateLimited | OutOfCredits):
        until = error.until if isinstance(error, RateLimited) else now + BREAKER
        failures, due_at = watch.failures, max(until, now) + usual * _chance()
    elif error.permanent and not isinstance(error, NotConfigured):
        due_at = now + (DAY if failures < PATIENCE else WEEK) * (1 - SPREAD * _chance())
    else:
        due_at = max(now + min(usual * 2.0 ** min(failures, 20), DAY), not_before or now)
    with transaction.atomic():
        _settle(watch, due_at=due_at, failures=failures, error=error.code[:20])


def _settle(watch: Watch, **values: object) -> bool:
    """Write to a watch and end the turn, in the caller's transaction; False when somebody else has it.

    The transaction does not wait for the disk: should the power fail, the last half second of looks is looked again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    mine = Watch.objects.filter(author_id=watch.author_id, turn=watch.turn)
    return mine.update(turn=watch.turn + 1, **values) == 1


def _as_of_today(author: Author, person: Person | None) -> Author:
    """The author's row, as the network names them now."""
    if person is None or person.id != author.network_id:
        return author
    known = (author.handle, author.name, author.url, author.avatar, author.unlisted)
    told = (person.handle, person.name, person.url, person.avatar, person.unlisted)
    return author if known == told else threads.keep_author(author.source, person)


def _pace(silence: timedelta) -> timedelta:
    return pace(silence, quiet=timedelta(seconds=settings.FOLLOW_QUIET_SECONDS), chance=_chance())


def _chance() -> float:
    return random()  # noqa: S311  (spreads looks out, guards nothing)
