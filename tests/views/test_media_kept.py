"""Kept copies where they are shown: through the proxy, on the thread's page, in its files."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from msgspec.structs import replace
from pytest_django import Settings

from tests.keeping import KILOBYTE, a_member, copied, film, kept_for, photo, saves, showing, stream
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.media import Film
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import made, own_place
from tests.threads import a_thread
from unroller import kept, media
from unroller.actions import gathering, keeping, thread_files, threads
from unroller.actions import media as pictures
from unroller.core.errors import UnrollError
from unroller.core.posts import Branch, Quote
from unroller.models import Medium, Saved, ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


def body(response: Any) -> bytes:
    return response.content  # type: ignore[no-any-return]


def vanish(world: World) -> None:
    """The networks' copies are gone, and the cache forgot them."""
    world.faults.add("media", "error", status=404, times=FOR_EVER)


def test_what_vanished_at_its_network_is_still_shown(client: Client, sandbox: Sandbox, world: World) -> None:
    shown = photo(sandbox)
    kept_for(a_member(), showing(shown))
    vanish(world)
    asked = len(world.log.of("media", "/"))
    response = client.get(media.address(shown.url))
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert body(response)[:4] == b"\x89PNG"
    assert len(world.log.of("media", "/")) == asked


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-3", slice(0, 4)), ("bytes=29990-", slice(29_990, None)), ("bytes=-7", slice(-7, None))],
)
def test_a_player_gets_parts_of_a_kept_film(
    client: Client, sandbox: Sandbox, world: World, header: str, part: slice
) -> None:
    shown = film(sandbox, 30 * KILOBYTE)
    kept_for(a_member(), showing(shown))
    vanish(world)
    response = client.get(media.address(shown.url), headers={"Range": header})
    whole = Film("film", 30 * KILOBYTE).body()
    assert (response.status_code, response["Content-Type"]) == (206, "video/mp4")
    assert body(response) == whole[part]
    assert response["Content-Range"].endswith(f"/{len(whole)}")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_copy_whose_file_is_lost_is_asked_for_at_the_network(client: Client, sandbox: Sandbox, place: Path) -> None:
    shown = photo(sandbox)
    kept_for(a_member(), showing(shown))
    (place / kept.name(Medium.objects.get().digest)).unlink()
    assert body(client.get(media.address(shown.url)))[:4] == b"\x89PNG"


def test_what_is_no_longer_kept_is_not_shown(client: Client, sandbox: Sandbox, world: World) -> None:
    shown = film(sandbox)
    row = kept_for(a_member(), showing(shown))
    keeping.let_go(row)
    vanish(world)
    assert client.get(media.address(shown.url)).status_code == 404


def test_only_what_we_signed_is_shown_from_what_is_kept(client: Client, sandbox: Sandbox) -> None:
    shown = film(sandbox)
    kept_for(a_member(), showing(shown))
    encoded = media.address(shown.url).split("/")[3]
    assert client.get(f"/media/{'A' * 16}/{encoded}").status_code == 404


def page_of(client: Client, row: Saved) -> str:
    return client.get(row.thread.get_absolute_url()).content.decode()


def test_the_page_plays_a_kept_film_from_here_and_is_the_same_for_everybody(client: Client, sandbox: Sandbox) -> None:
    shown, streamed = film(sandbox), stream(sandbox)
    row = saves(a_member(), showing(shown, streamed))
    before = page_of(client, row)
    assert f'href="{shown.url}"' in before
    copied(row.thread)
    page = page_of(client, row)
    assert f'href="{site.SITE_URL}{media.address(shown.url)}"' in page
    assert shown.url not in page
    assert f'data-stream="{streamed.url}"' in page
    client.force_login(row.user)
    assert page_of(client, row) == page
    keeping.let_go(row)
    assert page_of(client, row) == before


def test_films_of_quoted_posts_and_branches_are_played_from_here_too(sandbox: Sandbox) -> None:
    shown = film(sandbox)
    quote = Quote(id="9", media=(shown,))
    thread = a_thread(2, quote=quote)
    kept_for(a_member(), thread)
    words = threads.content(thread)
    assert words is not None
    branch = Branch(parent_id="1", entries=words.line)
    own = site.SITE_URL + media.address(shown.url)
    moved = kept.with_own_recordings(thread, replace(words, context=quote, branches=(branch,)))
    quotes = [moved.context, *(post.quote for post in moved.posts)]
    assert [each.media[0].url for each in quotes if each] == [own] * 3
    assert moved.line[1:] == words.line[1:]


def test_files_are_made_with_the_kept_pictures(sandbox: Sandbox, world: World, tmp_path: Path) -> None:
    shown, other, played = photo(sandbox), photo(sandbox, seed="2"), film(sandbox)
    thread = showing(shown, played)
    kept_for(a_member(), thread)
    vanish(world)
    told: list[tuple[int, int]] = []
    folder = tmp_path / "gathered"
    folder.mkdir()
    found = gathering.gather(
        [shown.url, other.url, played.url], folder, kept=kept.copies(thread), tell=lambda *counts: told.append(counts)
    )
    assert found[shown.url].read_bytes()[:4] == b"\x89PNG"
    assert set(found) == {shown.url}
    assert told[-1] == (3, 3)


def test_a_book_of_a_thread_whose_pictures_vanished_has_them(sandbox: Sandbox, world: World) -> None:
    thread = showing(photo(sandbox))
    kept_for(a_member(), thread)
    vanish(world)
    file = made(thread, ThreadFile.Kind.EPUB)
    with thread_files.opened(file) as book, zipfile.ZipFile(book) as parts:  # type: ignore[union-attr]
        assert [name for name in parts.namelist() if name.endswith((".png", ".jpg"))]


def test_what_is_neither_kept_nor_there_is_an_error(sandbox: Sandbox, world: World) -> None:
    vanish(world)
    with pytest.raises(UnrollError):
        pictures.opened(photo(sandbox).url)
