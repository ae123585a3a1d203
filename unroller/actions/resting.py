"""Servers that hang: for a while nobody there is looked at, so that those on other servers are."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.utils import timezone

from unroller import store
from unroller.core.errors import RateLimited
from unroller.models import Author

REST = timedelta(minutes=15)


def check(author: Author) -> None:
    """Raises RateLimited while the author's server rests."""
    with suppress(store.Unavailable):
        until = store.get(_name(author))
        if until is not None:
            raise RateLimited(datetime.fromisoformat(until.decode()))


def begin(author: Author) -> None:
    """A look at this author failed, and took long for that."""
    with suppress(store.Unavailable):
        store.client().set(_name(author), (timezone.now() + REST).isoformat(), ex=REST)


def _name(author: Author) -> str:
    """Of a server of Mastodon; X and Bluesky are one service each, so there a rest is an author's own."""
    return f"watching:rests:{author.source}:{author.network_id.partition('/')[0]}"
