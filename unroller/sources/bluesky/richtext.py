"""The words of a record: facets by UTF-8 bytes, brought to text and safe HTML."""

from typing import Any
from urllib.parse import quote

import regex

from unroller.core.text import Entity, Rendered, compose, language, offset
from unroller.sources.bluesky.links import is_did
from unroller.sources.fields import LONGEST_WORDS, record, records, string

SITE = "https://bsky.app"
MOST_FACETS = 500
LONE_SURROGATE = regex.compile(r"[\ud800-\udfff]")


def rendered(post_record: dict[str, Any]) -> Rendered:
    """What a reader sees of a post's text."""
    # A lone surrogate and its replacement have the same three bytes, so the offsets behind it stay right.
    text = LONE_SURROGATE.sub("\ufffd", string(post_record.get("text"))[:LONGEST_WORDS])
    raw = text.encode()
    facets = records(post_record.get("facets"))[:MOST_FACETS]
    entities = [entity for facet in facets if (entity := _entity(facet, raw))]
    return compose(text, entities, escaped=False)


def spoken_language(post_record: dict[str, Any]) -> str:
    """The first language that a record names."""
    tags = post_record.get("langs")
    return next(filter(None, (language(string(tag)) for tag in tags)), "") if isinstance(tags, list) else ""


def _entity(facet: dict[str, Any], raw: bytes) -> Entity | None:
    """A facet as an entity; None when its bytes are out of range, empty, or none of its features is known to us."""
    index = record(facet.get("index"))
    start, end = index.get("byteStart"), index.get("byteEnd")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(raw):
        return None
    span = offset(raw, start), offset(raw, end)
    return next(filter(None, (_feature(feature, *span) for feature in records(facet.get("features")))), None)


def _feature(feature: dict[str, Any], start: int, end: int) -> Entity | None:
    kind = string(feature.get("$type"))
    if kind == "app.bsky.richtext.facet#link":
        return Entity(start, end, "link", string(feature.get("uri")))
    if kind == "app.bsky.richtext.facet#mention" and is_did(did := string(feature.get("did"))):
        return Entity(start, end, "mention", f"{SITE}/profile/{did}")
    if kind == "app.bsky.richtext.facet#tag" and (tag := string(feature.get("tag"))):
        return Entity(start, end, "hashtag", f"{SITE}/hashtag/{quote(tag, safe='', errors='replace')}")
    return None


def typed(post_record: dict[str, Any]) -> tuple[str, frozenset[str]]:
    """What its author typed, links by their full addresses, and the DIDs of whom they named in it."""
    text = LONE_SURROGATE.sub("\ufffd", string(post_record.get("text"))[:LONGEST_WORDS])
    raw = text.encode()
    facets = records(post_record.get("facets"))[:MOST_FACETS]
    entities = [entity for facet in facets if (entity := _entity(facet, raw))]
    full = [entity._replace(label=entity.href) for entity in entities if entity.kind == "link"]
    named = {entity.href.removeprefix(f"{SITE}/profile/") for entity in entities if entity.kind == "mention"}
    return compose(text, full, escaped=False).text, frozenset(named)
