"""The words of the articles, taken out of their templates: for the search, and for the list of what a page holds."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import NamedTuple

import regex
from django.template.loader import render_to_string

from unroller.help.articles import Article

BLOCKS = frozenset({"p", "li", "tr", "h2", "h3", "figure", "table", "ul", "ol", "dl", "div", "pre"})
BEFORE, AFTER = {"td": " · "}, {"dt": ": "}
"""What stands between parts of a block that the page sets apart: cells of a row, a word and what is said of it."""
UNREAD = frozenset({"figure"})
"""What pictures show is said beside them, too."""
SENTENCE = regex.compile(r"(?<=[.!?][”’)]?) +(?=\p{Lu}|“)")


class Passage(NamedTuple):
    """What stands under one heading; the first passage of an article has none."""

    anchor: str
    heading: str
    sentences: tuple[str, ...]


def passages(html: str) -> tuple[Passage, ...]:
    """An article's words by its headings (h2 with an id), block by block and sentence by sentence."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return tuple(Passage(anchor, heading, tuple(found)) for anchor, heading, found in reader.passages)


def body(article: Article, context: Mapping[str, object]) -> str:
    """An article's HTML."""
    return render_to_string(article.template, dict(context))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.passages: list[tuple[str, str, list[str]]] = [("", "", [])]
        self._words: list[str] = []
        self._anchor: str | None = None
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in UNREAD
        if tag in BLOCKS:
            self.end_block()
        self._words.append(BEFORE.get(tag, ""))
        if tag == "h2":
            self._anchor = dict(attrs).get("id") or ""

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD
        self._words.append(AFTER.get(tag, ""))
        if tag == "h2" and self._anchor is not None:
            self.passages.append((self._anchor, self._taken(), []))
            self._anchor = None
        elif tag in BLOCKS:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._words.append(data)

    def end_block(self) -> None:
        """What was read so far is a whole, even without a full stop."""
        if words := self._taken():
            self.passages[-1][2].extend(SENTENCE.split(words))

    def _taken(self) -> str:
        words = " ".join("".join(self._words).split())
        self._words.clear()
        return words
