"""One address asks as fast as it can: what that costs another visitor."""

import multiprocessing
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from statistics import median
from time import perf_counter, sleep

from tests.bench.serving import serving
from tests.bench.visiting import PROXY, read

CONNECTIONS, AT_ONCE = 8, 50
REQUESTS = 100_000
FLOODER, VISITOR = "93.184.216.34", "93.184.216.35"
CHEAP, PAGE = "/opensearch.xml", "/help"
SECONDS, PAUSE = 10.0, 0.05
"""How long a visitor looks around, and how long between two requests: a visitor is counted too."""


def measure() -> Iterator[str]:
    """Requests of the flood a second, nearly all refused, and what the visitor waits for a page with it and without."""
    with serving() as port, multiprocessing.get_context("spawn").Pool(1) as pool:
        visit(port, 1)
        at_rest = visit(port, SECONDS)
        start = perf_counter()
        flooding = pool.apply_async(flood, (port, REQUESTS))
        flooded = []
        while not flooding.ready():
            flooded += visit(port, 1)
        seconds = perf_counter() - start
        refused = flooding.get()[HTTPStatus.TOO_MANY_REQUESTS]
    yield (
        f"flood, {REQUESTS:,} requests of one address: {REQUESTS / seconds:,.0f} a second,"
        f" {refused / REQUESTS:.1%} refused; another visitor waits {_waited(flooded)}, without it {_waited(at_rest)}"
    )


def _waited(times: list[float]) -> str:
    return f"{1000 * median(times):.1f} ms in the middle and {1000 * max(times):.0f} ms at most"


def visit(port: int, seconds: float) -> list[float]:
    """The seconds of each request of a visitor. Raises RuntimeError for any that is refused."""
    times: list[float] = []
    end = perf_counter() + seconds
    with socket.create_connection((PROXY, port)) as connection, connection.makefile("rb") as answers:
        while perf_counter() < end:
            start = perf_counter()
            connection.sendall(request(VISITOR, PAGE))
            if (status := read(answers)) != HTTPStatus.OK:
                raise RuntimeError(f"the visitor got {status}")
            times.append(perf_counter() - start)
            sleep(PAUSE)
    return times


def flood(port: int, requests: int) -> Counter[int]:
    """Ask without a pause over several connections, many requests ahead on each: how often came which status."""
    statuses = Counter[int]()

    def ask() -> None:
        with socket.create_connection((PROXY, port)) as connection, connection.makefile("rb") as answers:
            for _ in range(requests // AT_ONCE // CONNECTIONS):
                connection.sendall(request(FLOODER, CHEAP) * AT_ONCE)
                statuses.update(read(answers) for _ in range(AT_ONCE))

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def request(address: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {address}\r\n\r\n".encode()
