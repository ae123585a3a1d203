"""A thread that is already here, and what a new fetch found: thread rule R12."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

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
    its tombstone keeps its place in the tree.
    """
    seen = {id_ for post in pile.posts for id_ in (post.id, *post.aliases)}
    gone = {each.id: each for each in pile.gone}
    kept: list[Post] = []
    buried: list[Tombstone] = [each for each in stored.tombstones if each.id not in seen and each.id not in gone]
    for post in stored.posts:
        if post.id in seen:
            continue
        if post.id in gone:
            gone[post.id] = tombstone(post)
        else:
            kept.append(post)
    posts = (*pile.posts, *kept)
    return msgspec.structs.replace(pile, posts=posts, gone=(*gone.values(), *buried))


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
    old, new = _by_any_id(before.posts), {post.id: post for post in after.posts}
    added = sum(not any(id_ in old for id_ in (post.id, *post.aliases)) for post in new.values())
    edited = sum(
        any(id_ in old and _words(old[id_]) != _words(post) for id_ in (post.id, *post.aliases))
        for post in new.values()
    )
    buried = {each.id for each in after.tombstones}
    removed = sum(post.id in buried for post in before.posts)
    return Changes(added, edited, removed)


def _by_any_id(posts: Iterable[Post]) -> dict[str, Post]:
    return {id_: post for post in posts for id_ in (post.id, *post.aliases)}


def _words(post: Post) -> tuple[object, ...]:
    return post.html, post.media, post.warning, post.card and post.card.url
