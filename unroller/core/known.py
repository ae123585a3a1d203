"""A pile by id: the latest version of every post under every id it ever had, and what is gone (thread rules R1, R8)."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from unroller.core.errors import Gone
from unroller.core.posts import Pile, Post, Tombstone


class Known:
    """All that one fetch found out. `posts`: latest versions by id; `gone`: tombstones by every id they ever had."""

    def __init__(self, pile: Pile) -> None:
        self._latest = latest_versions(pile.posts)
        self.posts = {post.id: post for post in pile.posts if post.id and post.id not in self._latest}
        self.gone = {
            id_: gone
            for gone in united(pile.gone)
            if self._is_absent(gone.id)
            for id_ in (*gone.aliases, gone.id)
            if self._is_absent(id_)
        }

        self._claimed = {
            post.parent_id: post.parent_author_id
            for post in self.posts.values()
            if post.parent_author_id and self._is_absent(post.parent_id)
        }

    def id(self, any_id: str) -> str:
        """The id of the latest version."""
        return self._latest.get(any_id, any_id)

    def post(self, any_id: str) -> Post | None:
        return self.posts.get(self.id(any_id))

    def anchor(self, anchor_id: str) -> Post:
        """R1: the post a link names; a repost stands for what it repeats. Raises Gone."""
        post = self.post(anchor_id)
        if post is not None and post.repost_of:
            post = self.post(post.repost_of)
        if post is None or post.repost_of:
            raise Gone
        return post

    def parent(self, post: Post) -> Post | None:
        """The post that a post answers. Nobody answers a repost: what does is taken for an answer to something gone."""
        parent = self.post(post.parent_id) if post.parent_id else None
        return None if parent is None or parent.repost_of else parent

    def parent_author_id(self, post: Post) -> str:
        """Who wrote the parent, be it there or gone; empty when no answer to it tells, or there is none."""
        parent = self.parent(post)
        if parent is not None:
            return parent.author.id
        gone = self.gone.get(post.parent_id)
        return (gone.author_id if gone else "") or self._claimed.get(post.parent_id) or post.parent_author_id

    def parent_is_own(self, post: Post) -> bool:
        """Whether a post answers its own author, as far as anybody knows, the parent being there or not."""
        return self.parent_author_id(post) == post.author.id

    def missing(self, post: Post) -> Tombstone:
        """What stands for the absent parent of a post. Where even its id is unknown, it is placed just before."""
        gone = self.gone.get(post.parent_id)
        if gone is not None:
            return gone
        author_id = self.parent_author_id(post)
        return Tombstone(id=post.parent_id, order=post.parent_order or post.order, author_id=author_id)

    def conversation(self, post: Post) -> str:
        """The first post of its conversation; empty where the network names none."""
        return self.id(post.root_id) if post.root_id else ""

    def _is_absent(self, any_id: str) -> bool:
        return bool(any_id) and self.id(any_id) not in self.posts


def latest_versions(posts: Sequence[Post]) -> dict[str, str]:
    """R8: earlier id → id of the latest version. A post cannot be an earlier version of an older one."""
    latest: dict[str, str] = {}
    if not any(post.aliases for post in posts):
        return latest
    newer: set[str] = set()
    for post in sorted(posts, key=lambda post: post.order, reverse=True):
        newer.add(post.id)
        newest = latest.get(post.id, post.id)
        for old in post.aliases:
            if old and old not in newer:
                latest.setdefault(old, newest)
    return latest


def united(tombstones: Iterable[Tombstone]) -> tuple[Tombstone, ...]:
    """Every deleted post once, whatever id it is told by, with all that anybody knows of its place."""
    found: dict[str, Tombstone] = {}
    name: dict[str, str] = {}
    for each in sorted(tombstones, key=lambda each: not each.aliases):
        ids = (each.id, *each.aliases)
        id_ = next((name[id_] for id_ in ids if id_ in name), each.id)
        found[id_] = _filled(found[id_], each) if id_ in found else each
        name.update(dict.fromkeys(ids, id_))
    return tuple(found.values())


def _filled(one: Tombstone, other: Tombstone) -> Tombstone:
    return replace(
        one,
        author_id=one.author_id or other.author_id,
        parent_id=one.parent_id or other.parent_id,
        path=one.path or other.path,
    )
