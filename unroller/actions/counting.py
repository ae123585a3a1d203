"""Numbers of readers: noted when a page was looked at, written down by the clock."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import connection

from accounts import slices
from unroller import counting, store
from unroller.models import ReadersOfDay, Thread

AT_ONCE = 1_000
KEPT = timedelta(days=400)
"""Of a thread's readers by day: a year, and what it takes to compare it with the one before."""
LATE = timedelta(minutes=10)
"""After midnight a day may still grow for so long: visits that began before it, and web hosts whose clocks are slow."""

# A row whose number did not grow is not even locked, which would write it anew: thus no `DO UPDATE ... WHERE`.
WRITE_DOWN = """
    INSERT INTO unroller_readersofday (thread_id, day, readers)
    SELECT thread.id, %(day)s, count.readers
    FROM unnest(%(ids)s, %(readers)s) AS count (id, readers)
    JOIN unroller_thread thread ON thread.id = count.id
    WHERE NOT EXISTS (
        SELECT FROM unroller_readersofday known
        WHERE known.thread_id = count.id AND known.day = %(day)s AND known.readers >= count.readers
    )
    ON CONFLICT (thread_id, day) DO UPDATE SET readers = greatest(unroller_readersofday.readers, excluded.readers)
"""

TAKE_OVER = """
    INSERT INTO unroller_readersofday (thread_id, day, readers)
    SELECT %(thread)s, day, max(readers) FROM unroller_readersofday WHERE thread_id = ANY(%(parts)s) GROUP BY day
    ON CONFLICT (thread_id, day) DO UPDATE SET readers = greatest(unroller_readersofday.readers, excluded.readers)
"""


def note(source: str, path: str, address: str, agent: str) -> None:
    """A visitor looks at a thread that everybody may read; nothing else is counted."""
    everybodys = Thread.objects.filter(source=source, path=path, private=False, removed="")
    for thread_id in everybodys.values_list("id", flat=True):
        counting.note(thread_id, address, agent)


def write_down() -> int:
    """Today's numbers, and those of yesterday that came since the last time; of how many threads.

    May run twice, also at once: a number only grows. What Redis lost is not subtracted. Yesterday is written down until
    it grows no more, however late that is, and then let go.
    """
    now = datetime.now(UTC)
    yesterday = now.date() - timedelta(days=1)
    return _write_day(yesterday, ends=(now - LATE).date() > yesterday) + _write_day(now.date())


def _write_day(day: date, *, ends: bool = False) -> int:
    try:
        ids = counting.read_on(day)
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            numbers = counting.readers_on(day, some)
            with connection.cursor() as cursor:
                cursor.execute(WRITE_DOWN, {"day": day, "ids": some, "readers": numbers})
        if ends:
            counting.let_go(day)
    except store.Unavailable:
        return 0
    return len(ids)


def inherit(thread: Thread, parts: Sequence[Thread]) -> None:
    """Threads turned out to be parts of this one. Who read several of them is one reader, so the largest number of a
    day stays: the sum could count people twice."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OVER, {"thread": thread.pk, "parts": [part.pk for part in parts]})


def tidy() -> int:
    """Delete the numbers of days that are too long ago; how many there were."""
    return slices.delete(ReadersOfDay.objects.filter(day__lt=datetime.now(UTC).date() - KEPT))
