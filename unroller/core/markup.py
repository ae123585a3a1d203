"""HTML that came from a network: made safe, then brought to the few tags the product knows.

`nh3` decides what is allowed. What it lets through is walked once more to collapse Mastodon's split links, to put
custom emoji into text nodes, and to read the text a reader sees.
"""

import html
from collections.abc import Mapping
from html.parser import HTMLParser

import nh3
import regex

from unroller.core.text import REL, Rendered, clean, is_web

TAGS = frozenset(
    [
        "p",
        "br",
        "span",
        "a",
        "del",
        "pre",
        "code",
        "em",
        "strong",
        "b",
        "i",
        "u",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ]
)
ATTRIBUTES = {
    "a": {"href", "class"},
    "span": {"class"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
RENAMED = {"b": "strong", "i": "em", "h1": "p", "h2": "p", "h3": "p", "h4": "p", "h5": "p", "h6": "p"}
BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li"})
LISTS = frozenset({"ul", "ol", "li"})
BULLET = "• "
SHORTCODE = regex.compile(r":([A-Za-z0-9_]{1,64}):")
MOST_MARKUP = 100_000
"""Characters that are read; the longest posts of any server we know are half of that."""


def safe(source: str, *, emojis: Mapping[str, str] | None = None, without_quote_link: bool = False) -> Rendered:
    """A network's HTML as text and as safe HTML of our few tags.

    `emojis`: shortcode → picture. `without_quote_link`: drop the paragraph that repeats the address of a quoted post.
    """
    cleaned = nh3.clean(
        clean(source[:MOST_MARKUP]), tags=set(TAGS), attributes=ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None
    )
    walk = _Walk(emojis or {}, without_quote_link)
    walk.feed(cleaned)
    walk.close()
    text = regex.sub(r" *\n", "\n", "".join(walk.texts)).strip()
    return Rendered(regex.sub(r"\n{3,}", "\n\n", text), "".join(walk.markup))


def plain(source: str) -> str:
    """The text of a network's HTML (a bio, for example)."""
    return safe(source).text


def emoji(shortcode: str, picture: str) -> str:
    """A custom emoji as an image; only its name where the address is not a web address."""
    if not is_web(picture):
        return f":{shortcode}:"
    return f'<img class="emoji" alt=":{shortcode}:" title=":{shortcode}:" src="{html.escape(picture)}">'


def with_emojis(words: str, emojis: Mapping[str, str]) -> str:
    """Plain text as safe HTML with its custom emoji as images."""

    def picture(match: "regex.Match[str]") -> str:
        name = match.group(1)
        return emoji(name, emojis[name]) if name in emojis else match.group()

    return SHORTCODE.sub(picture, html.escape(words))


class _Walk(HTMLParser):
    """Copies clean HTML, tag by tag. `skipping` counts open elements inside one that is left out."""

    def __init__(self, emojis: Mapping[str, str], without_quote_link: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.markup: list[str] = []
        self._emojis = emojis
        self._without_quote_link = without_quote_link
        self._skipping = 0
        self._preformatted = 0
        self._spans: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = set(values.get("class", "").split())
        if tag == "br":
            self._line_break()
        elif self._skipping or "invisible" in classes or (self._without_quote_link and "quote-inline" in classes):
            self._skipping += 1
        elif tag == "span":
            self._spans.append("…" if "ellipsis" in classes else "")
        elif tag == "a":
            self.markup.append(_link(values.get("href", ""), classes))
        else:
            self._open(RENAMED.get(tag, tag), values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "br":
            return
        if self._skipping:
            self._skipping -= 1
        elif tag == "span":
            self._write(self._spans.pop())
        elif tag == "a":
            self.markup.append("</bdi></a>")
        else:
            self._close(RENAMED.get(tag, tag))

    def handle_data(self, data: str) -> None:
        """White space counts for what it does in a browser: outside <pre> any run of it is one space at most."""
        if self._skipping:
            return
        if not self._preformatted:
            data = regex.sub(r"[ \t\n\f\r]+", " ", data)
            if self._is_after(" ", "\n"):
                data = data.removeprefix(" ")
        self._write(data)

    def _write(self, words: str) -> None:
        if words:
            self.texts.append(words)
            self.markup.append(with_emojis(words, self._emojis))

    def _is_after(self, *ends: str) -> bool:
        """Whether the text so far ends so; the beginning counts as the end of a line."""
        return self.texts[-1].endswith(ends) if self.texts else True

    def _line_break(self) -> None:
        if not self._skipping:
            self.texts.append("\n")
            self.markup.append("<br>")

    def _open(self, tag: str, values: Mapping[str, str]) -> None:
        kept = "".join(
            f' {name}="{html.escape(values[name])}"'
            for name in ("start", "reversed", "value")
            if name in values and (name == "reversed" or regex.fullmatch(r"-?\d{1,9}", values[name]))
        )
        self.markup.append(f"<{tag}{kept}>")
        if tag in BLOCKS and not self._is_after("\n", BULLET):
            self.texts.append("\n" if tag in LISTS else "\n\n")
        if tag == "li":
            self.texts.append(BULLET)
        self._preformatted += tag == "pre"

    def _close(self, tag: str) -> None:
        self.markup.append(f"</{tag}>")
        if tag in BLOCKS:
            self.texts.append("\n" if tag == "li" else "\n\n")
        self._preformatted -= tag == "pre"


def _link(href: str, classes: set[str]) -> str:
    kind = next((name for name in ("hashtag", "mention") if name in classes), "")
    name = f' class="{kind}"' if kind else ""
    address = f' href="{html.escape(href)}"' if is_web(href) else ""
    return f'<a{name}{address} rel="{REL}"><bdi>'
