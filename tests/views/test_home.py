"""`GET /`, `/healthz`, `/robots.txt`."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.threads import a_thread
from unroller.models import ReadersOfDay, Thread

pytestmark = pytest.mark.django_db


def was_read(thread: Thread, readers: int = 1) -> None:
    ReadersOfDay.objects.create(thread=thread, day=datetime.now(UTC).date(), readers=readers)


def test_charlie_finds_the_paste_box_first_and_recent_threads(client: Client) -> None:
    a_thread(3, text="Why lighthouses blink at all.")
    page = client.get("/").content.decode()
    assert 'action="/unroll"' in page
    assert page.index('name="url"') < page.index("Why lighthouses blink at all")


def test_links_to_try_are_listed_while_a_sandbox_runs(client: Client, settings: Settings) -> None:
    settings.DATA_DIR = Path(settings.DATA_DIR)
    link = {"network": "X", "title": "Lights on the coast", "url": "https://x.com/a/status/1", "note": "72 posts"}
    state = settings.DATA_DIR / "sandbox.json"
    state.write_text(json.dumps({"pid": os.getpid(), "env": {}, "links": [link]}))
    try:
        assert "Lights on the coast" in client.get("/").content.decode()
    finally:
        state.unlink()
    assert "Lights on the coast" not in client.get("/").content.decode()


@pytest.mark.usefixtures("empty_redis")
def test_the_page_asks_the_same_queries_for_few_and_for_many_threads(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    was_read(a_thread(2, first=1))
    client.get("/")  # languages and the order of the most read are remembered for some minutes
    with django_assert_num_queries(2):
        client.get("/")
    for first in range(10, 300, 10):
        was_read(a_thread(2, first=first))
    cache.delete_many(["tongues", "most-read"])
    client.get("/")
    with django_assert_num_queries(2):
        page = client.get("/").content.decode()
    assert page.count('href="/thread/x/') == 12 + 6


def test_health_asks_nobody(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


def test_robots_may_read_and_not_work(client: Client) -> None:
    assert "Disallow: /unroll" in client.get("/robots.txt").content.decode()
