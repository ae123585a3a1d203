"""The WSGI layer in front of Django: the same stored bytes for everybody, gone before a removal commits."""

import gzip
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, cast

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.threads import a_thread
from unroller import pages, store
from unroller.actions import threads
from unroller.core.errors import Gone
from unroller.pages import StoredPages

pytestmark = pytest.mark.django_db


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    queries: int


Get = Callable[..., Answer]


@pytest.fixture
def get() -> Iterator[Get]:
    """A GET through the layer and all of Django, as a WSGI server would do it, on the test's own connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    application = StoredPages(WSGIHandler())

    def ask(path: str, method: str = "GET", **environ: str) -> Answer:
        seen: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            seen.update(status=int(status.split(maxsplit=1)[0]), headers=dict(headers))

        path, _, query = path.partition("?")
        request = RequestFactory(headers={"host": "localhost"}).generic(method, path)
        with CaptureQueriesContext(connection) as queries:
            body: Iterable[bytes] = application({**request.environ, "QUERY_STRING": query, **environ}, start)
            content = b"".join(body)
        return Answer(seen["status"], seen["headers"], content, len(queries))

    yield ask
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_second_reader_is_answered_without_a_query_and_with_the_same_bytes(get: Get) -> None:
    a_thread(3)
    first, second = get("/thread/x/1"), get("/thread/x/1")
    assert first.queries > 0
    assert second.queries == 0
    assert (first.status, first.headers, first.body) == (second.status, second.headers, second.body)
    assert b"This is post 3." in second.body


def test_stored_headers_are_those_of_every_page(get: Get) -> None:
    a_thread(3)
    get("/thread/x/1")
    headers = get("/thread/x/1").headers
    assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in headers
    assert pages.MARK not in headers


def test_a_browser_that_has_the_page_is_told_so(get: Get) -> None:
    a_thread(3)
    etag = get("/thread/x/1").headers["ETag"]
    answer = get("/thread/x/1", HTTP_IF_NONE_MATCH=f'"other", {etag}')
    assert (answer.status, answer.body, answer.queries) == (304, b"", 0)
    a_thread(4)
    assert get("/thread/x/1", HTTP_IF_NONE_MATCH=etag).status == 200


def test_compressed_and_plain_readers_read_the_same(get: Get) -> None:
    a_thread(3)
    plain = get("/thread/x/1")
    packed = get("/thread/x/1", HTTP_ACCEPT_ENCODING="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body)
    assert int(plain.headers["Content-Length"]) == len(plain.body)


def test_head_has_the_headers_and_no_body(get: Get) -> None:
    a_thread(3)
    full, head = get("/thread/x/1"), get("/thread/x/1", "HEAD")
    assert head.body == b""
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


def test_a_first_reader_who_asks_for_the_head_only_leaves_the_whole_page(get: Get) -> None:
    a_thread(3)
    assert get("/thread/x/1", "HEAD").body == b""
    answer = get("/thread/x/1")
    assert answer.queries == 0
    assert b"This is post 3." in answer.body


def test_tracking_parameters_do_not_make_another_page(get: Get) -> None:
    a_thread(3)
    get("/thread/x/1")
    assert get("/thread/x/1?utm_source=mail").queries == 0


def test_a_changed_thread_is_rendered_again(get: Get) -> None:
    a_thread(3)
    get("/thread/x/1")
    a_thread(4)
    assert b"This is post 4." in get("/thread/x/1").body


def test_a_removed_thread_is_gone_at_once(get: Get) -> None:
    row = a_thread(3)
    get("/thread/x/1")
    with transaction.atomic():
        threads.remove(row, Gone())
        assert pages.look_up("/thread/x/1") is None
    assert get("/thread/x/1").status == 410
    assert pages.look_up("/thread/x/1") is None


def test_a_slow_render_of_the_old_version_is_not_stored_after_a_removal(get: Get) -> None:
    row = a_thread(3)
    get("/thread/x/1")
    old = pages.look_up("/thread/x/1")
    assert old is not None
    with transaction.atomic():
        threads.remove(row, Gone())
    pages.keep("/thread/x/1", 1, old)
    assert pages.look_up("/thread/x/1") is None


def test_a_page_of_another_release_is_not_served(get: Get, settings: Settings) -> None:
    a_thread(3)
    get("/thread/x/1")
    settings.SITE_NAME = "Renamed"
    pages.release.cache_clear()
    try:
        assert b"Renamed" in get("/thread/x/1").body
    finally:
        pages.release.cache_clear()


def test_without_redis_pages_come_from_django(get: Get, settings: Settings) -> None:
    a_thread(3)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        assert get("/thread/x/1").status == 200
        assert get("/thread/x/1").queries > 0
    finally:
        store.client.cache_clear()


def test_unknown_hosts_are_refused_even_when_the_page_is_stored(get: Get) -> None:
    a_thread(3)
    get("/thread/x/1")
    assert get("/thread/x/1", HTTP_HOST="evil.example").status == 400


def test_redirects_errors_and_other_pages_are_not_stored(get: Get) -> None:
    a_thread(3)
    for path in ("/thread/x/2", "/thread/x/404", "/thread/x/1?from=reply", "/", "/thread/x/1.json"):
        get(path)
    assert [key for key in store.client().keys("page:*") if b"floor" not in cast(bytes, key)] == []
