"""Thread rule R5, bridging deleted posts, and what R10 says of it: every link into the rest still leads to one page."""

from tests.core.piles import ALICE, BOB, branches, chain, line, pages, post, thread_of, tombstone, without


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
    thread = pages(posts, tombstone(3), tombstone(4, 2, aliases=("3",)))
    assert line(thread) == "1 2 (4) 5"
    assert branches(thread) == [("2", "6")]


def test_a_deleted_post_may_hang_from_an_old_version_of_a_deleted_post() -> None:
    gone = [tombstone(4, 2, aliases=("3",)), tombstone(5, 3)]
    thread = pages([*chain(1, 2), post(8, 1), post(9, 5)], *gone)
    assert line(thread) == "1 2 (4 5) 9"


def test_what_several_answers_told_of_one_deleted_post_is_put_together() -> None:
    assert line(pages(chain(1, 2), tombstone(3, by=None), tombstone(3, 2, by=None), tombstone(3))) == "1 2 (3)"


def test_between_equal_sides_an_older_gap_goes_on() -> None:
    thread = pages([*chain(1, 2), post(5, 4), post(9, 2)])
    assert line(thread) == "1 2 (4) 5"
    assert branches(thread) == [("2", "9")]


def test_deleted_posts_do_not_make_a_side_larger() -> None:
    gone = [tombstone(3, 2), tombstone(4, 3)]
    thread = pages([*chain(1, 2), post(5, 4), post(6, 2), post(7, 6)], *gone)
    assert line(thread) == "1 2 6 7"
    assert branches(thread) == [("2", "(3 4) 5")]


def test_what_only_the_tombstone_tells_of_its_author_is_enough() -> None:
    posts = [*chain(1, 2), post(4, 3, parent_author_id="")]
    assert line(pages(posts, tombstone(3))) == "1 2 (3) 4"


def test_what_one_answer_tells_of_their_common_parents_author_is_true_for_the_other() -> None:
    posts = [*chain(1, 2), post(4, 3, parent_author_id=""), post(5, 4), post(6, 3)]
    thread = pages(posts)
    assert line(thread) == "1 2 (3) 4 5"
    assert branches(thread) == [("2", "6")]


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
        assert thread.reasons == ()
        assert thread.context is not None
        assert thread.context.unavailable


def test_a_post_that_is_left_out_is_missed_under_every_id_of_an_edited_head() -> None:
    posts = [post(2, aliases=("1",), root=2), post(3, 2, root=2), post(9, 8, parent_author_id="", root=1)]
    assert thread_of(posts, anchor=2, gone=[tombstone(8, by=None)]).reasons == ("gap",)


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


def test_a_later_gap_is_bridged_past_what_is_left_out() -> None:
    posts = [*chain(5, 7, root=5), post(8, 3, root=5), post(10, 9, root=5)]
    for anchor in (5, 6, 7, 10):
        assert line(thread_of(posts, anchor=anchor)) == "5 6 7 (9) 10"
