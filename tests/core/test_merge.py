"""Thread rule R12: a refresh forgets nothing that the network did not take back, and says what it changed."""

from typing import Any

from msgspec.structs import replace

from tests.core.piles import ALICE, chain, line, pile, post, thread_of, tombstone, without
from unroller.core.assemble import assemble
from unroller.core.merge import Changes, changes, merge
from unroller.core.merge import tombstone as buried
from unroller.core.posts import Card, Media, Pile, Post, Thread

STORED = thread_of(chain(1, 5))


def refreshed(found: Pile, stored: Thread = STORED) -> Thread:
    return assemble(merge(stored, found)).thread


def test_a_post_that_was_not_seen_again_stays() -> None:
    again = refreshed(pile(chain(1, 3)))
    assert line(again) == "1 2 3 4 5"
    assert changes(STORED, again) == Changes(0, 0, 0)
    assert not changes(STORED, again)


def test_new_posts_are_added() -> None:
    again = refreshed(pile(chain(1, 7)))
    assert line(again) == "1 2 3 4 5 6 7"
    assert changes(STORED, again) == Changes(added=2, edited=0, removed=0)


def test_a_post_that_the_network_says_is_gone_leaves_a_gap_and_none_of_its_words() -> None:
    again = refreshed(pile(without(chain(1, 5), 3), gone=[tombstone(3, by=None)]))
    assert line(again) == "1 2 (3) 4 5"
    assert "Post 3." not in repr(again)
    assert changes(STORED, again) == Changes(added=0, edited=0, removed=1)
    assert [each.path for each in again.tombstones] == ["3"]


def test_a_last_post_that_is_gone_leaves_its_gap_at_the_end() -> None:
    assert line(refreshed(pile(chain(1, 4), gone=[tombstone(5, by=None)]))) == "1 2 3 4 (5)"


def test_neighbours_that_are_gone_are_one_gap_though_the_network_forgot_their_places() -> None:
    gone = [tombstone(3, by=None), tombstone(4, by=None)]
    assert line(refreshed(pile(without(chain(1, 5), 3, 4), gone=gone))) == "1 2 (3 4) 5"


def test_a_gap_stays_where_it_is_at_the_next_refresh_and_the_one_after() -> None:
    again = refreshed(pile(chain(1, 3), gone=[tombstone(4, by=None), tombstone(5, by=None)]))
    for found in (pile(chain(1, 3)), pile(chain(1, 3), gone=[tombstone(5, by=None)])):
        assert refreshed(found, again) == again
        assert not changes(again, refreshed(found, again))


def test_a_place_that_becomes_known_later_is_used() -> None:
    stored = thread_of([post(1), post(2, 1), post(5, 4), post(6, 5)])
    assert line(stored) == "1 2 (4) 5 6"
    found = pile([post(1), post(2, 1)], gone=[tombstone(4, 3), tombstone(3, 2)])
    assert line(refreshed(found, stored)) == "1 2 (3 4) 5 6"


def test_a_post_that_comes_back_fills_its_gap() -> None:
    gap = refreshed(pile(without(chain(1, 5), 3), gone=[tombstone(3, by=None)]))
    again = refreshed(pile(chain(1, 5)), gap)
    assert line(again) == "1 2 3 4 5"
    assert again.reasons == ()
    assert changes(gap, again) == Changes(added=1, edited=0, removed=0)


def test_an_edit_in_place_replaces_the_words() -> None:
    edited = [*chain(1, 2), post(3, 2, html="<p>Better.</p>", edited=True), *chain(1, 5)[3:]]
    again = refreshed(pile(edited))
    assert changes(STORED, again) == Changes(added=0, edited=1, removed=0)
    assert [each.html for each in again.posts][2] == "<p>Better.</p>"


def test_an_edit_under_a_new_id_replaces_the_old_version_and_keeps_its_children() -> None:
    edited = post(9, 2, aliases=("3",), html="<p>Better.</p>")
    again = refreshed(pile([*chain(1, 2), edited]))
    assert line(again) == "1 2 9 4 5"
    assert changes(STORED, again) == Changes(added=0, edited=1, removed=0)


def test_the_ids_of_former_versions_are_kept_though_a_later_fetch_does_not_tell_them() -> None:
    stored = thread_of([*chain(1, 2), post(9, 2, aliases=("3",)), post(4, 3)])
    again = refreshed(pile([*chain(1, 2), post(9, 2), post(4, 3)]), stored)
    assert again == stored


def test_an_edited_post_that_is_gone_under_any_of_its_ids_is_gone() -> None:
    stored = thread_of([*chain(1, 2), post(9, 2, aliases=("3",)), post(4, 3)])
    for number in (3, 9):
        again = refreshed(pile(chain(1, 2), gone=[tombstone(number, by=None)]), stored)
        assert line(again) == "1 2 (9) 4"
        assert changes(stored, again).removed == 1


def test_a_post_that_is_gone_under_an_id_it_got_later_counts_as_removed() -> None:
    again = refreshed(pile(without(chain(1, 5), 3), gone=[tombstone(9, 2, aliases=("3",))]))
    assert line(again) == "1 2 (9) 4 5"
    assert changes(STORED, again) == Changes(added=0, edited=0, removed=1)


def test_the_same_pile_again_changes_nothing() -> None:
    found = pile([*without(chain(1, 6), 4), post(20, 2)], gone=[tombstone(4, 3)], limits=["window"])
    stored = assemble(found).thread
    assert refreshed(found, stored) == stored
    assert not changes(stored, refreshed(found, stored))


def test_words_media_warnings_and_cards_count_as_edits_and_counters_do_not() -> None:
    def edits(**change: Any) -> int:
        return changes(STORED, refreshed(pile([replace(post(1), **change), *chain(1, 5)[1:]]))).edited

    assert edits(media=(Media(type="photo", url="https://social.example/a.jpg"),)) == 1
    assert edits(warning="Heights") == 1
    assert edits(card=Card(url="https://pier.example", title="Pier")) == 1
    assert edits(replies=12) == 0
    assert edits(author=replace(ALICE, name="Alice M.")) == 0


def test_a_parent_that_the_network_forgot_is_remembered() -> None:
    stored = thread_of([post(number, number - 1 or None, root=None) for number in range(1, 5)])
    orphaned = [post(1, root=None), post(2, 1, root=None), post(4, root=None, parent_author_id="alice")]
    again = refreshed(pile(orphaned, gone=[tombstone(3, by=None)]), stored)
    assert line(again) == "1 2 (3) 4"


def test_what_the_new_fetch_could_not_see_is_said() -> None:
    assert refreshed(pile(chain(1, 3), limits=["search-lag"])).reasons == ("search-lag",)


def test_a_tombstone_keeps_the_place_and_nothing_else() -> None:
    written = post(
        3, 2, aliases=("2",), text="Secret", media=(Media(type="photo", url="https://social.example/a.jpg"),)
    )
    assert buried(written) == tombstone(3, 2, aliases=("2",))


def test_posts_of_side_branches_count_too() -> None:
    branch: list[Post] = [*chain(1, 5), post(20, 2)]
    assert changes(STORED, refreshed(pile(branch))) == Changes(added=1, edited=0, removed=0)
