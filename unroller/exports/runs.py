"""Our own safe HTML as blocks and runs: plain data that Typst sets, in which no word can become a mark.

A block is a paragraph `{"kind": "p", "runs": […]}`, code `{"kind": "pre", "words": "…"}`, a quotation
`{"kind": "quote", "blocks": […]}` or a list `{"kind": "list", "start": n or null, "items": [[block, …], …]}`.
A run has `words` (strings, and lists of strings that may be parted anywhere), or is a picture or a line break; beside
that stands only what applies: `bold`, `italic`, `struck`, `underlined`, `code`, `href`.
"""

from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import regex

from unroller.core.text import clean, is_web
from unroller.exports.fonts import visible

Block = dict[str, Any]
Run = dict[str, Any]
Words = list[str | list[str]]

STYLES = {"strong": "bold", "em": "italic", "del": "struck", "u": "underlined", "code": "code"}
LISTS = frozenset({"ul", "ol"})
MOST_DEPTH = 5
"""Quotations and lists inside each other; what is deeper stands beside its parent, or it would leave the page."""
PIECE = 8
"""Graphemes that stay together in a word that is longer than a line."""
LEAST_LONG = 29
MOST_ADDRESS = 8_000
"""Bytes of an address: Typst makes no file at all that links to a longer one."""
LONG = regex.compile(
    r"[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
    rf"{{{LEAST_LONG},}}+|(\S)\1{{{LEAST_LONG - 1},}}+"
)
"""A word in which Typst would break no line; scripts without spaces break by themselves, unless they repeat a sign."""
GRAPHEMES = regex.compile(rf"\X{{1,{PIECE}}}")
RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
SPACES = regex.compile(r"[ \t\n\f\r]+")
ISOLATE, POP, BREAK = "\u2068", "\u2069", "\u200b"


def blocks(html: str, files: Mapping[str, str]) -> list[Block]:
    """Safe HTML, as core.text and core.markup make it. `files`: address of a custom emoji → its file."""
    walk = _Walk(files, has_directions=RIGHT_TO_LEFT.search(html) is not None)
    walk.feed(clean(html))
    walk.close()
    walk.end_paragraph()
    return walk.blocks


def line(html: str, files: Mapping[str, str]) -> list[Run]:
    """The same for a name or a label: its runs on one line."""
    return [run for block in blocks(f"<p>{html}</p>", files) for run in block.get("runs", ())]


def parted(words: str) -> Words:
    """Words as they are, but long ones in pieces between which a line may end. A word written from right to left is
    not taken apart, which would turn the order of its pieces: it has spaces of no width."""
    if all(len(word) < LEAST_LONG for word in words.split()):
        return [words] if words else []
    found: Words = []
    position = 0
    for match in LONG.finditer(words):
        found += [words[position : match.start()]] if match.start() > position else []
        found.append(breakable(match[0]) if RIGHT_TO_LEFT.search(match[0]) else GRAPHEMES.findall(match[0]))
        position = match.end()
    return found + ([words[position:]] if position < len(words) else [])


def breakable(words: str) -> str:
    """The same for what has to stay one string."""
    return LONG.sub(lambda match: BREAK.join(GRAPHEMES.findall(match[0])), words)


def linkable(address: str) -> bool:
    """Whether a page may link there; else it shows the words alone."""
    return len(address.encode("utf-8", "replace")) <= MOST_ADDRESS and is_web(address)


class _Walk(HTMLParser):
    """Fills `blocks`. `_levels`: the lists of blocks that are open, the innermost last; `_opened`: for each open
    quotation, list and item, whether it opened a level."""

    def __init__(self, files: Mapping[str, str], *, has_directions: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._files = files
        self._has_directions = has_directions
        self._levels = [self.blocks]
        self._opened: list[bool] = []
        self._lists: list[Block] = []
        self._runs: list[Run] = []
        self._styles: Counter[str] = Counter()
        self._addresses: list[str] = []
        self._raw: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "br":
            self._break_line()
        elif tag == "img":
            self._show(values.get("src", ""), values.get("alt", ""))
        elif tag == "a":
            self._addresses.append(values.get("href", ""))
        elif tag == "bdi":
            self._mark(ISOLATE)
        elif tag in STYLES:
            self._styles[STYLES[tag]] += 1
        elif tag in {"p", "pre"}:
            self.end_paragraph()
            self._raw = [] if tag == "pre" else self._raw
        elif tag in {"blockquote", "li", *LISTS}:
            self._open(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._addresses:
            self._addresses.pop()
        elif tag == "bdi":
            self._mark(POP)
        elif tag in STYLES:
            self._styles[STYLES[tag]] -= 1
        elif tag == "pre":
            self._end_code()
        elif tag == "p":
            self.end_paragraph()
        elif tag in {"blockquote", "li", *LISTS}:
            self._close(tag)

    def handle_data(self, data: str) -> None:
        if self._raw is not None:
            self._raw.append(data)
            return
        words = SPACES.sub(" ", data)
        if self._is_at_line_start():
            words = words.removeprefix(" ")
        if words:
            self._add({"words": parted(visible(words))})

    def end_paragraph(self) -> None:
        """What follows stands in a paragraph of its own."""
        runs, self._runs = self._runs, []
        while runs and ("break" in runs[-1] or runs[-1].get("words") == [" "]):
            runs.pop()
        if runs:
            self._levels[-1].append({"kind": "p", "runs": runs})

    def _open(self, tag: str, values: dict[str, str]) -> None:
        self.end_paragraph()
        is_new = len(self._levels) <= MOST_DEPTH if tag != "li" else bool(self._lists)
        if tag == "blockquote":
            block: Block = {"kind": "quote", "blocks": []}
            inner = block["blocks"]
        elif tag == "li":
            block, inner = {}, []
        else:
            block, inner = {"kind": "list", "start": _start(tag, values), "items": []}, None
        self._opened.append(is_new)
        if not is_new:
            return
        if tag == "li":
            self._lists[-1]["items"].append(inner)
        else:
            self._levels[-1].append(block)
        if inner is None:
            self._lists.append(block)
        else:
            self._levels.append(inner)

    def _close(self, tag: str) -> None:
        self.end_paragraph()
        if not self._opened or not self._opened.pop():
            return
        if tag in LISTS:
            self._lists.pop()
        else:
            self._levels.pop()

    def _end_code(self) -> None:
        words, self._raw = "".join(self._raw or []).strip("\n"), None
        if words.strip():
            self._levels[-1].append({"kind": "pre", "words": breakable(visible(words.expandtabs(4)))})

    def _show(self, address: str, name: str) -> None:
        if self._raw is not None:
            self._raw.append(name)
        elif address in self._files:
            self._add({"picture": self._files[address], "name": name})
        elif name:
            self._add({"words": parted(visible(name))})

    def _break_line(self) -> None:
        if self._raw is not None:
            self._raw.append("\n")
        elif self._runs:
            self._runs.append({"break": True})

    def _mark(self, sign: str) -> None:
        """Names stand for themselves where letters run both ways."""
        if self._has_directions and self._raw is None:
            self._add({"words": [sign]})

    def _add(self, run: Run) -> None:
        run |= {style: True for style, depth in self._styles.items() if depth > 0}
        address = self._addresses[-1] if self._addresses else ""
        self._runs.append(run | {"href": address} if linkable(address) else run)

    def _is_at_line_start(self) -> bool:
        return not self._runs or "break" in self._runs[-1]


def _start(tag: str, values: dict[str, str]) -> int | None:
    start = values.get("start", "")
    if tag == "ul":
        return None
    return int(start) if start.isdecimal() and len(start) < 6 else 1
