"""The thread rules on X, from end to end: whose thread it is, what belongs to it, and what became of its posts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.sandbox.media import Picture
from tests.sandbox.media import Poll as AskedPoll
from tests.sources.x_reading import LONG_AGO, Visitor, ids
from unroller.core.errors import Protected
from unroller.sources.base import Wish
from unroller.sources.x.vocabulary import Dialect


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with Visitor() as visitor:
        yield visitor


def just_now(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


class TestForks:
    def test_the_larger_branch_is_the_line_from_whatever_link(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three.", "Four."], start=LONG_AGO)
        root_side = visitor.x.post("ana", "Aside from the first.", under=line[0])
        side = visitor.x.thread("ana", ["Aside.", "More aside."], under=line[1], start=line[2].at)
        for post in (line[0], line[3], root_side, side[1]):
            reading = visitor.read(post)
            assert reading.ids == ids(line)
            assert reading.branches == {str(line[0].id): ids([root_side]), str(line[1].id): ids(side)}

    def test_answers_to_others_and_what_hangs_below_them_are_no_part(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        question = visitor.x.post("bo", "Why?", under=line[1])
        answer = visitor.x.post("ana", "Because.", under=question)
        visitor.x.post("ana", "And besides.", under=answer)
        reading = visitor.read(line[0])
        assert reading.ids == ids(line)
        assert reading.branches == {}
        assert reading.reads <= 5, "the stranger's question is not worth a read"

    def test_a_link_to_such_an_answer_opens_it_with_the_question_as_context(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two."], start=LONG_AGO)
        question = visitor.x.post("bo", "Why?", under=line[1])
        answer = visitor.x.post("ana", "Because.", under=question)
        more = visitor.x.post("ana", "And besides.", under=answer)
        for post in (answer, more):
            reading = visitor.read(post)
            assert reading.ids == ids([answer, more])
            context = reading.thread.context
            assert context is not None
            assert context.author is not None
            assert (context.id, context.author.handle, context.text) == (str(question.id), "bo", "Why?")


class TestWhoseThread:
    def test_a_thread_inside_a_strangers_conversation(self, visitor: Visitor) -> None:
        root = visitor.x.post("host", "Tell me your stories.", at=LONG_AGO)
        own = [visitor.x.post("guest", "Mine is long.", under=root)]
        own += visitor.x.thread("guest", ["It goes on.", "It ends."], under=own[0], start=own[0].at)
        for post in own:
            reading = visitor.read(post)
            assert reading.ids == ids(own)
            assert reading.assembly.linked_reply is False
            context = reading.thread.context
            assert context is not None
            assert (context.id, context.author and context.author.name) == (str(root.id), "Host")

    def test_its_context_is_there_even_beyond_a_gap(self, visitor: Visitor) -> None:
        root = visitor.x.post("host", "Tell me your stories.", at=LONG_AGO)
        asked = visitor.x.post("bo", "Yes, do.", under=root)
        own = [visitor.x.post("guest", "Mine is long.", under=asked)]
        own += visitor.x.thread("guest", ["It goes on.", "It ends."], under=own[0], start=own[0].at)
        visitor.x.delete(own[1])
        reading = visitor.read(own[2])
        assert reading.ids == [str(own[0].id), f"-{own[1].id}", str(own[2].id)]
        context = reading.thread.context
        assert context is not None
        assert (context.text, context.author and context.author.handle) == ("Yes, do.", "bo")

    @pytest.mark.parametrize(("author", "length"), [("guest", 3), ("host", 3), ("host", 1)])
    def test_its_head_may_quote(self, visitor: Visitor, author: str, length: int) -> None:
        quoted = visitor.x.post("bo", "An old tale.", at=LONG_AGO - timedelta(days=9))
        root = visitor.x.post("host", "Tell me your stories.", at=LONG_AGO)
        asked = visitor.x.post("carl", "You first.", under=root)
        head = visitor.x.post(author, "This one:", under=asked, quote=quoted)
        visitor.x.thread(author, ["And so on."] * (length - 1), under=head, start=head.at)
        quote = visitor.read(head).thread.head.quote
        assert quote is not None
        assert quote.text == "An old tale."

    def test_what_a_guest_wrote_there_before_is_not_paid_for(self, visitor: Visitor) -> None:
        root = visitor.x.post("host", "Tell me your stories.", at=LONG_AGO)
        for _ in range(20):
            visitor.x.post("guest", "A word.", under=root, at=LONG_AGO + timedelta(seconds=20))
        own = [visitor.x.post("guest", "Mine is long.", under=root, at=LONG_AGO + timedelta(minutes=9))]
        own += visitor.x.thread("guest", ["It goes on."], under=own[0], start=own[0].at)
        reading = visitor.read(own[0])
        assert reading.ids == ids(own)
        assert reading.reads <= 3

    def test_a_strangers_lone_reply_leads_to_the_thread_it_answers(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        reply = visitor.x.post("bo", "Well said.", under=line[1])
        reading = visitor.read(reply)
        assert reading.ids == ids(line)
        assert reading.assembly.linked_reply is True
        assert reading.reads <= 6

    def test_a_strangers_reply_to_a_guests_thread_leads_to_that(self, visitor: Visitor) -> None:
        root = visitor.x.post("host", "Tell me.", at=LONG_AGO)
        own = [visitor.x.post("guest", "Mine.", under=root)]
        own += visitor.x.thread("guest", ["On.", "And on."], under=own[0], start=own[0].at)
        assert visitor.read(visitor.x.post("bo", "Ha!", under=own[2])).ids == ids(own)

    def test_a_repost_stands_for_what_it_repeats(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two."], start=LONG_AGO)
        reading = visitor.read(visitor.x.retweet("bo", line[1]))
        assert reading.ids == ids(line)
        assert reading.pile.anchor_id == str(line[1].id)

    def test_a_handle_that_was_changed_in_the_middle_is_searched_by_its_new_name(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        for number, call in enumerate((2, 3), start=1):
            visitor.world.faults.at_call("x", call, partial(visitor.x.rename, line[0].author, f"ana_{number}"))
            reading = visitor.read(line[2])
            assert reading.ids == ids(line)
            assert reading.thread.author.handle == f"ana_{number}"
            assert reading.thread.reasons == ()

    def test_a_handle_nobody_has_is_not_needed(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two."], start=LONG_AGO)
        assert visitor.read(f"https://x.com/somebody_else/status/{line[1].id}").ids == ids(line)
        assert visitor.read(str(line[1].id)).ids == ids(line)


class TestDeleted:
    def test_a_deleted_middle_is_bridged_by_a_gap(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three.", "Four."], start=LONG_AGO)
        visitor.x.delete(line[1])
        expected = [str(line[0].id), f"-{line[1].id}", str(line[2].id), str(line[3].id)]
        for post in (line[0], line[2], line[3]):
            reading = visitor.read(post)
            assert reading.ids == expected
            assert reading.thread.reasons == ("gap",)

    def test_a_deleted_head_leaves_the_rest_readable(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        visitor.x.delete(line[0])
        for post in line[1:]:
            reading = visitor.read(post)
            assert reading.ids == [f"-{line[0].id}", *ids(line[1:])]
            assert reading.thread.reasons == ("gap",)

    def test_a_deleted_parent_of_the_last_post(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        visitor.x.delete(line[1])
        assert visitor.read(line[2]).ids == [str(line[0].id), f"-{line[1].id}", str(line[2].id)]

    def test_a_post_known_from_before_is_looked_up_and_found_deleted_or_merely_late(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three.", "Four."], start=LONG_AGO)
        visitor.x.lag([line[2]], until_calls=9)
        visitor.x.delete(line[3])
        reading = visitor.read(line[0], wish=Wish(known=tuple(ids(line))))
        assert reading.ids == ids(line[:3])
        assert [gone.id for gone in reading.pile.gone] == [str(line[3].id)]
        assert reading.thread.reasons == ("search-lag",)
        assert reading.calls[-1].query["ids"] == [f"{line[2].id},{line[3].id}"]

    @pytest.mark.parametrize("call", [2, 3])
    def test_an_author_who_goes_protected_in_the_middle_has_no_page(self, visitor: Visitor, call: int) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        visitor.world.faults.at_call("x", call, lambda: visitor.x.protect(line[0].author))
        with pytest.raises(Protected):
            visitor.read(line[2])

    def test_so_it_is_when_only_a_late_lookup_notices(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        visitor.x.lag([line[1]], until_calls=9)
        visitor.world.faults.at_call("x", 4, lambda: visitor.x.protect(line[0].author))
        with pytest.raises(Protected):
            visitor.read(line[2])

    def test_a_single_limited_post_is_only_a_gap(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        visitor.x.delete(line[1])
        raw = visitor.read(line[2]).raw
        (error,) = raw.exchanges[-1].body["errors"]
        error |= {"type": "https://api.x.com/2/problems/not-authorized-for-resource", "detail": "Sorry."}
        reading = visitor.read(line[2], raw=raw)
        assert reading.ids == [str(line[0].id), f"-{line[1].id}", str(line[2].id)]
        assert [call.query["ids"] for call in reading.calls] == [[str(line[2].id)]]

    def test_so_it_is_from_the_first_post_too(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
        visitor.world.faults.at_call("x", 2, lambda: visitor.x.protect(line[0].author))
        with pytest.raises(Protected):
            visitor.read(line[0])


class TestEdits:
    def test_children_of_an_old_version_hang_from_the_latest(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Tow.", "Three."], start=LONG_AGO)
        edited = visitor.x.edit(line[1], "Two.")
        for post in (line[0], line[1], edited, line[2]):
            reading = visitor.read(post)
            assert reading.ids == ids([line[0], edited, line[2]])
            second = list(reading.thread.posts)[1]
            assert (second.text, second.edited, second.aliases) == ("Two.", True, (str(line[1].id),))
            assert reading.thread.reasons == ()

    def test_an_edited_head_has_a_conversation_for_each_version(self, visitor: Visitor) -> None:
        head = visitor.x.post("ana", "Oen.", at=LONG_AGO)
        early = visitor.x.post("ana", "Two, below the first version.", under=head, at=LONG_AGO + timedelta(minutes=1))
        latest = visitor.x.edit(head, "One.", at=LONG_AGO + timedelta(minutes=5))
        late = visitor.x.post("ana", "Below the second.", under=latest, at=LONG_AGO + timedelta(minutes=8))
        for post in (head, early, latest, late):
            reading = visitor.read(post)
            assert reading.ids == ids([latest, early])
            assert reading.branches == {str(latest.id): ids([late])}
            assert len(reading.queries) == 2

    def test_a_deleted_post_that_was_edited_is_one_gap(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["One.", "Tow.", "Three."], start=LONG_AGO)
        visitor.x.edit(line[1], "Two.")
        visitor.x.delete(line[1])
        assert visitor.read(line[2]).ids == [str(line[0].id), f"-{line[1].id}", str(line[2].id)]


class TestSearchLag:
    def test_the_linked_post_is_climbed_from_when_no_index_has_it(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", [f"Post {n}." for n in range(1, 10)], start=just_now(20))
        visitor.x.lag(line[3:], until_calls=2)
        first = visitor.read(line[8])
        assert first.ids == ids(line)
        assert first.thread.reasons == ("search-lag",)
        assert len(first.calls) <= 6
        assert visitor.read(line[8]).thread.reasons == ()

    def test_from_the_head_the_late_posts_come_with_the_next_fetch(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", ["A story.", "Then.", "Then.", "The end."], start=just_now(20))
        visitor.x.lag(line[1:], until_calls=2)
        assert visitor.read(line[0]).ids == ids(line[:1])
        assert visitor.read(line[0]).ids == ids(line)

    def test_numbering_that_promises_more_sends_to_the_timeline(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", [f"{n}/9 Post." for n in range(1, 10)], start=just_now(20))
        visitor.x.lag(line[6:], until_calls=5)
        reading = visitor.read(line[0])
        assert reading.ids == ids(line)
        assert reading.thread.reasons == ("search-lag",)
        assert reading.reads <= 10

    def test_numbering_that_nothing_can_fill_is_never_complete(self, visitor: Visitor) -> None:
        line = visitor.x.thread("ana", [f"{n}/9 Post." for n in range(1, 7)], start=just_now(20))
        assert visitor.read(line[2]).thread.reasons == ("numbering",)


@pytest.mark.parametrize("dialect", ["legacy", "new"])
class TestWhatPostsCarry:
    def test_quoted_posts_come_with_their_author_and_media(self, visitor: Visitor, dialect: Dialect) -> None:
        photo = Picture("harbour", 1200, 800, alt="Two boats")
        quoted = visitor.x.post("bo", "Look at this.", at=LONG_AGO - timedelta(days=40), media=[photo])
        gone = visitor.x.post("charlie", "Regrettable.", at=LONG_AGO - timedelta(days=40))
        head = visitor.x.post("ana", "Worth a look:", at=LONG_AGO, quote=quoted)
        second = visitor.x.post("ana", "This too:", under=head, quote=gone)
        visitor.x.delete(gone)
        posts = list(visitor.read(second, visitor.source(dialect=dialect)).thread.posts)
        first_quote, second_quote = posts[0].quote, posts[1].quote
        assert first_quote is not None
        assert first_quote.author is not None
        assert (first_quote.author.name, first_quote.text, first_quote.media[0].alt) == (
            "Bo",
            "Look at this.",
            "Two boats",
        )
        assert second_quote is not None
        assert second_quote.unavailable == "This post was deleted."
        assert [post.text for post in posts] == ["Worth a look:", "This too:"]

    def test_media_polls_and_long_texts(self, visitor: Visitor, dialect: Dialect) -> None:
        photo = Picture("harbour", 1200, 800, alt="A crane")
        head = visitor.x.post("ana", "", at=LONG_AGO, media=[photo, photo])
        vote = AskedPoll((("Tea", 3), ("Coffee", 5)))
        second = visitor.x.post("ana", "Which?", under=head, poll=vote)
        words = "Salt & pepper <both> 🧂 https://example.org/salt?a=1&b=2 " + "and so on " * 40
        third = visitor.x.post("ana", words, under=second)
        posts = list(visitor.read(third, visitor.source(dialect=dialect)).thread.posts)
        assert posts[0].text == posts[0].html == ""
        assert [(media.type, media.width, media.alt) for media in posts[0].media] == [("photo", 1200, "A crane")] * 2
        assert posts[1].poll is not None
        assert [(option.label, option.votes) for option in posts[1].poll.options] == [("Tea", 3), ("Coffee", 5)]
        assert posts[2].text.startswith("Salt & pepper <both> 🧂 example.org/salt?a=1&b=2 and so on")
        assert posts[2].text.endswith("and so on")
        assert 'Salt &amp; pepper &lt;both&gt; 🧂 <a href="https://t.co/' in posts[2].html
