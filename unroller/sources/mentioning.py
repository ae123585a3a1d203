"""What it takes to be a bot on a network: the protocol beside `base.Source`, and the small data it speaks of."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

import msgspec

from unroller.core.errors import Unreachable, UnrollError
from unroller.core.posts import Person
from unroller.sources.http import NotConnected
from unroller.sources.recording import Recorder

FIRST_LOOK = timedelta(hours=1)
"""How far a look goes back where there was none before."""


class Mention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A post that names the bot, as far as deciding and answering need it."""

    key: str
    """`PostRef.key` of the post; of an edited one that of its first version."""
    asker: Person
    """On Mastodon somebody of another server goes by the number that the bot's server gave them: compare handles."""
    text: str
    """What its author typed: without the handles that a reply carries by itself, links by their full addresses."""
    written_at: datetime
    is_explicit: bool
    """The bot is named in the body itself, not only by the handles that replies carry along."""
    by_bot: bool = False
    """The network says that its author is a program."""
    parent_key: str = ""
    """`PostRef.key` of the post it answers."""
    parent_author_id: str = ""
    quoted_key: str = ""
    """`PostRef.key` of the post it quotes."""
    quoted_author_id: str = ""
    lang: str = ""
    reply_to: dict[str, str] = {}
    """What the network wants to be told again in an answer (Bluesky: the strong references of parent and root)."""


class Mentions(msgspec.Struct, frozen=True, kw_only=True):
    """What came since the last look, the oldest first."""

    mentions: tuple[Mention, ...] = ()
    cursor: str = ""
    """Where the next look begins, in the network's own words; at most 512 characters."""
    again: int = 0
    """How many of them the look before brought already, as far as their times tell."""
    read: int = 0
    """Posts that the network charged for."""
    micros: int = 0
    """What the look cost, in millionths of a US dollar."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that stands on the network."""

    key: str
    """`PostRef.key`"""
    micros: int = 0
    """What it cost, in millionths of a US dollar."""


class NotSure(Unreachable):
    """No answer came to a post that was sent: it may stand there, or not. Whoever tries again looks first."""


class NotWelcome(UnrollError):
    """The network will not let us answer this mention, now or later (X: only who is mentioned may answer; blocked)."""


class Wallet(Protocol):
    """Where the bot's sign-in to one network is kept between calls, shared by all workers."""

    def read(self) -> str:
        """What was kept last, or an empty text."""

    def write(self, kept: str) -> None:
        """Keep; it is on disk before this returns, since X's refresh tokens are good once."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else renews the sign-in meanwhile."""


class Mentionable(Protocol):
    """A network that the bot lives on. Signed in with what `Wallet` keeps, or with the settings it was made with."""

    key: ClassVar[str]
    label: ClassVar[str]
    most_characters: ClassVar[int]
    """Of the `words` of an answer: room for the link and the asker's name is kept."""

    def who(self, web: Recorder) -> Person:
        """The bot's own account. Raises UnrollError; NotConfigured when the network refuses the sign-in for good."""

    def mentions(self, own: Person, web: Recorder, *, cursor: str) -> Mentions:
        """Posts that name the bot after `cursor`; without one, those of the last hour. A few pages at most; the
        next look may bring some of them again. Raises UnrollError."""

    def answer(self, mention: Mention, words: str, link: str, web: Recorder) -> Sent:
        """Post `words` and `link` below the mention, once. Raises NotSure when it may have been posted, NotWelcome when
        it never will be, Later when it surely was not and may be tried again, NotConfigured when the bot itself is
        refused."""

    def own_answer(self, own: Person, mention: Mention, web: Recorder) -> Sent | None:
        """The answer that already stands below the mention, looked for among the bot's own newest posts. Raises
        UnrollError when the network cannot tell now."""


@contextmanager
def unsure() -> Iterator[None]:
    """Inside it, a network that gives no answer may have posted what it was sent."""
    try:
        yield
    except NotConnected:
        raise
    except Unreachable as error:
        raise NotSure(str(error)) from error


def kept(wallet: Wallet, setting: str) -> dict[str, Any]:
    """What the wallet keeps of the sign-in that began with this secret of the settings; an operator who sets another
    one begins anew."""
    try:
        found = json.loads(wallet.read() or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("since") == mark(setting) else {}


def keep(wallet: Wallet, setting: str, facts: dict[str, Any]) -> None:
    """Keep a sign-in that began with this secret of the settings."""
    wallet.write(json.dumps({**facts, "since": mark(setting)}))


def mark(secret: str) -> str:
    """Tells one secret from another without saying it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
