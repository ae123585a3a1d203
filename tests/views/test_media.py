"""`GET /media/<signature>/<address>`: the picture proxy."""

import gc
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from tests.threads import a_thread
from unroller import media, networks
from unroller.actions import media as pictures
from unroller.actions import moderating, threads
from unroller.core.errors import Gone
from unroller.core.posts import Media
from unroller.views import media as view

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 200
MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


class Files(BaseHTTPRequestHandler):
    """A picture host: what it holds, and how often it was asked."""

    holds: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.holds.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def host(settings: Settings) -> Iterator[str]:
    Files.holds, Files.asked = {"/a.png": PNG, "/film.mp4": MP4, "/evil.png": SVG}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    name = f"127.0.0.1:{server.server_port}"
    settings.FETCH_ALLOW_HOSTS = frozenset({name})
    networks.http.cache_clear()
    yield f"http://{name}"
    networks.http().close()
    networks.http.cache_clear()
    server.shutdown()
    server.server_close()
    pictures.forget([f"http://{name}{path}" for path in Files.holds])


def test_charlie_sees_a_picture_and_the_network_is_asked_once(
    client: Client, host: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        with django_assert_max_num_queries(3):
            response = client.get(media.address(f"{host}/a.png"))
        assert response.status_code == 200
        assert response["Content-Type"] == "image/png"
        assert response.content == PNG
    assert Files.asked == ["/a.png"]
    assert response["Cache-Control"] == "public, max-age=3600"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_only_what_we_signed_is_fetched(client: Client, host: str) -> None:
    address = media.address(f"{host}/a.png")
    signature, encoded = address.split("/")[2:]
    other = media.address(f"{host}/b.png").split("/")[3]
    for path in (
        f"{signature}/{other}",
        f"{'A' * 16}/{encoded}",
        f"{signature}/!!!",
        f"{signature}/é",
        "x/" + "A" * 5000,
    ):
        assert client.get(f"/media/{path}").status_code == 404
    assert Files.asked == []


def test_a_document_that_calls_itself_a_picture_is_not_shown(client: Client, host: str) -> None:
    assert client.get(media.address(f"{host}/evil.png")).status_code == 502


def test_a_picture_that_is_gone_is_404(client: Client, host: str) -> None:
    assert client.get(media.address(f"{host}/none.png")).status_code == 404


def test_private_addresses_are_not_fetched_even_when_signed(client: Client) -> None:
    for url in (
        "https://127.0.0.1/a.png",
        "http://169.254.169.254/latest",
        "https://[::1]/a.png",
        "file:///etc/passwd",
    ):
        assert client.get(media.address(url)).status_code == 404


def test_a_host_outside_media_hosts_is_not_asked(client: Client, host: str, settings: Settings) -> None:
    settings.MEDIA_HOSTS, settings.FETCH_ALLOW_HOSTS = frozenset({"pictures.example"}), frozenset()
    assert client.get(media.address(f"{host}/a.png")).status_code == 404
    assert Files.asked == []


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [("bytes=0-3", 0, 4), ("bytes=100-", 100, None), ("bytes=-10", -10, None), ("bytes=5-5", 5, 6)],
)
def test_a_player_gets_the_part_it_asks_for(
    client: Client, host: str, header: str, start: int, stop: int | None
) -> None:
    response = client.get(media.address(f"{host}/film.mp4"), headers={"Range": header})
    assert response.status_code == 206
    assert response.content == MP4[start:stop]
    assert response["Content-Length"] == str(len(response.content))
    assert response["Content-Range"].endswith(f"/{len(MP4)}")


@pytest.mark.parametrize(
    "header", ["bytes=9-3", "bytes=99999-", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes=-0", "bytes=a-b"]
)
def test_a_senseless_range_gets_everything(client: Client, host: str, header: str) -> None:
    response = client.get(media.address(f"{host}/film.mp4"), headers={"Range": header})
    assert (response.status_code, response.content) == (200, MP4)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", slice(0, 300)),
        ("bytes=500-", slice(500, 800)),
        ("bytes=900-", slice(900, None)),
        ("bytes=-700", slice(-700, -400)),
    ],
)
def test_a_player_gets_no_more_than_a_part_at_once(
    client: Client, host: str, monkeypatch: pytest.MonkeyPatch, header: str, part: slice
) -> None:
    monkeypatch.setattr(view, "PART_BYTES", 300)
    response = client.get(media.address(f"{host}/film.mp4"), headers={"Range": header})
    assert (response.status_code, response.streaming) == (206, False)
    assert response.content == MP4[part]
    numbers = range(len(MP4))[part]
    assert response["Content-Range"] == f"bytes {numbers[0]}-{numbers[-1]}/{len(MP4)}"
    assert response["Content-Length"] == str(len(response.content))


def test_only_two_have_a_large_film_as_a_whole_at_once_while_parts_are_for_all(
    client: Client, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "AT_ONCE_BYTES", 1000)
    address = media.address(f"{host}/film.mp4")
    first, second, third = (client.get(address) for _ in range(3))
    assert (third.status_code, third["Retry-After"], third["Cache-Control"]) == (503, "10", "no-store")
    assert client.get(address, headers={"Range": "bytes=0-3"}).content == MP4[:4]
    assert client.head(address)["Content-Length"] == str(len(MP4))
    for response in (first, second):
        assert b"".join(response.streaming_content) == MP4  # type: ignore[attr-defined]
        assert (response.status_code, response["Content-Length"]) == (200, str(len(MP4)))
    fourth = client.get(address)
    assert fourth.status_code == 200
    fourth.close()


def test_a_turn_is_given_back_by_who_is_forgotten(client: Client, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "AT_ONCE_BYTES", 1000)
    for _ in range(5):
        response = client.get(media.address(f"{host}/film.mp4"))
        assert response.status_code == 200
        del response
        gc.collect()


def test_a_picture_that_is_tidied_away_while_it_is_asked_for_is_fetched_again(
    client: Client, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, really = f"{host}/a.png", pictures.cached
    assert client.get(media.address(url)).status_code == 200

    def seen_for_the_last_time(address: str) -> pictures.Medium | None:
        found = really(address)
        if found is not None:
            found.path.unlink()
        return found

    monkeypatch.setattr(pictures, "cached", seen_for_the_last_time)
    response = client.get(media.address(url))
    assert (response.status_code, response.content) == (200, PNG)
    assert Files.asked == ["/a.png", "/a.png"]


def test_a_removed_thread_takes_its_kept_pictures_along(
    client: Client, host: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo = Media(type="photo", url=f"{host}/a.png", width=10, height=10)
    row = a_thread(2, media=(photo,))
    client.get(media.address(photo.url))
    kept = pictures.get(photo.url).path
    assert kept.exists()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        threads.remove(row, Gone())
    assert not kept.exists()


def test_a_picture_that_operators_took_away_is_not_fetched_again(
    client: Client, host: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo = Media(type="photo", url=f"{host}/a.png", width=10, height=10)
    row = a_thread(2, media=(photo,))

    def statuses() -> tuple[int, int]:
        return client.get(media.address(photo.url)).status_code, len(Files.asked)

    assert statuses() == (200, 1)
    with django_capture_on_commit_callbacks(execute=True):
        moderating.hide(row.pk, "threats")
    assert statuses() == (404, 1)
    with django_capture_on_commit_callbacks(execute=True):
        moderating.show_again(row.pk)
    assert statuses() == (200, 2)
    with django_capture_on_commit_callbacks(execute=True):
        moderating.hide(row.pk, "threats")
        moderating.remove(row.pk)
    assert statuses() == (404, 2)


def test_the_cache_keeps_within_its_bound_and_forgets_what_was_not_shown_longest(host: str, settings: Settings) -> None:
    Files.holds = {f"/{number}.png": PNG + os.urandom(600_000) for number in range(4)}
    kept = [pictures.get(f"{host}/{number}.png").path for number in range(4)]
    for age, path in enumerate(kept):
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    settings.MEDIA_CACHE_MEGABYTES = 1
    (kept[0].parent / "gone").symlink_to("nowhere")  # as a file that is deleted between listing and looking
    pictures.trim()
    (kept[0].parent / "gone").unlink()
    assert [path.exists() for path in kept] == [False, False, False, True]
