"""A thread that is already here, and what a new fetch found: thread rule R12."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from unroller.core.known import united
from unroller.core.posts import Pile, Post, Thread, Tombstone


class Changes(NamedTuple):
    """How many posts a refresh added, edited, and found removed."""

    added: int
    edited: int
    removed: int

    def __bool__(self) -> bool:
        return any(self)


def merge(stored: Thread, pile: Pile) -> Pile:
    """The new pile completed by what is stored.

    A stored post that was not seen again stays (an index may be late) unless the network said that it is gone; then
    its tombstone keeps its place in the tree. What was known of a place is not forgotten.
    """
    known = {post.id: post for post in stored.posts}
    seen = set(_by_any_id(pile.posts))
    said_gone = {id_ for each in pile.gone for id_ in _ids(each)}
    kept: list[Post] = []
    buried = [each for each in stored.tombstones if each.id and seen.isdisjoint(_ids(each))]
    for post in stored.posts:
        if seen.isdisjoint(_ids(post)):
            if said_gone.isdisjoint(_ids(post)):
                kept.append(post)
            else:
                buried.append(tombstone(post))
    posts = [_replaced(post, known.get(post.id)) for post in pile.posts]
    return replace(pile, posts=(*posts, *kept), gone=united((*buried, *pile.gone)))


def tombstone(post: Post) -> Tombstone:
    """What is kept of a deleted post: its place, none of its words."""
    return Tombstone(
        id=post.id,
        order=post.order,
        author_id=post.author.id,
        parent_id=post.parent_id,
        path=post.path,
        aliases=post.aliases,
    )


def changes(before: Thread, after: Thread) -> Changes:
    """What a reader finds different."""
    old = _by_any_id(before.posts)
    pairs = [(next((old[id_] for id_ in _ids(post) if id_ in old), None), post) for post in after.posts]
    added = sum(earlier is None for earlier, _ in pairs)
    edited = sum(earlier is not None and _words(earlier) != _words(post) for earlier, post in pairs)
    buried = {id_ for each in after.tombstones for id_ in _ids(each)} - set(_by_any_id(after.posts))
    removed = sum(not buried.isdisjoint(_ids(post)) for post in before.posts)
    return Changes(added, edited, removed)


def _replaced(post: Post, stored: Post | None) -> Post:
    """A post as seen now, with every id it ever had, below the parent it was seen with: some networks forget the parent
    once it is deleted."""
    if stored is None:
        return post
    if not set(stored.aliases) <= set(post.aliases):
        post = replace(post, aliases=tuple(dict.fromkeys((*post.aliases, *stored.aliases))))
    if post.parent_id or not stored.parent_id:
        return post
    return replace(
        post,
        parent_id=stored.parent_id,
        parent_order=stored.parent_order,
        parent_author_id=stored.parent_author_id or post.parent_author_id,
    )


def _by_any_id(posts: Iterable[Post]) -> dict[str, Post]:
    """Posts by every id they ever had; an id of today's before one of former days."""
    posts = tuple(posts)
    return {old: post for post in posts for old in post.aliases} | {post.id: post for post in posts}


def _ids(post: Post | Tombstone) -> tuple[str, ...]:
    return (post.id, *post.aliases)


def _words(post: Post) -> tuple[object, ...]:
    return post.html, post.media, post.warning, post.card and post.card.url
