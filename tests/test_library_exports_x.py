"""A library as files when X allows no more: what has to wait holds up nothing else, and not for ever."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from tests.follows import a_reader
from tests.library_files import contents, keep, made
from tests.whole_person import keep_files_in
from unroller.actions import library, library_contents, library_exports, library_progress, taking, threads
from unroller.core.errors import Gone
from unroller.models import LibraryExport, Saved, Thread

pytestmark = pytest.mark.django_db(transaction=True)

Kind = LibraryExport.Kind


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> Path:
    keep_files_in(tmp_path, settings)
    return tmp_path


@pytest.fixture
def bob() -> User:
    return a_reader("bob", premium=True)


def spend(user: User, posts: int) -> None:
    assert limits.spend(limits.X_POSTS_INTO_FILES, taking.account(user), cost=posts)


def names(export: LibraryExport) -> str:
    return " ".join(name for part in export.parts.all() for name in contents(part))


def test_what_waits_for_x_holds_up_neither_other_networks_nor_shorter_threads(bob: User) -> None:
    keep(bob, 1, posts=400, source="x")
    keep(bob, 1, first=10_001)
    keep(bob, 1, first=20_001, posts=50, source="x")
    spend(bob, 200)
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        export = made(bob)
        assert (export.done, len(export.waiting), export.sentence) == (2, 1, library_exports.USED_UP)
        assert "about-10001" in names(export)
        assert "about-20001" in names(export)
        assert export.not_before is not None
        clock.move_to(export.not_before + timedelta(seconds=1))
        library_exports.run(str(export.id))
    export.refresh_from_db()
    assert (export.done, export.waiting, export.left_out) == (3, [], [])
    assert export.finished_at is not None


def test_a_thread_that_has_no_room_for_a_week_is_left_out(bob: User) -> None:
    keep(bob, 1, posts=500, source="x")
    keep(bob, 1, first=10_001)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        spend(bob, 1)
        export = made(bob)
        days = 0
        while export.finished_at is None:
            assert days < 10
            days += 1
            clock.shift(timedelta(hours=23))
            spend(bob, 1)  # they take something every day
            LibraryExport.objects.update(not_before=None)
            library_exports.run(str(export.id))
            export.refresh_from_db()
    assert days >= 7
    assert [each["why"] for each in export.left_out] == [library_progress.NO_ROOM]
    assert (export.done, export.parts.get().threads) == (2, 1)


def test_a_thread_that_waits_and_is_taken_out_of_the_library_is_waited_for_no_more(bob: User) -> None:
    keep(bob, 1, posts=500, source="x")
    spend(bob, 1)
    export = made(bob)
    assert len(export.waiting) == 1
    library.remove(Saved.objects.all())
    LibraryExport.objects.update(not_before=None)
    library_exports.run(str(export.id))
    export.refresh_from_db()
    assert export.finished_at is not None


def test_a_thread_that_became_a_part_of_another_meanwhile_is_no_failure(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = keep(bob, 2)
    of = library_contents.of

    def swallowing(saved, *args, **more):  # type: ignore[no-untyped-def]
        if saved.thread_id == first.pk and Thread.objects.filter(pk=second.pk).exists():
            with transaction.atomic():
                threads._swallow(first, Thread.objects.filter(pk=second.pk))
        return of(saved, *args, **more)

    monkeypatch.setattr(library_contents, "of", swallowing)
    export = made(bob)
    assert (export.failed, export.left_out) == (False, [])
    assert export.finished_at is not None
    assert sum(export.parts.values_list("threads", flat=True)) == 1


def test_long_threads_cost_what_the_part_holds(bob: User) -> None:
    keep(bob, 1, posts=502, source="x")
    export = made(bob)
    (name,) = [name for name in contents(export.parts.get()) if name != "README.md"]
    words = contents(export.parts.get())[name].decode()
    assert "so this file holds the first 500" in words
    assert limits.left(limits.X_POSTS_INTO_FILES, taking.account(bob)).uses == 0


def test_removed_threads_of_x_wait_for_nothing(bob: User) -> None:
    (thread,) = keep(bob, 1, posts=3, source="x")
    threads.remove(thread, Gone())
    spend(bob, 500)
    export = made(bob)
    assert export.finished_at is not None
    assert len(export.left_out) == 1
