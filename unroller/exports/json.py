"""A thread as JSON: the format of `manage.py unroll`, with the words or with ids and facts only."""

import json
from datetime import UTC, datetime
from typing import Any

from unroller.core.posts import Branch, Gap, Media, Person, Post, Quote, Thread
from unroller.core.reading import measure
from unroller.core.titles import title


def facts(thread: Thread, *, words: bool = True) -> dict[str, Any]:
    """The thread as plain data; `words=False` leaves out text, media and quotes (X allows ids in bulk, not content)."""
    line = list(thread.posts_of_line)
    length = measure(line)
    described = {
        "source": thread.source,
        "head_id": thread.head.id,
        "url": thread.head.url,
        "title": title(thread.head.opening),
        "author": _author(thread.author),
        "completeness": {
            "state": "partial" if thread.reasons else "complete",
            "reasons": list(thread.reasons),
        },
        "post_count": len(line),
        "word_count": length.words,
        "reading_minutes": length.minutes,
        "posts": [_entry(entry, None, words) for entry in thread.line]
        + [_entry(entry, branch, words) for branch in thread.branches for entry in branch.entries],
    }
    if not words:
        del described["title"]
    return described


def export(thread: Thread, *, words: bool = True) -> bytes:
    """The same as UTF-8 text."""
    return json.dumps(facts(thread, words=words), ensure_ascii=False, indent=1).encode()


def moment(time: datetime) -> str:
    """RFC 3339 in UTC, to the second or to the millisecond where the network tells it."""
    precision = "milliseconds" if time.microsecond else "seconds"
    return time.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _entry(entry: Post | Gap, branch: Branch | None, words: bool) -> dict[str, Any]:
    hanging = {"branch_of": branch.parent_id if branch else None}
    if isinstance(entry, Gap):
        return {"id": entry.posts[0].id or None, "gap": True, **hanging}
    described: dict[str, Any] = {"id": entry.id, "url": entry.url, "created_at": moment(entry.created_at)}
    if words:
        described |= {
            "text": entry.text,
            "html": entry.html,
            "media": [_media(media) for media in entry.media],
            "quote": _quote(entry.quote),
        }
    return described | {"gap": False, **hanging}


def _author(person: Person) -> dict[str, Any]:
    return {"handle": person.handle, "name": person.name}


def _media(media: Media) -> dict[str, Any]:
    return {
        "type": media.type,
        "url": media.url,
        "alt": media.alt,
        "width": media.width or None,
        "height": media.height or None,
        "poster": media.poster or None,
    }


def _quote(quote: Quote | None) -> dict[str, Any] | None:
    if quote is None:
        return None
    if quote.unavailable or quote.author is None:
        return {"unavailable": quote.unavailable}
    return {
        "id": quote.id,
        "url": quote.url,
        "author": _author(quote.author),
        "text": quote.text,
        "media": [_media(media) for media in quote.media],
    }
