"""The thread page from the store, against a Django view that says "ok" on the same server."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter

from django.db import transaction
from django.test import Client

from tests.bench.load import rate
from tests.bench.serving import serving
from tests.bench.threads import chain
from unroller import store
from unroller.actions import threads
from unroller.core.assemble import assemble
from unroller.models import Thread

POSTS = 72
ROUNDS = 3
ADDRESS = "/thread/x/1"


def measure() -> Iterator[str]:
    """First byte of a cold render; then requests a second of both, in turn, three times (aim: at least 0.9)."""
    with transaction.atomic():
        row = Thread.objects.filter(source="x", path="1").first()
        threads.save(assemble(chain(POSTS)).thread, row)
    yield f"cold render of {POSTS} posts: {cold() * 1000:.1f} ms"
    with serving() as port:
        pairs = [(rate(port, ADDRESS), rate(port, "/healthz")) for _ in range(ROUNDS)]
    page, reference = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    ratio = median(pair[0] / pair[1] for pair in pairs)
    yield f"ok view: {reference:.0f} requests/s"
    yield f"stored page of {POSTS} posts: {page:.0f} requests/s ({ratio:.2f} to OK VIEW; at least 0.9)"


def cold() -> float:
    """Seconds until Django has the whole page, nothing stored; the fastest of ten after two to warm up."""
    client = Client(HTTP_HOST="localhost")
    times = []
    for _ in range(12):
        store.client().delete(f"page:{ADDRESS}")
        start = perf_counter()
        assert client.get(ADDRESS).status_code == 200
        times.append(perf_counter() - start)
    return min(times[2:])
