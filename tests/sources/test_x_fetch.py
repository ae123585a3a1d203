"""Threads on X from end to end: the linear ones, what they cost, and where pages, caps and keys set limits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.x.model import Post as Written
from tests.sources.x_reading import LONG_AGO, Visitor, ids
from unroller.core.errors import NotConfigured
from unroller.sources.base import PostRef, Wish
from unroller.sources.budget import ProcessBudget
from unroller.sources.http import Http
from unroller.sources.recording import Raw, Recorder
from unroller.sources.x.vocabulary import Dialect

LONG = 72


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with Visitor() as visitor:
        yield visitor


def yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


def harbour(visitor: Visitor, count: int = LONG, *, start: datetime = LONG_AGO) -> list[Written]:
    return visitor.x.thread("harbour_ana", [f"Ship {number} comes in." for number in range(1, count + 1)], start=start)


@pytest.mark.parametrize("place", [0, LONG // 2, LONG - 1], ids=["first", "middle", "last"])
@pytest.mark.parametrize("dialect", ["legacy", "new"])
@pytest.mark.parametrize("days_old", [1, 900])
def test_a_thread_of_72_is_read_whole_for_at_most_five_percent_more_than_its_posts(
    visitor: Visitor, place: int, dialect: Dialect, days_old: int
) -> None:
    thread = harbour(visitor, start=datetime.now(UTC) - timedelta(days=days_old))
    reading = visitor.read(thread[place], visitor.source(dialect=dialect))
    assert reading.ids == ids(thread)
    assert reading.thread.reasons == ()
    assert reading.reads <= 1.05 * LONG
    assert len(reading.calls) <= 3
    assert reading.users <= 3
    assert reading.ledger.spent == reading.reads


def test_recent_threads_are_searched_in_the_recent_index_and_older_ones_in_the_archive(visitor: Visitor) -> None:
    for days, path in ((6, "recent"), (6.6, "all"), (400, "all")):
        thread = harbour(visitor, 3, start=datetime.now(UTC) - timedelta(days=days))
        assert f"tweets/search/{path}" in visitor.read(thread[0]).paths


def test_search_asks_for_the_author_in_the_conversation_from_its_date_on(visitor: Visitor) -> None:
    thread = harbour(visitor, 3)
    search = visitor.read(thread[1]).calls[-1].query
    assert search["query"] == [f"conversation_id:{thread[0].id} from:harbour_ana -is:retweet"]
    assert search["start_time"] == ["2023-03-01T12:00:00Z"]
    assert search["max_results"] == ["500"]


def test_ids_of_before_november_2010_hold_no_time_so_the_date_decides(visitor: Visitor) -> None:
    start = datetime(2009, 5, 4, 10, tzinfo=UTC)
    head = visitor.x.post("old_timer", "Early days.", at=start, post_id=1_700_000_001)
    second = visitor.x.post("old_timer", "Still early.", at=start, under=head, post_id=1_700_000_050)
    reading = visitor.read(second)
    assert reading.ids == ids([head, second])
    assert reading.calls[-1].query["start_time"] == ["2009-05-04T10:00:00Z"]
    assert reading.thread.head.time == start


def test_posts_of_one_second_keep_their_order(visitor: Visitor) -> None:
    thread = visitor.x.thread("quick", [f"{n}" for n in range(30)], start=LONG_AGO, every=timedelta(0))
    assert visitor.read(thread[17]).ids == ids(thread)


def test_progress_counts_the_authors_posts_as_they_come(visitor: Visitor) -> None:
    progress = visitor.read(harbour(visitor)[40]).progress
    assert progress == sorted(progress)
    assert progress[-1] == LONG


def test_calls_to_the_archive_keep_a_second_between_them(visitor: Visitor) -> None:
    thread = harbour(visitor, 3)
    reading = visitor.read(thread[0])
    assert reading.ledger.paces["x:all"] > 1
    assert reading.ledger.paces["x:lookup"] == 0


def test_the_pace_is_kept_over_several_threads(visitor: Visitor) -> None:
    visitor.x.call_per_second = True
    threads = [visitor.x.thread(name, ["One.", "Two."], start=LONG_AGO) for name in ("anja", "boris")]
    budget = ProcessBudget()
    with Http("test", allowed=frozenset(visitor.world.ground.addresses.hosts())) as http:
        for thread in threads:
            raw = Raw(source="x", key=str(thread[0].id))
            visitor.source().fetch(PostRef("x", raw.key), Recorder(raw, http, budget=budget), Wish())
            assert len(visitor.source().parse(raw).posts) == 2


class TestTheCap:
    def test_cuts_the_end_and_never_the_beginning_from_whatever_post(self, visitor: Visitor) -> None:
        thread = harbour(visitor, 1_200)
        for place in (0, 600, 1_199):
            reading = visitor.read(thread[place])
            assert reading.ids == ids(thread[:1_000])
            assert reading.thread.reasons == ("cap",)
            assert reading.reads <= 1_202

    def test_can_be_lifted(self, visitor: Visitor) -> None:
        thread = harbour(visitor, 1_200)
        reading = visitor.read(thread[1_199], wish=Wish(most=3_000))
        assert reading.ids == ids(thread)
        assert reading.thread.reasons == ()
        assert reading.reads <= 1.05 * 1_200

    def test_a_very_long_thread_does_not_cost_all_of_it(self, visitor: Visitor) -> None:
        thread = harbour(visitor, 3_000)
        reading = visitor.read(thread[0])
        assert reading.ids == ids(thread[:1_000])
        assert reading.reads <= 1_600

    @pytest.mark.parametrize(
        "gaps",
        [[1] * 300 + [90_000] * 200, [90_000] * 100 + [1] * 500, [0] * 500, [0, 1, 30, 3_600, 90_000] * 100],
        ids=["burst first", "burst last", "one second", "mixed"],
    )
    def test_holds_whatever_the_pace_of_writing(self, visitor: Visitor, gaps: list[int]) -> None:
        moment = LONG_AGO - timedelta(days=365)
        thread: list[Written] = []
        for gap in gaps:
            moment += timedelta(seconds=gap)
            above = thread[-1] if thread else None
            thread.append(visitor.x.post("harbour_ana", f"At {moment}.", under=above, at=moment))
        reading = visitor.read(thread[-1], wish=Wish(most=250))
        assert reading.ids == ids(thread[:250])
        assert reading.thread.reasons == ("cap",)


class TestPages:
    def test_an_empty_page_with_a_token_is_not_the_end(self, visitor: Visitor) -> None:
        thread = harbour(visitor)
        visitor.x.paging.empty_pages = 1
        assert visitor.read(thread[0]).ids == ids(thread)

    def test_short_pages_are_followed_to_the_end(self, visitor: Visitor) -> None:
        thread = harbour(visitor, 300, start=yesterday())
        visitor.x.paging.short_pages = 3
        assert visitor.read(thread[0]).ids == ids(thread)

    def test_a_token_that_leads_to_itself_is_left_after_two_pages_without_new_posts(self, visitor: Visitor) -> None:
        thread = harbour(visitor)
        visitor.x.paging.looping = True
        reading = visitor.read(thread[0])
        assert reading.ids == ids(thread)
        assert reading.thread.reasons == ()
        assert len(reading.calls) <= 4

    @pytest.mark.parametrize("kind", ["duplicates", "disorder"])
    def test_pages_may_repeat_and_mix_posts(self, visitor: Visitor, kind: str) -> None:
        thread = harbour(visitor, 250, start=yesterday())
        visitor.world.faults.add("x", kind, path="search", times=5)  # type: ignore[arg-type]
        assert visitor.read(thread[120]).ids == ids(thread)


class TestWithoutTheArchive:
    def test_an_old_thread_is_read_off_the_timeline_and_says_so(self, visitor: Visitor) -> None:
        thread = harbour(visitor)
        other = visitor.x.post("harbour_ana", "Something else.", at=thread[3].at + timedelta(seconds=5))
        reading = visitor.read(thread[50], visitor.source(full_archive=False))
        assert reading.ids == ids(thread)
        assert reading.thread.reasons == ("window",)
        assert not [path for path in reading.paths if "search" in path]
        assert str(other.id) not in {post.id for post in reading.pile.posts}

    def test_the_window_moves_on_while_the_thread_does(self, visitor: Visitor) -> None:
        thread = visitor.x.thread("harbour_ana", ["Day."] * 8, start=LONG_AGO, every=timedelta(hours=23))
        assert visitor.read(thread[0], visitor.source(full_archive=False)).ids == ids(thread)

    def test_beyond_the_reach_of_the_timeline_the_last_link_still_leads_up_to_the_head(self, visitor: Visitor) -> None:
        thread = harbour(visitor, 9)
        for number in range(3_200):
            visitor.x.post("harbour_ana", f"{number}", at=LONG_AGO + timedelta(days=9, minutes=number))
        reading = visitor.read(thread[8], visitor.source(full_archive=False))
        assert reading.ids == ids(thread)
        assert reading.thread.reasons == ("window",)
        assert len(reading.calls) <= 8

    def test_a_recent_thread_needs_no_archive(self, visitor: Visitor) -> None:
        thread = harbour(visitor, start=datetime.now(UTC) - timedelta(days=6, hours=16))
        reading = visitor.read(thread[0], visitor.source(full_archive=False))
        assert reading.ids == ids(thread)
        assert reading.thread.reasons == ()

    def test_a_key_that_may_not_ask_the_archive_falls_back_to_the_timeline(self, visitor: Visitor) -> None:
        thread = harbour(visitor)
        visitor.world.faults.add("x", "error", path="search/all", status=403)
        reading = visitor.read(thread[20])
        assert reading.ids == ids(thread)
        assert reading.thread.reasons == ("window",)


def test_narrow_search_does_not_pay_for_answers_to_others(visitor: Visitor) -> None:
    thread = harbour(visitor, 10)
    for number in range(40):
        question = visitor.x.post(f"guest_{number}", "And you?", under=thread[2])
        visitor.x.post("harbour_ana", "Me too.", under=question)
    wide, narrow = visitor.read(thread[9]), visitor.read(thread[9], visitor.source(narrow=True))
    assert wide.ids == narrow.ids == ids(thread)
    assert narrow.reads <= 11
    assert wide.reads >= 50
    assert narrow.queries == [f"conversation_id:{thread[0].id} from:harbour_ana to:harbour_ana -is:retweet"]


def test_without_a_key_nothing_is_asked(visitor: Visitor) -> None:
    thread = harbour(visitor, 2)
    with pytest.raises(NotConfigured) as caught:
        visitor.read(thread[0], visitor.source(bearer=""))
    assert caught.value.for_reader == "X is not set up on this site."
    assert not visitor.world.log.of("x")
