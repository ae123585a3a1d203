"""The words of a post on X: links by their display text, what X hides hidden, offsets in code points."""

from collections.abc import Iterator, Set
from typing import NamedTuple
from urllib.parse import quote

import regex

from unroller.core.text import Entity, Rendered, autolinks, clean, compose, one_line, unescape
from unroller.sources.fields import count, record
from unroller.sources.x.payload import (
    Json,
    answered_id,
    handle,
    history,
    note,
    objects,
    parent_id,
    person_id,
    span,
    string,
)

STATUS = regex.compile(r"https?://[^/]+/(?:[^?#]*/)?status(?:es)?/([0-9]{1,19})(?:[/?#].*)?", regex.IGNORECASE)
HANDLES = regex.compile(r"(?:[@＠]\w{1,20}\s+)*")
HANDLE_BEFORE = regex.compile(r"[@＠](\w{1,20})(?:\s+|$)")
NAMED = regex.compile(r"(?<![\w@＠/])[@＠](\w{1,20})(?!\w)")
CODE = regex.compile(r"&(?:amp|lt|gt);")
BARE = regex.compile(r"&(?!(?:amp|lt|gt);)|[<>]")


def render(post: Json, *, greeted: Set[str] = frozenset(), hidden: Set[str] = frozenset()) -> Rendered:
    """A post's words. `hidden`: posts shown as cards, whose link at the end goes; `greeted`: handles, in lower case,
    that are not shown at the beginning of a reply that does not tell where its own words begin.

    The whole text of a long post replaces the cut one. X's policy for links: shown by `display_url`, leading to the
    t.co address, with the full one as title.
    """
    raw, spoken, escaped = _spoken(post)
    links = [link for link in objects(spoken.get("urls")) if span(link)[1]]
    lead = _lead(raw, post, greeted)
    end = max(lead, _end(raw, links, hidden | set(history(post))))
    found = [Entity(0, lead, "drop"), Entity(end, len(raw), "drop")]
    found += map(_link, links) if spoken else _plain_links(raw, escaped=escaped)
    found += _names(raw, spoken)
    return compose(raw, found, escaped=escaped)


class Typed(NamedTuple):
    """What an author typed, links by their full addresses, and whom they name in it: ids, and handles in lower case."""

    text: str
    names: frozenset[str]


def typed(post: Json) -> Typed:
    """A post's words behind the handles that X puts before a reply; all leading ones where X does not tell which."""
    raw, spoken, escaped = _spoken(post)
    links = [link for link in objects(spoken.get("urls")) if span(link)[1]]
    lead = _typed_lead(raw, post)
    end = max(lead, _end(raw, links, set(history(post))))
    full = [Entity(*span(link), "link", label=string(link, "expanded_url", "url")) for link in links]
    text = compose(raw, [Entity(0, lead, "drop"), Entity(end, len(raw), "drop"), *full], escaped=escaped).text
    mentions = [each for each in objects(spoken.get("mentions")) if lead <= span(each)[0] < span(each)[1] <= end]
    names = {name for each in mentions for name in (person_id(each.get("id")), handle(each).lower())}
    if not spoken.get("mentions"):
        names = {name.lower() for name in NAMED.findall(raw[lead:end])}
    return Typed(text, frozenset(names - {""}))


def _typed_lead(raw: str, post: Json) -> int:
    """The same where nothing may be taken for typed by mistake: a range that begins where no handle ends is none."""
    everybody = {name.lower() for name in NAMED.findall(raw)}
    lead, shown = _lead(raw, post, everybody), post.get("display_text_range")
    is_wrong = isinstance(shown, list) and len(shown) == 2 and not lead and count(shown[0]) > 0 and not note(post)
    return _lead(raw, {**post, "display_text_range": None}, everybody) if is_wrong else lead


def _spoken(post: Json) -> tuple[str, Json, bool]:
    """The text that counts, its entities, and whether it is escaped."""
    long = note(post)
    raw = string(long, "text")
    if not raw:
        return string(post, "text"), record(post.get("entities")), True
    spoken = record(long.get("entities"))
    raw, escaped = _note_text(raw, spoken)
    return raw, spoken, escaped


def _plain_links(raw: str, *, escaped: bool) -> list[Entity]:
    """Posts of before 2011 came without entities."""
    found = autolinks(raw)
    return [each._replace(href=unescape(each.href)) for each in found] if escaped else found


def _note_text(raw: str, entities: Json) -> tuple[str, bool]:
    """The text that a note's offsets count in, and whether it is escaped: X does not say, so it is found out.

    Where entities fit only the unescaped text, that is the text; else it is escaped where it holds codes and none of
    the characters they stand for.
    """
    plain = unescape(raw)
    if plain != raw and _fits(plain, entities) > _fits(raw, entities):
        return plain, False
    return raw, CODE.search(raw) is not None and BARE.search(raw) is None


def _fits(raw: str, entities: Json) -> int:
    """How many entities stand where the text has what they name."""
    return sum(
        raw[slice(*span(entity))].casefold().lstrip("@＠#＃$") == string(entity, name).casefold()
        for kind, name in (("urls", "url"), ("mentions", "username"), ("hashtags", "tag"), ("cashtags", "tag"))
        for entity in objects(entities.get(kind))
        if span(entity)[1]
    )


def _end(raw: str, links: list[Json], hidden: Set[str]) -> int:
    """Where the shown text ends: before the links at its end that stand for media, a card, or the post itself."""
    end = len(raw.rstrip())
    for link in sorted(links, key=span, reverse=True):
        start, stop = span(link)
        if stop > len(raw) or start >= end:
            continue  # past the end of a cut text, or a second picture under the same link
        if stop < end or not (string(link, "media_key") or target(link) in hidden):
            break
        end = len(raw[:start].rstrip())
    return end


def target(link: Json) -> str:
    """The post that a link leads to, if it leads to one."""
    found = STATUS.fullmatch(string(link, "expanded_url"))
    return found.group(1) if found else ""


def _lead(raw: str, post: Json, greeted: Set[str]) -> int:
    """Where the shown text begins: behind the handles that X puts before a reply."""
    if not parent_id(post) and not answered_id(post):
        return 0
    shown = post.get("display_text_range")
    if isinstance(shown, list) and len(shown) == 2:
        start = count(shown[0])
        own = string(post, "text")[:start]
        return start if HANDLES.fullmatch(own) and raw.startswith(own) else 0
    end = 0
    while (found := HANDLE_BEFORE.match(raw, end)) and found.group(1).lower() in greeted:
        end = found.end()
    return end


def _link(link: Json) -> Entity:
    start, end = span(link)
    full = string(link, "expanded_url")
    shown = string(link, "display_url") or regex.sub(r"^https?://(www\.)?", "", full)
    return Entity(start, end, "link", string(link, "url") or full, shown, one_line(full))


def _names(raw: str, entities: Json) -> Iterator[Entity]:
    """Mentions, hashtags and cashtags, where the text really has one; fullwidth signs count."""
    for mention in objects(entities.get("mentions")):
        start, end = span(mention)
        if raw[start:end].startswith(("@", "＠")) and (name := handle(mention)):
            yield Entity(start, end, "mention", f"https://x.com/{name}")
    for tag in objects(entities.get("hashtags")):
        start, end = span(tag)
        if raw[start:end].startswith(("#", "＃")) and (name := clean(string(tag, "tag"))):
            yield Entity(start, end, "hashtag", f"https://x.com/hashtag/{quote(name, safe='')}")
    for tag in objects(entities.get("cashtags")):
        start, end = span(tag)
        if raw[start:end].startswith("$") and (name := clean(string(tag, "tag"))):
            yield Entity(start, end, "cashtag", f"https://x.com/search?q=%24{quote(name, safe='')}")
