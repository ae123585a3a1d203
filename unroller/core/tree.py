"""Posts as trees: nodes, and an author's forest with every deleted post bridged (thread rules R3 to R5, R7).

All of an author's posts in a pile become trees at once, whichever of them a link names: so every link into a thread
finds the same tree. Everything is iterative and, but for sorting, linear in the number of posts.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import heapify, heappop, heappush
from itertools import count
from operator import attrgetter

from unroller.core.known import Known
from unroller.core.posts import Post, Tombstone

NEIGHBOURS = timedelta(hours=6)
"""Where a network names no conversations, a post is not taken to go on with one that is older by more than this."""


class Node:
    """A post or the place of a deleted one, what it hangs from, and what hangs from it by age (R7).

    `size`: the posts of its subtree, once somebody has counted them.
    """

    __slots__ = ("above", "below", "entry", "size")

    def __init__(self, entry: Post | Tombstone) -> None:
        self.entry = entry
        self.above: Node | None = None
        self.below: list[Node] | tuple[()] = ()
        self.size = 0

    @property
    def is_hole(self) -> bool:
        return isinstance(self.entry, Tombstone)

    def carry(self, child: "Node") -> None:
        """Put a node below this one."""
        child.above = self
        if isinstance(self.below, list):
            self.below.append(child)
        else:
            self.below = [child]

    def sort(self) -> None:
        """Put what hangs from this node in order again."""
        if len(self.below) > 1:
            self.below = sorted(self.below, key=age)

    def root(self) -> "Node":
        """The top of the tree."""
        node = self
        while node.above is not None:
            node = node.above
        return node

    def walk(self) -> Iterator["Node"]:
        """This node and everything below it, parents first, siblings by age."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += node.below[::-1]

    def posts(self) -> Iterator[Post]:
        """The posts among them."""
        return (node.entry for node in self.walk() if isinstance(node.entry, Post))


def age(node: Node) -> tuple[int, str]:
    """Sorts by it."""
    return node.entry.order


class Forest:
    """All the posts of one author, each in its tree."""

    def __init__(self, known: Known, author_id: str) -> None:
        self._known = known
        own = [post for post in known.posts.values() if post.author.id == author_id and not post.repost_of]
        own.sort(key=attrgetter("id"))  # decides where a network gave two posts one place, whatever order they came in
        self._posts = {post.id: Node(post) for post in own}
        gone = sorted((gone for gone in known.gone.values() if gone.author_id == author_id), key=attrgetter("id"))
        self._holes = {each.id: Node(each) for each in gone}
        nodes = [*self._linked_posts(own), *self._linked_holes()]
        open_circles(nodes)
        for node in nodes:
            if node.above is not None:
                node.above.carry(node)
        for node in nodes:
            node.sort()
        self._conversations = self._by_conversation(node for node in nodes if node.above is None)
        for name, trees in self._conversations.items():
            self._bridge(name, trees)

    def node(self, post: Post) -> Node:
        return self._posts[post.id]

    def find(self, any_id: str) -> Node | None:
        """The author's post, or the place of one that is gone; None for anybody else's (R4)."""
        gone = self._known.gone.get(any_id)
        return self._posts.get(self._known.id(any_id)) or self._holes.get(gone.id if gone else any_id)

    def is_partial(self, root: Node) -> bool:
        """R5: whether a post of the same conversation is left out because nobody knows what it hung from."""
        head = next(root.posts())
        name = self._known.conversation(head) or head.id
        return any(
            tree is not root and tree.above is None and self._is_stray(tree)
            for tree in self._conversations.get(name, ())
        )

    def _linked_posts(self, own: Iterable[Post]) -> Iterator[Node]:
        """The author's posts, below their parents; and the deleted parents whose ids nobody knows."""
        for post in own:
            node = self._posts[post.id]
            node.above = self._posts.get(self._known.id(post.parent_id)) or self._hole_above(post)
            if node.above is not None and not node.above.entry.id:
                yield node.above
            yield node

    def _hole_above(self, post: Post) -> Node | None:
        """The place of the deleted post of the author's own that a post answers; None where it answers anybody else."""
        if not self._known.parent_is_own(post):
            return None
        gone = self._known.missing(post)
        return self._holes.setdefault(gone.id, Node(gone)) if gone.id else Node(gone)

    def _linked_holes(self) -> Iterator[Node]:
        """The author's deleted posts, below their parents where anybody remembers them."""
        for hole in self._holes.values():
            if isinstance(hole.entry, Tombstone) and hole.entry.parent_id:
                hole.above = self.find(hole.entry.parent_id)
            yield hole

    def _by_conversation(self, trees: Iterable[Node]) -> dict[str, list[Node]]:
        """Trees by the first post of their conversation; under "" where the network names none."""
        found: dict[str, list[Node]] = {}
        for tree in trees:
            first = next(tree.posts(), None)
            if first is not None:
                found.setdefault(self._known.conversation(first), []).append(tree)
        return found

    def _bridge(self, name: str, trees: list[Node]) -> None:
        """R5. In the author's own conversation only the thread itself goes on, not the author's answers to others.

        A network that names no conversations names a stranger as the one answered by everything below a stranger's
        post: so what answers the author hangs from no such post.
        """
        torn = [tree for tree in trees if tree.is_hole]
        if not torn:
            return
        main = self.find(name) if name else None
        if main is not None and main.above is None:
            bridge([tree for tree in torn if tree is not main], [main], may_stand=False)
        elif name:
            bridge(torn, [tree for tree in trees if not tree.is_hole])
        else:
            bridge(torn, [tree for tree in trees if not _is_answer(tree)], within=NEIGHBOURS)

    def _is_stray(self, tree: Node) -> bool:
        """Whether a tree began as an answer to something that is gone, the author's own as far as anybody knows."""
        if isinstance(tree.entry, Tombstone):
            return True
        return bool(tree.entry.parent_id) and not self._known.parent_author_id(tree.entry)


def _is_answer(tree: Node) -> bool:
    """Whether a tree's first post answered anything; trees that begin with a deleted post did."""
    return isinstance(tree.entry, Tombstone) or bool(tree.entry.parent_id or tree.entry.parent_author_id)


def open_circles(nodes: Iterable[Node]) -> None:
    """Posts that answer each other in a circle are hostile; the oldest of them is taken for the first.

    In every circle there is a post that answers one not older than itself; only such posts are looked at.
    """
    settled: set[Node] = set()
    for start in nodes:
        if start.above is None or age(start.above) < age(start):
            continue
        trail: dict[Node, None] = {}
        node: Node | None = start
        while node is not None and node not in settled and node not in trail:
            trail[node] = None
            node = node.above
        if node is not None and node in trail:
            passed = list(trail)
            min(passed[passed.index(node) :], key=age).above = None
        settled.update(trail)


def bridge(
    torn: Iterable[Node], whole: Iterable[Node], *, within: timedelta | None = None, may_stand: bool = True
) -> None:
    """R5: hang every torn tree below the latest node that is older than its deleted root, the oldest first.

    `whole`: the trees to begin with. `within`: the longest time between a torn tree's first post and the latest post
    before it. `may_stand`: a torn tree that finds no place is a tree of its own, and later ones may hang from it.
    """
    number = count()
    ready = [(age(node), next(number), node) for tree in whole for node in tree.walk()]
    heapify(ready)
    latest: Node | None = None
    before: Post | None = None
    hosts: set[Node] = set()
    for tree in sorted(torn, key=age):
        while ready and ready[0][0] < age(tree):
            latest = heappop(ready)[2]
            before = latest.entry if isinstance(latest.entry, Post) else before
        if latest is not None and _is_near(before, tree, within):
            latest.carry(tree)
            hosts.add(latest)
        elif not may_stand:
            continue
        for node in tree.walk():
            heappush(ready, (age(node), next(number), node))
    for host in hosts:
        host.sort()


def _is_near(before: Post | None, tree: Node, within: timedelta | None) -> bool:
    return within is None or (before is not None and next(tree.posts()).time - before.time <= within)
