"""Servers that hang: for a while nobody there is looked at, so that those on other servers are."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.utils import timezone

from unroller import store
from unroller.actions.patience import FIRST_TURN_SECONDS, LONG_SECONDS
from unroller.core.errors import OutOfCredits, RateLimited, UnrollError
from unroller.models import Author

REST = timedelta(minutes=15)


def until(author: Author) -> datetime | None:
    """The end of the rest of an author's server, if it has one."""
    with suppress(store.Unavailable):
        found = store.get(_name(author))
        return datetime.fromisoformat(found.decode()) if found is not None else None
    return None


def note(author: Author, error: UnrollError, seconds: float) -> None:
    """A look at an author failed after so long: a rest begins, if its server hangs."""
    if hangs(error, seconds):
        with suppress(store.Unavailable):
            store.client().set(_name(author), (timezone.now() + REST).isoformat(), ex=REST)


def hangs(error: UnrollError, seconds: float) -> bool:
    """Whether a server keeps its askers without an answer. One that says no, or "wait" after some pages, does not."""
    told_to_wait = isinstance(error, RateLimited | OutOfCredits)
    return not error.permanent and seconds > (FIRST_TURN_SECONDS if told_to_wait else LONG_SECONDS)


def _name(author: Author) -> str:
    """Of a server of Mastodon; X and Bluesky are one service each, so there a rest is an author's own."""
    return f"watching:rests:{author.source}:{author.network_id.partition('/')[0]}"
