"""The list of followed authors as a file, out and in: CSV, OPML, or lines with handles and links.

Whatever a list names is kept as a row (`Lookup`) until the reader clears the report, so that nothing is lost: who is
known here is followed at once, others are looked up by workers, and what names nobody says so.
"""

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.parsers import expat

import regex
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.leases import free
from accounts.models import User
from unroller import my_authors, networks
from unroller.actions import follows, lookups
from unroller.core import decoding
from unroller.core.decoding import NoText
from unroller.core.errors import NotAProfile
from unroller.core.text import one_line
from unroller.models import Cadence, Follow, Lookup
from unroller.sources.following import ProfileRef

MOST_LINES = 1_000
MOST_BYTES = 1024 * 1024
MOST_TRIED = 10 * MOST_LINES
"""Words of plain lines that are tried as names, each of which takes time."""
MOST_CELLS = 50
"""Of a line, that are looked at."""
MOST_TEXT = 500
"""Characters of an entry that are shown again in the report."""

COLUMNS = ("network", "handle", "name", "profile", "threads", "cadence", "followed since")
HANDLES = frozenset({"handle", "username", "user name", "screen name", "account", "account address", "user"})
"""Columns whose words are handles, with or without @."""
HEADINGS = HANDLES | frozenset({*COLUMNS, "url", "link", "address", "author", "date", "show boosts", "languages"})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""
LINK = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
SURE = regex.compile(r"[@./:]")
"""What a name has to have to be one among other words; alone in its line, or in a column of handles, it needs none."""
BETWEEN = regex.compile(r"[\s,;|]+")
"""What stands between the names of a plain line."""
AROUND = "<>()[]\"'.:!?"
"""What may stand around a name in a plain line."""
ALMOST = regex.compile(r"^@|://|^(?=\w*[_0-9])(?=\w*[A-Za-z])\w{2,15}$")
"""What its writer may have taken for a name. Other words beside a single name describe its author."""
NO_TEXT = "This file is not a text, so there is no list in it. Please choose a CSV, an OPML or a text file."
TOO_LONG = f"This list has more than {MOST_LINES:,} lines. Please import it in parts."
LONGEST = 2 * networks.MOST_PROFILE
"""Characters of anything that may be a name. To look for an ending in a megabyte without a space takes minutes."""
FEED_ENDING = regex.compile(r"(?<=/\S+)(?:\.rss|\.atom|/rss|/feed)/?$")
"""Of an address of a feed, which is that of the profile but for this."""


class Unreadable(Exception):
    """A file that is no list, or too long a one; `sentence` says so."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Entry(NamedTuple):
    """One line of a list: as it was written, whom it names if anybody, and how the reader wants to be told."""

    text: str
    ref: ProfileRef | None
    cadence: Cadence


# Out


def as_csv(rows: Iterable[Follow]) -> bytes:
    """For spreadsheets: UTF-8 with its mark, and no cell that could be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        author = row.author
        threads = settings.SITE_URL + author.get_absolute_url()
        since = f"{row.created_at:%Y-%m-%d}"
        cells = [author.source, f"@{author.handle}", one_line(author.name), author.url, threads, row.cadence, since]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def as_opml(rows: Iterable[Follow]) -> bytes:
    """For feed readers: each author's feed here, and their profile. The cadence is a category."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = f"My Authors on {settings.SITE_NAME}"
    body = ET.SubElement(root, "body")
    for row in rows:
        author = row.author
        name = one_line(author.name) or f"@{author.handle}"
        feed = f"{settings.SITE_URL}{author.get_absolute_url()}/feed"
        described = {"type": "rss", "text": name, "title": name, "xmlUrl": feed, "htmlUrl": author.url}
        ET.SubElement(body, "outline", described, category=row.cadence)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


# In


def decoded(body: bytes) -> str:
    """The text of a file whose encoding nobody told us. Raises Unreadable for what is no text."""
    try:
        return decoding.decoded(body)
    except NoText as error:
        raise Unreadable(NO_TEXT) from error


def read(text: str, cadence: Cadence) -> list[Entry]:
    """The entries of a list, each author once. `cadence` is for those that name none. Raises Unreadable."""
    if regex.match(r"\s*<(?:\?xml|opml|!)", text, regex.IGNORECASE):
        entries = _of_opml(text, cadence)
    else:
        entries = _of_rows(text, cadence)
    found: dict[ProfileRef | str, Entry] = {}
    for count, entry in enumerate(entries, 1):
        if count > MOST_LINES:
            raise Unreadable(TOO_LONG)
        found.setdefault(entry.ref or entry.text, entry)
    if not found:
        raise Unreadable("There is no handle and no link in this list.")
    return list(found.values())


def bring_in(user: User, entries: Sequence[Entry]) -> None:
    """Follow whom we know, have the others looked up, and keep a row of each for the report, which begins anew."""
    refs = [entry.ref for entry in entries if entry.ref]
    authors = my_authors.known(refs)
    with transaction.atomic():
        old = my_authors.imported(user)
        old.filter(~Q(state=Lookup.State.QUEUED) | free() & Q(key__in=[ref.key for ref in refs])).delete()
        mine = set(Follow.objects.filter(user=user).values_list("author_id", flat=True))
        wanted = {authors[ref].id: cadence for _, ref, cadence in entries if ref in authors}
        refused = follows.follow_all(user, wanted)
        rows = [Lookup(user=user, text=entry.text, cadence=entry.cadence) for entry in entries]
        for row, (_, ref, _) in zip(rows, entries, strict=True):
            if ref is None:
                lookups.answer(row, None, NotAProfile.sentence)
                continue
            row.source, row.key = ref.source, ref.key
            author = authors.get(ref)
            if author is not None:
                refusal = refused[author.id].sentence if author.id in refused else ""
                lookups.answer(row, author, refusal, already=author.id in mine)
                mine.add(author.id)
        Lookup.objects.bulk_create(rows)
        transaction.on_commit(lambda: lookups.go_on(user.pk), robust=True)


def clear_report(user: User) -> int:
    """Forget a reader's imports, also what still waits to be looked up; only what a worker holds just now stays."""
    return my_authors.imported(user).filter(~Q(state=Lookup.State.QUEUED) | free()).delete()[0]


def _of_opml(text: str, cadence: Cadence) -> Iterator[Entry]:
    """Outlines with an address; folders have none."""
    for outline in _outlines(text):
        addresses = [outline[name].strip() for name in ("xmlUrl", "htmlUrl", "url") if outline.get(name, "").strip()]
        if addresses:
            wanted = _cadence([outline.get("category", "")], cadence)
            yield Entry(_shown(outline.get("text", ""), addresses[0]), _first(addresses), wanted)


def _outlines(text: str) -> list[Mapping[str, str]]:
    """The attributes of all outlines. A document with a DTD is refused: only those hold entities that grow."""
    found: list[Mapping[str, str]] = []

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if name.lower() == "outline":
            found.append(attributes)

    def refuse(*_: object) -> None:
        raise Unreadable("This file has a document type inside, which no list of feeds needs, so it is not read.")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.strip().encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise Unreadable(f"This OPML file is broken in line {error.lineno}.") from error
    return found


def _of_rows(text: str, cadence: Cadence) -> Iterator[Entry]:
    """Lines of a table with headings, each of which is about one author, or of a plain list."""
    columns: Sequence[str] = ()
    tried = 0
    for number, cells in enumerate(_table(text)):
        if number == 0 and HEADINGS & {_heading(cell) for cell in cells} and not any(map(SURE.search, cells)):
            columns = [_heading(cell) for cell in cells]
        elif len(columns) < 2:
            pieces = [piece.strip(AROUND) for piece in BETWEEN.split(" ".join(cells)) if regex.search(r"\w", piece)]
            sure = {piece for piece in pieces if SURE.search(piece)}
            tried += len(sure)
            if tried > MOST_TRIED:
                raise Unreadable(TOO_LONG)
            named = {piece: ref for piece in dict.fromkeys(pieces) if piece in sure and (ref := _first([piece]))}
            yield from _of_line(cells, pieces, named=named, cadence=cadence)
        elif regex.search(r"\w", " ".join(cells)):
            yield Entry(_shown(*cells), _first(_ranked(cells, columns)), _cadence(cells, cadence))


def _of_line(
    cells: Sequence[str], pieces: Sequence[str], *, named: Mapping[str, ProfileRef], cadence: Cadence
) -> Iterator[Entry]:
    """All names of a plain line, and what looks like one but is none. Words beside a single name belong to it."""
    wanted = _cadence(cells, cadence)
    ways = set(Cadence.values)
    others = [piece for piece in dict.fromkeys(pieces) if piece not in named and piece.lower() not in ways]
    if not named and pieces:
        yield Entry(_shown(*cells), _first(_ranked(cells, ())), wanted)
    elif len(set(named.values())) == 1:
        yield Entry(_shown(*cells), next(iter(named.values())), wanted)
        yield from (Entry(_shown(piece), None, wanted) for piece in others if ALMOST.search(piece))
    else:
        yield from (Entry(_shown(piece), ref, wanted) for piece, ref in named.items())
        yield from (Entry(_shown(piece), None, wanted) for piece in others)


def _table(text: str) -> Iterator[list[str]]:
    """Cells without what keeps spreadsheets from calculating. Where quotes are not closed, they mean nothing."""
    first = next(filter(None, text.splitlines()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        rows = [line.replace('"', "").split(delimiter) for line in text.splitlines()]
    for row in rows:
        yield [_undefused(cell.strip(" \t\n,;")) for cell in row]


def _undefused(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _ranked(cells: Sequence[str], columns: Sequence[str]) -> list[str]:
    """What may name the author, the surest first: links, then handles, then words that could be either."""
    cells = cells[:MOST_CELLS]
    links = [link for cell in cells for link in LINK.findall(cell)]
    handles = [f"@{cell.lstrip('@')}" for cell, column in zip(cells, columns, strict=False) if column in HANDLES]
    marked = [cell for cell in cells if cell.startswith("@")]
    sure = [cell for cell in cells if SURE.search(cell)]
    words = [cell for cell in cells if cell]
    return [*links, *handles, *marked, *sure, *(words if len(words) == 1 else [])]


def _first(candidates: Iterable[str]) -> ProfileRef | None:
    for candidate in candidates:
        if len(candidate) > LONGEST:
            continue
        try:
            return networks.find_profile(FEED_ENDING.sub("", candidate))
        except NotAProfile:
            continue
    return None


def _cadence(cells: Iterable[str], otherwise: Cadence) -> Cadence:
    named = {cell.strip().lower() for cell in cells} & set(Cadence.values)
    return Cadence(named.pop()) if named else otherwise


def _heading(cell: str) -> str:
    return cell.strip().lower().replace("_", " ")


def _shown(*cells: str) -> str:
    """An entry as its reader will know it again."""
    return one_line(", ".join(cell.strip() for cell in cells if cell.strip()))[:MOST_TEXT]
