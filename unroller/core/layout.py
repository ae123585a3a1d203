"""Where everything stands on a thread's page: numbers and fragments, the same in pages, exports and redirects.

A main-line post has the number of its place; a gap takes as many numbers as posts are known to be missing, so that a
link to post 12 still opens there after post 4 was deleted. A branch post counts below the post it hangs from: 7-1.
"""

from typing import NamedTuple

from unroller.core.posts import Branch, Gap, Post, Thread


class Place(NamedTuple):
    """One entry in its place. `number` is shown ("7", "7-1"); `anchor` is its fragment ("post-7"); `side` holds the
    places of each branch that hangs from it; `update` marks the beginning of a later addition."""

    number: str
    entry: Post | Gap
    side: tuple[tuple["Place", ...], ...] = ()
    update: bool = False

    @property
    def anchor(self) -> str:
        return f"post-{self.number}"

    @property
    def is_gap(self) -> bool:
        return isinstance(self.entry, Gap)


def places(thread: Thread) -> list[Place]:
    """The main line's places in order, each with its branches."""
    hanging: dict[str, list[Branch]] = {}
    for branch in thread.branches:
        hanging.setdefault(branch.parent_id, []).append(branch)
    updates = frozenset(thread.updates)
    found: list[Place] = []
    number = 1
    for entry in thread.line:
        if isinstance(entry, Gap):
            found.append(Place(str(number), entry))
            number += len(entry.posts)
        else:
            side = _side(str(number), hanging.get(entry.id, []))
            found.append(Place(str(number), entry, side, entry.id in updates))
            number += 1
    return found


def anchors(thread: Thread) -> dict[str, str]:
    """The fragment of every post by its path on the site."""
    found: dict[str, str] = {}
    for place in places(thread):
        for each in (place, *(inner for branch in place.side for inner in branch)):
            if isinstance(each.entry, Post):
                found[each.entry.path] = each.anchor
            else:
                found.update((gone.path, each.anchor) for gone in each.entry.posts if gone.path)
    return found


def _side(number: str, branches: list[Branch]) -> tuple[tuple[Place, ...], ...]:
    count = 1
    found = []
    for branch in branches:
        row = []
        for entry in branch.entries:
            row.append(Place(f"{number}-{count}", entry))
            count += len(entry.posts) if isinstance(entry, Gap) else 1
        found.append(tuple(row))
    return tuple(found)
