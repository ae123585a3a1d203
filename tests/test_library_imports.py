"""Lists of links on their way into the library: what is known at once, the rest as the reader's limits allow."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.follows import a_reader
from tests.imports import bring, counts, finish_jobs, go_on, link, unknown
from tests.meeting import at_once
from tests.threads import a_thread
from unroller import imported
from unroller.actions import library, library_imports, threads, unrolling
from unroller.core.errors import Gone
from unroller.core.posts import Person
from unroller.models import Job, LibraryImport, Saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


def test_what_is_known_is_saved_at_once_whichever_post_a_link_names(bob: User) -> None:
    first = 1_900_000_001
    thread = a_thread(3, first=first)
    text = f"{link(first + 1)}\n{link(first)}?s=20\nhttps://unrolls.example/thread/{first}.html"
    origin = bring(bob, f"{text}\nhttps://unrolls.example/thread/{first + 2}")
    assert Saved.objects.get().thread == thread
    assert counts(origin) == (3, 0, 0)
    origin.refresh_from_db()
    assert origin.look_at is None
    assert not Job.objects.exists()


def test_our_own_addresses_and_bluesky_handles_are_known_too(bob: User) -> None:
    mara = Person(id="did:plc:mara", handle="Mara.example", name="Mara", url="https://bsky.app/profile/mara.example")
    there = a_thread(1, first=7, author=mara, source="bluesky", path="did:plc:mara/3kabcdefghi2x")
    here = a_thread(1)
    origin = bring(
        bob, f"https://bsky.app/profile/mara.EXAMPLE/post/3kabcdefghi2x http://localhost:8000{here.get_absolute_url()}"
    )
    assert counts(origin) == (2, 0, 0)
    assert {row.thread for row in Saved.objects.all()} == {there, here}


def test_unknown_posts_are_asked_for_a_few_at_a_time_and_saved_when_they_came(bob: User) -> None:
    origin = bring(bob, unknown(5))
    assert (Job.objects.count(), counts(origin)) == (3, (0, 5, 0))
    assert go_on() == 1
    assert Job.objects.count() == 3
    assert finish_jobs() == 3
    go_on()
    assert (Job.objects.count(), counts(origin)) == (5, (3, 2, 0))
    finish_jobs()
    go_on()
    assert counts(origin) == (5, 0, 0)
    assert Saved.objects.filter(user=bob).count() == 5
    assert go_on() == 0


def test_two_lists_of_one_reader_ask_for_no_more_than_one(bob: User) -> None:
    bring(bob, unknown(3))
    bring(bob, unknown(3, first=6_001))
    assert Job.objects.count() == 3


def test_lists_have_their_turns_one_after_the_other(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_imports, "LISTS_AT_ONCE", 1)
    origins = [bring(a_reader(name), unknown(9)) for name in ("carla", "dana", "emil")]
    LibraryImport.objects.update(look_at=timezone.now() - timedelta(seconds=9))
    for _ in origins:
        assert library_imports.go_on() == 1
    assert library_imports.go_on() == 0


def test_two_workers_at_once_ask_and_save_nothing_twice(bob: User) -> None:
    origin = bring(bob, unknown(9))
    finish_jobs()
    LibraryImport.objects.update(look_at=timezone.now())
    assert sorted(at_once(*[library_imports.go_on] * 4)) == [0, 0, 0, 1]
    assert counts(origin) == (3, 6, 0)
    assert Job.objects.filter(state=Job.State.QUEUED).count() == 3


def test_a_failed_job_says_why_and_can_be_tried_again(bob: User) -> None:
    origin = bring(bob, unknown(1))
    finish_jobs(error="This post does not exist.")
    go_on()
    assert imported.report(origin).failures[0].sentence == "This post does not exist."
    library_imports.try_again(origin)
    go_on()
    finish_jobs()
    go_on()
    assert counts(origin) == (1, 0, 0)
    assert Job.objects.count() == 2


def test_a_removed_thread_is_not_saved_and_says_why(bob: User) -> None:
    thread = a_thread(1)
    threads.remove(thread, Gone())
    origin = bring(bob, link(1))
    go_on()
    assert imported.report(origin).failures[0].sentence == Gone.sentence
    assert not Saved.objects.exists()


def test_a_thread_that_became_part_of_another_one_is_looked_for_anew(bob: User) -> None:
    origin = bring(bob, unknown(1))
    job = Job.objects.get()
    Job.objects.update(state=Job.State.DONE, finished_at=timezone.now())
    whole = a_thread(3, first=int(job.key) - 1)
    go_on()
    go_on()
    go_on()
    assert counts(origin) == (1, 0, 0)
    assert Saved.objects.get().thread == whole


def test_the_hours_limit_is_kept_and_told(bob: User, settings: Settings) -> None:
    settings.UNROLLS_AN_HOUR = 2
    origin = bring(bob, unknown(4))
    assert Job.objects.count() == 2
    origin.refresh_from_db()
    assert "2 new threads an hour" in origin.sentence
    assert origin.look_at is not None
    assert origin.look_at < timezone.now() + timedelta(seconds=6)
    finish_jobs()
    go_on()
    assert counts(origin) == (2, 2, 0)
    assert Job.objects.count() == 2
    origin.refresh_from_db()
    assert origin.look_at > timezone.now() + timedelta(minutes=4)


def test_what_is_being_fetched_for_somebody_else_counts_for_nobody_twice(bob: User, settings: Settings) -> None:
    settings.UNROLLS_AN_HOUR = 1
    unrolling.ask(link(5_001))
    bring(bob, unknown(2))
    assert Job.objects.count() == 2


def test_a_full_library_makes_the_rest_wait_until_there_is_room(bob: User) -> None:
    kept = [a_thread(1, first=number) for number in range(100, 10_000, 100)]
    for thread in kept:
        library.save(bob, thread)
    known = a_thread(1, first=20_000)
    other = a_thread(1, first=20_001)
    origin = bring(bob, f"{link(20_000)}\n{link(20_001)}\n{unknown(2, first=30_001)}")
    assert counts(origin) == (1, 3, 0)
    origin.refresh_from_db()
    assert "library is full" in origin.sentence
    assert not Job.objects.exists()
    library.unsave(bob, kept[0])
    go_on()
    assert counts(origin) == (2, 2, 0)
    assert {known.id, other.id} < set(Saved.objects.values_list("thread", flat=True))
    for thread in kept[1:3]:
        library.unsave(bob, thread)
    go_on()
    assert Job.objects.count() == 2


def test_a_former_member_is_told_how_much_the_library_holds(bob: User) -> None:
    Saved.objects.bulk_create(Saved(user=bob, thread=a_thread(1, first=number)) for number in range(100, 10_200, 100))
    origin = bring(bob, unknown(1))
    origin.refresh_from_db()
    assert "Your library holds 101 threads." in origin.sentence
