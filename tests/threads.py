"""Threads for tests, from constructed posts straight to stored rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from unroller.actions import threads
from unroller.core.assemble import assemble
from unroller.core.posts import Person, Pile, Post
from unroller.models import Thread

BEGINNING = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARA = Person(id="1", handle="maralind", name="Mara Lindqvist", url="https://x.com/maralind")


def a_post(number: int, *, author: Person = MARA, first: int = 1, **changes: Any) -> Post:
    """Post `number` of a chain that begins with post `first`."""
    name = str(number)
    moment = BEGINNING + timedelta(minutes=number)
    values: dict[str, Any] = {
        "id": name,
        "path": name,
        "url": f"https://x.com/{author.handle}/status/{name}",
        "author": author,
        "created_at": moment,
        "time": moment,
        "order": (len(name), name),
        "parent_id": str(number - 1) if number > first else "",
        "parent_author_id": author.id if number > first else "",
        "parent_order": (len(str(number - 1)), str(number - 1)) if number > first else None,
        "root_id": str(first),
        "text": f"This is post {number}.",
        "html": f"<p>This is post {number}.</p>",
        "lang": "en",
        "direction": "ltr",
    }
    return Post(**(values | changes))


def a_pile(count: int, *, first: int = 1, author: Person = MARA, source: str = "x", **changes: Any) -> Pile:
    """A chain of `count` posts; `changes` go into its head."""
    head = a_post(first, author=author, first=first, **changes)
    rest = [a_post(number, author=author, first=first) for number in range(first + 1, first + count)]
    return Pile(source=source, anchor_id=head.id, posts=(head, *rest))


def a_thread(count: int = 3, *, first: int = 1, author: Person = MARA, source: str = "x", **changes: Any) -> Thread:
    """A stored thread of `count` posts."""
    return stored(a_pile(count, first=first, author=author, source=source, **changes))


def stored(pile: Pile) -> Thread:
    """A pile as a stored thread; an earlier version of it is replaced."""
    found = assemble(pile).thread
    with transaction.atomic():
        row = Thread.objects.select_for_update().filter(source=pile.source, path=found.head.path).first()
        return threads.save(found, row)
