"""A thread as the plain data that `thread.typ` sets: words as runs, pictures as files with their proportions."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import regex

from unroller.core.layout import Place, places
from unroller.core.markup import with_emojis
from unroller.core.posts import Card, Emoji, Gap, Media, Person, Poll, Post, Quote, Thread
from unroller.core.reading import measure
from unroller.core.text import direction, one_line, without_direction_marks
from unroller.core.titles import cut
from unroller.exports import fonts
from unroller.exports.fonts import visible
from unroller.exports.pictures import Picture, still
from unroller.exports.runs import blocks, line, linkable, parted
from unroller.exports.text import missing
from unroller.exports.wording import (
    author,
    counted,
    day,
    glance,
    heading,
    host,
    incompleteness,
    minute,
    network,
    percents,
    playing_time,
)

Data = dict[str, Any]

LANGUAGE = regex.compile("[a-z]{2,3}")
COUNTRY = regex.compile("[A-Za-z]{2}")
ARABIC = regex.compile(r"\p{Arabic}")
MOST_HEADER = 70
MOST_IN_ROW = 3


class Sheet:
    """Makes the data of a thread's files. `pictures` and `files`: address → picture, and the name of its file."""

    def __init__(self, thread: Thread, pictures: Mapping[str, Picture], files: Mapping[str, str]) -> None:
        self._thread = thread
        self._pictures = pictures
        self._files = files

    def document(self, entries: Iterable[Data], *, address: str, volume: tuple[int, int]) -> Data:
        """Everything, with the entries of this volume (`volume`: its number, and how many there are)."""
        thread, head = self._thread, self._thread.head
        title = visible(without_direction_marks(heading(thread)))
        number, count = volume
        volume_mark = f" ({number} of {count})" if count > 1 else ""
        shown = _leveled(entries)
        script = in_script(head.lang, head.direction, title)
        context = self._quote(thread.context) if thread.context and number == 1 else None
        regions = {"SC", script["cjk"], *_regions([*shown, {"quote": context}])}
        return {
            "title": title + volume_mark,
            "heading": parted(title + volume_mark),
            "short": parted(cut(title, MOST_HEADER)),
            "author": self._person(thread.author) | {"avatar": self._files.get(thread.author.avatar)},
            "name": visible(author(thread)),
            "network": network(thread),
            "source": {"href": _linked(head.url), "words": parted(visible(one_line(head.url)))},
            "address": {"href": _linked(address), "words": parted(one_line(address))},
            "created": _parts(head.created_at),
            "facts": self._facts(),
            "notes": incompleteness(thread),
            "context": context,
            "entries": shown,
            "is_last": number == count,
            "fonts": {region: _families(region) for region in sorted(regions)},
            **script,
        }

    def entries(self) -> Iterator[tuple[Data, list[str]]]:
        """Each entry in reading order, with the addresses of the pictures that it shows."""
        for place in places(self._thread):
            yield self._entry(place, 0)
            for branch in place.side:
                for inner in branch:
                    yield self._entry(inner, 1)

    def _entry(self, place: Place, depth: int) -> tuple[Data, list[str]]:
        if isinstance(place.entry, Gap):
            return {"kind": "gap", "words": missing(place.entry).strip("[]"), "depth": depth}, []
        post = place.entry
        found = {
            "kind": "post",
            "depth": depth,
            "number": place.number,
            "bookmark": f"{place.number}. {visible(glance(post))}".rstrip(),
            "date": minute(post.created_at),
            "url": _linked(post.url),
            "edited": post.edited,
            "later": "added later" if place.update else "",
            "warning": self._named(post.warning, post.emojis) if post.warning else None,
            "is_sensitive": post.sensitive and not post.warning and bool(post.media),
            "blocks": blocks(post.html, self._files),
            "media": self._media(post.media, post.url),
            "poll": self._poll(post.poll, post.emojis) if post.poll else None,
            "card": self._card(post.card) if post.card else None,
            "quote": self._quote(post.quote) if post.quote else None,
            **in_script(post.lang, post.direction, post.text),
        }
        return found, [address for address in _addresses(post) if address in self._files]

    def _facts(self) -> str:
        posts = list(self._thread.posts_of_line)
        minutes = measure(posts).minutes
        return f"{day(self._thread.head.created_at)} · {counted(len(posts), 'post')} · {minutes} min read"

    def _person(self, person: Person) -> Data:
        return {
            "name": self._named(person.name, person.emojis) or [{"words": [f"@{visible(one_line(person.handle))}"]}],
            "handle": parted(f"@{visible(without_direction_marks(one_line(person.handle)))}"),
            "url": _linked(person.url),
        }

    def _named(self, words: str, emojis: tuple[Emoji, ...]) -> list[Data]:
        shown = with_emojis(without_direction_marks(one_line(words)), {emoji.shortcode: emoji.url for emoji in emojis})
        return line(shown, self._files)

    def _media(self, media: Iterable[Media], post_url: str) -> Data:
        """Pictures in rows, each row as wide as the page; what has no picture as a line of words."""
        shown: list[Data] = []
        told: list[Data] = []
        for item in media:
            described = self._item(item, post_url)
            (shown if "file" in described else told).append(described)
        return {"rows": _rows(shown), "lines": told}

    def _item(self, item: Media, post_url: str) -> Data:
        picture = self._pictures.get(still(item))
        kind = {"photo": "Picture", "video": "Video", "gif": "Animation", "audio": "Recording"}[item.type]
        alt = visible(one_line(item.alt))
        is_file = item.type == "photo" or not item.streamed
        found: Data = {"href": _linked(item.url if is_file else post_url), "is_moving": item.type in {"video", "gif"}}
        if picture is None:
            broken = " (it could not be fetched)" if item.type == "photo" or item.poster else ""
            return found | {"words": parted(": ".join(filter(None, (kind, alt))) + broken)}
        return found | {
            "file": self._files[still(item)],
            "alt": alt or f"{kind} without a description",
            "caption": " · ".join(filter(None, (kind, playing_time(item.seconds)))),
            "width": picture.width,
            "height": picture.height,
        }

    def _poll(self, poll: Poll, emojis: tuple[Emoji, ...]) -> Data:
        most = max((option.votes or 0 for option in poll.options), default=0)
        bars = [
            {
                "label": self._named(option.label, emojis),
                "percent": percent,
                "leads": bool(option.votes) and option.votes == most,
            }
            for option, percent in zip(poll.options, percents(poll), strict=True)
        ]
        return {"bars": bars, "votes": counted(poll.votes, "vote") if most else ""}

    def _card(self, card: Card) -> Data:
        picture = self._pictures.get(card.image)
        return {
            "title": parted(visible(one_line(card.title) or card.url)),
            "words": parted(visible(cut(one_line(card.description), 200))),
            "label": parted(visible(card.label or host(card.url))),
            "href": _linked(card.url),
            "file": self._files[card.image] if picture else None,
            "width": picture.width if picture else 0,
            "height": picture.height if picture else 0,
            **in_script("", direction(card.title), card.title),
        }

    def _quote(self, quote: Quote) -> Data:
        if quote.unavailable or quote.author is None:
            return {"unavailable": visible(one_line(quote.unavailable)) or "This post is not available."}
        return {
            "author": self._person(quote.author),
            "date": day(quote.created_at) if quote.created_at else "",
            "url": _linked(quote.url),
            "warning": self._named(quote.warning, ()) if quote.warning else None,
            "blocks": blocks(quote.html, self._files),
            "media": self._media(quote.media, quote.url),
            **in_script(quote.lang, direction(quote.text), quote.text),
        }


def _addresses(post: Post) -> list[str]:
    """The pictures that count towards a volume: each of them is a large one."""
    media = (*post.media, *(post.quote.media if post.quote else ()))
    return list(dict.fromkeys([*map(still, media), *([post.card.image] if post.card else [])]))


def _rows(items: list[Data]) -> list[list[Data]]:
    """As even as can be: 4 as 2 + 2, 5 as 2 + 3. Two broad pictures stand below each other, not side by side."""
    count = len(items)
    if count == 2 and all(item["width"] > 1.9 * item["height"] for item in items):
        return [[item] for item in items]
    rows = -(-count // (2 if count in {2, 4} else MOST_IN_ROW))
    edges = [count * row // rows for row in range(rows + 1)] if rows else []
    return [items[start:end] for start, end in pairwise(edges)]


def _leveled(entries: Iterable[Data]) -> list[Data]:
    """With the level of each post's heading: 2, or 3 in a branch, but never 3 right below the title."""
    shown: list[Data] = []
    deepest = 2
    for entry in entries:
        shown.append(entry | {"level": min(2 + entry["depth"], deepest)})
        deepest = 3 if entry["kind"] == "post" else deepest
    return shown


def in_script(lang: str, direction_of: str, words: str) -> Data:
    """Language, direction and forms of characters, in Typst's own terms."""
    primary, *rest = lang.split("-")
    side = direction_of if direction_of in {"ltr", "rtl"} else direction(words) or "ltr"
    country = next((part.lower() for part in rest if COUNTRY.fullmatch(part)), "")
    return {
        "lang": primary if LANGUAGE.fullmatch(primary) else "",
        "region": country,
        "dir": side,
        "cjk": fonts.region(lang, words),
        "is_arabic": side == "rtl" and ARABIC.search(words) is not None,
    }


def _regions(entries: Iterable[Data]) -> Iterator[fonts.Region]:
    for entry in entries:
        for part in (entry, entry.get("quote"), entry.get("card")):
            if part and "cjk" in part:
                yield part["cjk"]


def _families(region: fonts.Region) -> dict[str, list[str]]:
    firsts = {"serif": fonts.SERIF, "sans": fonts.SANS, "mono": fonts.MONO}
    return {name: fonts.families(first, region) for name, first in firsts.items()}


def _linked(address: str) -> str | None:
    return address if linkable(address) else None


def _parts(moment: datetime) -> list[int]:
    return list(moment.astimezone(UTC).timetuple()[:6])
