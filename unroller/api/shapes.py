"""What the API tells of things, and how rows become that.

X lets nobody hand out its posts in bulk: of its threads the API tells ids and facts, and words only to their author.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from ninja import Field, Schema

from accounts.models import User
from accounts.x.identity import identity
from unroller import models
from unroller.actions.library_json import original
from unroller.core.posts import Thread as Content
from unroller.exports import json

Source = Literal["x", "bluesky", "mastodon"]
Color = Literal["yellow", "green", "blue", "pink"]
Cadence = Literal["instant", "daily", "weekly", "here"]
Readable = Callable[[models.Thread], bool]
"""Whether somebody may have the words of a thread by the API."""

NOT_OF_X = "null for threads of X, unless they are your own: X allows ids, not words."


class Person(Schema):
    """An author."""

    id: int = Field(examples=[7])
    source: Source = Field(examples=["mastodon"])
    handle: str = Field(description="Without the @.", examples=["mara@social.example"])
    name: str = Field(examples=["Mara Lindqvist"])
    url: str = Field(description="Their profile on their network.", examples=["https://social.example/@mara"])


class Completeness(Schema):
    """Whether a thread is all here, and if not, why."""

    state: Literal["complete", "partial"]
    reasons: list[str] = Field(examples=[[]])


class Thread(Schema):
    """A thread, without its posts."""

    id: str = Field(
        description="The part of its address behind /thread/.", examples=["mastodon/social.example/1122334455"]
    )
    source: Source = Field(examples=["mastodon"])
    url: str = Field(
        description="Its page here.", examples=["https://unroller.example/thread/mastodon/social.example/1122334455"]
    )
    original: str = Field(
        description="Its first post on its network.", examples=["https://social.example/@mara/1122334455"]
    )
    author: Person
    title: str | None = Field(description=f"Its first words; {NOT_OF_X}", examples=["On bread"])
    excerpt: str | None = Field(
        description=f"Some more of them; {NOT_OF_X}", examples=["Bread is flour, water and patience."]
    )
    language: str = Field(description="Of most of its posts, as BCP 47 has it; may be empty.", examples=["en"])
    post_count: int = Field(examples=[14])
    word_count: int = Field(examples=[620])
    reading_minutes: int = Field(examples=[3])
    completeness: Completeness
    posted_at: datetime
    changed_at: datetime = Field(description="When what the page shows last changed.")
    removed: bool = Field(description="Its page is gone; what you wrote about it stays yours.")


class Post(Schema):
    """A post of a thread, or the gap that a deleted one left. The words of posts of X are null as said above."""

    id: str | None = Field(
        description="The network's own id; null for a gap nobody knows more of.", examples=["1122334455"]
    )
    gap: bool = Field(description="Here was a post that is gone.", examples=[False])
    branch_of: str | None = Field(None, description="The post of the main line that a side branch hangs from.")
    url: str | None = Field(None, examples=["https://social.example/@mara/1122334455"])
    created_at: datetime | None = Field(None, examples=["2026-03-01T12:00:00Z"])
    text: str | None = Field(None, description="What a reader sees.", examples=["On bread"])
    html: str | None = Field(None, description="The same as safe HTML.", examples=["<p>On bread</p>"])
    media: list[dict[str, Any]] | None = Field(None, examples=[[]])
    quote: dict[str, Any] | None = None


class WholeThread(Thread):
    """A thread with its posts: the main line in order, then the side branches."""

    posts: list[Post]


class Unroll(Schema):
    """The fetching of a thread."""

    id: UUID | None = Field(description="null when there was nothing to fetch.")
    state: Literal["queued", "running", "done", "failed"]
    posts_seen: int = Field(description="How far it is.", examples=[0])
    wait_until: datetime | None = Field(description="The network asked us to wait until then.")
    error: str | None = Field(description="Why it failed, as a word that stays the same.", examples=[None])
    detail: str | None = Field(description="The same as a sentence.", examples=[None])
    thread: Thread | None = Field(description="As soon as it is here.")


class Saved(Schema):
    """A thread in your library, and what you did with it."""

    id: int = Field(examples=[12])
    thread: Thread
    saved_at: datetime
    changed_at: datetime
    archived: bool
    favorite: bool
    tags: list[str] = Field(examples=[["history", "long read"]])
    note: str = Field(examples=["Look this up."])
    place: str = Field(description="How far you read: “read”, “at post 3 of 14”, or nothing.", examples=["read"])


class Tag(Schema):
    """A tag, and on how many threads it is."""

    name: str = Field(examples=["history"])
    threads: int = Field(examples=[3])


class Highlight(Schema):
    """A passage that you marked."""

    id: int = Field(examples=[31])
    thread: Thread
    post_id: str = Field(examples=["1122334466"])
    start: int = Field(description="Code points of the post's text before it.", examples=[9])
    length: int = Field(examples=[25])
    quote: str | None = Field(
        description=f"The passage, as you marked it; empty while it is lost; {NOT_OF_X}",
        examples=["flour, water and patience"],
    )
    color: Color
    note: str = Field(examples=["Look this up."])
    url: str = Field(
        description="Of its post on the thread's page.",
        examples=["https://unroller.example/thread/mastodon/social.example/1122334455#post-2"],
    )
    created_at: datetime
    changed_at: datetime
    lost_at: datetime | None = Field(description="Since when the passage is no longer in the thread.")


class Followed(Schema):
    """An author whom you follow."""

    author: Person
    cadence: Cadence
    followed_at: datetime
    unread: int = Field(description="Threads that you have not opened.", examples=[2])
    trouble: str | None = Field(description="Why nothing new of theirs comes, as a sentence.", examples=[None])


class Lookup(Schema):
    """The looking for an author. Once it is `done`, ask to follow again: then we know who that is."""

    id: UUID
    state: Literal["queued", "done", "failed"]
    text: str = Field(description="As you gave it.", examples=["@maralind@social.example"])
    detail: str | None = Field(description="Why it failed, or what it waits for.", examples=[None])
    author: Person | None


def person(row: models.Author) -> Person:
    """An author's row."""
    source: Any = row.source
    return Person(id=row.pk, source=source, handle=row.handle, name=row.name, url=row.url)


def readable_for(user: User) -> Readable:
    """What somebody may read by the API; asks the database once."""
    mine = identity(user)
    return lambda row: row.source != "x" or (mine is not None and mine.id == row.author.network_id)


def readable_passages(user: User) -> Q:
    """The same as a condition on highlights, for looking into them: what is not shown is not to be guessed either."""
    mine = identity(user)
    own = Q(thread__author__network_id=mine.id) if mine is not None else Q(pk__in=[])
    return ~Q(thread__source="x") | own


def address_of(thread_id: str) -> tuple[str, str]:
    """Source and path of a thread's id."""
    source, _, path = thread_id.partition("/")
    return source, path


def thread(row: models.Thread, readable: Readable) -> Thread:
    """A thread's row; its author is there already, and its document is not read."""
    return Thread(**_facts(row, words=readable(row)))


def whole_thread(row: models.Thread, content: Content, readable: Readable) -> WholeThread:
    """With its posts."""
    words = readable(row)
    return WholeThread(**_facts(row, words=words), posts=json.facts(content, words=words)["posts"])


def absolute(path: str) -> str:
    """An address of this site, whole."""
    return f"{settings.SITE_URL}{path}"


def _facts(row: models.Thread, *, words: bool) -> dict[str, Any]:
    return {
        "id": f"{row.source}/{row.path}",
        "source": row.source,
        "url": absolute(row.get_absolute_url()),
        "original": original(row.source, row.path, row.author.url),
        "author": person(row.author),
        "title": row.title if words else None,
        "excerpt": row.excerpt if words else None,
        "completeness": {"state": "partial" if row.reasons else "complete", "reasons": row.reasons},
        "removed": bool(row.removed),
        **{name: getattr(row, name) for name in PLAIN},
    }


PLAIN = ("language", "post_count", "word_count", "reading_minutes", "posted_at", "changed_at")
"""Fields that are told as they are kept."""
