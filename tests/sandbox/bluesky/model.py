"""What exists on the pretend Bluesky: people with their DIDs, posts with their records."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..ids import cid
from ..media import Card, Clip, Picture
from ..wire import Json

Standing = Literal["", "takendown", "deactivated", "deleted"]


@dataclass(slots=True, eq=False)
class Person:
    did: str
    handle: str
    name: str
    bio: str
    joined: datetime
    picture: Picture
    labels: list[str] = field(default_factory=list)
    """Put on by the default labeler."""
    self_labels: list[str] = field(default_factory=list)
    """Put on by the person, such as `!no-unauthenticated`."""
    standing: Standing = ""


@dataclass(slots=True, eq=False)
class Post:
    """One record; `text` is what the author typed, links in full."""

    rkey: str
    author: Person
    text: str
    at: datetime
    claimed_at: datetime
    """`createdAt`, which the client sets and may lie about."""
    parent: "Post | None" = None
    langs: tuple[str, ...] = ("en",)
    links: dict[str, str] = field(default_factory=dict)
    images: tuple[Picture, ...] = ()
    gallery: tuple[Picture, ...] = ()
    video: Clip | None = None
    external: Card | None = None
    quote: "Post | None" = None
    labels: list[str] = field(default_factory=list)
    self_labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    raw_facets: list[Json] | None = None
    raw_embed: Json | None = None
    """Stands in the record and in the view, for what clients do not know yet."""
    raw_record: Json | None = None
    """What a client wrote through the data server, to the letter."""
    likes: int = 0
    revision: int = 0
    deleted: bool = False
    still_counted: bool = False
    replies: "list[Post]" = field(default_factory=list)
    root: "Post" = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.parent.root if self.parent else self

    @property
    def uri(self) -> str:
        return f"at://{self.author.did}/app.bsky.feed.post/{self.rkey}"

    @property
    def cid(self) -> str:
        """Another one after the record was replaced."""
        return cid(f"{self.uri} {self.revision}")

    @property
    def exists(self) -> bool:
        return not self.deleted and not self.author.standing


@dataclass(frozen=True, slots=True)
class Repost:
    by: Person
    post: Post
    at: datetime
