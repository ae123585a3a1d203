"""Threads on Mastodon from end to end, over real HTTP: cut contexts, strangers above, copies, holes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.mastodon.model import Status
from tests.sandbox.mastodon.network import Instance
from tests.sources.keyless_reading import Reading, Visitor
from unroller.core.errors import (
    Gone,
)
from unroller.sources.base import Wish


def texts(statuses: list[Status]) -> list[str]:
    return [status.text for status in statuses]


def lamps(host: Instance, name: str, count: int, *, under: Status | None = None) -> list[Status]:
    return host.thread(name, [f"Lamp {number} is lit." for number in range(1, count + 1)], under=under)


def words(reading: Reading) -> list[str]:
    """The main line without the names that Mastodon clients put before an answer."""
    return [" ".join(word for word in text.split() if not word.startswith("@")) for text in reading.texts]


@pytest.mark.parametrize("place", [0, 150, 299], ids=["first", "middle", "last"])
def test_300_posts_whose_context_is_cut_are_read_whole(visitor: Visitor, place: int) -> None:
    thread = lamps(visitor.one, f"long{place}", 300)
    for post in thread[:4]:
        for number in range(30):
            visitor.two.post("crowd", f"Hooray {number}", under=post)
    reading = visitor.read(visitor.one.link(thread[place]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ()
    assert reading.assembly.anchor.id == visitor.one.status_ids[thread[place]]
    assert len(reading.calls) <= 25
    assert reading.progress[-1] == 300


@pytest.mark.parametrize("place", [0, 50, 99], ids=["first", "middle", "last"])
def test_a_thread_below_a_stranger_is_read_whole_and_shows_the_stranger_above(visitor: Visitor, place: int) -> None:
    question = visitor.two.post("asker", f"How do lamps work? ({place})")
    thread = lamps(visitor.one, f"answers{place}", 100, under=question)
    reading = visitor.read(visitor.one.link(thread[place]))
    assert words(reading) == texts(thread)
    assert reading.thread.reasons == ()
    assert reading.context == question.text


def test_the_authors_answers_to_strangers_stay_out(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "polite", 3)
    stranger = visitor.two.post("curious", "Why?", under=thread[1])
    visitor.one.thread("polite", ["Because.", "And so on."], under=stranger)
    visitor.one.post("polite", "Another day.")
    assert visitor.read(visitor.one.link(thread[0])).texts == texts(thread)


def test_side_branches_and_later_additions_are_found(visitor: Visitor) -> None:
    start = datetime.now(UTC) - timedelta(days=3)
    thread = visitor.one.thread("forked", ["One", "Two", "Three", "Four"], start=start)
    visitor.one.post("forked", "Aside", under=thread[1], at=start + timedelta(minutes=30))
    visitor.one.post("forked", "Two days on", under=thread[0], at=start + timedelta(days=2))
    reading = visitor.read(visitor.one.link(thread[3]))
    assert reading.texts == [*texts(thread), "Two days on"]
    assert len(reading.thread.branches) == 1
    assert len(reading.thread.updates) == 1


def test_the_search_ends_a_week_after_the_last_post_of_the_thread(visitor: Visitor) -> None:
    start = datetime.now(UTC) - timedelta(days=400)
    thread = visitor.one.thread("chatty", ["One", "Two", "Three"], start=start)
    for day in range(1, 400):
        visitor.one.post("chatty", f"Day {day}", at=start + timedelta(days=day))
    reading = visitor.read(visitor.one.link(thread[0]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ()
    assert len([call for call in reading.calls if call.path.endswith("/statuses")]) == 3


def test_a_copy_is_followed_to_its_home(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "traveller", 12)
    visitor.two.copy(thread[4])
    reading = visitor.read(visitor.two.link(thread[4]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ()
    assert reading.assembly.anchor.path == f"{visitor.one.host}/{visitor.one.status_ids[thread[4]]}"


def test_a_copy_is_used_when_its_home_is_down(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "stranded", 50)
    visitor.two.copy(*thread)
    visitor.world.faults.add("mastodon_one", "close", times=-1)
    reading = visitor.read(visitor.two.link(thread[30]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ("source-limit",)
    assert reading.line == [visitor.two.status_ids[status] for status in thread]
    assert reading.thread.head.path == f"{visitor.two.host}/{reading.line[0]}"
    assert reading.thread.author.handle == f"stranded@{visitor.one.host}"
    assert reading.thread.author.unlisted
    visitor.world.faults.clear()
    assert visitor.read(visitor.two.link(thread[30])).line == [visitor.one.status_ids[status] for status in thread]


def test_a_copy_is_used_when_its_home_is_closed_to_strangers(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "fenced", 5)
    visitor.two.copy(*thread)
    visitor.one.restricted = True
    assert visitor.read(visitor.two.link(thread[2])).thread.reasons == ("source-limit",)


def test_a_copy_of_what_was_deleted_at_home_is_not_shown(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "deleting", 2)
    visitor.two.copy(*thread)
    link = visitor.two.link(thread[1])
    with deleted_at_home(visitor, thread[1]), pytest.raises(Gone):
        visitor.read(link)


@contextmanager
def deleted_at_home(visitor: Visitor, status: Status) -> Iterator[None]:
    """The home host forgets a status, the others were not told."""
    number = visitor.one.status_ids[status]
    del visitor.one.statuses[number]
    yield
    visitor.one.statuses[number] = status


@pytest.mark.parametrize("at_home", [True, False], ids=["where the answer lives", "where the thread lives"])
def test_a_strangers_lone_answer_leads_to_the_thread_above_it(visitor: Visitor, at_home: bool) -> None:
    thread = lamps(visitor.one, f"above{at_home}", 60)
    lone = visitor.two.post("wow", "Wow", under=thread[2])
    host = visitor.two if at_home else visitor.one
    reading = visitor.read(host.link(lone))
    assert reading.texts == texts(thread)
    assert reading.assembly.linked_reply
    assert reading.assembly.anchor.id == visitor.one.status_ids[thread[2]]


def test_a_strangers_answer_with_a_thread_of_its_own_is_that_strangers_thread(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "host", 3)
    for number in range(70):
        visitor.two.post("noisy", f"Noise {number}", under=thread[0])
    own = lamps(visitor.two, "guest", 4, under=thread[0])
    reading = visitor.read(visitor.two.link(own[0]))
    assert words(reading) == texts(own)
    assert reading.context == "Lamp 1 is lit."
    assert not reading.assembly.linked_reply


@pytest.mark.parametrize("forget", [True, False], ids=["forgotten", "remembered"])
@pytest.mark.parametrize("place", [0, 9], ids=["above", "below"])
def test_a_deleted_post_in_the_middle_leaves_a_gap_seen_from_above_and_below(
    visitor: Visitor, place: int, forget: bool
) -> None:
    thread = lamps(visitor.one, f"hole{place}{forget}", 10)
    visitor.world.mastodon.delete(thread[4], forget=forget)
    reading = visitor.read(visitor.one.link(thread[place]))
    assert reading.texts == [*texts(thread[:4]), "-", *texts(thread[5:])]
    assert reading.thread.reasons == ("gap",)


def test_a_deleted_post_below_a_stranger_makes_the_thread_partial(visitor: Visitor) -> None:
    question = visitor.two.post("asks", "And oil?")
    thread = lamps(visitor.one, "oil", 6, under=question)
    visitor.world.mastodon.delete(thread[3])
    reading = visitor.read(visitor.one.link(thread[1]))
    assert words(reading) == texts(thread[:3])
    assert reading.thread.reasons == ("gap",)


def test_known_posts_that_are_not_seen_again_are_looked_up(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "known", 4)
    other = visitor.one.post("known", "Long before", at=datetime.now(UTC) - timedelta(days=9))
    known = tuple(visitor.one.status_ids[status] for status in (*thread, other))
    visitor.world.mastodon.delete(thread[3])
    reading = visitor.read(visitor.one.link(thread[0]), wish=Wish(known=(*known, "no id at all")))
    assert [gone.id for gone in reading.pile.gone] == [known[3]]
    assert known[4] in {post.id for post in reading.pile.posts}


def test_the_cap_cuts_the_end_and_says_so(visitor: Visitor) -> None:
    thread = lamps(visitor.one, "capped", 300)
    reading = visitor.read(visitor.one.link(thread[0]), wish=Wish(most=100))
    assert reading.thread.reasons == ("cap",)
    assert reading.texts == texts(thread[: len(reading.texts)])
    assert 100 <= len(reading.texts) <= 160


def test_a_private_post_cannot_be_told_from_a_missing_one(visitor: Visitor) -> None:
    private = visitor.one.post("secretive", "For friends", visibility="private")
    with pytest.raises(Gone):
        visitor.read(visitor.one.link(private))


def test_letters_for_ids_are_read_as_well(visitor: Visitor) -> None:
    visitor.two.software = "gotosocial"
    try:
        thread = lamps(visitor.two, "lettered", 90)
        reading = visitor.read(visitor.two.link(thread[45]))
        assert reading.texts == texts(thread)
        assert reading.thread.reasons == ()
        visitor.world.mastodon.delete(thread[20])
        assert visitor.read(visitor.two.link(thread[45])).texts.count("-") == 1
    finally:
        visitor.two.software = "mastodon"


def test_an_author_who_wants_no_index_is_unlisted(visitor: Visitor) -> None:
    shy = visitor.one.person("shy", noindex=True)
    status = visitor.one.post(shy, "Hello")
    assert visitor.read(visitor.one.link(status)).thread.author.unlisted
