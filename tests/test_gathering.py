"""The pictures of a file: what comes in time is there, what does not is left out."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from tests.sandbox.faults import FOR_EVER
from tests.sandbox.media import CLIP_PATH
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import own_place, photos
from unroller.actions import gathering, media

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    own_place(tmp_path / "data", settings)
    folder = tmp_path / "gathered"
    folder.mkdir()
    yield folder
    assert sorted(folder.iterdir()) == sorted(path for path in folder.iterdir() if path.stat().st_size)


def addresses(sandbox: Sandbox, count: int) -> list[str]:
    return [photo.url for photo in photos(sandbox, count)]


def gathered(wanted: list[str], folder: Path) -> list[str]:
    """The addresses whose pictures came, in the order in which they were wanted."""
    found = gathering.gather(wanted, folder, tell=lambda done, total: None)
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in found.values())
    return [url for url in wanted if url in found]


def test_all_pictures_come_and_it_is_told_how_far_it_is(sandbox: Sandbox, place: Path) -> None:
    wanted, told = addresses(sandbox, 7), list[tuple[int, int]]()
    found = gathering.gather(wanted, place, tell=lambda *counts: told.append(counts))
    assert set(found) == set(wanted)
    assert len({path.read_bytes() for path in found.values()}) == 7
    assert (told[0], told[-1]) == ((0, 7), (7, 7))


def test_a_gathered_picture_outlives_the_cache(sandbox: Sandbox, place: Path) -> None:
    wanted = addresses(sandbox, 1)
    found = gathering.gather(wanted, place, tell=lambda done, total: None)
    media.forget(wanted)
    assert found[wanted[0]].read_bytes()[:4] == b"\x89PNG"


def test_pictures_that_are_kept_already_are_not_fetched_again(sandbox: Sandbox, world: World, place: Path) -> None:
    wanted = addresses(sandbox, 3)
    gathered(wanted, place)
    other = place.parent / "other"
    other.mkdir()
    assert gathered(wanted, other) == wanted
    assert len(world.log.of("media", "/picture/")) == 3


@pytest.mark.parametrize("fault", ["error", "error-html", "html", "close", "cut-off", "huge"])
def test_a_picture_that_fails_is_left_out(sandbox: Sandbox, world: World, place: Path, fault: str) -> None:
    wanted = addresses(sandbox, 4)
    world.faults.add("media", fault, path=urlsplit(wanted[1]).path, times=FOR_EVER)  # type: ignore[arg-type]
    assert gathered(wanted, place) == [wanted[0], *wanted[2:]]


@pytest.mark.parametrize(
    "url", ["", "https://[bad", "https://x\ud800/a.png", "file:///etc/passwd", "https://10.0.0.1/"]
)
def test_what_is_no_public_address_is_left_out(sandbox: Sandbox, place: Path, url: str) -> None:
    wanted = addresses(sandbox, 1)
    assert gathered([url, *wanted], place) == wanted


def test_a_film_is_no_picture(sandbox: Sandbox, place: Path) -> None:
    assert gathered([sandbox.urls()["media"] + CLIP_PATH], place) == []


def test_a_slow_picture_does_not_hold_up_the_file(
    sandbox: Sandbox, world: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = addresses(sandbox, 4)
    world.faults.add("media", "hang", path=urlsplit(wanted[0]).path, times=FOR_EVER)
    monkeypatch.setattr(gathering, "SECONDS", 2.0)
    began = time.monotonic()
    assert gathered(wanted, place) == wanted[1:]
    assert time.monotonic() - began < 6
    world.faults.clear()


def test_a_host_that_loses_our_time_is_not_asked_any_more(
    sandbox: Sandbox, world: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = addresses(sandbox, 12)
    world.faults.add("media", "drip", times=FOR_EVER, seconds=30)
    monkeypatch.setattr(media, "TOTAL_SECONDS", 0.2)
    monkeypatch.setattr(gathering, "SECONDS_LOST", 0.3)
    assert gathered(wanted, place) == []
    assert len(world.log.of("media", "/picture/")) <= 8


def test_there_are_no_more_pictures_than_a_file_may_have(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = addresses(sandbox, 5)
    monkeypatch.setattr(gathering, "MOST_PICTURES", 3)
    assert gathered(wanted, place) == wanted[:3]


def test_there_are_no_more_bytes_than_a_file_may_have(
    sandbox: Sandbox, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_BYTES", 1)
    assert len(gathered(addresses(sandbox, 9), place)) == 1


def test_whoever_is_told_may_stop_it(sandbox: Sandbox, world: World, place: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyError(done)

    with pytest.raises(KeyError):
        gathering.gather(addresses(sandbox, 5), place, tell=stop)
    assert world.log.of("media", "/picture/") == []
