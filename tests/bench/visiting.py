"""Visitors: many connections that ask for a mixture of pages, from processes of their own."""

import multiprocessing
import random
import socket
import threading
from collections import Counter
from statistics import quantiles
from time import perf_counter
from typing import BinaryIO, NamedTuple

PROXY = "127.0.0.1"
"""Visitors come through a proxy that names them, so that each has their own limits."""


class Kind(NamedTuple):
    """A kind of page: its share of all visits, its addresses, the cookie of who is signed in, what is posted there."""

    name: str
    share: float
    paths: tuple[str, ...]
    cookie: str = ""
    body: str = ""


class Visits(NamedTuple):
    """What became of them; times in seconds."""

    seconds: float
    times: list[float]
    errors: int
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def middle(self) -> float:
        return self._at(50)

    @property
    def slowest(self) -> float:
        """What one in a hundred waits at least."""
        return self._at(99)

    def _at(self, percent: int) -> float:
        return quantiles(self.times, n=100)[percent - 1]


def visit(port: int, kinds: list[Kind], *, connections: int, seconds: float, once: bool = False) -> Visits:
    """Visit a server for so long; with `once` every address of the first kind one time, until there are no more."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_visit, (port, kinds, connections, seconds, once))


def _visit(port: int, kinds: list[Kind], connections: int, seconds: float, once: bool) -> Visits:
    visitors = [_Visitor(number, kinds) for number in range(connections)]
    left = list(kinds[0].paths) if once else None
    end = perf_counter() + seconds
    threads = [threading.Thread(target=visitor.go, args=(port, left, end)) for visitor in visitors]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - start
    statuses = sum((visitor.statuses for visitor in visitors), Counter[int]())
    errors = sum(count for status, count in statuses.items() if status >= 400)
    return Visits(seconds, [time for visitor in visitors for time in visitor.times], errors, dict(statuses))


class _Visitor:
    """One connection, and what came of it."""

    def __init__(self, number: int, kinds: list[Kind]) -> None:
        self._chance = random.Random(number)
        self._kinds = kinds
        self.times: list[float] = []
        self.statuses = Counter[int]()

    def go(self, port: int, left: list[str] | None, end: float) -> None:
        """Ask until `end`, or until of the first kind's addresses that are `left` there are no more."""
        with socket.create_connection((PROXY, port)) as connection, connection.makefile("rb") as answers:
            while perf_counter() < end:
                kind = self._chance.choices(self._kinds, [kind.share for kind in self._kinds])[0]
                path = self._chance.choice(kind.paths)
                if left is not None and kind is self._kinds[0]:
                    if not left:
                        return
                    path = left.pop()
                start = perf_counter()
                connection.sendall(_request(path, kind, self._chance))
                self.statuses[read(answers)] += 1
                self.times.append(perf_counter() - start)


def _request(path: str, kind: Kind, chance: random.Random) -> bytes:
    visitor = f"198.18.{chance.randrange(256)}.{chance.randrange(256)}"
    lines = [f"{'POST' if kind.body else 'GET'} {path} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip"]
    lines += [f"X-Forwarded-For: {visitor}", *([f"Cookie: {kind.cookie}"] if kind.cookie else [])]
    if kind.body:
        lines += ["Content-Type: application/x-www-form-urlencoded", "Sec-Fetch-Site: same-origin"]
        lines.append(f"Content-Length: {len(kind.body)}")
    return "\r\n".join([*lines, "", kind.body]).encode()


def read(answers: BinaryIO) -> int:
    """Take an answer off a connection: its status."""
    status = int(answers.readline().split()[1])
    length = 0
    while line := answers.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)
    return status
