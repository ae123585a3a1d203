"""The beginning of a thread: counted as a network counts, and never longer than was asked for."""

from collections.abc import Iterable

import pytest

from tests.core.piles import BOB, branches, chain, line, post, thread_of, tombstone
from unroller.core.portions import count, portion
from unroller.core.posts import Post, Quote, Thread, from_document, to_document

QUOTE = Quote(id="900", url="https://social.example/bob/900", author=BOB, text="Said before.")
GONE = Quote(unavailable="This post was deleted.")


def thread(posts: Iterable[Post], **more: object) -> Thread:
    found = thread_of(posts)
    return Thread(source="x", line=found.line, branches=found.branches, updates=found.updates, **more)  # type: ignore[arg-type]


def bushy() -> Thread:
    """A line of six; from post 2 hangs a branch of three."""
    return thread([*chain(1, 6), post(11, 2), post(12, 11), post(13, 12)])


def test_everything_counts_that_a_reader_sees_of_others_posts_too() -> None:
    assert count(thread(chain(1, 3))) == 3
    assert count(bushy()) == 9
    assert count(thread(chain(1, 3, quote=QUOTE))) == 6
    assert count(thread(chain(1, 3, quote=GONE))) == 3
    assert count(thread(chain(1, 3), context=QUOTE)) == 4
    assert count(thread(chain(1, 3), context=GONE)) == 3


def test_what_fits_stays_as_it_is() -> None:
    whole = bushy()
    assert portion(whole, 9) is whole


def test_it_is_cut_in_the_order_of_the_page() -> None:
    cut = portion(bushy(), 4)
    assert (line(cut), branches(cut), cut.reasons) == ("1 2", [("2", "11 12")], ("file-limit",))
    cut = portion(bushy(), 7)
    assert (line(cut), branches(cut)) == ("1 2 3 4", [("2", "11 12 13")])
    assert branches(portion(bushy(), 2)) == []


def test_the_last_post_stays_without_what_it_quotes() -> None:
    cut = portion(thread(chain(1, 4, quote=QUOTE)), 5)
    assert [each.quote for each in cut.posts] == [QUOTE, QUOTE, None]
    assert line(portion(thread(chain(1, 4), context=QUOTE), 3)) == "1 2"


def test_deleted_posts_cost_nothing_and_all_keep_their_places() -> None:
    posts = [post(1), post(2, 1), post(4, 3), post(5, 4), post(6, 5)]
    whole = thread_of(posts, gone=[tombstone(3, 2)])
    assert line(portion(whole, 3)) == "1 2 (3) 4"


def test_an_addition_that_is_cut_off_is_none() -> None:
    whole = Thread(source="x", line=tuple(chain(1, 6)), updates=("2", "5"))
    assert portion(whole, 4).updates == ("2",)


@pytest.mark.parametrize("most", [2, 3, 5, 8, 13, 17])
def test_it_never_holds_more_and_is_a_thread_like_any_other(most: int) -> None:
    grown = [*chain(1, 6, quote=QUOTE), post(11, 2, quote=QUOTE), post(12, 11), post(13, 12)]
    cut = portion(thread(grown, context=QUOTE), most)
    assert count(cut) == most
    assert from_document(to_document(cut)) == cut
