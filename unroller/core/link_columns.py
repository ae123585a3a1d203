"""What the columns of lists of links are called, and what their cells mean."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import regex

from unroller.core import tags as tagging
from unroller.core.text import clean, one_line

LINK = frozenset(
    {"url", "link", "links", "uri", "href", "address", "permalink", "web address", "original url", "source url"}
    | {"thread", "thread url", "thread link", "tweet", "tweet url", "tweet link", "tweet id", "post url", "post link"}
)
SAVED = frozenset(
    {"time added", "saved date", "saved at", "savedat", "save date", "date saved", "date added", "add date", "added"}
    | {"added at", "timestamp", "created", "created at", "bookmarked at", "highlighted at"}
)
TAGS = frozenset({"tags", "tag", "labels", "label", "document tags", "tag list"})
NOTE = frozenset({"note", "notes", "comment", "comments", "document note", "my note", "selection"})
TITLE = frozenset({"title", "name", "document title", "book title", "page title"})
FAVORITE = frozenset({"favorite", "favourite", "favorited", "starred", "is favorite"})
ARCHIVED = frozenset({"archived", "is archived"})
PLACE = frozenset({"status", "state", "folder", "location"})
"""Columns that say where an entry lies: put away, among the favorites, or still to be read."""

FORMS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Pocket", frozenset({"url", "time added", "status"})),
    ("Readwise Reader", frozenset({"url", "document tags", "saved date"})),
    ("Readwise", frozenset({"highlight", "book title"})),
    ("Omnivore", frozenset({"url", "labels", "state"})),
    ("Instapaper", frozenset({"url", "selection", "folder"})),
)
"""Exports that readers know by name, and the headings that tell them."""

AWAY = frozenset({"archive", "archived", "read archive", "read"})
STARRED = frozenset({"starred", "favorite", "favorites", "favourites"})
YES = frozenset({"1", "true", "yes", "y", "x"})
LONGEST_NOTE = 10_000
LONGEST_NAME = 200
"""Characters of a title, or of what stands where a link belongs, by which a reader knows an entry again."""
MILLISECONDS = 100_000_000_000
"""A number of seconds from here on lies beyond the year 5000, so it counts milliseconds."""
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), 2100
"""A time before that day, or from that year on, is no time at which anybody saved a link."""


class Entry(NamedTuple):
    """One line of a list: the links that may lead to its post, the likeliest first, and what was said about it."""

    links: tuple[str, ...]
    saved_at: datetime | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    favorite: bool = False
    archived: bool = False
    title: str = ""
    address: str = ""
    """What stands where its link belongs, also when that is none."""


def heading(cell: str) -> str:
    """A column's name as it is compared."""
    return " ".join(cell.replace("_", " ").replace("-", " ").strip("\ufeff \"'").lower().split())[:100]


def is_heading(name: str) -> bool:
    """Whether a table may have such a column."""
    return name in LINK | SAVED | TAGS | NOTE | FAVORITE | ARCHIVED | PLACE or name in {"highlight", "title"}


def described(row: Mapping[str, Any]) -> Entry:
    """What a row says, by the names of its columns; without its links."""
    place = {str(value).strip().lower() for name, value in row.items() if name in PLACE}
    tags = [tag for name in row if name in TAGS for tag in _tags(row[name])]
    notes = [clean(str(value)).strip() for name, value in row.items() if name in NOTE and value]
    return Entry(
        links=(),
        saved_at=next(filter(None, (moment(row[name]) for name in row if name in SAVED)), None),
        tags=tuple(tagging.unite((), tags)),
        note="\n\n".join(filter(None, notes))[:LONGEST_NOTE],
        favorite=bool(place & STARRED) or _says_yes(row, FAVORITE),
        archived=bool(place & AWAY) or _says_yes(row, ARCHIVED),
        title=_first(row, TITLE),
        address=_first(row, LINK),
    )


def moment(value: object) -> datetime | None:
    """A time as exports write it: ISO 8601, or seconds or milliseconds since 1970; None for anything else."""
    text = str(value or "").strip()[:40]
    try:
        if regex.fullmatch(r"[0-9]{9,14}", text):
            number = int(text)
            found = datetime.fromtimestamp(number / 1000 if number >= MILLISECONDS else number, UTC)
        else:
            found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if found.year < LATEST and found >= EARLIEST else None


def _first(row: Mapping[str, Any], names: frozenset[str]) -> str:
    """The first cell of some columns that says anything, on one line."""
    said = (one_line(value[:LONGEST_NAME]) for name, value in row.items() if name in names and isinstance(value, str))
    return next(filter(None, said), "")


def _says_yes(row: Mapping[str, Any], names: frozenset[str]) -> bool:
    return any(str(row[name]).strip().lower() in YES for name in row if name in names)


def _tags(value: object) -> list[str]:
    """Tags out of a cell: parted by bars, commas or semicolons, in brackets or quotes, or a list of JSON."""
    if isinstance(value, list):
        words = [str(item.get("name", "")) if isinstance(item, dict) else str(item) for item in value]
    else:
        text = str(value or "").strip().strip("[]")
        words = [word.strip(" \"'") for word in regex.split(r"\|" if "|" in text else r"[,;]", text)]
    return [tag for word in words[: tagging.MOST] for tag in tagging.parse(word)]
