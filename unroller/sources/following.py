"""What it takes to follow authors on a network: the protocol beside `base.Source`, and the small data it speaks of."""

from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

import msgspec

from unroller.core.posts import Person
from unroller.sources.recording import Recorder


class ProfileRef(msgspec.Struct, frozen=True):
    """Somebody as a reader names them. `key`: X the handle in lower case; Bluesky the handle in lower case, or the DID;
    Mastodon `<host>/<user>`."""

    source: str
    key: str


class RecentPost(msgspec.Struct, frozen=True, kw_only=True):
    """One post of an author, as far as chains of answers to oneself are made of it."""

    key: str
    """`PostRef.key`; of an edited post that of its first version."""
    parent_key: str = ""
    """`PostRef.key` of the post it answers, where that is the author's own; empty for every other post."""
    time: datetime
    """When the network took it in, as far as that is known."""
    aliases: tuple[str, ...] = ()
    """Keys of its other versions."""


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """What an author wrote since the last look, the oldest first."""

    posts: tuple[RecentPost, ...] = ()
    cursor: str = ""
    """Where the next look begins, in the network's own words; at most 512 characters."""
    author: Person | None = None
    """Who they are today, where the answer tells it without being asked for more."""


@runtime_checkable
class Followable(Protocol):
    """A network whose authors can be followed. `match_profile` is pure."""

    key: ClassVar[str]
    label: ClassVar[str]

    def match_profile(self, text: str) -> ProfileRef | None:
        """Whom a handle or a link to a profile names, or None when it is not ours. `text` holds no spaces."""

    def look_up(self, ref: ProfileRef, web: Recorder) -> Person:
        """The person behind a name, with the `id` that the authors of threads have. Raises UnrollError: NoSuchAccount,
        NotPublic when they cannot be followed, Later when the network cannot tell now."""

    def recent(self, person_id: str, web: Recorder, *, cursor: str, since: datetime) -> Recent:
        """What the person wrote after `cursor`, or after `since` where there is none yet; a few pages at most. Raises
        UnrollError as `look_up` does."""
