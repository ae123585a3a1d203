"""Thread rule R5, bridging deleted posts, and what R10 says of it: every link into the rest still leads to one page."""

from datetime import timedelta
from typing import Any

import pytest

from tests.core.piles import (
    ALICE,
    BEGINNING,
    BOB,
    branches,
    chain,
    line,
    order,
    post,
    thread_of,
    tombstone,
    unroll,
    without,
)
from unroller.core.posts import Person, Post, Thread, Tombstone


def pages(posts: list[Post], *gone: Tombstone) -> Thread:
    """The one thread that every post of the pile leads to."""
    first, *others = [thread_of(posts, anchor=int(each.id), gone=gone) for each in posts]
    assert all(other == first for other in others)
    return first


# Networks that name the conversation


def test_a_deleted_middle_is_bridged() -> None:
    thread = pages(without(chain(1, 5), 3), tombstone(3))
    assert line(thread) == "1 2 (3) 4 5"
    assert thread.reasons == ("gap",)


def test_a_deleted_middle_is_bridged_though_nobody_looked_it_up() -> None:
    assert line(pages(without(chain(1, 5), 3))) == "1 2 (3) 4 5"


def test_a_deleted_head_leaves_its_gap_first() -> None:
    thread = pages(without(chain(1, 4), 1), tombstone(1))
    assert line(thread) == "(1) 2 3 4"
    assert thread.head.id == "2"
    assert thread.reasons == ("gap",)


def test_the_deleted_parent_of_the_last_post_leaves_a_gap_before_it() -> None:
    assert line(pages(without(chain(1, 4), 3), tombstone(3))) == "1 2 (3) 4"


def test_a_deleted_last_post_that_is_remembered_leaves_a_gap_at_the_end() -> None:
    thread = pages(without(chain(1, 4), 4), tombstone(4, 3))
    assert line(thread) == "1 2 3 (4)"
    assert thread.reasons == ("gap",)


def test_two_deleted_neighbours_are_one_gap() -> None:
    thread = pages(without(chain(1, 6), 3, 4), tombstone(3, 2), tombstone(4, 3))
    assert line(thread) == "1 2 (3 4) 5 6"


def test_two_deleted_neighbours_are_one_gap_though_only_one_is_remembered_in_its_place() -> None:
    thread = pages(without(chain(1, 6), 3, 4), tombstone(3, 2), tombstone(4))
    assert line(thread) == "1 2 (3 4) 5 6"


def test_a_deleted_neighbour_that_nothing_names_is_not_invented() -> None:
    assert line(pages(without(chain(1, 6), 3, 4))) == "1 2 (4) 5 6"


def test_a_deleted_head_and_its_deleted_neighbour_are_one_gap() -> None:
    thread = pages(without(chain(1, 5), 1, 2), tombstone(1), tombstone(2, 1))
    assert line(thread) == "(1 2) 3 4 5"


def test_every_second_post_may_be_deleted() -> None:
    thread = pages(without(chain(1, 9), 2, 4, 6, 8))
    assert line(thread) == "1 (2) 3 (4) 5 (6) 7 (8) 9"


def test_two_answers_to_one_deleted_post_share_its_gap() -> None:
    thread = pages([*without(chain(1, 5), 3), post(9, 3)])
    assert line(thread) == "1 2 (3) 4 5"
    assert branches(thread) == [("2", "9")]


def test_what_hangs_from_a_deleted_head_beside_the_line_hangs_from_the_first_post_that_is_left() -> None:
    posts = [post(2, 1), post(3, 1), post(4, 3), post(5, 4)]
    thread = pages(posts, tombstone(1))
    assert line(thread) == "(1) 3 4 5"
    assert branches(thread) == [("3", "2")]


def test_a_deleted_post_in_a_side_branch_leaves_its_gap_there() -> None:
    posts = [*chain(1, 8), post(20, 2), post(22, 21)]
    thread = pages(posts, tombstone(21, 20))
    assert line(thread) == "1 2 3 4 5 6 7 8"
    assert branches(thread) == [("2", "20 (21) 22")]
    assert thread.reasons == ("gap",)


def test_an_old_version_that_is_reported_missing_is_no_gap() -> None:
    posts = [post(1), post(3, 1, aliases=("2",)), post(4, 2)]
    thread = pages(posts, tombstone(2))
    assert line(thread) == "1 3 4"
    assert thread.reasons == ()


def test_an_edited_post_that_was_deleted_is_one_gap_under_all_its_ids() -> None:
    posts = [post(1), post(2, 1), post(5, 3), post(6, 4)]
    thread = pages(posts, tombstone(4, 2, aliases=("3",)))
    assert line(thread) == "1 2 (4) 5"
    assert branches(thread) == [("2", "6")]


def test_what_only_the_tombstone_tells_of_its_author_is_enough() -> None:
    posts = [*chain(1, 2), post(4, 3, parent_author_id="")]
    assert line(pages(posts, tombstone(3))) == "1 2 (3) 4"


def test_a_post_below_something_missing_of_nobody_knows_whom_is_left_out_and_the_thread_is_partial() -> None:
    posts = [*chain(1, 2), post(4, 3, parent_author_id=""), post(5, 4)]
    thread = thread_of(posts, gone=[tombstone(3, by=None)])
    assert line(thread) == "1 2"
    assert thread.reasons == ("gap",)


def test_the_head_is_never_left_out() -> None:
    posts = [*chain(1, 2), post(4, 3, parent_author_id=""), post(5, 4)]
    for anchor in (4, 5):
        thread = thread_of(posts, anchor=anchor, gone=[tombstone(3, by=None)])
        assert line(thread) == "4 5"
        assert thread.context is not None
        assert thread.context.unavailable


def test_a_post_below_a_deleted_post_of_a_stranger_is_out_and_the_thread_complete() -> None:
    posts = [*chain(1, 2), post(4, 3, to=BOB), post(5, 4)]
    thread = thread_of(posts, gone=[tombstone(3, by=BOB)])
    assert line(thread) == "1 2"
    assert thread.reasons == ()


def test_a_gap_is_bridged_past_the_authors_answers_to_others() -> None:
    aside = [post(10, 2, by=BOB, to=ALICE), post(11, 10, to=BOB), post(12, 11)]
    talk = [*chain(1, 3), *aside, post(21, 20), post(22, 21)]
    for anchor in (1, 2, 3, 21, 22):
        assert line(thread_of(talk, anchor=anchor)) == "1 2 3 (20) 21 22"
    assert line(thread_of(talk, anchor=12)) == "11 12"


def test_a_gap_in_a_deleted_authors_head_is_bridged_past_answers_to_others_too() -> None:
    aside = [post(10, 2, by=BOB, to=ALICE), post(11, 10, to=BOB)]
    talk = [*without(chain(1, 3), 1), *aside, post(21, 20)]
    for anchor in (2, 3, 21):
        assert line(thread_of(talk, anchor=anchor)) == "(1) 2 3 (20) 21"


def test_a_gap_inside_a_strangers_conversation_is_bridged() -> None:
    posts = [post(2, 1, to=BOB), post(3, 2), post(5, 4), post(6, 5)]
    for anchor in (2, 3, 5, 6):
        thread = thread_of([post(1, by=BOB), *posts], anchor=anchor)
        assert line(thread) == "2 3 (4) 5 6"
        assert thread.context is not None
        assert thread.context.id == "1"


def test_a_gap_in_another_conversation_is_left_alone() -> None:
    other = [post(10, root=10), post(12, 11, root=10)]
    assert line(thread_of([*chain(1, 3), *other])) == "1 2 3"
    assert line(thread_of([*chain(1, 3), *other], anchor=12)) == "10 (11) 12"


def test_a_deleted_head_of_another_conversation_is_not_bridged_to_this_one() -> None:
    posts = [*chain(1, 3), post(11, 10, root=10)]
    assert line(thread_of(posts)) == "1 2 3"
    assert line(thread_of(posts, anchor=11)) == "(10) 11"


def test_a_gap_older_than_the_thread_is_left_out_and_the_thread_is_partial() -> None:
    posts = [*chain(5, 7, root=5), post(8, 3, root=5)]
    thread = thread_of(posts, anchor=5)
    assert line(thread) == "5 6 7"
    assert thread.reasons == ("gap",)
    assert line(thread_of(posts, anchor=8)) == "(3) 8"


# Networks that name no conversation, and forget whom an answer to a deleted post answered


def loose(number: int, below: int | None = None, **more: Any) -> Post:
    return post(number, below, root=None, **more)


def orphan(number: int, *, of: Person = ALICE, **more: Any) -> Post:
    """An answer to a deleted post of `of`; the network forgot which."""
    return loose(number, parent_author_id=of.id, **more)


def test_a_forgotten_parent_leaves_a_gap_before_its_answer() -> None:
    thread = pages([loose(1), loose(2, 1), orphan(4), loose(5, 4)])
    assert line(thread) == "1 2 (?) 4 5"
    assert thread.reasons == ("gap",)


def test_two_forgotten_parents_are_two_gaps() -> None:
    thread = pages([loose(1), orphan(3), orphan(5), loose(6, 5)])
    assert line(thread) == "1 (?) 3 (?) 5 6"


def test_a_deleted_parent_that_is_remembered_leaves_its_gap_there() -> None:
    assert line(pages([loose(1), loose(2, 1), loose(4, 3)], tombstone(3))) == "1 2 (3) 4"


def test_a_forgotten_first_post_is_a_gap_at_the_beginning() -> None:
    thread = pages([orphan(2), loose(3, 2)])
    assert line(thread) == "(?) 2 3"
    assert thread.head.id == "2"


def test_an_orphan_of_another_thread_is_not_pulled_in() -> None:
    posts = [loose(1), loose(2, 1), loose(10), loose(11, 10), orphan(13), loose(14, 13)]
    assert line(thread_of(posts)) == "1 2"
    for anchor in (10, 11, 13, 14):
        assert line(thread_of(posts, anchor=anchor)) == "10 11 (?) 13 14"


def test_an_orphan_that_came_long_after_is_not_pulled_in() -> None:
    later = BEGINNING + timedelta(days=3)
    posts = [loose(1), loose(2, 1), orphan(10, time=later), loose(11, 10, time=later)]
    thread = thread_of(posts)
    assert line(thread) == "1 2"
    assert thread.reasons == ()
    for anchor in (10, 11):
        assert line(thread_of(posts, anchor=anchor)) == "(?) 10 11"


def test_an_orphan_that_came_long_after_is_bridged_where_its_place_is_remembered() -> None:
    later = BEGINNING + timedelta(days=3)
    assert line(pages([loose(1), loose(10, 9, time=later)], tombstone(9, 1))) == "1 (9) 10"


def test_an_orphan_does_not_hang_from_the_authors_answer_to_a_stranger() -> None:
    posts = [loose(1), loose(2, 1), loose(3, 90, to=BOB), orphan(5), loose(90, by=BOB)]
    assert line(thread_of(posts)) == "1 2 (?) 5"
    assert line(thread_of(posts, anchor=5)) == "1 2 (?) 5"


def test_a_strangers_orphan_is_not_the_authors() -> None:
    posts = [loose(1), loose(2, 1), orphan(4, of=BOB, by=BOB), orphan(5, of=BOB)]
    assert line(thread_of(posts)) == "1 2"


def test_the_head_of_a_conversation_that_names_itself_still_takes_up_orphans() -> None:
    answer = post(20, 19, to=BOB, root=1)
    posts = [loose(1), loose(2, 1), orphan(4), post(19, 2, by=BOB, to=ALICE, root=None), answer]
    assert line(thread_of(posts)) == "1 2 (?) 4"


@pytest.mark.parametrize("anchor", [1, 4])
def test_posts_of_one_age_are_told_apart(anchor: int) -> None:
    same = [orphan(number, order=order(4)) for number in (4, 5, 6)]
    made = unroll([loose(1), *same], anchor=anchor)
    assert sorted(each.id for each in made.thread.posts) == ["1", "4", "5", "6"]
