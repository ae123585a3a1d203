"""An update as docs/running.md has it, behind a real Caddy: pages are read and forms are sent, and none in vain."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.db import connection

from accounts import limits
from tests.deploying.caddy import before, trusting, wanted
from tests.processes import ROOT, Web, free_port, own_database, until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.models import Job

pytestmark = [pytest.mark.django_db(transaction=True), wanted]
UNROLLS = limits.unrolls(100_000)
PAGES = ("/", "/recent", "/help", "/most-read")
COLUMN = "of_the_next_release"


class Readers:
    """Two read pages, two send links, over a new connection each time; each form names a post that nobody else does."""

    def __init__(self, port: int, links: list[str]) -> None:
        self.answers: Counter[tuple[str, object]] = Counter()
        self.links = links
        self.sent = 0
        self._address = f"https://localhost:{port}"
        self._over = threading.Event()
        self._trust = trusting()
        self._threads = [threading.Thread(target=each) for each in (self._read, self._read, self._send, self._send)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        number = 0
        while not self._over.wait(0.1):
            self._ask("GET", PAGES[number % len(PAGES)])
            number += 1

    def _send(self) -> None:
        while self.links and not self._over.wait(0.2):
            link = self.links.pop()
            self.sent += 1
            self._ask("POST", "/unroll", {"url": link})

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> None:
        answer: object
        try:
            answer = httpx.request(method, self._address + path, data=form, verify=self._trust, timeout=60).status_code
        except httpx.HTTPError as error:
            answer = repr(error)
        self.answers[method, answer] += 1

    def some_more(self, count: int = 20) -> None:
        """Wait until so many more were answered."""
        seen = self.answers.total()
        until(lambda: self.answers.total() >= seen + count, what="readers are answered")


@contextmanager
def a_column_more() -> Iterator[None]:
    """What a harmless migration does: `manage.py migrate` finds nothing to do, a column that may be empty is added."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": own_database()}, check=True)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE unroller_job ADD COLUMN {COLUMN} integer NULL")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE unroller_job DROP COLUMN {COLUMN}")


def exchanged(old: Web, **environment: str) -> Web:
    """`systemctl restart` of one web process: it ends in its time, then another begins at its port and is well."""
    old.stop()
    assert old.process.wait(timeout=90) == 0
    return Web(old.port, **environment)


def test_an_update_refuses_no_page_and_hears_each_form_once(sandbox: Sandbox, world: World, tmp_path: Path) -> None:
    author = world.x.person("maralind")
    links = [world.x.link(world.x.thread(author, [f"Thread {number}."])[0]) for number in range(2_000)]
    ports = [free_port(), free_port()]
    environment = {**sandbox.env(), "TRUSTED_PROXIES": "127.0.0.1", "UNROLLS_AN_HOUR": str(UNROLLS.item.amount)}
    webs = [Web(port, **environment) for port in ports]
    try:
        with before(*ports, folder=tmp_path) as port, Readers(port, links) as readers:
            readers.some_more()
            with a_column_more():
                readers.some_more()
                for number in range(2):
                    webs[number] = exchanged(webs[number], **environment)
                    time.sleep(2)
                readers.some_more()
    finally:
        for web in webs:
            web.kill()
    print(f"\nan update under load: {dict(readers.answers)}")
    assert set(readers.answers) == {("GET", 200), ("POST", 303)}
    assert readers.sent == readers.answers["POST", 303] == Job.objects.count()
    assert limits.left(UNROLLS, "127.0.0.1").uses == UNROLLS.item.amount - readers.sent
