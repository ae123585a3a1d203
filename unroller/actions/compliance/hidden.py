"""Words of hidden threads wait to be shown again, and are held against their networks as all others: where any is
gone there, all of them go here, and the thread is fetched anew should it be shown again.

Of X they wait for no longer than X would be asked in (actions/moderating.KEPT_OF_X).
"""

import logging

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

AT_ONCE = 20


def go_on() -> int:
    """Ask for the hidden threads whose time has come; how many lost their words."""
    found = networks.presences()
    time_has_come = Q(thread__look_at=None) | Q(thread__look_at__lte=timezone.now())
    waiting = Hiding.objects.filter(time_has_come, document__isnull=False, thread__source__in=found)
    rows = waiting.select_related("thread").order_by(F("thread__look_at").asc(nulls_first=True))[:AT_ONCE]
    return sum(_look(row, found[row.thread.source]) for row in list(rows))


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
