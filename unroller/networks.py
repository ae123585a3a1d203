"""The sources with this site's settings, and the client they talk through."""

from functools import cache
from typing import cast

import regex
from django.conf import settings

from unroller.sources import registry
from unroller.sources.base import PostRef, Source
from unroller.sources.bluesky import Bluesky
from unroller.sources.http import Http
from unroller.sources.mastodon import Mastodon
from unroller.sources.x import X
from unroller.sources.x.vocabulary import Dialect

OWN_ADDRESS = r"/thread/(x|bluesky|mastodon)/([^\s?#]{1,500})"


@cache
def sources() -> dict[str, Source]:
    """Every network by its key. Mastodon comes last: its links may be on any host."""
    x = X(
        settings.X_API_URL,
        settings.X_BEARER_TOKEN,
        full_archive=settings.X_FULL_ARCHIVE,
        narrow=settings.X_NARROW_SEARCH,
        dialect=cast(Dialect, settings.X_DIALECT),
    )
    bluesky = Bluesky(settings.BLUESKY_APPVIEW_URL, settings.BLUESKY_PLC_URL)
    return {source.key: source for source in (x, bluesky, Mastodon())}


@cache
def http() -> Http:
    """The process's guarded client."""
    return Http(settings.USER_AGENT, allowed=settings.FETCH_ALLOW_HOSTS)


def find(text: str) -> PostRef:
    """The post that a pasted text names; our own address of a thread names it too. Raises NotAPost."""
    own = regex.match(
        rf"{regex.escape(settings.SITE_URL)}/thread/(x|bluesky|mastodon)/([^\s?#]{{1,500}})", text.strip()
    )
    if own:
        return PostRef(own[1], own[2])
    return registry.find(text, sources().values())
