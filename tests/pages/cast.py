"""Threads for pages, made by hand: no network, no database."""

from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from typing import Any

from django.template.loader import render_to_string

from tests.pages.document import Element, read
from unroller.core.layout import places
from unroller.core.posts import Branch, Gap, Media, Person, Post, Thread, Tombstone
from unroller.core.reading import measure
from unroller.core.text import direction, paragraphs
from unroller.core.titles import excerpt, title
from unroller.models import Author
from unroller.models import Thread as Row
from unroller.views.context import site

BEGINNING = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARA = Person(id="1", handle="maralind", name="Mara Lindqvist", url="https://x.com/maralind")
_numbers = count(1)


def a_post(text: str = "Count the lights.", **changes: Any) -> Post:
    """A post of Mara's; every one has an id of its own."""
    number = next(_numbers)
    moment = changes.pop("at", BEGINNING)
    values: dict[str, Any] = {
        "id": str(number),
        "path": str(number),
        "url": f"https://x.com/maralind/status/{number}",
        "author": MARA,
        "created_at": moment,
        "time": moment,
        "order": (len(str(number)), str(number)),
        "text": text,
        "html": paragraphs(escape(text)),
        "lang": "en",
        "direction": direction(text),
    }
    return Post(**(values | changes))


def a_photo(width: int = 1600, height: int = 1000, **changes: Any) -> Media:
    values: dict[str, Any] = {"url": "https://pbs.twimg.com/media/light.jpg", "width": width, "height": height}
    return Media(type="photo", **(values | changes))


def a_gap(size: int = 1) -> Gap:
    return Gap(posts=tuple(Tombstone(id=f"gone-{number}", order=(1, str(number))) for number in range(size)))


def a_thread(*line: Post | Gap, source: str = "x", **changes: Any) -> Thread:
    """A thread of these entries; of two plain posts without any."""
    return Thread(source=source, line=line or (a_post(), a_post("They tell you their names.")), **changes)


def a_branch(parent: Post, *entries: Post | Gap) -> Branch:
    return Branch(parent_id=parent.id, entries=entries)


def a_row(content: Thread, **changes: Any) -> Row:
    """The row of a thread, not saved."""
    head = content.head
    author = Author(
        source=content.source,
        handle=head.author.handle,
        name=head.author.name,
        url=head.author.url,
        avatar=head.author.avatar,
    )
    line = list(content.posts_of_line)
    length = measure(line)
    values: dict[str, Any] = {
        "source": content.source,
        "path": head.path,
        "author": author,
        "title": title(head.text),
        "excerpt": excerpt(head.text),
        "language": head.lang,
        "direction": head.direction,
        "post_count": len(line),
        "word_count": length.words,
        "reading_minutes": length.minutes,
        "posted_at": head.created_at,
        "changed_at": head.created_at + timedelta(days=2),
    }
    return Row(**(values | changes))


def rendered(template: str, **context: Any) -> str:
    """A page as it is sent, without any request."""
    return render_to_string(template, {**site(), **context})


def a_page(content: Thread, *, row: Row | None = None, **context: Any) -> Element:
    """A thread's page."""
    return read(rendered("thread.html", **thread_context(content, row=row, **context)))


def thread_context(content: Thread, *, row: Row | None = None, **context: Any) -> dict[str, Any]:
    """What the view gives to a thread's page."""
    values: dict[str, Any] = {
        "thread": row or a_row(content),
        "content": content,
        "places": places(content),
        "others": [],
        "can_grow": False,
        "linked_reply": False,
    }
    return values | context
