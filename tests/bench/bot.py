"""How fast waiting mentions are answered, while a worker is killed; and that none is answered twice."""

from collections.abc import Iterator
from time import perf_counter
from uuid import uuid4

from django.db.models import Count

from tests.processes import Worker, until
from unroller.actions import practicing
from unroller.actions.bot import working
from unroller.models import Mention, PracticePost
from unroller.practice.samples import NAMES

MENTIONS = 1_000
KILLED_AT = 400
"""So many answers stand when the worker is killed."""


def measure() -> Iterator[str]:
    """On the practice page: everything the bot does, without any network's limits."""
    _forget()
    for _ in range(MENTIONS):
        practicing.say(uuid4(), NAMES[0], "@unroller unroll")
    worker = Worker({}, queues="bot")
    seconds = _killed(worker) + _finished(worker)
    twice = PracticePost.objects.filter(is_bot=True).values("answers").annotate(Count("id")).filter(id__count__gt=1)
    assert _answers() == MENTIONS
    assert not twice.exists()
    _forget()
    rate = MENTIONS / seconds
    yield f"bot, {MENTIONS:,} mentions waiting, a worker killed: {rate:.0f} answers/s, none twice (2 processes)"


def _killed(worker: Worker) -> float:
    """Seconds of work until the worker was killed."""
    worker.start()
    start = perf_counter()
    until(lambda: _answers() >= KILLED_AT, what="some answers", seconds=300)
    seconds = perf_counter() - start
    worker.kill()
    return seconds


def _finished(worker: Worker) -> float:
    """Seconds of work until all the others were answered, too, the killed worker's leases having run out."""
    Mention.objects.filter(finished_at=None).update(leased_until=None, rung_at=None)
    worker.start()
    start = perf_counter()
    while Mention.objects.filter(finished_at=None).exists():
        working.sweep()
        until(
            lambda: not Mention.objects.filter(working.OPEN, rung_at__isnull=False).exists(),
            what="bells heard",
            seconds=60,
        )
    seconds = perf_counter() - start
    worker.kill()
    return seconds


def _answers() -> int:
    return PracticePost.objects.filter(is_bot=True).count()


def _forget() -> None:
    Mention.objects.filter(source="practice").delete()
    PracticePost.objects.all().delete()
