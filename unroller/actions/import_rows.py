"""From a list of links to the rows of an import: which post each entry names, each once, and what is here already."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Upper

from accounts.models import User
from unroller import networks, queries
from unroller.core import tags as tagging
from unroller.core.errors import NotAPost
from unroller.core.link_columns import LONGEST_NOTE, Entry
from unroller.core.link_lists import LinkList
from unroller.core.text import clean, one_line
from unroller.models import Author, ImportedLink, Member
from unroller.sources.base import PostRef

MOST_LINKS = 10_000
"""Posts of one list."""
MOST_TRIED = 60_000
"""Links of one list that are looked at, each of which takes time."""
MOST_NAMED, LONGEST_NAME, LONGEST_TITLE = 20, 200, 80
"""Entries without a post that are named, and the letters that are kept of each, so many of them of its title."""
TRAILING = ".,;:!?)]}>'\"”’»…"
"""What may follow a link in a text, and is no part of it."""


class Rows(NamedTuple):
    """A row for each post of a list, not yet stored. `skipped` are the entries that have none, by `names` the first of
    them; `beyond` are those behind the last one that was taken."""

    rows: dict[PostRef, ImportedLink]
    skipped: int
    names: list[str]
    beyond: int


def rows_of(found: LinkList) -> Rows:
    """What a list holds, each post once."""
    rows: dict[PostRef, ImportedLink] = {}
    skipped: list[Entry] = []
    tried, beyond = 0, found.beyond
    for number, entry in enumerate(found.entries):
        tried += len(entry.links)
        named = next(_posts(entry), None) if tried <= MOST_TRIED else None
        if tried > MOST_TRIED or (named and named[0] not in rows and len(rows) >= MOST_LINKS):
            beyond += len(found.entries) - number
            break
        if named is None:
            skipped.append(entry)
        elif named[0] in rows:
            _unite(rows[named[0]], entry)
        else:
            rows[named[0]] = _row(*named, entry)
    return Rows(rows, len(skipped), [_name(entry) for entry in skipped[:MOST_NAMED]], beyond)


def _name(entry: Entry) -> str:
    """By what a reader knows an entry again: its title and the link that was refused, else what was said about it;
    empty where nothing was."""
    link = next(filter(None, (*entry.links, entry.address)), "")
    named = (
        ": ".join(filter(None, [_cut(entry.title, LONGEST_TITLE), link])) if link not in entry.title else entry.title
    )
    return _cut(one_line(next(filter(None, (named, entry.note, ", ".join(entry.tags))), "")), LONGEST_NAME)


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def _posts(entry: Entry) -> Iterator[tuple[PostRef, str]]:
    """The posts that the links of an entry lead to."""
    for link in entry.links:
        try:
            yield networks.find(link), link
        except NotAPost:
            continue


def _row(ref: PostRef, link: str, entry: Entry) -> ImportedLink:
    link = clean(link).rstrip(TRAILING)
    return ImportedLink(
        source=ref.source,
        key=ref.key,
        link=f"https://x.com/i/status/{link}" if link.isdecimal() else link,
        saved_at=entry.saved_at,
        tags=list(entry.tags),
        note=entry.note,
        favorite=entry.favorite,
        archived=entry.archived,
    )


def _unite(row: ImportedLink, entry: Entry) -> None:
    """What a list says about a post at a second place."""
    row.tags = tagging.unite(row.tags, entry.tags)
    if entry.note not in row.note:
        row.note = "\n\n".join(filter(None, [row.note, entry.note]))[:LONGEST_NOTE]
    row.saved_at = min(filter(None, [row.saved_at, entry.saved_at]), default=None)
    row.favorite = row.favorite or entry.favorite
    row.archived = row.archived and entry.archived


def nothing(found: LinkList) -> str:
    """That no link of a list leads to a post, as a sentence."""
    linked = sum(1 for entry in found.entries if entry.links)
    if linked == 1:
        return "The one link in this list does not lead to a post on X, Bluesky or Mastodon."
    return f"None of the {linked:,} links in this list leads to a post on X, Bluesky or Mastodon."


def known(user: User, refs: Sequence[PostRef]) -> dict[PostRef, int]:
    """The threads of posts that are here, for everybody or for a reader alone, by id. A Bluesky link may name its
    author by handle."""
    handles = {ref.key.partition("/")[0].upper() for ref in refs if ref.source == "bluesky"}
    authors = Author.objects.filter(source="bluesky").annotate(upper=Upper("handle")).filter(upper__in=handles)
    ids = dict(authors.order_by("seen_at").values_list("upper", "network_id"))
    paths: dict[tuple[str, str], list[PostRef]] = {}
    for ref in refs:
        name, slash, rest = ref.key.partition("/")
        path = f"{ids.get(name.upper(), name)}{slash}{rest}" if ref.source == "bluesky" else ref.key
        paths.setdefault((ref.source, path), []).append(ref)
    found: dict[PostRef, int] = {}
    readable = Q(thread__private=False) | Q(thread__in=queries.own_private_threads(user))
    for source in {ref.source for ref in refs}:
        wanted = [path for key, path in paths if key == source]
        places = Member.objects.filter(readable, source=source, path__in=wanted, thread__removed="")
        for path, thread_id in places.values_list("path", "thread_id"):
            found |= dict.fromkeys(paths[source, path], thread_id)
    return found
