"""A thread cut into a book's chapters: files small enough for every reader, with an entry for each post."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from unroller.core.layout import Place, places
from unroller.core.posts import Gap, Post, Thread
from unroller.core.reading import measure
from unroller.core.text import direction, one_line
from unroller.exports.album import Album
from unroller.exports.article import Articles
from unroller.exports.json import moment
from unroller.exports.text import missing
from unroller.exports.wording import author, counted, day, glance, heading, incompleteness, network
from unroller.exports.xhtml import element, language_tag, link, ours, text

MOST_POSTS = 100
MOST_LETTERS = 150_000
"""Characters of markup; some readers give up on files of more than 300 kB."""


class Entry(NamedTuple):
    """A line of the table of contents: where it leads, and what is below it."""

    label: str
    href: str
    children: tuple["Entry", ...] = ()


class Chapter(NamedTuple):
    """One file. `content` is XHTML; `entries` lead to its posts; `label` says which they are."""

    file: str
    title: str
    label: str
    language: str
    direction: Literal["", "ltr", "rtl"]
    content: str
    entries: tuple[Entry, ...]


class _Row(NamedTuple):
    """What stays together: a post of the main line, or neighboring posts of a side branch."""

    places: tuple[Place, ...]
    is_branch: bool = False
    lead: str = ""
    """What is said above it."""


def chapters(thread: Thread, album: Album, *, name: str, address: str) -> list[Chapter]:
    """The thread's files, at least one; `name` begins their names, `address` is where we show the thread."""
    articles = Articles(album)
    parts = list(_parts(thread))
    found = []
    for number, rows in enumerate(parts, 1):
        file = f"{name}-{number}.xhtml"
        label = _label(rows)
        head = _head(thread, articles) if number == 1 else ""
        body = "\n".join(_row(row, articles) for row in rows)
        content = [
            head,
            element("section", body, class_="thread", aria_label=label),
            _end(thread, address) if number == len(parts) else "",
        ]
        entries = tuple(_entry(place, file) for row in rows for place in row.places)
        language = language_tag(thread.head.lang)
        whole = "\n".join(filter(None, content))
        found.append(Chapter(file, heading(thread), label, language, thread.head.direction, whole, entries))
    return found


def _parts(thread: Thread) -> Iterator[list[_Row]]:
    rows: list[_Row] = []
    posts = letters = 0
    for row in _rows(thread):
        weight = sum(_weight(place) for place in row.places)
        if rows and (posts + len(row.places) > MOST_POSTS or letters + weight > MOST_LETTERS):
            yield rows
            rows, posts, letters = [], 0, 0
        rows.append(row)
        posts += len(row.places)
        letters += weight
    yield rows


def _rows(thread: Thread) -> Iterator[_Row]:
    for place in places(thread):
        later = place.entry if place.update and isinstance(place.entry, Post) else None
        yield _Row((place,), lead=f"Added on {day(later.created_at)}" if later else "")
        for branch in place.side:
            lead = f"A side branch of {counted(sum(_count(inner) for inner in branch), 'post')}"
            for start in range(0, len(branch), MOST_POSTS):
                said = f"{lead}, continued" if start else lead
                yield _Row(branch[start : start + MOST_POSTS], is_branch=True, lead=said)


def _count(place: Place) -> int:
    return len(place.entry.posts) if isinstance(place.entry, Gap) else 1


def _weight(place: Place) -> int:
    return 0 if isinstance(place.entry, Gap) else len(place.entry.html) + 600


def _row(row: _Row, articles: Articles) -> str:
    posts = "\n".join(articles.entry(place) for place in row.places)
    if row.is_branch:
        label = element("p", ours(row.lead), class_="label")
        return element("section", f"{label}\n{posts}", class_="branch", aria_label=row.lead)
    return f"{element('p', ours(row.lead), class_='added')}\n{posts}" if row.lead else posts


def _label(rows: list[_Row]) -> str:
    first, last = rows[0].places[0].number, rows[-1].places[-1].number
    return f"Post {first}" if first == last else f"Posts {first} to {last}"


def _entry(place: Place, file: str) -> Entry:
    if isinstance(place.entry, Gap):
        return Entry(missing(place.entry), f"{file}#{place.anchor}")
    said = glance(place.entry)
    return Entry(f"{place.number}. {said}" if said else f"Post {place.number}", f"{file}#{place.anchor}")


def _head(thread: Thread, articles: Articles) -> str:
    person = thread.author
    handle = element("bdi", text(f"@{one_line(person.handle)} on {network(thread)}"), dir="ltr")
    line = list(thread.posts_of_line)
    date = element("time", day(thread.head.created_at), datetime=moment(thread.head.created_at))
    facts = [date, counted(len(line), "post"), f"{measure(line).minutes} min read"]
    facts.append(link(thread.head.url, text(f"Read on {network(thread)}")))
    title = heading(thread)
    sentences = "".join(element("p", ours(text(sentence))) for sentence in incompleteness(thread))
    parts = [
        element(
            "p",
            f"{articles.face(person)}{link(person.url, element('b', articles.name(person)))} {handle}",
            class_="who",
        ),
        element("h1", text(title), lang=language_tag(thread.head.lang), dir=direction(title) or "auto"),
        element("p", ours(" · ".join(facts)), class_="meta"),
        element("div", sentences, class_="note") if sentences else "",
    ]
    head = element("header", "\n".join(filter(None, parts)))
    if not thread.context or not (quote := articles.quote(thread.context)):
        return head
    return head + element("section", f"{element('h2', ours('In reply to'))}\n{quote}", aria_label="In reply to")


def _end(thread: Thread, address: str) -> str:
    said = [
        f"The words and pictures belong to {element('bdi', text(author(thread)))} and those quoted.",
        f"Source: {link(thread.head.url, text(one_line(thread.head.url)))}",
        f"Unrolled at {link(address, text(one_line(address)))}" if address else "",
    ]
    source = "".join(element("p", ours(line)) for line in said if line)
    return element("p", "• • •", class_="end", aria_hidden="true") + element("div", source, class_="source")
