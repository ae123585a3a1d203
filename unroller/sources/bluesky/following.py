"""Following on Bluesky: who a handle is, and what an account wrote since the last look."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from unroller.core.errors import BadAnswer, NoSuchAccount, SignInOnly, Suspended
from unroller.core.posts import Person
from unroller.sources.bluesky.forest import View, reference
from unroller.sources.bluesky.labels import is_sign_in_only, refuse_hidden
from unroller.sources.bluesky.links import HOSTS, KEY, is_did, is_handle, post_uri
from unroller.sources.bluesky.people import author_of
from unroller.sources.bluesky.plan import BUCKET
from unroller.sources.fields import moment, record, records, string, words
from unroller.sources.following import ProfileRef, Recent, RecentPost
from unroller.sources.recording import Exchange, Recorder

PROFILE = re.compile(r"/profile/([^/]+)(?:/(?:follows|followers|search))?/*")
PAGE = "100"
MOST_PAGES = 10
LATE = timedelta(hours=1)
"""How long after its own date a post may reach the feed, which is sorted by that date. What comes later was not just
written: somebody moved an archive here, or the network counted its posts anew."""
EARLIEST = datetime.min.replace(tzinfo=UTC)
AWAY = frozenset({"AccountDeactivated", "NotFound", "InvalidRequest"})
"""What the network calls an account that is not there, or not now."""


def match(text: str) -> ProfileRef | None:
    """The account that a handle with a dot in it, a DID, or a link to a profile names."""
    actor = text.removeprefix("at://").rstrip("/")
    if "/" in actor:
        actor = _linked(text)
    # A browser writes the colons of a DID as %3A; the %3A inside a did:web is part of it.
    actor = actor if is_did(actor) else unquote(actor).removeprefix("@")
    if is_did(actor):
        return ProfileRef(KEY, actor)
    actor = actor.lower()
    return ProfileRef(KEY, actor) if is_handle(actor) and actor not in HOSTS else None


def _linked(link: str) -> str:
    """Whom a link to a profile names; empty for any other."""
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    found = PROFILE.fullmatch(parts.path)
    is_ours = host in HOSTS and port in {None, 80, 443} and parts.scheme in {"http", "https"}
    return found[1] if found and is_ours else ""


def look_up(web: Recorder, appview_url: str, actor: str) -> Person:
    """The account with this handle or DID. Raises NoSuchAccount, Suspended, SignInOnly, Withheld."""
    exchange = web.ask(f"{appview_url}/xrpc/app.bsky.actor.getProfile", {"actor": actor}, bucket=BUCKET)
    _refuse(exchange)
    view = {"author": record(exchange.body)}
    person = author_of(view)
    if person is None:
        raise BadAnswer("getProfile: no account in the answer")
    refuse_hidden(view)
    return replace(person, bio=words(view["author"].get("description")))


def recent(web: Recorder, appview_url: str, did: str, *, cursor: str, since: datetime) -> Recent:
    """The posts that the network took in after `cursor`, which is a time, in the order of their keys: those are made of
    the time of writing, while an answer may be taken in before what it answers.

    The feed is asked for with all replies: its filter for author threads loses posts at the borders of pages.
    """
    after = moment(cursor) or since
    newest, author = after, None
    found: dict[str, RecentPost] = {}
    params = {"actor": did, "filter": "posts_with_replies", "limit": PAGE}
    for _ in range(MOST_PAGES):
        exchange = web.ask(f"{appview_url}/xrpc/app.bsky.feed.getAuthorFeed", params, bucket=BUCKET)
        _refuse(exchange)
        body = record(exchange.body)
        lines = records(body.get("feed"))
        views = [record(line.get("post")) for line in lines if not line.get("reason")]
        own = [view for view in views if record(view.get("author")).get("did") == did]
        if any(map(is_sign_in_only, own)):
            raise SignInOnly
        author = author or next(filter(None, map(author_of, own)), None)
        for post in filter(None, (_recent_post(view) for view in own if _date(view) >= after - LATE)):
            newest = max(newest, post.time)
            if post.time > after:
                found[post.key] = post
        params["cursor"] = string(body.get("cursor"))
        reposts = [time for time in map(_reposted_at, lines) if time is not None]
        newest = max([newest, *reposts])
        if not params["cursor"] or any(date < after - LATE for date in [*map(_date, views), *reposts]):
            break
    posts = sorted(found.values(), key=lambda post: post.key)
    return Recent(posts=tuple(posts), cursor=newest.isoformat(), author=author)


def _recent_post(view: View) -> RecentPost | None:
    uri, taken_in = post_uri(string(view.get("uri"))), moment(view.get("indexedAt"))
    if uri is None or taken_in is None:
        return None
    above = reference(record(record(view.get("record")).get("reply")), "parent")
    is_own = above is not None and above.did == uri.did
    return RecentPost(key=uri.path, parent_key=above.path if above and is_own else "", time=taken_in)


def _date(view: View) -> datetime:
    """A post's own date, which may be any; by the earlier of it and the time of taking in the feed is sorted."""
    dates = (moment(record(view.get("record")).get("createdAt")), moment(view.get("indexedAt")))
    return min((date for date in dates if date is not None), default=EARLIEST)


def _reposted_at(line: View) -> datetime | None:
    """When somebody else's post was passed on; None for what is in the feed for another reason, as a pinned post is."""
    return moment(record(line.get("reason")).get("indexedAt"))


def _refuse(exchange: Exchange) -> None:
    """Raises what the network's answer to a question about an account means, unless it is an answer."""
    if exchange.status == 200 and isinstance(exchange.body, dict):
        return
    error = string(record(exchange.body).get("error"))
    if error == "AccountTakedown":
        raise Suspended
    if exchange.status == 400 and error in AWAY:
        raise NoSuchAccount(error)
    raise BadAnswer(f"status {exchange.status}: {error or 'no reason given'}")
