"""What counts as an effect: every statement that writes, whatever it begins with, on every connection."""

import threading

import pytest
from django.db import connection

from tests.faults.effects import WRITES
from tests.faults.harness import in_a_child
from unroller.actions import claims

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ('INSERT INTO "a" VALUES (1)', 'INSERT INTO "a"'),
        (" update a\n set b = 1", "update a"),
        ("DELETE FROM a USING b", "DELETE FROM a"),
        (claims.CLAIM, "UPDATE unroller_notification"),
        (claims.SETTLE, "UPDATE unroller_notification"),
        ("WITH a AS (DELETE FROM b RETURNING c) SELECT c FROM a", "DELETE FROM b"),
        ("WITH a AS (SELECT 1 FROM b FOR NO KEY UPDATE SKIP LOCKED) SELECT 1", ""),
        ("SELECT a FROM b WHERE c = 1 FOR UPDATE OF b", ""),
        ("SELECT 1", ""),
    ],
)
def test_a_statement_that_writes_is_known(statement: str, what: str) -> None:
    found = WRITES.match(statement)
    assert (found["what"] if found else "") == what


def everywhere() -> None:
    """Writes nothing, but says so: here, in a thread, and on a connection beside this one."""
    other = connection.copy()
    write(connection)
    thread = threading.Thread(target=write, args=(connection,))
    thread.start()
    thread.join()
    write(other)
    other.close()


def write(by: object) -> None:
    with by.cursor() as cursor:  # type: ignore[attr-defined]  # a connection
        cursor.execute("DELETE FROM unroller_job WHERE false")


def test_writes_on_every_connection_are_counted() -> None:
    assert in_a_child(everywhere) == ["DELETE FROM unroller_job"] * 3
    assert in_a_child(everywhere, fatal=3) is None
