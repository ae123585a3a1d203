"""Numbers and fragments: a link to post N opens at post N, though others were deleted."""

from datetime import timedelta

from tests.core.piles import BEGINNING, chain, post, thread_of, tombstone, without
from unroller.core.layout import Place, anchors, places


def numbers(found: list[Place] | tuple[Place, ...]) -> list[str]:
    return [place.number for place in found]


def test_the_main_line_is_numbered_by_place() -> None:
    found = places(thread_of(chain(11, 13), anchor=11))
    assert numbers(found) == ["1", "2", "3"]
    assert [place.anchor for place in found] == ["post-1", "post-2", "post-3"]


def test_a_gap_takes_as_many_numbers_as_posts_are_missing() -> None:
    gone = [tombstone(3, 2), tombstone(4, 3)]
    found = places(thread_of(without(chain(1, 6), 3, 4), gone=gone))
    assert numbers(found) == ["1", "2", "3", "5", "6"]
    assert [place.is_gap for place in found] == [False, False, True, False, False]


def test_a_branch_is_counted_below_the_post_it_hangs_from() -> None:
    posts = [*chain(1, 9), post(20, 3), post(21, 20), post(23, 22), post(30, 3)]
    (third,) = [place for place in places(thread_of(posts, gone=[tombstone(22, 21)])) if place.side]
    assert third.number == "3"
    assert [numbers(row) for row in third.side] == [["3-1", "3-2", "3-3", "3-4"], ["3-5"]]


def test_a_gap_in_a_branch_takes_as_many_numbers_too() -> None:
    posts = [*chain(1, 9), post(20, 3), post(23, 22), post(30, 3)]
    thread = thread_of(posts, gone=[tombstone(21, 20), tombstone(22, 21)])
    (third,) = [place for place in places(thread) if place.side]
    assert [numbers(row) for row in third.side] == [["3-1", "3-2", "3-4"], ["3-5"]]


def test_a_later_addition_is_marked_where_it_begins() -> None:
    late = BEGINNING + timedelta(days=1)
    found = places(thread_of([*chain(1, 3), post(4, 1, time=late), post(5, 4, time=late)]))
    assert [place.update for place in found] == [False, False, False, True, False]


def test_every_post_and_every_deleted_post_has_its_fragment() -> None:
    posts = [*without(chain(1, 5), 3), post(20, 2), post(21, 20)]
    assert anchors(thread_of(posts, gone=[tombstone(3, 2)])) == {
        "1": "post-1",
        "2": "post-2",
        "3": "post-3",
        "4": "post-4",
        "5": "post-5",
        "20": "post-2-1",
        "21": "post-2-2",
    }


def test_a_gap_without_an_address_has_no_fragment() -> None:
    posts = [post(1, root=None), post(3, root=None, parent_author_id="alice")]
    assert anchors(thread_of(posts)) == {"1": "post-1", "3": "post-3"}


def test_a_thread_keeps_its_fragments_when_a_post_is_deleted() -> None:
    before = anchors(thread_of(chain(1, 9)))
    after = anchors(thread_of(without(chain(1, 9), 4), gone=[tombstone(4, 3)]))
    assert after == before
