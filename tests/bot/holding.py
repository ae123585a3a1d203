"""Stopping a worker right before it writes down what it did elsewhere: the post stands, the row does not know."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

NAME = "hold_the_commit"
ANSWERED = "NEW.state = 'answered'"
LOCK = 20_261_122
HOLD = f"""
CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NEW; END $$;
CREATE TRIGGER {NAME} BEFORE UPDATE ON {{table}}
FOR EACH ROW WHEN ({{when}}) EXECUTE FUNCTION {NAME}();
SELECT pg_advisory_lock({LOCK});
"""
WAITING = """
FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory' AND datname = current_database()
"""


@contextmanager
def before_the_commit(table: str = "unroller_mention", when: str = ANSWERED) -> Iterator[None]:
    """No worker gets beyond such an update. At the end those that stand there, killed by now, lose their connection."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(table=table, when=when))
        try:
            yield
        finally:
            cursor.execute(f"SELECT pg_terminate_backend(pid, 5000) {WAITING}")
            cursor.execute(f"DROP TRIGGER {NAME} ON {table}; DROP FUNCTION {NAME}")
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def is_somebody_there() -> bool:
    """Whether a worker waits there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(f"SELECT 1 {WAITING}")
        return cursor.fetchone() is not None
