"""From a finished recording to the pile: which posts matter, in the product's own terms."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from unroller.core.errors import BadAnswer
from unroller.core.posts import Pile, Post, Tombstone
from unroller.core.text import direction
from unroller.sources.bluesky.embeds import attached
from unroller.sources.bluesky.forest import Forest, View
from unroller.sources.bluesky.labels import gate, is_hidden, is_sign_in_only
from unroller.sources.bluesky.links import KEY, PostUri, is_did
from unroller.sources.bluesky.people import author_of, page_of
from unroller.sources.bluesky.plan import refuse_absent, resolved
from unroller.sources.bluesky.richtext import rendered, spoken_language
from unroller.sources.fields import count, moment, record
from unroller.sources.recording import Raw

EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
"""Before there were posts of this kind anywhere; a record key that says so was not made from a time."""
CLOCK_ERROR = timedelta(minutes=10)
LIE = timedelta(days=1)
"""A claimed time that differs by more from everything else that is known is not believed."""


def pile_of(raw: Raw) -> Pile:
    """Every post that matters: the author's, the linked one, the conversation's first, and what was answered.

    Raises the error that tells why the linked post cannot be shown.
    """
    forest = Forest(raw.exchanges)
    anchor = _anchor(raw)
    refuse_absent(forest, anchor)
    did = forest.owner(anchor).did
    wanted = dict.fromkeys(forest.own(did))
    own = list(wanted)
    wanted[anchor] = wanted[forest.root(anchor)] = None
    wanted.update((parent, None) for uri in (anchor, *own) if (parent := forest.parent(uri)))
    posts: list[Post] = []
    gone = {uri: _tombstone(uri) for uri in forest.missing if uri.did == did or uri in wanted}
    for uri in wanted:
        view = forest.views.get(uri, {})
        post = _post(forest, uri, view) if view and not is_sign_in_only(view) else None
        if post is not None and not is_hidden(view):
            posts.append(post)
        elif post is not None and uri.did == did:
            gone[uri] = _tombstone(uri, parent_id=post.parent_id)
    if not any(post.id == str(anchor) for post in posts):
        raise BadAnswer("the linked post cannot be read")
    return Pile(
        source=KEY, anchor_id=str(anchor), posts=tuple(posts), gone=tuple(gone.values()), limits=frozenset(raw.limits)
    )


def _anchor(raw: Raw) -> PostUri:
    actor, _, rkey = raw.key.partition("/")
    if is_did(actor):
        return PostUri(actor, rkey)
    for exchange in raw.exchanges:
        if urlsplit(exchange.url).path.endswith("/com.atproto.identity.resolveHandle"):
            return PostUri(resolved(exchange), rkey)
    raise BadAnswer("the handle was not resolved")


def _tombstone(uri: PostUri, *, parent_id: str = "") -> Tombstone:
    return Tombstone(id=str(uri), order=uri.order, author_id=uri.did, parent_id=parent_id, path=uri.path)


def _post(forest: Forest, uri: PostUri, view: View) -> Post | None:
    value = record(view.get("record"))
    author = author_of(view)
    written = _written(uri, value, view)
    if author is None or written is None:
        return None
    parent = forest.parent(uri)
    url = page_of(author, uri)
    shown = rendered(value)
    media, card, quote = attached(record(view.get("embed")), url)
    before = gate(view, value, has_media=bool(media or (card and card.image)))
    return Post(
        id=str(uri),
        path=uri.path,
        url=url,
        author=author,
        created_at=written,
        order=uri.order,
        time=_believed(uri, view) or written,
        parent_id=str(parent) if parent else "",
        parent_author_id=parent.did if parent else "",
        parent_order=parent.order if parent else None,
        root_id=str(forest.root(uri)),
        text=shown.text,
        html=shown.html,
        lang=spoken_language(value),
        direction=direction(shown.text),
        media=media,
        card=card,
        quote=quote,
        warning=before.warning,
        sensitive=before.sensitive,
        replies=count(view.get("replyCount")),
    )


def _written(uri: PostUri, value: View, view: View) -> datetime | None:
    """The date to show. The author's own word counts unless it lies in the future or agrees with nothing else."""
    claimed, indexed, key_time = moment(value.get("createdAt")), moment(view.get("indexedAt")), _believed(uri, view)
    if claimed is None or indexed is None:
        return claimed or indexed or key_time
    if claimed > indexed + CLOCK_ERROR:
        return indexed
    witnesses = [witness for witness in (indexed, key_time) if witness]
    return claimed if any(abs(claimed - witness) <= LIE for witness in witnesses) else indexed


def _believed(uri: PostUri, view: View) -> datetime | None:
    """The time in the record key, where it can be one."""
    key_time = uri.time
    latest = moment(view.get("indexedAt"))
    if key_time is None or key_time < EARLIEST or (latest and key_time > latest + LIE):
        return None
    return key_time
