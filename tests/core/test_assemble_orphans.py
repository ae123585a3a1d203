"""Thread rule R5 on networks that name no conversation, and forget whom an answer to a deleted post answered."""

from datetime import timedelta
from typing import Any

import pytest

from tests.core.piles import ALICE, BEGINNING, BOB, line, order, pages, post, thread_of, tombstone, unroll
from unroller.core.posts import Person, Post


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
