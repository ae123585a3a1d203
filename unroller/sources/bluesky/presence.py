"""Whether Bluesky still shows posts: many at once, and each that is missing by itself."""

from collections.abc import Iterable, Sequence
from typing import ClassVar
from urllib.parse import urlencode

from unroller.core.errors import BadAnswer, NoSuchAccount, SignInOnly, Suspended, Withheld
from unroller.sources.bluesky.following import look_up
from unroller.sources.bluesky.forest import POSTS, THREAD, View
from unroller.sources.bluesky.labels import SUSPENDED, is_hidden, is_sign_in_only, labels
from unroller.sources.bluesky.links import COLLECTION, KEY, PostUri, post_uri
from unroller.sources.bluesky.plan import BUCKET, POSTS_AT_ONCE
from unroller.sources.bluesky.richtext import rendered
from unroller.sources.fields import record, records, string
from unroller.sources.presence import Asked, Loss, Reason, lost
from unroller.sources.recording import Recorder

EVERY = 0.1
"""Seconds between two questions: readers ask the same server, and theirs are never spaced."""


class BlueskyPresence:
    """Asks the AppView, without a key."""

    key: ClassVar[str] = KEY

    def __init__(self, appview_url: str) -> None:
        self._appview_url = appview_url.rstrip("/")

    def host(self, path: str) -> str:
        """One server answers for everybody."""
        return ""

    def card_path(self, thread_path: str, quote_id: str) -> str:
        """Cards have at-URIs, those of lists and feeds too."""
        uri = post_uri(quote_id)
        return uri.path if uri else ""

    def losses(self, asked: Sequence[Asked], web: Recorder) -> list[Loss]:
        """What is gone, hidden or replaced of these posts. Raises UnrollError."""
        wanted = {uri: each for each in asked if (uri := _uri(each.path))}
        views = self._views(web, list(wanted))
        found: dict[Loss, None] = {}
        for uri, each in wanted.items():
            reason = _reason(views[uri], each) if uri in views else self._confirmed(web, uri)
            if reason:
                found[lost(each, reason)] = None
        return list(found)

    def _views(self, web: Recorder, uris: list[PostUri]) -> dict[PostUri, View]:
        found: dict[PostUri, View] = {}
        for start in range(0, len(uris), POSTS_AT_ONCE):
            part = uris[start : start + POSTS_AT_ONCE]
            query = urlencode([("uris", str(uri)) for uri in part])
            exchange = web.ask(f"{self._appview_url}/xrpc/{POSTS}?{query}", bucket=BUCKET, every=EVERY)
            listed = record(exchange.body).get("posts")
            if exchange.status != 200 or not isinstance(listed, list):
                raise BadAnswer(f"getPosts: status {exchange.status}, no list of posts")
            found.update(_among(part, records(listed)))
        return found

    def _confirmed(self, web: Recorder, uri: PostUri) -> Reason | None:
        """What became of a post that was not among the others: its account is away, or it is gone itself."""
        reason = self._account(web, uri.did)
        if reason:
            return reason
        params = {"uri": str(uri), "depth": "0", "parentHeight": "0"}
        exchange = web.ask(f"{self._appview_url}/xrpc/{THREAD}", params, bucket=BUCKET, every=EVERY)
        body = record(exchange.body)
        if exchange.status == 400 and body.get("error") == "NotFound":
            return "deleted"
        kind = string(record(body.get("thread")).get("$type"))
        if exchange.status != 200 or not kind:
            raise BadAnswer(f"getPostThread: status {exchange.status}")
        return "deleted" if kind.endswith("#notFoundPost") else None

    def _account(self, web: Recorder, did: str) -> Reason | None:
        """Why nothing of an account is shown; None while it is there. The recorder asks once for all its posts."""
        try:
            look_up(web, self._appview_url, did)
        except Suspended:
            return "suspended"
        except NoSuchAccount:
            return "deactivated"
        except SignInOnly:
            return "signed-in"
        except Withheld:
            return None
        return None


def _uri(path: str) -> PostUri | None:
    did, _, rkey = path.rpartition("/")
    return post_uri(f"at://{did}/{COLLECTION}/{rkey}")


def _among(uris: Iterable[PostUri], views: list[View]) -> dict[PostUri, View]:
    """Views by the posts that were asked for; whatever else the answer holds is passed over."""
    named = {str(uri): uri for uri in uris}
    return {named[uri]: view for view in views if (uri := string(view.get("uri"))) in named}


def _reason(view: View, asked: Asked) -> Reason | None:
    """Why a post that the network hands out must not be shown, or not as it is here."""
    if is_sign_in_only(view):
        return "signed-in"
    if SUSPENDED in labels(record(view.get("author"))):
        return "suspended"
    if is_hidden(view):
        return "withheld"
    # Nothing that is kept holds the CID of the record; its words do as well.
    is_other = asked.text is not None and rendered(record(view.get("record"))).text != asked.text
    return "edited" if is_other else None
