"""Thread rules R1 to R4, R6 to R9 and R14: whose thread it is, which posts are in it, and in which order."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.core.piles import (
    ALICE,
    BEGINNING,
    BOB,
    CAROL,
    branches,
    chain,
    line,
    pile,
    post,
    thread_of,
    tombstone,
    unroll,
    without,
)
from unroller.core.assemble import assemble
from unroller.core.errors import Gone
from unroller.core.posts import Media, Post, Quote

LATER = timedelta(days=1)


def at(number: int, after: timedelta) -> dict[str, object]:
    """The time of a post that came `after` the beginning and the minute of its number."""
    return {"time": BEGINNING + timedelta(minutes=number) + after}


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


def test_what_answers_a_side_branch_late_stays_in_it() -> None:
    posts = [*chain(1, 6), post(10, 2), post(11, 10, **at(11, LATER))]
    assert line(thread_of(posts)) == "1 2 3 4 5 6"
    assert branches(thread_of(posts)) == [("2", "10 11")]


# R7: the order


def test_siblings_are_ordered_by_id_though_all_share_one_second() -> None:
    posts = [each for each in chain(1, 3)] + [post(number, 3) for number in (9, 10, 99, 100)]
    same = [replace(each, time=BEGINNING, created_at=BEGINNING) for each in posts]
    assert line(thread_of(reversed(same))) == "1 2 3 9"
    assert branches(thread_of(reversed(same))) == [("3", "10"), ("3", "99"), ("3", "100")]


def test_the_tree_decides_where_dates_lie() -> None:
    lying = [replace(each, created_at=BEGINNING - timedelta(days=int(each.id))) for each in chain(1, 5)]
    assert line(thread_of(lying)) == "1 2 3 4 5"


def test_a_child_with_an_older_id_than_its_parent_follows_its_parent() -> None:
    posts = [post(5, root=5), post(3, 5, root=5), post(4, 3, root=5)]
    assert line(thread_of(posts, anchor=4)) == "5 3 4"


# R8: edits


def edited(number: int, below: int | None, *old: int, **more: object) -> Post:
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
