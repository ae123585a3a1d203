"""What hangs on a post on X: pictures and video, a poll, the card of a link or of an article."""

from collections.abc import Mapping

import regex

from unroller.core.posts import Card, Media, MediaType, Option, Poll
from unroller.core.text import clean, is_web, one_line
from unroller.sources.x.gathered import Gathered
from unroller.sources.x.payload import (
    Json,
    mapping,
    media_keys,
    moment,
    note,
    number,
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
    poster = _address(entry, "preview_image_url")
    playable, streamed = ("", False) if kind == "photo" else _file(objects(entry.get("variants")))
    if not playable:
        # Also a video of which X shows only the picture.
        kind, playable, poster = "photo", _address(entry, "url") or poster, ""
    if kind is None or not playable:
        return None
    return Media(
        type=kind,
        url=playable,
        alt=clean(string(entry, "alt_text"))[:MOST_ALT].strip(),
        width=number(entry, "width"),
        height=number(entry, "height"),
        poster=poster,
        seconds=number(entry, "duration_ms") / 1000 if kind != "photo" else 0,
        streamed=streamed,
    )


def _file(variants: list[Json]) -> tuple[str, bool]:
    """The best file of a video that is not too wide, else its first; the playlist only where there is no file."""
    files = [each for each in variants if string(each, "content_type") == "video/mp4" and _address(each, "url")]
    fitting = [each for each in files if _width(each) <= WIDEST]
    if fitting:
        return _address(max(fitting, key=lambda each: number(each, "bit_rate")), "url"), False
    if files:
        return _address(files[0], "url"), False
    return next((found for each in variants if (found := _address(each, "url"))), ""), True


def _width(variant: Json) -> int:
    """As the address tells it; 0 where it does not."""
    found = SIZE.search(string(variant, "url"))
    return int(found.group(1)) if found else 0


def _address(entry: Json, name: str) -> str:
    found = string(entry, name)
    return found if is_web(found) else ""


def poll(gathered: Gathered, post: Json) -> Poll | None:
    entry = next((gathered.polls[key] for key in poll_ids(post) if key in gathered.polls), {})
    options = sorted(objects(entry.get("options")), key=lambda option: number(option, "position"))
    if not options:
        return None
    return Poll(
        options=tuple(
            Option(label=one_line(string(option, "label"))[:MOST_TITLE], votes=number(option, "votes"))
            for option in options
        ),
        ends_at=moment(string(entry, "end_datetime")),
    )


def card(gathered: Gathered, post: Json, *, url: str) -> Card | None:
    """The card of an article, else of the last link whose page says what it is. `url`: the post's own address."""
    links = [*_links(post), *objects(mapping(note(post).get("entities")).get("urls"))]
    for name in ("article", "article_title"):
        if title := one_line(string(mapping(post.get(name)), "title"))[:MOST_TITLE]:
            return Card(url=_article_link(links) or url, title=title, image=_cover(gathered, post), label="x.com")
    described = [link for link in links if string(link, "title") and _address(link, "url")]
    if not described:
        return None
    link = max(described, key=span)
    images = objects(link.get("images"))
    return Card(
        url=_address(link, "url"),
        title=one_line(string(link, "title"))[:MOST_TITLE],
        description=one_line(string(link, "description"))[:MOST_DESCRIPTION],
        image=next((found for each in images if (found := _address(each, "url"))), ""),
        label=one_line(string(link, "display_url"))[:MOST_TITLE],
    )


def _links(post: Json) -> list[Json]:
    return objects(mapping(post.get("entities")).get("urls"))


def _article_link(links: list[Json]) -> str:
    found = (link for link in links if "/article/" in string(link, "expanded_url", "unwound_url"))
    return next((address for link in found if (address := _address(link, "url"))), "")


def _cover(gathered: Gathered, post: Json) -> str:
    key = string(mapping(post.get("article")), "cover_media")
    return _address(gathered.media.get(key, {}), "url")
