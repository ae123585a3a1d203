"""Thread rules R1 to R4 and R14: whose thread it is, and which posts are in it."""

import pytest

from tests.core.piles import ALICE, BOB, CAROL, branches, chain, line, post, thread_of, tombstone, unroll, without
from unroller.core.errors import Gone
from unroller.core.posts import Media, Quote

# R1: the anchor


def test_a_repost_stands_for_the_post_it_repeats() -> None:
    repost = post(50, by=BOB, root=None, repost_of="2")
    made = unroll([*chain(1, 3), repost], anchor=50)
    assert line(made.thread) == "1 2 3"
    assert made.anchor.id == "2"
    assert not made.linked_reply


def test_an_author_may_repost_their_own_post_without_repeating_it_in_the_thread() -> None:
    repost = post(50, 3, repost_of="2")
    assert line(thread_of([*chain(1, 3), repost], anchor=50)) == "1 2 3"
    assert line(thread_of([*chain(1, 3), repost], anchor=1)) == "1 2 3"


@pytest.mark.parametrize("repeated", ["2", "50", "51"])
def test_a_repost_of_nothing_that_is_there_is_gone(repeated: str) -> None:
    piled = [post(50, by=BOB, root=None, repost_of=repeated), post(51, by=BOB, root=None, repost_of="50")]
    with pytest.raises(Gone):
        unroll(piled, anchor=50)


def test_a_post_that_nobody_has_is_gone() -> None:
    with pytest.raises(Gone):
        unroll(chain(1, 3), anchor=9)
    with pytest.raises(Gone):
        unroll([], anchor=9)


def test_a_deleted_post_is_gone_though_the_thread_around_it_is_there() -> None:
    with pytest.raises(Gone):
        unroll(without(chain(1, 3), 2), anchor=2, gone=[tombstone(2, 1)])


# R2: the author


def test_a_strangers_lone_reply_leads_to_the_thread_of_whom_they_answered() -> None:
    reply = post(50, 2, by=BOB, to=ALICE)
    made = unroll([*chain(1, 3), reply], anchor=50)
    assert line(made.thread) == "1 2 3"
    assert made.anchor.id == "2"
    assert made.linked_reply


def test_a_strangers_reply_to_a_stranger_leads_to_the_one_they_answered() -> None:
    talk = [post(50, 2, by=BOB, to=ALICE), post(51, 50, by=CAROL, to=BOB)]
    made = unroll([*chain(1, 3), *talk], anchor=51)
    assert line(made.thread) == "50"
    assert made.linked_reply


def test_a_stranger_who_goes_on_below_somebody_elses_post_has_a_thread_of_their_own() -> None:
    talk = [post(50, 2, by=BOB, to=ALICE), post(51, 50, by=BOB), post(52, 51, by=BOB)]
    for anchor in (50, 51, 52):
        made = unroll([*chain(1, 3), *talk], anchor=anchor)
        assert line(made.thread) == "50 51 52"
        assert made.thread.author == BOB
        assert made.thread.context is not None
        assert made.thread.context.id == "2"
        assert not made.linked_reply


def test_a_stranger_whose_second_post_is_deleted_still_has_a_thread_of_their_own() -> None:
    talk = [post(50, 2, by=BOB, to=ALICE), post(52, 51, by=BOB)]
    for anchor in (50, 52):
        assert line(thread_of([*chain(1, 3), *talk], anchor=anchor)) == "50 (51) 52"


def test_a_lone_reply_to_a_post_that_is_not_there_is_a_page_of_its_own() -> None:
    made = unroll([post(50, 2, by=BOB, to=ALICE)], anchor=50)
    assert line(made.thread) == "50"
    assert not made.linked_reply


def test_an_authors_lone_answer_in_their_own_conversation_is_their_own() -> None:
    answers = [post(10, 2, by=BOB, to=ALICE), post(11, 10, to=BOB)]
    made = unroll([*chain(1, 3), *answers], anchor=11)
    assert line(made.thread) == "11"
    assert made.thread.author == ALICE
    assert not made.linked_reply


def test_an_authors_lone_answer_is_their_own_though_they_deleted_the_first_post() -> None:
    answers = [post(10, 2, by=BOB, to=ALICE), post(11, 10, to=BOB)]
    made = unroll([*without(chain(1, 3), 1), *answers], anchor=11)
    assert line(made.thread) == "11"


# R3: the head


def test_the_head_hangs_below_a_stranger_whose_post_is_shown_as_a_card() -> None:
    picture = Media(type="photo", url="https://social.example/pier.jpg")
    asked = post(1, by=BOB, media=(picture,), warning="Heights", lang="en")
    thread = thread_of([asked, post(2, 1, to=BOB), post(3, 2)], anchor=3)
    assert line(thread) == "2 3"
    assert thread.context == Quote(
        id="1",
        url=asked.url,
        author=BOB,
        created_at=asked.created_at,
        text="Post 1.",
        html="<p>Post 1.</p>",
        lang="en",
        warning="Heights",
        media=(picture,),
    )
    assert thread.reasons == ()


def test_a_foreign_parent_that_is_gone_is_named_and_leaves_the_thread_complete() -> None:
    thread = thread_of([post(2, 1, to=BOB), post(3, 2)], anchor=3, gone=[tombstone(1, by=BOB)])
    assert thread.context is not None
    assert thread.context.id == "1"
    assert thread.context.unavailable
    assert thread.reasons == ()


def test_a_foreign_parent_whose_id_is_forgotten_is_named_as_well() -> None:
    thread = thread_of([post(2, parent_author_id="bob", root=None), post(3, 2, root=None)], anchor=3)
    assert thread.context is not None
    assert thread.context.unavailable
    assert thread.reasons == ()


def test_a_thread_that_answers_nobody_has_no_context() -> None:
    assert thread_of(chain(1, 2)).context is None


# R4: the members


def test_answers_to_others_and_what_hangs_below_them_are_out() -> None:
    aside = [post(10, 2, by=BOB, to=ALICE), post(11, 10, to=BOB), post(12, 11)]
    assert line(thread_of([*chain(1, 3), *aside])) == "1 2 3"
    assert branches(thread_of([*chain(1, 3), *aside])) == []
    assert line(thread_of([*chain(1, 3), *aside], anchor=12)) == "11 12"


def test_only_the_authors_posts_are_in() -> None:
    noise = [post(number, 1, by=BOB, to=ALICE) for number in range(50, 60)]
    assert line(thread_of([*noise, *chain(1, 3)])) == "1 2 3"


def test_a_quote_that_is_also_a_self_reply_is_in_and_what_it_quotes_is_not_walked() -> None:
    quoting = post(3, 2, quote=Quote(id="90", author=ALICE, text="Older words"))
    older = [post(90, root=90), post(91, 90, root=90)]
    assert line(thread_of([*chain(1, 2), quoting, *older])) == "1 2 3"


def test_a_quote_that_is_no_reply_is_out() -> None:
    quoting = post(3, root=3, quote=Quote(id="2", author=ALICE, text="Post 2."))
    assert line(thread_of([*chain(1, 2), quoting])) == "1 2"


def test_another_thread_of_the_author_is_out() -> None:
    assert line(thread_of([*chain(1, 3), *chain(10, 12, root=10)])) == "1 2 3"
