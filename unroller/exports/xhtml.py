"""Well-formed XHTML: elements and words of our own, and our safe HTML brought into the order that XML asks for.

Safe HTML is safe, but HTML: unclosed, nested as its author pleased, a paragraph inside emphasis. What comes out here
nests as the rules of books want it (blocks hold blocks, paragraphs hold words), however the tags came in.
"""

import html
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit, urlunsplit

import regex

from unroller.core.text import clean, is_web, language, one_line

Draw = Callable[[str, str], str]
"""Makes XHTML of a custom emoji: its picture's address and its name."""

VOID = frozenset({"br", "img", "item", "itemref", "meta", "reference"})
NAMES = {"class_": "class", "epub_type": "epub:type", "aria_label": "aria-label", "aria_hidden": "aria-hidden"}
CONTAINERS = frozenset({"ul", "ol", "blockquote", "pre"})
LISTS = frozenset({"ul", "ol"})
INLINE = frozenset({"a", "bdi", "strong", "em", "del", "u", "code"})
MOST_DEPTH = 12
"""Blocks within blocks; deeper ones join the last, since no page is wide enough for them."""
HOST = regex.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")
TAG = regex.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")


def text(words: str) -> str:
    """Words that XML shows as they are, without what XML cannot hold."""
    return html.escape(words if words.isprintable() else clean(words))


def element(name: str, content: str = "", /, **attributes: str) -> str:
    """An element around XHTML. Attributes are words, on one line; an empty one is left out, except `alt`."""
    if attributes.get("lang"):
        attributes["xml:lang"] = attributes["lang"]
    written = "".join(
        f' {NAMES.get(key, key)}="{html.escape(value if value.isprintable() else one_line(value))}"'
        for key, value in attributes.items()
        if value or key == "alt"
    )
    return f"<{name}{written}/>" if name in VOID else f"<{name}{written}>{content}</{name}>"


def ours(content: str) -> str:
    """Our own English words, which keep their order between words from right to left."""
    return element("bdi", content, lang="en", dir="ltr")


def link(address: str, content: str, **attributes: str) -> str:
    """A link around XHTML; only its content where the address is not one that a book may hold."""
    href = uri(address)
    return element("a", content, href=href, **attributes) if href else content


def uri(address: str) -> str:
    """A web address in ASCII, as RFC 3986 writes it; empty for what is none."""
    if not is_web(address):
        return ""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:  # UnicodeError is one
        return ""
    host = f"[{host}]" if ":" in host else host.lower()
    if not HOST.fullmatch(host):
        return ""
    place = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme, place, _quoted(parts.path), _quoted(parts.query), _quoted(parts.fragment)))


def language_tag(tag: str) -> str:
    """A language as every reader of books knows it: language, script and region; the language alone where the rest is
    anything else; empty where there is none."""
    found = language(tag)
    parts = found.split("-")
    if not found:
        return ""
    shaped = [parts[0], *(part.capitalize() if len(part) == 4 else part.upper() for part in parts[1:])]
    written = "-".join(shaped)
    return written if TAG.fullmatch(written) else parts[0]


def flow(safe_html: str, draw: Draw) -> str:
    """Safe HTML as blocks."""
    return _walked(_Walk(draw, is_phrase=False), safe_html)


def phrase(safe_html: str, draw: Draw) -> str:
    """Safe HTML as words on a line: its blocks are not kept."""
    return _walked(_Walk(draw, is_phrase=True), safe_html)


def _quoted(piece: str) -> str:
    piece = regex.sub(r"%(?![0-9A-Fa-f]{2})", "%25", piece)
    return quote(piece, safe="/?:@!$&'()*+,;=~-._%", errors="ignore")


def _walked(walk: "_Walk", safe_html: str) -> str:
    # Safe HTML holds no declarations, and the parser stumbles over broken ones.
    walk.feed(clean(safe_html).replace("<!", "&lt;!"))
    walk.close()
    return walk.finished()


class _Walk(HTMLParser):
    """Writes XHTML. Blocks are opened and closed as they come; inline elements are only wished for, and opened when
    words follow, so that a block among them ends them and what follows has them again."""

    def __init__(self, draw: Draw, *, is_phrase: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._draw = draw
        self._is_phrase = is_phrase
        self._parts: list[str] = []
        self._blocks: list[str] = []
        self._wanted: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self._depth: Counter[str] = Counter()

    def finished(self) -> str:
        while self._blocks:
            self._leave()
        self._close_inline(0)
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in INLINE:
            self._want(tag, values)
        elif tag == "br":
            self._break_line()
        elif tag == "img":
            self._write(self._draw(values.get("src", ""), values.get("alt", "")))
        elif not self._is_phrase:
            self._begin(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE:
            self._unwant(tag)
        elif tag in self._blocks:
            while self._leave() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._is_writing or not data.isspace():
            self._write(text(data))

    @property
    def _is_writing(self) -> bool:
        """Whether words can stand here as they come."""
        return self._is_phrase or (bool(self._blocks) and self._blocks[-1] in {"p", "pre", "li"})

    def _begin(self, tag: str, values: dict[str, str]) -> None:
        if "pre" in self._blocks or (len(self._blocks) >= MOST_DEPTH and tag != "p"):
            return
        if tag == "li" and LISTS.intersection(self._blocks):
            while self._blocks[-1] not in LISTS:
                self._leave()
            self._enter("li", _numbers(values, "value"))
        elif tag in CONTAINERS:
            self._make_room()
            self._enter(tag, _numbers(values, "start", "reversed") if tag == "ol" else "")
        elif tag in {"p", "li"}:
            self._make_room()
            self._enter("p")

    def _make_room(self) -> None:
        """A block cannot stand in a paragraph, nor in a list but in one of its items."""
        if self._blocks and self._blocks[-1] == "p":
            self._leave()
        if self._blocks and self._blocks[-1] in LISTS:
            self._enter("li")

    def _enter(self, tag: str, attributes: str = "") -> None:
        self._close_inline(0)
        self._blocks.append(tag)
        self._parts.append(f"<{tag}{attributes}>")

    def _leave(self) -> str:
        self._close_inline(0)
        tag = self._blocks.pop()
        self._parts.append(f"</{tag}>")
        return tag

    def _want(self, tag: str, values: dict[str, str]) -> None:
        self._depth[tag] += 1
        if self._depth[tag] > 1:
            return
        href = uri(values.get("href", "")) if tag == "a" else ""
        if href or tag != "a":
            self._wanted.append((tag, f'<a href="{html.escape(href)}">' if href else f"<{tag}>"))

    def _unwant(self, tag: str) -> None:
        self._depth[tag] = max(0, self._depth[tag] - 1)
        if not self._depth[tag]:
            self._wanted = [wish for wish in self._wanted if wish[0] != tag]

    def _break_line(self) -> None:
        if self._is_phrase:
            self._write(" ")
        elif self._is_writing:
            self._write("\n" if "pre" in self._blocks else "<br/>")

    def _write(self, markup: str) -> None:
        """Markup of words, in the paragraph or item and the inline elements it belongs to."""
        if not markup:
            return
        if not self._is_writing:
            self._make_room()
            if not self._is_writing:
                self._enter("p")
        kept = 0
        while kept < min(len(self._open), len(self._wanted)) and self._open[kept] == self._wanted[kept]:
            kept += 1
        self._close_inline(kept)
        for wish in self._wanted[kept:]:
            self._parts.append(wish[1])
            self._open.append(wish)
        self._parts.append(markup)

    def _close_inline(self, kept: int) -> None:
        while len(self._open) > kept:
            self._parts.append(f"</{self._open.pop()[0]}>")


def _numbers(values: dict[str, str], *names: str) -> str:
    """What a list counts by."""
    found = ""
    for name in names:
        if name == "reversed" and name in values:
            found += ' reversed="reversed"'
        elif regex.fullmatch(r"-?\d{1,9}", values.get(name, ""), regex.ASCII):
            found += f' {name}="{values[name]}"'
    return found
