"""What a post carries besides its words: pictures, video, a link card, a quoted post."""

from typing import Any, NamedTuple

from unroller.core.posts import Card, Media, Quote
from unroller.core.text import one_line
from unroller.sources.bluesky.labels import is_hidden, is_sign_in_only, quote_warning
from unroller.sources.bluesky.links import PostUri, post_uri
from unroller.sources.bluesky.people import author_of, page_of
from unroller.sources.bluesky.richtext import SITE, rendered, spoken_language
from unroller.sources.fields import address, count, moment, record, records, string, words

MOST_PICTURES = 20
SMALLEST_PICTURE = 64
"""Pixels. A smaller "size" is a mere ratio like 4:3 and is scaled up to the width of a picture."""
PICTURE_WIDTH = 1000

ONLY_THERE = "This post has an attachment that only Bluesky can show."
DELETED = "The quoted post was deleted."
UNAVAILABLE = "The quoted post is not available."
DETACHED = "The author of the quoted post has taken it out of this quote."
SIGN_IN_ONLY = "The author of the quoted post shows it to people signed in to Bluesky only."
WITHHELD = "Bluesky withholds the quoted post."

PAGES = {
    "app.bsky.feed.defs#generatorView": "/profile/{did}/feed/{rkey}",
    "app.bsky.graph.defs#listView": "/profile/{did}/lists/{rkey}",
    "app.bsky.graph.defs#starterPackViewBasic": "/starter-pack/{did}/{rkey}",
    "app.bsky.labeler.defs#labelerView": "/profile/{did}",
}
"""Quoted things that are no posts, and their pages on Bluesky."""


class Attached(NamedTuple):
    media: tuple[Media, ...] = ()
    card: Card | None = None
    quote: Quote | None = None


def attached(embed: dict[str, Any], post_url: str) -> Attached:
    """An embed of any kind; an unknown one is a card that leads to the post."""
    kind = string(embed.get("$type")).removesuffix("#view")
    if not embed:
        return Attached()
    if kind == "app.bsky.embed.record":
        return _of_record(record(embed.get("record")), post_url)
    if kind == "app.bsky.embed.recordWithMedia":
        quoting = _of_record(record(record(embed.get("record")).get("record")), post_url)
        beside = attached(record(embed.get("media")), post_url) if _is_plain(embed.get("media")) else Attached()
        return Attached(beside.media, beside.card or quoting.card, quoting.quote)
    if kind == "app.bsky.embed.external":
        return Attached(card=_card(record(embed.get("external"))))
    media = _media(kind, embed)
    return Attached(media) if media is not None else Attached(card=Card(url=post_url, title=ONLY_THERE))


def _is_plain(media: object) -> bool:
    """Whether this can stand beside a quote: nothing that holds a record again, which only a liar would send."""
    return not string(record(media).get("$type")).startswith("app.bsky.embed.record")


def _media(kind: str, embed: dict[str, Any]) -> tuple[Media, ...] | None:
    """Pictures or a video; None for an embed of another kind."""
    if kind == "app.bsky.embed.images":
        found = [_picture(each) for each in records(embed.get("images"))[:MOST_PICTURES]]
    elif kind == "app.bsky.embed.gallery":
        found = [_picture(each) for each in records(embed.get("items"))[:MOST_PICTURES]]
    elif kind == "app.bsky.embed.video":
        found = [_video(embed)]
    else:
        return None
    return tuple(filter(None, found))


def _picture(view: dict[str, Any]) -> Media | None:
    url = address(view.get("fullsize")) or address(view.get("thumb")) or address(view.get("thumbnail"))
    width, height = _size(view)
    return Media(type="photo", url=url, alt=words(view.get("alt")), width=width, height=height) if url else None


def _video(view: dict[str, Any]) -> Media | None:
    url = address(view.get("playlist"))
    if not url:
        return None
    width, height = _size(view)
    return Media(
        type="video",
        url=url,
        alt=words(view.get("alt")),
        width=width,
        height=height,
        poster=address(view.get("thumbnail")),
        streamed=True,
    )


def _size(view: dict[str, Any]) -> tuple[int, int]:
    ratio = record(view.get("aspectRatio"))
    width, height = count(ratio.get("width")), count(ratio.get("height"))
    if not width or not height:
        return 0, 0
    if max(width, height) < SMALLEST_PICTURE:
        return PICTURE_WIDTH, round(PICTURE_WIDTH * height / width)
    return width, height


def _card(external: dict[str, Any]) -> Card | None:
    url = address(external.get("uri"))
    if not url:
        return None
    return Card(
        url=url,
        title=one_line(words(external.get("title"))) or url,
        description=one_line(words(external.get("description"))),
        image=address(external.get("thumb")),
    )


def _of_record(view: dict[str, Any], post_url: str) -> Attached:
    kind = string(view.get("$type"))
    if kind in PAGES:
        return Attached(card=_page_card(view, PAGES[kind], post_url))
    uri = post_uri(string(view.get("uri")))
    if kind.endswith("#viewNotFound") or view.get("notFound") is True:
        return Attached(quote=_absent(uri, DELETED))
    if kind.endswith("#viewBlocked") or view.get("blocked") is True:
        return Attached(quote=_absent(uri, UNAVAILABLE))
    if kind.endswith("#viewDetached") or view.get("detached") is True:
        return Attached(quote=_absent(uri, DETACHED))
    if kind.endswith("#viewRecord") and uri:
        return Attached(quote=_quote(view, uri))
    return Attached(card=Card(url=post_url, title=ONLY_THERE))


def _page_card(view: dict[str, Any], page: str, post_url: str) -> Card:
    did, _, rest = string(view.get("uri")).removeprefix("at://").partition("/")
    name = view.get("displayName") or view.get("name") or record(view.get("record")).get("name")
    url = address(SITE + page.format(did=did, rkey=rest.rpartition("/")[2]))
    return Card(
        url=url or post_url,
        title=one_line(words(name)) or ONLY_THERE,
        description=one_line(words(view.get("description"))),
        image=address(view.get("avatar")),
    )


def _absent(uri: PostUri | None, why: str) -> Quote:
    return Quote(id=str(uri) if uri else "", unavailable=why)


def _quote(view: dict[str, Any], uri: PostUri) -> Quote:
    """A quoted post, one level deep (R14); what it quotes itself is left out."""
    value = record(view.get("value"))
    author = author_of(view)
    if author is None or author.id != uri.did:
        return _absent(uri, UNAVAILABLE)
    if is_sign_in_only(view):
        return _absent(uri, SIGN_IN_ONLY)
    if is_hidden(view):
        return _absent(uri, WITHHELD)
    url = page_of(author, uri)
    media = tuple(item for embed in records(view.get("embeds")) for item in _inner_media(embed))[:MOST_PICTURES]
    shown = rendered(value)
    return Quote(
        id=str(uri),
        url=url,
        author=author,
        created_at=moment(value.get("createdAt")) or moment(view.get("indexedAt")),
        text=shown.text,
        html=shown.html,
        lang=spoken_language(value),
        warning=quote_warning(view, value, has_media=bool(media)),
        media=media,
    )


def _inner_media(embed: dict[str, Any]) -> tuple[Media, ...]:
    kind = string(embed.get("$type")).removesuffix("#view")
    if kind == "app.bsky.embed.recordWithMedia":
        embed = record(embed.get("media"))
        kind = string(embed.get("$type")).removesuffix("#view")
    return _media(kind, embed) or ()
