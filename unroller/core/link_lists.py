"""Lists of links that readers bring from elsewhere: whatever the file is, what it says of each link.

Recognized by what stands inside: a table by its headings, a page by its anchors, JSON by its names, and in any other
text every link counts. Which links lead to a post is for the networks to say, so each entry holds all that may.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Any, NamedTuple

import regex

from unroller.core.link_columns import FORMS, LINK, LONGEST_NOTE, Entry, described, heading, is_heading
from unroller.core.link_items import items
from unroller.core.link_rows import MOST_CELLS, rows
from unroller.core.marked_lists import Mark, marks
from unroller.core.text import clean

MOST_ENTRIES = 50_000
"""Of one list that are looked at, with rows that are empty. Nothing behind them is read, only counted."""
MOST_PIECES = 4
"""Headings, anchors and notes of a page that are looked at, for each entry that there may be."""
MOST_SEARCHED = 8_000_000
"""Characters of a text without columns that are searched for links."""
LONGEST_CELL = 2 * LONGEST_NOTE
"""Characters of a cell that are looked at."""
LONGEST_TAG = 100_000
"""Characters of an anchor's attributes, which may hold a picture."""
MOST_OF_A_ROW = 20
"""Links of one entry that are tried."""
LONGEST = 2_000
"""Characters of a link."""
MOST_NAMED = 8
"""Columns that are named when none of them is of use."""

SCHEME = regex.compile(r"(?=(?i:https?|at)://)")
BARE = regex.compile(r"\W{0,3}[\w-]++(?:\.[\w-]++)++(?::\d{1,5}+)?/\S")
"""A link without `https://`. Read from the beginning of a word only, so that it takes no time."""
INSIDE, OUTSIDE = r"[^\s\p{C}<>\"]", r"(?<![^\s\p{C}<>\"])"
WORD = regex.compile(rf"{OUTSIDE}(?:(?={INSIDE}*?{SCHEME.pattern})|(?={BARE.pattern})){INSIDE}++")
"""A word that may hold a link; the others are passed over without a word of Python."""
NUMBER = regex.compile(r"\s*+([0-9]{10,19})\s*+,?\s*+")
"""A cell that is nothing but the number of a post on X."""
LINE_OR_WORD = regex.compile(
    rf"(?<![^\r\n])[^\S\r\n]*+(?P<number>[0-9]{{10,19}})[^\S\r\n]*+,?[^\S\r\n]*+(?![^\r\n])|{WORD.pattern}"
)
"""A line that is nothing but such a number, or a word as above."""
OLDER = regex.compile(r"(?i)https?://[^/\s]+/thread/([0-9]{9,19})(?:\.html)?/?(?:[?#].*)?")
"""The form of older unrollers; the number is that of a post on X. Shorter ones are those of threads in forums."""
MARKUP = regex.compile(
    r"(?i)<a\s(?P<about>[^<>]*)>|<h[1-6][^<>]*>(?P<heading>[^<>]*)<|<dd>(?P<note>[^<>]*)",
)
ATTRIBUTE = regex.compile(r"([\w-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")


class NoList(Exception):
    """There is nothing to import; `sentence` says what was found instead."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class LinkList(NamedTuple):
    """What a list was read as, its entries in their order, how many more it has than are looked at, and the passages
    that were highlighted in its threads."""

    form: str
    entries: list[Entry]
    beyond: int
    marks: tuple[Mark, ...] = ()


def read(text: str) -> LinkList:
    """The entries of a list in any of the forms above. Raises NoList.

    Takes time in proportion to the text, little of it for what stands behind the last entry that is looked at, and
    memory for these entries only.
    """
    return _read(text, MOST_ENTRIES)


def read_parts(texts: Iterable[str]) -> LinkList:
    """Several files of one export as one list. Raises NoList when none of them is one."""
    whole: LinkList | None = None
    refusal = NoList("There is no list of links in this file.")
    for text in texts:
        try:
            whole = _longer(whole, text) if whole else _read(text, MOST_ENTRIES)
        except NoList as error:
            refusal = error
    if whole is None:
        raise refusal
    return whole


def _longer(whole: LinkList, text: str) -> LinkList:
    """A list with what the next file holds, as far as there is room. Raises NoList when that is nothing."""
    room = MOST_ENTRIES - len(whole.entries)
    part = _read(text, room) if room else LinkList(whole.form, [], _behind(text, 0, "\n", "://"))
    return LinkList(whole.form, whole.entries + part.entries, whole.beyond + part.beyond, whole.marks + part.marks)


def plain(link: str) -> str:
    """A link in the form that the networks know."""
    older = OLDER.fullmatch(link)
    return older[1] if older else link


def links_in(text: str) -> Iterator[str]:
    """Everything in a text that may be a link, as it stands."""
    for word in WORD.finditer(text[:MOST_SEARCHED]) if "/" in text else ():
        yield from _pieces(word.group())


def _pieces(word: str) -> Iterator[str]:
    """The links of a word: several may stick together."""
    for piece in SCHEME.splititer(word):
        if SCHEME.match(piece) or BARE.match(piece[:LONGEST]):
            yield piece[:LONGEST]


def _read(text: str, most: int) -> LinkList:
    text = text.strip("\ufeff \t\r\n")
    readers: tuple[Callable[[str, int], LinkList | None], ...] = (_of_json, _of_markup, _of_table, _of_text)
    for reader in readers:
        found = reader(text, most)
        if found is not None and any(entry.links for entry in found.entries):
            return found
    raise NoList("There is no link in this list.")


def _behind(text: str, place: int, *marks: str) -> int:
    """About how many entries stand behind a place: as many as there are marks of the kind that there are most of."""
    return max(text.count(mark, place) for mark in marks)


def _of_text(text: str, most: int) -> LinkList:
    entries: list[Entry] = []
    for found in LINE_OR_WORD.finditer(text[:MOST_SEARCHED]):
        links = [found["number"]] if found["number"] else _pieces(found.group())
        entries += (Entry((plain(link),)) for link in islice(links, most + 1 - len(entries)))
        if len(entries) > most:
            return LinkList("text", entries[:most], 1 + _behind(text, found.end(), "\n", "://"))
    return LinkList("text", entries, _behind(text, MOST_SEARCHED, "\n", "://"))


def _of_json(text: str, most: int) -> LinkList | None:
    """A list of objects or links, by itself or as the first such member of an object."""
    if not text.startswith(("{", "[")):
        return None
    form, entries, end = "", list[Entry](), len(text)
    try:
        for found in islice(items(text), most):
            item, end = found
            if isinstance(item, dict | str):
                row = item if isinstance(item, dict) else {"url": item}
                form = form or _form(row)
                entries.append(_of_row({heading(str(name)): row[name] for name in islice(row, MOST_CELLS)}))
    except (ValueError, RecursionError):
        return None
    beyond = 0 if text[end - 1] == "]" else max(1, _behind(text, end, "://", "},"))
    return LinkList(form, entries, beyond, marks(text))


def _of_markup(text: str, most: int) -> LinkList | None:
    """Bookmarks of browsers and lists that are saved pages: anchors, under headings that may say they are done with."""
    if not text.startswith("<"):
        return None
    entries: list[Entry] = []
    folder = ""
    for number, found in enumerate(MARKUP.finditer(text)):
        if number == MOST_PIECES * most or (len(entries) == most and found["about"] is not None):
            behind = sum(text.count(mark, found.end()) for mark in ("<a ", "<A "))
            return LinkList("bookmarks", entries, 1 + behind)
        if found["heading"] is not None:
            folder = unescape(found["heading"][:LONGEST])
        elif found["about"] is not None:
            entries.append(_of_row(_attributes(found["about"]) | {"state": folder}))
        elif entries:
            entries[-1] = entries[-1]._replace(note=_note(found["note"]))
    return LinkList("bookmarks", entries, 0)


def _note(markup: str) -> str:
    return clean(unescape(markup[:LONGEST_CELL])).strip()[:LONGEST_NOTE]


def _attributes(about: str) -> dict[str, str]:
    """What an anchor says, by names as those of columns."""
    found = islice(ATTRIBUTE.finditer(about[:LONGEST_TAG]), MOST_CELLS)
    return {heading(each[1]): unescape((each[2] or each[3] or each[4] or "")[:LONGEST_CELL]) for each in found}


def _of_table(text: str, most: int) -> LinkList | None:
    """Rows below headings of which one at least is known. Raises NoList for a table without a single link."""
    found = rows(text)
    headings = [heading(cell) for cell in next(found).cells] if text else []
    if any(map(SCHEME.search, headings)) or (len(headings) < 2 and not LINK & set(headings)):
        return None
    known, entries, end = any(map(is_heading, headings)), list[Entry](), 0
    first: list[str] = []
    for row in islice(found, most if known else 1):
        cells, end = row
        if any(cell.strip() for cell in cells):
            first = first or cells
            entries.append(_of_row(dict(zip(headings, cells, strict=False))))
    if known and any(entry.links for entry in entries):
        return LinkList(_form(headings), entries, _rest(text, end))
    if next(links_in(text), None) is None and (known or len(first) == len(headings)):
        named = ", ".join(name[:40] for name in headings[:MOST_NAMED] if name)
        raise NoList(f"There is no link in this table. Its columns are: {named}.")
    return None


def _rest(text: str, end: int) -> int:
    """About how many rows begin at a place of a text or behind it."""
    return text.count("\n", end) + 1 if end < len(text) else 0


def _of_row(row: Mapping[str, Any]) -> Entry:
    """One entry of a table; where no column of links holds one, links in any cell count."""
    row = {name: _cut(value) for name, value in row.items()}
    entry, named = described(row), [str(row[name]) for name in row if name in LINK]
    links = list(islice((link for cell in named for link in _linked(cell)), MOST_OF_A_ROW))
    cells = "\n".join(cell for cell in row.values() if isinstance(cell, str) and "/" in cell)
    links = links or list(islice(links_in(cells), MOST_OF_A_ROW))
    return entry._replace(links=tuple(map(plain, links)))


def _cut(value: object) -> object:
    """As much of a cell as is looked at."""
    if isinstance(value, str):
        return value[:LONGEST_CELL]
    return value[:MOST_CELLS] if isinstance(value, list) else value


def _linked(cell: str) -> Iterator[str]:
    number = NUMBER.fullmatch(cell)
    return iter([number[1]]) if number else links_in(cell)


def _form(headings: Iterable[str]) -> str:
    named = {heading(name) for name in headings}
    return next((form for form, needed in FORMS if needed <= named), "table")
