"""A thread with hostile words in every field, in a real browser: nothing runs, and nothing leaves for elsewhere."""

from urllib.parse import urlsplit

import pytest
from django.db import transaction
from playwright.sync_api import Dialog, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.hostile.poison import thread
from unroller.actions import threads

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

ONE_A_NETWORK = ("x/new-vocabulary", "bluesky/every-embed", "mastodon/warning-media-poll")


def test_hostile_threads_run_nothing_and_ask_nobody_else(
    page: Page, live_server: LiveServer, settings: Settings
) -> None:
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STORAGES, settings.MEDIA_HOSTS = storages, frozenset({"nowhere.invalid"})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def heard(dialog: Dialog) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", heard)
    page.route("**/media/**", lambda route: route.fulfill(status=200, content_type="image/png", body=b""))
    for case in ONE_A_NETWORK:
        with transaction.atomic():
            row = threads.save(thread(case), None)
        page.goto(f"{live_server.url}{row.get_absolute_url()}")
        expect(page.get_by_text("{{7*7}}").first).to_be_attached()
    assert said == []
    ours = urlsplit(live_server.url).netloc
    assert [url for url in asked if urlsplit(url).netloc != ours] == []
