"""What hangs on a post on X: pictures and video, a poll, the card of a link or of an article."""

from collections.abc import Iterable, Mapping

import regex

from unroller.core.posts import Card, Media, MediaType, Option, Poll
from unroller.core.text import one_line
from unroller.sources.fields import address, count, moment, record, words
from unroller.sources.x.gathered import Gathered
from unroller.sources.x.payload import (
    Json,
    media_keys,
    note,
    objects,
    poll_ids,
    span,
    string,
)

WIDEST = 1280
"""Pixels; wider files of a video are for screens larger than a column of text."""
TYPES: Mapping[str, MediaType] = {"photo": "photo", "video": "video", "animated_gif": "gif"}
SIZE = regex.compile(r"/([0-9]{2,5})x[0-9]{2,5}/")
MOST_ALT = 5_000
MOST_TITLE = 300
MOST_DESCRIPTION = 600


def media(gathered: Gathered, post: Json) -> tuple[Media, ...]:
    """A post's media in the author's order; what X does not describe is left out."""
    found = (gathered.media.get(key) for key in dict.fromkeys(media_keys(post)))
    return tuple(shown for entry in found if entry and (shown := _medium(entry)))


def _medium(entry: Json) -> Media | None:
    kind = TYPES.get(string(entry, "type"))
    poster = address(entry.get("preview_image_url"))
    playable, streamed = ("", False) if kind == "photo" else _file(objects(entry.get("variants")))
    if not playable:
        # Also a video of which X shows only the picture.
        kind, playable, poster = "photo", address(entry.get("url")) or poster, ""
    if kind is None or not playable:
        return None
    return Media(
        type=kind,
        url=playable,
        alt=words(entry.get("alt_text"))[:MOST_ALT].strip(),
        width=count(entry.get("width")),
        height=count(entry.get("height")),
        poster=poster,
        seconds=count(entry.get("duration_ms")) / 1000 if kind != "photo" else 0,
        streamed=streamed,
    )


def _file(variants: list[Json]) -> tuple[str, bool]:
    """The best file of a video that is not too wide, else its first; the playlist only where there is no file."""
    files = [each for each in variants if string(each, "content_type") == "video/mp4" and address(each.get("url"))]
    fitting = [each for each in files if _width(each) <= WIDEST]
    if fitting:
        return address(max(fitting, key=lambda each: count(each.get("bit_rate"))).get("url")), False
    return (_first_address(files), False) if files else (_first_address(variants), True)


def _first_address(entries: Iterable[Json]) -> str:
    return next((found for entry in entries if (found := address(entry.get("url")))), "")


def _width(variant: Json) -> int:
    """As the address tells it; 0 where it does not."""
    found = SIZE.search(string(variant, "url"))
    return int(found.group(1)) if found else 0


def poll(gathered: Gathered, post: Json) -> Poll | None:
    entry = next((gathered.polls[key] for key in poll_ids(post) if key in gathered.polls), {})
    options = sorted(objects(entry.get("options")), key=lambda option: count(option.get("position")))
    if not options:
        return None
    return Poll(
        options=tuple(
            Option(label=one_line(string(option, "label"))[:MOST_TITLE], votes=count(option.get("votes")))
            for option in options
        ),
        ends_at=moment(entry.get("end_datetime")),
    )


def card(gathered: Gathered, post: Json, *, url: str) -> Card | None:
    """The card of an article, else of the last link whose page says what it is. `url`: the post's own address."""
    links = [link for source in (post, note(post)) for link in objects(record(source.get("entities")).get("urls"))]
    for name in ("article", "article_title"):
        if title := one_line(string(record(post.get(name)), "title"))[:MOST_TITLE]:
            article = _first_address(link for link in links if "/article/" in string(link, "expanded_url"))
            return Card(url=article or url, title=title, image=_cover(gathered, post), label="x.com")
    described = [link for link in links if string(link, "title") and address(link.get("url"))]
    if not described:
        return None
    link = max(described, key=span)
    return Card(
        url=address(link.get("url")),
        title=one_line(string(link, "title"))[:MOST_TITLE],
        description=one_line(string(link, "description"))[:MOST_DESCRIPTION],
        image=_first_address(objects(link.get("images"))),
        label=one_line(string(link, "display_url"))[:MOST_TITLE],
    )


def _cover(gathered: Gathered, post: Json) -> str:
    key = string(record(post.get("article")), "cover_media")
    return address(gathered.media.get(key, {}).get("url"))
