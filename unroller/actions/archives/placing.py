"""Where threads of archives stand.

A private one is its reader's alone, so it has a place of its own below `~<reader>/`, beside the public place of the
same posts: whatever somebody's zip claims, no page, link or thread of others is touched.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.db.models import Q
from msgspec.structs import replace

from unroller.actions import threads
from unroller.core.assemble import assemble
from unroller.core.merge import merge
from unroller.core.posts import Branch, Gap, Person, Pile, Post, Tombstone
from unroller.core.posts import Thread as Content
from unroller.models import Author, Member, Thread
from unroller.sources.base import HARD_CAP

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When the network is asked whether it still has what only its owner's zip brought, for that owner's eyes."""
OWN = Q(path__startswith="~")
"""Threads at a reader's own place: no news of the network reach them."""

Path = Callable[[str], str]


def prefix(user_id: int) -> str:
    return f"~{user_id}/"


def for_one(content: Content, user_id: int) -> Content:
    """A thread at its reader's own place."""
    own = prefix(user_id)
    return _moved(content, lambda path: own + path if path else path)


def for_everybody(content: Content, user_id: int) -> Content:
    """The same back at its public place."""
    own = prefix(user_id)
    return _moved(content, lambda path: path.removeprefix(own))


def by(content: Content, author: Author | None) -> Content:
    """A thread whose author is named as this site knows them already: an old zip, or a false one, renames nobody."""
    if author is None:
        return content
    person = replace(
        content.author,
        handle=author.handle,
        name=author.name,
        url=author.url,
        avatar=author.avatar,
        unlisted=author.unlisted,
    )
    return _each_post(content, lambda post: _with_author(post, person))


def completed(stored: Content, found: Content) -> Content:
    """What is stored, and what only the archive knows. A post that is in both stays as the network gave it, with its
    descriptions of pictures, polls and quotes; one that the network called deleted stays so."""
    known = {post.id: post for post in stored.posts}
    gone = {each for tombstone in stored.tombstones for each in (tombstone.id, *tombstone.aliases)}
    posts = tuple(known.get(post.id, post) for post in found.posts if gone.isdisjoint((post.id, *post.aliases)))
    pile = Pile(source=found.source, anchor_id=stored.head.id, posts=posts, limits=frozenset(found.reasons) & {"cap"})
    return assemble(merge(stored, pile), most=HARD_CAP).thread


def is_of_another(content: Content, account_id: str) -> bool:
    """Whether a post of this thread stands in a thread of somebody else: then the zip does not tell the truth."""
    paths = [post.path for post in content.posts]
    others = Thread.objects.filter(source=content.source).exclude(author__network_id=account_id)
    if others.filter(path__in=paths).exists():
        return True
    held = Member.objects.filter(source=content.source, path__in=paths).values("thread")
    ids = {post.id for post in content.posts}
    return any(_holds(thread, ids) for thread in others.filter(id__in=held))


def everybodys(content: Content, account_id: str) -> Thread | None:
    """The row of this thread that everybody may know of, locked; by its head, which may stand inside a longer one."""
    rows = Thread.objects.select_for_update(of=("self",)).filter(source=content.source, author__network_id=account_id)
    by_head = rows.filter(path=content.head.path).first()
    if by_head is not None:
        return by_head
    place = Member.objects.filter(source=content.source, path=content.head.path, thread__private=False)
    return rows.filter(id__in=place.values("thread")).first()


def _holds(thread: Thread, ids: set[str]) -> bool:
    """A place may also be a stranger's reply that leads to the thread above it; that holds none of the posts."""
    content = threads.content(thread)
    return content is None or any(post.id in ids for post in content.posts)


def _moved(content: Content, path: Path) -> Content:
    def entry(each: Post | Gap) -> Post | Gap:
        if isinstance(each, Post):
            return replace(each, path=path(each.path))
        return Gap(posts=tuple(_tombstone(tombstone, path) for tombstone in each.posts))

    return _each_entry(content, entry)


def _tombstone(tombstone: Tombstone, path: Path) -> Tombstone:
    return replace(tombstone, path=path(tombstone.path))


def _with_author(post: Post, person: Person) -> Post:
    return replace(post, author=person) if post.author.id == person.id else post


def _each_post(content: Content, change: Callable[[Post], Post]) -> Content:
    return _each_entry(content, lambda each: change(each) if isinstance(each, Post) else each)


def _each_entry(content: Content, change: Callable[[Post | Gap], Post | Gap]) -> Content:
    def changed(entries: Iterable[Post | Gap]) -> tuple[Post | Gap, ...]:
        return tuple(map(change, entries))

    branches = tuple(Branch(parent_id=branch.parent_id, entries=changed(branch.entries)) for branch in content.branches)
    return replace(content, line=changed(content.line), branches=branches)
