"""What a status carries besides its words: media, a poll, a link card, a quoted status."""

from typing import Any
from urllib.parse import urlsplit

from unroller.core.markup import safe
from unroller.core.posts import Card, Media, MediaType, Option, Poll, Quote
from unroller.core.text import language, one_line
from unroller.sources.fields import address, identifier, moment, number, record, records, string, words
from unroller.sources.mastodon.conversation import SHOWN, Conversation
from unroller.sources.mastodon.people import author_of, emojis_of

MOST_MEDIA = 40
MOST_OPTIONS = 50

TYPES: dict[str, MediaType] = {"image": "photo", "gifv": "gif", "video": "video", "audio": "audio"}

SENSITIVE = "Sensitive content"
NOT_ALLOWED = "The author of the quoted post has not allowed this quote."
UNAVAILABLE = {
    "pending": "The author of the quoted post has not allowed this quote yet.",
    "rejected": NOT_ALLOWED,
    "revoked": "The author of the quoted post has withdrawn it from this quote.",
    "deleted": "The quoted post was deleted.",
    "blocked_account": "The quoted post is not shown here.",
    "blocked_domain": "The quoted post is not shown here.",
    "muted_account": "The quoted post is not shown here.",
}
"""States of a quote that is not shown; any other state counts as not allowed."""
NOT_AVAILABLE = "The quoted post is not available."


def media_of(status: dict[str, Any]) -> tuple[Media, ...]:
    """Pictures, video and sound. A file of an unknown kind is none of them: see `card_of`."""
    items = records(status.get("media_attachments"))[:MOST_MEDIA]
    return tuple(filter(None, map(_media, items)))


def _media(item: dict[str, Any]) -> Media | None:
    kind = TYPES.get(string(item.get("type")))
    url = address(item.get("url")) or address(item.get("remote_url"))
    if kind is None or not url:
        return None
    original = record(record(item.get("meta")).get("original"))
    preview = address(item.get("preview_url"))
    return Media(
        type=kind,
        url=url,
        alt=words(item.get("description")).strip(),
        width=round(number(original.get("width"))),
        height=round(number(original.get("height"))),
        poster=preview if kind != "photo" and preview != url else "",
        seconds=number(original.get("duration")),
    )


def card_of(status: dict[str, Any]) -> Card | None:
    """The preview of a link, or else a file that only another server can show."""
    card = record(status.get("card"))
    url = address(card.get("url"))
    if url:
        return Card(
            url=url,
            title=one_line(words(card.get("title"))) or url,
            description=one_line(words(card.get("description"))),
            image=address(card.get("image")),
        )
    for item in records(status.get("media_attachments"))[:MOST_MEDIA]:
        file = address(item.get("remote_url")) or address(item.get("url"))
        if file and string(item.get("type")) not in TYPES:
            name = urlsplit(file).path.rpartition("/")[2] or file
            return Card(url=file, title=one_line(words(item.get("description"))) or name)
    return None


def poll_of(status: dict[str, Any]) -> Poll | None:
    poll = record(status.get("poll"))
    options = tuple(
        Option(label=one_line(words(option.get("title"))), votes=_votes(option.get("votes_count")))
        for option in records(poll.get("options"))[:MOST_OPTIONS]
    )
    if not options:
        return None
    return Poll(options=options, ends_at=moment(poll.get("expires_at")), multiple=poll.get("multiple") is True)


def _votes(count: object) -> int | None:
    return round(number(count)) if isinstance(count, int) else None


def quote_of(status: dict[str, Any], conversation: Conversation, origin: str) -> Quote | None:
    """A quoted status, one level deep (R14), if its author accepted the quote; otherwise why it is not shown."""
    quote = record(status.get("quote"))
    if not quote:
        return None
    state = string(quote.get("state"))
    if state != "accepted":
        return Quote(unavailable=UNAVAILABLE.get(state, NOT_ALLOWED))
    id_ = identifier(quote.get("quoted_status_id"))
    quoted = record(quote.get("quoted_status")) or conversation.statuses.get(id_, {})
    if not identifier(quoted.get("id")) or string(quoted.get("visibility")) not in SHOWN:
        return Quote(id=id_, unavailable=UNAVAILABLE["deleted"] if id_ in conversation.missing else NOT_AVAILABLE)
    media = media_of(quoted)
    shown = safe(words(quoted.get("content")), emojis=emojis_of(quoted), without_quote_link=True)
    warning = one_line(words(quoted.get("spoiler_text")))
    author = author_of(quoted, conversation.host, origin)
    return Quote(
        id=identifier(quoted.get("id")),
        url=address(quoted.get("url")) or address(quoted.get("uri")),
        author=author,
        created_at=moment(quoted.get("created_at")),
        text=shown.text,
        html=shown.html,
        lang=language(string(quoted.get("language"))),
        warning=warning or (SENSITIVE if media and quoted.get("sensitive") is True else ""),
        media=media,
    )
