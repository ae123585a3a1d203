"""`GET /manifest.webmanifest`, and what other apps share into the site."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image
from pytest_django import Settings

from unroller.models import Job

pytestmark = pytest.mark.django_db

LINK = "https://x.com/maralind/status/1700000000000000001"


def test_the_site_can_be_installed(client: Client) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    assert manifest["start_url"] == "/"
    assert manifest["display"] == "minimal-ui"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert b'rel="manifest" href="/manifest.webmanifest"' in client.get("/").content


@pytest.mark.parametrize(("name", "size"), [("icon-192", 192), ("icon-512", 512), ("icon-maskable", 512)])
def test_icons_are_as_large_as_the_manifest_says(name: str, size: int) -> None:
    found = finders.find(f"{name}.png")
    assert isinstance(found, str)
    with Image.open(found) as icon:
        assert icon.size == (size, size)


@pytest.mark.parametrize(
    "shared",
    [
        {"url": LINK},
        {"text": f"Worth a read: {LINK}", "title": "A post"},
        {"url": "", "text": LINK},
        {"title": LINK},
    ],
)
def test_what_another_app_shares_fills_the_form_and_starts_nothing(client: Client, shared: dict[str, str]) -> None:
    action = client.get("/manifest.webmanifest").json()["share_target"]
    assert action["method"] == "GET"
    response = client.get(action["action"], {action["params"][name]: value for name, value in shared.items()})
    assert LINK in response.content.decode()
    assert not Job.objects.exists()


def test_the_bookmark_brings_the_page_it_was_clicked_on(client: Client, settings: Settings) -> None:
    bookmark = f"javascript:location.href='{settings.SITE_URL}/unroll?url='+encodeURIComponent(location.href)"
    assert f'href="{bookmark}"' in client.get("/").content.decode()
