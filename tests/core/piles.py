"""Piles for tests of the core: posts named by numbers, whose age their number is; threads written as short lists."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from unroller.core.assemble import Assembly, assemble
from unroller.core.posts import Gap, Person, Pile, Post, Reason, Thread, Tombstone

BEGINNING = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Person(id="alice", handle="alice", name="Alice Moreau", url="https://social.example/alice")
BOB = Person(id="bob", handle="bob", name="Bob Okafor", url="https://social.example/bob")
CAROL = Person(id="carol", handle="carol", name="Carol Ito", url="https://social.example/carol")


def order(number: int) -> tuple[int, str]:
    return len(str(number)), str(number)


def post(
    number: int,
    below: int | None = None,
    *,
    by: Person = ALICE,
    to: Person | None = None,
    root: int | None = 1,
    **more: Any,
) -> Post:
    """Post `number`, an answer to post `below` by `to` (by default the same author), written in minute `number`."""
    name = str(number)
    written = BEGINNING + timedelta(minutes=number)
    values: dict[str, Any] = {
        "id": name,
        "path": name,
        "url": f"https://social.example/{by.handle}/{name}",
        "author": by,
        "created_at": written,
        "time": written,
        "order": order(number),
        "parent_id": str(below) if below else "",
        "parent_author_id": (to or by).id if below else "",
        "parent_order": order(below) if below else None,
        "root_id": str(root) if root else "",
        "text": f"Post {name}.",
        "html": f"<p>Post {name}.</p>",
    }
    return Post(**(values | more))


def chain(first: int, last: int, **more: Any) -> list[Post]:
    """Posts `first` to `last`, each below the one before."""
    return [post(number, number - 1 if number > first else None, **more) for number in range(first, last + 1)]


def without(posts: Iterable[Post], *numbers: int) -> list[Post]:
    return [each for each in posts if int(each.id) not in numbers]


def tombstone(number: int, below: int | None = None, *, by: Person | None = ALICE, **more: Any) -> Tombstone:
    name = str(number)
    author = by.id if by else ""
    return Tombstone(
        id=name, order=order(number), author_id=author, parent_id=str(below) if below else "", path=name, **more
    )


def pile(
    posts: Iterable[Post], *, anchor: int = 1, gone: Iterable[Tombstone] = (), limits: Iterable[Reason] = ()
) -> Pile:
    return Pile(source="x", anchor_id=str(anchor), posts=tuple(posts), gone=tuple(gone), limits=frozenset(limits))


def unroll(posts: Iterable[Post], *, anchor: int = 1, gone: Iterable[Tombstone] = (), most: int = 10_000) -> Assembly:
    return assemble(pile(posts, anchor=anchor, gone=gone), most=most)


def thread_of(posts: Iterable[Post], **more: Any) -> Thread:
    return unroll(posts, **more).thread


def pages(posts: list[Post], *gone: Tombstone) -> Thread:
    """The one thread that every post of the pile leads to."""
    first, *others = [thread_of(posts, anchor=int(each.id), gone=gone) for each in posts]
    assert all(other == first for other in others)
    return first


def shown(entries: Iterable[Post | Gap]) -> str:
    """Entries as one line: `1 2 (3 4) 5`, deleted posts in brackets, `?` where even the id is unknown."""
    return " ".join(
        f"({' '.join(gone.id or '?' for gone in entry.posts)})" if isinstance(entry, Gap) else entry.id
        for entry in entries
    )


def line(thread: Thread) -> str:
    return shown(thread.line)


def branches(thread: Thread) -> list[tuple[str, str]]:
    """Every side branch: the main-line post it hangs from, and its entries."""
    return [(branch.parent_id, shown(branch.entries)) for branch in thread.branches]
