"""What X makes of an author's text: t.co links, escaping, entities by code point, long posts cut short."""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..ids import short_code
from ..media import Attachment, Clip
from ..wire import Json, filled
from .model import Person, Post

LONGEST = 280
SHORT_LINK = 23
CUT_AT = 250
ELLIPSIS = "…"

MARKS = "".join(filter(lambda letter: unicodedata.category(letter)[0] == "M", map(chr, range(sys.maxunicode + 1))))
"""They belong to a hashtag as letters do: half the words of Hindi or Tamil would be cut without them."""
PIECE = re.compile(
    r"(?P<url>https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+)"
    r"|(?<![\w@＠])[@＠](?P<mention>[A-Za-z0-9_]{1,15})(?![\w@])"
    rf"|(?<![\w&])[#＃](?!\ufe0f|\u20e3)(?P<hashtag>[\w{MARKS}]*[^\W\d_][\w{MARKS}]*)"
    r"|(?<![\w$])\$(?P<cashtag>[A-Za-z]{1,6})(?!\w)"
)
AFTER_URL = ".,;:!?)'\"]"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a text needs to know beyond itself; `tails` are the links X appends (quoted post, media)."""

    lookup: Callable[[str], Person | None]
    notes_escaped: bool = False
    tails: tuple[Json, ...] = ()
    card_facts: Json = field(default_factory=dict)


@dataclass(slots=True)
class Woven:
    """Text with its entities; indices are code points into `text`, half-open."""

    text: str = ""
    entities: dict[str, list[Json]] = field(default_factory=dict)

    def add(self, shown: str, kind: str = "", **facts: Any) -> None:
        start = len(self.text)
        self.text += shown
        if kind:
            self.place(kind, start, len(self.text), **facts)

    def place(self, kind: str, start: int, end: int, **facts: Any) -> None:
        self.entities.setdefault(kind, []).append({"start": start, "end": end, **facts})


@dataclass(slots=True)
class Composed:
    """The three fields a post's text becomes; `note` only for a long one."""

    text: str
    entities: dict[str, list[Json]]
    display_range: tuple[int, int]
    note: Json | None = None


def compose(post: Post, setting: Setting) -> Composed:
    """All of a post's text: whom it greets, what its author wrote, the links X appends."""
    woven = Woven()
    for person in post.greeted:
        woven.add(f"@{person.username}", "mentions", username=person.username, id=person.id)
        woven.add(" ")
    lead = len(woven.text)
    if is_long(post.text):
        return cut_short(post, setting, woven)
    weave(woven, post, setting, escaped=True)
    shown = len(woven.text)
    for position, tail in enumerate(setting.tails):
        append_tail(woven, tail, first=position == 0)
        if tail["kind"] == "quote":
            shown = len(woven.text)
    return Composed(woven.text, woven.entities, (lead, shown))


def cut_short(post: Post, setting: Setting, woven: Woven) -> Composed:
    """A long post: `text` ends near 280 with a link to itself, the whole of it is the note.

    The media links keep the indices they would have behind the whole text, past the end of the short one.
    """
    lead, greeting = len(woven.text), woven.text
    whole = Woven(greeting, {kind: list(found) for kind, found in woven.entities.items()})
    weave(whole, post, setting, escaped=True)
    note = Woven()
    weave(note, post, setting, escaped=setting.notes_escaped)
    end = cut_position(whole, limit=max(lead, CUT_AT))
    for kind, found in whole.entities.items():
        woven.entities[kind] = [entity for entity in found if entity["end"] <= end]
    woven.text = whole.text[:end] + ELLIPSIS
    shown = len(woven.text)
    woven.add(" ")
    own = f"https://{post.domain}/i/web/status/{post.id}"
    short = f"https://t.co/{short_code(own)}"
    woven.add(short, "urls", **link_facts(short, own))
    for position, tail in enumerate(setting.tails):
        append_tail(whole, tail, first=position == 0)
        woven.entities["urls"].append(whole.entities["urls"][-1])
    entities = {kind: found for kind, found in woven.entities.items() if found}
    return Composed(woven.text, entities, (lead, shown), filled({"text": note.text, "entities": note.entities}))


def cut_position(whole: Woven, *, limit: int) -> int:
    """The end of the last word before `limit` that cuts neither an entity nor an `&amp;`."""
    end = limit
    spans = [(entity["start"], entity["end"]) for found in whole.entities.values() for entity in found]
    spans += [match.span() for match in re.finditer(r"&(?:amp|lt|gt);|\S+", whole.text)]
    for start, stop in spans:
        if start < end < stop and stop - start < limit // 2:
            end = min(end, start)
    return len(whole.text[:end].rstrip())


def weave(woven: Woven, post: Post, setting: Setting, *, escaped: bool) -> None:
    """Adds the author's text, each link as t.co, everything else escaped where X escapes."""
    plain = escape if escaped else str
    for found, between in pieces(post.text):
        woven.add(plain(between))
        if found is None:
            return
        if url := found["url"]:
            kept = url.rstrip(AFTER_URL)
            short = f"https://t.co/{short_code(f'{post.original.id} {kept}')}"
            card_facts = setting.card_facts if post.card and post.card.url == kept else {}
            woven.add(short, "urls", **link_facts(short, kept), **card_facts)
            woven.add(plain(url[len(kept) :]))
        elif name := found["mention"]:
            add_mention(woven, found.group(), setting.lookup(name))
        elif tag := found["hashtag"]:
            woven.add(found.group(), "hashtags", tag=tag)
        else:
            woven.add(found.group(), "cashtags", tag=found["cashtag"])


def pieces(text: str) -> Iterator[tuple[re.Match[str] | None, str]]:
    """Each thing X recognises with the plain text before it; last the plain text behind them all."""
    position = 0
    for found in PIECE.finditer(text):
        yield found, text[position : found.start()]
        position = found.end()
    yield None, text[position:]


def add_mention(woven: Woven, shown: str, person: Person | None) -> None:
    """X knows only handles that exist; others stay text."""
    if person is None:
        woven.add(shown)
    else:
        woven.add(shown, "mentions", username=shown[1:], id=person.id)


def append_tail(woven: Woven, tail: Json, *, first: bool) -> None:
    """One link behind the text; several media of one post share one link, with an entity each."""
    url, expanded = tail["url"], tail["expanded"]
    latest = woven.entities.get("urls", [])
    facts = link_facts(url, expanded, display=tail.get("display", ""))
    if key := tail.get("media_key"):
        facts["media_key"] = key
    if not first and latest and latest[-1]["url"] == url:
        woven.place("urls", latest[-1]["start"], latest[-1]["end"], **facts)
        return
    if woven.text:
        woven.add(" ")
    woven.add(url, "urls", **facts)


def media_tails(post: Post, keys: list[str]) -> list[Json]:
    """The links to a post's own photos or video."""
    code = short_code(f"{post.original.id} media")
    tails = []
    for number, (attachment, key) in enumerate(zip(post.media, keys, strict=True), start=1):
        expanded = f"https://{post.domain}/{post.author.username}/status/{post.id}/{kind_of(attachment)}/{number}"
        tail = {"kind": "media", "url": f"https://t.co/{code}", "expanded": expanded, "media_key": key}
        tails.append({**tail, "display": f"pic.{post.domain}/{code}"})
    return tails


def quote_tail(post: Post, quoted_link: str) -> Json:
    return {
        "kind": "quote",
        "url": f"https://t.co/{short_code(f'{post.original.id} quote')}",
        "expanded": quoted_link,
    }


def kind_of(attachment: Attachment) -> str:
    return "video" if isinstance(attachment, Clip) else "photo"


def link_facts(short: str, expanded: str, *, display: str = "") -> Json:
    """A url entity's facts; `display_url` holds the host and 15 characters of the path."""
    host, slash, path = re.sub(r"^https?://(www\.)?", "", expanded).partition("/")
    path = slash + path
    shown = display or (host + (path if len(path) <= 15 else path[:15] + ELLIPSIS)).rstrip("/")
    return {"url": short, "expanded_url": expanded, "display_url": shown}


def escape(text: str) -> str:
    """Exactly the three characters X escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def is_long(text: str) -> bool:
    """Whether it takes more than an ordinary post holds."""
    return weight(text) > LONGEST


def weight(text: str) -> int:
    """How much of the 280 a text takes: a link 23, letters of most scripts outside Latin two each."""
    total = 0
    for found, between in pieces(text):
        total += sum(1 if letter <= "\u10ff" or "\u2000" <= letter <= "\u201f" else 2 for letter in between)
        if found is not None:
            total += SHORT_LINK if found["url"] else len(found.group())
    return total
