"""Words of hidden threads wait to be shown again, and are held against their networks as all others: where any is
gone there, all of them go here, and the thread is fetched anew should it be shown again.

Of X they wait for no longer than X would be asked in (actions/moderating.KEPT_OF_X).
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from unroller import networks
from unroller.actions.compliance import EVERY
from unroller.actions.compliance.rounds import AGAIN
from unroller.budgets import SharedBudget
from unroller.core.errors import UnrollError
from unroller.core.posts import from_document
from unroller.models import Hiding, Thread
from unroller.sources.presence import Asked, Loss, Presence
from unroller.sources.recording import Raw, Recorder

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""A turn: who opted out goes with the same bell, and does not wait for a slow server."""
LEASE = timedelta(minutes=15)
"""Longer than one look takes."""


def go_on() -> int:
    """Ask for the hidden threads whose time has come, for a turn; how many lost their words."""
    found, end, count = networks.presences(), time.monotonic() + SECONDS, 0
    while time.monotonic() < end and (row := _taken(found)) is not None:
        count += _look(row, found[row.thread.source])
    return count


def _taken(sources: Iterable[str]) -> Hiding | None:
    """The one that waits longest, in this worker's hands for LEASE."""
    time_has_come = Q(thread__look_at=None) | Q(thread__look_at__lte=timezone.now())
    waiting = Hiding.objects.filter(time_has_come, document__isnull=False, thread__source__in=list(sources))
    with transaction.atomic():
        free = waiting.select_related("thread").select_for_update(skip_locked=True, of=("thread",))
        row = free.order_by(F("thread__look_at").asc(nulls_first=True)).first()
        if row is not None:
            Thread.objects.filter(pk=row.thread_id).update(look_at=timezone.now() + LEASE)
    return row


def _look(row: Hiding, network: Presence) -> bool:
    wait, lost = EVERY, False
    try:
        lost = bool(_losses(row, network))
    except UnrollError as error:
        logger.warning("looking at %s: %s", row, error)
        wait = AGAIN
    if lost:
        Hiding.objects.filter(pk=row.pk).update(document=None)
    Thread.objects.filter(pk=row.thread_id).exclude(removed="").update(look_at=timezone.now() + wait)
    return lost


def _losses(row: Hiding, network: Presence) -> list[Loss]:
    """Of its posts; words of others on its cards are looked at when it is shown again."""
    content = from_document(row.document or {})
    posts = [Asked(post.path, post.author.id, post.text, row.thread.fetched_at) for post in content.posts]
    web = Recorder(Raw(source=network.key, key=f"{len(posts)} hidden posts"), networks.http(), budget=SharedBudget())
    return network.losses(posts, web)
