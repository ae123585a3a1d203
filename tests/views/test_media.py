"""`GET /media/<signature>/<address>`: the picture proxy."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.threads import a_thread
from unroller import media, networks
from unroller.actions import media as pictures
from unroller.actions import threads
from unroller.core.errors import Gone
from unroller.core.posts import Media

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
    pictures.forget(f"http://{name}{path}" for path in Files.holds)


def test_charlie_sees_a_picture_and_the_network_is_asked_once(client: Client, host: str) -> None:
    for _ in range(3):
        response = client.get(media.address(f"{host}/a.png"))
        assert response.status_code == 200
        assert response["Content-Type"] == "image/png"
        assert b"".join(response.streaming_content) == PNG  # type: ignore[attr-defined]
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
    body = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert response.status_code == 206
    assert body == MP4[start:stop]
    assert response["Content-Length"] == str(len(body))
    assert response["Content-Range"].endswith(f"/{len(MP4)}")


@pytest.mark.parametrize("header", ["bytes=9-3", "bytes=99999-", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes=a-b"])
def test_a_senseless_range_gets_everything(client: Client, host: str, header: str) -> None:
    response = client.get(media.address(f"{host}/film.mp4"), headers={"Range": header})
    assert (response.status_code, b"".join(response.streaming_content)) == (200, MP4)  # type: ignore[attr-defined]


def test_a_removed_thread_takes_its_kept_pictures_along(
    client: Client, host: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo = Media(type="photo", url=f"{host}/a.png", width=10, height=10)
    row = a_thread(2, media=(photo,))
    b"".join(client.get(media.address(photo.url)).streaming_content)  # type: ignore[attr-defined]
    kept = pictures.get(photo.url).path
    assert kept.exists()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        threads.remove(row, Gone())
    assert not kept.exists()


def test_the_cache_keeps_within_its_bound_and_forgets_what_was_not_shown_longest(host: str, settings: Settings) -> None:
    Files.holds = {f"/{number}.png": PNG + os.urandom(600_000) for number in range(4)}
    kept = [pictures.get(f"{host}/{number}.png").path for number in range(4)]
    for age, path in enumerate(kept):
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    settings.MEDIA_CACHE_MEGABYTES = 1
    pictures.trim()
    assert [path.exists() for path in kept] == [False, False, False, True]
