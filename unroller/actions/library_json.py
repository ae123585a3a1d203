"""The library as plain data, for its own file and for the file of everything a person has: no words of threads
but the passages that were highlighted."""

import json
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone

from accounts import limits
from accounts.models import User
from accounts.personal import AT_ONCE, Facts
from unroller import highlighted, library
from unroller.exports.highlights import LEFT_OUT
from unroller.models import Highlight, ImportedLink, LibraryExport, Thread

PAGE = ("thread", "thread__source", "thread__path", "thread__private")
"""What the address of a thread's page is made of."""
THREAD = (*PAGE, "thread__title", "thread__author__name", "thread__author__handle")


def saved(user: User) -> Iterator[Facts]:
    """Saved threads with all that their reader gave them, and how far they read."""
    mine = Q(thread__readings__user=user)
    rows = library.of(user).annotate(mine=FilteredRelation("thread__readings", condition=mine))
    rows = rows.annotate(place=F("mine__position"), read_at=F("mine__read_at"))
    own = ("saved_at", "archived_at", "favorite", "tags", "note", "place", "read_at")
    for row in rows.values(*THREAD, "thread__author__url", "thread__removed", *own).iterator(AT_ONCE):
        link = original(row["thread__source"], row["thread__path"], row.pop("thread__author__url"))
        removed = bool(row.pop("thread__removed"))
        yield {**_thread(row), "link": link, "archived": bool(row["archived_at"]), "removed": removed, **row}


def highlights(user: User) -> Iterator[Facts]:
    """Highlighted passages with color and note; those whose passage is gone say since when.

    One's own data is free and counts nowhere; but as no file holds more than a day's posts of X, older passages of X
    are left out beyond that, and say so.
    """
    quotable = highlighted.quotable(user, limits.everybodys(limits.X_POSTS_INTO_FILES))
    own = ("post_id", "start", "quote", "color", "note", "created_at", "lost_at")
    rows = Highlight.objects.filter(user=user).order_by("id").values(*THREAD, "thread__author__url", *own)
    for row in rows.iterator(AT_ONCE):
        link = original(row["thread__source"], row["thread__path"], row.pop("thread__author__url"))
        thread_id, is_of_x = row["thread"], row["thread__source"] == "x"
        if is_of_x and row["quote"] and (thread_id, row["post_id"]) not in quotable:
            row |= {"quote": "", "quote_left_out": LEFT_OUT}
        yield {**_thread(row), "link": link, **row}


def imports(user: User) -> Iterator[Facts]:
    """Lists of links that were brought, link by link, with what they said."""
    own = ("link", "saved_at", "tags", "note", "favorite", "archived", "state", "sentence")
    rows = ImportedLink.objects.filter(origin__user=user).order_by("origin__created_at", "id")
    for row in rows.values("origin__created_at", "origin__form", *own).iterator(AT_ONCE):
        yield {"brought_at": row.pop("origin__created_at"), "read_as": row.pop("origin__form"), **row}


def exports(user: User) -> Iterator[Facts]:
    """The library as files, when it was asked for."""
    rows = LibraryExport.objects.filter(user=user).order_by("created_at")
    for row in rows.values("kind", "created_at", "finished_at", "done", "left_out").iterator(AT_ONCE):
        left_out = [{"thread": each["address"], "why": each["why"]} for each in row["left_out"]]
        yield {**row, "left_out": left_out}


def stream(user: User) -> Iterator[str]:
    """The file `library.json`, piece by piece, never whole in memory."""
    head = {"site": settings.SITE_URL, "exported_at": timezone.now()}
    yield _encoded(head).removesuffix("}")
    yield from _list("saved", saved(user))
    yield from _list("highlights", highlights(user))
    yield "\n}\n"


def original(source: str, path: str, author_url: str) -> str:
    """Where a thread's head stands on its network."""
    name, _, rest = path.partition("/")
    if source == "x":
        return f"https://x.com/i/status/{path}"
    if source == "bluesky":
        return f"https://bsky.app/profile/{name}/post/{rest}"
    return f"{author_url.rstrip('/')}/{rest}"


def page(row: Facts) -> str:
    """The whole address of a thread's page, taken out of a row with the columns of PAGE."""
    thread_id, source, path, private = (row.pop(column) for column in PAGE)
    thread = Thread(id=thread_id, source=source, path=path, private=private)
    return f"{settings.SITE_URL}{thread.get_absolute_url()}"


def _thread(row: Facts) -> Facts:
    """The thread's address, title and author, instead of our columns for them."""
    address = page(row)
    title, name, handle = (row.pop(column) for column in THREAD[len(PAGE) :])
    return {"thread": address, "title": title, "author": name, "handle": handle}


def _list(name: str, facts: Iterable[Facts]) -> Iterator[str]:
    yield f',\n"{name}": ['
    for number, fact in enumerate(facts):
        yield (",\n" if number else "\n") + _encoded(fact)
    yield "\n]"


def _encoded(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
