"""What a source is: the protocol that every network's module follows."""

from typing import ClassVar, Protocol

import msgspec

from unroller.core.posts import Pile
from unroller.sources.recording import Raw, Recorder

CAP = 1_000
"""Posts of one thread that are read where reading costs money, unless somebody asks for more (thread rule R9)."""
HARD_CAP = 3_000
"""Posts of one thread that are read at all."""


class PostRef(msgspec.Struct, frozen=True):
    """One post as a link names it. `key`: X `<id>`, Bluesky `<handle or DID>/<rkey>`, Mastodon `<host>/<id>`."""

    source: str
    key: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a thread is wanted. `known`: ids from an earlier fetch; one that is not seen again is looked up by itself,
    since only that tells a deleted post from a late index (thread rule R12). `most`: the author's posts at most."""

    known: tuple[str, ...] = ()
    most: int = CAP


class Source(Protocol):
    """One network. `match` and `parse` are pure; `fetch` is the only part that talks."""

    key: ClassVar[str]
    label: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]
    """Links that this source and no other owns."""
    cap: ClassVar[int]
    """Posts of a thread that are read at once: CAP where reading costs money, HARD_CAP where it does not."""

    def match(self, link: str) -> PostRef | None:
        """The post a link names, or None when the link is not ours. `link` is one address without spaces."""

    def fetch(self, ref: PostRef, web: Recorder, wish: Wish) -> None:
        """Ask for everything the thread needs, into `web.raw`. Raises UnrollError."""

    def parse(self, raw: Raw) -> Pile:
        """The pile of posts in a finished recording. Raises UnrollError when the linked post is not in it."""
