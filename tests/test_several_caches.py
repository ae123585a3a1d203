"""The picture caches of several machines: what is taken away at one is shown by none."""

import os
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.keeping import photo
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import forgotten, store
from unroller.actions import media, upkeep
from unroller.actions.archives import files

pytestmark = pytest.mark.django_db


class Machines:
    """Two of them, with folders of their own; this process is one at a time."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        place = {"BACKEND": "unroller.object_store.ObjectStore", "OPTIONS": {"bucket_name": "none"}}
        settings.STORAGES = settings.STORAGES | {"default": place}

    def be(self, name: str) -> None:
        self._settings.DATA_DIR = self._folder / name


@pytest.fixture
def machines(settings: Settings, tmp_path: Path) -> Machines:
    found = Machines(settings, tmp_path)
    found.be("B")
    return found


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds, time.time() - seconds))


def test_what_one_machine_forgets_no_other_shows(machines: Machines, sandbox: Sandbox, world: World) -> None:
    gone, stays = photo(sandbox, seed="1").url, photo(sandbox, seed="2").url
    media.get(gone)
    media.get(stays)
    machines.be("A")
    media.forget([gone])
    machines.be("B")
    assert media.cached(stays)
    asked = len(world.log.of("media", "/"))
    assert media.cached(gone) is None
    media.get(gone)  # another thread shows it too: it is asked for again
    assert len(world.log.of("media", "/")) == asked + 1


def test_what_comes_after_the_news_is_believed(
    machines: Machines, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgotten, "SKEW_SECONDS", -5)
    media.forget([photo(sandbox).url])
    media.get(photo(sandbox).url)
    assert media.cached(photo(sandbox).url)


def test_news_that_redis_lost_cost_no_more_than_a_day(machines: Machines, sandbox: Sandbox) -> None:
    url = photo(sandbox).url
    path = media.get(url).path
    machines.be("A")
    media.forget([url])
    store.client().flushdb()
    machines.be("B")
    assert media.cached(url)
    age(path, forgotten.TRUST_SECONDS + 1)
    assert media.cached(url) is None
    assert not path.exists()


def test_one_machine_alone_asks_nobody_and_keeps_pictures_for_longer(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    path = media.get(photo(sandbox).url).path
    age(path, 10 * forgotten.TRUST_SECONDS)
    assert media.cached(photo(sandbox).url)
    assert not upkeep.look_after()
    assert not (tmp_path / upkeep.STAMP).exists()


def test_every_machine_keeps_its_own_folder_in_order_now_and_then(
    machines: Machines, sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_CACHE_MEGABYTES = 0
    for name in ("A", "B"):
        machines.be(name)
        monkeypatch.setattr(upkeep._Pace, "next_at", 0.0)
        media.get(photo(sandbox).url)
        left = files.folder() / "left.part"
        left.write_bytes(b"x")
        age(left, files.ENDED_SECONDS + 1)
        assert upkeep.look_after()
        assert media.cached(photo(sandbox).url) is None
        assert not left.exists()
        monkeypatch.setattr(upkeep._Pace, "next_at", 0.0)
        assert not upkeep.look_after()  # another process of this machine just did
        age(settings.DATA_DIR / upkeep.STAMP, upkeep.EVERY_SECONDS + 1)
        assert not upkeep.look_after()  # this process looked a moment ago
        monkeypatch.setattr(upkeep._Pace, "next_at", 0.0)
        assert upkeep.look_after()
