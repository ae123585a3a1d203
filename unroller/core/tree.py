"""Which posts belong to a thread, and what hangs from what: thread rules R1 to R5 and R8.

Everything here is iterative and linear in the number of posts (but for sorting); a chain of 10,000 is nothing special.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field

from unroller.core.errors import Gone
from unroller.core.posts import Person, Pile, Post, Tombstone

Order = tuple[int, str]
Node = Post | Tombstone

BEFORE_ALL: Order = (-1, "")


class Known:
    """A pile by id: the latest version of each post under every id it ever had (R8), and what is gone."""

    def __init__(self, pile: Pile) -> None:
        self._latest = {old: post.id for post in pile.posts for old in post.aliases if old != post.id}
        self.posts = {post.id: post for post in pile.posts if post.id not in self._latest}
        self.gone = {gone.id: gone for gone in pile.gone if self.id(gone.id) not in self.posts}
        for gone in list(self.gone.values()):
            self.gone.update((old, gone) for old in gone.aliases if self.id(old) not in self.posts)

    def id(self, any_id: str) -> str:
        """The id of the latest version."""
        for _ in range(len(self._latest)):
            newer = self._latest.get(any_id)
            if newer is None:
                break
            any_id = newer
        return any_id

    def post(self, any_id: str) -> Post | None:
        return self.posts.get(self.id(any_id))

    def parent(self, post: Post) -> Post | None:
        return self.post(post.parent_id) if post.parent_id else None

    def parent_is_own(self, post: Post) -> bool:
        """Whether a post answers its own author, as far as anybody knows, the parent being there or not."""
        parent = self.parent(post)
        if parent is not None:
            return parent.author.id == post.author.id
        gone = self.gone.get(post.parent_id)
        return (gone.author_id if gone and gone.author_id else post.parent_author_id) == post.author.id

    def missing(self, post: Post) -> Tombstone:
        """What stands for the absent parent of a post. Where even its id is unknown, it is placed just before."""
        if not post.parent_id:
            return Tombstone(id="", order=post.order, author_id=post.parent_author_id)
        gone = self.gone.get(post.parent_id)
        order = post.parent_order or (gone.order if gone else post.order)
        if gone is None:
            return Tombstone(id=post.parent_id, order=order, author_id=post.parent_author_id)
        return gone


@dataclass
class Tree:
    """A thread's members. `root` is the head, or the deleted post the head hung from; `children` are sorted by age."""

    head: Post
    root: Node
    children: dict[str, list[Node]] = field(default_factory=dict)
    members: list[tuple[Order, str]] = field(default_factory=list)
    """Posts (not gaps) by age."""
    dropped: bool = False
    """A post of the author had to be left out because nobody knows what it hung from."""

    def below(self, node: Node) -> list[Node]:
        return self.children.get(key(node), [])

    def walk(self, start: Node) -> Iterable[Node]:
        """`start` and everything below it, parents first, siblings by age (R7)."""
        stack = [start]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(self.below(node)))


def key(node: Node) -> str:
    """Where a node's children are filed; a deleted post without an id is told by its place."""
    return node.id or f"before {node.order[1]}"


def anchor_of(known: Known, anchor_id: str) -> Post:
    """R1: the post a link names; a repost stands for what it repeats. Raises Gone."""
    post = known.post(anchor_id)
    if post is not None and post.repost_of:
        post = known.post(post.repost_of)
    if post is None:
        raise Gone
    return post


def author_of(known: Known, anchor: Post) -> tuple[Person, Post]:
    """R2: whose thread it is, and the post to climb from. They differ from the anchor for a lone reply by a stranger."""
    root = known.post(anchor.root_id) if anchor.root_id else None
    parent = known.parent(anchor)
    alone = (
        (root is None or root.author.id != anchor.author.id)
        and not known.parent_is_own(anchor)
        and not any(_answers(known, post, anchor) for post in known.posts.values())
    )
    if alone and parent is not None:
        return parent.author, parent
    return anchor.author, anchor


def grow(known: Known, author: Person, start: Post) -> Tree:
    """R3 to R5: climb from `start` to the head, then collect the members below it, bridging deleted posts."""
    own = sorted(
        (post for post in known.posts.values() if post.author.id == author.id and not post.repost_of),
        key=lambda post: post.order,
    )
    head = _head(known, own, start)
    root = _root(known, head)
    tree = Tree(head, root)
    below = _children(known, own, author)
    if root is not head:
        tree.children[key(root)] = []
        head = next((post for post in own if _same_hole(known, post, root)), head)
        tree.head = head
        _hang(tree, root, head, below)
    else:
        _collect(tree, head, below)
    _bridge(known, tree, own, below)
    return tree


def _answers(known: Known, post: Post, parent: Post) -> bool:
    return (
        post.author.id == parent.author.id
        and bool(post.parent_id)
        and not post.repost_of
        and known.id(post.parent_id) == parent.id
    )


def _head(known: Known, own: list[Post], start: Post) -> Post:
    """R3: climb while the parent is the author's own; a deleted one is bridged to the latest older post."""
    post, seen = start, {start.id}
    while known.parent_is_own(post):
        above = known.parent(post) or _bridgehead(known, own, post)
        if above is None or above.id in seen:
            break
        seen.add(above.id)
        post = above
    return post


def _bridgehead(known: Known, own: list[Post], post: Post) -> Post | None:
    """The author's latest post of the same conversation that is older than the post's deleted parent."""
    missing = known.missing(post)
    above = known.post(missing.parent_id) if missing.parent_id else None
    if above is not None:
        return above
    for place in range(bisect_left(own, missing.order, key=lambda each: each.order) - 1, -1, -1):
        older = own[place]
        if _same_conversation(older, post) and older.id != post.id:
            return older if post.root_id or not _answers_stranger(known, older) else None
    return None


def _answers_stranger(known: Known, post: Post) -> bool:
    return bool(post.parent_id or post.parent_author_id) and not known.parent_is_own(post)


def _same_conversation(one: Post, other: Post) -> bool:
    """Same root; networks that name no root leave it open, and the nearest neighbour in time is taken instead."""
    return one.root_id == other.id or other.root_id in {one.root_id, one.id}


def _root(known: Known, head: Post) -> Node:
    """The head itself, or the deleted post of the author's own that it hung from."""
    if known.parent_is_own(head) and known.parent(head) is None:
        return known.missing(head)
    return head


def _same_hole(known: Known, post: Post, hole: Node) -> bool:
    return (
        bool(hole.id)
        and known.parent(post) is None
        and known.parent_is_own(post)
        and key(known.missing(post)) == key(hole)
    )


def _children(known: Known, own: list[Post], author: Person) -> dict[str, list[Node]]:
    """Parent id → the author's posts and known deleted posts right below it, by age."""
    below: dict[str, list[Node]] = {}
    for post in own:
        if post.parent_id:
            below.setdefault(known.id(post.parent_id), []).append(post)
    deleted = {gone.id: gone for gone in known.gone.values() if gone.author_id == author.id and gone.parent_id}
    for gone in deleted.values():
        siblings = below.setdefault(known.id(gone.parent_id), [])
        insort(siblings, gone, key=lambda node: node.order)
    return below


def _collect(tree: Tree, start: Node, below: dict[str, list[Node]]) -> None:
    """R4: everything of the author's that hangs from `start`, into the tree."""
    stack: list[Node] = [start]
    while stack:
        node = stack.pop()
        if isinstance(node, Post):
            insort(tree.members, (node.order, node.id))
        if key(node) not in tree.children:
            tree.children[key(node)] = list(below.get(key(node), []))
            stack.extend(tree.children[key(node)])


def _hang(tree: Tree, gap: Node, post: Post, below: dict[str, list[Node]]) -> None:
    insort(tree.children.setdefault(key(gap), []), post, key=lambda node: node.order)
    _collect(tree, post, below)


def _bridge(known: Known, tree: Tree, own: list[Post], below: dict[str, list[Node]]) -> None:
    """R5: posts whose parent is gone, oldest gap first; each hangs from the latest member older than what is missing."""
    inside = {id_ for _, id_ in tree.members}
    orphans = [post for post in own if post.id not in inside and known.parent(post) is None]
    orphans.sort(key=lambda post: (known.missing(post).order, post.order))
    for post in orphans:
        if post.id in tree.children or not (post.parent_id or post.parent_author_id):
            continue
        if not known.parent_is_own(post):
            unknown = not post.parent_author_id and post.parent_id in known.gone and bool(post.root_id)
            tree.dropped |= unknown and _same_conversation(post, tree.head)
            continue
        gap = known.missing(post)
        host = _host(tree, own, post, gap)
        if host is not None and key(gap) not in tree.children:
            insort(tree.children[host], gap, key=lambda node: node.order)
        if host is not None or key(gap) in tree.children:
            _hang(tree, gap, post, below)


def _host(tree: Tree, own: list[Post], post: Post, gap: Tombstone) -> str | None:
    """Whose child a gap becomes, or None where the post belongs to another thread."""
    if not _same_conversation(post, tree.head):
        return None
    place = bisect_left(tree.members, (gap.order, ""))
    if place == 0:
        return key(tree.root) if tree.root is not tree.head else None
    host = tree.members[place - 1][1]
    if not post.root_id:
        nearest = own[bisect_left(own, gap.order, key=lambda each: each.order) - 1]
        return host if nearest.id == host else None
    return host
