"""Whether a network still shows what is kept here: the protocol that networks follow which can be asked for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple, Protocol

from unroller.sources.recording import Recorder

Reason = Literal[
    "deleted", "suspended", "protected", "deactivated", "withheld", "signed-in", "closed", "kept-out", "edited"
]


class Asked(NamedTuple):
    """A post as it is kept here. `text` is None for one that is only shown as a card; `since`: when it was fetched."""

    path: str
    author_id: str
    text: str | None
    since: datetime


class Loss(NamedTuple):
    """What is not shown any more, or not so: one post by its path, or all of an account by its id."""

    reason: Reason
    path: str = ""
    author_id: str = ""


class Presence(Protocol):
    """One network that tells whether posts are still there, for nothing."""

    key: ClassVar[str]

    def host(self, path: str) -> str:
        """Whom to ask for a post; empty where one server answers for the whole network."""

    def card_path(self, thread_path: str, quote_id: str) -> str:
        """`Asked.path` of a post that a thread shows as a card; empty for a card of anything else."""

    def losses(self, asked: Sequence[Asked], web: Recorder) -> list[Loss]:
        """What is lost of these posts, all of one host. A post that is not in an answer is asked for by itself: only
        what is refused in so many words is lost.

        Raises UnrollError where that cannot be told; nothing is lost then.
        """


OF_ACCOUNTS: frozenset[Reason] = frozenset({"suspended", "protected", "deactivated", "signed-in", "closed", "kept-out"})
"""Reasons that concern everything that an account wrote."""


def lost(asked: Asked, reason: Reason) -> Loss:
    """The loss of a post, or of all of its account where the reason is one of those; a card goes by itself."""
    if reason in OF_ACCOUNTS and asked.text is not None and asked.author_id:
        return Loss(reason, author_id=asked.author_id)
    return Loss(reason, asked.path)
