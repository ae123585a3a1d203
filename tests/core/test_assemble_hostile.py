"""What no honest network sends: circles, doubles, ids that meet, and threads of ten thousand posts in every shape.

The time limits here are no measurements: they tell linear from quadratic, which would take minutes.
"""

import faulthandler
from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.core.piles import ALICE, BEGINNING, BOB, branches, chain, line, post, thread_of, tombstone, without

MANY = 10_000


@pytest.fixture(autouse=True)
def _deadline() -> Iterator[None]:
    """A circle that is walked for ever ends the test run with a traceback instead of eating the machine's memory."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


# Circles


def test_a_post_that_is_its_own_parent_is_a_head() -> None:
    posts = [post(1, 1), post(2, 1)]
    for anchor in (1, 2):
        assert line(thread_of(posts, anchor=anchor)) == "1 2"


def test_of_two_posts_that_answer_each_other_the_older_is_the_head() -> None:
    posts = [post(1, 2), post(2, 1), post(3, 2)]
    for anchor in (1, 2, 3):
        assert line(thread_of(posts, anchor=anchor)) == "1 2 3"


def test_a_circle_of_three_is_opened_once_from_wherever_it_is_reached() -> None:
    posts = [post(7, 9), post(8, 7), post(9, 8), post(10, 8), post(11, 10)]
    for anchor in (7, 8, 9, 10, 11):
        thread = thread_of(posts, anchor=anchor)
        assert line(thread) == "7 8 10 11"
        assert branches(thread) == [("8", "9")]


def test_a_circle_begins_with_its_oldest_post_whichever_is_seen_first() -> None:
    for posts in ([post(8, 9), post(9, 7), post(7, 8)], [post(9, 7), post(7, 8), post(8, 9)]):
        assert line(thread_of(posts, anchor=8)) == "7 9 8"


def test_a_deleted_head_with_a_newer_id_than_all_below_it_stays_the_head() -> None:
    posts = [post(3, 9, root=9), post(4, 3, root=9)]
    assert line(thread_of(posts, anchor=4, gone=[tombstone(9)])) == "(9) 3 4"


def test_a_post_that_answers_an_old_version_of_itself_is_a_head() -> None:
    posts = [post(3, 1, aliases=("1", "2")), post(4, 2)]
    for anchor in (1, 2, 3, 4):
        assert line(thread_of(posts, anchor=anchor)) == "3 4"


def test_two_posts_that_claim_to_be_versions_of_each_other_are_the_newer_one() -> None:
    posts = [post(1, aliases=("2",)), post(2, aliases=("1",)), post(3, 1)]
    for anchor in (1, 2, 3):
        assert line(thread_of(posts, anchor=anchor)) == "2 3"


def test_of_two_posts_that_claim_one_earlier_version_the_newer_has_it() -> None:
    posts = [post(1), post(3, 1, aliases=("2",)), post(4, 1, aliases=("2",)), post(5, 2)]
    thread = thread_of(posts)
    assert line(thread) == "1 4 5"
    assert branches(thread) == [("1", "3")]


def test_a_ring_of_versions_ends_with_the_newest() -> None:
    posts = [post(1, aliases=("2",)), post(2, aliases=("3",)), post(3, aliases=("1",)), post(4, 3)]
    assert line(thread_of(posts, anchor=1)) == "3 4"


def test_tombstones_may_go_round_in_circles() -> None:
    gone = [tombstone(2, 3), tombstone(3, 2), tombstone(4, 4)]
    assert line(thread_of([post(1), post(5, 3), post(6, 5)], gone=gone)) == "1 (2 3) 5 6"


def test_a_circle_of_strangers_above_the_thread_ends() -> None:
    posts = [post(1, 2, by=BOB), post(2, 1, by=BOB), post(3, 2, to=BOB), post(4, 3)]
    assert line(thread_of(posts, anchor=4)) == "3 4"


def test_two_authors_who_answer_each_other_in_a_circle_have_a_page_each() -> None:
    posts = [post(1, 2, to=BOB), post(2, 1, by=BOB, to=ALICE)]
    assert line(thread_of(posts, anchor=1)) == "1"


# Doubles and meeting ids


def test_of_two_posts_with_one_id_the_later_word_counts() -> None:
    thread = thread_of([*chain(1, 3), post(2, 1, text="Corrected.")])
    assert line(thread) == "1 2 3"
    assert [each.text for each in thread.posts] == ["Post 1.", "Corrected.", "Post 3."]


def test_an_id_that_is_there_and_gone_is_there() -> None:
    thread = thread_of(chain(1, 3), gone=[tombstone(2, 1), tombstone(2, 1)])
    assert line(thread) == "1 2 3"
    assert thread.reasons == ()


def test_empty_ids_hang_nothing_from_anything() -> None:
    odd = [replace(post(9), id=""), replace(post(8, 2), aliases=("",))]
    thread = thread_of([*chain(1, 2), *odd, post(50, root=50)], gone=[replace(tombstone(7), id="")])
    assert line(thread) == "1 2 8"
    assert thread.reasons == ()


def test_a_strangers_tombstone_cannot_take_the_authors_place() -> None:
    posts = [*without(chain(1, 4), 3)]
    assert line(thread_of(posts, gone=[tombstone(3, 2, by=BOB)])) == "1 2"


def test_an_answer_to_a_repost_is_an_answer_to_something_gone() -> None:
    posts = [*chain(1, 2), post(3, 2, repost_of="90"), post(4, 3)]
    assert line(thread_of(posts)) == "1 2 (3) 4"


def test_ids_may_be_any_text() -> None:
    names = ["at://did:plc:a/x/3l", "before 3", "\n", "../4", "🧵"]
    above = ["", *names]
    posts = [
        replace(each, id=name, parent_id=parent, root_id=names[0])
        for each, name, parent in zip(chain(1, 5), names, above, strict=False)
    ]
    for name in names:
        repost = post(99, by=BOB, root=None, repost_of=name)
        assert [each.id for each in thread_of([*posts, repost], anchor=99).posts] == names


# Size and shape


def test_ten_thousand_posts_in_one_chain() -> None:
    thread = thread_of(reversed(chain(1, MANY)), anchor=MANY)
    assert [each.id for each in thread.posts] == [str(number) for number in range(1, MANY + 1)]


def test_ten_thousand_posts_below_one() -> None:
    thread = thread_of([post(1), *(post(number, 1, time=BEGINNING) for number in range(MANY, 1, -1))])
    assert line(thread) == "1 2"
    assert branches(thread) == [("1", str(number)) for number in range(3, MANY + 1)]


def test_ten_thousand_posts_as_a_comb() -> None:
    posts = [post(1), *(post(number, number - 2 if number % 2 else number - 1) for number in range(2, MANY + 1))]
    thread = thread_of(posts, anchor=MANY)
    assert line(thread).startswith("1 3 5 7 9")
    assert len(thread.branches) == MANY // 2 - 1


def test_ten_thousand_gaps() -> None:
    thread = thread_of(chain(1, 2 * MANY)[::2], anchor=1)
    assert len(thread.line) == 2 * MANY - 1
    assert thread.branches == ()


def test_ten_thousand_deleted_neighbours_are_one_gap() -> None:
    gone = [tombstone(number, number - 1) for number in range(2, MANY + 2)]
    thread = thread_of([post(1), post(MANY + 2, MANY + 1)], gone=gone)
    assert len(thread.line) == 3
    assert len(list(thread.tombstones)) == MANY


def test_ten_thousand_deleted_posts_below_one_post() -> None:
    posts = [post(1), *(post(MANY * 3 + number, MANY + number) for number in range(MANY))]
    thread = thread_of(posts, anchor=MANY * 3 + 1, most=MANY + 1)
    assert len(list(thread.posts)) == MANY + 1


def test_ten_thousand_forgotten_parents() -> None:
    posts = [post(1, root=None), *(post(number, root=None, parent_author_id="alice") for number in range(2, MANY + 1))]
    assert len(thread_of(posts, anchor=MANY).line) == 2 * MANY - 1


def test_ten_thousand_posts_in_one_circle() -> None:
    posts = [post(number, number - 1 or MANY) for number in range(1, MANY + 1)]
    assert len(thread_of(posts, anchor=MANY // 2).line) == MANY


def test_ten_thousand_versions_of_one_post() -> None:
    posts = [post(number, aliases=(str(number - 1),)) for number in range(2, MANY + 1)]
    assert line(thread_of([*posts, post(MANY + 1, 1)], anchor=1)) == f"{MANY} {MANY + 1}"


def test_ten_thousand_additions() -> None:
    late = [post(number, 1, time=BEGINNING + timedelta(hours=7 * number)) for number in range(2, MANY + 1)]
    thread = thread_of([post(1), *late])
    assert len(thread.line) == MANY
    assert len(thread.updates) == MANY - 2


def test_a_cap_on_ten_thousand_posts() -> None:
    assert len(thread_of(chain(1, MANY), most=3_000).line) == 3_000
