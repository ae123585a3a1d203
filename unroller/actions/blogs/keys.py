"""The keys to blogs: sealed in their rows, renewed by one worker at a time, ended when nobody needs them."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from unroller import networks
from unroller.actions.alone import alone
from unroller.core.errors import Later
from unroller.models import Blog
from unroller.sealing import Unreadable, seal, unseal
from unroller.sources.blog import indieauth
from unroller.sources.blog.errors import BlogError, ConnectAgain
from unroller.sources.blog.indieauth import Client, Key

logger = logging.getLogger(__name__)

EARLY = timedelta(seconds=60)
"""A key is renewed a little before it ends."""

Done = TypeVar("Done")


def client() -> Client:
    """This site, as blogs know it."""
    return Client(f"{settings.SITE_URL}/blogs/client", f"{settings.SITE_URL}/blogs/callback")


def sealed(key: Key) -> str:
    """A key as it lies in its row."""
    return seal(json.dumps({"access": key.access, "refresh": key.refresh}))


def good_until(key: Key) -> datetime | None:
    return timezone.now() + timedelta(seconds=key.seconds) if key.seconds else None


def opened(blog: Blog, act: Callable[[str], Done]) -> Done:
    """What `act` does with the access token; once more with a new one where the blog takes the first no longer.

    Never inside a transaction. Raises ConnectAgain, and what `act` raises.
    """
    access, _ = _kept(blog)
    if blog.good_until and blog.good_until < timezone.now() + EARLY:
        access = _renewed(blog, access)
    try:
        return act(access)
    except ConnectAgain:
        return act(_renewed(blog, access))


def end(blog: Blog) -> bool:
    """Tell a blog that our key is void; False when it could not be told."""
    try:
        tokens = [token for token in _kept(blog)[::-1] if token]
    except ConnectAgain:
        return False
    told = [_is_ended(blog, token) for token in tokens]
    return all(told)


def _is_ended(blog: Blog, token: str) -> bool:
    http, place, older = networks.webhooks(), blog.revocation_endpoint, blog.token_endpoint
    try:
        indieauth.revoke(http, revocation=place, token_endpoint=older, token=token)
    except (BlogError, Later) as error:
        logger.info("a key to blog %s was not revoked: %s", blog.pk, type(error).__name__)
        return False
    return True


def _renewed(blog: Blog, spent: str) -> str:
    """Another access token than the one that is spent: what another worker got meanwhile, or a new one. Refresh tokens
    may be good once, so it is written at once. Raises ConnectAgain, Unreachable."""
    with alone(f"blog {blog.pk}"):
        blog.refresh_from_db(fields=["sealed", "good_until", "token_endpoint"])
        access, refresh = _kept(blog)
        if access != spent:
            return access
        if not refresh:
            raise ConnectAgain("no refresh token")
        key = indieauth.refresh(networks.webhooks(), blog.token_endpoint, refresh, client())
        blog.sealed, blog.good_until = sealed(key), good_until(key)
        Blog.objects.filter(pk=blog.pk).update(sealed=blog.sealed, good_until=blog.good_until)
    return key.access


def _kept(blog: Blog) -> tuple[str, str]:
    """Raises ConnectAgain where it was sealed with a SECRET_KEY that this site no longer has."""
    try:
        kept = json.loads(unseal(blog.sealed))
    except Unreadable as error:
        raise ConnectAgain("unreadable") from error
    return kept["access"], kept["refresh"]
