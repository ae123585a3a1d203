"""Threads on Bluesky from end to end, over real HTTP: deep ones, forked ones, ones with holes."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.bluesky.model import Post as Written
from tests.sources.keyless_reading import Visitor
from unroller.core.errors import Gone, SignInOnly
from unroller.core.posts import Tombstone
from unroller.sources.base import HARD_CAP, Wish
from unroller.sources.bluesky.plan import DEPTH, HEIGHT
from unroller.sources.bluesky.repository import GLANCE_PAGES

ALL = Wish(most=HARD_CAP)
TREE, LIST = "getPostThread", "listRecords"


def texts(posts: list[Written]) -> list[str]:
    return [post.text for post in posts]


def ids(posts: list[Written]) -> list[str]:
    return [post.uri for post in posts]


def lamps(visitor: Visitor, handle: str, count: int, *, under: Written | None = None) -> list[Written]:
    return visitor.bluesky.thread(handle, [f"Lamp {number} is lit." for number in range(1, count + 1)], under=under)


@pytest.mark.parametrize("place", [0, 60, 119], ids=["first", "middle", "last"])
def test_a_chain_of_120_is_read_whole_from_any_of_its_posts(visitor: Visitor, place: int) -> None:
    thread = lamps(visitor, f"deep{place}.example", 120)
    reading = visitor.read(visitor.bluesky.link(thread[place]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ()
    assert reading.assembly.anchor.id == thread[place].uri
    assert len(reading.calls) <= 7


@pytest.mark.parametrize("place", [0, 600, 1199], ids=["first", "middle", "last"])
def test_a_chain_of_1200_with_strangers_beside_it_is_read_whole(visitor: Visitor, place: int) -> None:
    thread = lamps(visitor, f"deepest{place}.example", 1200)
    for post in thread[::9]:
        visitor.bluesky.post("passer.example", "Well lit!", under=post)
    reading = visitor.read(visitor.bluesky.link(thread[place], by_did=True), wish=ALL)
    assert reading.ids == ids(thread)
    assert reading.thread.reasons == ()
    assert len(reading.calls) <= 1200 / HEIGHT + 8
    assert reading.progress[-1] == 1200


def test_no_tree_is_asked_for_that_cannot_be_read(visitor: Visitor) -> None:
    thread = lamps(visitor, "bounds.example", 200)
    reading = visitor.read(visitor.bluesky.link(thread[150]))
    asked = [call.query for call in reading.calls if call.path.endswith(TREE)]
    assert asked
    assert all(int(query["depth"][0]) <= DEPTH and int(query["parentHeight"][0]) <= DEPTH for query in asked)


def test_a_server_that_cuts_trees_without_a_word_is_asked_again_where_it_stopped(visitor: Visitor) -> None:
    visitor.bluesky.most_depth = 7
    thread = lamps(visitor, "shallow.example", 100)
    visitor.bluesky.post("passer.example", "Nice", under=thread[50])
    reading = visitor.read(visitor.bluesky.link(thread[0]))
    assert reading.texts == texts(thread)
    assert reading.thread.reasons == ()


def test_side_branches_are_found_below_what_was_climbed_past(visitor: Visitor) -> None:
    thread = lamps(visitor, "forked.example", 12)
    side = lamps(visitor, "forked.example", 3, under=thread[4])
    reading = visitor.read(visitor.bluesky.link(thread[11]))
    assert set(reading.ids) == set(ids(thread + side))
    assert [branch.parent_id for branch in reading.thread.branches] == [thread[4].uri]


def test_the_same_thread_comes_from_every_link(visitor: Visitor) -> None:
    thread = lamps(visitor, "same.example", 9)
    lamps(visitor, "same.example", 2, under=thread[3])
    visitor.bluesky.delete(thread[6])
    readings = [visitor.read(visitor.bluesky.link(post)) for post in thread if not post.deleted]
    assert len({tuple(reading.texts) for reading in readings}) == 1
    assert len({reading.thread.head.id for reading in readings}) == 1


@pytest.mark.parametrize("place", [0, 9], ids=["above", "below"])
def test_a_deleted_post_in_the_middle_leaves_a_gap_seen_from_above_and_below(visitor: Visitor, place: int) -> None:
    thread = lamps(visitor, f"hole{place}.example", 10)
    visitor.bluesky.delete(thread[4])
    reading = visitor.read(visitor.bluesky.link(thread[place]))
    assert reading.texts == [*texts(thread[:4]), "-", *texts(thread[5:])]
    assert reading.thread.reasons == ("gap",)
    assert [gone.id for gone in reading.thread.tombstones] == [thread[4].uri]
    assert any(call.path.endswith(LIST) for call in reading.calls)


def test_two_holes_and_a_deleted_head_are_all_gaps(visitor: Visitor) -> None:
    thread = lamps(visitor, "holes.example", 12)
    visitor.bluesky.delete(thread[0], thread[5], thread[8])
    reading = visitor.read(visitor.bluesky.link(thread[10]))
    assert reading.texts == ["-", *texts(thread[1:5]), "-", *texts(thread[6:8]), "-", *texts(thread[9:])]


@pytest.mark.parametrize("place", [0, 5], ids=["above", "below"])
def test_a_hole_that_is_not_even_counted_is_found_with_the_author(visitor: Visitor, place: int) -> None:
    thread = lamps(visitor, f"uncounted{place}.example", 6)
    visitor.bluesky.delete(thread[2], still_counted=False)
    reading = visitor.read(visitor.bluesky.link(thread[place]))
    assert reading.texts == [*texts(thread[:2]), "-", *texts(thread[3:])]


def test_the_authors_server_is_only_glanced_at_where_nothing_is_missing(visitor: Visitor) -> None:
    start = datetime.now(UTC) - timedelta(days=90)
    thread = visitor.bluesky.thread("prolific.example", ["One", "Two"], start=start)
    visitor.bluesky.thread("prolific.example", [f"Later {number}" for number in range(900)])
    reading = visitor.read(visitor.bluesky.link(thread[0]))
    assert reading.thread.reasons == ()
    assert len([call for call in reading.calls if call.path.endswith(LIST)]) == GLANCE_PAGES
    visitor.bluesky.post("prolific.example", "Three", under=thread[1], at=start + timedelta(minutes=9))
    visitor.bluesky.delete(thread[1])
    reading = visitor.read(visitor.bluesky.link(thread[0]))
    assert reading.texts == ["One", "-", "Three"]
    assert len([call for call in reading.calls if call.path.endswith(LIST)]) > GLANCE_PAGES


def test_a_thread_below_a_stranger_begins_at_the_author_and_shows_the_stranger_above(visitor: Visitor) -> None:
    question = visitor.bluesky.post("asker.example", "How do lamps work?")
    thread = lamps(visitor, "answering.example", 5, under=question)
    visitor.bluesky.post("asker.example", "Thanks!", under=thread[-1])
    for post in thread:
        reading = visitor.read(visitor.bluesky.link(post))
        assert reading.texts == texts(thread)
        assert reading.context == "How do lamps work?"


def test_a_hole_below_a_stranger_is_bridged_from_below(visitor: Visitor) -> None:
    question = visitor.bluesky.post("asks.example", "And oil?")
    thread = lamps(visitor, "oil.example", 6, under=question)
    visitor.bluesky.delete(thread[2])
    reading = visitor.read(visitor.bluesky.link(thread[5]))
    assert reading.texts == [*texts(thread[:2]), "-", *texts(thread[3:])]
    assert reading.context == "And oil?"


def test_a_strangers_lone_answer_leads_to_the_thread_above_it(visitor: Visitor) -> None:
    thread = lamps(visitor, "above.example", 4)
    lone = visitor.bluesky.post("wow.example", "Wow", under=thread[2])
    reading = visitor.read(visitor.bluesky.link(lone))
    assert reading.texts == texts(thread)
    assert reading.assembly.linked_reply
    assert reading.assembly.anchor.id == thread[2].uri


def test_the_authors_answers_to_strangers_stay_out(visitor: Visitor) -> None:
    thread = lamps(visitor, "polite.example", 3)
    stranger = visitor.bluesky.post("curious.example", "Why?", under=thread[1])
    visitor.bluesky.thread("polite.example", ["Because.", "And so on."], under=stranger)
    assert visitor.read(visitor.bluesky.link(thread[0])).ids == ids(thread)


def test_a_block_between_two_others_hides_the_post_above(visitor: Visitor) -> None:
    question = visitor.bluesky.post("blocked.example", "Hm?")
    thread = lamps(visitor, "blocking.example", 3, under=question)
    visitor.bluesky.block(question.author, thread[0].author)
    reading = visitor.read(visitor.bluesky.link(thread[1]))
    assert reading.texts == texts(thread)
    assert reading.context == "The post that this answers is not available."
    assert "Hm?" not in repr(reading.pile)


def test_a_did_web_names_its_own_server(visitor: Visitor) -> None:
    writer = visitor.bluesky.person("web.example", web=True)
    thread = visitor.bluesky.thread(writer, [f"Web {number}" for number in range(5)])
    visitor.bluesky.delete(thread[2])
    reading = visitor.read(visitor.bluesky.link(thread[0], by_did=True))
    assert reading.texts == ["Web 0", "Web 1", "-", "Web 3", "Web 4"]
    assert any(call.path == "/.well-known/did.json" for call in reading.calls)


def test_an_author_for_signed_in_readers_only_is_refused_after_one_tree(visitor: Visitor) -> None:
    thread = lamps(visitor, "private.example", 200)
    thread[0].author.self_labels.append("!no-unauthenticated")
    with pytest.raises(SignInOnly):
        visitor.read(visitor.bluesky.link(thread[0]))
    assert len(visitor.world.log.of("appview", TREE)) == 1


def test_a_post_or_a_name_that_nobody_has_is_gone(visitor: Visitor) -> None:
    thread = lamps(visitor, "leaver.example", 2)
    link = visitor.bluesky.link(thread[1])
    visitor.bluesky.delete(thread[1])
    with pytest.raises(Gone) as deleted:
        visitor.read(link)
    assert deleted.value.network == "Bluesky"
    visitor.bluesky.rename(thread[0].author, "mover.example")
    with pytest.raises(Gone):
        visitor.read(visitor.bluesky.link(thread[0]).replace("mover", "leaver"))
    assert visitor.read(visitor.bluesky.link(thread[0])).posts[0].author.handle == "mover.example"


def test_the_cap_cuts_the_end_and_says_so(visitor: Visitor) -> None:
    thread = lamps(visitor, "capped.example", 400)
    reading = visitor.read(visitor.bluesky.link(thread[0]), wish=Wish(most=150))
    assert reading.thread.reasons == ("cap",)
    assert 150 <= len(reading.ids) <= 150 + DEPTH
    assert reading.ids == ids(thread[: len(reading.ids)])
    assert len(reading.calls) <= 5


def test_known_posts_that_are_not_seen_again_are_looked_up(visitor: Visitor) -> None:
    thread = lamps(visitor, "known.example", 4)
    visitor.bluesky.delete(thread[3], still_counted=False)
    other = visitor.bluesky.post("known.example", "Something else")
    reading = visitor.read(visitor.bluesky.link(thread[0]), wish=Wish(known=(*ids(thread), other.uri, "junk")))
    assert [gone.id for gone in reading.pile.gone] == [thread[3].uri]
    assert reading.pile.gone[0] == Tombstone(
        id=thread[3].uri,
        order=(13, thread[3].rkey),
        author_id=thread[3].author.did,
        path=f"{thread[3].author.did}/{thread[3].rkey}",
    )


def test_replaced_words_are_the_new_ones(visitor: Visitor) -> None:
    thread = lamps(visitor, "second.example", 3)
    visitor.bluesky.replace(thread[1], "Better words.")
    assert visitor.read(visitor.bluesky.link(thread[2])).texts[1] == "Better words."
