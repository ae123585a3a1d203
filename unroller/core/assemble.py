"""From a pile of posts to the thread a reader sees: thread rules R1 to R11 and R14, the same for every network."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, get_args

from unroller.core.known import Known
from unroller.core.line import Line, main_line
from unroller.core.posts import Branch, Gap, Pile, Post, Quote, Reason, Thread, Tombstone
from unroller.core.tree import Forest, Node, age

NUMBERING = re.compile(
    r"^\(?(\d{1,4})\s*[/)](?:\s*(\d{1,4}|[nx])(?![\w/])|(?!\s*[\d/]))",
    re.IGNORECASE,
)
"""An author's own count at the beginning of a post: "7/", "7/9", "(7/9)", "7/n"; not a date such as "9/11/2001"."""
REASONS: tuple[Reason, ...] = get_args(Reason)


class Assembly(NamedTuple):
    """A thread, the post of it that the link leads to, and whether the link named somebody else's reply below it."""

    thread: Thread
    anchor: Post
    linked_reply: bool


def assemble(pile: Pile, *, most: int = 10_000) -> Assembly:
    """The thread around the pile's anchor. `most`: its posts at most; newer ones are cut. Raises Gone."""
    known = Known(pile)
    anchor = known.anchor(pile.anchor_id)
    start, forest = _start(known, anchor)
    root = forest.node(start).root()
    reasons = set(pile.limits)
    if len(pile.posts) > most and _cut(root, most):
        reasons.add("cap")
    line = main_line(root)
    entries, branches = _entries(line.nodes), tuple(_branches(line))
    posts = [entry for entry in entries if isinstance(entry, Post)]
    if forest.is_partial(root) or len(posts) < len(entries) or any(map(_has_gap, branches)):
        reasons.add("gap")
    if numbered([post.text for post in posts]) > len(posts):
        reasons.add("numbering")
    thread = Thread(
        source=pile.source,
        line=entries,
        branches=branches,
        updates=tuple(line.updates),
        context=_context(known, root.entry),
        reasons=tuple(sorted(reasons, key=REASONS.index)),
    )
    return Assembly(thread, start, start is not anchor)


def _start(known: Known, anchor: Post) -> tuple[Post, Forest]:
    """R2: the post to climb from, and its author's forest. For a stranger's lone reply, the post it answers."""
    forest = Forest(known, anchor.author.id)
    node, parent = forest.node(anchor), known.parent(anchor)
    is_alone = node.above is None and not node.below and forest.find(anchor.root_id) is None
    if is_alone and parent is not None:
        return parent, Forest(known, parent.author.id)
    return anchor, forest


def _cut(root: Node, most: int) -> bool:
    """R9: whether there are more than `most` posts. What is cut is the end, never the beginning."""
    ages = sorted(post.order for post in root.posts())
    if len(ages) <= most:
        return False
    last = ages[max(most, 1) - 1]
    for node in reversed(list(root.walk())):
        node.below = [child for child in node.below if age(child) <= last or child.below]
    return True


def _branches(line: Line) -> Iterator[Branch]:
    """R6: what is not on the main line, below the post it hangs from; below the head, where that post is deleted."""
    above = next(node.entry for node in line.nodes if isinstance(node.entry, Post))
    hosts = [above := node.entry if isinstance(node.entry, Post) else above for node in line.nodes]
    for place, node in line.sides:
        yield Branch(parent_id=hosts[place].id, entries=_entries(node.walk()))


def _entries(nodes: Iterable[Node]) -> tuple[Post | Gap, ...]:
    """Nodes as entries; neighbouring deleted posts are one gap (R5)."""
    found: list[Post | Gap] = []
    gone: list[Tombstone] = []
    for node in nodes:
        if isinstance(node.entry, Tombstone):
            gone.append(node.entry)
            continue
        if gone:
            found.append(Gap(posts=tuple(gone)))
            gone = []
        found.append(node.entry)
    return (*found, Gap(posts=tuple(gone))) if gone else tuple(found)


def _has_gap(branch: Branch) -> bool:
    return any(isinstance(entry, Gap) for entry in branch.entries)


def numbered(texts: Sequence[str]) -> int:
    """How many posts the author's own numbering speaks of ("7/9"); 0 when there is none (R10).

    A number alone proves nothing: "24/7", "9/11" and "2/3 of all" begin posts as well. The head of a numbered thread is
    its first post and the last of nine is "9/9"; anything else counts where another post is numbered the same way.
    """
    bare: set[int] = set()
    by_total: defaultdict[int, set[int]] = defaultdict(set)
    sure = {0}
    for place, text in enumerate(texts):
        match = NUMBERING.match(text)
        if match is None or (place == 0 and int(match[1]) != 1):
            continue
        number, total = int(match[1]), match[2] or ""
        if not total.isdecimal():
            bare.add(number)
        elif number <= int(total):
            by_total[int(total)].add(number)
            if place == 0 or (place == len(texts) - 1 and number == int(total)):
                sure.add(int(total))
    sure.update(total for total, numbers in by_total.items() if len(numbers) > 1)
    if len(bare) + len(by_total) > 1:
        sure |= bare
    return max(sure)


def _context(known: Known, head: Post | Tombstone) -> Quote | None:
    """R3: the foreign post the head answers, as a card."""
    if isinstance(head, Tombstone) or not (head.parent_id or head.parent_author_id) or known.parent_is_own(head):
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
