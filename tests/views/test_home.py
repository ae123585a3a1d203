"""`GET /`, `/healthz`, `/robots.txt`."""

import json
import os
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.threads import a_thread

pytestmark = pytest.mark.django_db


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


def test_the_page_asks_the_same_query_for_no_and_for_many_threads(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        client.get("/")
    for first in range(10, 300, 10):
        a_thread(2, first=first)
    with django_assert_num_queries(1):
        page = client.get("/").content.decode()
    assert page.count('href="/thread/x/') == 12


def test_health_asks_nobody(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


def test_robots_may_read_and_not_work(client: Client) -> None:
    assert "Disallow: /unroll" in client.get("/robots.txt").content.decode()
