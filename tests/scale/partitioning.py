"""The plan of docs/scaling.md for a large table of notifications, as it stands there."""

from django.db import connection

from tests.processes import ROOT

PARTS = 16


def partition() -> None:
    """Make the table of notifications one of parts, inside of a transaction of the caller's."""
    document = (ROOT / "docs" / "scaling.md").read_text()
    statements = document.partition("```sql\nBEGIN;\n")[2].partition("COMMIT;\n")[0]
    with connection.cursor() as cursor:
        cursor.execute(statements)
