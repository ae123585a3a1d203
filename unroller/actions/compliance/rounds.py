"""Rounds over all threads of networks that tell for nothing whether they still show a post: each once in 20 hours.

`Thread.look_at` is schedule and lease in one, and null is due. `Sweep.due_at` and `turn` see to it that a network is
asked by one worker at a time, so that its pace is kept.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from random import random
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from unroller import networks
from unroller.actions import threads
from unroller.actions.compliance import EVERY, sweeps, vanished
from unroller.budgets import SharedBudget
from unroller.core.errors import Broken, RateLimited, UnrollError
from unroller.core.posts import Thread as Content
from unroller.models import Sweep, Thread
from unroller.sources.http import NotConnected
from unroller.sources.presence import Asked, Loss, Presence
from unroller.sources.recording import SOON, Raw, Recorder

logger = logging.getLogger(__name__)

SPREAD = 0.1
LEASE = timedelta(minutes=15)
"""Longer than a task may take."""
SECONDS = 50.0
"""A turn; after it no other host is begun."""
MOST_THREADS = 25
MOST_POSTS = 150
"""Of one batch, which a host can be asked for one by one in time; a longer thread is a batch by itself."""
AGAIN = timedelta(minutes=30)
"""When a network or a host is asked again that did not answer, or not with anything that makes sense."""


class Batch(NamedTuple):
    """Threads in this worker's hands, until then. Those it does not get to are due again after that."""

    rows: list[Thread]
    until: datetime


def go_on(source: str) -> int:
    """Look at threads of one network for a turn; at how many. Does nothing while another worker does."""
    row = sweeps.taken(source, LEASE)
    if row is None:
        return 0
    tour = _Tour(networks.presences()[source])
    tour.run()
    values: dict[str, object] = {"due_at": tour.wait or timezone.now(), "failures": 0, "error": ""}
    if tour.error is not None:
        values |= {"failures": F("failures") + 1, "error": tour.error.code[:40]}
    if tour.is_whole:
        values["ended_at"] = timezone.now()
    Sweep.objects.filter(look=source, turn=row.turn).update(turn=row.turn + 1, **values)
    return tour.count


def due(source: str) -> "QuerySet[Thread]":
    """Threads of a network whose time has come."""
    time_has_come = Q(look_at=None) | Q(look_at__lte=timezone.now())
    return Thread.objects.filter(time_has_come, source=source, removed="")


class _Tour:
    """One turn with one network."""

    def __init__(self, network: Presence) -> None:
        self.count = 0
        self.error: UnrollError | None = None
        self.wait: datetime | None = None
        """Set when the whole network is not to be asked before then."""
        self.is_whole = False
        """Whether the end was reached: nothing is due any more."""
        self._network = network
        self._end = time.monotonic() + SECONDS

    def run(self) -> None:
        while self._goes_on():
            batch = _claim(self._network.key)
            if not batch.rows:
                self.is_whole = True
                return
            for host, rows in groupby(sorted(batch.rows, key=self._host), key=self._host):
                if self._goes_on():
                    self._visit(host, Batch(list(rows), batch.until))

    def _goes_on(self) -> bool:
        return self.wait is None and time.monotonic() < self._end

    def _host(self, row: Thread) -> str:
        return self._network.host(row.path)

    def _visit(self, host: str, batch: Batch) -> None:
        """Ask for some threads of one host; where the answer makes no sense, for each by itself, so that one odd post
        does not keep the others from being asked for."""
        error = self._ask(batch)
        if error is None:
            return
        answered = False
        if len(batch.rows) > 1 and not isinstance(error, RateLimited | NotConnected):
            for row in batch.rows:
                if self._goes_on():
                    one = Batch([row], batch.until)
                    failure = self._ask(one)
                    answered = answered or failure is None
                    if failure is not None:
                        _settle(one, _again(failure))
        if not answered:
            self._leave(host, batch, _again(error))

    def _leave(self, host: str, batch: Batch, later: datetime) -> None:
        """Ask this host no more before then; where one server is the whole network, nobody."""
        _settle(batch, later)
        if host:
            due(self._network.key).filter(path__startswith=f"{host}/").update(look_at=later)
        else:
            self.wait = later

    def _ask(self, batch: Batch) -> UnrollError | None:
        """Ask for threads and write down what is lost of them; the error that left it untold."""
        try:
            losses = self._losses(batch.rows)
        except UnrollError as error:
            self.error = error
        except Exception as error:
            logger.exception("looking at threads %s", [row.pk for row in batch.rows])
            self.error = Broken(str(error))
        else:
            with transaction.atomic():
                _settle(batch, timezone.now() + EVERY * (1 - SPREAD * _chance()))
                for loss in losses:
                    vanished.note(
                        self._network.key, reason=loss.reason, by="look", path=loss.path, author_id=loss.author_id
                    )
            self.count += len(batch.rows)
            return None
        return self.error

    def _losses(self, rows: list[Thread]) -> list[Loss]:
        kept = [(row, found) for row in rows if (found := threads.content(row))]
        asked = {each.path: each for row, found in kept for each in self._cards(row, found)}
        asked |= {each.path: each for row, found in kept for each in _posts(row, found)}
        if not asked:
            return []
        key = self._network.key
        web = Recorder(Raw(source=key, key=f"{len(asked)} posts"), networks.http(), budget=SharedBudget())
        return self._network.losses(list(asked.values()), web)

    def _cards(self, row: Thread, found: Content) -> Iterator[Asked]:
        """Words of others that the thread shows."""
        for quote in (found.context, *(post.quote for post in found.posts)):
            if quote and not quote.unavailable and (path := self._network.card_path(row.path, quote.id)):
                yield Asked(path, quote.author.id if quote.author else "", None, row.fetched_at)


def _posts(row: Thread, found: Content) -> Iterator[Asked]:
    return (Asked(post.path, post.author.id, post.text, row.fetched_at) for post in found.posts)


def _claim(source: str) -> Batch:
    """The threads that wait longest, as many as fit into a batch."""
    until = timezone.now() + LEASE
    chosen: list[int] = []
    with transaction.atomic():
        waiting = due(source).select_for_update(skip_locked=True).order_by(F("look_at").asc(nulls_first=True))
        room = MOST_POSTS
        for id_, posts in waiting.values_list("id", "post_count")[:MOST_THREADS]:
            room -= posts
            if chosen and room < 0:
                break
            chosen.append(id_)
        Thread.objects.filter(id__in=chosen).update(look_at=until)
    return Batch(list(Thread.objects.filter(id__in=chosen)), until)


def _settle(batch: Batch, at: datetime) -> None:
    """When these threads are looked at again, as far as they are still in this worker's hands."""
    mine = Thread.objects.filter(id__in=[row.pk for row in batch.rows], look_at=batch.until)
    mine.update(look_at=at)


def _again(error: UnrollError) -> datetime:
    later = timezone.now() + AGAIN
    return max(error.until, timezone.now() + SOON) if isinstance(error, RateLimited) else later


def _chance() -> float:
    return random()  # noqa: S311  (spreads looks out, guards nothing)
