"""The data of the product: a post, the pile a source brings home, and the thread made of it.

All of it is immutable, knows nothing of any network's API, and survives a round trip through JSON (`to_document`,
`from_document`), which is how threads are stored. Times are aware and in UTC. Ids are the network's own, as strings.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, Literal

import msgspec

Reason = Literal["gap", "cap", "window", "source-limit", "branch-depth", "numbering", "search-lag", "file-limit"]
"""Why a thread is not complete. `numbering`: the author counts more posts than were found; `file-limit`: a file of it
holds no more."""

MediaType = Literal["photo", "video", "gif", "audio"]


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """A custom emoji: `:shortcode:` in names, warnings and poll options stands for the picture."""

    shortcode: str
    url: str


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody on a network. `handle` is as shown, without @; on Mastodon `user@host`."""

    id: str
    handle: str
    name: str
    url: str
    avatar: str = ""
    unlisted: bool = False
    """The author asks not to be listed or indexed (Mastodon noindex, indexable=false)."""
    bio: str = ""
    emojis: tuple[Emoji, ...] = ()
    """Custom emoji used in `name`."""


class Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attachment. `width` and `height` in pixels and `seconds` of playing time are 0 when unknown.

    `url` is the picture or the file a browser can play; for video that is only streamed, `url` is the playlist and
    `streamed` is true.
    """

    type: MediaType
    url: str
    alt: str = ""
    width: int = 0
    height: int = 0
    poster: str = ""
    seconds: float = 0
    streamed: bool = False


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer of a poll; `votes` is None while the network hides it."""

    label: str
    votes: int | None = None


class Poll(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    options: tuple[Option, ...]
    ends_at: datetime | None = None
    multiple: bool = False

    @property
    def votes(self) -> int:
        return sum(option.votes or 0 for option in self.options)


class Card(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a network shows for a link: the link itself, and what its page says of itself."""

    url: str
    title: str
    description: str = ""
    image: str = ""
    label: str = ""
    """What to show as the address (display form); empty: derived from the url."""


class Quote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quoted post as a card, one level deep (thread rule R14); `unavailable` says why there is none."""

    id: str = ""
    url: str = ""
    author: Person | None = None
    created_at: datetime | None = None
    text: str = ""
    html: str = ""
    lang: str = ""
    warning: str = ""
    media: tuple[Media, ...] = ()
    unavailable: str = ""


class Post(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="post", tag_field="kind"):
    """One post, with everything a reader sees and everything the thread rules ask."""

    id: str
    path: str
    """Its address below `/thread/<source>/`: X `<id>`, Bluesky `<did>/<rkey>`, Mastodon `<host>/<id>`."""
    url: str
    author: Person
    created_at: datetime
    """What the network shows as its date."""
    order: tuple[int, str]
    """Sorts posts of one network by age (thread rule R7), usually (len(id), id)."""
    time: datetime
    """When it was really written, as far as the id tells (thread rule R6); otherwise `created_at`."""
    parent_id: str = ""
    parent_author_id: str = ""
    """Who wrote the parent, where the network says so even when the parent is gone."""
    parent_order: tuple[int, str] | None = None
    root_id: str = ""
    """The first post of the conversation, where the network says so."""
    repost_of: str = ""
    """Set on a pure repost: the id of the post it repeats."""
    aliases: tuple[str, ...] = ()
    """Ids of its earlier versions (edits)."""
    text: str = ""
    """What a reader sees, links by their display text."""
    html: str = ""
    """The same as safe HTML, made by core.text or core.markup and nothing else."""
    lang: str = ""
    """BCP 47, empty when unknown."""
    direction: Literal["", "ltr", "rtl"] = ""
    media: tuple[Media, ...] = ()
    poll: Poll | None = None
    card: Card | None = None
    quote: Quote | None = None
    warning: str = ""
    """Content warning, as text; the post's content is folded behind it."""
    sensitive: bool = False
    """Media is folded even without a warning."""
    edited: bool = False
    emojis: tuple[Emoji, ...] = ()
    """Custom emoji used in `warning` and in the poll; those of the text are already in `html`."""
    replies: int = 0
    """How many direct replies the network counts; 0 when unknown."""

    @property
    def earlier_paths(self) -> tuple[str, ...]:
        """Where its earlier versions stood: the same place with another id."""
        place = self.path[: len(self.path) - len(self.id.rpartition("/")[2])]
        return tuple(place + alias.rpartition("/")[2] for alias in self.aliases)

    @property
    def opening(self) -> str:
        """What titles and excerpts are made of: never what a content warning folds."""
        return f"Content warning: {self.warning}" if self.warning else self.text


class Tombstone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A post that is known to have existed and is gone. What is known of its place keeps the gap where it belongs."""

    id: str
    order: tuple[int, str]
    author_id: str = ""
    parent_id: str = ""
    path: str = ""
    aliases: tuple[str, ...] = ()


class Pile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a source found, unordered: posts of anybody, what is gone, and what the source could not see."""

    source: str
    anchor_id: str
    """The post the link names, after edits and reposts were followed by the source's own data."""
    posts: tuple[Post, ...] = ()
    gone: tuple[Tombstone, ...] = ()
    limits: frozenset[Reason] = frozenset()


class Gap(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="gap", tag_field="kind"):
    """The place of one or more deleted posts that stood beside each other (thread rule R5)."""

    posts: tuple[Tombstone, ...]


class Branch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A side branch in tree order; `parent_id` is the main-line post it hangs from."""

    parent_id: str
    entries: tuple[Post | Gap, ...]


class Thread(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The author's posts in reading order. `line` holds at least one post; the first post of it is the head."""

    source: str
    line: tuple[Post | Gap, ...]
    branches: tuple[Branch, ...] = ()
    updates: tuple[str, ...] = ()
    """Ids of main-line posts that begin a later addition (thread rule R6)."""
    context: Quote | None = None
    """The foreign post that the head answers, as a card."""
    reasons: tuple[Reason, ...] = ()
    """Why it is not complete; empty when it is."""

    @property
    def head(self) -> Post:
        return next(self.posts_of_line)

    @property
    def author(self) -> Person:
        return self.head.author

    @property
    def posts_of_line(self) -> Iterator[Post]:
        return (entry for entry in self.line if isinstance(entry, Post))

    @property
    def entries(self) -> Iterator[Post | Gap]:
        """Everything: the main line, then the branches."""
        return chain(self.line, *(branch.entries for branch in self.branches))

    @property
    def posts(self) -> Iterator[Post]:
        return (entry for entry in self.entries if isinstance(entry, Post))

    @property
    def tombstones(self) -> Iterator[Tombstone]:
        return (post for entry in self.entries if isinstance(entry, Gap) for post in entry.posts)


def to_document(thread: Thread) -> dict[str, Any]:
    """The thread as plain JSON data, equal to what a database gives back."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(thread))
    return document


def from_document(document: dict[str, Any]) -> Thread:
    """The thread that `to_document` made this of. Raises msgspec.ValidationError on anything else."""
    return msgspec.convert(document, Thread)
