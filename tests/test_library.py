"""Saving: limits under a lock, what is united, many at a time, threads that become parts of others."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.plans import FREE, Limit
from tests.follows import a_reader, an_author, wrote
from tests.meeting import at_once, ends
from tests.threads import a_thread
from unroller import library as reads
from unroller.actions import library
from unroller.actions.library import CannotSave, LibraryFull
from unroller.core.tags import MOST
from unroller.library import Show, Sift
from unroller.models import Author, Reading, Saved, Thread

pytestmark = pytest.mark.django_db(transaction=True)

MOST_SAVED = FREE.limit(Limit.SAVED)


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


@pytest.fixture
def mara() -> Author:
    return an_author("maralind")


def many_threads(count: int) -> list[Thread]:
    """Threads without words."""
    author = an_author("writes-much")
    now = timezone.now()
    facts = {"source": "x", "author": author, "posted_at": now, "changed_at": now, "fetched_at": now}
    return Thread.objects.bulk_create(Thread(path=f"many-{n}", **facts) for n in range(count))


def keep(user: User, threads: list[Thread]) -> None:
    """Saved, whatever the plan says."""
    Saved.objects.bulk_create(Saved(user=user, thread=thread) for thread in threads)


def test_saving_twice_keeps_the_first_row_and_unites(bob: User, mara: Author) -> None:
    thread, long_ago = wrote(mara, 100), timezone.now() - timedelta(days=900)
    first = library.save(bob, thread, saved_at=long_ago, tags=["art"], note="first")
    again = library.save(bob, thread, tags=["war", "art"], note="second", favorite=True, archived=True)
    assert again.id == first.id
    row = reads.saved(bob, thread)
    assert row is not None
    assert (row.saved_at, row.tags, row.note, row.favorite) == (long_ago, ["art", "war"], "first", True)
    assert row.archived_at is None


def test_what_a_list_brings_is_kept(bob: User, mara: Author) -> None:
    row = library.save(bob, wrote(mara, 100), tags=["a"] * 3 + [f"t{n}" for n in range(30)], note="n", archived=True)
    row.refresh_from_db()
    assert len(row.tags) == MOST
    assert row.archived_at is not None


def test_a_free_library_holds_a_hundred_and_says_so(bob: User, mara: Author) -> None:
    threads = many_threads(MOST_SAVED)
    keep(bob, threads)
    with pytest.raises(LibraryFull) as refused:
        library.save(bob, wrote(mara, 100))
    assert refused.value.sentence.startswith("Your library is full: a free account keeps 100 threads.")
    assert library.save(bob, threads[0], favorite=True).favorite
    assert library.unsave(bob, threads[1])
    assert not library.unsave(bob, threads[1])
    library.save(bob, wrote(mara, 200))


def test_who_had_premium_keeps_all_and_is_told_how_much_that_is(bob: User, mara: Author) -> None:
    keep(bob, many_threads(MOST_SAVED + 23))
    with pytest.raises(LibraryFull) as refused:
        library.save(bob, wrote(mara, 100))
    assert refused.value.sentence.startswith("Your library holds 123 threads. They all stay,")
    assert Saved.objects.filter(user=bob).count() == MOST_SAVED + 23


def test_a_members_library_has_no_limit(mara: Author) -> None:
    alice = a_reader("alice", premium=True)
    keep(alice, many_threads(MOST_SAVED + 50))
    library.save(alice, wrote(mara, 100))
    assert Saved.objects.filter(user=alice).count() == MOST_SAVED + 51


def test_without_billing_nobodys_library_has_a_limit(settings: Settings, bob: User, mara: Author) -> None:
    settings.BILLING_ENABLED = False
    keep(bob, many_threads(MOST_SAVED))
    library.save(bob, wrote(mara, 100))


def test_two_clicks_at_the_same_moment_do_not_pass_the_limit(bob: User) -> None:
    threads = many_threads(MOST_SAVED + 5)
    keep(bob, threads[: MOST_SAVED - 1])
    found = ends(*[lambda thread=thread: library.save(bob, thread) for thread in threads[MOST_SAVED - 1 :]])
    assert sum(isinstance(end, Saved) for end in found) == 1
    assert sum(isinstance(end, LibraryFull) for end in found) == 5
    assert Saved.objects.filter(user=bob).count() == MOST_SAVED


def test_one_thread_saved_twice_at_the_same_moment_is_one_row(bob: User, mara: Author) -> None:
    thread = wrote(mara, 100)
    at_once(lambda: library.save(bob, thread, tags=["a"]), lambda: library.save(bob, thread, tags=["b"]))
    assert sorted(Saved.objects.get(user=bob).tags) == ["a", "b"]


def test_a_thread_that_has_just_become_a_part_cannot_be_saved(bob: User, mara: Author) -> None:
    thread = wrote(mara, 100)
    Thread.objects.filter(id=thread.id).delete()
    with pytest.raises(CannotSave):
        library.save(bob, thread)


def test_many_are_changed_at_once_and_nobody_elses(
    bob: User, mara: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    dora = a_reader("dora")
    threads = [wrote(mara, number) for number in (100, 200, 300)]
    for user in (bob, dora):
        keep(user, threads)
    mine = Saved.objects.filter(user=bob)
    with django_assert_num_queries(2 * 5):  # which they are, locked in their order, changed; and the transaction
        assert library.archive(mine) == 3
        assert library.favor(mine, favorite=True) == 3
    assert library.archive(mine) == library.favor(mine, favorite=True) == 0
    assert library.unarchive(reads.found(bob, Sift(show=Show.ARCHIVE, words="thread 2"))) == 1
    assert mine.filter(archived_at=None).count() == 1
    assert not Saved.objects.filter(user=dora).exclude(archived_at=None, favorite=False).exists()


def test_reading_marks_are_set_and_taken_back(bob: User, mara: Author) -> None:
    begun, new = wrote(mara, 100), wrote(mara, 200)
    keep(bob, [begun, new])
    Reading.objects.create(user=bob, thread=begun, position="post-2", post_id="101")
    Reading.objects.create(user=a_reader("dora"), thread=begun)
    mine = Saved.objects.filter(user=bob)
    assert [library.mark_read(bob, mine), library.mark_read(bob, mine)] == [2, 0]
    assert not reads.unread(bob).exists()
    assert Reading.objects.filter(user=bob, thread=begun, position="post-2").exists()
    assert [library.mark_unread(bob, mine), library.mark_unread(bob, mine)] == [2, 0]
    assert reads.unread(bob).count() == 2
    assert not Reading.objects.exclude(position="").exists()


def test_tags_are_added_and_taken_off_many(bob: User, mara: Author) -> None:
    rows = [library.save(bob, wrote(mara, number), tags=tags) for number, tags in ((100, []), (200, ["art"]))]
    full = library.save(bob, wrote(mara, 300), tags=[f"t{n}" for n in range(MOST)])
    mine = Saved.objects.filter(user=bob)
    assert library.tag(mine, ["war", "art"]) == 2
    assert [Saved.objects.get(id=row.id).tags for row in rows] == [["war", "art"], ["art", "war"]]
    assert len(Saved.objects.get(id=full.id).tags) == MOST
    assert library.untag(mine, ["art", "nothing"]) == 2
    assert library.untag(mine, []) == 0
    assert [Saved.objects.get(id=row.id).tags for row in rows] == [["war"], ["war"]]


def test_a_renamed_tag_becomes_one_with_the_tag_of_that_name(bob: User, mara: Author) -> None:
    both = library.save(bob, wrote(mara, 100), tags=["old", "x", "new"])
    one = library.save(bob, wrote(mara, 200), tags=["y", "old"])
    other = library.save(a_reader("dora"), wrote(mara, 300), tags=["old"])
    assert library.rename_tag(bob, "old", "new") == 2
    found = [Saved.objects.get(id=row.id).tags for row in (both, one, other)]
    assert found == [["x", "new"], ["y", "new"], ["old"]]
    assert library.rename_tag(bob, "new", "new") == 2
    assert [tuple(tag) for tag in reads.tags(bob)] == [("new", 2), ("x", 1), ("y", 1)]


def test_a_sift_that_the_change_empties_is_changed_whole(bob: User, mara: Author) -> None:
    for number in (100, 200):
        library.save(bob, wrote(mara, number), tags=["art", "war"])
    assert library.untag(reads.found(bob, Sift(tag="art")), ["art", "war"]) == 2
    assert not Saved.objects.exclude(tags=[]).exists()
    assert library.mark_read(bob, reads.unread(bob)) == 2
    assert library.remove(reads.found(bob, Sift(words="thread"))) == 2


def test_who_saved_a_part_has_saved_the_whole_and_loses_nothing(bob: User) -> None:
    dora = a_reader("dora")
    tail = a_thread(3, first=10)
    head = a_thread(2)
    early, late = timezone.now() - timedelta(days=9), timezone.now() - timedelta(days=1)
    library.save(bob, tail, saved_at=early, tags=["a", "b"], note="Tail.", archived=True)
    library.save(bob, head, saved_at=late, tags=["b", "c"], note="Head.", favorite=True)
    library.save(dora, tail, note="Mine.", archived=True)
    whole = a_thread(12)
    assert whole.id == head.id
    row = Saved.objects.get(user=bob)
    assert (row.thread_id, row.saved_at, row.tags) == (whole.id, early, ["a", "b", "c"])
    assert (row.note, row.favorite, row.archived_at) == ("Tail.\n\nHead.", True, None)
    other = Saved.objects.get(user=dora)
    assert (other.thread_id, other.note) == (whole.id, "Mine.")
    assert other.archived_at is not None


def test_inheriting_takes_the_same_queries_for_any_number_of_readers(
    mara: Author, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    whole, part = wrote(mara, 100), wrote(mara, 200)
    for number in range(40):
        keep(a_reader(f"reader-{number}"), [whole, part])
    with django_assert_max_num_queries(8), transaction.atomic():
        library.inherit(whole, [part])
    assert Saved.objects.filter(thread=whole).count() == 40
    assert not Saved.objects.filter(thread=part).exists()


def test_everything_is_read_in_the_order_it_was_saved_in_and_without_documents(bob: User, mara: Author) -> None:
    rows = [library.save(bob, wrote(mara, number), archived=number == 200) for number in (300, 200, 100)]
    found = list(reads.of(bob))
    assert [row.id for row in found] == [row.id for row in rows]
    assert "document" in found[0].thread.get_deferred_fields()


@pytest.mark.parametrize(
    ("position", "read", "said"),
    [
        ("post-14", False, "at post 14 of 72"),
        ("post-14-2", False, "at post 14 of 72"),
        ("post-1", False, ""),
        ("", False, ""),
        ("post-3", True, "read"),
        ("anything", False, ""),
    ],
)
def test_where_a_reader_is_is_said_in_words(position: str, *, read: bool, said: str) -> None:
    reading = Reading(position=position, read_at=timezone.now() if read else None)
    assert reads.place(Thread(post_count=72), reading) == said
    assert not reads.place(Thread(post_count=72), None)
