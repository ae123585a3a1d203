"""Who keeps what: members' saved threads by themselves, within their room, until they let go or are members no more."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from billing import plans
from billing.models import Grant
from billing.plans import PREMIUM, Limit
from tests.follows import a_reader, an_author, wrote
from tests.keeping import (
    KILOBYTE,
    a_member,
    again,
    copied,
    ends_premium,
    files,
    film,
    in_order,
    is_kept,
    kept_for,
    removed,
    saves,
    showing,
)
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import own_place
from unroller import kept
from unroller.actions import announcing, copies, follows, keeping, library
from unroller.models import Cadence, Copies, Follow, Integration, Keeper, Keeping, Medium, Saved, Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> int:
    """Members may keep a megabyte; answers it in bytes."""
    monkeypatch.setitem(PREMIUM.limits, Limit.KEPT_MEGABYTES, 1)
    return kept.MEGABYTE


def test_what_a_member_saves_is_kept_and_what_others_save_is_not(sandbox: Sandbox, place: Path) -> None:
    thread = showing(film(sandbox))
    free, member = saves(a_reader("bob"), thread), saves(a_member(), thread)
    assert (is_kept(free), is_kept(member)) == (False, True)
    copied(thread)
    assert len(files(place)) == 1
    assert kept.used(free.user) == 0


def test_who_becomes_a_member_has_all_their_saved_threads_kept(sandbox: Sandbox) -> None:
    bob = a_reader("bob")
    rows = [saves(bob, showing(film(sandbox), first=first)) for first in (1, 100, 200)]
    assert not any(map(is_kept, rows))
    Grant.objects.create(user=bob, starts_at=timezone.now(), reason="pays now")
    assert keeping.keep_due() == 3
    assert all(map(is_kept, rows))
    assert keeping.keep_due() == 0


def test_who_brings_many_threads_at_once_makes_nobody_else_wait_for_all_of_them(sandbox: Sandbox) -> None:
    alice, bob = a_member("alice"), a_member("bob")
    mine = [library.save(alice, showing(film(sandbox), first=100 * n)) for n in range(1, 6)]
    other = library.save(bob, showing(film(sandbox), first=1))
    assert [keeping.keep_due(), keeping.keep_due()] == [4, 0]
    assert [is_kept(row) for row in mine] == [True, True, True, False, False]
    assert is_kept(other)
    copied(mine[0].thread)
    assert keeping.keep_due() == 2


def test_threads_whose_hosts_are_away_hold_back_no_others(sandbox: Sandbox) -> None:
    alice = a_member()
    for n in range(1, 5):
        library.save(alice, showing(film(sandbox), first=100 * n))
    assert keeping.keep_due() == 3
    Keeping.objects.update(not_before=timezone.now() + timedelta(hours=1))
    assert keeping.keep_due() == 1


def test_a_site_that_sells_nothing_keeps_everything(sandbox: Sandbox, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert is_kept(saves(a_reader("bob"), showing(film(sandbox))))


def test_who_lets_go_keeps_nothing_until_they_say_so(sandbox: Sandbox, place: Path) -> None:
    thread = showing(film(sandbox))
    row = kept_for(a_member(), thread)
    keeping.let_go(row)
    assert files(place) == []
    assert not Keeping.objects.exists()
    assert keeping.keep_due() == 0
    assert keeping.keep(again(row))
    copied(thread)
    assert len(files(place)) == 1


def test_what_two_keep_stays_until_the_last_lets_go(sandbox: Sandbox, place: Path, world: World) -> None:
    thread = showing(film(sandbox))
    alice, bob = (kept_for(a_member(name), thread) for name in ("alice", "bob"))
    assert len(world.log.of("media", "/film/")) == 1
    keeping.let_go(alice)
    assert len(files(place)) == 1
    library.unsave(bob.user, thread)
    assert keeping.drop_unkept() == 1
    assert files(place) == []
    assert not Medium.objects.exists()


def test_a_deleted_account_takes_its_copies_along(sandbox: Sandbox, place: Path) -> None:
    row = kept_for(a_member(), showing(film(sandbox)))
    row.user.delete()
    assert keeping.drop_unkept() == 1
    assert files(place) == []
    assert not Keeper.objects.exists()


def test_what_does_not_fit_is_not_kept_and_the_oldest_stay(sandbox: Sandbox, place: Path, little_room: int) -> None:
    alice = a_member()
    sizes = (600 * KILOBYTE, 500 * KILOBYTE, 300 * KILOBYTE)
    rows = [kept_for(alice, showing(film(sandbox, size, seed=f"f{size}"), first=size)) for size in sizes]
    assert [row.copies for row in rows] == [Copies.KEPT, Copies.NO_ROOM, Copies.KEPT]
    room = kept.room(alice)
    assert (room.used, room.most, room.threads, room.crowded_out) == (900 * KILOBYTE, little_room, 2, 1)
    assert in_order(place)
    assert len(files(place)) == 2
    assert keeping.keep_due() == 0


def test_nobody_keeps_more_than_their_room_however_the_copying_went(sandbox: Sandbox, little_room: int) -> None:
    alice = a_member()
    threads = [showing(film(sandbox, 400 * KILOBYTE, seed=f"f{n}"), first=n * 100) for n in range(1, 5)]
    rows = [saves(alice, thread) for thread in threads]
    for thread in reversed(threads):
        copied(thread) if Keeping.objects.filter(pk=thread.pk).exists() else None
    assert [is_kept(row) for row in rows] == [True, True, False, False]
    assert kept.used(alice) <= little_room


def test_a_full_archive_takes_nothing_in_until_there_is_room(sandbox: Sandbox, little_room: int) -> None:
    alice = a_member()
    first = kept_for(alice, showing(film(sandbox, little_room, seed="all")))
    late = saves(alice, showing(film(sandbox, seed="late"), first=100))
    assert (is_kept(first), late.copies) == (True, Copies.NO_ROOM)
    assert not keeping.keep(late)
    keeping.let_go(first)
    assert keeping.keep(late)


def test_one_members_room_is_not_anothers(sandbox: Sandbox, place: Path, little_room: int) -> None:
    alice, bob = a_member("alice"), a_member("bob")
    kept_for(alice, showing(film(sandbox, 900 * KILOBYTE, seed="hers"), first=100))
    thread = showing(film(sandbox, 800 * KILOBYTE, seed="both"))
    rows = [saves(each, thread) for each in (alice, bob)]
    copied(thread)
    assert [is_kept(row) for row in rows] == [False, True]
    assert len(files(place)) == 2


def test_after_premium_copies_stay_for_thirty_days(sandbox: Sandbox, place: Path) -> None:
    row = kept_for(a_member(), showing(film(sandbox)))
    ends_premium(row.user)
    assert keeping.end_grace() == 0
    room = kept.room(row.user)
    assert room.ends_at is not None
    assert (room.most, room.threads) == (PREMIUM.limit(Limit.KEPT_MEGABYTES) * kept.MEGABYTE, 1)
    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert keeping.end_grace() == keeping.drop_unkept() == 0
        assert is_kept(row)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert (keeping.end_grace(), keeping.drop_unkept()) == (1, 1)
    assert files(place) == []
    assert not is_kept(row)
    assert not Keeper.objects.exists()


def test_who_comes_back_in_time_loses_nothing_and_later_gets_it_anew(sandbox: Sandbox, place: Path) -> None:
    thread = showing(film(sandbox))
    row = kept_for(a_member(), thread)
    ends_premium(row.user)
    keeping.end_grace()
    Grant.objects.create(user=row.user, starts_at=timezone.now(), reason="pays again")
    keeping.end_grace()
    assert Keeper.objects.get().ends_at is None
    Grant.objects.filter(user=row.user).delete()
    keeping.end_grace()
    Keeper.objects.update(ends_at=timezone.now())
    assert (keeping.end_grace(), keeping.drop_unkept()) == (1, 1)
    Grant.objects.create(user=row.user, starts_at=timezone.now(), reason="pays again")
    keeping.keep_due()
    copied(thread)
    assert len(files(place)) == 1


def test_what_an_author_removes_goes_at_once(sandbox: Sandbox, place: Path) -> None:
    thread = showing(film(sandbox))
    row = kept_for(a_member(), thread)
    removed(thread)
    assert files(place) == []
    assert kept.copy(film(sandbox).url) is None
    assert again(row).copies == Copies.UNDECIDED
    assert keeping.keep_due() == 0


def test_what_another_thread_shows_too_stays(sandbox: Sandbox, place: Path) -> None:
    alice, common = a_member(), film(sandbox)
    first, second = showing(common), showing(common, first=100)
    kept_for(alice, first)
    kept_for(alice, second)
    removed(first)
    assert len(files(place)) == 1
    assert in_order(place)


def test_a_thread_that_became_part_of_another_hands_its_copies_on(sandbox: Sandbox, place: Path, world: World) -> None:
    part, whole = showing(film(sandbox)), showing(film(sandbox, seed="other"), first=100)
    row = kept_for(a_member(), part)
    asked = len(world.log.of("media", "/film/"))
    with transaction.atomic():
        keeping.inherit(whole, [part])
        library.inherit(whole, [part])
        Thread.objects.filter(pk=part.pk).delete()
    assert again(row).thread == whole
    assert set(kept.copies(whole)) == {film(sandbox).url}
    assert Keeping.objects.get().size == film_size(place)
    assert copies.collect_unused() == 0
    assert len(world.log.of("media", "/film/")) == asked


def film_size(place: Path) -> int:
    return sum(path.stat().st_size for path in (place / "kept").rglob("*") if path.is_file())


def test_new_threads_of_an_author_are_saved_for_members_who_asked() -> None:
    mara = an_author("maralind")
    readers = {name: a_reader(name, premium=name != "bob") for name in ("alice", "bob", "charlie")}
    for name, reader in readers.items():
        row = follows.follow(reader, mara, Cadence.HERE)
        keeping.keep_new_threads(row, wanted=name != "charlie")
    Follow.objects.update(created_at=timezone.now() - timedelta(days=1))
    webhook = Integration.objects.create(user=readers["alice"], kind="webhook", url="https://hooks.example/a")
    thread = wrote(mara, 100)
    for _ in range(2):
        Thread.objects.filter(pk=thread.pk).update(announce_at=timezone.now())
        announcing.announce(str(thread.pk))
    saved = Saved.objects.get()
    assert (saved.user, saved.thread, saved.tags) == (readers["alice"], thread, [])
    assert webhook.deliveries.count() == 1
    keeping.keep_due()
    assert is_kept(saved)


def test_what_a_reader_saved_before_stays_as_it_is_when_it_is_new_to_others() -> None:
    alice, mara = a_member(), an_author("maralind")
    Follow.objects.create(user=alice, author=mara, keep=True)
    thread = wrote(mara, 100)
    Thread.objects.filter(pk=thread.pk).update(changed_at=timezone.now())
    thread.refresh_from_db()
    library.save(alice, thread, tags=["mine"], favorite=True)
    assert keeping.save_for_followers(thread) == 0
    assert (Saved.objects.get().tags, Saved.objects.get().favorite) == (["mine"], True)


def test_members_room_is_that_of_the_product() -> None:
    assert plans.FREE.limit(Limit.KEPT_MEGABYTES) == 0
    assert kept.quota(a_member()) == 5 * kept.GIGABYTE
    assert kept.quota(a_reader("bob")) == 0
