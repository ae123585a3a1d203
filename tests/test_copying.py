"""Copies of kept threads: what is fetched, what cannot be had, what is asked for again."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.keeping import (
    KILOBYTE,
    a_member,
    copied,
    elsewhere,
    elsewhere_done,
    files,
    film,
    in_order,
    is_kept,
    photo,
    removed,
    saves,
    showing,
    stream,
)
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sources.loopback import answer, endless, head
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller import kept
from unroller.actions import copying, keeping, media, threads
from unroller.core.posts import Media
from unroller.models import Keeping, KeptMedium, Medium, Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


def due_again(thread: Thread) -> None:
    """As if the pause were over."""
    Keeping.objects.filter(pk=thread.pk).update(not_before=timezone.now() - timedelta(seconds=1))


def test_pictures_and_films_are_copied_and_weighed(sandbox: Sandbox, place: Path) -> None:
    thread = showing(photo(sandbox), film(sandbox, 50 * KILOBYTE))
    saves(a_member(), thread)
    row = copied(thread)
    assert row.finished_at is not None
    assert (row.changed_at, row.missing, row.attempts) == (thread.changed_at, 0, 0)
    assert {medium.type for medium in Medium.objects.all()} == {"image/png", "video/mp4"}
    assert row.size == sum(medium.size for medium in Medium.objects.all()) > 50 * KILOBYTE
    assert in_order(place)
    assert not list((place.parent / "copying").iterdir())


def test_the_same_bytes_at_two_addresses_are_one_file_that_counts_once(settings: Settings, place: Path) -> None:
    whole = b"\0\0\0\x18ftypmp42" + bytes(1000)
    with elsewhere(lambda _: [answer(whole)], settings) as server:
        thread = showing(*(Media(type="video", url=f"{server.url}/{name}") for name in "ab"))
        saves(a_member(), thread)
        row = copied(thread)
    assert KeptMedium.objects.count() == len(server.asked) == 2
    assert (len(files(place)), row.size, row.missing) == (1, len(whole), 0)


def test_what_is_gone_or_no_picture_is_missing_and_the_rest_is_here(sandbox: Sandbox, world: World) -> None:
    world.faults.add("media", "html", path="/film/lies", times=FOR_EVER)
    gone = Media(type="photo", url=sandbox.urls()["media"] + "/picture/none.png")
    thread = showing(photo(sandbox), gone, film(sandbox, seed="lies"))
    saves(a_member(), thread)
    row = copied(thread)
    assert (row.missing, row.finished_at is not None) == (2, True)
    assert Medium.objects.get().type == "image/png"


def test_a_film_of_two_gigabytes_is_refused_by_what_it_says_it_weighs(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    world.faults.add("media", "huge", path="/film/", megabytes=2048, times=FOR_EVER)
    thread = showing(film(sandbox), photo(sandbox))
    saves(a_member(), thread)
    row = copied(thread)
    assert (row.missing, row.finished_at is not None, len(files(place))) == (1, True, 1)
    assert len(world.log.of("media", "/film/")) == 1


def test_a_film_that_does_not_say_so_is_cut_off(
    settings: Settings, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MOST_BYTES_A_RECORDING", 1_000_000)
    film_without_end = endless(head("Connection: close") + b"\0\0\0\x18ftypmp42", bytes(65536))
    with elsewhere(film_without_end, settings) as server:
        thread = showing(Media(type="video", url=f"{server.url}/film.mp4"))
        saves(a_member(), thread)
        row = copied(thread)
    assert (row.missing, row.size, files(place)) == (1, 0, [])
    assert server.sent < 20_000_000
    assert not list((place.parent / "copying").iterdir())


def test_a_thread_takes_no_more_than_its_share(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MOST_BYTES_A_THREAD", 25 * KILOBYTE)
    thread = showing(*(film(sandbox, 10 * KILOBYTE, seed=f"f{n}") for n in range(4)))
    saves(a_member(), thread)
    row = copied(thread)
    assert (row.size, row.missing) == (20 * KILOBYTE, 2)


def test_of_a_film_that_is_only_streamed_the_poster_is_kept_and_it_counts_as_missing(
    sandbox: Sandbox, world: World
) -> None:
    thread = showing(stream(sandbox))
    saves(a_member(), thread)
    row = copied(thread)
    assert row.missing == 1
    assert Medium.objects.get().type == "image/png"
    assert world.log.of("media", "/clip/") == []


def test_a_host_that_is_away_is_asked_again_later_and_what_is_here_is_not(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    world.faults.add("media", "error", path="/film/", times=FOR_EVER)
    thread = showing(photo(sandbox), film(sandbox))
    saves(a_member(), thread)
    row = copied(thread)
    assert (row.finished_at, row.attempts, row.missing) == (None, 1, 1)
    assert row.not_before is not None
    assert row.not_before > timezone.now() + copying.BACKOFF[0] / 2
    assert len(files(place)) == 1
    world.faults.clear()
    due_again(thread)
    assert copying.sweep() == 1
    row = copied(thread)
    assert (row.finished_at is not None, row.missing, len(files(place))) == (True, 0, 2)
    assert len(world.log.of("media", "/picture/")) == 1


def test_a_host_that_stays_away_is_given_up_in_the_end(sandbox: Sandbox, world: World) -> None:
    world.faults.add("media", "error", path="/film/", times=FOR_EVER)
    thread = showing(film(sandbox))
    saves(a_member(), thread)
    for _ in range(keeping.MOST_ATTEMPTS):
        row = copied(thread)
        due_again(thread)
    assert (row.finished_at is not None, row.missing) == (True, 1)
    assert copying.sweep() == 0


def test_a_host_that_takes_too_long_is_not_asked_for_the_rest(
    sandbox: Sandbox, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "SECONDS_A_RECORDING", 0.6)
    monkeypatch.setattr(copying, "SECONDS_LOST", 0)
    world.faults.add("media", "drip", path="/film/", times=FOR_EVER, seconds=30)
    thread = showing(*(film(sandbox, seed=f"f{n}") for n in range(5)))
    saves(a_member(), thread)
    row = copied(thread)
    assert (row.finished_at, row.missing) == (None, 5)
    assert len(world.log.of("media", "/film/")) == 1


def test_a_turn_that_took_long_goes_on_in_another(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = showing(*(film(sandbox, seed=f"f{n}") for n in range(3)))
    saves(a_member(), thread)
    turns = iter([False, True])
    monkeypatch.setattr(copying.Turn, "is_over", property(lambda _: next(turns)))
    row = copied(thread)
    assert (row.finished_at, row.attempts, Medium.objects.count()) == (None, 0, 1)
    monkeypatch.undo()
    assert copied(thread).finished_at is not None
    assert Medium.objects.count() == 3


def test_what_pages_showed_lately_is_not_asked_for_again(sandbox: Sandbox, world: World) -> None:
    shown = photo(sandbox)
    media.get(shown.url)
    world.faults.add("media", "error", times=FOR_EVER, status=404)
    thread = showing(shown)
    saves(a_member(), thread)
    assert copied(thread).missing == 0


def test_a_copy_that_another_thread_has_is_shared(sandbox: Sandbox, world: World, place: Path) -> None:
    alice = a_member()
    for first in (1, 100):
        thread = showing(photo(sandbox), first=first)
        saves(alice, thread)
        assert copied(thread).missing == 0
    assert len(world.log.of("media", "/picture/")) == len(files(place)) == 1
    assert KeptMedium.objects.count() == 2


def test_a_new_version_brings_what_is_new_and_lets_go_of_what_it_dropped(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    old, common, new = photo(sandbox), photo(sandbox, seed="2"), photo(sandbox, seed="3")
    thread = showing(old, common)
    saves(a_member(), thread)
    copied(thread)
    thread = showing(common, new)
    row = Keeping.objects.get()
    assert row.finished_at is None
    assert kept.copy(old.url) is None
    row = copied(thread)
    assert (row.changed_at, row.finished_at is not None) == (thread.changed_at, True)
    assert set(kept.copies(thread)) == {common.url, new.url}
    assert in_order(place)
    assert len(world.log.of("media", "/picture/")) == 3


def test_a_thread_that_changes_during_the_copying_is_looked_at_again(sandbox: Sandbox, world: World) -> None:
    first, later = film(sandbox), film(sandbox, seed="later")
    thread = showing(first)
    saves(a_member(), thread)
    world.faults.at_call("media", 1, elsewhere_done(lambda: showing(first, later)))
    row = copied(thread)
    assert (row.finished_at, row.leased_until, row.attempts) == (None, None, 0)
    assert copied(thread).finished_at is not None
    assert set(kept.copies(thread)) == {first.url, later.url}


def test_a_thread_that_becomes_everybodys_during_the_copying_is_looked_at_again(sandbox: Sandbox, world: World) -> None:
    first, later = film(sandbox), film(sandbox, seed="later")
    thread = showing(first)
    saves(a_member(), thread)
    Thread.objects.update(private=True)
    world.faults.at_call("media", 1, elsewhere_done(lambda: showing(first, later)))
    assert copied(thread).finished_at is None
    assert copied(thread).finished_at is not None
    assert set(kept.copies(thread)) == {first.url, later.url}


def test_what_changes_around_the_words_during_the_copying_needs_no_other_look(sandbox: Sandbox, world: World) -> None:
    thread = showing(film(sandbox))
    saves(a_member(), thread)
    world.faults.at_call("media", 1, elsewhere_done(lambda: threads.forget_pages_of(thread.author)))
    assert copied(thread).finished_at is not None


def test_nothing_is_left_when_the_thread_is_removed_during_the_copying(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    thread = showing(film(sandbox))
    row = saves(a_member(), thread)
    world.faults.at_call("media", 1, elsewhere_done(lambda: removed(thread)))
    copying.run(str(thread.pk))
    assert files(place) == []
    assert not Medium.objects.exists()
    assert not Keeping.objects.exists()
    assert not is_kept(row)


def test_nothing_is_left_when_its_last_keeper_leaves_during_the_copying(
    sandbox: Sandbox, world: World, place: Path
) -> None:
    thread = showing(film(sandbox))
    row = saves(a_member(), thread)
    world.faults.at_call("media", 1, elsewhere_done(lambda: keeping.let_go(row)))
    copying.run(str(thread.pk))
    assert files(place) == []
    assert not Keeping.objects.exists()


def test_a_thread_that_kills_every_worker_ends(sandbox: Sandbox) -> None:
    thread = showing(film(sandbox), photo(sandbox))
    saves(a_member(), thread)
    over = timezone.now() - timedelta(seconds=1)
    Keeping.objects.update(attempts=keeping.MOST_ATTEMPTS, leased_until=over)
    row = copied(thread)
    assert (row.finished_at is not None, row.missing, Medium.objects.count()) == (True, 2, 0)


def test_a_thread_without_pictures_is_done_at_once(sandbox: Sandbox) -> None:
    thread = a_thread(3)
    saves(a_member(), thread)
    row = copied(thread)
    assert (row.finished_at is not None, row.size, row.missing) == (True, 0, 0)
