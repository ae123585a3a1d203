"""A backup of a hundred thousand threads, the look whether it is whole, and its restoring: time, size, memory."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.bench import search

PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
FILES, BYTES = 200, 1_000_000
"""Copies and made files, of bytes that cannot be pressed together."""


def measure() -> Iterator[str]:
    """Seconds, megabytes, and the most memory that a process of it took."""
    search._samples()
    search._grow(search.LARGE)
    for number in range(FILES):
        path = Path(settings.DATA_DIR) / "files" / "kept" / f"bench-{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(BYTES))
    with connection.cursor() as cursor, tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
        backup = Path(folder) / "bench.tar"
        yield _said("backup", {}, str(backup))
        yield (
            f"backup of {search.LARGE:,} threads: {backup.stat().st_size / 1e6:,.0f} MB, {FILES * BYTES / 1e6:,.0f} of "
            f"them files; the database has {size / 1e6:,.0f} MB"
        )
        yield _said("verify", {}, str(backup), "--verify")
        cursor.execute("DROP DATABASE IF EXISTS backup_bench WITH (FORCE)")
        cursor.execute("CREATE DATABASE backup_bench")
        place = {
            "DATABASE_URL": re.sub(r"/[^/]*$", "/backup_bench", os.environ["DATABASE_URL"]),
            "DATA_DIR": f"{folder}/restored",
        }
        yield _said("restore", place, str(backup))
        cursor.execute("DROP DATABASE backup_bench WITH (FORCE)")
    for number in range(FILES):
        (Path(settings.DATA_DIR) / "files" / "kept" / f"bench-{number}").unlink()
    search._clear()


def _said(what: str, environment: dict[str, str], *arguments: str) -> str:
    """One command in a process of its own."""
    command = [sys.executable, "manage.py", "restore" if what == "restore" else "backup", *arguments]
    begin, before, most = time.monotonic(), os.times(), 0
    running = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    while running.poll() is None:
        with suppress(OSError):
            most = max([most, *map(int, PEAK.findall(Path(f"/proc/{running.pid}/status").read_text()))])
        time.sleep(0.05)
    assert running.returncode == 0, command
    seconds, after = time.monotonic() - begin, os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return (
        f"{what} of {search.LARGE:,} threads: {seconds:.1f} s, {busy:.1f} s of them processor time beside PostgreSQL, "
        f"{most / 1024:.0f} MB of memory at most"
    )
