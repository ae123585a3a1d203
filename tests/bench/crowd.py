"""A million follows, and an author whom half of them follow: what a new thread, a look and a night cost then."""

from collections.abc import Iterator
from datetime import timedelta
from time import perf_counter

from django.db import connection, transaction
from django.utils import timezone

from tests.bench.threads import WORDS
from tests.scale.partitioning import PARTS, partition
from tests.threads import a_thread
from unroller import store
from unroller.actions import announcing, claims, digests, notifying, watching
from unroller.core.posts import Person
from unroller.models import Author, Notification, Thread

READERS, FOLLOWS, FAN_OUT, AUTHORS = 500_000, 1_000_000, 500_000, 20_000
BATCHES = 20
TABLES = ("unroller_follow", "unroller_notification", "unroller_watch", "accounts_user", "unroller_reader")


def measure() -> Iterator[str]:
    """Rows are made by the database itself; what is measured is the product's own work on them."""
    thread = _prepare()
    yield f"crowd: {FOLLOWS:,} follows of {AUTHORS:,} authors by {READERS:,} readers: {_sizes()}"
    Thread.objects.filter(id=thread.id).update(announced_at=None, announce_at=timezone.now())
    start = perf_counter()
    told = announcing.announce(str(thread.id))
    seconds = perf_counter() - start
    if told != FAN_OUT:
        raise RuntimeError(f"{told} rows for {FAN_OUT} followers")
    yield f"crowd, fan-out to {FAN_OUT:,} followers: {seconds:.1f} s, {told / seconds:,.0f} rows/s; {_sizes()}"
    Notification.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    _execute("ANALYZE unroller_notification", {})  # as PostgreSQL itself does within minutes of such a change
    whole = _claiming()
    yield f"crowd, a batch of mails out of {told:,} that are due: {whole:.2f} ms of database time a mail"
    with transaction.atomic():
        start = perf_counter()
        partition()
        seconds = perf_counter() - start
        _execute("ANALYZE unroller_notification", {})
        parts = _claiming()
        transaction.set_rollback(True)
    yield (
        f"crowd, the table in {PARTS} parts: {told / seconds:,.0f} rows/s on the way there;"
        f" {parts:.2f} ms a mail ({parts / whole:.2f} to ONE TABLE)"
    )
    yield f"crowd, {AUTHORS:,} authors are due: {_polling():.2f} ms to claim one"
    yield f"crowd, a night: {_tidying():,.0f} old notifications deleted a second"
    _forget()


PEOPLE = """
    INSERT INTO accounts_user (email, password, name, is_superuser, is_staff, is_active, joined_at, time_zone, reading,
        mail_stopped)
    SELECT 'reader' || number || '@example.com', '', '', false, false, true, now(), 'UTC', '', ''
    FROM generate_series(1, %(readers)s) number;
    INSERT INTO unroller_reader (user_id, feed_token, mail_token, mail_off)
    SELECT id, gen_random_uuid(), gen_random_uuid(), false FROM accounts_user;
    INSERT INTO unroller_author
        (source, network_id, handle, name, url, avatar, unlisted, opted_out, support_off, seen_at)
    SELECT 'x', 'crowd' || number, 'crowd' || number, 'Crowd', 'https://x.com/crowd', '', false, false, false, now()
    FROM generate_series(1, %(authors)s - 1) number;
    INSERT INTO unroller_job (id, source, key, link, why, landing, state, attempts, posts_seen, outcome, error,
        sentence, detail, created_at, finished_at)
    SELECT gen_random_uuid(), 'x', 2000000000000000000 + number, 'https://x.com/crowd/status/2000000000000000000',
        'asked', '/thread/x/2000000000000000000', 'done', 1, 12, '{}', '', '', '', now(), now()
    FROM generate_series(1, %(authors)s) number;
"""
FOLLOWED = """
    INSERT INTO unroller_follow (user_id, author_id, cadence, created_at, mail_token, keep)
    SELECT id, %(popular)s, 'instant', now() - interval '1 day', gen_random_uuid(), false
    FROM accounts_user ORDER BY id LIMIT %(fan_out)s;
    INSERT INTO unroller_follow (user_id, author_id, cadence, created_at, mail_token, keep)
    SELECT reader.id, author.id, 'daily', now() - interval '1 day', gen_random_uuid(), false
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM accounts_user) reader
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM unroller_author WHERE id <> %(popular)s) author
        ON author.place = 1 + reader.place %% (%(authors)s - 1)
    LIMIT %(follows)s - %(fan_out)s;
    INSERT INTO unroller_watch (author_id, created_at, due_at, turn, cursor, failures, error)
    SELECT id, now(), now(), 0, '', 0, '' FROM unroller_author ON CONFLICT DO NOTHING;
    ANALYZE;
"""


def _prepare() -> Thread:
    _forget()
    thread = a_thread(
        12, text=WORDS, author=Person(id="1", handle="popular", name="Popular", url="https://x.com/popular")
    )
    Thread.objects.update(posted_at=timezone.now(), changed_at=timezone.now() + timedelta(hours=1))
    parameters = {"readers": READERS, "authors": AUTHORS, "follows": FOLLOWS, "fan_out": FAN_OUT}
    parameters["popular"] = Author.objects.get().pk
    for statements in (PEOPLE, FOLLOWED):
        for statement in filter(str.strip, statements.split(";")):
            _execute(statement, parameters)
    return thread


def _claiming() -> float:
    """Milliseconds for a mail: claimed, sorted, its words looked up; the mail itself is another benchmark's."""
    start, mails = perf_counter(), 0
    for _ in range(BATCHES):
        if (batch := claims.claim()) is None:
            raise RuntimeError("nothing is due")
        mails += len(digests.sort(batch.claims).digests)
    return (perf_counter() - start) / mails * 1000


def _polling() -> float:
    """Milliseconds to take one author who is due."""
    start, claimed = perf_counter(), 0
    while (taken := watching.claim_due(most=200)) and claimed < AUTHORS:
        claimed += taken
        store.client().delete(watching.QUEUE)
    return (perf_counter() - start) / claimed * 1000


def _tidying() -> float:
    """Rows a second of what became of old news, until all of it is gone."""
    long_ago = timezone.now() - notifying.KEPT - timedelta(days=1)
    count = Notification.objects.update(settled_at=long_ago, outcome=Notification.Outcome.SENT, leased_until=None)
    start = perf_counter()
    while Notification.objects.exists():
        if not notifying.tidy():
            raise RuntimeError("old notifications stay")
    return count / (perf_counter() - start)


def _sizes() -> str:
    """Bytes of each row, its indexes with it."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT pg_total_relation_size('{table}'), (SELECT count(*) FROM {table})")
            size, rows = cursor.fetchone()
            if rows >= AUTHORS:
                found.append(f"{table.partition('_')[2]} {size / rows:.0f} B")
    return "a row takes: " + ", ".join(found)


def _forget() -> None:
    _execute("TRUNCATE accounts_user, unroller_thread, unroller_author CASCADE", {})


def _execute(statement: str, parameters: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
