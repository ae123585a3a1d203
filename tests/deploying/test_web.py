"""A web process is exchanged under load: whoever asks is answered, slow requests that are under way too."""

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connection, transaction

from tests.processes import Web, until
from tests.threads import a_thread
from tests.views.test_headers import CHATTER

pytestmark = pytest.mark.django_db(transaction=True)
SLOW, QUICK = "/thread/x/1888650364580790272", "/help"


@pytest.fixture
def start() -> Iterator[Callable[..., Web]]:
    started: list[Web] = []

    def start_one(port: int = 0, **environment: str) -> Web:
        started.append(Web(port, **environment))
        return started[-1]

    yield start_one
    for each in started:
        each.kill()


class Proxy:
    """What a proxy does: it asks all web processes for their health, and sends readers to those that are well."""

    def __init__(self, *webs: Web) -> None:
        self.webs = list(webs)
        self.well = list(webs)
        self.answers: Counter[object] = Counter()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._look)]
        self._threads += [threading.Thread(target=self._read, args=(number,)) for number in range(4)]

    def __enter__(self) -> "Proxy":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            self.well = [web for web in list(self.webs) if web.is_healthy()]

    def _read(self, number: int) -> None:
        while not self._ended.wait(0.1):
            number += 1
            well = self.well
            try:
                self.answers[well[number % len(well)].get(QUICK).status_code] += 1
            except Exception as error:
                self.answers[repr(error)] += 1


@pytest.mark.parametrize(("proxy", "status"), [("127.0.0.0/8", 200), ("203.0.113.9", 301)])
def test_the_proxy_alone_is_believed_that_a_reader_came_by_https(
    start: Callable[..., Web], proxy: str, status: int
) -> None:
    a_thread(3)
    web = start(SITE_URL="https://localhost", TRUSTED_PROXIES=proxy)
    by_https = {"Host": "localhost", "X-Forwarded-Proto": "https"}
    for path in ("/thread/x/1", "/thread/x/1", QUICK):  # made by Django, stored, and without the database
        assert httpx.get(web.address + path, headers=by_https).status_code == status
        assert httpx.get(web.address + path, headers={"Host": "localhost"}).status_code == 301


def slow_ones_wait(count: int) -> bool:
    """Whether so many requests stand at the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'unroller_thread'::regclass")
        return bool(cursor.fetchone()[0] >= count)


def raw(web: Web, request: str) -> dict[str, str]:
    """The headers of an answer to whatever somebody sends."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=60) as line:
        line.sendall(request.encode())
        head = line.makefile("rb").read().partition(b"\r\n\r\n")[0].decode("latin-1")
    status, *said = head.split("\r\n")
    assert status.startswith("HTTP/1.1 "), request
    return {name.title(): value for name, _, value in (header.partition(": ") for header in said)}


def test_what_reaches_readers_says_the_version_of_no_program(start: Callable[..., Web]) -> None:
    web = start()
    asked = [f"{what} HTTP/1.1\r\nHost: localhost\r\n" for what in ("GET /", "GET /no", "GET /static/", "BREW /")]
    for request in [*(f"{each}Connection: close\r\n\r\n" for each in asked), "nonsense\r\n\r\n"]:
        headers = raw(web, request)
        assert not re.search(r"\d", headers.pop("Server", "")), request
        assert not set(CHATTER) & set(headers), request


def test_a_web_process_that_is_exchanged_loses_no_request(start: Callable[..., Web]) -> None:
    old, other = start(), start()
    with Proxy(old, other) as proxy, ThreadPoolExecutor(4) as readers:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE unroller_thread IN ACCESS EXCLUSIVE MODE")
            slow = [readers.submit(old.get, SLOW) for _ in range(4)]
            until(lambda: slow_ones_wait(4), what="slow requests under way")
            old.stop()
            until(lambda: not old.is_healthy(), what="it says that it goes")
            assert old.process.poll() is None
            assert old.get(QUICK).status_code == 200  # whoever was sent here before the proxy noticed
            until(lambda: old not in proxy.well, what="the proxy noticed")
            assert other in proxy.well
            until(lambda: "Stopping worker" in old.log.read_text(), what="it stops")
            assert not any(reader.done() for reader in slow)
        assert [reader.result().status_code for reader in slow] == [404] * 4  # no such thread
        assert old.process.wait(timeout=60) == 0
        new = start(old.port)
        proxy.webs = [new, other]
        until(lambda: new in proxy.well, what="the new one is sent readers")
        seen = proxy.answers.total()
        until(lambda: proxy.answers.total() > seen + 20, what="readers")
    assert set(proxy.answers) == {200}
