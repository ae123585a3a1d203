"""The words of a post: entities cut out of raw text, escaped exactly once, with language and direction.

The order matters and is always the same: slice by the network's offsets first, unescape each piece after, clean, then
escape for HTML. Unescaping or cleaning first would move every offset behind it.
"""

import html
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

import regex

REL = "nofollow noopener ugc"

Kind = Literal["link", "mention", "hashtag", "cashtag", "drop"]


class Entity(NamedTuple):
    """A span of raw text, half-open, in code points. `label` replaces the slice where it is not empty; `drop` removes
    it; `title` is the full address of a shortened link."""

    start: int
    end: int
    kind: Kind
    href: str = ""
    label: str = ""
    title: str = ""


class Rendered(NamedTuple):
    """What a reader sees, as text and as safe HTML."""

    text: str
    html: str


def compose(raw: str, entities: Iterable[Entity], *, escaped: bool) -> Rendered:
    """Raw text with its entities put in. `escaped`: the network escaped `&`, `<` and `>` in the raw text.

    Entities that are empty, out of range or overlap an earlier one are left as plain text. The marks of a last letter
    belong to its entity.
    """
    texts: list[str] = []
    markup: list[str] = []
    position = 0

    def plain(piece: str) -> None:
        words = clean(unescape(piece) if escaped else piece)
        texts.append(words)
        markup.append(html.escape(words))

    for entity in sorted(entities, key=lambda entity: (entity.start, -entity.end)):
        if not position <= entity.start < entity.end <= len(raw):
            continue
        plain(raw[position : entity.start])
        marks = MARKS.match(raw, entity.end)
        position = marks.end() if marks else entity.end
        if entity.kind != "drop":
            piece = raw[entity.start : position]
            label = one_line(entity.label or (unescape(piece) if escaped else piece))
            texts.append(label)
            markup.append(anchor(entity.href, label, kind=entity.kind, title=entity.title) if label else "")
    plain(raw[position:])
    return Rendered("\n\n".join(_blocks("".join(texts))), paragraphs("".join(markup)))


MARKS = regex.compile(r"[\p{M}\p{Grapheme_Extend}\p{Emoji_Modifier}]+")
"""What belongs to the letter before it: vowel signs, accents, skin tones."""


def anchor(href: str, label: str, *, kind: Kind = "link", title: str = "") -> str:
    """A link as safe HTML; only its label where the address is not http(s). Names stand in <bdi>."""
    shown = f"<bdi>{html.escape(label)}</bdi>"
    if not is_web(href):
        return shown
    title = one_line(title)
    extra = f' title="{html.escape(title)}"' if title and title != href else ""
    name = "" if kind == "link" else f' class="{kind}"'
    return f'<a{name} href="{html.escape(href)}" rel="{REL}"{extra}>{shown}</a>'


def is_web(address: str) -> bool:
    """Whether a browser may follow this address: http or https, without control characters."""
    return regex.fullmatch(r"https?://[^\s\p{C}]+", address, regex.IGNORECASE) is not None


def paragraphs(markup: str) -> str:
    """Escaped text with newlines as <p> and <br>."""
    return "".join("<p>" + block.replace("\n", "<br>") + "</p>" for block in _blocks(markup))


def _blocks(words: str) -> list[str]:
    """What stands between empty lines, without white space around it and at the ends of its lines."""
    blocks = (block.strip() for block in regex.split(r"\n[ \t]*\n\s*", words.strip()))
    return [regex.sub(r"[ \t]*\n", "\n", block) for block in blocks if block]


def unescape(piece: str) -> str:
    """Undo X's escaping: exactly three entities, `&amp;` last, so that `&amp;lt;` stays `&lt;`."""
    return piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


UNUSABLE = regex.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(words: str) -> str:
    """Without what no storage and no reader can use: control characters but newline and tab, lone surrogates."""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    return UNUSABLE.sub("", words)


def one_line(words: str) -> str:
    """Cleaned, with every run of white space as one space: for names, labels and titles."""
    return " ".join(clean(words).split())


def without_direction_marks(words: str) -> str:
    """Without bidirectional controls: for titles and file names, where an unclosed one would turn its surroundings."""
    return regex.sub(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", words)


def offset(raw: bytes, position: int) -> int:
    """The code point at a byte position of UTF-8 text; a position inside a character counts as its beginning."""
    return len(raw[: max(0, position)].decode("utf-8", "ignore"))


def autolinks(raw: str) -> list[Entity]:
    """Plain web addresses in text for which the network sent no entities (posts before 2011)."""
    found = regex.finditer(r"https?://[^\s\p{C}<>\"]+[^\s\p{C}<>\".,;:!?)\]]", raw, regex.IGNORECASE)
    return [Entity(match.start(), match.end(), "link", match.group()) for match in found]


UNSPOKEN = frozenset({"und", "zxx", "qam", "qct", "qht", "qme", "qst", "art", "mul", "mis"})
RENAMED = {"iw": "he", "in": "id", "ji": "yi"}


def language(tag: str) -> str:
    """A network's language as a BCP 47 tag for `lang`; empty where it stands for no language."""
    tag = tag.strip()
    if not regex.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag):
        return ""
    primary, _, rest = tag.partition("-")
    primary = RENAMED.get(primary.lower(), primary.lower())
    return "" if primary in UNSPOKEN else "-".join(filter(None, (primary, rest)))


LEADING = regex.compile(
    r"^(?:\s*(?:[@#＠＃]\S+|https?://\S+|(?:[a-z0-9-]++\.)++[a-z]{2,}+(?:/\S*+)?(?!\S)))+", regex.IGNORECASE
)
"""Handles, hashtags and addresses (in full, or as a link shows them) before the first word."""


def direction(words: str) -> Literal["", "ltr", "rtl"]:
    """Direction of the first strong letter, looking past leading handles, hashtags and addresses; empty without one."""
    words = LEADING.sub("", words) or words
    for letter in words:
        kind = unicodedata.bidirectional(letter)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return ""
