"""New threads are told to followers: once, when they have come to rest, at the time each of them wants."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from billing.models import Grant
from tests.followers import SUNDAY, a_follower, a_new_thread, an_author, announced, due, many_followers
from tests.threads import BEGINNING, a_pile, a_post, a_thread, stored
from unroller import store
from unroller.actions import announcing, threads
from unroller.core.errors import Removed
from unroller.core.posts import Person, Pile
from unroller.models import Cadence, Follow, Notification, Reader, Reading, Thread

pytestmark = pytest.mark.django_db

TOMORROW_AT_EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)
"""A Monday."""


@pytest.fixture(autouse=True)
def sunday(settings: Settings) -> object:
    settings.FOLLOW_QUIET_SECONDS = 600
    with time_machine.travel(SUNDAY, tick=False) as clock:
        yield clock


# When a thread is announced


def test_a_thread_waits_until_its_newest_post_is_old_enough() -> None:
    with time_machine.travel(BEGINNING + timedelta(minutes=4), tick=False):
        thread = a_thread(3)
    assert thread.announce_at == BEGINNING + timedelta(minutes=13)


def test_a_thread_that_grows_waits_again() -> None:
    with time_machine.travel(BEGINNING + timedelta(minutes=4), tick=False):
        a_thread(3)
    with time_machine.travel(BEGINNING + timedelta(minutes=8), tick=False):
        thread = stored(a_pile(7))
    assert thread.announce_at == BEGINNING + timedelta(minutes=17)


def test_an_old_thread_that_somebody_unrolls_is_announced_now() -> None:
    assert a_thread(3).announce_at == SUNDAY


def test_a_post_whose_date_lies_ahead_does_not_hold_a_thread_back_for_years() -> None:
    ahead = SUNDAY + timedelta(days=3_650)
    head = a_post(1, time=ahead, created_at=ahead)
    thread = stored(Pile(source="x", anchor_id="1", posts=(head, a_post(2))))
    assert thread.announce_at == SUNDAY + timedelta(minutes=10)


def test_a_single_post_is_announced_when_it_has_become_a_thread() -> None:
    assert a_thread(1).announce_at is None
    assert stored(a_pile(2)).announce_at == SUNDAY


def test_an_announced_thread_is_never_announced_again_however_it_grows() -> None:
    thread = a_thread(3)
    a_follower()
    assert announced(thread) == 1
    grown = stored(a_pile(9))
    assert (grown.id, grown.announce_at, grown.announced_at) == (thread.id, None, SUNDAY)
    assert announced(grown) == 0
    assert Notification.objects.count() == 1


def test_a_thread_of_somebody_who_asks_not_to_be_listed_is_not_announced() -> None:
    hidden = Person(id="9", handle="quiet", name="Quiet", url="https://x.com/quiet", unlisted=True)
    assert a_thread(3, author=hidden).announce_at is None


@pytest.mark.parametrize("change", ["unlisted", "removed", "opted-out"])
def test_what_was_hidden_while_it_waited_is_told_to_nobody(change: str) -> None:
    thread = a_thread(3)
    a_follower()
    if change == "removed":
        threads.remove(thread, Removed())
    elif change == "unlisted":
        Thread.objects.update(unlisted=True)
    else:
        type(thread.author).objects.update(opted_out=True)
    assert announced(thread) == 0
    thread.refresh_from_db()
    assert (thread.announce_at, thread.announced_at) == (None, None)


def test_a_thread_that_turns_out_to_begin_earlier_is_told_to_nobody_twice() -> None:
    late = a_thread(3, first=5)
    bob = a_follower()
    assert announced(late) == 1
    a_follower("dora@example.com")
    whole = stored(a_pile(7))
    assert not Thread.objects.filter(id=late.id).exists()
    assert announced(whole) == 0
    assert [(row.user, row.thread) for row in Notification.objects.all()] == [(bob.user, whole)]


# The bell


def test_threads_that_are_due_are_rung_for_once_by_two_clocks_and_again_when_the_bell_was_lost() -> None:
    a_thread(3)
    assert announcing.ring_due() == 1
    assert announcing.ring_due() == 0
    with time_machine.travel(SUNDAY + timedelta(seconds=61), tick=False):
        assert announcing.ring_due() == 1


def test_a_bell_that_nobody_hears_loses_nothing(settings: Settings) -> None:
    thread = a_thread(3)
    a_follower()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        announcing.ring_due()
    finally:
        store.client.cache_clear()
    assert announced(thread) == 1


def test_a_thread_that_rests_is_not_yet_rung_for() -> None:
    with time_machine.travel(BEGINNING + timedelta(minutes=4), tick=False):
        a_thread(3)
        assert announcing.ring_due() == 0


# Who is told


def test_each_follower_is_told_once_by_one_statement() -> None:
    thread = a_thread(3)
    many_followers(2_000, Cadence.DAILY)
    with CaptureQueriesContext(connection) as queries:
        assert announced(thread) == 2_000
    assert sum("INSERT INTO" in query["sql"] for query in queries) == 1
    assert len(queries) < 10
    assert Notification.objects.count() == 2_000
    assert set(due().values()) == {TOMORROW_AT_EIGHT}


def test_the_same_announcement_again_adds_nothing() -> None:
    thread = a_thread(3)
    a_follower()
    assert announced(thread) == 1
    Thread.objects.update(announced_at=None, announce_at=SUNDAY)  # as if the first had never been remembered
    assert announced(thread) == 0
    assert Notification.objects.count() == 1


def test_who_wants_no_mail_or_cannot_get_any_is_not_told() -> None:
    thread = a_thread(3)
    a_follower("here@example.com", Cadence.HERE)
    off = a_follower("off@example.com")
    Reader.objects.filter(user=off.user).update(mail_off=True)
    a_follower("bounced@example.com", mail_stopped="bounced")
    a_follower("closed@example.com", is_active=False)
    a_follower("other@example.com", person=Person(id="2", handle="other", name="Other", url="https://x.com/other"))
    read = a_follower("read@example.com")
    Reading.objects.create(user=read.user, thread=thread)
    nothing = User.objects.create_user("without@example.com")
    Follow.objects.create(user=nothing, author=an_author())
    Follow.objects.filter(user=nothing).update(created_at=SUNDAY - timedelta(days=2))
    a_follower("bob@example.com")
    assert announced(thread) == 2
    assert due().keys() == {"bob@example.com", "without@example.com"}


def test_who_follows_after_a_thread_came_is_not_told_about_it() -> None:
    thread = a_thread(3)
    row = a_follower()
    Follow.objects.filter(id=row.id).update(created_at=SUNDAY + timedelta(seconds=1))
    assert announced(thread) == 0


# When they are told


def test_each_is_told_at_the_time_they_want() -> None:
    thread = a_new_thread()
    a_follower("instant@example.com", Cadence.INSTANT)
    a_follower("daily@example.com", Cadence.DAILY)
    a_follower("weekly@example.com", Cadence.WEEKLY, time_zone="America/New_York")
    announced(thread)
    assert due() == {
        "instant@example.com": SUNDAY,
        "daily@example.com": TOMORROW_AT_EIGHT,
        "weekly@example.com": datetime(2026, 11, 23, 13, tzinfo=UTC),
    }


def test_at_once_is_for_members_and_others_are_told_in_the_morning(settings: Settings) -> None:
    settings.BILLING_ENABLED = True
    thread = a_new_thread()
    alice, bob = a_follower("alice@example.com", Cadence.INSTANT), a_follower("bob@example.com", Cadence.INSTANT)
    Grant.objects.create(user=alice.user, starts_at=SUNDAY - timedelta(days=2), reason="a gift")
    Grant.objects.create(user=bob.user, starts_at=SUNDAY - timedelta(days=2), ends_at=SUNDAY, reason="is over")
    announced(thread)
    assert due() == {"alice@example.com": SUNDAY, "bob@example.com": TOMORROW_AT_EIGHT}


def test_an_old_thread_is_no_reason_for_a_mail_at_once() -> None:
    thread = a_thread(3)
    a_follower(cadence=Cadence.INSTANT)
    announced(thread)
    assert due() == {"bob@example.com": TOMORROW_AT_EIGHT}


def test_morning_is_where_the_reader_is() -> None:
    zones = {
        "UTC": datetime(2026, 11, 23, 8, tzinfo=UTC),
        "Europe/Berlin": datetime(2026, 11, 23, 7, tzinfo=UTC),
        "America/Los_Angeles": datetime(2026, 11, 22, 16, tzinfo=UTC),
        "Asia/Kolkata": datetime(2026, 11, 23, 2, 30, tzinfo=UTC),
        "Asia/Kathmandu": datetime(2026, 11, 23, 2, 15, tzinfo=UTC),
        "Pacific/Kiritimati": datetime(2026, 11, 22, 18, tzinfo=UTC),
        "Nowhere/Land": datetime(2026, 11, 23, 8, tzinfo=UTC),
        "'; DROP TABLE": datetime(2026, 11, 23, 8, tzinfo=UTC),
    }
    thread = a_thread(3)
    for number, zone in enumerate(zones):
        a_follower(f"reader{number}@example.com", time_zone=zone)
    announced(thread)
    assert due() == {f"reader{number}@example.com": moment for number, moment in enumerate(zones.values())}


def test_only_what_is_due_at_once_rings_the_bell(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    a_follower(cadence=Cadence.INSTANT)
    for thread, bells in ((a_thread(3), 0), (a_new_thread(first=50), 1)):
        with django_capture_on_commit_callbacks() as callbacks:
            announced(thread)
        assert len(callbacks) == bells


# A change of mind


def test_after_a_move_to_another_zone_the_mail_comes_with_its_morning() -> None:
    row = a_follower(cadence=Cadence.DAILY, time_zone="UTC")
    announced(a_thread(3))
    User.objects.update(time_zone="Asia/Tokyo")
    announcing.reschedule(User.objects.get(id=row.user.id))
    assert due() == {"bob@example.com": datetime(2026, 11, 22, 23, tzinfo=UTC)}


def test_what_the_new_morning_has_already_seen_comes_at_once() -> None:
    row = a_follower(cadence=Cadence.DAILY, time_zone="America/New_York")
    announced(a_thread(3))
    with time_machine.travel(SUNDAY + timedelta(hours=12), tick=False):
        User.objects.update(time_zone="Pacific/Auckland")
        announcing.reschedule(User.objects.get(id=row.user.id))
        assert due()["bob@example.com"] < timezone.now()


def test_a_changed_cadence_moves_what_waits() -> None:
    row = a_follower(cadence=Cadence.DAILY)
    announced(a_new_thread())
    moments: list[datetime] = []
    for cadence in (Cadence.WEEKLY, Cadence.INSTANT, Cadence.DAILY):
        Follow.objects.filter(id=row.id).update(cadence=cadence)
        announcing.reschedule(row.user)
        moments += due().values()
    assert moments == [TOMORROW_AT_EIGHT, SUNDAY, TOMORROW_AT_EIGHT]


def test_what_was_begun_or_is_settled_stays_where_it_is() -> None:
    row = a_follower(cadence=Cadence.DAILY)
    announced(a_thread(3))
    announced(a_thread(3, first=50))
    first, second = Notification.objects.order_by("id")
    Notification.objects.filter(id=first.id).update(message="00000000-0000-0000-0000-000000000001")
    Notification.objects.filter(id=second.id).update(settled_at=SUNDAY)
    User.objects.update(time_zone="Asia/Tokyo")
    announcing.reschedule(User.objects.get(id=row.user.id))
    assert set(due().values()) == {TOMORROW_AT_EIGHT}
