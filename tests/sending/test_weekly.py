"""The weekly book: on the reader's Monday morning, what they saved and have not read, each thread once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import MailStopped, User
from billing.models import Grant
from tests.follows import a_reader
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sending.mondays import MONDAY, SUNDAY, WEEK, in_the_book, monday, work_off
from tests.sending.post import ANA, a_sender, book, keep
from tests.thread_files import own_place, photos
from tests.threads import a_thread
from unroller.actions import library, parcels, readers, readings, threads, weekly
from unroller.core.errors import Gone
from unroller.models import Bundled, Parcel, Saved, Shelf, Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clock(settings: Settings, tmp_path: Path) -> Iterator[time_machine.Traveller]:
    own_place(tmp_path, settings)
    with time_machine.travel(SUNDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def bob(post_office: PostOffice) -> User:
    user = a_sender()
    weekly.settle(user, "mail", kindle="")
    return user


def test_unread_saved_threads_come_as_one_book_on_monday_morning(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 3)
    assert weekly.begin_due() == 0
    (mail,) = monday(clock, post_office)
    assert mail.recipients == ("bob@example.com",)
    assert mail.subject == "Your week on Unroller, March 9, 2026: 3 threads"
    assert in_the_book(mail) == [1, 1_001, 2_001]
    assert "About 1001" in mail.text
    assert "About 1001" in mail.html
    row = Parcel.objects.get()
    assert (row.sent, row.sentence) == (True, "")
    assert mail.message_id == f"<{row.pk}@localhost>"
    assert Shelf.objects.get().weekly_at == MONDAY + WEEK


def test_no_thread_comes_twice_and_nothing_new_is_silence(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 2)
    assert len(monday(clock, post_office)) == 1
    assert monday(clock, post_office, weeks=1) == []
    keep(bob, 1, first=5_001)
    (mail,) = monday(clock, post_office, weeks=2)
    assert in_the_book(mail) == [5_001]
    Saved.objects.all().delete()
    keep(bob, 2)
    assert monday(clock, post_office, weeks=3) == []
    assert not Parcel.objects.filter(finished_at=None).exists()


def test_what_is_read_put_away_or_removed_is_in_no_book(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    read, away, gone, _ = keep(bob, 4)
    readings.note(bob, read, post_id="", position="post-1", finished=True)
    Saved.objects.filter(thread=away).update(archived_at=SUNDAY)
    threads.remove(gone, Gone())
    (mail,) = monday(clock, post_office)
    assert in_the_book(mail) == [3_001]


def test_only_read_threads_make_no_book(bob: User, clock: time_machine.Traveller, post_office: PostOffice) -> None:
    (thread,) = keep(bob, 1)
    readings.note(bob, thread, post_id="", position="post-1", finished=True)
    assert monday(clock, post_office) == []
    assert not Parcel.objects.exists()


def test_a_thread_that_is_removed_between_the_choice_and_the_mail_is_left_out(
    bob: User, world: World, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    first, _ = keep(bob, 2)
    world.faults.add("smtp", "error", status=450, path="RCPT", times=1)
    assert monday(clock, post_office) == []
    assert Bundled.objects.count() == 2
    threads.remove(first, Gone())
    keep(bob, 1, first=9_001)
    clock.shift(timedelta(minutes=2))
    work_off()
    (mail,) = post_office.mails()
    assert in_the_book(mail) == [1_001]


def test_a_book_that_the_server_never_took_leaves_its_threads_to_the_next(
    bob: User, world: World, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 2)
    world.faults.add("smtp", "error", status=554, path="RCPT", times=1)
    assert monday(clock, post_office) == []
    assert not Parcel.objects.get().sent
    (mail,) = monday(clock, post_office, weeks=1)
    assert in_the_book(mail) == [1, 1_001]


def test_a_long_library_comes_fifty_at_a_time_the_newest_first(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly, "MOST_THREADS", 2)
    keep(bob, 3)
    (mail,) = monday(clock, post_office)
    assert in_the_book(mail) == [1_001, 2_001]
    (mail,) = monday(clock, post_office, weeks=1)
    assert in_the_book(mail) == [1]


def test_what_x_allows_ends_the_choice_and_the_book_says_so(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 1)
    keep(bob, 1, first=1_001, source="x", posts=3)
    clock.move_to(MONDAY)
    assert limits.spend(limits.X_POSTS_INTO_FILES, f"person {bob.pk}", cost=498)
    (mail,) = monday(clock, post_office)
    assert in_the_book(mail) == [1]
    assert "1 thread of X did not fit; it comes with the next book." in mail.text
    assert "did not fit" in Parcel.objects.get().sentence
    (mail,) = monday(clock, post_office, weeks=1)
    assert in_the_book(mail) == [1_001]


def test_a_book_that_would_be_empty_because_of_x_waits_a_day(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 1, source="x", posts=3)
    clock.move_to(MONDAY)
    assert limits.spend(limits.X_POSTS_INTO_FILES, f"person {bob.pk}", cost=498)
    assert monday(clock, post_office) == []
    row = Parcel.objects.get()
    assert row.not_before is not None
    clock.move_to(row.not_before + timedelta(seconds=1))
    work_off()
    assert in_the_book(post_office.mails()[0]) == [1]


def test_the_weekly_book_goes_to_the_kindle_from_its_sender(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice, settings: Settings
) -> None:
    settings.KINDLE_FROM = "books@unroller.example"
    weekly.settle(bob, "kindle", kindle="bob@kindle.com")
    keep(bob, 1)
    (mail,) = monday(clock, post_office)
    assert (mail.recipients, mail.sender) == (("bob@kindle.com",), "books@unroller.example")


@pytest.mark.parametrize("change", ["off", "stopped", "free", "inactive", "no kindle"])
def test_whoever_may_or_wants_no_book_gets_none(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice, settings: Settings, change: str
) -> None:
    settings.BILLING_ENABLED = True
    keep(bob, 1)
    match change:
        case "off":
            weekly.settle(bob, "", kindle="")
        case "stopped":
            User.objects.update(mail_stopped=MailStopped.BOUNCED)
        case "free":
            Grant.objects.update(revoked_at=SUNDAY)
        case "inactive":
            User.objects.update(is_active=False)
        case "no kindle":
            weekly.settle(bob, "kindle", kindle="")
    assert monday(clock, post_office) == []
    assert not Parcel.objects.exists()


def test_whoever_ends_it_while_it_is_made_gets_none(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 1)
    clock.move_to(MONDAY)
    assert weekly.begin_due() == 1
    shelf = Shelf.objects.get()
    weekly.stop(shelf)
    work_off()
    assert (post_office.total, Parcel.objects.count()) == (0, 0)


def test_threads_chosen_for_a_book_that_nobody_wants_any_more_are_free_for_another(
    bob: User, world: World, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 1)
    world.faults.add("smtp", "error", status=450, path="RCPT", times=1)
    monday(clock, post_office)
    weekly.stop(Shelf.objects.get())
    clock.shift(timedelta(minutes=2))
    work_off()
    assert (post_office.total, Parcel.objects.count(), Bundled.objects.count()) == (0, 0, 0)


def test_monday_morning_is_the_readers_own_also_after_they_moved(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    readers.settle(bob, name="Bob", time_zone="Pacific/Auckland")
    shelf = Shelf.objects.get()
    assert shelf.weekly_at == datetime(2026, 3, 8, 19, tzinfo=UTC)
    keep(bob, 1)
    clock.move_to(shelf.weekly_at)
    weekly.begin_due()
    work_off()
    assert post_office.mails()[0].subject.startswith("Your week on Unroller, March 9, 2026")


def test_several_clocks_begin_one_book(bob: User, clock: time_machine.Traveller) -> None:
    keep(bob, 1)
    clock.move_to(MONDAY)
    assert [weekly.begin_due(), weekly.begin_due()] == [1, 0]
    clock.move_to(MONDAY + WEEK)
    weekly.begin_due()
    assert Parcel.objects.count() == 1


def test_saying_the_same_again_does_not_put_the_book_off(bob: User, clock: time_machine.Traveller) -> None:
    clock.move_to(MONDAY + timedelta(minutes=1))
    weekly.settle(bob, "mail", kindle="bob@kindle.com")
    assert Shelf.objects.get().weekly_at == MONDAY


def test_a_bounce_stops_mail_to_the_reader(
    bob: User, world: World, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    keep(bob, 1)
    world.faults.add("smtp", "error", status=550, path="RCPT", times=1)
    assert monday(clock, post_office) == []
    bob.refresh_from_db()
    assert bob.mail_stopped == MailStopped.BOUNCED


def test_a_worker_that_died_leaves_the_choice_to_the_next(
    bob: User, clock: time_machine.Traveller, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(bob, 2)
    clock.move_to(MONDAY)
    weekly.begin_due()
    held = parcels.QUEUE.claim(Parcel.objects.get().pk)
    assert held is not None
    assert len(weekly._chosen(held).threads) == 2
    keep(bob, 1, first=9_001)
    clock.shift(parcels.LEASE + timedelta(seconds=1))
    work_off()
    assert in_the_book(post_office.mails()[0]) == [1, 1_001]


def test_pictures_of_a_book_are_in_it(
    bob: User, sandbox: Sandbox, clock: time_machine.Traveller, post_office: PostOffice
) -> None:
    library.save(bob, a_thread(1, author=ANA, source="bluesky", text="About 1.", media=photos(sandbox, 2)))
    (mail,) = monday(clock, post_office)
    assert sum("pictures/" in name and "cover" not in name for name in book(mail)) == 2


def test_the_queries_of_a_monday_grow_only_with_its_parcels(
    django_assert_max_num_queries: DjangoAssertNumQueries, clock: time_machine.Traveller
) -> None:
    for count in (10, 20):
        for number in range(count):
            user = a_reader(f"reader-{count}-{number}", premium=True)
            weekly.settle(user, "mail", kindle="")
            if number == 0:
                keep(user, 1, first=count)
        clock.shift(WEEK)
        with django_assert_max_num_queries(14):
            assert weekly.begin_due() >= 1
    assert Parcel.objects.count() == 2
    assert Thread.objects.count() == 2
