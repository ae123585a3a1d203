"""Ten thousand requests a second from one address: they are refused by a real web process, and others are answered."""

import multiprocessing
from collections.abc import Iterator
from http import HTTPStatus
from time import perf_counter

import pytest

from tests.bench.flood import flood, visit
from tests.processes import Web
from unroller.gate import READERS

REQUESTS = 4_000


@pytest.fixture
def web() -> Iterator[Web]:
    """As behind a proxy on this machine."""
    started = Web(TRUSTED_PROXIES="127.0.0.1")
    yield started
    started.kill()


@pytest.mark.django_db(transaction=True)
def test_a_flood_is_refused_and_another_visitor_is_answered(web: Web) -> None:
    start, waited = perf_counter(), list[float]()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        flooding = pool.apply_async(flood, (web.port, REQUESTS))
        while not flooding.ready():
            waited += visit(web.port, 0.5)
        statuses = flooding.get()
    assert set(statuses) == {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}
    assert statuses.total() == REQUESTS
    assert statuses[HTTPStatus.OK] <= READERS.burst + READERS.steady * (perf_counter() - start)
    assert waited, "each of the visitor's requests was answered with a page"
