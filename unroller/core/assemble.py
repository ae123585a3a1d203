"""From a pile of posts to the thread a reader sees: thread rules R1 to R11 and R14, the same for every network."""

import heapq
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple, get_args

import regex

from unroller.core.posts import Branch, Gap, Pile, Post, Quote, Reason, Thread, Tombstone
from unroller.core.tree import Known, Node, Tree, anchor_of, author_of, grow, key

UPDATE_AFTER = timedelta(hours=6)
"""A direct reply to an earlier post that came this long after the end is an addition, not a side branch (R6)."""

NUMBERING = regex.compile(r"^\(?(\d{1,4})\s*[/)]\s*(\d{1,4}|n|x)?", regex.IGNORECASE)
REASONS: tuple[Reason, ...] = get_args(Reason)


class Assembly(NamedTuple):
    """A thread, the post of it that the link leads to, and whether the link named somebody else's reply below it."""

    thread: Thread
    anchor: Post
    linked_reply: bool


def assemble(pile: Pile, *, most: int = 10_000) -> Assembly:
    """The thread around the pile's anchor. `most`: its posts at most; newer ones are cut. Raises Gone."""
    known = Known(pile)
    anchor = anchor_of(known, pile.anchor_id)
    author, start = author_of(known, anchor)
    tree = grow(known, author, start)
    reasons = set(pile.limits)
    if len(tree.members) > most:
        _cut(tree, most)
        reasons.add("cap")
    line, updates = _main_line(tree)
    on_line = {key(node) for node in line}
    branches = tuple(_branches(tree, line, on_line))
    entries = _entries(line)
    if tree.dropped or any(isinstance(node, Tombstone) for node in tree.walk(tree.root)):
        reasons.add("gap")
    if _numbered(entries) > sum(isinstance(entry, Post) for entry in entries):
        reasons.add("numbering")
    thread = Thread(
        source=pile.source,
        line=entries,
        branches=branches,
        updates=updates,
        context=_context(known, tree.head),
        reasons=tuple(sorted(reasons, key=REASONS.index)),
    )
    return Assembly(thread, start, start is not anchor)


def _cut(tree: Tree, most: int) -> None:
    """R9: what is cut is the end, never the beginning."""
    newer = {id_ for _, id_ in tree.members[most:]}
    del tree.members[most:]
    for siblings in tree.children.values():
        siblings[:] = [node for node in siblings if node.id not in newer]


def _sizes(tree: Tree) -> dict[str, int]:
    """Posts in each node's subtree; a gap itself counts none."""
    sizes: dict[str, int] = {}
    for node in reversed(list(tree.walk(tree.root))):
        own = 1 if isinstance(node, Post) else 0
        sizes[key(node)] = own + sum(sizes[key(child)] for child in tree.below(node))
    return sizes


def _main_line(tree: Tree) -> tuple[list[Node], tuple[str, ...]]:
    """R6: from the root always into the largest subtree (oldest on a tie), then the later additions."""
    sizes = _sizes(tree)
    line: list[Node] = []
    waiting: list[tuple[tuple[int, str], str, Post]] = []
    updates: list[str] = []

    def follow(node: Node) -> None:
        while True:
            line.append(node)
            children = tree.below(node)
            if not children:
                return
            largest = max(children, key=lambda child: sizes[key(child)])
            for child in children:
                if child is not largest and isinstance(child, Post):
                    heapq.heappush(waiting, (child.order, child.id, child))
            node = largest

    follow(tree.root)
    while waiting:
        post = heapq.heappop(waiting)[2]
        last = next(node for node in reversed(line) if isinstance(node, Post))
        if post.time - last.time > UPDATE_AFTER:
            updates.append(post.id)
            follow(post)
    return line, tuple(updates)


def _branches(tree: Tree, line: list[Node], on_line: set[str]) -> list[Branch]:
    """What is not on the main line, below the main-line post it hangs from."""
    found = []
    post_id = tree.head.id
    for node in line:
        post_id = node.id if isinstance(node, Post) else post_id
        for child in tree.below(node):
            if key(child) not in on_line:
                found.append(Branch(parent_id=post_id, entries=_entries(tree.walk(child))))
    return found


def _entries(nodes: Iterable[Node]) -> tuple[Post | Gap, ...]:
    """Nodes as entries; neighbouring deleted posts are one gap."""
    found: list[Post | Gap] = []
    for node in nodes:
        if isinstance(node, Post):
            found.append(node)
        elif found and isinstance(found[-1], Gap):
            found[-1] = Gap(posts=(*found[-1].posts, node))
        else:
            found.append(Gap(posts=(node,)))
    return tuple(found)


def _numbered(entries: tuple[Post | Gap, ...]) -> int:
    """How many posts the author's own numbering ("7/9") speaks of; 0 when there is none (R10).

    The head of a numbered thread is its first post, so "9/11" or "24/7" at the head numbers nothing; a number without
    a total counts only where another post is numbered too.
    """
    numbers: list[int] = []
    bare: list[int] = []
    posts = [entry for entry in entries if isinstance(entry, Post)]
    for place, post in enumerate(posts):
        match = NUMBERING.match(post.text)
        if match is None:
            continue
        number, total = int(match.group(1)), match.group(2) or ""
        if place == 0 and number > 1:
            continue
        if not total.isdecimal():
            bare.append(number)
        elif number <= int(total):
            numbers.append(int(total))
    if len(bare) + len(numbers) > 1:
        numbers += bare
    return max(numbers, default=0)


def _context(known: Known, head: Post) -> Quote | None:
    """R3: the foreign post the head answers, as a card."""
    if not head.parent_id or known.parent_is_own(head):
        return None
    parent = known.parent(head)
    if parent is None:
        return Quote(id=head.parent_id, unavailable="The post that this answers is not available.")
    return Quote(
        id=parent.id,
        url=parent.url,
        author=parent.author,
        created_at=parent.created_at,
        text=parent.text,
        html=parent.html,
        lang=parent.lang,
        warning=parent.warning,
        media=parent.media,
    )
