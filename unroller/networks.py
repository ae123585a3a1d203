"""The sources with this site's settings, and the client they talk through."""

from collections.abc import Callable
from functools import cache
from typing import cast

import regex
from django.conf import settings

from unroller import hosts
from unroller.core.errors import NotAPost, NotAProfile
from unroller.sources import registry
from unroller.sources.base import PostRef, Source
from unroller.sources.bluesky import Bluesky
from unroller.sources.bluesky.jetstream import Jetstream
from unroller.sources.bluesky.mentioning import BlueskyBot
from unroller.sources.bluesky.presence import BlueskyPresence
from unroller.sources.bluesky.session import Session as BlueskySession
from unroller.sources.following import Followable, ProfileRef
from unroller.sources.http import Http
from unroller.sources.mastodon import Mastodon
from unroller.sources.mastodon.mentioning import MastodonBot
from unroller.sources.mastodon.presence import MastodonPresence
from unroller.sources.mentioning import Mentionable, Wallet
from unroller.sources.presence import Presence
from unroller.sources.x import X
from unroller.sources.x.mentioning import XBot
from unroller.sources.x.session import Client
from unroller.sources.x.session import Session as XSession
from unroller.sources.x.vocabulary import VOCABULARIES, Dialect

OWN_ADDRESS = r"/thread/(x|bluesky|mastodon)/([^\s?#]{1,500})"
OWN_AUTHOR = r"/author/(x|bluesky|mastodon)/([^\s/?#]+)"
AROUND = r"^[\s\p{C}<]+|[\s\p{C}>]+$"
"""What may stand around a copied handle: spaces, marks of direction that nobody sees, angle brackets."""
OF_A_POST = regex.compile(
    r"(?:https?://)?[^\s/]+/(?:\w+(?=/status(?:es)?/)|profile/[^/]+(?=/post/)|(?:(?:web|deck)/)?@[^/]+(?=/)"
    r"|users/[^/]+(?=/statuses/))|at://[^/]+(?=/)",
    regex.IGNORECASE,
)
"""Of a link to a post, the part that is a link to its author's profile."""
MOST_PROFILE = 500
"""Characters of a handle or a link to a profile."""


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


def followables() -> dict[str, Followable]:
    """The networks whose authors can be followed, by key."""
    return {key: source for key, source in sources().items() if isinstance(source, Followable)}


def presences() -> dict[str, Presence]:
    """The networks that tell for nothing whether a post is still there, by key."""
    found: tuple[Presence, ...] = (BlueskyPresence(settings.BLUESKY_APPVIEW_URL), MastodonPresence())
    return {network.key: network for network in found}


def jetstream() -> Jetstream | None:
    """The stream that tells of Bluesky's deletions; None where the operator wants none."""
    url = settings.BLUESKY_JETSTREAM_URL
    return Jetstream(url, agent=settings.USER_AGENT, allowed=settings.FETCH_ALLOW_HOSTS) if url else None


def mentionables(wallet: Callable[[str], Wallet]) -> dict[str, Mentionable]:
    """The networks that the bot is set up on, by key; `wallet` keeps its sign-in to each."""
    found: dict[str, Mentionable] = {}
    if settings.X_BOT_HANDLE and settings.X_CLIENT_ID:
        vocabulary = VOCABULARIES[cast(Dialect, settings.X_DIALECT)]
        session = x_session(wallet("x"))
        found["x"] = XBot(settings.X_API_URL, session, bearer=settings.X_BEARER_TOKEN, vocabulary=vocabulary)
    if settings.BLUESKY_BOT_HANDLE and settings.BLUESKY_BOT_PASSWORD:
        pds, handle, password = settings.BLUESKY_BOT_PDS_URL, settings.BLUESKY_BOT_HANDLE, settings.BLUESKY_BOT_PASSWORD
        signed_in = BlueskySession(pds, handle, password, wallet("bluesky"))
        found["bluesky"] = BlueskyBot(pds, settings.BLUESKY_APPVIEW_URL, signed_in)
    if settings.MASTODON_BOT_URL and settings.MASTODON_BOT_TOKEN:
        found["mastodon"] = MastodonBot(settings.MASTODON_BOT_URL, settings.MASTODON_BOT_TOKEN)
    return found


def x_session(wallet: Wallet) -> XSession:
    """The bot's sign-in to X."""
    client = Client(settings.X_CLIENT_ID, settings.X_CLIENT_SECRET)
    return XSession(settings.X_API_URL, client, settings.X_BOT_REFRESH_TOKEN, wallet)


@cache
def http() -> Http:
    """The process's guarded client."""
    return Http(settings.USER_AGENT, allowed=settings.FETCH_ALLOW_HOSTS, is_blocked=hosts.is_blocked)


def without_database() -> Http:
    """A client for an operator at a terminal, who wants one thread and has no tables: it knows no blocked servers."""
    return Http(settings.USER_AGENT, allowed=settings.FETCH_ALLOW_HOSTS)


@cache
def webhooks() -> Http:
    """The same for addresses that readers choose: what we may fetch from inside is not theirs to post to."""
    return Http(settings.USER_AGENT, allowed=settings.WEBHOOK_ALLOW_HOSTS, is_blocked=hosts.is_blocked)


def find(text: str) -> PostRef:
    """The post that a pasted text names; our own address of a thread names it too. Raises NotAPost."""
    own = regex.match(regex.escape(settings.SITE_URL) + OWN_ADDRESS, text.strip())
    if own:
        return PostRef(own[1], own[2])
    return registry.find(text, sources().values())


def profile_link(text: str) -> str:
    """A link to a post that says whose it is, cut down to the link to their profile; any other text as it is."""
    named = OF_A_POST.match(regex.sub(AROUND, "", text[: 4 * MOST_PROFILE]))
    try:
        find(text)
    except NotAPost:
        return text
    return named[0] if named else text


def find_profile(text: str) -> ProfileRef:
    """Whom a handle or a link to a profile names; our own address of an author names them too. Raises NotAProfile."""
    text = regex.sub(AROUND, "", text[: 2 * MOST_PROFILE])
    own = regex.match(regex.escape(settings.SITE_URL) + OWN_AUTHOR, text)
    networks = followables()
    wanted = [networks[own[1]]] if own else networks.values()
    text = own[2] if own else text
    if len(text) <= MOST_PROFILE and not regex.search(r"[\s\p{C}]", text):
        for network in wanted:
            ref = network.match_profile(text)
            if ref is not None:
                return ref
    raise NotAProfile
