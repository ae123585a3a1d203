"""Passages of a post: where some of its words stand, and where they stand once the post was changed.

The words of a post are the text of its safe HTML as a browser has it (`textContent`), so that a reader's selection and
our rows count the same thing: code points. Lines and paragraphs end without leaving a trace there; they are known
beside the words, and a passage that is kept has Unicode's own separators in those places, which no words contain.
"""

from hashlib import sha256
from html.parser import HTMLParser
from typing import NamedTuple

LINE = "\u2028"
PARAGRAPH = "\u2029"
BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li"})
SPACES = {ord(LINE): " ", ord(PARAGRAPH): " "}
BARE = {ord(LINE): None, ord(PARAGRAPH): None}
SHOWN = {ord(LINE): "\n", ord(PARAGRAPH): "\n\n"}


class Words(NamedTuple):
    """What a post says. `breaks`: after how many code points a line or a paragraph ends, in order."""

    text: str
    breaks: tuple[tuple[int, str], ...] = ()


class Place(NamedTuple):
    """A passage by its first code point and their number."""

    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


def visible(html: str) -> str:
    """The text of our safe HTML as a browser counts it; a separator that an author typed is a space here."""
    return read(html).text


def read(html: str) -> Words:
    """The same, with where its lines and paragraphs end."""
    walk = _Walk()
    walk.feed(html)
    walk.close()
    return Words("".join(walk.parts), tuple(walk.breaks.items()))


def selected(quote: str) -> str:
    """What a browser says was selected, as `visible` has it. Forms send CR LF where there was a newline."""
    return quote.replace("\r\n", "\n").translate(SPACES)


def trimmed(place: Place, quote: str) -> tuple[Place, str]:
    """A passage without white space around it."""
    core = quote.strip()
    return Place(place.start + len(quote) - len(quote.lstrip()), len(core)), core


def locate(text: str, quote: str, *, near: int) -> Place | None:
    """Where words stand, as near as possible to where they stood; None when they are gone. Linear in the text."""
    if not quote:
        return None
    if text.startswith(quote, near):
        return Place(near, len(quote))
    after = text.find(quote, near)
    before = _last(text, quote, near)
    nearest = min((start for start in (before, after) if start >= 0), key=lambda start: abs(start - near), default=None)
    return Place(nearest, len(quote)) if nearest is not None else None


def standing(text: str, place: Place, digest_then: str) -> bool:
    """Whether the passage with a digest stands in a place."""
    return place.end <= len(text) and digest(text[place.start : place.end]) == digest_then


def quoted(words: Words, place: Place) -> str:
    """A passage as it is kept, with separators where its lines and paragraphs end."""
    parts, done = [], place.start
    for position, sign in words.breaks:
        if place.start < position < place.end:
            parts += [words.text[done:position], sign]
            done = position
    return "".join([*parts, words.text[done : place.end]])


def bare(kept: str) -> str:
    """A kept passage as `visible` has it."""
    return kept.translate(BARE)


def readable(kept: str) -> str:
    """A kept passage as people read it: newlines, and empty lines between paragraphs."""
    return kept.translate(SHOWN)


def digest(quote: str) -> str:
    """SHA-256 of a passage as `visible` has it, in hexadecimal."""
    return sha256(quote.encode()).hexdigest()


def _last(text: str, quote: str, near: int) -> int:
    """The last place that begins before `near`; -1 when there is none. Turned round, since `rfind` may be quadratic."""
    end = min(len(text), near + len(quote))
    turned = text[:end][::-1].find(quote[::-1])
    return end - turned - len(quote) if turned >= 0 else -1


class _Walk(HTMLParser):
    """Collects text. A newline that follows <pre> at once is no text to a browser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.breaks: dict[int, str] = {}
        self._count = 0
        self._begins_pre = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._begins_pre = tag == "pre"
        if tag == "br":
            self.breaks.setdefault(self._count, LINE)
        elif tag in BLOCKS:
            self._end_paragraph(tag)

    def handle_endtag(self, tag: str) -> None:
        self._begins_pre = False
        if tag in BLOCKS:
            self._end_paragraph(tag)

    def handle_data(self, data: str) -> None:
        if self._begins_pre:
            data = data.removeprefix("\n")
            self._begins_pre = False
        self.parts.append(data.translate(SPACES))
        self._count += len(data)

    def _end_paragraph(self, tag: str) -> None:
        if tag == "li":
            self.breaks.setdefault(self._count, LINE)
        else:
            self.breaks[self._count] = PARAGRAPH
