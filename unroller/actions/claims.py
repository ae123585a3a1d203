"""The queue of notifications: batches of readers, each taken whole, so that what is due for one reader is one mail.

A batch is held by its lease, and the lease is the fence: its end only ever moves ahead, so that whoever comes back
after it was taken by another finds a different one and writes nothing. The rows of a mail get its `message` when they
are taken first, and keep it once somebody began to send it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Case, F, QuerySet, When
from django.utils import timezone

from unroller.models import Notification

LEASE = timedelta(minutes=5)
READERS = 100
"""In one batch."""
LOOKED_AT = 1_000
"""Due rows among which a batch finds its readers."""

DUE = "settled_at IS NULL AND due_at <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)"
CLAIM = f"""
    WITH due AS (
        SELECT user_id FROM unroller_notification WHERE {DUE} ORDER BY due_at LIMIT {LOOKED_AT}
    ), readers AS (
        SELECT id FROM accounts_user WHERE id IN (SELECT user_id FROM due)
        LIMIT {READERS} FOR NO KEY UPDATE SKIP LOCKED
    ), mails AS MATERIALIZED (
        SELECT id AS reader, gen_random_uuid() AS message FROM readers
    )
    UPDATE unroller_notification AS told
    SET leased_until = %(until)s, attempts = attempts + 1, message = COALESCE(told.message, mails.message)
    FROM mails WHERE told.user_id = mails.reader AND {DUE}
    RETURNING told.id, told.user_id, told.thread_id, told.message, told.attempts
"""  # noqa: S608  # nosec B608  # only our own words
SETTLE = """
    UPDATE unroller_notification SET settled_at = %s, outcome = %s, leased_until = NULL
    WHERE id = ANY(%s) AND leased_until = %s AND settled_at IS NULL
      AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
"""
"""Does not wait for the disk: a process that is killed loses nothing by that, only a machine that loses its power may
repeat the mails of its last half second, as the same mails (docs/decisions/0008)."""


class LostLease(Exception):
    """Another worker has the rows now: stop."""


class Claim(NamedTuple):
    """One mail to one reader: `rows` are its notifications' ids, each with its thread's."""

    message: UUID
    reader: int
    attempt: int
    rows: dict[int, int]


class Batch:
    """Some mails, ours until `until`."""

    def __init__(self, claims: list[Claim], until: datetime) -> None:
        self.claims = claims
        self.until = until
        self._open = {row for claim in claims for row in claim.rows}

    def renew(self) -> None:
        """Keep the lease while a server is slow. Raises LostLease."""
        now = timezone.now()
        if self.until - now > LEASE / 2:
            return
        kept = self._mine(self._open).update(leased_until=now + LEASE)
        if kept < len(self._open) and _unsettled(self._open).count() > kept:
            raise LostLease
        self.until = now + LEASE

    def settle(self, rows: Iterable[int], outcome: Notification.Outcome) -> None:
        """These are done with. Raises LostLease."""
        ids = list(rows)
        with connection.cursor() as cursor:
            cursor.execute(SETTLE, [timezone.now(), outcome, ids, self.until])
            settled = cursor.rowcount
        if settled < len(ids) and _unsettled(ids).exists():
            raise LostLease
        self._open.difference_update(ids)

    def put_back(self, claim: Claim, wait: timedelta) -> None:
        """Try this mail later, as the same mail."""
        self._mine(claim.rows).update(leased_until=timezone.now() + wait)
        self._open.difference_update(claim.rows)

    def give_back(self, wait: timedelta) -> None:
        """What is left was not begun, so that it may be joined by what becomes due meanwhile."""
        unbegun = Case(When(attempts=1, then=None), default=F("message"))
        self._mine(self._open).update(leased_until=timezone.now() + wait, attempts=F("attempts") - 1, message=unbegun)
        self._open.clear()

    def _mine(self, rows: Collection[int]) -> QuerySet[Notification]:
        return Notification.objects.filter(id__in=rows, leased_until=self.until, settled_at=None)


def _unsettled(rows: Collection[int]) -> QuerySet[Notification]:
    """Those that still wait. Rows of people who left meanwhile are missed by nobody."""
    return Notification.objects.filter(id__in=rows, settled_at=None)


def claim() -> Batch | None:
    """Take what is due for some readers whom nobody else is writing to; None when there is nothing."""
    now = timezone.now()
    until = now + LEASE
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "until": until})
        taken = cursor.fetchall()
    mails: dict[UUID, Claim] = {}
    for row, reader, thread, message, attempt in taken:
        mail = mails.setdefault(message, Claim(message, reader, attempt, {}))
        mail.rows[row] = thread
    return Batch(list(mails.values()), until) if mails else None
