"""Thread rules R6 to R9 and R11: the main line, its order, edits, the cap."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.piles import ALICE, BEGINNING, BOB, branches, chain, line, pile, post, thread_of, tombstone, without
from unroller.core.assemble import assemble
from unroller.core.posts import Post

LATER = timedelta(days=1)


def at(number: int, after: timedelta) -> dict[str, Any]:
    """The time of a post that came `after` the beginning and the minute of its number."""
    return {"time": BEGINNING + timedelta(minutes=number) + after}


# R6: the main line


def test_at_a_fork_the_larger_side_goes_on() -> None:
    posts = [*chain(1, 3), post(4, 2), post(5, 4), post(6, 5)]
    assert line(thread_of(posts)) == "1 2 4 5 6"
    assert branches(thread_of(posts)) == [("2", "3")]


def test_between_equal_sides_the_older_goes_on() -> None:
    posts = [*chain(1, 2), post(3, 2), post(4, 2), post(5, 3), post(6, 4)]
    assert line(thread_of(reversed(posts))) == "1 2 3 5"
    assert branches(thread_of(reversed(posts))) == [("2", "4 6")]


def test_a_fork_at_the_head_folds_the_smaller_side_under_it() -> None:
    posts = [post(1), post(2, 1), post(3, 1), post(4, 3), post(5, 2), post(6, 5)]
    assert line(thread_of(posts)) == "1 2 5 6"
    assert branches(thread_of(posts)) == [("1", "3 4")]


def test_side_branches_are_ordered_inside_and_never_mixed() -> None:
    posts = [*chain(1, 8), post(20, 2), post(21, 2), post(22, 20), post(23, 21), post(24, 20), post(30, 5)]
    assert line(thread_of(posts)) == "1 2 3 4 5 6 7 8"
    assert branches(thread_of(posts)) == [("2", "20 22 24"), ("2", "21 23"), ("5", "30")]


def test_side_branches_are_listed_in_the_order_of_the_line() -> None:
    posts = [*chain(1, 6), post(20, 5), post(30, 2)]
    assert branches(thread_of(posts)) == [("2", "30"), ("5", "20")]


def test_a_reply_six_hours_after_the_end_is_an_addition_at_the_end() -> None:
    late = [post(10, 1, **at(10, LATER)), post(11, 10, **at(11, LATER))]
    thread = thread_of([*chain(1, 4), *late])
    assert line(thread) == "1 2 3 4 10 11"
    assert thread.updates == ("10",)
    assert thread.branches == ()


@pytest.mark.parametrize(("hours", "expected"), [(6, "1 2 3 4"), (6.001, "1 2 3 4 10")])
def test_an_addition_comes_more_than_six_hours_after_the_end(hours: float, expected: str) -> None:
    end = BEGINNING + timedelta(minutes=4)
    assert line(thread_of([*chain(1, 4), post(10, 2, time=end + timedelta(hours=hours))])) == expected


def test_additions_follow_each_other_and_are_measured_from_the_one_before() -> None:
    second, third = at(10, LATER), at(11, LATER)
    posts = [*chain(1, 4), post(10, 1, **second), post(11, 2, **third), post(12, 10, **at(12, 2 * LATER))]
    thread = thread_of(posts)
    assert line(thread) == "1 2 3 4 10 12"
    assert branches(thread) == [("2", "11")]
    posts.append(post(13, 3, **at(13, 3 * LATER)))
    thread = thread_of(posts)
    assert line(thread) == "1 2 3 4 10 12 13"
    assert thread.updates == ("10", "13")


def test_an_addition_may_answer_an_addition() -> None:
    posts = [*chain(1, 4), post(10, 1, **at(10, LATER)), post(11, 10, **at(11, LATER))]
    posts.append(post(12, 10, **at(12, 2 * LATER)))
    thread = thread_of(posts)
    assert line(thread) == "1 2 3 4 10 11 12"
    assert thread.updates == ("10", "12")


def test_a_side_branch_of_an_addition_hangs_from_it() -> None:
    late = [post(10, 1, **at(10, LATER)), *(post(number, 10, **at(number, LATER)) for number in (11, 12))]
    thread = thread_of([*chain(1, 4), *late])
    assert line(thread) == "1 2 3 4 10 11"
    assert branches(thread) == [("10", "12")]


def test_what_answers_a_side_branch_late_stays_in_it() -> None:
    posts = [*chain(1, 6), post(10, 2), post(11, 10, **at(11, LATER))]
    assert line(thread_of(posts)) == "1 2 3 4 5 6"
    assert branches(thread_of(posts)) == [("2", "10 11")]


# R7: the order


def test_siblings_are_ordered_by_id_though_all_share_one_second() -> None:
    posts = [*chain(1, 3), *(post(number, 3) for number in (9, 10, 99, 100))]
    same = [replace(each, time=BEGINNING, created_at=BEGINNING) for each in posts]
    assert line(thread_of(reversed(same))) == "1 2 3 9"
    assert branches(thread_of(reversed(same))) == [("3", "10"), ("3", "99"), ("3", "100")]


def test_the_tree_decides_where_dates_lie() -> None:
    lying = [replace(each, created_at=BEGINNING - timedelta(days=int(each.id))) for each in chain(1, 5)]
    assert line(thread_of(lying)) == "1 2 3 4 5"


def test_a_child_with_an_older_id_than_its_parent_follows_its_parent() -> None:
    posts = [post(5, root=5), post(3, 5, root=5), post(4, 3, root=5)]
    assert line(thread_of(posts, anchor=4)) == "5 3 4"


# R8, the edits


def edited(number: int, below: int | None, *old: int, **more: Any) -> Post:
    return post(number, below, aliases=tuple(map(str, old)), edited=True, **more)


def test_children_of_an_old_version_hang_from_the_latest() -> None:
    posts = [post(1), edited(4, 1, 2, 3), post(5, 2), post(6, 5)]
    for anchor in (1, 2, 3, 4, 5, 6):
        assert line(thread_of(posts, anchor=anchor)) == "1 4 5 6"


def test_only_the_latest_version_is_shown_when_all_were_seen() -> None:
    posts = [post(1), post(2, 1), edited(3, 1, 2), edited(4, 1, 2, 3), post(5, 2)]
    assert line(thread_of(posts, anchor=2)) == "1 4 5"
    assert line(thread_of(reversed(posts), anchor=3)) == "1 4 5"


def test_versions_that_name_only_the_one_before_are_followed_to_the_latest() -> None:
    posts = [post(1), post(2, 1), edited(3, 1, 2), edited(4, 1, 3), post(5, 2)]
    assert line(thread_of(posts, anchor=2)) == "1 4 5"


def test_an_edited_head_with_a_conversation_of_its_own_keeps_its_thread_and_its_gaps() -> None:
    posts = [edited(2, None, 1, root=2), post(3, 1, root=1), post(5, 4, root=1), post(6, 5, root=2)]
    for anchor in (1, 2, 3, 5, 6):
        assert line(thread_of(posts, anchor=anchor, gone=[tombstone(4)])) == "2 3 (4) 5 6"


def test_a_post_that_came_twice_is_shown_once() -> None:
    assert line(thread_of([*chain(1, 3), *chain(1, 3)])) == "1 2 3"


# R9: the cap


def test_the_cap_cuts_the_end_and_says_so() -> None:
    thread = thread_of(reversed(chain(1, 9)), anchor=7, most=4)
    assert line(thread) == "1 2 3 4"
    assert thread.reasons == ("cap",)


def test_a_thread_as_long_as_the_cap_is_complete() -> None:
    assert thread_of(chain(1, 9), most=9).reasons == ()


def test_the_cap_counts_the_authors_posts_and_nobody_elses() -> None:
    noise = [post(number, 1, by=BOB, to=ALICE) for number in range(50, 60)]
    assert thread_of([*chain(1, 5), *noise], most=5).reasons == ()


def test_the_cap_cuts_the_newest_posts_wherever_they_hang() -> None:
    posts = [*chain(1, 4), post(10, 1), post(11, 4), post(12, 10)]
    thread = thread_of(posts, most=5)
    assert line(thread) == "1 2 3 4"
    assert branches(thread) == [("1", "10")]


def test_the_cap_leaves_no_gap_at_the_cut() -> None:
    thread = thread_of(without(chain(1, 9), 5), most=4)
    assert line(thread) == "1 2 3 4"
    assert thread.reasons == ("cap",)


def test_the_cap_never_cuts_what_an_older_post_hangs_from() -> None:
    posts = [post(5, root=5), post(9, 5, root=5), post(6, 9, root=5)]
    assert line(thread_of(posts, anchor=5, most=2)) == "5 9 6"


# R11 and what the pile says


def test_one_post_is_a_thread_of_one() -> None:
    thread = thread_of([post(1)])
    assert line(thread) == "1"
    assert thread.reasons == ()


def test_what_the_source_could_not_see_is_said_once_and_in_order() -> None:
    piled = pile(chain(1, 3), limits=["search-lag", "cap", "window"])
    assert assemble(piled).thread.reasons == ("cap", "window", "search-lag")


def test_the_thread_keeps_the_name_of_its_network() -> None:
    assert thread_of(chain(1, 2)).source == "x"
