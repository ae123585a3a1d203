"""Our own safe HTML as Markdown, in which no word becomes a mark.

Two harmless pieces, such as "1" and ". Fog", must not meet as the beginning of a list. So words wait until something
that is no word comes, are escaped as one piece, and with more care where another piece may follow.
"""

from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from urllib.parse import quote

import regex

from unroller.core.text import is_web, one_line

SPECIAL = regex.compile(r"[\\`*_\[\]<>#|~$^]|&(?=#?\w+;)|%(?=%)|=(?==)")
"""What CommonMark, its tables, and notebooks' own marks (formulas, footnotes, comments, highlights) begin with."""
AT_SEAM = regex.compile(rf"{SPECIAL.pattern}|[!%=]$|&(?=#?\w*$)")
"""The same where something else follows, or nothing that is seen: `!` before a link would make it a picture."""
LINE_START = regex.compile(r"^([^\S\n]*)([-+=:]|\d+[.)])(?=\s|[-+=:]|$)", regex.MULTILINE)
AROUND = {"strong": "**", "em": "*", "del": "~~"}
BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol"})
ITEM_END = "\n"
RAW = frozenset({"pre", "code"})

WriteLink = Callable[[str, str], str]
"""Makes a link of a label that is Markdown already, and an address that may be none."""


def from_html(html: str, write_link: WriteLink | None = None) -> str:
    """Safe HTML, as core.text and core.markup make it, as Markdown; its links inline, or as `write_link` likes."""
    walk = _Walk(write_link or link)
    walk.feed(html)
    walk.close()
    walk.end_block()
    return regex.sub(r"\n{3,}", "\n\n", "".join(walk.parts)).strip()


def escape(words: str, special: "regex.Pattern[str]" = SPECIAL) -> str:
    """Text that Markdown shows as it is."""
    escaped = special.sub(r"\\\g<0>", words)
    return LINE_START.sub(lambda match: f"{match[1]}{match[2][:-1]}\\{match[2][-1]}", escaped)


def line(words: str) -> str:
    """The same for a name or a label, which must not begin a line of its own."""
    return escape(one_line(words))


def link(label: str, url: str, *, sign: str = "") -> str:
    """A link with a label that is Markdown already; only the label where no browser may follow the address."""
    return f"{sign}[{label}]({address(url)})" if is_web(url) else label


def indented(words: str) -> str:
    """Markdown as a block quote."""
    return "\n".join(f"> {row}" if row else ">" for row in words.split("\n"))


def address(url: str) -> str:
    """A web address as the end of a link. A backtick would begin code even here, and `&copy;` be read as a sign."""
    url = regex.sub(r"[()<>\\`]", lambda match: quote(match[0], safe=""), url)
    return regex.sub(r"&(?=#?\w+;)", r"\\&", url)


def _around(words: str, mark: str) -> str:
    """Marks touch their words and stay in one paragraph; otherwise they would be shown, or begin a list."""
    core = words.strip()
    if not core or "\n\n" in core:
        return words
    start = words.index(core)
    return f"{words[:start]}{mark}{core}{mark}{words[start + len(core) :]}"


def _code(words: str) -> str:
    """Nothing is escaped in code: its own marks are longer than any in it."""
    words = " ".join(words.split())
    mark = _longer(words, "`")
    return f"{mark} {words} {mark}" if "`" in words else f"{mark}{words}{mark}"


def _longer(words: str, least: str) -> str:
    runs: list[str] = regex.findall("`+", words)
    return max([least, *("`" + run for run in runs)], key=len)


class _Walk(HTMLParser):
    """Writes Markdown into `parts`. `_opened`: open elements that get their marks when they are closed, each with its
    address and with where its own parts begin; `_depth` counts them by tag."""

    def __init__(self, write_link: WriteLink) -> None:
        super().__init__(convert_charrefs=True)
        self._write_link = write_link
        self.parts: list[str] = []
        self._waiting: list[str] = []
        self._opened: list[tuple[str, int]] = []
        self._depth: Counter[str] = Counter()
        self._numbers: list[int] = []
        self._raw: list[str] = []
        self._raw_tags: list[str] = []
        self._is_after_marker = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._raw_tags:
            self._raw.append("\n" if tag == "br" else values.get("alt", ""))
            self._raw_tags += [tag] if tag not in {"br", "img"} else []
        elif tag == "br":
            self._break_line()
        elif tag == "img":
            self._waiting.append(values.get("alt", ""))
        elif tag == "li":
            self._begin_item()
        else:
            self._open(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if self._raw_tags:
            self._raw_tags.pop()
            if not self._raw_tags:
                self._write_raw(tag)
        elif tag in AROUND or tag in {"a", "blockquote"}:
            self._close(tag)
        elif tag == "li":
            self._end_item()
        elif tag in BLOCKS:
            self.end_block()
            if tag in {"ul", "ol"}:
                self._numbers.pop()

    def handle_data(self, data: str) -> None:
        (self._raw if self._raw_tags else self._waiting).append(data)

    def end_block(self, gap: str = "\n\n") -> None:
        """What follows begins a paragraph of its own; in a link, whose label is one line, a word."""
        if self._depth["a"]:
            self._waiting.append(" ")
            return
        self._flush(is_end=True)
        if self.parts and not self._is_after_marker and not self.parts[-1].endswith(gap):
            self._write(gap)

    def _open(self, tag: str, values: dict[str, str]) -> None:
        if tag in BLOCKS:
            self.end_block()
        if tag in RAW:
            self._raw_tags.append(tag)
        elif tag in {"ul", "ol"}:
            start = values.get("start", "")
            self._numbers.append(0 if tag == "ul" else int(start) if start.isdecimal() else 1)
        elif tag in AROUND or tag in {"a", "blockquote"}:
            self._flush()
            self._opened.append((values.get("href", ""), len(self.parts)))
            self._depth[tag] += 1

    def _close(self, tag: str) -> None:
        if tag == "blockquote":
            self.end_block()
        self._flush()
        href, start = self._opened.pop()
        self._depth[tag] -= 1
        if self._depth[tag]:
            return
        words = "".join(self.parts[start:])
        del self.parts[start:]
        if tag == "a":
            self._write(self._write_link(words.strip(), href) if words.strip() else "")
        elif tag in AROUND:
            self._write(_around(words, AROUND[tag]))
        elif self._numbers or self._is_inline():
            self._write(words)
        else:
            self._write(indented(words.strip("\n")) + "\n\n" if words.strip() else "")

    def _begin_item(self) -> None:
        self._flush(is_end=True)
        if self.parts and self.parts[-1] != ITEM_END:
            self.end_block()
        if self._is_inline():
            return
        number = self._numbers[-1] if self._numbers else 0
        if number:
            self._numbers[-1] += 1
        self._write(f"{number}. " if number else "- ")
        self._is_after_marker = True

    def _end_item(self) -> None:
        """An item that shows nothing is left out: its marker would turn the words around it into something else."""
        self._flush(is_end=True)
        if self._is_after_marker:
            self.parts.pop()
            self._is_after_marker = False
        else:
            self.end_block(ITEM_END)

    def _is_inline(self) -> bool:
        """Inside a link or emphasis, where no block can stand."""
        return any(self._depth[name] for name in ("a", *AROUND))

    def _write_raw(self, tag: str) -> None:
        """A fence needs lines of its own, which a list, a link or emphasis cannot give it."""
        words = "".join(self._raw)
        self._raw.clear()
        if not words.strip():
            return
        if tag == "code" or self._is_inline() or self._numbers or self._is_after_marker:
            self._flush()
            self._write((" " if self.parts and self.parts[-1].endswith("`") else "") + _code(words))
        else:
            fence = _longer(words, "```")
            self._write(f"{fence}\n{words.strip(chr(10))}\n{fence}")
        if tag == "pre":
            self.end_block()

    def _break_line(self) -> None:
        self._flush(is_end=True)
        if self.parts and not self._is_at_line_start():
            self._write("  \n")

    def _flush(self, *, is_end: bool = False) -> None:
        words = regex.sub(r"[ \t\n\f\r]+", " ", "".join(self._waiting))
        self._waiting.clear()
        if self._is_at_line_start():
            words = words.removeprefix(" ")
        if not words:
            return
        escaped = escape(words, SPECIAL if is_end else AT_SEAM)
        is_after_number = self.parts and self.parts[-1][-1].isdigit()
        self._write("\\" + escaped if is_after_number and escaped[0] in ".)" else escaped)

    def _is_at_line_start(self) -> bool:
        return not self.parts or self._is_after_marker or self.parts[-1].endswith("\n")

    def _write(self, words: str) -> None:
        if words:
            self.parts.append(words)
            self._is_after_marker = False
