"""A PgBouncer in transaction mode before the test's database, with fewer connections than there are users of it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection

from tests.missing import program
from tests.processes import free_port, until

CONNECTIONS = 2
PLACES = "/usr/sbin:/usr/bin:/usr/local/bin"
CONFIGURATION = """
[databases]
* = host={HOST} port={PORT} user={USER} password={PASSWORD}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""


@contextmanager
def pooled() -> Iterator[int]:
    """Its port. Whatever this process asks the database goes through it meanwhile."""
    pooler = program("pgbouncer", untested="that the site works behind one", path=PLACES)
    own, port = dict(connection.settings_dict), free_port()
    folder = Path(tempfile.mkdtemp(prefix="unroller-bouncer-"))
    folder.chmod(0o755)
    (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(**own, port=port, size=CONNECTIONS))
    as_whom = [] if os.geteuid() else ["--user", "nobody"]
    process = subprocess.Popen([pooler, "--quiet", *as_whom, str(folder / "pgbouncer.ini")])
    try:
        until(lambda: _answers(port, str(own["NAME"])), what="PgBouncer ready")
        connection.close()
        connection.settings_dict.update({"HOST": "127.0.0.1", "PORT": str(port), "DISABLE_SERVER_SIDE_CURSORS": True})
        yield port
    finally:
        connection.close()
        connection.settings_dict.update(own)
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


def _answers(port: int, name: str) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, dbname=name, user="anybody").close()
    except psycopg.OperationalError:
        return False
    return True
