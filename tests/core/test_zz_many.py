"""What holds for every pile: drawn forests of posts by several authors, with holes, edits and circles."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.core.piles import ALICE, BEGINNING, BOB, CAROL, order, pile, post, tombstone
from unroller.core.assemble import assemble
from unroller.core.errors import Gone
from unroller.core.layout import anchors, places
from unroller.core.merge import changes, merge
from unroller.core.posts import Person, Pile, Post, Thread, Tombstone, from_document, to_document

PEOPLE = st.sampled_from([ALICE, ALICE, ALICE, BOB, CAROL])
NUMBERS = st.integers(1, 24)
quickly = settings(max_examples=3000, deadline=None)


@st.composite
def honest(draw: st.DrawFn) -> Pile:
    """A conversation as networks have them: parents are older and have an author, some posts are deleted."""
    count = draw(st.integers(1, 24))
    authors: list[Person] = [ALICE]
    posts = [_dated(draw, post(1))]
    for number in range(2, count + 1):
        below = draw(st.integers(max(1, number - draw(st.sampled_from([1, 1, 1, 4, 24]))), number - 1))
        author = draw(PEOPLE)
        posts.append(_dated(draw, post(number, below, by=author, to=authors[below - 1])))
        authors.append(author)
    deleted = draw(st.sets(st.integers(1, count), max_size=4))
    left = [each for each in posts if int(each.id) not in deleted]
    assume(left)
    gone = [_remembered(draw, posts[number - 1]) for number in sorted(deleted)]
    return pile(draw(st.permutations(left)), anchor=int(draw(st.sampled_from(left)).id), gone=gone)


@st.composite
def hostile(draw: st.DrawFn) -> Pile:
    """Anything that the types allow: circles, doubles, strangers' tombstones, contradicting authors and roots."""
    posts = draw(st.lists(_any_post(draw), min_size=1, max_size=16))
    gone = [
        replace(tombstone(number, draw(st.none() | NUMBERS), by=draw(st.none() | PEOPLE)), aliases=draw(_some_ids()))
        for number in draw(st.lists(NUMBERS, max_size=5))
    ]
    return pile(posts, anchor=int(draw(st.sampled_from(posts)).id), gone=gone)


def _any_post(draw: st.DrawFn) -> st.SearchStrategy[Post]:
    return st.builds(
        lambda number, below, by, to, hours, **more: post(
            number, below, by=by, to=to, time=BEGINNING + timedelta(hours=hours), **more
        ),
        NUMBERS,
        st.none() | NUMBERS,
        by=PEOPLE,
        to=PEOPLE,
        hours=st.integers(-100, 100),
        root=st.none() | NUMBERS,
        order=NUMBERS.map(order),
        aliases=_some_ids(),
        repost_of=st.just("") | NUMBERS.map(str),
        parent_author_id=st.sampled_from(["", "alice", "bob"]),
    )


def _some_ids() -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.lists(NUMBERS.map(str), max_size=2).map(tuple)


def _dated(draw: st.DrawFn, written: Post) -> Post:
    later = timedelta(hours=draw(st.sampled_from([0, 0, 0, 7])) * int(written.id))
    return replace(written, time=written.time + later)


def _remembered(draw: st.DrawFn, written: Post) -> Tombstone:
    below = int(written.parent_id) if written.parent_id and draw(st.booleans()) else None
    return tombstone(int(written.id), below, by=written.author if draw(st.booleans()) else None)


def unrolled(piled: Pile) -> Thread:
    try:
        return assemble(piled).thread
    except Gone:
        assume(False)
        raise


@quickly
@given(honest() | hostile())
def test_every_post_of_a_thread_is_the_authors_and_is_shown_once(piled: Pile) -> None:
    posts = list(unrolled(piled).posts)
    assert {each.author.id for each in posts} == {posts[0].author.id}
    assert len({each.id for each in posts}) == len(posts)
    assert not any(each.repost_of for each in posts)


@quickly
@given(honest())
def test_children_come_after_their_parents(piled: Pile) -> None:
    thread = unrolled(piled)
    shown = [entry.id for entry in thread.entries if isinstance(entry, Post)]
    for each in thread.posts:
        if each.parent_id in shown:
            assert shown.index(each.parent_id) < shown.index(each.id)


@quickly
@given(honest() | hostile())
def test_every_post_of_a_thread_leads_to_the_same_thread(piled: Pile) -> None:
    """All but a lone answer: its own link leads to the thread that it answers (R2)."""
    thread = unrolled(piled)
    assume(len(list(thread.entries)) > 1)
    for each in thread.posts:
        assert assemble(replace(piled, anchor_id=each.id)).thread == thread


@quickly
@given(honest())
def test_the_order_of_the_pile_does_not_matter(piled: Pile) -> None:
    backwards = replace(piled, posts=piled.posts[::-1], gone=piled.gone[::-1])
    assert assemble(backwards) == assemble(piled)


@quickly
@given(honest())
def test_every_member_of_an_honest_thread_is_there(piled: Pile) -> None:
    """R4, counted the slow way: from the head down, over and over, until nothing is added."""
    thread = unrolled(piled)
    inside = {each.id for each in thread.posts} | {each.id for each in thread.tombstones}
    added = True
    while added:
        hanging = {each.id for each in piled.posts if each.author == thread.author and each.parent_id in inside}
        added = not hanging <= inside
        inside |= hanging
    assert inside == {each.id for each in thread.posts} | {each.id for each in thread.tombstones}


@quickly
@given(honest() | hostile())
def test_the_same_pile_again_changes_nothing(piled: Pile) -> None:
    thread = unrolled(piled)
    again = unrolled(merge(thread, piled))
    assert again == thread
    assert not changes(thread, again)


@quickly
@given(honest() | hostile())
def test_a_thread_survives_being_stored(piled: Pile) -> None:
    thread = unrolled(piled)
    assert from_document(to_document(thread)) == thread


@quickly
@given(honest() | hostile())
def test_everything_has_one_place_on_the_page(piled: Pile) -> None:
    thread = unrolled(piled)
    assert anchors(thread).keys() >= {each.path for each in thread.posts}
    line = places(thread)
    every = [*line, *(inner for place in line for row in place.side for inner in row)]
    assert len({place.anchor for place in every}) == len(every) == len(list(thread.entries))


@quickly
@given(honest() | hostile())
def test_gaps_stand_alone_and_are_said(piled: Pile) -> None:
    thread = unrolled(piled)
    for row in (thread.line, *(branch.entries for branch in thread.branches)):
        assert not any(isinstance(one, type(other)) and not isinstance(one, Post) for one, other in pairwise(row))
    assert ("gap" in thread.reasons) or not list(thread.tombstones)


@quickly
@given(honest() | hostile(), st.integers(1, 10))
def test_a_cap_keeps_the_beginning(piled: Pile, most: int) -> None:
    whole, cut = unrolled(piled), assemble(piled, most=most).thread
    assert cut.head == whole.head or len(list(cut.posts)) < len(list(whole.posts))
    assert {each.id for each in cut.posts} <= {each.id for each in whole.posts}
    assert ("cap" in cut.reasons) == (len(list(whole.posts)) > most)
