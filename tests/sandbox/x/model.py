"""What exists on the pretend X: people, posts and the chains that edits make."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..media import Attachment, Card, Picture, Poll


@dataclass(slots=True, eq=False)
class Person:
    id: str
    username: str
    name: str
    bio: str
    joined: datetime
    picture: Picture
    verified: bool = False
    protected: bool = False
    suspended: bool = False
    withheld_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bot:
    """The account of a bot, with the refresh token that its owner got for it."""

    person: Person
    refresh_token: str


@dataclass(slots=True, eq=False)
class Post:
    """One version of a post. `text` is what the author typed: links in full, nothing escaped."""

    id: int
    author: Person
    text: str
    at: datetime
    conversation_id: int
    parent_id: int | None = None
    parent_author: Person | None = None
    greeted: tuple[Person, ...] = ()
    quoted_id: int | None = None
    retweeted_id: int | None = None
    media: tuple[Attachment, ...] = ()
    poll: Poll | None = None
    card: Card | None = None
    article: str = ""
    lang: str = "en"
    sensitive: bool = False
    withheld_in: tuple[str, ...] = ()
    likes: int = 0
    deleted: bool = False
    obstructed: str = ""
    """Why nobody may see it, by the last segment of a problem type: `resource-unavailable`, …"""
    versions: "list[Post]" = field(default_factory=list)
    shown: dict[str, Any] | None = None
    """Fields that replace the computed ones, for bodies no author could have typed."""

    @property
    def latest(self) -> "Post":
        return self.versions[-1]

    @property
    def original(self) -> "Post":
        return self.versions[0]

    @property
    def is_latest(self) -> bool:
        return self.versions[-1] is self

    @property
    def domain(self) -> str:
        """X changed its own links from twitter.com to x.com in May 2024."""
        return "x.com" if (self.at.year, self.at.month) >= (2024, 6) else "twitter.com"

    def path(self) -> str:
        return f"{self.author.username}/status/{self.id}"
