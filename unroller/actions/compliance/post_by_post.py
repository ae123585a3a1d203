"""Where X has no compliance jobs for us: posts looked up, those first that were not looked at for longest.

Every post that X shows costs a paid read, so a share of the day's budget bounds it; what is over waits for tomorrow.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from unroller import budgets, networks
from unroller.actions.archives.placing import NEVER
from unroller.actions.compliance import EVERY, sweeps, vanished
from unroller.budgets import SharedBudget
from unroller.core.errors import UnrollError
from unroller.models import Member, Sweep, Thread
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x.compliance import PAGE, look_up
from unroller.sources.x.payload import post_id
from unroller.sources.x.vocabulary import VOCABULARIES, Dialect

logger = logging.getLogger(__name__)

SHARE = 4
"""The part of X_DAILY_BUDGET that it may cost in a day (UTC) is one of so many."""
LEASE = timedelta(minutes=10)
"""After so long threads are looked at again whose worker died."""


class Portion(NamedTuple):
    """Threads in this worker's hands: their ids, and each of their posts with the time its thread was fetched."""

    threads: list[int]
    posts: dict[str, datetime]


def go_on() -> int:
    """Look a hundred posts up, or all of one thread; how many are gone. Errors of X end it until the next time."""
    portion = _take()
    if not portion.posts:
        return 0
    web = Recorder(Raw(source="x", key=""), networks.http(), budget=SharedBudget())
    vocabulary = VOCABULARIES[cast(Dialect, settings.X_DIALECT)]
    ids, cost, gone = sorted(portion.posts), 0, dict[str, str]()
    due = timezone.now() + EVERY
    try:
        for at in range(0, len(ids), PAGE):
            batch = ids[at : at + PAGE]
            looked = look_up(web, settings.X_API_URL, settings.X_BEARER_TOKEN, batch, vocabulary=vocabulary)
            gone, cost = gone | looked.gone, cost + looked.cost
    except UnrollError as error:
        logger.warning("looking posts of X up: %s", error)
        due = timezone.now()
    with transaction.atomic():
        _spend(cost - len(ids))
        Thread.objects.filter(id__in=portion.threads).update(look_at=due)
        return vanished.note_news("x", gone, portion.posts, by="look")


def _take() -> Portion:
    """Threads whose turn it is, until there are a hundred posts; their cost is set aside."""
    now, threads, posts = timezone.now(), [], dict[str, datetime]()
    with transaction.atomic():
        left = budgets.daily("x") // SHARE - _spend(0)
        rows = Thread.objects.filter(Q(look_at=None) | Q(look_at__lte=now), source="x", removed="")
        due = rows.exclude(look_at=NEVER).order_by(F("look_at").asc(nulls_first=True), "id")
        locked = due.select_for_update(of=("self",), skip_locked=True).values_list("id", "fetched_at")[:PAGE]
        for thread_id, fetched_at in locked if left > 0 else ():
            members = Member.objects.filter(source="x", thread=thread_id).order_by("id").values_list("path", flat=True)
            threads.append(thread_id)
            posts |= dict.fromkeys(filter(post_id, members[: left - len(posts)]), fetched_at)
            if len(posts) >= min(PAGE, left):
                break
        Thread.objects.filter(id__in=threads).update(look_at=now + LEASE)
        _spend(len(posts))
    return Portion(threads, posts)


def _spend(posts: int) -> int:
    """Count reads of today, in the caller's transaction; how many there are by now."""
    row, today = sweeps.locked(Sweep.Look.LOOKUPS), f"{datetime.now(UTC):%Y-%m-%d}"
    day, _, spent = row.cursor.partition(" ")
    total = max(0, (int(spent) if day == today else 0) + posts)
    row.cursor = f"{today} {total}"
    row.save(update_fields=["cursor"])
    return total
