"""What exists on the pretend Mastodon hosts: accounts and statuses, each with one home."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..media import Attachment, Card, Picture, Poll

Visibility = Literal["public", "unlisted", "private", "direct"]
QuoteState = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "blocked_domain",
    "muted_account",
]
HostName = Literal["one", "two"]


@dataclass(slots=True, eq=False)
class Account:
    home: HostName
    username: str
    name: str
    bio: str
    joined: datetime
    picture: Picture
    noindex: bool = False
    indexable: bool = True
    discoverable: bool | None = True
    locked: bool = False
    bot: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What an application may do for whom."""

    account: Account
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Version:
    """What an edit can change."""

    text: str
    spoiler: str
    at: datetime


@dataclass(slots=True, eq=False)
class Status:
    """One status; `text` is what the author typed, the last version is the one shown."""

    author: Account
    versions: list[Version]
    parent: "Status | None" = None
    reply_account: Account | None = None
    greeted: tuple[Account, ...] = ()
    visibility: Visibility = "public"
    sensitive: bool = False
    language: str = "en"
    media: tuple[Attachment, ...] = ()
    poll: Poll | None = None
    card: Card | None = None
    quote: "Status | None" = None
    quote_state: QuoteState = "accepted"
    boosted: "Status | None" = None
    markup: str = ""
    """HTML to send as it is, for content that no well-behaved server would make."""
    likes: int = 0
    deleted: bool = False
    parent_forgotten: bool = False
    replies: "list[Status]" = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.versions[0].at

    @property
    def text(self) -> str:
        return self.versions[-1].text

    @property
    def spoiler(self) -> str:
        return self.versions[-1].spoiler

    @property
    def is_reply(self) -> bool:
        """Stays true when the parent is deleted."""
        return self.parent is not None

    @property
    def readable(self) -> bool:
        """Whether somebody who is not signed in may see it."""
        return not (self.deleted or self.author.suspended) and self.visibility in ("public", "unlisted")


def replied_account(author: Account, parent: Status | None) -> Account | None:
    """`in_reply_to_account_id` skips self-replies: a reply to oneself carries on whom the parent answered."""
    if parent is None:
        return None
    if parent.author is author and parent.is_reply:
        return parent.reply_account
    return parent.author
